"""Drivers: what moves a key figure: topics, touchpoints and pillars people talk about, and sides they rate; and what if."""

import streamlit as st

from cx.measure import kpis
from cx.ui import addresses, cached, frame, nav, say, shows, supposing
from cx.view import charts, driver_charts, drivers, wording

about = frame.begin()
outcomes = drivers.outcomes(about.data)
if not outcomes:
    none = wording.of("This dataset has no scores and no analysed comments.")
    say.empty(none, wording.of("Set the role of a column on the Feedback page."))
    st.stop()
addresses.asked("outcome", [kpis.KPIS[key].title for key in outcomes])
asked = st.selectbox(wording.of("What moves"), outcomes, key="outcome", bind="query-params", width=320,
                     format_func=lambda key: kpis.KPIS[key].title)  # fmt: skip
name = asked or outcomes[0]
found = cached.drivers(about, name)
title, unit = kpis.KPIS[name].title, kpis.KPIS[name].unit
say.headline(found.finding or wording.of("Too few answers to tell what moves it"))
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
    say.quiet(wording.of("What people talk about, and by how much it moves {kpi}", kpi=title))
    if found.talked.empty:
        say.notice([wording.of("Too few comments about any topic, touchpoint or pillar to tell.")])
    else:
        shows.chart(charts.movers(found.talked, about.theme, title, unit, found.good), found.finding, "talked")
        say.quiet(
            wording.of("With a mention against without, times how often it comes up. Grey bars are within noise.")
        )
with right:
    if not found.rated.empty:
        say.quiet(wording.of("What people rate: {kpi} of those who rate it high against the others", kpi=title))
        rated = charts.movers(found.rated, about.theme, title, unit, found.good)
        shows.chart(rated, wording.of("Rated sides and the figure"), "rated")
        say.quiet(wording.of("Ratings given together go together; that one causes the other is not shown."))
    if not found.weights.empty:
        say.quiet(wording.of("How much of it each explains, those that go together sharing fairly"))
        shows.chart(driver_charts.weights(found.weights, about.theme), found.weighed, "weights")
    if found.weighed:
        say.quiet(found.weighed)
if found.placed:
    kinds = list(found.placed)
    addresses.asked("placed", [wording.of(drivers.KINDS[kind]) for kind in kinds])
    chosen = st.segmented_control(
        wording.of("What to fix first"), kinds, default=kinds[0], key="placed", bind="query-params",
        format_func=lambda kind: wording.of(drivers.KINDS[kind]),
    )  # fmt: skip
    kind = chosen or kinds[0]
    held = found.placed[kind]
    share = wording.of("what ratings explain") if kind == "aspect" else wording.of("all impacts")
    given = driver_charts.quadrant(held.points, held.line, held.level, held.axis, share, about.theme)
    shows.chart(given, drivers.placed_words(held), "quadrants")
    say.quiet(
        wording.of(
            "{placed}. Up: how much it moves {kpi}; right: how good it is. Filled: sure on both counts. The lines are an "
            "equal share and the level of all. Point at a dot to read its numbers.",
            placed=drivers.placed_words(held), kpi=title,
        )
    )  # fmt: skip
supposing.form(about, name, found)
columns = [
    "kind", "name", "with", "without", "difference", "low", "high", "n_with", "n_without", "impact", "real", "weight",
    "performance", "quadrant", "sure",
]  # fmt: skip
shows.twin(found.table[columns], "drivers", opened)
