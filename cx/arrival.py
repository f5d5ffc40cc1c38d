"""A batch of rows arrives: masked, on disk as a part, its original packed. The work of an import that any process can do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from cx.intake.apply import Batch
from cx.intake.masking import Masks, Privacy
from cx.schema import Column, Scale
from cx.store import ledger, staging
from cx.text import language, understand


class File(NamedTuple):
    """What is the same for all rows of a file: its place among the files, what it is called, how it is read and masked."""

    place: int
    name: str
    source: str
    columns: Sequence[Column]
    comments: Sequence[str]
    scales: Mapping[str, Sequence[Scale]]
    key: bytes
    privacy: Privacy


class Rows(NamedTuple):
    """A batch of a file on its way to disk: where to, and how many rows of the file came before."""

    file: File
    batch: Batch
    path: Path
    before: int


class Arrived(NamedTuple):
    """What became of a batch: counts, and what has to be written in the order of the rows."""

    path: Path
    kept: int
    original: bytes
    rejected: list[ledger.Rejected]
    unread: Counter[str]
    masked: Counter[str]
    columns: staging.Columns
    spoken: language.Main


def take(rows: Rows) -> Arrived:
    """Masks a batch, writes it as a part of responses and packs its original."""
    file, batch = rows.file, rows.batch
    masks = _masks(file.key, file.privacy)
    masks.counts = Counter()
    kept = {column.stored for column in file.columns if column.stored and column.role == "personal"}
    frame = masks.frame(batch.frame, kept).copy()  # in one piece again, also with hundreds of columns
    staging.fill_scales(frame, file.scales, file.columns)
    seen, spoken = staging.Columns(), language.Main(rows.before)
    seen.see(frame)
    spoken.add(*understand.tongues(frame, file.comments))
    staging.write_part(rows.path, frame.assign(_file=file.place, source=file.source))
    rejected: list[ledger.Rejected] = [
        (line, reason, masks.record(cells, file.columns)) for line, reason, cells in batch.rejects
    ]
    raw: list[tuple[int, Sequence[str]]] = list(
        zip(frame["_line"].tolist(), masks.records(batch.original, file.columns, frame), strict=True)
    )
    if rejected:
        raw = sorted([*raw, *((line, cells) for line, _, cells in rejected)], key=itemgetter(0))
    original = ledger.packed([file.name, line, *cells] for line, cells in raw)
    return Arrived(rows.path, len(frame), original, rejected, batch.unread, masks.counts, seen, spoken)


@lru_cache(maxsize=4)
def _masks(key: bytes, privacy: Privacy) -> Masks:
    """Masks that remember texts from batch to batch."""
    return Masks(key, privacy)
