"""Answers on a scale: numbers, stars and words become a place between the lowest and the highest answer."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from cx.schema import Scale

FILE = Path(__file__).parent / "scales.toml"
STEPS = (5, 7, 10, 100)
"""Highest answers that questions are asked with; the lowest is 1, or 0 where 0 is an answer."""

PERCENT = 100
STRAY_SHARE = 0.005
"""At most this share of a column's answers may lie off a scale for it to be the column's."""

NOT_RATED_SHARE = {5: 0.25, 7: 0.25, 10: 0.02, 100: 0.0}
"""Below this share, zeros on a scale from 1 are "not rated" rather than the lowest answer."""

REMEMBERED = 20_000
"""Cells whose words are known by heart: answers repeat, over rows and over columns."""

LONGEST_CURRENCY = 4
"""Letters that a sum of money may hold (`EUR 12`)."""

_NUMBER = re.compile(
    r"\s*(?P<number>[-+]?\d+(?:[.,]\d+)?)\s*(?:$|(?P<percent>[%٪])\s*$|[-–—:=(.★☆⭐](?!\s*\d)|\*|"
    r"(?:/|out of|of|von|sur|de|di|su|sobre)\s*(?P<top>\d+)\b|(?:stars?|sterne?|étoiles?|estrellas?|stell[ae]|estrelas?|"
    r"points?|punkte?)\b)",
    re.I,
)
_STARS = re.compile(r"\s*(?:(?P<full>★+)☆*|(?P<emoji>(?:⭐\ufe0f?)+)|(?P<asterisks>\*{1,10}))\s*$")
_AMOUNT = re.compile(r"[^\d.,+-]+")
_WORDS = re.compile(r"[^\w\U0001F300-\U0001FAFF\u2639\u263a]+|_")


_EMOJI = re.compile("[\U0001f300-\U0001faff\u2639\u263a]+")
_TONES = frozenset("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


class Worded(NamedTuple):
    """A scale of words: the place of each, and the role of a column whose heading says nothing else."""

    name: str
    role: str
    places: Mapping[str, float]
    scale: Scale
    needs: frozenset[str]
    letters: Mapping[str, float]
    """The places by the letters of the longer words in alphabetical order: a typo that swaps two keeps them."""


class Reading(NamedTuple):
    """How a column's answers are read: its scale, its words (empty for numbers), rows on it and rows off it."""

    scale: Scale
    words: Mapping[str, float]
    rows_on: int
    rows_off: int
    role: str | None = None


@lru_cache(REMEMBERED)
def said(cell: str) -> str:
    """A worded answer reduced to its words: no case, accents, punctuation, leading `(e)` endings or numbering."""
    folded = unicodedata.normalize("NFKD", cell).casefold()
    bare = "".join(char for char in folded if not unicodedata.combining(char) and char not in _TONES)
    return " ".join(_WORDS.sub(" ", bare).split())


@cache
def worded() -> tuple[tuple[Worded, ...], frozenset[str]]:
    """The scales of words, in order of precedence, and the cells that are no answer."""
    given = tomllib.loads(FILE.read_text(encoding="utf-8"))
    found = []
    for entry in given["scale"]:
        first = entry.get("from", 1)
        places = {said(word): float(place) for place, words in enumerate(entry["places"], first) for word in words}
        scale = Scale(first, first + len(entry["places"]) - 1)
        letters = {"".join(sorted(word)): place for word, place in reversed(places.items()) if len(word) > 6}
        found.append(Worded(
            entry["name"], entry["role"], places, scale, frozenset(map(said, entry.get("needs", ()))), letters
        ))  # fmt: skip
    return tuple(found), frozenset(map(said, given["blank"]))


def is_blank(cell: str, also: frozenset[str] = frozenset()) -> bool:
    """Whether a cell says that there is no answer (`N/A`, `don't know`, or one of the vendor's own words)."""
    return not cell.strip() or said(cell) in worded()[1] or cell.strip().casefold() in also or cell.strip() in "-–—.?"


def number(cell: str) -> float | None:
    """The number an answer shows: `4`, `4,5`, `4/5`, `4 out of 5`, `3 (★★★☆☆)`, `★★★`, `10 - Extremely likely`."""
    try:
        return (
            float(cell) if cell[0] in "-+0123456789" and cell[-1] in "0123456789" and "_" not in cell else _shown(cell)
        )
    except (ValueError, IndexError):
        return _shown(cell)


def _shown(cell: str) -> float | None:
    if match := _NUMBER.match(cell):
        return float(match["number"].replace(",", "."))
    if match := _STARS.match(cell):
        return float(len((match["full"] or match["asterisks"] or match["emoji"]).replace("\ufe0f", "")))
    return None


def amount(cell: str) -> float | None:
    """A sum of money or any quantity: `$1,234.50`, `1.234,50 €`, `-3`. The last of `.` and `,` is the decimal mark."""
    bare = _AMOUNT.sub("", cell)
    if not any(map(str.isdigit, bare)) or sum(map(str.isalpha, cell)) > LONGEST_CURRENCY:
        return None
    if bare.count(".") > 1 and "," not in bare:
        bare = bare.replace(".", "")
    point, comma = bare.rfind("."), bare.rfind(",")
    if comma > point and not (point < 0 and bare.count(",") == 1 and len(bare) - comma == 4):
        bare = bare.replace(".", "").replace(",", ".") if bare.count(",") == 1 else bare.replace(",", "")
    else:
        bare = bare.replace(",", "")
    try:
        return float(bare)
    except ValueError:
        return None


def _top(cells: Iterable[str]) -> int | None:
    """The highest answer that the cells name themselves (`4 out of 5`, `85 %`), when they agree."""
    matches = [match for cell in cells if (match := _NUMBER.match(cell)) and (match["top"] or match["percent"])]
    tops = {int(match["top"] or PERCENT) for match in matches}
    return tops.pop() if len(tops) == 1 else None


def numeric(values: Mapping[str, int], blank: frozenset[str] = frozenset()) -> dict[float, int] | None:
    """Rows by number, when at least 95 % of the answers are numbers; else None. Cells that are no answer do not count."""
    sample = [cell for cell in islice(values, 200) if not is_blank(cell, blank)]
    if sum(number(cell) is not None for cell in sample) * 2 < len(sample) or not sample:
        return None
    counts: dict[float, int] = {}
    other = 0
    for cell, rows in values.items():
        value = number(cell)
        if value is not None:
            counts[value] = counts.get(value, 0) + rows
        elif not is_blank(cell, blank):
            other += rows
    return counts if sum(counts.values()) >= 19 * other else None


def read_numbers(values: Mapping[str, int], blank: frozenset[str] = frozenset()) -> Reading | None:
    """The scale of a column of numbers: the shortest usual one that holds all but a few strays. None when none does.

    Answers are whole numbers, or tenths on scales up to 10. Yes/no columns (0 and 1 only) are no scale.
    """
    counts = numeric(values, blank)
    if not counts:
        return None
    total = sum(counts.values())
    positive = {value: rows for value, rows in counts.items() if value > 0}
    if not positive or set(counts) <= {0.0, 1.0} or (len(counts) == 2 and set(counts) <= {1.0, 2.0} and total > 20):
        return None
    named = _top(islice(values, 200))
    for top in sorted({*STEPS, named} - {None}):  # type: ignore[type-var]
        assert top is not None
        if named and top != named:
            continue
        fits = sum(
            rows for value, rows in positive.items() if value <= top and (_on_step(value, top) or named == PERCENT)
        )
        zeros = counts.get(0.0, 0)
        off = total - zeros - fits
        if off > max(total * STRAY_SHARE, 1 if total >= 100 else 0):
            continue
        low = 0 if zeros > NOT_RATED_SHARE.get(top, 0.02) * total or named == PERCENT else 1
        return Reading(Scale(low, top), {}, fits + (zeros if low == 0 else 0), off + (zeros if low else 0))
    return None


def _on_step(value: float, top: float) -> bool:
    return value.is_integer() or (top <= 10 and round(value, 1) == value)


def read_words(values: Mapping[str, int], blank: frozenset[str] = frozenset()) -> Reading | None:
    """The scale of a column of worded answers: the first that knows at least 95 % of them, each at its own place."""
    if len(values) > 60:
        return None
    answers: dict[str, int] = {}
    for cell, rows in values.items():
        if not is_blank(cell, blank):
            answers[said(cell)] = answers.get(said(cell), 0) + rows
    total = sum(answers.values())
    for entry in worded()[0]:
        known = {word: place for word in answers if (place := _place(word, entry)) is not None}
        rows = sum(answers[word] for word in known)
        own_place = len(set(known.values())) == len(known)
        if total and rows >= total * 0.95 and own_place and len(known) >= min(2, total) and _needed(entry, known):
            return Reading(entry.scale, known, rows, total - rows, entry.role)
    return None


def _place(word: str, entry: Worded) -> float | None:
    """The place of an answer, also with a picture beside its word (`👍 good`).

    Letters may have changed places (`stronlgy agree`), for a typo costs all who chose it.
    """
    if word in entry.places:
        return entry.places[word]
    bare = _EMOJI.sub(" ", word).strip() if not word.isascii() else word
    return entry.places.get(bare, entry.letters.get("".join(sorted(bare))))


def _needed(entry: Worded, known: Mapping[str, float]) -> bool:
    return not entry.needs or not entry.needs.isdisjoint(known)


def read_nps(values: Mapping[str, int], blank: frozenset[str] = frozenset()) -> Reading | None:
    """The answers as a 0–10 recommendation: whole numbers, all but a few strays within 0…10; None when they do not fit."""
    counts = numeric(values, blank)
    if not counts:
        return None
    total = sum(counts.values())
    fits = sum(rows for value, rows in counts.items() if 0 <= value <= 10 and value.is_integer())
    strays = total - fits
    return Reading(Scale(0, 10), {}, fits, strays) if strays <= max(total * 0.02, 1 if total >= 20 else 0) else None
