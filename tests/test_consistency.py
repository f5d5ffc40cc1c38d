"""Consistency against statsmodels' meta-analysis and simulation; recovery against counting by hand."""

import warnings
from random import Random

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from cx.measure import consistency, estimate
from cx.view.filters import Filter, parsed_day
from tests import made
from tests.made import FIVE, TEN


@pytest.fixture(autouse=True)
def strict():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def asked(where, scores, **more):
    """Answers to NPS by channel: {channel: (promoters, passives, detractors)}."""
    rows = [
        {"channel": channel, "nps": score}
        for channel, many in scores.items()
        for score, count in zip((10, 8, 0), many, strict=True)
        for _ in range(count)
    ]
    return made.dataset(where / "d", rows, **more)


@pytest.mark.parametrize("values", [[10.0, 20, 35], [10, 11, 10.5, 9], [0, 60], [5, 5, 5]])
def test_heterogeneity_is_that_of_statsmodels(values):
    errors = np.array([2.0, 3, 4, 5])[: len(values)]
    low, share, high, spread = consistency.heterogeneity(np.array(values), errors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels takes the root of a negative variance
        known = combine_effects(np.array(values), errors**2, method_re="dl")
    assert share == pytest.approx(max(known.i2, 0)) and spread == pytest.approx(max(known.tau2, 0) ** 0.5)
    assert 0 <= low <= share <= high <= 1


@pytest.mark.parametrize("groups", [2, 5])
def test_the_interval_holds_the_truth(groups):
    rng = np.random.default_rng(3)
    at = np.linspace(-1, 1, groups) * np.sqrt((groups - 1) / (np.linspace(-1, 1, groups) ** 2).sum())
    drawn = [consistency.heterogeneity(at + rng.normal(size=groups), np.ones(groups)) for _ in range(1000)]
    assert 0.93 < np.mean([low <= 0.5 <= high for low, _, high, _ in drawn]) < 0.975


def test_very_different_groups_have_an_interval_too():
    low, share, high, _ = consistency.heterogeneity(np.array([0.0, 1000]), np.array([1.0, 1]))
    assert 0.999 < low <= share <= high < 1


def test_channels_that_agree_and_channels_that_do_not(tmp_path):
    same = consistency.consistency(
        asked(tmp_path, {"email": (60, 20, 20), "phone": (59, 21, 20), "chat": (61, 19, 20)}), "nps"
    )
    assert same.estimate.value == 100 and same.estimate.n == 300 and same.spread == 0
    mixed = {"email": (60, 20, 20), "phone": (20, 20, 60), "chat": (55, 22, 23)}
    found = consistency.consistency(asked(tmp_path / "b", mixed), "nps")
    assert found.estimate.value < 15 and found.spread > 15
    assert {found.worst.first, found.worst.second} == {"email", "phone"}
    assert {found.best.first, found.best.second} == {"chat", "email"}
    assert found.worst.values == (40, -40) and found.worst.difference.value == 80 and found.worst.difference.real
    assert found.estimate.low <= found.estimate.value <= found.estimate.high


def test_the_worst_pair_is_no_accident_of_a_small_channel(tmp_path):
    scores = {"email": (600, 200, 200), "phone": (400, 200, 400), "kiosk": (4, 0, 6)}
    found = consistency.consistency(asked(tmp_path, scores), "nps")
    assert {found.worst.first, found.worst.second} == {"email", "phone"}


def test_touchpoints_of_mentions(tmp_path):
    rows = [{"response_id": f"r{place}", "comment": "said"} for place in range(60)]
    said = [
        {"response_id": f"r{place}", "touchpoint": ["delivery", "billing", "none"][place % 3],
         "sentiment_label": "negative" if place % 3 == 0 and place % 4 else "positive"}
        for place in range(60)
    ]  # fmt: skip
    found = consistency.consistency(made.dataset(tmp_path / "d", rows, said), "net_sentiment", "mention.touchpoint")
    assert found.groups["group"].tolist() == ["billing", "delivery"] and found.estimate.value < 30


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ({}, "nobody was asked"),
        ({"email": (30, 10, 10)}, "two groups"),
        ({"email": (30, 10, 10), "phone": (3, 0, 0)}, "two groups"),
        ({None: (30, 10, 10), "phone": (30, 0, 0)}, "two groups"),
    ],
    ids=["none", "one", "few", "no channel"],
)
def test_too_little_is_a_sentence(tmp_path, scores, reason):
    found = consistency.consistency(asked(tmp_path, scores), "nps")
    assert found.estimate.value is None and reason in found.why


def test_too_many_groups_are_a_sentence(tmp_path):
    rows = pd.DataFrame({"group": [f"g{place}" for place in range(500)], "n": 50}).reindex(
        columns=["group", *estimate.COLUMNS]
    )
    found = consistency.agreement(rows.assign(n=50, value=1.0, mid=1.0, se=1.0, df=49.0, low=0.0, high=2.0))
    assert "500 groups" in found.why


def test_small_channels_are_named(tmp_path):
    found = consistency.consistency(asked(tmp_path, {"a": (30, 1, 9), "b": (20, 9, 9), "kiosk": (2, 1, 1)}), "nps")
    assert found.notes == ("1 with fewer than 10 responses left out: kiosk.",) and len(found.groups) == 2


def test_equal_answers_have_no_spread_to_compare(tmp_path):
    rows = [{"channel": channel, "csat": 4} for channel in ("email", "phone") for _ in range(20)]
    found = consistency.consistency(made.dataset(tmp_path / "d", rows), "csat_mean")
    assert found.why and "All answers equal" in found.notes[0]


def test_only_one_scale_is_compared(tmp_path):
    rng = Random(1)
    rows = [
        {"channel": channel, "rating": rng.randrange(1, 6), "rating scale": "1–5"}
        for channel in "ab"
        for _ in range(30)
    ]
    rows += [
        {"channel": channel, "rating": rng.randrange(1, 11), "rating scale": "1–10"}
        for channel in "bc"
        for _ in range(20)
    ]
    found = consistency.consistency(made.dataset(tmp_path / "d", rows, scales={"rating": [FIVE, TEN]}), "rating")
    assert found.groups["group"].tolist() == ["a", "b"] and found.estimate.n == 60 and "1–5" in found.notes[0]


# ---- recovery


def story(where, *answers):
    """Each customer's answers to NPS, month by month."""
    rows = [
        {"customer_id": f"c{who}", "nps": score, "date": f"2024-{1 + turn:02d}-05"}
        for who, scores in enumerate(answers)
        for turn, score in enumerate(scores)
        if score is not None
    ]
    return made.dataset(where / "d", rows)


def test_detractors_and_their_next_answer(tmp_path):
    given = [(3, 9)] * 5 + [(0, 7)] * 3 + [(6, 2)] * 8 + [(1,)] * 4 + [(10, 9)] * 6
    found = consistency.recovery(story(tmp_path, *given))
    assert found.sides.set_index("loyalty")["n"].to_dict() == {"detractor": 8, "passive": 3, "promoter": 5}
    assert (found.recovered.value, found.recovered.n) == (50, 16)
    assert (found.promoters.value, found.again.value, found.again.n) == (31.25, 80, 20)
    assert found.change.value == pytest.approx((5 * 6 + 3 * 7 - 8 * 4) / 16)
    assert found.recovered.low < 50 < found.recovered.high


def test_it_is_the_first_time_that_counts(tmp_path):
    """Down, down, up: the next answer was still a detractor's. Whoever looks at the last pair finds only the recovered."""
    found = consistency.recovery(story(tmp_path, *[(2, 3, 10)] * 12))
    assert found.recovered.value == 0
    assert consistency.recovery(story(tmp_path / "b", *[(9, 3, 10)] * 12)).recovered.value == 100


def test_the_next_answer_may_lie_behind_the_period(tmp_path):
    found = consistency.recovery(story(tmp_path, *[(2, 10)] * 12), Filter(end=parsed_day("2024-01-31")))
    assert found.recovered.value == 100
    later = consistency.recovery(story(tmp_path / "b", *[(2, 3, 10)] * 12), Filter(begin=parsed_day("2024-02-01")))
    assert later.recovered.value == 100


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ((), "known customers"),
        (((10, 9),) * 12, "nobody was a detractor"),
        (((1,),) * 12, "0 answered again"),
        (((1, 9),) * 3, "it takes 10"),
    ],
    ids=["none", "no detractors", "silent", "few"],
)
def test_no_recovery_is_a_sentence(tmp_path, given, reason):
    found = consistency.recovery(story(tmp_path, *given))
    assert found.recovered.value is None and reason in found.why


def test_answers_of_nobody_and_of_the_future_do_not_count(tmp_path):
    rows = [{"customer_id": None, "nps": 1, "date": "2024-01-01"}] * 20
    rows += [{"customer_id": f"c{who}", "nps": 1, "date": "2024-01-01"} for who in range(12)]
    rows += [{"customer_id": f"c{who}", "nps": 9, "date": "2990-01-01"} for who in range(12)]
    found = consistency.recovery(made.dataset(tmp_path / "d", rows))
    assert found.again.value == 0 and found.again.n == 12
