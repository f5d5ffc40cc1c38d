"""Two groups side by side as the page shows them: words, sides and what cannot be compared."""

from datetime import date

import pytest

from cx.measure import compare as measured
from cx.view import compare
from cx.view.compare import Choice
from cx.view.filters import ALL, Filter
from tests import made

MARCH, APRIL = (date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 4, 30))


def given(tmp_path, n: int = 120):
    """The North gives 10, the South 0, the East 8; the North buys for 10 to 29, the others for 30 and more."""
    rows = [
        {
            "nps": (10, 0, 8)[i % 3], "csat": 1 + i % 5, "Region": ("North", "South", "East'); --")[i % 3],
            "revenue": 10 + i % 20 if i % 3 == 0 else 30 + i % 20, "date": f"2026-0{3 + i % 2}-15",
        }
        for i in range(n)
    ]  # fmt: skip
    return made.dataset(tmp_path / "d", rows)


def test_two_values(tmp_path):
    found = compare.view(given(tmp_path), Choice("Region", "South", "North"), "nps", ALL, 10)
    row = found.rows.set_index("kpi").loc["nps"]
    assert (row["a"], row["b"], row["change"], row["real"], row["good"]) == (-100, 100, 200, True, True)
    assert found.finding == "North against South: NPS up 200 points, real; CSAT unchanged, within noise"
    assert found.why == "" and found.notes == ()


def test_a_value_against_everyone_else_is_what_the_segments_say(tmp_path):
    """North 100 against the mean of −100 and 0; the number is that of the list the click comes from."""
    data = given(tmp_path)
    row = compare.between(data, Choice("Region", None, "North"), ALL, 10).set_index("kpi").loc["nps"]
    assert (row["a"], row["b"], row["n_a"], row["n_b"]) == (-50, 100, 80, 40)
    listed = compare.differing(data, "nps", ALL, 10).rows.set_index("name")
    for name, held in listed.iterrows():
        column, _, value = name.partition(": ")
        pair = compare.between(data, Choice(column, None, value), ALL, 10).set_index("kpi").loc["nps"]
        assert (pair["change"], pair["n_b"]) == pytest.approx((held["change"], held["n_with"])), name
    assert "revenue (ranges): under 30" in listed.index or any("revenue (ranges)" in name for name in listed.index)


def test_a_value_is_data_and_never_sql(tmp_path):
    row = compare.between(given(tmp_path), Choice("Region", None, "East'); --"), ALL, 10).set_index("kpi").loc["nps"]
    assert (row["b"], row["n_b"], row["n_a"]) == (0, 40, 80)


def test_two_periods(tmp_path):
    found = compare.view(given(tmp_path), Choice(before=MARCH, after=APRIL), "nps", ALL, 10)
    assert found.finding.startswith("1 Apr 2026 – 30 Apr 2026 against 1 Mar 2026 – 31 Mar 2026: NPS unchanged")
    assert found.rows["n_a"].max() == 60


@pytest.mark.parametrize(
    ("choice", "where", "told"),
    [
        (Choice("Region", "North", "North"), ALL, "cannot be compared with itself"),
        (Choice(before=MARCH, after=(date(2026, 3, 31), date(2026, 4, 30))), ALL, "The two periods overlap"),
        (Choice("Regoin", "North", "South"), ALL, "Did you mean 'Region'"),
        (Choice("Region", "North", "South"), Filter(where=(("Region", ("South",)),)), "leaves out 'North'"),
        (Choice("Region", None, "South"), Filter(where=(("Region", ("South",)),)), "leaves only 'South'"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_says_so(tmp_path, choice, where, told):
    found = compare.view(given(tmp_path), choice, "nps", where, 10)
    assert told in found.why and found.rows.empty


def test_without_dates_there_are_no_periods(tmp_path):
    data = made.dataset(tmp_path / "d", [{"nps": 10}] * 30)
    assert compare.recent(data, ALL) is None and compare.columns(data) == []
    assert "no dates" in compare.view(data, Choice(before=MARCH, after=APRIL), "nps", ALL, 10).why


def test_too_few_and_asked_on_one_side_only(tmp_path):
    rows = [{"nps": 10, "Region": "North", "csat": 5} for _ in range(30)] + [{"nps": 0, "Region": "South"}] * 3
    data = made.dataset(tmp_path / "d", rows)
    found = compare.view(data, Choice("Region", "North", "South"), "nps", ALL, 10)
    assert found.finding == "Too few answers to compare South with North"
    assert "Answered only by North: CSAT and Satisfaction, mean." in found.notes
    assert "NPS: too few to compare (30 and 3 responses)." in found.notes
    nobody = compare.view(data, Choice("Region", "North", "Atlantis"), "csat", ALL, 10)
    assert "too few" in nobody.finding.lower()


def test_several_scales_stand_apart_by_name(tmp_path):
    rows = [{"csat": 1 + i % 5, "csat scale": "1–5", "Region": "NS"[i % 2]} for i in range(60)]
    rows += [{"csat": 1 + i % 7, "csat scale": "1–7", "Region": "NS"[i % 2]} for i in range(80)]
    data = made.dataset(tmp_path / "d", rows, scales={"csat": [made.FIVE, made.SEVEN]})
    found = compare.view(data, Choice("Region", "N", "S"), "csat", ALL, 10)
    assert set(found.rows["name"]) == {
        f"{title} (scale 1–{n})" for title in ("CSAT", "Satisfaction, mean") for n in "57"
    }
    assert found.finding.startswith("S against N: CSAT (scale 1–7) ")  # the one most answered on
    assert found.notes == ("Asked on several scales, compared on each apart: CSAT and Satisfaction, mean.",)


def test_the_sentence_on_power_is_that_of_the_numbers(tmp_path):
    found = compare.view(given(tmp_path), Choice("Region", None, "East'); --"), "nps", ALL, 10)
    row = found.rows.set_index("kpi").loc["nps"]
    planned = measured.power(given(tmp_path), "nps", 5)[0].per_side
    unseen = measured.size(row["unseen"], "points", up=True)
    assert found.power == (
        f"NPS: with 80 and 40 responses a difference under {unseen} can stay unseen; to see 5 points, {planned:,} "
        "responses are needed on each side."
    )
    assert (
        "responses are needed"
        in compare.view(given(tmp_path), Choice("Region", "North", "South"), "csat_mean", ALL, 10).power
    )


def test_effort_that_rises_is_worse(tmp_path):
    turned = made.FIVE._replace(low_is_good=True)
    rows = [{"ces": 1 + (i // 2) % 2 + 3 * (i % 2), "Region": "NS"[i % 2]} for i in range(80)]
    data = made.dataset(tmp_path / "d", rows, scales={"ces": [turned]})
    assert compare.differing(data, "ces", ALL, 10).good is False
    rows = compare.view(data, Choice("Region", "N", "S"), "ces", ALL, 10).rows.set_index("kpi")
    assert (rows.loc["ces", "good"], rows.loc["ces_share", "good"]) == (False, True)
    assert rows.loc["ces", "change"] == 3 and rows.loc["ces_share", "change"] < 0


def test_choices_go_into_the_address_and_back(tmp_path):
    assert compare.given("2026-04-30:2026-04-01") == APRIL
    assert compare.given("never:2026-04-01") is None and compare.given("") is None
    assert Choice(before=MARCH, after=APRIL).url() == {
        "before": "2026-03-01:2026-03-31", "after": "2026-04-01:2026-04-30"
    }  # fmt: skip
    assert Choice("Region", None, "").url() == {"column": "Region", "b": ""}
    assert Choice("Region", "", "North").words == ("(no value)", "North")


def test_columns_and_values_to_choose_from(tmp_path):
    data = given(tmp_path)
    assert set(compare.columns(data)) == {"Region", "revenue (ranges)"}
    assert compare.values(data, "Region", ALL) == ["East'); --", "North", "South"]
    assert compare.values(data, "Region", Filter(where=(("Region", ("South",)),))) == ["South"]
    assert len(compare.values(data, "revenue (ranges)", ALL)) >= 3


def test_who_differs_in_words(tmp_path):
    found = compare.differing(given(tmp_path), "nps", ALL, 10)
    assert found.finding.startswith("NPS: Region: ") and "real" in found.finding and found.good
    few = compare.differing(given(tmp_path, 12), "nps", ALL, 10)
    assert few.finding == "Too few answers in any group to compare them in NPS" and compare.bars(few).empty
    alone = made.dataset(tmp_path / "e", [{"nps": 10}] * 40)
    assert "No column splits customers" in compare.differing(alone, "nps", ALL, 10).finding
