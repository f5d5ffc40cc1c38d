"""The datasets there are, for the Feedback page: what came in, settings, versions, erasure, deletion."""

import codecs
import functools
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from cx.errors import CXError
from cx.principal import Principal
from cx.store import datasets, erasure
from cx.ui import asking, here, nav, say, settling
from cx.view import wording

MASKED = {
    "email": wording.noted("email"), "phone": wording.noted("phone"), "card": wording.noted("card"),
    "location": wording.noted("location"), "secret": wording.noted("secret"),
}  # fmt: skip
"""What is masked, as counts of a dataset name it; IBAN and IP are called so everywhere."""


def listing(principal: Principal) -> None:
    """The datasets there are: rows in, kept, duplicate, rejected; rejects to download; deletion with a question."""
    for name in datasets.names(principal):
        found = datasets.open_dataset(principal, name)
        with st.container(border=True, key=f"dataset_{name}"):
            _entry(principal, name, found)


def _entry(principal: Principal, name: str, found: datasets.Dataset) -> None:
    said = found.manifest
    counted = wording.of(
        "version {version} · {rows} rows in · {kept} kept · {duplicate} duplicate · {rejected} rejected · {mentions} mentions "
        "· {topics} topics",
        version=found.version, mentions=wording.whole(said["mentions"]), topics=said["topics"], **_rows(said),
    )  # fmt: skip
    st.html(
        f"<h3 style='margin:0;font-size:1.05rem'>{escape(name)}</h3><p class='cx-line cx-quiet'>{escape(counted)}</p>"
        + "".join(f"<p class='cx-line cx-quiet'>{escape(_source(entry))}</p>" for entry in said["sources"])
    )
    if said["masked"]:
        masked = ", ".join(
            f"{wording.whole(many)} {wording.of(MASKED.get(kind, kind))}"
            for kind, many in sorted(said["masked"].items())
        )
        say.quiet(wording.of("Masked: {kinds}", kinds=masked))
    if said["notices"]:
        with st.expander(wording.counted("{n} notices", "{n} notices", len(said["notices"]))):
            say.notice(said["notices"])
    with st.container(horizontal=True):
        if st.button(wording.of("Open"), key=f"open_{name}"):
            here.change(slug=name)
            nav.go("overview")
        if principal.may_write():
            _managed(principal, name, found)


def _rows(said: dict[str, Any]) -> dict[str, str]:
    counts = {kind: wording.whole(said[f"rows_{kind}"]) for kind in ("kept", "duplicate", "rejected")}
    return counts | {"rows": wording.whole(said["rows_in"])}


def _source(entry: dict[str, Any]) -> str:
    return wording.of(
        "{file} ({source}): {rows} in, {kept} kept, {duplicate} duplicate, {rejected} rejected",
        file=entry["file"], source=entry["source"], **_rows(entry),
    )  # fmt: skip


def _managed(principal: Principal, name: str, found: datasets.Dataset) -> None:
    """What those who may write can do with a dataset."""
    rejects = found.where / "rejects.csv"
    if rejects.exists():
        st.download_button(
            wording.of("Rejected rows"), functools.partial(_for_spreadsheets, rejects), f"{name}-rejects.csv", "text/csv",
            key=f"rejects_{name}", on_click="ignore",
        )  # fmt: skip
    settling.form(principal, name)
    if len(held := datasets.versions(principal, name)) > 1:
        _versions(principal, name, held)
    if found.filled["customer_id"] and st.button(wording.of("Erase customers"), key=f"erase_{name}"):
        st.dialog(wording.of("Erase customers?"))(wording.bound(asking.again(_erase)))(principal, name)
    if st.button(wording.of("Delete"), key=f"delete_{name}"):
        st.dialog(wording.of("Delete this dataset?"))(wording.bound(asking.again(_confirm)))(principal, name)


def _for_spreadsheets(path: Path) -> bytes:
    """A CSV as spreadsheets expect it: with the mark by which they know that it is UTF-8."""
    return codecs.BOM_UTF8 + path.read_bytes()


def _versions(principal: Principal, name: str, held: list[str]) -> None:
    """The versions before, to go back to: one of them becomes the newest again, none is lost."""

    @wording.bound
    def restore() -> None:
        from cx import imports  # the pipeline and its libraries, for those who need them

        try:
            with datasets.writing(wait=False):
                imports.restored(asking.principal(), name, st.session_state[f"version_{name}"])
        except CXError as error:
            st.session_state[f"restored_{name}"] = str(error)

    with st.popover(wording.of("Versions"), key=f"versions_{name}"):
        told = {version: _told(datasets.open_dataset(principal, name, version)) for version in reversed(held[:-1])}
        st.selectbox(
            wording.of("Earlier versions"), list(told), key=f"version_{name}", format_func=lambda version: told[version]
        )
        st.button(wording.of("Restore this version"), key=f"restore_{name}", on_click=restore)
        if refused := st.session_state.pop(f"restored_{name}", ""):
            st.text(refused)


def _told(version: datasets.Dataset) -> str:
    said = version.manifest
    when = said["imported"][:16].replace("T", " ")
    return wording.of(
        "{version} of {when} UTC: {n} responses", version=version.version, when=when, n=wording.whole(said["rows_kept"])
    )


def _erase(principal: Principal, name: str) -> None:
    """Customers named as in the files they came from, one per line, go from every version, original and quote."""
    st.text(wording.of("One customer id per line, as in the file it came from. Erasing cannot be undone."))
    given = st.text_area(wording.of("Customer ids"), key="erase_ids", height=120)
    wanted = [line.strip() for line in given.splitlines() if line.strip()]

    @wording.bound
    def erase() -> None:
        try:
            done = erasure.forget(asking.principal(), name, wanted)
        except CXError as error:
            st.session_state["erased"] = str(error)
            return
        st.cache_data.clear()  # nor may the server remember what is gone from disk
        here.opened.clear()
        st.session_state["erased"] = wording.of(
            "{n} responses of {customers} customers erased from {versions} versions.",
            n=wording.whole(done.responses), customers=done.customers, versions=done.versions,
        )  # fmt: skip

    st.button(wording.of("Erase for good"), key="erase_sure", type="primary", disabled=not wanted, on_click=erase)
    st.text(st.session_state.pop("erased", ""))


def _confirm(principal: Principal, name: str) -> None:
    st.text(
        wording.of(
            "'{dataset}' goes with all its versions, the stored originals included. This cannot be undone.",
            dataset=name,
        )
    )
    if st.button(
        wording.of("Delete for good"),
        key="delete_sure",
        type="primary",
        on_click=asking.again(erasure.forget_dataset),
        args=(principal, name),
    ):
        st.rerun()
