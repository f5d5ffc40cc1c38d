"""Pictures of the mix of emotions: pleasant ones to one side of a line, unpleasant ones to the other."""

from functools import cache
from typing import Any

import altair as alt
import pandas as pd

from cx.text.emotions import NEGATIVE, POSITIVE
from cx.view import called, charts, wording, wrapping
from cx.view import theme as looks
from cx.view.charts import PHONE, Chart
from cx.view.theme import Theme

ORDER = ("delight", "gratitude", "trust", "relief", "worry", "confusion", "disappointment", "frustration", "anger")
"""From the brightest to the darkest, as legends list them."""

WIDE = 860
"""From this width on all emotions stand in one line of the legend."""

HEIGHT, ROW = 300, 34


def colours(theme: Theme) -> list[str]:
    """A colour per emotion of `ORDER`: shades of the pleasant and of the unpleasant end; the strongest is the most intense."""
    return [
        *(looks.mix(theme.positive, theme.middle, place * 0.22) for place in range(len(POSITIVE))),
        *(
            looks.mix(theme.negative, theme.middle, (len(NEGATIVE) - 1 - place) * 0.18)
            for place in range(len(NEGATIVE))
        ),
    ]


def over_time(rows: pd.DataFrame, theme: Theme) -> Chart:
    """Shares per period, stacked; a period without enough is a grey stub. A clicked part is the selection `picked`."""
    data = _stacked(rows, "period")
    data["last"] = data["period"] + (pd.to_datetime(rows["last"]).max() - pd.to_datetime(rows["period"]).max()) * 0.86
    return _time(theme), data


def by_touchpoint(rows: pd.DataFrame, theme: Theme) -> Chart:
    """Shares per touchpoint, stacked, most spoken of first; one without enough is a grey stub."""
    data = _stacked(rows, "touchpoint")
    names = data.drop_duplicates("touchpoint")["touchpoint"].tolist()
    data["r"] = [names.index(name) for name in data["touchpoint"]]
    own = [{"name": "placeNames", "value": [wrapping.name(each, 28, 1)[0] for each in names]},
           {"name": "placeNamesNarrow", "value": [wrapping.name(each, 16, 2) for each in names]}]  # fmt: skip
    spec = _touchpoints(theme, len(names))
    return {**spec, "params": [*spec.get("params", []), *own]}, data


def _stacked(rows: pd.DataFrame, at: str) -> pd.DataFrame:
    """Where each part begins and ends: pleasant ones from zero up, unpleasant ones down, in percent."""
    out = rows.assign(rank=[ORDER.index(part) for part in rows["part"]], value=rows["value"].astype(float))
    order = {held: place for place, held in enumerate(out[at].drop_duplicates())}
    out = out.assign(order=out[at].map(order)).sort_values(["order", "rank"], kind="stable").reset_index(drop=True)
    out["kind"] = out["part"].map(dict(zip(ORDER, _names(), strict=True))).where(out["shown"], wording.of("too few"))
    pleasant = out["part"].isin(POSITIVE)
    up = out["value"].where(pleasant, 0.0).groupby(out[at], sort=False).cumsum()
    # The mildest lies next to the line on both sides: the unpleasant ones are stacked in the order of the legend.
    down = out["value"].where(~pleasant, 0.0).groupby(out[at], sort=False).cumsum()
    out["end"] = up.where(pleasant, -down)
    out["begin"] = (up - out["value"]).where(pleasant, -(down - out["value"]))
    few = ~out["shown"]
    out.loc[few, "begin"], out.loc[few, "end"] = -1.5, 1.5
    kept = out[out["shown"] | ~out.duplicated([at])]
    kept = kept[kept["shown"].eq(False) | (kept["value"] > 0)][[at, "part", "kind", "begin", "end", "say"]]
    return charts.bounded(kept, 2, latest=at == "period").reset_index(drop=True)


def _names() -> list[str]:
    """The emotions of `ORDER` in the reader's language, as the legend lists them."""
    return [called.value("emotion", part) for part in ORDER]


def _colour(theme: Theme, slim: int, middle: int) -> alt.Color:
    """The colours with a legend of `slim` columns on a phone, `middle` beside another picture."""
    names = _names()
    scale = alt.Scale(domain=[*names, wording.of("too few")], range=[*colours(theme), theme.rule])
    many = f"containerSize()[0] < {PHONE} ? {slim} : containerSize()[0] < {WIDE} ? {middle} : 9"
    legend = alt.Legend(
        title=None, orient="bottom", columns=alt.ExprRef(many), labelColor=theme.ink, labelFontSize=12,
        symbolType="square", values=names,
    )  # fmt: skip
    return alt.Color("kind:N", scale=scale, legend=legend)


def _shares(theme: Theme) -> dict[str, Any]:
    axis = alt.Axis(labelExpr="abs(datum.value) + ' %'", tickCount=5)
    return {"title": wording.of("← unpleasant · pleasant →"), "axis": axis, "scale": alt.Scale(nice=True)}


def _zero(theme: Theme) -> Any:
    return alt.Chart().mark_rule(color=theme.quiet, strokeWidth=1.5, aria=False)


@cache
def _time(theme: Theme) -> dict[str, Any]:
    picked = alt.selection_point(name="picked", fields=["period", "part"], on="click", empty=False)
    bars = (
        alt.Chart(height=HEIGHT + 70)
        .mark_rect(cursor="pointer", stroke=theme.ground, strokeWidth=0.5)
        .encode(
            x=alt.X("period:T", title=None, axis=charts.time_labels()), x2="last:T",
            y=alt.Y("begin:Q", **_shares(theme)), y2="end:Q", color=_colour(theme, 3, 5), tooltip="say:N", description="say:N",
        )
        .add_params(picked)
    )  # fmt: skip
    return charts.dressed(bars + _zero(theme).encode(y=alt.datum(0)), theme)


@cache
def _touchpoints(theme: Theme, rows: int) -> dict[str, Any]:
    picked = alt.selection_point(name="picked", fields=["touchpoint", "part"], on="click", empty=False)
    two = f"containerSize()[0] < {PHONE} && length(placeNamesNarrow[datum.value]) > 1"
    names = alt.Axis(
        labelOffset={"condition": {"test": two, "value": -7}, "value": 0}, labelLineHeight=14,  # the middle of both lines
        labelExpr=f"containerSize()[0] < {PHONE} ? placeNamesNarrow[datum.value] : placeNames[datum.value]", grid=False,
        ticks=False, domain=False, labelColor=theme.ink, labelFontSize=12, labelPadding=8, labelLimit=220, aria=False,
    )  # fmt: skip
    bars = (
        alt.Chart(height=ROW * rows + 90)
        .mark_bar(height=20, cursor="pointer", stroke=theme.ground, strokeWidth=0.5)
        .encode(
            y=alt.Y("r:O", title=None, axis=names), x=alt.X("begin:Q", **_shares(theme)), x2="end:Q", color=_colour(theme, 2, 4),
            tooltip="say:N", description="say:N",
        )
        .add_params(picked)
    )  # fmt: skip
    return charts.dressed(bars + _zero(theme).encode(x=alt.datum(0)), theme)
