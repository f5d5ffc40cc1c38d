"""Comments: the words behind every number, searched by words or by meaning, filtered, page by page."""

import functools

import streamlit as st

from cx.ui import cached_comments, comment_filters, editing, frame, say, searching, shows
from cx.view import headlines, search, wording

about = frame.begin()
if not any(about.data.filled.get(question) for question in about.data.manifest["comments"]):
    say.empty(
        wording.of("This dataset has no comments."),
        wording.of("Import a file with a comment column to see this page."),
    )
    st.stop()
find = comment_filters.find(about)
total, negative = cached_comments.found(about, find)
said = comment_filters.told(about, find)
say.headline(headlines.comments(total, negative) + (f" – {said}" if said else ""))
comment_filters.controls(about, find)
if find.like:
    searching.origin(about, cached_comments.one(about, find.like))
if note := comment_filters.note(about, find):
    say.quiet(note)
if not total:
    say.empty(wording.of("No comment fits."), wording.of("Take a filter out or search for other words."))
    st.stop()
pages = -(-total // search.PAGE)
number = min(max(st.session_state.get("page", 1) or 1, 1), pages)
shown = cached_comments.page(about, find, number)
searching.comments(shown, about)
editing.said()
editing.sentiments(about, shown)
editing.adaptation(about)
with st.container(horizontal=True, vertical_alignment="center"):
    if pages > 1:
        st.pagination(pages, key="page")
    if about.asker.may_take():
        st.download_button(
            wording.of("Download as CSV"),
            shows.taken(about, "comments", functools.partial(search.export, about.data, find, about.where)),
            f"{about.slug}-comments.csv", "text/csv", key="export", on_click="ignore",
        )  # fmt: skip
