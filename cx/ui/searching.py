"""Searches with a name, and the way from a comment to what others said about the same."""

import streamlit as st

from cx.errors import CXError
from cx.store import searches
from cx.ui import comment_filters, nav, say, shows
from cx.ui.here import Here
from cx.view.search import Comment, Find

SAID = "search_said"


def comments(found: list[Comment], about: Here) -> None:
    """Comments, each with a button to what is like it."""
    with st.container(key="comments", gap="small"):
        for place, comment in enumerate(found):
            with st.container(key=f"comment_{place}", gap="xxsmall"):
                shows.comments([comment], about)
                if any(mention.text.strip() for mention in comment.mentions):
                    st.button(
                        "Similar comments", key=f"like_{place}", type="tertiary", icon=":material/join_inner:",
                        on_click=comment_filters.alike, args=(comment.response_id,),
                    )  # fmt: skip


def origin(about: Here, comment: list[Comment]) -> None:
    """The comment to which others are compared."""
    if comment:
        say.quiet("Others are compared with this comment:")
        shows.comments(comment, about)
    else:
        say.quiet("The comment to compare with is not in this dataset any more.")


def saved(about: Here, now: Find) -> None:
    """Opens a search by its name, and keeps the present one under a name."""
    known = {each.id: each for each in searches.listed(about.principal, about.slug)}
    if not known and not about.principal.may_write():
        return
    with st.popover("Saved searches", icon=":material/bookmark:", key="pop_searches"):
        if known:
            chosen = st.selectbox(
                "Open", list(known), None, key="search_open", placeholder="Choose a search",
                format_func=lambda key: known[key].name + ("" if known[key].shared else " (only you)"),
            )  # fmt: skip
            with st.container(horizontal=True):
                if st.button("Open it", key="search_go", disabled=chosen is None, type="primary") and chosen:
                    _open(known[chosen])
                if about.principal.may_write():
                    st.button(
                        "Delete", key="search_delete", disabled=chosen is None, on_click=_delete, args=(about, chosen)
                    )
        if about.principal.may_write():
            st.text_input("Name of this search", key="search_name", max_chars=searches.LONGEST_NAME)
            st.toggle("Everybody in the team sees it", key="search_shared")
            st.button("Save", key="search_save", on_click=_save, args=(about, now))
    if told := st.session_state.pop(SAID, ""):
        say.notice([told])


def parameters(about: Here, now: Find) -> dict[str, list[str]]:
    """The address of a search: its own parameters, the period and the filters."""
    own = {name: str(getattr(now, name)) for name in comment_filters.OWN}
    held = {name: [value] for name, value in own.items() if value and value != Find._field_defaults[name]}
    where = {name: [value] if isinstance(value, str) else list(value) for name, value in about.where.url().items()}
    return held | where


def _open(one: searches.Saved) -> None:
    st.session_state["page"] = 1
    shown = {name: values for name, values in one.query.items() if name != "d"}
    d = st.query_params.get("d", "")
    st.switch_page(nav.FOLDER / "comments.py", query_params={"d": d, **shown})


def _save(about: Here, now: Find) -> None:
    name = st.session_state["search_name"]
    try:
        searches.save(
            about.principal, about.slug, name, parameters(about, now), bool(st.session_state["search_shared"])
        )
        st.session_state[SAID] = (
            f"Saved as “{name.strip()}”. It stands under “Saved searches”, and its address can be sent."
        )
        st.session_state["search_name"] = ""
    except CXError as error:
        st.session_state[SAID] = str(error)


def _delete(about: Here, chosen: int | None) -> None:
    try:
        searches.delete(about.principal, about.slug, int(chosen or 0))
    except CXError as error:
        st.session_state[SAID] = str(error)
