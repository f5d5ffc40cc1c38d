"""What the columns of a table hold, measured in one pass over all rows: fill, distinct values, kind of text."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from math import inf, log
from typing import NamedTuple
from zlib import crc32

from cx.intake import dates
from cx.intake.documents import Broken

CHUNK, CELLS = 5_000, 200_000
"""Rows and cells that are looked at together."""

MOST_DISTINCT, MOST_VALUES, MOST_CHARACTERS = 50_000, 1_000_000, 1 << 22
"""Beyond these (values of a column, values of all columns, characters of a column's values) only the number of values
and, for dates, their days are kept: memory stays bounded."""

LONGEST_KEPT, LONGEST_SEEN = 1_000, 120
"""Characters of a value that tell it from others (keys may be long links), and that are looked at."""

SAMPLE = 300
SPREAD = 0x9E3779B97F4A7C15

_PROSE = re.compile(
    r"\b(i|it|is|was|to|not|with|you|my|that|are|have|be|this|but|very|they|we|would|so|"
    r"ich|ist|nicht|und|das|die|war|sehr|mit|auch|je|est|pas|que|c'est|une|tres|très|pour|"
    r"es|muy|con|para|una|pero|non|per|molto|è|che|não|muito|com|uma|het|een|niet|van|maar)\b",
    re.I,
)
_URL = re.compile(r"\s*(https?://|www\.)\S+\s*$", re.I)
_BEYOND_LATIN = re.compile(
    "[\u0400-\u05ff\u0600-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)


class Text(NamedTuple):
    """The writing in a column, over a sample of its distinct values: mean words, mean letters, shares of cells."""

    words: float
    characters: float
    prose: float
    letters: float
    links: float


class Sketch:
    """Counts different values in bounded memory: each marks one place, and the places left tell how many there were.

    Linear counting (Whang, Vander-Zanden and Taylor 1990); within 0.3 % up to thirty million values. Only files with many
    values need it, and only they pay for loading numpy.
    """

    def __init__(self, width: int) -> None:
        import numpy

        self.np = numpy
        size = max(1 << 16, min(1 << 23, (1 << 30) // max(1, width)))
        self.places = numpy.zeros(1 << size.bit_length() - 1, numpy.uint8)
        self.shift = numpy.uint64(64 - (size.bit_length() - 1))

    def add(self, cells: Collection[str]) -> None:
        """Takes in values; met again they change nothing."""
        sums = self.np.fromiter(map(crc32, map(str.encode, cells)), self.np.uint64, len(cells))
        # The sum is linear in the text, so that numbered keys would spread too evenly: multiplying breaks that up.
        self.places[sums * self.np.uint64(SPREAD) >> self.shift] = 1

    def count(self) -> float:
        """How many different values there were, about; infinite when no place is left."""
        left = self.places.size - int(self.np.count_nonzero(self.places))
        return self.places.size * log(self.places.size / left) if left else inf


@dataclass
class Profile:
    """One column: `counts` has rows by value (long values cut short), as far as they are kept; `filled` rows in all."""

    filled: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    width: int = 1
    _sketch: Sketch | None = None
    _mark: str = ""
    """What stands between day and time, when the column holds moments; '' when it does not."""
    _characters: int = 0

    def add(self, cells: Sequence[str]) -> None:
        """Take in the values of some rows."""
        lengths = sum(map(len, cells))
        if lengths > len(cells) * LONGEST_KEPT or max(map(len, cells)) > LONGEST_KEPT:
            cells = [cell[:LONGEST_KEPT] for cell in cells]
        self.filled += len(cells) - cells.count("")
        if self._sketch is not None:
            self.filled -= sum(map(str.isspace, cells))
            self._sketch.add([cell for cell in cells if cell])
            self._add_days(cells)
            return
        before = len(self.counts)
        self.counts.update(cells)
        self._characters += (len(self.counts) - before) * lengths // len(cells)
        most = max(1_000, min(MOST_DISTINCT, MOST_VALUES // self.width))
        if len(self.counts) > most or self._characters > MOST_CHARACTERS:
            self.finish()
            self._begin_sketch()

    def finish(self) -> None:
        """Blank cells are no values: they leave the counts."""
        self.counts.pop("", None)
        for cell in [cell for cell in self.counts if cell.isspace()]:
            self.filled -= self.counts.pop(cell)

    def _begin_sketch(self) -> None:
        self._sketch = Sketch(self.width)
        self._sketch.add(self.counts)
        form = dates.DateForm()
        sample = list(islice(self.counts, 50))
        for mark in (" ", "T"):
            days = [form.read(cell.strip().partition(mark)[0]) for cell in sample if mark in cell.strip()]
            if len(days) > 15 and sum(day is not None for day in days) > 0.3 * len(days):  # the order is not known yet
                self._mark = mark
                for cell, rows in self.counts.items():
                    self.days[cell.strip().partition(mark)[0]] += rows
                break

    def _add_days(self, cells: Sequence[str]) -> None:
        if self._mark:
            mark = self._mark
            self.days.update([cell.partition(mark)[0] for cell in map(str.strip, cells) if cell])
            if len(self.days) > MOST_DISTINCT:
                self._mark = ""
                self.days.clear()

    @property
    def distinct(self) -> int:
        """How many different values there are; about, when there are many."""
        if self._sketch is None:
            return len(self.counts)
        return min(self.filled, round(self._sketch.count())) if self.filled else 0

    @property
    def variety(self) -> float:
        """Distinct values per filled cell: 1 when none repeats."""
        return self.distinct / self.filled if self.filled else 0.0

    @property
    def moments(self) -> Counter[str]:
        """The values to settle the form of dates from: all of them, as days where there are too many."""
        return self.days or self.counts

    def sample(self) -> list[str]:
        """The first distinct values, long ones cut short."""
        return [cell[:LONGEST_SEEN] for cell in islice(self.counts, SAMPLE)]

    def share(self, pattern: re.Pattern[str]) -> float:
        """The share of a sample of distinct values that a pattern finds something in."""
        cells = self.sample()
        return sum(pattern.search(cell) is not None for cell in cells) / len(cells) if cells else 0.0

    @cached_property
    def text(self) -> Text:
        """What kind of writing the column holds."""
        cells = self.sample()
        n = max(1, len(cells))
        return Text(
            sum(len(cell.split()) + len(_BEYOND_LATIN.findall(cell)) / 2 for cell in cells) / n,
            sum(map(len, cells)) / n,
            sum(bool(_PROSE.search(cell) or len(_BEYOND_LATIN.findall(cell)) > 7) for cell in cells) / n,
            sum(any(map(str.isalpha, cell)) for cell in cells) / n,
            sum(_URL.match(cell) is not None for cell in cells) / n,
        )


def measure(rows: Iterator[list[str]], width: int) -> tuple[list[Profile], int, int]:
    """Profiles of `width` columns, the number of rows, and how many rows have cells filled beyond the last column.

    Rows that are `Broken` are counted, but not looked at.
    """
    profiles = [Profile(width=width) for _ in range(width)]
    total = overlong = 0
    while chunk := list(islice(rows, max(50, min(CHUNK, CELLS // width)))):
        total += len(chunk)
        overlong += sum(any(map(str.strip, row[width:])) for row in chunk if len(row) > width)
        for profile, cells in zip(
            profiles, columns([row for row in chunk if type(row) is not Broken], width), strict=True
        ):
            if cells:
                profile.add(cells)
    for profile in profiles:
        profile.finish()
    return profiles, total, overlong


def columns(rows: Sequence[Sequence[str]], width: int) -> Sequence[Sequence[str]]:
    """The cells of rows by column; short rows end with empty cells, what lies beyond the last column is left out."""
    if not rows:
        return [()] * width
    if set(map(len, rows)) != {width}:
        rows = [row if len(row) == width else ([*row, *[""] * width])[:width] for row in rows]
    return list(zip(*rows, strict=True))
