"""KPIs over time: the grain the span asks for, a series with gaps as gaps, and the change against the time before.

All of it works on a KPI's tally by calendar day, counted once: months, totals and windows are sums of its rows.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd

from cx.measure import estimate, kpis
from cx.measure.tally import DAY
from cx.store.datasets import Dataset
from cx.view.filters import Filter
from cx.view.filters import day as spelled

GRAINS = {"day": "D", "week": "W", "month": "M", "quarter": "Q"}
RECENT = {"day": (7, "days"), "week": (4, "weeks"), "month": (3, "months"), "quarter": (12, "months")}
"""What "recently" means when no period is chosen, by grain."""


class Windows(NamedTuple):
    """Two periods to compare, both with first and last day, and how to say it."""

    begin: date
    end: date
    begin_before: date
    end_before: date
    words: str


def span(dataset: Dataset) -> tuple[date, date] | None:
    """First and last day of a dataset; None without dates."""
    first, last = dataset.manifest.get("min_date"), dataset.manifest.get("max_date")
    return (date.fromisoformat(first[:10]), date.fromisoformat(last[:10])) if first and last else None


def grain(begin: date, end: date) -> str:
    """The grain that gives a readable series: days up to a month, weeks up to half a year, months up to five years."""
    days = (end - begin).days
    return "day" if days <= 31 else "week" if days <= 183 else "month" if days <= 5 * 366 else "quarter"


def periods(days: pd.Series, grain_: str) -> pd.Series:
    """The first day of the period each day falls in."""
    return pd.to_datetime(days).dt.to_period(GRAINS[grain_]).dt.start_time


def in_period(counts: pd.DataFrame, begin: date | None, end: date | None) -> pd.DataFrame:
    """The rows of a tally by day that lie in a period; all, undated ones too, when it is open on both sides."""
    if begin is None and end is None:
        return counts
    days = pd.to_datetime(counts[DAY])
    kept = days.notna()
    if begin is not None:
        kept &= days >= pd.Timestamp(begin)
    if end is not None:
        kept &= days <= pd.Timestamp(end)
    return counts[kept]


def series(name: str, counts: pd.DataFrame, begin: date, end: date, min_base: int = 10) -> pd.DataFrame:
    """A KPI per period: columns period, value, low, high, n. A period without answers is a gap (n 0), not a zero.

    A KPI on several scales is followed on the one most responses have (column `scale`).
    """
    step = grain(begin, end)
    dated = in_period(counts, begin, end)
    dated = main_scale(dated[dated[DAY].notna()])
    every = pd.period_range(pd.Timestamp(begin), pd.Timestamp(end), freq=GRAINS[step]).start_time
    frame = pd.DataFrame({"period": every})
    if dated.empty:
        return frame.assign(value=float("nan"), low=float("nan"), high=float("nan"), n=0)
    rows = kpis.estimated(name, dated.assign(period=periods(dated[DAY], step)), ["period"])
    rows = estimate.suppressed(rows, min_base)
    out = frame.merge(rows.assign(period=pd.to_datetime(rows["period"])), on="period", how="left")
    return out.assign(n=out["n"].fillna(0).astype(int))


def main_scale(counts: pd.DataFrame) -> pd.DataFrame:
    """The rows on the scale most responses answered on; all rows of a tally without scales."""
    if "scale" not in counts or counts["scale"].nunique() < 2:
        return counts
    return counts[counts["scale"] == counts.groupby("scale")["n"].sum().idxmax()]


def windows(dataset: Dataset, where: Filter) -> Windows | None:
    """The period to judge and the one before it; None when there are no dates or only one day.

    A chosen period is held against as long a time before it (whole months against whole months). Without one, or
    with nothing before it, the last three months (four weeks, seven days: by grain) stand against those before.
    """
    known = span(dataset)
    if known is None:
        return None
    begin, end = max(where.begin or known[0], known[0]), min(where.end or known[1], known[1])
    if begin > end:
        return None
    if where.begin and begin > known[0]:
        first = _same_length_before(begin, end)
        words = f"against {spelled(first)} – {spelled(begin - timedelta(days=1))}"
        return Windows(begin, end, first, begin - timedelta(days=1), words)
    if (end - begin).days < 1:
        return None
    many, unit = RECENT[grain(begin, end)]
    step = {"days": pd.DateOffset(days=many), "weeks": pd.DateOffset(weeks=many), "months": pd.DateOffset(months=many)}[
        unit
    ]
    recent = (pd.Timestamp(end) + pd.Timedelta(days=1) - step).date()
    before = (pd.Timestamp(recent) - step).date()
    if before < begin:  # too short for that: the later half against the earlier
        recent = begin + timedelta(days=((end - begin).days + 1) // 2)
        return Windows(recent, end, begin, recent - timedelta(days=1), f"since {spelled(recent)} against before")
    return Windows(recent, end, before, recent - timedelta(days=1), f"last {many} {unit} against the {many} before")


def _same_length_before(begin: date, end: date) -> date:
    after = pd.Timestamp(end) + pd.Timedelta(days=1)
    if begin.day == 1 and after.day == 1:
        months = (after.year - begin.year) * 12 + after.month - begin.month
        return (pd.Timestamp(begin) - pd.DateOffset(months=months)).date()
    return begin - ((end - begin) + timedelta(days=1))


def change(name: str, counts: pd.DataFrame, at: Windows, min_base: int = 10) -> estimate.Difference:
    """How far a KPI moved between the two windows, with its interval and test."""
    days = {"before": (at.begin_before, at.end_before), "after": (at.begin, at.end)}
    own = main_scale(counts)
    both = pd.concat([in_period(own, *ends).assign(window=which) for which, ends in days.items()])
    rows = estimates(name, both, ["window"], min_base)
    if len(rows) < len(days):
        return estimate.UNKNOWN
    after, before = rows.sort_values("window").iloc[0], rows.sort_values("window").iloc[1]
    return estimate.difference(after, before)


def estimates(name: str, counts: pd.DataFrame, by: Sequence[str] = (), min_base: int = 10) -> pd.DataFrame:
    """Estimates of a KPI from its tally, below the base suppressed; empty when nobody answered."""
    if counts.empty:
        return pd.DataFrame(columns=[*by, *estimate.COLUMNS])
    return estimate.suppressed(kpis.estimated(name, counts, by), min_base)
