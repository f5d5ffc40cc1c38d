"""Targets and benchmarks: verdicts from intervals, errors that name row and column."""

from datetime import date

import pytest

from cx.errors import FilterError, IntakeError
from cx.measure import benchmarks, goals
from cx.view.filters import Filter
from tests import made

DUE = date(2026, 12, 31)
HEADING = "industry,KPI,value,n,source,year\n"


def satisfied(where, good=80, many=100):
    """CSAT 80 of 100: Wilson 71.1 to 86.7 (docs/kpis.md)."""
    rows = [{"csat": 5 if i < good else 1, "date": "2026-06-01", "Plan": "AB"[i % 2]} for i in range(many)]
    rows += [{"csat": 1, "date": "2026-08-01"}] * 30
    return made.dataset(where / "d", rows)


@pytest.mark.parametrize(("wanted", "today", "verdict"), [
    (70, date(2026, 6, 1), goals.REACHED), (75, date(2026, 6, 1), goals.LIKELY), (85, date(2026, 6, 1), goals.OPEN),
    (90, date(2026, 6, 1), goals.MISSED), (90, date(2027, 1, 1), goals.LATE),
])  # fmt: skip
def test_the_interval_decides(tmp_path, wanted, today, verdict):
    june = Filter(date(2026, 6, 1), date(2026, 6, 30))
    found = goals.judged(satisfied(tmp_path), goals.Target("csat", wanted, DUE, june), today)
    assert (found.verdict, found.value.n, found.gap) == (verdict, 100, pytest.approx(80 - wanted))
    assert found.says.startswith(f"CSAT {wanted} % by 31 Dec 2026: {verdict} (now 80 %, 71 % to 87 %")


def test_after_the_day_nothing_counts(tmp_path):
    """The bad answers of August come after the day."""
    found = goals.judged(satisfied(tmp_path), goals.Target("csat", 70, date(2026, 6, 30)), date(2027, 1, 1))
    assert found.value.n <= 100 and (found.value.value is None or found.value.value > 75)


def test_down_is_good_where_it_is(tmp_path):
    said = [{"response_id": f"r{i:04d}", "effort": "high" if i < 5 else "none"} for i in range(200)]
    data = made.dataset(tmp_path / "d", [{"nps": 5}] * 200, said)
    assert goals.judged(data, goals.Target("effort_high", 10, DUE), DUE).verdict == goals.REACHED
    assert goals.judged(data, goals.Target("effort_high", 0.1, DUE), DUE).verdict == goals.MISSED


def test_a_segment_with_few_answers(tmp_path):
    where = Filter(where=(("Plan", ("Z",)),))
    found = goals.judged(satisfied(tmp_path), goals.Target("csat", 70, DUE, where), DUE)
    assert (found.verdict, found.gap, found.value.n) == (goals.FEW, None, 0)


def test_a_target_and_its_record():
    goal = goals.Target("nps", 40.0, DUE, Filter(where=(("Plan", ("A", "B")),)))
    assert goals.target(goal.as_json()) == goal


@pytest.mark.parametrize(("given", "said"), [
    ({"kpi": "npx", "value": 3, "due": "2026-01-01"}, "npx"), ({"kpi": "nps", "value": 130, "due": "2026-01-01"}, "between −100 and 100"),
    ({"kpi": "csat", "value": "x", "due": "2026-01-01"}, "'x'"), ({"kpi": "csat", "value": 70, "due": "soon"}, "soon"),
    ({"kpi": "csat", "value": float("nan"), "due": "2026-01-01"}, "nan"), ({"kpi": "csat", "value": True, "due": "2026-01-01"}, "True"),
])  # fmt: skip
def test_targets_that_mean_nothing(given, said):
    with pytest.raises(FilterError, match=said):
        goals.target(given)


def test_benchmarks_are_read():
    text = "\ufeff" + HEADING.replace(",", ";") + "Retail;CSAT;78.5;1200;Some survey;2024\n\nHotels;net promoter;x;;;\n"
    with pytest.raises(IntakeError, match="row 4, column kpi: 'net promoter' is no KPI"):
        benchmarks.from_text(text)
    found = benchmarks.from_text(HEADING + 'Retail,CSAT,78.5,1200,"Some, survey",2024\nHotels,NPS,−5,,Other,2023\n')
    assert found == [
        benchmarks.Benchmark("Retail", "csat", 78.5, 1200, "Some, survey", 2024),
        benchmarks.Benchmark("Hotels", "nps", -5.0, None, "Other", 2023),
    ]


@pytest.mark.parametrize(("text", "said"), [
    ("", "row 1 has no column"), ("industry,kpi,value\n", "'n', 'source', 'year'"), (HEADING, "no row"),
    (HEADING + "Retail,nps,130,5,S,2024\n", "row 2, column value: 130 is not between −100 and 100"),
    (HEADING + "Retail,nps,30,5,S,2024\nRetail,nps,thirty,5,S,2024\n", "row 3, column value: 'thirty' is no number"),
    (HEADING + "Retail,nps,30,2.5,S,2024\n", "row 2, column n: '2.5'"), (HEADING + ",nps,30,2,,24\n", "row 2, column industry: is empty"),
    (HEADING + ",nps,30,2,,24\n", "column year: '24' is no year"), (HEADING + "Retail,nps\n", "column value: '' is no number"),
    (HEADING + "Retail,nps,nan,2,S,2024\n", "'nan' is no number"),
])  # fmt: skip
def test_what_is_wrong_is_named(text, said):
    with pytest.raises(IntakeError) as caught:
        benchmarks.from_text(text)
    assert said in str(caught.value)


def test_many_errors_are_counted():
    with pytest.raises(IntakeError, match="and 5 more"):
        benchmarks.from_text(HEADING + "Retail,nps,x,5,S,2024\n" * 25)


def test_both_intervals(tmp_path):
    """81/263 → 0.2553, 0.3662 (Newcombe, 1998); ours 60 of 100."""
    data = made.dataset(tmp_path / "d", [{"csat": 5 if i < 60 else 1} for i in range(100)])
    given = benchmarks.from_text(
        HEADING + f"Retail,csat,{100 * 81 / 263},263,S,2024\nRetail,csat,60,,S,2024\nRetail,nps,60,9,S,2024\n"
    )
    found = benchmarks.compared(data, given)
    first = found.iloc[0]
    assert (first["theirs_low"], first["theirs_high"]) == pytest.approx((25.53, 36.62), abs=0.01)
    assert first["ours"] == pytest.approx(60) and first["real"] and first["says"] == "29 points above Retail 2024, real"
    assert found.iloc[1]["says"] == "like Retail 2024, within noise; the source tells no base, so its noise is unknown"
    assert found.iloc[2]["says"] == "we have no answers for it" and not found.iloc[2]["real"]


def test_a_mean_is_compared_on_its_scale_alone(tmp_path):
    data = made.dataset(tmp_path / "d", [{"rating": 1 + i % 5} for i in range(100)])
    found = benchmarks.compared(
        data, benchmarks.from_text(HEADING + "Retail,rating,8.2,100,S,2024\nRetail,rating,3,100,S,2024\n")
    )
    assert found["says"].tolist() == [
        "not comparable: ours is not on the scale of 8.2",
        "like Retail 2024, within noise",
    ]
    assert found.iloc[1]["theirs_high"] == pytest.approx(3 + 1.984 * (4 / 99) ** 0.5, abs=0.001)


# --- Targets a dataset can have, and files as people have them


@pytest.mark.parametrize(("goal", "said"), [
    (goals.Target("nps", 40, DUE), "no answers for NPS. It has: csat, csat_mean"),
    (goals.Target("csat_mean", 9, DUE), r"lies on its scale \(1–5\), not at 9"),
    (goals.Target("csat", 70, DUE, Filter(where=(("Plann", ("A",)),))), "Did you mean 'Plan'"),
    (goals.Target("csat", 70, DUE, Filter(where=(("customer_id", ("c1",)),))), "'customer_id' is no segment. There are: Plan"),
    (goals.Target("csat", 70, DUE, Filter(where=(("Plan", ("A", "Z")),))), "No response has Plan = 'Z'. There are: A, B"),
])  # fmt: skip
def test_targets_the_dataset_cannot_have(tmp_path, goal, said):
    with pytest.raises(FilterError, match=said):
        goals.fitting(satisfied(tmp_path), goal)


def test_a_target_that_fits(tmp_path):
    goal = goals.Target("csat_mean", 4.5, DUE, Filter(where=(("plan", ("A",)),)))
    assert goals.fitting(satisfied(tmp_path), goal).where.where == (("Plan", ("A",)),)


@pytest.mark.parametrize("goal", [
    goals.Target("nps", 40, DUE), goals.Target("csat", 70, DUE, Filter(where=(("Gone", ("A",)),))),
])  # fmt: skip
def test_a_target_whose_data_are_gone_says_so(tmp_path, goal):
    found = goals.judged(satisfied(tmp_path), goal, DUE)
    assert (found.verdict, found.gap, found.value.value) == (goals.GONE, None, None)
    assert ("no answers for it" if goal.kpi == "nps" else "no column 'Gone'") in found.says


def test_a_day_by_a_slip_of_the_pen():
    with pytest.raises(FilterError, match="0026-01-01 is no day for a target"):
        goals.target({"kpi": "csat", "value": 70, "due": "0026-01-01"})


@pytest.mark.parametrize("raw", [
    (HEADING + "Zürich,nps,30,5,Ä,2024\n").encode(codec) for codec in ("utf-8", "utf-8-sig", "utf-16", "cp1252")
])  # fmt: skip
def test_files_in_any_usual_encoding(raw):
    assert benchmarks.from_bytes(raw, "b.csv") == [benchmarks.Benchmark("Zürich", "nps", 30.0, 5, "Ä", 2024)]


def test_the_template_is_a_file_of_benchmarks():
    assert [each.kpi for each in benchmarks.from_text(benchmarks.TEMPLATE)] == ["cx_index", "nps"]


def test_a_decimal_comma():
    found = benchmarks.from_text(HEADING.replace(",", ";") + "Retail;csat;78,5;1200;S;2024\n")
    assert (found[0].value, found[0].n) == (78.5, 1200)


@pytest.mark.parametrize(("raw", "said"), [
    (b"PK\x03\x04rest", "is a workbook"), (b"x" * 2_000_000, "2.0 MB"), (b"", "row 1 has no column"),
    ((HEADING + "x" * 300 + ",nps,30,5,S,2024\n").encode(), "row 2, column industry: is longer than 200 characters"),
    ((HEADING + "Retail,nps,30,1e300,S,2024\n").encode(), "row 2, column n: '1e300' is no number of answers"),
    ((HEADING + f"Retail,{'k' * 300},30,5,S,2024\n").encode(), "row 2, column kpi: 'kkkk"),
])  # fmt: skip
def test_files_that_are_none(raw, said):
    with pytest.raises(IntakeError) as caught:
        benchmarks.from_bytes(raw, "b.csv")
    assert said in str(caught.value) and len(str(caught.value)) < 600
