"""Intervals against published figures and a second way of computing them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cx.measure import estimate, kpis


def counts(**answers: int) -> pd.DataFrame:
    """A tally of answers `a<value>=n`, unweighted."""
    rows = [(float(name[1:].replace("m", "-")), n) for name, n in answers.items()]
    frame = pd.DataFrame(rows, columns=["answer", "n"])
    return frame.assign(w=frame["n"].astype(float), w2=frame["n"].astype(float))


def test_nps_of_324_answers_has_the_computed_adjusted_wald_interval():
    tally = counts(a1=162, a0=108, am1=54)
    row = estimate.scaled(estimate.adjusted_wald(estimate.moments(tally, tally["answer"], [])), 100).iloc[0]
    assert row["value"] == pytest.approx(33.33, abs=0.01)
    assert (row["low"], row["high"]) == pytest.approx((24.95, 41.11), abs=0.01)
    assert row["n"] == 324


def test_variance_is_the_published_one():
    """p 1/2, passive 1/3, d 1/6: NPS 1/3, variance (1−NPS)²p + NPS²·passive + (1+NPS)²d."""
    tally = counts(a1=3, a0=2, am1=1)
    groups = estimate.moments(tally, tally["answer"], []).iloc[0]
    nps = 1 / 3
    assert groups["mean"] == pytest.approx(nps)
    assert groups["var"] == pytest.approx((1 - nps) ** 2 / 2 + nps**2 / 3 + (1 + nps) ** 2 / 6)


def test_all_promoters_have_an_interval_inside_the_scale_that_holds_the_value():
    row = estimate.adjusted_wald(estimate.moments(counts(a1=10), pd.Series([1.0]), [])).iloc[0]
    assert row["value"] == row["high"] == 1
    assert row["low"] == pytest.approx(0.475, abs=0.001)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718), (23, 60, 0.2709, 0.5098)],
)  # fmt: skip
def test_wilson_is_newcombes_table(hits, n, low, high):
    row = estimate.wilson(estimate.moments(counts(a1=hits, a0=n - hits), pd.Series([1.0, 0.0]), [])).iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=0.00006)
    assert (row["low"], row["high"]) == pytest.approx(proportion_confint(hits, n, method="wilson"), abs=1e-9)


def test_mean_is_students_interval_of_the_raw_answers():
    tally = counts(a5=3, a6=4, a7=9)
    row = estimate.student(estimate.moments(tally, tally["answer"], [])).iloc[0]
    raw = np.repeat([5, 6, 7], [3, 4, 9])
    low, high = stats.t.interval(0.95, len(raw) - 1, raw.mean(), stats.sem(raw))
    assert (row["value"], row["low"], row["high"]) == pytest.approx((raw.mean(), low, high))


def test_one_answer_is_no_mean():
    row = estimate.student(estimate.moments(counts(a5=1), pd.Series([5.0]), [])).iloc[0]
    assert pd.isna(row["value"]) and row["n"] == 1


def test_ratio_agrees_with_the_jackknife_of_raw_responses():
    """A second method: the delete-one jackknife of Σy/Σm is the linearised variance to first order."""
    rng = np.random.default_rng(7)
    m = rng.integers(1, 6, 400)
    y = np.array([rng.binomial(k, rng.choice([0.2, 0.8])) * 2 - k for k in m])
    sums = pd.DataFrame(
        [{"n": 400, "m": m.sum(), "y": y.sum(), "mm": (m * m).sum(), "my": (m * y).sum(), "yy": (y * y).sum()}]
    )
    row = estimate.ratio(sums.astype(float)).iloc[0]
    left = (y.sum() - y) / (m.sum() - m)
    jackknife = np.sqrt(399 / 400 * ((left - left.mean()) ** 2).sum())
    assert row["value"] == pytest.approx(y.sum() / m.sum())
    assert row["se"] == pytest.approx(jackknife, rel=0.01)


def test_ratio_is_the_plain_one_with_half_a_response_more():
    """Counted by hand from listed responses: half a response of average length, half of that in the middle, the rest at the ends."""
    m, y = np.array([1.0, 2, 3, 1, 2]), np.array([1.0, -1, 2, -1, 0])
    sums = pd.DataFrame([{"n": 5, "m": 9, "y": 1, "mm": 19, "my": 4, "yy": 7}])
    row = estimate.ratio(sums.astype(float)).iloc[0]
    weight = np.array([1, 1, 1, 1, 1, 0.25, 0.125, 0.125])
    end = np.sqrt((m**2).mean())  # its square is that of the average response
    sizes, sides = np.append(m, [1.8] * 3), np.append(y, [0, end, -end])
    squares = np.append(m**2, [3.8] * 3)
    r = (weight @ sides) / (weight @ sizes)
    spread = weight @ (sides**2 + r**2 * squares) - 2 * r * (weight[:5] @ (m * y))
    half = stats.t.ppf(0.975, 4) * np.sqrt(spread * 5.5 / 4.5) / (weight @ sizes)
    assert row["value"] == pytest.approx(1 / 9) and row["mid"] == pytest.approx(r)
    assert (row["low"], row["high"]) == pytest.approx((max(r - half, -1), min(r + half, 1)))


def test_a_share_of_mentions_is_the_same_ratio_on_half_the_range():
    """Net sentiment −1…1 and the share (y + m)/2 of the same mentions say the same, one as fine as the other."""
    net = pd.DataFrame([{"n": 30, "m": 60, "y": -20, "mm": 150, "my": -50, "yy": 50}]).astype(float)
    share = net.assign(y=20.0, my=50.0, yy=(50 - 100 + 150) / 4)
    whole, half = estimate.ratio(net).iloc[0], estimate.ratio(share, 0.0).iloc[0]
    names = ["value", "low", "high", "mid"]
    assert half[names].tolist() == pytest.approx([(whole[name] + 1) / 2 for name in names])


@pytest.mark.parametrize(("y", "lowest", "low", "high"), [(0, 0.0, 0, 0.0876), (40, -1.0, 0.8248, 1)])
def test_a_ratio_on_which_all_agree_still_has_an_interval(y, lowest, low, high):
    """40 responses of one mention each: as wide as Wilson's for 0 of 40, on the measure's range."""
    sums = pd.DataFrame([{"n": 40, "m": 40, "y": y, "mm": 40, "my": y, "yy": y}])
    row = estimate.ratio(sums.astype(float), lowest).iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=0.0001)
    assert proportion_confint(0, 40, method="wilson")[1] == pytest.approx(0.0876, abs=0.0001)


def test_difference_of_two_nps_is_rocks_two_sample_test():
    after, before = counts(a1=162, a0=108, am1=54), counts(a1=130, a0=124, am1=70)
    rows = [estimate.adjusted_wald(estimate.moments(t, t["answer"], [])).iloc[0] for t in (after, before)]
    found = estimate.difference(*rows)
    assert found.p == pytest.approx(0.0129, abs=0.00005)
    assert 100 * (rows[0]["mid"] - rows[1]["mid"]) == pytest.approx(14.68, abs=0.005)
    assert found.value == pytest.approx((108 - 60) / 324)
    assert found.real and found.low < found.value < found.high


def test_difference_of_two_means_is_welchs_test():
    a, b = counts(a1=4, a3=9, a5=20), counts(a1=9, a2=3, a4=11)
    rows = [estimate.student(estimate.moments(t, t["answer"], [])).iloc[0] for t in (a, b)]
    raw = [np.repeat(t["answer"], t["n"]) for t in (a, b)]
    assert estimate.difference(*rows).p == pytest.approx(stats.ttest_ind(*raw, equal_var=False).pvalue)


def test_below_the_base_only_n_is_left():
    tally = counts(a1=5, a0=4)
    row = estimate.suppressed(estimate.wilson(estimate.moments(tally, tally["answer"], [])), 10).iloc[0]
    assert row["n"] == 9 and row[["value", "low", "high", "mid", "se"]].isna().all()
    assert not estimate.of_row(row).shown


answers = st.lists(st.integers(0, 40), min_size=3, max_size=3).filter(lambda n: sum(n) > 0)


@given(answers)
def test_low_value_high_are_always_in_order(n):
    tally = counts(a1=n[0], a0=n[1], am1=n[2])
    groups = estimate.moments(tally, tally["answer"], [])
    for row in (estimate.adjusted_wald(groups).iloc[0], estimate.student(groups).iloc[0]):
        if pd.notna(row["value"]):
            assert row["low"] <= row["value"] <= row["high"]


@given(answers, answers)
def test_parts_add_up_to_the_whole(first, second):
    parts = pd.concat([counts(a1=n[0], a0=n[1], am1=n[2]).assign(part=p) for p, n in enumerate((first, second))])
    whole = estimate.moments(parts, parts["answer"], []).iloc[0]
    added = counts(a1=first[0] + second[0], a0=first[1] + second[1], am1=first[2] + second[2])
    assert whole[["n", "mean", "var"]].tolist() == pytest.approx(
        estimate.moments(added, added["answer"], []).iloc[0][["n", "mean", "var"]].tolist()
    )


def test_weights_count_with_their_effective_base():
    """Half the answers weigh three times as much: effective base (Σw)²/Σw² = 40²/(10·9+10·1) = 16."""
    tally = pd.DataFrame({"answer": [1.0, 0.0], "n": [10, 10], "w": [30.0, 10.0], "w2": [90.0, 10.0]})
    row = estimate.wilson(estimate.moments(tally, tally["answer"], [])).iloc[0]
    assert row["value"] == pytest.approx(0.75) and row["n"] == 20 and row["base"] == pytest.approx(16)
    assert (row["low"], row["high"]) == pytest.approx(proportion_confint(12, 16, method="wilson"))


def covered(name, samples, answers, truth):
    """The share of intervals over samples (one row of counts each) that hold the truth."""
    counts = answers.iloc[np.tile(np.arange(samples.shape[1]), len(samples))].reset_index(drop=True)
    counts = counts.assign(sample=np.repeat(np.arange(len(samples)), samples.shape[1]), n=samples.ravel())
    counts = counts[counts["n"] > 0].assign(w=lambda rows: rows["n"].astype(float), w2=lambda rows: rows["w"])
    found = kpis.estimated(name, counts, ["sample"])
    return ((found["low"] <= truth) & (truth <= found["high"])).mean()


def test_intervals_of_thirty_answers_hold_the_truth():
    """The whole grid is printed by benchmarks/coverage; here the hard places of the index and of NPS."""
    rng = np.random.default_rng(11)
    three = pd.DataFrame({"answer": [10.0, 8.0, 0.0], "scale": "0–10"})
    assert covered("nps", rng.multinomial(30, [0.7, 0, 0.3], 4000), three, 40) > 0.915
    ends = pd.DataFrame({part: [5.0, 3.0, 1.0] for part in kpis.PARTS})
    for part in kpis.PARTS:
        ends = ends.assign(**{f"{part}_min": 1.0, f"{part}_max": 5.0, f"{part}_low_is_good": 0.0})
    assert 0.94 < covered("cx_index", rng.multinomial(30, [0.5, 0.25, 0.25], 4000), ends, 25) < 0.97
