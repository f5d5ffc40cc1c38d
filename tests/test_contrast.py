"""With and without, by hand; a response counts once however many of its mentions name a topic."""

import numpy as np
import pytest

from cx.measure import contrast, kpis
from cx.view.filters import Filter
from tests import made


def kapiche(where, **more):
    """NPS +50, falling to +40 without "delivery": 20 of 120 have it, all of them promoters… written out in the test."""
    with_ = [{"nps": 10, **more}] * 20
    without = [{"nps": 10}] * 60 + [{"nps": 8}] * 20 + [{"nps": 0}] * 20
    mentions = [{"response_id": f"r{i:04d}", "topic": "t1"} for i in range(20)]
    mentions += [{"response_id": f"r{i:04d}", "topic": "t1"} for i in range(10)]  # named twice by ten of them
    mentions += [{"response_id": f"r{i:04d}", "topic": "t2"} for i in range(20, 40)]
    return made.dataset(where / "d", [*with_, *without], mentions)


def test_the_published_impact(tmp_path):
    """50 falls to 40 without the topic: impact +10. P − D over 120: 80 − 20 = 60 → 50; over the other 100: 60 − 20 → 40."""
    row = contrast.with_and_without(kapiche(tmp_path), "nps", "topic").set_index("value").loc["t1"]
    assert row[["all", "without", "with", "impact", "difference"]].tolist() == pytest.approx([50, 40, 100, 10, 60])
    assert row[["n_with", "n_without", "n"]].tolist() == [20, 100, 120]  # not 30: a response counts once
    assert row["share"] == pytest.approx(20 / 120)
    assert row["impact_low"] == pytest.approx(row["low"] / 6) and row["impact_high"] == pytest.approx(row["high"] / 6)


def test_the_difference_is_that_of_two_groups(tmp_path):
    """Against Rocks' two-sample formula on the two groups, written out."""
    row = contrast.with_and_without(kapiche(tmp_path), "nps", "topic").set_index("value").loc["t1"]

    def adjusted(p, d, n):
        p, d = (p + 0.75) / (n + 3), (d + 0.75) / (n + 3)
        return p - d, (p + d - (p - d) ** 2) / (n + 3)

    (a, va), (b, vb) = adjusted(20, 0, 20), adjusted(60, 20, 100)
    half = 195.9963984540054 * (va + vb) ** 0.5
    assert row["low"] == pytest.approx(100 * (a - b) - half)
    assert row["high"] == pytest.approx(max(100 * (a - b) + half, 60))


@pytest.mark.parametrize("every", [True, False])
def test_null_when_all_or_none_have_it(tmp_path, every):
    said = [
        {"response_id": f"r{i:04d}", "topic": "t1", "sentiment_label": "positive"} for i in range(40 if every else 0)
    ]
    data = made.dataset(
        tmp_path / "d", [{"nps": i % 11, "weight": 0.1 + i / 3} for i in range(40)], said or [{"response_id": "r0000"}]
    )
    for name in ("nps", "net_sentiment"):
        rows = contrast.with_and_without(data, name, "topic")
        if not every:
            assert rows.empty
        else:
            row = rows.iloc[0]
            assert np.isnan(row[["difference", "low", "high", "p", "impact", "without"]].astype(float)).all()
            assert (row["n_with"], row["n_without"]) == (40, 0)


def test_below_the_base_nothing_is_said(tmp_path):
    row = contrast.with_and_without(kapiche(tmp_path), "nps", "topic", min_base=25).set_index("value").loc["t1"]
    assert np.isnan(row["difference"]) and row["n_with"] == 20


@pytest.mark.parametrize("name", ["net_sentiment", "effort_high", "felicific_rate"])
def test_kpis_of_mentions_take_all_mentions_of_a_response(tmp_path, name):
    rng = np.random.default_rng(3)
    said = [
        {"response_id": f"r{i:04d}", "topic": f"t{rng.integers(3)}",
         "sentiment_label": str(rng.choice(["positive", "negative", "neutral"])),
         "effort": str(rng.choice(["high", "none"])), "emotion": str(rng.choice(["delight", "none"]))}
        for i in range(60) for _ in range(int(rng.integers(1, 4)))
    ]  # fmt: skip
    data = made.dataset(tmp_path / "d", [{"nps": 5}] * 60, said)
    found = contrast.with_and_without(data, name, "topic").set_index("value").loc["t0"]
    has = {each["response_id"] for each in said if each["topic"] == "t0"}

    def value(inside):
        kept = [each for each in said if (each["response_id"] in has) is inside]
        if name == "felicific_rate":
            per = {}
            for each in kept:
                per[each["response_id"]] = per.get(each["response_id"], False) or each["emotion"] == "delight"
            return 100 * np.mean(list(per.values()))
        if name == "effort_high":
            return 100 * np.mean([each["effort"] == "high" for each in kept])
        return 100 * np.mean([{"positive": 1, "negative": -1}.get(each["sentiment_label"], 0) for each in kept])

    assert (found["with"], found["without"]) == pytest.approx((value(True), value(False)))
    assert found["n_with"] == len(has) and found["n_without"] == 60 - len(has)


@pytest.mark.parametrize("name", ["nps", "csat", "csat_mean", "cx_index", "net_sentiment"])
def test_with_and_without_are_the_parts_of_the_whole(tmp_path, name):
    """A column of responses: with is the KPI under that filter, without under the other; with weights."""
    rng = np.random.default_rng(5)
    rows = [
        {"nps": int(rng.integers(11)), "csat": int(rng.integers(1, 6)),
         "weight": float(rng.uniform(0.5, 2)), "Plan": str(rng.choice(["A", "B"])),
         "effectiveness": int(rng.integers(1, 6)), "ease": int(rng.integers(1, 6)), "enjoyment": int(rng.integers(1, 6))}
        for _ in range(80)
    ]  # fmt: skip
    said = [
        {"response_id": f"r{i:04d}", "sentiment_label": str(rng.choice(["positive", "negative"]))} for i in range(80)
    ]
    data = made.dataset(tmp_path / "d", rows, said)
    found = contrast.with_and_without(data, name, "Plan").set_index("value")
    for plan in "AB":
        where = Filter(where=(("Plan", (plan,)),))
        alone = kpis.estimated(name, kpis.counted(data, name, (), where)).iloc[0]
        other = "B" if plan == "A" else "A"
        assert found.loc[plan, "with"] == pytest.approx(alone["value"])
        assert found.loc[other, "without"] == pytest.approx(alone["value"])
        assert found.loc[other, "se_without"] == pytest.approx(alone["se"])
        assert found.loc[plan, "impact"] == pytest.approx(found.loc[plan, "share"] * found.loc[plan, "difference"])


def test_a_column_with_ten_thousand_values(tmp_path):
    rows = [{"nps": i % 11, "Shop": f"s{i}"} for i in range(10_000)] + [{"nps": 10, "Shop": "big"}] * 30
    found = contrast.with_and_without(made.dataset(tmp_path / "d", rows), "nps", "Shop")
    assert len(found) == contrast.MOST and found["difference"].notna().sum() == 1
    assert found.set_index("value").loc["big", "with"] == 100


def test_nobody_answered(tmp_path):
    data = made.dataset(tmp_path / "d", [{"nps": None, "csat": 3, "Plan": "A"}] * 20)
    assert contrast.with_and_without(data, "csat", "Plan", Filter(where=(("Plan", ("Z",)),))).empty
