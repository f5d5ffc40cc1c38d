"""What people write down, on the pages: annotations under charts over time, names of personas."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from cx.errors import CXError
from cx.measure import personas
from cx.measure.personas import Persona, Personas
from cx.store import notes
from cx.store.notes import Annotation
from cx.ui import here, say, shows
from cx.ui.here import Here
from cx.view import charts, wording
from cx.view import notes as shown

SAID = "noting_said"
"""Session key: why the last note could not be kept, shown once."""

FIRST = 5
"""Annotations listed openly below a chart, the latest ones; earlier ones are folded."""


def chart(given: charts.Chart, series: pd.DataFrame, alt: str, key: str, about: Here) -> None:
    """A chart over time with the dataset's annotations, and these as text below it. `series` has its periods."""
    found = notes.annotations(about.principal, about.slug)
    if about.scope is not None:  # guests are not told who works here
        found = [each._replace(author="") for each in found]
    begin = series["period"].min().date()
    end = series["last" if "last" in series else "period"].max().date()
    inside = shown.within(found, begin, end)
    shows.chart(
        charts.with_notes(given, shown.placed(found, begin, end), about.theme), alt + shown.alt(inside), key
    )  # fmt: skip
    _listed(inside, len(found) - len(inside), key)


def _listed(inside: Sequence[Annotation], outside: int, key: str) -> None:
    told = [shown.sentence(number, each) for number, each in enumerate(inside, 1)]
    left = wording.counted("{n} annotation outside the time shown.", "{n} annotations outside the time shown.", outside)
    more = [left] if outside else []
    if told or more:
        say.lines([*told[-FIRST:], *more])
    if len(told) > FIRST:
        earlier = wording.of("{n} earlier annotations", n=len(told) - FIRST)
        with st.expander(earlier, key=f"notes_{key}"):
            say.lines(told[:-FIRST])


def said() -> None:
    """Why the last note could not be kept, once."""
    if told := st.session_state.pop(SAID, ""):
        say.notice([told], kind="error")


def kept(act: Callable[[], object], **after: Any) -> None:
    """Does what a callback is about; when it is done these fields get these values, else why it is not is remembered."""
    here.speak()  # callbacks run before the page does
    try:
        act()
    except CXError as error:
        st.session_state[SAID] = str(error)
    else:
        st.session_state.update(after)


def annotating(about: Here) -> None:
    """The form with which analysts add, change and delete annotations."""
    if not about.principal.may_write():
        return
    said()
    found = {each.id: each for each in notes.annotations(about.principal, about.slug)}
    if st.session_state.get("note_which", 0) not in found:
        st.session_state["note_which"] = 0  # a new one; also when somebody else deleted the one that was chosen
    with st.popover(wording.of("Annotations"), icon=":material/edit:", key="pop_notes"):
        chosen = st.selectbox(
            wording.of("Annotation"), [0, *found], key="note_which",
            format_func=lambda id_: (
                f"{found[id_].when()}: {shown.cut(found[id_].text, 50)}" if id_ else wording.of("A new one")
            ),
        )  # fmt: skip
        _fields(found.get(chosen))
        with st.container(horizontal=True):
            st.button(
                wording.of("Save") if chosen else wording.of("Add"),
                key="note_save",
                type="primary",
                on_click=_save,
                args=(about, chosen),
            )
            if chosen:
                st.button(wording.of("Delete"), key="note_delete", on_click=_delete, args=(about, chosen))


def _fields(one: Annotation | None) -> None:
    """Text and days; a key of its own for each annotation, so that none shows another's words."""
    key = one.id if one else 0
    least, most = date(notes.YEARS[0], 1, 1), date(notes.YEARS[1], 12, 31)
    st.text_input(
        wording.of("What happened"), one.text if one else "", key=f"note_text_{key}",
        placeholder=wording.of("Release 4.2, strike at the carrier …"),
    )  # fmt: skip
    st.date_input(
        wording.of("On"), one.first if one else date.today(), min_value=least, max_value=most, key=f"note_first_{key}"
    )  # fmt: skip
    lasted = one.last if one and one.last > one.first else None
    st.date_input(
        wording.of("Until (only if it lasted)"), lasted, min_value=least, max_value=most, key=f"note_last_{key}"
    )


def _save(about: Here, chosen: int) -> None:
    # Callbacks read what is in the fields now: text and click may arrive together.
    keys = [f"note_{part}_{chosen}" for part in ("text", "first", "last")]
    text, first, last = (st.session_state[key] for key in keys)
    who = (about.principal, about.slug)
    here.speak()
    if first is None:
        st.session_state[SAID] = wording.of("An annotation needs a day.")
    elif chosen:
        kept(lambda: notes.change_annotation(*who, chosen, text, first, last))
    else:
        kept(lambda: notes.annotate(*who, text, first, last), note_text_0="", note_last_0=None)


def _delete(about: Here, chosen: int) -> None:
    kept(lambda: notes.delete_annotation(about.principal, about.slug, chosen), note_which=0)


def naming(about: Here, found: Personas, given: Sequence[personas.Given]) -> None:
    """Gives a persona a name, or takes it back. `found`: with their automatic names."""
    if not about.principal.may_write() or not found.found:
        return
    said()
    known = personas.known(found, given)
    groups = {persona.id: persona for persona in found.found}
    with st.popover(wording.of("Name the personas"), icon=":material/edit:", key="pop_personas"):
        chosen = st.selectbox(
            wording.of("Persona"), list(groups), key="persona_which",
            format_func=lambda id_: known[id_].name if id_ in known else groups[id_].name,
        )  # fmt: skip
        one, held = groups[chosen], known.get(chosen)
        st.text_input(
            wording.of("Name"), held.name if held else one.name, key=f"persona_name_{chosen}", max_chars=notes.LONGEST_NAME
        )  # fmt: skip
        with st.container(horizontal=True):
            st.button(wording.of("Save"), key="persona_save", type="primary", on_click=_name, args=(about, one, held))
            if held:
                label = wording.of("Back to “{name}”", name=shown.cut(one.name, 40))
                st.button(label, key="persona_reset", on_click=_reset, args=(about, one, held))


def _name(about: Here, one: Persona, held: personas.Given | None) -> None:
    traits = [(trait.column, trait.value, trait.effect) for trait in one.traits]
    name, record = st.session_state[f"persona_name_{one.id}"], held.record if held else None
    kept(lambda: notes.name_persona(about.principal, about.slug, one.id, name, traits, record))


def _reset(about: Here, one: Persona, held: personas.Given) -> None:
    back = {f"persona_name_{one.id}": one.name}
    kept(lambda: notes.forget_persona_name(about.principal, about.slug, held.record), **back)
