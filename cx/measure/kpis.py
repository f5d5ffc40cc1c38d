"""The KPIs: what is counted for each, how the counts become a number, how to read it (docs/kpis.md).

`counted` asks the dataset once; `estimated` turns counts into estimates for any sum of them: by month, by region, in
total. A KPI that is asked on several scales is estimated on each apart (column `scale`), never averaged across them.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from cx.errors import ScaleError
from cx.measure import estimate, tally, value
from cx.schema import Scale
from cx.store.datasets import Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter


class Kpi(NamedTuple):
    """Its name on the command line, its title in English, its unit, the answer columns it counts and its bounds."""

    name: str
    english: str
    unit: str  # points, percent, scale, count
    columns: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    up_is_good: bool = True

    @property
    def title(self) -> str:
        """Its title on a page, in the language spoken here."""
        return wording.of(self.english)


PARTS = ("effectiveness", "ease", "enjoyment")
KPIS = {
    kpi.name: kpi
    for kpi in (
        Kpi("nps", wording.noted("NPS"), "points", ("nps",), -100, 100),
        Kpi("csat", wording.noted("CSAT"), "percent", ("csat",), 0, 100),
        Kpi("csat_mean", wording.noted("Satisfaction, mean"), "scale", ("csat",)),
        Kpi("ces", wording.noted("Effort score (CES)"), "scale", ("ces",)),
        Kpi("ces_share", wording.noted("Found it easy (CES)"), "percent", ("ces",), 0, 100),
        Kpi("rating", wording.noted("Rating"), "scale", ("rating",)),
        Kpi("rating_share", wording.noted("Top ratings"), "percent", ("rating",), 0, 100),
        Kpi("effectiveness", wording.noted("Effectiveness"), "points", ("effectiveness",), -100, 100),
        Kpi("ease", wording.noted("Ease"), "points", ("ease",), -100, 100),
        Kpi("enjoyment", wording.noted("Enjoyment"), "points", ("enjoyment",), -100, 100),
        Kpi("cx_index", wording.noted("CX performance index"), "points", PARTS, -100, 100),
        Kpi("net_sentiment", wording.noted("Net sentiment"), "points", (), -100, 100),
        Kpi("felicific_rate", wording.noted("Felicific rate"), "percent", (), 0, 100),
        Kpi("effort_high", wording.noted("High effort"), "percent", (), 0, 100, False),
        Kpi("effectiveness_said", wording.noted("Effectiveness, estimated from comments"), "points", (), -100, 100),
        Kpi("ease_said", wording.noted("Ease, estimated from comments"), "points", (), -100, 100),
        Kpi("enjoyment_said", wording.noted("Enjoyment, estimated from comments"), "points", (), -100, 100),
    )
}
SAID = tuple(f"{part}_said" for part in PARTS)
"""What comments say of effectiveness, ease and enjoyment, where nobody was asked about it."""

MENTION_KPIS = ("net_sentiment", "felicific_rate", "effort_high", *SAID)
HEADLINE = ("nps", "csat", "ces", "cx_index", "rating", "net_sentiment", "felicific_rate", "effort_high", *SAID)
"""One tile each, in this order, where the dataset has them."""

RATIOS = {"net_sentiment": "sentiment", "effort_high": "effort"} | dict(zip(SAID, PARTS, strict=True))
"""KPIs that are a ratio of sums over mentions, and the measure that is summed."""

TOP_BOXES = {2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 2, 10: 2, 11: 2}
"""How many answers from the top count as satisfied, by the number of answers there are (4–5 of 5, 6–7 of 7)."""

EASY_BOXES = {**TOP_BOXES, 7: 3}
"""The same for effort: 5–7 on the scale of CES 2.0."""

PERCENT_TOP = 80
"""Where the top begins on a scale of 0–100."""

MEASURED = ["scale", "value", "low", "high", "n", "mentions"]
"""What the table says of each KPI, behind the columns it is split by."""


def available(dataset: Dataset) -> list[str]:
    """The KPIs this dataset has answers or mentions for."""
    asked = {name for name, count in dataset.filled.items() if count}
    said = dataset.manifest["mentions"] > 0
    out = [
        kpi.name
        for kpi in KPIS.values()
        if (set(kpi.columns) <= asked if kpi.columns else said and dataset.filled["sentiment"])
    ]
    out = [name for name in out if name not in SAID or name.removesuffix("_said") not in asked]
    if any(len(dataset.scales(part)) != 1 for part in PARTS) and "cx_index" in out:
        out.remove("cx_index")  # its parts cannot be counted together on changing scales
    return out


def counted(dataset: Dataset, name: str, by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """The tally of a KPI: additive over columns of responses, so that months, totals and segments come from one query."""
    kpi = KPIS[name]
    if name == "felicific_rate":
        return tally.delighted(dataset, by, where)
    if not kpi.columns:
        return tally.mentions(dataset, RATIOS[name], by, where)
    counts = tally.answers(dataset, kpi.columns, by, where)
    if len(kpi.columns) > 1:
        for part in kpi.columns:
            counts = counts.assign(**{f"{part}{end}": held for end, held in _ends(dataset.scales(part)[0]).items()})
        return counts
    ends = {scale.name: _ends(scale) for scale in dataset.scales(kpi.columns[0])}
    return counts.rename(columns={kpi.columns[0]: "answer"}).assign(
        scale_min=_looked_up(counts["scale"], ends, "_min"),
        scale_max=_looked_up(counts["scale"], ends, "_max"),
        low_is_good=_looked_up(counts["scale"], ends, "_low_is_good").astype(bool),
    )


def _ends(scale: Scale) -> dict[str, float]:
    return {"_min": scale.min, "_max": scale.max, "_low_is_good": float(scale.low_is_good)}


def _looked_up(names: pd.Series, ends: dict[str, dict[str, float]], which: str) -> pd.Series:
    return names.map({name: held[which] for name, held in ends.items()}).astype(float)


def up_is_good(dataset: Dataset, name: str, scale: str = "") -> bool:
    """Whether a higher number is the better one: not for effort felt, nor for means where the low answer is the good one."""
    kpi = KPIS[name]
    turned = kpi.unit == "scale" and any(
        held.low_is_good and held.name == scale for held in dataset.scales(kpi.columns[0])
    )
    return kpi.up_is_good and not turned


def estimated(name: str, counts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Estimates of a KPI per group of its tally: columns *by, scale (KPIs on a scale), value, low, high, n, …

    NPS and the index in points −100…100, shares in percent, means on their scale.
    """
    kpi, groups = KPIS[name], list(by)
    if name in RATIOS:
        sums = estimate.add(counts, groups, ["n", *tally.SUMS])
        return estimate.scaled(estimate.ratio(sums, 0.0 if name == "effort_high" else -1.0), 100)
    if name == "felicific_rate":
        return estimate.scaled(estimate.wilson(estimate.moments(counts, counts["answer"], groups)), 100)
    if name == "cx_index":
        return index(counts, groups)
    groups = [*groups, "scale"]
    if name == "nps":
        return nps(counts, groups)
    _on_scale(counts["answer"], counts["scale_min"], counts["scale_max"], kpi.title)
    if kpi.unit == "scale":
        return estimate.student(estimate.moments(counts, counts["answer"], groups)).pipe(_within_scale, counts)
    if name in PARTS:
        score = _part(counts["answer"], counts["scale_min"], counts["scale_max"], counts["low_is_good"])
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

    `counts` holds the three answers together (and each part's `_min`, `_max` and `_low_is_good`: its scale), so that
    the interval knows how much they agree: the variance of the mean is a ninth of the sum of the parts' variances
    (adjusted Wald each) and covariances. n is the base of the part with the fewest answers. Points −100…100.
    """
    groups = list(by)
    parts, names = _index_parts(counts)
    sums = estimate.add(counts[groups].assign(**parts), groups, names)
    held = {name: sums[name].to_numpy(dtype=float) for name in names}
    with np.errstate(invalid="ignore", divide="ignore"):
        means, mids, variance = _index_moments(held)
    se = np.sqrt(np.maximum(variance, 0)) / 3
    value, mid = sum(means) / 3, sum(mids) / 3
    n = np.minimum.reduce([held[f"n{part}"] for part in PARTS])
    low = np.minimum(np.clip(mid - estimate.Z * se, -1, None), value)
    high = np.maximum(np.clip(mid + estimate.Z * se, None, 1), value)
    found = {"value": value, "low": low, "high": high, "n": n.astype("int64"), "mid": mid, "se": se, "df": np.inf}
    return estimate.scaled(sums[groups].assign(**found), 100)


def _index_parts(counts: pd.DataFrame) -> tuple[dict[str, np.ndarray], list[str]]:
    """What adds up over the rows of a tally of three answers, and the names: per part n, w, w2, ws, wss (answers, weights,
    their squares, weighted sides and squares); per pair of parts the sums of w2, w2·s, w2·t, w2·s·t where both are there."""
    n, w, w2 = (counts[name].to_numpy(dtype=float) for name in ("n", "w", "w2"))
    sides = {}
    for part in PARTS:
        low, high, turned = (counts[f"{part}{end}"] for end in ("_min", "_max", "_low_is_good"))
        _on_scale(counts[part], low, high, KPIS[part].title)
        sides[part] = _part(counts[part], low, high, turned).to_numpy(dtype=float)
    out: dict[str, np.ndarray] = {}
    for part, side in sides.items():
        asked, s = ~np.isnan(side), np.nan_to_num(side)
        own = {"n": n * asked, "w": w * asked, "w2": w2 * asked, "ws": w * s, "wss": w * s * s}
        out |= {f"{name}{part}": held for name, held in own.items()}
    for one, other in combinations(PARTS, 2):
        both = ~np.isnan(sides[one]) & ~np.isnan(sides[other])
        s, t = (np.where(both, sides[part], 0.0) for part in (one, other))
        pair = {"b": w2 * both, "bs": w2 * s, "bt": w2 * t, "bst": w2 * s * t}
        out |= {f"{name}{one}{other}": held for name, held in pair.items()}
    return out, list(out)


def _index_moments(held: dict[str, np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """The parts' means, their adjusted centres, and the variance of the sum of these centres."""
    means, mids, shrunk, bases = [], [], {}, {}
    variance = np.zeros_like(held[f"n{PARTS[0]}"])
    for part in PARTS:
        w = held[f"w{part}"]
        base, mean = w**2 / held[f"w2{part}"], held[f"ws{part}"] / w
        mid = mean * base / (base + 3)  # three more answers on each part: ¾ on either side, as in adjusted Wald
        variance = variance + ((held[f"wss{part}"] / w * base + 1.5) / (base + 3) - mid**2) / (base + 3)
        means.append(mean)
        mids.append(mid)
        shrunk[part], bases[part] = base / (base + 3) / w, base
    for (i, one), (j, other) in combinations(enumerate(PARTS), 2):
        b, bs, bt, bst = (held[f"{name}{one}{other}"] for name in ("b", "bs", "bt", "bst"))
        shared = bst - means[i] * bt - means[j] * bs + means[i] * means[j] * b
        # The three answers added for the interval agree with each other: taken for independent, the interval of a small
        # base would be too narrow (93.8 % at 30 answers, benchmarks/coverage).
        alike = 1.5 * (b > 0) / ((bases[one] + 3) * (bases[other] + 3))
        variance = variance + 2 * (shared * shrunk[one] * shrunk[other] + alike)
    return means, mids, variance


def _from_top(counts: pd.DataFrame, boxes: dict[int, int]) -> pd.Series:
    """1 where the answer is among the top boxes of its scale, else 0."""
    low, high = counts["scale_min"], counts["scale_max"]
    answer = counts["answer"].where(~counts["low_is_good"], low + high - counts["answer"])
    many = (high - low).round().astype(int) + 1
    begins = (high - many.map(lambda points: boxes.get(points, 2)) + 1).where(
        many <= 11, low + PERCENT_TOP / 100 * (high - low)
    )
    return (answer >= begins).astype(float)


def _part(answer: pd.Series, low: pd.Series, high: pd.Series, low_is_good: pd.Series) -> pd.Series:
    """+1 for the top two answers of a scale, −1 for the bottom two, 0 between; missing stays missing.

    Of two answers it is the top and the bottom one; of more than eleven (0–100) the upper and the lower fifth.
    """
    reach = ((high - low) * (100 - PERCENT_TOP) / 100).where(high - low > 10, (high - low - 1).clip(upper=1))
    side = (answer >= high - reach).astype(float) - (answer <= low + reach).astype(float)
    return side.where(low_is_good.astype(bool).eq(False), -side).where(answer.notna())


def _on_scale(answer: pd.Series, low: pd.Series, high: pd.Series, title: str) -> None:
    off = answer[(answer < low) | (answer > high)]
    if len(off):
        raise ScaleError(
            f"{title}: the answer {off.iloc[0]:g} lies off its scale, {low[off.index[0]]:g} to {high[off.index[0]]:g}."
        )


def _within_scale(groups: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Means stay on their scale: interval ends outside it say nothing."""
    bounds = counts.drop_duplicates("scale").set_index("scale")
    low, high = groups["scale"].map(bounds["scale_min"]), groups["scale"].map(bounds["scale_max"])
    return groups.assign(low=groups["low"].clip(lower=low), high=groups["high"].clip(upper=high))


def table(dataset: Dataset, by: Sequence[str] = (), where: Filter = ALL, min_base: int = 10) -> pd.DataFrame:
    """Every KPI the dataset has, by the given columns of facts: kpi, unit, *by, scale, value, low, high, n, mentions.

    A column that is called like one of these stands there as `<name> (file)`.
    """
    columns = list(dict.fromkeys(by))
    own = [tally.OWN + name for name in columns]
    frames = []
    for name in available(dataset):
        rows = estimated(name, counted(dataset, name, own, where), own)
        if rows.empty and not own:  # nobody who was asked is among these: the row stays, with a base of 0
            rows = pd.DataFrame({"n": [0]}).reindex(columns=estimate.COLUMNS)
        frames.append(rows.assign(kpi=name, unit=KPIS[name].unit))
    seen = tally.volume(dataset, own, where)
    frames.append(_counts(seen, "responses", seen["n"]))
    if any(dataset.filled.get(name) for name in dataset.manifest["comments"]):
        frames.append(_share(seen, "comment_share", seen["comments"], seen["n"]))
        frames.append(_share(seen, "analysed_share", seen["analysed"], seen["comments"]))
    if dataset.manifest["mentions"]:
        said = tally.spoken(dataset, own, where)
        frames.append(_counts(said, "mentions", said["m"]).assign(mentions=said["m"]))
    held = [estimate.suppressed(frame, min_base, own) for frame in frames]
    out = pd.concat([*held, value.table(dataset, own, where, min_base)], ignore_index=True)
    out = out.reindex(columns=["kpi", "unit", *own, *MEASURED]).astype({"n": "int64"})
    taken = {"kpi", "unit", *MEASURED}
    return out.rename(columns={tally.OWN + name: f"{name} (file)" if name in taken else name for name in columns})


def _share(rows: pd.DataFrame, kpi: str, part: pd.Series, whole: pd.Series) -> pd.DataFrame:
    asked = rows.assign(n=whole, base=whole, mean=part / whole.where(whole > 0)).drop(
        columns=["comments", "analysed", "scored"]
    )
    return estimate.scaled(estimate.wilson(asked), 100).assign(kpi=kpi, unit="percent")


def _counts(rows: pd.DataFrame, kpi: str, value: pd.Series) -> pd.DataFrame:
    value = value.astype(float)
    return rows.assign(kpi=kpi, unit="count", value=value, low=value, high=value, mid=value, se=0.0, df=np.inf)
