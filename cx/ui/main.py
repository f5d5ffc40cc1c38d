"""The frame of every page: who is asking → navigation for that role → what this run is about → the page."""

import logging
from pathlib import Path

import streamlit as st

from cx.errors import CXError
from cx.ui import asking, banners, here, nav, say, viewing
from cx.view import wording

st.set_page_config(
    page_title="Felicific", page_icon=str(Path(__file__).parent / "favicon.png"), layout="wide",
    initial_sidebar_state="collapsed",
)  # fmt: skip
here.speak()
principal, preview = asking.begin()
page = st.navigation(nav.pages(principal), position="top")
try:
    viewing.first(principal, page)
    here.begin(principal, st.session_state[viewing.PAGE])
    say.style()
    banners.show(principal, preview)
    page.run()
except CXError as error:
    say.notice([str(error)], kind="error")
except Exception:
    # The reader gets a sentence and a way on; the log gets the whole, without any comment's text.
    logging.getLogger("felicific").exception("A page failed")
    then = wording.of("Reload it; if that does not help, the server's log says why.")
    say.notice([wording.of("This page could not be shown."), then], kind="error")
