"""The one sentence that matters on each page, made from its numbers. The customer's words, not the statistician's."""

from collections.abc import Sequence

import pandas as pd

from cx.view import theme
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
        moves = [
            f"{tile.title} {'rose' if (tile.change.value or 0) > 0 else 'fell'} {_step(tile)}" for tile in real[:2]
        ]
        return f"{theme.listed(moves)} ({real[0].against})"
    if told:
        return f"Nothing changed beyond noise ({told[0].against})"
    shown = [tile for tile in tiles if tile.value.shown]
    if shown:
        first = shown[0]
        return f"{first.title} is {theme.number(first.value.value, first.unit)}, {_between(first)}"
    return "Too few answers to show a number"


def trend(tile: Tile) -> str:
    """What a trend shows: its highest and its lowest period, when they differ beyond noise."""
    shown = tile.series.dropna(subset=["value"]).sort_values("value")
    if len(shown) < 2:
        return f"{tile.title}: too few periods with enough answers"
    low, high = shown.iloc[0], shown.iloc[-1]
    if low["high"] >= high["low"]:
        return f"{tile.title} stayed within noise"
    ends = [f"{theme.number(row['value'], tile.unit)} in {row['period']:%b %Y}" for row in (low, high)]
    return f"{tile.title} was lowest with {ends[0]}, highest with {ends[1]}"


def movers(changes: pd.DataFrame) -> str:
    """Which topics and touchpoints moved for real."""
    real = changes[changes["real"]]
    if real.empty:
        return "No topic or touchpoint moved beyond noise"
    moved = [f"{name} {theme.signed(by, 'points')}" for name, by in zip(real["name"], real["change"], strict=True)]
    return f"Moved for real: {', '.join(moved)}"


def scorecards(cards: Sequence[Card]) -> str:
    """Which pillar carries the score and which one hurts; only said when their intervals do not overlap."""
    voiced = [card for card in cards if card.pillar != "Metrics" and card.score.shown]
    if len(voiced) < 2:
        return "Too little is said about the pillars to compare them"
    ranked = sorted(voiced, key=lambda card: card.score.value or 0)
    worst, best = ranked[0], ranked[-1]
    if (best.score.low or 0) > (worst.score.high or 0):
        first = [card.pillar for card in reversed(ranked) if _whole(card) == _whole(best)]
        carries = f"{theme.listed(first)} {'carries' if len(first) == 1 else 'carry'} the score ({_whole(best)})"
        return f"{carries}; {worst.pillar} is where customers suffer most ({_whole(worst)})"
    return "The pillars do not differ beyond noise"


def topics(rows: pd.DataFrame) -> str:
    """The topic most is said about, and the one that hurts most, when it does so beyond noise.

    `rows` has name, m, value, low, high.
    """
    if rows.empty:
        return "No topics were found: there is too little text"
    largest = rows.sort_values("m").iloc[-1]
    hurting = rows[rows["high"] < 0]
    if hurting.empty:
        return f"Most is said about {largest['name']}"
    worst = hurting.sort_values("value").iloc[0]
    return (
        f"Most is said about {largest['name']}; {worst['name']} hurts most ({theme.number(worst['value'], 'points')})"
    )


def comments(total: int, negative: int) -> str:
    """How many comments were found and how many are negative."""
    if not total:
        return "No comment fits"
    return f"{total:,} comment{'s' if total != 1 else ''}, {100 * negative / total:.0f} % negative"


def _reach(tile: Tile) -> float:
    """Changes of different units side by side: points and percent as they are, scales by their interval."""
    return 1.0 if tile.unit != "scale" else 0.1


def _step(tile: Tile) -> str:
    size = theme.number(abs(tile.change.value or 0), "points" if tile.unit == "percent" else tile.unit)
    return f"{size} point{'' if size == '1' else 's'}" if tile.unit != "scale" else size


def _between(tile: Tile) -> str:
    return f"between {theme.interval(tile.value, tile.unit).replace(' to ', ' and ')}"


def _whole(card: Card) -> str:
    return theme.number(card.score.value, "points")
