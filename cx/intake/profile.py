"""What the columns of a table hold, measured in one pass over all rows: fill, distinct values, kind of text."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from cx.intake import dates

CHUNK = 5_000
MOST_DISTINCT = 100_000
"""Beyond this many distinct values only their number and, for dates, their days are kept: memory stays bounded."""

LONGEST_KEPT = 120
SAMPLE = 300

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


@dataclass
class Profile:
    """One column: `counts` has rows by value (long values cut short), as far as they are kept; `filled` rows in all."""

    filled: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    _hashes: set[int] | None = None
    _dated: bool = False

    def add(self, cells: Counter[str]) -> None:
        """Take in the values of some rows."""
        filled = {cell: rows for cell, rows in cells.items() if cell and not cell.isspace()}
        self.filled += sum(filled.values())
        if self._hashes is not None:
            self._hashes.update(map(hash, filled))
            if self._dated:
                for cell, rows in filled.items():
                    self.days[re.split(r"[ T]", cell.strip(), maxsplit=1)[0]] += rows
            return
        for cell, rows in filled.items():
            self.counts[cell if len(cell) <= LONGEST_KEPT else cell[:LONGEST_KEPT]] += rows
        if len(self.counts) > MOST_DISTINCT:
            self._hashes = set(map(hash, self.counts))
            form = dates.DateForm()
            self._dated = all(form.read(cell) or len(cell) < 40 for cell in islice(self.counts, 50)) and (
                sum(form.read(cell) is not None for cell in islice(self.counts, 50)) > 15
            )

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.counts) if self._hashes is None else len(self._hashes)

    @property
    def variety(self) -> float:
        """Distinct values per filled cell: 1 when none repeats."""
        return self.distinct / self.filled if self.filled else 0.0

    @property
    def moments(self) -> Counter[str]:
        """The values to settle the form of dates from: all of them, as days where there are too many."""
        return self.counts + self.days if self.days else self.counts

    def sample(self) -> list[str]:
        """The first distinct values."""
        return list(islice(self.counts, SAMPLE))

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
    """Profiles of `width` columns, the number of rows, and how many rows have cells filled beyond the last column."""
    profiles = [Profile() for _ in range(width)]
    total = overlong = 0
    while chunk := list(islice(rows, CHUNK)):
        total += len(chunk)
        overlong += sum(len(row) > width and any(map(str.strip, row[width:])) for row in chunk)
        for profile, cells in zip(profiles, _columns(chunk, width), strict=True):
            profile.add(Counter(cells))
    return profiles, total, overlong


def _columns(chunk: list[list[str]], width: int) -> Iterable[tuple[str, ...]]:
    return zip(*(row if len(row) == width else (row + [""] * width)[:width] for row in chunk), strict=True)
