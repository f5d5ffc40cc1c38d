"""Sentiment: equal to VADER, with evidence that adds up and stands where it says."""

import csv
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from cx.text import sentiment

VADER = SentimentIntensityAnalyzer()
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "sentiment"

SENTENCES = [
    "VADER is smart, handsome, and funny.",
    "VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!",
    "VADER is not smart, handsome, nor funny.",
    "At least it isn't a horrible book.",
    "The book was only kind of good.",
    "The plot was good, but the characters are uncompelling and the dialog is not great.",
    "Today SUX!",
    "Make sure you :) or :D today!",
    "Catch utf-8 emoji such as 💘 and 💋 and 😁",
    "Not bad at all",
    "The staff were great!!!!! really great!",
    "Why would they do that?? terrible???",
    "What a terrible wait????",
    "without doubt the best stay",
    "never so happy, never this good",
    "no problem at all, no good or bad surprise",
    "It was the least helpful desk, at least clean",
    "The shit! This place is the bomb, to die for, bad ass",
    "yeah right, kiss of death",
    "I love😀this place😡!",
    "good good bad but good bad good",
    "Great price BUT awful quality, awful!",
    "The room was fine.",
    "table chair window",
    "sort of nice, KIND OF NICE, hardly nice",
    "love ❤️ and 👍🏽",
    "café très good",
    "nice\nbad\tawful",
    "[great] (awful) \"nice\" 'bad'",
    "hate hate love love",
]


@pytest.mark.parametrize("text", SENTENCES)
def test_equals_vader(text: str):
    found = sentiment.score(text)
    compound = VADER.polarity_scores(text)["compound"]
    assert found.score == pytest.approx(compound, abs=1e-4)
    assert math.tanh(sum(weight for _, weight in found.evidence) / 2) == pytest.approx(found.score, abs=1e-9)


WORDS = st.sampled_from(
    ["good", "bad", "GREAT", "awful", "not", "never", "so", "this", "but", "BUT", "very", "VERY", "least", "at", "no",
     "or", "nor", "kind", "of", "sort", "the", "bomb", "shit", "without", "doubt", "😀", "😡", ":)", "!", "???"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_equals_vader_in_any_mixture(text: str):
    found = sentiment.score(text)
    if found.score is not None:
        assert found.score == pytest.approx(VADER.polarity_scores(text)["compound"], abs=1e-4)


def test_weights_by_hand():
    """ "good" has valence 1.9 and an exclamation mark adds 0.292: x = 2.192, s = 2 asinh(x/√15)."""
    x = 1.9 + 0.292
    unit = 2 * math.asinh(x / math.sqrt(15)) / x
    found = sentiment.score("Good!")
    assert found.evidence == (("Good", pytest.approx(1.9 * unit)), ("(base)", pytest.approx(0.292 * unit)))
    assert found.score == pytest.approx(x / math.sqrt(x * x + 15))


def test_words_that_cancel_keep_their_weight():
    """ "happy" 2.7 and "hate" -2.7 make x = 0: a weight is valence times the limit 2/√15."""
    found = sentiment.score("happy hate")
    weight = 2.7 * 2 / math.sqrt(15)
    assert found.evidence == (("happy", pytest.approx(weight)), ("hate", pytest.approx(-weight)), ("(base)", 0.0))
    assert (found.score, found.label) == (pytest.approx(0.0), "neutral")


@pytest.mark.parametrize("text", ["", " \n", "10/10", "...", "!", "42", "[email]", "[phone] [card]!", "5 - 3", "—"])
def test_nothing_to_analyse(text: str):
    assert sentiment.score(text) == (None, "not analysed", ())
    assert sentiment.spans(text) == []
    assert sentiment.scores([text]) == [None]


@pytest.mark.parametrize("text", ["ok then", "👍", ":)", "[email] called", "ж", "很好"])
def test_something_to_analyse(text: str):
    assert sentiment.score(text).score is not None
    assert sentiment.score(text).evidence[-1][0] == "(base)"


@pytest.mark.parametrize("mask", ["[email]", "[card]", "[iban]", "[ip]", "[phone]", "[secret]"])
def test_masks_carry_no_sentiment(mask: str):
    found = sentiment.score(f"{mask} was good {mask}")
    assert [word for word, _ in found.evidence] == ["good", "(base)"]
    assert found.score == sentiment.score("it was good it").score


@pytest.mark.parametrize(
    ("score", "expected"),
    [(None, "not analysed"), (0.05, "positive"), (0.0499, "neutral"), (0, "neutral"), (-0.0499, "neutral"),
     (-0.05, "negative"), (1.0, "positive"), (-1.0, "negative")],
)  # fmt: skip
def test_label(score: float | None, expected: str):
    assert sentiment.label(score) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The food was (very) good!", [(20, 24, 1)]),
        ("Bad room, LOVELY staff", [(0, 3, -1), (10, 16, 1)]),
        ("😭 nice", [(0, 1, -1), (2, 6, 1)]),
        ("so nice😭", [(3, 7, 1), (7, 8, -1)]),
        ("  ok :)", [(2, 4, 1), (5, 7, 1)]),
        ("not good", [(4, 8, -1)]),
    ],
)
def test_spans(text: str, expected: list[tuple[int, int, int]]):
    assert [(start, end, math.copysign(1, weight)) for start, end, weight in sentiment.spans(text)] == expected


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join)))
def test_spans_and_evidence_agree(text: str):
    found, spans = sentiment.score(text), sentiment.spans(text)
    assert [text[start:end] for start, end, _ in spans] == [word for word, _ in found.evidence[:-1]]
    assert [weight for *_, weight in spans] == pytest.approx([weight for _, weight in found.evidence[:-1]])
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))


@given(st.lists(st.one_of(st.text(), st.sampled_from(SENTENCES))))
def test_scores_are_those_of_single_texts(texts: list[str]):
    assert sentiment.scores(texts) == [sentiment.score(text).score for text in texts]


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the sentiment sets in ../shared/data/sentiment")
def test_equals_vader_on_real_feedback():
    for name in ("uci_yelp", "uci_amazon_cells", "vader_tweets"):
        with (SHARED / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            texts = [row["text"] for row in csv.DictReader(file)][:1000]
        for text, score in zip(texts, sentiment.scores(texts), strict=True):
            assert (score or 0.0) == pytest.approx(VADER.polarity_scores(text)["compound"], abs=1e-4), text
