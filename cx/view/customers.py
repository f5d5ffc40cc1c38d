"""Customers as people look at them: do they stay, what are they worth, do the lost ones come back, who are they."""

from typing import NamedTuple

import pandas as pd

from cx.measure import consistency, estimate, kpis, personas, value
from cx.measure.estimate import Estimate
from cx.store.datasets import Dataset
from cx.view import theme, wording
from cx.view.filters import Filter

STAYS = {
    "week": wording.noted("of customers stay from one week to the next"),
    "month": wording.noted("of customers stay from one month to the next"),
    "quarter": wording.noted("of customers stay from one quarter to the next"),
    "year": wording.noted("of customers stay from one year to the next"),
}
"""What retention is, by the periods it is counted over."""


class Fact(NamedTuple):
    """A tile: title, unit, the number, and what it means in words; `why` there is none."""

    title: str
    unit: str
    value: Estimate
    words: str
    why: str = ""


class View(NamedTuple):
    """Everything the page shows: tiles, retention by cohort, sentences on what a point of NPS is worth, notes."""

    facts: list[Fact]
    cohorts: pd.DataFrame
    sentences: tuple[str, ...]
    notes: tuple[str, ...]


def view(dataset: Dataset, where: Filter, min_base: int) -> View:
    """Retention, value, recovery and consistency of the responses that fit."""
    kept = value.retention(dataset, where, min_base)
    worth = value.clv(dataset, where)
    back = consistency.recovery(dataset, where, min_base)
    point = value.worth(dataset, where, min_base)
    rows = estimate.suppressed(worth.rows, min_base) if len(worth.rows) else worth.rows
    money = estimate.of_row(rows.iloc[0]) if len(rows) else value.NOTHING
    facts = [
        Fact(wording.of("Retention"), "percent", kept.overall, wording.of(STAYS[kept.unit]), kept.why or ""),
        Fact(wording.of("Value of a customer (CLV)"), "money", money, worth.method, worth.why or ""),
        Fact(
            wording.of("Recovery"),
            "percent",
            back.recovered,
            wording.of("of detractors who answered again are none any more"),
            back.why or "",
        ),
    ]
    facts += [fact for fact in [_alike(dataset, where, min_base)] if fact]
    notes = dict.fromkeys([*kept.notes, *worth.notes, *back.notes, *point.notes])
    cohorts = kept.cohorts if len(kept.cohorts) else pd.DataFrame()
    return View(facts, cohorts, () if point.why else point.sentences, tuple(notes))


def _alike(dataset: Dataset, where: Filter, min_base: int) -> Fact | None:
    """Whether channels give the same experience, by the first KPI there is."""
    have = kpis.available(dataset)
    name = next((name for name in kpis.HEADLINE if name in have), None)
    if name is None or "channel" not in dataset.responses:
        return None
    found = consistency.consistency(dataset, name, "channel", where, min_base)
    words = wording.of("of how channels differ in {kpi} is no more than chance", kpi=kpis.KPIS[name].title)
    if found.worst and found.worst.difference.real:
        first, second = found.worst.first, found.worst.second
        apart = theme.signed(found.worst.difference.value or 0.0, "points")
        words += wording.of("; furthest apart: {a} and {b} ({points})", a=first, b=second, points=apart)
    return Fact(wording.of("Consistency of channels"), "percent", found.estimate, words, found.why or "")


def finding(found: View) -> str:
    """What matters most, in a sentence."""
    kept = found.facts[0]
    if not kept.value.shown:
        few = wording.of("Too few customers to tell who stays")
        return wording.of("Who stays cannot be told yet") if kept.why else few
    return f"{theme.number(kept.value.value, 'percent')} {kept.words}"


def people(dataset: Dataset, where: Filter, min_base: int) -> personas.Personas:
    """The personas among the responses that fit."""
    return personas.find(dataset, where, min_base=min_base)
