"""The one sentence that matters on each page, made from its numbers. The customer's words, not the statistician's."""

from collections.abc import Sequence

import pandas as pd

from cx.view import theme, wording
from cx.view.overview import Tile
from cx.view.scorecards import Card


def overview(tiles: Sequence[Tile]) -> str:
    """What changed for real, the largest change first; else that nothing did."""
    told = [tile for tile in tiles if tile.change.value is not None]
    real = sorted(
        (tile for tile in told if tile.change.real),
        key=lambda tile: abs(tile.change.value or 0) / _reach(tile),
        reverse=True,
    )
    if real:
        moves = [_moved(tile) for tile in real[:2]]
        return wording.of("{moves} ({against})", moves=theme.listed(moves), against=real[0].against)
    if told:
        return wording.of("Nothing changed beyond noise ({against})", against=told[0].against)
    shown = [tile for tile in tiles if tile.value.shown]
    if shown:
        first = shown[0]
        return wording.of("{kpi} is {value}, between {low} and {high}", kpi=first.title, **_ends(first))
    return wording.of("Too few answers to show a number")


def trend(tile: Tile) -> str:
    """What a trend shows: its highest and its lowest period, when they differ beyond noise."""
    shown = tile.series.dropna(subset=["value"]).sort_values("value")
    if len(shown) < 2:
        return wording.of("{kpi}: too few periods with enough answers", kpi=tile.title)
    low, high = shown.iloc[0], shown.iloc[-1]
    if low["high"] >= high["low"]:
        return wording.of("{kpi} stayed within noise", kpi=tile.title)
    ends = {
        f"{end}{name}": told
        for end, row in (("low", low), ("high", high))
        for name, told in (("", theme.number(row["value"], tile.unit)), ("_month", wording.month(row["period"])))
    }
    return wording.of(
        "{kpi} was lowest with {low} in {low_month}, highest with {high} in {high_month}", kpi=tile.title, **ends
    )


def movers(changes: pd.DataFrame) -> str:
    """Which topics and touchpoints moved for real."""
    real = changes[changes["real"]]
    if real.empty:
        return wording.of("No topic or touchpoint moved beyond noise")
    moved = [f"{name} {theme.signed(by, 'points')}" for name, by in zip(real["name"], real["change"], strict=True)]
    return wording.of("Moved for real: {moved}", moved=", ".join(moved))


def scorecards(cards: Sequence[Card]) -> str:
    """Which pillar carries the score and which one hurts; only said when their intervals do not overlap."""
    voiced = [card for card in cards if card.pillar != "Metrics" and card.score.shown]
    if len(voiced) < 2:
        return wording.of("Too little is said about the pillars to compare them")
    ranked = sorted(voiced, key=lambda card: card.score.value or 0)
    worst, best = ranked[0], ranked[-1]
    if (best.score.low or 0) > (worst.score.high or 0):
        first = [wording.of(card.pillar) for card in reversed(ranked) if _whole(card) == _whole(best)]
        return wording.counted(
            "{pillars} carries the score ({score}); {worst} is where customers suffer most ({low})",
            "{pillars} carry the score ({score}); {worst} is where customers suffer most ({low})",
            len(first), pillars=theme.listed(first), score=_whole(best), worst=wording.of(worst.pillar), low=_whole(worst),
        )  # fmt: skip
    return wording.of("The pillars do not differ beyond noise")


def topics(rows: pd.DataFrame) -> str:
    """The topic most is said about, and the one that hurts most, when it does so beyond noise.

    `rows` has name, m, value, low, high.
    """
    if rows.empty:
        return wording.of("No topics were found: there is too little text")
    largest = rows.sort_values("m").iloc[-1]
    hurting = rows[rows["high"] < 0]
    if hurting.empty:
        return wording.of("Most is said about {name}", name=largest["name"])
    worst = hurting.sort_values("value").iloc[0]
    return wording.of(
        "Most is said about {name}; {worst} hurts most ({score})",
        name=largest["name"], worst=worst["name"], score=theme.number(worst["value"], "points"),
    )  # fmt: skip


def comments(total: int, negative: int) -> str:
    """How many comments were found and how many are negative."""
    if not total:
        return wording.of("No comment fits")
    share = wording.whole(100 * negative / total)
    return wording.counted("{n} comment, {share} % negative", "{n} comments, {share} % negative", total, share=share)


def _reach(tile: Tile) -> float:
    """Changes of different units side by side: points and percent as they are, scales by their interval."""
    return 1.0 if tile.unit != "scale" else 0.1


def _ends(tile: Tile) -> dict[str, str]:
    """Value, low and high as they are shown; percent signs only at the value."""
    low, high = theme.ends(tile.value, tile.unit)
    return {"value": theme.number(tile.value.value, tile.unit), "low": low, "high": high}


def _moved(tile: Tile) -> str:
    """`NPS rose 6 points`."""
    size = theme.number(abs(tile.change.value or 0), "scale")
    if tile.unit != "scale":
        size = wording.counted("{n} point", "{n} points", round(abs(tile.change.value or 0)))
    if (tile.change.value or 0) > 0:
        return wording.of("{kpi} rose {size}", kpi=tile.title, size=size)
    return wording.of("{kpi} fell {size}", kpi=tile.title, size=size)


def _whole(card: Card) -> str:
    return theme.number(card.score.value, "points")
