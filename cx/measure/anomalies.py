"""What is out of the ordinary: stated rules, the sampling error of every point in them, false alarms bounded.

Two rules on every series. *Point*: a period lies beyond 2 (unusual) or 3 (alarm) standard errors of what the twelve
periods before it let expect. *Lasting*: six periods together do, against the twelve before them. The standard error
holds the sampling error of both sides and any scatter that the series always had; a real season is taken out first.
At most one false alarm a year and series, measured by benchmarks/trends.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr

from cx.measure import compare, contributions, estimate, kpis, seasons, tally, trends
from cx.measure.tally import DAY, OWN
from cx.measure.trends import VOLUME
from cx.schema import NONE
from cx.settings import CIVIL, Calendar
from cx.store.datasets import MENTION, Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter

UNUSUAL, ALARM = 2.0, 3.0
"""Standard errors from what was expected: worth a look, and hardly ever chance."""

BEFORE, LEAST_BEFORE = 12, 6
"""How many periods before make the expectation, and how many of them must have a number."""

LASTING, LEAST_LASTING = 6, 4
"""How many periods together are a lasting change, and how many of them must have a number."""

POWER = 0.8416212335729143
"""Standard errors on top of the rule's two with which a drop is found in four of five cases."""

LEAST_EXPECTED = 5
"""Comments on a topic that must be expected in a period before its share is watched."""

HUBER = 1.5
"""Beyond so many standard errors a period before counts less: an earlier anomaly must not become the norm."""

COLUMNS = [
    "kind", "kpi", "column", "key", "rule", "level", "begin", "end", "value", "expected", "low", "high", "sigmas", "p",
    "n", "before_begin", "before_end", "over",
]  # fmt: skip


class Watched(NamedTuple):
    """One monitored series: `kind` (volume, kpi, share, segment), the KPI, and for parts the column and its value."""

    kind: str
    kpi: str
    series: pd.DataFrame
    column: str = ""
    key: str = ""


def of_kpi(
    dataset: Dataset,
    name: str,
    where: Filter = ALL,
    min_base: int = 10,
    step: str | None = None,
) -> pd.DataFrame:
    """The anomalies of a KPI (or of `volume`) in the time looked at, latest first; columns `COLUMNS`, none when calm.

    `low` … `high` is what was expected (95 %), `sigmas` how far from it the value lies, `level` 2 (unusual) or 3
    (alarm), `rule` point or lasting. An expectation needs six periods with a number; they may lie before the filter's
    time only when the filter leaves it open.
    """
    at = trends.bounds(dataset, where)
    if at is None:
        return pd.DataFrame(columns=COLUMNS)
    step = step or trends.grain(*at)
    series = trends.follow(dataset, name, where, min_base, step)
    kind = "volume" if name == VOLUME else "kpi"
    return found(Watched(kind, name, series), step, dataset.settings.calendar)


def scan(
    dataset: Dataset,
    where: Filter = ALL,
    min_base: int = 10,
    step: str | None = None,
    segments: tuple[str, ...] | None = None,
) -> pd.DataFrame:
    """Everything that is watched: volume, headline KPIs, the share of every topic, net sentiment of every segment.

    Columns `COLUMNS`, `real` and `looked_at`. One series gives at most a false alarm a year, fifty series give fifty:
    `real` says what stands after correction for all points looked at (Benjamini–Hochberg, 5 %), `looked_at` how many.
    """
    at = trends.bounds(dataset, where)
    if at is None:
        return pd.DataFrame(columns=[*COLUMNS, "real", "looked_at"])
    step = step or trends.grain(*at)
    frames, looked_at = [], 0
    for watched in watched_series(dataset, where, min_base, step, segments):
        judged = judge(watched, step, dataset.settings.calendar)
        looked_at += int(judged["sigmas"].notna().sum())
        frames.append(_events(watched, judged))
    out = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)
    out = out.assign(real=_stands(out["p"].to_numpy(dtype=float), looked_at), looked_at=looked_at)
    return out.sort_values(["end", "sigmas"], key=_latest_and_farthest, kind="stable").reset_index(drop=True)


def _latest_and_farthest(column: pd.Series) -> pd.Series:
    return -column.astype("int64") if column.name == "end" else -column.abs()


def _stands(p: np.ndarray, looked_at: int) -> np.ndarray:
    """Benjamini–Hochberg at 5 % over all points looked at; only the smallest p-values are known, which is enough."""
    order = np.argsort(p, kind="stable")
    below = p[order] <= 0.05 * np.arange(1, len(p) + 1) / max(looked_at, 1)
    out = np.zeros(len(p), dtype=bool)
    if below.any():
        out[order[: np.flatnonzero(below)[-1] + 1]] = True
    return out


def watched_series(
    dataset: Dataset,
    where: Filter,
    min_base: int,
    step: str,
    segments: tuple[str, ...] | None = None,
) -> Iterator[Watched]:
    """The monitored series one after the other: each kind takes one query."""
    have = kpis.available(dataset)
    for name in (VOLUME, *(name for name in kpis.HEADLINE if name in have)):
        kind = "volume" if name == VOLUME else "kpi"
        yield Watched(kind, name, trends.follow(dataset, name, where, min_base, step))
    if "net_sentiment" not in have:
        return
    yield from _shares(dataset, where, step)
    own = [name for name in contributions.columns(dataset) if not name.startswith(MENTION)]
    for column in own if segments is None else segments:
        yield from _by_segment(dataset, column, where, min_base, step)


def _shares(dataset: Dataset, where: Filter, step: str) -> Iterator[Watched]:
    """The share of comments that touch on each topic, per period; topics too rare for it are left out."""
    at = trends.bounds(dataset, where)
    column = MENTION + "topic"
    if at is None:
        return
    calendar = dataset.settings.calendar
    everyone = trends.counted(tally.spoken(dataset, [DAY], where), *at, step, calendar)
    topics = tally.spoken(dataset, [DAY, column], where)
    for key, counts in topics[topics[column].notna()].groupby(column, sort=True):
        touched = trends.counted(counts, *at, step, calendar)
        parts = pd.DataFrame({"n": everyone["n"], "base": everyone["n"], "mean": touched["n"] / everyone["n"]})
        rows = estimate.scaled(estimate.wilson(parts.assign(var=0.0)), 100)
        usual = touched["n"].sum() / max(everyone["n"].sum(), 1)
        rows.loc[rows["n"] * usual < LEAST_EXPECTED, ["value", "low", "high", "se"]] = np.nan
        if rows["value"].notna().sum() > LEAST_BEFORE:
            frame = everyone[["period", "last", "whole", "over"]].join(rows[["value", "low", "high", "n", "se"]])
            yield Watched("share", "share", frame, column, str(key))


def _by_segment(dataset: Dataset, column: str, where: Filter, min_base: int, step: str) -> Iterator[Watched]:
    """Net sentiment of each value of a segment column, per period."""
    at = trends.bounds(dataset, where)
    if at is None:
        return
    own, calendar = OWN + column, dataset.settings.calendar
    counts = kpis.counted(dataset, "net_sentiment", [DAY, own], where)
    counts = counts[counts[DAY].notna() & counts[own].notna() & (counts[own].astype(str) != NONE)]
    if counts.empty:
        return
    counts = trends.in_period(counts, *at)
    dated = counts.assign(period=trends.periods(counts[DAY], step, calendar))
    rows = estimate.suppressed(kpis.estimated("net_sentiment", dated, [own, "period"]), min_base)
    every = trends.every(*at, step, calendar)
    for key, held in rows.groupby(own, sort=True):
        frame = every.merge(held.assign(period=pd.to_datetime(held["period"])), on="period", how="left")
        if frame["value"].notna().sum() > LEAST_BEFORE:
            yield Watched(
                "segment", "net_sentiment", frame.assign(n=frame["n"].fillna(0).astype(int)), column, str(key)
            )


def found(watched: Watched, step: str, calendar: Calendar = CIVIL) -> pd.DataFrame:
    """The anomalies of one series, latest first."""
    out = _events(watched, judge(watched, step, calendar))
    return out.sort_values("end", ascending=False, kind="stable").reset_index(drop=True)


def judge(watched: Watched, step: str, calendar: Calendar = CIVIL) -> pd.DataFrame:
    """Every period of a series under both rules: rule, first, last (row numbers), value, expected, error, sigmas.

    `value` and `expected` are means over the periods meant. A count is judged as twice its square root, whose sampling
    error is the same at any height, for a period of usual length: February is no anomaly.
    """
    series, counted = watched.series, watched.kind == "volume"
    ok = (series["value"].notna() & (series["whole"] | (not counted))).to_numpy()
    value = series["value"].to_numpy(dtype=float)
    length = _lengths(series)
    y = np.where(ok, 2 * np.sqrt((value + 0.375) / length) if counted else value, np.nan)
    noise = np.where(ok, 1 / length if counted else seasons.noise(series), np.inf)
    y, noise = _without_season(y, noise, series["period"], step, calendar)
    if ok.sum() <= LEAST_BEFORE:
        return pd.DataFrame(columns=["rule", "first", "last", "value", "expected", "error", "sigmas"])
    rows = [*_points(y, noise), *_lasting(y, noise)]
    return pd.DataFrame(
        rows, columns=["rule", "first", "last", "before", "until", "value", "expected", "error", "sigmas"]
    )


def _lengths(series: pd.DataFrame) -> np.ndarray:
    """Days of each period, the usual being 1."""
    days = ((series["last"] - series["period"]).dt.days + 1).to_numpy(dtype=float)
    return days / days.mean()


def _without_season(
    y: np.ndarray, noise: np.ndarray, period: pd.Series, step: str, calendar: Calendar
) -> tuple[np.ndarray, np.ndarray]:
    """The series without its season, where there is a real one: each point's effect is fitted without that point, lest
    it explain itself; what it is uncertain by is added to the point's noise."""
    cycle = seasons.CYCLE.get(step)
    known = np.flatnonzero(~np.isnan(y))
    if cycle is None or not len(known):
        return y, noise
    place = seasons.position(period, step, calendar)
    if np.bincount(place[known], minlength=cycle).min() < 2:
        return y, noise
    if seasons.fitted(y[known], 1 / noise[known], place[known], cycle)[2] >= seasons.REAL:
        return y, noise
    out, doubt = y.copy(), noise.copy()
    for at in known:
        others = known[known != at]
        effect, error, _, shrunk = seasons.fitted(y[others], 1 / noise[others], place[others], cycle)
        out[at] -= effect[place[at]] * shrunk
        doubt[at] += error[place[at]] ** 2 * shrunk
    return out, doubt


def _points(y: np.ndarray, noise: np.ndarray) -> Iterator[tuple]:
    """Each period against the twelve before; at the start of a series, where fewer than six lie before, against the
    twelve after; in a series too short for either, against all others."""
    known = np.flatnonzero(~np.isnan(y))
    for place, at in enumerate(known):
        others = known[max(place - BEFORE, 0) : place]
        if len(others) < LEAST_BEFORE:
            others = known[place + 1 : place + 1 + BEFORE]
        if len(others) < LEAST_BEFORE:
            others = np.delete(known, place)
        expected, doubt = level(y[others], noise[others])
        rest = np.delete(known, place)  # a point must not pass for scatter of the series and so excuse itself
        error = float(np.sqrt((noise[at] + doubt) * seasons.scatter(y[rest], noise[rest])))
        yield "point", at, at, others[0], others[-1], y[at], expected, error, (y[at] - expected) / error


def _lasting(y: np.ndarray, noise: np.ndarray) -> Iterator[tuple]:
    """Each six periods against the twelve before them."""
    known = np.flatnonzero(~np.isnan(y))
    more = seasons.scatter(y[known], noise[known])
    for last in range(LASTING + LEAST_BEFORE - 1, len(y)):
        now = np.arange(last - LASTING + 1, last + 1)
        now = now[~np.isnan(y[now])]
        before = np.arange(max(last - LASTING - BEFORE + 1, 0), last - LASTING + 1)
        before = before[~np.isnan(y[before])]
        if len(now) < LEAST_LASTING or len(before) < LEAST_BEFORE:
            continue
        (value, own), (expected, doubt) = level(y[now], noise[now]), level(y[before], noise[before])
        error = float(np.sqrt((own + doubt) * more))
        yield "lasting", now[0], now[-1], before[0], before[-1], value, expected, error, (value - expected) / error


def level(y: np.ndarray, noise: np.ndarray) -> tuple[float, float]:
    """Robust weighted mean (Huber) with its variance; what lies far off counts less."""
    centre = float(np.median(y))
    for _ in range(5):
        off = np.abs(y - centre) / np.sqrt(noise)
        weight = np.minimum(1.0, HUBER / np.maximum(off, 1e-12)) / noise
        centre = float(weight @ y / weight.sum())
    return centre, float((weight**2 @ noise) / weight.sum() ** 2)


def _events(watched: Watched, judged: pd.DataFrame) -> pd.DataFrame:
    """What lies beyond the rules; consecutive windows of a lasting change in one direction are one event, told by its
    farthest."""
    beyond = judged[judged["sigmas"].abs() > UNUSUAL]
    kept: list[pd.Series] = []
    for _, row in beyond.iterrows():
        if not (kept and _goes_on(kept[-1], row)):
            kept.append(row)
        elif abs(row["sigmas"]) > abs(kept[-1]["sigmas"]):
            kept[-1] = row
    rows = [_event(watched, row) for row in kept]
    return pd.DataFrame(rows, columns=COLUMNS)


def _goes_on(last: pd.Series, row: pd.Series) -> bool:
    """Whether a window belongs to the lasting change before it."""
    near = row["rule"] == last["rule"] == "lasting" and row["first"] <= last["last"] + 1
    return bool(near and np.sign(row["sigmas"]) == np.sign(last["sigmas"]))


def _event(watched: Watched, row: pd.Series) -> tuple:
    series = watched.series
    now = series.iloc[int(row["first"]) : int(row["last"]) + 1]
    before = series.iloc[[int(row["before"]), int(row["until"])]]
    value, expected, low, high = _shown(watched, row, now)
    sigmas = float(row["sigmas"])
    return (
        watched.kind, watched.kpi, watched.column, watched.key, row["rule"], 3 if abs(sigmas) > ALARM else 2,
        now["period"].iloc[0], now["last"].iloc[-1], value, expected, low, high, sigmas, float(2 * ndtr(-abs(sigmas))),
        int(now["n"].sum()), before["period"].iloc[0], before["last"].iloc[-1], bool(now["over"].iloc[-1]),
    )  # fmt: skip


def _shown(watched: Watched, row: pd.Series, now: pd.DataFrame) -> tuple[float, float, float, float]:
    """Value, expected, and the band expected, in the unit of the page: with the season put back in, counts as counts."""
    ends = [row["expected"] + side * estimate.Z * row["error"] for side in (0, -1, 1)]
    if watched.kind == "volume":
        length = _lengths(watched.series)[now.index]
        shift = (2 * np.sqrt((now["value"].to_numpy(dtype=float) + 0.375) / length)).mean() - row["value"]
        counts = [max(max(end + shift, 0) ** 2 / 4 * length.mean() - 0.375, 0) for end in ends]
        return float(now["value"].mean()), counts[0], counts[1], counts[2]
    known = now[now["value"].notna()]
    value = float(np.average(known["value"], weights=known["n"]))
    least, most = (0, 100) if watched.kind == "share" else (kpis.KPIS[watched.kpi].low, kpis.KPIS[watched.kpi].high)
    expected, low, high = (
        float(
            np.clip(end + value - row["value"], -np.inf if least is None else least, np.inf if most is None else most)
        )
        for end in ends
    )
    return value, expected, low, high


def explained(dataset: Dataset, anomaly: pd.Series, where: Filter = ALL) -> pd.DataFrame:
    """Who made an anomaly (a row of `of_kpi` or `scan`): the table of `contributions.change` between its periods and
    those before that made the expectation, the largest contribution first, each by its `name`.

    Contributions count in the direction of the change: `made` is the part of the change a row explains, and `told`
    whether it can be told from noise after correction.
    """
    after, before = (
        (anomaly[begin].date(), anomaly[end].date())
        for begin, end in (("begin", "end"), ("before_begin", "before_end"))
    )
    inside = where.with_values(anomaly["column"], [anomaly["key"]]) if anomaly["kind"] == "segment" else where
    if anomaly["kind"] == "share":
        out = contributions.share_change(dataset, anomaly["column"], anomaly["key"], after, before, where)
    else:
        out = contributions.change(dataset, anomaly["kpi"], after, before, inside)
        out = out[out["column"] != anomaly["column"]] if anomaly["column"] else out
    change = anomaly["value"] - anomaly["expected"]
    made = out["contribution"] / change if change else out["contribution"] * 0.0
    out = out.assign(name=contributions.named(dataset, out), made=made, told=out["p"] < compare.FALSE_FINDINGS)
    return out.sort_values("made", ascending=False, kind="stable").reset_index(drop=True)


FEW = {
    "day": wording.noted("Too few days with enough answers to watch: there are {n}"),
    "week": wording.noted("Too few weeks with enough answers to watch: there are {n}"),
    "month": wording.noted("Too few months with enough answers to watch: there are {n}"),
    "quarter": wording.noted("Too few quarters with enough answers to watch: there are {n}"),
}
WATCHED = {
    "day": wording.noted("with {n} answers a day, a drop under {drop} can stay unseen"),
    "week": wording.noted("with {n} answers a week, a drop under {drop} can stay unseen"),
    "month": wording.noted("with {n} answers a month, a drop under {drop} can stay unseen"),
    "quarter": wording.noted("with {n} answers a quarter, a drop under {drop} can stay unseen"),
}


class Unseen(NamedTuple):
    """The smallest drop of one period, and of six lasting ones, that would be found in four of five cases; with `n`
    answers a period. None when there is too little to watch."""

    point: float | None
    lasting: float | None
    n: int
    words: str


def unseen(series: pd.DataFrame, step: str) -> Unseen:
    """What the base of a KPI's series could have shown: "with 150 answers a month, a drop under 17 points can stay unseen".

    Two standard errors of the rule and 0.84 on top for four cases in five, from the sampling error at the usual number
    of answers and the scatter the series has.
    """
    known = series[series["value"].notna()]
    if len(known) <= LEAST_BEFORE:
        return Unseen(None, None, 0, wording.of(FEW[step], n=len(known)))
    noise = seasons.noise(known)
    one = float(np.median(noise)) * seasons.scatter(known["value"].to_numpy(dtype=float), noise)
    size = UNUSUAL + POWER
    before = min(len(known) - 1, BEFORE)
    point = size * (one * (1 + 1 / before)) ** 0.5
    six = size * (one * (1 / LASTING + 1 / BEFORE)) ** 0.5 if len(known) >= LASTING + BEFORE else None
    n = round(float(known["n"].median()))
    drop = wording.counted("{n} point", "{n} points", round(point)) if point >= 2 else f"{point:.2g}"
    told = wording.of(WATCHED[step], n=n, drop=drop)
    return Unseen(point, six, n, told)
