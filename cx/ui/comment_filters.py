"""What the Comments page looks for: words and facets, kept in the URL, so that a link opens the same comments."""

import streamlit as st

from cx.schema import LABELS, NOT_ANALYSED
from cx.ui import cached
from cx.ui.here import Here
from cx.view.search import FACETS, SORTS, Find

TITLES = {
    "pillar": "Pillar", "touchpoint": "Touchpoint", "stage": "Stage", "topic": "Topic", "sentiment_label": "Sentiment",
    "emotion": "Emotion", "effort": "Effort",
}  # fmt: skip


def find(about: Here) -> Find:
    """What the URL asks for; values the dataset does not have are left out."""
    asked = {name: st.query_params.get(name, "") for name in (*FACETS, "words", "sort")}
    known = {name: asked[name] for name in FACETS if asked[name] in _options(about, name)}
    sort = asked["sort"] if asked["sort"] in SORTS else "newest"
    return Find(words=asked["words"][:200], sort=sort, **known)


def controls(about: Here, now: Find) -> None:
    """The search box, the sorting and one select box per facet; a change goes into the URL and to the first page."""
    names = cached.topic_names(about)
    for name in ("words", "sort", *FACETS):
        st.session_state[f"find_{name}"] = getattr(now, name)
    with st.container(horizontal=True, vertical_alignment="bottom", key="find"):
        st.text_input("Search", key="find_words", on_change=_changed, args=("words",), placeholder="Words in comments")
        st.selectbox("Sort", list(SORTS), key="find_sort", on_change=_changed, args=("sort",), width=170)
        with st.popover("About", icon=":material/filter_list:", key="pop_facets"):
            for name in FACETS:
                options = ["", *_options(about, name)]
                st.selectbox(
                    TITLES[name], options, key=f"find_{name}", on_change=_changed, args=(name,),
                    format_func=lambda value: names.get(value, value) or "any",
                )  # fmt: skip
        if now.facets or now.words:
            st.button("Show all", key="find_clear", on_click=_cleared)


def _changed(name: str) -> None:
    value = st.session_state[f"find_{name}"]
    if value and value != Find._field_defaults.get(name):
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
    st.session_state["page"] = 1


def _cleared() -> None:
    for name in (*FACETS, "words"):
        if name in st.query_params:
            del st.query_params[name]
    st.session_state["page"] = 1


def _options(about: Here, name: str) -> list[str]:
    if name == "sentiment_label":
        return [*LABELS, NOT_ANALYSED]
    if name == "topic":
        return list(cached.topic_names(about))
    return cached.facet(about, name)
