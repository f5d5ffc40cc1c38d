"""Where things lie: the home, and in it the versions of datasets, or copies of those in a bucket (`CX_DATASETS`).

A version is a folder on disk to everything above: `root()/<slug>/<version>/`. Only here is it known whether that folder
is the version or a copy of it; see docs/decisions/0015.
"""

import contextlib
import hashlib
import os
import re
import shutil
from functools import lru_cache
from pathlib import Path
from threading import Lock

from cx.errors import StoreError
from cx.store.bucket import FILES, MANIFEST, VARIABLE, Bucket

ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9._=-]+)*)/?")

BESIDE = "restore.{}.part"
"""A folder of the home in which a backup is unpacked."""

UNDER_WAY = "restore.under-way"
"""Lies in a home while its parts are put in place; one that stays says that the process was killed at it."""

_made: dict[tuple[str, ...], Bucket] = {}
_making = Lock()


def home() -> Path:
    """The folder that holds everything: `$CX_HOME`, else ./data. Created when missing; raises StoreError when it cannot be."""
    path = _resolved(os.environ.get("CX_HOME") or "data", os.getcwd())
    try:
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The home folder {path} cannot be made ({error.strerror}). Set CX_HOME to another."
        ) from error
    return path


@lru_cache(maxsize=64)
def _resolved(given: str, at: str) -> Path:
    """A path from here without links, looked up once: a page asks for the home some ten times."""
    return (Path(at) / given).resolve()


def bucket() -> Bucket | None:
    """The bucket that holds the versions; None when they lie in the home. Raises StoreError for an address that is none."""
    given = os.environ.get(VARIABLE, "").strip()
    if not given:
        return None
    found = ADDRESS.fullmatch(given)
    if not found or ".." in given:
        raise StoreError(
            f"{VARIABLE} names no bucket. Write s3://bucket/prefix; the key goes into AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, the address of storage of your own into AWS_ENDPOINT_URL."
        )
    name, prefix, endpoint = found[1], found[2].strip("/"), os.environ.get("AWS_ENDPOINT_URL", "")
    secret = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    own = hashlib.sha256(f"{endpoint} {name} {prefix}".encode()).hexdigest()[:12]
    where = home() / "cache" / own
    with _making:
        asked = (str(where), *secret)
        if asked not in _made:
            where.mkdir(parents=True, exist_ok=True)
            _made[asked] = Bucket(name, prefix, where)
        return _made[asked]


def close() -> None:
    """Forgets what was seen in buckets; the next use looks again."""
    with _making:
        _made.clear()


def root() -> Path:
    """The folder of folders of versions: `<slug>/<version>/`; with a bucket, of their copies."""
    held = bucket()
    return held.copies if held else home() / "datasets"


def names() -> list[str]:
    """Slugs with at least one finished version, in order."""
    if held := bucket():
        return sorted({slug for slug, _ in held.versions()})
    return sorted({path.parent.parent.name for path in root().glob(f"*/*/{MANIFEST}")})


def versions(name: str) -> list[str]:
    """Finished versions, oldest first."""
    if held := bucket():
        return sorted(version for slug, version in held.versions() if slug == name)
    return sorted(path.parent.name for path in (root() / name).glob(f"[0-9]*/{MANIFEST}"))


def stamp(name: str, version: str) -> str:
    """Changes whenever the manifest of a version does; '' where there is none."""
    if held := bucket():
        return held.versions().get((name, version), {}).get(MANIFEST, "")
    try:
        seen = (root() / name / version / MANIFEST).stat()
    except OSError:
        return ""
    return f"{seen.st_mtime_ns:x}.{seen.st_size:x}.{seen.st_ino:x}"


def fetch(where: Path, *files: str) -> None:
    """Sees to it that a version's folder holds what the version does, or those files of it, as they are now."""
    held = bucket() if os.environ.get(VARIABLE) else None
    if held and where.parent.parent == held.copies:
        held.fetch((where.parent.name, where.name), files or FILES)


def begin(name: str) -> Path:
    """An empty folder for the next version."""
    held = bucket()
    above = (held.desk if held else root()) / name
    above.mkdir(parents=True, exist_ok=True)
    there = (int(path.name) for path in above.iterdir() if path.name.isdigit())
    last = held.last(name) if held else max(there, default=0)
    fresh = above / f"{last + 1:04d}"
    fresh.mkdir()
    return fresh


def receiving(name: str, version: str) -> Path:
    """An empty folder for a version with this number, which must not be there."""
    held = bucket()
    fresh = (held.desk if held else root()) / name / version
    fresh.mkdir(parents=True)
    return fresh


def changing(name: str, version: str) -> Path:
    """The folder in which the files of a version are changed; they count once it is published."""
    held = bucket()
    return held.take_down((name, version)) if held else root() / name / version


def publish(where: Path) -> None:
    """What was written in a folder made by `begin` or `changing`, its manifest among it, counts from now on."""
    held = bucket() if os.environ.get(VARIABLE) else None
    if held and where.parent.parent == held.desk:
        held.publish(where)


def put_away(where: Path) -> None:
    """What was left in a folder made by `changing` goes; the version stays as it was published last."""
    held = bucket() if os.environ.get(VARIABLE) else None
    if held and where.parent.parent == held.desk:
        held.put_away(where)


def remove(name: str, version: str) -> None:
    """Removes a version. Its manifest goes first, so no reader meets half of it."""
    if held := bucket():
        held.remove((name, version))
        return
    where = root() / name / version
    (where / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(where, ignore_errors=True)
    with contextlib.suppress(OSError):
        where.parent.rmdir()  # only when it was the last


def clean() -> list[str]:
    """Removes versions that were never finished, and what a killed restore unpacked; for those who have their turn.

    Returns the versions: `<slug>/<version>`.
    """
    if not (home() / UNDER_WAY).exists():  # else what was there before may lie in it
        for path in home().glob(BESIDE.format("*")):
            shutil.rmtree(path, ignore_errors=True)
    held = bucket()
    for path in (home() / "cache").glob("*"):
        if not held or path != held.copies.parent:
            shutil.rmtree(path, ignore_errors=True)  # copies of where datasets lay before
    if held:
        return held.clean()
    removed = []
    for path in sorted(root().glob("*/*")):
        if path.is_dir() and not (path / MANIFEST).exists():
            shutil.rmtree(path, ignore_errors=True)
            removed.append(f"{path.parent.name}/{path.name}")
    for path in root().glob("*"):
        with contextlib.suppress(OSError):
            path.rmdir()  # a dataset none of whose versions was finished
    return removed
