"""Everything a home holds in one file, and back: records, versions of datasets, the key.

In the file: `felicific.json` (which program wrote it, when, at which step its tables were), `key`, `records/<table>.jsonl`,
`datasets/<slug>/<version>/<file>`, and `store.archive`'s own last file. Nothing in it says where the records or the
datasets lay: what came from SQLite and a folder can go into PostgreSQL and a bucket. A restore reads and checks all of it
beside the home before it changes anything there; what fails later is taken back.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from cx.errors import NotAllowedError, StoreError
from cx.principal import Principal
from cx.store import archive, audit, database, datasets, places, portable
from cx.store.bucket import PLACE

HEADER = "felicific.json"
FORMAT = 1
KEY = "key"

RECORDS = re.compile(r"records/([a-z_]{1,60})\.jsonl")
DATASETS = re.compile(rf"datasets/{PLACE.pattern}")


class Held(NamedTuple):
    """What a backup holds: when it was written, and how many versions and records are in it."""

    written: str
    versions: int
    records: int


def write(principal: Principal, path: Path, force: bool = False) -> Held:
    """Writes everything into a file that its owner alone can read. Imports and erasures wait meanwhile, readers do not.

    Raises StoreError when the file is there already, unless with `force`; NotAllowedError for all but admins.
    """
    _may(principal)
    if path.exists() and not force:
        raise StoreError(f"There is a file '{path}' already. Name another, or overwrite it with --force.")
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    with datasets.writing(), tempfile.TemporaryDirectory() as folder, archive.writing(path) as into:
        step, tables = portable.dump(Path(folder))
        into.write(HEADER, json.dumps({"format": FORMAT, "written": moment, "schema": step}).encode())
        if (key := datasets.home() / KEY).exists():
            into.add(KEY, key)
        for table in tables:
            into.add(f"records/{table.name}", table)
        many = 0
        for name in datasets.names(principal):
            for version in datasets.versions(principal, name):
                where, many = datasets.open_dataset(principal, name, version).where, many + 1
                for file in places.FILES:
                    if (where / file).exists():
                        into.add(f"datasets/{name}/{version}/{file}", where / file)
        held = Held(moment, many, sum(map(_lines, tables)))
    audit.write(principal, "made a backup", versions=held.versions, records=held.records)
    return held


def restore(principal: Principal, path: Path, force: bool = False) -> Held:
    """Puts what a backup holds in place of what the home, the records and the bucket hold: all of it, or nothing.

    Raises StoreError where something is there already (with `force` it goes; but a bucket that holds datasets is never
    overwritten), for a file that is no backup, not whole, or of a newer program; NotAllowedError for all but admins.
    """
    _may(principal)
    if not path.is_file():
        raise StoreError(f"There is no file '{path}'. Check the path.")
    with datasets.writing(), _beside() as folder:
        _must_be_free(force)
        found = archive.unpack(path, folder, HEADER, _known)
        header = _header(path, found.pop(0))
        tables = {ours[1]: each.path for each in found if (ours := RECORDS.fullmatch(each.name))}
        held = Held(header["written"], _laid_out(found, folder / "datasets"), sum(map(_lines, tables.values())))
        staged = portable.stage(header["schema"], tables, folder)
        try:
            key = next((each.path for each in found if each.name == KEY), None)
            _put_in_place(folder, key, lambda connection: portable.load(staged, connection))
        finally:
            staged.dispose()
    audit.write(principal, "restored a backup", written=held.written, versions=held.versions, records=held.records)
    return held


def broken_off() -> list[str]:
    """What is wrong when a restore was killed while it put things in place, in words; nothing else is."""
    if not (datasets.home() / places.UNDER_WAY).exists():
        return []
    return ["A restore was broken off, and the home may hold half of it: restore again, with --force."]


def _may(principal: Principal) -> None:
    if principal.role != "admin" or principal.datasets is not None:
        raise NotAllowedError(f"{principal.name} ({principal.role}) may not read or replace everything.")


def _known(name: str) -> bool:
    """Whether a file of this name may be in a backup: a fixed list, so that none becomes a path of its own."""
    ours = DATASETS.fullmatch(name)
    return name == KEY or bool(RECORDS.fullmatch(name)) or bool(ours and ours[3] in places.FILES)


def _header(path: Path, member: archive.Member) -> dict[str, str]:
    with contextlib.suppress(ValueError, RecursionError):
        told = json.loads(member.path.read_text(encoding="utf-8"))
        if isinstance(told, dict) and all(isinstance(told.get(name), str) for name in ("written", "schema")):
            if told.get("format") == FORMAT:
                return told
            raise StoreError(
                f"{path.name} was written by a newer version of this program: restore it with that version."
            )
    raise StoreError(f"{path.name} is no backup of this program.")


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


@contextlib.contextmanager
def _beside() -> Iterator[Path]:
    """A folder in the home, so that what lies in it is put in place by a change of name; those of killed restores go."""
    for left in datasets.home().glob(places.BESIDE.format("*")):
        shutil.rmtree(left, ignore_errors=True)
    folder = datasets.home() / places.BESIDE.format(secrets.token_hex(4))
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _must_be_free(force: bool) -> None:
    there = places.names()
    if there and places.bucket():
        raise StoreError(
            "The bucket holds datasets already. Name an empty place in CX_DATASETS, and restore into that."
        )
    if force:
        return
    with database.engine().connect() as connection:
        rows = portable.rows(connection)
    if there or rows or (datasets.home() / KEY).exists():
        what = f"{len(there)} datasets and {rows:,} records" if there or rows else "a key"
        raise StoreError(
            f"{datasets.home()} and its records hold {what} already. Restore into an empty home, or replace all with --force."
        )


def _laid_out(found: list[archive.Member], into: Path) -> int:
    """Moves the files of versions to where they lie in a home; returns how many versions there are, all finished."""
    for each in found:
        if ours := DATASETS.fullmatch(each.name):
            target = into / ours[1] / ours[2] / ours[3]
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(each.path, target)
            target.chmod(each.mode & 0o666 | 0o600)
            os.utime(target, (each.moment, each.moment))
    versions = list(into.glob("*/*"))
    for version in versions:
        datasets.Dataset(version)  # raises for one without manifest
    return len(versions)


def _put_in_place(folder: Path, key: Path | None, load: Callable[[Any], None]) -> None:
    """Key, versions and records, the records' transaction last; what was done before an error is undone."""
    home = datasets.home()
    mark = home / places.UNDER_WAY
    mark.touch()
    try:
        with contextlib.ExitStack() as undo, database.engine().connect() as connection:
            load(connection)
            _exchange(folder / "a key", home / KEY, key, undo)
            if places.bucket():
                _publish(folder / "datasets", undo)
            else:
                fresh = folder / "datasets"
                fresh.mkdir(exist_ok=True)
                _exchange(folder / "before", home / "datasets", fresh, undo)
            connection.commit()
            undo.pop_all()
    finally:
        mark.unlink()


def _exchange(aside: Path, place: Path, fresh: Path | None, undo: contextlib.ExitStack) -> None:
    """Puts what is fresh in a place; what was there lies aside until all is well."""
    if place.exists():
        os.replace(place, aside)
        undo.callback(os.replace, aside, place)
    if fresh:
        os.replace(fresh, place)
        undo.callback(os.replace, place, fresh)


def _publish(versions: Path, undo: contextlib.ExitStack) -> None:
    for version in sorted(versions.glob("*/*")):
        where = places.receiving(version.parent.name, version.name)
        undo.callback(places.remove, version.parent.name, version.name)
        for file in version.iterdir():
            os.replace(file, where / file.name)
        places.publish(where)
