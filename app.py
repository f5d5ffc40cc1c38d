"""The launcher: `streamlit run app.py` finds `app`.

The main script lies in cx/ui, so that Streamlit does not discover pages/ by itself: beside the main script that
folder is served to deep links without the frame, and so without its access check.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

sys.path.insert(0, str(Path(__file__).parent))

from cx import jobs, logs
from cx.share import access, doors, metrics, routes
from cx.store import audit


@asynccontextmanager
async def start(_app: object) -> AsyncIterator[None]:
    """Once per server: leftovers of killed imports go; a demo without its sample loads it, beside the server."""
    logs.setup()
    jobs.sweep()
    audit.prune()
    if access.mode() == "demo":
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        subprocess.Popen([sys.executable, "-m", "cx", "demo", "--if-empty"], env=environment)
    logs.event("started")
    yield
    logs.event("stopped")


app = st.App(
    Path(__file__).parent / "cx" / "ui" / "main.py",
    lifespan=start,
    routes=[*routes.ROUTES, *metrics.ROUTES],
    middleware=[Middleware(doors.Headers), Middleware(doors.Guard)],
)
