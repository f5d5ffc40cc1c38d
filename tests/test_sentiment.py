"""Sentiment: what texts feel like, with evidence that adds up and stands where it says."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx.text import sentiment
from cx.text.sentiment import Adapted

SENTENCES = [
    "The staff were great!!!!! really great!",
    "What a terrible wait????",
    "not only good but great",
    "I was told it would be ready but it was not",
    "Catch utf-8 emoji such as 💘 and 💋 and 😁",
    "I love😀this place😡!",
    "★☆☆☆☆ would not recommend",
    "[email] never answered, 2/10",
    "nice\nbad\tawful",
    "[great] (awful) \"nice\" 'bad'",
    "would not recommend. Would recommend the bar, though; no complaints there…",
]
WORDS = st.sampled_from(
    ["good", "bad", "GREAT", "awful", "not", "never", "so", "this", "but", "BUT", "very", "VERY", "could", "be", "better",
     "no", "complaints", "only", "kind", "of", "the", "bomb", "2/10", "[email]", "😀", "😡", ":)", "!", "???", "."]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join), st.sampled_from(SENTENCES))


@settings(max_examples=200)
@given(TEXTS)
def test_evidence_adds_up(text: str):
    found = sentiment.score(text)
    if found.score is None:
        assert found == (None, "not analysed", ())
        return
    assert found.evidence[-1][0] == "(base)"
    assert math.tanh(sum(weight for _, weight in found.evidence) / 2) == pytest.approx(found.score, abs=1e-9)
    assert found.label == sentiment.label(found.score)


@given(TEXTS)
def test_spans_and_evidence_agree(text: str):
    found, spans = sentiment.score(text), sentiment.spans(text)
    assert [text[start:end] for start, end, _ in spans] == [word for word, _ in found.evidence[:-1]]
    assert [weight for *_, weight in spans] == [weight for _, weight in found.evidence[:-1]]
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))


@given(st.lists(TEXTS))
def test_scores_are_those_of_single_texts(texts: list[str]):
    assert sentiment.scores(texts) == pytest.approx([sentiment.score(text).score for text in texts], abs=1e-9)


def test_many_texts_are_read_in_pieces(monkeypatch: pytest.MonkeyPatch):
    whole = sentiment.scores(SENTENCES)
    monkeypatch.setattr(sentiment, "CHUNK", 2)
    assert sentiment.scores(SENTENCES) == pytest.approx(whole, abs=1e-9)


@pytest.mark.parametrize("text", ["", " \n", "...", "!", "42", "[email]", "[phone] [card]!", "5 - 3", "—"])
def test_nothing_to_analyse(text: str):
    assert sentiment.score(text) == (None, "not analysed", ())
    assert sentiment.spans(text) == []
    assert sentiment.scores([text]) == [None]


@pytest.mark.parametrize("text", ["ok then", "👍", ":)", "[email] called", "ж", "很好", "10/10", "★★☆☆☆"])
def test_something_to_analyse(text: str):
    assert sentiment.score(text).score is not None


POSITIVE = [
    "The food was great!", "absolutely fantastic", "no complaints", "not only good but great", "would recommend", "👍",
    "★★★★★", "5 stars", "10/10", "couldn't be better", "The waiter was friendly and helpful", "Everything worked without any problems.",
    "They took my old phone and gave me a good price, I will be back.", "It was late but wonderful",
]  # fmt: skip
NEGATIVE = [
    "The food was not good", "very bad", "not only late but rude", "would not recommend", "👎", "★☆☆☆☆", "2/10", "1 star",
    "a mark of 2 out of 10", "the parcel came a week late", "still waiting for a refund", "nobody answered",
    "I was told it would be fixed but it was not", "I was told my order would come on Monday, but it never arrived",
    "no wifi", "the app crashes every time", "could be better", "The staff were NOT helpful", "We waited two hours and left hungry.",
    "It stopped working after three days",
]  # fmt: skip
NEITHER = ["We flew in May.", "ж", "I bought it for my sister", "There is a desk"]


@pytest.mark.parametrize("text", POSITIVE)
def test_positive(text: str):
    assert sentiment.score(text).label == "positive"


@pytest.mark.parametrize("text", NEGATIVE)
def test_negative(text: str):
    assert sentiment.score(text).label == "negative"


@pytest.mark.parametrize("text", NEITHER)
def test_neutral(text: str):
    assert sentiment.score(text).label == "neutral"


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("good", "great"), ("The food was good", "The food was very good"), ("The food was good", "The food was good!"),
        ("The room was NOT clean", "The room was clean"), ("It was terrible", "It was a bit slow"),
        ("The room was bad!!", "The room was bad"),
        ("It was good but slow", "It was slow but good"), ("2/10", "4/10"), ("4/10", "8/10"), ("★★☆☆☆", "★★★★☆"),
        ("would not recommend", "would recommend"), ("could be better", "couldn't be better"), ("bad", "not bad"),
    ],
)  # fmt: skip
def test_order(less: str, more: str):
    """The first of the two is the worse."""
    assert sentiment.score(less).score < sentiment.score(more).score


def test_idioms_are_one_piece_of_evidence():
    assert [text[0] for text in sentiment.score("would not recommend").evidence] == ["would not recommend", "(base)"]


@pytest.mark.parametrize("mask", ["[email]", "[card]", "[iban]", "[ip]", "[phone]", "[secret]"])
def test_masks_carry_no_sentiment(mask: str):
    found = sentiment.score(f"{mask} great service {mask}")
    assert not any(mask in word for word, _ in found.evidence)
    assert found.score == pytest.approx(sentiment.score("great service").score)


def test_label():
    lower, upper = sentiment.thresholds()
    assert -1 < lower < 0 < upper < 1
    below, above = math.nextafter(lower, 1), math.nextafter(upper, -1)
    assert [sentiment.label(score) for score in (None, -1.0, lower, below, 0.0, above, upper, 1.0)] == [
        "not analysed", "negative", "negative", "neutral", "neutral", "neutral", "positive", "positive",
    ]  # fmt: skip
    assert sentiment.label(0.2, (-0.1, 0.1)) == "positive"


def test_adapted_words_add_to_the_weights():
    """One word of weight 1 in a text of one word counts (60 / 61) ** 0.5; negated it has its other weight."""
    adapted = Adapted(
        (("zorbo", 1.0, -2.0),),
        (("zorbo", "flux", 0.5),),
    )
    force = {n: (60 / (60 + n)) ** 0.5 for n in (1, 2)}
    evidence = {
        text: sum(weight for _, weight in sentiment.score(text, adapted).evidence)
        for text in ("zorbo", "zorbo flux", "not zorbo")
    }
    plain = {text: sum(weight for _, weight in sentiment.score(text).evidence) for text in evidence}
    assert evidence["zorbo"] - plain["zorbo"] == pytest.approx(force[1])
    assert evidence["zorbo flux"] - plain["zorbo flux"] == pytest.approx(1.5 * force[2])
    assert evidence["not zorbo"] - plain["not zorbo"] == pytest.approx(-2 * force[2])
    assert sentiment.scores(["zorbo"], adapted) == pytest.approx([sentiment.score("zorbo", adapted).score])
    assert sentiment.spans("a zorbo", adapted)[-1][:2] == (2, 7)


def test_together():
    """s = Σ sᵢ / √n: three clauses of s = 1 make √3; opposite ones cancel; one alone keeps its score."""
    one = math.tanh(0.5)
    assert sentiment.together([one]) == pytest.approx(one)
    assert sentiment.together([one] * 3) == pytest.approx(math.tanh(math.sqrt(3) / 2))
    assert sentiment.together([one, -one]) == pytest.approx(0.0)
    assert sentiment.together([1.0, -1.0, one]) == pytest.approx(math.tanh(1 / math.sqrt(3) / 2))
    assert sentiment.together([]) is None


def test_model_is_a_small_plain_file():
    assert sentiment.MODEL.stat().st_size < 5e6
    known = sentiment.weights()
    assert set(known.parameters) == set(sentiment.PARAMETERS)
    assert all(len(text.split()) < 8 for pair in known.pairs for text in pair)
