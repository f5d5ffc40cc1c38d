"""Drivers: what moves a key figure: topics, touchpoints and pillars people talk about, and sides they rate; and what if."""

import streamlit as st

from cx.measure import kpis
from cx.ui import addresses, cached, frame, nav, say, shows, supposing
from cx.view import charts, driver_charts, drivers

about = frame.begin()
outcomes = drivers.outcomes(about.data)
if not outcomes:
    say.empty("This dataset has no scores and no analysed comments.", "Set the role of a column on the Feedback page.")
    st.stop()
addresses.asked("outcome", [kpis.KPIS[key].title for key in outcomes])
asked = st.selectbox(
    "What moves", outcomes, key="outcome", bind="query-params", format_func=lambda key: kpis.KPIS[key].title, width=320
)
name = asked or outcomes[0]
found = cached.drivers(about, name)
title, unit = kpis.KPIS[name].title, kpis.KPIS[name].unit
say.headline(found.finding or "Too few answers to tell what moves it")
if found.note:
    say.quiet(found.note[:1].upper() + found.note[1:] + ".")
if found.table.empty:
    say.quiet(found.weighed)
    st.stop()


def opened(place: int) -> None:
    row = found.table.iloc[place]
    if row["kind"] in drivers.FACETS:
        nav.go("comments", **{str(row["kind"]): str(row["key"])})


left, right = st.columns([3, 2], gap="large")
with left:
    say.quiet(f"What people talk about, and by how much it moves {title}")
    if found.talked.empty:
        say.notice(["Too few comments about any topic, touchpoint or pillar to tell."])
    else:
        shows.chart(charts.movers(found.talked, about.theme, title, unit, found.good), found.finding, "talked")
        say.quiet("With a mention against without, times how often it comes up. Grey bars are within noise.")
with right:
    if not found.rated.empty:
        say.quiet(f"What people rate: {title} of those who rate it high against the others")
        rated = charts.movers(found.rated, about.theme, title, unit, found.good)
        shows.chart(rated, "Rated sides and the figure", "rated")
        say.quiet("Ratings given together go together; that one causes the other is not shown.")
    if not found.weights.empty:
        say.quiet("How much of it each explains, those that go together sharing fairly")
        shows.chart(driver_charts.weights(found.weights, about.theme), found.weighed, "weights")
    if found.weighed:
        say.quiet(found.weighed)
if found.placed:
    kinds = list(found.placed)
    addresses.asked("placed", [drivers.KINDS[kind] for kind in kinds])
    chosen = st.segmented_control(
        "What to fix first", kinds, default=kinds[0], key="placed", bind="query-params", format_func=drivers.KINDS.get
    )
    kind = chosen or kinds[0]
    held = found.placed[kind]
    share = "what ratings explain" if kind == "aspect" else "all impacts"
    given = driver_charts.quadrant(held.points, held.line, held.level, held.axis, share, about.theme)
    shows.chart(given, drivers.placed_words(held), "quadrants")
    say.quiet(
        f"{drivers.placed_words(held)}. Up: how much it moves {title}; right: how good it is. Filled: sure on both counts. "
        "The lines are an equal share and the level of all. Point at a dot to read its numbers."
    )
supposing.form(about, name, found)
columns = [
    "kind", "name", "with", "without", "difference", "low", "high", "n_with", "n_without", "impact", "real", "weight",
    "performance", "quadrant", "sure",
]  # fmt: skip
shows.twin(found.table[columns], "drivers", opened)
