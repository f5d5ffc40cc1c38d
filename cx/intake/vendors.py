"""What a vendor's data file, or the user, says about a column, checked against the column's values."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cx.errors import MappingError
from cx.intake import dates, roles, scales
from cx.intake.corrections import Correction
from cx.intake.profile import Profile
from cx.intake.roles import Guess, Heading
from cx.intake.sources import Layout, Rules, key
from cx.schema import SCORE_ROLES, Scale

FITS = 0.5
"""Share of the filled cells that must be readable for a role that the user asks for."""


def role(layout: Layout, index: int, columns: Sequence[Profile]) -> Guess | None:
    """What the vendor's file says a column is, when its values bear it; None where it says nothing."""
    name, label = layout.headings[index]
    column = columns[index]
    for rule in layout.rules.by_kind:
        if any(_meant(heading, name, label) for heading in rule["score"]):
            return _by_kind(rule, layout, roles.heading(name, label), column, columns)
    for wanted, headings in layout.rules.roles.items():
        for place, heading in enumerate(headings):
            if _meant(heading, name, label):
                return _told(wanted, roles.heading(name, label), column, layout.rules, -place)
    return None


def _by_kind(
    rule: Mapping[str, Any], layout: Layout, head: Heading, column: Profile, columns: Sequence[Profile]
) -> Guess:
    """A score whose kind another column names; several kinds in one file have no scale in common: a segment."""
    kinds = {scales.said(cell) for at, other in enumerate(layout.headings) if any(_meant(heading, *other) for heading in rule["kind"])
             for cell in columns[at].counts}  # fmt: skip
    wanted = {role for kind, role in rule["roles"].items() if scales.said(kind) in kinds}
    found = _told(wanted.pop(), head, column, layout.rules, 0.0) if len(kinds) == len(wanted) == 1 else None
    return found or Guess("segment", 0.6)


def _meant(heading: str, name: str, label: str) -> bool:
    if heading.startswith("~"):
        return re.search(heading[1:], name, re.I) is not None
    wanted = key(heading)
    return wanted in (key(name), key(label))


def _told(wanted: str, head: Heading, column: Profile, rules: Rules, rank: float) -> Guess | None:
    if wanted == "date":
        form = _form(column, rules)
        if form is None and column.filled:
            return None
        return Guess("date", 0.99, form=form or dates.DateForm(), rank=10.0 + rank)
    if wanted == "response_id":
        unique = distinct_keys(column, rules.extract.get(key(head.name)))
        return Guess("response_id", 0.99, rank=10.0 + rank) if unique else None
    if wanted in SCORE_ROLES:
        reading = _reading(wanted, column, rules)
        if reading is None and column.filled:
            return None
        found = Guess(wanted, 0.97, reading, rank=10.0 + rank)
        return roles.directed(found, head, column) if wanted == "ces" else found
    return Guess(wanted, 0.97, rank=10.0 + rank)


def _form(column: Profile, rules: Rules, told: str | None = None) -> dates.DateForm | None:
    order, sure = (told, True) if told else (rules.date_order, not rules.date_asks)
    return dates.settle(
        column.moments, True, order, rules.null_dates, rules.date_zone, column.counts, sure and _fits(column, told)
    )


def _fits(column: Profile, told: str | None) -> bool:
    """The vendor's order gives way to what a column shows, the user's does not."""
    return told is not None or not (shown := dates.settle(column.moments, True, cells=column.counts)) or not shown.sure


def distinct_keys(column: Profile, pattern: str | None) -> bool:
    """Whether the filled keys differ in at least 99 % of their rows."""
    if pattern is None:
        return column.distinct >= 0.99 * column.filled
    keys = [match[1] for cell in column.counts if (match := re.search(pattern, cell, re.I))]
    return len(set(keys)) >= 0.99 * len(keys)


def _reading(wanted: str, column: Profile, rules: Rules) -> scales.Reading | None:
    """How answers are read where the vendor names the scale or the words; where it does not, as their values show."""
    words = {scales.said(word): float(place) for word, place in rules.values.get(wanted, {}).items()}
    given = rules.scales.get(wanted)
    on = off = 0
    for cell, rows in column.counts.items():
        if scales.is_blank(cell, rules.blank):
            continue
        value = words.get(scales.said(cell), scales.number(cell))
        fits = value is not None and (given is None or given[0] <= value <= given[1])
        on, off = on + rows * fits, off + rows * (not fits)
    if given is not None and on >= FITS * (on + off):
        return scales.Reading(Scale(*given), words, on, off)
    return _shown(wanted, column, rules.blank)


def _shown(wanted: str, column: Profile, blank: frozenset[str]) -> scales.Reading | None:
    if wanted == "nps":
        return scales.read_nps(column.counts, blank)
    return scales.read_words(column.counts, blank) or scales.read_numbers(column.counts, blank)


def as_role(wanted: Correction, head: Heading, column: Profile, rules: Rules, file: str) -> Guess:
    """A role the user gives a column. Raises MappingError, naming the values found, when they cannot play it."""
    role = wanted.role
    if role in SCORE_ROLES:
        return _as_score(wanted, head, column, rules, file)
    if role == "date":
        form = _form(column, rules, wanted.order)
        if form is None:
            raise MappingError(_misfit(role, head, column, file, "dates"))
        return Guess("date", 1.0, form=form, rank=20.0)
    if role in ("revenue", "weight"):
        amounts = [scales.amount(cell) for cell in column.sample()]
        if sum(value is not None for value in amounts) < FITS * max(1, len(amounts)) or not amounts:
            raise MappingError(_misfit(role, head, column, file, "numbers"))
    if role == "response_id" and not distinct_keys(column, rules.extract.get(key(head.name))):
        raise MappingError(
            f"{file}: “{head.name}” cannot be response_id: only {column.distinct:,} different values in {column.filled:,} "
            "filled rows. Choose a column whose values do not repeat, or none."
        )
    return Guess(role, 1.0, rank=20.0)


def _as_score(wanted: Correction, head: Heading, column: Profile, rules: Rules, file: str) -> Guess:
    role = wanted.role
    reading = _on_scale(wanted.scale, column, rules.blank) if wanted.scale else _shown(role, column, rules.blank)
    reading = reading or _two_answers(role, column)
    if reading is None:
        needs = "whole numbers from 0 to 10" if role == "nps" else "numbers on a scale or worded answers"
        raise MappingError(_misfit(role, head, column, file, needs))
    found = Guess(role, 1.0, reading, rank=20.0, told=wanted.scale is not None)
    if wanted.low_is_good is not None:
        scale = reading.scale._replace(low_is_good=wanted.low_is_good)
        return found._replace(reading=reading._replace(scale=scale))
    return roles.directed(found, head, column) if role == "ces" else found


def _on_scale(ends: tuple[float, float], column: Profile, blank: frozenset[str]) -> scales.Reading | None:
    """The answers as numbers on a scale that the user names; None when fewer than half are."""
    values = {cell: scales.number(cell) for cell in column.counts if not scales.is_blank(cell, blank)}
    on = sum(column.counts[cell] for cell, value in values.items() if value is not None and ends[0] <= value <= ends[1])
    off = sum(column.counts[cell] for cell in values) - on
    return scales.Reading(Scale(*ends), {}, on, off) if on and on >= FITS * (on + off) else None


def _two_answers(wanted: str, column: Profile) -> scales.Reading | None:
    """Yes/no and 0/1 columns become a score only when the user asks for it."""
    words: Mapping[str, float] = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0, "1": 1.0, "0": 0.0}
    known = {scales.said(cell): rows for cell, rows in column.counts.items() if not scales.is_blank(cell)}
    if wanted == "nps" or not known or not set(known) <= set(words):
        return None
    return scales.Reading(Scale(0, 1), words, sum(known.values()), 0)


def _misfit(wanted: str, head: Heading, column: Profile, file: str, needs: str) -> str:
    found = ", ".join(f"“{' '.join(cell.split())[:30]}”" for cell, _ in column.counts.most_common(6)) or "nothing"
    return f"{file}: “{head.name}” cannot be {wanted}: its values are {found}; {wanted} needs {needs}. Choose another column."
