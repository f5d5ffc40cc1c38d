"""Do 95 % intervals hold the truth 95 times in a hundred? `python -m benchmarks.coverage` (about two minutes).

For each KPI a grid of customers whose true value is known; 20,000 samples of 30, 100 and 1,000 answers are drawn from
each, estimated as the program does it, and it is counted how many intervals hold the truth. Mentions of one comment
agree with each other: for KPIs of mentions whole comments are drawn from those annotated by hand.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import binom

from cx.measure import estimate, kpis

SIZES = (30, 100, 1000)
DRAWS = 20_000
SHARES = tuple(round(0.1 * tenth, 1) for tenth in range(1, 10))
BALANCES = tuple(round(0.2 * fifth, 1) for fifth in range(-4, 5))
SEVEN = np.arange(1.0, 8.0)
MEAN, LEAST, LEAST_MENTIONS = (94.0, 96.5), 92.0, 90.0

READING = f"""
How to read it: percent of intervals that held the truth, over the grid: mean, least, most, and where it was least. Asked
for: mean {MEAN[0]:g} to {MEAN[1]:g}, nowhere below {LEAST:g} ({LEAST_MENTIONS:g} for net sentiment of 30 responses). The figures
themselves are good to ±0.3 a grid point, ±0.05 in the mean. Grids: NPS, every mix of promoters and detractors in tenths, both at
least 0.1, together at most 1. CSAT, found it easy: share 0.1 … 0.9. CES: share q of easy answers 0.1 … 0.9, in four shapes: a
bell (binomial), even within each half, only 1 and 7, half bell half even. Index: share q of top answers, the rest bottom and
middle alike; half of the customers answer all three parts alike. Net sentiment: annotated comments, drawn with such weights
that the true value is −80 … 80; high effort the same for 5 … 40 %."""


def main() -> None:
    """Prints a line for each KPI and sample size."""
    parser = argparse.ArgumentParser(description="Coverage of the 95 % intervals.")
    parser.add_argument("data", nargs="?", type=Path, default=Path("../shared/data"), help="folder with gold/")
    parser.add_argument("--draws", type=int, default=DRAWS, help=f"samples a grid point (default {DRAWS})")
    given = parser.parse_args()
    print("KPI                n      mean  least   most  least at")
    for name, n, covered in measured(given.data, given.draws):
        worst = min(covered, key=lambda place: covered[place])
        rates = 100 * np.array(list(covered.values()))
        least = LEAST_MENTIONS if name == "net_sentiment" and n == SIZES[0] else LEAST
        fine = MEAN[0] <= rates.mean() <= MEAN[1] and rates.min() >= least
        numbers = f"{rates.mean():6.2f} {rates.min():6.2f} {rates.max():6.2f}"
        print(f"{name:14}{n:>6}    {numbers}  {worst:28} {'ok' if fine else 'NOT as asked'}")
    print(READING)


def measured(data: Path, draws: int) -> Iterator[tuple[str, int, dict[str, float]]]:
    """KPI, sample size, and the share of intervals that held the truth per place of the grid."""
    rng = np.random.default_rng(534)
    makers = {
        "nps": nps_grid, "csat": share_grid, "ces": ces_grid, "ces_share": share_grid, "cx_index": index_grid,
    }  # fmt: skip
    for name, grid in makers.items():
        for n in SIZES:
            held = {place: answers_held(name, n, draws, rng, *rest) for place, *rest in grid()}
            yield name, n, held
    if not (data / "gold").is_dir():
        print(f"(net sentiment is left out: there is no {data / 'gold'})")
        return
    for name, measure, balances in (
        ("net_sentiment", sentiment(data), BALANCES),
        ("effort_high", effort(data), (0.05, 0.1, 0.2, 0.4)),
    ):
        for n in SIZES:
            yield name, n, {f"{true:+.2f}": ratio_held(name, n, draws, rng, *measure, true) for true in balances}


def nps_grid() -> Iterator[tuple[str, np.ndarray, pd.DataFrame, float]]:
    """Promoters and detractors in tenths; the answers 10, 8 and 0 stand for the three."""
    answers = pd.DataFrame({"answer": [10.0, 8.0, 0.0], "scale": "0–10"})
    for p in range(1, 10):
        for d in range(1, 11 - p):
            yield f"promoters {p / 10}, detractors {d / 10}", np.array([p, 10 - p - d, d]) / 10, answers, 10.0 * (p - d)


def share_grid() -> Iterator[tuple[str, np.ndarray, pd.DataFrame, float]]:
    """A share of answers at the top of 1–7, the rest at its bottom."""
    for share in SHARES:
        yield f"share {share}", np.array([share, 1 - share]), on_seven([7.0, 1.0]), 100 * share


def ces_grid() -> Iterator[tuple[str, np.ndarray, pd.DataFrame, float]]:
    """Answers on 1–7 in four shapes."""
    for easy in SHARES:
        bell = binom.pmf(SEVEN - 1, 6, easy)
        halves = np.where(SEVEN >= 5, easy / 3, (1 - easy) / 4)
        poles = np.where(SEVEN == 7, easy, 0) + np.where(SEVEN == 1, 1 - easy, 0)
        shapes = {"bell": bell, "halves": halves, "poles": poles, "half bell": bell / 2 + 1 / 14}
        for shape, mix in shapes.items():
            yield f"{shape}, easy {easy}", mix, on_seven(SEVEN), float(mix @ SEVEN)


def on_seven(answers) -> pd.DataFrame:
    """Answers on a scale of 1–7."""
    return pd.DataFrame({"answer": answers, "scale": "1–7", "scale_min": 1.0, "scale_max": 7.0, "low_is_good": False})


def index_grid() -> Iterator[tuple[str, np.ndarray, pd.DataFrame, float]]:
    """Three answers on 1–5 that agree in half of the customers; top 5, middle 3, bottom 1."""
    places = np.array(np.meshgrid([0, 1, 2], [0, 1, 2], [0, 1, 2])).reshape(3, -1)
    triples = pd.DataFrame(dict(zip(kpis.PARTS, np.array([5.0, 3.0, 1.0])[places], strict=True)))
    for part in kpis.PARTS:
        triples = triples.assign(**{f"{part}_min": 1.0, f"{part}_max": 5.0, f"{part}_low_is_good": 0.0})
    alike = (places[0] == places[1]) & (places[1] == places[2])
    for top in SHARES:
        one = np.array([top, (1 - top) / 2, (1 - top) / 2])
        mix = 0.5 * one[places].prod(axis=0) + 0.5 * np.where(alike, one[places[0]], 0)
        yield f"top {top}", mix, triples, 100 * (top - (1 - top) / 2)


def answers_held(name: str, n: int, draws: int, rng, mix: np.ndarray, answers: pd.DataFrame, true: float) -> float:
    """The share of samples of `n` answers whose interval holds the truth."""
    many = rng.multinomial(n, mix / mix.sum(), draws)
    counts = answers.iloc[np.tile(np.arange(len(mix)), draws)].reset_index(drop=True)
    counts = counts.assign(draw=np.repeat(np.arange(draws), len(mix)), n=many.ravel())
    counts = counts[counts["n"] > 0].assign(w=lambda rows: rows["n"].astype(float), w2=lambda rows: rows["w"])
    return holding(kpis.estimated(name, counts, ["draw"]), true)


def holding(found: pd.DataFrame, true: float) -> float:
    """The share of intervals that hold `true`."""
    return float(((found["low"] <= true + 1e-9) & (found["high"] >= true - 1e-9)).mean())


def sentiment(data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Mentions and positive minus negative ones of each annotated comment."""
    said = pd.read_csv(data / "gold/mentions.csv").dropna(subset=["sentiment"])
    return per_comment(said["id"], said["sentiment"].map({"positive": 1.0, "neutral": 0.0, "negative": -1.0}))


def effort(data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Mentions and those of high effort of each annotated comment."""
    said = pd.read_csv(data / "gold/mentions.csv").dropna(subset=["effort"])
    return per_comment(said["id"], (said["effort"] == "high").astype(float))


def per_comment(comment: pd.Series, y: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Number of mentions and sum of `y` per comment."""
    groups = y.groupby(comment)
    return groups.size().to_numpy(dtype=float), groups.sum().to_numpy(dtype=float)


def ratio_held(name: str, n: int, draws: int, rng, m: np.ndarray, y: np.ndarray, true: float) -> float:
    """The share of samples of `n` whole comments whose interval holds the truth; comments weigh exp(λy), λ as fits."""

    def weights(slope: float) -> np.ndarray:
        out = np.exp(slope * y)
        return out / out.sum()

    slope = brentq(lambda slope: weights(slope) @ y / (weights(slope) @ m) - true, -20, 20)
    many = rng.multinomial(n, weights(slope), draws).astype(float)
    parts = {"m": m, "y": y, "mm": m * m, "my": m * y, "yy": y * y}
    sums = pd.DataFrame({column: many @ part for column, part in parts.items()}).assign(n=n)
    lowest = 0.0 if name == "effort_high" else -1.0
    return holding(estimate.scaled(estimate.ratio(sums, lowest), 100), 100 * true)


if __name__ == "__main__":
    main()
