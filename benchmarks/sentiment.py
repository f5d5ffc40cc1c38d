"""How fast the sentiment is beside VADER itself: `python -m benchmarks.sentiment` (a few seconds).

Both score the same sentences in the same process, one after the other; the figure is the ratio of their best times.
"""

import time
from collections.abc import Callable

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from cx.text import sentiment

SENTENCES = (
    "The staff were very friendly and helpful!", "Not good at all, I waited FOREVER.", "It was okay, but the app crashed twice",
    "I love it :)", "The parcel came a week late and nobody answered.", "Great value for money, will come again.",
)  # fmt: skip
TIMES = 5


def main() -> None:
    """Prints texts per second of both and their ratio."""
    texts = [f"{sentence} number {n}" for n in range(2_000) for sentence in SENTENCES]
    sentiment.score(texts[0])  # the lexicon is loaded before the clock starts
    ours = min(_seconds(sentiment.score, texts) for _ in range(TIMES))
    vader = min(_seconds(SentimentIntensityAnalyzer().polarity_scores, texts) for _ in range(TIMES))
    print(f"{len(texts) / ours:,.0f} texts a second with evidence; VADER alone {len(texts) / vader:,.0f}")
    print(f"ratio of times {ours / vader:.2f} (below 1: faster than VADER)")


def _seconds(run: Callable[[str], object], texts: list[str]) -> float:
    begun = time.perf_counter()
    for text in texts:
        run(text)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
