"""Overview: the briefing first (what changed, why, where it hurts, what to do), then the numbers, the trend, the movers."""

import streamlit as st

from cx.ui import addresses, briefed, cached, frame, nav, noting, say, shows
from cx.view import charts, headlines, wording

about = frame.begin()
tiles = cached.tiles(about)
say.headline(headlines.overview(tiles))
if not tiles:
    say.empty(
        wording.of("This dataset has no scores and no analysed comments."),
        wording.of("Set the role of a column on the Feedback page."),
    )
    st.stop()
brief = st.empty()
brief.skeleton(height=briefed.HEIGHT)
if about.scope is None:  # what a link shows answers no questions
    briefed.box(about)
shows.tiles(tiles, about)
movers = cached.movers(about)

left, right = st.columns([3, 2], gap="large")
with left:
    dated = {tile.title: tile for tile in tiles if not tile.series.empty}
    if dated:
        first = next(iter(dated))
        addresses.asked("kpi", dated)
        tile = dated[st.selectbox(wording.of("Trend of"), list(dated), key="kpi", bind="query-params") or first]
        finding = headlines.trend(tile)
        given = charts.trend(tile.series, tile.title, tile.unit, about.theme)
        noting.chart(given, tile.series, finding, "trend", about)
        band = wording.of("The band is the 95 % interval; gaps have too few answers.")
        say.quiet(f"{finding}. {band}")
        shows.twin(tile.series[["period", "value", "low", "high", "n"]], "trend")
    else:
        say.empty(
            wording.of("No readable dates, so no trend."),
            wording.of("Give a column the role 'date' on the Feedback page."),
        )
with right:
    if movers.empty:
        say.empty(wording.of("Nothing to compare yet."), wording.of("What rose and fell needs comments with dates."))
    else:
        say.quiet(wording.of("What rose and fell most in net sentiment"))
        shows.chart(charts.movers(movers, about.theme), headlines.movers(movers), "movers")
        grey = wording.of("Grey bars are within noise; {against}.", against=tiles[0].against)
        say.quiet(f"{headlines.movers(movers)}. {grey}")

        def opened(place: int) -> None:
            row = movers.iloc[place]
            nav.go("comments", **{str(row["kind"]): str(row["key"])})

        columns = ["name", "before", "after", "change", "low", "high", "n_before", "n_after", "real"]
        shows.twin(movers[columns], "movers", opened)
with brief.container():  # last: it may take a second on a million responses, and nothing waits for it
    briefed.sentences(about, tiles, movers)
