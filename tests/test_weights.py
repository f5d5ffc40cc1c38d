"""Raking against a solution by hand and its invariants; the effective base; refusals."""

import warnings
from random import Random

import pandas as pd
import pytest

from cx.measure import contrast, estimate, kpis, weights
from cx.settings import settled
from cx.store.derived import Derived
from cx.view.filters import ALL, Filter
from tests import made


@pytest.fixture(autouse=True)
def strict():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def cells(**more):
    """A 2 × 2 table: region by age, with counts 40, 10, 20, 30."""
    frame = pd.DataFrame({"region": ["N", "N", "S", "S"], "age": ["old", "young"] * 2, "n": [40, 10, 20, 30]})
    return frame.assign(w=frame["n"].astype(float), w2=frame["n"].astype(float), **more)


def people(where, **columns):
    rng = Random(7)
    rows = [
        {
            "region": rng.choice("NNNS"),
            "age": rng.choice(["old", "young", "young"]),
            "nps": rng.choice([0, 5, 8, 9, 10]),
            **columns,
        }
        for _ in range(400)
    ]
    return made.dataset(where / "d", rows), pd.DataFrame(rows)


def test_a_table_of_two_by_two_solved_by_hand():
    """Half each: by symmetry the cells are p, ½−p; the odds ratio 6 stays, so p²/(½−p)² = 6, p = √6/(2(1+√6))."""
    counts = cells()
    found = weights.rake(counts, {"region": {"N": 0.5, "S": 0.5}, "age": {"old": 50, "young": 50}})
    p = 6**0.5 / (2 * (1 + 6**0.5))
    shares = (found.factors["factor"] * counts["n"] / 100).tolist()
    assert shares == pytest.approx([p, 0.5 - p, 0.5 - p, p], abs=1e-6)
    assert found.converged and found.limited == 0 and found.off < 1e-4
    assert found.margins["reached"].tolist() == pytest.approx([0.5] * 4, abs=1e-6)
    weight = found.factors["factor"]
    assert found.base == pytest.approx(100**2 / (weight**2 * counts["n"]).sum())


MARGINS = {"region": {"N": 40, "S": 60}, "age": {"old": 0.5, "young": 0.5}}


def asking(dataset, margins=MARGINS):
    return dataset.with_settings(settled({"margins": margins}))


def test_raked_answers_give_the_score_of_weighting_by_hand(tmp_path):
    dataset, rows = people(tmp_path)
    found = weights.raked(dataset, MARGINS)
    weighed, said = weights.weighed(asking(dataset))
    score = kpis.estimated("nps", kpis.counted(weighed, "nps")).iloc[0]
    own = rows.merge(found.factors, on=["region", "age"])
    side = (own["nps"] >= 9).astype(int) - (own["nps"] <= 6).astype(int)
    assert score["value"] == pytest.approx(100 * (side * own["factor"]).sum() / own["factor"].sum())
    assert score["n"] == 400 and score["base"] == pytest.approx(found.base) and found.base < 400
    plain = kpis.estimated("nps", kpis.counted(dataset, "nps")).iloc[0]
    assert score["high"] - score["low"] > plain["high"] - plain["low"]
    assert (own.groupby("region")["factor"].sum() / own["factor"].sum()).to_dict() == pytest.approx(
        {"N": 0.4, "S": 0.6}, abs=1e-6
    )
    assert said.endswith(f"400 responses count as {found.base:,.0f}.")


def talkers(where, weighted=None):
    """Sixty responses of one to three mentions; `weighted` gives each its weight by place."""
    rng, rows, said = Random(3), [], []
    for place in range(60):
        rows.append({"response_id": f"r{place}", "region": "NS"[place % 3 == 0], "age": "old", "Plan": "AB"[place % 2]})
        if weighted:
            rows[-1]["weight"] = weighted(place)
        labels = rng.choices(["positive", "negative", "neutral"], k=rng.randint(1, 3))
        said += [{"response_id": f"r{place}", "sentiment_label": label, "emotion": "delight"} for label in labels]
    return made.dataset(where, rows, said), rows, said


def net(dataset, by=()):
    return kpis.estimated("net_sentiment", kpis.counted(dataset, "net_sentiment", by), by)


def test_mentions_count_as_their_responses_weigh(tmp_path):
    dataset, rows, said = talkers(tmp_path / "d", lambda place: [0.5, 2.0, 4.0][place % 3])
    weight = {row["response_id"]: row["weight"] for row in rows}
    side = {"positive": 1, "negative": -1, "neutral": 0}
    every = [(weight[each["response_id"]], side[each["sentiment_label"]]) for each in said]
    shown = net(dataset).iloc[0]
    assert shown["value"] == pytest.approx(100 * sum(w * s for w, s in every) / sum(w for w, _ in every))
    assert (shown["n"], shown["mentions"]) == (60, len(said))
    base = sum(weight.values()) ** 2 / sum(w * w for w in weight.values())
    assert shown["df"] == pytest.approx(base - 1) and base < 50


def test_equal_weights_of_any_size_change_nothing(tmp_path):
    plain, alike = talkers(tmp_path / "a")[0], talkers(tmp_path / "b", lambda place: 3.0)[0]
    for by in ((), ("Plan",)):
        columns = ["value", "low", "high", "n", "mentions", "mid", "se", "df"]
        pd.testing.assert_frame_equal(net(plain, by)[columns], net(alike, by)[columns], check_dtype=False)
    one, other = (contrast.with_and_without(held, "net_sentiment", "Plan", min_base=1) for held in (plain, alike))
    pd.testing.assert_frame_equal(one, other, check_dtype=False)


def test_raked_weights_reach_kpis_of_mentions_drivers_and_delights(tmp_path):
    plain, rows, said = talkers(tmp_path / "d")
    weighed, _ = weights.weighed(asking(plain, {"region": {"N": 0.2, "S": 0.8}}))
    north = sum(row["region"] == "N" for row in rows)
    factor = {"N": 0.2 * 60 / north, "S": 0.8 * 60 / (60 - north)}
    region = {row["response_id"]: row["region"] for row in rows}
    side = {"positive": 1, "negative": -1, "neutral": 0}
    every = [(factor[region[each["response_id"]]], side[each["sentiment_label"]]) for each in said]
    expected = 100 * sum(w * s for w, s in every) / sum(w for w, _ in every)
    assert net(weighed).iloc[0]["value"] == pytest.approx(expected)
    assert net(weighed, ["Plan"])["mentions"].sum() == len(said)
    found = contrast.with_and_without(weighed, "net_sentiment", "region", min_base=1).set_index("value")
    assert found.loc["N", "all"] == pytest.approx(expected)
    assert found.loc["N", "with"] == pytest.approx(net(plain, ["region"]).set_index("region")["value"]["N"])
    assert kpis.counted(weighed, "felicific_rate")["w"].sum() == pytest.approx(60)
    assert net(Derived(weighed, {"Half": "'x'"}), ["Half"]).iloc[0]["value"] == pytest.approx(expected)


def test_responses_without_a_region_have_their_share_too(tmp_path):
    rows = [{"nps": 10, "region": None}] * 10 + [{"nps": 0, "region": "N"}] * 30
    weighed, said = weights.weighed(asking(made.dataset(tmp_path / "d", rows), {"region": {"": 1, "N": 1}}))
    assert kpis.estimated("nps", kpis.counted(weighed, "nps")).iloc[0]["value"] == pytest.approx(0)
    assert "40 responses count as 30" in said


def test_margins_that_no_longer_fit_leave_the_dataset_unweighted_and_say_so(tmp_path):
    dataset, _ = people(tmp_path)
    held, said = weights.weighed(asking(dataset, {"region": {"N": 1, "S": 1, "W": 1}}))
    assert held.where == dataset.where and not held.weighted
    assert said == "Not weighted. region: no response that counts is 'W', so none can be weighted up to its share."
    assert weights.weighed(dataset) == (dataset, "")


def test_weights_of_the_file_are_where_raking_starts(tmp_path):
    rows = [{"region": "N", "weight": 3.0}] * 10 + [{"region": "S", "weight": 1.0}] * 10
    found = weights.raked(made.dataset(tmp_path / "d", rows), {"region": {"N": 0.75, "S": 0.25}})
    assert found.factors["factor"].tolist() == pytest.approx([1, 1]) and found.base == pytest.approx(40**2 / 100)


def test_bounds_hold_and_what_is_missed_is_said():
    found = weights.rake(cells(), {"region": {"N": 0.02, "S": 0.98}}, bounds=(0.5, 1.5))
    assert found.factors["factor"].between(0.5, 1.5).all()
    assert not found.converged and found.off > 10 and found.limited == 100
    assert "not fully possible" in found.sentence and "at a bound" in found.sentence


def test_a_filter_chooses_what_is_weighted(tmp_path):
    dataset, rows = people(tmp_path)
    found = weights.raked(dataset, {"age": {"old": 1, "young": 1}}, Filter(where=(("region", ("S",)),)))
    assert found.n == (rows["region"] == "S").sum() and found.converged


@pytest.mark.parametrize(
    ("margins", "reason"),
    [
        ({}, "No margins"),
        ({"region": {"N": 1.0, "S": 0.0}}, "above 0"),
        ({"region": {"N": 1.5, "S": -0.5}}, "above 0"),
        ({"region": {"N": float("nan"), "S": 0.5}}, "above 0"),
        ({"region": {"N": None, "S": 0.5}}, "above 0"),
        ({"region": {"N": 1.0}}, "50 responses have the value 'S'"),
        ({"region": {"N": 0.4, "S": 0.4, "W": 0.2}}, "no response that counts is 'W'"),
    ],
    ids=["none", "zero", "negative", "nan", "missing", "no share", "nobody"],
)
def test_margins_that_cannot_be_met_are_refused(margins, reason):
    found = weights.rake(cells(), margins)
    assert reason in found.why and found.factors.empty


def test_responses_without_a_value_are_refused_until_they_get_a_share():
    counts = cells()
    counts.loc[0, "region"] = None
    assert "40 responses have no value" in weights.rake(counts, {"region": {"N": 0.5, "S": 0.5}}).why
    assert weights.rake(counts, {"region": {"N": 0.3, "S": 0.3, "": 0.4}}).converged


def test_a_column_that_is_not_there_and_strange_bounds_are_refused(tmp_path):
    dataset, _ = people(tmp_path)
    assert "no column 'Town'" in weights.raked(dataset, {"Town": {"x": 1}}).why
    assert "cannot be kept" in weights.rake(cells(), {"region": {"N": 1, "S": 1}}, (0, 5)).why


@pytest.mark.parametrize(
    ("given", "base", "words"),
    [
        ([None] * 4, 4, []),
        ([1.0, 1.0, 2.0, 2.0], 3.6, []),
        ([1.0, 1.0, -2.0, None], 3, ["1 weights are negative", "1 responses have no weight"]),
        ([2.0, 0.0, 2.0, 0.0], 2, ["2 weights are 0"]),
        ([1.0, float("inf"), 1.0, 1.0], 3, ["1 weights are no numbers"]),
    ],
)
def test_what_a_column_of_weights_does(tmp_path, given, base, words):
    found = weights.held(made.dataset(tmp_path / "d", [{"nps": 9, "weight": weight} for weight in given]))
    assert found.base == pytest.approx(base) and found.efficiency == pytest.approx(base / 4) and found.why is None
    assert len(found.notes) == len(words) and all(any(note.startswith(word) for note in found.notes) for word in words)


@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_weights_that_count_nothing_are_said(tmp_path, weight):
    dataset = made.dataset(tmp_path / "d", [{"nps": 9, "weight": weight, "region": "N"}] * 12)
    assert "nothing can be counted" in weights.held(dataset).why
    assert weights.raked(dataset, {"region": {"N": 1}}).why
    score = kpis.table(dataset).set_index("kpi").loc["nps"]
    assert pd.isna(score["value"]) and score["n"] == 12


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (float("nan"), ""), (4.0, "4"), ("4.0", "4"), ("North", "North"), (True, "true")]
)
def test_values_as_text(value, text):
    assert weights.spelled(value) == text


def test_kish():
    assert weights.effective([10, 0], [10, 0]).tolist() == [10, 0]
    tally = pd.DataFrame({"n": [3], "w": [6.0], "w2": [14.0]})
    assert estimate.moments(tally, pd.Series([1.0]), [])["base"].iloc[0] == pytest.approx(
        float(weights.effective(6, 14))
    )
    assert ALL.columns == []
