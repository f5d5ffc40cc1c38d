"""The briefing: three to five sentences made from the numbers, each with the page and the parameters that show it.

What changed for real and who made it, what drives the key figure, where it hurts, what delights, what to do first. A
sentence is only said when its number stands after correction for all that were looked at; otherwise it says that nothing
does, or is left out. All of it comes from tallies: a million responses take a second or two, once.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from cx.measure import compare, contrast, contributions, estimate, kpis, trends
from cx.schema import GENERAL, NONE
from cx.store.datasets import MENTION, Dataset
from cx.view import theme, wording
from cx.view.drivers import OUTCOMES
from cx.view.filters import Filter
from cx.view.overview import Tile, topic_names

SPOKEN = ("touchpoint", "topic")
"""What mentions are about, as far as somebody can act on it."""

SEGMENTS = 4
"""Columns of responses that are asked who made a change; each costs a query."""

LEAST_SHARE = 0.02
"""Part of all mentions below which nothing is called the place where it hurts, or what delights."""


LEAST_FEELING = 5
"""Points of net sentiment from nought below which nothing hurts or delights, however sure the number is."""


MOVES = (
    wording.noted("{name} pulls down {kpi} most ({points})"),
    wording.noted("{name} lifts {kpi} most ({points})"),
)
"""What drives it, the bad first."""


class Said(NamedTuple):
    """A sentence: what it is about, the words, and where its evidence stands (`label` is what the link is called)."""

    about: str
    text: str
    page: str
    params: dict[str, str]
    label: str


def sentences(
    dataset: Dataset, where: Filter, min_base: int, tiles: Sequence[Tile], movers: pd.DataFrame
) -> list[Said]:
    """The briefing over the responses that fit; `tiles` and `movers` are those of Overview."""
    out = [_changed(dataset, where, tiles, movers)]
    moving = drivers(dataset, where, min_base)
    kpi = _outcome(dataset)
    out += [_drives(moving, kpi)] if kpi and len(moving) else []
    told = felt(dataset, where, min_base)
    worst, best = lowest(told), highest(told)
    out += [_hurts(worst)] if worst is not None else []
    out += [_delights(best)] if best is not None else []
    todo = _first(moving, worst, kpi)
    return [each for each in [*out, todo] if each is not None]


# --- What changed


def _changed(dataset: Dataset, where: Filter, tiles: Sequence[Tile], movers: pd.DataFrame) -> Said:
    """The KPI that changed most for real with who made it; else the topic or touchpoint that moved; else that nothing did."""
    real = [tile for tile in tiles if tile.change.real and tile.change.value is not None]
    if real:
        tile = max(real, key=lambda each: abs(each.change.value or 0) * (10 if each.unit == "scale" else 1))
        step = compare.sentence(tile.change.value or 0, True, tile.unit)
        maker = made_by(dataset, tile.kpi, where, tile.change.value or 0)
        text = wording.of("{kpi} is {step} ({against})", kpi=tile.title, step=step, against=tile.against) + maker
        params = {"trend_of": tile.title}
        return Said(wording.of("What changed"), text + ".", "trends", params, wording.of("See the trend"))
    moved = movers[movers["real"]] if len(movers) else movers
    if len(moved):
        row = _largest(moved, "change")
        step = compare.sentence(row["change"], True, "points")
        text = wording.of(
            "No key figure changed beyond noise, but what is said of {name}: net sentiment {step}.",
            name=row["name"], step=step,
        )  # fmt: skip
        params = {str(row["kind"]): str(row["key"])}
        return Said(wording.of("What changed"), text, "comments", params, wording.of("Read the comments"))
    against = next((f" ({tile.against})" for tile in tiles if tile.against), "")
    told = any(tile.change.value is not None for tile in tiles)
    text = (
        wording.of("No key figure, topic or touchpoint moved beyond noise{against}.", against=against)
        if told
        else wording.of("There is too little over time to tell a change.")
    )
    return Said(wording.of("What changed"), text, "trends", {}, wording.of("See the trends"))


def made_by(dataset: Dataset, kpi: str, where: Filter, change: float) -> str:
    """` Most of it comes from Region North (−6 points).`, or '' when no group can be told from noise."""
    at = trends.windows(dataset, where)
    if at is None:
        return ""
    columns = contributions.columns(dataset)
    own = [name for name in columns if not name.startswith(MENTION)][:SEGMENTS]
    said = [name for name in columns if name.startswith(MENTION)]
    free = where.in_period(None, None)
    days = (at.begin, at.end), (at.begin_before, at.end_before)
    rows = makers(dataset, contributions.change(dataset, kpi, *days, free, [*own, *said]), change)
    unit = kpis.KPIS[kpi].unit
    if not rows:
        return ""
    name, points = rows[0][0], theme.signed(rows[0][1], unit)
    return wording.of("; most of it comes from {name} ({points})", name=name, points=points)


def makers(dataset: Dataset, rows: pd.DataFrame, change: float) -> list[tuple[str, float]]:
    """Groups that brought a change about and can be told from noise, one a column: name and contribution, the largest first."""
    if rows.empty:
        return []
    real = rows[
        rows["key"].notna() & (rows["p"] < compare.FALSE_FINDINGS) & ((rows["contribution"] > 0) == (change > 0))
    ]
    real = real.assign(size=real["contribution"].abs()).sort_values("size", ascending=False, kind="stable")
    real = real.drop_duplicates("column")
    return list(zip(contributions.named(dataset, real), real["contribution"].astype(float), strict=True))


# --- What drives it


def _outcome(dataset: Dataset) -> str:
    have = kpis.available(dataset)
    return next((name for name in OUTCOMES if name in have and kpis.KPIS[name].columns), "")


def drivers(dataset: Dataset, where: Filter, min_base: int) -> pd.DataFrame:
    """Touchpoints and topics with their impact on the key figure, tested together; `good` is 1 where they lift it.

    Columns kind, key, name, impact, impact_low, impact_high, real, good; empty without a score or without comments.
    """
    kpi = _outcome(dataset)
    if not kpi or not dataset.manifest["mentions"]:
        return pd.DataFrame()
    frames = []
    for kind in SPOKEN:
        rows = contrast.with_and_without(dataset, kpi, MENTION + kind, where, min_base)
        frames += [rows.assign(kind=kind)] if len(rows) else []
    if not frames:
        return pd.DataFrame()
    out = pd.concat(frames, ignore_index=True)
    names = topic_names(dataset)
    up = kpis.up_is_good(dataset, kpi, str(out["scale"].iloc[0] or ""))
    out = out.assign(key=out["value"].astype(str), real=compare.corrected(out["p"]))
    out["name"] = [
        names.get(row["key"], row["key"]) if row["kind"] == "topic" else row["key"] for _, row in out.iterrows()
    ]
    return out.assign(good=((out["impact"] > 0) == up).astype(int))


def _drives(moving: pd.DataFrame, kpi: str) -> Said:
    title, unit = kpis.KPIS[kpi].title, kpis.KPIS[kpi].unit
    real = moving[moving["real"]]
    parts = []
    for good, sentence in enumerate(MOVES):
        own = real[real["good"] == good]
        if len(own):
            row = _strongest(own)
            points = theme.signed(row["impact"], unit)
            parts.append(wording.of(sentence, name=_called(row), kpi=title, points=points))
    text = theme.listed(parts) or wording.of("Nothing people talk about moves {kpi} beyond noise", kpi=title)
    text = text[:1].upper() + text[1:] + "."
    return Said(wording.of("What drives it"), text, "drivers", {"outcome": title}, wording.of("See the drivers"))


# --- Where it hurts, what delights


def felt(dataset: Dataset, where: Filter, min_base: int) -> pd.DataFrame:
    """Net sentiment of what is said about each touchpoint and topic: kind, key, name, value, low, high, n, m, share."""
    if not dataset.manifest["mentions"] or not dataset.filled["sentiment"]:
        return pd.DataFrame()
    frames, names = [], topic_names(dataset)
    for kind in SPOKEN:
        counts = kpis.counted(dataset, "net_sentiment", [MENTION + kind], where).rename(columns={MENTION + kind: "key"})
        counts = counts[counts["key"].notna() & ~counts["key"].isin([NONE, GENERAL])]
        if len(counts):
            rows = estimate.suppressed(kpis.estimated("net_sentiment", counts, ["key"]), min_base)
            rows = rows.assign(kind=kind, m=rows["m"], share=rows["m"] / max(float(rows["m"].sum()), 1.0))
            frames.append(rows.assign(name=rows["key"].map(names) if kind == "topic" else rows["key"]))
    return pd.concat(frames, ignore_index=True).dropna(subset=["name", "value"]) if frames else pd.DataFrame()


def lowest(told: pd.DataFrame) -> pd.Series | None:
    """Where it hurts most: surely more said against than for it, weighed by how much is said; None when nowhere."""
    return _heaviest(told, told["high"] < 0) if len(told) else None


def highest(told: pd.DataFrame) -> pd.Series | None:
    """What delights most, weighed alike; None when nothing does."""
    return _heaviest(told, told["low"] > 0) if len(told) else None


def _heaviest(told: pd.DataFrame, sure: pd.Series) -> pd.Series | None:
    own = told[sure & (told["share"] >= LEAST_SHARE) & (told["value"].abs() >= LEAST_FEELING)]
    if own.empty:
        return None
    return _largest(own.assign(weight=own["value"] * own["share"] ** 0.5), "weight")


def _hurts(row: pd.Series) -> Said:
    text = f"{_capital(_called(row))}: {feeling(row)}."
    params = {str(row["kind"]): str(row["key"]), "sentiment_label": "negative"}
    return Said(wording.of("Where it hurts"), text, "comments", params, wording.of("Read the complaints"))


def _delights(row: pd.Series) -> Said:
    text = f"{_capital(_called(row))}: {feeling(row)}."
    params = {str(row["kind"]): str(row["key"]), "sentiment_label": "positive"}
    return Said(wording.of("What delights"), text, "comments", params, wording.of("Read the praise"))


def feeling(row: Mapping | pd.Series) -> str:
    """`net sentiment −32, between −40 and −24, from 210 comments`, of a row of `felt`."""
    low, high = theme.number(row["low"], "points"), theme.number(row["high"], "points")
    return wording.of(
        "net sentiment {value}, between {low} and {high}, from {n} comments",
        value=theme.number(row["value"], "points"), low=low, high=high, n=wording.whole(int(row["n"])),
    )  # fmt: skip


# --- What to do first


def first(dataset: Dataset, where: Filter, min_base: int, worst: pd.Series | None) -> Said | None:
    """What to do first; `worst` is where it hurts (`lowest`)."""
    return _first(drivers(dataset, where, min_base), worst, _outcome(dataset))


def _first(moving: pd.DataFrame, worst: pd.Series | None, kpi: str) -> Said | None:
    """What pulls the key figure down most; without one, where it hurts."""
    real = moving[moving["real"] & (moving["good"] == 0)] if len(moving) else moving
    if len(real):
        row = _strongest(real)
        unit, title = kpis.KPIS[kpi].unit, kpis.KPIS[kpi].title
        ends = sorted(abs(float(row[name])) for name in ("impact_low", "impact_high"))
        between = theme.between(*(theme.number(each, "points" if unit == "percent" else unit) for each in ends))
        text = wording.of(
            "Start with {name}: without it, {kpi} would be {size} better ({between}).",
            name=_called(row), kpi=title, size=compare.size(abs(row["impact"]), unit), between=between,
        )  # fmt: skip
    elif worst is not None:
        row = worst
        text = wording.of("Start with {name}: nowhere else is so much said against you.", name=_called(worst))
    else:
        return None
    params = {str(row["kind"]): str(row["key"]), "sentiment_label": "negative"}
    return Said(wording.of("What to do first"), text, "comments", params, wording.of("Read what to mend"))


def _largest(rows: pd.DataFrame, column: str) -> pd.Series:
    """The row with the largest amount in a column, whatever its sign."""
    return rows.iloc[int(rows[column].abs().to_numpy(dtype=float).argmax())]


def _strongest(rows: pd.DataFrame) -> pd.Series:
    """The row with the largest impact; a touchpoint that may have as much goes before a topic: touchpoints have names that
    people chose, topics are called by words found in them."""
    row = _largest(rows, "impact")
    equal = (rows["impact_low"] <= row["impact"]) & (rows["impact_high"] >= row["impact"])
    rivals = rows[(rows["kind"] == "touchpoint") & equal]
    return _largest(rivals, "impact") if len(rivals) else row


def _called(row: Mapping | pd.Series) -> str:
    """What a touchpoint or topic is called in a sentence: a topic's words alone would read as part of it."""
    return wording.of("the topic “{name}”", name=row["name"]) if row["kind"] == "topic" else str(row["name"])


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
