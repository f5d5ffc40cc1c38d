"""How a text feels: a small linear model over words, pairs of words and VADER's valences, with the words that made it.

The weights of a text add up: s = Σ weights, score = tanh(s / 2), which for a model of one class against the other is
its probability on the scale −1…1. `benchmarks/train_sentiment.py` makes the model, docs/sentiment.md is its card.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cx.schema import NOT_ANALYSED
from cx.text.language import LETTER, MASK

if TYPE_CHECKING:
    import numpy as np

    from cx.text.sentiment_features import Features

MODEL = Path(__file__).with_name("sentiment_model.tsv")

BASE = "(base)"
"""The evidence that is no word: where every text starts, emphasis by ! and ?, and words that weigh too little to name."""

SHOWN = 0.1
"""A word that weighs less is not named; its weight goes to the base."""

DIGITS = 12
"""Decimals of a score."""

SUREST = 0.9999
"""Scores beyond count as this where clauses are put together: none of them may decide alone."""

CHUNK = 4_096
"""Texts read at a time: keeps memory flat, however many there are."""


class Score(NamedTuple):
    """Sentiment of a text: -1…1 (None: nothing to analyse), its label, and (word, weight) in order, `(base)` last."""

    score: float | None
    label: str
    evidence: tuple[tuple[str, float], ...]


class Adapted(NamedTuple):
    """What one business's own words add to the shipped model (see calibration.py).

    `words` (word, weight, weight when negated) and `pairs` (first, second, weight) are added to the model's.
    """

    words: tuple[tuple[str, float, float], ...]
    pairs: tuple[tuple[str, str, float], ...]


NOTHING = Score(None, NOT_ANALYSED, ())

PARAMETERS = ("base", "positive", "negative", "emphasis", "asks", "calls", "lower", "upper")
"""The numbers at the head of the model's file; the last two are thresholds on s."""


class Weights(NamedTuple):
    """The model's file: parameters by name, (plain, negated) weight per word, weight per pair of words."""

    parameters: dict[str, float]
    words: dict[str, tuple[float, float]]
    pairs: dict[tuple[str, str], float]


def label(score: float | None, bounds: tuple[float, float] | None = None) -> str:
    """`positive` from the upper bound on, `negative` up to the lower one, `neutral` between; None is `not analysed`.

    The bounds are the shipped model's `thresholds` unless others are given (calibration.py has them for responses).
    """
    if score is None:
        return NOT_ANALYSED
    lower, upper = bounds or thresholds()
    return "positive" if score >= upper else "negative" if score <= lower else "neutral"


@lru_cache(maxsize=1)
def thresholds() -> tuple[float, float]:
    """(lower, upper) of the shipped model on the scale of scores, chosen on its training sets."""
    head = weights().parameters
    return math.tanh(head["lower"] / 2), math.tanh(head["upper"] / 2)


def together(scores: Iterable[float]) -> float | None:
    """The score of what several clauses say together: s = Σ sᵢ / √n with sᵢ = 2 artanh(scoreᵢ); None for no clause.

    Stouffer's way of combining evidence (1949): clauses which agree strengthen one another, clauses that say nothing
    dilute less than in a mean. One clause alone keeps its score.
    """
    evidence = [2 * math.atanh(min(SUREST, max(-SUREST, score))) for score in scores]
    return math.tanh(sum(evidence) / math.sqrt(len(evidence)) / 2) if evidence else None


def score(text: str, adapted: Adapted | None = None) -> Score:
    """The sentiment of an English text with its evidence: score = tanh(Σ weights / 2), from -1 to 1, 0 is balanced.

    A text without letters, emoji, emoticons or a mark given ("2/10", "★★☆☆☆") is not neutral but not analysed.
    """
    found = _evidence(text, adapted)
    if found is None:
        return NOTHING
    pieces, base = found
    value = _score(base + sum(weight for *_, weight in pieces))
    words = tuple((text[start:end], weight) for start, end, weight in pieces)
    return Score(value, label(value), (*words, (BASE, base)))


def scores(texts: Iterable[str], adapted: Adapted | None = None) -> list[float | None]:
    """`score(text).score` of many texts at once; repeated ones are scored once."""
    texts = list(texts)
    different = list(dict.fromkeys(texts))
    known: dict[str, float | None] = {}
    model = _model(adapted)
    for start in range(0, len(different), CHUNK):
        part = different[start : start + CHUNK]
        known.update(zip(part, model.scores(part), strict=True))
    return [known[text] for text in texts]


def spans(text: str, adapted: Adapted | None = None) -> list[tuple[int, int, float]]:
    """Where the evidence words stand: (start, end, weight) in code points, in order, not overlapping."""
    found = _evidence(text, adapted)
    return found[0] if found is not None else []


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The shipped model as its file has it. Lines: `=` name number; `w` word plain negated; `p` first second weight."""
    parameters: dict[str, float] = {}
    words: dict[str, tuple[float, float]] = {}
    pairs: dict[tuple[str, str], float] = {}
    with MODEL.open(encoding="utf-8") as file:
        for line in file:
            kind, *cells = line.rstrip("\n").split("\t")
            if kind == "=":
                parameters[cells[0]] = float(cells[1])
            elif kind == "w":
                words[cells[0]] = (float(cells[1]), float(cells[2]))
            elif kind == "p":
                pairs[cells[0], cells[1]] = float(cells[2])
    return Weights(parameters, words, pairs)


@lru_cache(maxsize=8)
def _model(adapted: Adapted | None) -> "_Model":
    known = weights()
    if adapted is None:
        return _Model(known)
    words, pairs = dict(known.words), dict(known.pairs)
    for word, plain, negated in adapted.words:
        before = words.get(word, (0.0, 0.0))
        words[word] = (before[0] + plain, before[1] + negated)
    for first, second, weight in adapted.pairs:
        pairs[first, second] = pairs.get((first, second), 0.0) + weight
    return _Model(Weights(known.parameters, words, pairs))


class _Model:
    """The weights as arrays over a reader's numbers of words."""

    def __init__(self, known: Weights) -> None:
        import numpy as np

        from cx.text.valence import Reader

        self.head = known.parameters
        parts = dict.fromkeys(word for pair in known.pairs for word in pair)
        self.reader = Reader(dict.fromkeys([*known.words, *parts]))
        numbers = self.reader.numbers
        self.words = np.zeros((2, len(self.reader.words)))
        for word, pair in known.words.items():
            self.words[:, numbers[word]] = pair
        firsts = np.array([numbers[first] for first, _ in known.pairs], dtype=np.int64)
        keys = self.reader.pair(firsts, np.array([numbers[second] for _, second in known.pairs], dtype=np.int64))
        order = np.argsort(keys)
        self.keys = keys[order]
        self.pairs = np.array(list(known.pairs.values()))[order]

    def scores(self, texts: Sequence[str]) -> list[float | None]:
        import numpy as np

        from cx.text import sentiment_features

        features = sentiment_features.of(self.reader, texts)
        tokens, base = self.weigh(features)
        values = map(_score, (base + np.bincount(features.text, tokens, minlength=len(texts))).tolist())
        judged = np.bincount(features.text, features.lexical != 0, minlength=len(texts)).tolist()
        return [
            value if has or _lettered(text) else None for text, value, has in zip(texts, values, judged, strict=True)
        ]

    def weigh(self, features: "Features") -> "tuple[np.ndarray, np.ndarray]":
        """(weight per token, base per text); a pair's weight goes half to each of its words."""
        import numpy as np

        head = self.head
        tokens = self.words[features.negated.astype(np.int64), features.ids] * features.force
        tokens += features.lexical * np.where(features.lexical > 0, head["positive"], head["negative"])
        if len(features.seconds) and len(self.keys):
            at = np.minimum(np.searchsorted(self.keys, features.pairs), len(self.keys) - 1)
            hits = np.flatnonzero(self.keys[at] == features.pairs)
            seconds = features.seconds[hits]
            halves = self.pairs[at[hits]] * features.force[seconds] / 2
            tokens[seconds] += halves
            tokens[seconds - 1] += halves
        base = head["base"] + head["emphasis"] * features.emphasis
        return tokens, base + head["asks"] * features.asks + head["calls"] * features.calls


def _score(evidence: float) -> float:
    """tanh(s / 2), rounded so that it is the same number in whatever order the weights are added."""
    return round(math.tanh(evidence / 2), DIGITS)


def _lettered(text: str) -> bool:
    """Whether there is a letter outside the masks."""
    return LETTER.search(MASK.sub(" ", text) if "[" in text else text) is not None


def _evidence(text: str, adapted: Adapted | None) -> tuple[list[tuple[int, int, float]], float] | None:
    """(start, end, weight) of every word worth naming, and the base; None where nothing can be analysed."""
    from cx.text import sentiment_features
    from cx.text.valence import TOKEN

    model = _model(adapted)
    features = sentiment_features.of(model.reader, [text])
    if not features.lexical.any() and not _lettered(text):
        return None
    tokens, base = model.weigh(features)
    matches = [match.span() for match in TOKEN.finditer(text)]
    places = features.reading.places.tolist()
    lasts = [place - 1 for place in places[1:]] + [len(matches) - 1]
    pieces, rest = [], float(base[0])
    for place, last, weight in zip(places, lasts, tokens.tolist(), strict=True):
        if abs(weight) < SHOWN:
            rest += weight
        else:
            pieces.append((matches[place][0], matches[last][1], weight))
    return pieces, rest
