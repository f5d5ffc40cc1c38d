"""A plan applied: typed batches of responses, with every row accounted for and every unreadable cell counted."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any

from cx.intake import dates, profile, scales
from cx.intake.documents import Broken
from cx.intake.mapping import Plan
from cx.intake.sources import key
from cx.schema import CANONICAL, OPTIONAL, SCORE_ROLES, Column, Scale

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_LIKE_A_FORMULA = re.compile(r"'[=+\-@\t\r]")

MOST_REMEMBERED, LONGEST_REMEMBERED = 100_000, 200
"""Cells whose reading is kept per column, and characters of a cell that is worth keeping."""

HASH_BYTES = 8
NUMBERS = frozenset({*SCORE_ROLES, "revenue", "weight"})
AMOUNTS = frozenset({"revenue", "weight"})
NO_DATE = -(2**63)
"""What numpy calls "not a time"."""

Row = tuple[int, list[str]]


@dataclass
class Batch:
    """Some rows of a file: kept ones in `frame` (and raw in `original`, same order), the others in `rejects`.

    `unread` counts, by column name, cells that hold something that is not what the column is for: they became null.
    """

    frame: "pd.DataFrame"
    rejects: list[tuple[int, str, list[str]]] = field(default_factory=list)
    original: list[list[str]] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)


def batches(plan: Plan, size: int = 20_000) -> Iterator[Batch]:
    """The rows of a file, typed, in batches of `size` records.

    A frame has `_line`, `_key` (the source's own key, or None), `_hash` (16 hex digits over all cells), the canonical
    columns, then the file's own, kept personal ones included. A row is rejected only when it is no
    answer: the heading again, a survey preview, a fragment, broken JSON, or far more cells than headings.
    """
    reader = _Reader(plan)
    records = plan.records()
    while chunk := list(islice(records, size)):
        kept, rejects = reader.sifted(chunk)
        unread: Counter[str] = Counter()
        frame = reader.frame(kept, unread)
        yield Batch(frame, rejects, [cells for _, cells in kept], unread)


class _Memory(dict[str, Any]):
    """What each different cell reads as, read once; bounded, for some columns never repeat."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, cell: str) -> Any:
        value = self.read(cell)
        if len(cell) <= LONGEST_REMEMBERED and len(self) < MOST_REMEMBERED:
            self[cell] = value
        return value


class _Reader:
    """Reads the cells of one file; remembers what it read, because answers repeat."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.width = len(plan.columns)
        self.headings = {tuple(map(str.strip, cells)) for cells in plan.table.head[: plan.layout.header_rows or 1]}
        self.first_headings = {heading[0] for heading in self.headings}
        self.drops = [
            (index, frozenset(map(str.casefold, rule["values"])), rule["reason"])
            for rule in plan.layout.rules.drop
            for index in self.columns_called(rule["column"])
        ]
        self.stored = [column for column in plan.columns if column.stored]
        self.dated = next((column for column in plan.columns if column.role == "date"), None)
        self.keyed = next((column for column in plan.columns if column.role == "response_id"), None)
        self.memories = {
            column.index: _Memory(_read_number(column)) for column in self.stored if column.role in NUMBERS
        }
        form = plan.guesses[self.dated.index].form if self.dated else None
        self.clock = dates.Clock(form) if form else None

    def columns_called(self, headings: Sequence[str]) -> list[int]:
        """The columns whose name or question is one of these headings, at most one."""
        wanted = [key(heading) for heading in headings]
        named = [(wanted.index(key(text)), index) for index, pair in enumerate(self.plan.layout.headings)
                 for text in pair if key(text) in wanted]  # fmt: skip
        return [min(named)[1]] if named else []

    def sifted(self, rows: Sequence[Row]) -> tuple[list[Row], list[tuple[int, str, list[str]]]]:
        """Kept rows, all as wide as the heading or wider, and rejected ones with their reason."""
        kept, rejects, width = [], [], self.width
        for row in rows:
            cells = row[1]
            if len(cells) == width and not self.drops and cells[0].strip() not in self.first_headings:
                kept.append(row)
                continue
            reason = self.reason_against(cells)
            if reason:
                rejects.append((row[0], reason, list(cells)))
            else:
                kept.append((row[0], cells if len(cells) >= width else cells + [""] * (width - len(cells))))
        return kept, rejects

    def reason_against(self, cells: list[str]) -> str | None:
        """Why a row is no answer at all; None for an answer."""
        if type(cells) is Broken:
            return "broken JSON"
        if len(cells) > self.width:
            beyond = sum(bool(cell.strip()) for cell in cells[self.width :])
            if beyond >= max(3, self.width / 2):
                return f"{beyond} cells beyond the last heading"
        if len(cells) == 1 and self.width >= 3:
            return f"a fragment: 1 of {self.width} cells"
        if cells[0].strip() in self.first_headings and tuple(map(str.strip, cells)) in self.headings:
            return "the heading again"
        for index, values, reason in self.drops:
            if index < len(cells) and cells[index].strip().casefold() in values:
                return reason
        return None

    def frame(self, rows: Sequence[Row], unread: Counter[str]) -> "pd.DataFrame":
        """The typed frame of kept rows."""
        import pandas as pd

        columns = profile.columns([cells for _, cells in rows], self.width)
        moments = self.moments(columns, len(rows), unread)
        data: dict[str, Any] = {
            "_line": pd.Series([line for line, _ in rows], dtype="int64"),
            "_key": _text(self.keys(columns, len(rows))),
            "_hash": _text([_hash(cells) for _, cells in rows]),
        }
        own: dict[str, Any] = {}
        for column in self.stored:
            name = self.plan.names[column.index]
            if column.role == "date" and name == "date":
                own[name] = pd.Series(moments)
            elif column.role in NUMBERS and not (column.role in SCORE_ROLES and not column.scales):
                own |= self.numbers(name, column, columns[column.index], rows, moments, unread)
            elif column.role != "response_id":
                own[name] = _text(self.texts(column, columns[column.index]))
        own["complete"] = pd.Series(self.complete(columns, len(rows)), dtype="boolean")
        own["source"] = _text([self.plan.layout.source] * len(rows))
        for name in CANONICAL:
            data[name] = own.pop(name) if name in own else _nothing(name, len(rows))
        for name in OPTIONAL:
            if name in own:
                data[name] = own.pop(name)
        return pd.DataFrame(data | own)

    def moments(self, columns: Sequence[Sequence[str]], n: int, unread: Counter[str]) -> "np.ndarray":
        """The rows' dates, as microseconds on the wall clock."""
        import numpy as np

        if self.dated is None or self.clock is None:
            return np.full(n, NO_DATE, "int64").view("datetime64[us]")
        cells = columns[self.dated.index]
        found = list(map(self.clock.microseconds, cells))
        _count(unread, self.dated, cells, found, self.plan.layout.rules.blank)
        return np.array([NO_DATE if at is None else at for at in found], "int64").view("datetime64[us]")

    def keys(self, columns: Sequence[Sequence[str]], n: int) -> list[str | None]:
        """The source's own key of each row, where it has one."""
        if self.keyed is None:
            return [None] * n
        cells = columns[self.keyed.index]
        pattern = self.plan.layout.rules.extract.get(key(self.keyed.name))
        if pattern is None:
            return _stripped(cells)
        found = (re.search(pattern, cell, re.I) for cell in cells)
        return [match[1] if match else None for match in found]

    def numbers(
        self, name: str, column: Column, cells: Sequence[str], rows: Sequence[Row], moments: "np.ndarray", unread: Counter[str]
    ) -> "dict[str, pd.Series]":  # fmt: skip
        """A numeric column; with several scales also the column that says which scale each answer is on."""
        import pandas as pd

        found = list(map(self.memories[column.index].__getitem__, cells))
        names: list[str | None] = []
        if len(column.scales) > 1:
            each = self.scales_of(column, rows, moments)
            found = [value if value is not None and scale.min <= value <= scale.max else None
                     for value, scale in zip(found, each, strict=True)]  # fmt: skip
            names = [scale.name if value is not None else None for value, scale in zip(found, each, strict=True)]
        _count(unread, column, cells, found, self.plan.layout.rules.blank)
        out = {name: pd.Series(found, dtype="float64")}
        if names:
            out[f"{name} scale"] = _text(names)
        return out

    def scales_of(self, column: Column, rows: Sequence[Row], moments: "np.ndarray") -> list[Scale]:
        """The scale each row was answered on."""
        marker = self.plan.scale_marker
        if marker is None:
            return [column.scales[0]] * len(rows)
        days: list[date | None] = moments.astype("datetime64[D]").tolist()
        return [column.scales[marker.shown(cells, day)] for (_, cells), day in zip(rows, days, strict=True)]

    def texts(self, column: Column, cells: Sequence[str]) -> list[str | None]:
        """A text column: empty cells are null; comments stay as they are, other cells lose the spaces around them."""
        if self.plan.layout.rules.unquote:
            cells = [cell[1:] if _LIKE_A_FORMULA.match(cell) else cell for cell in cells]
        if column.role in ("comment", "title"):
            return [cell if cell and not cell.isspace() else None for cell in cells]
        return _stripped(cells)

    def complete(self, columns: Sequence[Sequence[str]], n: int) -> list[bool | None]:
        """Whether each answer was finished, where the source says so."""
        rule = self.plan.layout.rules.complete
        at = self.columns_called(rule["column"]) if rule else []
        if not at:
            return [None] * n
        cells = [cell.strip().casefold() for cell in columns[at[0]]]
        if rule.get("filled"):
            return [bool(cell) for cell in cells]
        return [cell in rule["yes"] if cell else None for cell in cells]


def _read_number(column: Column) -> Callable[[str], float | None]:
    """How a numeric column's cells are read: sums of money, or answers; what lies off the (only) scale is nothing."""
    if column.role in AMOUNTS:
        return scales.amount
    words, whole = column.words, column.role == "nps"
    only = column.scales[0] if len(column.scales) == 1 else None

    def read(cell: str) -> float | None:
        value = words.get(scales.said(cell)) if words else None
        value = scales.number(cell) if value is None else value
        if value is None or (whole and not value.is_integer()):
            return None
        return value if only is None or only.min <= value <= only.max else None

    return read


def _stripped(cells: Sequence[str]) -> list[str | None]:
    return [cell or None for cell in map(str.strip, cells)]


def _text(values: Sequence[str | None]) -> "pd.Series":
    import pandas as pd

    return pd.Series(values, dtype=object)


def _nothing(name: str, n: int) -> "pd.Series":
    import pandas as pd

    if name in NUMBERS:
        return pd.Series([None] * n, dtype="float64")
    return pd.Series([None] * n, dtype="datetime64[us]" if name == "date" else object)


def _hash(cells: Sequence[str]) -> str:
    """16 hex digits over all cells; empty cells at the end do not count, so that ragged rows are the same rows."""
    content = "\x1f".join(cells).rstrip("\x1f").encode("utf-8", "surrogatepass")
    return blake2b(content, digest_size=HASH_BYTES).hexdigest()


def _count(
    unread: Counter[str], column: Column, cells: Sequence[str], found: Sequence[Any], blank: frozenset[str]
) -> None:
    if None not in found:
        return
    lost = Counter(cell for cell, value in zip(cells, found, strict=True) if value is None and cell)
    missed = sum(n for cell, n in lost.items() if not scales.is_blank(cell, blank))
    if missed:
        unread[column.name] += missed
