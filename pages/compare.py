"""Compare: two periods or two groups side by side: what differs for real; and which groups differ most."""

import streamlit as st

from cx.measure import kpis
from cx.ui import cached, comparing, frame, say, shows
from cx.view import charts, compare, wording

about = frame.begin()
have = kpis.available(about.data)
choice = comparing.choice(about)
if not have or choice is None:
    none = wording.of("This dataset has no scores and no analysed comments.")
    needed = wording.of("Comparing needs dates or a column that splits customers, and scores or analysed comments.")
    say.empty(wording.of("Nothing to compare by.") if have else none, needed)
    st.stop()
comparing.controls(about, choice)
name = comparing.kpi(have)
found = cached.comparison(about, choice, name)
say.headline(found.finding or found.why)
for note in comparing.notes(about, choice):
    say.quiet(note)
known = found.rows[found.rows["change"].notna()] if len(found.rows) else found.rows
for unit, wide in (("points", known[known["unit"] != "scale"] if len(known) else known),
                   ("scale", known[known["unit"] == "scale"] if len(known) else known)):  # fmt: skip
    if len(wide):
        shows.chart(charts.differences(wide, about.theme, unit), found.finding, f"compare_{unit}")
if len(known):
    say.quiet(
        wording.of(
            "Dot: the difference, B less A; line: where it lies in 95 of 100 cases. Grey is within noise, tested together."
        )
    )
if found.power:
    say.quiet(found.power)
if found.notes:
    say.notice(list(found.notes))
if len(found.rows):
    columns = ["name", "a", "b", "n_a", "n_b", "change", "low", "high", "p", "real", "says"]
    shows.twin(found.rows[columns], "compare")

st.divider()
comparing.kpi_control(have, name)
others = cached.differing(about, name)
say.quiet(others.finding)
title, unit = kpis.KPIS[name].title, kpis.KPIS[name].unit
bars = compare.bars(others)
comparing.groups(
    others, charts.movers(bars, about.theme, title, unit, others.good, click=True) if len(bars) else ({}, bars)
)
