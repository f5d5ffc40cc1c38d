"""Additive counts by any dimension: a GROUP BY on Parquet. All that follows works on frames of a few hundred rows.

Tallies add over columns of responses (channel, region, day …). Over columns of mentions (`mention.topic` …) only
mention counts add; a response with mentions in two topics stands in both groups, once each.
"""

from collections.abc import Sequence

import pandas as pd

from cx.measure.weights import WEIGHT
from cx.schema import DERIVED, NOT_ANALYSED
from cx.store.datasets import MENTION, Dataset
from cx.view.filters import ALL, Filter, quoted

DAY = "@day"
"""The dimension of calendar days."""

OWN = "@by "
"""Before a column's name: the dimension keeps this prefix, so that a column of a file that is called like one of the
counts (`n`, `answer`, `scale`) stands beside them."""

SUMS = ("mentions", "w", "w2", "m", "y", "mm", "my", "yy")
"""What `mentions` sums beside n."""

KEY = "hash(response_id) AS key_"
"""A response as a number: grouping by it is several times faster than by its text (two of a million meet once in 10⁷)."""

ANALYSED = f"\"mention.sentiment_label\" <> '{NOT_ANALYSED}'"
MEASURES = {
    "sentiment": "(\"mention.sentiment_label\" = 'positive')::INT - (\"mention.sentiment_label\" = 'negative')::INT",
    "effort": "(\"mention.effort\" = 'high')::INT",
    "effectiveness": "CASE WHEN \"mention.pillar\" = 'Strategy' THEN (\"mention.sentiment_label\" = 'positive')::INT"
    " - (\"mention.sentiment_label\" = 'negative')::INT END",
    "ease": "CASE \"mention.effort\" WHEN 'low' THEN 1 WHEN 'high' THEN -1 END",
    "enjoyment": "CASE WHEN \"mention.emotion\" IN ('delight', 'gratitude', 'trust', 'relief') THEN 1"
    " WHEN \"mention.emotion\" IN ('frustration', 'anger', 'disappointment') THEN -1 END",
}
"""What can be summed over mentions: a number per mention; mentions without one (null) do not count."""


def answers(dataset: Dataset, columns: Sequence[str], by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """Responses counted by the answers in `columns` and by the dimensions.

    One row per (*by, *columns) with n (responses), w and w2 (sums of weights and of their squares). Responses that
    answered none of the columns are left out. For a single column `scale` names the scale of the answer.
    """
    dims = list(by)
    if len(columns) == 1:
        kept = f"{columns[0]} scale"
        scale = quoted(kept) if kept in dataset.responses else _only_scale(dataset, columns[0])
        dims_sql = [*map(_dimension, dims), f"{scale} AS scale"]
    else:
        dims_sql = [*map(_dimension, dims)]
    answered = " OR ".join(f"{quoted(column)} IS NOT NULL" for column in columns)
    clause, bound = where.sql()
    source = _grain(dataset, [*dims, *where.columns])
    chosen = ", ".join([*dims_sql, *map(quoted, columns), f"{_weight(dataset)} AS weight_"])
    if source == "facts":
        # Each response once per group, however many of its mentions fall into it.
        inner = f"SELECT DISTINCT response_id, {chosen} FROM facts WHERE ({answered}) AND {clause}"
    else:
        inner = f"SELECT {chosen} FROM responses WHERE ({answered}) AND {clause}"
    keys = [*map(quoted, dims), *(["scale"] if len(columns) == 1 else []), *map(quoted, columns)]
    return dataset.query(f"SELECT {counts(*keys)} FROM ({inner}) GROUP BY ALL ORDER BY ALL", bound)


def mentions(dataset: Dataset, measure: str = "sentiment", by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """Mentions summed within their response, then counted: n, mentions, w, w2, m, y, mm, my, yy per group.

    n responses with `mentions` analysed mentions. With m mentions, a sum y of the measure and a weight w per response:
    the sums over responses of w, w², w·m, w·y, w²m², w²my, w²y². Without weights w and w2 are n, and m is `mentions`.
    """
    dims = [_dimension(name) for name in by]
    names = [quoted(name) for name in by]
    clause, bound = where.sql()
    inner = ", ".join([*dims, KEY, *each(dataset, measure)])
    asked = f"{ANALYSED} AND ({MEASURES[measure]}) IS NOT NULL AND {clause}"
    groups = ", ".join([*names, "key_"])
    tail = f"GROUP BY {', '.join(names)} ORDER BY ALL" if names else ""
    return dataset.query(
        f"SELECT {', '.join([*names, sums(dataset)])} FROM (SELECT {inner} FROM facts WHERE {asked} "
        f"GROUP BY {groups}) {tail}",
        bound,
    ).fillna(dict.fromkeys(SUMS, 0))


def each(dataset: Dataset, measure: str) -> list[str]:
    """SQL for what `mentions` needs of each response: its m and y, and its weight where there are weights."""
    weight = [f"any_value({WEIGHT}) AS weight_"] if dataset.weighted else []
    return ["count(*) AS m", f"sum({MEASURES[measure]}) AS y", *weight]


def sums(dataset: Dataset) -> str:
    """SQL for the sums that `mentions` returns, over the rows of `each`."""
    if not dataset.weighted:
        return (
            "count(*) AS n, sum(m) AS mentions, count(*) AS w, count(*) AS w2, sum(m) AS m, sum(y) AS y, "
            "sum(m * m) AS mm, sum(m * y) AS my, sum(y * y) AS yy"
        )
    w = "weight_"
    return (
        f"count(*) AS n, sum(m) AS mentions, sum({w}) AS w, sum({w} * {w}) AS w2, sum({w} * m) AS m, sum({w} * y) AS y, "
        f"sum({w} * {w} * m * m) AS mm, sum({w} * {w} * m * y) AS my, sum({w} * {w} * y * y) AS yy"
    )


def delighted(dataset: Dataset, by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """Responses with analysed mentions, counted by whether one of these is a delight (`answer` 1 or 0): n, w, w2."""
    dims = [_dimension(name) for name in by]
    names = [quoted(name) for name in by]
    clause, bound = where.sql()
    inner = ", ".join([*dims, KEY, *delight(dataset)])
    return dataset.query(
        f"SELECT {', '.join([*names, counts('answer')])} "
        f"FROM (SELECT {inner} FROM facts WHERE {ANALYSED} AND {clause} GROUP BY {', '.join([*names, 'key_'])}) "
        "GROUP BY ALL ORDER BY ALL",
        bound,
    )


def delight(dataset: Dataset) -> list[str]:
    """SQL for what `delighted` needs of each response: whether there is a delight, and its weight."""
    return [
        "max((\"mention.emotion\" = 'delight')::INT) AS answer", f"any_value({_weight(dataset)}) AS weight_"
    ]  # fmt: skip


def counts(*columns: str) -> str:
    """SQL that counts rows by columns (quoted names): these, n, w and w2 (sums of the weights and of their squares)."""
    return ", ".join([*columns, "count(*) AS n", "sum(weight_) AS w", "sum(weight_ * weight_) AS w2"])


def volume(dataset: Dataset, by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """Responses per group: n, with a comment (`comments`), with an analysed one (`analysed`), with a score (`scored`).

    A comment in any of the comment columns counts, a response with several of them once.
    """
    clause, bound = where.sql()
    questions = [name for name in dataset.manifest["comments"] if name in dataset.responses] or ["comment"]
    commented = " OR ".join(f"{quoted(name)} IS NOT NULL" for name in questions)
    scored = " OR ".join(f"{quoted(name)} IS NOT NULL" for name in dataset.scored) or "FALSE"
    dims = [_dimension(name) for name in by]
    chosen = ", ".join(
        [*dims, "response_id", f"({commented}) AS c_", f"{DERIVED[0]} IS NOT NULL AS a_", f"({scored}) AS s_"]
    )
    distinct, source = ("DISTINCT", "facts") if _grain(dataset, [*by, *where.columns]) == "facts" else ("", "responses")
    sums = (
        "count(*) AS n, count(*) FILTER (c_) AS comments, count(*) FILTER (a_) AS analysed, "
        "count(*) FILTER (s_) AS scored"
    )
    names = [quoted(name) for name in by]
    tail = f"GROUP BY {', '.join(names)} ORDER BY ALL" if names else ""
    return dataset.query(
        f"SELECT {', '.join([*names, sums])} FROM (SELECT {distinct} {chosen} FROM {source} WHERE {clause}) {tail}",
        bound,
    )


def spoken(dataset: Dataset, by: Sequence[str], where: Filter = ALL) -> pd.DataFrame:
    """Mentions per group, analysed or not: n (responses), m (mentions)."""
    names = [quoted(name) for name in by]
    clause, bound = where.sql()
    tail = f"GROUP BY {', '.join(names)} ORDER BY ALL" if names else ""
    return dataset.query(
        f"SELECT {', '.join([*names, 'count(DISTINCT response_id) AS n, count(*) AS m'])} FROM "
        f"(SELECT response_id, {', '.join(map(_dimension, by)) or '1'} FROM facts WHERE {clause}) {tail}",
        bound,
    )


def values(dataset: Dataset, column: str, limit: int = 200) -> list[str]:
    """The values of a column of responses as text, most frequent first; '' stands for no value."""
    name = quoted(column)
    rows = dataset.query(
        f"SELECT coalesce(CAST({name} AS VARCHAR), '') AS value, count(*) AS n FROM responses "
        "GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT ?",
        [limit],
    )
    return rows["value"].tolist()


def _grain(dataset: Dataset, names: Sequence[str]) -> str:
    """Which table the columns live in: responses when all do, else facts."""
    bare = [name.removeprefix(OWN) for name in names]
    return "facts" if any(name.startswith(MENTION) and name not in dataset.responses for name in bare) else "responses"


def _weight(dataset: Dataset) -> str:
    return WEIGHT if dataset.weighted else "1"


def _dimension(name: str) -> str:
    column = 'CAST("date" AS DATE)' if name == DAY else quoted(name.removeprefix(OWN))
    return f"{column} AS {quoted(name)}"


def _only_scale(dataset: Dataset, column: str) -> str:
    scales = dataset.scales(column)
    return "'" + (scales[0].name if scales else "") + "'"
