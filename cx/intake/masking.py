"""Personal data leaves before anything is stored: texts masked, customer ids pseudonymous, personal cells gone."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from cx.intake import privacy
from cx.schema import Column

PERSONAL = "[personal]"
"""What stands in the original for a cell of a personal column."""

_NEVER = ("response_id", "source", "language", "customer_id")


class Masks:
    """Masks frames and records with one key, and counts what it masked (`counts`: kind → number)."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.counts: Counter = Counter()

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A batch as it may be stored: customer ids pseudonymous, all texts masked."""
        out = self.texts(frame)
        out["customer_id"] = [pseudonym(name, self.key) for name in out["customer_id"]]
        return out

    def texts(self, frame: pd.DataFrame) -> pd.DataFrame:
        """All texts masked, each different value once; ids, languages and numbers are left as they are."""
        out = frame.copy()
        for name in out.columns:
            if name.startswith("_") or name in _NEVER or pd.api.types.is_numeric_dtype(out[name]):
                continue
            if pd.api.types.is_datetime64_any_dtype(out[name]) or pd.api.types.is_bool_dtype(out[name]):
                continue
            values = out[name].tolist()
            masked = {value: self.text(value) for value in dict.fromkeys(values) if isinstance(value, str)}
            if any(value != mask for value, mask in masked.items()):
                out[name] = pd.Series([masked.get(value) if isinstance(value, str) else None for value in values],
                                      index=out.index, dtype=object)  # fmt: skip
        return out

    def text(self, text: str) -> str:
        """One text masked and what was found counted."""
        masked, found = privacy.mask(text)
        self.counts.update(found)
        return masked

    def records(self, records: Iterable[Sequence[str]], columns: Sequence[Column]) -> list[list[str]]:
        """Raw rows as they may be kept: personal cells gone, customer ids pseudonymous, the rest masked."""
        roles = {column.index: column.role for column in columns}
        return [[self._cell(cell, roles.get(place, "segment")) for place, cell in enumerate(row)] for row in records]

    def cells(self, cells: Sequence[str]) -> list[str]:
        """A row nobody knows the columns of: everything masked."""
        return [privacy.mask(cell)[0] for cell in cells]

    def _cell(self, cell: str, role: str) -> str:
        if not cell or role == "response_id":
            return cell
        if role == "personal":
            return PERSONAL
        if role == "customer_id":
            return pseudonym(cell, self.key) or ""
        return privacy.mask(cell)[0]


def pseudonym(name: object, key: bytes) -> str | None:
    """A customer's pseudonym: the first 16 hex digits of HMAC-SHA-256 under the home's key; null stays null."""
    if not isinstance(name, str) or not name:
        return None
    return hmac.new(key, name.encode("utf-8"), hashlib.sha256).hexdigest()[:16]
