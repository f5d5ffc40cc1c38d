"""Chart specs: each type's Vega-Lite dict is built once with Altair, by theme and options, never by data.

A function returns `(spec, data)` with data a tidy frame of at most `MOST_MARKS` rows; the page sends both. Every frame
has a column `say`, the sentence of the tooltip.
"""

from functools import cache
from typing import Any

import altair as alt
import pandas as pd

from cx.measure.estimate import of_row
from cx.view import theme as looks
from cx.view import wording
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
        x=alt.X("period:T", title=None, axis=time_labels()),
        detail="run:N",
        tooltip="say:N",
    )
    band = base.mark_area(color=theme.positive, opacity=0.15).encode(
        y=alt.Y("low:Q", title=axis, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5)), y2="high:Q"
    )
    line = base.mark_line(color=theme.positive, strokeWidth=2.5).encode(y="value:Q")
    point = base.mark_circle(color=theme.positive, size=36, opacity=1).encode(y="value:Q")
    return dressed(band + line + point, theme)


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
    base = alt.Chart(height=rows * 32 + 48).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=row_labels(theme)),
        color=alt.Color("kind:N", scale=kinds(theme, theme.quiet), legend=None),
        tooltip="say:N",
    )
    zero = alt.Chart().mark_rule(color=theme.quiet, strokeDash=[3, 3], aria=False).encode(x=alt.datum(0))
    span = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X("low:Q", title=axis, axis=alt.Axis(tickCount=7)), x2="high:Q"
    )
    dot = base.mark_circle(size=110, opacity=1).encode(x="change:Q")
    return dressed(zero + span + dot, theme)


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


def kinds(theme: Theme, noise: str) -> alt.Scale:
    return alt.Scale(domain=["better", "worse", "within noise"], range=[theme.positive, theme.negative, noise])


@cache
def _movers(theme: Theme, rows: int, axis: str, click: bool) -> dict[str, Any]:
    base = alt.Chart(height=rows * 34).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=row_labels(theme)), tooltip="say:N"
    )
    bars = base.mark_bar(height=14, cornerRadius=3).encode(
        x=alt.X("change:Q", title=axis, axis=alt.Axis(tickCount=5)),
        color=alt.Color("kind:N", scale=kinds(theme, theme.rule), legend=None),
    )
    if click:
        picked = alt.selection_point(name="picked", fields=["name"], on="click", empty=False)
        bars = bars.mark_bar(height=14, cornerRadius=3, cursor="pointer").add_params(picked)
    whiskers = base.mark_rule(color=theme.quiet).encode(x="low:Q", x2="high:Q")
    return dressed(bars + whiskers, theme)


def beside(rows: pd.DataFrame, title: str, unit: str, theme: Theme) -> Chart:
    """A number of ours above those of others, all with their intervals where these are known.

    `rows` has name, value, low, high, ours, say.
    """
    data = bounded(rows[["name", "value", "low", "high", "ours", "say"]], 2).copy()
    return _beside(theme, tuple(data["name"]), f"{title}, percent" if unit == "percent" else title), data


@cache
def _beside(theme: Theme, order: tuple[str, ...], axis: str) -> dict[str, Any]:
    base = alt.Chart(height=34 * len(order) + 20).encode(
        y=alt.Y("name:N", sort=list(order), title=None, axis=row_labels(theme)), tooltip="say:N"
    )
    colour = alt.condition("datum.ours", alt.value(theme.positive), alt.value(theme.quiet))
    scale = alt.Scale(zero=False, nice=True, padding=12)
    whisker = base.mark_rule(strokeWidth=2, opacity=0.6).encode(
        x=alt.X("low:Q", title=axis, scale=scale, axis=alt.Axis(tickCount=5)), x2="high:Q", color=colour
    )
    point = base.mark_circle(size=110, opacity=1).encode(x="value:Q", color=colour)
    return dressed(whisker + point, theme)


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
            y=alt.Y("name:N", sort=list(order), title=None, axis=row_labels(theme)),
            x=alt.X("said:Q", title=wording.of("mentions"), axis=alt.Axis(tickCount=5)),
            color=alt.Color("label:N", scale=scale, legend=None),
            order=alt.Order("place:Q"),
            tooltip="say:N",
        )
        .add_params(picked)
    )
    return dressed(base, theme)


LETTERS = (17, 27)
"""Letters in a line of a row's name, on a phone and beside wider charts; the tooltip says in full what takes over two lines."""


def time_labels() -> alt.Axis:
    """Days along a chart; on a phone years would run into each other."""
    return alt.Axis(grid=False, labelOverlap=True, labelSeparation=6, tickCount=8)


def row_labels(theme: Theme) -> alt.Axis:
    """The names of rows on the left, broken between words into at most two lines; names that begin alike often differ at
    their end, so the middle goes."""
    width = f"(containerSize()[0] < {PHONE} ? {LETTERS[0]} : {LETTERS[1]})"
    lines = f"split(trim(replace(datum.label, regexp('(.{{1,' + {width} + '}})(?: +|$)', 'g'), '$1\\n')), '\\n')"
    return alt.Axis(
        labelExpr=f"length({lines}) > 2 ? [{lines}[0], '… ' + peek({lines})] : {lines}",
        labelOffset={"condition": {"test": f"length({lines}) > 1", "value": -7}, "value": 0},  # the middle of both
        grid=False,
        ticks=False,
        domain=False,
        labelColor=theme.ink,
        labelFontSize=13,
        labelLineHeight=14,
        labelPadding=8,
        labelLimit=alt.ExprRef(f"containerSize()[0] < {PHONE} ? 140 : 210"),
    )


def dressed(chart: Any, theme: Theme) -> dict[str, Any]:
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
