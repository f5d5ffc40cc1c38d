"""The first visit: what there is to do, in three steps, and sample data for those who want to look first."""

import streamlit as st

from cx import jobs
from cx.errors import CXError
from cx.principal import Principal
from cx.ui import nav, say
from cx.view import wording


def guide(principal: Principal) -> None:
    """What a page without any dataset says."""
    say.headline(wording.of("Welcome. Three steps from an export to numbers you can stand by"))
    say.steps(_steps())
    if not principal.may_write():
        say.quiet(wording.of("There is no dataset yet. Somebody who may import has to bring one in."))
        return
    with st.container(horizontal=True):
        if st.button(wording.of("Bring in an export"), type="primary", key="to_feedback"):
            nav.go("feedback")
        if st.button(wording.of("Look at sample data first"), key="load_sample"):
            try:
                with st.spinner(wording.of("Making the sample: about half a minute …")):
                    jobs.sample(principal)
            except CXError as error:
                say.notice([str(error)], kind="error")
                return
            st.rerun()


def _steps() -> list[tuple[str, str]]:
    return [
        (
            wording.of("Export"),
            wording.of(
                "Save your survey, reviews or tickets as a file in the tool they are in: CSV, Excel, JSON and others."
            ),
        ),
        (
            wording.of("Drop"),
            wording.of(
                "Put the file on the Feedback page. It is read here; e-mail addresses, telephone numbers and the like are masked."
            ),
        ),
        (
            wording.of("Look"),
            wording.of("Check what the columns were taken for, press Analyse, and read the briefing."),
        ),
    ]
