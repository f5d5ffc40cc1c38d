"""Drivers: what moves a key figure: topics, touchpoints and pillars people talk about, and sides they rate."""

import streamlit as st

from cx.measure import kpis
from cx.ui import cached, frame, nav, say, shows
from cx.view import charts, drivers

about = frame.begin(needs="comments")
outcomes = drivers.outcomes(about.data)
name = st.selectbox(
    "What moves", outcomes, key="outcome", bind="query-params", format_func=lambda key: kpis.KPIS[key].title, width=320
)
found = cached.drivers(about, name or outcomes[0])
title, unit = kpis.KPIS[name or outcomes[0]].title, kpis.KPIS[name or outcomes[0]].unit
say.headline(found.finding or "Too few answers to tell what moves it")
if found.note:
    say.quiet(found.note[:1].upper() + found.note[1:] + ".")
if found.table.empty:
    st.stop()


def opened(place: int) -> None:
    row = found.table.iloc[place]
    if row["kind"] in drivers.FACETS:
        nav.go("comments", **{str(row["kind"]): str(row["key"])})


left, right = st.columns([3, 2], gap="large")
with left:
    say.quiet(f"What people talk about, and by how much it moves {title}")
    shows.chart(charts.movers(found.talked, about.theme, title, unit), found.finding, "talked")
    say.quiet("With a mention against without, times how often it comes up. Grey bars are within noise.")
with right:
    if not found.rated.empty:
        say.quiet(f"What people rate: {title} of those who rate it high against the others")
        shows.chart(charts.movers(found.rated, about.theme, title, unit), "Rated sides and the figure", "rated")
        say.quiet("Ratings given together go together; that one causes the other is not shown.")
columns = [
    "kind",
    "name",
    "with",
    "without",
    "difference",
    "low",
    "high",
    "n_with",
    "n_without",
    "impact",
    "real",
    "quadrant",
]
shows.twin(found.table[columns], "drivers", opened)
