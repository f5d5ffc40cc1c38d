"""The pages, and how to get from one to another."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from cx.principal import Principal
from cx.view import wording

SHOWN, READERS, WRITERS, ADMINS = "shown", "readers", "writers", "admins"

FOLDER = Path(__file__).parents[2] / "pages"
PAGES = {
    "overview": (wording.noted("Overview"), SHOWN),
    "trends": (wording.noted("Trends"), SHOWN),
    "scorecards": (wording.noted("Scorecards"), SHOWN),
    "touchpoints": (wording.noted("Touchpoints"), SHOWN),
    "journey": (wording.noted("Journey"), SHOWN),
    "emotions": (wording.noted("Emotions"), SHOWN),
    "topics": (wording.noted("Topics"), SHOWN),
    "drivers": (wording.noted("Drivers"), SHOWN),
    "compare": (wording.noted("Compare"), SHOWN),
    "customers": (wording.noted("Customers"), SHOWN),
    "goals": (wording.noted("Goals"), SHOWN),
    "comments": (wording.noted("Comments"), SHOWN),
    "taxonomy": (wording.noted("Taxonomy"), READERS),
    "feedback": (wording.noted("Feedback"), READERS),
    "links": (wording.noted("Links"), WRITERS),
    "audit": (wording.noted("Audit"), ADMINS),
}
"""Address → title, and who sees it: those a link shows it to, people with a role, those who may write, admins."""

SHARED = tuple(name for name, (_, who) in PAGES.items() if who == SHOWN)
"""Pages a link can show."""


def pages(principal: Principal) -> list[StreamlitPage]:
    """The pages of this principal; a page that is not among them cannot be run by a session."""
    names = allowed(principal)
    return [
        st.Page(
            FOLDER / f"{name}.py", title=wording.of(PAGES[name][0]), url_path=name, default=name == first(principal)
        )
        for name in names
    ]


def first(principal: Principal) -> str:
    """The page at the plain address: Overview, or what a link opens with that does not show it."""
    names = allowed(principal)
    return "overview" if "overview" in names or principal.scope is None else principal.scope.page


def allowed(principal: Principal) -> list[str]:
    """The names of these pages, in order."""
    if principal.scope is not None:
        hidden = () if principal.may_hear() else ("comments",)
        return [name for name in SHARED if name in principal.scope.pages and name not in hidden]
    if principal.role == "guest":
        return []
    known = {READERS: True, SHOWN: True, WRITERS: principal.may_write(), ADMINS: principal.may_manage()}
    return [name for name, (_, who) in PAGES.items() if known[who]]


def leads(name: str) -> bool:
    """Whether who asks may go to a page."""
    from cx.ui import here

    return name in allowed(here.current().asker)


def go(name: str, **params: str | list[str]) -> None:
    """Opens a page with parameters of its own; dataset, period and filters go along."""
    from cx.ui import here

    if not leads(name):
        st.toast(wording.of("This link does not show that page."))
        return
    st.switch_page(FOLDER / f"{name}.py", query_params={**here.current().url(), **params})
