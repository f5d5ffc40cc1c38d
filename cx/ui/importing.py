"""The parts of the Feedback page: an upload and what was found in it, jobs with their progress, the datasets there are."""

import codecs
import functools
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cx import jobs
from cx.errors import CXError
from cx.jobs import Job
from cx.principal import Principal
from cx.schema import ROLES
from cx.store import datasets, erasure, records
from cx.ui import cached, here, nav, say

TYPES = ["csv", "tsv", "txt", "xlsx", "xls", "ods", "json", "jsonl", "ndjson", "parquet", "gz"]
MOST_COLUMNS = 80
"""Columns shown with a select box; of a wider file those that play a role come first."""

STEPS = {
    "read": "Reading and masking", "understand": "Understanding comments", "topics": "Finding topics",
    "write": "Writing the dataset",
}  # fmt: skip


def upload(principal: Principal) -> None:
    """The drop zone. A dropped file is written to disk as a draft at once and freed from the server's memory."""
    turn = st.session_state.setdefault("upload_turn", 0)
    given = st.file_uploader(
        "Drop an export: survey answers, reviews or tickets", type=TYPES, key=f"upload_{turn}", max_upload_size=500,
        help="CSV, TSV, Excel, JSON, JSON Lines or Parquet, as the tool wrote it.",
    )  # fmt: skip
    if given is None:
        return
    jobs.draft(principal, given.name, given)
    context = get_script_run_ctx()
    if context is not None:
        # Resetting the widget alone would keep the bytes until the session ends.
        manager: Any = get_instance().uploaded_file_mgr
        manager.remove_file(session_id=context.session_id, file_id=given.file_id)
    st.session_state["upload_turn"] = turn + 1
    st.rerun()


def waiting(principal: Principal) -> None:
    """Every job that wants something: a draft its roles, a running one patience, a failed one a decision."""
    found = jobs.waiting(principal)
    for job in found:
        with st.container(border=True, key=f"job_{job.id}"):
            if job.state == "draft":
                _draft(principal, job)
            elif job.state in ("queued", "running"):
                _running(principal, job.id)
            else:
                _stopped(principal, job)


def _draft(principal: Principal, job: Job) -> None:
    name = job.files[0]
    try:
        plan = cached.described(job.id, str(jobs.upload(job)), name)
    except CXError as error:
        say.notice([str(error)], kind="error")
        st.button("Discard", key=f"discard_{job.id}", on_click=jobs.cancel, args=(principal, job.id))
        return
    say.headline(f"{name}: what was found")
    say.quiet(_found(plan))
    if plan["notices"]:
        say.notice(plan["notices"])
    answers = _questions(job.id, plan["questions"])
    roles = answers | _roles(job.id, plan["columns"])
    taken = datasets.names(principal)
    title = st.text_input("Dataset", job.dataset, key=f"name_{job.id}", max_chars=60)
    slug = datasets.slug(title)
    if slug in taken:
        say.quiet(f"'{slug}' exists: its rows are recognised, new ones are added, changed ones replaced.")
    with st.container(horizontal=True):
        if st.button("Analyse", key=f"analyse_{job.id}", type="primary"):
            jobs.start(principal, job.id, slug, roles, add=slug in taken)
            st.rerun()
        st.button("Discard", key=f"discard_{job.id}", on_click=jobs.cancel, args=(principal, job.id))


def _found(plan: dict[str, Any]) -> str:
    separator = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}.get(plan["separator"], plan["separator"])
    parts = [f"{plan['rows']:,} rows", f"{len(plan['columns'])} columns", f"source {plan['source']}"]
    parts += [f"encoding {plan['encoding']}"] if plan["encoding"] else []
    parts += [f"separator {separator}"] if separator else []
    return " · ".join([*parts, f"{plan['header_rows']} header row{'s' if plan['header_rows'] != 1 else ''}"])


def _roles(job: str, columns: list[dict[str, Any]]) -> dict[str, str]:
    """A select box per column, with what it was found to be; returns the roles that were changed."""
    ranked = sorted(columns, key=lambda column: column["role"] in ("segment", "ignore"))[:MOST_COLUMNS]
    if len(columns) > len(ranked):
        say.quiet(f"{len(columns) - len(ranked)} further columns come in as segments.")
    changed = {}
    with st.container(height=460, border=False, key=f"columns_{job}"):
        for place, column in enumerate(ranked):
            left, right = st.columns([3, 1], vertical_alignment="center")
            with left:
                st.html(_column(column))
            with right:
                role = st.selectbox(
                    f"Role of column {place + 1}", ROLES, ROLES.index(column["role"]), key=f"role_{job}_{place}",
                    label_visibility="collapsed",
                )  # fmt: skip
            if role != column["role"]:
                changed[column["name"]] = role
    return changed


def _questions(job: str, asked: list[dict[str, Any]]) -> dict[str, str]:
    """What the file leaves open, such as the order of day and month, asked; returns the answers that were changed."""
    changed = {}
    for place, question in enumerate(asked):
        options = list(question["options"])
        say.quiet(f"{question['column']}: {question['what']}")
        answer = st.selectbox(
            f"Answer {place + 1}", options, options.index(question["taken"]), key=f"question_{job}_{place}",
            format_func=question["options"].get, label_visibility="collapsed",
        )  # fmt: skip
        if answer != question["taken"]:
            changed[question["column"]] = answer
    return changed


def _column(column: dict[str, Any]) -> str:
    scale = column["scale"]
    scales = [scale] if isinstance(scale, dict) else scale or []
    spans = " and ".join(f"{entry['min']:g}–{entry['max']:g}" for entry in scales)
    facts = [f"scale {spans}"] if spans else []
    facts += [f"{column['confidence']:.0%} sure"]
    hidden = "personal: not stored and not shown" if column["role"] == "personal" else "no values"
    examples = " | ".join(text[:60] for text in column["examples"][:3]) or hidden
    label = "" if column["label"] in ("", column["name"]) else f" – {column['label'][:120]}"
    return (
        f"<p class='cx-line'><strong>{escape(column['name'][:80])}</strong>{escape(label)} "
        f"<span class='cx-quiet'>({escape(', '.join(facts))})</span></p>"
        f"<p class='cx-line cx-quiet'>{escape(examples)}</p>"
    )


@st.fragment(run_every="1s")
def _running(principal: Principal, identifier: str) -> None:
    """The progress of a job, asked once a second; it goes on when the tab is closed."""
    job = jobs.job(principal, identifier)
    if job.state not in ("queued", "running"):
        st.session_state["done"] = job.message if job.state == "done" else ""
        if job.state == "done":
            here.change(slug=job.dataset)
            st.session_state["finished"] = job.dataset
        st.rerun()
    now = job.progress
    total, done = now.get("total", 0), now.get("done", 0)
    step = STEPS.get(now.get("step", ""), "Waiting for its turn")
    rate = f" · {now['rate']:,} rows a second" if now.get("rate") else ""
    left = f" · about {now['left']} s left" if now.get("left") else ""
    st.text(f"{job.files[0]}: {step}")
    st.progress(min(done / total, 1.0) if total else 0.0, text=f"{done:,} of {total:,}{rate}{left}" if total else "…")
    st.button("Cancel", key=f"cancel_{identifier}", on_click=jobs.cancel, args=(principal, identifier))


def _stopped(principal: Principal, job: Job) -> None:
    say.notice([f"{job.files[0]}: {job.state}. {job.message}"], kind="error")
    with st.container(horizontal=True):
        if st.button("Try again", key=f"retry_{job.id}", type="primary"):
            jobs.retry(principal, job.id)
            st.rerun()
        if st.button("Back to the columns", key=f"back_{job.id}"):
            jobs.redraft(principal, job.id)
            st.rerun()
        st.button("Discard", key=f"discard_{job.id}", on_click=jobs.cancel, args=(principal, job.id))


def finished() -> None:
    """Says, once, that an import is done, and leads on."""
    name = st.session_state.get("finished")
    if not name:
        return
    say.notice([f"'{name}' is ready."])
    if st.button("See Overview", key="to_overview", type="primary"):
        del st.session_state["finished"]
        nav.go("overview")


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
    if said["notices"]:
        with st.expander(f"{len(said['notices'])} notices"):
            say.notice(said["notices"])
    with st.container(horizontal=True):
        if st.button("Open", key=f"open_{name}"):
            here.change(slug=name)
            nav.go("overview")
        rejects = found.where / "rejects.csv"
        if rejects.exists() and principal.may_write():
            st.download_button(
                "Rejected rows",
                functools.partial(_for_spreadsheets, rejects),
                f"{name}-rejects.csv",
                "text/csv",
                key=f"rejects_{name}",
                on_click="ignore",
            )
        if principal.may_write():
            _settings(name)
        if principal.may_write() and found.filled["customer_id"] and st.button("Erase customers", key=f"erase_{name}"):
            _erase(principal, name)
        if principal.may_write() and st.button("Delete", key=f"delete_{name}"):
            _confirm(principal, name)


def _for_spreadsheets(path: Path) -> bytes:
    """A CSV as spreadsheets expect it: with the mark by which they know that it is UTF-8."""
    return codecs.BOM_UTF8 + path.read_bytes()


def _settings(name: str) -> None:
    """What is set per dataset: the minimum base below which no number is shown."""

    def kept() -> None:
        records.set_setting(name, "min_base", st.session_state[f"base_{name}"])

    with st.popover("Settings", key=f"settings_{name}"):
        now = records.setting(name, "min_base", here.MIN_BASE)
        st.number_input(
            "Minimum base", 1, 1000, now, key=f"base_{name}", on_change=kept,
            help="A number from fewer responses than this is not shown.",
        )  # fmt: skip


@st.dialog("Erase customers?")
def _erase(principal: Principal, name: str) -> None:
    """Customers named as in the files they came from, one per line, go from every version, original and quote."""
    st.text("One customer id per line, as in the file it came from. Erasing cannot be undone.")
    given = st.text_area("Customer ids", key="erase_ids", height=120)
    wanted = [line.strip() for line in given.splitlines() if line.strip()]

    def erase() -> None:
        try:
            done = erasure.forget(principal, name, wanted)
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
def _confirm(principal: Principal, name: str) -> None:
    st.text(f"'{name}' goes with all its versions, the stored originals included. This cannot be undone.")
    if st.button(
        "Delete for good", key="delete_sure", type="primary", on_click=datasets.delete, args=(principal, name)
    ):
        st.rerun()
