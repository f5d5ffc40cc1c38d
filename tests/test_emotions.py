"""Emotions and effort: told by phrases, denied by negation, held to the sentiment's side."""

import csv
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx.text import emotions, sentiment

GOLD = Path(__file__).resolve().parents[2] / "shared" / "data" / "gold" / "mentions.csv"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The concert hall is fantastic", "delight"),
        ("Great product", "delight"),
        ("I LOVE this bank", "delight"),
        ("Thank you so much, Anna!", "gratitude"),
        ("The nurse went out of her way to help me", "gratitude"),
        ("We will definitely be back", "trust"),
        ("Would highly recommend", "trust"),
        ("I’ll use them again", "trust"),
        ("Luckily the courier found us", "relief"),
        ("The app keeps crashing", "frustration"),
        ("I can't log in", "frustration"),
        ("I cant find the invoice", "frustration"),
        ("Waited 45 minutes on hold", "frustration"),
        ("The cashier was rude", "anger"),
        ("This is unacceptable", "anger"),
        ("The staff were terrible", "anger"),
        ("The soup was terrible", "disappointment"),
        ("I wouldn't recommend it", "disappointment"),
        ("Never again!!", "disappointment"),
        (
            "I can't recommend it enough",
            "trust",
        ),  # praise in the form of a denial, and the sentiment reads it as praise
        ("Thanks for nothing", "disappointment"),  # the longest phrase counts, and it is no thanks
        ("What a let down", "disappointment"),
        ("I'm worried about my data", "worry"),
        ("I don't understand the invoice", "confusion"),
        ("The form is confusing", "confusion"),
        ("The table is brown", "none"),
        ("The room was fine", "none"),
        ("", "none"),
    ],
)
def test_emotion(text: str, expected: str):
    assert emotions.emotion(text, sentiment.score(text).score if text else None) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I am not disappointed at all",
        "The staff were not rude",
        "It was never frustrating",
        "It would be great if you added a dark mode",
        "The menu used to be great",
        "It could be fantastic",
    ],
)
def test_denied_and_wished_feelings_do_not_count(text: str):
    assert emotions.emotion(text, sentiment.score(text).score) == "none"


def test_the_side_must_agree():
    assert emotions.emotion("great", 0.6) == "delight"
    assert emotions.emotion("great", 0.0) == "delight"
    assert emotions.emotion("great", -0.6) == "none"
    assert emotions.emotion("rude", -0.6) == "anger"
    assert emotions.emotion("rude", 0.6) == "none"
    assert emotions.emotion("great but rude", 0.6) == "delight"
    assert emotions.emotion("great but rude", -0.6) == "anger"


def test_many_mentions_are_read_like_one():
    texts = ["Great", "rude", "", "easy to use", "I had to call, so annoying", "great"]
    scores = [0.6, -0.6, None, 0.4, -0.5, None]
    felt, spent = emotions.of_mentions(texts, scores)
    assert felt == ["delight", "anger", "none", "none", "frustration", "none"]
    assert spent == ["none", "none", "none", "low", "high", "none"]


def test_what_is_forgotten_is_read_anew(monkeypatch: pytest.MonkeyPatch):
    texts = ["The soup was terrible", "great soup", "I can't log in"]
    before = emotions.of_mentions(texts, [0.0] * 3)
    monkeypatch.setattr(emotions, "MEMORY", 1)
    assert emotions.of_mentions(texts, [0.0] * 3) == before
    assert before[0] == ["disappointment", "delight", "frustration"]


def test_without_a_score_there_is_no_emotion():
    assert emotions.emotion("great", None) == "none"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I had to call three times", "high"),
        ("It took forever to get a reply", "high"),
        ("It was not easy to cancel", "high"),
        ("We waited 45 minutes", "high"),
        ("The form is hard to fill in", "high"),
        ("Super easy to use", "low"),
        ("Quick delivery", "low"),
        ("A hassle-free return", "low"),
        ("Check-in was smooth", "low"),
        ("It couldn't be easier", "low"),
        ("Not convenient", "high"),
        ("easy at first, then I had to repeat everything", "high"),
        ("It is neither quick nor cheap", "none"),
        ("The soup was hot", "none"),
        ("", "none"),
    ],
)
def test_effort(text: str, expected: str):
    assert emotions.effort(text) == expected


@pytest.mark.parametrize(
    ("text", "score", "words"),
    [
        ("The concert hall is fantastic!", 0.6, ["fantastic"]),
        ("I can't log in, so annoying", -0.5, ["can't log", "annoying"]),
        ("We will definitely be back.", 0.4, ["will definitely be back"]),
        ("The staff were terrible and rude", -0.7, ["terrible", "rude"]),
        ("The soup was terrible", -0.5, ["terrible"]),
        ("great but rude", -0.6, ["rude"]),
        ("İ LOVE it, I’ll use them again", 0.8, ["I’ll use them again"]),
        ("not disappointed", 0.3, []),
        ("The table is brown", 0.0, []),
        ("great", None, []),
        ("", 0.0, []),
    ],
)
def test_evidence_is_the_words_that_made_the_emotion(text: str, score: float | None, words: list[str]):
    assert [text[start:end] for start, end in emotions.evidence(text, score)] == words


@given(st.lists(st.sampled_from("great rude the won't be back can’t log in wow thanks İ , 😀 never again".split())))
def test_evidence_and_emotion_go_together(words: list[str]):
    text = " ".join(words)
    for score in (-0.6, 0.0, 0.6):
        spans = emotions.evidence(text, score)
        assert bool(spans) == (emotions.emotion(text, score) != "none")
        assert all(start < end for start, end in spans)
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


@given(st.text(), st.one_of(st.none(), st.floats(-1, 1)))
def test_any_text_gets_a_name_of_the_list(text: str, score: float | None):
    assert emotions.emotion(text, score) in (*emotions.EMOTIONS, "none")
    assert emotions.effort(text) in (*emotions.EFFORTS, "none")


def test_every_phrase_can_be_told():
    """Each phrase of the table, read as a text, tells of its own emotion: none is dead after normalising."""
    for section in ("emotions", "effort"):
        for tells, phrases in emotions._file()[section].items():
            for phrase in phrases.split("|"):
                words = " ".join(word.split("/")[0].replace("*", "").replace("_", "it") for word in phrase.split())
                assert tells in {told for told, _, _ in emotions._found(emotions._words(words))}, (tells, phrase)


def precision_and_recall(column: str) -> tuple[float, float]:
    with GOLD.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    texts = [row["text"] for row in rows]
    if column == "emotion":
        found = [emotions.emotion(text, score) for text, score in zip(texts, sentiment.scores(texts), strict=True)]
    else:
        found = [emotions.effort(text) for text in texts]
    hits = sum(one == row[column] != "none" for one, row in zip(found, rows, strict=True))
    return hits / sum(one != "none" for one in found), hits / sum(row[column] != "none" for row in rows)


@pytest.mark.skipif(not GOLD.is_file(), reason="needs the gold mentions in ../shared/data/gold")
@pytest.mark.parametrize("column", ["emotion", "effort"])
def test_agrees_with_the_gold(column: str):
    precision, recall = precision_and_recall(column)
    assert precision >= 0.7
    assert recall >= 0.3
