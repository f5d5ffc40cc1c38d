"""What a guest may filter by: only so that no two filters differ by a handful of people.

A guest who may change filters could ask for everybody and for everybody but one, and subtract. So there is one partition of
the responses per link, by some columns and by stretches of time, none of whose cells has fewer responses, or answers to any
question, than the minimum base, unless it has none; and every filter is put together from whole cells. One partition for all
filters, not one for each: the people of a region and those of a plan may differ by one person, though both are many.
Values that are too rare are one cell together and cannot be chosen.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from cx.measure import tally
from cx.principal import Params
from cx.store.datasets import MOST_CHOSEN, Dataset
from cx.view.filters import Filter, quoted

STEPS = {"month": "M", "quarter": "Q", "year": "Y"}
"""Stretches of time, the finest first, and what pandas calls them."""

MOST_COLUMNS = 12
"""Columns beside those of the shared view that are tried for the partition."""

Values = tuple[tuple[str, tuple[str, ...]], ...]


class Cells(NamedTuple):
    """What a filter is put together from: per column the values that can be chosen, the most frequent first, and stretches of
    time ('': no period can be chosen)."""

    values: Values = ()
    step: str = ""


class Guarded(NamedTuple):
    """A filter as a guest may have it. `why`: '' when it is as asked, `rare` when values were taken out that too few have,
    `period` when its period was widened to whole stretches, `few` when a column or the period was taken out because it would
    tell too few apart."""

    where: Filter
    why: str = ""


def allowed(dataset: Dataset, where: Filter, base: int, shared: Params = ()) -> Guarded:
    """The nearest filter to `where` that tells no fewer than `base` responses apart; `shared` as in `cells`."""
    found = cells(dataset, base, shared)
    known = {name: set(values) for name, values in found.values}
    held = tuple(
        (name, kept)
        for name, values in where.where
        if (kept := tuple(value for value in values if value in known.get(name, ())))
    )
    begin, end = (
        (_edge(where.begin, found.step, "start_time"), _edge(where.end, found.step, "end_time"))
        if found.step
        else (None, None)
    )
    out = Filter(begin, end, held)
    if out == where:
        return Guarded(out)
    if not set(where.columns) <= set(known) or ((where.begin or where.end) and not found.step):
        return Guarded(out, "few")
    return Guarded(out, "rare" if held != where.where else "period")


def offered(dataset: Dataset, column: str, base: int, shared: Params = ()) -> list[str]:
    """The values of a column a guest may choose, the most frequent first; none for a column that is not to be chosen."""
    return list(dict(cells(dataset, base, shared).values).get(column, ()))


def cells(dataset: Dataset, base: int, shared: Params = ()) -> Cells:
    """The partition of a link onto this dataset. The columns and the period of the view that was `shared` come first, so that
    it opens as it was; then columns with few values, as many as go; then stretches of time as short as may be."""
    first = tuple(name.removeprefix("f.") for name, _ in shared if name.startswith("f."))
    return _cells(_Held(dataset), int(base), first, any(name in ("from", "to") for name, _ in shared))


def stretches(dataset: Dataset, days: tuple[date, date], base: int, shared: Params = ()) -> tuple[date, date] | None:
    """A period that is looked at beside the filter, widened to whole stretches of time; None where none can be chosen."""
    step = cells(dataset, base, shared).step
    begin, end = (
        _edge(day, step, edge) if step else None for day, edge in zip(days, ("start_time", "end_time"), strict=True)
    )
    return (begin, end) if begin and end else None


class _Held:
    """A dataset as a key of the memory: the same while what is stored, and seen of it, is."""

    def __init__(self, dataset: Dataset) -> None:
        written = (dataset.where / "manifest.json").stat()
        self.dataset = dataset
        self.state = (str(dataset.where), written.st_mtime_ns, written.st_size, dataset.window)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.state == self.state

    def __hash__(self) -> int:
        return hash(self.state)


@lru_cache(maxsize=64)
def _cells(held: _Held, base: int, first: tuple[str, ...], dated: bool) -> Cells:
    dataset, out = held.dataset, Cells()
    out = _widened(dataset, out, first, base)
    if dataset.filled.get("date"):
        steps = list(STEPS) if dated else list(reversed(STEPS))
        out = out._replace(step=next((step for step in steps if _wide_enough(dataset, out.values, step, base)), ""))
    rest = [name for name in dataset.splits if name not in first]
    few = sorted(rest, key=lambda name: dataset.manifest["distinct"].get(name, 0))[:MOST_COLUMNS]
    out = _widened(dataset, out, few, base)
    if out.step:
        out = out._replace(step=next(step for step in STEPS if _wide_enough(dataset, out.values, step, base)))
    return out


def _widened(dataset: Dataset, held: Cells, columns: Sequence[str], base: int) -> Cells:
    """The partition by these columns, too: those with which no cell is too small."""
    for name in columns:
        if name in dataset.responses and (values := _frequent(dataset, name, base)):
            wider = (*held.values, (name, tuple(values)))
            held = held._replace(values=wider) if _wide_enough(dataset, wider, held.step, base) else held
    return held


def _frequent(dataset: Dataset, column: str, base: int) -> list[str]:
    """The values that enough responses have, the most frequent first; enough, or none, have all the others together."""
    counts = tally.volume(dataset, [tally.OWN + column])
    values = counts[tally.OWN + column].map(lambda value: "" if pd.isna(value) else str(value))
    sizes = counts["n"].groupby(values.to_numpy()).sum().sort_values(ascending=False, kind="stable")
    kept = [str(value) for value, n in sizes.items() if n >= base and _plain(str(value), sizes.index)][:MOST_CHOSEN]
    while kept and 0 < sizes.sum() - sizes[kept].sum() < base:
        kept.pop()
    return kept


def _plain(value: str, values: pd.Index) -> bool:
    """Whether a filter by this value finds no other one: `4` finds `4.0`, too."""
    spelled = Filter(where=(("", (value,)),)).sql()[1]
    return sum(each in values for each in spelled) == 1


def _wide_enough(dataset: Dataset, known: Values, step: str, base: int) -> bool:
    """Whether every cell of these columns, and of whole stretches of time, has no response or at least `base`; the same for
    the answers to each question and the analysed comments, which KPIs are counted from."""
    keys: list[str] = []
    bound: list[object] = []
    for name, values in known:
        value = f"coalesce(CAST({quoted(name)} AS VARCHAR), '')"
        keys.append(f"CASE WHEN {value} IN ({', '.join('?' * len(values))}) THEN {value} END")
        bound += values
    keys += [f"date_trunc('{step}', \"date\")"] if step else []
    asked = ["count(*)", *(f"count({quoted(name)})" for name in [*dataset.scored, "sentiment"])]
    few = " OR ".join(f"{count} BETWEEN 1 AND {base - 1}" for count in asked)
    places = ", ".join(str(place) for place in range(1, len(keys) + 1))
    by = f" GROUP BY {places}" if keys else ""
    sql = f"SELECT count(*) FILTER (few_) AS few FROM (SELECT {', '.join([*keys, few])} AS few_ FROM responses{by})"
    return not dataset.query(sql, bound)["few"].iloc[0]


def _edge(day: date | None, step: str, end: str) -> date | None:
    return None if day is None else getattr(pd.Timestamp(day).to_period(STEPS[step]), end).date()
