"""Chart specs: each type's Vega-Lite dict is built once with Altair, by theme and options, never by data.

A function returns `(spec, data)` with data a tidy frame of at most `MOST_MARKS` rows; the page sends both. Every frame
has a column `say`, the sentence of the tooltip.
"""

from functools import cache
from typing import Any

import altair as alt
import pandas as pd

from cx.measure.estimate import of_row
from cx.view import labels, wording
from cx.view import theme as looks
from cx.view.theme import Theme

MOST_MARKS = 5_000
PHONE = 480
"""Charts narrower than this many pixels shorten their labels."""

MOST_NOTED = 200
"""Annotations on a chart, the latest; with them a chart over time stays within `MOST_MARKS`."""

Chart = tuple[dict[str, Any], pd.DataFrame]


def bounded(rows: pd.DataFrame, layers: int, latest: bool = False) -> pd.DataFrame:
    """The first rows, or the latest where rows follow time, as many as `layers` marks of each may be drawn."""
    most = MOST_MARKS // layers
    return rows.tail(most) if latest else rows.head(most)


def trend(series: pd.DataFrame, title: str, unit: str, theme: Theme) -> Chart:
    """A KPI over time: line, points and interval band; periods without enough answers are gaps.

    `series` has period, value, low, high, n.
    """
    data = bounded(series[["period", "value", "low", "high", "n"]], 4, latest=True).copy()
    shown = data["value"].notna()
    data["run"] = (shown != shown.shift()).cumsum()  # lines do not cross a gap: each run is a line of its own
    data = data[shown]
    data["say"] = [
        f"{wording.month(row['period'])}: {looks.sentence(title, of_row(row), unit)}" for _, row in data.iterrows()
    ]
    return _trend(theme, "%" if unit == "percent" else title), data


@cache
def _trend(theme: Theme, axis: str) -> dict[str, Any]:
    base = alt.Chart(height=280).encode(
        x=alt.X("period:T", title=None, axis=alt.Axis(grid=False, labelOverlap=True, tickCount=8)),
        detail="run:N",
        tooltip="say:N",
    )
    band = base.mark_area(color=theme.positive, opacity=0.15).encode(
        y=alt.Y("low:Q", title=axis, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5)), y2="high:Q"
    )
    line = base.mark_line(color=theme.positive, strokeWidth=2.5).encode(y="value:Q")
    point = base.mark_circle(color=theme.positive, size=36, opacity=1).encode(y="value:Q")
    return _dressed(band + line + point, theme)


CROWD = 30
"""More annotations than this are ticks at the upper edge: lines across the chart would hide what it shows."""


def with_notes(given: Chart, notes: pd.DataFrame, theme: Theme) -> Chart:
    """A chart over time with annotations: a thin rule for a day, a band for several, each with its text above the chart.

    `given` is a layered chart; `notes` as `view.notes.placed` makes them. On a phone numbers stand for the texts.
    """
    if notes.empty:
        return given
    spec, data = given
    notes = notes.tail(MOST_NOTED)
    own = [{**layer, "transform": [{"filter": "!isValid(datum.number)"}, *layer.get("transform", [])]}
           for layer in spec["layer"]]  # fmt: skip
    both = pd.concat([data.assign(number=None), notes], ignore_index=True)
    *under, touched = _notes(theme, len(notes) > CROWD)
    # What answers the pointer lies above lines and bands, and below the points, which have something to say themselves.
    return {**spec, "layer": [*under, *own[:-1], touched, *own[-1:]]}, both


@cache
def _notes(theme: Theme, crowded: bool) -> list[dict[str, Any]]:
    base = alt.Chart().transform_filter("isValid(datum.number)").encode(x=alt.X("begin:T", title=None), tooltip="say:N")
    tall = {"y": alt.value(0), "y2": alt.value(14)} if crowded else {}
    band = (
        base.transform_filter("datum.lasting")
        .mark_rect(color=theme.quiet, opacity=0.14)
        .encode(x2="end:T", **({"y": alt.value(0), "y2": alt.value(8)} if crowded else {}))
    )
    rule = base.mark_rule(color=theme.quiet, strokeWidth=1, strokeDash=[] if crowded else [4, 3]).encode(**tall)
    touched = base.mark_rule(opacity=0, strokeWidth=12).encode(**tall)  # a line a finger can meet
    label = base.mark_text(
        color=theme.quiet, fontSize=11, baseline="bottom",
        align={"expr": "datum.left ? 'right' : 'left'"}, dx=-1,
    ).encode(
        y=alt.value({"expr": "-3 - 13 * datum.row"}),
        text=alt.Text(value={"expr": f"!datum.label ? '' : width < {PHONE} ? datum.number : datum.label"}),
    )  # fmt: skip
    return [_bare(layer.to_dict(validate=False)) for layer in (band, rule, label, touched)]


def movers(
    changes: pd.DataFrame,
    theme: Theme,
    measure: str = "",
    unit: str = "points",
    up_is_good: bool = True,
    click: bool = False,
) -> Chart:
    """What rose and fell most: bars of change with their interval; what is within noise is grey.

    `changes` has name, change, low, high, real; `measure` is what they are differences of (net sentiment when not said), in
    `unit`. With `click` a
    bar that is clicked is the selection `picked` (field name).
    """
    measure = measure or wording.of("net sentiment")
    data = _judged(changes.assign(good=up_is_good))
    data["say"] = [f"{row['name']}: {measure} {_told(row, unit)}" for _, row in data.iterrows()]
    return _movers(theme, max(len(data), 1), _axis(measure, unit), click), data


def differences(changes: pd.DataFrame, theme: Theme, unit: str = "points") -> Chart:
    """Differences of several KPIs with their intervals: a dot and a line each, about a line at zero.

    `changes` has name, change, low, high, real, good (whether up is good); all of them in `unit`.
    """
    data = _judged(changes)
    data["say"] = [f"{row['name']}: {_told(row, unit)}" for _, row in data.iterrows()]
    return _differences(
        theme, max(len(data), 1), wording.of("steps of the scale") if unit == "scale" else wording.of("points")
    ), data


@cache
def _differences(theme: Theme, rows: int, axis: str) -> dict[str, Any]:
    base = alt.Chart(height=rows * 28 + 48).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=_row_labels(theme)),
        color=alt.Color("kind:N", scale=_kinds(theme, theme.quiet), legend=None),
        tooltip="say:N",
    )
    zero = alt.Chart().mark_rule(color=theme.quiet, strokeDash=[3, 3], aria=False).encode(x=alt.datum(0))
    span = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X("low:Q", title=axis, axis=alt.Axis(tickCount=7)), x2="high:Q"
    )
    dot = base.mark_circle(size=110, opacity=1).encode(x="change:Q")
    return _dressed(zero + span + dot, theme)


JUDGED = (wording.noted("within noise"), wording.noted("better"), wording.noted("worse"))
"""How a difference is judged; colours go by these names, the tooltip says them in the reader's language."""


def _judged(changes: pd.DataFrame) -> pd.DataFrame:
    data = bounded(changes[["name", "change", "low", "high", "real", "good"]], 3).copy()
    data["kind"] = [
        "within noise" if not real else "better" if (change > 0) == good else "worse"
        for change, real, good in zip(data["change"], data["real"], data["good"], strict=True)
    ]
    return data


def _told(row: pd.Series, unit: str) -> str:
    told = {name: looks.signed(row[name], unit) for name in ("change", "low", "high")} | {
        "kind": wording.of(row["kind"])
    }
    if unit == "scale":
        return wording.of("{change}, between {low} and {high}, {kind}", **told)
    return wording.of("{change} points, between {low} and {high}, {kind}", **told)


def _axis(measure: str, unit: str) -> str:
    if unit == "scale":
        return wording.of("{measure}, steps of its scale", measure=measure)
    return wording.of("points of {measure}", measure=measure)


def _kinds(theme: Theme, noise: str) -> alt.Scale:
    return alt.Scale(domain=["better", "worse", "within noise"], range=[theme.positive, theme.negative, noise])


@cache
def _movers(theme: Theme, rows: int, axis: str, click: bool) -> dict[str, Any]:
    base = alt.Chart(height=rows * 34).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=_row_labels(theme)), tooltip="say:N"
    )
    bars = base.mark_bar(height=14, cornerRadius=3).encode(
        x=alt.X("change:Q", title=axis, axis=alt.Axis(tickCount=5)),
        color=alt.Color("kind:N", scale=_kinds(theme, theme.rule), legend=None),
    )
    if click:
        picked = alt.selection_point(name="picked", fields=["name"], on="click", empty=False)
        bars = bars.mark_bar(height=14, cornerRadius=3, cursor="pointer").add_params(picked)
    whiskers = base.mark_rule(color=theme.quiet).encode(x="low:Q", x2="high:Q")
    return _dressed(bars + whiskers, theme)


def beside(rows: pd.DataFrame, title: str, unit: str, theme: Theme) -> Chart:
    """A number of ours above those of others, all with their intervals where these are known.

    `rows` has name, value, low, high, ours, say.
    """
    data = bounded(rows[["name", "value", "low", "high", "ours", "say"]], 2).copy()
    return _beside(theme, tuple(data["name"]), f"{title}, percent" if unit == "percent" else title), data


@cache
def _beside(theme: Theme, order: tuple[str, ...], axis: str) -> dict[str, Any]:
    base = alt.Chart(height=34 * len(order) + 20).encode(
        y=alt.Y("name:N", sort=list(order), title=None, axis=_row_labels(theme)), tooltip="say:N"
    )
    colour = alt.condition("datum.ours", alt.value(theme.positive), alt.value(theme.quiet))
    scale = alt.Scale(zero=False, nice=True, padding=12)
    whisker = base.mark_rule(strokeWidth=2, opacity=0.6).encode(
        x=alt.X("low:Q", title=axis, scale=scale, axis=alt.Axis(tickCount=5)), x2="high:Q", color=colour
    )
    point = base.mark_circle(size=110, opacity=1).encode(x="value:Q", color=colour)
    return _dressed(whisker + point, theme)


QUADRANTS = (
    ("fix first", False, False), ("strengths", True, False), ("watch", False, True), ("maintain", True, True),
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
    at = list(zip((data["performance"] - low) / (high - low), 1 - data["importance"] / top, strict=True))
    for mode, widths, most in (("wide", WIDE, 34), ("narrow", NARROW, 14)):
        texts = [name if len(name) <= most else name[: most - 1] + "…" for name in data["name"]]
        places = labels.placed(at, texts, widths, QUADRANT_HEIGHT, QUADRANTS)
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
        title=f"percent of {share} →",
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
            fontWeight="bold", color=theme.quiet, text=word,
        ).encode(x=alt.value("width" if right else 0), y=alt.value("height" if bottom else 0))
        for word, right, bottom in QUADRANTS
    ]  # fmt: skip
    return _dressed(alt.layer(*lines, *corners, *dots, *_names(base, theme)), theme)


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
    data["say"] = [
        f"{row['name']} carries {row['change']:.0f} % of what ratings explain, between {row['low']:.0f} and "
        f"{row['high']:.0f}" + ("" if row["real"] else "; no more than chance would")
        for _, row in data.iterrows()
    ]
    return _weights(theme, max(len(data), 1)), data


@cache
def _weights(theme: Theme, rows: int) -> dict[str, Any]:
    scale = alt.Scale(domain=["explains", "within noise"], range=[theme.high_volume, theme.rule])
    base = alt.Chart(height=rows * 28 + 48).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=_row_labels(theme)),
        color=alt.Color("kind:N", scale=scale, legend=None),
        tooltip="say:N",
    )
    span = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X(
            "low:Q", title="percent of what ratings explain", axis=alt.Axis(tickCount=5), scale=alt.Scale(zero=True)
        ),
        x2="high:Q",
    )
    dot = base.mark_circle(size=110, opacity=1).encode(x="change:Q")
    return _dressed(span + dot, theme)


def topic_bars(rows: pd.DataFrame, theme: Theme) -> Chart:
    """Topics by size, each bar split into negative, neutral and positive mentions.

    `rows` has id, name, label (negative, neutral, positive), place (their order), said (mentions), say.
    """
    data = bounded(rows[["id", "name", "label", "place", "said", "say"]], 1).copy()
    return _topic_bars(theme, tuple(data.drop_duplicates("id")["name"])), data


@cache
def _topic_bars(theme: Theme, order: tuple[str, ...]) -> dict[str, Any]:
    picked = alt.selection_point(name="picked", fields=["id"], on="click", empty=False)
    labels = ["negative", "neutral", "positive"]
    scale = alt.Scale(domain=labels, range=[theme.negative, theme.middle, theme.positive])
    base = (
        alt.Chart(height=30 * len(order) + 30)
        .mark_bar(height=18, cursor="pointer")
        .encode(
            y=alt.Y("name:N", sort=list(order), title=None, axis=_row_labels(theme)),
            x=alt.X("said:Q", title="mentions", axis=alt.Axis(tickCount=5)),
            color=alt.Color("label:N", scale=scale, legend=None),
            order=alt.Order("place:Q"),
            tooltip="say:N",
        )
        .add_params(picked)
    )
    return _dressed(base, theme)


def _short(most: int) -> str:
    """An expression that shortens labels on a phone, where the chart is narrow; the tooltip says them in full."""
    label = "datum.label"
    return f"containerSize()[0] < {PHONE} && length({label}) > {most + 1} ? slice({label}, 0, {most}) + '.' : {label}"


def _row_labels(theme: Theme) -> alt.Axis:
    return alt.Axis(
        labelExpr=_short(13),
        grid=False,
        ticks=False,
        domain=False,
        labelColor=theme.ink,
        labelFontSize=13,
        labelPadding=8,
        labelLimit=200,
    )


def _dressed(chart: Any, theme: Theme) -> dict[str, Any]:
    """The spec as a dict, with the theme's axes, without frame and ground."""
    spec = _bare(chart.to_dict(validate=False))
    axis = {
        "labelColor": theme.quiet, "titleColor": theme.quiet, "domain": False, "tickColor": theme.rule,
        "gridColor": theme.rule, "gridOpacity": 0.7, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
    }  # fmt: skip
    spec["config"] = {
        "view": {"stroke": None}, "axis": axis, "background": "transparent", "font": "inherit",
        "text": {"font": "inherit"}, "numberFormat": ",~f",
    }  # fmt: skip
    if spoken := wording.charted(theme.language):
        spec["config"]["locale"] = spoken
    spec["width"] = "container"
    spec["autosize"] = {"type": "fit", "contains": "padding"}
    spec.pop("$schema", None)
    return spec


def _bare(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec without Altair's place holders for data, which the page brings."""
    spec.pop("data", None)
    spec.pop("datasets", None)
    for layer in spec.get("layer", []):
        _bare(layer)
    return spec


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
        y=alt.Y("name:N", sort=list(order), title=None, axis=_row_labels(theme)), tooltip="say:N"
    )
    axis = alt.X("value:Q", title="0 to 100: ◆ what you say, ● what customers perceive", scale=scale,
                 axis=alt.Axis(tickCount=5))  # fmt: skip
    way = base.mark_rule(strokeWidth=5, opacity=0.35).encode(
        x=axis, x2="practice:Q", color=alt.Color("kind:N", scale=_kinds(theme, theme.quiet), legend=None)
    )
    span = base.mark_rule(strokeWidth=2, color=theme.ink, opacity=0.6).encode(
        x=alt.X("low:Q", scale=scale), x2="high:Q"
    )
    seen = base.mark_point(shape="circle", filled=True, size=120, opacity=1, color=theme.ink).encode(x="value:Q")
    said = base.mark_point(shape="diamond", filled=True, size=170, opacity=1, color=theme.quiet).encode(x="practice:Q")
    return _dressed(way + span + seen + said, theme)


def dressed(chart: Any, theme: Theme) -> dict[str, Any]:
    """A chart of another module as a spec with the theme's axes; see `_dressed`."""
    return _dressed(chart, theme)
