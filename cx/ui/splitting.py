"""What the heatmap is split by and what it shows: chosen here, kept in the URL, so that a link shows the same."""

from collections.abc import Mapping

import streamlit as st

from cx.ui import nav
from cx.ui.here import Here
from cx.view import heatmap
from cx.view.heatmap import Map


def asked(name: str, options: Mapping[str, str], default: str) -> str:
    """What the URL asks for, when there is such a thing, else the default."""
    wanted = st.query_params.get(name, "")
    return wanted if wanted in options else default


def choose(label: str, name: str, options: Mapping[str, str], now: str, hidden: tuple[str, ...] = ()) -> None:
    """A select box whose choice goes into the URL under `name`; `hidden` options are taken elsewhere."""
    key = f"pick_{name}"

    def changed() -> None:
        st.query_params[name] = st.session_state[key]

    st.session_state[key] = now
    st.selectbox(
        label, [option for option in options if option not in hidden], key=key, on_change=changed, width=240,
        format_func=lambda option: options.get(option, option),
    )  # fmt: skip


def swap(row: str, column: str) -> None:
    """The button that turns rows into columns."""

    def swapped() -> None:
        st.query_params.update({"rows": column, "columns": row})

    st.button("Swap", key="swap", icon=":material/swap_horiz:", on_click=swapped, help="Rows become columns")


def opened(found: Map, cell: Mapping, about: Here) -> str:
    """Opens a cell's comments; where the address cannot name them (ranges of numbers) it says why not."""
    target = heatmap.opened(found, dict(cell), about.where)
    if target is None:
        cut = next(axis.title for axis in found.axes if axis.cut)
        return f"Comments cannot be picked by ranges of numbers: {cut}. Its totals by the other side open."
    where, facets = target
    nav.go("comments", **{**where.url(), **facets})
    return ""
