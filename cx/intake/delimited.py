"""Text with separators (CSV, TSV and kin): which encoding, which separator, then records with their line numbers."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO, Literal, NamedTuple

SEPARATORS = (",", ";", "\t", "|")
NO_SEPARATOR = "\x1f"
"""Cuts nothing: the unit separator does not occur in text that people write."""
SAMPLE_BYTES = 1 << 18
BLOCK, LONGEST_RECORD = 1 << 20, 1 << 25
"""Characters that are cut at once, and of a record beyond which a quote mark counts as never closed."""

LONG_RECORD, MOST_MENDED = 1_000, 200
"""Lines after which a record is suspected of an unclosed quote mark; lines mended before quote marks no longer count."""

LARGEST_CELL = 2**31 - 1
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its BOM starts with the other's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
WIDE_SAMPLE = 4096
SINGLE_BYTE = ("cp1252", "cp1250", "mac_roman")
"""Tried in this order where a file is not UTF-8; the earlier wins a tie."""

csv.field_size_limit(LARGEST_CELL)

CONTROL = re.compile("[\x01-\x08\x0e-\x19\x1b-\x1e\x7f\ufffd]")
_SURROGATE = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile(r"(.?)([^\x00-\x7f])(?=(.?))", re.S)
_PUNCTUATION = frozenset("’‘“”„«»–—…•€£©®™°§\xa0¡¿")
_SEP_LINE = re.compile(r'^\ufeff?"?sep=(.)"?$', re.I)


class Encoding(NamedTuple):
    """A Python codec, how many bytes of the file it cannot decode, and how many NUL characters there are."""

    codec: str
    undecodable: int
    nuls: int = 0


class Dialect(NamedTuple):
    """How cells are told apart; `quoted` is False where quote marks are just characters; `skip` lines precede the table.

    `width` is how many cells most records of the sample have (0: not known); `nuls` says that NUL characters are dropped.
    """

    separator: str
    quoted: bool = True
    skip: int = 0
    width: int = 0
    nuls: bool = False


def encoding_of(chunks: Iterable[bytes]) -> Encoding:
    """The encoding of a file given as chunks of bytes, from all of it.

    A byte order mark decides, then the zeros of UTF-16 and UTF-32; else UTF-8 as long as well-formed characters are at
    least as many as broken bytes (those are counted and become U+FFFD); else the single-byte code page that reads most
    naturally.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = nuls = 0
    odd, marked = b"", None
    for number, chunk in enumerate(chunks):
        if number == 0:
            marked = _marked(chunk) or wide(chunk[:WIDE_SAMPLE])
            if marked and marked != "utf-8-sig":
                return Encoding(marked, 0)
        nuls += chunk.count(0)
        text = decoder.decode(chunk)
        if text.isascii():
            continue
        broken = len(_SURROGATE.findall(text))
        good += len(text) - len(text.encode("ascii", "ignore")) - broken
        bad += broken
        if broken and len(odd) < 4 * SAMPLE_BYTES:
            odd += chunk
    bad += len(decoder.decode(b"", True))
    if marked or good >= bad:
        return Encoding(marked or "utf-8", bad, nuls)
    return _legacy(odd)._replace(nuls=nuls)


def _marked(start: bytes) -> str | None:
    return next((codec for bom, codec in BOMS if start.startswith(bom)), None)


def wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, told by its zeros: it reads as text with marks and digits of ASCII, and no controls."""
    zeros = sample.count(0)
    if zeros * 100 < len(sample) or (zeros * 10 < len(sample) * 3 and not _controls(sample.decode("utf-8", "replace"))):
        return None
    sample = sample[: len(sample) // 4 * 4]
    best, most = None, 0.02
    for codec in WIDE:
        try:
            text = sample.decode(codec)
        except UnicodeDecodeError as error:
            if error.end < len(sample) - 4:  # not just a character cut in two at the end
                continue
            text = sample.decode(codec, "ignore")
        plain = sum(" " <= char <= "~" or char in "\t\r\n" for char in text) / max(1, len(text))
        if plain > most and "\0" not in text and not _controls(text):
            best, most = codec, plain
    return best


def _controls(text: str) -> bool:
    """Whether a text has more control or broken characters than a slip or two explain (NUL apart)."""
    return len(CONTROL.findall(text)) > max(2, len(text) // 200)


def _legacy(odd: bytes) -> Encoding:
    high = sum(byte >= 0x80 for byte in odd[:SAMPLE_BYTES])
    latin = sum(chr(byte).isalpha() for byte in odd[:SAMPLE_BYTES] if byte < 0x80)
    if high > latin:  # mostly beyond ASCII: not a Latin script
        from charset_normalizer import from_bytes

        best = from_bytes(odd[:SAMPLE_BYTES]).best()
        if best is not None:
            return Encoding(best.encoding.replace("_", "-"), 0)
    codec = max(SINGLE_BYTE, key=lambda name: naturalness(odd.decode(name, "replace")))
    try:
        odd.decode(codec)
    except UnicodeDecodeError:
        return Encoding("latin-1", 0)  # gives every byte a character, so that nothing is lost
    return Encoding(codec.replace("_", "-"), 0)


def naturalness(text: str) -> float:
    """How much the characters beyond ASCII look like words: a wrong code page puts capitals and signs inside words.

    The sum over all of them: +1 for a letter that fits its neighbours, about 0 for usual signs, −1 for the rest.
    """
    total = 0.0
    for before, char, after in _NOT_ASCII.findall(text[: 2 * SAMPLE_BYTES]):
        if char.isalpha():
            total += -1 if char.isupper() and before.islower() else 1 if before.isalpha() or after.isalpha() else 0.2
        elif char in _PUNCTUATION:
            total += 0.5
        else:
            total -= 1
    return total


def dialect_of(text: str, whole: bool) -> Dialect:
    """The separator that cuts a sample into records as wide as its heading. `whole`: the sample is the whole file.

    Quote marks count as characters only where that makes the records agree better (tab-separated files often). A
    single column of text has no separator (`NO_SEPARATOR`), so that its commas stay where they are.
    """
    if match := _SEP_LINE.match(text.split("\n", 1)[0].rstrip("\r")):
        return Dialect(match[1], True, 1)
    best, best_score = Dialect(NO_SEPARATOR, width=1), 0.0
    for separator in SEPARATORS:
        for quoted in (True, False):
            score, width = _agreement(text, Dialect(separator, quoted), whole)
            if not quoted and score and not _quotes_are_characters(text, separator):
                continue
            if score > best_score * 1.02 + 1e-9 or (not quoted and score and score >= best_score * 0.98):
                best, best_score = Dialect(separator, quoted, width=width), score
    return best


def _quotes_are_characters(text: str, separator: str) -> bool:
    """Whether most cells that begin with a quote mark do not end with one, and reading them as quoted breaks the rules."""
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            pass
        return False
    except csv.Error as error:
        if "expected after" not in str(error):
            return False
    cells = (cell for line in text.splitlines() for cell in line.split(separator) if cell.startswith('"'))
    ends = [len(cell) > 1 and cell.endswith('"') for cell in cells]
    return sum(ends) * 2 < len(ends)


def _agreement(text: str, dialect: Dialect, whole: bool) -> tuple[float, int]:
    """How well a dialect cuts a sample (0: not at all), and how many cells most records have."""
    records = [row for _, row in cut(io.StringIO(text, newline=""), dialect) if row]
    rows = [row for row in records if any(row)] or records
    if not whole and len(rows) > 1:
        rows.pop()  # the sample ends somewhere inside it
    if not rows:
        return 0.0, 0
    width = Counter(map(len, rows[:200])).most_common(1)[0][0]
    same = sum(len(row) == width for row in rows[:200]) / len(rows[:200])
    if len(rows[0]) != width:
        ragged_below_heading = len(rows[0]) > 1
        title_above_table = dialect.quoted and width > 2 and same > 0.8
        if not (ragged_below_heading or title_above_table):
            return 0.0, 0
        same *= 0.7
    return same * (1 + width.bit_length() / 4) if max(width, len(rows[0])) > 1 else 0.0, width if len(rows) > 1 else 0


def cut(text: IO[str], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Records of a text as (line where the record starts, cells); blank lines come as empty lists.

    A quote mark that is opened and never closed costs its own line, not those after it: where a record of several lines
    breaks the rules of quoting and its first line has as many cells as the others, the lines are cut anew.
    """
    for _ in range(dialect.skip):
        text.readline()
    line, block, hint = dialect.skip + 1, list[str](), BLOCK
    mends = _Mends(dialect)
    while True:
        more = text.readlines(hint)
        block += [each.replace("\0", "") for each in more] if dialect.nuls else more
        begin = 0
        while begin < len(block):
            first = begin
            for end, row in mends.rows(block, begin):
                if end == len(block) and more and not (begin == 0 and mends.endless(block)):
                    break  # it may go on in the next block
                if end - begin > 1 and mends.unclosed(block, begin, end):
                    yield line + begin, mends.alone(block[begin]) or []
                    begin += 1
                    break
                yield line + begin, row
                begin = end
            if begin == first:
                break
        if not more:
            return
        line, block = line + begin, block[begin:]
        hint = max(BLOCK, 2 * sum(map(len, block)))


class _Mends:
    """Finds quote marks that are never closed, in the lines of a block of text."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.left = MOST_MENDED if dialect.quoted else 0

    def rows(self, block: list[str], begin: int) -> Iterator[tuple[int, list[str]]]:
        """The records from a line of a block on, each with the line it ends before."""
        quoted = self.dialect.quoted and (self.left > 0)
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
        reader = csv.reader(block[begin:] if begin else block, delimiter=self.dialect.separator, quoting=quoting)
        for row in reader:
            yield begin + reader.line_num, row

    def unclosed(self, block: list[str], begin: int, end: int) -> bool:
        """Whether the lines of a record break the rules of quoting, and most of them are records by themselves."""
        sample = block[begin : min(end, begin + 20)]
        alone = [self.alone(line) is not None for line in sample] if self.left and self.dialect.width else [False]
        if not alone[0] or sum(alone) * 2 <= len(alone):
            return False
        if self.endless(block[begin:end]):
            self.left -= 1
            return True
        try:
            for _ in csv.reader(block[begin:end], delimiter=self.dialect.separator, strict=True):
                pass
        except csv.Error:
            self.left -= 1
            return True
        return False

    def endless(self, lines: list[str]) -> bool:
        """Whether the lines of one record look like many records, or are too many characters for a cell."""
        if len(lines) <= LONG_RECORD:
            return False
        sample = lines[1 : LONG_RECORD + 1]
        like_records = sum(self.alone(line) is not None for line in sample) >= 0.8 * len(sample)
        return (like_records and self.dialect.width > 1) or sum(map(len, lines)) > LONGEST_RECORD

    def alone(self, line: str) -> list[str] | None:
        """The cells of a line by itself, when there are as many as in most records."""
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            cells = next(csv.reader([line], delimiter=self.dialect.separator, quoting=quoting), [])
            if len(cells) == self.dialect.width:
                return [*cells[:-1], cells[-1].rstrip("\r\n")]
        return None


def records(stream: IO[bytes], codec: str, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """All records of an open file; the file is closed at the end. Bytes that cannot be decoded become U+FFFD."""
    with io.TextIOWrapper(stream, encoding=codec, errors="replace", newline="") as text:
        yield from cut(text, dialect)
