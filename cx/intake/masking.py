"""Personal data leaves before anything is stored: texts masked, customer ids pseudonymous, personal cells gone."""

import hmac
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from typing import Any, NamedTuple

import pandas as pd

from cx.intake import privacy
from cx.schema import Column

PERSONAL = "[personal]"
"""What stands in the original for a cell of a personal column."""

REMEMBERED = 1 << 15
"""Texts whose mask is known by heart: answers repeat, and each stands in the responses and in the original."""

SHORT = 500
"""Characters of a text that is worth remembering; longer ones do not repeat, and would fill the memory."""

READ = "fM"
"""Kinds of columns (numbers, dates) whose cells, where they could be read as such, hold nobody's address."""

_NEVER = ("_line", "_key", "_hash", "response_id", "source", "language", "customer_id")


class Privacy(NamedTuple):
    """What may be stored of people: asked once per dataset and recorded in its manifest.

    `region` (`DE`): telephone numbers as its people write them are masked, too; None: guessed from each file.
    `readable_ids`: customer ids stay as they are. `keep`: personal columns, by name, that are stored as they are.
    `names`: names of people in comments are masked, too (see `privacy.names_masker`). `keep_original`: the stored
    original is not masked.
    """

    region: str | None = None
    readable_ids: bool = False
    keep: tuple[str, ...] = ()
    names: bool = False
    keep_original: bool = False

    def joined(self, other: "Privacy") -> "Privacy":
        """What either keeps is kept, what either masks is masked; the other's region wins."""
        return Privacy(
            other.region or self.region, self.readable_ids or other.readable_ids, tuple(dict.fromkeys(self.keep + other.keep)),
            self.names or other.names, self.keep_original or other.keep_original,
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """The entry of the manifest."""
        return {**self._asdict(), "keep": list(self.keep)}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Privacy":
        """The inverse of `as_json`; what is not said is as the default."""
        known = {name: given[name] for name in cls._fields if name in given}
        return cls(**{**known, "keep": tuple(known.get("keep", ()))})


class Masks:
    """Masks frames and records with one key, and counts what it masked in frames (`counts`: kind → number).

    Raises IntakeError for a region that is none, CXError when names are to be masked and the package for it is missing.
    """

    def __init__(self, key: bytes, options: Privacy = Privacy()) -> None:  # noqa: B008 - a value, never changed
        self.key = key
        self.options = options
        self.counts: Counter[str] = Counter()
        mask = privacy.Masker(options.region).mask
        self._afresh = privacy.both(mask, privacy.names_masker()) if options.names else mask
        self._remembered = lru_cache(REMEMBERED)(self._afresh)

    def frame(self, frame: pd.DataFrame, kept: Set[str] = frozenset()) -> pd.DataFrame:
        """A batch as it may be stored: customer ids pseudonymous (or readable), all texts masked but those of `kept`."""
        out = self.texts(frame, kept)
        out["customer_id"] = [self.customer(name) for name in out["customer_id"]]
        return out

    def texts(self, frame: pd.DataFrame, kept: Set[str] = frozenset()) -> pd.DataFrame:
        """All texts masked but for the columns `kept`; ids, languages, dates and numbers are left as they are."""
        out = frame.copy()
        for name in out.columns:
            if name in _NEVER or name in kept:
                continue
            if out[name].dtype.kind == "O":  # text, as pandas keeps it in one way or another
                out[name] = pd.Series(self._texts(out[name].tolist()), index=out.index, dtype=object)
        return out

    def _texts(self, values: list[Any]) -> list[Any]:
        """Each different text masked once; every cell counts."""
        masks = {value: self._mask(value) for value in set(values) if isinstance(value, str)}
        if any(found for _, found in masks.values()):
            for value in values:
                if value in masks and masks[value][1]:
                    self.counts.update(masks[value][1])
        return [masks[value][0] if value in masks else value for value in values]

    def text(self, text: str) -> str:
        """One text masked and what was found counted."""
        masked, found = self._mask(text)
        if found:
            self.counts.update(found)
        return masked

    def customer(self, name: object) -> str | None:
        """A customer's id as it is stored: the pseudonym, or the id itself where ids stay readable; null without one."""
        if self.options.readable_ids:
            return name.strip() or None if isinstance(name, str) else None
        return pseudonym(name, self.key)

    def records(
        self, rows: Sequence[Sequence[str]], columns: Sequence[Column], frame: pd.DataFrame
    ) -> list[tuple[str, ...]]:
        """The raw rows of a batch as they may be kept; `frame` are the same rows, read and masked.

        Personal cells are gone unless their column is kept, the rest is masked but for the source's key, and for
        numbers and dates that could be read.
        """
        if self.options.keep_original:
            return [tuple(row) for row in rows]
        width = max(map(len, rows), default=0)
        known = {column.index: column for column in columns}
        cells = zip(*(row if len(row) == width else [*row, *[""] * (width - len(row))] for row in rows), strict=True)
        return list(zip(*(self._column(list(own), known.get(at), frame) for at, own in enumerate(cells)), strict=True))

    def _column(self, cells: list[str], column: Column | None, frame: pd.DataFrame) -> list[str]:
        if column is not None and column.role == "customer_id" and column.stored == "customer_id":
            return [name if isinstance(name, str) else "" for name in frame["customer_id"].tolist()]
        if column is not None and column.stored in frame and frame[column.stored].dtype.kind in READ:
            known = frame[column.stored].notna().tolist()
            return [cell if read else self._cell(cell, column) for cell, read in zip(cells, known, strict=True)]
        if column is not None and column.stored in frame:  # what the masks left as it was need not be masked again
            shown = frame[column.stored].tolist()
            return [cell if cell == seen else self._cell(cell, column) for cell, seen in zip(cells, shown, strict=True)]
        return [self._cell(cell, column) for cell in cells]

    def record(self, cells: Sequence[str], columns: Sequence[Column]) -> list[str]:
        """A raw row that nothing could be read from, by the same rules."""
        if self.options.keep_original:
            return list(cells)
        known = {column.index: column for column in columns}
        return [self._cell(cell, known.get(place)) for place, cell in enumerate(cells)]

    def again(self, cells: Sequence[str], columns: Sequence[Mapping[str, Any]]) -> list[str]:
        """A row that was kept, by the rules of today; keys and customer ids are left. `columns` are the manifest's."""
        if self.options.keep_original:
            return list(cells)
        roles = [(column["role"], bool(column.get("stored"))) for column in columns]
        roles += [("", False)] * (len(cells) - len(roles))
        return [
            cell if role == "customer_id" else self._masked(cell, role, kept)
            for cell, (role, kept) in zip(cells, roles, strict=False)
        ]

    def _cell(self, cell: str, column: Column | None) -> str:
        return self._masked(cell, column.role, bool(column.stored)) if column else self._masked(cell, "", False)

    def _masked(self, cell: str, role: str, kept: bool) -> str:
        if not cell or role == "response_id":
            return cell
        if role == "personal":
            return cell if kept else PERSONAL
        if role == "customer_id":
            return self.customer(cell) or ""
        return self._mask(cell)[0]

    def _mask(self, text: str) -> tuple[str, Counter[str]]:
        return self._remembered(text) if len(text) <= SHORT else self._afresh(text)


def pseudonym(name: object, key: bytes) -> str | None:
    """A customer's pseudonym: the first 16 hex digits of HMAC-SHA-256 under the home's key; no name stays null.

    White space around the name does not count.
    """
    if not isinstance(name, str) or not name.strip():
        return None
    return hmac.digest(key, name.strip().encode("utf-8", "surrogatepass"), "sha256").hex()[:16]
