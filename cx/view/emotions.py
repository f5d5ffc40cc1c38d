"""Emotions: which ones customers tell of, when and where; and the moments of delight, with what they are about."""

from typing import NamedTuple

import pandas as pd

from cx.measure import estimate, kpis, mix, tally, trends
from cx.measure.estimate import Estimate
from cx.measure.tally import DAY, OWN
from cx.schema import NONE
from cx.store.datasets import MENTION, Dataset
from cx.text.emotions import EMOTIONS, NEGATIVE, POSITIVE
from cx.view import called, overview, theme, wording
from cx.view.filters import Filter, quoted, saying

EMOTION, TOUCHPOINT = MENTION + "emotion", MENTION + "touchpoint"
MOST = 12
"""Touchpoints shown, those with most mentions that tell of an emotion."""

PAGE = 20
"""Delights on a page."""


class View(NamedTuple):
    """`whole`, `time` (period, last) and `places` (touchpoint, most first): part (the emotion), value, low, high, n, m, y,
    shown, say per emotion; shares in percent of the mentions that tell of one. `step` of time; `told`: percent of
    analysed mentions that tell of one; `delighted`: the felicific rate; `left`: touchpoints not shown."""

    whole: pd.DataFrame
    time: pd.DataFrame
    step: str
    places: pd.DataFrame
    told: float
    delighted: Estimate
    left: int


class Delight(NamedTuple):
    """A mention that goes past satisfaction: its words (masked, as stored), what it is about, when, and of which response."""

    text: str
    about: str
    date: str
    response_id: str


def view(dataset: Dataset, where: Filter, min_base: int) -> View:
    """The mix of emotions of the responses that fit, over time and by touchpoint."""
    whole = _told(mix.estimated(mix.counted(dataset, EMOTION, EMOTIONS, (), where), (), min_base), "")
    said = tally.mentions(dataset, "sentiment", (), where)["mentions"].sum()
    told = whole["y"].sum() / said if said else 0.0
    rate = kpis.estimated("felicific_rate", kpis.counted(dataset, "felicific_rate", (), where))
    delighted = (
        estimate.of_row(estimate.suppressed(rate, min_base).iloc[0]) if len(rate) else Estimate(None, None, None, 0)
    )
    time, step = _time(dataset, where, min_base)
    places, left = _places(dataset, where, min_base)
    return View(whole, time, step, places, float(100 * told), delighted, left)


def _time(dataset: Dataset, where: Filter, min_base: int) -> tuple[pd.DataFrame, str]:
    at = trends.bounds(dataset, where)
    if at is None:
        return pd.DataFrame(), ""
    step, calendar = trends.grain(*at), dataset.settings.calendar
    counts = mix.counted(dataset, EMOTION, EMOTIONS, [DAY], where)
    counts = counts[counts[DAY].notna()]
    if counts.empty:
        return pd.DataFrame(), step
    counts = counts.assign(period=trends.periods(counts[DAY], step, calendar))
    rows = mix.estimated(counts, ["period"], min_base)
    frame = trends.every(*at, step, calendar)[["period", "last"]]
    rows = frame.merge(rows.assign(period=pd.to_datetime(rows["period"])), on="period")
    rows["name"] = [trends.named(period, step, calendar) for period in rows["period"]]
    return _told(rows, "name"), step


def _places(dataset: Dataset, where: Filter, min_base: int) -> tuple[pd.DataFrame, int]:
    counts = mix.counted(dataset, EMOTION, EMOTIONS, [OWN + TOUCHPOINT], where)
    counts = counts.rename(columns={OWN + TOUCHPOINT: "touchpoint"})
    counts = counts[counts["touchpoint"].notna() & (counts["touchpoint"] != NONE)]
    if counts.empty:
        return pd.DataFrame(), 0
    sizes = counts.drop_duplicates("touchpoint").sort_values(["m", "touchpoint"], ascending=[False, True])
    largest = sizes["touchpoint"].head(MOST).tolist()
    rows = mix.estimated(counts[counts["touchpoint"].isin(largest)], ["touchpoint"], min_base)
    rows = rows.assign(order=[largest.index(name) for name in rows["touchpoint"]])
    rows = rows.sort_values("order", kind="stable").reset_index(drop=True)
    return _told(rows, "touchpoint"), len(sizes) - len(largest)


def _told(rows: pd.DataFrame, at: str) -> pd.DataFrame:
    out = rows.assign(shown=rows["value"].notna())
    out["say"] = [
        (f"{row[at]}: " if at else "") + _share(called.value("emotion", row["part"]), estimate.of_row(pd.Series(row)))
        for row in out.to_dict("records")
    ]
    return out


def _share(emotion: str, given: Estimate) -> str:
    many = wording.whole(given.n)
    if not given.shown:
        return wording.of("{emotion}: too few responses that tell of an emotion to show ({n})", emotion=emotion, n=many)
    low, high = theme.ends(given, "percent")
    return wording.of(
        "{emotion} {value}, between {low} and {high}, from {n} responses that tell of an emotion",
        emotion=emotion, value=theme.number(given.value, "percent"), low=low, high=high, n=many,
    )  # fmt: skip


def finding(found: View) -> str:
    """How often customers are delighted, and what they mostly feel on either side."""
    shown = found.whole[found.whole["shown"]] if len(found.whole) else found.whole
    if shown.empty:
        return wording.of("Too few comments tell of an emotion")
    ends = [
        shown[shown["part"].isin(side)].sort_values("value", kind="stable").tail(1) for side in (POSITIVE, NEGATIVE)
    ]
    felt = theme.listed([
        f"{called.value('emotion', row['part'])} ({wording.whole(row['value'])} %)"
        for end in ends for row in end.to_dict("records") if row["value"]
    ])  # fmt: skip
    if not found.delighted.shown:
        return wording.of("most felt: {emotions} of all emotions", emotions=felt)
    share = theme.number(found.delighted.value, "percent")
    return wording.of(
        "{share} of comments tell of delight; most felt: {emotions} of all emotions", share=share, emotions=felt
    )


def delights(
    dataset: Dataset, where: Filter, words: str = "", about: str = "", number: int = 1
) -> tuple[int, list[Delight]]:
    """How many delights hold all the words and are about a touchpoint ('' any), and a page of them, newest first."""
    clause, bound = where.sql()
    names = ("text", "touchpoint", "stage", "topic")
    text, touchpoint, stage, topic = (quoted(MENTION + name) for name in names)
    says, looked_for = saying([MENTION + "text"], words)
    clauses = [clause, f"{quoted(EMOTION)} = 'delight'", f"{text} <> ''", says]  # words that may not be read are empty
    bound += looked_for
    if about:
        clauses.append(f"{touchpoint} = ?")
        bound.append(about)
    inner = f"FROM facts WHERE {' AND '.join(clauses)}"
    total = int(dataset.query(f"SELECT count(*) AS n {inner}", bound)["n"].iloc[0])
    rows = dataset.query(
        f'SELECT {text} AS text, {touchpoint} AS touchpoint, {stage} AS stage, {topic} AS topic, "date" AS moment, response_id '
        f'{inner} ORDER BY "date" DESC NULLS LAST, response_id, {quoted(MENTION + "mention")} LIMIT ? OFFSET ?',
        [*bound, PAGE, PAGE * (max(number, 1) - 1)],
    )
    topics = overview.topic_names(dataset)
    return total, [_delight(row, topics) for row in rows.to_dict("records")]


def _delight(row: dict, topics: dict[str, str]) -> Delight:
    topic = topics.get(row["topic"], "") if isinstance(row["topic"], str) else ""
    about = [name for name in (row["touchpoint"], row["stage"], topic) if name and name != NONE]
    moment = row["moment"]
    day = wording.day(moment) if pd.notna(moment) else ""
    return Delight(str(row["text"]), " · ".join(about), day, row["response_id"])


def about(dataset: Dataset, where: Filter) -> list[str]:
    """The touchpoints that delights are about, most first."""
    counts = tally.counted(dataset, [OWN + TOUCHPOINT], where.with_values(EMOTION, ["delight"]))
    rows = counts[~counts[OWN + TOUCHPOINT].isin((NONE, ""))].dropna()
    return rows.sort_values(["m", OWN + TOUCHPOINT], ascending=[False, True])[OWN + TOUCHPOINT].tolist()
