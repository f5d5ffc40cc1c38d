"""One file that holds others: a tar of plain files, packed. Written in one step, read as if a stranger had made it.

Only plain files are in it: no folders, links, devices or extensions, which a reader could be led astray by. The last one,
`contents.json`, says size and SHA-256 of each of the others: an archive that was cut short or changed is told from a whole one.
"""

import contextlib
import gzip
import hashlib
import io
import json
import os
import secrets
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from cx.errors import StoreError

CONTENTS = "contents.json"

CHUNK = 1 << 20

MOST_FILES = 200_000
MOST_PACKED = 200
"""What is unpacked may be so many times as large as the archive, for what people store packs no better, …"""

SMALL = 64 << 20
"""… or so large in any case; and never larger than the room there is."""

BROKEN = (EOFError, OSError, zlib.error, tarfile.HeaderError, ValueError, RecursionError)


class Writer:
    """Adds files to an archive, one after the other."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._contents: dict[str, list[Any]] = {}

    def add(self, name: str, path: Path) -> None:
        """A file of the disk, with its mode and its time."""
        with path.open("rb") as file:
            seen = os.fstat(file.fileno())
            self._add(name, file, seen.st_size, seen.st_mode & 0o777, int(seen.st_mtime))

    def write(self, name: str, content: bytes) -> None:
        """A file with this content."""
        self._add(name, io.BytesIO(content), len(content), 0o600, 0)

    def finish(self) -> None:
        """The last file: what the archive holds."""
        self.write(CONTENTS, json.dumps(self._contents, indent=1).encode())

    def _add(self, name: str, file: IO[bytes], size: int, mode: int, moment: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, mode, moment
        told = _Told(file)
        self._tar.addfile(info, told)
        self._contents[name] = [size, told.sum.hexdigest()]


class _Told:
    """A file that is summed up while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.sum = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        got = self._file.read(size)
        self.sum.update(got)
        return got


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """An archive that is there, readable by its owner alone, once all was added to it; else it is not."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    fresh.touch(mode=0o600)
    try:
        with (
            fresh.open("wb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=1) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as tar,
        ):
            writer = Writer(tar)
            yield writer
            writer.finish()
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


class Member(NamedTuple):
    """A file of an archive: its name, where it was unpacked, its mode and time."""

    name: str
    path: Path
    mode: int
    moment: int


def unpack(path: Path, into: Path, first: str, wanted: Any) -> list[Member]:
    """Unpacks an archive into a folder, under numbers for names; returns what it held, in order, `contents.json` not among it.

    `first` is what its first file is called; `wanted(name)` says whether a name may be in it. Raises StoreError, with
    nothing but files in `into` touched, for what is no archive of ours, is not whole, or would not fit.
    """
    room = min(shutil.disk_usage(into).free, max(SMALL, MOST_PACKED * path.stat().st_size))
    found: list[Member] = []
    sums: dict[str, list[Any]] = {}
    try:
        with gzip.open(path, "rb") as packed:
            for info in _headers(packed):
                known = info.name == first if not found else info.name == CONTENTS or wanted(info.name)
                room -= info.size + 512
                if not known or info.name in sums or CONTENTS in sums or len(found) >= MOST_FILES:
                    raise StoreError(f"{path.name} is no backup: it holds '{info.name[:80]}'.")
                if room < 0:
                    raise StoreError(f"{path.name} unpacks to more than there is room for.")
                member = Member(info.name, into / f"{len(found):06d}", info.mode & 0o777, int(info.mtime))
                sums[info.name] = [info.size, _copied(packed, member.path, info.size)]
                found.append(member)
        return _whole(path, found, sums)
    except BROKEN as error:
        if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
            raise
        raise StoreError(f"{path.name} is no backup, or it is damaged.") from error


def _whole(path: Path, found: list[Member], sums: dict[str, list[Any]]) -> list[Member]:
    """The files, if they are those the last one names."""
    if found and found[-1].name == CONTENTS:
        last = found.pop()
        told = json.loads(last.path.read_text(encoding="utf-8"))
        last.path.unlink()
        if told == {member.name: sums[member.name] for member in found}:
            return found
    raise StoreError(f"{path.name} is not whole: what it holds is not what was written into it.")


def _headers(packed: gzip.GzipFile) -> Iterator[tarfile.TarInfo]:
    """The plain files of a tar, read block by block: whoever takes one reads its content before the next.

    Python's own reader follows links, names and sizes that come in further blocks; here there are none.
    """
    while any(block := _exactly(packed, tarfile.BLOCKSIZE)):
        info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or info.linkname or info.size < 0:
            raise StoreError(f"This is no backup: '{info.name[:80]}' in it is no plain file.")
        yield info
        _exactly(packed, -info.size % tarfile.BLOCKSIZE)


def _exactly(packed: gzip.GzipFile, size: int) -> bytes:
    got = packed.read(size)
    if len(got) != size:
        raise EOFError
    return got


def _copied(packed: gzip.GzipFile, path: Path, size: int) -> str:
    """Writes the next bytes into a new file; returns their SHA-256."""
    told = hashlib.sha256()
    with path.open("xb") as file:
        path.chmod(0o600)
        while size:
            got = _exactly(packed, min(size, CHUNK))
            told.update(got)
            file.write(got)
            size -= len(got)
    return told.hexdigest()
