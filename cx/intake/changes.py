"""A file whose form changes on its way: looked for over all its rows, in the columns of answers that may show it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice, repeat
from typing import Any

from cx.intake import breaks, dates, scales
from cx.intake.documents import Broken, Records
from cx.intake.profile import CHUNK, Profile, columns
from cx.intake.roles import Guess
from cx.schema import SCORE_ROLES, Scale

FORM_COLUMN_FILL = (0.01, 0.99)
"""A column that tells one form from another is filled in part of the rows."""

MOST_LOOKED_AT = 20_000_000
"""Cells that may tell one form from another; of a file with more every second (third …) row is looked at."""

FIRST_DAY = dates.EPOCH.toordinal()


def find(
    records: Callable[[], Records],
    names: Sequence[str],
    guesses: dict[int, Guess],
    profiles: Sequence[Profile],
    rows: int,
) -> breaks.Marker | None:
    """The change of form within the file, looked for in the columns of whole-number answers, the overall one first.

    Every column that changed with the form gets its two scales (`Guess.changed`), each with its dates and its rows.
    """
    scored = [index for index, guess in guesses.items() if _may_change(guess)]
    dated = next((index for index, guess in guesses.items() if guess.role == "date" and guess.form), None)
    if dated is None or not scored:
        return None
    low, high = FORM_COLUMN_FILL
    candidates = [index for index, column in enumerate(profiles)
                  if low * rows <= column.filled <= high * rows and index not in scored]  # fmt: skip
    form = guesses[dated].form
    assert form is not None
    stride = max(1, -(-rows * len(candidates) // MOST_LOOKED_AT))
    counts = _answers(records(), len(names), scored, candidates, dated, form, stride)
    for index in sorted(scored, key=lambda index: -guesses[index].rank):
        scale = guesses[index].reading.scale  # type: ignore[union-attr]
        marker = breaks.find(counts[index], scale, [(at, names[at]) for at in candidates], (dated, names[dated]))
        if marker is not None:
            if stride > 1:
                candidates = [marker.column]
                counts = _answers(records(), len(names), scored, candidates, dated, form, 1)
            _set_scales(guesses, counts, marker, candidates)
            return marker
    return None


def _may_change(guess: Guess) -> bool:
    reading = guess.reading
    return (
        guess.role in SCORE_ROLES and guess.role != "nps" and not guess.told
        and reading is not None and not reading.words and reading.scale.max > 5
    )  # fmt: skip


def _answers(
    records: Records,
    width: int,
    scored: Sequence[int],
    candidates: Sequence[int],
    dated: int,
    form: dates.DateForm,
    stride: int,
) -> dict[int, Counter[breaks.Key]]:
    """For each scored column its rows by (day, answer, which candidates are filled), of every `stride`-th row."""
    clock = dates.Clock(form)
    numbers = {index: _Numbers() for index in scored}
    counts: dict[int, Counter[Any]] = {index: Counter() for index in scored}
    rows = (cells for _, cells in islice(records, 0, None, stride) if type(cells) is not Broken)
    while chunk := list(islice(rows, CHUNK)):
        cut = columns(chunk, width)
        days = [None if at is None else at // dates.DAY + FIRST_DAY for at in map(clock.microseconds, cut[dated])]
        filled = list(_filled([cut[index] for index in candidates], len(chunk)))
        for index, counter in counts.items():
            counter.update(zip(days, map(numbers[index].__getitem__, cut[index]), filled, strict=True))
    for index, counter in counts.items():
        counts[index] = Counter({key: n for key, n in counter.items() if key[1] is not None and key[1] > 0})
    return counts


class _Numbers(dict[str, float | None]):
    """The number each different cell shows, read once."""

    def __missing__(self, cell: str) -> float | None:
        value = scales.number(cell)
        if len(self) < dates.MOST_REMEMBERED:
            self[cell] = value
        return value


def _filled(candidates: Sequence[Sequence[str]], rows: int) -> Iterator[bytes]:
    """Per row, which of the candidates are filled, as a byte each."""
    if not candidates:
        return repeat(b"", rows)
    return map(bytes, zip(*(map(bool, map(str.strip, cells)) for cells in candidates), strict=True))


def _set_scales(
    guesses: dict[int, Guess], counts: dict[int, Counter[breaks.Key]], marker: breaks.Marker, candidates: Sequence[int]
) -> None:
    for index, rows in counts.items():
        groups: dict[bool, list[tuple[int | None, int]]] = {False: [], True: []}
        by_form: Counter[tuple[bool, float]] = Counter()
        for (day, answer, filled), n in rows.items():
            new = _on_new_form(marker, day, filled, candidates)
            groups[new].append((day, n))
            by_form[new, answer] += n
        if breaks.holds(by_form, marker):
            both = tuple(_dated(scale, groups[new]) for scale, new in ((marker.before, False), (marker.then, True)))
            guesses[index] = guesses[index]._replace(changed=both)


def _on_new_form(marker: breaks.Marker, day: int | None, filled: Sequence[int], candidates: Sequence[int]) -> bool:
    if marker.since is not None:
        return day is not None and day >= marker.since.toordinal()
    return bool(filled[candidates.index(marker.column)])


def _dated(scale: Scale, rows: list[tuple[int | None, int]]) -> Scale:
    days = [day for day, _ in rows if day is not None]
    begin, end = (str(date.fromordinal(day)) if days else None for day in (min(days, default=1), max(days, default=1)))
    return scale._replace(begin=begin, end=end, rows=sum(n for _, n in rows))
