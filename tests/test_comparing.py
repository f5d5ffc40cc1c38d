"""The pages Compare and Drivers: what is chosen lives in the address; what cannot be told is said in words."""

import pytest

from tests.test_pages import _from_here, answers, dataset, ok, opened, specs, words  # noqa: F401


def rows(n: int = 240) -> list[dict]:
    """The North recommends, the South does not."""
    given = answers(n)
    return [
        row | {"How likely are you to recommend us?": 10 if row["Region"] == "North" else i % 7}
        for i, row in enumerate(given)
    ]


def test_without_a_choice_the_latest_months_stand_against_those_before(sample):
    at = opened("compare")
    assert "1 Aug 2026 – 31 Oct 2026 against 1 May 2026 – 31 Jul 2026: NPS up 3 points, within noise" in words(at)
    assert "responses are needed on each side" in words(at)
    assert at.selectbox(key="cmp_column").value == ""


def test_the_address_says_what_is_compared(sample):
    at = opened("compare", before="2025-03-01:2025-04-30", after="2026-03-01:2026-04-30", **{"f.Region": "North"})
    assert "1 Mar 2026 – 30 Apr 2026 against 1 Mar 2025 – 30 Apr 2025: NPS down" in words(at) and ", real" in words(at)
    at = opened("compare", column="Plan", b="Plus")
    assert "Plus against everyone else: NPS up 12 points, real" in words(at)
    assert at.selectbox(key="cmp_column").value == "Plan"
    ok(at.selectbox(key="cmp_a").select("Basic").run())
    assert "Plus against Basic: NPS up 12 points, real" in words(at)
    ok(at.selectbox(key="cmp_column").select("Region").run())
    assert "against everyone else" in words(at) and "Plus" not in words(at).split("Which")[0].split(":")[0]


def test_a_changed_choice_goes_into_the_address(dataset):  # noqa: F811
    dataset(rows())
    at = opened("compare", column="Region", b="North")
    assert "North against everyone else: NPS up" in words(at)
    ok(at.selectbox(key="cmp_b").select("South").run())
    assert at.query_params["b"] == ["South"] or at.query_params["b"] == "South"
    assert "South against everyone else: NPS down" in words(at)


def test_who_differs_most_stands_below(dataset):  # noqa: F811
    dataset(rows())
    at = opened("compare", kpi="nps")
    assert "NPS: Region: " in words(at) and "above the rest, real" in words(at)
    assert at.selectbox(key="cmp_kpi").value == "nps"
    ok(at.selectbox(key="cmp_kpi").select("csat").run())
    assert "CSAT: with " in words(at) and "NPS: Region" not in words(at)
    table = next(frame.value for frame in at.dataframe if "this group" in frame.value)
    assert table["column"].iloc[0] == "Region"


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"column": "Region", "a": "North", "b": "North"}, "cannot be compared with itself"),
        ({"before": "2026-01-01:2026-03-31", "after": "2026-03-01:2026-05-31"}, "The two periods overlap"),
        ({"column": "Region", "b": "Atlantis"}, "Too few answers to compare Atlantis with everyone else"),
        ({"column": "Region", "b": "South", "f.Region": "North"}, "leaves out &#x27;South&#x27;"),
        ({"before": "<script>", "after": "never"}, "against"),
        ({"column": "<script>alert(1)</script>"}, "against"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said(dataset, params, told):  # noqa: F811
    dataset(rows(60))
    said = words(opened("compare", **params))
    assert told in said and "<script>" not in said


def test_without_dates_two_groups(dataset):  # noqa: F811
    dataset([{name: value for name, value in row.items() if name != "Date"} for row in rows()])
    at = opened("compare")
    assert "against everyone else" in words(at) and at.selectbox(key="cmp_column").value == "Region"


def test_without_dates_and_columns_there_is_nothing_to_compare(dataset):  # noqa: F811
    dataset([{"How likely are you to recommend us?": i % 11} for i in range(60)])
    assert "Nothing to compare by." in words(opened("compare"))


def test_a_column_with_very_many_values(dataset):  # noqa: F811
    dataset([row | {"Shop": f"shop {i % 250}"} for i, row in enumerate(rows(3000))])
    at = opened("compare", column="Shop")
    assert "Shop has about 2" in words(at)
    assert "different values: the 200 with most responses are listed; type any other." in words(at)
    assert "shop 249 against everyone else" in words(opened("compare", column="Shop", b="shop 249"))


def test_drivers_ask_what_if(sample):
    at = opened("drivers", outcome="nps", if_kind="aspect", if_driver="enjoyment", if_like="effectiveness")
    assert "If enjoyment were as good as effectiveness, NPS +8 ± 1" in words(at)
    ok(at.selectbox(key="if_like").select("enjoyment").run())
    assert "as good as itself" in words(at)
    ok(at.selectbox(key="if_kind").select("touchpoint").run())
    assert "were as good as" in words(at)


def test_drivers_show_quadrants_and_weights(sample):
    at = opened("drivers", placed="What people rate")
    assert "What people rate explains 62 % of how NPS differs" in words(at)
    assert at.segmented_control(key="placed").value == "aspect"
    assert any("strengths" in str(spec) and "fix first" in str(spec) for spec in specs(at))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (answers(8), "Too few answers to tell what moves it"),
        (answers(120, "Comment"), "Too few answers to tell what moves it"),
        (answers(60, "How likely are you to recommend us?", "Overall satisfaction (1-5)", "Comment"), "no scores"),
    ],
    ids=["few", "no comments", "nothing"],
)  # fmt: skip
def test_drivers_of_few_answers_and_of_none(dataset, given, told):  # noqa: F811
    dataset(given)
    assert told in words(opened("drivers"))
