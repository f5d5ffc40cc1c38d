"""Goals: where the key figures should be and by when, how far that is; and what others report, both with intervals."""

from pathlib import Path

import streamlit as st

from cx.measure import goals
from cx.measure.kpis import KPIS
from cx.store import notes
from cx.ui import addresses, cached, frame, goal_setting, say, shows
from cx.view import cards, charts, wording
from cx.view import goals as view

FIGURES = Path(__file__).parents[1] / "docs/benchmarks_published.md"
TOLD = 6

about = frame.begin()
kept = notes.targets(about.principal, about.slug)
standing = cached.standing(about, tuple(goals.target(record.content) for record in kept))
others = notes.benchmarks(about.principal)
compared = cached.benchmarked(about, tuple(view.benchmark(record.content) for record in others))
say.headline(view.finding(standing, compared))

say.quiet(wording.of("Targets: each over its own segment, in the latest period; the filter above does not change them"))
if standing:
    st.html(cards.goals(standing, about.theme))
    say.quiet(wording.of("The bar is the interval on the figure's whole range, the mark across it the target."))
    shows.twin(view.table(standing, kept), "targets")
else:
    what = wording.of("A target is a key figure's value to be reached by a day, for all or for a segment.")
    say.empty(wording.of("No target yet."), what)
goal_setting.targets(about, kept, [f"{goal.wanted} · {goal.segment}" for goal in standing])

say.quiet(wording.of("Benchmarks: what others report, beside the responses chosen above"))
titles = {} if compared.empty else view.comparable(compared)
addresses.asked("benchmark_of", titles.values())
if compared.empty:
    bring = wording.of("Bring in a CSV with the columns industry, kpi, value, n, source and year.")
    say.empty(wording.of("No benchmark yet."), bring)
else:
    if titles:
        name = st.selectbox(wording.of("Benchmarks of"), list(titles), key="benchmark_of", bind="query-params",
                            format_func=lambda key: titles[key], width=320)  # fmt: skip
        name = name if name in titles else next(iter(titles))
        many = int((compared["kpi"] == name).sum())
        alt = wording.of("{kpi} beside {n} benchmarks", kpi=titles[name], n=many)
        given = charts.beside(view.beside(compared, name), titles[name], KPIS[name].unit, about.theme)
        shows.chart(given, alt, "benchmarks")
    first = compared.sort_values("kpi", key=lambda c: c != name, kind="stable") if titles else compared
    say.lines([f"{row['title']}: {row['says']}" for row in first.head(TOLD).to_dict("records")])
    say.quiet(
        wording.of(
            "Lines are intervals; a benchmark without a base has none. People answer differently by country and channel."
        )
    )
    shows.twin(compared[view.BENCHMARK_COLUMNS], "benchmarks")
goal_setting.benchmarks(about, others)
published = st.expander(wording.of("Published figures"), on_change="rerun", key="published")
if published.open and FIGURES.is_file():
    with published:
        st.markdown(FIGURES.read_text(encoding="utf-8").partition("\n")[2])
