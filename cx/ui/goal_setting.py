"""Goals set on their page: targets added and deleted, a file of benchmarks taken in. The store refuses who may not."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import streamlit as st

from cx.errors import CXError, NoteError
from cx.measure import goals, kpis
from cx.measure.benchmarks import TEMPLATE, from_bytes
from cx.store import notes
from cx.store.notes import Kept
from cx.ui import cached, here, noting, say
from cx.ui.here import Here
from cx.view import wording
from cx.view.filters import Filter

TAKEN = "benchmarks_taken"
"""Session key: what became of the file of benchmarks, shown once."""


def targets(about: Here, kept: Sequence[Kept], told: Sequence[str]) -> None:
    """The forms with which analysts set and delete targets. `told`: each target in words."""
    if not about.principal.may_write():
        return
    noting.said()
    with st.container(horizontal=True):
        with st.popover(wording.of("Set a target"), icon=":material/flag:", key="pop_target"):
            _add(about)
        if kept:
            with st.popover(wording.of("Delete a target"), icon=":material/delete:", key="pop_target_delete"):
                words = dict(zip([record.id for record in kept], told, strict=True))
                st.selectbox(wording.of("Target"), list(words), key="target_which", format_func=lambda id_: words[id_])
                st.button(wording.of("Delete"), key="target_delete", on_click=_delete_target, args=(about,))


def adding(about: Here, only: Collection[str]) -> None:
    """The form that sets a target for one of these (names of `goals.MEASURED`), for analysts, on another page."""
    if about.principal.may_write():
        noting.said()
        with st.popover(wording.of("Set a target"), icon=":material/flag:", key="pop_target"):
            _add(about, only)


def _add(about: Here, only: Collection[str] = goals.MEASURED) -> None:
    have = [name for name in goals.measured(about.data) if name in only]
    name = st.selectbox(
        wording.of("Target for"), have, key="target_kpi", format_func=lambda key: goals.MEASURED[key].title
    )
    st.number_input(wording.of("Value to reach"), value=None, key="target_value", placeholder=_range(about, name))
    # The empty place tells this "by" from that of Trends, which is another word in other languages.
    st.date_input(wording.of("By{day}", day=""), date.today() + timedelta(days=180), key="target_due",
                        min_value=date(goals.DUE[0], 1, 1), max_value=date(goals.DUE[1], 12, 31))  # fmt: skip
    column = st.selectbox(
        wording.of("Only where"), about.data.segments, None, key="target_column",
        placeholder=wording.of("All responses"),
    )  # fmt: skip
    if column:
        st.multiselect(wording.of("is"), cached.segment_values(about, column), key="target_values",
                       format_func=lambda value: value or wording.of("(no value)"))  # fmt: skip
    st.button(wording.of("Set it"), key="target_save", type="primary", on_click=_set, args=(about,))


def _set(about: Here) -> None:
    held, column = st.session_state, st.session_state["target_column"]

    def add() -> None:
        if held["target_value"] is None or held["target_due"] is None:
            raise NoteError(wording.of("A target needs a value and a day."))
        if column and not held.get("target_values"):
            raise NoteError(
                wording.of("Choose which {column} the target is for, or take the column out.", column=column)
            )
        given = goals.target({"kpi": held["target_kpi"], "value": held["target_value"], "due": str(held["target_due"])})
        goal = given._replace(where=Filter().with_values(column, held["target_values"]) if column else Filter())
        notes.add_target(about.principal, about.slug, goals.fitting(about.data, goal).as_json())

    noting.kept(add, target_value=None, target_column=None)


def _delete_target(about: Here) -> None:
    chosen = st.session_state["target_which"]
    noting.kept(lambda: notes.delete_target(about.principal, about.slug, chosen))


def _range(about: Here, name: str) -> str:
    kpi = goals.MEASURED[name]
    if kpi.unit == "scale":
        return wording.of(" or ").join(scale.name for scale in about.data.scales(kpi.columns[0]))
    if kpi.low is None or kpi.high is None:
        return ""
    return wording.of("{low} to {high}", low=f"{kpi.low:g}", high=f"{kpi.high:g}").replace("-", "−")


def benchmarks(about: Here, kept: Sequence[Kept]) -> None:
    """The template for everybody; for analysts the upload of a file and the deletion of what is kept."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(wording.of("Template (CSV)"), TEMPLATE, "benchmarks.csv", "text/csv", key="template",
                           icon=":material/download:", on_click="ignore")  # fmt: skip
        if about.principal.may_write():
            with st.popover(wording.of("Bring in benchmarks"), icon=":material/upload:", key="pop_benchmarks"):
                label = wording.of("CSV with industry, kpi, value, n, source, year")
                st.file_uploader(label, key="benchmark_file", type=["csv", "txt", "tsv"],
                                 max_upload_size=1, on_change=_take_in, args=(about,))  # fmt: skip
            if kept:
                _delete(about, kept)
    if told := st.session_state.pop(TAKEN, None):
        say.notice(told[1], kind=told[0])


def _take_in(about: Here) -> None:
    """A file is taken in whole, or not at all and every cell that is wrong is named."""
    given = st.session_state["benchmark_file"]
    if given is None:
        return
    here.speak()
    try:
        found = from_bytes(given.getvalue(), given.name[:60])
        notes.add_benchmarks(about.principal, [each._asdict() for each in found])
    except CXError as error:
        st.session_state[TAKEN] = ("error", [*str(error).split("; "), wording.of("Nothing of it was taken in.")])
    else:
        many = wording.counted(
            "{n} benchmark taken in from {file}.",
            "{n} benchmarks taken in from {file}.",
            len(found),
            file=given.name[:60],
        )
        st.session_state[TAKEN] = ("note", [many])


def _delete(about: Here, kept: Sequence[Kept]) -> None:
    words = {
        each.id: f"{each.content['industry']} {each.content['year']}: {kpis.KPIS[each.content['kpi']].title} "
        f"{each.content['value']:g} ({each.content['source']})"
        for each in kept
    }
    with st.popover(wording.of("Delete benchmarks"), icon=":material/delete:", key="pop_benchmark_delete"):
        st.multiselect(wording.of("Benchmarks"), list(words), key="benchmark_which", format_func=lambda id_: words[id_],
                                placeholder=wording.of("Choose some"))  # fmt: skip
        st.button(wording.of("Delete"), key="benchmark_delete", on_click=_delete_benchmarks, args=(about,))


def _delete_benchmarks(about: Here) -> None:
    chosen = st.session_state["benchmark_which"]
    noting.kept(lambda: notes.delete_benchmarks(about.principal, chosen), benchmark_which=[])
