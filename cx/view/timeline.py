"""A KPI over time as people look at it: its course, when its level changed, what was unusual and who made it, what comes next."""

from typing import NamedTuple

import pandas as pd

from cx.measure import anomalies, changepoints, kpis, seasons, trends
from cx.store.datasets import Dataset
from cx.view import theme
from cx.view.filters import Filter

STEPS = ("auto", "day", "week", "month", "quarter")
"""Lengths of a period; `auto` is chosen by the time looked at."""

DAYS = {"day": 1, "week": 7, "month": 28, "quarter": 90}
MOST_PERIODS = 1_000
"""Days of a step at least, and periods of a series at most: a step that would make more gives way to the next longer one."""

MAKERS = 3
"""Groups named as those who made an unusual period."""


class View(NamedTuple):
    """The series of a KPI (see `trends.series`) and its `step`; sentences on changes of level, on what was unusual, on
    the next period, and on what could not have been seen."""

    series: pd.DataFrame
    step: str
    changes: list[str]
    unusual: list[str]
    outlook: str
    unseen: str


def view(dataset: Dataset, name: str, where: Filter, min_base: int, step: str = "auto") -> View:
    """A KPI over the time that fits."""
    at = trends.bounds(dataset, where)
    if at is None:
        return View(pd.DataFrame(), "month", [], [], "", "")
    grain = trends.grain(*at) if step == "auto" else _fitting((at[1] - at[0]).days, step)
    series = trends.follow(dataset, name, where, min_base, grain)
    kpi = kpis.KPIS[name]
    changes = [_changed(point, kpi) for point in changepoints.found(dataset, name, where)]
    found = anomalies.of_kpi(dataset, name, where, min_base, grain)
    unusual = [_unusual(dataset, row, where, kpi, grain) for _, row in found.iterrows()]
    calendar = dataset.settings.calendar
    ahead = seasons.forecast(series, grain, kpi.low, kpi.high, calendar)
    unseen = anomalies.unseen(series, grain).words
    return View(series, grain, changes, unusual, _ahead(ahead, grain, kpi), f"{unseen[:1].upper()}{unseen[1:]}.")


def _fitting(days: int, step: str) -> str:
    """The step, or the next longer one that makes `MOST_PERIODS` at most."""
    longer = list(DAYS)[list(DAYS).index(step) :]
    return next((name for name in longer if days <= MOST_PERIODS * DAYS[name]), longer[-1])


def _changed(point: changepoints.ChangePoint, kpi: kpis.Kpi) -> str:
    days = f"{trends.spelled(point.earliest)} and {trends.spelled(point.latest)}"
    return (
        f"Between {days} the level went from {theme.number(point.before, kpi.unit)} to {theme.number(point.after, kpi.unit)} "
        f"({theme.signed(point.change, kpi.unit)}, between {theme.signed(point.low, kpi.unit)} and "
        f"{theme.signed(point.high, kpi.unit)})."
    )


def _unusual(dataset: Dataset, row: pd.Series, where: Filter, kpi: kpis.Kpi, grain: str) -> str:
    begin, end = (pd.Timestamp(row[name]) for name in ("begin", "end"))
    when = (
        trends.named(begin, grain, dataset.settings.calendar)
        if row["rule"] == "point"
        else f"{begin:%b %Y} to {end:%b %Y}"
    )
    word = "far out of the ordinary" if row["level"] >= 3 else "unusual"
    said = (
        f"{when} was {word}: {theme.number(row['value'], kpi.unit)}, expected between {theme.number(row['low'], kpi.unit)} "
        f"and {theme.number(row['high'], kpi.unit)}, from {row['n']:,} answers."
    )
    made = anomalies.explained(dataset, row, where)
    told = (
        [str(name) for name in made.loc[made["told"].astype(bool), "name"].drop_duplicates()[:MAKERS]]
        if len(made)
        else []
    )
    return said + (f" Most of it comes from {theme.listed(told)}." if told else "")


def _ahead(ahead: seasons.Forecast, step: str, kpi: kpis.Kpi) -> str:
    if ahead.value is None or ahead.low is None or ahead.high is None:
        return ahead.why
    return (
        f"The next {step} will lie between {theme.number(ahead.low, kpi.unit)} and {theme.number(ahead.high, kpi.unit)} in 95 "
        f"of 100 cases; most likely {theme.number(ahead.value, kpi.unit)}."
    )


def finding(found: View, title: str) -> str:
    """What matters most over time, in a sentence."""
    if found.series.empty or found.series["value"].notna().sum() < 2:
        return f"Too few answers to follow {title}"
    if found.changes:
        return f"The level of {title} changed {len(found.changes)} time{'s' if len(found.changes) > 1 else ''}"
    if found.unusual:
        return f"The level of {title} held; {len(found.unusual)} unusual period{'s' if len(found.unusual) > 1 else ''}"
    return f"{title} held its level; nothing unusual"
