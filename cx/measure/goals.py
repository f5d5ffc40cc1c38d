"""Where a KPI should be: targets with a date, and how they stand."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cx.errors import FilterError
from cx.measure import estimate, kpis, pillars, tally, trends
from cx.measure.estimate import Estimate
from cx.store.datasets import Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter, day, parsed_day

REACHED, LIKELY, OPEN, MISSED, LATE, FEW, GONE = (
    wording.noted("reached"), wording.noted("at target, within noise"), wording.noted("below target, within noise"),
    wording.noted("missed for now"), wording.noted("missed"), wording.noted("too few answers"),
    wording.noted("cannot be judged"),
)  # fmt: skip
"""How a target stands; `LATE` once its day has passed, `GONE` when the data no longer have what it is about."""

MEASURED = kpis.KPIS | pillars.SCORES
"""What a target can be set for, by name: KPIs, and the scores of pillars."""


class Target(NamedTuple):
    """A KPI's value to be reached by a day, in a segment (`where`, whose period is that in which it is judged)."""

    kpi: str
    value: float
    due: date
    where: Filter = ALL

    def as_json(self) -> dict[str, Any]:
        """For records; the inverse of `target`."""
        filters = {name: list(values) for name, values in self.where.where}
        return {"kpi": self.kpi, "value": self.value, "due": self.due.isoformat(), "where": filters}


def target(given: dict[str, Any]) -> Target:
    """A target from its record. Raises FilterError for a KPI there is none of, a value out of its range, or no day."""
    name, value, due = given.get("kpi"), given.get("value"), parsed_day(str(given.get("due", "")))
    if name not in MEASURED:
        raise FilterError(
            wording.of("There is no KPI '{kpi}'. There are: {names}.", kpi=name, names=", ".join(MEASURED))
        )
    kpi = MEASURED[str(name)]
    if isinstance(value, bool) or not isinstance(value, int | float) or not within(kpi, float(value)):
        raise FilterError(
            wording.of(
                "A target for {kpi} is a number{bounds}, not '{value}'.",
                kpi=kpi.title,
                bounds=bounds(kpi),
                value=value,
            )
        )
    if due is None:
        raise FilterError(
            wording.of(
                "The target for {kpi} needs a day, such as 2026-12-31, not '{day}'.",
                kpi=kpi.title,
                day=given.get("due"),
            )
        )
    if not DUE[0] <= due.year <= DUE[1]:
        raise FilterError(
            wording.of(
                "{day} is no day for a target: {first} to {last}.", day=due.isoformat(), first=DUE[0], last=DUE[1]
            )
        )
    where = tuple(sorted((column, tuple(values)) for column, values in (given.get("where") or {}).items()))
    return Target(kpi.name, float(value), due, Filter(where=where))


DUE = (1970, 2100)
"""Years in which the day of a target may lie: others are slips of the pen."""


def measured(dataset: Dataset) -> list[str]:
    """What targets can be set for in this dataset: names of `MEASURED`."""
    return [*kpis.available(dataset), *pillars.available(dataset)]


def fitting(dataset: Dataset, goal: Target) -> Target:
    """The target with its segment's columns as the dataset calls them. Raises FilterError when it cannot be judged
    there: no answers for the KPI, a value off its scale, a column that is no segment, a value that no response has."""
    kpi, have = MEASURED[goal.kpi], measured(dataset)
    if goal.kpi not in have:
        held = ", ".join(have) or wording.of("no KPI")
        raise FilterError(
            wording.of("The dataset has no answers for {kpi}. It has: {names}.", kpi=kpi.title, names=held)
        )
    scales = dataset.scales(kpi.columns[0]) if kpi.unit == "scale" else []
    if scales and not any(scale.min <= goal.value <= scale.max for scale in scales):
        spelled = wording.of(" or ").join(scale.name for scale in scales)
        raise FilterError(
            wording.of(
                "A target for {kpi} lies on its scale ({scales}), not at {value}.",
                kpi=kpi.title, scales=spelled, value=f"{goal.value:g}",
            )
        )  # fmt: skip
    where = tuple(sorted(_segment(dataset, goal).items()))
    return goal._replace(where=goal.where._replace(where=where))


def _segment(dataset: Dataset, goal: Target) -> dict[str, tuple[str, ...]]:
    """The columns and values of a target's segment, by the names they have in the dataset."""
    where = {}
    for name, wanted in goal.where.where:
        column = dataset.resolve(name)
        if column not in dataset.segments:
            there_are = ", ".join(dataset.segments) or wording.of("none")
            raise FilterError(wording.of("'{name}' is no segment. There are: {names}.", name=name, names=there_are))
        there = tally.values(dataset, column)
        if missing := [value for value in wanted if value not in there]:
            raise FilterError(
                wording.of(
                    "No response has {column} = '{value}'. There are: {names}.",
                    column=column, value=missing[0], names=", ".join(filter(None, there[:20])),
                )
            )  # fmt: skip
        where[column] = wanted
    return where


class Standing(NamedTuple):
    """How a target stands: the KPI now, how far it is from the target (`gap` = value − target, better being positive
    or negative by the KPI), the verdict and a sentence."""

    target: Target
    scale: str
    value: Estimate
    gap: float | None
    verdict: str
    says: str


def judged(dataset: Dataset, goal: Target, today: date | None = None, min_base: int = 10) -> Standing:
    """How a target stands, over its segment in the latest period (`trends.windows`), or in that of its filter.

    Reached when the whole interval is on the good side of the target, missed when it is on the bad side; between them
    it is at or below the target within noise. Once the day has passed nothing after it counts.
    """
    now, kpi = today or date.today(), MEASURED[goal.kpi]
    wanted = wording.of("{kpi} {value} by {day}", kpi=kpi.title, value=_plain(goal.value, kpi.unit), day=day(goal.due))
    if lost := _lost(dataset, goal):
        told = f"{wanted}: {wording.of(GONE)}, {lost}"
        return Standing(goal, "", Estimate(None, None, None, 0), None, GONE, told)
    where = _judged_in(dataset, goal, now)
    value, scale = _value(dataset, goal.kpi, where, min_base, now)
    verdict = _verdict(value, goal, now, up_is_good(dataset, goal.kpi, scale))
    gap = None if value.value is None else value.value - goal.value
    told = f"{wanted}: {wording.of(verdict)}"
    if value.value is not None and value.low is not None and value.high is not None:
        numbers = [_plain(part, kpi.unit) for part in (value.value, value.low, value.high)]
        told += wording.of(
            " (now {value}, {low} to {high}, n {n}, {period})",
            value=numbers[0], low=numbers[1], high=numbers[2], n=wording.whole(value.n), period=where.period(),
        )  # fmt: skip
    return Standing(goal, scale, value, gap, verdict, told)


def _lost(dataset: Dataset, goal: Target) -> str:
    """What a target needs and a later version of the dataset has not; '' when all is there."""
    if goal.kpi not in measured(dataset):
        return wording.of("the dataset has no answers for it")
    gone = [column for column in goal.where.columns if column not in dataset.responses]
    return wording.of("the dataset has no column {names} any more", names=quoted(gone)) if gone else ""


def _judged_in(dataset: Dataset, goal: Target, now: date) -> Filter:
    where = goal.where
    if where.begin is None and where.end is None and trends.span(dataset):  # without dates all there is counts
        until = min(goal.due, now)
        at = trends.windows(dataset, where.in_period(None, until))
        where = where.in_period(at.begin if at else None, min(at.end, until) if at else until)
    return where


def _value(dataset: Dataset, name: str, where: Filter, min_base: int, now: date) -> tuple[Estimate, str]:
    """What a target is held against, and the scale it is on (that of most answers)."""
    if name in pillars.SCORES:
        return pillars.score(dataset, name, where, min_base, now), ""
    rows = estimates(dataset, name, where, min_base)
    if rows.empty:
        return Estimate(None, None, None, 0), ""
    row = rows.sort_values("n", ascending=False).iloc[0]
    return estimate.of_row(row), str(row.get("scale", ""))


def up_is_good(dataset: Dataset, name: str, scale: str = "") -> bool:
    """Whether a higher number is the better one, of all that targets can be set for."""
    return name in pillars.SCORES or kpis.up_is_good(dataset, name, scale)


def _verdict(value: Estimate, goal: Target, now: date, up: bool) -> str:
    if value.value is None or value.low is None or value.high is None:
        return FEW
    worst, best, shown, wanted = value.low, value.high, value.value, goal.value
    if not up:
        worst, best, shown, wanted = -value.high, -value.low, -value.value, -goal.value
    if worst >= wanted:
        return REACHED
    if best < wanted:
        return LATE if now > goal.due else MISSED
    return LIKELY if shown >= wanted else OPEN


def estimates(dataset: Dataset, name: str, where: Filter, min_base: int) -> pd.DataFrame:
    """A KPI over all responses that fit: a row per scale."""
    return trends.estimates(name, kpis.counted(dataset, name, (), where), (), min_base)


def within(kpi: kpis.Kpi, value: float) -> bool:
    """Whether a KPI can have this value."""
    return np.isfinite(value) and (kpi.low is None or value >= kpi.low) and (kpi.high is None or value <= kpi.high)


def bounds(kpi: kpis.Kpi) -> str:
    """` between −100 and 100`; '' for what has no bounds of its own."""
    if kpi.low is None or kpi.high is None:
        return ""
    return wording.of(" between {low} and {high}", low=f"{kpi.low:g}", high=f"{kpi.high:g}").replace("-", "−")


def quoted(names: Sequence[str]) -> str:
    """`'a', 'b'`."""
    return ", ".join(f"'{name}'" for name in names)


def _plain(value: float, unit: str) -> str:
    told = wording.decimal(value, 1) if unit == "scale" else f"{value:.0f}"
    return ("0" if told == "-0" else told.replace("-", "−")) + (" %" if unit == "percent" else "")
