"""Is a difference real? Two groups of estimates side by side, each pair tested, several tests corrected together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cx.measure import estimate
from cx.measure.estimate import Difference

FALSE_FINDINGS = 0.05
"""Share of findings called real that may be noise (Benjamini–Hochberg)."""


def changes(before: pd.DataFrame, after: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Per group of `by` that stands in both: value and n before and after, their difference with its interval.

    Columns *by, before, after, n_before, n_after, change, low, high, p, real. `real` is corrected for the number of
    groups looked at (Benjamini–Hochberg), so that a page of twenty topics does not find one by chance.
    """
    pairs = before.merge(after, on=list(by), suffixes=("_before", "_after"))
    found = [
        estimate.difference(_side(row, "_after"), _side(row, "_before")) for _, row in pairs.iterrows()
    ]  # a few dozen rows
    out = pairs[[*by, "n_before", "n_after"]].copy()
    out["before"], out["after"] = pairs["value_before"], pairs["value_after"]
    out[["change", "low", "high", "p"]] = pd.DataFrame(
        [list(difference) for difference in found], columns=["change", "low", "high", "p"], dtype=float
    ).to_numpy()
    out["real"] = corrected(out["p"])
    return out


def together(found: Sequence[Difference]) -> list[Difference]:
    """Differences that stand side by side, their p corrected for how many they are: a row of eight tiles must not
    find a change by chance one time in three."""
    from scipy.stats import false_discovery_control

    known = [place for place, difference in enumerate(found) if difference.p is not None]
    out = list(found)
    if known:
        adjusted = false_discovery_control([found[place].p for place in known])
        for place, p in zip(known, adjusted, strict=True):
            out[place] = out[place]._replace(p=float(p))
    return out


def corrected(p: pd.Series) -> pd.Series:
    """Which p-values stand after the Benjamini–Hochberg correction; missing ones never do."""
    from scipy.stats import false_discovery_control

    known = p.notna().to_numpy()
    real = np.zeros(len(p), dtype=bool)
    if known.any():
        real[known] = false_discovery_control(p[known].to_numpy(dtype=float)) < FALSE_FINDINGS
    return pd.Series(real, index=p.index)


def _side(row: pd.Series, suffix: str) -> pd.Series:
    return pd.Series({name: row[name + suffix] for name in ("value", "mid", "se", "df")})
