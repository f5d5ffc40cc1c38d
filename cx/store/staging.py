"""What lies on disk while an import runs: parts of responses, told apart, then written as the tables of a version."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cx.schema import CANONICAL, MENTION_COLUMNS, OPTIONAL, Column, Scale
from cx.store.datasets import MENTION, Dataset, cursor

PART_ROWS = 2_000
"""Responses per part: the unit of progress, of parallel work and of memory."""

STAGED = ("_file", "_line", "_key", "_hash")
"""Columns of a part that only telling rows apart needs. `_file` is −1 for rows of the version before."""

_TYPES = {
    "date": pa.timestamp("us"), "complete": pa.bool_(), "_file": pa.int64(), "_line": pa.int64(),
    **dict.fromkeys(("nps", "csat", "ces", "rating", "effectiveness", "ease", "enjoyment"), pa.float64()),
    **dict.fromkeys(("revenue", "weight", "sentiment"), pa.float64()),
}  # fmt: skip
_MENTION_TYPES = {name: pa.int64() for name in ("mention", "start", "end")} | {"sentiment": pa.float64()}


class Parts:
    """Frames on disk, one Parquet file each, in order."""

    def __init__(self, where: Path) -> None:
        self.where = where
        where.mkdir(parents=True, exist_ok=True)
        self.paths: list[Path] = []

    def add(self, frame: pd.DataFrame) -> None:
        """Writes a frame as one or more parts."""
        for begin in range(0, len(frame), PART_ROWS):
            path = self.where / f"{len(self.paths):06d}.parquet"
            frame.iloc[begin : begin + PART_ROWS].to_parquet(path, index=False)
            self.paths.append(path)


def tell_apart(parts: Parts) -> pd.DataFrame:
    """Which rows stay, under which id: columns response_id, kept; one row per row of the parts, in order.

    A row's id is its source's key, else `<content hash>-<k>` with k counting equal rows of one file. Of rows of one
    source with the same id the later one stays. Where two sources use the same key, the later source's ids get its
    name in front, because a response is named by its id alone.
    """
    if not parts.paths:
        return pd.DataFrame({"response_id": [], "kept": []})
    order = "_part, _row"
    sql = f"""
        WITH rows AS (
            SELECT source, _file, _key, _hash, response_id AS known, filename AS _part, file_row_number AS _row
            FROM read_parquet(?, filename = true, file_row_number = true, union_by_name = true)),
        named AS (
            SELECT *, coalesce(known, _key,
                _hash || '-' || (row_number() OVER (PARTITION BY source, _file, _hash ORDER BY {order}) - 1)) AS id
            FROM rows)
        SELECT source, id AS response_id,
            row_number() OVER (PARTITION BY source, id ORDER BY _file DESC, _part DESC, _row DESC) = 1 AS kept
        FROM named ORDER BY {order}"""
    with cursor() as con:
        out = con.execute(sql, [[str(path) for path in parts.paths]]).df()
    owner = out.loc[out["kept"], ["source", "response_id"]].drop_duplicates("response_id")
    owners = out["response_id"].map(dict(zip(owner["response_id"], owner["source"], strict=True)))
    foreign = out["source"] != owners
    out.loc[foreign, "response_id"] = out["source"] + ":" + out["response_id"]
    return out[["response_id", "kept"]]


def schema_of(columns: Iterable[str], numbers: Iterable[str]) -> pa.Schema:
    """Arrow types of responses: canonical ones as documented, score columns numbers, everything else text."""
    numeric = set(numbers)
    return pa.schema([(name, _TYPES.get(name, pa.float64() if name in numeric else pa.string())) for name in columns])


def order_of(columns: Iterable[str]) -> list[str]:
    """Columns of responses in their order on disk: canonical, optional, derived, then the file's own."""
    found = list(dict.fromkeys(columns))
    head = [*CANONICAL, *(name for name in OPTIONAL if name in found), "sentiment", "sentiment_label"]
    return [*head, *(name for name in found if name not in head and name not in STAGED)]


def to_table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """A frame as an Arrow table of exactly this schema; columns it lacks are null."""
    arrays = []
    for field in schema:
        if field.name not in frame:
            arrays.append(pa.nulls(len(frame), field.type))
            continue
        values = frame[field.name]
        if pa.types.is_string(field.type):
            values = values.astype("string").replace("", pd.NA)
        arrays.append(pa.Array.from_pandas(values, type=field.type, safe=False))
    return pa.Table.from_arrays(arrays, schema=schema)


def mention_schema() -> pa.Schema:
    """Arrow types of mentions.parquet."""
    return pa.schema([(name, _MENTION_TYPES.get(name, pa.string())) for name in MENTION_COLUMNS])


def write_facts(where: Path) -> None:
    """facts.parquet: one row per mention (`mention.` before its columns) with its response's columns, sorted by date."""
    names = [name for name in MENTION_COLUMNS if name != "response_id"]
    said = ", ".join(f'm."{name}" AS "{MENTION}{name}"' for name in names)
    sql = f"""COPY (SELECT r.*, {said} FROM read_parquet(?) m JOIN read_parquet(?) r USING (response_id)
        ORDER BY r."date", r.response_id, m.mention) TO '{_escaped(where / "facts.parquet")}' (FORMAT parquet)"""
    with cursor() as con:
        con.execute(sql, [str(where / "mentions.parquet"), str(where / "responses.parquet")])


def write_json(path: Path, content: Mapping[str, Any] | Sequence[Any]) -> None:
    """JSON for people and programs: UTF-8, one space of indent."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


def statistics(where: Path) -> dict[str, Any]:
    """What the manifest says about responses: filled cells per column, first and last date, columns that segment."""
    path = str(where / "responses.parquet")
    names = pq.read_schema(where / "responses.parquet").names
    with cursor() as con:
        counts = ", ".join(f'count("{_quoted(name)}"), approx_count_distinct("{_quoted(name)}")' for name in names)
        row = con.execute(f'SELECT min("date"), max("date"), {counts} FROM read_parquet(?)', [path]).fetchall()[0]
    dates = [None if moment is None else moment.isoformat(sep=" ") for moment in row[:2]]
    return {
        "min_date": dates[0],
        "max_date": dates[1],
        "filled": dict(zip(names, row[2::2], strict=True)),
        "distinct": dict(zip(names, row[3::2], strict=True)),
    }


def sample(vectors: Sequence[np.ndarray], limit: int) -> np.ndarray:
    """Places of at most `limit` rows, evenly strided over all vectors that are not zero."""
    filled = (
        np.flatnonzero(np.concatenate([np.any(part != 0, axis=1) for part in vectors])) if vectors else np.array([])
    )
    if len(filled) <= limit:
        return filled
    return filled[np.linspace(0, len(filled) - 1, limit).astype(int)]


def counts_of(path: Path, column: str) -> dict[str, int]:
    """How many rows have each value of a column, most frequent first; missing values count as ''."""
    sql = f"""SELECT coalesce("{_quoted(column)}", '') AS value, count(*) AS n FROM read_parquet(?)
        GROUP BY value ORDER BY n DESC, value"""
    with cursor() as con:
        return dict(con.execute(sql, [str(path)]).fetchall())


def merged_scales(sources: Iterable[Sequence[Column]], previous: Dataset | None) -> dict[str, list[Scale]]:
    """The different scales of each stored score column over all sources; the same scale in two sources is one."""
    found: dict[str, dict[str, Scale]] = {}
    if previous:
        for name in previous.manifest["scales"]:
            found[name] = {scale.name: scale for scale in previous.scales(name)}
    for columns in sources:
        for column in columns:
            if column.stored and column.scales:
                held = found.setdefault(column.stored, {})
                held |= {scale.name: scale for scale in column.scales if scale.name not in held}
    return {name: list(scales.values()) for name, scales in found.items()}


def fill_scales(frame: pd.DataFrame, scales: Mapping[str, Sequence[Scale]], columns: Iterable[Column]) -> None:
    """Where a score column has several scales in the dataset, every answer says which is its own (`rating scale`)."""
    own = {column.stored: column.scales for column in columns}
    for name, all_scales in scales.items():
        marker = f"{name} scale"
        if len(all_scales) > 1 and name in frame and marker not in frame:
            scale = own.get(name) or all_scales[:1]
            frame[marker] = pd.Series(scale[0].name, index=frame.index).where(frame[name].notna(), None)


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")
