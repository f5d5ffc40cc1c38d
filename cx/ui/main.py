"""The frame of every page: who is asking → navigation for that role → what this run is about → the page."""

import time
from pathlib import Path

import streamlit as st

from cx import logs
from cx.errors import CXError
from cx.share import metrics
from cx.ui import asking, banners, here, nav, say, viewing
from cx.view import wording

st.set_page_config(
    page_title="Felicific", page_icon=str(Path(__file__).parent / "favicon.png"), layout="wide",
    initial_sidebar_state="collapsed",
)  # fmt: skip
here.speak()
principal, preview = asking.begin()
page = st.navigation(nav.pages(principal), position="top")
name, begun = page.url_path or nav.first(principal), time.perf_counter()
if "_seen" not in st.session_state:
    st.session_state["_seen"] = True
    metrics.begun()
try:
    viewing.first(principal, page)
    here.begin(principal, st.session_state[viewing.PAGE])
    say.style()
    banners.show(principal, preview)
    page.run()
except CXError as error:
    metrics.failed(name, metrics.EXPECTED)
    say.notice([str(error)], kind="error")
except Exception:
    # The reader gets a sentence and a way on; the log gets where it happened, without any comment's text.
    metrics.failed(name, metrics.UNEXPECTED)
    logs.failure("page failed", page=name)
    then = wording.of("Reload it; if that does not help, the server's log says why.")
    say.notice([wording.of("This page could not be shown."), then], kind="error")
finally:  # also when the page ended early, or another click came in between
    metrics.ran(name, time.perf_counter() - begun)
