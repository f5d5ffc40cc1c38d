"""Scorecards on their page: every line opens its comments, names stay words, targets and goal attainment."""

import pytest

from cx.principal import LOCAL
from cx.store import notes
from tests.test_pages import _from_here, answers, dataset, ok, opened, words  # noqa: F401


def named(at, begins):
    return [button for button in at.button if str(button.key).startswith(begins)]


def address(at):
    return {name: [held] if isinstance(held, str) else list(held) for name, held in at.query_params.items()}


def test_a_touchpoint_a_topic_and_a_quote_open_their_comments(sample):
    for begins, facet in (
        ("carrier_Process_touchpoint_", "touchpoint"),
        ("carrier_Process_topic_", "topic"),
        ("quote_Process_", "words"),
    ):
        at = opened("scorecards", **{"f.Region": "North"})
        found = address(ok(named(at, begins)[0].click().run()))
        assert found["pillar"] == ["Process"] and found["f.Region"] == ["North"] and found[facet][0]
        said = words(at)
        assert "No comment fits" not in said and "comment" in said


def test_a_quote_opens_the_comment_it_is_from(sample):
    at = opened("scorecards")
    ok(named(at, "quote_People_worst")[0].click().run())
    quote = address(at)["words"][0]
    assert all(word in words(at).replace("&#x27;", "'") for word in quote.split()[:3])


def test_how_a_score_is_made_is_on_every_card(sample):
    said = words(opened("scorecards"))
    assert said.count("The score is 50 + half of it") == 4 and said.count("how well you measure") == 1
    assert "Goal attainment: no target set yet" in said


def test_targets_stand_on_their_cards_and_are_counted_beside_strategy(own_sample):
    for kpi, value in (("score_people", 10), ("score_process", 95), ("nps", 99)):
        notes.add_target(LOCAL, "sample", {"kpi": kpi, "value": value, "due": "2031-12-31", "where": {}})
    at = opened("scorecards")
    said = words(at)
    assert "Target 10 by 31 Dec 2031" in said and "Target 95 by 31 Dec 2031" in said
    assert "Goal attainment: 1 of 3 targets reached" in said and "1 reached and 2 missed" in said
    assert "People score 10" in words(opened("goals")), "they stand among the goals, too"
    at.selectbox(key="target_kpi").select("score_metrics")
    ok(at.run())
    at.number_input(key="target_value").set_value(90)
    ok(at.button(key="target_save").click().run())
    assert len(notes.targets(LOCAL, "sample")) == 4 and "Target 90 by" in words(at)


def test_a_viewer_sets_no_target(own_sample, monkeypatch):
    monkeypatch.setenv("CX_MODE", "demo")
    at = opened("scorecards")
    assert not named(at, "target_save") and "data-pillar" in words(at)


@pytest.mark.parametrize("n", [1, 40])
def test_a_small_dataset_has_cards_that_say_what_is_missing(dataset, n):  # noqa: F811
    dataset(answers(n))
    said = words(opened("scorecards"))
    assert said.count('data-pillar="') == 5
    if n == 40:
        assert "none beyond noise" in said
