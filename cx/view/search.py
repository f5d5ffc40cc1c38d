"""Comments, found and shown page by page: words, facets, sorting; each with its mentions and their evidence."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from cx import adapting
from cx.schema import SCORE_ROLES, Scale
from cx.store.datasets import Dataset
from cx.store.ledger import formula_safe
from cx.store.staging import SCALE
from cx.text import calibration, understand
from cx.text.sentiment import Adapted
from cx.text.understand import Corrections
from cx.view.filters import ALL, Filter, quoted

PAGE = 20
"""Comments on a page."""

EXPORT = 100_000
"""Most comments of one download."""

FACETS = ("pillar", "touchpoint", "stage", "topic", "sentiment_label", "emotion", "effort")
SORTS = {
    "newest": '"date" DESC NULLS LAST', "oldest": '"date" ASC NULLS LAST',
    "most negative": "sentiment ASC NULLS LAST", "most positive": "sentiment DESC NULLS LAST",
}  # fmt: skip


class Find(NamedTuple):
    """What to look for: words (all of them), and one value per facet of a mention; '' means any."""

    words: str = ""
    pillar: str = ""
    touchpoint: str = ""
    stage: str = ""
    topic: str = ""
    sentiment_label: str = ""
    emotion: str = ""
    effort: str = ""
    sort: str = "newest"

    @property
    def facets(self) -> dict[str, str]:
        """The facets that are set."""
        return {name: getattr(self, name) for name in FACETS if getattr(self, name)}

    def words_for_people(self, topics: dict[str, str]) -> str:
        """The facets in words: `delivery · Post-Purchase · negative`."""
        return " · ".join(topics.get(value, value) if name == "topic" else value for name, value in self.facets.items())


class Mention(NamedTuple):
    """A piece of a comment with what is known about it."""

    question: str
    start: int
    end: int
    text: str
    sentiment: float | None
    label: str
    about: str
    fits: bool
    by_hand: bool = False
    """Somebody corrected its sentiment."""
    adapted: Adapted | None = None
    """What scored it besides the shipped model."""


class Comment(NamedTuple):
    """A response with its texts, one per question, and their mentions."""

    response_id: str
    head: dict[str, Any]
    texts: dict[str, str]
    sentiment: float | None
    label: str
    mentions: list[Mention]
    conflict: bool = False
    """Its words and its rating strongly contradict each other."""


def count(dataset: Dataset, find: Find, where: Filter = ALL) -> tuple[int, int]:
    """How many responses with a comment fit, and how many of them are negative."""
    clause, bound = _clause(dataset, find, where)
    row = dataset.query(
        f"SELECT count(*) AS n, count(*) FILTER (sentiment_label = 'negative') AS negative FROM responses WHERE {clause}",
        bound,
    ).iloc[0]
    return int(row["n"]), int(row["negative"])


def page(
    dataset: Dataset, find: Find, where: Filter = ALL, number: int = 1, corrections: Corrections | None = None
) -> list[Comment]:
    """One page of comments (`number` from 1), sorted; ties by id, so that pages do not overlap.

    `corrections`: which sentiments people gave by hand.
    """
    clause, bound = _clause(dataset, find, where)
    order = SORTS.get(find.sort, SORTS["newest"])
    rows = dataset.query(
        f"SELECT {_head(dataset)} FROM responses WHERE {clause} ORDER BY {order}, response_id LIMIT ? OFFSET ?",
        [*bound, PAGE, PAGE * (max(number, 1) - 1)],
    )
    if rows.empty:
        return []
    said = dataset.query(
        "SELECT * FROM mentions WHERE response_id IN (SELECT unnest(?)) ORDER BY response_id, mention",
        [rows["response_id"].tolist()],
    )
    groups = dict(list(said.groupby("response_id")))
    questions = dataset.manifest["comments"]
    context = _Context(questions, find, corrections or {})
    scored = zip(adapting.models(dataset, rows), adapting.sides(rows, _scales(dataset)).tolist(), strict=True)
    return [
        _comment(row, groups.get(row["response_id"], said.iloc[:0]), context, adapted, side)
        for (_, row), (adapted, side) in zip(rows.iterrows(), scored, strict=True)
    ]


def export(dataset: Dataset, find: Find, where: Filter = ALL) -> bytes:
    """All comments found, as CSV for a spreadsheet: UTF-8 with mark, cells that begin like a formula made harmless."""
    clause, bound = _clause(dataset, find, where)
    order = SORTS.get(find.sort, SORTS["newest"])
    rows = dataset.query(
        f"SELECT {_head(dataset)} FROM responses WHERE {clause} ORDER BY {order}, response_id LIMIT ?", [*bound, EXPORT]
    )
    for name in rows.columns:
        if not pd.api.types.is_numeric_dtype(rows[name]) and not pd.api.types.is_datetime64_any_dtype(rows[name]):
            rows[name] = [formula_safe(cell) if isinstance(cell, str) else cell for cell in rows[name]]
    rows.columns = [formula_safe(name) for name in rows.columns]
    # Lines end with both characters, so that a cell with a lone carriage return is quoted and ends no row.
    return rows.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def values(dataset: Dataset, facet: str, where: Filter = ALL) -> list[str]:
    """The values of a facet that occur, most mentioned first."""
    clause, bound = where.sql()
    column = quoted(f"mention.{facet}")
    rows = dataset.query(
        f"SELECT {column} AS value, count(*) AS n FROM facts WHERE {clause} GROUP BY ALL ORDER BY 2 DESC, 1",
        bound,
    )
    return [value for value in rows["value"] if isinstance(value, str)]


def _clause(dataset: Dataset, find: Find, where: Filter) -> tuple[str, list[object]]:
    clause, bound = where.sql()
    questions = [quoted(name) for name in dataset.manifest["comments"] if name in dataset.responses] or ["comment"]
    clauses = [clause, "(" + " OR ".join(f"{name} IS NOT NULL" for name in questions) + ")"]
    text = f"concat_ws(' ', {', '.join(questions)})"
    for word in find.words.split():
        clauses.append(f"contains(lower({text}), lower(?))")
        bound.append(word)
    conditions = list(_conditions(find))
    if conditions:
        inner = " AND ".join(condition for condition, _ in conditions)
        clauses.append(f"response_id IN (SELECT response_id FROM mentions WHERE {inner})")
        bound += [value for _, held in conditions for value in held]
    return " AND ".join(clauses), bound


def _conditions(find: Find) -> Iterator[tuple[str, list[object]]]:
    for name, value in find.facets.items():
        if name == "topic":
            yield "(topic = ? OR subtopic = ?)", [value, value]
        else:
            yield f"{quoted(name)} = ?", [value]


def _head(dataset: Dataset) -> str:
    columns = ["response_id", "date", "source", "language", *dataset.scored, "sentiment", "sentiment_label"]
    columns += [name + SCALE for name in adapting.RATINGS if name + SCALE in dataset.responses]
    columns += [name for name in ("channel", "touchpoint") if name in dataset.responses]
    columns += [name for name in dataset.manifest["comments"] if name in dataset.responses]
    return ", ".join(quoted(name) for name in dict.fromkeys(columns))


class _Context(NamedTuple):
    questions: list[str]
    find: Find
    corrections: Corrections


def _scales(dataset: Dataset) -> dict[str, list[Scale]]:
    return {name: held for name in adapting.RATINGS if (held := dataset.scales(name))}


def _comment(row: pd.Series, said: pd.DataFrame, context: _Context, adapted: Adapted | None, side: float) -> Comment:
    head = {
        name: row[name]
        for name in ("date", "source", "channel", "language", *SCORE_ROLES)
        if name in row and pd.notna(row[name])
    }
    texts = {name: row[name] for name in context.questions if name in row and isinstance(row[name], str)}
    mentions = [_mention(entry, context, adapted) for _, entry in said.iterrows()]
    score = None if pd.isna(row["sentiment"]) else float(row["sentiment"])
    conflict = calibration.conflict(score, side)
    return Comment(row["response_id"], head, texts, score, row["sentiment_label"], mentions, conflict)


def _mention(row: pd.Series, context: _Context, adapted: Adapted | None) -> Mention:
    find = context.find
    about = " · ".join(v for v in (row["pillar"], row["touchpoint"], row["stage"]) if v not in ("General", "none"))
    fits = bool(find.facets) and all(
        value in (row["topic"], row["subtopic"]) if name == "topic" else row[name] == value
        for name, value in find.facets.items()
    )
    score = None if pd.isna(row["sentiment"]) else float(row["sentiment"])
    by_hand = (row["response_id"], row["question"], understand.mark(row["text"])) in context.corrections
    return Mention(
        row["question"], int(row["start"]), int(row["end"]), row["text"], score, row["sentiment_label"], about, fits,
        by_hand, adapted,
    )  # fmt: skip
