"""What a guest may filter by: only so that no two filters differ by a handful of people.

A guest who may change filters could ask for everybody and for everybody but one, and subtract. So a filter is built of cells:
of all combinations of the values of its columns, and of stretches of time, none may have fewer responses, or answers to any
question, than the minimum base, unless it has none. Whatever a guest adds and subtracts is then a sum over whole cells.
Values that are too rare are one cell together and cannot be chosen.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import pandas as pd

from cx.measure import tally
from cx.store.datasets import MOST_CHOSEN, Dataset
from cx.view.filters import Filter, quoted

STEPS = {"month": "M", "quarter": "Q", "year": "Y"}
"""Stretches of time, the finest first, and what pandas calls them."""


class Guarded(NamedTuple):
    """A filter as a guest may have it. `why`: '' when it is as asked, `rare` when values were taken out that too few have,
    `period` when its period was widened to whole stretches, `few` when all was taken out because it tells too few apart."""

    where: Filter
    why: str = ""


def allowed(dataset: Dataset, where: Filter, base: int) -> Guarded:
    """The nearest filter to `where` that tells no fewer than `base` responses apart."""
    known = {name: offered(dataset, name, base) for name in where.columns}
    held = where._replace(
        where=tuple(
            (name, kept) for name, values in where.where if (kept := tuple(v for v in values if v in known[name]))
        )
    )
    why = "" if held == where else "rare"
    known = {name: known[name] for name in held.columns}
    if not held.begin and not held.end:
        return Guarded(held, why) if not known or _wide_enough(dataset, known, "", base) else Guarded(Filter(), "few")
    for step in STEPS:
        if _wide_enough(dataset, known, step, base):
            whole = held.in_period(_edge(held.begin, step, "start_time"), _edge(held.end, step, "end_time"))
            return Guarded(whole, why if whole == held else "period")
    return Guarded(Filter(), "few")


def offered(dataset: Dataset, column: str, base: int) -> list[str]:
    """The values of a column a guest may choose, the most frequent first: enough responses have each, and enough, or none,
    have all the others together."""
    counts = tally.volume(dataset, [tally.OWN + column])
    values = counts[tally.OWN + column].map(lambda value: "" if pd.isna(value) else str(value))
    sizes = counts["n"].groupby(values.to_numpy()).sum().sort_values(ascending=False, kind="stable")
    kept = [str(value) for value, n in sizes.items() if n >= base][:MOST_CHOSEN]
    while kept and 0 < sizes.sum() - sizes[kept].sum() < base:
        kept.pop()
    return kept


def _wide_enough(dataset: Dataset, known: Mapping[str, Sequence[str]], step: str, base: int) -> bool:
    """Whether every cell of these columns, and of whole stretches of time, has no response or at least `base`; the same for
    the answers to each question and the analysed comments, which KPIs are counted from."""
    keys: list[str] = []
    bound: list[object] = []
    for name, values in known.items():
        value = f"coalesce(CAST({quoted(name)} AS VARCHAR), '')"
        keys.append(f"CASE WHEN {value} IN ({', '.join('?' * len(values))}) THEN {value} END")
        bound += values
    keys += [f"date_trunc('{step}', \"date\")"] if step else []
    asked = ["count(*)", *(f"count({quoted(name)})" for name in [*dataset.scored, "sentiment"])]
    few = " OR ".join(f"{count} BETWEEN 1 AND {int(base) - 1}" for count in asked)
    places = ", ".join(str(place) for place in range(1, len(keys) + 1))
    sql = f"SELECT count(*) FILTER (few_) AS few FROM (SELECT {', '.join(keys)}, {few} AS few_ FROM responses GROUP BY {places})"
    return not dataset.query(sql, bound)["few"].iloc[0]


def _edge(day: date | None, step: str, end: str) -> date | None:
    return None if day is None else getattr(pd.Timestamp(day).to_period(STEPS[step]), end).date()
