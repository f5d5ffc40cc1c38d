"""Which column is for what: a vendor's own rules first, then guesses, then what the user says."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from itertools import islice
from typing import Any

from cx.errors import EmptyFileError, MappingError, NothingToAnalyseError
from cx.intake import breaks, privacy, profile, roles, scales, vendors
from cx.intake.profile import Profile
from cx.intake.read import Table
from cx.intake.roles import Guess
from cx.intake.sources import Layout
from cx.schema import CANONICAL, DERIVED, OPTIONAL, ROLES, SCORE_ROLES, SINGLE_ROLES, Column, Scale

EXAMPLES = 3
EXAMPLE_LENGTH = 60
FORM_COLUMN_FILL = (0.01, 0.99)
"""A column that tells one form from another is filled in part of the rows."""

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
        }  # fmt: skip


def data_begins(table: Table, layout: Layout) -> int:
    """How many records come before the first data record; tables whose cells carry names bring one heading record."""
    return 1 if table.keyed else layout.header_rows


def plan(table: Table, layout: Layout, corrections: Mapping[str, str] | None = None) -> Plan:
    """Measures every column over all rows and decides what it is for.

    `corrections` maps column names to roles and has the last word. Raises EmptyFileError (a heading only) and
    MappingError (no such column or role, or values that cannot play it).
    """
    width = len(layout.headings)
    records = (cells for _, cells in islice(table.records(), data_begins(table, layout), None))
    profiles, rows, overlong = profile.measure(records, width)
    if rows == 0:
        raise EmptyFileError(f"{table.name} has a heading but no rows. Export it again with at least one answer.")
    wanted = _corrected(table, layout, corrections or {})
    guesses, fixed = [], set(wanted)
    for index, (name, label) in enumerate(layout.headings):
        head = roles.heading(name, label)
        told = vendors.role(layout, index, profiles)
        if index in wanted:
            guesses.append(vendors.as_role(wanted[index], head, profiles[index], rows, layout.rules, table.name))
        elif told is not None:
            guesses.append(told)
            fixed.add(index)
        else:
            guesses.append(roles.guess(head, profiles[index], rows, layout.rules.blank, layout.rules.date_order))
    guesses = _one_each(guesses, set(wanted), fixed, profiles, rows)
    made = Plan(table, layout, [], rows, list(table.notices), [], None, dict(enumerate(guesses)))
    made.scale_marker = _form_change(made, profiles)
    _name_columns(made, profiles)
    made.notices += _notices(made, profiles, overlong)
    return made


def _corrected(table: Table, layout: Layout, corrections: Mapping[str, str]) -> dict[int, str]:
    names = [name for name, _ in layout.headings]
    folded = {name.casefold(): index for index, name in reversed(list(enumerate(names)))}
    folded |= {
        label.casefold(): index for index, (_, label) in enumerate(layout.headings) if label.casefold() not in folded
    }
    out: dict[int, str] = {}
    for name, role in corrections.items():
        index = names.index(name) if name in names else folded.get(name.strip().casefold())
        if index is None:
            close = get_close_matches(name, names, 1, 0.5)
            hint = f"Did you mean “{close[0]}”?" if close else f"It has: {', '.join(names[:12])} …"
            raise MappingError(f"{table.name} has no column “{name}”. {hint}")
        if role not in ROLES:
            close = get_close_matches(role, ROLES, 1, 0.5)
            hint = f"Did you mean “{close[0]}”?" if close else f"Roles are: {', '.join(ROLES)}."
            raise MappingError(f"“{role}” (for the column “{name}”) is no role. {hint}")
        if role in SINGLE_ROLES and role in out.values():
            raise MappingError(f"Two columns cannot both be {role}: “{names[index]}” and another. Keep one.")
        out[index] = role
    return out


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


def _form_change(made: Plan, profiles: list[Profile]) -> breaks.Marker | None:
    """The change of form within the file, looked for in the columns of whole-number answers, the overall one first."""
    scored = [index for index, guess in made.guesses.items() if _may_change(guess)]
    dated = next((index for index, guess in made.guesses.items() if guess.role == "date" and guess.form), None)
    if dated is None or not scored:
        return None
    low, high = FORM_COLUMN_FILL
    candidates = [index for index, column in enumerate(profiles)
                  if low * made.rows <= column.filled <= high * made.rows and index not in scored]  # fmt: skip
    counts = _answers_by_day(made, scored, candidates, dated)
    names = [name for name, _ in made.layout.headings]
    for index in sorted(scored, key=lambda index: -made.guesses[index].rank):
        scale = made.guesses[index].reading.scale  # type: ignore[union-attr]
        marker = breaks.find(counts[index], scale, [(at, names[at]) for at in candidates], (dated, names[dated]))
        if marker is not None:
            _set_scales(made, counts, marker, candidates)
            return marker
    return None


def _may_change(guess: Guess) -> bool:
    reading = guess.reading
    return (
        guess.role in SCORE_ROLES
        and guess.role != "nps"
        and reading is not None
        and not reading.words
        and reading.scale.max > 5
    )


def _answers_by_day(made: Plan, scored: list[int], candidates: list[int], dated: int) -> dict[int, Counter[breaks.Key]]:
    form = made.guesses[dated].form
    assert form is not None
    days: dict[str, int | None] = {}
    counts: dict[int, Counter[breaks.Key]] = {index: Counter() for index in scored}
    width = len(made.layout.headings)
    for _, cells in made.records():
        cells = cells if len(cells) >= width else cells + [""] * (width - len(cells))
        shown = cells[dated]
        if shown not in days:
            moment = form.read(shown)
            days[shown] = moment.toordinal() if moment else None
        filled = tuple(not (not cells[index] or cells[index].isspace()) for index in candidates)
        for index in scored:
            value = scales.number(cells[index])
            if value is not None and value > 0:
                counts[index][(days[shown], value, filled)] += 1
    return counts


def _set_scales(
    made: Plan, counts: dict[int, Counter[breaks.Key]], marker: breaks.Marker, candidates: list[int]
) -> None:
    """Gives every column that changed with the form its two scales, each with its first and last date and its rows."""
    for index, rows in counts.items():
        groups: dict[bool, list[tuple[int | None, int]]] = {False: [], True: []}
        by_form: Counter[tuple[bool, float]] = Counter()
        for (day, answer, filled), n in rows.items():
            new = _on_new_form(marker, day, filled, candidates)
            groups[new].append((day, n))
            by_form[new, answer] += n
        if not breaks.holds(by_form, marker):
            continue
        both = tuple(_dated(scale, groups[new]) for scale, new in ((marker.before, False), (marker.then, True)))
        made.guesses[index] = made.guesses[index]._replace(changed=both)


def _on_new_form(marker: breaks.Marker, day: int | None, filled: tuple[bool, ...], candidates: list[int]) -> bool:
    if marker.since is not None:
        return day is not None and day >= marker.since.toordinal()
    return filled[candidates.index(marker.column)]


def _dated(scale: Scale, rows: list[tuple[int | None, int]]) -> Scale:
    days = [day for day, _ in rows if day is not None]
    begin, end = (str(date.fromordinal(day)) if days else None for day in (min(days, default=1), max(days, default=1)))
    return scale._replace(begin=begin, end=end, rows=sum(n for _, n in rows))


def _name_columns(made: Plan, profiles: list[Profile]) -> None:
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
            _examples(guess.role, profiles[index]), None if guess.role in NOT_STORED else stored,
            _column_notes(made, guess, profiles[index]),
        ))  # fmt: skip
        if guess.role == "comment":
            made.comments.append(stored)


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


def _column_notes(made: Plan, guess: Guess, column: Profile) -> tuple[str, ...]:
    notes = []
    if column.filled == 0:
        notes.append("empty")
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
