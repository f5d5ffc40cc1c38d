"""Who was active when: a customer is active in a period with any response or purchase in it.

One query leaves a row per *pattern* (the periods in which customers were active, as bits) with the number of customers
who have it; retention by cohort, by period and overall are sums over these rows.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from cx.measure import tally
from cx.settings import CIVIL, Calendar
from cx.store.datasets import Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter, day, quoted

UNITS = {"week": 0, "month": 1, "quarter": 3, "year": 12}
"""Kinds of periods and how many months they have."""

SHORT = 18
"""Up to so many weeks of data are followed by week."""

BITS, NUMBERS = 60, 2
"""A pattern is so many numbers of so many bits."""

MOST_PERIODS = BITS * NUMBERS

OFTEN = 1.5
"""A period suits when customers come back, as a rule, within one and a half of it."""

LOYALTY = "@loyalty"
"""The dimension of promoters, passives and detractors: by the latest answer to NPS."""

SIDES = {1: "detractor", 2: "passive", 3: "promoter"}
SIDE = "CASE WHEN nps > 10 THEN NULL WHEN nps >= 9 THEN 3 WHEN nps >= 7 THEN 2 WHEN nps >= 0 THEN 1 END"

NO_CUSTOMERS = wording.noted("no column says which customer answered. Give one the role customer_id and import again")
NO_DATES = wording.noted("no response or purchase of a known customer has a date that is past")
BEGUN = {
    "week": wording.noted("The week from {day} on has only begun and is not counted."),
    "month": wording.noted("The month from {day} on has only begun and is not counted."),
    "quarter": wording.noted("The quarter from {day} on has only begun and is not counted."),
    "year": wording.noted("The year from {day} on has only begun and is not counted."),
}


class Periods(NamedTuple):
    """Periods of a kind (`week`, `month`, `quarter`, `year`; empty: left open) by a calendar."""

    unit: str
    calendar: Calendar = CIVIL

    def sql(self, column: str) -> str:
        """The number of the period a date falls in; numbers of successive periods follow each other."""
        if self.unit == "week":
            return f"((date_diff('day', DATE '1970-01-05', CAST({column} AS DATE)) - {int(self.calendar.first_weekday)}) // 7)"
        months = f"(year({column}) * 12 + month({column}) - 1 - {int(self.calendar.first_month) - 1})"
        return f"({months} // {UNITS[self.unit]})"

    def start(self, number: int) -> pd.Timestamp:
        """First day of the period with this number."""
        if self.unit == "week":
            return pd.Timestamp("1970-01-05") + pd.Timedelta(days=7 * int(number) + self.calendar.first_weekday)
        months = int(number) * UNITS[self.unit] + self.calendar.first_month - 1
        return pd.Timestamp(year=months // 12, month=months % 12 + 1, day=1)


class Activity(NamedTuple):
    """Customers by when they were active.

    `active` (patterns × periods) says in which periods a pattern is active; `customers` has a row per pattern: the
    columns asked for and n. `standing` (same shape; 0 unknown, else a key of `SIDES`) is their latest answer to NPS up
    to the end of each period, when asked for. `starts` are the first days of the periods, `ends` the first days after
    them. `notes` are sentences about what was left out; `why` says why there is nothing at all.
    """

    active: np.ndarray
    customers: pd.DataFrame
    starts: list[pd.Timestamp]
    ends: list[pd.Timestamp]
    unit: str
    standing: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    why: str | None = None


class _Raw(NamedTuple):
    """Patterns over all periods from `first` on, before any is left out; `reach`: last day seen per period, NaT where none."""

    active: np.ndarray
    customers: pd.DataFrame
    standing: np.ndarray | None
    first: int
    reach: list[pd.Timestamp]
    periods: Periods


def has_purchases(dataset: Dataset) -> bool:
    """Whether purchases were imported."""
    return (dataset.where / "purchases.parquet").exists()


def known_until(dataset: Dataset) -> datetime:
    """What is dated from here on lies in the future: after the day of the import (a day later: its clock is UTC), else after today."""
    made = dataset.manifest.get("imported")
    when = pd.Timestamp(made) if made else pd.Timestamp.now()
    return (when.tz_localize(None).normalize() + timedelta(days=2 if made else 1)).to_pydatetime()


def counted(
    dataset: Dataset,
    where: Filter = ALL,
    by: Sequence[str] = (),
    loyalty: bool = False,
    unit: str = "",
) -> Activity:
    """Customers by the periods they were active in, split by columns of facts (`by`).

    A filter's columns choose customers (those with a response like it) with all their activity; its dates choose
    among the periods of the tables made from this. A customer with responses in two groups of `by` stands in both.
    `unit` is that of the periods; when it is left open the data choose it, by how often customers come back.
    """
    return _counted(dataset, where.in_period(None, None), tuple(by), loyalty, unit)


@lru_cache(maxsize=4)
def _counted(dataset: Dataset, where: Filter, by: tuple[str, ...], loyalty: bool, unit: str) -> Activity:
    """Kept: retention, value and worth of the same customers all ask for it, whichever period is looked at."""
    if not dataset.filled.get("customer_id") and not has_purchases(dataset):
        return nothing(wording.of(NO_CUSTOMERS))
    first, last, future = _ends(dataset)
    later = wording.of("{n} responses and purchases are dated in the future and not counted.", n=wording.whole(future))
    notes = (later,) if future else ()
    if first is None or last is None:
        return nothing(wording.of(NO_DATES), notes)
    base = Periods(unit or _finest(first, last), dataset.settings.calendar)
    raw = _raw(dataset, where, by, loyalty, base)
    if not unit and base.unit == "week" and _suiting(raw) != "week":  # weeks do not nest in months
        raw = _raw(dataset, where, by, loyalty, base._replace(unit="month"))
    return _finished(raw, raw.periods._replace(unit=unit or _suiting(raw)), notes)


def nothing(why: str, notes: tuple[str, ...] = ()) -> Activity:
    """No activity, and the reason."""
    return Activity(np.zeros((0, 0), dtype=bool), pd.DataFrame({"n": []}), [], [], "month", None, notes, why)


def rows(dataset: Dataset) -> tuple[str, list[object]]:
    """A query of all activity (customer_id, date, nps), purchases with responses, and what to bind."""
    sql = "SELECT customer_id, date, nps FROM responses WHERE customer_id <> '' AND date IS NOT NULL"
    if not has_purchases(dataset):
        return sql, []
    source, bound = dataset.stored("purchases")
    bought = f"SELECT customer_id, date, NULL FROM {source} WHERE customer_id <> '' AND date IS NOT NULL"
    return f"{sql} UNION ALL {bought}", bound


def members(
    dataset: Dataset, by: Sequence[str], where: Filter, among: Sequence[str] | None = None
) -> tuple[str, list[object]] | None:
    """A query of the customers meant (the columns of `by`, customer_id), and what to bind; None: all of them.

    `among`: only those of these ids; looking for a few thousand takes a fraction of grouping a million.
    """
    if not by and not where.columns:
        return None
    clause, bound = where.in_period(None, None).sql()
    asked, ids = (
        ("", []) if among is None else (" AND customer_id IN (SELECT unnest(CAST(? AS VARCHAR[])))", [[*among]])
    )
    clause, bound = clause + asked, [*bound, *ids]
    plain = [name for name in by if name != LOYALTY]
    bare = [name.removeprefix(tally.OWN) for name in plain]
    table = "responses" if {*bare, *where.columns} <= set(dataset.responses) else "facts"
    chosen = [f"{quoted(column)} AS {quoted(name)}" for column, name in zip(bare, plain, strict=True)]
    sql = f"SELECT DISTINCT {', '.join([*chosen, 'customer_id'])} FROM {table} WHERE {clause}"
    if LOYALTY not in by:
        return sql, bound
    named = " ".join(f"WHEN {side} THEN '{name}'" for side, name in SIDES.items())
    latest = (
        f"SELECT customer_id, CASE arg_max({SIDE}, date) {named} END AS {quoted(LOYALTY)} FROM responses "
        f"WHERE nps IS NOT NULL AND date < ?{asked} GROUP BY 1"
    )
    return f"SELECT * FROM ({sql}) JOIN ({latest}) USING (customer_id)", [*bound, known_until(dataset), *ids]


def typical_gap(active: np.ndarray, n: np.ndarray) -> float | None:
    """After how many periods customers come back: the median over customers of the mean gap; None: nobody came back."""
    times = active.sum(axis=1)
    back = times > 1
    if not back.any():
        return None
    held = active[back]
    reach = held.shape[1] - 1 - held[:, ::-1].argmax(axis=1) - held.argmax(axis=1)
    gaps, many = reach / (times[back] - 1), n[back]
    order = np.argsort(gaps, kind="stable")
    return float(gaps[order][np.searchsorted(np.cumsum(many[order]), many.sum() / 2)])


def _ends(dataset: Dataset) -> tuple[datetime | None, datetime | None, int]:
    sql, bound = rows(dataset)
    until = known_until(dataset)
    found = dataset.query(
        "SELECT min(date) FILTER (date < ?) AS first, max(date) FILTER (date < ?) AS last, "
        f"count(*) FILTER (date >= ?) AS future FROM ({sql})",
        [until, until, until, *bound],
    ).iloc[0]
    first, last = (None if pd.isna(found[name]) else found[name].to_pydatetime() for name in ("first", "last"))
    return first, last, int(found["future"])


def _finest(first: datetime, last: datetime) -> str:
    days = (last - first).days
    fitting = (unit for unit, length in UNITS.items() if length and days / 30.4 / length < MOST_PERIODS - 1)
    return "week" if days <= SHORT * 7 else next(fitting, "year")


def _suiting(raw: _Raw) -> str:
    gap = typical_gap(raw.active, raw.customers["n"].to_numpy())
    if raw.periods.unit == "week":
        return "week" if gap is None or gap <= OFTEN else "month"
    length = UNITS[raw.periods.unit]
    months = (gap or 1.0) * length
    return next((unit for unit, size in UNITS.items() if size >= length and months <= OFTEN * size), "year")


def _raw(dataset: Dataset, where: Filter, by: Sequence[str], loyalty: bool, periods: Periods) -> _Raw:
    sql, bound = rows(dataset)
    until = known_until(dataset)
    number = periods.sql("date")
    seen = dataset.query(
        f"SELECT {number} AS p, max(date) AS reach FROM ({sql}) WHERE date < ? GROUP BY 1 ORDER BY 1", [*bound, until]
    ).set_index("p")["reach"]
    last = int(seen.index[-1])
    first = max(int(seen.index[0]), last - MOST_PERIODS + 1)
    many = last - first + 1
    sides = SIDES if loyalty else {}
    masks = {"a": "TRUE"} | {f"s{side}": f"side = {side}" for side in sides}
    halves = range(NUMBERS if many > BITS else 1)
    bits = [_bits(name, test, half) for name, test in masks.items() for half in halves]
    # By a number of 64 bits instead of the id: half the time, and two of a million customers meet once in 40 million cases.
    inner = f"SELECT hash(customer_id) AS who, {number} - {first} AS p FROM ({sql}) WHERE date < ?"
    if loyalty:  # the last answer of a period counts for it
        side = f"arg_max({SIDE}, date) FILTER (nps IS NOT NULL) AS side"
        inner = inner.replace(" AS p FROM", f" AS p, {side} FROM") + " GROUP BY 1, 2"
    patterns = f"SELECT who, {', '.join(bits)} FROM ({inner}) WHERE p >= 0 GROUP BY 1"
    names = [f"{name}{half}" for name in masks for half in halves]
    meant = members(dataset, by, where)
    join, more = (
        (f" JOIN (SELECT *, hash(customer_id) AS who FROM ({meant[0]})) USING (who)", meant[1]) if meant else ("", [])
    )
    keys = ", ".join([*map(quoted, by), *names])
    found = dataset.query(f"SELECT {keys}, count(*) AS n FROM ({patterns}){join} GROUP BY ALL", [*bound, until, *more])
    held = {name: _unpacked(found, name, many) for name in masks}
    reach = [seen.get(place, pd.NaT) for place in range(first, last + 1)]
    standing = _carried({side: held[f"s{side}"] for side in sides}) if loyalty else None
    return _Raw(held["a"], found[[*by, "n"]], standing, first, reach, periods)


def _bits(name: str, test: str, half: int) -> str:
    """SQL for one number of a pattern: a bit for each period p in which the test holds."""
    begin = half * BITS
    return (
        f"bit_or(CASE WHEN {test} AND p BETWEEN {begin} AND {begin + BITS - 1} "
        f"THEN 1::UBIGINT << (p - {begin})::UTINYINT ELSE 0::UBIGINT END) AS {name}{half}"
    )


def _unpacked(found: pd.DataFrame, name: str, many: int) -> np.ndarray:
    """The bits of a pattern's numbers as columns of true and false."""
    halves = [
        np.unpackbits(
            found[f"{name}{half}"].to_numpy(dtype="<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little"
        )[:, :BITS]
        for half in range(NUMBERS if many > BITS else 1)
    ]
    return np.hstack(halves)[:, :many].astype(bool)


def _carried(sides: dict[int, np.ndarray]) -> np.ndarray:
    """The latest answer up to the end of each period: what a customer said holds until they say something else."""
    said = sum(side * held.astype(np.int8) for side, held in sides.items())
    out = np.asarray(said, dtype=np.int8)
    for place in range(1, out.shape[1]):
        out[:, place] = np.where(out[:, place] > 0, out[:, place], out[:, place - 1])
    return out


def _finished(raw: _Raw, to: Periods, notes: tuple[str, ...]) -> Activity:
    """In the periods wanted, without those that have only begun and those in which nobody at all was active."""
    numbers = np.arange(raw.first, raw.first + raw.active.shape[1])
    if to.unit != raw.periods.unit:
        numbers = numbers * UNITS[raw.periods.unit] // UNITS[to.unit]
    begins = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    closes = np.append(begins[1:], len(numbers)) - 1
    active = np.logical_or.reduceat(raw.active, begins, axis=1) if len(raw.active) else raw.active[:, begins]
    standing = None if raw.standing is None else raw.standing[:, closes]
    starts = [to.start(numbers[place]) for place in begins]
    reach = [_latest(raw.reach[one : other + 1]) for one, other in zip(begins, closes, strict=True)]
    days = {place: (last - starts[place]).days for place, last in enumerate(reach) if last is not None}
    kept = list(days)
    silent = len(reach) - len(kept)
    if silent:
        notes += (_silent(to.unit, silent),)
    if not _followed(list(days.values())):
        notes += (wording.of(BEGUN[to.unit], day=day(starts[kept[-1]])),)
        kept = kept[:-1]
    ends = [to.start(numbers[begins[place]] + 1) for place in kept]
    return Activity(
        active[:, kept], raw.customers, [starts[place] for place in kept], ends, to.unit,
        None if standing is None else standing[:, kept], notes,
    )  # fmt: skip


def _silent(unit: str, n: int) -> str:
    if unit == "week":
        return wording.counted(
            "In {n} week nobody was active: taken out, not counted as loss.",
            "In {n} weeks nobody was active: taken out, not counted as loss.", n,
        )  # fmt: skip
    if unit == "month":
        return wording.counted(
            "In {n} month nobody was active: taken out, not counted as loss.",
            "In {n} months nobody was active: taken out, not counted as loss.", n,
        )  # fmt: skip
    if unit == "quarter":
        return wording.counted(
            "In {n} quarter nobody was active: taken out, not counted as loss.",
            "In {n} quarters nobody was active: taken out, not counted as loss.", n,
        )  # fmt: skip
    return wording.counted(
        "In {n} year nobody was active: taken out, not counted as loss.",
        "In {n} years nobody was active: taken out, not counted as loss.", n,
    )  # fmt: skip


def _latest(days: Sequence[pd.Timestamp]) -> pd.Timestamp | None:
    known = [day for day in days if not pd.isna(day)]
    return max(known) if known else None


def _followed(reach: Sequence[int]) -> bool:
    """Whether the last period has been followed as far as the least of those before it (files stamped by month stop on day 1)."""
    return len(reach) < 2 or reach[-1] >= min(reach[:-1])
