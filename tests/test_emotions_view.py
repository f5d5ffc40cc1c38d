"""Emotions over time and by touchpoint, and the delights, against counting by hand."""

from itertools import pairwise

import pytest

from cx.text.emotions import EMOTIONS, POSITIVE
from cx.view import emotion_charts, emotions, theme
from cx.view.filters import ALL, Filter
from tests import made


def test_the_finding_and_the_sums_of_the_sample(sample):
    found = emotions.view(sample, ALL, 10)
    facts = sample.query("SELECT \"mention.emotion\" AS e, count(*) AS n FROM facts WHERE \"mention.sentiment_label\" <> 'not analysed' "
                         "GROUP BY 1")  # fmt: skip
    counts = dict(zip(facts["e"], facts["n"], strict=True))
    felt = sum(many for name, many in counts.items() if name != "none")
    assert found.told == pytest.approx(100 * felt / sum(counts.values()))
    assert found.whole.set_index("part").loc["delight", "value"] == pytest.approx(100 * counts["delight"] / felt)
    assert f"delight ({100 * counts['delight'] / felt:.0f} %)" in emotions.finding(found)
    assert found.step == "month" and found.time["period"].nunique() == 24
    months = found.time.groupby("period")["value"].sum()
    assert months.tolist() == pytest.approx([100] * 24)
    assert found.time["y"].sum() == felt


def test_small_bases_are_grey_and_have_no_share(tmp_path):
    said = [{"response_id": f"r{i:04d}", "touchpoint": "website" if i < 20 else "delivery", "emotion": "anger" if i % 2 else "delight",
             "sentiment_label": "negative" if i % 2 else "positive"} for i in range(29)]  # fmt: skip
    found = emotions.view(made.dataset(tmp_path / "d", [{}] * 29, said), ALL, 10)
    data = emotion_charts.by_touchpoint(found.places, theme.LIGHT)[1]
    few = data[data["touchpoint"] == "delivery"]
    assert len(few) == 1 and few["kind"].tolist() == ["too few"] and few["say"].iloc[0].endswith("to show (9)")
    website = data[data["touchpoint"] == "website"].set_index("part")
    assert (website.loc["delight", "begin"], website.loc["delight", "end"]) == (0, 50)
    assert (website.loc["anger", "begin"], website.loc["anger", "end"]) == (0, -50)
    assert found.time.empty


def test_parts_stand_side_by_side(sample):
    found = emotions.view(sample, ALL, 10)
    for data, at in ((emotion_charts.over_time(found.time, theme.DARK)[1], "period"),
                     (emotion_charts.by_touchpoint(found.places, theme.DARK)[1], "touchpoint")):  # fmt: skip
        for _, bar in data.groupby(at):
            shown = bar[bar["kind"] != "too few"]
            spans = sorted(zip(shown[["begin", "end"]].min(axis=1), shown[["begin", "end"]].max(axis=1), strict=True))
            assert all(b[0] == pytest.approx(a[1], abs=1e-9) for a, b in pairwise(spans))
            assert spans[-1][1] - spans[0][0] == pytest.approx(100) if len(shown) else len(bar) == 1
    assert len(data) < 5000


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
def test_every_emotion_has_its_colour_and_its_side(look):
    colours = dict(zip(emotion_charts.ORDER, emotion_charts.colours(look), strict=True))
    assert set(colours) == set(EMOTIONS) and len(set(colours.values())) == len(EMOTIONS)
    assert colours["delight"] == look.positive and colours["anger"] == look.negative
    assert set(emotion_charts.ORDER[: len(POSITIVE)]) == set(POSITIVE)


def test_delights_are_found_by_words_and_by_what_they_are_about(tmp_path):
    texts = ["I love 100 % of <b>it</b>", "love the delivery", "Great LOVE", "awful"]
    said = [{"response_id": f"r{i:04d}", "text": text, "touchpoint": "delivery" if i == 1 else "none", "stage": "Purchase",
             "emotion": "anger" if text == "awful" else "delight"} for i, text in enumerate(texts)]  # fmt: skip
    given = made.dataset(tmp_path / "d", [{"date": f"2026-03-{i + 1:02d}"} for i in range(4)], said)

    def told(**asked):
        total, found = emotions.delights(given, ALL, **asked)
        assert total == len(found)
        return [one.text for one in found]

    assert told() == texts[2::-1] and told(words="love 100 <b>") == [texts[0]] and told(words="' OR 1=1") == []
    assert told(about="delivery") == [texts[1]] and emotions.about(given, ALL) == ["delivery"]
    one = emotions.delights(given, ALL, about="delivery")[1][0]
    assert (one.about, one.date, one.response_id) == ("delivery · Purchase", "2 Mar 2026", "r0001")
    assert emotions.delights(given, Filter(where=(("source", ("elsewhere",)),)))[0] == 0


def test_pages_of_delights_do_not_overlap(sample):
    total, first = emotions.delights(sample, ALL)
    second = emotions.delights(sample, ALL, number=2)[1]
    assert total > 2 * emotions.PAGE and len(first) == len(second) == emotions.PAGE
    assert not {(d.response_id, d.text) for d in first} & {(d.response_id, d.text) for d in second}


def test_nothing_felt_is_said(tmp_path):
    found = emotions.view(made.dataset(tmp_path / "d", [{"nps": 9}] * 12, [{"response_id": "r0000"}]), ALL, 10)
    assert emotions.finding(found) == "Too few comments tell of an emotion" and found.places.empty
