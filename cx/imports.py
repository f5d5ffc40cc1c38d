"""Files into a dataset of the home, or into a folder: what comes before, what may be added, whole or not at all."""

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from cx import incoming, pipeline
from cx.errors import IntakeError, MappingError, NotAllowedError, NothingToAnalyseError
from cx.incoming import Edits, Given, Wishes
from cx.intake import apply, mapping, read, sources
from cx.intake.corrections import Saved
from cx.intake.masking import Masks, Privacy
from cx.principal import Principal
from cx.store import audit, datasets, places, records

Progress = Callable[[str, int, int], None]

PURCHASE = ("customer_id", "date", "revenue")
"""Columns of purchases.parquet. Grain: one purchase."""

ADAPT = "adapt"
"""The dataset's setting: whether the sentiment model learns from its ratings."""

NO_ROOM = re.compile(r"No space left on device|\d+ requested and \d+ written")
"""What DuckDB and NumPy say when a disk is full."""


def silent(step: str, done: int, total: int) -> None:
    """Progress that nobody follows."""


def into(
    principal: Principal, name: str, files: Sequence[Given], progress: Progress = silent, wishes: Wishes | None = None
) -> str:
    """Imports files as the next version of a dataset; returns the version.

    The responses of the version before stay; rows met again are recognised. A source the dataset does not have yet
    comes in only with `wishes.add`. Corrections of earlier files of the same shape apply, those of these files are kept
    for the next. Raises IntakeError, StoreError; then the dataset is as it was.
    """
    wishes = wishes or Wishes(add=False)
    _may_wish(principal, wishes.privacy)
    with datasets.writing():
        previous = datasets.open_dataset(principal, name) if datasets.versions(principal, name) else None
        if previous is None:
            records.forget(name)  # what was said of a dataset of this name that was deleted
        adapt = wishes.adapt and records.setting(name, ADAPT, True)
        asked = wishes._replace(saved=records.saved_mappings(), edits=edits_of(name), adapt=adapt)
        key = datasets.key()
        version = next_version(
            principal, name, lambda where: pipeline.analyze(files, where, name, key, progress, previous, asked)
        )
        made = datasets.open_dataset(principal, name, version).manifest
        _remember(files, made["sources"])
        names = [given.name for given in files]
        audit.write(
            principal,
            "imported" if files else "masked again",
            name,
            files=names,
            version=version,
            rows=made["rows_kept"],
        )
        return version


def edits_of(name: str) -> Edits:
    """What people changed about a dataset, oldest first."""
    return Edits(records.all_edits(name, "topics"), records.all_edits(name, "taxonomy"), records.corrections(name))


def _may_wish(principal: Principal, privacy: Privacy | None) -> None:
    """Names of customers and unmasked originals are for an admin to keep."""
    if privacy and (privacy.readable_ids or privacy.keep_original) and principal.role != "admin":
        raise NotAllowedError("Only an admin may keep readable customer ids or an original that is not masked.")


def _remember(files: Sequence[Given], entries: Sequence[dict[str, Any]]) -> None:
    """Keeps what was corrected in these files, for the next of their shape; the last entries are theirs."""
    for given, entry in zip(files, entries[len(entries) - len(files) :], strict=True):
        if given.roles:
            names = tuple(column["name"] for column in entry["columns"])
            records.save_mapping(Saved(entry["source"], names, given.roles))


def into_folder(
    files: Sequence[Given],
    out: Path,
    progress: Progress = silent,
    wishes: Wishes = Wishes(),  # noqa: B008 - a value
) -> dict[str, Any]:
    """The whole pipeline into a folder, without a home's dataset; returns the manifest.

    What an earlier run left in the folder stays until the new files are complete. Raises IntakeError and TaxonomyError.
    """
    key = datasets.key()
    made = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    fresh = out / ".part"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        with _whole(fresh):
            manifest = pipeline.analyze(files, fresh, out.resolve().name, key, progress, wishes=wishes)
    except BaseException:
        if made:
            out.rmdir()
        raise
    (out / "manifest.json").unlink(missing_ok=True)  # from here until the new one is there the folder holds no dataset
    for name in places.FILES:
        if (fresh / name).exists():
            os.replace(fresh / name, out / name)
        else:
            (out / name).unlink(missing_ok=True)
    fresh.rmdir()
    return manifest


def remasked(principal: Principal, name: str, progress: Progress = silent, privacy: Privacy | None = None) -> str:
    """The dataset again with today's masking rules, as a new version; returns it.

    `privacy`: what may be stored from now on; None: as before. The versions before go: they hold what today's rules
    would not let in.
    """
    with datasets.writing():
        datasets.open_dataset(principal, name)
        old = datasets.versions(principal, name)
        version = into(principal, name, [], progress, Wishes(privacy=privacy))
        for stale in old:
            datasets.delete_version(principal, name, stale)
        return version


def purchases(principal: Principal, name: str, files: Sequence[Given]) -> str:
    """Purchases (customer_id, date, revenue) as their own table beside the responses of a dataset, in a new version.

    Purchases of the version before stay; equal rows are matched one to one. Raises MappingError when a column is
    missing, NothingToAnalyseError when no row names a customer.
    """
    with datasets.writing():
        previous = datasets.open_dataset(principal, name)
        path = previous.where / "purchases.parquet"
        masks = Masks(datasets.key(), Privacy.from_json(previous.manifest.get("privacy", {})))
        frame, said = read_purchases(files, masks, pd.read_parquet(path) if path.exists() else None)

        def write(where: Path) -> None:
            for other in previous.where.iterdir():
                if other.name not in ("manifest.json", "purchases.parquet"):
                    shutil.copyfile(other, where / other.name)
            frame.to_parquet(where / "purchases.parquet", index=False)
            datasets.finish(where, _not_edited(previous.manifest) | {"purchases": said})

        version = next_version(principal, name, write)
        names = [given.name for given in files]
        audit.write(principal, "imported", name, files=names, version=version, purchases=said["rows"])
        return version


def read_purchases(
    files: Sequence[Given], masks: Masks, before: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Files of purchases as customer_id (as the masks name customers), date, revenue, and what the manifest says of them.

    Rows that `before` has already and rows without a customer are counted and left out.
    """
    frames = [] if before is None else [before]
    rows_in = nameless = 0
    for given in files:
        for batch in apply.batches(_purchase_plan(given)):
            frame = masks.frame(batch.frame)[list(PURCHASE)]
            frames.append(frame.dropna(subset=["customer_id"]))
            rows_in += len(frame) + len(batch.rejects)
            nameless += len(frame) - len(frames[-1]) + len(batch.rejects)
    if rows_in == nameless:
        raise NothingToAnalyseError(
            f"{files[0].name}: no row names a customer. Name the column with --map COLUMN=customer_id."
        )
    counted = [frame.assign(_again=frame.groupby(list(PURCHASE), dropna=False).cumcount()) for frame in frames]
    together = pd.concat(counted, ignore_index=True)
    kept = together.drop_duplicates(ignore_index=True)[list(PURCHASE)]
    return kept.astype({"customer_id": "string"}), {
        "files": [given.name for given in files], "rows": len(kept), "customers": int(kept["customer_id"].nunique()),
        "rows_in": rows_in, "rows_duplicate": len(together) - len(kept), "rows_rejected": nameless,
    }  # fmt: skip


def for_several(files: Sequence[Given]) -> list[Given]:
    """The same roles told for several files: each file gets those of its own columns; raises MappingError for any that none has."""
    if len(files) < 2:
        return list(files)
    out, unknown, seen = [], dict.fromkeys(name for given in files for name in given.roles), []
    for given in files:
        headings = sources.recognise(read.open_table(given.path, given.name)).headings
        names = {text.casefold() for pair in headings for text in pair}
        own = {name: role for name, role in given.roles.items() if name.strip().casefold() in names}
        for name in own:
            unknown.pop(name, None)
        seen += [name for name, _ in headings]
        out.append(given._replace(roles=own))
    for name in unknown:
        close = get_close_matches(name, seen, 1, 0.5)
        hint = f"Did you mean “{close[0]}”?" if close else f"They have: {', '.join(dict.fromkeys(seen))}."
        raise MappingError(f"None of the files has a column “{name}”. {hint}")
    return out


def restored(principal: Principal, name: str, version: str) -> str:
    """An earlier version of a dataset as its newest; returns the new version. What came between stays as versions."""
    with datasets.writing():
        earlier = datasets.open_dataset(principal, name, version)

        def write(where: Path) -> None:
            for file in earlier.where.iterdir():
                if file.name != "manifest.json":
                    shutil.copyfile(file, where / file.name)
            datasets.finish(where, _not_edited(earlier.manifest) | {"restored": version})

        fresh = next_version(principal, name, write)
        audit.write(principal, "restored", name, of=version, version=fresh)
        return fresh


def _not_edited(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest for a version that is more than an edit: only those of mere edits may be cleared away."""
    return {name: held for name, held in manifest.items() if name != "edited"}


def _purchase_plan(given: Given) -> mapping.Plan:
    made = incoming.plan(given)
    missing = [role for role in PURCHASE if role not in {column.role for column in made.columns}]
    if missing:
        raise MappingError(
            f"{given.name}: purchases need customer, date and revenue; no column is {', '.join(missing)}. "
            "Name it with --map COLUMN=ROLE."
        )
    return made


def next_version(principal: Principal, name: str, write: Callable[[Path], Any]) -> str:
    where = datasets.new_version(principal, name)
    try:
        with _whole(where):
            write(where)
    finally:
        with contextlib.suppress(OSError):
            where.parent.rmdir()  # a dataset that never was leaves no folder
    return where.name


@contextlib.contextmanager
def _whole(where: Path) -> Iterator[None]:
    """A folder that is written whole: after an error it is gone; a full disk is told in words."""
    try:
        yield
    except BaseException as error:
        full = _disk_full(error)
        shutil.rmtree(where, ignore_errors=True)
        if full:
            raise IntakeError("The disk is full: nothing was stored. Make room and try again.") from error
        raise


def _disk_full(error: BaseException) -> bool:
    """Whether there was no room: some libraries say it by number, some only in words."""
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or bool(NO_ROOM.search(str(error)))
