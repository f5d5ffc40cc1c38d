"""Scores of the five pillars, 0 to 100, and what carries each: its touchpoints and topics, tested against its rest.

Score of a pillar: 50 + half the net sentiment of its mentions, interval likewise, so that 50 is balance. *Metrics*
scores the measuring itself: the mean of those of its four shares that exist.
"""

from datetime import date

import numpy as np
import pandas as pd

from cx.measure import compare, contrast, estimate, kpis, tally, trends
from cx.measure.estimate import Estimate
from cx.measure.kpis import Kpi
from cx.measure.tally import DAY
from cx.schema import GENERAL, PILLARS
from cx.store.datasets import MENTION, Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter, quoted

PILLAR = MENTION + "pillar"
METRICS = "Metrics"
SCORES = {
    f"score_{name.lower()}": Kpi(f"score_{name.lower()}", f"{name} score", "points", (), 0, 100) for name in PILLARS
}
"""Scores as targets name them: `score_people`, with title, unit and range like a KPI's."""

FAMILIES = {
    wording.noted("loyalty (NPS)"): ("nps",),
    wording.noted("satisfaction"): ("csat", "rating"),
    wording.noted("effort"): ("ces", "ease"),
    wording.noted("effectiveness and enjoyment"): ("effectiveness", "enjoyment"),
    wording.noted("comments"): ("comment",),
}
"""What a full measurement asks; each counts once, by whichever of its questions is there."""

BASES = {
    "day": wording.noted("{n} responses a day ({full} is full)"),
    "week": wording.noted("{n} responses a week ({full} is full)"),
    "month": wording.noted("{n} responses a month ({full} is full)"),
    "quarter": wording.noted("{n} responses a quarter ({full} is full)"),
}

FRESH_DAYS, STALE_DAYS = 31, 365
"""Up to a month old is fresh (100), a year old is stale (0), in between in proportion."""

GOOD_BASE = 100
"""Responses in a period from which the base counts as full: NPS is then known to about ±14 points."""

Part = tuple[str, float, str]
"""What a Metrics score is made of: its name, 0–100, in words."""

CARRIED = ["pillar", "value", "score", "low", "high", "n", "mentions", "difference", "p", "real", "impact"]
"""Columns of `carried`."""


def pillar_of(name: str) -> str:
    """The pillar whose score a target names."""
    return SCORES[name].english.removesuffix(" score")


def available(dataset: Dataset) -> list[str]:
    """The scores this dataset has (names of `SCORES`): all but Metrics need analysed mentions."""
    said = "net_sentiment" in kpis.available(dataset)
    return [name for name in SCORES if said or pillar_of(name) == METRICS]


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    """Net sentiment (−100…100) as a score (0…100)."""
    return rows.assign(**{name: 50 + rows[name].astype(float) / 2 for name in ("value", "low", "high")})


def score(dataset: Dataset, name: str, where: Filter = ALL, min_base: int = 10, today: date | None = None) -> Estimate:
    """A pillar's score by the name in `SCORES`; Metrics as of `today`."""
    pillar = pillar_of(name)
    if pillar == METRICS:
        return measuring(dataset, where, today or date.today())[0]
    counts = tally.mentions(dataset, "sentiment", [PILLAR], where)
    rows = scored(trends.estimates("net_sentiment", counts[counts[PILLAR] == pillar], min_base=min_base))
    return estimate.of_row(rows.iloc[0]) if len(rows) else Estimate(None, None, None, 0)


# --- What carries a pillar


def carried(dataset: Dataset, facet: str, where: Filter = ALL, min_base: int = 10) -> pd.DataFrame:
    """The values of a column of mentions (`touchpoint`, `topic`) within each pillar, against the pillar's other mentions.

    Columns `CARRIED`: the score of the pillar's mentions that name the value with its 95 % interval, n (responses) and
    mentions; `difference` of the scores with and without with its p, `real` after Benjamini–Hochberg over all rows;
    `impact` = score of the pillar − its score without these mentions. Without numbers where either side is below the
    base; no rows for Metrics, which is counted. A response that names several values stands on both sides, which makes
    the test cautious, never bold.
    """
    whole, have, lack = _sides(dataset, MENTION + facet, where)
    out = [_within(have, lack, whole, pillar, min_base) for pillar in PILLARS if pillar in set(have[PILLAR])]
    if not out:
        return pd.DataFrame(columns=CARRIED)
    found = pd.concat(out, ignore_index=True)
    found["real"] = compare.corrected(found["p"].astype(float))
    return found[CARRIED]


def _sides(dataset: Dataset, own: str, where: Filter) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tallies by pillar: of all its mentions; per `value` of those that name it, and of the pillar's others.

    What the others add up to is the whole, less the responses that name the value, plus what else these say.
    """
    everything = tally.mentions(dataset, "sentiment", [PILLAR], where)
    whole = everything[~everything[PILLAR].isin([GENERAL, METRICS]) & everything[PILLAR].notna()]
    inner, bound = tally.beside(dataset, "sentiment", own, PILLAR, where)
    keys = [quoted(PILLAR), "value", "m_", "y_", "m", "y"]
    chosen = [keys[0], f"CAST({quoted(own)} AS VARCHAR) AS value", *keys[2:]]
    weight = "weight_" if dataset.weighted else "1 AS weight_"
    sql = f"""SELECT {tally.counts(*keys)} FROM (SELECT {", ".join([*chosen, weight])} FROM ({inner}))
        WHERE {keys[0]} NOT IN (SELECT unnest(?)) AND value NOT IN (SELECT unnest(?)) GROUP BY ALL ORDER BY ALL"""
    rows = dataset.query(sql, [*bound, [GENERAL, METRICS], list(contrast.UNNAMED)])
    by, others = [PILLAR, "value"], rows["m"] > rows["m_"]
    besides = rows[others].assign(m=rows["m"] - rows["m_"], y=rows["y"] - rows["y_"])
    have, theirs, rest = (tally.summed(each, by) for each in (rows.assign(m=rows["m_"], y=rows["y_"]), rows, besides))
    minus = theirs.assign(**{name: -theirs[name] for name in contrast.ADDED})
    return whole, have, pd.concat([have[by].merge(whole, on=PILLAR), minus, rest], ignore_index=True)


def _within(have: pd.DataFrame, lack: pd.DataFrame, whole: pd.DataFrame, pillar: str, min_base: int) -> pd.DataFrame:
    own, rest, every = (rows[rows[PILLAR] == pillar].drop(columns=PILLAR) for rows in (have, lack, whole))
    rest = rest[rest["value"].isin(own["value"])]
    found = contrast.against("net_sentiment", every, own, rest, min_base)
    shown = scored(
        estimate.suppressed(kpis.estimated("net_sentiment", own.rename(columns={"value": "of"}), ["of"]), min_base)
    )
    shown = shown.rename(columns={"value": "score"})[["of", "score", "low", "high", "n"]]
    said = own.groupby("value")["mentions"].sum()
    out = found[["value", "difference", "p", "impact"]].merge(shown, left_on="value", right_on="of")
    halves = {name: out[name].astype(float) / 2 for name in ("difference", "impact")}
    return out.assign(**halves, pillar=pillar, mentions=out["value"].map(said).astype("int64"), real=False)


# --- How well the company measures


def measuring(dataset: Dataset, where: Filter, today: date) -> tuple[Estimate, tuple[Part, ...]]:
    """KPI coverage, response base, freshness, share of comments analysed: their mean, and each of them.

    Each part is a share from 0 to 100 of what is there to count, not an estimate from a sample; so is their mean:
    its interval is the number itself.
    """
    days = tally.volume(dataset, [DAY], where.in_period(None, None))
    chosen = trends.in_period(days, where.begin, where.end)
    n = int(chosen["n"].sum())
    made = (_coverage(dataset), _base(dataset, chosen, where), _freshness(dataset, days, today), _analysed(chosen))
    parts = tuple(part for part in made if part)
    if not n or not parts:
        return Estimate(None, None, None, n), ()
    mean = float(np.mean([part[1] for part in parts]))
    return Estimate(mean, mean, mean, n), parts


def _coverage(dataset: Dataset) -> Part:
    asked = {name for name, count in dataset.filled.items() if count}
    have = [name for name, columns in FAMILIES.items() if set(columns) & asked]
    missing = [name for name in FAMILIES if name not in have]
    words = wording.of("{have} of {all} kinds of question asked", have=len(have), all=len(FAMILIES))
    if missing:
        words += wording.of("; not {names}", names=", ".join(map(wording.of, missing)))
    return wording.of("KPI coverage"), 100 * len(have) / len(FAMILIES), words


def _base(dataset: Dataset, days: pd.DataFrame, where: Filter) -> Part | None:
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
        wording.of("response base"),
        100 * float(full),
        wording.of(BASES[step], n=wording.whole(per.sum() / max(every, 1)), full=GOOD_BASE),
    )


def _freshness(dataset: Dataset, days: pd.DataFrame, today: date) -> Part | None:
    known = trends.span(dataset)
    dated = pd.to_datetime(days[DAY]).dropna()
    dated = dated[dated <= pd.Timestamp(known[1])] if known else dated  # a date in years to come makes nothing fresh
    if dated.empty:
        return None
    age = max((today - dated.max().date()).days, 0)
    score = 100 * min(max((STALE_DAYS - age) / (STALE_DAYS - FRESH_DAYS), 0), 1)
    return wording.of("freshness"), score, wording.of("newest response {n} days old", n=age)


def _analysed(days: pd.DataFrame) -> Part | None:
    comments, read = days["comments"].sum(), days["analysed"].sum()
    if not comments:
        return None
    return (
        wording.of("comments analysed"),
        100 * min(read / comments, 1),
        wording.of("{share} % of comments analysed", share=wording.whole(100 * min(read / comments, 1))),
    )
