"""A number never travels alone: value, low, high, n. Intervals are 95 %, always low ≤ value ≤ high.

Every function works on frames, one row per group, and adds the columns of `COLUMNS`: what is shown (value, low, high,
n) and what a later difference needs (`mid`, `se`: centre and standard error of the adjusted estimate, `df`: degrees of
freedom, infinite for proportions).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

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
    parts = tally.assign(wv=tally["w"] * score, wvv=tally["w"] * score**2)
    sums = add(parts, by, ["n", "w", "w2", "wv", "wvv"])
    with np.errstate(invalid="ignore", divide="ignore"):
        sums["base"] = sums["w"] ** 2 / sums["w2"]
        sums["mean"] = sums["wv"] / sums["w"]
        sums["var"] = (sums["wvv"] / sums["w"] - sums["mean"] ** 2).clip(lower=0)
    return sums


def add(parts: pd.DataFrame, by: list[str], columns: list[str]) -> pd.DataFrame:
    """Sums of `columns` per group; one row for the whole when `by` is empty."""
    if by:
        return parts.groupby(by, dropna=False, sort=True, observed=True)[columns].sum().reset_index()
    return parts[columns].sum().to_frame().T


def adjusted_wald(groups: pd.DataFrame) -> pd.DataFrame:
    """Interval of a mean of −1, 0, +1 answers, such as NPS: adjusted Wald (Rocks 2016), a quarter of three answers
    added to each of promoters and detractors: n+3, P+¾, D+¾. Clipped to −1…1, widened to hold the raw value."""
    n = groups["base"]
    spread = groups["var"] + groups["mean"] ** 2  # share of answers that are not 0
    plus = ((spread + groups["mean"]) / 2 * n + 0.75) / (n + 3)
    minus = ((spread - groups["mean"]) / 2 * n + 0.75) / (n + 3)
    mid = plus - minus
    se = np.sqrt((plus + minus - mid**2) / (n + 3))
    return _finished(groups, mid, se, np.inf, low=(mid - Z * se).clip(-1, 1), high=(mid + Z * se).clip(-1, 1))


def wilson(groups: pd.DataFrame) -> pd.DataFrame:
    """Interval of a share of 0/1 answers: Wilson score (Newcombe 1998, method 3). Range 0…1."""
    n, share = groups["base"], groups["mean"]
    mid = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    low, high = (mid - half).clip(0, 1), (mid + half).clip(0, 1)
    se = np.sqrt(mid * (1 - mid) / (n + Z**2))  # Agresti–Coull: the same centre, for differences
    return _finished(groups, mid, se, np.inf, low=low, high=high)


def student(groups: pd.DataFrame) -> pd.DataFrame:
    """Interval of a mean of answers on a scale: Student's t with base − 1 degrees of freedom.

    A single answer has no interval to speak of: low and high are then missing and the value is not shown.
    """
    df = (groups["base"] - 1).where(groups["base"] > 1)
    se = np.sqrt(groups["var"] / df)
    return _finished(groups, groups["mean"], se, df)


def ratio(sums: pd.DataFrame) -> pd.DataFrame:
    """A ratio of sums over responses, for KPIs of mentions: r = Σy/Σm.

    `sums` has n (responses), m, y, mm, my, yy. Variance (Σy² − 2rΣmy + r²Σm²)·n/(n−1)/(Σm)², Student's t with n−1,
    because the mentions of one comment agree with each other (design effect about 2). Range −1…1.
    """
    groups = sums.copy()
    n = groups["n"]
    with np.errstate(invalid="ignore", divide="ignore"):
        groups["mean"] = groups["y"] / groups["m"]
        residual = groups["yy"] - 2 * groups["mean"] * groups["my"] + groups["mean"] ** 2 * groups["mm"]
        df = (n - 1).where(n > 1)
        se = np.sqrt(residual.clip(lower=0) * n / df) / groups["m"]
        half = stdtrit(df.astype(float), 0.975) * se
    low, high = (groups["mean"] - half).clip(-1, 1), (groups["mean"] + half).clip(-1, 1)
    return _finished(groups, groups["mean"], se, df, low=low, high=high)


def _finished(groups, mid, se, df, low=None, high=None) -> pd.DataFrame:
    out = groups.copy()
    out["value"], out["mid"], out["se"], out["df"] = groups["mean"], mid, se, df
    if low is None:
        half = stdtrit(np.asarray(df, dtype=float), 0.975) * se
        low, high = mid - half, mid + half
    out["low"], out["high"] = np.minimum(low, out["value"]), np.maximum(high, out["value"])
    out["value"] = out["value"].where(out["low"].notna())
    out["n"] = out["n"].astype("int64")
    return out


def scaled(groups: pd.DataFrame, factor: float, shift: float = 0.0) -> pd.DataFrame:
    """The same estimates in another unit: shares as percent (100), net sentiment as a score (50, +50)."""
    out = groups.copy()
    for name in ("value", "low", "high", "mid"):
        out[name] = out[name] * factor + shift
    out["se"] = out["se"] * factor
    return out


def suppressed(groups: pd.DataFrame, min_base: int) -> pd.DataFrame:
    """The one place where numbers below the minimum base are taken away; their n stays."""
    out = groups.copy()
    out.loc[out["n"] < min_base, ["value", "low", "high", "mid", "se"]] = np.nan
    return out


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
