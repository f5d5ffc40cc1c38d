"""What the Compare page holds against each other: chosen here, kept in the URL, so that a link compares the same."""

from datetime import date

import pandas as pd
import streamlit as st

from cx.measure import kpis, trends
from cx.share import guarding
from cx.ui import addresses, cached, say
from cx.ui.here import Here
from cx.view import called, charts, compare, wording
from cx.view.compare import Choice, Differing
from cx.view.filters import EMPTY

OWN = ("column", "a", "b", "before", "after")
PERIODS, REST = "", "\0rest"
"""In the select boxes: two periods; everyone else."""


def choice(about: Here) -> Choice | None:
    """What the URL asks for, else the latest time against the time before; None when nothing can be compared."""
    found = cached.comparable(about)
    addresses.dropped(*_meaningless(about, found))
    asked = {name: st.query_params.get(name) for name in OWN}
    column = asked["column"] or ""
    if column:
        return _of_column(about, column, asked["a"], asked["b"])
    default = compare.recent(about.data, about.where)
    if default is None:
        return _of_column(about, found[0], None, None) if found else None
    before, after = (_period_of(about, asked[name] or "") for name in ("before", "after"))
    return Choice(before=before or default[0], after=after or default[1])


def _meaningless(about: Here, found: list[str]) -> list[str]:
    """Parameters of the URL that name no column and no period; without a column, values mean nothing either."""
    asked = {name: st.query_params[name] for name in OWN if name in st.query_params}
    column = asked.get("column", "")
    known = column in found or (about.scope is None and column in about.data.responses)
    out = ["column"] if "column" in asked and not known else []
    out += [] if known else [name for name in ("a", "b") if name in asked]
    return out + [name for name in ("before", "after") if name in asked and compare.given(asked[name]) is None]


def _period_of(about: Here, text: str) -> compare.Days | None:
    """The period a parameter asks for; for guests in whole stretches of time, so that no two differ by few people."""
    days = compare.given(text)
    if days is None or about.scope is None:
        return days
    return guarding.stretches(about.data, days, about.min_base, about.scope.params)


def _of_column(about: Here, column: str, a: str | None, b: str | None) -> Choice:
    if b is None:
        b = next((value for value in cached.compared_values(about, column) if value != a), EMPTY)
    return Choice(column, a, b)


def controls(about: Here, now: Choice) -> None:
    """Select boxes for what is compared; a change goes into the URL."""
    found = cached.comparable(about)
    dated = trends.span(about.data) is not None
    options = [*([PERIODS] if dated else []), *found]
    options += [now.column] if now.column not in options else []
    st.session_state["cmp_column"] = now.column
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare"):
        st.selectbox(
            wording.of("Compare"), options, key="cmp_column", on_change=_column, width=260,
            format_func=lambda name: compare.title(name) if name else wording.of("Two periods"),
        )  # fmt: skip
        if now.column:
            _values(about, now)
        else:
            _periods(about, now)


def _values(about: Here, now: Choice) -> None:
    listed = cached.compared_values(about, now.column)
    for side, label, first in (("b", wording.of("This (B)"), []), ("a", wording.of("Against (A)"), [REST])):
        held = getattr(now, side)
        held = REST if held is None else held
        options = [*first, *listed] + ([held] if held not in (*first, *listed) else [])
        st.session_state[f"cmp_{side}"] = held
        st.selectbox(
            label, options, key=f"cmp_{side}", on_change=_value, args=(side, now), width=240,
            accept_new_options=len(listed) >= compare.LISTED,
            format_func=lambda value: _named(now.column, value),
        )  # fmt: skip


def _named(column: str, value: str) -> str:
    if value == REST:
        return wording.of("everyone else")
    return compare.worded(column, value) or wording.of("(no value)")


def _periods(about: Here, now: Choice) -> None:
    known = trends.span(about.data)
    if known is None or now.before is None or now.after is None:
        return
    days = (*now.before, *now.after)
    first, last = min(known[0], *days), max(known[1], date.today(), *days)
    for side, label in (("after", wording.of("This period (B)")), ("before", wording.of("Against (A)"))):
        st.session_state[f"cmp_{side}"] = getattr(now, side)
        st.date_input(
            label,
            min_value=first,
            max_value=last,
            key=f"cmp_{side}",
            on_change=_period,
            args=(side, now),
            width=240,
            format=wording.locale().picker,
        )


def kpi(have: list[str]) -> str:
    """The KPI whose groups are looked at: that of the URL, else the first there is."""
    return addresses.asked("kpi", have, have[0])


def kpi_control(have: list[str], now: str) -> None:
    """The select box for it; a change goes into the URL."""

    def changed() -> None:
        st.query_params["kpi"] = st.session_state["cmp_kpi"]

    st.session_state["cmp_kpi"] = now
    st.selectbox(
        wording.of("Which groups differ most in"), have, key="cmp_kpi", on_change=changed, width=320,
        format_func=lambda name: kpis.KPIS[name].title,
    )  # fmt: skip


def notes(about: Here, now: Choice) -> list[str]:
    """What should be known of the choice itself."""
    out = []
    many = about.data.manifest["distinct"].get(now.column, 0)
    if many > compare.LISTED:
        out.append(
            wording.of(
                "{column} has about {many} different values: the {listed} with most responses are listed; type any other.",
                column=now.column,
                many=wording.whole(many),
                listed=compare.LISTED,
            )
        )
    if now.before and (about.where.begin or about.where.end):
        out.append(
            wording.of("The two periods here count, not the period on top; the filters on columns hold for both.")
        )
    return out


def go(now: Choice) -> None:
    """Compares something else from the next run on; from a widget's callback."""
    for name in OWN:
        if name in st.query_params:
            del st.query_params[name]
    st.query_params.update(now.url())


def _column() -> None:
    column = st.session_state["cmp_column"]
    for name in OWN:
        if name in st.query_params:
            del st.query_params[name]
    if column:
        st.query_params["column"] = column


def _value(side: str, now: Choice) -> None:
    value = st.session_state[f"cmp_{side}"]
    if value is not None:
        told = None if value == REST else str(value)
        go(now._replace(a=told) if side == "a" else now._replace(b=told or EMPTY))


def _period(side: str, now: Choice) -> None:
    chosen = st.session_state[f"cmp_{side}"]
    if isinstance(chosen, tuple) and len(chosen) == 2:  # one end chosen: the other follows
        go(now._replace(before=chosen) if side == "before" else now._replace(after=chosen))


def groups(found: Differing, given: charts.Chart) -> None:
    """The segments as a chart and as a table; a bar or a row that is chosen is compared with everyone else."""

    def compared(row: pd.Series) -> None:
        go(Choice(str(row["column"]), None, str(row["value"])))

    def clicked() -> None:
        marks = st.session_state["segments"].selection.get("picked") or []
        for name in [mark.get("name") for mark in marks][:1]:
            compared(found.rows[found.rows["name"] == name].iloc[0])

    def picked() -> None:
        for place in st.session_state["table_segments"].selection.rows[:1]:
            compared(found.rows.iloc[place])

    spec, data = given
    if len(data):
        with st.container(key="chart_segments"):
            st.vega_lite_chart(
                data, spec, theme=None, key="segments", alt=found.finding, on_select=clicked, selection_mode="picked"
            )
        say.quiet(
            wording.of("Each group against all the rest. Grey bars are within noise; all groups are tested together.")
        )
    if len(found.rows):
        columns = ["column", "value", "with", "without", "change", "low", "high", "n_with", "n_without", "real", "says"]
        names = {"with": "this group", "without": "the rest", "n_with": "n group", "n_without": "n rest"}
        shown = called.headed(compare.spoken(found.rows[columns]).rename(columns=names))
        st.dataframe(
            shown, hide_index=True, key="table_segments", on_select=picked, selection_mode="single-row", height=320
        )
        say.quiet(
            wording.of("Choose a bar or a row to hold that group against everyone else in every key figure, above.")
        )
