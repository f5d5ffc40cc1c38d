"""What the words of many texts say before anything is learned: VADER's lexicon and rules, read for a batch at once.

A text is cut into tokens, known words become numbers, and the rules run over the numbers of all texts together:
the same valences Hutto & Gilbert (ICWSM 2014) describe, with negation ending where the clause does, several times
faster than word by word.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cx.text.language import MASK

TABLE = Path(__file__).with_name("valence.toml")

TOKEN = re.compile(
    rf"""(?=[\d★☆⭐\[hw:;=<>])(?:{MASK.pattern} | https?://\S+ | www\.\S+
    | \d+(?:[.,]\d+)?\s?(?:/|out\ of)\s?(?:5|10|100)(?:\s?stars?)?(?![\w/]) | [0-5](?:[.,]5)?[\s-]?stars?\b | [★☆⭐]+
    | [<>]?[:;=][-'^o]?[)(\]\[dDpP/\\|*@]+(?!\w) | <3 | </3)
    | [^\W_]+(?:['’][^\W_]+)* | [.,;:!?…()\n"\u2013\u2014] | [\u2190-\u2bff\U0001f000-\U0001faff]""",
    re.VERBOSE,
)  # fmt: skip
MARKS = '.,;:!?…()\n"\u2013\u2014'
ENDS = ".!?…\n"
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")

UNKNOWN = 0
"""The number of every word nobody knows."""
MASKED = "<masked>"
"""What stands for masks and addresses: no word."""

REACH = 3
"""Words behind a negation or a booster which it still touches."""
NEGATED = -0.74
BOOST = 0.293
FADING = (1.0, 0.95, 0.9)
CAPITALS = 0.733
BEFORE_BUT, AFTER_BUT = 0.5, 1.5
ALPHA = 15.0


class Reading(NamedTuple):
    """Tokens of several texts in one row; `starts` (n + 1) says where each text's begin.

    `ids` number the words (see `Reader.words`), `valences` are VADER's after its rules, `negated` marks what stands in the
    reach of a negation, `turns` (0.5, 1 or 1.5) weighs what stands before and after a contrast in its sentence;
    `places` is each one's number among the matches of `TOKEN` (an idiom is one token where it begins). Per text:
    `words` (without marks and masks), `calls` and `asks` (! and ?), `emphasis` VADER's for these, without a side.
    """

    ids: np.ndarray
    starts: np.ndarray
    places: np.ndarray
    valences: np.ndarray
    negated: np.ndarray
    turns: np.ndarray
    words: np.ndarray
    calls: np.ndarray
    asks: np.ndarray

    @property
    def emphasis(self) -> np.ndarray:
        """0.292 for every exclamation mark up to four; 0.18 for every question mark from two on, 0.96 for more than three."""
        asks = np.where(self.asks > 3, 0.96, np.where(self.asks > 1, 0.18 * self.asks, 0.0))
        return 0.292 * np.minimum(self.calls, 4) + asks


class _Codes(dict[str, int]):
    """Token as written → twice its number, and one more where it is written in capitals; looked up once per form."""

    def __init__(self, numbers: dict[str, int]) -> None:
        super().__init__()
        self.numbers = numbers

    def __missing__(self, token: str) -> int:
        plain = token.lower().replace("’", "'")
        number = self.numbers.get(plain)
        if number is None:
            number = self.numbers.get(_sign(plain), UNKNOWN)
        code = 2 * number + (len(token) > 1 and token.isupper())
        if len(self) < MEMORY:
            self[token] = code
        return code


MEMORY = 200_000
"""Forms of tokens kept in memory; further ones are looked up anew."""


def _sign(token: str) -> str:
    """The word that stands for a rating, a mask or an address; the token itself for any other."""
    if token[0] == "[" or token.startswith(("http:", "https:", "www.")):
        return MASKED
    if token[0] in "★☆⭐":
        shown = len(token) if "☆" in token else max(5, len(token))
        return _rated((token.count("★") + token.count("⭐")) / shown)
    if token[0].isdigit() and ("/" in token or "of" in token or "star" in token):
        given, *scale = (float(number.replace(",", ".")) for number in NUMBER.findall(token))
        return _rated(given / (scale[0] if scale else 5.0))
    return token


def _rated(share: float) -> str:
    """`<rated 0>` … `<rated 5>` for a share of the highest mark."""
    return f"<rated {min(5, max(0, round(5 * share)))}>"


RATED = {"<rated 0>": -3.5, "<rated 1>": -3.5, "<rated 2>": -2.5, "<rated 3>": -0.5, "<rated 4>": 2.0, "<rated 5>": 3.5}
"""Valence of a mark a customer writes into the text, by how many fifths of the scale it is."""


class Reader:
    """Reads texts by VADER's lexicon, `valence.toml` and further words given (whose valence is 0 unless known)."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        lexicon, table = _lexicon(), _table()
        valences = dict(lexicon)
        valences.update(_listed(table["valences"]))
        valences.update(RATED)
        idioms = _idioms(table["idioms"])
        roles = {name: text.split() for name, text in table["roles"].items()}
        known = [*valences, *(word for some in roles.values() for word in some), *MARKS]
        known += [word for idiom in idioms for word in idiom.split() if word != "_"]
        self.words: list[str] = ["", *dict.fromkeys([MASKED, *known, *idioms, *words])]
        self.numbers = {word: number for number, word in enumerate(self.words)}
        self.codes = _Codes(self.numbers)
        self._valences = np.array([0.0, *(idioms.get(word, valences.get(word, 0.0)) for word in self.words[1:])])
        self._negates = self._flags(roles["negations"])
        self._negates |= np.array([word.endswith("n't") for word in self.words])
        self._turns = self._flags(roles["contrasts"])
        self._marks = self._flags(MARKS)
        self._ends = self._flags(ENDS)
        self.silent = self._marks | self._flags([MASKED])
        self._boosts = BOOST * (self._flags(roles["stronger"]) * 1.0 - self._flags(roles["weaker"]))
        self._idioms = self._sequences(idioms)
        self._pairs = np.array(
            sorted(first * len(self.words) + second for first, second in self._idioms), dtype=np.int64
        )

    def _flags(self, words: Iterable[str]) -> np.ndarray:
        flags = np.zeros(len(self.words), dtype=bool)
        flags[[self.numbers[word] for word in words]] = True
        return flags

    def pair(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """One number for two words in a row."""
        return np.asarray(first, dtype=np.int64) * len(self.words) + second

    def _sequences(self, idioms: Iterable[str]) -> dict[tuple[int, int], list[tuple[list[int], int]]]:
        found: dict[tuple[int, int], list[tuple[list[int], int]]] = {}
        for idiom in sorted(idioms, key=lambda text: (-len(text.split()), text)):
            words = [-1 if word == "_" else self.numbers[word] for word in idiom.split()]
            if len(words) > 1:
                found.setdefault((words[0], words[1]), []).append((words, self.numbers[idiom]))
        return found

    def read(self, texts: Sequence[str]) -> Reading:
        """The tokens of the texts with what the rules make of them."""
        codes: list[int] = []
        starts = [0]
        known = self.codes.__getitem__
        find = TOKEN.findall
        for text in texts:
            codes += map(known, find(text))
            starts.append(len(codes))
        return self._ruled(np.array(codes, dtype=np.int64), np.array(starts))

    def _ruled(self, codes: np.ndarray, starts: np.ndarray) -> Reading:
        ids, capitals = codes >> 1, (codes & 1).astype(bool)
        text = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        ids, keep = self._merged(ids, text)
        places = np.flatnonzero(keep)
        ids, capitals, text = ids[keep], capitals[keep], text[keep]
        starts = np.searchsorted(text, np.arange(len(starts)))
        marks = self._marks[ids]

        def count(which: np.ndarray) -> np.ndarray:
            return np.bincount(text[which], minlength=len(starts) - 1)

        words = count(~self.silent[ids])
        negated = self._negated(ids, text, marks)
        values = self._valued(ids, text, capitals, negated, words)
        calls, asks = count(ids == self.numbers["!"]), count(ids == self.numbers["?"])
        return Reading(ids, starts, places, values, negated, self._turned(ids, text), words, calls, asks)

    def _merged(self, ids: np.ndarray, text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Idioms become one token: its number stands where it begins, what else belongs to it goes."""
        keep = np.ones(len(ids), dtype=bool)
        if len(ids) < 2:
            return ids, keep
        keys = self.pair(ids[:-1], ids[1:])
        at = np.searchsorted(self._pairs, keys)
        hits = np.flatnonzero((self._pairs[np.minimum(at, len(self._pairs) - 1)] == keys) & (text[:-1] == text[1:]))
        ids, last = ids.copy(), -1
        for place in hits.tolist():
            if place <= last:
                continue
            length, number = self._longest(ids, text, place)
            if length:
                ids[place] = number
                last = place + length - 1
                keep[place + 1 : last + 1] = False
        return ids, keep

    def _longest(self, ids: np.ndarray, text: np.ndarray, place: int) -> tuple[int, int]:
        for words, number in self._idioms[int(ids[place]), int(ids[place + 1])]:
            end = place + len(words)
            if end > len(ids) or text[end - 1] != text[place]:
                continue
            if all(word in (-1, found) for word, found in zip(words, ids[place:end].tolist(), strict=True)):
                return len(words), number
        return 0, 0

    def _negated(self, ids: np.ndarray, text: np.ndarray, marks: np.ndarray) -> np.ndarray:
        """What stands at most `REACH` words behind a negation, with no mark or contrast between."""
        at = np.arange(len(ids))
        stops = marks | self._turns[ids]
        stops[1:] |= text[1:] != text[:-1]
        negation = np.maximum.accumulate(np.where(self._negates[ids], at, -9))
        before = np.roll(negation, 1)
        before[:1] = -9
        stop = np.maximum.accumulate(np.where(stops, at, -9))
        return (at - before <= REACH) & (before >= stop) & ~marks

    def _valued(
        self, ids: np.ndarray, text: np.ndarray, capitals: np.ndarray, negated: np.ndarray, words: np.ndarray
    ) -> np.ndarray:
        values = self._valences[ids].copy()
        judged = values != 0
        idle = self._negates[ids].copy()
        idle[:-1] &= judged[1:] & (text[1:] == text[:-1])
        idle[-1:] = False
        values[idle] = 0.0
        side = np.sign(values)
        shouting = np.bincount(text[capitals], minlength=len(words))
        loud = capitals & ((shouting < words) & (shouting > 0))[text] if len(ids) else capitals
        lift = CAPITALS * loud
        boosts = self._boosts[ids]
        for back, fade in enumerate(FADING, 1):
            lift[back:] = lift[back:] + fade * boosts[:-back] * (text[back:] == text[:-back])
        values += side * lift
        return np.where(negated, NEGATED * values, values)

    def _turned(self, ids: np.ndarray, text: np.ndarray) -> np.ndarray:
        """0.5 before the contrast of a sentence, 1.5 behind it, 1 in a sentence without."""
        turns = np.ones(len(ids))
        contrast = self._turns[ids]
        if not contrast.any():
            return turns
        ends = self._ends[ids]
        sentence = np.cumsum(ends) - ends + text
        behind = np.zeros(int(sentence[-1]) + 2, dtype=np.int64) - 1
        behind[sentence[contrast]] = np.flatnonzero(contrast)
        cut = behind[sentence]
        at = np.arange(len(ids))
        return np.where(cut < 0, 1.0, np.where(at < cut, BEFORE_BUT, AFTER_BUT))


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, str]]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, float]:
    """VADER's lexicon; an emoji has the sum of the words of its name."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    vader = SentimentIntensityAnalyzer()
    out = {word.lower(): float(valence) for word, valence in vader.lexicon.items()}
    for sign, name in vader.emojis.items():
        if value := sum(vader.lexicon.get(word, 0.0) for word in name.split()):
            out.setdefault(sign, value)
    return out


def _listed(section: dict[str, str]) -> dict[str, float]:
    return {word: float(value) for value, words in section.items() for word in words.split()}


def _idioms(section: dict[str, str]) -> dict[str, float]:
    """Every way of saying an idiom with its valence; of one named twice the later counts."""
    out: dict[str, float] = {}
    for value, idioms in section.items():
        for idiom in idioms.split("|"):
            ways = [""]
            for choice in idiom.split():
                ways = [f"{way} {word}".strip() for way in ways for word in choice.split("/")]
            out.update(dict.fromkeys(ways, float(value)))
    return out
