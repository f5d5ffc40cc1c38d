"""What repeats every year (or week), and what to expect of the next period. Simple, and silent where there is too little.

Both work on a series of `measure.trends`. Each point counts by its sampling error; what moves beyond that is the level.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from cx.measure.estimate import Z
from cx.settings import CIVIL, Calendar
from cx.view import wording

CYCLE = {"day": 7, "month": 12, "quarter": 4}
"""How many periods make a cycle. Weeks have none: two years of them are shown by month."""

REAL = 0.01
"""A pattern is used (in forecasts, for what is expected) below this p; anything repeats a little by chance."""

LEAST = 6
"""Periods with a number that a forecast needs."""

DRIFTS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""How far the level may move from period to period, in typical sampling errors; weighed by how well each explains."""

POSITIONS = {
    "day": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "month": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "quarter": ("Q1", "Q2", "Q3", "Q4"),
}


class Pattern(NamedTuple):
    """What repeats: `effects` has position, name, effect, low, high (in the KPI's unit, about the level), n periods.

    `p` of the whole pattern; None, with the reason in `why`, when there are no two cycles to compare.
    """

    effects: pd.DataFrame
    p: float | None
    why: str = ""

    @property
    def real(self) -> bool:
        """Whether it is beyond chance."""
        return self.p is not None and self.p < REAL


class Forecast(NamedTuple):
    """The next period with its 95 % prediction interval: where its number will lie, sampling error included.

    `n` is how many answers it is made for. value, low and high are None, with the reason in `why`, on too little.
    """

    period: pd.Timestamp | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    why: str = ""


def position(period: pd.Series, step: str, calendar: Calendar = CIVIL) -> np.ndarray:
    """Where in its cycle a period lies: weekday 0–6, month 0–11 or (fiscal) quarter 0–3."""
    if step == "day":
        return period.dt.day_of_week.to_numpy()
    months = period.dt.month.to_numpy() - (1 if step == "month" else calendar.first_month)
    return months if step == "month" else months % 12 // 3


def pattern(series: pd.DataFrame, step: str, calendar: Calendar = CIVIL) -> Pattern:
    """The seasonal pattern of a series with at least two whole cycles: effects beside a straight trend, F-tested.

    Weighted least squares of value on time and position, each period by its sampling error; effects are shrunk by
    (1 − 1/F) so that chance is not drawn as a season.
    """
    empty = pd.DataFrame(columns=["position", "name", "effect", "low", "high", "n"])
    cycle = CYCLE.get(step)
    known = series[series["value"].notna() & series["whole"]]
    if cycle is None or len(known) == 0:
        return Pattern(empty, None, "No cycle to compare")
    place = position(known["period"], step, calendar)
    many = np.bincount(place, minlength=cycle)
    if many.min() < 2:
        return Pattern(empty, None, f"Needs two whole {'weeks' if step == 'day' else 'years'} of {step}s")
    effect, error, p, shrunk = fitted(known["value"].to_numpy(dtype=float), 1 / noise(known), place, cycle)
    half = Z * error * shrunk**0.5
    effects = pd.DataFrame(
        {
            "position": np.arange(cycle), "name": POSITIONS[step], "effect": effect * shrunk,
            "low": effect * shrunk - half, "high": effect * shrunk + half, "n": many,
        }
    )  # fmt: skip
    return Pattern(effects, p)


def noise(series: pd.DataFrame) -> np.ndarray:
    """Sampling variance of each period, from that of one answer, pooled over all; a count's is the count expected.

    Pooled, because a period's own standard error falls and rises with its value. Infinite in a gap.
    """
    n = series["n"].to_numpy(dtype=float)
    if "se" not in series:
        return np.full(len(n), max(float(series["value"].mean()), 1.0))
    known = series["se"].notna()
    unit = float((series["se"] ** 2 * series["n"])[known].mean()) if known.any() else np.inf
    # Where all answers are equal there is no sampling error to speak of, but something to divide by.
    return np.divide(max(unit, 1e-9), n, out=np.full(len(n), np.inf), where=n > 0)


def fitted(y: np.ndarray, weight: np.ndarray, place: np.ndarray, cycle: int):
    """Effects by position with standard errors, p of the F test and the share that is kept after shrinking."""
    from scipy.stats import f as fisher

    time = np.arange(len(y)) / max(len(y) - 1, 1)
    base = np.column_stack([np.ones(len(y)), time])
    turns = np.eye(cycle)[place][:, 1:] - np.eye(cycle)[place][:, :1]  # effects add up to zero
    root = np.sqrt(weight / weight.mean())[:, None]
    _, without = _least_squares(base * root, y * root[:, 0])
    design = np.column_stack([base, turns]) * root
    found, left = _least_squares(design, y * root[:, 0])
    free = len(y) - design.shape[1]
    if free < 1:
        return np.zeros(cycle), np.zeros(cycle), 1.0, 0.0
    nothing = 1e-12 * float((y**2 * root[:, 0] ** 2).sum())  # what rounding leaves
    if left <= nothing:
        ratio, p = (np.inf, 0.0) if without > nothing else (0.0, 1.0)
    else:
        ratio = (without - left) / (cycle - 1) / (left / free)
        p = float(fisher.sf(ratio, cycle - 1, free))
    spread = np.linalg.pinv(design.T @ design)[2:, 2:] * left / free
    all_but_first = found[2:]
    effect = np.concatenate([[-all_but_first.sum()], all_but_first])
    error = np.sqrt(np.maximum(np.concatenate([[spread.sum()], np.diag(spread)]), 0))
    return effect, error, p, float(np.clip(1 - 1 / ratio, 0, 1)) if ratio > 0 else 0.0


def _least_squares(design: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    found = np.linalg.lstsq(design, y, rcond=None)[0]
    return found, float(((y - design @ found) ** 2).sum())


def forecast(
    series: pd.DataFrame,
    step: str,
    low: float | None = None,
    high: float | None = None,
    calendar: Calendar = CIVIL,
) -> Forecast:
    """The period after the last whole one: the level as it is now, plus the season when there is a real one.

    A local level (exponential smoothing with the rate the data ask for: Kalman filter, drifts weighed by likelihood);
    the interval holds the doubt about level and drift and the sampling error of the period to come. `low` and `high`
    bound what is possible. Points that moved by more than their sampling error widen it.
    """
    past = series[series["whole"]] if len(series) else series
    known = past[past["value"].notna()] if len(past) else past
    if len(known) < LEAST:
        why = wording.of("Needs {least} periods with enough answers, there are {n}", least=LEAST, n=len(known))
        return Forecast(None, None, None, None, 0, why)
    days = (past["last"] - past["period"]).iloc[-1].days + 1
    after = past["period"].iloc[-1:] + pd.Timedelta(days=days)
    season, season_error = _season(series, step, calendar, after)
    error = noise(past)
    y = past["value"].to_numpy(dtype=float) - season[:-1]
    recent = float(np.median(error[np.isfinite(error)][-6:]))
    mean, variance = _local_level(y, error, recent)
    value, half = mean + season[-1], Z * np.sqrt(variance + season_error**2)
    least, value, most = (
        float(np.clip(end, -np.inf if low is None else low, np.inf if high is None else high))
        for end in (value - half, value, value + half)
    )
    return Forecast(after.iloc[0], value, least, most, round(float(known["n"].tail(6).median())))


def _season(series: pd.DataFrame, step: str, calendar: Calendar, after: pd.Series) -> tuple[np.ndarray, float]:
    """The effect of every whole period and of the one to come, and how uncertain the last is; zeros without a real one."""
    past = series.loc[series["whole"], "period"]
    periods = pd.concat([past, after])
    found = pattern(series, step, calendar)
    if not found.real:
        return np.zeros(len(periods)), 0.0
    place = position(periods, step, calendar)
    width = (found.effects["high"] - found.effects["low"]).to_numpy(dtype=float) / (2 * Z)
    return found.effects["effect"].to_numpy(dtype=float)[place], float(width[place[-1]])


def _local_level(y: np.ndarray, noise: np.ndarray, next_noise: float) -> tuple[float, float]:
    """Mean and variance of the next observation: Kalman filters of a level with several drifts, weighed by likelihood.

    Extra scatter beyond the sampling error is taken into the noise. Gaps (missing y) only let the level drift.
    """
    known = ~np.isnan(y)
    typical = float(np.median(noise[known]))
    extra = scatter(y[known], noise[known])
    means, variances, fit = [], [], []
    for drift in DRIFTS:
        level, doubt, likelihood = float(y[known][0]), float(noise[known][0]) * extra, 0.0
        for value, error in zip(y[1:], noise[1:] * extra, strict=True):
            doubt += drift * typical * extra
            if np.isnan(value):
                continue
            total = doubt + error
            likelihood -= 0.5 * (np.log(total) + (value - level) ** 2 / total)
            gain = doubt / total
            level, doubt = level + gain * (value - level), doubt * (1 - gain)
        means.append(level)
        variances.append(doubt + drift * typical * extra + next_noise * extra)
        fit.append(likelihood)
    weight = np.exp(np.array(fit) - max(fit))
    weight /= weight.sum()
    mean = float(weight @ np.array(means))
    return mean, float(weight @ (np.array(variances) + (np.array(means) - mean) ** 2))


CAP, CAPPED_MEAN, CAPPED_SD = 4.0, 0.9205, 1.206
"""Squares of normal deviates capped at 4: their mean, and their standard deviation in units of it."""

TWO = 0.9772498680518208
"""Where 2 standard errors lie in the normal distribution."""

BEYOND = 3.1
"""Standard deviations of the scatter below which 98 % of steady series lie, 6 to 120 periods long (simulated)."""


def scatter(y: np.ndarray, noise: np.ndarray) -> float:
    """How many times the sampling variance neighbours really differ by: 1 unless that is beyond chance (p < 0.02).

    From differences of neighbours, capped, so that neither one outlier nor a lasting change of level passes for
    scatter; widened because it is an estimate.
    """
    if len(y) < LEAST:
        return 1.0
    steps = (y[1:] - y[:-1]) ** 2 / np.maximum(noise[1:] + noise[:-1], 1e-300)
    # Beyond the cap little would be seen of scatter that is large everywhere: it rises with the median.
    around = max(1.0, float(np.median(steps)) / 0.455)
    found = around * np.minimum(steps / around, CAP).mean() / CAPPED_MEAN
    chance = 1 + BEYOND * CAPPED_SD * (1.5 / len(steps)) ** 0.5  # neighbouring differences share a point
    # It is estimated from few neighbours: Student's t in place of the normal, where the rules stand at 2.
    wider = (float(stdtrit(len(steps) / 2, TWO)) / 2) ** 2
    return float(found) * wider if found > chance else 1.0
