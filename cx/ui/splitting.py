"""What the heatmap is split by and what it shows: chosen here, kept in the URL, so that a link shows the same."""

from collections.abc import Mapping

import streamlit as st

from cx.ui import cached_comments, nav, say, shows
from cx.ui.here import Here
from cx.view import heatmap, wording
from cx.view.heatmap import Map


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

    label, told = wording.of("Swap"), wording.of("Rows become columns")
    st.button(label, key="swap", icon=":material/swap_horiz:", on_click=swapped, help=told)


def opened(found: Map, cell: Mapping, about: Here) -> bool:
    """Opens a cell's comments; False where the address cannot name them (ranges of numbers): `below` shows them then."""
    target = heatmap.opened(found, dict(cell), about.where)
    if target is None:
        return False
    where, facets = target
    nav.go("comments", **{**where.url(), **facets})
    return True


def below(found: Map, cell: Mapping, about: Here) -> None:
    """The first comments of a cell, below the picture, for those who may go to Comments."""
    if not nav.leads("comments"):
        return
    total, shown = cached_comments.of_cell(about, found.axes, (cell["row_key"], cell["column_key"]))
    name = " · ".join(str(cell[side]) for side in ("row", "column") if cell[side] is not None)
    say.conclusion(
        wording.counted(
            "{name}: {n} comment, the latest {shown}", "{name}: {n} comments, the latest {shown}", total,
            name=name, shown=len(shown),
        )
        if total
        else wording.of("{name}: no comment", name=name)
    )  # fmt: skip
    shows.comments(shown, about)
