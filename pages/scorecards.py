"""Scorecards: five pillars, a score each, what carries it and what pulls it down."""

import functools

import pandas as pd
import streamlit as st

from cx.ui import cached, frame, nav, say, shows
from cx.view import briefing

about = frame.begin(needs="comments")
cards = cached.cards(about)
say.headline(briefing.scorecards(cards))
with st.grid("auto", min_column_width=230, key="cards"):
    for card in cards:
        shows.card(card, about, functools.partial(nav.go, "comments", pillar=card.pillar))
say.quiet(
    "Score = 50 + half the net sentiment of the pillar's mentions: 50 is balance, 100 all positive. "
    "Metrics is the mean of its parts: how well you measure, not what customers say."
)
shows.twin(
    pd.DataFrame(
        {
            "pillar": [card.pillar for card in cards],
            "score": [card.score.value for card in cards],
            "low": [card.score.low for card in cards],
            "high": [card.score.high for card in cards],
            "responses": [card.score.n for card in cards],
            "mentions": [card.mentions for card in cards],
            "change": [card.change.value for card in cards],
            "real": [card.change.real for card in cards],
        }
    ),
    "cards",
)
