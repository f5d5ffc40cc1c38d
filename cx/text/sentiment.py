"""How a text feels: VADER's score, with the words that made it and how much each of them weighs.

VADER (Hutto & Gilbert, ICWSM 2014) gives every word a valence after its rules (negation, boosters, capitals, "but",
idioms), sums them and the emphasis of punctuation to x, and answers c = x/√(x² + 15). With s = 2·asinh(x/√15) that
is c = tanh(s/2), so valences scaled by s/x are weights of evidence which add up: score = tanh(Σ weights / 2).
"""

import math
import re
import string
from collections.abc import Iterable, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

from cx.schema import NOT_ANALYSED
from cx.text.language import MASK

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

BASE = "(base)"
"""The evidence that is no word: emphasis by ! and ?."""

NEUTRAL_BELOW = 0.05
"""VADER's authors' threshold: from here on a score takes a side."""

ALPHA = 15.0
"""VADER's normalisation: c = x/√(x² + ALPHA)."""

REACH_BACK, REACH_AHEAD = 3, 2
"""How far VADER's rules look around a word: three words back (negation, boosters), two ahead (idioms)."""

LETTER = re.compile(r"[^\W\d_]")
WORD = re.compile(r"\S+")


class Score(NamedTuple):
    """Sentiment of a text: -1…1 (None: nothing to analyse), its label, and (word, weight) in order, `(base)` last."""

    score: float | None
    label: str
    evidence: tuple[tuple[str, float], ...]


NOTHING = Score(None, NOT_ANALYSED, ())


class _Reading(NamedTuple):
    """The words of a text as VADER sees them, and where each stands in it (None: not looked up)."""

    words: list[str]
    places: list[tuple[int, int]] | None
    emphasis: float


def label(score: float | None) -> str:
    """`positive` from 0.05, `negative` from -0.05, `neutral` between; None is `not analysed`."""
    if score is None:
        return NOT_ANALYSED
    return "positive" if score >= NEUTRAL_BELOW else "negative" if score <= -NEUTRAL_BELOW else "neutral"


def score(text: str) -> Score:
    """The sentiment of an English text with its evidence: score = tanh(Σ weights / 2), equal to VADER's compound.

    A text without letters, emoji or emoticons (empty, only digits, only a mask such as `[email]`) is not neutral but
    not analysed.
    """
    if not _analysable(text):
        return NOTHING
    reading = _read(text, places=not text.isascii())
    valences = _valences(reading.words)
    total, base = _total(valences, reading.emphasis)
    unit = _unit(total)
    evidence = [(reading.words[at], valence * unit) for at, valence in valences]
    if reading.places is not None:
        evidence = [(text[start:end], weight) for start, end, weight in _placed(reading.places, valences, unit)]
    value = math.tanh(math.asinh(total / math.sqrt(ALPHA)))
    return Score(value, label(value), (*evidence, (BASE, base * unit)))


def scores(texts: Iterable[str]) -> list[float | None]:
    """`score(text).score` of many texts; repeated ones are scored once."""
    known: dict[str, float | None] = {}
    for text in (texts := list(texts)):
        if text not in known:
            known[text] = _value(text)
    return [known[text] for text in texts]


def spans(text: str) -> list[tuple[int, int, float]]:
    """Where the evidence words stand: (start, end, weight) in code points, in order, not overlapping."""
    if not _analysable(text):
        return []
    reading = _read(text, places=True)
    valences = _valences(reading.words)
    total, _ = _total(valences, reading.emphasis)
    return _placed(reading.places or [], valences, _unit(total))


@lru_cache(maxsize=1)
def _vader() -> "SentimentIntensityAnalyzer":
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def _value(text: str) -> float | None:
    if not _analysable(text):
        return None
    reading = _read(text, places=False)
    total, _ = _total(_valences(reading.words), reading.emphasis)
    return math.tanh(math.asinh(total / math.sqrt(ALPHA)))


def _analysable(text: str) -> bool:
    """Whether there is anything VADER could judge: a letter outside the masks, an emoji or an emoticon it knows."""
    if "[" in text:
        text = MASK.sub(" ", text)
    if LETTER.search(text):
        return True
    vader = _vader()
    return any(char in vader.emojis for char in text) or any(word in vader.lexicon for word in text.split())


def _read(text: str, places: bool) -> _Reading:
    """The text cut into words VADER's way: emoji become their names, punctuation around longer words goes."""
    vader = _vader()
    plain, origin = text, None
    if not text.isascii() and any(char in vader.emojis for char in text):
        plain, origin = _spelled(text, vader.emojis)
    emphasis = vader._punctuation_emphasis(plain)
    if not places:
        return _Reading([_stripped(token) for token in plain.split()], None, emphasis)
    words, found = [], []
    for match in WORD.finditer(plain):
        token = match.group()
        word = _stripped(token)
        start = match.start() + token.find(word)
        end = start + len(word)
        words.append(word)
        found.append((start, end) if origin is None else (origin[start], origin[end - 1] + 1))
    return _Reading(words, found, emphasis)


def _spelled(text: str, names: dict[str, str]) -> tuple[str, list[int]]:
    """The text with emoji spelled out as VADER does it, and for each of its characters the place it comes from."""
    pieces: list[str] = []
    origin: list[int] = []
    after_space = True
    for at, char in enumerate(text):
        name = names.get(char)
        piece = char if name is None else name if after_space else " " + name
        after_space = name is None and char == " "
        pieces.append(piece)
        origin.extend([at] * len(piece))
    return "".join(pieces), origin


def _stripped(token: str) -> str:
    """Without punctuation around it; what is left with two characters or less was perhaps an emoticon and stays."""
    word = token.strip(string.punctuation)
    return token if len(word) <= 2 else word


def _valences(words: Sequence[str]) -> list[tuple[int, float]]:
    """(place, valence) of every word with a valence after VADER's rules.

    Words outside the lexicon weigh nothing and VADER's rules look at most three words back and two ahead, so only
    these windows go through them: the same numbers, several times faster on long texts.
    """
    from vaderSentiment.vaderSentiment import BOOSTER_DICT, allcap_differential

    vader = _vader()
    lower = [word.lower() for word in words]
    hits = [at for at, word in enumerate(lower) if word in vader.lexicon and word not in BOOSTER_DICT]
    if not hits:
        return []
    capitals = allcap_differential(words)
    found = []
    for at in hits:
        if lower[at] == "kind" and lower[at + 1 : at + 2] == ["of"]:
            continue
        first = max(0, at - REACH_BACK)
        window = SimpleNamespace(words_and_emoticons=words[first : at + REACH_AHEAD + 1], is_cap_diff=capitals)
        found.append((at, vader.sentiment_valence(0, window, words[at], at - first, [])[0]))
    if "but" in lower:
        valences = [0.0] * len(words)
        for at, valence in found:
            valences[at] = valence
        found = list(enumerate(vader._but_check(words, valences)))
    return [(at, valence) for at, valence in found if valence]


def _total(valences: Sequence[tuple[int, float]], emphasis: float) -> tuple[float, float]:
    """(x, the emphasis' part of it): emphasis strengthens the side the words are on."""
    total = float(sum(valence for _, valence in valences))
    base = emphasis if total > 0 else -emphasis if total < 0 else 0.0
    return total + base, base


def _unit(total: float) -> float:
    """s/x, what one unit of valence weighs; 2/√15 where everything cancels."""
    return 2 * math.asinh(total / math.sqrt(ALPHA)) / total if abs(total) > 1e-9 else 2 / math.sqrt(ALPHA)


def _placed(
    places: Sequence[tuple[int, int]], valences: Sequence[tuple[int, float]], unit: float
) -> list[tuple[int, int, float]]:
    """Evidence where it stands; the words of one emoji's name are one piece of evidence."""
    found: list[tuple[int, int, float]] = []
    for at, valence in valences:
        start, end = places[at]
        weight = valence * unit
        while found and start < found[-1][1]:
            earlier = found.pop()
            start, end, weight = min(start, earlier[0]), max(end, earlier[1]), weight + earlier[2]
        found.append((start, end, weight))
    return found
