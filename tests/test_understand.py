"""Comments become mentions with everything known about them; what cannot be analysed stays its own bucket."""

import time

import numpy as np
import pandas as pd
import pytest

from cx.schema import GENERAL, MENTION_COLUMNS, NONE, NOT_ANALYSED
from cx.text import embed, emotions, language, sentiment, taxonomy, understand

GERMAN = "Das Personal war sehr freundlich, aber die Lieferung kam leider viel zu spät an."


def comments(*texts: str | None, **others) -> tuple[pd.DataFrame, np.ndarray, list]:
    frame = pd.DataFrame(
        {"response_id": [f"r{n}" for n in range(len(texts))], "language": None, "comment": list(texts), **others}
    )
    questions = ["comment", *others]
    frame["language"] = spoken = understand.languages(frame, questions)
    return *understand.comments(frame, questions, taxonomy.load()), spoken


def test_each_mention_gets_what_its_own_text_says():
    found, vectors, spoken = comments(
        "The staff was lovely. But delivery took weeks and nobody answered!", "Great prices."
    )
    assert list(found) == list(MENTION_COLUMNS)
    assert len(found) >= 3
    assert spoken == ["en", "en"]
    nodes = taxonomy.load()
    for place, row in found.iterrows():
        alone = nodes.assign([row["text"]], embed.vectors([row["text"]]), [row["sentiment"]])
        assert (row["pillar"], row["touchpoint"], row["stage"]) == tuple(
            alone[name][0] for name in ("pillar", "touchpoint", "stage")
        )
        assert row["sentiment"] == sentiment.score(row["text"]).score
        assert row["sentiment_label"] == sentiment.label(row["sentiment"])
        assert row["emotion"] == emotions.emotion(row["text"], row["sentiment"])
        assert row["effort"] == emotions.effort(row["text"])
        assert vectors[place] == pytest.approx(embed.vectors([row["text"]])[0], abs=1e-3)
    assert found["topic"].isna().all()


def test_mentions_are_numbered_over_all_questions_in_file_order():
    found, _, _ = comments("Nice staff. Slow till.", None, What=["Warm soup, cold tea.", "Only here."])
    first = found[found["response_id"] == "r0"]
    assert first["mention"].tolist() == list(range(len(first)))
    assert first["question"].drop_duplicates().tolist() == ["comment", "What"]
    second = found[found["response_id"] == "r1"]
    assert second[["mention", "question", "text"]].values.tolist() == [[0, "What", "Only here."]]


@pytest.mark.parametrize("text", [GERMAN, "[email]", "12345", "..."])
def test_what_cannot_be_analysed_is_not_neutral(text):
    found, vectors, _ = comments("The staff was nice.", text)
    row = found[found["response_id"] == "r1"].iloc[0]
    assert (row["sentiment_label"], row["pillar"], row["touchpoint"], row["stage"], row["emotion"], row["effort"]) == (
        NOT_ANALYSED, GENERAL, NONE, NONE, NONE, NONE,
    )  # fmt: skip
    assert pd.isna(row["sentiment"])
    assert not vectors[found["response_id"] == "r1"].any()


@pytest.mark.parametrize("texts", [[], [None, None], ["", None]])
def test_nothing_said(texts):
    found, vectors, spoken = comments(*texts)
    assert list(found) == list(MENTION_COLUMNS)
    assert (len(found), vectors.shape, spoken) == (0, (0, embed.DIMENSIONS), [None] * len(texts))


def test_no_question_at_all():
    frame = pd.DataFrame({"response_id": ["a", "b"], "language": [None, "de"]})
    assert len(understand.comments(frame, [], taxonomy.load())[0]) == 0
    assert understand.languages(frame, []) == [None, "de"], "the file's own word where there is no text"


def test_a_response_has_one_language():
    frame = pd.DataFrame({"response_id": ["a"], "language": ["fr"], "comment": [GERMAN], "more": ["Ok."]})
    assert understand.languages(frame, ["comment", "more"]) == ["de"]


def test_a_short_comment_takes_the_language_of_its_file():
    main = language.Main()
    main.add([GERMAN] * 3)
    frame = pd.DataFrame({"response_id": ["a"], "language": [None], "comment": ["Super!"]})
    assert understand.languages(frame, ["comment"]) == ["en"], "alone"
    assert understand.languages(frame, ["comment"], main) == ["de"]


def test_a_comment_of_any_length_is_read_in_time():
    comments("The models are loaded before the clock starts.")
    begun = time.perf_counter()
    found, _, _ = comments("The staff was nice. " + "x" * 100_000)
    assert time.perf_counter() - begun < 5
    assert found["sentiment_label"].iloc[0] == "positive"


def test_the_sentiment_of_responses():
    """2 artanh 0.8 = 2.1972 and 2 artanh -0.1 = -0.2007 make 1.9965 / √2 = 1.4118, and tanh(1.4118 / 2) = 0.6081."""
    found = pd.DataFrame({"response_id": ["a", "a", "b", "c"], "sentiment": [0.8, -0.1, None, -0.9]})
    scores, labels = understand.of_responses(found, pd.Series(["c", "a", "b", "d"]))
    assert scores.fillna(9).tolist() == pytest.approx([-0.9, 0.6081, 9, 9], abs=1e-4)
    assert labels == ["negative", "positive", NOT_ANALYSED, NOT_ANALYSED]


def test_repeated_mentions_are_read_alike():
    found, vectors, _ = comments(
        "The staff was rude.", GERMAN, "Great prices.", "The staff was rude.", "[email]", "Great prices."
    )
    columns = ["text", "pillar", "touchpoint", "stage", "emotion", "effort", "sentiment"]
    for first, again in (("r0", "r3"), ("r2", "r5")):
        one, other = (found["response_id"] == first, found["response_id"] == again)
        assert found.loc[one, columns].values.tolist() == found.loc[other, columns].values.tolist()
        assert vectors[one].any()
        assert (vectors[one] == vectors[other]).all()
    assert found.loc[found["response_id"] == "r0", "emotion"].tolist() == ["anger"]
    assert found.loc[found["response_id"] == "r2", "emotion"].tolist() == ["delight"]
    assert found["mention"].tolist() == found.groupby("response_id").cumcount().tolist()
