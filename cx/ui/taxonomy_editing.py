"""The parts of the Taxonomy page: one edit put together, its preview, the edits made so far."""

from typing import Any

import streamlit as st

from cx.errors import CXError
from cx.schema import GENERAL, NONE, PILLARS, STAGES
from cx.store import records
from cx.text import taxonomy_edits
from cx.text.taxonomy import Taxonomy
from cx.ui import editing, say
from cx.ui.here import Here
from cx.view import nodes, wording

DOES = {
    "add phrase": wording.noted("Add a phrase that names it"), "remove phrase": wording.noted("Remove a phrase"),
    "rename": wording.noted("Rename it"), "merge": wording.noted("Merge it into another"),
    "move": wording.noted("Change its usual pillar or stage"), "delete": wording.noted("Delete it"),
    "add": wording.noted("Add a new one"),
}  # fmt: skip
FREE = ("touchpoints",)
"""Sections whose names are a business's own."""


def form(about: Here, given: Taxonomy, section: str) -> None:
    """Puts an edit together, shows what it would move, and does it."""
    kinds = [kind for kind in DOES if section in FREE or "phrase" in kind]
    names = [node.name for node in given.nodes[section] if node.name not in (GENERAL, NONE)]
    with st.container(border=True, key="taxonomy_form"):
        kind = st.selectbox(
            wording.of("What to change"), kinds, key=f"do_{section}", format_func=lambda each: wording.of(DOES[each])
        )
        edit = {"do": kind, "section": section} | _fields(given, section, kind, names)
        ready = all(isinstance(value, str) and value.strip() for value in edit.values())
        with st.container(horizontal=True):
            look = st.button(wording.of("Preview"), key="taxonomy_preview", disabled=not ready)
            if st.button(wording.of("Apply"), key="taxonomy_apply", type="primary", disabled=not ready):
                editing.done(about, "taxonomy", edit)
        if look:
            _preview(about, given, edit)


def _fields(given: Taxonomy, section: str, kind: str, names: list[str]) -> dict[str, Any]:
    """What this kind of edit needs besides kind and section."""
    if kind == "add":
        name = st.text_input(wording.of("Name"), key="node_new", max_chars=60)
        phrase = st.text_input(wording.of("A phrase that names it"), key="node_phrase", max_chars=80)
        return {"node": name, "phrases": [phrase]} if phrase.strip() else {"node": name, "phrases": ""}
    node = st.selectbox(wording.of("Which"), names, key=f"node_{section}")
    out: dict[str, Any] = {"node": node}
    if kind == "rename":
        out["to"] = st.text_input(wording.of("New name"), key="node_to", max_chars=60)
    elif kind == "merge":
        out["into"] = st.selectbox(wording.of("Into"), [name for name in names if name != node], key="node_into")
    elif kind == "move":
        out["pillar"] = st.selectbox(wording.of("Pillar"), PILLARS, key="node_pillar", format_func=wording.of)
        out["stage"] = st.selectbox(wording.of("Stage"), STAGES, key="node_stage")
    elif kind == "add phrase":
        out["phrase"] = st.text_input(wording.of("Phrase, in any word form"), key="node_words", max_chars=80)
    elif kind == "remove phrase":
        held = next(each for each in given.nodes[section] if each.name == node).phrases
        out["phrase"] = st.selectbox(wording.of("Phrase"), held, key="node_held")
    return out


def _preview(about: Here, given: Taxonomy, edit: dict[str, Any]) -> None:
    try:
        with st.spinner(wording.of("Trying it …")):
            found = nodes.preview(about.data, given, edit)
    except CXError as error:
        say.notice([str(error)], kind="error")
        return
    moved, tried = wording.whole(found.moved), wording.whole(found.of)
    say.quiet(wording.of("{n} of {all} mentions tried would change.", n=moved, all=tried))
    if found.examples:
        say.notice([f"{before} → {after}: “{text[:140]}”" for text, before, after in found.examples])


def history(about: Here, given: Taxonomy) -> None:
    """The edits made so far, the way back, and the taxonomy as a file."""
    made = records.all_edits(about.slug, "taxonomy")
    if made:
        with st.expander(wording.of("{n} changes so far", n=len(made))):
            for edit in made:
                st.text(nodes.told(edit))
    with st.container(horizontal=True):
        if about.principal.may_write():
            editing.undo(about, "taxonomy")
        st.download_button(
            wording.of("Download as TOML"), taxonomy_edits.as_toml(given).encode(), f"{about.slug}-taxonomy.toml", "application/toml",
            key="taxonomy_file", on_click="ignore",
        )  # fmt: skip
