"""Differences against SciPy, several tests together against statsmodels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from cx.measure import compare, estimate


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
