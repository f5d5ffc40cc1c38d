"""What a team says of its practices: questions as data, answers kept, the gap to what customers perceive by hand."""

import re

import pytest

from cx.errors import NotAllowedError, NoteError
from cx.measure import practices
from cx.measure.estimate import Estimate
from cx.principal import LOCAL, Principal
from cx.schema import PILLARS
from cx.store import erasure, records
from cx.store import practices as kept
from cx.view import practices as view
from tests import made
from tests.test_pages import _from_here, ok, opened, specs, words  # noqa: F401

ANN, VERA = Principal("ann", "analyst", frozenset({"hers"})), Principal("vera", "viewer")
OWN = '[[practice]]\nid = "a"\npillar = "People"\ntitle = "T"\nquestion = "Q?"\n'


@pytest.fixture
def hers(both_databases, home):
    for name in ("hers", "his"):
        made.dataset(home / "datasets" / name / "0001", [{"nps": 9, "date": "2026-03-01"}])


def test_the_shipped_questions_are_four_to_six_per_pillar():
    found = practices.shipped()
    for pillar in PILLARS:
        assert 4 <= sum(practice.pillar == pillar for practice in found) <= 6
    assert len({practice.id for practice in found}) == len({practice.title for practice in found}) == len(found)


def test_a_file_of_ones_own():
    more = OWN.replace('"a"', '"b2"').replace("People", "Metrics").replace("Q?", "Zürich 🚗\\n <b>?")
    found = practices.read(("\ufeff" + OWN + more).encode(), "mine.toml")
    assert found[0] == practices.Practice("a", "People", "T", "Q?") and found[1].question == "Zürich 🚗 <b>?"


@pytest.mark.parametrize(("text", "said"), [
    ("", "mine.toml has no entry [[practice]]"), ("practice = 3", "has no entry [[practice]]"), ("practice = []", "has no entry"),
    ("[[practice]\nx", "cannot be read as TOML"), (OWN + OWN, "the id 'a' stands 2 times"),
    (OWN + 'pillar2 = "x"', "practice 1 ('a'): unknown field 'pillar2'"), (OWN.replace("People", "Fun"), "('a'): there is no pillar 'Fun'"),
    (OWN.replace('"T"', '""'), "practice 1 ('a'): title is empty"), (OWN.replace('title = "T"\n', ""), "('a'): title is missing"),
    (OWN + OWN.replace('"a"', '"b"').replace('"Q?"', "7"), "practice 2 ('b'): question is not a text"),
    (OWN.replace('"a"', '"A b"'), "practice 1 ('A b'): id is small letters"), (OWN.replace("Q?", "x" * 301), "question is longer than 300"),
    ("practice = [1]", "practice 1: is no table"), (OWN + '[other]\nx = 1\n', "unknown part 'other'"),
    ("".join(OWN.replace('"a"', f'"a{n}"') for n in range(13)), "People has 13 practices; 12 are the most"),
    ("x = " + "[" * 5000, "cannot be read as TOML"), ("#" * 200_000, "200 kB"),
])  # fmt: skip
def test_a_file_that_is_wrong_names_the_entry(text, said):
    with pytest.raises(NoteError, match=re.escape(said)):
        practices.read(text.encode(), "mine.toml")


def test_bytes_that_are_no_text():
    with pytest.raises(NoteError, match="cannot be read as TOML in UTF-8"):
        practices.read(b"\xff\xfe\x00", "mine.toml")


# ---- Answers


def test_answers_are_added_to_and_the_newest_counts(hers):
    assert kept.answer(ANN, "hers", {"a": 2, "b": 5}) == 2
    assert kept.answer(LOCAL, "hers", {"a": 4, "b": 5}) == 1, "what says nothing new is not kept again"
    told = kept.history(VERA, "hers")
    assert [(each.practice, each.answer, each.author) for each in told] == [
        ("a", 2, "ann"),
        ("b", 5, "ann"),
        ("a", 4, "local"),
    ]
    assert {name: held.answer for name, held in kept.newest(told).items()} == {"a": 4, "b": 5}
    assert abs((told[0].created - records.now()).total_seconds()) < 5
    assert kept.history(LOCAL, "his") == []


@pytest.mark.parametrize("wrong", [0, 6, -1, 2.5, True, "3", None])
def test_an_answer_off_the_scale_keeps_nothing(hers, wrong):
    with pytest.raises(NoteError, match="'b' is a number from 1 to 5"):
        kept.answer(ANN, "hers", {"a": 2, "b": wrong})
    assert kept.history(ANN, "hers") == []


@pytest.mark.parametrize("act", [
    lambda: kept.answer(VERA, "hers", {"a": 1}), lambda: kept.ask(VERA, "hers", OWN), lambda: kept.answer(ANN, "his", {"a": 1}),
    lambda: kept.history(ANN, "his"), lambda: kept.questions(ANN, "his"),
])  # fmt: skip
def test_who_may_not_is_refused(hers, act):
    with pytest.raises(NotAllowedError):
        act()
    assert kept.history(LOCAL, "hers") == [] and kept.questions(VERA, "hers") == ""


def test_own_questions_are_of_their_dataset_and_go_with_it(hers):
    kept.ask(ANN, "hers", "first")
    kept.ask(ANN, "hers", OWN)
    kept.answer(ANN, "hers", {"a": 1})
    assert (kept.questions(VERA, "hers"), kept.questions(LOCAL, "his")) == (OWN, "")
    kept.ask(ANN, "hers", "")
    assert kept.questions(ANN, "hers") == ""
    erasure.forget_dataset(LOCAL, "hers")
    for table in (records.questionnaires, records.practice_answers):
        with records.engine().connect() as connection:
            assert connection.execute(table.select()).all() == []


# ---- The gap

ASKED = [
    practices.Practice(f"{pillar}{n}", pillar, "T", "Q")
    for pillar in ("People", "Process", "Metrics")
    for n in range(3)
]


def perceived(value, low, high):
    return Estimate(value, low, high, 100)


def test_practice_by_hand():
    answers = {"People0": 5, "People1": 2, "other": 1}
    assert practices.practice_score(ASKED, answers, "People") == (62.5, 2, 3)  # (100 + 25) / 2
    assert practices.practice_score(ASKED, answers, "Process") == (None, 0, 3)
    assert practices.practice_score(ASKED, {"People0": 1}, "People") == (0, 1, 3)


def test_the_widest_gap_comes_first_and_is_real_outside_the_interval():
    answers = {"People0": 4, "Process0": 5, "Metrics0": 3}
    found = practices.gaps(
        ASKED,
        answers,
        {"People": perceived(70, 60, 80), "Process": perceived(44, 42, 46), "Metrics": perceived(99, 99, 99)},
    )
    assert [(gap.pillar, gap.gap, gap.real) for gap in found] == [
        ("Process", 56, True),
        ("Metrics", -49, True),
        ("People", 5, False),
    ]
    assert (
        view.finding(found)
        == "Widest gap: Process. You say 100, customers say 44: it looks better from inside than from outside"
    )
    assert (
        view.finding(found[1:])
        == "Widest gap: Metrics. You say 50, you measure 99: the numbers are there, the practice is not yet"
    )
    assert view.finding(found[2:]) == "What you do and what customers say agree within noise"
    assert (
        view.sentence(found[2])
        == "People: practice 75 (1 of 3 practices answered); perceived 70, between 60 and 80; +5, within noise"
    )
    assert view.table(found)["gap"].tolist() == [56, -49, 5]


def test_without_answers_or_scores_there_is_no_gap():
    found = practices.gaps(ASKED, {"People0": 4}, {"Process": perceived(44, 42, 46)})
    assert [(gap.pillar, gap.gap, gap.real) for gap in found] == [
        ("People", None, False),
        ("Process", None, False),
        ("Metrics", None, False),
    ]
    assert "Answer a few questions" in view.finding(found)
    assert view.chart_rows(found)["name"].tolist() == ["People"] and "too little is said" in view.sentence(found[0])


# ---- On the page


def test_questions_are_answered_on_the_page(own_sample):
    at = opened("scorecards")
    assert "Answer a few questions" in words(at) and not specs(at)
    at.segmented_control(key="practice_empowered").set_value(5)
    at.segmented_control(key="practice_simple_journeys").set_value(5)
    ok(at.button(key="FormSubmitter:practices-Keep the answers").click().run())
    told = kept.history(LOCAL, "sample")
    assert {each.practice: each.answer for each in told} == {"empowered": 5, "simple_journeys": 5}
    said = words(at)
    assert "Widest gap: Process. You say 100, customers say" in said and len(specs(at)) == 1
    assert "Widest gap: Process" in at.get("vega_lite_chart")[0].proto.alt


def test_a_reader_sees_the_gap_and_no_questionnaire(own_sample, monkeypatch):
    kept.answer(LOCAL, "sample", {"empowered": 5})
    monkeypatch.setenv("CX_MODE", "demo")
    at = opened("scorecards")
    assert "Widest gap: People" in words(at) and len(specs(at)) == 1
    assert not at.segmented_control and not [button for button in at.button if "practice" in str(button.key)]


def test_own_questions_are_taken_in_or_their_faults_named(own_sample):
    at = opened("scorecards")
    hostile = OWN.replace('"Q?"', '"<script>alert(1)</script> **b** ![x](http://evil.invalid/x.png)"')
    ok(at.file_uploader(key="practice_file").upload("mine.toml", hostile.encode(), "application/toml").run())
    assert "1 practices are asked" in words(at) or "1 practice is asked" in words(at)
    label = at.segmented_control(key="practice_a").label
    assert r"\*\*b\*\*" in label and "<script>" not in label
    ok(at.file_uploader(key="practice_file").upload("bad.toml", b"[[practice]]\nid = 3\n", "application/toml").run())
    assert "practice 1: id is not a text" in words(at) and "Nothing of it was taken in" in words(at)
    ok(at.button(key="practice_reset").click().run())
    assert at.segmented_control(key="practice_empowered")
