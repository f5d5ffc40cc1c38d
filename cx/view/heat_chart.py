"""The picture of a heatmap: colour is the measure, the small figure the base; below the base grey, never coloured."""

from functools import cache
from typing import Any

import altair as alt
import pandas as pd

from cx.view import charts, wording, wrapping
from cx.view import theme as looks
from cx.view.charts import Chart
from cx.view.heatmap import Map
from cx.view.theme import Theme

ROW, LINE, HEAD = 46, 15, 26
"""Height of a row of cells, of a line of their names, and of the heading with one line."""

CELL, NAMES, PHONE_NAMES = 58, 210, 112
"""Least width of a cell, and width of the rows' names on a screen and on a phone."""

SLIM = 640
"""Pictures narrower than this break names into more lines."""


def width(found: Map) -> int:
    """The least width in pixels in which the picture can be read; narrower screens scroll it."""
    return PHONE_NAMES + CELL * (len(found.columns) + 1)


def chart(found: Map, theme: Theme) -> Chart:
    """The cells, and the totals at the right and the lower margin; a clicked one is the selection `picked` (field `at`,
    its place in the data)."""
    rows, columns = [*found.rows, wording.of("All")], [*found.columns, wording.of("All")]
    data = pd.concat([found.cells.assign(total=False), found.totals.assign(total=True)], ignore_index=True)
    data["r"], data["c"] = ([names.index(name) if name is not None else len(names) - 1 for name in data[side]]
                            for side, names in (("row", rows), ("column", columns)))  # fmt: skip
    data["at"] = range(len(data))
    ramp = looks.diverging(theme) if found.kind == "diverging" else looks.sequential(theme)
    least, most = _bounds(found.cells, found.kind)
    place = ((data["value"].astype(float).fillna(least) - least) / ((most - least) or 1)).clip(0, 1)
    coloured = data["shown"] & ~data["total"]
    data["fill"] = [
        ramp[round(at * (len(ramp) - 1))] if shown else looks.mix(theme.ground, theme.rule, 0.5)
        for at, shown in zip(place, coloured, strict=True)
    ]
    data.loc[data["total"], "fill"] = theme.ground
    data["ink"] = [
        looks.readable(fill) if shown else theme.ink if total and held else theme.quiet
        for fill, shown, total, held in zip(data["fill"], coloured, data["total"], data["shown"], strict=True)
    ]
    wide, narrow = ([wrapping.name(each, *size) for each in rows] for size in ((30, 2), (14, 3)))
    heads, tight = (_heads(columns, pixels) for pixels in (820 / len(columns), CELL + 4))
    spec = _heatmap(theme, len(rows), len(columns), max(map(len, heads)), max(map(len, tight)))
    names = {"rowNames": wide, "rowNamesNarrow": narrow, "columnNames": heads, "columnNamesNarrow": tight}
    own = [{"name": name, "value": value} for name, value in names.items()]
    heading = pd.DataFrame({
        "at": -1, "r": range(len(rows)), "name": ["\n".join(lines) for lines in wide],
        "tight": ["\n".join(lines) for lines in narrow],
    })  # fmt: skip
    kept = data[["at", "r", "c", "label", "small", "say", "fill", "ink"]]
    return {**spec, "params": [*spec.get("params", []), *own]}, pd.concat([kept, heading], ignore_index=True)


def _heads(columns: list[str], pixels: float) -> list[list[str]]:
    """Headings of the columns in lines that fit above a cell of this width, up to four; the last line next to the cells."""
    broken = [wrapping.name(each, wrapping.fitting(pixels, 12), 4) for each in columns]
    most = max(map(len, broken))
    return [[""] * (most - len(lines)) + lines for lines in broken]


@cache
def _heatmap(theme: Theme, rows: int, columns: int, lines: int, narrow: int) -> dict[str, Any]:
    picked = alt.selection_point(name="picked", fields=["at"], on="click", empty=False)
    head = HEAD + LINE * max(lines, narrow)
    slim = f"containerSize()[0] < {SLIM}"
    up = {"expr": f"8 + {LINE} * ({slim} ? {narrow - 1} : {lines - 1})"}
    columns_named = f"{slim} ? columnNamesNarrow[datum.value] : columnNames[datum.value]"
    look: dict[str, Any] = {"grid": False, "ticks": False, "domain": False, "labelColor": theme.ink, "aria": False}
    # The names of rows are texts of our own, in the middle of their row; the axis only keeps room for them.
    whole = alt.Chart(height=ROW * rows + head)
    base = whole.transform_filter("datum.at >= 0").encode(
        x=alt.X("c:O", sort=list(range(columns)), title=None, scale=alt.Scale(paddingInner=0.04, paddingOuter=0),
                axis=alt.Axis(orient="top", labelAngle=0, labelExpr=columns_named, labelFontSize=12,
                              labelLimit=150, labelOverlap=False, labelBaseline="bottom", labelLineHeight=LINE, labelPadding=up, **look)),
        y=alt.Y("r:O", sort=list(range(rows)), title=None, scale=alt.Scale(paddingInner=0.05, paddingOuter=0),
                axis=alt.Axis(labelExpr=f"{slim} ? rowNamesNarrow[datum.value] : rowNames[datum.value]",
                              labelFontSize=12, labelLimit=NAMES, labelLineHeight=LINE, labelOverlap=False, labelPadding=8,
                              labelOpacity=0, **look)),
        tooltip="say:N",
    )  # fmt: skip
    cell = base.mark_rect(cornerRadius=6, cursor="pointer").encode(
        color=alt.Color("fill:N", scale=None), description="say:N"
    )
    ink = alt.Color("ink:N", scale=None)
    big = base.mark_text(fontSize=14, dy=-5, aria=False).encode(text="label:N", color=ink)
    small = base.mark_text(fontSize=10, dy=12, aria=False).encode(text="small:N", color=ink)
    named = whole.transform_filter("datum.at < 0").mark_text(
        align="right", baseline="middle", fontSize=12, color=theme.ink, lineBreak="\n", lineHeight=LINE, aria=False, dx=-8,
        dy=alt.ExprRef(f"-{LINE / 2} * (length(split({slim} ? datum.tight : datum.name, '\\n')) - 1)"),
    ).encode(x=alt.value(0), y="r:O", text=alt.Text(value={"expr": f"{slim} ? datum.tight : datum.name"}))  # fmt: skip
    return charts.dressed(cell.add_params(picked) + big + small + named, theme)


def _bounds(cells: pd.DataFrame, kind: str) -> tuple[float, float]:
    """Where the ramp begins and ends: symmetric around zero for a balance, from zero for volume, else as found."""
    shown = cells.loc[cells["shown"], "value"].dropna()
    if kind != "diverging":
        least = float(shown.min()) if len(shown) and kind == "sequential" else 0.0
        return least, float(shown.max()) if len(shown) else least + 1.0
    reach = max(40.0, float(shown.abs().max())) if len(shown) else 40.0
    return -reach, reach
