"""Overview: how customers feel, whether it changed for real, and what moved it."""

import streamlit as st

from cx.ui import cached, frame, nav, say, shows
from cx.view import briefing, charts, theme

about = frame.begin()
tiles = cached.tiles(about)
say.headline(briefing.overview(tiles))
if not tiles:
    say.empty("This dataset has no scores and no analysed comments.", "Set the role of a column on the Feedback page.")
    st.stop()
shows.tiles(tiles)

left, right = st.columns([3, 2], gap="large")
with left:
    dated = {tile.title: tile for tile in tiles if not tile.series.empty}
    if dated:
        title = st.segmented_control("KPI", list(dated), default=next(iter(dated)), key="kpi", bind="query-params")
        tile = dated[title or next(iter(dated))]
        scale = f", scale {tile.scale}" if tile.unit == "scale" else ""
        say.quiet(f"{tile.title} over time, with 95 % interval{scale}; gaps have too few answers")
        now = theme.sentence(tile.title, tile.value, tile.unit)
        shows.chart(charts.trend(tile.series, tile.title, tile.unit, about.theme), f"{now}; over time", "trend")
        shows.twin(tile.series[["period", "value", "low", "high", "n"]], "trend")
    else:
        say.empty("No readable dates, so no trend.", "Give a column the role 'date' on the Feedback page.")
with right:
    movers = cached.movers(about)
    if movers.empty:
        say.empty("Nothing to compare yet.", "What rose and fell needs comments with dates.")
    else:
        say.quiet(f"What rose and fell most: net sentiment, {tiles[0].against}")
        real = movers[movers["real"]]
        words = ", ".join(f"{row['name']} {theme.signed(row['change'], 'points')}" for _, row in real.iterrows())
        shows.chart(charts.movers(movers, about.theme), f"Real changes: {words or 'none'}", "movers")

        def opened(place: int) -> None:
            row = movers.iloc[place]
            nav.go("comments", **{str(row["kind"]): str(row["key"])})

        shows.twin(
            movers[["name", "before", "after", "change", "low", "high", "n_before", "n_after", "real"]],
            "movers",
            opened,
        )
