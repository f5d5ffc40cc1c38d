"""Trains the sentiment model and judges it on sets it has not seen: `python -m benchmarks.train_sentiment [DATA]`.

Writes cx/text/sentiment_model.tsv (about five minutes with the figures, one without: `--write`; `--figures` writes
nothing). The same data gives the same file.
"""

import argparse
import warnings
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from benchmarks import sentiment_sets
from benchmarks.sentiment_sets import SETS, UNSEEN, Rows
from cx.text import sentiment_features
from cx.text.sentiment import MODEL
from cx.text.valence import TOKEN, UNKNOWN, Reader

WORD_ROWS, PAIR_ROWS = 3, 5
"""A word or pair that stands in fewer training rows has no weight."""
STRENGTH = 0.05
"""scikit-learn's C: the smaller, the nearer all weights are to 0."""
STEPS = 80
"""Steps of the solver: enough, and stopping early holds rare words back."""
BALANCE = 0.4
"""The rows of a set of n weigh n ** BALANCE together, so that large sets do not decide alone."""
APART = 5.0
"""Scale of the column that holds the thresholds of the two questions apart: regularised next to nothing."""
SMALLEST = 0.01
"""Weights nearer to 0 are left out of the file."""
GRID = np.arange(-2.0, 2.01, 0.1).round(1)
VADER = 0.05
"""VADER's authors' threshold."""
DENSE = ("positive", "negative", "emphasis", "asks", "calls")

READING = """
How to read it: each line is a set nothing was learned from; rows of other sets (and of the hand-labelled clauses) that contain
one of its texts, or are contained in one, were left out of the training too. Macro-F1 is the mean of the F1 of the
classes that occur. On sets of two classes the sign of the score decides for both; else the thresholds, ours chosen on
the training sets, VADER's ±0.05. "gold/sentences" are clauses agreed on by two annotators which no training sees."""


class Fitted(NamedTuple):
    """A linear model over the columns of `matrix`, and thresholds on s."""

    weights: np.ndarray
    base: float
    lower: float
    upper: float


class Problem(NamedTuple):
    """All rows as a matrix: columns are `DENSE`, words, words with their side turned by negation, pairs."""

    rows: Rows
    matrix: sparse.csr_matrix
    reader: Reader
    pairs: np.ndarray


def main() -> None:
    """Prints the figures and writes the model, or one of both."""
    parser = argparse.ArgumentParser(description="Train the sentiment model and print what it is worth.")
    parser.add_argument("data", nargs="?", type=Path, default=sentiment_sets.DATA)
    parser.add_argument("--figures", action="store_true", help="print the figures, write nothing")
    parser.add_argument("--write", action="store_true", help="write the model, print no figures")
    given = parser.parse_args()
    problem = prepared(sentiment_sets.load(given.data))
    if not given.write:
        figures(problem)
    if not given.figures:
        learned = problem.rows.sets != UNSEEN
        write(problem, fitted(problem, learned))


def prepared(rows: Rows) -> Problem:
    """The features of all rows; words and pairs are counted without the rows no training sees."""
    seen = rows.sets != UNSEEN
    reader = Reader(_vocabulary([text for text, known in zip(rows.texts, seen.tolist(), strict=True) if known]))
    features = sentiment_features.of(reader, rows.texts)
    size, count = len(rows.texts), len(reader.words)

    def table(tokens: np.ndarray, columns: np.ndarray, width: int, values: np.ndarray) -> sparse.csr_matrix:
        return sparse.csr_matrix((values, (features.text[tokens], columns)), shape=(size, width))

    every = np.arange(len(features.ids))
    words = table(every, features.ids, count, features.force)
    turned = table(every, features.ids, count, np.where(features.negated, -1, 1) * features.force)
    known = (features.ids[features.seconds] != UNKNOWN) & (features.ids[features.seconds - 1] != UNKNOWN)
    known &= seen[features.text[features.seconds]]
    pairs, counts = np.unique(features.pairs[known], return_counts=True)
    pairs = pairs[counts >= PAIR_ROWS]
    at = np.minimum(np.searchsorted(pairs, features.pairs), len(pairs) - 1)
    hits = np.flatnonzero(pairs[at] == features.pairs)
    seconds = features.seconds[hits]
    joined = table(seconds, at[hits], len(pairs), features.force[seconds])
    matrix = sparse.hstack([sparse.csr_matrix(_dense(features)), words, turned, joined]).tocsr()
    return Problem(rows, matrix, reader, pairs)


def _vocabulary(texts: list[str]) -> list[str]:
    rows: Counter[str] = Counter()
    for text in texts:
        rows.update({token.lower().replace("’", "'") for token in TOKEN.findall(text)})
    return sorted(word for word, count in rows.items() if count >= WORD_ROWS and word[0].isalpha())


def _dense(features: sentiment_features.Features) -> np.ndarray:
    """One column for each of `DENSE`."""

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(features.text, values, minlength=features.size)

    lexical = features.lexical
    return np.column_stack(
        [
            summed(np.maximum(lexical, 0)),
            summed(np.minimum(lexical, 0)),
            features.emphasis,
            features.asks,
            features.calls,
        ]
    )


def fitted(problem: Problem, chosen: np.ndarray) -> Fitted:
    """The ordinal logistic model of the chosen rows.

    One weight per column answers two questions, "not negative?" and "positive?", which differ only by their threshold
    (proportional odds, McCullagh 1980). Each set may lie higher or lower and be more or less sure of itself than the
    others while learning; a text of no set gets the mean of their bases.
    """
    matrix, sides, sets = problem.matrix[chosen], problem.rows.sides[chosen], problem.rows.sets[chosen]
    names, place, sizes = np.unique(sets, return_inverse=True, return_counts=True)
    own = sparse.csr_matrix(np.eye(len(names))[place])
    apart = np.full((len(sides), 1), APART)
    design = sparse.vstack(
        [sparse.hstack([matrix, apart, own, own]), sparse.hstack([matrix, -apart, own, -own])]
    ).tocsr()
    weight = sizes[place] ** (BALANCE - 1.0)
    weight /= weight.mean()
    model = LogisticRegression(C=STRENGTH, max_iter=STEPS, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(design, np.concatenate([sides >= 0, sides > 0]), sample_weight=np.tile(weight, 2))
    columns = matrix.shape[1]
    weights = model.coef_[0][:columns]
    base = float(model.intercept_[0] + model.coef_[0][columns + 1 : columns + 1 + len(names)].mean())
    return Fitted(weights, base, *thresholds(matrix @ weights + base, sides, sets))


def thresholds(scores: np.ndarray, sides: np.ndarray, sets: np.ndarray) -> tuple[float, float]:
    """The (lower, upper) of a grid with the best macro-F1, mean over the sets that have three classes."""
    best = np.zeros((len(GRID), len(GRID)))
    for name in np.unique(sets):
        own = sets == name
        if len(np.unique(sides[own])) < 3:
            continue
        below = {side: np.searchsorted(np.sort(scores[own & (sides == side)]), GRID) for side in (-1, 0, 1)}
        total = {side: int((own & (sides == side)).sum()) for side in (-1, 0, 1)}
        every, rows = sum(below.values()), int(own.sum())
        best += (2 * below[-1] / (every + total[-1]))[:, None]
        best += (2 * (total[1] - below[1]) / (rows - every + total[1]))[None, :]
        best += 2 * (below[0][None, :] - below[0][:, None]) / np.maximum(every[None, :] - every[:, None] + total[0], 1)
    best[np.tril_indices(len(GRID), -1)] = -1
    lower, upper = np.unravel_index(int(best.argmax()), best.shape)
    return float(GRID[lower]), float(GRID[upper])


def figures(problem: Problem) -> None:
    """Prints macro-F1 of both on every set held out, and on the clauses nobody learns from."""
    kin = sentiment_sets.kin(problem.rows)
    print(
        f"{'held out':18} {'rows':>6} {'left out':>8} {'VADER':>6} {'ours':>6} {'gain':>7}  thresholds on s", flush=True
    )
    gains, levels = [], []
    for name in SETS:
        ours, vader = _judged(problem, name, kin[name])
        gains.append(ours - vader)
        levels.append((vader, ours))
    vader, ours = np.mean(levels, axis=0)
    print(
        f"{'mean of ' + str(len(SETS)):18} {'':>15} {vader:>6.3f} {ours:>6.3f} {np.mean(gains):>+7.3f}  worst {min(gains):+.3f}"
    )
    _judged(problem, UNSEEN, kin[UNSEEN])
    print(READING)


def _judged(problem: Problem, name: str, kin: np.ndarray) -> tuple[float, float]:
    """Macro-F1 of our model and of VADER on a set held out; prints its line."""
    rows = problem.rows
    own = rows.sets == name
    model = fitted(problem, ~own & ~kin & (rows.sets != UNSEEN))
    sides = rows.sides[own]
    scores = problem.matrix[own] @ model.weights + model.base
    compounds = _compounds([text for text, held in zip(rows.texts, own.tolist(), strict=True) if held])
    if two := len(np.unique(sides)) == 2:
        answers = [np.where(found >= 0, 1, -1) for found in (scores, compounds)]
    else:
        answers = [labels(scores, model.lower, model.upper), labels(compounds, -VADER, VADER)]
    ours, vader = (macro(sides, answer) for answer in answers)
    right = (
        ""
        if name != UNSEEN
        else f"  right {np.mean(answers[0] == sides):.3f}, VADER {np.mean(answers[1] == sides):.3f}"
    )
    print(
        f"{name:18} {own.sum():>6} {int((kin & (rows.sets != UNSEEN)).sum()):>8} {vader:>6.3f} {ours:>6.3f} {ours - vader:>+7.3f}  "
        + ("sign" if two else f"{model.lower:+.1f} {model.upper:+.1f}") + right,
        flush=True,
    )  # fmt: skip
    return ours, vader


def labels(scores: np.ndarray, lower: float, upper: float) -> np.ndarray:
    """-1 up to the lower threshold, 1 from the upper on, 0 between."""
    return np.where(scores >= upper, 1, np.where(scores <= lower, -1, 0))


def macro(sides: np.ndarray, answers: np.ndarray) -> float:
    """Macro-F1 over the classes that occur."""
    return float(f1_score(sides, answers, labels=np.unique(sides), average="macro", zero_division=0))


def _compounds(texts: list[str]) -> np.ndarray:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    vader: Any = SentimentIntensityAnalyzer()
    return np.array([vader.polarity_scores(text)["compound"] for text in texts])


def write(problem: Problem, model: Fitted, path: Path = MODEL) -> None:
    """The model as lines: `=` name number, `w` word plain negated, `p` first second weight."""
    words = problem.reader.words
    dense, plain, turned, pairs = np.split(model.weights, np.cumsum([len(DENSE), len(words), len(words)]))
    head = {
        "base": model.base,
        **dict(zip(DENSE, dense.tolist(), strict=True)),
        "lower": model.lower,
        "upper": model.upper,
    }
    lines = [f"=\t{name}\t{number:.6f}" for name, number in head.items()]
    for word, both, side in zip(words, plain.tolist(), turned.tolist(), strict=True):
        if max(abs(both + side), abs(both - side)) >= SMALLEST:
            lines.append(f"w\t{word}\t{both + side:.3f}\t{both - side:.3f}")
    for key, weight in zip(problem.pairs.tolist(), pairs.tolist(), strict=True):
        if abs(weight) >= SMALLEST:
            lines.append(f"p\t{words[key // len(words)]}\t{words[key % len(words)]}\t{weight:.3f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(
        f"{path.name}: {len(lines):,} lines, {path.stat().st_size / 1e6:.2f} MB, thresholds {model.lower} {model.upper}"
    )


if __name__ == "__main__":
    main()
