"""Goals as the page shows them: gaps that know which way is good, ours above theirs, words escaped."""

from datetime import date

import pandas as pd
import pytest

from cx.measure import benchmarks, goals
from cx.store.notes import Kept
from cx.view import cards, charts, theme
from cx.view import goals as view
from cx.view.filters import ALL, Filter
from tests import made

DUE = date(2026, 12, 31)
HEADING = "industry,kpi,value,n,source,year\n"


def data(where):
    """CSAT 80 of 100 (71.1 to 86.7); 5 % of 100 mentions tell of effort."""
    rows = [{"csat": 5 if i < 80 else 1, "date": "2026-06-01", "<b>": "AB"[i % 2]} for i in range(100)]
    said = [{"response_id": f"r{i:04d}", "effort": "high" if i < 5 else "none"} for i in range(100)]
    return made.dataset(where / "d", rows, said)


@pytest.mark.parametrize(("kpi", "wanted", "verdict", "gap", "tone"), [
    ("csat", 70, goals.REACHED, "10 points beyond the target", 1), ("csat", 90, goals.MISSED, "10 points to go", -1),
    ("csat", 85, goals.OPEN, "5 points to go", 0), ("csat", 80, goals.LIKELY, "on the target", 0),
    ("effort_high", 30, goals.REACHED, "25 points beyond the target", 1), ("effort_high", 0, goals.MISSED, "5 points to go", -1),
    ("csat_mean", 4.5, goals.OPEN, "0.3 to go", 0),
])  # fmt: skip
def test_the_gap_knows_which_way_is_good(tmp_path, kpi, wanted, verdict, gap, tone):
    found = view.standing(data(tmp_path), [goals.Target(kpi, wanted, DUE)], DUE, 10)[0]
    assert (found.standing.verdict, found.gap, found.tone) == (verdict, gap, tone)


def test_the_bar_is_on_the_whole_range(tmp_path):
    """The mean 4.2 on 1–5 lies at 80 %; a target of 3 in the middle."""
    found = view.standing(data(tmp_path), [goals.Target("csat_mean", 3, DUE)], DUE, 10)[0]
    low, value, high, wanted = found.bar
    assert (value, wanted) == pytest.approx((80, 50)) and low < value < high


def test_too_few_answers_have_no_bar_and_no_gap(tmp_path):
    goal = goals.Target("csat", 70, DUE, Filter(where=(("<b>", ("Z",)),)))
    found = view.standing(data(tmp_path), [goal], DUE, 10)[0]
    assert (found.standing.verdict, found.gap, found.bar, found.tone) == (goals.FEW, "", None, 0)
    html = cards.goals([found], theme.LIGHT)
    assert "Too few answers" in html and "&lt;b&gt;: Z" in html and "<b>" not in html


def test_the_headline(tmp_path):
    dataset = data(tmp_path)
    targets = [goals.Target("csat", wanted, DUE) for wanted in (70, 90, 95)]
    found = view.standing(dataset, targets, DUE, 10)
    assert view.finding(found, pd.DataFrame()) == "1 of 3 targets reached, 2 missed for now"
    late = view.standing(dataset, targets[1:2], date(2027, 1, 1), 10)
    assert view.finding(late, pd.DataFrame()) == "None of 1 target reached, 1 missed"
    assert view.finding([], pd.DataFrame()) == "Where do you want to be?"
    given = benchmarks.from_text(HEADING + "R,csat,60,900,S,2024\nR,csat,81,900,S,2023\nR,csat,99,900,S,2022\n")
    compared = view.compared(dataset, given, ALL, 10)
    assert view.finding([], compared) == "For real above 1 and below 1 of 3 benchmarks"
    assert view.finding([], compared.iloc[1:2]) == "Like the benchmarks, within noise"


def test_the_table_has_the_numbers_and_who_set_it(tmp_path):
    found = view.standing(data(tmp_path), [goals.Target("csat", 70, DUE)], DUE, 10)
    row = view.table(found, [Kept(7, {}, "ann", None)]).iloc[0]
    assert (row["id"], row["kpi"], row["target"], row["now"], row["gap"], row["verdict"], row["set by"]) == (
        7, "CSAT", 70, 80, 10, goals.REACHED, "ann",
    )  # fmt: skip


def test_ours_stands_above_theirs_the_latest_first(tmp_path):
    given = benchmarks.from_text(
        HEADING + "Old,csat,60,900,S,2019\nNew,csat,70,,<i>S</i>,2024\nOld,csat,61,900,T,2019\nX,csat_mean,8,9,S,2024\n"
        "Y,nps,40,100,S,2024\n"
    )
    compared = view.compared(data(tmp_path), given, ALL, 10)
    assert view.comparable(compared) == {"csat": "CSAT", "nps": "NPS"}, "a mean on another scale is in no chart"
    rows = view.beside(compared, "csat")
    assert rows["name"].tolist() == ["Yours", "New 2024", "Old 2019", "Old 2019 (2)"]
    assert rows["value"].tolist() == [80, 70, 60, 61] and rows["ours"].tolist() == [True, False, False, False]
    assert rows["low"].isna().tolist() == [False, True, False, False]
    assert rows["say"][1] == ("New 2024: CSAT 70 % (<i>S</i>); yours: 10 points above New 2024, real; the source tells no "
                              "base, so its noise is unknown")  # fmt: skip
    alone = view.beside(compared, "nps")
    assert alone["value"].isna().tolist() == [True, False] and "too few answers" in alone["say"][0]
    spec, sent = charts.beside(rows, "CSAT", "percent", theme.LIGHT)
    assert len(sent) == 4 and [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "circle"]


def test_a_chart_has_a_bound(tmp_path):
    text = HEADING + "".join(f"Firm {n},csat,{n},100,S,2024\n" for n in range(60))
    compared = view.compared(data(tmp_path), benchmarks.from_text(text), ALL, 10)
    assert len(compared) == 60 and len(view.beside(compared, "csat")) == view.MOST_BARS + 1
