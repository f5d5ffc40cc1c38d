"""Scorecards: five pillars, a score each, what carries it and what pulls it down, and where it should be."""

from datetime import date

import streamlit as st

from cx.measure import goals, pillars
from cx.store import notes
from cx.ui import cached, carding, frame, goal_setting, nav, practising, say, shows
from cx.view import headlines, scorecards, wording

about = frame.begin(needs="comments")
cards = cached.cards(about)
say.headline(headlines.scorecards(cards))
kept = notes.targets(about.principal, about.slug)
goal_list = cached.standing(about, tuple(goals.target(record.content) for record in kept))
standing = [goal.standing for goal in goal_list]
aims = scorecards.aims(standing, date.today())
attained = scorecards.attainment(standing) or (wording.of("Goal attainment: no target set yet"),)
with st.grid("auto", min_column_width=230, key="cards"):
    for card in cards:
        carding.card(card, about, aims.get(card.pillar), attained if card.pillar == "Strategy" else ())
say.quiet(
    wording.of(
        "50 is balance, 100 all positive. A target is judged over all responses of the latest period, whatever is chosen "
        "above; goal attainment stands beside the score of Strategy, not in it."
    )
)
goal_setting.adding(about, pillars.SCORES)
shows.twin(scorecards.table(cards, aims), "cards")
carriers = scorecards.carrier_table(cards)


def opened(place: int) -> None:
    row = carriers.iloc[place]
    nav.go("comments", pillar=str(row["pillar"]), **{str(row["kind"]): str(row["key"])})


if len(carriers):
    say.quiet(wording.of("What carries each pillar and what pulls it down"))
    shows.twin(carriers.drop(columns="key"), "carriers", opened)

if about.scope is None:  # what a team says of itself is its own business
    st.divider()
    practising.section(about, cards)
