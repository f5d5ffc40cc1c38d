"""What finding personal data is made of: a kind, a pattern, and what stands there instead; and the words it goes by."""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

GAP = r"[ .\-\xa0\u2009\u202f]"
"""What people put between groups of digits."""


class Finder(NamedTuple):
    """One way personal data is written. `masked` says what replaces a match; None leaves it as it is."""

    kind: str
    pattern: re.Pattern[str]
    masked: Callable[[re.Match[str]], str | None]


@cache
def table() -> dict[str, dict[str, str]]:
    """The words of `privacy.toml`, by section and name."""
    with Path(__file__).with_name("privacy.toml").open("rb") as file:
        return tomllib.load(file)


def words_of(section: str, *names: str) -> frozenset[str]:
    """The words of a section, or of these names in it."""
    return frozenset(word for name in names or table()[section] for word in table()[section][name].split())


def any_of(section: str, *names: str) -> str:
    """Those words as alternatives of a pattern, longest first."""
    return "|".join(re.escape(word) for word in sorted(words_of(section, *names), key=lambda word: (-len(word), word)))


def before(match: re.Match[str], characters: int, group: str | int = 0) -> str:
    """The characters that stand before a match."""
    return match.string[max(0, match.start(group) - characters) : match.start(group)]
