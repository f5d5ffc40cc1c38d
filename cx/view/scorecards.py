"""Five pillars, one card each: a score from 0 to 100 with its interval, trend, share of what is said, best and worst.

Score of a pillar: 50 + half the net sentiment of its mentions, interval likewise, so that 50 is balance. *Metrics*
scores the measuring itself: the mean of those of its four shares that exist.
"""

from datetime import date
from typing import NamedTuple

import pandas as pd

from cx.measure import estimate, kpis, tally, trends
from cx.measure.estimate import Difference, Estimate
from cx.measure.tally import DAY
from cx.schema import PILLARS
from cx.store.datasets import MENTION, Dataset
from cx.view.filters import Filter

PILLAR = MENTION + "pillar"
FAMILIES = {
    "loyalty (NPS)": ("nps",), "satisfaction": ("csat", "rating"), "effort": ("ces", "ease"),
    "effectiveness and enjoyment": ("effectiveness", "enjoyment"), "comments": ("comment",),
}  # fmt: skip
"""What a full measurement asks; each counts once, by whichever of its questions is there."""

FRESH_DAYS, STALE_DAYS = 31, 365
"""Up to a month old is fresh (100), a year old is stale (0), in between in proportion."""

GOOD_BASE = 100
"""Responses in a period from which the base counts as full: NPS is then known to about ±14 points."""


class Card(NamedTuple):
    """A pillar's card. `parts` says what a Metrics score is made of: (name, 0–100, in words)."""

    pillar: str
    score: Estimate
    change: Difference
    against: str
    share: float | None
    mentions: int
    series: pd.DataFrame
    best: str
    worst: str
    parts: tuple[tuple[str, float, str], ...] = ()


def cards(dataset: Dataset, where: Filter, min_base: int, today: date) -> list[Card]:
    """The five cards in their fixed order."""
    everything = tally.mentions(dataset, "sentiment", [DAY, PILLAR], where.in_period(None, None))
    quotes = extremes(dataset, where)
    spoken = trends.in_period(everything, where.begin, where.end)["mentions"].sum()
    out = [
        _card(dataset, pillar, everything, where, min_base, quotes, spoken) for pillar in PILLARS if pillar != "Metrics"
    ]
    return [*out, metrics_card(dataset, where, today)]


def _card(dataset, pillar, everything, where, min_base, quotes, spoken) -> Card:
    counts = everything[everything[PILLAR] == pillar]
    chosen = trends.in_period(counts, where.begin, where.end)
    rows = scored(trends.estimates("net_sentiment", chosen, min_base=min_base))
    score = estimate.of_row(rows.iloc[0]) if len(rows) else Estimate(None, None, None, 0)
    at = trends.windows(dataset, where)
    moved = trends.change("net_sentiment", counts, at, min_base) if at and len(counts) else estimate.UNKNOWN
    change = estimate.halved(moved)
    known = trends.span(dataset)
    series = pd.DataFrame()
    if known and len(counts):
        begin, end = max(where.begin or known[0], known[0]), min(where.end or known[1], known[1])
        series = scored(
            trends.series("net_sentiment", counts, begin, end, min_base, calendar=dataset.settings.calendar)
        )
    mentions = int(chosen["mentions"].sum())
    best, worst = quotes.get(pillar, ("", ""))
    share = 100 * mentions / spoken if spoken else None
    return Card(pillar, score, change, at.words if at else "", share, mentions, series, best, worst)


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    """Net sentiment (−100…100) as a score (0…100)."""
    out = rows.copy()
    for name in ("value", "low", "high"):
        out[name] = 50 + out[name].astype(float) / 2
    return out


def extremes(dataset: Dataset, where: Filter) -> dict[str, tuple[str, str]]:
    """Per pillar its most positive and most negative mention of readable length, as quotes."""
    clause, bound = where.sql()
    said = f'"{MENTION}text"'
    feeling = f'"{MENTION}sentiment"'
    order = f"{said}, response_id"
    sql = f"""WITH said AS (
            SELECT "{PILLAR}" AS pillar, {said} AS text, {feeling} AS score,
                row_number() OVER (PARTITION BY "{PILLAR}" ORDER BY {feeling} DESC, {order}) AS best,
                row_number() OVER (PARTITION BY "{PILLAR}" ORDER BY {feeling}, {order}) AS worst
            FROM facts WHERE {feeling} IS NOT NULL AND length({said}) BETWEEN 20 AND 90 AND {clause})
        SELECT pillar, max(text) FILTER (best = 1 AND score > 0) AS best,
            max(text) FILTER (worst = 1 AND score < 0) AS worst
        FROM said WHERE best = 1 OR worst = 1 GROUP BY pillar"""
    rows = dataset.query(sql, bound).astype(object)
    best, worst = (rows[name].where(rows[name].notna(), "").tolist() for name in ("best", "worst"))
    return dict(zip(rows["pillar"].tolist(), zip(best, worst, strict=True), strict=True))


def metrics_card(dataset: Dataset, where: Filter, today: date) -> Card:
    """How well the company measures: KPI coverage, response base, freshness, share of comments analysed.

    Each part is a share from 0 to 100 of what is there to count, not an estimate from a sample; so is their mean:
    its interval is the number itself.
    """
    days = tally.volume(dataset, [DAY], where.in_period(None, None))
    chosen = trends.in_period(days, where.begin, where.end)
    n = int(chosen["n"].sum())
    empty = Estimate(None, None, None, n)
    parts = [
        part
        for part in (_coverage(dataset), _base(dataset, chosen, where), _freshness(days, today), _analysed(chosen))
        if part
    ]
    if not n or not parts:
        return Card("Metrics", empty, estimate.UNKNOWN, "", None, 0, pd.DataFrame(), "", "")
    score = sum(part[1] for part in parts) / len(parts)
    ranked = sorted(parts, key=lambda part: part[1])
    return Card(
        "Metrics", Estimate(score, score, score, n), estimate.UNKNOWN, "", None, 0, pd.DataFrame(),
        ranked[-1][2], ranked[0][2], tuple(parts),
    )  # fmt: skip


def _coverage(dataset: Dataset) -> tuple[str, float, str]:
    asked = {name for name, count in dataset.filled.items() if count}
    have = [name for name, columns in FAMILIES.items() if set(columns) & asked]
    missing = [name for name in FAMILIES if name not in have]
    words = f"{len(have)} of {len(FAMILIES)} kinds of question asked" + (
        f"; not {', '.join(missing)}" if missing else ""
    )
    return "KPI coverage", 100 * len(have) / len(FAMILIES), words


def _base(dataset: Dataset, days: pd.DataFrame, where: Filter) -> tuple[str, float, str] | None:
    known = trends.span(dataset)
    dated = days[days[DAY].notna()]
    if known is None or dated.empty:
        return None
    begin, end = max(where.begin or known[0], known[0]), min(where.end or known[1], known[1])
    step = trends.grain(begin, end)
    calendar = dataset.settings.calendar
    every = len(trends.every(begin, end, step, calendar))
    per = dated.assign(period=trends.periods(dated[DAY], step, calendar)).groupby("period")["n"].sum()
    full = (per.clip(upper=GOOD_BASE) / GOOD_BASE).sum() / max(every, 1)
    return (
        "response base",
        100 * float(full),
        f"{per.sum() / max(every, 1):,.0f} responses a {step} ({GOOD_BASE} is full)",
    )


def _freshness(days: pd.DataFrame, today: date) -> tuple[str, float, str] | None:
    dated = pd.to_datetime(days[DAY]).dropna()
    if dated.empty:
        return None
    age = max((today - dated.max().date()).days, 0)
    score = 100 * min(max((STALE_DAYS - age) / (STALE_DAYS - FRESH_DAYS), 0), 1)
    return "freshness", score, f"newest response {age} days old"


def _analysed(days: pd.DataFrame) -> tuple[str, float, str] | None:
    comments, read = days["comments"].sum(), days["analysed"].sum()
    if not comments:
        return None
    return (
        "comments analysed",
        100 * min(read / comments, 1),
        f"{100 * min(read / comments, 1):.0f} % of comments analysed",
    )


def available(dataset: Dataset) -> bool:
    """Whether there are analysed mentions for pillars to be scored on."""
    return "net_sentiment" in kpis.available(dataset)
