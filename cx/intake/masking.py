"""Personal data leaves before anything is stored: texts masked, customer ids pseudonymous, personal cells gone."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence, Set
from functools import lru_cache

import pandas as pd

from cx.intake import privacy
from cx.schema import Column

PERSONAL = "[personal]"
"""What stands in the original for a cell of a personal column."""

REMEMBERED = 1 << 15
"""Texts whose mask is known by heart: answers repeat, and each stands in the responses and in the original."""

SHORT = 500
"""Characters of a text that is worth remembering; longer ones do not repeat, and would fill the memory."""

_NEVER = ("_line", "_key", "_hash", "response_id", "source", "language", "customer_id")


class Masks:
    """Masks frames and records with one key, and counts what it masked in frames (`counts`: kind → number).

    `region` (`DE`): telephone numbers as its people write them count, too. `keep_readable_ids`: customer ids stay as
    they are. `keep_personal`: columns of personal data, by name, whose cells stay as they are; those of all others go.
    `names`: names of people are masked, too (see `privacy.names_masker`). Raises IntakeError for a region that is none,
    CXError when names are to be masked and the package for it is missing.
    """

    def __init__(
        self,
        key: bytes,
        region: str | None = None,
        keep_readable_ids: bool = False,
        keep_personal: Set[str] = frozenset(),
        names: bool = False,
    ) -> None:
        self.key = key
        self.keep_readable_ids = keep_readable_ids
        self.keep_personal = frozenset(keep_personal)
        self.counts: Counter[str] = Counter()
        self._afresh = (
            privacy.both(privacy.Masker(region).mask, privacy.names_masker()) if names else privacy.Masker(region).mask
        )
        self._remembered = lru_cache(REMEMBERED)(self._afresh)

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A batch as it may be stored: customer ids pseudonymous (or readable), all texts masked but what is to be kept."""
        out = self.texts(frame)
        out["customer_id"] = [self.customer(name) for name in out["customer_id"]]
        return out

    def texts(self, frame: pd.DataFrame) -> pd.DataFrame:
        """All texts masked but for personal columns that are kept; ids, languages, dates and numbers are left as they are."""
        out = frame.copy()
        for name in out.columns:
            if name in _NEVER or name in self.keep_personal:
                continue
            if out[name].dtype.kind == "O":  # text, as pandas keeps it in one way or another
                masked = [self.text(value) if isinstance(value, str) else value for value in out[name]]
                out[name] = pd.Series(masked, index=out.index, dtype=object)
        return out

    def text(self, text: str) -> str:
        """One text masked and what was found counted."""
        masked, found = self._mask(text)
        self.counts.update(found)
        return masked

    def customer(self, name: object) -> str | None:
        """A customer's id as it is stored: the pseudonym, or the id itself where ids stay readable; null without one."""
        if self.keep_readable_ids:
            return name.strip() or None if isinstance(name, str) else None
        return pseudonym(name, self.key)

    def record(self, cells: Sequence[str], columns: Sequence[Column], customer: object = None) -> list[str]:
        """A raw row as it may be kept: personal cells gone unless their column is kept, the rest masked, but for the source's key.

        `customer` is the row's stored customer id; without it the cell of the customer column gets its own.
        """
        known = {column.index: (column.role, column.name) for column in columns}
        return [self._cell(cell, *known.get(place, ("", "")), customer) for place, cell in enumerate(cells)]

    def again(self, cells: Sequence[str], roles: Sequence[str], names: Sequence[str] = ()) -> list[str]:
        """A row that was kept, by the rules of today; keys and customer ids are left.

        `names` are the columns' names, needed when personal columns are kept: cells of the others go.
        """
        roles, names = [*roles, *[""] * len(cells)], [*names, *[""] * len(cells)]
        return [
            cell if role == "customer_id" else self._cell(cell, role, name, None)
            for cell, role, name in zip(cells, roles, names, strict=False)
        ]

    def _cell(self, cell: str, role: str, name: str, customer: object) -> str:
        if not cell or role == "response_id":
            return cell
        if role == "personal":
            return cell if name in self.keep_personal else PERSONAL
        if role == "customer_id":
            return (customer if isinstance(customer, str) else self.customer(cell)) or ""
        return self._mask(cell)[0]

    def _mask(self, text: str) -> tuple[str, Counter[str]]:
        return self._remembered(text) if len(text) <= SHORT else self._afresh(text)


def pseudonym(name: object, key: bytes) -> str | None:
    """A customer's pseudonym: the first 16 hex digits of HMAC-SHA-256 under the home's key; no name stays null.

    White space around the name does not count.
    """
    if not isinstance(name, str) or not name.strip():
        return None
    return hmac.new(key, name.strip().encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]
