"""What lies on disk while an import runs: parts of responses, told apart, then written as the tables of a version."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cx.intake.mapping import Plan
from cx.schema import CANONICAL, DERIVED, MENTION_COLUMNS, OPTIONAL, SCORE_ROLES, Column, Scale
from cx.store import grouped
from cx.store.datasets import MENTION, Dataset, cursor
from cx.view.filters import quoted

PART_ROWS = 2_000
"""Responses per part: the unit of progress, of parallel work and of memory."""

STAGED = ("_file", "_line", "_key", "_hash")
"""Columns of a part that only telling rows apart needs."""

BEFORE = -1
"""What stands in `_file` for rows of the version before."""

EQUAL = r"[0-9a-f]{16}-[1-9]\d*"
"""The id of a row without a key that equals an earlier one of its file."""

SCALE = " scale"
"""Behind the name of a score column: the column that says on which scale each answer was given, where there are several."""

_TYPES = {
    "date": pa.timestamp("us"), "complete": pa.bool_(), "_file": pa.int64(), "_line": pa.int64(),
    **dict.fromkeys((*SCORE_ROLES, "revenue", "weight", "sentiment"), pa.float64()),
}  # fmt: skip
_MENTION_TYPES = {name: pa.int64() for name in ("mention", "start", "end")} | {"sentiment": pa.float64()}


class Columns:
    """Which columns of responses the parts have, in order; a column is of numbers when no part holds anything else in it."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: set[str] = set()
        self._others: set[str] = set()

    def see(self, frame: pd.DataFrame) -> None:
        """Takes note of a part's columns."""
        for name in map(str, frame.columns):
            if name in STAGED or name in DERIVED:
                continue
            if name not in self.names:
                self.names.append(name)
            if frame[name].dtype.kind == "f":
                self._numbers.add(name)
            elif frame[name].notna().any():
                self._others.add(name)

    def join(self, other: "Columns") -> None:
        """Takes over what another has seen."""
        self.names += [name for name in other.names if name not in self.names]
        self._numbers |= other._numbers
        self._others |= other._others

    def mixed(self) -> set[str]:
        """Columns that are numbers in one source and words in another: kept as text."""
        return self._numbers & self._others

    def schema(self) -> pa.Schema:
        """Arrow types of responses, columns in their order on disk: canonical, optional, derived, then the files' own."""
        head = [*CANONICAL, *(name for name in OPTIONAL if name in self.names), *DERIVED]
        order = [*head, *(name for name in self.names if name not in head)]
        numeric = self._numbers - self._others
        return pa.schema([(name, _TYPES.get(name, pa.float64() if name in numeric else pa.string())) for name in order])


class Parts:
    """Frames on disk, one Parquet file each, in order."""

    def __init__(self, where: Path) -> None:
        self.where = where
        where.mkdir(parents=True, exist_ok=True)
        self.paths: list[Path] = []

    def new(self) -> Path:
        """The path of the next part."""
        self.paths.append(self.where / f"{len(self.paths):06d}.parquet")
        return self.paths[-1]


def write_part(path: Path, frame: pd.DataFrame) -> None:
    """Writes a part; its ids are text even where all are null."""
    ids = dict.fromkeys(("source", "response_id", "_key", "_hash"), "string")
    frame.astype(ids).to_parquet(path, index=False)


def tell_apart(parts: Parts, drop_equal: bool = False) -> pd.DataFrame:
    """Which rows stay, under which id: columns response_id, kept, new; one row per row of the parts, in order.

    A row's id is its source's key, else `<content hash>-<k>` with k counting equal rows of one file (always 0 with
    `drop_equal`, by which they are one). Of rows of one
    source with the same id the later one stays (`kept`); the first of them is `new`, unless the version before has it.
    Where two sources use the same key, the later source's ids get its name in front, because a response is named by
    its id alone.
    """
    sql = """
        WITH rows AS (
            SELECT source, _file, _key, _hash, response_id AS known, filename AS _part, file_row_number AS _row
            FROM read_parquet(?, filename = true, file_row_number = true, union_by_name = true)),
        named AS (
            SELECT *, coalesce(known, _key,
                _hash || '-' || if(?, 0, row_number() OVER (PARTITION BY source, _file, _hash ORDER BY _part, _row) - 1)) AS name
            FROM rows),
        prefixed AS (
            SELECT source AS s, known AS k FROM rows WHERE _file < 0 AND starts_with(known, source || ':')),
        met AS (
            SELECT n.*, coalesce(p.k, n.name) AS id FROM named n
            LEFT JOIN prefixed p ON n._file >= 0 AND p.s = n.source AND p.k = n.source || ':' || n.name)
        SELECT
            CASE WHEN source = first_value(source) OVER (PARTITION BY id ORDER BY _part, _row) THEN id
                ELSE source || ':' || id END AS response_id,
            row_number() OVER (PARTITION BY source, id ORDER BY _part DESC, _row DESC) = 1 AS kept,
            row_number() OVER (PARTITION BY source, id ORDER BY _part, _row) = 1 AND _file >= 0 AS new
        FROM met ORDER BY _part, _row"""
    with cursor() as con:
        return con.execute(sql, [[str(path) for path in parts.paths], drop_equal]).df()


def agree(plans: Sequence[Plan], previous: Dataset | None) -> None:
    """One spelling for a column that several sources share; changes the plans' stored names.

    Names that differ in case alone are one name to a database. A file's own column with the name of a column of scales
    (`rating scale`) gets ` (file)`.
    """
    spelled = {name.casefold(): name for name in (previous.responses if previous else ())}
    scored = {column.stored for made in plans for column in made.columns if column.stored and column.scales}
    scored |= set(previous.manifest["scales"]) if previous else set()
    scales = {(name + SCALE).casefold() for name in scored}
    for made in plans:
        own, renamed = {name.casefold() for name in made.names}, {}
        for place, column in enumerate(made.columns):
            name = wanted = made.names[column.index]
            while wanted.casefold() in scales or (wanted != name and wanted.casefold() in own):
                wanted += " (file)"
            renamed[name] = made.names[column.index] = spelled.setdefault(wanted.casefold(), wanted)
            made.columns[place] = replace(column, stored=column.stored and renamed[name])
        made.comments[:] = [renamed.get(name, name) for name in made.comments]


def to_table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """A frame as an Arrow table of exactly this schema; columns it lacks are null."""
    arrays = []
    for field in schema:
        if field.name not in frame:
            arrays.append(pa.nulls(len(frame), field.type))
            continue
        values = frame[field.name]
        if pa.types.is_string(field.type):
            if values.dtype.kind == "f":  # numbers here, words in another source
                values = values.map(lambda number: None if pd.isna(number) else f"{number:.15g}").astype(object)
            values = values.astype("string").replace("", pd.NA)
        arrays.append(pa.Array.from_pandas(values, type=field.type, safe=False))
    return pa.Table.from_arrays(arrays, schema=schema)


def mention_schema() -> pa.Schema:
    """Arrow types of mentions.parquet."""
    return pa.schema([(name, _MENTION_TYPES.get(name, pa.string())) for name in MENTION_COLUMNS])


def write_table(path: Path, frames: Iterable[Path], schema: pa.Schema) -> int:
    """Writes parts as one Parquet file of this schema; returns its rows."""
    rows = 0
    with pq.ParquetWriter(path, schema) as writer:
        for part in frames:
            table = to_table(pd.read_parquet(part), schema)
            writer.write_table(table)
            rows += table.num_rows
    return rows


def write_facts(where: Path) -> None:
    """facts.parquet: one row per mention (`mention.` before its columns) with its response's columns, sorted by date, and
    the sums of mentions within their response."""
    names = [name for name in MENTION_COLUMNS if name != "response_id"]
    said = ", ".join(f"{quoted(name)} AS {quoted(MENTION + name)}" for name in names)
    mentions = f"SELECT *, {grouped.values()} FROM (SELECT response_id, {said} FROM read_parquet(?))"
    sorted_ = where / "facts.parquet.part"
    sql = f"""COPY (SELECT r.*, m.* EXCLUDE (response_id) FROM ({mentions}) m JOIN read_parquet(?) r USING (response_id)
        ORDER BY r."date", r.response_id, m."{MENTION}mention") TO '{escaped(sorted_)}' (FORMAT parquet)"""
    with cursor() as con:
        con.execute(sql, [str(where / "mentions.parquet"), str(where / "responses.parquet")])
    grouped.write(sorted_, where / "facts.parquet")
    sorted_.unlink()


def write_json(path: Path, content: Mapping[str, Any] | Sequence[Any]) -> None:
    """JSON for people and programs: UTF-8, one space of indent."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


def future_from() -> date:
    """The first day that lies in the future wherever the dates were written down (the clock here is UTC)."""
    return date.today() + timedelta(days=2)


def statistics(where: Path) -> dict[str, Any]:
    """What the manifest says about the tables of a version: rows, filled and distinct cells, first and last date, languages."""
    path = str(where / "responses.parquet")
    names = pq.read_schema(path).names
    with cursor() as con:
        counts = ", ".join(f"count({quoted(name)}), approx_count_distinct({quoted(name)})" for name in names)
        future = 'count(*) FILTER ("date" >= ?)'
        row = con.execute(
            f'SELECT min("date"), max("date"), {future}, {counts} FROM read_parquet(?)', [future_from(), path]
        ).fetchall()[0]
    dates = [None if moment is None else moment.isoformat(sep=" ") for moment in row[:2]]
    return {
        "rows_kept": pq.read_metadata(path).num_rows,
        "mentions": pq.read_metadata(where / "mentions.parquet").num_rows,
        "min_date": dates[0],
        "max_date": dates[1],
        "future": row[2],
        "filled": dict(zip(names, row[3::2], strict=True)),
        "distinct": dict(zip(names, row[4::2], strict=True)),
        "languages": counts_of(where / "responses.parquet", "language"),
    }


def sample(understood: Sequence[Path], limit: int) -> tuple[list[str], np.ndarray]:
    """At most `limit` mentions with a vector, evenly strided over all parts: their texts and their vectors (float32)."""
    stored = [np.load(path.with_suffix(".npy"), mmap_mode="r") for path in understood]
    filled = [np.flatnonzero(np.any(part != 0, axis=1)) for part in stored]
    ends = np.cumsum([0, *map(len, filled)])
    total = int(ends[-1])
    chosen = np.linspace(0, total - 1, limit).astype(int) if total > limit else np.arange(total)
    texts: list[str] = []
    vectors = [np.zeros((0, part.shape[1]), np.float32) for part in stored[:1]]
    for place, path in enumerate(understood):
        mine = chosen[(chosen >= ends[place]) & (chosen < ends[place + 1])] - ends[place]
        rows = filled[place][mine]
        texts += pd.read_parquet(path, columns=["text"])["text"].iloc[rows].tolist()
        vectors.append(np.asarray(stored[place][rows], dtype=np.float32))
    return texts, np.concatenate(vectors) if vectors else np.zeros((0, 1), np.float32)


def counts_of(path: Path, column: str) -> dict[str, int]:
    """How many rows have each value of a column, most frequent first; missing values count as ''."""
    sql = f"""SELECT coalesce({quoted(column)}, '') AS value, count(*) AS n FROM read_parquet(?)
        GROUP BY ALL ORDER BY 2 DESC, 1"""  # by place: a file may have a column 'value' of its own
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
        if len(all_scales) > 1 and name in frame and name + SCALE not in frame:
            scale = own.get(name) or all_scales[:1]
            frame[name + SCALE] = pd.Series(scale[0].name, index=frame.index).where(frame[name].notna(), None)


def used_scales(parts: Sequence[Path], scales: Mapping[str, Sequence[Scale]]) -> dict[str, list[Scale]]:
    """The scales on which an answer is left: those of replaced rows are gone."""
    out = {name: list(held) for name, held in scales.items()}
    for name, held in scales.items():
        if len(held) < 2:
            continue
        marked = [path for path in parts if name + SCALE in pq.read_schema(path).names]
        seen = {
            value for path in marked for value in pd.read_parquet(path, columns=[name + SCALE])[name + SCALE].unique()
        }
        out[name] = [scale for scale in held if scale.name in seen] or list(held[:1])
    return out


def escaped(path: Path) -> str:
    """A path as it stands between single quotes in SQL, where no value can be bound."""
    return str(path).replace("'", "''")
