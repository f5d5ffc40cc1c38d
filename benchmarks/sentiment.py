"""Sentiment beside VADER: seconds, and what the ratings of an upload add: `python -m benchmarks.sentiment [DATA]` (two minutes).

Speed: both score the same mentions in the same process on one core, one after the other, best of five. Calibration: the
ratings of every second lounge review are known, the label of the others is judged; once with the shipped model, and
once with a model trained without these reviews and their kin, as the shipped one has seen them.
"""

import argparse
import csv
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks import sentiment_sets, train_sentiment
from cx.text import calibration, mentions, sentiment

TIMES = 5
MENTIONS = 10_000
LOUNGE = "skytrax_lounge"

READING = """
How to read it: a ratio below 1 is faster than VADER alone. "without" and "with" are macro-F1 of the response's label against
the side of its rating, on reviews whose rating was not known; the second model has never seen a lounge review."""


def main() -> None:
    """Prints both."""
    parser = argparse.ArgumentParser(description="Speed of the sentiment beside VADER; gain by calibration.")
    parser.add_argument("data", nargs="?", type=Path, default=sentiment_sets.DATA)
    data = parser.parse_args().data
    texts, sides = reviews(data)
    speed([text[start:end] for text in texts for start, end in mentions.split(text)][:MENTIONS])
    print("shipped model:        ", calibrated(texts, sides))
    problem = train_sentiment.prepared(sentiment_sets.load(data))
    strangers = (problem.rows.sets != LOUNGE) & ~sentiment_sets.kin(problem.rows)[LOUNGE]
    model = train_sentiment.fitted(problem, strangers & (problem.rows.sets != sentiment_sets.UNSEEN))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "without_lounge.tsv"
        train_sentiment.write(problem, model, path)
        sentiment.MODEL = path
        for kept in (sentiment.weights, sentiment.thresholds, sentiment._model):
            kept.cache_clear()
        print("trained without them: ", calibrated(texts, sides))
    print(READING)


def reviews(data: Path) -> tuple[list[str], np.ndarray]:
    """Lounge reviews and the side of their rating: of 1–5, or of 1–10 where the form has `type_traveller`."""
    with (data / "reviews" / f"{LOUNGE}.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["overall_rating"] and row["content"]]
    sides = []
    for row in rows:
        rating, (low, high) = float(row["overall_rating"]), (4, 7) if row["type_traveller"] else (2, 4)
        sides.append(-1 if rating <= low else 1 if rating >= high else 0)
    return [row["content"] for row in rows], np.array(sides)


def speed(texts: list[str]) -> None:
    """Prints mentions per second of both and the ratio of their times."""
    sentiment.scores(texts[:1])  # the model is loaded before the clock starts
    ours = _seconds(lambda: sentiment.scores(texts))
    analyzer = SentimentIntensityAnalyzer()
    vader = _seconds(lambda: [analyzer.polarity_scores(text) for text in texts])
    print(
        f"{len(texts) / ours:,.0f} mentions a second, VADER alone {len(texts) / vader:,.0f}: ratio of times {ours / vader:.2f}"
    )


def _seconds(run: Callable[[], object]) -> float:
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return min(times)


def calibrated(texts: list[str], sides: np.ndarray) -> str:
    """Macro-F1 on the reviews whose rating is not known, without and with what the other ratings teach."""
    known = np.arange(len(texts)) % 2 == 0
    found = calibration.fit(texts, [float(side) if has else None for side, has in zip(sides, known, strict=True)])
    judged = np.flatnonzero(~known).tolist()
    without = [sentiment.label(calibration.score(None, texts[at])) for at in judged]
    if found is None:
        return "calibration does not help and is not used"
    adapted = [sentiment.label(calibration.score(found, texts[at]), found.bounds) for at in judged]
    values = [calibration.macro(sides[judged], _sides(labels)) for labels in (without, adapted)]
    return (
        f"without {values[0]:.3f}, with {values[1]:.3f}, gain {values[1] - values[0]:+.3f} on {len(judged)} reviews "
        f"(the page would say: {found.before:.3f} → {found.after:.3f} on {found.rows})"
    )


def _sides(labels: list[str]) -> np.ndarray:
    return np.array([sentiment_sets.SIDES.get(label, 0) for label in labels])


if __name__ == "__main__":
    main()
