"""The first visit: what there is to do, in three steps, and sample data for those who want to look first."""

import streamlit as st

from cx import jobs
from cx.errors import CXError
from cx.principal import Principal
from cx.ui import nav, say

STEPS = (
    ("Export", "Save your survey, reviews or tickets as a file in the tool they are in: CSV, Excel, JSON and others."),
    (
        "Drop",
        "Put the file on the Feedback page. It is read here, e-mail addresses, telephone numbers and the like are masked.",
    ),
    ("Look", "Check what the columns were taken for, press Analyse, and read the briefing."),
)


def guide(principal: Principal) -> None:
    """What a page without any dataset says."""
    say.headline("Welcome. Three steps from an export to numbers you can stand by")
    say.steps(STEPS)
    if not principal.may_write():
        say.quiet("There is no dataset yet. Somebody who may import has to bring one in.")
        return
    with st.container(horizontal=True):
        if st.button("Bring in an export", type="primary", key="to_feedback"):
            nav.go("feedback")
        if st.button("Look at sample data first", key="load_sample"):
            try:
                with st.spinner("Making the sample: about half a minute …"):
                    jobs.sample(principal)
            except CXError as error:
                say.notice([str(error)], kind="error")
                return
            st.rerun()
