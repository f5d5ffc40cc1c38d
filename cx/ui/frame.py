"""How a page begins: what it is about in one quiet line, each part a control; empty states end the page here."""

from datetime import date

import streamlit as st

from cx.measure import trends
from cx.share import guarding
from cx.ui import cached, here, say, sharing, viewing, welcome
from cx.ui.here import Here
from cx.view import theme, wording
from cx.view.filters import EMPTY, Filter

ANALYSED = wording.noted("Import a file with a comment column to see this page.")
MOST_OPTIONS = 1_000


def begin(needs: str = "") -> Here:
    """Draws the line on top and returns what the page is about; stops the page when there is nothing to show.

    `needs`: "comments" for pages that live on analysed text.
    """
    about = here.current()
    if about.dataset is None:
        welcome.guide(about.principal)
        st.stop()
    count = cached.volume(about)
    if about.scope is not None and 0 < count < about.min_base:
        say.empty(
            wording.of("Too few responses to show."),
            wording.of("No number is shown from fewer than {base}.", base=about.min_base),
        )
        st.stop()
    _line(about, count)
    dropped(about)
    if about.weights:
        say.quiet(about.weights)
    if not count:
        say.empty(
            wording.of("No responses fit this filter."), wording.of("Choose another period or take a filter out.")
        )
        clear = wording.of("Clear period and filters")
        st.button(clear, key="clear_all", on_click=here.change, args=(Filter(),), type="primary")
        st.stop()
    if needs == "comments" and not about.dataset.filled["sentiment"]:
        said = about.dataset.filled["comment"]
        none = wording.of("This dataset has no comments.")
        say.empty(wording.of("No comment of this dataset could be analysed.") if said else none, wording.of(ANALYSED))
        st.stop()
    return about


def without_data() -> Here:
    """The line on top of pages that are about no dataset, and what their run is about."""
    about = here.current()
    with st.container(horizontal=True, horizontal_alignment="right", gap="small", key="above"):
        _language(about)
    dropped(about)
    return about


def dropped(about: Here) -> None:
    """Says what was left out of the address."""
    if about.dropped:
        what = theme.listed(about.dropped)
        say.notice([wording.of("Left out of the address, because it means nothing here: {what}.", what=what)])


def _line(about: Here, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="where"):
        responses = wording.counted("{n} response", "{n} responses", count)
        words = [about.slug, about.where.words(), responses]
        with st.container(width="stretch"):
            say.quiet(" · ".join(words))
        names = here.datasets.names(about.asker)
        if len(names) > 1:
            with st.popover(wording.of("Dataset"), icon=":material/database:", key="pop_dataset"):
                _dataset(about, names)
        if about.scope is None or not about.scope.locked:
            with st.popover(wording.of("Period"), icon=":material/calendar_month:", key="pop_period"):
                _period(about)
            with st.popover(wording.of("Filters"), icon=":material/tune:", key="pop_filters"):
                _filters(about)
        if about.scope is None:
            viewing.control(about)
        if about.asker.may_write():
            sharing.control(about)
        _language(about)


def _language(about: Here) -> None:
    found = wording.languages()

    def chosen() -> None:
        here.change(language=st.session_state["language"])

    st.session_state["language"] = wording.language()
    with st.popover(wording.locale().name, icon=":material/language:", key="pop_language"):
        st.radio(
            wording.of("Language"), list(found), key="language", on_change=chosen,
            format_func=lambda code: found[code].name,
        )  # fmt: skip


def _dataset(about: Here, names: list[str]) -> None:
    def chosen() -> None:
        here.change(slug=st.session_state["dataset"])

    st.session_state["dataset"] = about.slug
    st.selectbox(wording.of("Dataset"), names, key="dataset", on_change=chosen)


def _period(about: Here) -> None:
    known = trends.span(about.dataset) if about.dataset else None
    if known is None:
        st.text(wording.of("This dataset has no dates: every number is over all time."))
        return

    def chosen() -> None:
        begin, end = st.session_state["from_day"], st.session_state["to_day"]
        here.change(about.where.in_period(begin, end))

    st.session_state["from_day"], st.session_state["to_day"] = about.where.begin, about.where.end
    asked = [day for day in (about.where.begin, about.where.end) if day]  # also days before or after all data
    first, last = min([known[0], *asked]), max([known[1], date.today(), *asked])
    shown = wording.locale().picker
    for label, key in ((wording.of("From"), "from_day"), (wording.of("To"), "to_day")):
        st.date_input(label, min_value=first, max_value=last, key=key, on_change=chosen, format=shown)
    st.button(wording.of("All time"), key="all_time", on_click=here.change, args=(about.where.in_period(None, None),))


def _filters(about: Here) -> None:
    assert about.dataset is not None
    columns = [*about.where.columns, *(name for name in about.dataset.splits if name not in about.where.columns)]
    if about.scope is not None:
        columns = [name for name, _ in guarding.cells(about.data, about.min_base, about.scope.params).values]
    if not columns:
        st.text(wording.of("This dataset has no column to filter by."))
        return
    column = st.selectbox(wording.of("Column"), columns, key="filter_column", persist_state="session")
    options = cached.segment_values(about, column)[:MOST_OPTIONS]
    if about.scope is not None:
        options = cached.offered(about, column)
    held = list(dict(about.where.where).get(column, ()))
    options += [value for value in held if value not in options]

    def chosen() -> None:
        here.change(about.where.with_values(column, st.session_state["filter_values"]))

    st.session_state["filter_values"] = held
    st.multiselect(
        wording.of("Values"), options, key="filter_values", on_change=chosen, placeholder=wording.of("All"),
        format_func=lambda value: wording.of("(no value)") if value == EMPTY else value,
    )  # fmt: skip
    if about.where.columns:
        cleared = about.where._replace(where=())
        st.button(wording.of("Clear filters"), key="clear_filters", on_click=here.change, args=(cleared,))
