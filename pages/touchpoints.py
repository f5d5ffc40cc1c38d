"""Touchpoints: where in the journey customers met the company, and how that was; or any two dimensions. A cell opens its
comments."""

import streamlit as st

from cx.ui import addresses, cached, frame, pictures, say, shows, splitting
from cx.view import heat_chart, heatmap, theme, wording

about = frame.begin()
measures, choices = cached.heat_choices(about)
if not measures or len(choices) < 2:
    say.empty(
        wording.of("Nothing to lay out here."),
        wording.of("A map needs comments or scores, and two things to split them by."),
    )
    st.stop()
first, second = (name if name in choices else "" for name in (heatmap.ROW, heatmap.COLUMN))
measure = addresses.asked("measure", measures, next(iter(measures)))
row = addresses.asked("rows", choices, first or next(iter(choices)))
column = addresses.asked("columns", choices, second if second and second != row else "")
column = column if column and column != row else next(name for name in choices if name != row)
found = cached.heatmap(about, measure, row, column)
finding = heatmap.finding(found, measure)
say.headline(finding)
with st.container(horizontal=True, vertical_alignment="bottom", key="split"):
    splitting.choose(wording.of("Measure"), "measure", measures, measure)
    splitting.choose(wording.of("Rows"), "rows", choices, row, hidden=(column,))
    splitting.choose(wording.of("Columns"), "columns", choices, column, hidden=(row,))
    splitting.swap(row, column)
if found.cells.empty:
    names = theme.listed([wording.small(choices[name]) for name in (row, column)])
    say.empty(
        wording.of("Nothing here has both: {names}.", names=names),
        wording.of("Choose other rows or columns, a longer period or fewer filters."),
    )
    st.stop()
pictures.wide("heatmap", heat_chart.width(found))
chosen = None
for picked in shows.chart(heat_chart.chart(found, about.theme), finding, "heatmap", select="picked"):
    chosen = heatmap.place(found, picked["at"])
    if splitting.opened(found, chosen, about):
        chosen = None
say.lines(heatmap.notes(found, measure, about.min_base))


def from_table(at: int) -> None:
    cell = heatmap.place(found, at)
    if not splitting.opened(found, cell, about):
        splitting.below(found, cell, about)


shows.twin(heatmap.table(found), "heatmap", from_table, own=2)
if chosen is not None:
    splitting.below(found, chosen, about)
