"""A number never travels alone: value, low, high, n. Intervals are 95 %, always low ≤ value ≤ high.

Every function works on frames, one row per group, and adds the columns of `COLUMNS`: what is shown (value, low, high,
n) and what a later difference needs (`mid`, `se`: centre and standard error of the adjusted estimate, `df`: degrees of
freedom, infinite for proportions).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from cx.settings import MinimumBase

Z = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""

COLUMNS = ["value", "low", "high", "n", "mid", "se", "df"]


class Estimate(NamedTuple):
    """A number with its 95 % interval and its base; value, low and high are None below the minimum base."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    @property
    def shown(self) -> bool:
        """Whether there is a number to show."""
        return self.value is not None


def of_row(row: pd.Series) -> Estimate:
    """The Estimate in a row of an estimated frame."""
    value, low, high = (None if pd.isna(row[name]) else float(row[name]) for name in ("value", "low", "high"))
    return Estimate(value, low, high, 0 if pd.isna(row["n"]) else int(row["n"]))


def moments(tally: pd.DataFrame, score: pd.Series, by: list[str]) -> pd.DataFrame:
    """Weighted mean and variance of `score` (aligned with the rows of `tally`: n, w, w2) per group.

    Returns one row per group with n (responses), base (effective responses (Σw)²/Σw², equal to n without weights),
    mean = Σwp and var = Σw²p − (Σwp)² over weighted shares (design: count once, add everywhere).
    """
    wv = tally["w"].to_numpy(dtype=float) * score.to_numpy(dtype=float)
    parts = tally.assign(wv=wv, wvv=wv * score.to_numpy(dtype=float))
    sums = add(parts, by, ["n", "w", "w2", "wv", "wvv"])
    w, w2, wv, wvv = _floats(sums, "w", "w2", "wv", "wvv")
    with np.errstate(invalid="ignore", divide="ignore"):
        sums["base"], sums["mean"] = w**2 / w2, wv / w
        sums["var"] = np.maximum(wvv / w - (wv / w) ** 2, 0)
    return sums


def add(parts: pd.DataFrame, by: list[str], columns: list[str]) -> pd.DataFrame:
    """Sums of `columns` per group; one row for the whole when `by` is empty."""
    if by:
        return parts.groupby(by, dropna=False, sort=True, observed=True)[columns].sum().reset_index()
    return parts[columns].sum().to_frame().T


def adjusted_wald(groups: pd.DataFrame) -> pd.DataFrame:
    """Interval of a mean of −1, 0, +1 answers, such as NPS: adjusted Wald (Rocks 2016), a quarter of three answers
    added to each of promoters and detractors: n+3, P+¾, D+¾. Clipped to −1…1, widened to hold the raw value."""
    n, mean, var = _floats(groups, "base", "mean", "var")
    spread = var + mean**2  # share of answers that are not 0
    plus = ((spread + mean) / 2 * n + 0.75) / (n + 3)
    minus = ((spread - mean) / 2 * n + 0.75) / (n + 3)
    mid = plus - minus
    se = np.sqrt((plus + minus - mid**2) / (n + 3))
    return _finished(groups, mid, se, np.inf, np.clip(mid - Z * se, -1, 1), np.clip(mid + Z * se, -1, 1))


def wilson(groups: pd.DataFrame) -> pd.DataFrame:
    """Interval of a share of 0/1 answers: Wilson score (Newcombe 1998, method 3). Range 0…1."""
    n, share = _floats(groups, "base", "mean")
    with np.errstate(invalid="ignore", divide="ignore"):
        mid = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z * np.sqrt(np.maximum(share * (1 - share), 0) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    se = np.sqrt(mid * (1 - mid) / (n + Z**2))  # Agresti–Coull: the same centre, for differences
    return _finished(groups, mid, se, np.inf, np.clip(mid - half, 0, 1), np.clip(mid + half, 0, 1))


def student(groups: pd.DataFrame) -> pd.DataFrame:
    """Interval of a mean of answers on a scale: Student's t with base − 1 degrees of freedom.

    A single answer has no interval to speak of: low and high are then missing and the value is not shown.
    """
    n, mean, var = _floats(groups, "base", "mean", "var")
    df = np.where(n > 1, n - 1, np.nan)
    se = np.sqrt(var / df)
    half = stdtrit(df, 0.975) * se
    return _finished(groups, mean, se, df, mean - half, mean + half)


def ratio(sums: pd.DataFrame, lowest: float = -1.0) -> pd.DataFrame:
    """A ratio of sums over responses, for KPIs of mentions: r = Σy/Σm, from `lowest` (−1, or 0 for a share) to 1.

    `sums` has n (responses), m, y, mm, my, yy, and w, w2 where responses are weighted (`as_effective`).
    Variance (Σy² − 2rΣmy + r²Σm²)·n/(n−1)/(Σm)², Student's t with n−1, because the mentions of one comment agree with
    each other (design effect about 2). As in adjusted Wald the interval
    is that of slightly more than was seen: half an average response more, a quarter of it at either end of the range;
    without it the intervals of 30 responses hold the truth in 93.5 % of samples, with it in 95 (benchmarks/coverage).
    Where all responses agree the variance is zero, but not the doubt: the interval is then Wilson's for n answers out
    of n, z²/(n + z²) of the range.
    """
    n, m, y, mm, my, yy = as_effective(sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, df = y / m, np.where(n > 1, n - 1, np.nan)
        agreed = np.sqrt(np.maximum(yy - 2 * mean * my + mean**2 * mm, 0)) / m <= 1e-12
        mid, se = _half_a_response_more(n, m, y, mm, my, yy, lowest)
        half = np.where(agreed, (1 - lowest) * Z**2 / (n + Z**2), stdtrit(df, 0.975) * se)
        mid, se = (
            np.where(agreed, mean, mid),
            np.where(agreed, half / stdtrit(df, 0.975), se),
        )  # as doubtful in differences
    groups = sums.assign(mean=mean)
    return _finished(groups, mid, se, df, np.clip(mid - half, lowest, 1), np.clip(mid + half, lowest, 1))


def as_effective(sums: pd.DataFrame) -> list[np.ndarray]:
    """n, m, y, mm, my, yy of so many equally weighted responses as the weighted ones are worth, (Σw)²/Σw² (Kish 1965).

    `sums` has them with each response's m and y times its weight, and w, w2, the sums of the weights and of their
    squares; without w the responses count alike and the sums stay.
    """
    n, m, y, mm, my, yy = _floats(sums, "n", "m", "y", "mm", "my", "yy")
    if "w" not in sums:
        return [n, m, y, mm, my, yy]
    w, w2 = _floats(sums, "w", "w2")
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = w / w2
        return [w * unit, m * unit, y * unit, mm * unit**2, my * unit**2, yy * unit**2]


def _half_a_response_more(n, m, y, mm, my, yy, lowest: float) -> tuple[np.ndarray, np.ndarray]:
    """Centre and standard error of a ratio with half a response of average length added: half of it in the middle of
    the range, a quarter at either end."""
    middle, reach = (1 + lowest) / 2, (1 - lowest) / 2
    more, squared = m / n / 2, mm / n / 2
    m, y, mm, my = m + more, y + middle * more, mm + squared, my + middle * squared
    yy = yy + squared * (middle**2 + reach**2 / 2)
    mid = y / m
    spread = np.maximum(yy - 2 * mid * my + mid**2 * mm, 0)
    return mid, np.sqrt(np.where(n > 1, spread * (n + 0.5) / (n - 0.5), np.nan)) / m


def _floats(frame: pd.DataFrame, *names: str) -> list[np.ndarray]:
    """Columns as arrays: arithmetic on arrays costs a hundredth of that on frames of a few rows."""
    return [frame[name].to_numpy(dtype=float, na_value=np.nan) for name in names]


def _finished(groups, mid, se, df, low, high) -> pd.DataFrame:
    (mean,) = _floats(groups, "mean")
    return groups.assign(
        value=np.where(np.isnan(low), np.nan, mean),
        low=np.minimum(low, mean),
        high=np.maximum(high, mean),
        mid=mid,
        se=se,
        df=df,
        n=groups["n"].to_numpy().astype("int64"),
    )


def scaled(groups: pd.DataFrame, factor: float, shift: float = 0.0) -> pd.DataFrame:
    """The same estimates in another unit: shares as percent (100), net sentiment as a score (50, +50)."""
    names = ("value", "low", "high", "mid")
    moved = {name: held * factor + shift for name, held in zip(names, _floats(groups, *names), strict=True)}
    return groups.assign(**moved, se=_floats(groups, "se")[0] * factor)


def suppressed(groups: pd.DataFrame, min_base: int, by: Sequence[str] = ()) -> pd.DataFrame:
    """The one place where numbers below the minimum base are taken away; their n stays. `by`: the columns that tell the
    groups apart, along each of which a `MinimumBase` lets nobody work out what was taken away."""
    few = groups["n"].to_numpy() < min_base
    if not few.any():
        return groups
    if isinstance(min_base, MinimumBase):
        few = _guarded(groups, few, min_base, by)
    names = ("value", "low", "high", "mid", "se")
    held = zip(names, _floats(groups, *names), strict=True)
    return groups.assign(**{name: np.where(few, np.nan, numbers) for name, numbers in held})


def sides(a: pd.DataFrame, b: pd.DataFrame, on: str, min_base: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two frames of the same groups (column `on`), one with and one without, suppressed: for a `MinimumBase` a group's other
    side goes, too, where the whole less that side would tell what was taken away."""
    held = [suppressed(rows, min_base) for rows in (a, b)]
    if isinstance(min_base, MinimumBase):
        few = {group for rows in (a, b) for group in rows.loc[rows["n"].between(1, min_base - 1), on]}
        names = ["value", "low", "high", "mid", "se"]
        held = [rows.assign(**{name: rows[name].where(~rows[on].isin(few)) for name in names}) for rows in held]
    return held[0], held[1]


def _guarded(groups: pd.DataFrame, few: np.ndarray, base: int, by: Sequence[str]) -> np.ndarray:
    """Which groups to leave out so that along every line those left out are at least two, with the base together: one alone
    would be the line less the others, and in a table what that tells would tell the next one."""
    n, out = groups["n"].to_numpy(dtype=float), few.copy()
    apart = ["scale"] if "scale" in groups and groups["scale"].notna().any() else []
    every = pd.Series(0, index=groups.index)
    lines = [
        groups.groupby(rest, dropna=False).ngroup() if (rest := [*apart, *others]) else every for others in _others(by)
    ]
    changed = True
    while changed:
        changed = False
        for line in lines:
            for place in np.unique(line.to_numpy()):
                own = line.to_numpy() == place
                hidden, shown = own & out & (n > 0), own & ~out
                if hidden.any() and (n[hidden].sum() < base or hidden.sum() < 2) and shown.any():
                    out[np.flatnonzero(shown)[np.argmin(n[shown])]] = changed = True
    return out


def _others(by: Sequence[str]) -> list[list[str]]:
    """Per line through the groups the columns that stay the same along it."""
    return [[name for name in by if name != along] for along in by] or [[]]


class Difference(NamedTuple):
    """b − a with its 95 % interval and two-sided p; `real` when the interval leaves zero out."""

    value: float | None
    low: float | None
    high: float | None
    p: float | None

    @property
    def real(self) -> bool:
        """Whether the change is beyond noise (p < 0.05)."""
        return self.p is not None and self.p < 0.05


UNKNOWN = Difference(None, None, None, None)
"""Nothing to compare."""


def halved(given: Difference) -> Difference:
    """The same difference where the unit is half as fine: net sentiment −100…100 as a score 0…100."""
    low, value, high = (None if part is None else part / 2 for part in (given.low, given.value, given.high))
    return Difference(value, low, high, given.p)


def difference(after: pd.Series, before: pd.Series) -> Difference:
    """Difference of the two values shown, with the interval of the adjusted difference (two-sample, unequal variance).

    Proportions use the normal distribution (z = difference / √(se₁²+se₂²), Rocks' two-sample test), means and ratios
    Student's t with Welch's degrees of freedom.
    """
    variances = float(after["se"]) ** 2, float(before["se"]) ** 2
    se = sum(variances) ** 0.5
    if not np.isfinite(se) or pd.isna(after["value"]) or pd.isna(before["value"]):
        return UNKNOWN
    value, mid = float(after["value"] - before["value"]), float(after["mid"] - before["mid"])
    if se == 0:
        return Difference(value, value, value, 0.0 if value else 1.0)
    parts = sum(v**2 / float(row["df"]) for v, row in zip(variances, (after, before), strict=True))
    df = se**4 / parts if parts else np.inf
    half = (Z if np.isinf(df) else float(stdtrit(df, 0.975))) * se
    p = 2 * float(stdtr(df, -abs(mid) / se))
    return Difference(value, min(mid - half, value), max(mid + half, value), p)
