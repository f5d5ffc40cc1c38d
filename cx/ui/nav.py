"""The pages, and how to get from one to another."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from cx.principal import Principal

FOLDER = Path(__file__).parents[2] / "pages"
PAGES = {
    "overview": ("Overview", True),
    "trends": ("Trends", True),
    "scorecards": ("Scorecards", True),
    "touchpoints": ("Touchpoints", True),
    "journey": ("Journey", True),
    "emotions": ("Emotions", True),
    "topics": ("Topics", True),
    "drivers": ("Drivers", True),
    "compare": ("Compare", True),
    "customers": ("Customers", True),
    "goals": ("Goals", True),
    "comments": ("Comments", True),
    "taxonomy": ("Taxonomy", True),
    "feedback": ("Feedback", True),
}
"""Address → title, and whether everybody who may read sees it."""


def pages(principal: Principal) -> list[StreamlitPage]:
    """The pages of this principal; a page that is not among them cannot be run by a session."""
    reader = principal.role in ("admin", "analyst", "viewer")
    return [
        st.Page(FOLDER / f"{name}.py", title=title, url_path=name, default=name == "overview")
        for name, (title, for_readers) in PAGES.items()
        if reader and for_readers
    ]


def go(name: str, **params: str | list[str]) -> None:
    """Opens a page with parameters of its own; dataset, period and filters go along."""
    from cx.ui import here

    st.switch_page(FOLDER / f"{name}.py", query_params={**here.current().url(), **params})
