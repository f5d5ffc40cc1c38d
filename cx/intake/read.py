"""Files come in: any table people export becomes records of text cells, always readable again from the start."""

import gzip
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from cx.errors import EmptyFileError, IntakeError, NotATableError
from cx.intake import delimited, documents

HEAD_RECORDS = 10
CHUNK = 1 << 20
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

_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1e\x7f]")
_MARKUP = re.compile(r"\s*<(!doctype html|html|\?xml|head|body|table)\b", re.I)

Records = Iterator[tuple[int, list[str]]]


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

    def records(self) -> Records:
        """Every record that is not blank, as (line in the file, cells); '' is an empty cell. Starts anew at each call."""
        for line, cells in self.cut():
            if cells and (cells[0].strip() or any(map(str.strip, cells))):
                yield line, cells


def open_table(path: Path, name: str | None = None) -> Table:
    """Find out what kind of table a file holds. `name` is the name shown to people, when the file itself has another.

    Raises EmptyFileError (nothing in it, or a heading only), NotATableError (a picture, an archive, a web page, a
    locked workbook, broken JSON …) and IntakeError (cannot be opened).
    """
    path = Path(path)
    shown = name or path.name
    try:
        start = _start(path)
        if not start.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
            raise EmptyFileError(f"{shown} is empty. Export it again, with at least one answer in the chosen period.")
        table = _table(path, shown, start)
        table.head = [cells for _, cells in islice(table.records(), HEAD_RECORDS)]
    except FileNotFoundError:
        raise IntakeError(f"{shown}: there is no such file. Check the path.") from None
    except (gzip.BadGzipFile, EOFError) as error:
        raise NotATableError(
            f"{shown}: the compressed file is broken ({error}). Transfer or export it again."
        ) from None
    except OSError as error:
        raise IntakeError(
            f"{shown} cannot be opened: {error.strerror or error}. Check the path and its rights."
        ) from None
    if not table.head:
        raise EmptyFileError(f"{shown} has no filled cell. {EXPORT_AGAIN}")
    if len(table.head) == 1:
        raise EmptyFileError(f"{shown} has a heading but no rows. Export it again with at least one answer.")
    return table


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")  # type: ignore[return-value]


def _start(path: Path) -> bytes:
    with _open(path) as stream:
        return stream.read(delimited.SAMPLE_BYTES)


def _table(path: Path, shown: str, start: bytes) -> Table:
    for magic, what in NOT_TABLES:
        if start.startswith(magic):
            raise NotATableError(f"{shown} is {what}, not a table. {EXPORT_AGAIN}")
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _workbook(path, shown)
    if start.startswith(b"PAR1"):
        return _keyed(path, shown, "parquet", lambda: documents.parquet(_seekable(path), shown))
    kind = documents.json_kind(start, path.name.lower().removesuffix(".gz"))
    if kind == "jsonl":
        return _keyed(path, shown, kind, lambda: documents.json_lines(_open(path), shown))
    if kind == "json":
        return _keyed(path, shown, kind, lambda: documents.json_array(_open(path), shown))
    return _delimited(path, shown, start)


def _seekable(path: Path) -> Any:
    """Workbooks and Parquet are read from their end: what is compressed goes to memory first."""
    with _open(path) as stream:
        return io.BytesIO(stream.read()) if isinstance(stream, gzip.GzipFile) else path


def _workbook(path: Path, shown: str) -> Table:
    sheet, notices = documents.first_sheet(_seekable(path), shown)
    return Table(path, shown, "xlsx", None, None, notices, lambda: documents.sheet_records(sheet))


def _keyed(path: Path, shown: str, kind: str, cut: Callable[[], Records]) -> Table:
    return Table(path, shown, kind, None if kind == "parquet" else "utf-8", None, [], cut, keyed=True)


def _delimited(path: Path, shown: str, start: bytes) -> Table:
    with _open(path) as stream:
        encoding = delimited.encoding_of(_chunks(stream))
    text = start.decode(encoding.codec, "replace")
    if _MARKUP.match(text.removeprefix("\ufeff")):
        raise NotATableError(f"{shown} is a web page or XML, not a table (was the login expired?). {EXPORT_AGAIN}")
    if len(_CONTROL.findall(text)) > max(2, len(text) // 200):
        raise NotATableError(f"{shown} is not text: control characters from the start. {EXPORT_AGAIN}")
    dialect = delimited.dialect_of(text, whole=len(start) < delimited.SAMPLE_BYTES)
    notices = []
    if encoding.undecodable:
        many = f"{encoding.undecodable:,} byte" + "s" * (encoding.undecodable > 1)
        notices.append(f"{many} of broken UTF-8 became \ufffd; the rest of the text is intact.")
    separator = None if dialect.separator == delimited.NO_SEPARATOR else dialect.separator
    codec = encoding.codec
    return Table(
        path, shown, "csv", codec, separator, notices, lambda: delimited.records(_open(path), codec, dialect)
    )  # fmt: skip


def _chunks(stream: IO[bytes]) -> Iterable[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk
