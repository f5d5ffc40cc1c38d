"""What Overview shows: a tile per KPI with its change, the series behind it, and what rose and fell most."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pandas as pd

from cx.measure import compare, estimate, kpis, tally, trends
from cx.measure.estimate import Difference, Estimate
from cx.measure.tally import DAY
from cx.schema import NONE
from cx.store.datasets import MENTION, Dataset
from cx.view import wording
from cx.view.filters import Filter

MOST_MOVERS = 8
"""Bars in the chart of movers: enough to see both ends, few enough to read."""


class Tile(NamedTuple):
    """A KPI in the chosen period, its change against the time before, and its series.

    `others` are the estimates on further scales, never averaged with the one shown; `band` is what the index is called.
    """

    kpi: str
    title: str
    unit: str
    value: Estimate
    scale: str
    change: Difference
    against: str
    series: pd.DataFrame
    others: tuple[tuple[str, Estimate], ...]
    up_is_good: bool
    band: str = ""


def tiles(dataset: Dataset, where: Filter, min_base: int) -> list[Tile]:
    """One tile for each headline KPI the dataset has, in their fixed order; their changes are tested together."""
    have = kpis.available(dataset)
    with ThreadPoolExecutor(2) as pool:  # while one counts in DuckDB another estimates
        names = [name for name in kpis.HEADLINE if name in have]
        counting = wording.bound(
            lambda name: tile(dataset, name, where, min_base)
        )  # threads know no language of their own
        out = list(pool.map(counting, names))
    changes = compare.together([found.change for found in out])
    return [found._replace(change=change) for found, change in zip(out, changes, strict=True)]


def tile(dataset: Dataset, name: str, where: Filter, min_base: int) -> Tile:
    """A KPI's tile: one query, everything else is sums of its rows."""
    kpi = kpis.KPIS[name]
    everything = kpis.counted(dataset, name, [DAY], where.in_period(None, None))
    chosen = trends.in_period(everything, where.begin, where.end)
    rows = trends.estimates(name, chosen, min_base=min_base).sort_values("n", ascending=False)
    found = [(str(row.get("scale", "")), estimate.of_row(row)) for _, row in rows.iterrows()]
    scale, value = found[0] if found else ("", Estimate(None, None, None, 0))
    if scale:  # change and series on the scale whose value is shown, whichever most answered on at other times
        everything = everything[everything["scale"] == scale]
    at = trends.windows(dataset, where)
    change = trends.change(name, everything, at, min_base) if at else estimate.UNKNOWN
    first, last = trends.span(dataset) or (None, None)
    series = pd.DataFrame()
    if first and last:
        series = trends.series(
            name,
            everything,
            max(where.begin or first, first),
            min(where.end or last, last),
            min_base,
            calendar=dataset.settings.calendar,
        )
    return Tile(
        name,
        kpi.title,
        kpi.unit,
        value,
        scale,
        change,
        at.words if at else "",
        series,
        tuple(found[1:]),
        kpis.up_is_good(dataset, name, scale),
        dataset.settings.band(value.value) if name == "cx_index" and value.value is not None else "",
    )


def movers(dataset: Dataset, where: Filter, min_base: int) -> pd.DataFrame:
    """What rose and fell most between the two windows: topics and touchpoints by their net sentiment.

    Columns name, kind (`topic`, `touchpoint`), key, before, after, change, low, high, p, real, n_before, n_after;
    tested together (Benjamini–Hochberg). The largest changes in both directions, real ones first.
    """
    at = trends.windows(dataset, where)
    if at is None or "net_sentiment" not in kpis.available(dataset):
        return pd.DataFrame()
    frames = []
    names = topic_names(dataset)
    for kind in ("topic", "touchpoint"):
        column = MENTION + kind
        counts = tally.mentions(dataset, "sentiment", [DAY, column], where.in_period(None, None))
        counts = counts[counts[column].notna() & (counts[column] != NONE)]
        before, after = [
            trends.estimates("net_sentiment", trends.in_period(counts, *days), [column], min_base).dropna(
                subset=["value"]
            )
            for days in ((at.begin_before, at.end_before), (at.begin, at.end))
        ]
        if before.empty or after.empty:
            continue
        found = compare.changes(before, after, [column]).rename(columns={column: "key"})
        labels = found["key"].map(names) if kind == "topic" else found["key"]
        frames.append(found.assign(kind=kind, name=labels))
    if not frames:
        return pd.DataFrame()
    out = pd.concat(frames, ignore_index=True).dropna(subset=["change", "name"])
    out["real"] = compare.corrected(out["p"])
    out = out.sort_values(["real", "change"], key=lambda c: c.abs() if c.name == "change" else c, ascending=False)
    most = out.drop_duplicates("name").head(MOST_MOVERS)
    return most.sort_values("change", ascending=False, kind="stable").reset_index(drop=True)


def topic_names(dataset: Dataset) -> dict[str, str]:
    """The names of topics and subtopics by their ids."""
    return {topic["id"]: topic["name"] for topic in topic_list(dataset)}


def topic_list(dataset: Dataset) -> list[dict]:
    """The topics of a dataset as stored: id, name, parent, terms, size, exemplars, pinned, hidden."""
    return stored_topics(dataset)["topics"]


def stored_topics(dataset: Dataset) -> dict[str, Any]:
    """The whole of topics.json without what only assigns mentions: topics, stability, unassigned, emerging."""
    return {
        name: held
        for name, held in dataset.topics().items()
        if name not in ("centre", "directions", "general", "fitted")
    }
