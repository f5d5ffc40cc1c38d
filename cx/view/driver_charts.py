"""Charts of what to do first: importance by performance, relative weights, practice against perception."""

from functools import cache
from typing import Any

import altair as alt
import pandas as pd

from cx.view import labels, wording
from cx.view.charts import Chart, bounded, dressed, kinds, row_labels
from cx.view.theme import Theme

QUADRANTS = (
    (wording.noted("fix first"), False, False), (wording.noted("strengths"), True, False),
    (wording.noted("watch"), False, True), (wording.noted("maintain"), True, True),
)  # fmt: skip
"""Words of the corners of the quadrant chart, whether at the right and at the bottom."""

QUADRANT_HEIGHT, AXIS = 400, 50
"""Height of the quadrant chart's plot, and of the axis below it."""

NARROWER = 600
WIDE, NARROW = (600.0, 700.0, 850.0, 1000.0, 1150.0, 1300.0), (230.0, 260.0, 290.0, 320.0, 400.0, 500.0, 600.0)
"""Widths of the plot at which names are kept apart: on screens, and below `NARROWER` pixels with shorter names."""


def quadrant(points: pd.DataFrame, line: float, level: float, axis: str, share: str, theme: Theme) -> Chart:
    """Importance (up) and performance (right) of drivers: filled where sure, hollow where not; parted by two lines.

    `points` has name, importance, performance, quadrant, sure, say, the most important first; `axis` says what
    performance is, `share` what importance is a part of. Names without room for them are only in the tooltip.
    """
    data = bounded(points[["name", "importance", "performance", "quadrant", "sure", "say"]], 14).copy()
    low, high = _padded(data["performance"].min(), data["performance"].max(), level)
    top = 5 * (int(max(data["importance"].max(), line) * 1.12 // 5) + 1)
    corners = [(wording.of(word), right, bottom) for word, right, bottom in QUADRANTS]
    at = list(zip((data["performance"] - low) / (high - low), 1 - data["importance"] / top, strict=True))
    for mode, widths, most in (("wide", WIDE, 34), ("narrow", NARROW, 14)):
        texts = [name if len(name) <= most else name[: most - 1] + "…" for name in data["name"]]
        places = labels.placed(at, texts, widths, QUADRANT_HEIGHT, corners)
        data[f"{mode}_text"] = [text if place.shown else "" for text, place in zip(texts, places, strict=True)]
        data[f"{mode}_align"] = [place.align for place in places]
        data[f"{mode}_dx"], data[f"{mode}_dy"] = [place.dx for place in places], [place.dy for place in places]
    data["level"], data["line"] = level, line
    return _quadrant(theme, axis, share, low, high, top), data


def _padded(low: float, high: float, level: float) -> tuple[int, int]:
    """Ends of an axis on tens, with room for names, around all that stands on it."""
    least, most = min(low, level), max(high, level)
    room = max((most - least) * 0.1, 2)
    return 10 * int((least - room) // 10), 10 * int(-((-most - room) // 10))


@cache
def _quadrant(theme: Theme, axis: str, share: str, low: int, high: int, top: int) -> dict[str, Any]:
    across = alt.X(
        "performance:Q",
        title=f"{axis} →",
        scale=alt.Scale(domain=[low, high], nice=False),
        axis=alt.Axis(grid=False, tickCount=6),
    )
    up = alt.Y(
        "importance:Q",
        title=wording.of("percent of {share} →", share=share),
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=alt.Axis(grid=False, tickCount=5),
    )
    base = alt.Chart(height=QUADRANT_HEIGHT + AXIS).encode(x=across, y=up)
    lines = [
        alt.Chart().mark_rule(color=theme.quiet, strokeDash=[4, 4], opacity=0.7).encode(**{side: f"mean({name}):Q"})
        for side, name in (("x", "level"), ("y", "line"))
    ]
    names = [word for word, *_ in QUADRANTS]
    scale = alt.Scale(domain=names, range=[theme.negative, theme.positive, theme.quiet, theme.quiet])
    colour = alt.Color("quadrant:N", scale=scale, legend=None)
    point = base.encode(tooltip="say:N")
    sure = point.transform_filter("datum.sure").mark_point(size=120, filled=True, opacity=1).encode(fill=colour)
    unsure = point.transform_filter("!datum.sure").mark_point(size=110, strokeWidth=2, opacity=1, fill=theme.ground)
    dots = [unsure.encode(stroke=colour), sure]
    once = alt.Chart().transform_aggregate(many="count()")
    corners = [
        once.mark_text(
            align="right" if right else "left", dx=-9 if right else 9, dy=-15 if bottom else 15, fontSize=13,
            fontWeight="bold", color=theme.quiet, text=wording.of(word),
        ).encode(x=alt.value("width" if right else 0), y=alt.value("height" if bottom else 0))
        for word, right, bottom in QUADRANTS
    ]  # fmt: skip
    return dressed(alt.layer(*lines, *corners, *dots, *_names(base, theme)), theme)


def _names(base: Any, theme: Theme) -> list[Any]:
    """The names of points: a layer for each alignment, for wide and for narrow charts."""
    return [
        base.transform_filter(
            f"datum.{mode}_align == '{align}' && (width {'<' if mode == 'narrow' else '>='} {NARROWER})"
        ).mark_text(
            align=align, baseline="middle", fontSize=12, color=theme.ink, tooltip=None,
            dx=alt.ExprRef(f"datum.{mode}_dx"), dy=alt.ExprRef(f"datum.{mode}_dy"),
        ).encode(text=f"{mode}_text:N")
        for mode in ("wide", "narrow") for align in ("left", "right", "center")
    ]  # fmt: skip


def weights(shares: pd.DataFrame, theme: Theme) -> Chart:
    """What each rated aspect explains, in percent of what all explain together: a dot and its interval; grey where it
    is no more than chance explains. `shares` has name, change, low, high, real."""
    data = bounded(shares[["name", "change", "low", "high", "real"]], 2).copy()
    data["kind"] = ["explains" if real else "within noise" for real in data["real"]]
    data["say"] = [_carries(row) + ("" if row["real"] else wording.of("; no more than chance would"))
                   for row in data.to_dict("records")]  # fmt: skip
    return _weights(theme, max(len(data), 1)), data


def _carries(row: dict[Any, Any]) -> str:
    share, low, high = (wording.whole(row[end]) for end in ("change", "low", "high"))
    return wording.of("{name} carries {share} % of what ratings explain, between {low} and {high}", name=row["name"],
                      share=share, low=low, high=high)  # fmt: skip


@cache
def _weights(theme: Theme, rows: int) -> dict[str, Any]:
    scale = alt.Scale(domain=["explains", "within noise"], range=[theme.high_volume, theme.rule])
    base = alt.Chart(height=rows * 28 + 48).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=row_labels(theme)),
        color=alt.Color("kind:N", scale=scale, legend=None),
        tooltip="say:N",
    )
    span = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X(
            "low:Q",
            title=wording.of("percent of what ratings explain"),
            axis=alt.Axis(tickCount=5),
            scale=alt.Scale(zero=True),
        ),
        x2="high:Q",
    )
    dot = base.mark_circle(size=110, opacity=1).encode(x="change:Q")
    return dressed(span + dot, theme)


def gaps(rows: pd.DataFrame, theme: Theme) -> Chart:
    """What a team says of itself (a diamond) against what customers perceive (a dot and its interval), joined by a line
    that is coloured where the two differ beyond noise.

    `rows` has name, practice, value, low, high, real, say, in their order; 0 to 100.
    """
    data = bounded(rows[["name", "practice", "value", "low", "high", "real", "say"]], 4).copy()
    over = (data["practice"] > data["value"]).fillna(False)
    data["kind"] = ["worse" if real and up else "better" if real else "within noise"
                    for real, up in zip(data["real"], over, strict=True)]  # fmt: skip
    return _gaps(theme, tuple(data["name"])), data


@cache
def _gaps(theme: Theme, order: tuple[str, ...]) -> dict[str, Any]:
    scale = alt.Scale(domain=[0, 100])
    base = alt.Chart(height=44 * len(order) + 48).encode(
        y=alt.Y("name:N", sort=list(order), title=None, axis=row_labels(theme)), tooltip="say:N"
    )
    title = wording.of("0 to 100: ◆ what you say, ● what customers perceive")
    axis = alt.X("value:Q", title=title, scale=scale, axis=alt.Axis(tickCount=5))
    way = base.mark_rule(strokeWidth=5, opacity=0.35).encode(
        x=axis, x2="practice:Q", color=alt.Color("kind:N", scale=kinds(theme, theme.quiet), legend=None)
    )
    span = base.mark_rule(strokeWidth=2, color=theme.ink, opacity=0.6).encode(
        x=alt.X("low:Q", scale=scale), x2="high:Q"
    )
    seen = base.mark_point(shape="circle", filled=True, size=120, opacity=1, color=theme.ink).encode(x="value:Q")
    said = base.mark_point(shape="diamond", filled=True, size=170, opacity=1, color=theme.quiet).encode(x="practice:Q")
    return dressed(way + span + seen + said, theme)
