"""What the sentiment model weighs: words, pairs of words and VADER's valences, scaled so that length does not shout.

The same numbers serve training, scoring and the adaptation to an upload, so that a weight learned is a weight shown.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cx.text.valence import ALPHA, UNKNOWN, Reader, Reading

EASE = 60.0
POWER = 0.5
"""A word of n weighs (EASE / (EASE + n)) ** POWER: a long review says more than a clause, but not n times as much."""
MOST_SIGNS = 2
"""Exclamation and question marks beyond the second say nothing further."""


class Features(NamedTuple):
    """Tokens of several texts, in one row, and what they bring to the model.

    Per token: `text` its text's number, `ids` its word, `force` its scale (length of the text, contrast), `negated`,
    `lexical` its valence as a weight of evidence: VADER's compound c = x/√(x² + 15) is tanh(Σ lexical / 2) of a text
    without emphasis. `seconds` are the tokens which with the one before them make a pair of words, `pairs` its number.
    Per text: `emphasis` in the same unit, `asks` the number of ?, two at most, and `calls` of !, where no valence gives
    them a side to strengthen.
    """

    text: np.ndarray
    ids: np.ndarray
    force: np.ndarray
    negated: np.ndarray
    lexical: np.ndarray
    seconds: np.ndarray
    pairs: np.ndarray
    emphasis: np.ndarray
    asks: np.ndarray
    calls: np.ndarray
    reading: Reading

    @property
    def size(self) -> int:
        """How many texts."""
        return len(self.asks)


def of(reader: Reader, texts: Sequence[str]) -> Features:
    """The features of texts, all at once."""
    reading = reader.read(texts)
    size = len(texts)
    text = np.repeat(np.arange(size), np.diff(reading.starts))
    valences = reading.valences * reading.turns
    total = np.bincount(text, valences, minlength=size)
    emphasis = np.sign(total) * reading.emphasis
    unit = _units(total + emphasis)
    force = reading.turns * ((EASE / (EASE + reading.words)) ** POWER)[text]
    calls = np.where(total == 0, np.minimum(reading.calls, MOST_SIGNS), 0)
    silent = reader.silent[reading.ids]
    seconds = np.flatnonzero(~silent[:-1] & ~silent[1:] & (text[:-1] == text[1:])) + 1
    pairs = reader.pair(reading.ids[seconds - 1], reading.ids[seconds])
    return Features(
        text, reading.ids, np.where(silent | (reading.ids == UNKNOWN), 0.0, force), reading.negated, valences * unit[text],
        seconds, pairs, emphasis * unit, np.minimum(reading.asks, MOST_SIGNS), calls, reading,
    )  # fmt: skip


def _units(total: np.ndarray) -> np.ndarray:
    """What one unit of valence weighs in a text whose sum is x: 2 asinh(x/√15)/x; 2/√15 where everything cancels."""
    something = np.abs(total) > 1e-9
    safe = np.where(something, total, 1.0)
    return np.where(something, 2 * np.arcsinh(safe / math.sqrt(ALPHA)) / safe, 2 / math.sqrt(ALPHA))
