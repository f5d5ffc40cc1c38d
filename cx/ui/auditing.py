"""The audit's columns, its file, and for how long it is kept."""

from typing import Any

import streamlit as st

from cx.errors import CXError
from cx.store import audit
from cx.ui import say
from cx.ui.here import Here
from cx.view import wording

SAID = "_audit_said"


def columns() -> dict[str, Any]:
    """Headings of the table."""
    return {
        "created": st.column_config.DatetimeColumn(wording.of("Time (UTC)"), format="YYYY-MM-DD HH:mm:ss"),
        "name": wording.of("Who"), "role": wording.of("Role"), "what": wording.of("What"), "dataset": wording.of("Dataset"),
        "detail": wording.of("About"), "origin": wording.of("From (hashed)"),
    }  # fmt: skip


def controls(about: Here) -> None:
    """The whole as a file, and the days it is kept."""
    if told := st.session_state.pop(SAID, ""):
        say.notice([told], kind="error")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            wording.of("Download as CSV"), lambda: audit.csv(about.asker), "audit.csv", "text/csv", key="audit_csv", on_click="ignore",
        )  # fmt: skip
        st.number_input(
            wording.of("Keep for (days)"), audit.LEAST_KEPT, audit.MOST_KEPT, audit.days(), key="audit_days", width=160,
            on_change=_keep, args=(about,),
        )  # fmt: skip


def _keep(about: Here) -> None:
    try:
        audit.keep(about.principal, int(st.session_state["audit_days"]))
    except CXError as error:
        st.session_state[SAID] = str(error)
