"""When the level changed: few points in time, each tested, with date and interval.

The time looked at is cut into about a hundred bins. The split, or the stretch in the middle, that sets the bins most
apart is tested against what chance gives (simulated for these very bins); what stands is split further. A dataset in
which nothing changed gets a change point in at most one case in twenty.
"""

from datetime import date
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from cx.measure import contributions, estimate, kpis, seasons, trends
from cx.measure.tally import DAY
from cx.store.datasets import Dataset
from cx.view.filters import ALL, Filter

BINS = 100
"""Into how many pieces of equal length the time is cut at most: a week each for two years."""

LEAST_BINS, LEAST_SHARE, LEAST_ANSWERS = 3, 1 / 12, 30
"""A level lasts at least so many bins, this share of the time, and has so many answers; shorter is an anomaly."""

MOST = 5
"""Change points of one series; with more there is no level to speak of."""

DRAWS, SEED = 400, 534
ALPHA = 0.05
REACH = 11.03
"""Bai 1997: the true date lies within 11.03·σ²/δ² answers of the one found, in 95 of 100 cases."""


class ChangePoint(NamedTuple):
    """The first day of a new level, the days between which it lies (95 %), the levels on both sides, their difference
    with its interval, and p of the test."""

    day: date
    earliest: date
    latest: date
    before: float
    after: float
    change: float
    low: float
    high: float
    p: float
    n_before: int
    n_after: int


def found(dataset: Dataset, name: str, where: Filter = ALL, series_looked_at: int = 1) -> list[ChangePoint]:
    """The change points of a KPI in the time looked at, in order; empty when its level held, or on too little.

    `series_looked_at`: how many series are tested together on a page; the test of each is that much stricter
    (Bonferroni). Raises nothing on gaps, missing dates or equal answers.
    """
    at = trends.bounds(dataset, where)
    if at is None:
        return []
    counts = trends.main_scale(trends.in_period(kpis.counted(dataset, name, [DAY], where), *at))
    counts = counts[counts[DAY].notna()]
    if counts.empty:
        return []
    return of_days(daily(contributions.sums(name, counts)), ALPHA / max(series_looked_at, 1))


def daily(sums: pd.DataFrame) -> pd.DataFrame:
    """Sums over responses by day, days without answers included: index the day, columns n, m, y, mm, my, yy."""
    per = sums.groupby(pd.to_datetime(sums[DAY]))[contributions.SUMS].sum()
    return per.reindex(pd.date_range(per.index.min(), per.index.max()), fill_value=0.0).astype(float)


def of_days(days: pd.DataFrame, alpha: float = ALPHA) -> list[ChangePoint]:
    """The change points of daily sums, as `found`."""
    width = max(1, -(-len(days) // BINS))
    edges = np.append(np.arange(0, len(days), width), len(days))
    bins = {name: np.add.reduceat(days[name].to_numpy(), edges[:-1]) for name in contributions.SUMS}
    unit = _unit(bins)
    if unit <= 0 or len(edges) <= 2 * LEAST_BINS:
        return []
    least = max(LEAST_BINS, int(np.ceil(LEAST_SHARE * (len(edges) - 1))))
    cuts = _split(bins, unit, least, alpha, 0, len(edges) - 1)
    found_p = {int(edges[cut]): p for cut, p in cuts.items()}
    mass, total = days["m"].to_numpy(), days["y"].to_numpy()
    kept = _standing(mass, total, unit, sorted(found_p))
    sharp = _sharpened(mass, total, kept, least * width // 2)
    return [_told(days, unit, sharp, place, found_p[kept[place]]) for place in range(len(sharp))]


def _unit(bins: dict[str, np.ndarray]) -> float:
    """Variance per weight of one answer about the level of its bin, with what bins scatter beyond it."""
    full = bins["m"] > 0
    n, m, y, mm, my, yy = (bins[name][full] for name in contributions.SUMS)
    if n.sum() <= len(n):
        return 0.0
    level = y / m
    squares = np.maximum(yy - 2 * level * my + level**2 * mm, 0).sum() * n.sum() / (n.sum() - len(n))
    unit = float(squares / m.sum())
    return unit * seasons.scatter(level, unit / m) if unit > 0 else 0.0


def _split(
    bins: dict[str, np.ndarray], unit: float, least: int, alpha: float, begin: int, end: int
) -> dict[int, float]:
    """The cuts between two bins with the p of their test; what stands is split further."""
    mass, total, answers = (bins[name][begin:end] for name in ("m", "y", "n"))
    tried = _candidates(np.append(0, np.cumsum(answers)), least)
    if tried is None:
        return {}
    p, first, last = _strongest(mass, total, unit, *tried)
    if p > alpha:
        return {}
    ends = [begin, *(begin + cut for cut in (first, last) if 0 < cut < end - begin), end]
    out = dict.fromkeys(ends[1:-1], p)
    for left, right in pairwise(ends):
        out |= _split(bins, unit, least, alpha, left, right)
    return out


def _candidates(answers: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray] | None:
    """All stretches first…last (bins, from 0) that are long and full enough, as is all the rest; those that begin at 0
    are the simple splits."""
    size = len(answers) - 1
    first, last = np.triu_indices(size, k=least)
    inside = answers[last] - answers[first]
    fine = (size - (last - first) >= least) & (np.minimum(inside, answers[-1] - inside) >= LEAST_ANSWERS)
    # What is left at either side of a stretch in the middle must be a level of its own, too.
    fine &= ((first == 0) | (first >= least)) & (size - last >= least)
    return (first[fine], last[fine]) if fine.any() else None


def _strongest(
    mass: np.ndarray, total: np.ndarray, unit: float, first: np.ndarray, last: np.ndarray
) -> tuple[float, int, int]:
    """p and the ends of what sets the bins most apart: simple splits and stretches in the middle each against the
    largest of their kind that chance gives, and the better of the two against how often chance does as well."""
    cumulated = np.append(0, np.cumsum(mass))
    whole, inside = cumulated[-1], cumulated[last] - cumulated[first]
    spread = np.sqrt(unit * inside * (whole - inside) / whole)
    kinds = [kind for kind in (np.flatnonzero(first == 0), np.flatnonzero(first > 0)) if len(kind)]
    rng = np.random.default_rng(SEED)
    chance = rng.standard_normal((DRAWS, len(mass))) * np.sqrt(unit * mass)
    sums = np.vstack([total, chance])
    sums = np.hstack([np.zeros((DRAWS + 1, 1)), np.cumsum(sums, axis=1)])
    sums -= sums[:, -1:] * cumulated / whole
    apart, strongest = np.empty((DRAWS + 1, len(kinds))), []
    for place, kind in enumerate(kinds):
        z = np.abs(sums[:, last[kind]] - sums[:, first[kind]]) / spread[kind]
        apart[:, place] = z.max(axis=1)
        strongest.append(kind[z[0].argmax()])
    # Row 0 is what was seen, the others are chance; how far up each stands among all of them, kind by kind.
    above = (apart[None, :, :] >= apart[:, None, :]).mean(axis=1)
    best = above.min(axis=1)
    chosen = strongest[int(np.lexsort((-apart[0], above[0]))[0])]
    return float((best <= best[0]).mean()), int(first[chosen]), int(last[chosen])


def _standing(mass: np.ndarray, total: np.ndarray, unit: float, places: list[int]) -> list[int]:
    """The places at which the levels on both sides still differ once the others are known; at most `MOST`."""
    while places:
        z = [
            abs(_step(mass, total, places, at)[0]) / (unit * _step(mass, total, places, at)[1]) ** 0.5
            for at in range(len(places))
        ]
        weakest = int(np.argmin(z))
        if z[weakest] >= STANDS and len(places) <= MOST:
            break
        places = places[:weakest] + places[weakest + 1 :]
    return places


STANDS = 2.5
"""Standard errors by which neighbouring levels must differ in the end."""


def _levels(mass: np.ndarray, total: np.ndarray, places: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Level and mass of each stretch between places."""
    starts = [0, *places]
    held = np.add.reduceat(mass, starts)
    return np.add.reduceat(total, starts) / held, held


def _step(mass: np.ndarray, total: np.ndarray, places: list[int], at: int) -> tuple[float, float]:
    """Difference of the levels on both sides of a place, and what multiplies the unit variance to give its variance."""
    level, held = _levels(mass, total, places)
    return float(level[at + 1] - level[at]), float(1 / held[at] + 1 / held[at + 1])


def _sharpened(mass: np.ndarray, total: np.ndarray, places: list[int], margin: int) -> list[int]:
    """Each place moved to the day that best tells the two levels apart, its neighbours held."""
    out = list(places)
    for at in range(len(out)):
        begin, end = ([0, *out])[at], ([*out, len(mass)])[at + 1]
        m, y = np.cumsum(mass[begin:end]), np.cumsum(total[begin:end])
        with np.errstate(invalid="ignore", divide="ignore"):
            gain = (y - y[-1] * m / m[-1]) ** 2 / (m * (m[-1] - m))
        gain[:margin], gain[len(gain) - margin :] = np.nan, np.nan
        if np.isfinite(gain).any():
            out[at] = begin + int(np.nanargmax(np.where(np.isfinite(gain), gain, np.nan))) + 1
    return out


def _told(days: pd.DataFrame, unit: float, places: list[int], at: int, p: float) -> ChangePoint:
    mass, total = days["m"].to_numpy(), days["y"].to_numpy()
    level, _ = _levels(mass, total, places)
    change, parts = _step(mass, total, places, at)
    half = estimate.Z * (unit * parts) ** 0.5
    begin, end = ([0, *places])[at], ([*places, len(mass)])[at + 1]
    place = places[at]
    reach = REACH * unit / change**2
    gone, to_come = np.cumsum(mass[begin:place][::-1]), np.cumsum(mass[place:end])
    earliest = place - min(int(np.searchsorted(gone, reach)) + 1, place - begin)
    latest = place + min(int(np.searchsorted(to_come, reach)) + 1, end - place - 1)
    n = days["n"].to_numpy()
    first, early, late = (days.index[where].date() for where in (place, earliest, latest))
    before, after = int(n[begin:place].sum()), int(n[place:end].sum())
    return ChangePoint(
        first,
        early,
        late,
        float(level[at]),
        float(level[at + 1]),
        change,
        change - half,
        change + half,
        p,
        before,
        after,
    )
