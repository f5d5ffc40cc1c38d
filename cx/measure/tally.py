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

_ANALYSED = f"\"mention.sentiment_label\" <> '{NOT_ANALYSED}'"
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
    chosen = ", ".join([*dims_sql, *map(quoted, columns), f"{WEIGHT} AS weight_"])
    if source == "facts":
        # Each response once per group, however many of its mentions fall into it.
        inner = f"SELECT DISTINCT response_id, {chosen} FROM facts WHERE ({answered}) AND {clause}"
    else:
        inner = f"SELECT {chosen} FROM responses WHERE ({answered}) AND {clause}"
    counts = "count(*) AS n, sum(weight_) AS w, sum(weight_ * weight_) AS w2"
    keys = [*map(quoted, dims), *(["scale"] if len(columns) == 1 else []), *map(quoted, columns)]
    return dataset.query(f"SELECT {', '.join(keys)}, {counts} FROM ({inner}) GROUP BY ALL ORDER BY ALL", bound)


def mentions(dataset: Dataset, measure: str = "sentiment", by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """Mentions summed within their response, then counted: n, m, y, mm, my, yy per group.

    n responses, m analysed mentions, y the sum of the measure; mm, my, yy the sums over responses of m², m·y, y².
    """
    dims = [_dimension(name) for name in by]
    names = [quoted(name) for name in by]
    clause, bound = where.sql()
    inner = ", ".join([*dims, "response_id", "count(*) AS m", f"sum({MEASURES[measure]}) AS y"])
    asked = f"{_ANALYSED} AND ({MEASURES[measure]}) IS NOT NULL AND {clause}"
    groups = ", ".join([*names, "response_id"])
    sums = "count(*) AS n, sum(m) AS m, sum(y) AS y, sum(m * m) AS mm, sum(m * y) AS my, sum(y * y) AS yy"
    order = "ORDER BY ALL" if names else ""
    return dataset.query(
        f"SELECT {', '.join([*names, sums])} FROM (SELECT {inner} FROM facts WHERE {asked} "
        f"GROUP BY {groups}) {'GROUP BY ' + ', '.join(names) if names else ''} {order}",
        bound,
    ).fillna({"m": 0, "y": 0, "mm": 0, "my": 0, "yy": 0})


def delighted(dataset: Dataset, by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """Responses with analysed mentions, counted by whether one of these is a delight (`answer` 1 or 0): n, w, w2."""
    dims = [_dimension(name) for name in by]
    names = [quoted(name) for name in by]
    clause, bound = where.sql()
    inner = ", ".join(
        [
            *dims,
            "response_id",
            "max((\"mention.emotion\" = 'delight')::INT) AS answer",
            f"any_value({WEIGHT}) AS weight_",
        ]
    )
    return dataset.query(
        f"SELECT {', '.join([*names, 'answer'])}, count(*) AS n, sum(weight_) AS w, sum(weight_ * weight_) AS w2 "
        f"FROM (SELECT {inner} FROM facts WHERE {_ANALYSED} AND {clause} GROUP BY {', '.join([*names, 'response_id'])}) "
        "GROUP BY ALL ORDER BY ALL",
        bound,
    )


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


def _dimension(name: str) -> str:
    column = 'CAST("date" AS DATE)' if name == DAY else quoted(name.removeprefix(OWN))
    return f"{column} AS {quoted(name)}"


def _only_scale(dataset: Dataset, column: str) -> str:
    scales = dataset.scales(column)
    return "'" + (scales[0].name if scales else "") + "'"
