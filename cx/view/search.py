"""Comments, found and shown page by page: words or their meaning, facets, sorting; each with its mentions and evidence."""

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
from cx.view import called, conflicts, likeness
from cx.view.filters import ALL, Filter, quoted, saying

PAGE = 20
"""Comments on a page."""

EXPORT = 100_000
"""Most comments of one download."""

MEANING = "meaning"
FACETS = ("pillar", "touchpoint", "stage", "topic", "sentiment_label", "emotion", "effort")
SORTS = {
    "newest": '"date" DESC NULLS LAST', "oldest": '"date" ASC NULLS LAST',
    "most negative": "sentiment ASC NULLS LAST", "most positive": "sentiment DESC NULLS LAST",
}  # fmt: skip


class Find(NamedTuple):
    """What to look for: words (all of them), and one value per facet of a mention; '' means any.

    `by` "meaning": what says about the same as the words; `like`: what says about the same as this response (an id);
    `conflict` "yes": only where words and rating strongly contradict each other.
    """

    words: str = ""
    pillar: str = ""
    touchpoint: str = ""
    stage: str = ""
    topic: str = ""
    sentiment_label: str = ""
    emotion: str = ""
    effort: str = ""
    sort: str = "newest"
    by: str = ""
    like: str = ""
    conflict: str = ""

    @property
    def meant(self) -> bool:
        """Whether likeness is looked for, not the words themselves."""
        return bool(self.like) or (self.by == MEANING and bool(self.words.strip()))

    @property
    def facets(self) -> dict[str, str]:
        """The facets that are set."""
        return {name: getattr(self, name) for name in FACETS if getattr(self, name)}

    def words_for_people(self, topics: dict[str, str]) -> str:
        """The facets in words: `delivery · Post-Purchase · negative`."""
        return " · ".join(
            topics.get(value, value) if name == "topic" else called.value(name, value)
            for name, value in self.facets.items()
        )


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


def alike(dataset: Dataset, find: Find) -> likeness.Alike | None:
    """What is close to what is looked for; None where the words themselves are."""
    if not find.meant:
        return None
    return likeness.of_comment(dataset, find.like) if find.like else likeness.of_words(dataset, find.words)


def count(dataset: Dataset, find: Find, where: Filter = ALL) -> tuple[int, int]:
    """How many responses with a comment fit, and how many of them are negative."""
    begin, end, bound = _asked(dataset, find, where)
    row = dataset.query(
        f"{begin} SELECT count(*) AS n, count(*) FILTER (sentiment_label = 'negative') AS negative FROM {end}", bound
    ).iloc[0]
    return int(row["n"]), int(row["negative"])


def counted(dataset: Dataset, find: Find, where: Filter = ALL) -> pd.DataFrame:
    """Mentions of what fits but for the facets, counted by all facets at once: a column per facet, `subtopic` and m."""
    begin, end, bound = _asked(dataset, find._replace(**dict.fromkeys(FACETS, "")), where)
    columns = ", ".join([*map(quoted, FACETS), "subtopic"])
    own = "hash(text) IN (SELECT key_ FROM close_)" if begin else "TRUE"
    return dataset.query(
        f"{begin} {',' if begin else 'WITH'} theirs_ AS (SELECT response_id FROM {end}) SELECT {columns}, count(*) AS m "
        f"FROM mentions SEMI JOIN theirs_ USING (response_id) WHERE {own} GROUP BY ALL",
        bound,
    )


def offers(counts: pd.DataFrame, find: Find) -> dict[str, dict[str, int]]:
    """Per facet its values with the mentions each would leave beside the other facets, the most first; from `counted`."""
    fitting = {name: _having(counts, name, value) for name, value in find.facets.items()}
    out = {}
    for name in FACETS:
        kept = pd.Series(True, index=counts.index)
        for other, fits in fitting.items():
            kept &= fits if other != name else True
        own = counts[kept]
        each = own.groupby(name)["m"].sum()
        if name == "topic":
            each = pd.concat([each, own.groupby("subtopic")["m"].sum()])
        order = sorted(each.items(), key=lambda held: (-held[1], str(held[0])))
        out[name] = {str(value): int(many) for value, many in order}
    return out


def _having(counts: pd.DataFrame, name: str, value: str) -> pd.Series:
    own = counts[name] == value
    return own | (counts["subtopic"] == value) if name == "topic" else own


def page(
    dataset: Dataset, find: Find, where: Filter = ALL, number: int = 1, corrections: Corrections | None = None
) -> list[Comment]:
    """One page of comments (`number` from 1), sorted; ties by id, so that pages do not overlap.

    `corrections`: which sentiments people gave by hand.
    """
    begin, end, bound = _asked(dataset, find, where)
    rows = dataset.query(
        f"{begin} SELECT {_head(dataset)} FROM {end} ORDER BY {_order(find)}, response_id LIMIT ? OFFSET ?",
        [*bound, PAGE, PAGE * (max(number, 1) - 1)],
    )
    return _comments(dataset, find, rows, corrections)


def one(dataset: Dataset, response_id: str, corrections: Corrections | None = None) -> list[Comment]:
    """The comment of a response; empty when there is none with this id."""
    clause, bound = _clause(dataset, Find(), ALL)
    sql = f"SELECT {_head(dataset)} FROM responses WHERE response_id = ? AND {clause}"
    rows = dataset.query(sql, [response_id, *bound])
    return _comments(dataset, Find(), rows, corrections)


def _comments(dataset: Dataset, find: Find, rows: pd.DataFrame, corrections: Corrections | None) -> list[Comment]:
    if rows.empty:
        return []
    said = dataset.query(
        "SELECT * FROM mentions WHERE response_id IN (SELECT unnest(?)) ORDER BY response_id, mention",
        [rows["response_id"].tolist()],
    )
    groups = dict(list(said.groupby("response_id")))
    questions = dataset.manifest["comments"]
    near = alike(dataset, find)
    context = _Context(questions, find, corrections or {}, near.texts if near else None)
    scored = zip(adapting.models(dataset, rows), adapting.sides(rows, _scales(dataset)).tolist(), strict=True)
    return [
        _comment(row, groups.get(row["response_id"], said.iloc[:0]), context, adapted, side)
        for (_, row), (adapted, side) in zip(rows.iterrows(), scored, strict=True)
    ]


def export(dataset: Dataset, find: Find, where: Filter = ALL) -> bytes:
    """All comments found, as CSV for a spreadsheet: UTF-8 with mark, cells that begin like a formula made harmless."""
    begin, end, bound = _asked(dataset, find, where)
    rows = dataset.query(
        f"{begin} SELECT {_head(dataset)} FROM {end} ORDER BY {_order(find)}, response_id LIMIT ?", [*bound, EXPORT]
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


def _order(find: Find) -> str:
    if find.meant and find.sort == Find._field_defaults["sort"]:
        return "like_ DESC"
    return SORTS.get(find.sort, SORTS["newest"])


def _asked(dataset: Dataset, find: Find, where: Filter) -> tuple[str, str, list[object]]:
    """What stands before SELECT, what after FROM, and the values to bind: the responses that fit."""
    clause, bound = _clause(dataset, find, where)
    near = alike(dataset, find)
    if near is None:
        return "", f"responses WHERE {clause}", bound
    facets = list(_conditions(find))
    inner = " AND ".join(["TRUE", *(condition for condition, _ in facets)])
    begin = (
        "WITH close_ AS (SELECT unnest(?::UBIGINT[]) AS key_, unnest(?::DOUBLE[]) AS likeness_), near_ AS (SELECT "
        "response_id, max(likeness_) AS like_ FROM mentions JOIN close_ ON hash(text) = key_ "
        f"WHERE response_id <> ? AND {inner} GROUP BY response_id)"
    )
    before: list[object] = [list(near.keys), list(near.likeness), find.like]
    before += [value for _, held in facets for value in held]
    return begin, f"responses JOIN near_ USING (response_id) WHERE {clause}", [*before, *bound]


def _clause(dataset: Dataset, find: Find, where: Filter) -> tuple[str, list[object]]:
    clause, bound = where.sql()
    questions = dataset.questions or ["comment"]
    # Words a guest may not read are empty: who wrote them, when and how they scored is then nobody's to list either.
    clauses = [clause, "(" + " OR ".join(f"{quoted(name)} <> ''" for name in questions) + ")"]
    if not find.meant:
        says, words = saying(questions, find.words)
        clauses.append(says)
        bound += words
    if find.conflict:
        contradicts, values = conflicts.clause(dataset)
        clauses.append(contradicts)
        bound += values
    conditions = list(_conditions(find)) if not find.meant else []
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
    columns += dataset.questions
    return ", ".join(quoted(name) for name in dict.fromkeys(columns))


class _Context(NamedTuple):
    questions: list[str]
    find: Find
    corrections: Corrections
    near: frozenset[str] | None
    """The texts that are close to what is looked for, when that is what is looked for."""


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
    held = ("pillar", "touchpoint", "stage")
    about = " · ".join(called.value(name, row[name]) for name in held if row[name] not in ("General", "none"))
    close = context.near is None or row["text"] in context.near
    fits = (
        (bool(find.facets) or context.near is not None)
        and close
        and all(
            value in (row["topic"], row["subtopic"]) if name == "topic" else row[name] == value
            for name, value in find.facets.items()
        )
    )
    score = None if pd.isna(row["sentiment"]) else float(row["sentiment"])
    by_hand = (row["response_id"], row["question"], understand.mark(row["text"])) in context.corrections
    return Mention(
        row["question"], int(row["start"]), int(row["end"]), row["text"], score, row["sentiment_label"], about, fits,
        by_hand, adapted,
    )  # fmt: skip
