"""Shares of a mix against counting by hand; parts add up, months add to the whole."""

import pytest

from cx.measure import estimate, mix
from cx.measure.tally import DAY
from cx.text.emotions import EMOTIONS
from cx.view.filters import Filter
from tests import made

E = "mention.emotion"


def test_shares_are_those_of_the_mentions_that_tell_of_one(sample):
    rows = mix.estimated(mix.counted(sample, E, EMOTIONS, ["mention.touchpoint"]), ["mention.touchpoint"])
    facts = sample.query(
        f'SELECT "mention.touchpoint" AS t, "{E}" AS e, response_id FROM facts WHERE "{E}" <> \'none\' '
        "AND \"mention.sentiment_label\" <> 'not analysed'"
    )
    for touchpoint, group in facts.groupby("t"):
        own = rows[rows["mention.touchpoint"] == touchpoint].set_index("part")
        assert own["m"].eq(len(group)).all() and own["n"].eq(group["response_id"].nunique()).all()
        if group["response_id"].nunique() >= 10:
            assert own["value"].sum() == pytest.approx(100)
            for emotion, many in group["e"].value_counts().items():
                assert own.loc[emotion, "value"] == pytest.approx(100 * many / len(group))
                assert 0 <= own.loc[emotion, "low"] <= own.loc[emotion, "value"] <= own.loc[emotion, "high"] <= 100
        else:
            assert own["value"].isna().all()


def test_days_add_up_to_the_whole(sample):
    where = Filter(where=(("Region", ("North",)),))
    whole, days = (mix.counted(sample, E, EMOTIONS, by, where) for by in ((), [DAY]))
    sums = ["n", "w", "w2", "m", "mm", "y", "my", "yy"]
    assert estimate.add(days, ["part"], sums)[sums].to_numpy() == pytest.approx(
        estimate.add(whole, ["part"], sums)[sums].to_numpy()
    )


def test_agreeing_mentions_of_one_response_widen_the_interval(tmp_path):
    def given(name: str, each: int):
        said = [{"response_id": f"r{i // each:04d}", "emotion": "delight" if (i // each) % 2 else "anger",
                 "sentiment_label": "positive"} for i in range(120)]  # fmt: skip
        rows = mix.estimated(mix.counted(made.dataset(tmp_path / name, [{}] * 120, said), E, EMOTIONS))
        return rows.set_index("part").loc["delight"]

    alone, together = given("a", 1), given("b", 4)
    assert alone["value"] == together["value"] == 50
    assert (together["high"] - together["low"]) > 1.7 * (alone["high"] - alone["low"])  # √4 = 2, less the correction


def test_nothing_felt_is_no_row(tmp_path):
    given = made.dataset(tmp_path / "d", [{"nps": 9}] * 3, [{"response_id": "r0000"}])
    assert mix.estimated(mix.counted(given, E, EMOTIONS)).empty
