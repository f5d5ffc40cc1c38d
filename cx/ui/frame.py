"""How a page begins: what it is about in one quiet line, each part a control; empty states end the page here."""

from datetime import date

import streamlit as st

from cx.measure import trends
from cx.ui import cached, here, nav, say, viewing
from cx.ui.here import Here
from cx.view import theme
from cx.view.filters import EMPTY, Filter

ANALYSED = "Import a file with a comment column to see this page."
MOST_OPTIONS = 1_000


def begin(needs: str = "") -> Here:
    """Draws the line on top and returns what the page is about; stops the page when there is nothing to show.

    `needs`: "comments" for pages that live on analysed text.
    """
    about = here.current()
    if about.dataset is None:
        say.empty("There is no dataset yet.", "Bring in an export on the Feedback page: surveys, reviews or tickets.")
        if about.principal.may_write() and st.button("Go to Feedback", type="primary", key="to_feedback"):
            nav.go("feedback")
        st.stop()
    count = cached.volume(about)
    _line(about, count)
    dropped(about)
    if about.weights:
        say.quiet(about.weights)
    if not count:
        say.empty("No responses fit this filter.", "Choose another period or take a filter out.")
        st.button("Clear period and filters", key="clear_all", on_click=here.change, args=(Filter(),), type="primary")
        st.stop()
    if needs == "comments" and not about.dataset.filled["sentiment"]:
        said = about.dataset.filled["comment"]
        what = "No comment of this dataset could be analysed." if said else "This dataset has no comments."
        say.empty(what, ANALYSED)
        st.stop()
    return about


def dropped(about: Here) -> None:
    """Says what was left out of the address."""
    if about.dropped:
        say.notice([f"Left out of the address, because it means nothing here: {theme.listed(about.dropped)}."])


def _line(about: Here, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="where"):
        words = [about.slug, about.where.words(), f"{count:,} response{'s' if count != 1 else ''}"]
        with st.container(width="stretch"):
            say.quiet(" · ".join(words))
        names = here.datasets.names(about.principal)
        if len(names) > 1:
            with st.popover("Dataset", icon=":material/database:", key="pop_dataset"):
                _dataset(about, names)
        with st.popover("Period", icon=":material/calendar_month:", key="pop_period"):
            _period(about)
        with st.popover("Filters", icon=":material/tune:", key="pop_filters"):
            _filters(about)
        viewing.control(about)


def _dataset(about: Here, names: list[str]) -> None:
    def chosen() -> None:
        here.change(slug=st.session_state["dataset"])

    st.session_state["dataset"] = about.slug
    st.selectbox("Dataset", names, key="dataset", on_change=chosen)


def _period(about: Here) -> None:
    known = trends.span(about.dataset) if about.dataset else None
    if known is None:
        st.text("This dataset has no dates: every number is over all time.")
        return

    def chosen() -> None:
        begin, end = st.session_state["from_day"], st.session_state["to_day"]
        here.change(about.where.in_period(begin, end))

    st.session_state["from_day"], st.session_state["to_day"] = about.where.begin, about.where.end
    first, last = min(known[0], about.where.begin or known[0]), max(known[1], about.where.end or known[1], date.today())
    st.date_input("From", min_value=first, max_value=last, key="from_day", on_change=chosen)
    st.date_input("To", min_value=first, max_value=last, key="to_day", on_change=chosen)
    st.button("All time", key="all_time", on_click=here.change, args=(about.where.in_period(None, None),))


def _filters(about: Here) -> None:
    assert about.dataset is not None
    columns = [*about.where.columns, *(name for name in about.dataset.splits if name not in about.where.columns)]
    if not columns:
        st.text("This dataset has no column to filter by.")
        return
    column = st.selectbox("Column", columns, key="filter_column", persist_state="session")
    options = cached.segment_values(about, column)[:MOST_OPTIONS]
    held = list(dict(about.where.where).get(column, ()))
    options += [value for value in held if value not in options]

    def chosen() -> None:
        here.change(about.where.with_values(column, st.session_state["filter_values"]))

    st.session_state["filter_values"] = held
    st.multiselect(
        "Values", options, key="filter_values", on_change=chosen, placeholder="All",
        format_func=lambda value: "(no value)" if value == EMPTY else value,
    )  # fmt: skip
    if about.where.columns:
        cleared = about.where._replace(where=())
        st.button("Clear filters", key="clear_filters", on_click=here.change, args=(cleared,))
