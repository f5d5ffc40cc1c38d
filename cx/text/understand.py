"""A batch of comments becomes mentions with everything that is known about each: the text side in one pass."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cx.schema import GENERAL, MENTION_COLUMNS, NONE
from cx.text import embed, emotions, language, mentions, sentiment

if TYPE_CHECKING:
    from cx.text.taxonomy import Taxonomy

ENOUGH = 2_000
"""Characters of a comment that tell its language."""

Scores = list[float | None]


def comments(
    responses: pd.DataFrame, questions: Sequence[str], taxonomy: "Taxonomy"
) -> tuple[pd.DataFrame, np.ndarray]:
    """The mentions of a batch of responses and their vectors.

    `responses` has response_id, language (see `languages`) and the comment columns `questions`, in file order.
    Returns a frame with `schema.MENTION_COLUMNS` (topic and subtopic still null) and one vector row per mention (float16,
    zeros where not analysed). Comments in a language without a sentiment model keep their mentions, labelled "not
    analysed".
    """
    rows = _clauses(responses, questions, responses["language"].tolist())
    frame = pd.DataFrame(rows, columns=["response_id", "question", "start", "end", "text", "language"])
    frame["mention"] = frame.groupby("response_id", sort=False).cumcount()
    scores = _scores(frame["text"].tolist(), frame.pop("language").isin(language.ANALYSED).to_numpy(dtype=bool))
    frame["sentiment"] = pd.array(scores, dtype="Float64").astype(float)
    frame["sentiment_label"] = [sentiment.label(score) for score in scores]
    frame = frame.assign(pillar=GENERAL, touchpoint=NONE, stage=NONE, emotion=NONE, effort=NONE)
    vectors = _read(frame, scores, taxonomy)
    return frame.assign(topic=None, subtopic=None)[list(MENTION_COLUMNS)], vectors


def said(responses: pd.DataFrame, questions: Sequence[str]) -> tuple[list[str | None], list[str | None]]:
    """What tells a response's language: its comments taken together, and what its language column says."""
    columns = [responses[question].tolist() for question in questions]
    rows = zip(*columns, strict=True) if columns else iter([()] * len(responses))
    joined = [" ".join(text[:ENOUGH] for text in row if isinstance(text, str)) or None for row in rows]
    return joined, [hint if isinstance(hint, str) and hint else None for hint in responses["language"]]


def languages(responses: pd.DataFrame, questions: Sequence[str], main: language.Main | None = None) -> list[str | None]:
    """One language per response: that of its comments taken together; what its column says where there is no text.

    `main`: the languages of the whole file, for short and doubtful comments; without it those of these responses.
    """
    joined, hints = said(responses, questions)
    return [found or hint for found, hint in zip(language.detect(joined, hints, main), hints, strict=True)]


def of_responses(found: pd.DataFrame, ids: pd.Series) -> tuple[pd.Series, list[str]]:
    """Sentiment per response, the mean of its analysed mentions, and its label; null where nothing was analysed."""
    means = found.groupby("response_id")["sentiment"].mean()
    scores = ids.map(means).astype(float)
    return scores, [sentiment.label(None if pd.isna(score) else float(score)) for score in scores]


def _clauses(responses: pd.DataFrame, questions: Sequence[str], spoken: Sequence[str | None]) -> list[tuple]:
    """The mentions of every response, question by question: response_id, question, start, end, text, language."""
    rows = []
    columns = [responses[question].tolist() for question in questions]
    for place, identifier in enumerate(responses["response_id"].tolist()):
        for question, texts in zip(questions, columns, strict=True):
            text = texts[place]
            if isinstance(text, str) and text:
                rows += [
                    (identifier, question, start, end, text[start:end], spoken[place])
                    for start, end in mentions.split(text)
                ]
    return rows


def _scores(texts: Sequence[str], known: np.ndarray) -> Scores:
    """The sentiment of the texts in a language that is analysed; None for the others and where there is nothing to score."""
    out: Scores = [None] * len(texts)
    places = np.flatnonzero(known).tolist()
    for place, score in zip(places, sentiment.scores([texts[place] for place in places]), strict=True):
        out[place] = score
    return out


def _read(frame: pd.DataFrame, scores: Scores, taxonomy: "Taxonomy") -> np.ndarray:
    """Fills pillar, touchpoint, stage, emotion and effort of the mentions that have a score; returns all their vectors."""
    vectors = np.zeros((len(frame), embed.DIMENSIONS), dtype=np.float16)
    read = np.array([score is not None for score in scores], dtype=bool)
    if not read.any():
        return vectors
    texts, known = frame.loc[read, "text"].tolist(), [score for score in scores if score is not None]
    found = embed.vectors(texts)
    vectors[read] = found.astype(np.float16)
    for name, values in taxonomy.assign(texts, found, known).items():
        frame.loc[read, name] = values
    frame.loc[read, "emotion"] = [emotions.emotion(text, score) for text, score in zip(texts, known, strict=True)]
    frame.loc[read, "effort"] = [emotions.effort(text) for text in texts]
    return vectors
