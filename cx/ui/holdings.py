"""The datasets there are, for the Feedback page: what came in, settings, versions, erasure, deletion."""

import codecs
import functools
from html import escape
from pathlib import Path

import streamlit as st

from cx.errors import CXError
from cx.principal import Principal
from cx.store import datasets, erasure
from cx.ui import asking, here, nav, say, settling


def listing(principal: Principal) -> None:
    """The datasets there are: rows in, kept, duplicate, rejected; rejects to download; deletion with a question."""
    for name in datasets.names(principal):
        found = datasets.open_dataset(principal, name)
        with st.container(border=True, key=f"dataset_{name}"):
            _entry(principal, name, found)


def _entry(principal: Principal, name: str, found: datasets.Dataset) -> None:
    said = found.manifest
    counts = [f"{said[f'rows_{kind}']:,} {word}" for kind, word in
              (("in", "rows in"), ("kept", "kept"), ("duplicate", "duplicate"), ("rejected", "rejected"))]  # fmt: skip
    st.html(
        f"<h3 style='margin:0;font-size:1.05rem'>{escape(name)}</h3>"
        f"<p class='cx-line cx-quiet'>version {found.version} · {escape(' · '.join(counts))} · "
        f"{said['mentions']:,} mentions · {said['topics']} topics</p>"
        + "".join(
            f"<p class='cx-line cx-quiet'>{escape(entry['file'])} ({escape(entry['source'])}): {entry['rows_in']:,} in, "
            f"{entry['rows_kept']:,} kept, {entry['rows_duplicate']:,} duplicate, {entry['rows_rejected']:,} rejected</p>"
            for entry in said["sources"]
        )
    )
    if said["masked"]:
        say.quiet("Masked: " + ", ".join(f"{many:,} {kind}" for kind, many in sorted(said["masked"].items())))
    if said["notices"]:
        with st.expander(f"{len(said['notices'])} notices"):
            say.notice(said["notices"])
    with st.container(horizontal=True):
        if st.button("Open", key=f"open_{name}"):
            here.change(slug=name)
            nav.go("overview")
        if principal.may_write():
            _managed(principal, name, found)


def _managed(principal: Principal, name: str, found: datasets.Dataset) -> None:
    """What those who may write can do with a dataset."""
    rejects = found.where / "rejects.csv"
    if rejects.exists():
        st.download_button(
            "Rejected rows", functools.partial(_for_spreadsheets, rejects), f"{name}-rejects.csv", "text/csv",
            key=f"rejects_{name}", on_click="ignore",
        )  # fmt: skip
    settling.form(principal, name)
    if len(held := datasets.versions(principal, name)) > 1:
        _versions(principal, name, held)
    if found.filled["customer_id"] and st.button("Erase customers", key=f"erase_{name}"):
        _erase(name)
    if st.button("Delete", key=f"delete_{name}"):
        _confirm(name)


def _for_spreadsheets(path: Path) -> bytes:
    """A CSV as spreadsheets expect it: with the mark by which they know that it is UTF-8."""
    return codecs.BOM_UTF8 + path.read_bytes()


def _versions(principal: Principal, name: str, held: list[str]) -> None:
    """The versions before, to go back to: one of them becomes the newest again, none is lost."""

    def restore() -> None:
        from cx import imports  # the pipeline and its libraries, for those who need them

        try:
            with datasets.writing(wait=False):
                imports.restored(asking.principal(), name, st.session_state[f"version_{name}"])
        except CXError as error:
            st.session_state[f"restored_{name}"] = str(error)

    with st.popover("Versions", key=f"versions_{name}"):
        told = {version: _told(datasets.open_dataset(principal, name, version)) for version in reversed(held[:-1])}
        st.selectbox("Earlier versions", list(told), key=f"version_{name}", format_func=lambda version: told[version])
        st.button("Restore this version", key=f"restore_{name}", on_click=restore)
        if refused := st.session_state.pop(f"restored_{name}", ""):
            st.text(refused)


def _told(version: datasets.Dataset) -> str:
    said = version.manifest
    return f"{version.version} of {said['imported'][:16].replace('T', ' ')} UTC: {said['rows_kept']:,} responses"


@st.dialog("Erase customers?")
def _erase(name: str) -> None:
    """Customers named as in the files they came from, one per line, go from every version, original and quote."""
    st.text("One customer id per line, as in the file it came from. Erasing cannot be undone.")
    given = st.text_area("Customer ids", key="erase_ids", height=120)
    wanted = [line.strip() for line in given.splitlines() if line.strip()]

    def erase() -> None:
        try:
            done = erasure.forget(asking.principal(), name, wanted)
        except CXError as error:
            st.session_state["erased"] = str(error)
            return
        st.cache_data.clear()  # nor may the server remember what is gone from disk
        here.opened.clear()
        st.session_state["erased"] = (
            f"{done.responses:,} responses of {done.customers} customers erased from {done.versions} versions."
        )

    st.button("Erase for good", key="erase_sure", type="primary", disabled=not wanted, on_click=erase)
    st.text(st.session_state.pop("erased", ""))


@st.dialog("Delete this dataset?")
def _confirm(name: str) -> None:
    st.text(f"'{name}' goes with all its versions, the stored originals included. This cannot be undone.")
    if st.button("Delete for good", key="delete_sure", type="primary", on_click=_delete, args=(name,)):
        st.rerun()


def _delete(name: str) -> None:
    # A callback, and a dialog, run without the frame: who asks is asked again.
    erasure.forget_dataset(asking.principal(), name)
