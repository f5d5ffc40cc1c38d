"""Differences against SciPy, several tests together against statsmodels."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower

from cx.errors import FilterError
from cx.measure import compare, estimate
from tests import made


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_benjamini_hochberg_is_that_of_statsmodels(p):
    adjusted = multipletests(p, method="fdr_bh")[1]
    assume(np.abs(adjusted - 0.05).min() > 1e-9)  # on the very edge rounding decides
    assert compare.corrected(pd.Series(p)).tolist() == (adjusted < 0.05).tolist()


def test_what_cannot_be_tested_is_never_real_and_costs_nothing():
    p = pd.Series([0.04, np.nan, np.nan, np.nan], index=[7, 3, 5, 9])
    found = compare.corrected(p)
    assert found.to_dict() == {7: True, 3: False, 5: False, 9: False}
    assert not compare.corrected(pd.Series([np.nan])).any()
    assert compare.corrected(pd.Series([], dtype=float)).empty


def test_a_lone_small_p_among_many_is_no_finding():
    """One p of 0.03 is real alone; among twenty it is what chance gives."""
    assert compare.corrected(pd.Series([0.03])).tolist() == [True]
    assert not compare.corrected(pd.Series([0.03, *np.linspace(0.1, 0.95, 19)])).any()


def means(groups: dict[str, list[float]]) -> pd.DataFrame:
    """Estimates of the mean per group, from raw answers."""
    rows = [(name, answer, 1, 1.0, 1.0) for name, answers in groups.items() for answer in answers]
    tally = pd.DataFrame(rows, columns=["Region", "answer", "n", "w", "w2"])
    return estimate.student(estimate.moments(tally, tally["answer"], ["Region"]))


def test_changes_are_welchs_test_group_by_group():
    rng = np.random.default_rng(0)
    before = {"North": rng.normal(5, 1, 80).tolist(), "South": rng.normal(5, 2, 60).tolist()}
    after = {"North": rng.normal(4, 1.5, 70).tolist(), "South": rng.normal(5, 1, 90).tolist()}
    found = compare.changes(means(before), means(after), ["Region"]).set_index("Region")
    for region in ("North", "South"):
        test = stats.ttest_ind(after[region], before[region], equal_var=False)
        low, high = test.confidence_interval()
        row = found.loc[region]
        assert row["change"] == pytest.approx(np.mean(after[region]) - np.mean(before[region]))
        assert (row["p"], row["low"], row["high"]) == pytest.approx((test.pvalue, low, high))
        assert (row["n_before"], row["n_after"]) == (len(before[region]), len(after[region]))
        assert (row["before"], row["after"]) == pytest.approx((np.mean(before[region]), np.mean(after[region])))
    assert found["real"].to_dict() == {"North": True, "South": False}


def test_groups_on_one_side_only_are_not_compared():
    before, after = means({"North": [1, 2, 3], "Gone": [4, 5, 6]}), means({"North": [1, 2, 3], "New": [4, 5, 6]})
    assert compare.changes(before, after, ["Region"])["Region"].tolist() == ["North"]


def test_below_the_base_there_is_no_change():
    few = estimate.suppressed(means({"North": [1.0, 2.0, 3.0]}), 10)
    row = compare.changes(few, means({"North": [4.0] * 20}), ["Region"]).iloc[0]
    assert np.isnan(row["change"]) and not row["real"]
    assert (row["n_before"], row["n_after"]) == (3, 20)


def test_a_unanimous_group_is_no_certainty():
    """Ten of ten positive against nine positive and a negative: zero variance on one side must not make it real."""
    sums = [{"n": 10, "m": 10, "y": y, "mm": 10, "my": y, "yy": 10} for y in (10, 8)]
    before, after = [estimate.ratio(pd.DataFrame([row]).astype(float)).assign(topic="t1") for row in sums]
    row = compare.changes(before, after, ["topic"]).iloc[0]
    assert row["change"] == pytest.approx(-0.2) and row["p"] > 0.3 and row["low"] < -0.5
    agreed = compare.changes(before, before, ["topic"]).iloc[0]
    assert agreed["change"] == 0 and agreed["p"] == 1 and agreed["low"] < 0 < agreed["high"]


def test_nothing_to_compare():
    nothing = means({"North": [1.0, 2.0]}).iloc[:0]
    assert compare.changes(nothing, nothing, ["Region"]).empty


def test_changes_side_by_side_are_corrected_together():
    """Eight p-values against statsmodels; what has no p is left as it is."""
    p = [0.04, 0.2, 0.5, 0.01, 0.9, 0.3, 0.6, 0.03]
    given = [estimate.Difference(1.0, 0.0, 2.0, value) for value in p]
    found = compare.together([*given, estimate.UNKNOWN])
    expected = multipletests(p, method="fdr_bh")[1]
    assert [difference.p for difference in found[:-1]] == pytest.approx(list(expected))
    assert not any(difference.real for difference in found)
    assert found[-1] == estimate.UNKNOWN


# ---- Two sides


def regions(where, north, south, **more):
    """Answers 0–10 of two regions."""
    rows = [{"nps": a, "Region": "North"} | more for a in north] + [{"nps": a, "Region": "South"} | more for a in south]
    return made.dataset(where / "d", rows)


def test_two_segments_are_rocks_two_sample_test(tmp_path):
    """162/54 of 324 against 130/70 of 324: 14.68 points, z 2.488, p 0.0129 (formulas.md)."""
    first = [10] * 162 + [8] * 108 + [0] * 54
    second = [10] * 130 + [8] * 124 + [0] * 70
    row = compare.values(regions(tmp_path, second, first), "region", "North", "South", names=["nps"]).iloc[0]
    assert (row["a"], row["b"]) == pytest.approx((100 * 60 / 324, 100 * 108 / 324))
    assert (row["n_a"], row["n_b"]) == (324, 324)
    assert row["change"] == pytest.approx(100 * 48 / 324)
    assert row["p"] == pytest.approx(0.0129, abs=0.0003) and row["real"]
    assert row["says"] == "up 15 points, real"


def test_within_noise_says_what_can_stay_unseen(tmp_path):
    row = compare.values(
        regions(tmp_path, [10, 8, 0] * 20, [10, 8, 0] * 19 + [10] * 3), "Region", "North", "South"
    ).iloc[0]
    se = (row["unseen"]) / (1.959963984540054 + stats.norm.ppf(0.8))
    assert not row["real"] and row["says"].startswith("up 5 points, within noise (under ")
    assert row["change"] == pytest.approx(5) and 14 < se < 16  # √(2·66.7²·…/61): about 15 points


def test_few_or_no_answers_are_said(tmp_path):
    data = regions(tmp_path, [10] * 40, [0] * 3)
    row = compare.values(data, "Region", "North", "South", names=["nps"]).iloc[0]
    assert row["says"] == "too few to compare (40 and 3 responses)" and np.isnan(row["change"]) and not row["real"]
    nobody = compare.values(data, "Region", "North", "East", names=["nps", "csat"])
    assert nobody["says"].tolist() == [
        "too few to compare (40 and 0 responses)",
        "too few to compare (0 and 0 responses)",
    ]
    with pytest.raises(FilterError, match="itself"):
        compare.values(data, "Region", "North", "North")
    with pytest.raises(FilterError, match="Regoin"):
        compare.values(data, "Regoin", "North", "South")


def test_two_periods(tmp_path):
    rows = [{"nps": 10, "date": "2025-03-31"}] * 30 + [{"nps": 0, "date": "2025-04-01"}] * 30
    data = made.dataset(tmp_path / "d", rows)
    march, april = (date(2025, 3, 1), date(2025, 3, 31)), (date(2025, 4, 1), date(2025, 4, 30))
    row = compare.periods(data, march, april).iloc[0]
    assert (row["a"], row["b"], row["change"], row["says"]) == (100, -100, -200, "down 200 points, real")
    with pytest.raises(FilterError, match="overlap"):
        compare.periods(data, march, (date(2025, 3, 31), date(2025, 4, 30)))


def test_several_scales_are_compared_apart(tmp_path):
    rows = [{"csat": 1 + i % 5, "csat scale": "1–5", "Region": "NS"[i % 2]} for i in range(60)]
    rows += [{"csat": 1 + i % 7, "csat scale": "1–7", "Region": "NS"[i % 2]} for i in range(60)]
    data = made.dataset(tmp_path / "d", rows, scales={"csat": [made.FIVE, made.SEVEN]})
    found = compare.values(data, "Region", "N", "S", names=["csat_mean"])
    assert found["scale"].tolist() == ["1–5", "1–7"] and found["n_a"].tolist() == [30, 30]


@pytest.mark.parametrize(("unit", "change", "said"), [
    ("points", 6.4, "up 6 points, within noise"), ("percent", -1.2, "down 1 point, within noise"),
    ("scale", 0.34, "up 0.3, within noise"), ("points", 0.3, "unchanged, within noise"), ("scale", -0.02, "unchanged, within noise"),
])  # fmt: skip
def test_sentences(unit, change, said):
    assert compare.sentence(change, False, unit) == said


def test_responses_needed_are_those_of_statsmodels(tmp_path):
    for sd, difference in ((70, 5), (45, 5), (1.1, 0.2), (70, 20)):
        exact = NormalIndPower().solve_power(difference / sd, alpha=0.05, power=0.8)
        assert compare.needed(sd, difference) == pytest.approx(exact, abs=1)
    found = compare.power(regions(tmp_path, [10, 8, 0] * 100, [10, 8, 0] * 100), "nps")[0]
    sd = (100**2 * 2 / 3) ** 0.5
    assert found.per_side == pytest.approx(compare.needed(sd, 5), rel=0.02)
    assert found.unseen == pytest.approx((1.96 + 0.8416) * sd * (2 / 300) ** 0.5, rel=0.02)
    assert "responses are needed" in found.says


def test_power_without_a_base(tmp_path):
    few = compare.power(regions(tmp_path, [10], [9]), "nps")[0]
    assert few.per_side is None and "too few" in few.says
    same = compare.power(made.dataset(tmp_path / "e", [{"rating": 4}] * 40), "rating")[0]
    assert same.per_side is None and "equal" in same.says


def test_noise_is_called_noise(tmp_path):
    """Two regions alike, all KPIs at once, fifteen times: more than three false alarms have a chance below 1 %."""
    rng, alarms = np.random.default_rng(8), 0
    for run in range(15):
        rows = [
            {"nps": int(rng.integers(11)), "csat": int(rng.integers(1, 6)), "ces": int(rng.integers(1, 8)), "Region": "NS"[i % 2]}
            for i in range(120)
        ]  # fmt: skip
        data = made.dataset(tmp_path / f"{run:04d}", rows, scales={"ces": [made.SEVEN]})
        alarms += compare.values(data, "Region", "N", "S")["real"].any()
    assert alarms <= 3
