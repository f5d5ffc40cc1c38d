"""Retention: of the customers active in a period, the share that is active in the next; by cohort, period and overall.

A cohort is the customers whose first activity falls into the same period. Rates differ by age of a cohort (Fader and
Hardie 2014: 63, 74, 82, 85 %), so the table by cohort stands beside the overall rate, which alone would mislead.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cx.measure import estimate
from cx.measure.activity import LOYALTY, SIDES, Activity
from cx.view.filters import Filter

COHORTS = [
    "cohort", "age", "size", "active", "share", "share_low", "share_high", "base", "kept",
    *estimate.COLUMNS,
]  # fmt: skip
_SUMS = ["n", "m", "y", "mm", "my", "yy"]


def steps(activity: Activity, where: Filter) -> list[int]:
    """The periods whose retention is asked for: all but the first, those that lie in the filter's dates as a whole."""
    begin, end = (pd.Timestamp(day) if day else None for day in (where.begin, where.end))
    return [
        place
        for place in range(1, len(activity.starts))
        if (begin is None or activity.starts[place] >= begin)
        and (end is None or activity.ends[place] - pd.Timedelta(days=1) <= end)
    ]


def overall(activity: Activity, where: Filter, by: Sequence[str] = ()) -> pd.DataFrame:
    """Retention over all periods together, in percent: *by, value, low, high, n (customers), base (active periods followed).

    A ratio of sums over customers, Σ(kept)/Σ(followed), because the periods of one customer agree with each other.
    """
    at = steps(activity, where)
    before = activity.active[:, [place - 1 for place in at]]
    return _ratio(activity, before, before & activity.active[:, at], by)


def by_loyalty(activity: Activity, where: Filter, by: Sequence[str] = ()) -> pd.DataFrame:
    """The same split by LOYALTY (`promoter` …): what customers had answered to NPS last when the period began that they stayed or not."""
    if activity.standing is None:
        raise ValueError("Count the activity with loyalty=True")
    at = steps(activity, where)
    past = [place - 1 for place in at]
    frames = []
    for side, name in SIDES.items():
        before = activity.active[:, past] & (activity.standing[:, past] == side)
        frames.append(_ratio(activity, before, before & activity.active[:, at], by).assign(**{LOYALTY: name}))
    return pd.concat(frames, ignore_index=True)


def periods(activity: Activity, where: Filter) -> pd.DataFrame:
    """Retention into each period, in percent: period, value, low, high (Wilson), n (customers active in the one before), kept."""
    n = activity.customers["n"].to_numpy()
    at = steps(activity, where)
    base = [int(n[activity.active[:, place - 1]].sum()) for place in at]
    kept = [int(n[activity.active[:, place - 1] & activity.active[:, place]].sum()) for place in at]
    frame = pd.DataFrame({"period": [activity.starts[place] for place in at], "base": base, "kept": kept})
    return shares(frame).drop(columns="base")


def table(activity: Activity, where: Filter) -> pd.DataFrame:
    """The cohorts, period by period: columns `COHORTS`, one row per cohort and age ≥ 1 (ages in periods).

    size: its customers; active: those active at that age, `share` of the size in percent with its interval; base:
    those active one period before, kept: those of them still active; value, low, high: kept of base in percent; n is
    the base. Intervals are Wilson's. The first cohort also holds customers from before the data begin.
    """
    n = activity.customers["n"].to_numpy()
    wanted = set(steps(activity, where))
    born = np.where(activity.active.any(axis=1), activity.active.argmax(axis=1), -1)
    out = []
    for cohort in range(len(activity.starts)):
        mine = born == cohort
        held, many = activity.active[mine], n[mine]
        for place in sorted(wanted & set(range(cohort + 1, len(activity.starts)))) if mine.any() else ():
            now, before = held[:, place], held[:, place - 1]
            out.append(
                {
                    "cohort": activity.starts[cohort], "age": place - cohort, "size": int(many.sum()),
                    "active": int(many[now].sum()), "base": int(many[before].sum()), "kept": int(many[now & before].sum()),
                }
            )  # fmt: skip
    frame = pd.DataFrame(out, columns=["cohort", "age", "size", "active", "base", "kept"])
    part = shares(frame.rename(columns={"base": "b", "kept": "k", "size": "base", "active": "kept"}))
    return shares(frame).assign(
        share=part["value"], share_low=part["low"], share_high=part["high"]
    )[COHORTS]  # fmt: skip


def suppressed(table: pd.DataFrame, min_base: int) -> pd.DataFrame:
    """The table without rates from fewer customers than `min_base`, and without shares of smaller cohorts."""
    few = table["size"] < min_base
    out = estimate.suppressed(table, min_base)
    return out.assign(**{name: out[name].mask(few) for name in ("share", "share_low", "share_high")})


def shares(frame: pd.DataFrame) -> pd.DataFrame:
    """`kept` of `base` in percent with Wilson's interval: adds the columns of estimate.COLUMNS; no base, no number."""
    base = frame["base"].to_numpy(dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = frame["kept"].to_numpy(dtype=float) / base
    counts = frame.assign(n=frame["base"], mean=mean)
    counts["base"] = base
    with np.errstate(invalid="ignore", divide="ignore"):
        out = estimate.scaled(estimate.wilson(counts), 100)
    return out.drop(columns="mean").assign(base=frame["base"])


def turned(rates: pd.DataFrame) -> pd.DataFrame:
    """Churn from retention (and back): 100 − value, low and high change places."""
    swapped = rates.rename(columns={"low": "high", "high": "low"})
    return swapped.assign(**{name: 100 - swapped[name] for name in ("value", "low", "high", "mid")})


def _ratio(activity: Activity, before: np.ndarray, kept: np.ndarray, by: Sequence[str]) -> pd.DataFrame:
    n = activity.customers["n"].to_numpy(dtype=float)
    m, y = before.sum(axis=1).astype(float), kept.sum(axis=1).astype(float)
    followed = m > 0
    sums = {"n": n, "m": n * m, "y": n * y, "mm": n * m * m, "my": n * m * y, "yy": n * y * y}
    counts = activity.customers[list(by)].assign(**sums)[followed]
    if counts.empty:
        return pd.DataFrame(columns=[*by, *estimate.COLUMNS, "base"])
    out = estimate.scaled(estimate.ratio(estimate.add(counts, list(by), _SUMS), 0.0), 100)
    return out.assign(base=out["m"].astype(int))[[*by, *estimate.COLUMNS, "base"]]
