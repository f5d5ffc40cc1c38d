"""Topics as people look at them: size, sentiment, change, quotes; two levels."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cx.measure import compare, estimate, tally, trends
from cx.measure.tally import DAY
from cx.settings import MinimumBase
from cx.store.datasets import MENTION, Dataset
from cx.view import theme, wording
from cx.view.filters import Filter
from cx.view.overview import topic_list


def rows(dataset: Dataset, where: Filter, min_base: int, parent: str | None = None) -> pd.DataFrame:
    """One row per topic (or per subtopic of `parent`), pinned ones first, then the most mentioned.

    Columns id, name, terms, exemplars, n (responses), m (mentions), share of all mentions in percent, net sentiment
    (value, low, high), its change and whether that is real, and the mentions by label (negative, neutral, positive).
    """
    level = MENTION + ("subtopic" if parent else "topic")
    known = {topic["id"]: topic for topic in topic_list(dataset) if topic["parent"] == parent}
    everything = tally.mentions(dataset, "sentiment", [DAY, level], where.in_period(None, None))
    everything = everything[everything[level].isin(list(known))]
    chosen = trends.in_period(everything, where.begin, where.end)
    if chosen.empty:
        return pd.DataFrame()
    net = trends.estimates("net_sentiment", chosen, [level], min_base)
    out = net[[level, "n", "mentions", "value", "low", "high"]].rename(columns={level: "id", "mentions": "m"})
    for name in ("name", "terms", "exemplars"):
        out[name] = [known[topic][name] for topic in out["id"]]
    out["pinned"] = [bool(known[topic].get("pinned")) for topic in out["id"]]
    out = out.merge(_labels(dataset, level, where), on="id", how="left").merge(
        _changes(dataset, everything, level, where, min_base), on="id", how="left"
    )
    out["share"] = 100 * out["m"] / max(_said(dataset, where), 1)
    if isinstance(min_base, MinimumBase):  # how few people feel is no more told by counts than by a score
        out = out[out["value"].notna()]
    return out.sort_values(["pinned", "m", "id"], ascending=[False, False, True]).reset_index(drop=True)


def unassigned(dataset: Dataset, where: Filter) -> float:
    """Share of mentions without a topic, in percent; 0 when nothing is said."""
    said = tally.counted(dataset, [MENTION + "topic"], where)
    return 100 * float(said.loc[said[MENTION + "topic"].isna(), "m"].sum()) / max(float(said["m"].sum()), 1.0)


STEADY = (
    wording.noted("The topics are loose: drawn from other comments they agree by {agreement} (0 chance, 1 the same)."),
    wording.noted(
        "The topics are rather loose: drawn from other comments they agree by {agreement} (0 chance, 1 the same)."
    ),
    wording.noted("The topics are steady: drawn from other comments they agree by {agreement} (0 chance, 1 the same)."),
    wording.noted(
        "The topics are very steady: drawn from other comments they agree by {agreement} (0 chance, 1 the same)."
    ),
)
"""How well topics come out again, from chance to sameness."""


def steady(stored: Mapping[str, Any]) -> str:
    """How far the same topics come out of other samples of the comments, in words; '' where that is not known."""
    found = stored.get("stability")
    if found is None:
        return ""
    place = sum(found >= bound for bound in (0.4, 0.6, 0.8))
    return wording.of(STEADY[place], agreement=wording.decimal(found, 2))


SAID = {
    "negative": wording.noted("{name}: {many} negative mentions; "),
    "neutral": wording.noted("{name}: {many} neutral mentions; "),
    "positive": wording.noted("{name}: {many} positive mentions; "),
}


def bars(found: pd.DataFrame) -> pd.DataFrame:
    """The rows of the topic chart: per topic and label its mentions, with the sentence of the tooltip."""
    long = found.melt(["id", "name", "n", "value", "low", "high"], ["negative", "neutral", "positive"], "label", "said")
    long["place"] = long["label"].map({"negative": 0, "neutral": 1, "positive": 2})
    long["say"] = [
        wording.of(SAID[row["label"]], name=row["name"], many=wording.whole(row["said"]))
        + theme.sentence(wording.of("net sentiment"), estimate.of_row(row), "points")
        for _, row in long.iterrows()
    ]
    order = {topic: place for place, topic in enumerate(found["id"])}
    return long.sort_values(["id", "place"], key=lambda c: c.map(order) if c.name == "id" else c).reset_index(drop=True)


def _labels(dataset: Dataset, level: str, where: Filter) -> pd.DataFrame:
    label = MENTION + "sentiment_label"
    counts = tally.counted(dataset, [level, label], where)
    wide = counts.pivot_table(index=level, columns=label, values="m", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=["negative", "neutral", "positive"], fill_value=0)
    return wide.rename_axis("id").reset_index()


def _changes(dataset: Dataset, counts: pd.DataFrame, level: str, where: Filter, min_base: int) -> pd.DataFrame:
    at = trends.windows(dataset, where)
    columns = ["id", "change", "real"]
    if at is None:
        return pd.DataFrame(columns=columns)
    before, after = [
        trends.estimates("net_sentiment", trends.in_period(counts, *days), [level], min_base).dropna(subset=["value"])
        for days in ((at.begin_before, at.end_before), (at.begin, at.end))
    ]
    if before.empty or after.empty:
        return pd.DataFrame(columns=columns)
    return compare.changes(before, after, [level]).rename(columns={level: "id"})[columns]


def _said(dataset: Dataset, where: Filter) -> int:
    return int(tally.counted(dataset, [], where)["m"].iloc[0])
