"""Parameters of a page's own: one that means nothing there is taken out of the address, and the page says so."""

from collections.abc import Collection

import streamlit as st
from streamlit.errors import StreamlitAPIException

from cx.ui import say
from cx.view import wording

LONGEST = 40
"""Letters of a value that are repeated in a notice."""


def asked(name: str, options: Collection[str], default: str = "") -> str:
    """What the address asks for under this name, when there is such a thing, else the default."""
    wanted = st.query_params.get(name, "")
    if wanted in options:
        return wanted
    if name in st.query_params:
        dropped(name)
    return default


def dropped(*names: str) -> None:
    """Takes parameters out of the address and says that they meant nothing."""
    for name in names:
        what = f"{name}={st.query_params[name][:LONGEST]}"
        try:
            del st.query_params[name]
        except StreamlitAPIException:  # bound to a widget of this session, which puts it right by itself
            continue
        say.notice([wording.of("Left out of the address, because it means nothing here: {what}.", what=what)])
