"""What carries a pillar, against a count by hand over single mentions; scores as targets."""

import copy
from datetime import date

import numpy as np
import pandas as pd
import pytest

from cx.errors import FilterError
from cx.measure import goals, kpis, pillars
from cx.view import scorecards
from cx.view.filters import ALL, Filter
from tests import made

TODAY = date(2026, 11, 1)
SIDES = {"positive": 1, "neutral": 0, "negative": -1}


def said(n=400, seed=3):
    """Responses with one to four mentions; Process mentions about delivery are worse than its others, by construction."""
    rng = np.random.default_rng(seed)
    mentions = []
    for place in range(n):
        for _ in range(rng.integers(1, 5)):
            pillar = str(rng.choice(["People", "Process"]))
            touchpoint = str(rng.choice(["delivery", "website", "none"]))
            good = 0.2 if (pillar, touchpoint) == ("Process", "delivery") else 0.6
            label = "positive" if rng.random() < good else str(rng.choice(["neutral", "negative"]))
            mentions.append(
                {"response_id": f"r{place:04d}", "pillar": pillar, "touchpoint": touchpoint, "sentiment_label": label}
            )
    return [
        {"date": f"2026-0{1 + place % 9}-11", "Region": ("North", "South")[place % 2]} for place in range(n)
    ], mentions


@pytest.fixture
def given(tmp_path):
    rows, mentions = said()
    return made.dataset(tmp_path / "d", rows, mentions), pd.DataFrame(mentions)


def test_scores_with_and_without_by_hand(given):
    dataset, mentions = given
    found = pillars.carried(dataset, "touchpoint").set_index(["pillar", "value"])
    assert set(found.index) == {(p, t) for p in ("People", "Process") for t in ("delivery", "website")}
    side = mentions["sentiment_label"].map(SIDES)
    for (pillar, touchpoint), row in found.iterrows():
        inside = mentions["pillar"] == pillar
        own = inside & (mentions["touchpoint"] == touchpoint)
        score, rest, whole = (50 + 50 * side[which].mean() for which in (own, inside & ~own, inside))
        assert row["score"] == pytest.approx(score) and row["difference"] == pytest.approx(score - rest)
        assert row["impact"] == pytest.approx(whole - rest)
        assert row["mentions"] == own.sum() and row["n"] == mentions[own]["response_id"].nunique()
        assert row["low"] <= row["score"] <= row["high"]
    assert found.loc[("Process", "delivery"), "real"] and found.loc[("Process", "delivery"), "difference"] < -15


@pytest.mark.parametrize(
    "where", [ALL, Filter(where=(("Region", ("North",)),)), Filter(where=(("mention.stage", ("Purchase", "none")),))]
)
def test_sums_kept_in_facts_carry_what_those_counted_anew_do(given, where):
    """Versions written long ago hold no sums of a pillar beside those of its touchpoints."""
    dataset, plain = given[0], copy.copy(given[0])
    plain.grouped = frozenset()
    assert len(pillars.carried(dataset, "touchpoint", where))
    pd.testing.assert_frame_equal(
        pillars.carried(dataset, "touchpoint", where), pillars.carried(plain, "touchpoint", where)
    )


def test_a_filter_holds_for_both_sides(given):
    dataset, mentions = given
    north = mentions[mentions["response_id"].str[-1].astype(int) % 2 == 0]
    found = pillars.carried(dataset, "touchpoint", Filter(where=(("Region", ("North",)),))).set_index(
        ["pillar", "value"]
    )
    own = north[(north["pillar"] == "People") & (north["touchpoint"] == "website")]
    assert found.loc[("People", "website"), "score"] == pytest.approx(
        50 + 50 * own["sentiment_label"].map(SIDES).mean()
    )


def test_weights_weigh(tmp_path):
    """Two responses weigh three times as much: as if each were there three times, in the scores (not in the noise)."""
    rows = [{"date": "2026-03-11", "weight": 3.0 if place < 10 else 1.0} for place in range(30)]
    mentions = [
        {"response_id": f"r{place:04d}", "pillar": "People", "touchpoint": ("delivery", "website")[n],
         "sentiment_label": "positive" if (place < 10) == (n == 0) else "negative"}
        for place in range(30) for n in range(2)
    ]  # fmt: skip
    plain = made.dataset(tmp_path / "d", rows, mentions)
    from cx.measure import weights

    weighed, _ = weights.weighed(plain)
    assert weighed.weighted
    found = pillars.carried(weighed, "touchpoint").set_index("value")
    assert found.loc["delivery", "score"] == pytest.approx(100 * 30 / 50)
    assert found.loc["delivery", "difference"] == pytest.approx(100 * 30 / 50 - 100 * 20 / 50)


def test_noise_is_not_real(tmp_path):
    """Touchpoints drawn without any difference: at most a finding now and then (Benjamini–Hochberg at 5 %)."""
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        mentions = [
            {"response_id": f"r{place:04d}", "pillar": "People", "touchpoint": f"t{rng.integers(5)}",
             "sentiment_label": str(rng.choice(list(SIDES)))}
            for place in range(150) for _ in range(2)
        ]  # fmt: skip
        dataset = made.dataset(tmp_path / f"d{seed}", [{"date": "2026-03-11"}] * 150, mentions)
        found += bool(pillars.carried(dataset, "touchpoint")["real"].any())
    assert found <= 4  # of 20, where each is at most one in twenty: 5 or more come once in 400


def test_below_the_base_there_are_no_numbers(tmp_path):
    mentions = [{"response_id": f"r{place:04d}", "pillar": "People", "touchpoint": "delivery" if place < 9 else "website",
                 "sentiment_label": "positive"} for place in range(40)]  # fmt: skip
    found = pillars.carried(made.dataset(tmp_path / "d", [{}] * 40, mentions), "touchpoint").set_index("value")
    assert (
        found["score"].isna().tolist() == [True, False] and found["difference"].isna().all() and not found["real"].any()
    )
    assert found["n"].tolist() == [9, 31]


def test_without_mentions_nothing_is_carried(tmp_path):
    assert pillars.carried(made.dataset(tmp_path / "d", [{"nps": 9}] * 12), "topic").empty


# ---- Targets


def test_a_score_is_what_the_card_shows(sample):
    cards = {card.pillar: card.score for card in scorecards.cards(sample, ALL, 10, TODAY)}
    for name in pillars.SCORES:
        assert list(pillars.score(sample, name, ALL, 10, TODAY)) == pytest.approx(list(cards[pillars.pillar_of(name)]))
    assert not set(pillars.SCORES) & set(kpis.KPIS)


@pytest.mark.parametrize(("value", "verdict"), [(10, goals.REACHED), (95, goals.MISSED)])
def test_a_target_of_a_pillar_is_judged_like_that_of_a_kpi(sample, value, verdict):
    held = goals.judged(sample, goals.target({"kpi": "score_people", "value": value, "due": "2026-12-31"}), TODAY)
    assert held.verdict == verdict and held.gap == pytest.approx(held.value.value - value)
    assert held.says.startswith(f"People score {value} by 31 Dec 2026: {verdict} (now ")
    assert goals.target(held.target.as_json()) == held.target


def test_a_target_of_metrics_has_no_noise(sample):
    held = goals.judged(sample, goals.target({"kpi": "score_metrics", "value": 100, "due": "2026-12-31"}), TODAY)
    assert held.verdict == goals.MISSED and held.value.low == held.value.value == held.value.high


@pytest.mark.parametrize("value", [-1, 101])
def test_a_score_is_from_0_to_100(value):
    with pytest.raises(FilterError, match="People score is a number between 0 and 100"):
        goals.target({"kpi": "score_people", "value": value, "due": "2026-12-31"})


def test_without_comments_only_metrics_can_have_a_target(tmp_path):
    dataset = made.dataset(tmp_path / "d", [{"nps": 9, "date": "2026-07-01"}] * 12)
    assert pillars.available(dataset) == ["score_metrics"]
    with pytest.raises(FilterError, match="no answers for People score"):
        goals.fitting(dataset, goals.target({"kpi": "score_people", "value": 50, "due": "2026-12-31"}))


def standing(kpi, value, due, verdict=goals.MISSED, gap=-4.0, where=ALL):
    target = goals.Target(kpi, value, date.fromisoformat(due), where)
    return goals.Standing(target, "", pillars.Estimate(41, 38, 44, 90), gap, verdict, "says")


def test_a_card_shows_the_next_target_that_is_due():
    north = Filter(where=(("Region", ("North",)),))
    held = [standing("score_people", 80, "2027-06-30"), standing("score_people", 60, "2026-12-31"),
            standing("score_people", 90, "2026-01-31"), standing("score_process", 50, "2026-01-31", goals.REACHED, 3.0),
            standing("nps", 50, "2026-12-31"), standing("score_strategy", 50, "2026-12-31", where=north)]  # fmt: skip
    aims = scorecards.aims(held, TODAY)
    assert {pillar: aim.value for pillar, aim in aims.items()} == {"People": 60, "Process": 50}
    assert aims["People"].verdict == "missed for now, 4 points to go" and aims["People"].tone == -1
    assert aims["Process"].verdict == "reached, 3 points beyond it" and aims["Process"].tone == 1


def test_goal_attainment_counts_verdicts():
    held = [
        standing("nps", 1, "2026-12-31", verdict)
        for verdict in (goals.REACHED, goals.LIKELY, goals.OPEN, goals.LATE, goals.FEW)
    ]
    assert scorecards.attainment(held) == (
        "Goal attainment: 1 of 5 targets reached", "1 reached, 2 within noise of the target, 1 missed and 1 not to be told",
    )  # fmt: skip
    assert scorecards.attainment([]) == ()


def test_carriers_are_told_by_name_best_first(sample):
    for card in scorecards.cards(sample, ALL, 10, TODAY)[:-1]:
        for held in (card.touchpoints, card.drivers):
            impacts = [carrier.impact for carrier in held]
            assert impacts == sorted(impacts, reverse=True) and len(held) <= 2 * scorecards.MOST_CARRIED
            assert all((carrier.impact > 0) == (carrier.difference > 0) for carrier in held)
    process = next(card for card in scorecards.cards(sample, ALL, 10, TODAY) if card.pillar == "Process")
    assert "returns and cancellation" in [carrier.name for carrier in process.touchpoints if carrier.impact < 0]


def test_a_date_in_years_to_come_makes_nothing_fresh(tmp_path):
    """Newest real answer 198 days old: halfway from fresh (31) to stale (365), 167 of 334 days."""
    rows = [{"nps": 9, "date": "2026-04-17"}] * 30 + [{"nps": 9, "date": "2062-01-01"}]
    dataset = made.dataset(tmp_path / "d", rows)
    dataset.manifest["imported"] = "2026-05-01T00:00:00"
    _, parts = pillars.measuring(dataset, ALL, TODAY)
    assert {name: value for name, value, _ in parts}["freshness"] == pytest.approx(50)
