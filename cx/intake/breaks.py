"""A question whose scale changes within a file: found where it is overwhelming, so that 1–5 and 1–10 are never averaged.

A new form brings a longer scale. It shows in one of two ways: by a column that only the new form fills (exact, even where
both forms were in use for a while), or by a date. Three things must hold, so that ordinary columns are left alone: one
group of rows stays on the shorter scale where chance would have put many off it; both groups use their own scale's whole
range (a question asked only of unhappy people does not); and the column's filled rows are the newer ones.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from math import ceil, lgamma, log
from typing import NamedTuple

from cx.intake.scales import STEPS
from cx.schema import Scale

FEWEST_ROWS = (30, 20)
"""Rows that the group on the shorter and on the longer scale must have."""

SURPRISE = -log(1e-9)
"""How unlikely (natural logarithm) the split must be if the scale had never changed, after counting all splits tried."""

STRAYS = 0.002
"""Share of the shorter scale's rows that may lie beyond it."""

LATER = 0.9
"""Probability that a row of the new form is dated after one of the old form, at least."""

Key = tuple[int | None, float, Sequence[int]]
"""(day, answer, whether each candidate column is filled: 1 or 0)."""


class Marker(NamedTuple):
    """How a row shows which form it was answered on: a column is filled, or its date is on or after `since`.

    Rows that show it have the scale `then`, the others `before`. `column` is its place in the row (of the date, for `since`).
    """

    column: int
    name: str
    since: date | None
    before: Scale
    then: Scale

    def shown(self, cells: Sequence[str], day: date | None) -> bool:
        """Whether a row was answered on the new form."""
        if self.since is not None:
            return day is not None and day >= self.since
        return self.column < len(cells) and bool(cells[self.column].strip())

    def sentence(self) -> str:
        """In words, after the name of a column."""
        where = f"from {self.since} on" if self.since else f"where “{self.name}” is filled"
        return f"is answered {self.then.name} {where}, and {self.before.name} in the other rows"


class Split(NamedTuple):
    """One way to part the rows: answers by group, and how surprising it is (natural logarithm)."""

    column: int
    since: int | None
    short: Counter[float]
    long: Counter[float]
    short_top: int
    surprise: float
    filled_is_long: bool


def find(
    rows: Counter[Key], scale: Scale, candidates: Sequence[tuple[int, str]], date_column: tuple[int, str] | None
) -> Marker | None:
    """The change of scale in a column of whole-number answers, or None.

    `rows` counts (day, answer, candidates filled); `scale` is the one that holds them all; `candidates` are columns
    (index, name) that are filled in part of the rows. Without dates nothing can be told.
    """
    if date_column is None or not any(key[0] for key in rows):
        return None
    splits: list[Split] = []
    for top in [step for step in STEPS if step < scale.max]:
        splits += _by_column(rows, scale, candidates, top)
        splits += _by_day(rows, scale, top)
    if not splits:
        return None
    best = max(splits, key=lambda split: (split.since is None, split.surprise))  # a column is exact, a day a guess
    if best.since is None:
        index, name, since = best.column, dict(candidates)[best.column], None
    else:
        (index, name), since = date_column, date.fromordinal(best.since)
    short, long = Scale(scale.min, best.short_top), Scale(scale.min, scale.max)
    before, then = (short, long) if best.filled_is_long else (long, short)
    return Marker(index, name, since, before, then)


def _by_column(rows: Counter[Key], scale: Scale, candidates: Sequence[tuple[int, str]], top: int) -> Iterable[Split]:
    for place, (index, _) in enumerate(candidates):
        filled = _answers(rows, lambda key, place=place: key[2][place])  # type: ignore[misc]
        empty = _answers(rows, lambda key, place=place: not key[2][place])  # type: ignore[misc]
        for filled_is_long, short, long in ((True, empty, filled), (False, filled, empty)):
            surprise = _surprise(short, long, top, 2 * len(candidates))
            if surprise and _ranges_used(short, long, top, scale) and _newer(rows, place, not filled_is_long):
                yield Split(index, None, short, long, top, surprise, filled_is_long)


def _by_day(rows: Counter[Key], scale: Scale, top: int) -> Iterable[Split]:
    """The day that parts the answers best: scanned in both directions, the shorter scale first or last."""
    by_day: dict[int, Counter[float]] = {}
    for (day, answer, _), count in rows.items():
        if day is not None:
            by_day.setdefault(day, Counter())[answer] += count
    days = sorted(by_day)
    for newest_first in (False, True):
        short: Counter[float] = Counter()
        long = _answers(rows, lambda key: key[0] is not None)
        best: tuple[float, int] | None = None
        for place, day in enumerate(reversed(days) if newest_first else days):
            short += by_day[day]
            long -= by_day[day]
            surprise = _surprise(short, long, top, 2 * len(days))
            if surprise and (best is None or surprise > best[0]):
                best = surprise, place
        if best is None:
            continue
        cut = len(days) - best[1] - 1 if newest_first else best[1] + 1
        old = _sum(by_day[day] for day in days[:cut])
        new = _sum(by_day[day] for day in days[cut:])
        short, long = (new, old) if newest_first else (old, new)
        if cut < len(days) and _ranges_used(short, long, top, scale):
            yield Split(-1, days[cut], short, long, top, best[0], not newest_first)


def _answers(rows: Counter[Key], wanted: Callable[[Key], bool]) -> Counter[float]:
    out: Counter[float] = Counter()
    for key, count in rows.items():
        if wanted(key):
            out[key[1]] += count
    return out


def _sum(counters: Iterable[Counter[float]]) -> Counter[float]:
    out: Counter[float] = Counter()
    for counter in counters:
        out += counter
    return out


def _beyond(answers: Mapping[float, int], top: float) -> int:
    return sum(count for answer, count in answers.items() if answer > top)


def _surprise(short: Counter[float], long: Counter[float], top: int, tried: int) -> float:
    """How surprising it is to see so few answers beyond `top` in `short`, if both groups answered alike; 0: not enough.

    −log of the hypergeometric probability of at most as many, less log of the number of splits tried.
    """
    n, others, strays = short.total(), long.total(), _beyond(short, top)
    if n < FEWEST_ROWS[0] or others < FEWEST_ROWS[1] or strays > max(1, STRAYS * n):
        return 0.0
    beyond = strays + _beyond(long, top)
    terms = [_log_choose(beyond, k) + _log_choose(n + others - beyond, n - k) for k in range(strays + 1)
             if n - k <= n + others - beyond]  # fmt: skip
    if not terms:
        return 0.0
    surprise = _log_choose(n + others, n) - max(terms) - log(len(terms)) - log(max(1, tried))
    return surprise if surprise > SURPRISE else 0.0


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _ranges_used(short: Counter[float], long: Counter[float], top: int, scale: Scale) -> bool:
    """Whether the one group reaches the top of the shorter scale and the other goes over the whole of the longer one."""
    at_top = sum(count for answer, count in short.items() if top - 1 < answer <= top)
    beyond, n = _beyond(long, top), long.total()
    kinds = len({ceil(answer) for answer in long if answer > top})
    wide = kinds >= min(0.6 * (scale.max - top), 4)
    return at_top >= 0.03 * short.total() and beyond >= 0.15 * n and n - beyond >= 0.1 * n and wide


def _newer(rows: Counter[Key], place: int, alone: bool) -> bool:
    """Whether the rows that fill a column are the newer ones; with `alone` also nearly all rows from their first days on.

    `alone` is asked for where the new form has the shorter scale: a question that lately follows low answers looks the
    same but for the high answers that go on beside it.
    """
    filled, empty = Counter[int](), Counter[int]()
    for (day, _, shown), count in rows.items():
        if day is not None:
            (filled if shown[place] else empty)[day] += count
    if not filled or not empty:
        return False
    n, earlier, won = empty.total(), 0, 0.0
    for day in sorted({*filled, *empty}):
        won += filled[day] * (earlier + empty[day] / 2)
        earlier += empty[day]
    begin, reached = max(filled), 0
    for day in sorted(filled):
        reached += filled[day]
        if reached >= 0.05 * filled.total():
            begin = day
            break
    since = sum(count for day, count in filled.items() if day >= begin)
    stragglers = sum(count for day, count in empty.items() if day >= begin)
    return won >= LATER * n * filled.total() and (not alone or since >= 4 * stragglers)


def holds(rows: Counter[tuple[bool, float]], marker: Marker) -> bool:
    """Whether another column changed its scale with the same form. `rows` counts (on the new form, answer)."""
    groups = {
        shown: Counter({answer: n for (is_new, answer), n in rows.items() if is_new is shown})
        for shown in (True, False)
    }
    filled_is_long = marker.then.max > marker.before.max
    short, long = groups[not filled_is_long], groups[filled_is_long]
    top = int(min(marker.then.max, marker.before.max))
    longest = max(marker.then, marker.before, key=lambda scale: scale.max)
    return _surprise(short, long, top, 1) > 0 and _ranges_used(short, long, top, longest)
