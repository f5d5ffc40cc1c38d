"""Five pillars, one card each: a score from 0 to 100 with its interval, trend, share of what is said, what carries it and
what pulls it down, its target. The scores themselves are made in `measure.pillars`.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import pandas as pd

from cx.measure import compare, estimate, goals, kpis, pillars, tally, trends
from cx.measure.estimate import Difference, Estimate
from cx.measure.goals import Standing
from cx.measure.pillars import METRICS, PILLAR, Part, scored
from cx.measure.tally import DAY
from cx.schema import PILLARS
from cx.store.datasets import MENTION, Dataset
from cx.view import overview, theme, wording
from cx.view.filters import Filter, day

PILLAR_NAMES = (
    wording.noted("Strategy"), wording.noted("People"), wording.noted("Infrastructure"), wording.noted("Process"),
    wording.noted("Metrics"),
)  # fmt: skip
"""The pillars, marked for translation; keys and addresses keep their English names."""

MOST_CARRIED = 2
"""Touchpoints and topics named on each side of a card."""

MADE = (
    wording.noted(
        "Every mention of the pillar counts +1 when it is positive, −1 when it is negative and 0 between; their mean, from "
        "−100 to 100, is the net sentiment. The score is 50 + half of it: 50 is balance, 100 all positive."
    ),
    wording.noted(
        "The range beside it holds the true score in 95 of 100 such samples; mentions of one comment agree with each other, "
        "which makes it wider."
    ),
    wording.noted(
        "Touchpoints and topics are named when the pillar's mentions about them differ for real from its other mentions, all "
        "of them tested together. The points behind a topic are what the score would lose or gain without it."
    ),
)
"""How a score is made, for the card."""

MADE_METRICS = (
    wording.noted("Metrics scores how well you measure, not what customers say: the mean of the shares on this card."),
    wording.noted(
        "KPI coverage: how many of loyalty, satisfaction, effort, effectiveness and enjoyment, and comments you ask for. "
        "Response base: {good} responses in each period are full. Freshness: the newest response up to {fresh} days old "
        "is 100, {stale} days old is 0. Comments analysed: the share of them."
    ),
    wording.noted("All of it is counted, not estimated from a sample, so it has no range."),
)


def made(metrics: bool) -> list[str]:
    """How the score of a card is made, in sentences."""
    bounds = {"good": pillars.GOOD_BASE, "fresh": pillars.FRESH_DAYS, "stale": pillars.STALE_DAYS}
    return [wording.of(text, **bounds) for text in (MADE_METRICS if metrics else MADE)]


class Carrier(NamedTuple):
    """What carries a pillar or pulls it down: the score of its mentions, and the points it gives the pillar (`impact`)."""

    kind: str
    key: str
    name: str
    score: Estimate
    mentions: int
    difference: float
    impact: float

    @property
    def says(self) -> str:
        """`delivery 32 (28 to 37), n 310: 19 points below the pillar's other mentions`."""
        told = {
            "name": self.name, "score": theme.number(self.score.value, "points"), "n": theme.base(self.score.n),
            "interval": theme.interval(self.score, "points"), "size": compare.size(abs(self.difference), "points"),
        }  # fmt: skip
        if self.difference > 0:
            return wording.of("{name} {score} ({interval}), {n}: {size} above the pillar's other mentions", **told)
        return wording.of("{name} {score} ({interval}), {n}: {size} below the pillar's other mentions", **told)


class Card(NamedTuple):
    """A pillar's card. `parts` says what a Metrics score is made of: (name, 0–100, in words); `touchpoints` and `drivers`
    (topics) hold only what differs for real, best first; `best` and `worst` are quotes."""

    pillar: str
    score: Estimate
    change: Difference
    against: str
    share: float | None
    mentions: int
    series: pd.DataFrame
    best: str
    worst: str
    parts: tuple[Part, ...] = ()
    touchpoints: tuple[Carrier, ...] = ()
    drivers: tuple[Carrier, ...] = ()


def cards(dataset: Dataset, where: Filter, min_base: int, today: date) -> list[Card]:
    """The five cards in their fixed order; their changes are tested together."""
    everything = tally.mentions(dataset, "sentiment", [DAY, PILLAR], where.in_period(None, None))
    quotes = extremes(dataset, where)
    spoken = trends.in_period(everything, where.begin, where.end)["mentions"].sum()
    carry = {kind: carriers(dataset, kind, where, min_base) for kind in ("touchpoint", "topic")}
    out = [
        _card(dataset, pillar, everything, where, min_base, spoken)._replace(
            best=quotes.get(pillar, ("", ""))[0], worst=quotes.get(pillar, ("", ""))[1],
            touchpoints=_ends(carry["touchpoint"].get(pillar, [])), drivers=_ends(carry["topic"].get(pillar, [])),
        )
        for pillar in PILLARS if pillar != METRICS
    ]  # fmt: skip
    changes = compare.together([card.change for card in out])
    out = [card._replace(change=change) for card, change in zip(out, changes, strict=True)]
    return [*out, metrics_card(dataset, where, today)]


def _card(dataset, pillar, everything, where, min_base, spoken) -> Card:
    counts = everything[everything[PILLAR] == pillar]
    chosen = trends.in_period(counts, where.begin, where.end)
    rows = scored(trends.estimates("net_sentiment", chosen, min_base=min_base))
    score = estimate.of_row(rows.iloc[0]) if len(rows) else Estimate(None, None, None, 0)
    at = trends.windows(dataset, where)
    moved = trends.change("net_sentiment", counts, at, min_base) if at and len(counts) else estimate.UNKNOWN
    within = trends.bounds(dataset, where)
    series = pd.DataFrame()
    if within and len(counts):
        calendar = dataset.settings.calendar
        series = scored(trends.series("net_sentiment", counts, *within, min_base, calendar=calendar))
    mentions = int(chosen["mentions"].sum())
    share = 100 * mentions / spoken if spoken else None
    return Card(pillar, score, estimate.halved(moved), at.words if at else "", share, mentions, series, "", "")


def carriers(dataset: Dataset, kind: str, where: Filter, min_base: int) -> dict[str, list[Carrier]]:
    """Per pillar the touchpoints or topics whose mentions differ for real from its others, by impact, best first."""
    rows = pillars.carried(dataset, kind, where, min_base)
    names = overview.topic_names(dataset) if kind == "topic" else {}
    out: dict[str, list[Carrier]] = {}
    for row in (
        rows[rows["real"].astype(bool)].sort_values(["impact", "value"], ascending=[False, True]).to_dict("records")
    ):
        name = names.get(row["value"]) if kind == "topic" else row["value"]
        if name and row["pillar"] != METRICS:
            held = Estimate(row["score"], row["low"], row["high"], int(row["n"]))
            numbers = int(row["mentions"]), float(row["difference"]), float(row["impact"])
            out.setdefault(row["pillar"], []).append(Carrier(kind, row["value"], name, held, *numbers))
    return out


def _ends(found: Sequence[Carrier]) -> tuple[Carrier, ...]:
    """The strongest on each side."""
    up = [carrier for carrier in found if carrier.impact > 0][:MOST_CARRIED]
    return (*up, *[carrier for carrier in found if carrier.impact < 0][-MOST_CARRIED:])


def extremes(dataset: Dataset, where: Filter) -> dict[str, tuple[str, str]]:
    """Per pillar its most positive and most negative mention of readable length, as quotes."""
    clause, bound = where.sql()
    said = f'"{MENTION}text"'
    feeling = f'"{MENTION}sentiment"'
    # The least of (score, text) in one pass: ranking millions of texts to keep one of each takes twenty times as long.
    sql = f"""WITH ends AS (
            SELECT "{PILLAR}" AS pillar, min(struct_pack(score := -{feeling}, said := {said})) AS best,
                min(struct_pack(score := {feeling}, said := {said})) AS worst
            FROM facts WHERE {feeling} IS NOT NULL AND length({said}) BETWEEN 20 AND 90 AND {clause} GROUP BY 1)
        SELECT pillar, 0 AS place, best.said AS quote FROM ends WHERE best.score < 0
        UNION ALL SELECT pillar, 1, worst.said FROM ends WHERE worst.score < 0"""
    out: dict[str, tuple[str, str]] = {}
    for row in dataset.query(sql, bound).to_dict("records"):
        held = list(out.get(row["pillar"], ("", "")))
        held[row["place"]] = row["quote"]
        out[row["pillar"]] = held[0], held[1]
    return out


def metrics_card(dataset: Dataset, where: Filter, today: date) -> Card:
    """How well the company measures (`pillars.measuring`), its best and its worst part in words."""
    score, parts = pillars.measuring(dataset, where, today)
    ranked = sorted(parts, key=lambda part: part[1])
    best, worst = (ranked[-1][2], ranked[0][2]) if ranked else ("", "")
    return Card(METRICS, score, estimate.UNKNOWN, "", None, 0, pd.DataFrame(), best, worst, parts)


def available(dataset: Dataset) -> bool:
    """Whether there are analysed mentions for pillars to be scored on."""
    return "net_sentiment" in kpis.available(dataset)


# --- Targets


class Aim(NamedTuple):
    """A card's target: where on the bar it stands (0–100), what is wanted, how that stands (1 reached, −1 missed, 0 not
    told) and in words."""

    value: float
    wanted: str
    tone: int
    verdict: str
    says: str


def aims(standing: Sequence[Standing], today: date) -> dict[str, Aim]:
    """The target of each pillar that has one for all responses: of several the next that is due, else the last."""
    out: dict[str, Aim] = {}
    own = [each for each in standing if each.target.kpi in pillars.SCORES and not each.target.where.where]
    own.sort(key=lambda each: (each.target.due < today, abs((each.target.due - today).days)))
    for each in own:
        target = each.target
        tone = (each.verdict == goals.REACHED) - (each.verdict in (goals.MISSED, goals.LATE))
        gap = ""
        if each.gap is not None:
            size = compare.size(abs(each.gap), "points")
            gap = (
                wording.of(", {size} beyond it", size=size)
                if each.gap >= 0
                else wording.of(", {size} to go", size=size)
            )
            gap = "" if size.startswith("0 ") else gap
        wanted = wording.of("Target {value} by {day}", value=theme.number(target.value, "points"), day=day(target.due))
        out.setdefault(
            pillars.pillar_of(target.kpi), Aim(target.value, wanted, tone, wording.of(each.verdict) + gap, each.says)
        )
    return out


def attainment(standing: Sequence[Standing]) -> tuple[str, ...]:
    """How many targets are reached, at or below target within noise, missed: a sentence and its counts; beside the
    score of Strategy, not in it."""
    if not standing:
        return ()
    groups = (
        (wording.of("reached"), (goals.REACHED,)),
        (wording.of("within noise of the target"), (goals.LIKELY, goals.OPEN)),
        (wording.of("missed"), (goals.MISSED, goals.LATE)),
        (wording.of("not to be told"), (goals.FEW, goals.GONE)),
    )
    many = [(name, sum(each.verdict in held for each in standing)) for name, held in groups]
    told = theme.listed([f"{count} {name}" for name, count in many if count])
    reached, of = many[0][1], len(standing)
    return (wording.of("Goal attainment: {reached} of {all} targets reached", reached=reached, all=of), told)


def table(found: Sequence[Card], held: dict[str, Aim]) -> pd.DataFrame:
    """The cards as a table, targets included."""
    return pd.DataFrame(
        {
            "pillar": [card.pillar for card in found],
            "score": [card.score.value for card in found],
            "low": [card.score.low for card in found],
            "high": [card.score.high for card in found],
            "responses": [card.score.n for card in found],
            "mentions": [card.mentions for card in found],
            "change": [card.change.value for card in found],
            "change low": [card.change.low for card in found],
            "change high": [card.change.high for card in found],
            "real": [card.change.real for card in found],
            "target": [held[card.pillar].value if card.pillar in held else None for card in found],
            "verdict": [held[card.pillar].verdict if card.pillar in held else "" for card in found],
        }
    )


def carrier_table(found: Sequence[Card]) -> pd.DataFrame:
    """What carries each pillar, as a table."""
    rows = [
        {"pillar": card.pillar, "kind": each.kind, "key": each.key, "name": each.name, "score": each.score.value,
         "low": each.score.low, "high": each.score.high, "responses": each.score.n, "mentions": each.mentions,
         "against the rest": each.difference, "impact": each.impact}
        for card in found for each in (*card.touchpoints, *card.drivers)
    ]  # fmt: skip
    return pd.DataFrame(rows)
