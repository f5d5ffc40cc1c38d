"""Saved views in the frame's line: open, keep, rename, delete, and what opens first."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from cx.errors import CXError
from cx.principal import Principal, Scope
from cx.share import access
from cx.store import audit, links, views
from cx.store.views import View
from cx.ui import here, nav, say
from cx.ui.here import Here
from cx.view import wording

BEGUN, SAID, PAGE = "_begun", "viewing_said", "_page"
"""Session keys: that this visit has begun; why a view could not be kept, shown once; the page of this run."""

ME, TEAM = wording.noted("only me"), wording.noted("the team")
MOST_SHOWN = 12
"""Views that open with one click; further ones are chosen from a list."""


def first(principal: Principal, page: StreamlitPage) -> None:
    """Opens a person's default view when they come to the plain address; remembers which page this is."""
    st.session_state[PAGE] = page.url_path or nav.first(principal)
    begun, st.session_state[BEGUN] = st.session_state.get(BEGUN, False), True
    if principal.scope is not None:
        if not begun:
            links.note_opening(principal)
        if not begun and not page.url_path and not _asks(("t", "embed", "embed_options", "lang")):
            _open_link(principal.scope)
        return
    if not begun and access.mode() == "team":
        audit.write(principal, "came in")
    if begun or page.url_path or len(st.query_params):
        return
    found = views.default(principal)
    if found and found.page in nav.PAGES:
        _open(found)


def _asks(beside: tuple[str, ...]) -> bool:
    return any(name not in beside for name in st.query_params)


def _open_link(scope: Scope) -> None:
    """The view that was shared."""
    if scope.page in nav.PAGES:
        kept = {name: st.query_params.get_all(name) for name in st.query_params}
        params = {name: list(values) for name, values in scope.params}
        st.switch_page(nav.FOLDER / f"{scope.page}.py", query_params={**params, **kept})


def control(about: Here) -> None:
    """The control of saved views."""
    found = views.listed(about.principal, about.slug)
    may_keep = access.mode() != "demo"  # visitors of a demo are one person: what one keeps all would see
    if not found and not may_keep:
        return
    with st.popover(wording.of("Views"), icon=":material/bookmark:", key="pop_views"):
        if told := st.session_state.pop(SAID, ""):
            say.notice([told], kind="error")
        _opening(about, found)
        if may_keep:
            _keeping(about)
            if found:
                _changing(about, found)


def _opening(about: Here, found: list[View]) -> None:
    if not found:
        say.quiet(wording.of("A view is this page with its period, filters and choices, under a name."))
    for view in found[:MOST_SHOWN]:
        if st.button(say.label(_titled(about, view)), key=f"view_{view.id}", type="tertiary", help=_says(view)):
            _open(view)
    if len(found) > MOST_SHOWN:
        rest = {view.id: view for view in found[MOST_SHOWN:]}
        chosen = st.selectbox(
            wording.of("More views"), list(rest), None, key="view_more", placeholder=wording.of("More views"),
            format_func=lambda id_: _titled(about, rest[id_]),
        )  # fmt: skip
        if chosen is not None and st.button(wording.of("Open"), key="view_open"):
            _open(rest[chosen])


def _open(view: View) -> None:
    if view.page not in nav.PAGES:
        say.notice([wording.of("The page of “{name}” is no longer there.", name=view.name)])
        return
    st.session_state["page"] = 1  # a list begins at its first page
    st.switch_page(nav.FOLDER / f"{view.page}.py", query_params=view.url())


def _titled(about: Here, view: View) -> str:
    parts = [view.name]
    parts += [view.author] if view.author != about.principal.name else []
    parts += [wording.of("opens first")] if view.default else []
    return " · ".join(parts)


def _says(view: View) -> str:
    """What a view shows, in words, escaped: page, period, filters, choices."""
    values = [
        f"{name.removeprefix('f.')}: {', '.join(held) or wording.of('no value')}" for name, held in view.params.items()
    ]
    title = wording.of(nav.PAGES[view.page][0]) if view.page in nav.PAGES else view.page
    whose = wording.of(" · for the team") if view.team else wording.of(" · only for you")
    return say.label(" · ".join([title, *values])[:300] + whose)


def _keeping(about: Here) -> None:
    with st.form("view_keep", border=False):
        st.text_input(
            wording.of("Keep this view as"), key="view_name", max_chars=views.LONGEST_NAME,
            placeholder=wording.of("Its name"),
        )  # fmt: skip
        if about.principal.may_write():
            st.segmented_control(wording.of("For"), [ME, TEAM], default=ME, key="view_for", format_func=wording.of)
        st.form_submit_button(wording.of("Keep it"), on_click=_keep, args=(about,))


def _keep(about: Here) -> None:
    params = {name: st.query_params.get_all(name) for name in st.query_params}
    team = st.session_state.get("view_for") == TEAM
    page, name = st.session_state[PAGE], st.session_state["view_name"]
    if _done(lambda: views.keep(about.principal, about.slug, name, page, params, team)):
        st.session_state["view_name"] = ""


def _changing(about: Here, found: list[View]) -> None:
    with st.expander(wording.of("Change views"), key="view_changing"):
        every = {view.id: view for view in found}
        first_ = next((view.id for view in found if view.default), 0)
        st.session_state["view_first"] = first_
        st.selectbox(
            wording.of("Opens first for you"), [0, *every], key="view_first", on_change=_default, args=(about,),
            format_func=lambda id_: every[id_].name if id_ else wording.of("Overview"),
        )  # fmt: skip
        own = {view.id: view for view in found if views.may_change(about.principal, view)}
        if own:
            if st.session_state.get("view_which") not in own:
                st.session_state["view_which"] = next(iter(own))
            st.selectbox(wording.of("View"), list(own), key="view_which", format_func=lambda id_: own[id_].name)
            _one(about, own[st.session_state["view_which"]])


def _one(about: Here, view: View) -> None:
    st.text_input(wording.of("New name"), view.name, key=f"view_name_{view.id}", max_chars=views.LONGEST_NAME)
    if about.principal.may_write():
        now = TEAM if view.team else ME
        st.segmented_control(
            wording.of("Seen by"), [ME, TEAM], default=now, key=f"view_team_{view.id}", format_func=wording.of
        )
    with st.container(horizontal=True):
        st.button(wording.of("Save"), key="view_save", on_click=_change, args=(about, view))
        st.button(wording.of("Delete"), key="view_delete", on_click=_delete, args=(about, view))


def _change(about: Here, view: View) -> None:
    name = st.session_state[f"view_name_{view.id}"]
    chosen = st.session_state.get(f"view_team_{view.id}")
    team = view.team if chosen is None else chosen == TEAM
    _done(lambda: views.change(about.principal, about.slug, view.id, name, team))


def _delete(about: Here, view: View) -> None:
    _done(lambda: views.delete(about.principal, about.slug, view.id))


def _default(about: Here) -> None:
    _done(lambda: views.make_default(about.principal, about.slug, st.session_state["view_first"] or None))


def _done(act) -> bool:
    """Does what a callback is about; remembers why it could not be done."""
    here.speak()  # callbacks run before the page does
    try:
        act()
    except CXError as error:
        st.session_state[SAID] = str(error)
        return False
    return True
