"""Touchpoints: where in the journey customers met the company, and how that was. A cell opens its comments."""

import streamlit as st

from cx.ui import cached, frame, nav, say, shows
from cx.view import briefing, charts, heatmap

about = frame.begin(needs="comments")
measures = heatmap.measures(about.data)
chosen = st.session_state.get("measure") or st.query_params.get("measure")
measure = chosen if chosen in measures else next(iter(measures))
found = cached.heatmap(about, measure)
say.headline(briefing.touchpoints(found, measure))
if not found.rows:
    say.empty("No mention names a touchpoint and a stage.", "Comments that say where something happened fill this map.")
    st.stop()
st.segmented_control(
    "Measure", list(measures), default=measure, key="measure", bind="query-params", format_func=measures.get,
    label_visibility="collapsed",
)  # fmt: skip


def opened(row: str, column: str) -> None:
    nav.go("comments", touchpoint=row, stage=column)


given = charts.heatmap(found.cells, found.rows, found.columns, found.kind, about.theme)
for cell in shows.chart(given, briefing.touchpoints(found, measure), "heatmap", select="picked"):
    opened(cell["row"], cell["column"])
say.quiet(
    f"Large: {measures[measure].lower()}; small: responses. A dot: fewer than {about.min_base} responses, not shown. "
    f"{found.unnamed:.0f} % of mentions name no touchpoint or stage. Click a cell to read its comments."
)
table = found.cells[["row", "column", "value", "low", "high", "n", "m"]]
table = table.rename(columns={"row": "touchpoint", "column": "stage", "n": "responses", "m": "mentions"})
shows.twin(table, "heatmap", lambda place: opened(*found.cells.iloc[place][["row", "column"]]))
