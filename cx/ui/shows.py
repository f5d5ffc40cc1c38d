"""Elements pages share: KPI tiles, charts with their table twin, comments."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from cx.ui import say
from cx.ui.here import Here
from cx.view import cards, charts, quotes
from cx.view.overview import Tile
from cx.view.search import Comment


def tiles(found: list[Tile], about: Here) -> None:
    """KPI tiles on one grid: value, interval and base, change with its significance, sparkline."""
    st.html(cards.tiles(found, about.theme))
    against = next((tile.against for tile in found if tile.against), "")
    change = f" Changes: {against}." if against else ""
    say.quiet(f"Ranges hold the true value in 95 of 100 such samples.{change}")


def chart(given: charts.Chart, alt: str, key: str, select: str | None = None) -> list[dict]:
    """A chart with its alt text; with `select` it returns the fields of the mark that was clicked."""
    spec, data = given
    with st.container(key=f"chart_{key}"):
        if select is None:
            st.vega_lite_chart(data, spec, theme=None, key=key, alt=alt)
            return []
        event = st.vega_lite_chart(data, spec, theme=None, key=key, alt=alt, on_select="rerun", selection_mode=select)
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


def table(rows: pd.DataFrame, key: str) -> None:
    """A small table; shares in percent."""
    shares = {"share": st.column_config.ProgressColumn("share", format="%.0f %%", min_value=0, max_value=100)}
    st.dataframe(rows, hide_index=True, key=key, column_config=shares)


def comments(found: list[Comment], about: Here) -> None:
    """Comments, literally, with their mentions and evidence."""
    st.html(quotes.html(found, about.theme))
