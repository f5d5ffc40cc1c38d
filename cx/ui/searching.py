"""The way from a comment to what others said about the same."""

import streamlit as st

from cx.ui import comment_filters, say, shows
from cx.ui.here import Here
from cx.view import wording
from cx.view.search import Comment


def comments(found: list[Comment], about: Here) -> None:
    """Comments, each with a button to what is like it."""
    with st.container(key="comments", gap="small"):
        for place, comment in enumerate(found):
            with st.container(key=f"comment_{place}", gap="xxsmall"):
                shows.comments([comment], about)
                if comment_filters.searches(about.scope) and any(mention.text.strip() for mention in comment.mentions):
                    st.button(
                        wording.of("Similar comments"), key=f"like_{place}", type="tertiary", icon=":material/join_inner:",
                        on_click=comment_filters.alike, args=(comment.response_id,),
                    )  # fmt: skip


def origin(about: Here, comment: list[Comment]) -> None:
    """The comment to which others are compared."""
    if comment:
        say.quiet(wording.of("Others are compared with this comment:"))
        shows.comments(comment, about)
    else:
        say.quiet(wording.of("The comment to compare with is not in this dataset any more."))
