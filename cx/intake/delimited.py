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
LARGEST_CELL = 2**31 - 1
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its BOM starts with the other's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SINGLE_BYTE = ("cp1252", "cp1250", "mac_roman")
"""Tried in this order where a file is not UTF-8; the earlier wins a tie."""

csv.field_size_limit(LARGEST_CELL)

_SURROGATE = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile(r"(.?)([^\x00-\x7f])(?=(.?))", re.S)
_PUNCTUATION = frozenset("’‘“”„«»–—…•€£©®™°§\xa0¡¿")
_SEP_LINE = re.compile(r'^\ufeff?"?sep=(.)"?$', re.I)


class Encoding(NamedTuple):
    """A Python codec and how many bytes of the file it cannot decode."""

    codec: str
    undecodable: int


class Dialect(NamedTuple):
    """How cells are told apart; `quoted` is False where quote marks are just characters; `skip` lines precede the table."""

    separator: str
    quoted: bool = True
    skip: int = 0


def encoding_of(chunks: Iterable[bytes]) -> Encoding:
    """The encoding of a file given as chunks of bytes, from all of it.

    A byte order mark decides; else UTF-8 as long as well-formed characters are at least as many as broken bytes (those
    are counted and become U+FFFD); else the single-byte code page that reads most naturally.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = 0
    odd = b""
    for number, chunk in enumerate(chunks):
        if number == 0 and (marked := _marked(chunk)):
            return Encoding(marked, 0)
        text = decoder.decode(chunk)
        if text.isascii():
            continue
        broken = len(_SURROGATE.findall(text))
        good += len(text) - len(text.encode("ascii", "ignore")) - broken
        bad += broken
        if broken and len(odd) < 4 * SAMPLE_BYTES:
            odd += chunk
    bad += len(decoder.decode(b"", True))
    if good >= bad:
        return Encoding("utf-8", bad)
    return _legacy(odd)


def _marked(start: bytes) -> str | None:
    for bom, codec in BOMS:
        if start.startswith(bom):
            return codec
    sample = start[:4096]
    if len(sample) >= 4 and b"\0" in sample:  # UTF-16 without a mark: every other byte of Latin text is zero
        zeros_even, zeros_odd = sample[::2].count(0), sample[1::2].count(0)
        if zeros_odd > len(sample) // 6 and zeros_even == 0:
            return "utf-16-le"
        if zeros_even > len(sample) // 6 and zeros_odd == 0:
            return "utf-16-be"
    return None


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
    best, best_score = Dialect(NO_SEPARATOR), 0.0
    for separator in SEPARATORS:
        for quoted in (True, False):
            score = _agreement(text, Dialect(separator, quoted), whole)
            if not quoted and score and not _quotes_are_characters(text, separator):
                continue
            if score > best_score * 1.02 + 1e-9 or (not quoted and score and score >= best_score * 0.98):
                best, best_score = Dialect(separator, quoted), score
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


def _agreement(text: str, dialect: Dialect, whole: bool) -> float:
    records = [row for _, row in cut(io.StringIO(text, newline=""), dialect) if row]
    rows = [row for row in records if any(row)] or records
    if not whole and len(rows) > 1:
        rows.pop()  # the sample ends somewhere inside it
    if not rows:
        return 0.0
    width = Counter(map(len, rows[:200])).most_common(1)[0][0]
    same = sum(len(row) == width for row in rows[:200]) / len(rows[:200])
    if len(rows[0]) != width:
        ragged_below_heading = len(rows[0]) > 1
        title_above_table = dialect.quoted and width > 2 and same > 0.8
        if not (ragged_below_heading or title_above_table):
            return 0.0
        same *= 0.7
    return same * (1 + width.bit_length() / 4) if max(width, len(rows[0])) > 1 else 0.0


def cut(lines: Iterator[str] | io.StringIO, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Records of a text as (line where the record starts, cells); blank lines come as empty lists."""
    for _ in range(dialect.skip):
        next(lines, None)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE
    reader = csv.reader(lines, delimiter=dialect.separator, quoting=quoting)
    line = dialect.skip + 1
    for row in reader:
        yield line, row
        line = reader.line_num + dialect.skip + 1


def records(stream: IO[bytes], codec: str, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """All records of an open file; the file is closed at the end. Bytes that cannot be decoded become U+FFFD."""
    with io.TextIOWrapper(stream, encoding=codec, errors="replace", newline="") as text:
        yield from cut(text, dialect)
