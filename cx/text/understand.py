"""A batch of comments becomes mentions with everything that is known about each: the text side in one pass."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from cx.schema import GENERAL, MENTION_COLUMNS, NONE
from cx.text import calibration, embed, emotions, language, mentions, sentiment
from cx.text.calibration import Calibration

if TYPE_CHECKING:
    from cx.text.taxonomy import Taxonomy

ENOUGH = 2_000
"""Characters of a comment that tell its language."""

UNREAD = {"pillar": GENERAL, "touchpoint": NONE, "stage": NONE, "emotion": NONE, "effort": NONE}
"""What is said of a mention that is not analysed."""

Scores = list[float | None]

Corrections = Mapping[tuple[str, str, str], int]
"""What people say a mention feels like (-1, 0, 1), by response, question and the mark of its text."""

BY_HAND = {-1: -0.8, 0: 0.0, 1: 0.8}
"""The score of a mention that was corrected."""
Models = Sequence[sentiment.Adapted | None]


def comments(
    responses: pd.DataFrame,
    questions: Sequence[str],
    taxonomy: "Taxonomy",
    adapted: Calibration | None = None,
    rated: Sequence[bool] | None = None,
) -> tuple[pd.DataFrame, np.ndarray]:
    """The mentions of a batch of responses and their vectors.

    `responses` has response_id, language (see `languages`) and the comment columns `questions`, in file order.
    Returns a frame with `schema.MENTION_COLUMNS` (topic and subtopic still null) and one vector row per mention (float16,
    zeros where not analysed). Comments in a language without a sentiment model keep their mentions, labelled "not
    analysed". With a calibration (`adapted`), `rated` says which responses have a rating: their clauses are scored by a
    model that did not see it.
    """
    columns, spoken = _clauses(responses, questions, responses["language"].tolist())
    frame = pd.DataFrame(columns)
    known = np.array([code in language.ANALYSED for code in spoken], dtype=bool)
    scores = _scores(columns["text"], known, _models(responses, questions, frame["response_id"], adapted, rated))
    read, vectors = _read(columns["text"], scores, taxonomy)
    labels = [sentiment.label(score) for score in scores]
    frame = frame.assign(sentiment=np.array(scores, dtype=float), sentiment_label=labels, **read)
    return frame.assign(topic=None, subtopic=None)[list(MENTION_COLUMNS)], vectors


def tongues(responses: pd.DataFrame, questions: Sequence[str]) -> tuple[list[str | None], list[str | None]]:
    """What tells a response's language: its comments taken together, and what its language column says."""
    columns = [responses[question].tolist() for question in questions]
    rows = zip(*columns, strict=True) if columns else iter([()] * len(responses))
    joined = [" ".join(text[:ENOUGH] for text in row if isinstance(text, str)) or None for row in rows]
    return joined, [hint if isinstance(hint, str) and hint else None for hint in responses["language"]]


def languages(responses: pd.DataFrame, questions: Sequence[str], main: language.Main | None = None) -> list[str | None]:
    """One language per response: that of its comments taken together; what its column says where there is no text.

    `main`: the languages of the whole file, for short and doubtful comments; without it those of these responses.
    """
    joined, hints = tongues(responses, questions)
    return [found or hint for found, hint in zip(language.detect(joined, hints, main), hints, strict=True)]


def mark(text: str) -> str:
    """16 hex digits that stand for a mention's text: a correction keeps no words of a customer."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def corrected(found: pd.DataFrame, corrections: Corrections) -> pd.DataFrame:
    """The mentions with what people corrected: sentiment, label, and the emotion that goes with it."""
    owners = {owner for owner, _, _ in corrections}
    own = found["response_id"].isin(owners).to_numpy()
    if not own.any():
        return found
    scores, labels, moods = (found[name].tolist() for name in ("sentiment", "sentiment_label", "emotion"))
    for at in np.flatnonzero(own).tolist():
        row = found.iloc[at]
        side = corrections.get((row["response_id"], row["question"], mark(row["text"])))
        if side is not None:
            scores[at] = BY_HAND[side]
            labels[at] = sentiment.label(scores[at])
            moods[at] = emotions.emotion(row["text"], scores[at])
    return found.assign(sentiment=scores, sentiment_label=labels, emotion=moods)


def of_responses(
    found: pd.DataFrame, ids: pd.Series, adapted: Calibration | None = None
) -> tuple[pd.Series, list[str]]:
    """Sentiment per response, put together from its analysed mentions, and its label; null where nothing was analysed.

    `sentiment.together` says how. A calibration brings the thresholds of responses.
    """
    said = found.dropna(subset=["sentiment"]).groupby("response_id", sort=False)["sentiment"].agg(sentiment.together)
    scores = ids.map(said).astype(float)
    bounds = adapted.bounds if adapted is not None else None
    return scores, [sentiment.label(None if pd.isna(score) else float(score), bounds) for score in scores]


def _clauses(
    responses: pd.DataFrame, questions: Sequence[str], spoken: Sequence[str | None]
) -> tuple[dict[str, list], list[str | None]]:
    """The mentions of every response, question by question, numbered within their response, by column; their languages."""
    names = ("response_id", "question", "start", "end", "text", "mention")
    columns: dict[str, list] = {name: [] for name in names}
    owners, asked, starts, ends, pieces, numbers = columns.values()
    languages: list[str | None] = []
    said = [responses[question].tolist() for question in questions]
    numbered: dict[str, int] = {}
    for place, identifier in enumerate(responses["response_id"].tolist()):
        for question, texts in zip(questions, said, strict=True):
            text = texts[place]
            if not (isinstance(text, str) and text):
                continue
            for start, end in mentions.split(text):
                owners.append(identifier)
                asked.append(question)
                starts.append(start)
                ends.append(end)
                pieces.append(text[start:end])
                numbers.append(number := numbered.get(identifier, 0))
                numbered[identifier] = number + 1
                languages.append(spoken[place])
    return columns, languages


def said(responses: pd.DataFrame, questions: Sequence[str]) -> list[str]:
    """All comments of each response as one text, a line each: what a calibration learns from and knows responses by."""
    columns = [responses[question].tolist() for question in questions]
    rows = zip(*columns, strict=True) if columns else iter([()] * len(responses))
    return ["\n".join(text for text in row if isinstance(text, str) and text) for row in rows]


def _models(
    responses: pd.DataFrame,
    questions: Sequence[str],
    owners: pd.Series,
    adapted: Calibration | None,
    rated: Sequence[bool] | None,
) -> Models:
    """Which adapted model may score each mention (None: the shipped one)."""
    if adapted is None:
        return [None] * len(owners)
    has = [False] * len(responses) if rated is None else list(rated)
    models = [
        calibration.model_of(adapted, text, given) for text, given in zip(said(responses, questions), has, strict=True)
    ]
    by_response = dict(zip(responses["response_id"].tolist(), models, strict=True))
    return [by_response[owner] for owner in owners.tolist()]


def _scores(texts: Sequence[str], known: np.ndarray, models: Models) -> Scores:
    """The sentiment of the texts in a language that is analysed; None for the others and where there is nothing to score."""
    out: Scores = [None] * len(texts)
    groups: dict[int, list[int]] = {}
    for place in np.flatnonzero(known).tolist():
        groups.setdefault(id(models[place]), []).append(place)
    for places in groups.values():
        found = sentiment.scores([texts[place] for place in places], models[places[0]])
        for place, score in zip(places, found, strict=True):
            out[place] = score
    return out


def _read(
    texts: Sequence[str], scores: Sequence[float | None], taxonomy: "Taxonomy"
) -> tuple[dict[str, list[str]], np.ndarray]:
    """Pillar, touchpoint, stage, emotion and effort of mentions, by column, and their vectors; repeated ones are read once.

    Without a score there are none: General, none, a vector of zeros.
    """
    out = {name: [nothing] * len(texts) for name, nothing in UNREAD.items()}
    vectors = np.zeros((len(texts), embed.DIMENSIONS), dtype=np.float16)
    places = [place for place, score in enumerate(scores) if score is not None]
    if not places:
        return out, vectors
    numbers: dict[tuple[str, float | None], int] = {}
    which = [numbers.setdefault((texts[place], scores[place]), len(numbers)) for place in places]
    said, known = [text for text, _ in numbers], [score for _, score in numbers]
    with threadpool_limits(1):  # the products are small, and each process has its own core
        found = embed.vectors(said)
        named = taxonomy.assign(said, found, known)
    named["emotion"], named["effort"] = emotions.of_mentions(said, known)
    vectors[places] = found.astype(np.float16)[which]
    for name, values in named.items():
        column = out[name]
        for place, number in zip(places, which, strict=True):
            column[place] = values[number]
    return out, vectors
