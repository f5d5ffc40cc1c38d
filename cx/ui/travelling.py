"""Whose journey is drawn, and against whom: chosen here, kept in the URL, so that a link draws the same."""

import streamlit as st

from cx.errors import FilterError
from cx.measure import personas, trends
from cx.measure.personas import PERSONA, Personas
from cx.store import notes
from cx.ui import addresses, cached, nav, say
from cx.ui.here import Here
from cx.view import compare, dimensions, journey, wording
from cx.view.compare import Choice
from cx.view.journey import Journey, Side

OWN = ("of", "b", "a")
PERIODS, PEOPLE = "@periods", "@persona"
REST, BEFORE = "*", "before"
"""In the URL: two periods, personas; against everyone else, against as long a time before. Periods stand there as
`2026-01-01:2026-03-31`."""


def curves(about: Here, measure: str) -> tuple[list[Side], Choice | None, Personas | None]:
    """What the URL asks for; everyone where it asks for nothing or for what cannot be."""
    of, b, a = (st.query_params.get(name, "") for name in OWN)
    people = _people(about) if of == PEOPLE else None
    choice = _choice(about, of, b, a, people)
    try:
        found = journey.split(about.data, choice, about.where, alone="a" not in st.query_params, people=people)
    except FilterError as error:
        say.notice([str(error)])
        found, choice = journey.split(about.data, None, about.where, True), None
    return found, choice, people


def _people(about: Here) -> Personas:
    names = personas.given(notes.persona_names(about.principal, about.slug))
    return personas.named(cached.personas(about), names)


def _choice(about: Here, of: str, b: str, a: str, people: Personas | None) -> Choice | None:
    if of == PERIODS:
        return _periods(about)
    if people is not None:
        known = [persona.id for persona in people.found]
        b = addresses.asked("b", known, next(iter(known), ""))
        a = addresses.asked("a", (REST, *known))
        return Choice(PERSONA, None if a == REST else a, b) if b else None
    if of not in cached.comparable(about):
        addresses.dropped(*(name for name in OWN if name in st.query_params))
        return None
    known = cached.compared_values(about, of)
    if len(known) < compare.LISTED:  # else there are further ones
        b, a = addresses.asked("b", known, next(iter(known), "")), addresses.asked("a", (REST, *known))
    return Choice(of, None if a == REST else a, b or next(iter(known), ""))


def _periods(about: Here) -> Choice | None:
    """The two periods of the URL: the latest time where it names none, as long a time before where it names no other."""
    default = compare.recent(about.data, about.where)
    if default is None:
        addresses.dropped(*(name for name in OWN if name in st.query_params))
        return None
    asked = {name: compare.given(st.query_params.get(name, "")) for name in ("b", "a")}
    for name, days in asked.items():
        if name in st.query_params and not days and (name, st.query_params[name]) != ("a", BEFORE):
            addresses.dropped(name)
    after = asked["b"] or default[1]
    before = asked["a"] or (compare.time_before(after) if asked["b"] else default[0])
    if "a" in st.query_params and compare.overlapping(before, after):
        say.notice([wording.of("The two periods overlap: choose periods that have no day in common.")])
        del st.query_params["a"]
    return Choice(before=before, after=after)


def controls(
    about: Here, measures: dict[str, str], measure: str, choice: Choice | None, people: Personas | None
) -> None:
    """Select boxes for the figure, for whose journey it is and for what it is held against."""
    dated = compare.recent(about.data, about.where) is not None
    columns = {"": wording.of("Everyone"), **({PERIODS: wording.of("Two periods")} if dated else {})}
    columns |= {PEOPLE: wording.of("A persona")}
    columns |= {name: dimensions.title(name) for name in cached.comparable(about)}
    of = st.query_params.get("of", "") if choice or people else ""
    with st.container(horizontal=True, vertical_alignment="bottom", key="travel"):
        _select(wording.of("Curve of"), "measure", measures, measure)
        _select(wording.of("Journey of"), "of", columns, of, clear=("a", "b"))
        if choice and of == PERIODS:
            _spans(about, choice)
        elif choice:
            values = ({persona.id: persona.name for persona in people.found} if people else
                      {value: value or wording.of("(no value)") for value in cached.compared_values(about, of)})  # fmt: skip
            _select(wording.of("This"), "b", values, choice.b)
            others = {value: name for value, name in values.items() if value != choice.b}
            asked = st.query_params.get("a", "")
            offered = {"": wording.of("nobody"), REST: wording.of("everyone else"), **others}
            _select(wording.of("Against"), "a", offered, asked if asked in others else asked and REST)


def _select(label: str, name: str, options: dict[str, str], now: str, clear: tuple[str, ...] = ()) -> None:
    key = f"travel_{name}"

    def changed() -> None:
        for other in clear:
            st.query_params.pop(other, None)
        if st.session_state[key]:
            st.query_params[name] = st.session_state[key]
        else:
            st.query_params.pop(name, None)

    listed = list(options) if now in options else [now, *options]
    st.session_state[key] = now
    st.selectbox(
        label, listed, key=key, on_change=changed, width=240, format_func=lambda option: options.get(option, option)
    )


def _spans(about: Here, choice: Choice) -> None:
    """Which period, against which: nobody, the time before, or a period of the reader's own."""
    if not choice.before or not choice.after:
        return
    earlier = Choice(before=compare.time_before(choice.after), after=choice.after)
    asked = st.query_params.get("a", "")
    own = asked if asked not in ("", BEFORE) else compare.spelled(choice.before)
    offered = {
        "": wording.of("nobody"), BEFORE: wording.of("the time before ({period})", period=earlier.words[0]),
        own: wording.of("a period of your choice"),
    }  # fmt: skip
    _span(about, wording.of("This period"), "b", choice.after, choice)
    _select(wording.of("Against"), "a", offered, asked)
    if asked == own:
        _span(about, wording.of("Which period"), "a", choice.before, choice)


def _span(about: Here, label: str, name: str, now: compare.Days, choice: Choice) -> None:
    """Two days, kept in the URL once both are chosen."""
    key, known = f"travel_{name}_days", trends.span(about.data)
    days = [*(known or ()), *(choice.before or ()), *(choice.after or ())]

    def changed() -> None:
        chosen = st.session_state[key]
        if len(chosen) == 2:  # one end chosen: the other follows
            st.query_params[name] = compare.spelled(chosen)

    st.session_state[key] = now
    st.date_input(
        label, min_value=min(days), max_value=max(days), key=key, on_change=changed, width=240,
        format=wording.locale().picker,
    )  # fmt: skip


def opened(found: Journey, row: dict, sides: list[Side], about: Here) -> None:
    """Opens the comments of a row of `journey.rows`."""
    where, facets = journey.opened(found, row, sides, about.where)
    nav.go("comments", **{**where.url(), **facets})
