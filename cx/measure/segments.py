"""Which groups differ: every column that splits customers, numbers cut into ranges, all tested together.

Ranges are a column that a dataset has while it is looked at (`Derived`): everything that counts by a column counts by it.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cx.errors import FilterError
from cx.measure import compare, contrast, kpis
from cx.schema import SCORE_ROLES
from cx.store.datasets import Dataset
from cx.store.derived import Derived
from cx.view import wording
from cx.view.filters import ALL, Filter, quoted

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = 20_000
"""Responses from which it is learned whether a text column holds numbers."""

PARTS = 4
"""Ranges a column of numbers is cut into."""

FEW = 6
"""A column with at most this many different numbers is not cut: each number is a group."""

NUMERIC = 0.98
"""Share of a text column's cells that must be numbers for it to be a column of numbers."""

NEVER = {"response_id", "date", "customer_id", "weight", "sentiment", "sentiment_label", "complete", "language"}
"""No segments: keys, and what is said about the answer itself."""


class Numbers(NamedTuple):
    """What is known of a column that holds numbers: how many cells, different values, the ends, whether all are whole."""

    filled: int
    distinct: int
    low: float
    high: float
    whole: bool


def number(column: str, kind: str) -> str:
    """A column as a finite number in SQL, null where it is none; `kind` is its type in DuckDB."""
    name = quoted(column)
    if kind not in ("DOUBLE", "BIGINT", "INTEGER", "FLOAT", "HUGEINT"):
        name = f"TRY_CAST({name} AS DOUBLE)"
    return f"(CASE WHEN isfinite({name}) THEN {name} END)"


def numeric(dataset: Dataset, columns: Sequence[str] | None = None) -> dict[str, Numbers]:
    """The columns that hold numbers, whether stored as numbers or as text (cells of a file are stored as they came).

    Learned from up to `SAMPLE` responses, always the same ones. Codes that begin with a zero are no numbers.
    """
    return dict(_numeric(dataset, None if columns is None else tuple(columns)))


@lru_cache(maxsize=16)
def _numeric(dataset: Dataset, columns: tuple[str, ...] | None) -> dict[str, Numbers]:
    """Kept: several parts of a page ask for it, and what a version holds does not change."""
    kinds = dataset.responses
    looked = [
        name
        for name in columns or kinds
        if dataset.divides(name) and kinds[name] in ("DOUBLE", "BIGINT", "INTEGER", "VARCHAR")
    ]
    looked = [name for name in looked if columns or (name not in NEVER and dataset.filled.get(name))]
    looked = [name for name in looked if name not in dataset.manifest["comments"]]
    if not looked:
        return {}
    parts = []
    for place, name in enumerate(looked):
        value, cell = number(name, kinds[name]), quoted(name)
        code = f"regexp_matches(CAST({cell} AS VARCHAR), '^\\s*[-+]?0[0-9]')"
        parts.append(
            f"count({cell}) AS f{place}, count({value}) FILTER (NOT {code}) AS k{place}, "
            f"count(DISTINCT {value}) AS d{place}, min({value}) AS l{place}, max({value}) AS h{place}, "
            f"coalesce(bool_and({value} = round({value})), FALSE) AS w{place}"
        )
    step = max(1, dataset.manifest["rows_kept"] // SAMPLE)
    chosen = ", ".join(map(quoted, looked))
    row = dataset.query(
        f"SELECT {', '.join(parts)} FROM (SELECT {chosen} FROM responses WHERE hash(response_id) % {step} = 0)"
    ).iloc[0]
    found = {}
    for place, name in enumerate(looked):
        filled, known, distinct = (int(row[f"{letter}{place}"]) for letter in "fkd")
        if filled and known >= NUMERIC * filled and distinct > 1:
            ends = float(row[f"l{place}"]), float(row[f"h{place}"])
            found[name] = Numbers(filled, distinct, *ends, bool(row[f"w{place}"]))
    return found


def cut(
    dataset: Dataset, column: str, parts: int = PARTS, where: Filter = ALL, about: Numbers | None = None
) -> Derived:
    """The dataset with a column of numbers cut into ranges, under the column's own name and `(ranges)`.

    The ranges begin at quantiles of the filtered responses, moved to round numbers where that leaves the groups
    alike; each has a label (`under 20`, `20 to 50`, `50 and more`). A column of at most `FEW` different numbers keeps
    them. `about` is what `numeric` says of the column, when it is known. Raises FilterError when it holds no numbers.
    """
    own = dataset.resolve(column)
    if about is None and own in dataset.responses:
        about = numeric(dataset, [own]).get(own)
    if about is None:
        raise FilterError(f"The column '{column}' holds no numbers that could be cut into ranges.")
    value = number(own, dataset.responses[own])
    expression = f"CAST({value} AS VARCHAR)"
    if about.distinct <= FEW:
        expression = f"CASE WHEN {value} IS NOT NULL THEN printf('%g', {value}) END"
    elif bounds := natural(_quantiles(dataset, own, parts, where), about):
        expression = labelled(value, bounds)
    return Derived(dataset, {ranges(own): expression})


def ranges(column: str) -> str:
    """What the ranges of a column are called."""
    return f"{column} (ranges)"


def _quantiles(dataset: Dataset, own: str, parts: int, where: Filter) -> list[float]:
    clause, bound = where.sql()
    source = "facts" if any(name not in dataset.responses for name in where.columns) else "responses"
    shares = ", ".join(f"{place / parts:.6f}" for place in range(1, parts))
    value = number(own, dataset.responses[own])
    found = dataset.query(f"SELECT quantile_cont({value}, [{shares}]) AS q FROM {source} WHERE {clause}", bound)
    given = found["q"].iloc[0]
    return (
        [float(each) for each in given] if isinstance(given, (list, np.ndarray)) else []
    )  # none where all are missing


def natural(quantiles: Sequence[float], about: Numbers) -> list[float]:
    """Round numbers near the quantiles: the roundest that lies within a quarter of the way to the next one."""
    out: list[float] = []
    ends = [about.low, *quantiles, about.high]
    for place, exact in enumerate(quantiles, 1):
        room = min(exact - ends[place - 1], ends[place + 1] - exact) / 4
        bound = _round(exact, room)
        if about.low < bound <= about.high and (not out or bound > out[-1]):
            out.append(bound)
    return out


def _round(exact: float, room: float) -> float:
    """The number with the fewest digits within `room` of another: multiples of 10ᵏ, 5·10ᵏ, 2·10ᵏ are tried, coarse first."""
    if room <= 0:
        return exact
    for power in range(int(np.floor(np.log10(max(abs(exact), room)))) + 1, int(np.floor(np.log10(room))) - 2, -1):
        for unit in (5, 2, 1):
            step = unit * 10.0**power
            near = round(exact / step) * step
            if abs(near - exact) <= room:
                return float(f"{near:.12g}")
    return exact


def labelled(value: str, bounds: Sequence[float]) -> str:
    """An SQL expression that names the range a number lies in."""
    told = [plain(bound) for bound in bounds]
    names = [f"under {told[0]}", *(f"{a} to {b}" for a, b in pairwise(told)), f"{told[-1]} and more"]
    whens = " ".join(f"WHEN {value} < {bound!r} THEN '{name}'" for bound, name in zip(bounds, names[:-1], strict=True))
    return f"CASE WHEN {value} IS NULL THEN NULL {whens} ELSE '{names[-1]}' END"


def plain(value: float) -> str:
    """A number as people write it, to four digits: 1,500 or 0.25."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def columns(dataset: Dataset, numbers: Mapping[str, Numbers] | None = None) -> list[str]:
    """The columns whose groups are worth comparing: no keys, answers, comments or dates; numbers are cut.

    A text column with a different value in nearly every response is a name or a key and left out. `numbers` is what
    `numeric` says of the dataset, when it is known.
    """
    answers = {*SCORE_ROLES, *(f"{name} scale" for name in SCORE_ROLES)}
    numbers = numeric(dataset) if numbers is None else numbers
    distinct, filled = dataset.manifest["distinct"], dataset.filled
    out = []
    for name, kind in dataset.responses.items():
        if name in NEVER or name in answers or name in dataset.manifest["comments"] or kind == "TIMESTAMP":
            continue
        many = distinct.get(name, 0)
        splits = name in numbers or 2 <= many <= max(2, filled.get(name, 0) // 10)
        if splits and (many >= 2 or name in numbers) and not _moment(name):
            out.append(name)
    return out


def _moment(name: str) -> bool:
    return bool(re.search(r"\b(date|time|millis|timestamp|epoch)\b.*\b(and time|epoch|at)\b|\bat$", name, re.I))


def differing(
    dataset: Dataset,
    name: str,
    where: Filter = ALL,
    looked_at: Sequence[str] | None = None,
    min_base: int = 10,
) -> "pd.DataFrame":
    """The segments that differ most in a KPI: every value of every column against the rest, all tested together.

    Columns column, value, then those of `contrast.with_and_without`, `real` (Benjamini–Hochberg over all rows) and
    `says`. Real ones first, the largest impact first. Columns of numbers are cut into ranges; of a column with very
    many values those with most responses are looked at (`contrast.MOST`).
    """
    import pandas as pd

    numbers = numeric(dataset)
    chosen = columns(dataset, numbers) if looked_at is None else [dataset.resolve(column) for column in looked_at]
    found = []
    for column in chosen:
        held: Dataset = dataset
        own = column
        if column in numbers:
            held, own = cut(dataset, column, where=where, about=numbers[column]), ranges(column)
        rows = contrast.with_and_without(held, name, own, where, min_base)
        found.append(rows.assign(column=own))
    filled = [rows for rows in found if len(rows)]
    if not filled:
        return pd.DataFrame(columns=["column", *contrast.FOUND, "real", "says"])
    out = pd.concat(filled, ignore_index=True)
    out["real"] = compare.corrected(out["p"])
    return ranked(out, name)[["column", *contrast.FOUND, "real", "says"]]


def ranked(rows: "pd.DataFrame", name: str) -> "pd.DataFrame":
    """Contrasts in the order they are read: real ones first, then the largest impact; with the sentence `says`."""
    out = rows.assign(size=rows["impact"].abs().fillna(-1))
    out = out.sort_values(["real", "size", "n_with"], ascending=False, kind="stable").drop(columns="size")
    return out.reset_index(drop=True).assign(says=[_says(row, name) for row in out.to_dict("records")])


def _says(row: dict, name: str) -> str:
    if row["n_without"] == 0:
        return wording.of("all {n} responses have it: nothing to compare with", n=wording.whole(row["n"]))
    if row["difference"] is None or np.isnan(row["difference"]):
        few = wording.whole(row["n_with"]), wording.whole(row["n_without"])
        return wording.of("too few to compare ({have} with, {lack} without)", have=few[0], lack=few[1])
    unit = kpis.KPIS[name].unit
    unseen = compare.detectable(row["se_with"], row["se_without"])
    words = (wording.of("above the rest"), wording.of("below the rest"), wording.of("like the rest"))
    return compare.sentence(row["difference"], bool(row["real"]), unit, unseen, words)
