"""The launcher: `streamlit run app.py` finds `app`.

The main script lies in cx/ui, so that Streamlit does not discover pages/ by itself: beside the main script that
folder is served to deep links without the frame, and so without its access check.
"""

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

sys.path.insert(0, str(Path(__file__).parent))

from cx.share import access

app = st.App(
    Path(__file__).parent / "cx" / "ui" / "main.py",
    middleware=[Middleware(access.Headers), Middleware(access.Guard)],
)
