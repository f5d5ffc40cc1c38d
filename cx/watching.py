"""A folder that is watched: files that have come to rest are imported, each once, changed ones again."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cx.errors import CXError
from cx.store import records

ENDINGS = (
    ".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".json", ".jsonl", ".ndjson", ".parquet", ".gz", ".zip",
)  # fmt: skip
AT_REST = 5.0
"""Seconds for which a file must not have changed: what is still being written grows."""

EVERY = 2.0
"""Seconds between two looks at the folder."""

SETTING = "watched"

Stamp = list[int]


def files(folder: Path) -> list[Path]:
    """The exports in a folder, by name; hidden files and folders in it do not count."""
    found = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return sorted(path for path in found if path.suffix.lower() in ENDINGS)


def watch(
    folder: Path, dataset: str, take: Callable[[Path], None], refuse: Callable[[Path, CXError], None],
    sleep: Callable[[float], None] = time.sleep, rounds: Iterator[int] | None = None,
) -> None:  # fmt: skip
    """Takes every file of the folder that is finished, in turn, for ever (or for as many `rounds`).

    A file is finished when its size and time are the same as at the last look and it has not changed for `AT_REST`
    seconds. What was taken is written down per dataset, so that a restart does not begin anew; a file that changed is
    taken again. One that cannot be taken is `refuse`d, and tried again only when it changed.
    """
    seen: dict[str, Stamp] = {}
    for _ in rounds if rounds is not None else iter(int, 1):
        done: dict[str, Stamp] = records.setting(dataset, SETTING, {})
        for path in files(folder):
            name, stamp = str(path.resolve()), _stamp(path)
            if stamp is None or done.get(name) == stamp:
                continue
            if seen.get(name) == stamp and time.time() - stamp[1] / 1e9 >= AT_REST:
                try:
                    take(path)
                except CXError as error:
                    refuse(path, error)
                records.set_setting(dataset, SETTING, {**records.setting(dataset, SETTING, {}), name: stamp})
            seen[name] = stamp
        sleep(EVERY)


def _stamp(path: Path) -> Stamp | None:
    """Size and time of change; None for a file that is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]
