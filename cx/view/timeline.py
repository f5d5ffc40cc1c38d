"""A KPI over time as people look at it: its course, when its level changed, what was unusual and who made it, what comes next."""

from typing import NamedTuple

import pandas as pd

from cx.measure import anomalies, changepoints, kpis, seasons, trends
from cx.store.datasets import Dataset
from cx.view import theme, wording
from cx.view.filters import Filter

STEPS = ("auto", "day", "week", "month", "quarter")
"""Lengths of a period; `auto` is chosen by the time looked at."""

STEP_NAMES = {
    "auto": wording.noted("auto"),
    "day": wording.noted("day"),
    "week": wording.noted("week"),
    "month": wording.noted("month"),
    "quarter": wording.noted("quarter"),
}
AHEAD = {
    "day": wording.noted("The next day will lie between {low} and {high} in 95 of 100 cases; most likely {value}."),
    "week": wording.noted("The next week will lie between {low} and {high} in 95 of 100 cases; most likely {value}."),
    "month": wording.noted("The next month will lie between {low} and {high} in 95 of 100 cases; most likely {value}."),
    "quarter": wording.noted(
        "The next quarter will lie between {low} and {high} in 95 of 100 cases; most likely {value}."
    ),
}
DAYS = {"day": 1, "week": 7, "month": 28, "quarter": 90}
MOST_PERIODS = 1_000
"""Days of a step at least, and periods of a series at most: a step that would make more gives way to the next longer one."""

MAKERS = 3
"""Groups named as those who made an unusual period."""


def step_name(step: str) -> str:
    """What a length of a period is called."""
    return wording.of(STEP_NAMES[step])


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
    return wording.of(
        "Between {first} and {last} the level went from {before} to {after} ({change}, between {low} and {high}).",
        first=trends.spelled(point.earliest), last=trends.spelled(point.latest),
        before=theme.number(point.before, kpi.unit), after=theme.number(point.after, kpi.unit),
        change=theme.signed(point.change, kpi.unit), low=theme.signed(point.low, kpi.unit),
        high=theme.signed(point.high, kpi.unit),
    )  # fmt: skip


def _unusual(dataset: Dataset, row: pd.Series, where: Filter, kpi: kpis.Kpi, grain: str) -> str:
    begin, end = (pd.Timestamp(row[name]) for name in ("begin", "end"))
    when = (
        trends.named(begin, grain, dataset.settings.calendar)
        if row["rule"] == "point"
        else theme.between(wording.month(begin), wording.month(end))
    )
    far = wording.of("far out of the ordinary")
    word = far if row["level"] >= 3 else wording.of("unusual")
    said = wording.of(
        "{when} was {word}: {value}, expected between {low} and {high}, from {n} answers.",
        when=when, word=word, n=wording.whole(row["n"]),
        **{name: theme.number(row[name], kpi.unit) for name in ("value", "low", "high")},
    )  # fmt: skip
    made = anomalies.explained(dataset, row, where)
    told = (
        [str(name) for name in made.loc[made["told"].astype(bool), "name"].drop_duplicates()[:MAKERS]]
        if len(made)
        else []
    )
    return said + (wording.of(" Most of it comes from {names}.", names=theme.listed(told)) if told else "")


def _ahead(ahead: seasons.Forecast, step: str, kpi: kpis.Kpi) -> str:
    if ahead.value is None or ahead.low is None or ahead.high is None:
        return ahead.why
    told = {name: theme.number(getattr(ahead, name), kpi.unit) for name in ("low", "high", "value")}
    return wording.of(AHEAD[step], **told)


def finding(found: View, title: str) -> str:
    """What matters most over time, in a sentence."""
    if found.series.empty or found.series["value"].notna().sum() < 2:
        return wording.of("Too few answers to follow {kpi}", kpi=title)
    if found.changes:
        many = len(found.changes)
        return wording.counted(
            "The level of {kpi} changed {n} time", "The level of {kpi} changed {n} times", many, kpi=title
        )
    if found.unusual:
        return wording.counted(
            "The level of {kpi} held; {n} unusual period", "The level of {kpi} held; {n} unusual periods",
            len(found.unusual), kpi=title,
        )  # fmt: skip
    return wording.of("{kpi} held its level; nothing unusual", kpi=title)
