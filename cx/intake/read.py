"""Files come in: any table people export becomes records of text cells, always readable again from the start."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import IO

from cx.errors import EmptyFileError, IntakeError, NotATableError
from cx.intake import delimited, documents, packed, workbooks
from cx.intake.documents import Records
from cx.intake.packed import Source
from cx.intake.workbooks import Sheet

HEAD_RECORDS = 10
MOST_COLUMNS = 20_000
MOST_TRIED = 20
"""Files of an archive that are tried until one is a table."""

EXPORT_AGAIN = "Export the answers as CSV, XLSX or JSON and give that file."
NOT_TABLES = (
    (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"), (b"{\\rtf", "an RTF document"), (b"SQLite format 3", "an SQLite database"),
    (b"7z\xbc\xaf", "a 7-Zip archive"), (b"Rar!", "a RAR archive"), (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an XZ archive"), (b"\x28\xb5\x2f\xfd", "a Zstandard archive"), (b"\x7fELF", "a program"),
    (b"RIFF", "a sound, film or WebP picture"), (b"ID3", "a sound"), (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
)  # fmt: skip
"""First bytes of what is sometimes renamed to .csv."""

_MARKUP = re.compile(r"\s*<(!doctype html|html|\?xml|head|body|table)\b", re.I)


@dataclass
class Table:
    """What was found in a file. `records()` streams it; nothing is kept in memory but `head`, the first raw records."""

    path: Path
    name: str
    format: str
    encoding: str | None
    separator: str | None
    notices: list[str]
    cut: Callable[[], Records] = field(repr=False)
    keyed: bool = False
    """The cells carry their names themselves (JSON, Parquet): the heading is no record of the file."""
    head: list[list[str]] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    """The sheets of a workbook that have data, or the files of an archive; one of them was read (`open_table(sheet=…)`)."""
    sheet: str | None = None
    """Which of them."""
    source: Source | None = field(default=None, repr=False)

    def records(self) -> Records:
        """Every record that is not blank, as (line in the file, cells); '' is an empty cell. Starts anew at each call.

        Raises NotATableError where a compressed file turns out to be cut off, and IntakeError when the file got shorter.
        """
        for line, cells in self.cut():
            if cells and (cells[0].strip() or any(map(str.strip, cells))):
                yield line, cells

    def grown(self) -> list[str]:
        """A notice when the file got longer since it was opened: what came later is not read."""
        if self.source is None or not self.source.grown:
            return []
        return [
            "The file grew while it was read; what it held at the start came in. Import it again when it is complete."
        ]


def open_table(path: Path, name: str | None = None, sheet: str | None = None, largest: int = packed.LARGEST) -> Table:
    """Find out what kind of table a file holds. `name` is the name shown to people, when the file itself has another.

    `sheet` chooses a sheet of a workbook, or a file of an archive (else the largest table there is); `largest` is the
    bound in bytes on what a packed file holds. Raises EmptyFileError (nothing in it, or a heading only), NotATableError (a
    picture, a web page, a locked workbook, broken JSON, a broken or oversized archive …) and IntakeError (cannot be
    opened, no such sheet).
    """
    path = Path(path)
    shown = name or path.name
    try:
        return _opened(packed.source(path, shown, largest), sheet)
    except FileNotFoundError:
        raise IntakeError(f"{shown}: there is no such file. Check the path.") from None
    except OSError as error:
        raise IntakeError(
            f"{shown} cannot be opened: {error.strerror or error}. Check the path and its rights."
        ) from None


def _opened(whole: Source, sheet: str | None) -> Table:
    with whole.open() as stream:
        start = stream.read(delimited.SAMPLE_BYTES)
    if not start.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise EmptyFileError(f"{whole.shown} is empty. Export it again, with at least one answer in the chosen period.")
    members = packed.archive(whole) if start.startswith(b"PK\x03\x04") and whole.kind == "plain" else None
    if members is not None:
        return _from_archive(whole, members, sheet)
    table = _table(whole, start, sheet)
    table.source = whole
    table.head = [cells for _, cells in islice(table.records(), HEAD_RECORDS)]
    if not table.head:
        raise EmptyFileError(f"{whole.shown} has no filled cell. {EXPORT_AGAIN}")
    if len(table.head) == 1:
        raise EmptyFileError(f"{whole.shown} has a heading but no rows. Export it again with at least one answer.")
    if (width := max(map(len, table.head))) > MOST_COLUMNS:
        raise NotATableError(f"{whole.shown} has {width:,} columns; the most is {MOST_COLUMNS:,}. {EXPORT_AGAIN}")
    return table


def _from_archive(whole: Source, members: list[Source], wanted: str | None) -> Table:
    """The wanted file of an archive, else the first that is a table; the others are noted."""
    names = [packed.said(member.name) for member in members]
    inside = wanted if len(members) == 1 and wanted not in names else None  # a sheet of the only file there is
    if wanted is not None and inside is None:
        if wanted not in names:
            raise IntakeError(f"{whole.shown} has no file “{wanted}”. It has {', '.join(names[:12])}.")
        members = [members[names.index(wanted)]]
    refused: IntakeError | None = None
    for member in members[:MOST_TRIED]:
        try:
            table = _opened(member, inside)
        except (NotATableError, EmptyFileError) as error:
            refused = refused or error
            continue
        chosen = packed.said(member.name)
        others = [name for name in names if name != chosen]
        if others:
            table.notices.insert(0, f"Read “{chosen}” of the archive; not read: {', '.join(others[:10])}.")
        return replace(table, sheets=[Sheet(name, 0) for name in names], sheet=chosen) if others else table
    if len(members) == 1 and refused is not None:
        raise refused
    raise NotATableError(
        f"{whole.shown} is an archive without a table (it holds {', '.join(names[:5])}). {EXPORT_AGAIN}"
    )


def _table(whole: Source, start: bytes, sheet: str | None) -> Table:
    for magic, what in NOT_TABLES:
        if start.startswith(magic):
            raise NotATableError(f"{whole.shown} is {what}, not a table. {EXPORT_AGAIN}")
    if start[257:262] == b"ustar":
        raise NotATableError(f"{whole.shown} is a TAR archive. Unpack it and give the table inside.")
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _workbook(whole, sheet)
    if sheet is not None:
        raise IntakeError(f"{whole.shown} has no sheets: it is no workbook and no archive.")
    if start.startswith(b"PAR1"):
        file = whole.file()
        return _keyed(whole, "parquet", None, lambda: documents.parquet(file, whole.shown))
    return _text(whole, start)


def _workbook(whole: Source, wanted: str | None) -> Table:
    chosen, sheets, notices = workbooks.opened(whole.file(workbooks.LARGEST), whole.shown, wanted)
    cut = lambda: workbooks.records(chosen)  # noqa: E731
    return Table(whole.path, whole.shown, "xlsx", None, None, notices, cut, sheets=sheets, sheet=chosen.name)


def _keyed(
    whole: Source, kind: str, codec: str | None, cut: Callable[[], Records], notices: Iterable[str] = ()
) -> Table:
    return Table(whole.path, whole.shown, kind, codec, None, list(notices), cut, keyed=True)


def _text(whole: Source, start: bytes) -> Table:
    with whole.open() as stream:
        encoding = delimited.encoding_of(_chunks(stream))
    codec, shown = encoding.codec, whole.shown
    text = start.decode(codec, "replace").replace("\0", "")
    notices = _notices(encoding)
    kind = documents.json_kind(text, whole.name)
    if kind == "jsonl":
        cut, broken = documents.json_lines(whole.open, codec, shown)
        return _keyed(whole, kind, codec, cut, [*notices, *broken])
    if kind == "json":
        return _keyed(whole, kind, codec, documents.json_array(whole.open, codec, shown), notices)
    if _MARKUP.match(text.removeprefix("\ufeff")):
        raise NotATableError(f"{shown} is a web page or XML, not a table (was the login expired?). {EXPORT_AGAIN}")
    if len(delimited.CONTROL.findall(text.replace("\ufffd", ""))) > max(2, len(text) // 200):
        raise NotATableError(f"{shown} is not text: control characters from the start. {EXPORT_AGAIN}")
    found = delimited.dialect_of(text, whole=len(start) < delimited.SAMPLE_BYTES)
    dialect = found._replace(nuls=encoding.nuls > 0)
    separator = None if dialect.separator == delimited.NO_SEPARATOR else dialect.separator
    return Table(
        whole.path, shown, "csv", codec, separator, notices, lambda: delimited.records(whole.open(), codec, dialect)
    )  # fmt: skip


def _notices(encoding: delimited.Encoding) -> list[str]:
    out = []
    if encoding.undecodable:
        many = f"{encoding.undecodable:,} byte" + "s" * (encoding.undecodable > 1)
        out.append(f"{many} of broken UTF-8 became \ufffd; the rest of the text is intact.")
    if encoding.nuls:
        out.append(f"{encoding.nuls:,} NUL character{'s' * (encoding.nuls > 1)} dropped: no text has them.")
    return out


def _chunks(stream: IO[bytes]) -> Iterable[bytes]:
    while chunk := stream.read(packed.BLOCK):
        yield chunk
