"""Which column is for what: a vendor's own rules first, then guesses, then what the user says."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import islice
from typing import Any

from cx.errors import EmptyFileError, MappingError, NothingToAnalyseError
from cx.intake import breaks, changes, dates, privacy, profile, roles, vendors
from cx.intake import corrections as corrected
from cx.intake.corrections import Correction, Question, Saved, carried, fingerprint
from cx.intake.profile import Profile
from cx.intake.read import Table
from cx.intake.roles import Guess
from cx.intake.sources import Layout
from cx.schema import CANONICAL, DERIVED, OPTIONAL, SCORE_ROLES, SINGLE_ROLES, Column

__all__ = ["Plan", "Question", "Saved", "carried", "data_begins", "fingerprint", "plan"]

EXAMPLES = 3
EXAMPLE_LENGTH = 60
RESERVED = (*CANONICAL, *OPTIONAL, *DERIVED, "_line", "_key", "_hash")
NOT_STORED = frozenset({"personal", "ignore"})
NO_ROLE = NOT_STORED | {"segment"}
OWN_NAME = frozenset({"title", "churned", "segment", "personal", "ignore"})
"""Roles without a canonical column: such columns keep their names."""


@dataclass
class Plan:
    """How a table becomes responses: its columns with role, scale and stored name, and how each kind of cell is read."""

    table: Table
    layout: Layout
    columns: list[Column]
    rows: int
    notices: list[str]
    comments: list[str]
    scale_marker: breaks.Marker | None = None
    guesses: dict[int, Guess] = field(default_factory=dict)
    """By column index: the reading of answers and the form of dates behind each role."""
    names: list[str] = field(default_factory=list)
    """What each column would be called when stored, also those that are not."""
    questions: list[Question] = field(default_factory=list)
    """What the file leaves open; a correction answers it."""

    @property
    def zone(self) -> str | None:
        """The time zone of the date column, when the file or its vendor names one."""
        return next((self.guesses[column.index].form.zone for column in self.columns  # type: ignore[union-attr]
                     if column.role == "date" and self.guesses[column.index].form), None)  # fmt: skip

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """The data records, as (line, cells)."""
        return islice(self.table.records(), data_begins(self.table, self.layout), None)

    def require_roles(self) -> None:
        """Raises NothingToAnalyseError when no column has a role besides segment."""
        if all(column.role in NO_ROLE for column in self.columns):
            names = ", ".join(column.name[:40] for column in self.columns[:6])
            raise NothingToAnalyseError(
                f"{self.table.name}: none of its {len(self.columns)} columns ({names} …) is a comment, an answer on a scale "
                "or a date. Say which is which, for example --map 'COLUMN=comment'."
            )

    def as_json(self) -> dict[str, Any]:
        """The answer of `inspect`."""
        return {
            "source": self.layout.source, "encoding": self.table.encoding, "separator": self.table.separator,
            "header_rows": self.layout.header_rows, "rows": self.rows,
            "columns": [column.as_json() for column in self.columns], "notices": self.notices,
            "questions": [question.as_json() for question in self.questions],
        }  # fmt: skip


def data_begins(table: Table, layout: Layout) -> int:
    """How many records come before the first data record; tables whose cells carry names bring one heading record."""
    return 1 if table.keyed else layout.header_rows


def plan(
    table: Table,
    layout: Layout,
    corrections: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
) -> Plan:
    """Measures every column over all rows and decides what it is for.

    `corrections` maps column names to `role` or `role:option` and has the last word. `remembered` are corrections of an
    earlier file (`carried`): those that do not fit this one are left out and told, never an error. `keep` names personal
    columns that are stored all the same. Raises EmptyFileError (a heading only) and MappingError (no such column, role or
    option, or values that cannot play it).
    """
    width = len(layout.headings)
    records = (cells for _, cells in islice(table.records(), data_begins(table, layout), None))
    profiles, rows, overlong = profile.measure(records, width)
    if rows == 0:
        raise EmptyFileError(f"{table.name} has a heading but no rows. Export it again with at least one answer.")
    wanted = _corrected(table, layout, corrections or {})
    given = {index: vendors.as_role(said, roles.heading(*layout.headings[index]), profiles[index], layout.rules, table.name)
             for index, said in wanted.items()}  # fmt: skip
    again, notices = _remembered(table, layout, remembered or {}, given, profiles)
    given |= again
    guesses = _guessed(layout, profiles, rows, given)
    made = Plan(table, layout, [], rows, [*table.notices, *table.grown()], [], None, dict(enumerate(guesses)))
    names = [name for name, _ in layout.headings]
    made.scale_marker = changes.find(made.records, names, made.guesses, profiles, rows)
    _name_columns(made, profiles, {name.strip().casefold() for name in keep})
    made.questions += _questions(made)
    made.notices += notices + _notices(made, profiles, overlong)
    return made


def _guessed(layout: Layout, profiles: list[Profile], rows: int, given: Mapping[int, Guess]) -> list[Guess]:
    """What each column is for: what the user said, what the vendor's file says, else what it looks like."""
    guesses, fixed = [], set(given)
    for index, (name, label) in enumerate(layout.headings):
        told = given.get(index) or vendors.role(layout, index, profiles)
        if told is not None:
            fixed.add(index)
        guesses.append(told or roles.guess(
            roles.heading(name, label), profiles[index], rows, layout.rules.blank, layout.rules.date_order
        ))  # fmt: skip
    return _one_each([_dated(guess, layout.headings[place], guesses) for place, guess in enumerate(guesses)],
                     set(given), fixed, profiles, rows)  # fmt: skip


def _dated(guess: Guess, heading: tuple[str, str], guesses: list[Guess]) -> Guess:
    """A date with the zone that its heading names, and the order of day and month that other dates of the file show."""
    form = guess.form
    if form is None:
        return guess
    shown = {other.form.order for other in guesses if other.form and other.form.sure}
    if form.ambiguous and len(shown) == 1:
        form = replace(form, order=shown.pop(), ambiguous=False)
    zone = form.zone or dates.named_zone(heading[0]) or dates.named_zone(heading[1])
    return guess._replace(form=replace(form, zone=zone))


def _corrected(table: Table, layout: Layout, corrections: Mapping[str, str]) -> dict[int, Correction]:
    names = [name for name, _ in layout.headings]
    known = {name.casefold(): index for index, name in reversed(list(enumerate(names)))}
    known |= {
        label.casefold(): index for index, (_, label) in enumerate(layout.headings) if label.casefold() not in known
    }
    out: dict[int, Correction] = {}
    for name, given in corrections.items():
        index = names.index(name) if name in names else known.get(name.strip().casefold())
        if index is None:
            close = get_close_matches(name, names, 1, 0.5)
            hint = f"Did you mean “{close[0]}”?" if close else f"It has: {', '.join(names[:12])} …"
            raise MappingError(f"{table.name} has no column “{name}”. {hint}")
        said = corrected.read(name, given)
        if said.role in SINGLE_ROLES and said.role in {other.role for other in out.values()}:
            raise MappingError(f"Two columns cannot both be {said.role}: “{names[index]}” and another. Keep one.")
        out[index] = said
    return out


def _remembered(
    table: Table, layout: Layout, remembered: Mapping[str, str], given: Mapping[int, Guess], profiles: list[Profile]
) -> tuple[dict[int, Guess], list[str]]:
    """Corrections of an earlier file as far as they fit this one; notices about the others."""
    out: dict[int, Guess] = {}
    notices = []
    taken = {guess.role for guess in given.values()} & SINGLE_ROLES
    for name, correction in remembered.items():
        try:
            ((index, said),) = _corrected(table, layout, {name: correction}).items()
            if index in given or said.role in taken:
                continue
            head = roles.heading(*layout.headings[index])
            out[index] = vendors.as_role(said, head, profiles[index], layout.rules, table.name)
            taken |= {said.role} & SINGLE_ROLES
        except MappingError as error:
            notices.append(f"“{name}” was {correction} in an earlier file and is not here: {error}")
    return out, notices


def _one_each(
    guesses: list[Guess], wanted: set[int], fixed: set[int], profiles: list[Profile], rows: int
) -> list[Guess]:
    """At most one column each of the single roles and of the lists: the user's, the vendor's, then the likeliest."""
    out = list(guesses)
    for role in (*sorted(SINGLE_ROLES), "language", "churned", *OPTIONAL):
        holders = [index for index, guess in enumerate(out) if guess.role == role]
        if len(holders) < 2:
            continue
        best = max(holders, key=lambda index: (
            index in wanted, index in fixed and profiles[index].filled > 0, index in fixed,
            out[index].rank * (0.1 + profiles[index].filled / rows), out[index].confidence, -index,
        ))  # fmt: skip
        for index in holders:
            if index != best and index not in wanted:
                out[index] = out[index]._replace(role="segment", confidence=0.5, form=None, reading=None)
    return out


def _questions(made: Plan) -> list[Question]:
    """What only people can tell: the order of day and month, and whether a high answer means little effort."""
    out = []
    for column in made.columns:
        guess = made.guesses[column.index]
        if column.role == "date" and guess.form and guess.form.ambiguous:
            out.append(corrected.about_date(column.name, guess.form.order))
        if column.role == "ces" and guess.unclear and guess.reading:
            out.append(corrected.about_effort(column.name, guess.reading.scale))
    return out


def _name_columns(made: Plan, profiles: list[Profile], keep: Set[str]) -> None:
    """Stored names: the best column of each role takes the canonical name, all others keep their own."""
    canonical = _canonical(made.guesses)
    taken = {name.casefold() for name in RESERVED}
    for index in canonical:
        if made.guesses[index].changed:
            taken.add(f"{canonical[index]} scale")
    for index, (name, label) in enumerate(made.layout.headings):
        guess = made.guesses[index]
        stored = canonical.get(index) or _free(name, taken)
        taken.add(stored.casefold())
        if guess.changed:
            taken.add(f"{stored} scale".casefold())
        made.names.append(stored)
        reading = guess.reading
        made.columns.append(Column(
            index, name, label, guess.role, round(guess.confidence, 2),
            guess.changed or ((reading.scale,) if reading else ()), dict(reading.words) if reading else {},
            _examples(guess.role, profiles[index]), None if _left_out(guess.role, name, keep) else stored,
            _column_notes(made, guess, roles.heading(name, label), profiles[index]),
        ))  # fmt: skip
        if guess.role == "comment":
            made.comments.append(stored)


def _left_out(role: str, name: str, keep: Set[str]) -> bool:
    return role in NOT_STORED and not (role == "personal" and name.casefold() in keep)


def _canonical(guesses: Mapping[int, Guess]) -> dict[int, str]:
    """The columns that are stored under their role's name.

    Of several questions of a kind the one that speaks of the whole (`overall`, or just `rating`); without such a one the
    first for NPS and satisfaction, none for the others: an aspect is not the experience.
    """
    out: dict[int, str] = {}
    for role in dict.fromkeys(guess.role for guess in guesses.values() if guess.role not in OWN_NAME):
        holders = [index for index, guess in guesses.items() if guess.role == role]
        best = holders[0]
        if role in SCORE_ROLES:
            best = max(holders, key=lambda index: (guesses[index].rank, guesses[index].confidence, -index))
            aspects = len(holders) > 1 or (role == "rating" and guesses[best].confidence < 0.7)
            if role not in ("nps", "csat") and guesses[best].rank <= 0 and aspects:
                continue
        out[best] = role
    return out


def _free(name: str, taken: set[str]) -> str:
    number = 2
    unique = name if name.casefold() not in taken else f"{name} (file)"
    while unique.casefold() in taken:
        unique, number = f"{name} ({number})", number + 1
    return unique


def _examples(role: str, column: Profile) -> tuple[str, ...]:
    if role == "personal":
        return ()
    cells = (" ".join(cell.split()) for cell in islice(column.counts, EXAMPLES))
    masked = (cell if role == "response_id" else privacy.mask(cell)[0] for cell in cells)
    return tuple(cell if len(cell) <= EXAMPLE_LENGTH else cell[: EXAMPLE_LENGTH - 1] + "…" for cell in masked)


def _column_notes(made: Plan, guess: Guess, head: roles.Heading, column: Profile) -> tuple[str, ...]:
    notes = []
    if column.filled == 0:
        notes.append("empty")
    elif guess.role == "segment" and (mark := roles.choices(column)):
        notes.append(f"several choices in one cell, parted by “{mark.strip()}”")
    elif guess.role == "segment" and column.filled < made.rows and roles.ticked(head, column):
        notes.append("one choice of several: filled where it was ticked")
    if guess.changed and made.scale_marker:
        notes.append(made.scale_marker.sentence())
    elif guess.reading and guess.reading.rows_off:
        notes.append(f"{guess.reading.rows_off:,} answers off the scale {guess.reading.scale.name}")
    if guess.form and guess.form.zone:
        notes.append(f"time zone {guess.form.zone}")
    return tuple(notes)


def _notices(made: Plan, profiles: list[Profile], overlong: int) -> list[str]:
    """What people should know before they rely on the plan, in plain words."""
    out, held = [], {column.role for column in made.columns}
    if not made.comments:
        out.append("No comments: no column holds free text, so there will be no topics and no sentiment.")
    if not held & set(SCORE_ROLES):
        out.append("No answers on a scale: no column is NPS, satisfaction, effort or a rating.")
    if "date" not in held:
        out.append("No date: nothing can be shown over time.")
    out += _date_notices(made, profiles) + _score_notices(made)
    repeated = [name for name in made.layout.duplicates if name]
    if repeated:
        out.append(f"Headings that repeat got a number: {', '.join(name[:40] for name in repeated[:5])}.")
    if "" in made.layout.duplicates:
        out.append("Columns without a heading are called by their place (column 7).")
    if overlong:
        out.append(f"{overlong:,} rows have more cells than there are headings.")
    return out


def _date_notices(made: Plan, profiles: list[Profile]) -> list[str]:
    out = []
    for column in made.columns:
        form = made.guesses[column.index].form
        if column.role != "date" or form is None:
            continue
        if form.ambiguous:
            how = "the day" if form.order == "dmy" else "the month"
            out.append(f"Dates in “{column.name}” can be read with the day or the month first; read with {how} first.")
        zeros = sum(
            n for cell, n in profiles[column.index].moments.items() if form.nulls and form.stands_for_none(cell)
        )
        if zeros:
            out.append(f"{zeros:,} dates in “{column.name}” stand for “no date” ({', '.join(sorted(form.nulls))}).")
    return out


def _score_notices(made: Plan) -> list[str]:
    out = []
    for column in made.columns:
        if len(column.scales) > 1 and made.scale_marker:
            how = made.scale_marker.sentence()
            out.append(f"“{column.name}” changes its scale: it {how}. The two are never averaged.")
    for role in SCORE_ROLES:
        holders = [column for column in made.columns if column.role == role]
        chosen = next((column.name for column in holders if column.stored == role), None)
        if len(holders) > 1 and chosen is None:
            out.append(f"{len(holders)} columns are a {role} and none is the overall one; each keeps its own name.")
        elif len(holders) > 1 and made.guesses[holders[0].index].rank <= 0 and chosen == holders[0].name:
            out.append(
                f"{len(holders)} columns are a {role}; the first, “{chosen[:60]}”, counts, the others are aspects."
            )
    return out
