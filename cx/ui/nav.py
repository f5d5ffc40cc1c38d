"""The pages, and how to get from one to another."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from cx.principal import Principal
from cx.view import wording

FOLDER = Path(__file__).parents[2] / "pages"
PAGES = {
    "overview": (wording.noted("Overview"), True),
    "trends": (wording.noted("Trends"), True),
    "scorecards": (wording.noted("Scorecards"), True),
    "touchpoints": (wording.noted("Touchpoints"), True),
    "journey": (wording.noted("Journey"), True),
    "emotions": (wording.noted("Emotions"), True),
    "topics": (wording.noted("Topics"), True),
    "drivers": (wording.noted("Drivers"), True),
    "compare": (wording.noted("Compare"), True),
    "customers": (wording.noted("Customers"), True),
    "goals": (wording.noted("Goals"), True),
    "comments": (wording.noted("Comments"), True),
    "taxonomy": (wording.noted("Taxonomy"), True),
    "feedback": (wording.noted("Feedback"), True),
}
"""Address → title, and whether everybody who may read sees it."""


def pages(principal: Principal) -> list[StreamlitPage]:
    """The pages of this principal; a page that is not among them cannot be run by a session."""
    reader = principal.role in ("admin", "analyst", "viewer")
    return [
        st.Page(FOLDER / f"{name}.py", title=wording.of(title), url_path=name, default=name == "overview")
        for name, (title, for_readers) in PAGES.items()
        if reader and for_readers
    ]


def go(name: str, **params: str | list[str]) -> None:
    """Opens a page with parameters of its own; dataset, period and filters go along."""
    from cx.ui import here

    st.switch_page(FOLDER / f"{name}.py", query_params={**here.current().url(), **params})
