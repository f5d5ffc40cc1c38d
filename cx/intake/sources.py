"""Which tool wrote a file. A vendor is a data file in `sources/`; this module only interprets it.

A vendor's TOML holds: `name`, `trust` (what the description rests on), one or more `[[recognise]]` (conditions, all of
which must hold, with the number of header rows and a confidence), `[roles]` (role → headings in order of preference, a
heading that starts with `~` is a regular expression), `[extract]` (heading → the part of the cell that counts),
`[scales]` (role → lowest and highest answer), `[values.<role>]` (worded answers), `blank` (cells that are no answer),
`[dates]` (order, zone, null), `[complete]`, `[[drop]]` (rows that are no answers, with the reason) and `[[by_kind]]` (a
score whose role another column names).
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from cx.intake.read import Table

FOLDER = Path(__file__).parent / "sources"
FALLBACK = "generic_survey"
EMPTY_CHOICES = frozenset({"", "response", "open-ended response", "answer"})
"""Second headings that say nothing beyond the question above them."""

_KEY = re.compile(r"[^\w#]+|_")
_TIME_ZONE = re.compile(r'"timeZone"\s*:\s*"([^"]{1,60})"')
_TAG = re.compile(r"<[^<>]{1,200}>")

Cells = list[str]


@dataclass(frozen=True)
class Rules:
    """A vendor's data file, parsed."""

    name: str
    trust: str = ""
    recognise: tuple[Mapping[str, Any], ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extract: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    blank: frozenset[str] = frozenset()
    date_order: str | None = None
    date_asks: bool = False
    date_zone: str | None = None
    null_dates: frozenset[str] = frozenset()
    complete: Mapping[str, Any] = field(default_factory=dict)
    drop: tuple[Mapping[str, Any], ...] = ()
    by_kind: tuple[Mapping[str, Any], ...] = ()
    unquote: bool = False


@dataclass(frozen=True)
class Layout:
    """How a table is laid out: `headings` are (name, question text), names unique; `header_rows` records come first."""

    source: str
    header_rows: int
    headings: list[tuple[str, str]]
    rules: Rules
    duplicates: tuple[str, ...] = ()
    """Headings that occur more than once, or '' for empty ones."""


def key(heading: str) -> str:
    """A heading reduced to what it says: case, spaces and punctuation do not count (`Respondent ID` = `RespondentID`)."""
    folded = unicodedata.normalize("NFKC", heading).casefold()
    return _KEY.sub("", folded) or folded.strip()


@cache
def catalogue() -> dict[str, Rules]:
    """All vendors by name, in the order of their files' names."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        dates = given.get("dates", {})
        found[given["name"]] = Rules(
            name=given["name"],
            trust=given.get("trust", ""),
            recognise=tuple(given.get("recognise", ())),
            roles={role: tuple(headings) for role, headings in given.get("roles", {}).items()},
            extract={key(heading): pattern for heading, pattern in given.get("extract", {}).items()},
            scales={role: (ends[0], ends[1]) for role, ends in given.get("scales", {}).items()},
            values=given.get("values", {}),
            blank=frozenset(word.casefold() for word in given.get("blank", ())),
            date_order=dates.get("order"),
            date_asks=dates.get("ask", False),
            date_zone=dates.get("zone"),
            null_dates=frozenset(dates.get("null", ())),
            complete=given.get("complete", {}),
            drop=tuple(given.get("drop", ())),
            by_kind=tuple(given.get("by_kind", ())),
            unquote=given.get("unquote", False),
        )
    return found


def recognise(table: Table) -> Layout:
    """The layout of a table: the vendor whose conditions hold with the highest confidence, else a generic survey."""
    title_rows = _title_rows(table.head)
    best: tuple[float, int, Rules, Mapping[str, Any]] | None = None
    for skipped in dict.fromkeys((0, title_rows)):
        head = table.head[skipped:]
        for rules in catalogue().values():
            for form in rules.recognise:
                if (best is None or form["confidence"] > best[0]) and _holds(form, head):
                    best = form["confidence"], skipped, rules, form
        if best is not None and best[0] > 0.5:
            break
    if best is None or best[0] <= 0.5:  # generic: whatever stands above the table is no heading
        best = (
            best[0] if best else 0.0,
            title_rows,
            best[2] if best else catalogue()[FALLBACK],
            best[3] if best else {},
        )
    _, skipped, rules, form = best
    headings, duplicates = _headings(table.head[skipped:], form)
    rows = 0 if table.keyed else skipped + form.get("header_rows", 1)
    return Layout(rules.name, rows, headings, _zoned(rules, table.head[:rows]), duplicates)


def _zoned(rules: Rules, headings: list[Cells]) -> Rules:
    """The rules with the time zone that the heading names beside its import ids."""
    found = {match[1] for cells in headings for cell in cells if (match := _TIME_ZONE.search(cell))}
    zone = found.pop() if len(found) == 1 else None
    return replace(rules, date_zone="UTC" if zone == "Z" else zone) if zone else rules


def _title_rows(head: list[Cells]) -> int:
    """How many records above the heading hold nothing but one cell (`Report of May`), in a table of at least three."""
    filled = [sum(bool(cell.strip()) for cell in cells) for cells in head]
    count = 0
    while count + 2 < len(head) and filled[count] == 1 and min(filled[count + 1 :][-2:]) >= 3:
        count += 1
    return count


def _holds(form: Mapping[str, Any], head: list[Cells]) -> bool:
    return all(CONDITIONS[name](form, head) for name in form if name in CONDITIONS)


def _row(form: Mapping[str, Any], head: list[Cells]) -> Cells:
    number = form.get("record", 0)
    return head[number] if number < len(head) else []


def _all(form: Mapping[str, Any], head: list[Cells]) -> bool:
    return {key(heading) for heading in form["all"]} <= set(map(key, _row(form, head)))


def _any(form: Mapping[str, Any], head: list[Cells]) -> bool:
    return len({key(heading) for heading in form["any"]} & set(map(key, _row(form, head)))) >= form.get("at_least", 1)


def _also(form: Mapping[str, Any], head: list[Cells]) -> bool:
    return bool({key(heading) for heading in form["also"]} & set(map(key, _row(form, head))))


def _first(form: Mapping[str, Any], head: list[Cells]) -> bool:
    row = _row(form, head)
    return bool(row) and row[0].strip() in form["first"]


def _matches(form: Mapping[str, Any], head: list[Cells]) -> bool:
    pattern = re.compile(form["matches"], re.I)
    return any(pattern.search(cell) for cell in _row(form, head))


def _cells_start(form: Mapping[str, Any], head: list[Cells]) -> bool:
    filled = [cell.strip() for cell in _row(form, head) if cell.strip()]
    return bool(filled) and sum(cell.startswith(form["cells_start"]) for cell in filled) * 2 > len(filled)


def _second_row_of_choices(form: Mapping[str, Any], head: list[Cells]) -> bool:
    """Whether the record below the heading has no key yet, and the one after it has: it is the heading's second row."""
    below = head[1:3]
    return len(below) == 2 and (not below[0][0].strip() and bool(below[1][0].strip())) == form["second_row_of_choices"]


CONDITIONS: dict[str, Callable[[Mapping[str, Any], list[Cells]], bool]] = {
    "all": _all,
    "any": _any,
    "also": _also,
    "first": _first,
    "matches": _matches,
    "cells_start": _cells_start,
    "second_row_of_choices": _second_row_of_choices,
}
"""What a `[[recognise]]` can ask of the first records. `record` says which of them holds the headings asked for."""


def _headings(head: list[Cells], form: Mapping[str, Any]) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    rows = head[: form.get("header_rows", 1)]
    width = max(len(row) for row in rows)
    first, second = ([cell.strip() for cell in row + [""] * (width - len(row))] for row in (rows[0], rows[-1]))
    if form.get("heading") == "question and choice":
        named = _questions_and_choices(first, second)
    elif "label_record" in form:
        row = head[form["label_record"]]
        labels = [_plain(cell) for cell in row + [""] * (width - len(row))]
        named = [(name, label or name) for name, label in zip(first, labels, strict=False)]
    else:
        named = _asked_in_cells(first, head[len(rows) :])
    return _unique(named)


def _asked_in_cells(headings: Cells, below: list[Cells]) -> list[tuple[str, str]]:
    """Headings and their labels: of two columns without a heading, the first may hold the question that the second answers."""
    named = [(name, _plain(name)) for name in headings]
    for place in range(len(headings) - 1):
        said = {row[place].strip() for row in below if place < len(row)} - {""}
        if (
            len(below) > 1
            and not headings[place]
            and not headings[place + 1]
            and len(said) == 1
            and " " in (question := said.pop())
        ):
            named[place + 1] = ("", _plain(question))
    return named


def _questions_and_choices(first: Cells, second: Cells) -> list[tuple[str, str]]:
    """Two rows make a heading: a blank question belongs to the one on its left, unless the row below asks itself."""
    named, question, open_group = [], "", False
    asked_below = ""
    for above, below in zip(first, second, strict=True):
        if above:
            question, open_group = above, True
        elif below.endswith("?") or not open_group:
            question, open_group = asked_below if below.casefold() == "other" else "", False
            asked_below = "" if question else below
        choice = "" if below.casefold() in EMPTY_CHOICES else below
        name = f"{question}: {choice}" if question and choice else question or choice
        named.append((name, _plain(name)))
        if choice.casefold() == "other":  # the last choice a question offers
            open_group = False
    return named


def _plain(label: str) -> str:
    return " ".join(_TAG.sub(" ", label).split())


def _unique(named: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    out: list[tuple[str, str]] = []
    taken: set[str] = set()
    duplicates: dict[str, None] = {}
    for number, (name, label) in enumerate(named, 1):
        unique, again = name or f"column {number}", 2
        if not name or name in taken:
            duplicates[name] = None
        while unique in taken:
            unique, again = f"{name or f'column {number}'} ({again})", again + 1
        taken.add(unique)
        out.append((unique, label or unique))
    return out, tuple(duplicates)
