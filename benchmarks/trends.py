"""False alarms and power of anomalies, change points and forecasts: `python -m benchmarks.trends` (about four minutes).

Series of 24 months are drawn, with nothing in them or with something planted, and judged as the program does it.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from cx.measure import anomalies, changepoints, estimate, kpis, seasons, trends
from cx.measure.anomalies import Watched

MONTHS = trends.every(pd.Timestamp("2024-01-01").date(), pd.Timestamp("2025-12-31").date(), "month")
MIXES = {"55/30/15": (0.55, 0.3, 0.15), "50/30/20": (0.5, 0.3, 0.2), "40/30/30": (0.4, 0.3, 0.3)}
"""Promoters, passives, detractors; the last is about as wide as NPS gets."""

ANSWERS = 150

READING = """
How to read it. False alarms: events a year and series when nothing happened (months of 30 or 31 days, two rules, both levels);
asked for: at most 1. "3 sigma": those of the alarm level alone. Found: share of planted drops with an event at that time, downwards
(a month: rule point in that month; six months: rule lasting over them); asked for: at least 80 %. Unseen: the share of drops
found that are just as large as the page says can stay unseen; 80 % when it tells the truth. Change points: share of
series with any; asked for: at most 5 % when nothing happened. Forecast: share of 95 % intervals that held the next month.
Figures from 300 series are good to ±0.05 a year and ±4 %."""


def main() -> None:
    """Prints a line for each question."""
    parser = argparse.ArgumentParser(description="False alarms and power of trends.")
    parser.add_argument("--series", type=int, default=300, help="series a question (default 300)")
    many = parser.parse_args().series
    rng = np.random.default_rng(534)
    print("Nothing happened                  false alarms a year   of these 3 sigma")
    for name, kind, series in calm(rng, many):
        events = [judged(each, kind) for each in series]
        loud = sum(int((found["level"] == 3).sum()) for found in events)
        rate = sum(map(len, events)) / many / 2
        print(f"{name:34}{rate:>10.2f} {'ok' if rate <= 1 else 'TOO MANY':8}{loud / many / 2:>13.2f}")
    print(f"\nPlanted in NPS, {ANSWERS} answers a month      found")
    for name, share in power(rng, many):
        print(f"{name:46}{share:>5.0%}")
    print("\nChange points, 730 days               any      dated right (95 % interval)")
    for name, any_, right in changes(rng, many):
        print(f"{name:36}{any_:>5.1%}{right:>14}")
    print("\nForecasts that held")
    for name, share in forecasts(rng, many):
        print(f"{name:36}{share:>5.1%}")
    print(READING)


def drawn(
    rng, name: str, answers: Sequence[float], mixes: np.ndarray, sizes: np.ndarray, **scale: object
) -> pd.DataFrame:
    """A KPI's series: one row of answer shares and one number of answers per month."""
    many = np.stack([rng.multinomial(n, mix) for n, mix in zip(sizes, mixes, strict=True)])
    counts = pd.DataFrame(
        {"answer": np.tile(answers, len(many)), "n": many.ravel(), "at": np.repeat(np.arange(len(many)), len(answers))}
    )
    counts = counts.assign(w=counts["n"].astype(float), w2=counts["n"].astype(float), **{"scale": "", **scale})
    rows = kpis.estimated(name, counts, ["at"])[["value", "low", "high", "n", "se"]]
    return MONTHS.join(rows.reset_index(drop=True))


def nps(rng, mix: Sequence[float], shift: np.ndarray | None = None, n: int = ANSWERS) -> pd.DataFrame:
    """A series of NPS; `shift` in points per month moves promoters to detractors."""
    moved = np.zeros(len(MONTHS)) if shift is None else shift / 200
    return drawn(rng, "nps", [10.0, 8.0, 0.0], mix + np.outer(moved, [1, 0, -1]), np.full(len(MONTHS), n))


def judged(series: pd.DataFrame, kind: str = "kpi") -> pd.DataFrame:
    """The events of a series."""
    return anomalies.found(Watched(kind, "nps", series), "month")


def calm(rng, many: int) -> Iterator[tuple[str, str, list[pd.DataFrame]]]:
    """Series in which nothing happens."""
    for name, mix in MIXES.items():
        yield f"NPS {name}, {ANSWERS} a month", "kpi", [nps(rng, mix) for _ in range(many)]
    yield "NPS 50/30/20, 30 a month", "kpi", [nps(rng, MIXES["50/30/20"], n=30) for _ in range(many)]
    yield "NPS 50/30/20, 20 to 400 a month", "kpi", [uneven(rng) for _ in range(many)]
    seven = {"scale_min": 1.0, "scale_max": 7.0, "low_is_good": False}
    for name, kpi, answers, mix in (
        ("CSAT 85 %, 60 a month", "csat", [7.0, 1.0], (0.85, 0.15)),
        ("CES, 100 a month", "ces", [7.0, 6.0, 5.0, 1.0], (0.4, 0.3, 0.15, 0.15)),
    ):
        n = np.full(len(MONTHS), 60 if kpi == "csat" else 100)
        mixes = np.tile(mix, (len(MONTHS), 1))
        yield name, "kpi", [drawn(rng, kpi, answers, mixes, n, **seven) for _ in range(many)]
    for usual in (8, 0.3 * ANSWERS):
        name = f"topic in {usual:.0f} of {ANSWERS} comments"
        yield name, "share", [share(rng, usual / ANSWERS) for _ in range(many)]
    days = ((MONTHS["last"] - MONTHS["period"]).dt.days + 1).to_numpy()
    yield "volume, 150 a month", "volume", [volume(rng.poisson(5 * days)) for _ in range(many)]
    extra = [volume(rng.poisson(5 * days * rng.gamma(25, 1 / 25, len(days)))) for _ in range(many)]
    yield "volume that varies by 20 % anyway", "volume", extra


def uneven(rng) -> pd.DataFrame:
    """NPS with a different number of answers every month."""
    sizes = rng.integers(20, 401, len(MONTHS))
    return drawn(rng, "nps", [10.0, 8.0, 0.0], np.tile(MIXES["50/30/20"], (len(MONTHS), 1)), sizes)


def share(rng, usual: float) -> pd.DataFrame:
    """The share of comments on a topic."""
    n = pd.Series(np.full(len(MONTHS), ANSWERS))
    parts = pd.DataFrame({"n": n, "base": n, "mean": rng.binomial(ANSWERS, usual, len(MONTHS)) / ANSWERS, "var": 0.0})
    rows = estimate.scaled(estimate.wilson(parts), 100)
    return MONTHS.join(rows[["value", "low", "high", "n", "se"]])


def volume(n: np.ndarray) -> pd.DataFrame:
    """A series of counts."""
    return MONTHS.assign(value=n.astype(float), low=n.astype(float), high=n.astype(float), n=n)


def power(rng, many: int) -> Iterator[tuple[str, float]]:
    """The share of planted drops that are found."""
    month = np.arange(len(MONTHS))
    for name, mix in MIXES.items():
        for at, words in ((23, "the last"), (14, "an earlier")):
            found = [hit(nps(rng, mix, np.where(month == at, -20.0, 0)), "point", at, at) for _ in range(many)]
            yield f"{name}: 20 points, {words} month", float(np.mean(found))
        found = [hit(nps(rng, mix, np.where(month >= 18, -10.0, 0)), "lasting", 18, 23) for _ in range(many)]
        yield f"{name}: 10 points, the last six months", float(np.mean(found))
        least = float(np.mean([anomalies.unseen(nps(rng, mix), "month").point or 0 for _ in range(50)]))
        found = [hit(nps(rng, mix, np.where(month == 23, -least, 0)), "point", 23, 23) for _ in range(many)]
        yield f"{name}: {least:.0f} points ('can stay unseen')", float(np.mean(found))


def hit(series: pd.DataFrame, rule: str, first: int, last: int) -> bool:
    """Whether the rule found a drop in these months."""
    events = judged(series)
    own = events[(events["rule"] == rule) & (events["sigmas"] < 0)]
    begin, end = MONTHS["period"][first], MONTHS["last"][last]
    if rule == "point":
        return bool((own["begin"] == begin).any())
    middle = begin + (end - begin) / 2
    return bool(((own["begin"] <= middle) & (own["end"] >= middle)).any())


def days(rng, mix: Sequence[float], shift: np.ndarray, per_day: float) -> pd.DataFrame:
    """Daily sums of NPS answers, `shift` points per day moved."""
    n = rng.poisson(per_day, len(shift))
    moved = np.outer(shift / 200, [1, 0, -1])
    counts = np.stack([rng.multinomial(many, mix + by) for many, by in zip(n, moved, strict=True)]).astype(float)
    y, yy = 100 * (counts[:, 0] - counts[:, 2]), 1e4 * (counts[:, 0] + counts[:, 2])
    columns = {"n": n, "m": n, "y": y, "mm": n, "my": y, "yy": yy}
    return pd.DataFrame(columns, index=pd.date_range("2024-01-01", periods=len(shift))).astype(float)


def changes(rng, many: int) -> Iterator[tuple[str, float, str]]:
    """Share of series with a change point, and of those near a planted one the share whose interval holds its day."""
    day, mix = np.arange(730), MIXES["50/30/20"]
    planted: list[tuple[str, Callable[[], np.ndarray], int | None, float]] = [
        ("nothing, 150 a month", lambda: np.zeros(730), None, 5),
        ("nothing, 30 a month", lambda: np.zeros(730), None, 1),
        ("10 points down after a year", lambda: np.where(day >= 365, -10.0, 0), 365, 5),
        ("20 points down after a year", lambda: np.where(day >= 365, -20.0, 0), 365, 5),
        ("20 points down for four months", lambda: np.where((day >= 365) & (day < 487), -20.0, 0), 365, 5),
    ]
    for name, shift, at, per_day in planted:
        found = [changepoints.of_days(days(rng, mix, shift(), per_day)) for _ in range(many)]
        near = [] if at is None else [
            each for series in found for each in series if abs((pd.Timestamp(each.day) - pd.Timestamp("2024-01-01")).days - at) < 60
        ]  # fmt: skip
        true = None if at is None else (pd.Timestamp("2024-01-01") + pd.Timedelta(days=at)).date()
        right = f"{np.mean([each.earliest <= true <= each.latest for each in near]):.0%}" if near else ""
        yield name, float(np.mean([bool(series) for series in found])), right


def forecasts(rng, many: int) -> Iterator[tuple[str, float]]:
    """The share of prediction intervals, made from 23 months, that held the 24th."""
    for name, drift in (("NPS, steady", 0.0), ("NPS, wandering by 4 points a month", 4.0)):
        held = []
        for _ in range(many):
            shift = np.clip(rng.normal(0, drift, len(MONTHS)).cumsum(), -40, 30)
            series = nps(rng, MIXES["50/30/20"], shift)
            ahead = seasons.forecast(series.head(23), "month", -100, 100)
            held.append(
                ahead.low is not None and ahead.high is not None and ahead.low <= series["value"][23] <= ahead.high
            )
        yield name, float(np.mean(held))


if __name__ == "__main__":
    main()
