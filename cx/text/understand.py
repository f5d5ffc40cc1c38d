"""A batch of comments becomes mentions with everything that is known about each: the text side in one pass."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cx.schema import GENERAL, MENTION_COLUMNS, NONE, NOT_ANALYSED
from cx.text import embed, emotions, language, mentions, sentiment

if TYPE_CHECKING:
    from cx.text.taxonomy import Taxonomy


def comments(
    responses: pd.DataFrame, questions: Sequence[str], taxonomy: "Taxonomy"
) -> tuple[pd.DataFrame, np.ndarray, list[str | None]]:
    """The mentions of a batch of responses, their vectors, and each response's language.

    `responses` has response_id, language (a hint, may be null) and the comment columns `questions`, in file order.
    Returns a frame with `schema.MENTION_COLUMNS` (topic and subtopic still null), one vector row per mention (float16,
    zeros where not analysed), and one language per response. Comments in a language without a sentiment model keep
    their mentions, labelled "not analysed".
    """
    spoken = languages(responses, questions)
    rows = _clauses(responses, questions, spoken)
    frame = pd.DataFrame(rows, columns=["response_id", "question", "start", "end", "text", "language"])
    frame["mention"] = frame.groupby("response_id", sort=False).cumcount()
    texts, known = frame["text"].tolist(), frame.pop("language").isin(language.ANALYSED).to_numpy(dtype=bool)
    scores: list[float | None] = [None] * len(frame)
    places = np.flatnonzero(known)
    for place, score in zip(places, sentiment.scores([texts[i] for i in places]), strict=True):
        scores[place] = score
    read = np.array([score is not None for score in scores], dtype=bool)
    vectors = np.zeros((len(frame), embed.DIMENSIONS), dtype=np.float16)
    frame["sentiment"] = pd.array(scores, dtype="Float64").astype(float)
    frame["sentiment_label"] = [sentiment.label(score) for score in scores]
    frame = frame.assign(pillar=GENERAL, touchpoint=NONE, stage=NONE, emotion=NONE, effort=NONE)
    if read.any():
        kept = [text for text, use in zip(texts, read, strict=True) if use]
        found = embed.vectors(kept)
        vectors[read] = found.astype(np.float16)
        for name, values in taxonomy.assign(kept, found, frame.loc[read, "sentiment"].tolist()).items():
            frame.loc[read, name] = values
        frame.loc[read, "emotion"] = [
            emotions.emotion(text, score) for text, score in zip(kept, frame.loc[read, "sentiment"], strict=True)
        ]
        frame.loc[read, "effort"] = [emotions.effort(text) for text in kept]
    return frame.assign(topic=None, subtopic=None)[list(MENTION_COLUMNS)], vectors, spoken


def languages(responses: pd.DataFrame, questions: Sequence[str]) -> list[str | None]:
    """One language per response: that of its comments taken together; the file's own hint where there is no text."""
    columns = [responses[question].tolist() for question in questions]
    rows = zip(*columns, strict=True) if columns else iter([()] * len(responses))
    joined = [" ".join(text for text in row if isinstance(text, str)) or None for row in rows]
    hints = [hint if isinstance(hint, str) and hint else None for hint in responses["language"]]
    return [found or hint for found, hint in zip(language.detect(joined, hints), hints, strict=True)]


def of_responses(found: pd.DataFrame, ids: pd.Series) -> tuple[pd.Series, list[str]]:
    """Sentiment per response, the mean of its analysed mentions, and its label; null where nothing was analysed."""
    means = found.groupby("response_id")["sentiment"].mean()
    scores = ids.map(means).astype(float)
    return scores, [sentiment.label(None if pd.isna(score) else float(score)) for score in scores]


def unread(found: pd.DataFrame) -> int:
    """How many mentions were not analysed."""
    return int((found["sentiment_label"] == NOT_ANALYSED).sum())


def _clauses(responses: pd.DataFrame, questions: Sequence[str], spoken: Sequence[str | None]) -> list[tuple]:
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
