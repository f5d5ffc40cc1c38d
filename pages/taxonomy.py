"""Taxonomy: which parts of the business and of the journey comments are sorted into, and by which words; yours to change."""

import streamlit as st

from cx.ui import cached, editing, frame, say, shows, taxonomy_editing
from cx.view import nodes, wording

about = frame.begin(needs="comments")
given = cached.taxonomy(about)
say.headline(
    wording.of(
        "{touchpoints} touchpoints, {pillars} pillars and {stages} stages",
        touchpoints=len(given.touchpoints), pillars=len(given.pillars), stages=len(given.stages),
    )
)  # fmt: skip
say.quiet(
    wording.of(
        "Taxonomy “{name}”. What you change moves the comments at once, and holds for later imports.", name=given.name
    )
)
editing.said()
section = st.segmented_control(
    wording.of("Section"), list(nodes.SECTIONS), default="touchpoints", key="section", required=True,
    format_func=lambda name: wording.of(nodes.SECTIONS[name]), label_visibility="collapsed",
)  # fmt: skip
left, right = st.columns([3, 2], gap="large")
with left:
    shows.table(cached.node_rows(about, section), f"nodes_{section}")
with right:
    if about.principal.may_write():
        taxonomy_editing.form(about, given, section)
    taxonomy_editing.history(about, given)
