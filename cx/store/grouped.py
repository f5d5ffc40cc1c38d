"""Mentions summed within their response, once, when facts are written: numbers of mentions need it at every turn.

A response's mentions agree with each other, so every number of mentions first sums them within each response (and group:
topic, touchpoint …). Here these sums stand on the first mention of each response and group, the other mentions of the
group have none: what is left to do is adding rows that have one.
"""

from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cx.schema import NOT_ANALYSED
from cx.store.datasets import GROUPED, MENTION, Dataset
from cx.view.filters import quoted

ANALYSED = f"\"mention.sentiment_label\" <> '{NOT_ANALYSED}'"
_SIDE = "(\"mention.sentiment_label\" = 'positive')::INT - (\"mention.sentiment_label\" = 'negative')::INT"
MEASURES = {
    "sentiment": _SIDE,
    "effort": "(\"mention.effort\" = 'high')::INT",
    "delight": "(\"mention.emotion\" = 'delight')::INT",
    "effectiveness": f"CASE WHEN \"mention.pillar\" = 'Strategy' THEN {_SIDE} END",
    "ease": "CASE \"mention.effort\" WHEN 'low' THEN 1 WHEN 'high' THEN -1 END",
    "enjoyment": "CASE WHEN \"mention.emotion\" IN ('delight', 'gratitude', 'trust', 'relief') THEN 1"
    " WHEN \"mention.emotion\" IN ('frustration', 'anger', 'disappointment') THEN -1 END",
}
"""What can be summed over analysed mentions: a number per mention; mentions without one (null) do not count."""

BATCH = 122_880
"""Mentions that are summed at a time, and stored together."""

EVERYWHERE = ("sentiment", "effort", "delight")
GROUPINGS = {
    (): tuple(MEASURES), ("pillar",): EVERYWHERE, ("touchpoint",): EVERYWHERE, ("stage",): EVERYWHERE,
    ("touchpoint", "stage"): EVERYWHERE, ("topic",): EVERYWHERE, ("subtopic",): EVERYWHERE,
    ("pillar", "touchpoint"): ("sentiment",), ("pillar", "topic"): ("sentiment",),
}  # fmt: skip
"""The groups of a response's mentions that are summed, by columns of mentions, and which measures."""

WHOLES = {("pillar", "touchpoint"): ("pillar",), ("pillar", "topic"): ("pillar",)}
"""Groups that are held against a larger one they are part of, and which: its sums stand beside theirs."""


def first(grouping: tuple[str, ...]) -> str:
    """The column of facts that says whether a mention is the first of its response and group."""
    return quoted(f"{GROUPED}{'+'.join(grouping)} first")


def sums(grouping: tuple[str, ...], measure: str, whole: bool = False) -> tuple[str, str]:
    """The columns of facts with the number of mentions that count for a measure, and their sum; null but on one of them.
    `whole`: those of the response's larger group (`WHOLES`), on the same mentions."""
    name = f"{GROUPED}{'+'.join(grouping)}{' whole' if whole else ''} {measure}"
    return quoted(f"{name} m"), quoted(f"{name} y")


def held(dataset: Dataset, grouping: tuple[str, ...]) -> bool:
    """Whether the facts of a version hold the sums of these groups: those written long ago do not, or not all."""
    return first(grouping).strip('"') in dataset.grouped


def values() -> str:
    """SQL of what each mention counts in each measure (null: nothing), over rows called as in facts; `write` needs them."""
    return ", ".join(
        f"CASE WHEN {ANALYSED} THEN {sql} END::DOUBLE AS {quoted(GROUPED + name)}" for name, sql in MEASURES.items()
    )


def write(source: Path, target: Path) -> None:
    """Writes the mentions of a Parquet file, those of a response one after the other, with the sums within responses in
    place of their `values`."""
    rest: pa.Table | None = None
    with pq.ParquetFile(source) as file:
        kept = [name for name in file.schema_arrow.names if name not in {GROUPED + name for name in MEASURES}]
        schema = _summed(file.schema_arrow.empty_table(), kept).schema
        with pq.ParquetWriter(target, schema) as writer:
            for batch in file.iter_batches(BATCH):
                table = pa.Table.from_batches([batch])
                table = pa.concat_tables([rest, table]).combine_chunks() if rest else table
                whole = int(_places(table)[-1])  # the last response may go on in the next batch
                rest = table.slice(whole)
                if whole:
                    writer.write_table(_summed(table.slice(0, whole), kept))
            if rest:
                writer.write_table(_summed(rest, kept))


def _places(table: pa.Table) -> np.ndarray:
    """Where each response begins."""
    codes = _codes(table, "response_id")[0]
    return np.concatenate([np.zeros(min(1, len(codes)), dtype=int), np.flatnonzero(np.diff(codes)) + 1])


def _codes(table: pa.Table, name: str) -> tuple[np.ndarray, int]:
    """A column's values as numbers, null one of them, and how many there are."""
    found = table[name].combine_chunks().dictionary_encode(null_encoding="encode")
    return found.indices.to_numpy(zero_copy_only=False).astype(np.int64), len(found.dictionary)


def _summed(table: pa.Table, kept: list[str]) -> pa.Table:
    rows, begins = table.num_rows, _places(table)
    response = np.zeros(rows, dtype=np.int64)
    response[begins[1:]] = 1
    response = np.cumsum(response)
    counted = {name: table[GROUPED + name].to_numpy(zero_copy_only=False) for name in MEASURES}
    out, groups = table.select(kept), dict[tuple[str, ...], np.ndarray]()
    for grouping, measures in GROUPINGS.items():
        key = response
        for name in grouping:
            codes, many = _codes(table, MENTION + name)
            key = key * many + codes
        _, leads, groups[grouping] = np.unique(key, return_index=True, return_inverse=True)
        begins_one = np.zeros(rows, dtype=bool)
        begins_one[leads] = True
        out = out.append_column(first(grouping).strip('"'), pa.array(begins_one))
        wanted = [(False, grouping)] + ([(True, WHOLES[grouping])] if grouping in WHOLES else [])
        for measure, (whole, of) in product(measures, wanted):
            columns = _sums(counted[measure], groups[grouping], groups[of])
            for name, column in zip(sums(grouping, measure, whole), columns, strict=True):
                out = out.append_column(name.strip('"'), column)
    return out


def _sums(value: np.ndarray, group: np.ndarray, of: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """How many mentions count per group `of`, and their sum, on the first of each `group`."""
    counts = np.flatnonzero(~np.isnan(value))
    m = np.bincount(of[counts], minlength=of.max(initial=-1) + 1)
    y = np.bincount(of[counts], weights=value[counts], minlength=of.max(initial=-1) + 1)
    leads = np.full(group.max(initial=-1) + 1, -1)
    leads[group[counts[::-1]]] = counts[::-1]  # the last one written is the first mention
    empty = np.ones(len(value), dtype=bool)
    empty[leads[leads >= 0]] = False
    return tuple(pa.array(each[of].astype(np.int32), mask=empty) for each in (m, y))
