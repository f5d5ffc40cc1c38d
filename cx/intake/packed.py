"""Bytes of a file as they were when the import began: plain, or out of .gz and .zip, never more than a bound.

Nothing is unpacked to a path: a member's name is only ever shown. A plain file that grows while it is read ends where it
ended at the start.
"""

import errno
import gzip
import io
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from cx.errors import IntakeError, NotATableError

LARGEST = 2 << 30
"""Bytes that a packed file may hold, unpacked."""

RATIO, SUSPECT = 250, 100 << 20
"""From so many unpacked bytes on, a file packed that tightly is a bomb: text of people packs 3 to 20 times."""

BLOCK = 1 << 20
TABLE_ENDINGS = ("csv", "tsv", "tab", "xlsx", "xls", "xlsb", "ods", "json", "jsonl", "ndjson", "parquet")
PACKED = {
    "word/": "a Word document", "ppt/": "a PowerPoint presentation", "Index/Document.iwa": "a Numbers or Pages document",
    "META-INF/MANIFEST.MF": "a program",
}  # fmt: skip
"""What else is a ZIP archive inside, by the beginning of a member's name."""

_UNREADABLE = (
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OSError,
)


@dataclass(frozen=True)
class Source:
    """Where the bytes of a table come from. `size` is the file's size at the start; `member` a file in a ZIP archive."""

    path: Path
    shown: str
    size: int
    kind: str
    largest: int = LARGEST
    member: zipfile.ZipInfo | None = None

    @property
    def name(self) -> str:
        """The name whose ending tells what the bytes are."""
        return self.member.filename if self.member else self.path.name.removesuffix(".gz")

    def open(self) -> IO[bytes]:
        """The bytes from the start, unpacked. Reading raises NotATableError (broken, or more than the bound)."""
        plain = io.BufferedReader(_Plain(self.path.open("rb"), self), BLOCK)
        if self.kind == "gzip":
            return io.BufferedReader(_Unpacked(gzip.GzipFile(fileobj=plain), self, self.size, plain), BLOCK)
        if self.kind == "zip" and self.member is not None:
            with _translated(self), zipfile.ZipFile(plain) as archive:
                stream = archive.open(self.member)
            return io.BufferedReader(_Unpacked(stream, self, self.member.compress_size, plain), BLOCK)
        return plain

    def file(self, most: int = LARGEST) -> Any:
        """The path, or what is packed in a temporary file without a name: workbooks and Parquet are read from their end."""
        if self.kind == "plain":
            return self.path
        out = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the table
        with replace(self, largest=min(most, self.largest)).open() as stream:
            while block := stream.read(BLOCK):
                out.write(block)
        out.seek(0)
        return out

    @property
    def grown(self) -> bool:
        """Whether the file has more bytes now than at the start."""
        try:
            return self.path.stat().st_size > self.size
        except OSError:
            return False


def source(path: Path, shown: str, largest: int = LARGEST) -> Source:
    """What a path holds, by its first bytes. Raises OSError when it cannot be opened."""
    with path.open("rb") as stream:
        start = stream.read(4)
    kind = "gzip" if start.startswith(b"\x1f\x8b") else "plain"
    return Source(path, shown, path.stat().st_size, kind, largest)


def archive(whole: Source) -> list[Source] | None:
    """The files in a ZIP archive, likely tables first, the larger first; None when it is a workbook.

    Raises NotATableError for broken, locked and empty archives and for other documents that are ZIP archives inside.
    """
    with _translated(whole), whole.open() as stream, zipfile.ZipFile(stream) as opened:
        members = opened.infolist()
    names = [member.filename for member in members]
    if "content.xml" in names or any(name.startswith("xl/") for name in names):
        return None
    for begin, what in PACKED.items():
        if any(name.startswith(begin) for name in names):
            raise NotATableError(f"{whole.shown} is {what}, not a table. Save the answers as CSV or XLSX.")
    found = [member for member in members if not member.is_dir() and member.file_size and not _hidden(member.filename)]
    if not found:
        raise NotATableError(f"{whole.shown} is an archive without files. Pack the export again.")
    if all(member.flag_bits & 1 for member in found):
        raise NotATableError(f"{whole.shown} is locked with a password. Unpack it and give the file inside.")
    found = [member for member in found if not member.flag_bits & 1]
    found.sort(key=lambda member: (_ending(member.filename) not in TABLE_ENDINGS, -member.file_size, member.filename))
    return [replace(whole, kind="zip", member=member) for member in found]


def said(member: str) -> str:
    """A member's name as it is shown: its last part, in one line."""
    return " ".join(member.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].split())[:80]


def _hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or said(name).startswith(".")


def _ending(name: str) -> str:
    return name.casefold().rpartition(".")[2]


def _bomb(shown: str, most: int) -> str:
    size = f"{most / (1 << 30):.3g} GB" if most >= 1 << 30 else f"{most / (1 << 20):.3g} MB"
    return f"{shown} unpacks to more than {size}, or is packed like no text of people. Unpack it yourself and give the table."


@contextmanager
def _translated(whole: Source) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        if (
            isinstance(error, OSError)
            and not isinstance(error, gzip.BadGzipFile)
            and error.errno not in (None, errno.EINVAL)
        ):
            raise  # the disk's error, not the archive's
        said_by = str(error).split("\n")[0][:100] or type(error).__name__
        what = (
            ": the compressed file is broken"
            if whole.kind == "gzip"
            else " is an archive or a broken workbook, unreadable"
        )
        raise NotATableError(f"{whole.shown}{what} or cut off ({said_by}). Transfer or export it again.") from None


class _Plain(io.RawIOBase):
    """A file up to the size it had at the start."""

    def __init__(self, stream: IO[bytes], whole: Source) -> None:
        self._stream, self._whole = stream, whole

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == io.SEEK_END:
            offset, whence = max(0, self._whole.size + offset), io.SEEK_SET
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        left = self._whole.size - self._stream.tell()
        if left <= 0:
            return 0
        count = self._stream.readinto(memoryview(buffer)[:left])  # type: ignore[attr-defined]
        if not count:
            raise IntakeError(
                f"{self._whole.shown} became shorter while it was read. Import it again when it is complete."
            )
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Unpacked(io.RawIOBase):
    """What a packed file holds, up to the bound."""

    def __init__(self, stream: Any, whole: Source, packed: int, plain: IO[bytes]) -> None:
        self._stream, self._whole, self._packed, self._plain, self._total = stream, whole, packed, plain, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _translated(self._whole):
            block = self._stream.read(min(len(buffer), BLOCK))
        self._total += len(block)
        if self._total > self._whole.largest or (self._total > SUSPECT and self._total > RATIO * self._packed):
            raise NotATableError(_bomb(self._whole.shown, self._whole.largest))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._stream.close()
        self._plain.close()
        super().close()
