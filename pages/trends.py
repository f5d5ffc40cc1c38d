"""Trends: a key figure over time; when its level changed, what was unusual and who made it, what to expect."""

import streamlit as st

from cx.measure import kpis
from cx.ui import addresses, cached, frame, noting, say, shows
from cx.view import charts, timeline, wording

about = frame.begin()
have = [name for name in kpis.HEADLINE if name in kpis.available(about.data)]
if not have or not about.data.filled.get("date"):
    say.empty(
        wording.of("Nothing to follow over time."), wording.of("Trends need dates, and scores or analysed comments.")
    )
    st.stop()
addresses.asked("trend_of", [kpis.KPIS[key].title for key in have])
addresses.asked("trend_by", timeline.STEPS)
with st.container(horizontal=True):
    name = st.selectbox(
        wording.of("Trend of"), have, key="trend_of", bind="query-params", format_func=lambda key: kpis.KPIS[key].title
    )
    step = st.selectbox(
        wording.of("By"), timeline.STEPS, key="trend_by", bind="query-params", format_func=timeline.step_name
    )
kpi = kpis.KPIS[name or have[0]]
found = cached.timeline(about, kpi.name, step or "auto")
finding = timeline.finding(found, kpi.title)
say.headline(finding)
if found.series.empty or found.series["value"].notna().sum() < 2:
    say.empty(
        wording.of("Too few answers in this time."),
        wording.of("Choose a longer period or longer steps, or take a filter out."),
    )
    st.stop()
noting.chart(charts.trend(found.series, kpi.title, kpi.unit, about.theme), found.series, finding, "timeline", about)
by = wording.of("By {step}.", step=timeline.step_name(found.step))
band = wording.of("The band is the 95 % interval; gaps have too few answers.")
say.quiet(f"{by} {band}")
noting.annotating(about)
left, right = st.columns(2, gap="large")
with left:
    say.quiet(wording.of("When the level changed, and what was unusual"))
    say.notice([*found.changes, *found.unusual] or [wording.of("Nothing beyond what chance brings.")])
with right:
    say.quiet(wording.of("What to expect"))
    say.notice([sentence for sentence in (found.outlook, found.unseen) if sentence])
shows.twin(found.series[["period", "value", "low", "high", "n"]], "timeline")
