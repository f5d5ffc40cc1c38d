"""What a team settles about a dataset: minimum base, calendar, bands, money, weights. A form; kept when it is saved."""

import pandas as pd
import streamlit as st

from cx.errors import CXError
from cx.measure import tally, weights
from cx.principal import Principal
from cx.schema import DERIVED
from cx.settings import BANDS, MOST_BASE, Settings
from cx.store import audit, datasets, records
from cx.store.datasets import Dataset
from cx.ui import asking, say
from cx.view import wording

UNWEIGHTED = (*DERIVED, "complete", "source")
"""Columns that say nothing of who should have answered."""


def form(principal: Principal, name: str) -> None:
    """The button that opens the settings of a dataset."""
    if st.button(wording.of("Settings"), key=f"settings_{name}"):
        st.dialog(wording.of("Settings"), width="large")(wording.bound(asking.again(fields)))(principal, name)


def fields(principal: Principal, name: str) -> None:
    """The settings to change, and the button that keeps them all, or none where one cannot be."""
    now = records.settings_of(name)
    chosen = _counting(now) | _bands(now) | _money(now)
    dataset = datasets.open_dataset(principal, name)
    margins = _margins(dataset, now)
    chosen["margins"] = margins
    if st.button(wording.of("Save"), type="primary", key="save_settings"):
        try:
            if margins and (why := weights.raked(dataset, margins).why):
                say.notice([why], "error")
                return
            records.settle(principal, name, chosen)
            audit.write(principal, "settled", name, settings=sorted(chosen))
        except CXError as error:
            say.notice([str(error)], "error")
            return
        st.rerun()


def _counting(now: Settings) -> dict[str, object]:
    with st.container(horizontal=True):
        base = st.number_input(
            wording.of("Minimum base"), 1, MOST_BASE, now.min_base, key="set_base",
            help=wording.of("A number from fewer responses than this is not shown."),
        )  # fmt: skip
        month = st.selectbox(
            wording.of("Fiscal year begins in"), range(1, 13), now.calendar.first_month - 1, key="set_month",
            format_func=lambda place: wording.locale().months[place - 1],
        )  # fmt: skip
        weekday = st.selectbox(
            wording.of("Weeks begin on"), range(7), now.calendar.first_weekday, key="set_weekday",
            format_func=lambda place: wording.locale().weekdays[(place + 1) % 7],
        )  # fmt: skip
    return {"min_base": base, "first_month": month, "first_weekday": weekday}


def _bands(now: Settings) -> dict[str, object]:
    say.quiet(
        wording.of(
            "What the CX performance index is called, from which value on (our names; below the last: very poor)"
        )
    )
    with st.container(horizontal=True):
        bounds = [
            st.number_input(_begun(wording.of(name)), -100.0, 100.0, least, 5.0, key=f"set_band_{place}")
            for place, (name, least) in enumerate(zip(BANDS, now.bands, strict=False))
        ]
    return {"bands": bounds}


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _money(now: Settings) -> dict[str, object]:
    say.quiet(wording.of("What a customer is worth: margin of what they pay over the years ahead, discounted"))
    with st.container(horizontal=True):
        margin = st.number_input(
            wording.of("Margin, % of revenue"), 0.0, 100.0, 100 * now.terms.margin, key="set_margin"
        )
        discount = st.number_input(
            wording.of("Discount, % a year"), 0.0, 100.0, 100 * now.terms.discount, key="set_discount"
        )
        years = st.number_input(wording.of("Years ahead"), 0.25, 20.0, now.terms.years, 0.25, key="set_years")
        cost = st.number_input(wording.of("Cost of winning one"), 0.0, 1e9, now.terms.acquisition, key="set_cost")
    return {"margin": margin / 100, "discount": discount / 100, "years": years, "acquisition": cost}


def _margins(dataset: Dataset, now: Settings) -> dict[str, dict[str, float]]:
    """The shares that responses are weighted to, as edited."""
    held = {column: dict(shares) for column, shares in now.margins}
    say.quiet(wording.of("Weights: when some groups answered more than their share, say what each group's share is"))
    options = [name for name in dataset.segments if name not in UNWEIGHTED and not name.endswith(" scale")]
    options = [*dict.fromkeys([*held, *options])]
    columns = st.multiselect(
        wording.of("Weight by"), options, list(held), key="set_columns", placeholder=wording.of("No weights")
    )
    out: dict[str, dict[str, float]] = {}
    for column in columns:
        rows = tally.volume(dataset, [column])
        rows = pd.DataFrame(
            {"value": [weights.spelled(value) for value in rows[column]], "now": 100 * rows["n"] / rows["n"].sum()}
        )
        wanted = held.get(column, {})
        rows["share"] = [float(wanted.get(value, share)) for value, share in rows.itertuples(index=False)]
        edited = st.data_editor(
            rows, hide_index=True, key=f"set_shares_{column}", disabled=["value", "now"],
            column_config={
                "value": st.column_config.TextColumn(column),
                "now": st.column_config.NumberColumn(wording.of("Share now, %"), format="%.1f"),
                "share": st.column_config.NumberColumn(wording.of("Share wanted"), min_value=0.0, format="%.1f", required=True),
            },
        )  # fmt: skip
        out[column] = dict(zip(edited["value"], edited["share"].astype(float), strict=True))
    return out
