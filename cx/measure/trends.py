"""KPIs over time: the grain the span asks for, a series with gaps as gaps, and the change against the time before.

All of it works on a KPI's tally by calendar day, counted once: months, totals and windows are sums of its rows. The
last period is not over when the data end before it does; it is shown with its interval, and marked (`over`).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd

from cx.measure import estimate, kpis, tally
from cx.measure.activity import known_until
from cx.measure.tally import DAY
from cx.settings import CIVIL, Calendar
from cx.store.datasets import Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter
from cx.view.filters import day as spelled

RECENT = {"day": (7, "days"), "week": (4, "weeks"), "month": (3, "months"), "quarter": (12, "months")}
"""What "recently" means when no period is chosen, by grain."""

LAST = {
    "days": wording.noted("last {many} days against the {many} before"),
    "weeks": wording.noted("last {many} weeks against the {many} before"),
    "months": wording.noted("last {many} months against the {many} before"),
}


NEARLY = 3
"""Where data end at most this many days before the month does, the month is taken for whole: nobody answered then."""


class Windows(NamedTuple):
    """Two periods to compare, both with first and last day, how to say it, and whether the later one is over."""

    begin: date
    end: date
    begin_before: date
    end_before: date
    words: str
    over: bool = True


def span(dataset: Dataset) -> tuple[date, date] | None:
    """First and last day of a dataset; None without dates. A day after that of the import is a slip of the pen: time ends
    with the import, unless all of it lies later."""
    first, last = dataset.manifest.get("min_date"), dataset.manifest.get("max_date")
    if not first or not last:
        return None
    begin, end = date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
    known = known_until(dataset).date() - timedelta(days=1)
    return begin, min(end, known) if begin <= known else end


def grain(begin: date, end: date) -> str:
    """The grain that gives a readable series: days up to a month, weeks up to half a year, months up to five years."""
    days = (end - begin).days
    return "day" if days <= 31 else "week" if days <= 183 else "month" if days <= 5 * 366 else "quarter"


def periods(days: pd.Series, grain_: str, calendar: Calendar = CIVIL) -> pd.Series:
    """The first day of the period each day falls in."""
    return pd.to_datetime(days).dt.to_period(calendar.frequency(grain_)).dt.start_time


def every(begin: date, end: date, grain_: str, calendar: Calendar = CIVIL) -> pd.DataFrame:
    """The periods between two days: `period` and `last` (first and last day), `whole` (all its days lie between the
    two), `over` (its last day does)."""
    found = pd.period_range(pd.Timestamp(begin), pd.Timestamp(end), freq=calendar.frequency(grain_))
    out = pd.DataFrame({"period": found.start_time, "last": found.end_time.normalize()})
    over = out["last"] <= pd.Timestamp(end)
    return out.assign(whole=over & (out["period"] >= pd.Timestamp(begin)), over=over)


def named(period: pd.Timestamp, grain_: str, calendar: Calendar = CIVIL) -> str:
    """A period as people call it: `3 Mar 2026`, `week of 2 Mar 2026`, `Mar 2026`, `Q1 2026`; a fiscal quarter by both
    years its year lies in: `Q4 2025/26`."""
    if grain_ in ("day", "week"):
        day = spelled(period.date())
        return wording.of("week of {day}", day=day) if grain_ == "week" else day
    if grain_ == "month":
        return wording.month(period)
    months = (period.month - calendar.first_month) % 12
    year = period.year - (period.month < calendar.first_month)
    return f"Q{months // 3 + 1} {year}" + ("" if calendar.first_month == 1 else f"/{(year + 1) % 100:02d}")


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


def follow(
    dataset: Dataset,
    name: str,
    where: Filter = ALL,
    min_base: int = 10,
    step: str | None = None,
) -> pd.DataFrame:
    """A KPI of a dataset per period, as `series`; `volume` follows the number of responses. Empty without dates.

    The grain is that of the time looked at, unless `step` names one (day, week, month, quarter).
    """
    at = bounds(dataset, where)
    if at is None:
        return pd.DataFrame(columns=["period", "last", "whole", "over", "value", "low", "high", "n"])
    calendar = dataset.settings.calendar
    if name == VOLUME:
        return counted(tally.volume(dataset, [DAY], where), *at, step, calendar)
    return series(name, kpis.counted(dataset, name, [DAY], where), *at, min_base, step, calendar)


VOLUME = "volume"
"""The number of responses, followed like a KPI; a count, so an empty period is a 0."""


def bounds(dataset: Dataset, where: Filter = ALL) -> tuple[date, date] | None:
    """First and last day of what a filter leaves of the dataset's time; None without dates or when nothing is left."""
    known = span(dataset)
    if known is None:
        return None
    begin, end = max(where.begin or known[0], known[0]), min(where.end or known[1], known[1])
    return (begin, end) if begin <= end else None


def counted(
    counts: pd.DataFrame, begin: date, end: date, step: str | None = None, calendar: Calendar = CIVIL
) -> pd.DataFrame:
    """Responses per period from a tally by day: columns of `every`, value and n; a count has no interval but itself."""
    step = step or grain(begin, end)
    frame = every(begin, end, step, calendar)
    dated = in_period(counts[counts[DAY].notna()], begin, end)
    per = dated["n"].groupby(periods(dated[DAY], step, calendar)).sum() if len(dated) else pd.Series(dtype=float)
    many = frame["period"].map(per).fillna(0).astype("int64")
    return frame.assign(**{name: many.astype(float) for name in ("value", "low", "high")}, n=many)


def series(
    name: str,
    counts: pd.DataFrame,
    begin: date,
    end: date,
    min_base: int = 10,
    step: str | None = None,
    calendar: Calendar = CIVIL,
) -> pd.DataFrame:
    """A KPI per period: columns of `every`, then value, low, high, n. A period without answers is a gap (n 0), no zero.

    A KPI on several scales is followed on the one most responses have (column `scale`).
    """
    step = step or grain(begin, end)
    dated = in_period(counts, begin, end)
    dated = main_scale(dated[dated[DAY].notna()])
    frame = every(begin, end, step, calendar)
    if dated.empty:
        return frame.assign(**dict.fromkeys(estimate.COLUMNS, float("nan"))).assign(n=0)
    rows = kpis.estimated(name, dated.assign(period=periods(dated[DAY], step, calendar)), ["period"])
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

    A chosen period is held against as long a time before it (whole months against whole months, also when the data end
    before the last of them does). Without one, or with nothing before it, the last three months (four weeks, seven
    days: by grain) stand against those before.
    """
    known, at = span(dataset), bounds(dataset, where)
    if known is None or at is None:
        return None
    begin, end = at
    if where.begin and begin > known[0]:
        end = _whole_months(begin, end, where.end)
        first = as_long_before(begin, end)
        words = wording.of("against {begin} – {end}", begin=spelled(first), end=spelled(begin - timedelta(days=1)))
        if end > at[1]:
            words += wording.of(", {month} not over", month=wording.month(end))
        return Windows(begin, end, first, begin - timedelta(days=1), words, end == at[1])
    if (end - begin).days < 1:
        return None
    return _recent(begin, end)


def _whole_months(begin: date, end: date, chosen: date | None) -> date:
    """The end of the month in which the data end, when whole months are meant: from the first of a month, and up to
    there at least (or open)."""
    last = (pd.Timestamp(end) + pd.offsets.MonthEnd(0)).date()
    return last if begin.day == 1 and (chosen is None or chosen >= last) else end


def _recent(begin: date, end: date) -> Windows:
    """What is recent against as long a time before; months are calendar months when the data end with one."""
    step = grain(begin, end)
    many, unit = RECENT[step]
    data_end = end
    last = (pd.Timestamp(end) + pd.offsets.MonthEnd(0)).date()
    if unit == "months" and (last - end).days <= NEARLY:
        end = last
    back = {"days": pd.DateOffset(days=many), "weeks": pd.DateOffset(weeks=many), "months": pd.DateOffset(months=many)}
    recent = (pd.Timestamp(end) + pd.Timedelta(days=1) - back[unit]).date()
    before = (pd.Timestamp(recent) - back[unit]).date()
    if before < begin:  # too short for that: the later half against the earlier
        recent = begin + timedelta(days=((data_end - begin).days + 1) // 2)
        words = wording.of("since {day} against before", day=spelled(recent))
        return Windows(recent, data_end, begin, recent - timedelta(days=1), words)
    words = wording.of(LAST[unit], many=many)
    return Windows(recent, end, before, recent - timedelta(days=1), words, end == data_end)


def as_long_before(begin: date, end: date) -> date:
    """The first day of as long a time as that from `begin` to `end`, ending the day before it; months before whole months."""
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
