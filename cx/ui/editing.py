"""What people change about topics, taxonomy and sentiments, on the pages that show them. Every change can be undone."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from cx.errors import CXError
from cx.schema import LABELS
from cx.text import topic_edits
from cx.ui import say
from cx.ui.here import Here
from cx.view import called, wording
from cx.view.search import Mention

SAID = "edit_said"
"""Session key: what became of the last change, shown once."""


def done(about: Here, kind: str, edit: Mapping[str, Any]) -> None:
    """Does an edit and begins anew; says why when it cannot be done."""
    from cx import edits  # the text side and its libraries, for those who change something

    _run(wording.of("Changing …"), lambda: edits.add(about.principal, about.slug, kind, edit))


def undo(about: Here, kind: str) -> None:
    """The button that takes the last change of a kind back, where there is one."""
    from cx.store import records

    made = records.all_edits(about.slug, kind)
    if made and st.button(wording.of("Undo the last of {many} changes", many=records.steps(made)), key=f"undo_{kind}"):
        from cx import edits

        _run(wording.of("Undoing …"), lambda: edits.undo(about.principal, about.slug, kind))


def said() -> None:
    """Why the last change could not be done, once."""
    if told := st.session_state.pop(SAID, ""):
        say.notice([told], kind="error")


def _run(words: str, change: Callable[[], str]) -> None:
    try:
        with st.spinner(words):
            change()
    except CXError as error:
        st.session_state[SAID] = str(error)
    st.rerun()


def topic(about: Here, chosen: Mapping[str, Any], others: Mapping[str, str], within: Mapping[str, str]) -> None:
    """Rename, merge, move, split, pin or hide a topic. `others`: other topics' names by id; `within`: its subtopics'."""
    if not about.principal.may_write():
        return
    identifier = chosen["id"]
    with st.popover(wording.of("Edit this topic"), icon=":material/edit:", key="pop_topic"):
        name = st.text_input(
            wording.of("Name"), chosen["name"], key=f"topic_name_{identifier}", max_chars=topic_edits.LONGEST_NAME
        )
        if st.button(wording.of("Rename"), key="topic_rename", disabled=not name.strip() or name == chosen["name"]):
            done(about, "topics", topic_edits.rename(identifier, name))
        into = st.selectbox(
            wording.of("Merge into"), list(others), None, key=f"topic_into_{identifier}",
            format_func=lambda key: others[key], placeholder=wording.of("Choose an option"),
        )  # fmt: skip
        if st.button(wording.of("Merge"), key="topic_merge", disabled=into is None):
            done(about, "topics", topic_edits.merge([identifier], str(into)))
        if st.button(
            wording.of("Split into its subtopics") if within else wording.of("Split in two"), key="topic_split"
        ):
            _split(about, identifier, bool(within))
        if within:
            _move(about, identifier, others, within)
        pinned = bool(chosen.get("pinned"))
        if st.button(wording.of("Unpin") if pinned else wording.of("Pin to the top"), key="topic_pin"):
            done(about, "topics", topic_edits.pin(identifier, not pinned))
        if st.button(wording.of("Hide"), key="topic_hide", help=wording.of("Its mentions stay, without a topic.")):
            done(about, "topics", topic_edits.hide(identifier))


def _move(about: Here, identifier: str, others: Mapping[str, str], within: Mapping[str, str]) -> None:
    part = st.selectbox(
        wording.of("Move out a subtopic"), list(within), None, key=f"topic_part_{identifier}",
        format_func=lambda key: within[key], placeholder=wording.of("Choose an option"),
    )  # fmt: skip
    if not part:
        return
    target = st.selectbox(
        wording.of("Move it under"), ["", *others], key=f"topic_target_{identifier}",
        format_func=lambda key: others.get(key, wording.of("a topic of its own")),
    )  # fmt: skip
    if st.button(wording.of("Move"), key="topic_move"):
        done(about, "topics", topic_edits.move(part, target or None))


def _split(about: Here, identifier: str, has_parts: bool) -> None:
    if has_parts:
        done(about, "topics", topic_edits.split(identifier))
        return
    from cx import edits

    edit = edits.halves(about.principal, about.slug, identifier)
    if edit is None:
        st.session_state[SAID] = wording.of("This topic does not fall into two: too few mentions, or all alike.")
        st.rerun()
    else:
        done(about, "topics", edit)


def topics(about: Here, stored: Mapping[str, Any]) -> None:
    """Hidden topics to show again, new topics to take in, and the way back. `stored`: what topics.json holds."""
    if not about.principal.may_write():
        return
    hidden = {entry["id"]: entry["name"] for entry in stored["topics"] if entry.get("hidden")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        undo(about, "topics")
        if hidden:
            shown = st.selectbox(
                wording.of("Hidden topics"), list(hidden), key="topic_hidden", width=260,
                format_func=lambda key: hidden[key],
            )  # fmt: skip
            if st.button(wording.of("Show again"), key="topic_show"):
                done(about, "topics", topic_edits.hide(str(shown), hidden=False))
    for offer in stored.get("emerging", ()):
        with st.container(border=True, key=f"emerging_{offer['id']}"):
            new = {"name": offer["name"], "many": wording.whole(offer["size"])}
            say.quiet(wording.of("New since the topics were made: {name}, {many} mentions without a topic.", **new))
            say.notice([f"“{quote}”" for quote in offer["exemplars"][:2]])
            if st.button(wording.of("Take it in as a topic"), key=f"adopt_{offer['id']}"):
                done(about, "topics", topic_edits.adopt(topic_edits.emerging_from_json(offer)))


def sentiments(about: Here, found: list) -> None:
    """Corrects the sentiment of mentions on this page, one or several at once; it wins at every import from now on."""
    if not about.principal.may_write():
        return
    pieces = {
        (comment.response_id, mention.question, mention.text): (_piece(mention), mention.fits)
        for comment in found for mention in comment.mentions
        if mention.sentiment is not None and mention.text.strip()
    }  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if pieces:
            with st.popover(wording.of("Correct sentiments"), icon=":material/edit:", key="pop_correct"):
                _correct(about, pieces)
        undo(about, "sentiment")


def _piece(mention: Mention) -> str:
    return f"{called.value('sentiment_label', mention.label)}: {mention.text[:90]}"


def _correct(about: Here, pieces: Mapping[tuple[str, str, str], tuple[str, bool]]) -> None:
    fitting = [key for key, (_, fits) in pieces.items() if fits]
    st.session_state["correct_pieces"] = [k for k in st.session_state.get("correct_pieces", ()) if k in pieces]

    def marked(keys: list[tuple[str, str, str]]) -> None:
        st.session_state["correct_pieces"] = keys

    chosen = st.multiselect(
        wording.of("What was said"), list(pieces), key="correct_pieces", format_func=lambda key: pieces[key][0],
        placeholder=wording.of("Mark one or several"),
    )  # fmt: skip
    with st.container(horizontal=True):
        if fitting:
            label = wording.of("Mark the {many} that were looked for", many=len(fitting))
            st.button(label, key="correct_fitting", on_click=marked, args=(fitting,))
        label = wording.of("Mark all {many} on this page", many=len(pieces))
        st.button(label, key="correct_all", on_click=marked, args=(list(pieces),))
    side = st.segmented_control(
        wording.of("They are") if len(chosen) > 1 else wording.of("It is"), [-1, 0, 1], key="correct_side",
        format_func=lambda side: called.value("sentiment_label", LABELS[side + 1]),
    )  # fmt: skip
    label = wording.of("Correct {many} at once", many=len(chosen)) if len(chosen) > 1 else wording.of("Correct")
    if st.button(label, key="correct_do", type="primary", disabled=side is None or not chosen):
        from cx import edits

        made = [edits.correction(*piece, int(side or 0)) for piece in chosen]
        _run(wording.of("Changing …"), lambda: edits.add_all(about.principal, about.slug, "sentiment", made))


def adaptation(about: Here) -> None:
    """What the sentiment model learned from the ratings, with its gain, and the switch."""
    from cx import imports
    from cx.store import records

    learned = about.data.manifest.get("adapted")
    if learned:
        say.quiet(
            wording.of(
                "Sentiment has learned your customers' words from {many} ratings: on comments it had not seen, agreement with "
                "the rating rose from {before}% to {after}% (macro-F1).",
                many=wording.whole(learned["rows"]), before=wording.whole(100 * learned["before"]),
                after=wording.whole(100 * learned["after"]),
            )
        )  # fmt: skip
    on = bool(records.setting(about.slug, imports.ADAPT, True))
    if about.principal.may_write() and (learned or not on):

        def switched() -> None:
            records.set_setting(about.slug, imports.ADAPT, st.session_state["adapt"])

        st.session_state["adapt"] = on
        st.toggle(wording.of("Learn from ratings at the next import"), key="adapt", on_change=switched)
