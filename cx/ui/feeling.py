"""Parts of the Emotions page: the list of delights with its search, and the ways to comments."""

from html import escape

import pandas as pd
import streamlit as st

from cx.ui import cached_comments, comment_filters, nav, say
from cx.ui.here import Here
from cx.view import emotions, wording
from cx.view.emotions import Delight


def at_time(about: Here, rows: pd.DataFrame, period: pd.Timestamp, emotion: str) -> None:
    """Opens the comments of a period that tell of an emotion."""
    last = rows.loc[rows["period"] == period, "last"].iloc[0]
    begin = max(filter(None, (period.date(), about.where.begin)))
    end = min(filter(None, (pd.Timestamp(last).date(), about.where.end)))
    nav.go("comments", **{**about.where.in_period(begin, end).url(), "emotion": emotion})


def delights(about: Here) -> None:
    """The moments of delight: searched by words and by what they are about, page by page; one opens its comment."""
    places = cached_comments.delight_places(about)
    with st.container(horizontal=True, vertical_alignment="bottom", key="delights"):
        words = ""
        if comment_filters.searches(about.scope):  # whoever may not read a name could ask whether it is there
            words = st.text_input(
                wording.of("Search delights"), key="delight", bind="query-params",
                placeholder=wording.of("Words in what was said"),
            )  # fmt: skip
        place = st.selectbox(
            wording.of("About"), ["", *places], key="delight_about", width=240,
            format_func=lambda name: name or wording.of("anything"),
        )  # fmt: skip
    page = st.session_state.get("delight_page", 1) or 1
    total, found = cached_comments.delights(about, words[:200], place or "", page)
    if not total:
        say.empty(wording.of("No delight fits."), wording.of("Search for other words, or choose a longer period."))
        return
    pages = -(-total // emotions.PAGE)
    if page > pages:
        total, found = cached_comments.delights(about, words[:200], place or "", 1)
    say.quiet(wording.counted("{n} moment of delight, newest first.", "{n} moments of delight, newest first.", total))
    st.html('<ul class="cx-delights">' + "".join(map(_item, found)) + "</ul>")
    with st.container(horizontal=True, vertical_alignment="center"):
        if pages > 1:
            st.pagination(pages, key="delight_page")
        if nav.leads("comments") and st.button(
            wording.of("Read their comments"), key="delight_comments", type="primary"
        ):
            nav.go(
                "comments",
                emotion="delight",
                **{name: value for name, value in (("words", words), ("touchpoint", place)) if value},
            )


def _item(one: Delight) -> str:
    foot = " · ".join(filter(None, (one.about, one.date)))
    return f'<li><span class="cx-m cx-positive">“{escape(one.text)}”</span><br><span class="cx-quiet">{escape(foot)}</span></li>'


def style() -> None:
    """How the list looks: two columns on a wide screen."""
    st.html(
        "<style>.cx-delights { list-style: none; margin: 0 !important; padding: 0 !important; columns: 26rem 2; column-gap: 2rem; }"
        ".cx-delights li { margin-left: 0 !important; break-inside: avoid; margin: 0 0 .9rem; overflow-wrap: anywhere; line-height: 1.5; }"
        ".cx-delights .cx-quiet { font-size: .82rem; padding-left: 9px; }</style>"
    )
