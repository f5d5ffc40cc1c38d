"""Customers: do they stay, what are they worth, do lost ones come back; and what kinds of customers there are."""

import streamlit as st

from cx.measure import personas
from cx.store import notes
from cx.ui import addresses, cached, frame, noting, say, shows
from cx.view import cards, customers, wording

about = frame.begin()
found = cached.customers(about)
say.headline(customers.finding(found))
st.html(cards.facts(found.facts, about.theme))
for sentence in found.sentences:
    say.quiet(sentence)
if found.notes:
    say.notice(list(found.notes))
if not found.cohorts.empty:
    say.quiet(
        wording.of(
            "Retention by cohort: customers by the period of their first activity, and who of them is still active"
        )
    )
    columns = ["cohort", "age", "size", "active", "share", "share_low", "share_high"]
    shows.twin(found.cohorts[columns], "cohorts")
say.quiet(wording.of("Personas: groups of customers by what is known of them, not by what they answer"))
addresses.asked("personas", ("true", "false"))
if st.toggle(wording.of("Look for personas"), key="personas", bind="query-params"):
    groups = cached.personas(about)
    if groups.note:
        say.quiet(groups.note[:1].upper() + groups.note[1:] + ".")
    names = personas.given(notes.persona_names(about.principal, about.slug))
    st.html(cards.people(personas.named(groups, names), about.theme))
    noting.naming(about, groups, names)
