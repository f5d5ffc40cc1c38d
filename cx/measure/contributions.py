"""Who made a change: how many points of it each segment, touchpoint and topic brought.

Every KPI is a ratio of sums over responses (an average of answers has weights below the line), so its change between
two periods is a sum over any split of the responses. Topics and touchpoints overlap: theirs do not add up to the change.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import ndtr

from cx.measure import estimate, kpis, tally, trends
from cx.measure.tally import DAY, OWN
from cx.schema import DERIVED, NONE
from cx.store.datasets import MENTION, Dataset
from cx.view.filters import ALL, Filter

SUMS = ["n", "m", "y", "mm", "my", "yy"]
SPOKEN = ("touchpoint", "topic")
"""Columns of mentions that are asked who made it, beside the segments."""

MOST_COLUMNS = 8
"""Segment columns looked at, in the order of the file; each costs a query."""

NEARLY_ALL = 0.9
"""Who makes up more of the answers than this, before and after, explains nothing: that is everybody."""

_ANSWER = ("scale", "answer", "scale_min", "scale_max", "low_is_good")
COLUMNS = [
    "column", "key", "contribution", "low", "high", "p", "by_rate", "by_share",
    "before", "after", "share_before", "share_after", "n_before", "n_after",
]  # fmt: skip

Days = tuple[date, date]


def sums(name: str, counts: pd.DataFrame) -> pd.DataFrame:
    """A KPI's tally as sums over responses, row by row: n, m, y, mm, my, yy, so that the KPI is Σy/Σm in its own unit.

    m is the weight of the answers (the number of mentions for KPIs of mentions), y what they add. A customer who left
    out parts of the index stands with the mean of those answered.
    """
    if name in kpis.RATIOS:
        out = counts.astype(dict.fromkeys(SUMS, float))
        return out.assign(y=out["y"] * 100, my=out["my"] * 100, yy=out["yy"] * 1e4)
    score = _scores(name, counts)
    w, w2 = counts["w"].to_numpy(dtype=float), counts["w2"].to_numpy(dtype=float)
    return counts.assign(m=w, y=w * score, mm=w2, my=w2 * score, yy=w2 * score**2)


def _scores(name: str, counts: pd.DataFrame) -> np.ndarray:
    """What each row's answer is worth: the KPI of a tally in which it is the only answer."""
    if name == "cx_index":
        with np.errstate(invalid="ignore"):
            parts = [_scores(part, _part_of(counts, part)) for part in kpis.PARTS]
            asked = [~np.isnan(each) for each in parts]
            return sum(np.nan_to_num(each) for each in parts) / sum(each.astype(float) for each in asked)
    known = counts["answer"].notna().to_numpy()
    kept = counts[known]
    alike = kept.groupby([column for column in _ANSWER if column in kept], dropna=False, sort=False).ngroup().to_numpy()
    places = np.unique(alike, return_index=True)[1]
    alone = kept.iloc[places].assign(n=100, w=100.0, w2=100.0, place=alike[places])
    worth = kpis.estimated(name, alone, ["place"]).set_index("place")["value"]
    out = np.full(len(counts), np.nan)
    out[known] = worth.reindex(alike).to_numpy(dtype=float)
    return out


def _part_of(counts: pd.DataFrame, part: str) -> pd.DataFrame:
    ends = {f"scale{end}": counts[f"{part}{end}"] for end in ("_min", "_max")}
    turned = counts[f"{part}_low_is_good"].astype(bool)
    return pd.DataFrame({"answer": counts[part], "scale": "", "low_is_good": turned, **ends})


def columns(dataset: Dataset) -> list[str]:
    """What can be asked who made it: segments of responses, then touchpoint and topic of mentions."""
    own = [
        name for name in dataset.segments
        if name not in (*DERIVED, "complete", "language") and not name.endswith(" scale")
    ]  # fmt: skip
    said = [MENTION + name for name in SPOKEN] if dataset.manifest["mentions"] else []
    return [*own[:MOST_COLUMNS], *said]


def change(
    dataset: Dataset, name: str, after: Days, before: Days, where: Filter = ALL, by: Sequence[str] | None = None
) -> pd.DataFrame:
    """What each value of the columns `by` (default: all of `columns`) brought to a KPI's change between two periods.

    One row per column and key: `contribution` in the KPI's unit with its 95 % interval and p (corrected for all rows
    looked at), of which `by_rate` because these customers answered otherwise and `by_share` because they were more or
    fewer; value, share of all answers and n before and after. Over a column of responses the contributions add up to
    the change (values that nearly everybody has are left out: they explain nothing). Largest first. `volume` says how
    many responses more or fewer than the time before gave in as many days.
    """
    days = where.in_period(min(after[0], before[0]), max(after[1], before[1]))
    whole = _windowed(_counts(dataset, name, [DAY], days), name, after, before)
    frames = []
    for column in columns(dataset) if by is None else by:
        counts = _counts(dataset, name, [DAY, OWN + column], days).rename(columns={OWN + column: "key"})
        counts = counts[counts["key"].notna() & ~((counts["key"] == NONE) & column.startswith(MENTION))]
        if len(counts):
            groups = _windowed(counts, name, after, before, ["key"])
            parts = _volume_parts(whole, groups, after, before) if name == trends.VOLUME else _parts(whole, groups)
            frames.append(parts.assign(column=column))
    return _together(frames)


def share_change(
    dataset: Dataset, column: str, key: str, after: Days, before: Days, where: Filter = ALL
) -> pd.DataFrame:
    """The same for the share of comments that touch on `key` (a topic): which segments brought it up more or less."""
    days = where.in_period(min(after[0], before[0]), max(after[1], before[1]))
    whole = _windowed(_touching(dataset, [DAY], column, key, days), "", after, before)
    frames = []
    for name in columns(dataset):
        if not name.startswith(MENTION):
            counts = _touching(dataset, [DAY, OWN + name], column, key, days).rename(columns={OWN + name: "key"})
            frames.append(_parts(whole, _windowed(counts, "", after, before, ["key"])).assign(column=name))
    return _together(frames)


def _together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """One table, p corrected for its rows (Benjamini–Hochberg), the largest contribution first."""
    from scipy.stats import false_discovery_control

    if not frames:
        return pd.DataFrame(columns=COLUMNS)
    out = pd.concat(frames, ignore_index=True)[COLUMNS]
    out = out[out[["share_before", "share_after"]].min(axis=1).fillna(0) < NEARLY_ALL].reset_index(drop=True)
    known = out["p"].notna()
    if known.any():
        out.loc[known, "p"] = false_discovery_control(out.loc[known, "p"].to_numpy(dtype=float))
    order = out["contribution"].abs().sort_values(ascending=False, kind="stable").index
    return out.loc[order].reset_index(drop=True)


def _touching(dataset: Dataset, by: list[str], column: str, key: str, where: Filter) -> pd.DataFrame:
    """Responses with mentions (m) and those among them that touch on the key (y, in percent), as sums."""
    everyone = tally.spoken(dataset, by, where)[[*by, "n"]]
    touched = tally.spoken(dataset, by, where.with_values(column, [key]))[[*by, "n"]].rename(columns={"n": "hit"})
    both = everyone.merge(touched, on=by, how="left")
    n, hit = both["n"].astype(float), both["hit"].fillna(0).astype(float)
    return both[by].assign(n=n, m=n, y=hit * 100, mm=n, my=hit * 100, yy=hit * 1e4)


def _counts(dataset: Dataset, name: str, by: list[str], where: Filter) -> pd.DataFrame:
    if name == trends.VOLUME:
        return tally.volume(dataset, by, where)[[*by, "n"]]
    return kpis.counted(dataset, name, by, where)


def _windowed(counts: pd.DataFrame, name: str, after: Days, before: Days, by: Sequence[str] = ()) -> pd.DataFrame:
    """The sums of both periods, one row per group: columns n, m, y … with `_after` and `_before`."""
    if name == trends.VOLUME:
        counts = counts.assign(m=0.0, y=0.0, mm=0.0, my=0.0, yy=0.0)
    elif name:
        counts = sums(name, trends.main_scale(counts))
    halves = []
    for which, days in (("after", after), ("before", before)):
        kept = trends.in_period(counts, *days)
        added = estimate.add(kept[[*by, *SUMS]], list(by), SUMS)
        halves.append((added.set_index(list(by)) if by else added).add_suffix(f"_{which}"))
    joined = halves[0].join(halves[1], how="outer").fillna(0.0)
    return joined.reset_index() if by else joined


def _parts(whole: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Contributions of the groups to the change of the whole: mass after minus mass before, about the value before.

    With R₀ the value before and M the weight of all: z = (y − R₀m)/M per period, contribution z₁ − z₀. Its variance
    is that of a mean over responses of which those outside the group count 0.
    """
    total = whole.iloc[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.divide(total["y_before"], total["m_before"])
        out = groups[["key", "n_before", "n_after"]].copy()
        variance, z = np.zeros(len(groups)), {}
        for which in ("before", "after"):
            m, y, mm, my, yy = (groups[f"{part}_{which}"].to_numpy(dtype=float) for part in SUMS[1:])
            mass = total[f"m_{which}"]
            z[which] = (y - level * m) / mass
            squares = yy - 2 * level * my + level**2 * mm
            variance = variance + np.maximum(squares - (y - level * m) ** 2 / total[f"n_{which}"], 0) / mass**2
            out[which], out[f"share_{which}"] = y / m, m / mass
    out["contribution"] = z["after"] - z["before"]
    gone = out["after"].isna() | out["before"].isna()
    out["by_rate"] = (out["share_after"] * (out["after"] - out["before"])).where(~gone, 0.0)
    out["by_share"] = out["contribution"] - out["by_rate"]
    return _tested(out, np.sqrt(variance))


def _volume_parts(whole: pd.DataFrame, groups: pd.DataFrame, after: Days, before: Days) -> pd.DataFrame:
    """Responses more or fewer than the time before gave in as many days."""
    total = whole.iloc[0]
    stretch = ((after[1] - after[0]).days + 1) / ((before[1] - before[0]).days + 1)
    many = {which: groups[f"n_{which}"].to_numpy(dtype=float) for which in ("before", "after")}
    out = groups[["key", "n_before", "n_after"]].assign(before=many["before"] * stretch, after=many["after"])
    with np.errstate(invalid="ignore", divide="ignore"):
        for which, held in many.items():
            out[f"share_{which}"] = held / total[f"n_{which}"]
    out["contribution"] = out["by_share"] = out["after"] - out["before"]
    out["by_rate"] = 0.0
    return _tested(out, np.sqrt(many["after"] + many["before"] * stretch**2))


def _tested(out: pd.DataFrame, se: np.ndarray) -> pd.DataFrame:
    value = out["contribution"].to_numpy(dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.where(se > 0, 2 * ndtr(-np.abs(value) / se), np.where(value == 0, 1.0, np.nan))
    return out.assign(low=value - estimate.Z * se, high=value + estimate.Z * se, p=p)


def named(dataset: Dataset, rows: pd.DataFrame) -> list[str]:
    """Who each row (column, key) is, in words: a topic by its name, a touchpoint by itself, else column and value (`region
    West`: a bare `0` or `yes` would say nothing)."""
    held = dataset.topics()["topics"]
    names = {topic["id"]: topic["name"] for topic in held}
    return [
        names.get(str(key), str(key)) if str(column).startswith(MENTION) else f"{column} {key}"
        for column, key in zip(rows["column"], rows["key"], strict=True)
    ]
