"""Emotions: which ones customers tell of, when and where; and the moments that go past satisfaction."""

import pandas as pd
import streamlit as st

from cx.ui import cached, feeling, frame, nav, say, shows
from cx.view import emotion_charts, emotions, wording

about = frame.begin(needs="comments")
found = cached.emotions(about)
finding = emotions.finding(found)
say.headline(finding)
if found.whole.empty or not found.whole["m"].sum():
    say.empty(
        wording.of("No comment here tells of an emotion."), wording.of("Choose a longer period, or take a filter out.")
    )
    st.stop()
say.quiet(
    wording.of(
        "{share} % of what is said tells of an emotion; the shares are of these. Point at a part for its share and where it "
        "lies in 95 of 100 cases; fewer than {least} responses are grey. Click a part to read its comments.",
        share=wording.whole(found.told), least=about.min_base,
    )
)  # fmt: skip
left, right = st.columns(2, gap="large")
names = {"part": "emotion", "n": "responses", "y": "mentions", "value": "share"}
with left:
    say.conclusion(wording.of("Over time"))
    if found.time.empty:
        say.empty(wording.of("No dates here."), wording.of("Over time needs a column with dates."))
    else:
        for picked in shows.chart(emotion_charts.over_time(found.time, about.theme), finding, "moods", select="picked"):
            feeling.at_time(about, found.time, pd.Timestamp(picked["period"], unit="ms"), picked["part"])
        table = found.time.rename(columns=names)[["name", "emotion", "share", "low", "high", "responses", "mentions"]]
        shows.twin(
            table, "moods",
            lambda at: feeling.at_time(about, found.time, found.time["period"].iloc[at], found.time["part"].iloc[at]),
        )  # fmt: skip
with right:
    say.conclusion(wording.of("By touchpoint"))
    if found.places.empty:
        say.empty(
            wording.of("No mention with an emotion names a touchpoint."),
            wording.of("Choose a longer period, or take a filter out."),
        )
    else:
        for picked in shows.chart(
            emotion_charts.by_touchpoint(found.places, about.theme), finding, "felt", select="picked"
        ):
            nav.go("comments", touchpoint=picked["touchpoint"], emotion=picked["part"])
        if found.left:
            shown = len(set(found.places["touchpoint"]))
            say.quiet(wording.of("The {shown} most spoken of; left out: {left}.", shown=shown, left=found.left))
        table = found.places.rename(columns=names)[
            ["touchpoint", "emotion", "share", "low", "high", "responses", "mentions"]
        ]
        shows.twin(
            table, "felt",
            lambda at: nav.go(
                "comments", touchpoint=found.places["touchpoint"].iloc[at], emotion=found.places["part"].iloc[at]
            ),
        )  # fmt: skip
if about.asker.may_hear():
    st.divider()
    say.conclusion(wording.of("Felicific: moments that go past satisfaction"))
    feeling.style()
    feeling.delights(about)
