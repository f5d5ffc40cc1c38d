"""Files into a dataset of the home: which version comes before, what may be added, the new version whole or not at all."""

import errno
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cx import pipeline
from cx.errors import IntakeError, StoreError
from cx.pipeline import Given
from cx.principal import Principal
from cx.store import datasets

Progress = Callable[[str, int, int], None]


def silent(step: str, done: int, total: int) -> None:
    """Progress that nobody follows."""


def into(
    principal: Principal, name: str, files: Sequence[Given], progress: Progress = silent, add: bool = False,
    taxonomy: Path | None = None,
) -> str:  # fmt: skip
    """Imports files as the next version of a dataset; returns the version.

    The responses of the version before stay; rows met again are recognised. A source the dataset does not have yet
    comes in only with `add`. Raises IntakeError, StoreError; then the dataset is as it was.
    """
    before = datasets.versions(principal, name)
    previous = datasets.open_dataset(principal, name) if before else None
    if previous and not add:
        known = {entry["source"].split(" (")[0] for entry in previous.manifest["sources"]}
        new = sorted({pipeline.plan(given).layout.source for given in files} - known)
        if new:
            raise StoreError(
                f"The dataset '{name}' holds {', '.join(sorted(known))}; this file is {', '.join(new)}. "
                "Add it as a further source (--add), or choose another name."
            )
    key = datasets.key()
    return _version(
        principal, name, lambda where: pipeline.analyze(files, where, name, key, progress, taxonomy, previous)
    )


def remasked(principal: Principal, name: str, progress: Progress = silent) -> str:
    """The dataset again with today's masking rules, as a new version; returns the version."""
    previous = datasets.open_dataset(principal, name)
    key = datasets.key()
    return _version(principal, name, lambda where: pipeline.analyze([], where, name, key, progress, None, previous))


def purchases(principal: Principal, name: str, file: Given) -> str:
    """Purchases (customer_id, date, revenue) as their own table beside the responses of a dataset, in a new version."""
    previous = datasets.open_dataset(principal, name)
    frame = pipeline.purchases(file, datasets.key())

    def write(where: Path) -> None:
        for path in previous.where.iterdir():
            if path.name not in ("manifest.json", "purchases.parquet"):
                shutil.copyfile(path, where / path.name)
        frame.to_parquet(where / "purchases.parquet", index=False)
        manifest = json.loads(json.dumps(previous.manifest))
        manifest["purchases"] = {
            "file": file.name,
            "rows": len(frame),
            "customers": int(frame["customer_id"].nunique()),
        }
        datasets.finish(where, manifest)

    return _version(principal, name, write)


def _version(principal: Principal, name: str, write: Callable[[Path], Any]) -> str:
    where = datasets.new_version(principal, name)
    try:
        write(where)
    except BaseException as error:
        shutil.rmtree(where, ignore_errors=True)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise IntakeError("The disk is full: nothing was stored. Make room and try again.") from error
        raise
    return where.name
