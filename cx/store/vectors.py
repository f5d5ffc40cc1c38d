"""What mentions mean, as numbers, beside a version: made when somebody first searches by meaning, then read from disk.

One row per different text: its hash and the first 64 dimensions of its vector in whole numbers from -127 to 127 (72 bytes;
the dimensions are ordered by importance). That finds candidates among millions; how alike they are is then told by the
whole vectors of these few. The file is a plain array, read in place; nothing in it can be run. It holds no words, is named
after the state of the mentions it was made from, and goes with the version or with a customer who is erased.
"""

import contextlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from cx.store.datasets import Dataset
from cx.text import embed

if TYPE_CHECKING:
    import numpy as np

DIMENSIONS = 64
PART = 100_000
"""Texts read and turned into vectors at a time."""

CHUNK = 65_536
"""Rows compared at a time: 16 MB."""

NAME = "vectors"


def path(dataset: Dataset) -> Path:
    """Where the vectors of a version lie, or would."""
    import duckdb

    seen = (dataset.where / "mentions.parquet").stat()
    state = f"{duckdb.__version__}-{embed.name()}-{seen.st_mtime_ns:x}-{seen.st_size:x}"
    return dataset.where / f"{NAME}-{state}.npy"


def ready(dataset: Dataset) -> bool:
    """Whether they have been made."""
    return path(dataset).exists()


def rows(dataset: Dataset) -> "np.ndarray":
    """The vectors of a version, made when there are none yet: fields key (the hash of the text) and row, by key.

    They are kept beside the version; where nothing can be written they are made again each time. Texts that an earlier
    version had are not read again.
    """
    import numpy as np

    where = path(dataset)
    with contextlib.suppress(OSError, ValueError):
        return np.load(where, mmap_mode="r", allow_pickle=False)
    made = _made(dataset)
    with contextlib.suppress(OSError):
        forget(dataset.where)
        fresh = where.with_name(f"{NAME}-{secrets.token_hex(4)}.part")
        with fresh.open("wb") as file:
            np.save(file, made, allow_pickle=False)
        os.replace(fresh, where)
    return made


def forget(where: Path) -> None:
    """Takes the vectors of the version in this folder away."""
    for old in where.glob(f"{NAME}-*"):
        old.unlink(missing_ok=True)


def _made(dataset: Dataset) -> "np.ndarray":
    import numpy as np

    dataset = dataset.whole()  # they are kept for everybody who may see more
    many = int(dataset.query("SELECT count(*) AS n FROM mentions")["n"].iloc[0])
    before = _before(dataset.where)
    parts = max(1, -(-many // PART))
    sql = (
        "SELECT hash(text) AS key, any_value(text) AS text FROM mentions WHERE hash(text) % ? = ? GROUP BY 1 ORDER BY 1"
    )
    out = []
    for part in range(parts):
        found = dataset.query(sql, [parts, part])
        held = np.zeros(len(found), dtype=[("key", "<u8"), ("row", "i1", (DIMENSIONS,))])
        held["key"] = found["key"].to_numpy(dtype=np.uint64)
        place = np.searchsorted(before["key"], held["key"]).clip(max=max(len(before) - 1, 0))
        known = before["key"][place] == held["key"] if len(before) else np.zeros(len(held), dtype=bool)
        held["row"][known] = before["row"][place[known]]
        held["row"][~known] = _short(embed.vectors(found["text"][~known].tolist()))
        out.append(held)
    return np.sort(np.concatenate(out), order="key")


def _before(where: Path) -> "np.ndarray":
    """The vectors of the latest other version that has some, made by the same rules; else none."""
    import duckdb
    import numpy as np

    same = f"{NAME}-{duckdb.__version__}-{embed.name()}-*.npy"
    for other in sorted(where.parent.glob(f"*/{same}"), reverse=True):
        with contextlib.suppress(OSError, ValueError):
            return np.load(other, allow_pickle=False)
    return np.zeros(0, dtype=[("key", "<u8"), ("row", "i1", (DIMENSIONS,))])


def _short(vectors: "np.ndarray") -> "np.ndarray":
    import numpy as np

    cut = vectors[:, :DIMENSIONS]
    lengths = np.linalg.norm(cut, axis=1, keepdims=True)
    return np.rint(np.divide(cut, lengths, out=np.zeros_like(cut), where=lengths > 1e-9) * 127).astype(np.int8)


def nearest(held: "np.ndarray", asked: "np.ndarray", most: int) -> "np.ndarray":
    """Keys of the texts nearest to any of the vectors `asked` (n × 256), at most `most`, in the order of keys."""
    import numpy as np

    wanted = _short(asked).astype(np.float32).T
    likeness = np.empty(len(held), dtype=np.float32)
    for start in range(0, len(held), CHUNK):
        part = held["row"][start : start + CHUNK].astype(np.float32)
        likeness[start : start + CHUNK] = (part @ wanted).max(axis=1)
    if len(held) <= most:
        return np.asarray(held["key"])
    return np.sort(held["key"][np.argpartition(-likeness, most)[:most]])
