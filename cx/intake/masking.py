"""Personal data leaves before anything is stored: texts masked, customer ids pseudonymous, personal cells gone."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from cx.intake import privacy
from cx.schema import Column

PERSONAL = "[personal]"
"""What stands in the original for a cell of a personal column."""

REMEMBERED = 1 << 15
"""Texts whose mask is known by heart: answers repeat, and each stands in the responses and in the original."""

_NEVER = ("_line", "_key", "_hash", "response_id", "source", "language", "customer_id")


class Masks:
    """Masks frames and records with one key, and counts what it masked in frames (`counts`: kind → number)."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.counts: Counter[str] = Counter()
        self._mask = lru_cache(REMEMBERED)(privacy.mask)

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A batch as it may be stored: customer ids pseudonymous, all texts masked."""
        out = self.texts(frame)
        out["customer_id"] = [pseudonym(name, self.key) for name in out["customer_id"]]
        return out

    def texts(self, frame: pd.DataFrame) -> pd.DataFrame:
        """All texts masked; ids, languages, dates and numbers are left as they are."""
        out = frame.copy()
        for name in out.columns:
            if name not in _NEVER and pd.api.types.is_object_dtype(out[name]):
                masked = [self.text(value) if isinstance(value, str) else value for value in out[name]]
                out[name] = pd.Series(masked, index=out.index, dtype=object)
        return out

    def text(self, text: str) -> str:
        """One text masked and what was found counted."""
        masked, found = self._mask(text)
        self.counts.update(found)
        return masked

    def record(self, cells: Sequence[str], columns: Sequence[Column], customer: object = None) -> list[str]:
        """A raw row as it may be kept: personal cells gone, the rest masked, but for the source's key.

        `customer` is the row's pseudonym; without it the cell of the customer column gets its own.
        """
        roles = {column.index: column.role for column in columns}
        return [self._cell(cell, roles.get(place), customer) for place, cell in enumerate(cells)]

    def again(self, cells: Sequence[str], roles: Sequence[str]) -> list[str]:
        """A row that was kept, by the rules of today; keys and pseudonyms are left."""
        held = [*roles, *[""] * len(cells)]
        return [
            cell if role in ("response_id", "customer_id") else self._mask(cell)[0]
            for cell, role in zip(cells, held, strict=False)
        ]

    def _cell(self, cell: str, role: str | None, customer: object) -> str:
        if not cell or role == "response_id":
            return cell
        if role == "personal":
            return PERSONAL
        if role == "customer_id":
            return (customer if isinstance(customer, str) else pseudonym(cell, self.key)) or ""
        return self._mask(cell)[0]


def pseudonym(name: object, key: bytes) -> str | None:
    """A customer's pseudonym: the first 16 hex digits of HMAC-SHA-256 under the home's key; no name stays null.

    White space around the name does not count.
    """
    if not isinstance(name, str) or not name.strip():
        return None
    return hmac.new(key, name.strip().encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]
