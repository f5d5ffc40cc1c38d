"""Taxonomy: which parts of the business and of the journey comments are sorted into, and by which words; yours to change."""

import streamlit as st

from cx.ui import cached, editing, frame, say, shows, taxonomy_editing

about = frame.begin(needs="comments")
given = cached.taxonomy(about)
say.headline(f"{len(given.touchpoints)} touchpoints, {len(given.pillars)} pillars and {len(given.stages)} stages")
say.quiet(f"Taxonomy “{given.name}”. What you change moves the comments at once, and holds for later imports.")
editing.said()
section = st.segmented_control(
    "Section", ["touchpoints", "pillars", "stages"], default="touchpoints", key="section", required=True,
    format_func=str.capitalize, label_visibility="collapsed",
)  # fmt: skip
left, right = st.columns([3, 2], gap="large")
with left:
    shows.table(cached.node_rows(about, section), f"nodes_{section}")
with right:
    if about.principal.may_write():
        taxonomy_editing.form(about, given, section)
    taxonomy_editing.history(about, given)
