"""Elements pages share: KPI tiles, charts with their table twin, comments."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from cx.ui.here import Here
from cx.view import charts, quotes, theme
from cx.view.overview import Tile
from cx.view.scorecards import Card
from cx.view.search import Comment


def tiles(found: list[Tile]) -> None:
    """KPI tiles on one grid: value, change with its significance, interval and base, sparkline."""
    with st.grid("auto", min_column_width=230, row_height=176, key="tiles"):
        for tile in found:
            _tile(tile)


def _tile(tile: Tile) -> None:
    told = tile.change.value is not None
    note = f"{'real' if tile.change.real else 'within noise'} · {theme.interval(tile.value, tile.unit)}"
    plain = theme.interval(tile.value, tile.unit)
    noise = not tile.change.real
    points = [] if tile.series.empty else [None if pd.isna(v) else float(v) for v in tile.series["value"]]
    shown = [value for value in points if value is not None]
    st.metric(
        tile.title,
        theme.number(tile.value.value, tile.unit) if tile.value.shown else "–",
        theme.signed(tile.change.value or 0.0, tile.unit) if told else f"{plain} · {theme.base(tile.value.n)}",
        delta_color="off" if noise else "normal" if tile.up_is_good else "inverse",
        delta_arrow="auto" if told and not noise else "off",
        delta_description=f"{note} · {theme.base(tile.value.n)}" if told else None,
        help=_help(tile),
        border=True,
        height="stretch",
        chart_data=shown if len(shown) > 2 else None,
    )


def _help(tile: Tile) -> str:
    parts = []
    if tile.change.value is not None:
        low, high = (theme.signed(bound or 0.0, tile.unit) for bound in (tile.change.low, tile.change.high))
        parts.append(f"Change: {tile.against}; between {low} and {high}, p {tile.change.p:.3f}.")
    if tile.scale:
        parts.append(f"Asked on the scale {tile.scale}.")
    for scale, other in tile.others:
        value = theme.number(other.value, tile.unit) if other.shown else "too few answers"
        parts.append(f"On the scale {scale}: {value} ({theme.base(other.n)}), kept apart.")
    return " ".join([*parts, "The interval holds the true value in 95 of 100 such samples."])


def chart(given: charts.Chart, say: str, key: str, select: str | None = None) -> list[dict]:
    """A chart with its alt text; with `select` it returns the fields of the mark that was clicked."""
    spec, data = given
    with st.container(key=f"chart_{key}"):
        if select is None:
            st.vega_lite_chart(data, spec, theme=None, key=key, alt=say)
            return []
        event = st.vega_lite_chart(data, spec, theme=None, key=key, alt=say, on_select="rerun", selection_mode=select)
    picked = event.selection.get(select, []) if event and "selection" in event else []
    return [dict(entry) for entry in picked] if isinstance(picked, list) else []


def twin(rows: pd.DataFrame, key: str, chosen: Callable[[int], None] | None = None) -> None:
    """The table behind a chart, folded; the keyboard's way to what a click on the chart does."""
    folded = st.expander("As a table", on_change="rerun", key=f"twin_{key}")
    if not folded.open:
        return
    with folded:
        if chosen is None:
            st.dataframe(rows, hide_index=True, key=f"table_{key}")
            return
        event = st.dataframe(rows, hide_index=True, key=f"table_{key}", on_select="rerun", selection_mode="single-row")
        if event.selection.rows:
            chosen(event.selection.rows[0])


def card(found: Card, about: Here, open_comments: Callable[[], None]) -> None:
    """A pillar's card: score with interval, trend, share, best and worst mention, the way to its comments."""
    from html import escape

    unit = "points"
    with st.container(border=True, height="stretch", key=f"card_{found.pillar}"):
        moved = theme.change(found.change, unit)
        tone = "" if not found.change.real else "cx-up" if (found.change.value or 0) > 0 else "cx-down"
        between = "counted, not estimated" if found.parts else theme.interval(found.score, unit)
        share = "" if found.share is None else f"{found.share:.0f} % of mentions · "
        if found.parts:
            detail = "".join(
                f"<p>{escape(name)}: {value:.0f} – {escape(words)}</p>" for name, value, words in found.parts
            )
        else:
            detail = "".join(
                f'<p><span class="{css}">{mark}</span> {escape(text)}</p>'
                for mark, css, text in (("▲", "cx-up", found.best), ("▼", "cx-down", found.worst)) if text
            )  # fmt: skip
        score = theme.number(found.score.value, unit) if found.score.shown else "–"
        st.html(
            f'<h3 style="margin:0;font-size:1.05rem">{found.pillar}</h3><div class="cx-score">{score}</div>'
            f'<p class="cx-quiet cx-line">{between} · {share}{theme.base(found.score.n)}</p>'
            f'<p class="cx-line {tone}" title="{escape(found.against)}">{moved or "&nbsp;"}</p>'
        )
        given = charts.gauge(found.pillar, about.theme, found.score.value, found.score.low, found.score.high)
        st.vega_lite_chart(
            given[1], given[0], theme=None, key=f"gauge_{found.pillar}", alt=f"{found.pillar}: {score} of 100"
        )
        if not found.series.empty and found.series["value"].notna().sum() > 1:
            spec, data = charts.spark(found.series, found.pillar, unit, about.theme)
            st.vega_lite_chart(data, spec, theme=None, key=f"spark_{found.pillar}", alt=f"{found.pillar} over time")
        st.html(f'<div class="cx-card">{detail}</div>')
        if not found.parts and st.button("Comments", key=f"to_{found.pillar}", width="stretch"):
            open_comments()


def comments(found: list[Comment], about: Here) -> None:
    """Comments, literally, with their mentions and evidence."""
    st.html(quotes.html(found, about.theme))
