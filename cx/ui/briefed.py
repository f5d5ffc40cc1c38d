"""The briefing on Overview, and the box where questions are asked; remembered like all numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from cx.ui import nav, say
from cx.ui.here import Here, Key
from cx.ui.turns import remembered
from cx.view import ask, briefing, quotes, wording
from cx.view.filters import Filter
from cx.view.overview import Tile

LONGEST = 300
QUOTED = 3
HEIGHT = 190
"""Of the briefing while it is made."""


@remembered(100)
def _sentences(
    key: Key, where: Filter, min_base: int, _here: Here, _tiles: Sequence[Tile], _movers: pd.DataFrame
) -> list[briefing.Said]:
    return briefing.sentences(_here.data, where, min_base, _tiles, _movers)


def sentences(about: Here, tiles: Sequence[Tile], movers: pd.DataFrame) -> None:
    """The sentences, each with the way to its evidence."""
    found = _sentences(about.key, about.where, about.min_base, about, tiles, movers)
    with st.container(border=True, key="briefing", gap="xsmall"):
        for place, each in enumerate(found):
            _row(about, each.about, each.text, (each.page, each.params, each.label), f"brief_{place}")


def _row(about: Here, head: str, text: str, link: tuple[str, Mapping[str, Any], str], key: str) -> None:
    page, params, label = link
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        with st.container(width="stretch"):
            say.told(head, text)
        if page and nav.leads(page):
            where = {**about.url(), **params}
            st.page_link(nav.FOLDER / f"{page}.py", label=label, query_params=where, icon=":material/arrow_forward:")


@remembered(100)
def _answer(key: Key, question: str, where: Filter, min_base: int, _here: Here) -> ask.Answer:
    return ask.answer(_here.data, question, where, min_base)


def box(about: Here) -> None:
    """The box, kept in the address, and the answer below it."""
    st.text_input(
        wording.of("Ask"), key="ask", bind="query-params", max_chars=LONGEST, icon=":material/search:",
        placeholder=ask.examples(about.data)[0], help=wording.of("Answered from this dataset alone, without a language model."),
    )  # fmt: skip
    question = (st.session_state.get("ask") or "").strip()
    if not question:
        return
    with st.spinner(wording.of("Looking it up …")):
        found = _answer(about.key, question, about.where, about.min_base, about)
    with st.container(border=True, key="answer", gap="xsmall"):
        say.conclusion(found.headline)
        for place, line in enumerate(found.lines):
            _row(about, "", line.text, (line.page, line.params or {}, line.label), f"answer_{place}")
        if found.quotes:
            st.html(quotes.html(list(found.quotes)[:QUOTED], about.theme))
        if found.understood:
            say.quiet(found.understood)
