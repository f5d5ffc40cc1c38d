"""The KPIs: what is counted for each, how the counts become a number, how to read it (docs/kpis.md).

`counted` asks the dataset once; `estimated` turns counts into estimates for any sum of them: by month, by region, in
total. A KPI that is asked on several scales is estimated on each apart (column `scale`), never averaged across them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cx.errors import ScaleError
from cx.measure import estimate, tally
from cx.store.datasets import Dataset
from cx.view.filters import ALL, Filter


class Kpi(NamedTuple):
    """Its name on the command line, its title on a page, its unit, the answer columns it counts and its bounds."""

    name: str
    title: str
    unit: str  # points, percent, scale, count
    columns: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    up_is_good: bool = True


PARTS = ("effectiveness", "ease", "enjoyment")
KPIS = {
    kpi.name: kpi
    for kpi in (
        Kpi("nps", "NPS", "points", ("nps",), -100, 100),
        Kpi("csat", "CSAT", "percent", ("csat",), 0, 100),
        Kpi("csat_mean", "Satisfaction, mean", "scale", ("csat",)),
        Kpi("ces", "Effort score (CES)", "scale", ("ces",)),
        Kpi("ces_share", "Found it easy (CES)", "percent", ("ces",), 0, 100),
        Kpi("rating", "Rating, mean", "scale", ("rating",)),
        Kpi("rating_share", "Top ratings", "percent", ("rating",), 0, 100),
        Kpi("effectiveness", "Effectiveness", "points", ("effectiveness",), -100, 100),
        Kpi("ease", "Ease", "points", ("ease",), -100, 100),
        Kpi("enjoyment", "Enjoyment", "points", ("enjoyment",), -100, 100),
        Kpi("cx_index", "CX performance index", "points", PARTS, -100, 100),
        Kpi("net_sentiment", "Net sentiment", "points", (), -100, 100),
        Kpi("felicific_rate", "Felicific rate", "percent", (), 0, 100),
        Kpi("effort_high", "High effort", "percent", (), 0, 100, False),
    )
}
MENTION_KPIS = ("net_sentiment", "felicific_rate", "effort_high")
HEADLINE = ("nps", "csat", "ces", "cx_index", "rating", "net_sentiment", "felicific_rate", "effort_high")
"""One tile each, in this order, where the dataset has them."""

TOP_BOXES = {2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 2, 10: 2, 11: 2}
"""How many answers from the top count as satisfied, by the number of answers there are (4–5 of 5, 6–7 of 7)."""

EASY_BOXES = {**TOP_BOXES, 7: 3}
"""The same for effort: 5–7 on the scale of CES 2.0."""

PERCENT_TOP = 80
"""Where the top begins on a scale of 0–100."""


def available(dataset: Dataset) -> list[str]:
    """The KPIs this dataset has answers or mentions for."""
    asked = {name for name, count in dataset.filled.items() if count}
    said = dataset.manifest["mentions"] > 0
    out = [
        kpi.name
        for kpi in KPIS.values()
        if (set(kpi.columns) <= asked if kpi.columns else said and dataset.filled["sentiment"])
    ]
    if any(len(dataset.scales(part)) != 1 for part in PARTS) and "cx_index" in out:
        out.remove("cx_index")  # its parts cannot be counted together on changing scales
    return out


def counted(dataset: Dataset, name: str, by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """The tally of a KPI: additive over columns of responses, so that months, totals and segments come from one query."""
    kpi = KPIS[name]
    if name == "felicific_rate":
        return tally.delighted(dataset, by, where)
    if not kpi.columns:
        return tally.mentions(dataset, "effort" if name == "effort_high" else "sentiment", by, where)
    counts = tally.answers(dataset, kpi.columns, by, where)
    if len(kpi.columns) > 1:
        only = {part: dataset.scales(part)[0] for part in kpi.columns}
        bounds = {f"{part}_min": scale.min for part, scale in only.items()}
        return counts.assign(**bounds, **{f"{part}_max": scale.max for part, scale in only.items()})
    scales = {scale.name: scale for scale in dataset.scales(kpi.columns[0])}
    return counts.rename(columns={kpi.columns[0]: "answer"}).assign(
        scale_min=counts["scale"].map(lambda known: scales[known].min),
        scale_max=counts["scale"].map(lambda known: scales[known].max),
        low_is_good=counts["scale"].map(lambda known: scales[known].low_is_good),
    )


def estimated(name: str, counts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Estimates of a KPI per group of its tally: columns *by, scale (KPIs on a scale), value, low, high, n, …

    NPS and the index in points −100…100, shares in percent, means on their scale.
    """
    kpi, groups = KPIS[name], list(by)
    if name in ("net_sentiment", "effort_high"):
        sums = estimate.add(counts, groups, ["n", "m", "y", "mm", "my", "yy"])
        out = estimate.scaled(estimate.ratio(sums.astype(dict.fromkeys(["m", "y", "mm", "my", "yy"], float))), 100)
        if name == "effort_high":
            out["low"] = out["low"].clip(lower=0)
        return out.rename(columns={"m": "mentions"})
    if name == "felicific_rate":
        return estimate.scaled(estimate.wilson(estimate.moments(counts, counts["answer"], groups)), 100)
    if name == "cx_index":
        return index(counts, groups)
    groups = [*groups, "scale"]
    if name == "nps":
        return nps(counts, groups)
    if kpi.unit == "scale":
        return estimate.student(estimate.moments(counts, counts["answer"], groups)).pipe(_within_scale, counts)
    if name in PARTS:
        score = _part(counts["answer"], counts["scale_min"], counts["scale_max"])
        return estimate.scaled(estimate.adjusted_wald(estimate.moments(counts, score, groups)), 100)
    top = _from_top(counts, EASY_BOXES if name == "ces_share" else TOP_BOXES)
    return estimate.scaled(estimate.wilson(estimate.moments(counts, top, groups)), 100)


def nps(counts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Net Promoter Score per group: share of 9–10 minus share of 0–6, in points from −100 to 100.

    `counts` has one row per (*by, answer) with n, w, w2. Interval: adjusted Wald (Rocks 2016).
    Raises ScaleError for an answer that is no whole number from 0 to 10.
    """
    answer = counts["answer"]
    wrong = counts.loc[~answer.isin(range(11)), "answer"]
    if len(wrong):
        raise ScaleError(f"NPS is asked from 0 to 10 in whole numbers; the answer {wrong.iloc[0]:g} is none of these.")
    score = (answer >= 9).astype(float) - (answer <= 6).astype(float)
    return estimate.scaled(estimate.adjusted_wald(estimate.moments(counts, score, list(by))), 100)


def index(counts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """CX performance index: mean of effectiveness, ease and enjoyment, each share of top two minus share of bottom two.

    `counts` holds the three answers together (and each part's `_min` and `_max`: its scale), so that the interval
    knows how much they agree: the variance of the mean is a ninth of the sum of their variances and covariances
    (pairs weigh n_ij/(n_i·n_j)). Quarter answers are added as in the adjusted Wald interval. n is the base of the part
    with the fewest answers. Points −100…100.
    """
    groups = list(by)
    work = counts.copy()
    for part in PARTS:
        work[f"_{part}"] = _part(counts[part], counts[f"{part}_min"], counts[f"{part}_max"])
    frames = [_index_row(rows) for _, rows in work.groupby(groups, sort=True)] if groups else [_index_row(work)]
    keys = [key for key, _ in work.groupby(groups, sort=True)] if groups else [()]
    out = pd.DataFrame(frames, columns=["mean", "base", "n", "mid", "se"])
    for place, name in enumerate(groups):
        out.insert(place, name, [key[place] for key in keys])
    half = estimate.Z * out["se"]
    out["value"], out["df"] = out["mean"], np.inf
    out["low"] = np.minimum((out["mid"] - half).clip(lower=-1), out["value"])
    out["high"] = np.maximum((out["mid"] + half).clip(upper=1), out["value"])
    return estimate.scaled(out, 100).assign(n=out["n"].astype("int64"))


def _index_row(rows: pd.DataFrame) -> list[float]:
    score = rows[[f"_{part}" for part in PARTS]].to_numpy(dtype=float)
    w, n = rows["w"].to_numpy(dtype=float), rows["n"].to_numpy(dtype=float)
    asked = ~np.isnan(score)
    bases = np.array([n[asked[:, i]].sum() for i in range(3)])
    if not bases.all():
        return [np.nan, 0.0, bases.min(), np.nan, np.nan]
    filled = np.where(asked, score, 0.0)
    means = np.array([np.average(filled[asked[:, i], i], weights=w[asked[:, i]]) for i in range(3)])
    pairs = (asked[:, :, None] & asked[:, None, :]).astype(float)
    weight = w / w.sum() * n.sum()  # weights in units of responses
    joint = np.einsum("r,rij->ij", weight, pairs)
    centred = np.where(asked, score - means, 0.0)
    cov = np.einsum("r,ri,rj->ij", weight, centred, centred) / np.maximum(joint, 1)
    # The quarter answers of the adjusted Wald interval: they pull to the centre and add spread where there is none.
    mids = means * bases / (bases + 3)
    cov = cov + np.diag(1.5 / (bases + 3))
    variance = (cov * joint / np.outer(bases + 3, bases + 3)).sum() / 9
    return [means.mean(), bases.min(), bases.min(), mids.mean(), float(np.sqrt(variance))]


def _from_top(counts: pd.DataFrame, boxes: dict[int, int]) -> pd.Series:
    """1 where the answer is among the top boxes of its scale, else 0."""
    low, high = counts["scale_min"], counts["scale_max"]
    answer = counts["answer"].where(~counts["low_is_good"].astype(bool), low + high - counts["answer"])
    many = (high - low).round().astype(int) + 1
    begins = (high - many.map(lambda points: boxes.get(points, 2)) + 1).where(
        many <= 11, low + PERCENT_TOP / 100 * (high - low)
    )
    return (answer >= begins).astype(float)


def _part(answer: pd.Series, low: pd.Series, high: pd.Series) -> pd.Series:
    """+1 for the top two answers of a scale, −1 for the bottom two, 0 between; missing stays missing."""
    return ((answer >= high - 1).astype(float) - (answer <= low + 1).astype(float)).where(answer.notna())


def _within_scale(groups: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Means stay on their scale: interval ends outside it say nothing."""
    bounds = counts.drop_duplicates("scale").set_index("scale")
    low, high = groups["scale"].map(bounds["scale_min"]), groups["scale"].map(bounds["scale_max"])
    return groups.assign(low=groups["low"].clip(lower=low), high=groups["high"].clip(upper=high))


def table(dataset: Dataset, by: Sequence[str] = (), where: Filter = ALL, min_base: int = 10) -> pd.DataFrame:
    """Every KPI the dataset has, by the given columns of facts: kpi, unit, *by, scale, value, low, high, n, mentions."""
    frames = []
    for name in available(dataset):
        rows = estimated(name, counted(dataset, name, by, where), by)
        frames.append(rows.assign(kpi=name, unit=KPIS[name].unit))
    seen = tally.volume(dataset, by, where)
    frames.append(_counts(seen, "responses", seen["n"]))
    if dataset.manifest["mentions"]:
        said = tally.spoken(dataset, by, where)
        frames.append(_counts(said, "mentions", said["m"]).assign(mentions=said["m"]))
    out = pd.concat([estimate.suppressed(frame, min_base) for frame in frames], ignore_index=True)
    columns = ["kpi", "unit", *by, "scale", "value", "low", "high", "n", "mentions"]
    return out.reindex(columns=columns)


def _counts(rows: pd.DataFrame, kpi: str, value: pd.Series) -> pd.DataFrame:
    value = value.astype(float)
    return rows.assign(kpi=kpi, unit="count", value=value, low=value, high=value, mid=value, se=0.0, df=np.inf)
