"""Do customers stay, and what is that worth: retention, churn, CLV, and each by promoters, passives and detractors."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from cx.measure import activity, churned, cohorts, estimate, lifetime
from cx.measure.activity import LOYALTY, SIDES, Activity
from cx.measure.estimate import Difference, Estimate
from cx.measure.lifetime import Value
from cx.store.datasets import Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter

UNITS = {"retention": "percent", "churn": "percent", "clv": "money"}
"""The KPIs of customers, in the order of the page."""

NOTHING = Estimate(None, None, None, 0)


class Retention(NamedTuple):
    """Retention and churn in percent with their intervals, n customers.

    `cohorts`: a row per cohort and age (cohorts.COHORTS); `periods`: retention into each period (empty where a column
    says who left). `unit`: the period (`month` …). `notes`: what was left out; `why`: why there is no number.
    """

    overall: Estimate
    churn: Estimate
    cohorts: pd.DataFrame
    periods: pd.DataFrame
    unit: str
    notes: tuple[str, ...] = ()
    why: str | None = None


class Worth(NamedTuple):
    """Retention (percent) and CLV (money) of promoters, passives and detractors, and what goes with a point of NPS.

    `retention` and `clv` have a row per group (`loyalty`). `retention_point` (percentage points) and `clv_point` (money
    per customer) are a two-hundredth of promoters − detractors: a point more is half a percent of the customers turned
    from detractors into promoters. They say what goes together, not what causes what. `sentences` say it.
    """

    retention: pd.DataFrame
    clv: pd.DataFrame
    retention_point: Difference
    clv_point: Difference
    customers: int
    sentences: tuple[str, ...]
    notes: tuple[str, ...] = ()
    why: str | None = None


def retention(dataset: Dataset, where: Filter = ALL, min_base: int = 10, unit: str = "") -> Retention:
    """Retention and churn, overall, by cohort and by period.

    A column with the role `churned` decides where there is one: the share of customers who have not left. Else a
    customer active in a period is kept when active in the next, with any response or purchase.
    """
    name = churned.column(dataset)
    if name:
        rates = churned.rates(dataset, name, where)
        table = churned.table(dataset, name, where, unit)
        unit = unit or "quarter"
        silent = wording.of("There is no retention: nothing in the column '{column}' says who left.", column=name)
        why = None if len(rates) else silent
        return _retention(rates, table, pd.DataFrame(), unit, _said(dataset, name), why, min_base)
    found = activity.counted(dataset, where, unit=unit)
    if found.why:
        return _retention(
            pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), found.unit, found.notes, _sorry(found.why), min_base
        )
    rates, table, periods = (make(found, where) for make in (cohorts.overall, cohorts.table, cohorts.periods))
    why = None if len(rates) else _sorry(_unfollowed(found))
    return _retention(rates, table, periods, found.unit, found.notes, why, min_base)


def clv(dataset: Dataset, where: Filter = ALL, by: Sequence[str] = ()) -> Value:
    """Customer lifetime value in money: by the models of purchases where there are enough, else by the margin formula.

    With both impossible `why` names both reasons. `by` may hold activity.LOYALTY.
    """
    found = lifetime.modelled(dataset, where, by)
    if found.why is None:
        return found
    people = activity.counted(dataset, where, [name for name in by if name != LOYALTY], LOYALTY in by)
    other = lifetime.simple(dataset, people, where, by)
    if other.why is None:
        said = (found.why,) if activity.has_purchases(dataset) else ()
        return other._replace(notes=(*said, *other.notes))
    return other if not activity.has_purchases(dataset) else found._replace(why=f"{found.why} {other.why}")


def rates(dataset: Dataset, where: Filter = ALL, by: Sequence[str] = (), unit: str = "") -> pd.DataFrame:
    """Retention in percent per group of columns of facts: *by, value, low, high, n, …; empty where there is none.

    `by` may hold activity.LOYALTY: promoters, passives, detractors, by the latest answer before the period in question.
    """
    if name := churned.column(dataset):
        return churned.rates(dataset, name, where, by)
    plain = [column for column in by if column != LOYALTY]
    found = activity.counted(dataset, where, plain, LOYALTY in by, unit)
    if found.why:
        return pd.DataFrame(columns=[*by, *estimate.COLUMNS])
    return cohorts.by_loyalty(found, where, plain) if LOYALTY in by else cohorts.overall(found, where, plain)


def table(dataset: Dataset, by: Sequence[str] = (), where: Filter = ALL, min_base: int = 10) -> pd.DataFrame:
    """Rows of `retention`, `churn` and `clv` as kpis.table has them: kpi, unit, *by, value, low, high, n.

    A KPI that cannot be counted has no row.
    """
    kept = rates(dataset, where, by)
    frames = {
        "retention": kept,
        "churn": cohorts.turned(kept) if len(kept) else kept,
        "clv": clv(dataset, where, by).rows,
    }
    held = [
        estimate.suppressed(frame, min_base).assign(kpi=kpi, unit=UNITS[kpi])
        for kpi, frame in frames.items()
        if len(frame)
    ]
    columns = ["kpi", "unit", *by, *estimate.COLUMNS]
    return pd.concat(held, ignore_index=True)[columns] if held else pd.DataFrame(columns=columns)


def worth(dataset: Dataset, where: Filter = ALL, min_base: int = 10) -> Worth:
    """What a point of NPS is worth here: retention and CLV of promoters against detractors, with intervals."""
    why: str | None = None
    if not dataset.filled.get("nps") or not dataset.filled.get("customer_id"):
        why = wording.of("A point of NPS cannot be valued: it needs answers to NPS of known customers.")
        return Worth(
            _sides(None, min_base), _sides(None, min_base), estimate.UNKNOWN, estimate.UNKNOWN, 0, (why,), (), why
        )
    money = clv(dataset, where, [LOYALTY])
    stay, rows = (_sides(frame, min_base) for frame in (rates(dataset, where, [LOYALTY]), money.rows))
    points = _point(Value(stay), stay), _point(money, rows)
    customers = int(max(stay["n"].sum(), rows["n"].sum()))
    if all(point.value is None for point in points):
        why = wording.of(
            "A point of NPS cannot be valued: too few promoters or detractors (fewer than {least}) with a retention or value.",
            least=min_base,
        )
    sentences = (why,) if why else _sentences(*points, int(rows["n"].sum()))
    return Worth(stay, rows, *points, customers, sentences, money.notes, why)


def _retention(
    rates: pd.DataFrame, table: pd.DataFrame, periods: pd.DataFrame, unit: str, notes: tuple[str, ...],
    why: str | None, min_base: int,
) -> Retention:  # fmt: skip
    table = cohorts.suppressed(table, min_base) if len(table) else table
    periods = estimate.suppressed(periods, min_base) if len(periods) else periods
    if rates.empty:
        return Retention(NOTHING, NOTHING, table, periods, unit, notes, why)
    kept = estimate.suppressed(rates, min_base)
    one = estimate.of_row(kept.iloc[0])
    if one.value is None:
        why = wording.counted(
            "There is no retention: it needs at least {least} customers, there is {n}.",
            "There is no retention: it needs at least {least} customers, there are {n}.",
            one.n, least=max(min_base, 2),
        )  # fmt: skip
    return Retention(one, estimate.of_row(cohorts.turned(kept).iloc[0]), table, periods, unit, notes, why)


def _sorry(why: str) -> str:
    return wording.of("There is no retention: {why}.", why=why)


def _unfollowed(found: Activity) -> str:
    if len(found.starts) < 2:
        return wording.of(ONLY_ONE[found.unit])
    return wording.of("nobody among these was active in a period that is followed by another")


ONLY_ONE = {
    "week": wording.noted("the data cover only one week; it takes two to see who stays"),
    "month": wording.noted("the data cover only one month; it takes two to see who stays"),
    "quarter": wording.noted("the data cover only one quarter; it takes two to see who stays"),
    "year": wording.noted("the data cover only one year; it takes two to see who stays"),
}


def _said(dataset: Dataset, name: str) -> tuple[str, ...]:
    notes = [wording.of("The column '{column}' says who left.", column=name)]
    if not dataset.filled.get("customer_id"):
        notes.append(wording.of("No column says which customer answered: each response counts as a customer."))
    if many := churned.unread(dataset, name):
        unread = wording.of(
            "{n} responses say neither that the customer left nor that they stayed.", n=wording.whole(many)
        )
        notes.append(unread)
    return tuple(notes)


def _sides(frame: pd.DataFrame | None, min_base: int) -> pd.DataFrame:
    """A row for each of promoters, passives and detractors, n 0 where there are none."""
    every = pd.DataFrame({"loyalty": [SIDES[side] for side in sorted(SIDES, reverse=True)]})
    if frame is None or frame.empty:
        return every.reindex(columns=["loyalty", *estimate.COLUMNS]).assign(n=0)
    rows = estimate.suppressed(frame, min_base).rename(columns={LOYALTY: "loyalty"})
    out = every.merge(rows[["loyalty", *estimate.COLUMNS]], on="loyalty", how="left")
    return out.assign(n=out["n"].fillna(0).astype("int64"))


def _point(found: Value, shown: pd.DataFrame) -> Difference:
    """A two-hundredth of promoters − detractors, where both are shown."""
    if shown.set_index("loyalty").loc[[SIDES[3], SIDES[1]], "value"].isna().any():
        return estimate.UNKNOWN
    sides = found.rows[LOYALTY if LOYALTY in found.rows else "loyalty"].tolist()
    whole = lifetime.difference(found, sides.index(SIDES[3]), sides.index(SIDES[1]))
    value, low, high = (None if part is None else part / 200 for part in whole[:3])
    return Difference(value, low, high, whole.p)


def _sentences(stay: Difference, money: Difference, customers: int) -> tuple[str, ...]:
    out = []
    if stay.value is not None:
        told = wording.of("A point of NPS goes with {points} percentage points of retention", points=_signed(stay, 2))
        out.append(told + ("." if stay.real else wording.of(": within noise.")))
    if money.value is not None:
        told = wording.of(
            "A point of NPS goes with {money} of value per customer, {whole} for the {n} customers known",
            money=_signed(money, 2), whole=_plus(money.value * customers, 0), n=wording.whole(customers),
        )  # fmt: skip
        out.append(told + ("." if money.real else wording.of(": within noise.")))
    return tuple(out)


def _signed(found: Difference, digits: int) -> str:
    low, high = (wording.decimal(end or 0.0, digits) for end in (found.low, found.high))
    return f"{_plus(found.value or 0.0, digits)} ({wording.of('{low} to {high}', low=low, high=high)})"


def _plus(value: float, digits: int) -> str:
    return ("" if value < 0 else "+") + wording.decimal(value, digits)
