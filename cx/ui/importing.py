"""Files on their way in, for the Feedback page: an upload and what was found in it, jobs with their progress."""

from html import escape
from typing import Any

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cx import jobs
from cx.errors import CXError
from cx.intake import privacy
from cx.jobs import Job
from cx.principal import Principal
from cx.schema import ROLES
from cx.store import datasets
from cx.text import language
from cx.text.language import ANALYSED
from cx.ui import asking, cached, here, nav, say
from cx.view import wording

TYPES = ["csv", "tsv", "txt", "xlsx", "xls", "ods", "json", "jsonl", "ndjson", "parquet", "gz", "zip"]
WAITING = wording.noted("Waiting for its turn")
STOPPED = {"failed": wording.noted("failed"), "interrupted": wording.noted("interrupted")}
SEPARATORS = {
    "\t": wording.noted("tab"), ",": wording.noted("comma"), ";": wording.noted("semicolon"), "|": wording.noted("bar"),
}  # fmt: skip
MOST_COLUMNS = 80
"""Columns shown with a select box; of a wider file those that play a role come first."""

STEPS = {
    "read": wording.noted("Reading and masking"), "understand": wording.noted("Understanding comments"),
    "topics": wording.noted("Finding topics"), "write": wording.noted("Writing the dataset"),
}  # fmt: skip


def upload(principal: Principal) -> None:
    """The drop zone. A dropped file is written to disk as a draft at once and freed from the server's memory."""
    turn = st.session_state.setdefault("upload_turn", 0)
    given = st.file_uploader(
        wording.of("Drop an export: survey answers, reviews or tickets"), type=TYPES, key=f"upload_{turn}",
        max_upload_size=500,
        help=wording.of("CSV, TSV, Excel, JSON, JSON Lines or Parquet, as the tool wrote it; packed (.gz, .zip), too."),
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
                st.fragment(wording.bound(asking.again(_running)), run_every="1s")(principal, job.id)
            else:
                _stopped(principal, job)


def _draft(principal: Principal, job: Job) -> None:
    name = job.files[0]
    say.headline(wording.of("{file}: what was found", file=name))
    try:
        sheet = _sheet(job)
        plan = cached.described(job.id, str(jobs.upload(job)), name, sheet)
    except CXError as error:
        say.notice([str(error)], kind="error")
        _discard(principal, job)
        return
    say.quiet(_found(plan))
    if languages := _languages(plan):
        say.quiet(languages)
    if plan["notices"]:
        say.notice(plan["notices"])
    answers = _questions(job.id, plan["questions"])
    roles = answers | _roles(job.id, plan["columns"])
    taken = datasets.names(principal)
    title = st.text_input(wording.of("Dataset"), job.dataset, key=f"name_{job.id}", max_chars=60)
    slug = datasets.slug(title)
    if slug in taken:
        say.quiet(
            wording.of(
                "'{dataset}' exists: its rows are recognised, new ones are added, changed ones replaced.", dataset=slug
            )
        )
    keyed = any(column["role"] == "response_id" for column in plan["columns"])
    drop = not keyed and st.checkbox(
        wording.of("Drop equal rows"), key=f"equal_{job.id}",
        help=wording.of(
            "The file has no key. Rows equal in every cell may be answers of different people, so all are kept by default."
        ),
    )  # fmt: skip
    asked = _privacy(principal, job.id, plan, slug in taken)
    with st.container(horizontal=True):
        if st.button(wording.of("Analyse"), key=f"analyse_{job.id}", type="primary"):
            jobs.start(principal, job.id, slug, roles, slug in taken, sheet, asked, bool(drop))
            st.rerun()
        _discard(principal, job)


def _discard(principal: Principal, job: Job) -> None:
    gone = asking.again(jobs.cancel)
    st.button(wording.of("Discard"), key=f"discard_{job.id}", on_click=gone, args=(principal, job.id))


def _sheet(job: Job) -> str | None:
    """The sheet of a workbook or the file of an archive that is to be read; None: the one that was found."""
    first = cached.described(job.id, str(jobs.upload(job)), job.files[0], None)
    if len(first["sheets"]) < 2:
        return None
    return st.selectbox(
        wording.of("Sheet"), first["sheets"], first["sheets"].index(first["sheet"]), key=f"sheet_{job.id}"
    )


def _languages(plan: dict[str, Any]) -> str:
    """Which comments will not be analysed, before anybody waits for them: `1,240 of 6,000 comments are German: scores only`."""
    other = {code: number for code, number in plan["languages"].items() if code not in ANALYSED}
    if not other:
        return ""
    total = wording.whole(plan["comments"])
    total = wording.of("{n} first", n=total) if plan["more"] else total
    many = [
        wording.of(
            "{n} of {all} comments are {language}",
            n=wording.whole(number), all=total, language=wording.of(language.name(code)),
        )
        for code, number in list(other.items())[:3]
    ]  # fmt: skip
    rest = sum(list(other.values())[3:])
    more = [wording.of("{n} in other languages", n=wording.whole(rest))] if rest else []
    return wording.of("{parts}: scores only.", parts=", ".join([*many, *more]))


def _privacy(principal: Principal, job: str, plan: dict[str, Any], exists: bool) -> dict[str, Any] | None:
    """What may be stored of people, asked when a dataset is begun; later files go by what was said then."""
    with st.expander(wording.of("Privacy"), key=f"privacy_{job}"):
        if exists:
            st.text(wording.of("As this dataset was begun: addresses, numbers and cards in comments are masked."))
            return None
        st.text(
            wording.of(
                "E-mail addresses, telephone and card numbers, accounts and secrets in comments are masked before anything "
                "is stored."
            )
        )
        regions = ["", *sorted(privacy.regions())]
        region = st.selectbox(
            wording.of("Telephone numbers as people write them in"), regions, regions.index(plan["region"] or ""),
            key=f"region_{job}", format_func=lambda code: code or wording.of("no particular country"),
        )  # fmt: skip
        personal = [column["name"] for column in plan["columns"] if column["role"] == "personal"]
        keep = st.multiselect(wording.of("Personal columns to keep"), personal, key=f"keep_{job}") if personal else []
        readable = principal.role == "admin" and st.checkbox(
            wording.of("Keep customer ids readable"), key=f"readable_{job}",
            help=wording.of(
                "Otherwise they are stored as pseudonyms: the same customer stays the same, the name is not shown."
            ),
        )  # fmt: skip
    return {"region": region or None, "keep": keep, "readable_ids": bool(readable)}


def _found(plan: dict[str, Any]) -> str:
    given = plan["separator"]
    separator = wording.of(SEPARATORS[given]) if given in SEPARATORS else given
    parts = [
        wording.of("{n} rows", n=wording.whole(plan["rows"])), wording.of("{n} columns", n=len(plan["columns"])),
        wording.of("source {source}", source=plan["source"]),
    ]  # fmt: skip
    parts += [wording.of("encoding {encoding}", encoding=plan["encoding"])] if plan["encoding"] else []
    parts += [wording.of("separator {separator}", separator=separator)] if separator else []
    return " · ".join([*parts, wording.counted("{n} header row", "{n} header rows", plan["header_rows"])])


def _roles(job: str, columns: list[dict[str, Any]]) -> dict[str, str]:
    """A select box per column, with what it was found to be; returns the roles that were changed."""
    ranked = sorted(columns, key=lambda column: column["role"] in ("segment", "ignore"))[:MOST_COLUMNS]
    if len(columns) > len(ranked):
        say.quiet(wording.of("{n} further columns come in as segments.", n=len(columns) - len(ranked)))
    changed = {}
    with st.container(height=460, border=False, key=f"columns_{job}"):
        for place, column in enumerate(ranked):
            left, right = st.columns([3, 1], vertical_alignment="center")
            with left:
                st.html(_column(column))
            with right:
                role = st.selectbox(
                    wording.of("Role of column {n}", n=place + 1), ROLES, ROLES.index(column["role"]), key=f"role_{job}_{place}",
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
            wording.of("Answer {n}", n=place + 1), options, options.index(question["taken"]), key=f"question_{job}_{place}",
            format_func=question["options"].get, label_visibility="collapsed",
        )  # fmt: skip
        if answer != question["taken"]:
            changed[question["column"]] = answer
    return changed


def _column(column: dict[str, Any]) -> str:
    scale = column["scale"]
    scales = [scale] if isinstance(scale, dict) else scale or []
    spans = wording.of(" and ").join(f"{entry['min']:g}–{entry['max']:g}" for entry in scales)
    facts = [wording.of("scale {scales}", scales=spans)] if spans else []
    facts += [wording.of("{share}% sure", share=wording.whole(100 * column["confidence"]))]
    none = wording.of("no values")
    hidden = wording.of("personal: not stored and not shown") if column["role"] == "personal" else none
    examples = " | ".join(text[:60] for text in column["examples"][:3]) or hidden
    label = "" if column["label"] in ("", column["name"]) else f" – {column['label'][:120]}"
    return (
        f"<p class='cx-line'><strong>{escape(column['name'][:80])}</strong>{escape(label)} "
        f"<span class='cx-quiet'>({escape(', '.join(facts))})</span></p>"
        f"<p class='cx-line cx-quiet'>{escape(examples)}</p>"
    )


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
    step = wording.of(STEPS.get(now.get("step", ""), WAITING))
    rate = wording.of(" · {n} rows a second", n=wording.whole(now["rate"])) if now.get("rate") else ""
    left = wording.of(" · about {n} s left", n=now["left"]) if now.get("left") else ""
    st.text(f"{job.files[0]}: {step}")
    share = wording.of("{n} of {all}", n=wording.whole(done), all=wording.whole(total))
    st.progress(min(done / total, 1.0) if total else 0.0, text=f"{share}{rate}{left}" if total else "…")
    st.button(
        wording.of("Cancel"),
        key=f"cancel_{identifier}",
        on_click=asking.again(jobs.cancel),
        args=(principal, identifier),
    )


def _stopped(principal: Principal, job: Job) -> None:
    state = wording.of(STOPPED.get(job.state, job.state))
    say.notice([f"{job.files[0]}: {state}. {job.message}"], kind="error")
    with st.container(horizontal=True):
        if st.button(wording.of("Try again"), key=f"retry_{job.id}", type="primary"):
            jobs.retry(principal, job.id)
            st.rerun()
        if st.button(wording.of("Back to the columns"), key=f"back_{job.id}"):
            jobs.redraft(principal, job.id)
            st.rerun()
        _discard(principal, job)


def finished() -> None:
    """Says, once, that an import is done, and leads on."""
    name = st.session_state.get("finished")
    if not name:
        return
    say.notice([wording.of("'{dataset}' is ready.", dataset=name)])
    if st.button(wording.of("See Overview"), key="to_overview", type="primary"):
        del st.session_state["finished"]
        nav.go("overview")
