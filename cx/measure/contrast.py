"""Each value of a column against all the rest: a KPI with the responses that have it, and without them.

A response counts once however many of its mentions name the value. All of it follows from two tallies: the whole and
each value's part; what is left without the part is their difference, because tallies add.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cx.measure import compare, estimate, kpis, tally, trends
from cx.measure.tally import KEY, OWN
from cx.schema import GENERAL, NONE, NOT_ANALYSED
from cx.store.datasets import MENTION, Dataset
from cx.view.filters import ALL, Filter, quoted

MOST = 60
"""Values that are looked at, those with most responses: further ones stay among the rest of each."""

ADDED = ("n", *tally.SUMS)
"""The columns of a tally that add."""

FOUND = [
    "value", "scale", "with", "without", "all", "n_with", "n_without", "n", "difference", "low", "high", "p",
    "share", "impact", "impact_low", "impact_high", "se_with", "se_without",
]  # fmt: skip
"""Columns of `with_and_without`."""

UNNAMED = ("", NONE, GENERAL, NOT_ANALYSED)
"""Values that name nothing a company could act on."""


def with_and_without(
    dataset: Dataset,
    name: str,
    column: str,
    where: Filter = ALL,
    min_base: int = 10,
    only: Sequence[str] | None = None,
) -> pd.DataFrame:
    """A KPI with the responses that have a value of `column`, and without them, for each value; not yet corrected.

    Columns `FOUND`, in the KPI's unit: `difference` = with − without with its 95 % interval and p; `share`, the part
    (0…1) the value has in the KPI; `impact` = KPI of all − KPI without (Thematic, Kapiche: 50 falls to 40 without
    "delivery time" → +10), range twice the KPI's, its interval that of the difference times the share. All numbers are
    missing when all or none have the value, or when either side is below the base; the counts stay. On several scales:
    the one most responses have.
    `only` looks at these values alone, whatever they are called.
    """
    own = dataset.resolve(column)
    whole, parts = tallies(dataset, name, own, where, main=True)
    if whole.empty or parts.empty:
        return pd.DataFrame(columns=FOUND)
    parts = _largest(parts, only)
    if parts.empty:
        return pd.DataFrame(columns=FOUND)
    return against(name, whole, parts, _remaining(whole, parts), min_base)


def tallies(
    dataset: Dataset, name: str, own: str, where: Filter = ALL, main: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tally of a KPI over all responses, and the same per value (column `value`) of a resolved column.

    With `main` on the scale alone that most responses have.
    """
    whole = kpis.counted(dataset, name, (), where)
    if name in kpis.MENTION_KPIS and own.startswith(MENTION) and own not in dataset.responses:
        return whole, _told(dataset, name, own, where)
    parts = kpis.counted(dataset, name, [OWN + own], where).rename(columns={OWN + own: "value"})
    parts = parts[parts["value"].notna()]
    parts = parts.assign(value=parts["value"].astype(str))
    return _same_scale(whole, parts) if main else (whole, parts)


def _told(dataset: Dataset, name: str, own: str, where: Filter) -> pd.DataFrame:
    """KPIs of mentions by a column of mentions, at the grain of responses: all mentions of the responses that name it."""
    clause, bound = where.sql()
    each, before = tally.within(dataset, "delight" if name == "felicific_rate" else kpis.RATIOS[name], (), where)
    sums = tally.sums(dataset)
    if name == "felicific_rate":
        weight = "" if dataset.weighted else ", 1 AS weight_"
        each = f"SELECT *, (y > 0)::INT AS answer{weight} FROM ({each})"
        sums = tally.counts("answer")
    return dataset.query(
        f"WITH each_ AS ({each}), "
        f"has_ AS (SELECT DISTINCT {KEY}, CAST({quoted(own)} AS VARCHAR) AS value FROM facts "
        f"WHERE {quoted(own)} IS NOT NULL AND {clause}) "
        f"SELECT value, {sums} FROM has_ JOIN each_ USING (key_) GROUP BY ALL ORDER BY ALL",
        [*before, *bound],
    )


def felt(dataset: Dataset, own: str, where: Filter = ALL) -> pd.DataFrame:
    """The net sentiment of the mentions that name a value, per value: an estimated frame with `value` renamed to `of`."""
    counts = tally.mentions(dataset, "sentiment", [OWN + own], where).rename(columns={OWN + own: "of"})
    counts = counts[counts["of"].notna()]
    counts = counts.assign(of=counts["of"].astype(str))
    return kpis.estimated("net_sentiment", counts, ["of"])


def _same_scale(whole: pd.DataFrame, parts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    if "scale" not in whole or whole.empty:
        return whole, parts
    whole = trends.main_scale(whole)
    return whole, parts[parts["scale"] == whole["scale"].iloc[0]]


def _largest(parts: pd.DataFrame, only: Sequence[str] | None) -> pd.DataFrame:
    kept = parts[parts["value"].isin(only)] if only is not None else parts[~parts["value"].isin(UNNAMED)]
    sizes = kept.groupby("value")["n"].sum().rename("size").reset_index()
    most = sizes.sort_values(["size", "value"], ascending=[False, True])["value"].head(MOST)
    return kept[kept["value"].isin(most)]


def against(
    name: str, whole: pd.DataFrame, parts: pd.DataFrame, rest: pd.DataFrame, min_base: int = 10
) -> pd.DataFrame:
    """Columns `FOUND` from tallies of a KPI: of all, and per `value` of those that have it (`parts`) and of the others."""
    have, lack = (_by_value(name, counts) for counts in (parts, rest))
    lack.loc[lack["n"] < 1, ["value_", "low", "high", "mid", "se"]] = np.nan  # what rounding leaves is no answer
    every = kpis.estimated(name, whole).iloc[0]
    have, lack = (rows.rename(columns={"value": "of", "value_": "value"}) for rows in (have, lack))
    have, lack = estimate.sides(have, lack, "of", min_base)
    found = compare.changes(lack, have, ["of"]).rename(
        columns={"of": "value", "before": "without", "after": "with", "n_before": "n_without", "n_after": "n_with"}
    )
    found = found.rename(columns={"change": "difference"})
    for side, rows in (("with", have), ("without", lack)):
        found[f"se_{side}"] = found["value"].map(rows.set_index("of")["se"]).astype(float)
    if "mm" in have and "mm" in lack:
        again = _scored(found["value"], have, lack, float(every["value"]) / 100)
    else:
        again = _pooled(found["value"], have, lack, every)
    found["p"] = np.maximum(found["p"], again)
    found = found.assign(all=float(every["value"]), n=int(every["n"]), scale=every.get("scale", ""))
    return _impacts(found)[FOUND]


def _scored(values: pd.Series, have: pd.DataFrame, lack: pd.DataFrame, whole: float) -> np.ndarray:
    """The p of a score test for ratios: the residuals y − r·m are taken from the ratio of all, as if nothing differed.

    A group of a dozen responses fits its own ratio so closely that its own residuals are too small, and cries wolf;
    the larger of the two p-values counts.
    """
    from scipy.special import ndtr

    variance, shown = 0.0, []
    for rows in (have, lack):
        own = rows.set_index("of").reindex(values)
        m, mm, my, yy = (own[name].to_numpy(dtype=float) for name in ("m", "mm", "my", "yy"))
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = variance + (yy - 2 * whole * my + whole**2 * mm) / m**2
        shown.append(own["value"].to_numpy(dtype=float) / 100)
    with np.errstate(invalid="ignore", divide="ignore"):
        return 2 * ndtr(-np.abs(shown[0] - shown[1]) / np.sqrt(variance))


def _pooled(values: pd.Series, have: pd.DataFrame, lack: pd.DataFrame, every: pd.Series) -> np.ndarray:
    """The p where answers scatter in both groups as among all: a dozen answers that happen to agree scatter too little,
    and cry wolf (0.9 % of groups with p < 0.5 % where nothing differs); the larger of the two p-values counts."""
    from scipy.special import ndtr

    one, other = (rows.set_index("of").reindex(values) for rows in (have, lack))
    base = "base" if "base" in one else "n"
    spread = float(every["se"]) ** 2 * float(every[base])
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.sqrt(spread * (1 / one[base].to_numpy(dtype=float) + 1 / other[base].to_numpy(dtype=float)))
        return 2 * ndtr(-np.abs(one["mid"].to_numpy(dtype=float) - other["mid"].to_numpy(dtype=float)) / se)


def _impacts(found: pd.DataFrame) -> pd.DataFrame:
    """The impact is the difference times the part the value has in the KPI: all − without = share · (with − without)."""
    impact = found["all"] - found["without"]
    share = found["n_with"] / found["n"]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = share.where(found["difference"].abs() < 1e-9, impact / found["difference"]).clip(0, 1)
    known = found["difference"].notna()
    return found.assign(
        share=share.where(known),
        impact=impact.where(known),
        impact_low=(found["low"] * share).where(known),
        impact_high=(found["high"] * share).where(known),
    )


def _remaining(whole: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """For each value the whole less its part: the same rows, added with a minus."""
    minus = parts.assign(**{name: -parts[name] for name in ADDED if name in parts})
    every = pd.DataFrame({"value": parts["value"].unique()}).merge(whole, how="cross")
    return pd.concat([every, minus], ignore_index=True)


def _by_value(name: str, counts: pd.DataFrame) -> pd.DataFrame:
    """Estimates per value; the estimate itself in `value_`, beside the value it is of."""
    rows = kpis.estimated(name, counts.rename(columns={"value": OWN}), [OWN])
    return rows.rename(columns={"value": "value_", OWN: "value"})
