"""Additive counts by any dimension: a GROUP BY on Parquet. All that follows works on frames of a few hundred rows.

Tallies add over columns of responses (channel, region, day …). Over columns of mentions (`mention.topic` …) only
mention counts add; a response with mentions in two topics stands in both groups, once each.
"""

from collections.abc import Sequence

import pandas as pd

from cx.measure.weights import WEIGHT
from cx.schema import DERIVED
from cx.store import grouped
from cx.store.datasets import MENTION, Dataset
from cx.store.grouped import ANALYSED, MEASURES
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


def answers(dataset: Dataset, columns: Sequence[str], by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """Responses counted by the answers in `columns` and by the dimensions.

    One row per (*by, *columns) with n (responses), w and w2 (sums of weights and of their squares). Responses that
    answered none of the columns are left out. For a single column `scale` names the scale of the answer.
    """
    dims = list(by)
    if len(columns) == 1:
        kept = f"{columns[0]} scale"
        scale = quoted(kept) if kept in dataset.responses else _only_scale(dataset, columns[0])
        dims_sql = [*map(dimension, dims), f"{scale} AS scale"]
    else:
        dims_sql = [*map(dimension, dims)]
    answered = " OR ".join(f"{quoted(column)} IS NOT NULL" for column in columns)
    clause, bound = where.sql()
    chosen = ", ".join([*dims_sql, *map(quoted, columns), f"{_weight(dataset)} AS weight_"])
    select, source = _once(dataset, by, where)
    inner = f"{select} {chosen} {source} AND ({answered}) AND {clause}"
    keys = [*map(quoted, dims), *(["scale"] if len(columns) == 1 else []), *map(quoted, columns)]
    return dataset.query(f"SELECT {counts(*keys)} FROM ({inner}) GROUP BY ALL ORDER BY ALL", bound)


def mentions(dataset: Dataset, measure: str = "sentiment", by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """Mentions summed within their response, then counted: n, mentions, w, w2, m, y, mm, my, yy per group.

    n responses with `mentions` analysed mentions. With m mentions, a sum y of the measure and a weight w per response:
    the sums over responses of w, w², w·m, w·y, w²m², w²my, w²y². Without weights w and w2 are n, and m is `mentions`.
    """
    inner, bound = within(dataset, measure, by, where)
    names = [quoted(name) for name in by]
    tail = f"GROUP BY {', '.join(names)} ORDER BY ALL" if names else ""
    return dataset.query(f"SELECT {', '.join([*names, sums(dataset)])} FROM ({inner}) {tail}", bound).fillna(
        dict.fromkeys(SUMS, 0)
    )


def within(dataset: Dataset, measure: str, by: Sequence[str] = (), where: Filter = ALL) -> tuple[str, list[object]]:
    """A query of a row per response and group of `by`, and what to bind: the dimensions, `key_` (the response), m
    mentions that count for the measure, y their sum, `weight_` where there are weights."""
    dims = [dimension(name) for name in by]
    clause, bound = where.sql()
    grouping = _grouping(dataset, by, where)
    if grouping is not None and measure in grouped.GROUPINGS[grouping]:
        m, y = grouped.sums(grouping, measure)
        weight = [f"{WEIGHT} AS weight_"] if dataset.weighted else []
        chosen = ", ".join([*dims, KEY, f"{m} AS m", f"{y} AS y", *weight])
        return f"SELECT {chosen} FROM facts WHERE {m} IS NOT NULL AND {clause}", bound
    weight = [f"any_value({WEIGHT}) AS weight_"] if dataset.weighted else []
    chosen = ", ".join([*dims, KEY, "count(*) AS m", f"sum({MEASURES[measure]}) AS y", *weight])
    asked = f"{ANALYSED} AND ({MEASURES[measure]}) IS NOT NULL AND {clause}"
    return f"SELECT {chosen} FROM facts WHERE {asked} GROUP BY {', '.join([*map(quoted, by), 'key_'])}", bound


def beside(dataset: Dataset, measure: str, part: str, whole: str, where: Filter = ALL) -> tuple[str, list[object]]:
    """A query of a row per response, value of `whole` and value of `part` (columns of mentions), and what to bind: m_ and
    y_ as in `within` for its mentions with both values, m and y for all those with that of `whole`; `weight_`."""
    grouping = _grouping(dataset, [whole, part], where)
    if grouping in grouped.WHOLES and measure in grouped.GROUPINGS[grouping]:
        clause, bound = where.sql()
        counts = [*grouped.sums(grouping, measure), *grouped.sums(grouping, measure, whole=True)]
        named = [f"{column} AS {name}" for column, name in zip(counts, ("m_", "y_", "m", "y"), strict=True)]
        chosen = [dimension(whole), dimension(part), *named, *([f"{WEIGHT} AS weight_"] if dataset.weighted else [])]
        return f"SELECT {', '.join(chosen)} FROM facts WHERE {counts[0]} IS NOT NULL AND {clause}", bound
    parts, bound = within(dataset, measure, [whole, part], where)
    wholes, more = within(dataset, measure, [whole], where)
    names = f"parts_.{quoted(whole)}, {quoted(part)}, parts_.m AS m_, parts_.y AS y_, wholes_.m AS m, wholes_.y AS y"
    weight = ", wholes_.weight_ AS weight_" if dataset.weighted else ""
    sql = f"SELECT {names}{weight} FROM ({parts}) parts_ JOIN ({wholes}) wholes_ USING ({quoted(whole)}, key_)"
    return sql, [*bound, *more]


def _grouping(dataset: Dataset, by: Sequence[str], where: Filter) -> tuple[str, ...] | None:
    """Which sums within responses are at hand (`store.grouped`): None where the filter takes single mentions out."""
    if any(_spoken(dataset, name) for name in where.columns):
        return None
    asked = {name.removeprefix(OWN).removeprefix(MENTION) for name in by if _spoken(dataset, name)}
    return next((each for each in grouped.GROUPINGS if asked == {*each} and grouped.held(dataset, each)), None)


def _spoken(dataset: Dataset, name: str) -> bool:
    """Whether a column is one of mentions."""
    bare = name.removeprefix(OWN)
    return bare.startswith(MENTION) and bare not in dataset.responses


def sums(dataset: Dataset) -> str:
    """SQL for the sums that `mentions` returns, over the rows of `within`."""
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


def summed(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """What `mentions` returns per group of `by`, from responses counted by m and y: rows with m, y, n, w and w2."""
    held = rows[["m", "y", "n", "w", "w2"]].astype(float)
    n, w, w2, m, y = held["n"], held["w"], held["w2"], held["m"], held["y"]
    parts = {"n": n, "mentions": n * m, "w": w, "w2": w2, "m": w * m, "y": w * y}
    squares = {"mm": w2 * m * m, "my": w2 * m * y, "yy": w2 * y * y}
    return rows[list(by)].assign(**parts, **squares).groupby(list(by), as_index=False, sort=True).sum()


def delighted(dataset: Dataset, by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """Responses with analysed mentions, counted by whether one of these is a delight (`answer` 1 or 0): n, w, w2."""
    return _whether(dataset, "delight", "y > 0", by, where)


def displeased(dataset: Dataset, by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """Responses with analysed mentions, counted by whether more of these are negative than positive (`answer` 1 or 0)."""
    return _whether(dataset, "sentiment", "y < 0", by, where)


def _whether(dataset: Dataset, measure: str, condition: str, by: Sequence[str], where: Filter) -> pd.DataFrame:
    inner, bound = within(dataset, measure, by, where)
    weight = "weight_" if dataset.weighted else "1 AS weight_"
    names = [quoted(name) for name in by]
    chosen = ", ".join([*names, f"({condition})::INT AS answer", weight])
    return dataset.query(
        f"SELECT {counts(*names, 'answer')} FROM (SELECT {chosen} FROM ({inner})) GROUP BY ALL ORDER BY ALL", bound
    )


def counts(*columns: str) -> str:
    """SQL that counts rows by columns (quoted names): these, n, w and w2 (sums of the weights and of their squares)."""
    return ", ".join([*columns, "count(*) AS n", "sum(weight_) AS w", "sum(weight_ * weight_) AS w2"])


def volume(dataset: Dataset, by: Sequence[str] = (), where: Filter = ALL) -> pd.DataFrame:
    """Responses per group: n, with a comment (`comments`), with an analysed one (`analysed`), with a score (`scored`).

    A comment in any of the comment columns counts, a response with several of them once.
    """
    clause, bound = where.sql()
    questions = dataset.questions or ["comment"]
    commented = " OR ".join(f"{quoted(name)} IS NOT NULL" for name in questions)
    scored = " OR ".join(f"{quoted(name)} IS NOT NULL" for name in dataset.scored) or "FALSE"
    dims = [dimension(name) for name in by]
    chosen = ", ".join([*dims, f"({commented}) AS c_", f"{DERIVED[0]} IS NOT NULL AS a_", f"({scored}) AS s_"])
    select, source = _once(dataset, by, where)
    sums = (
        "count(*) AS n, count(*) FILTER (c_) AS comments, count(*) FILTER (a_) AS analysed, "
        "count(*) FILTER (s_) AS scored"
    )
    names = [quoted(name) for name in by]
    tail = f"GROUP BY {', '.join(names)} ORDER BY ALL" if names else ""
    return dataset.query(
        f"SELECT {', '.join([*names, sums])} FROM ({select} {chosen} {source} AND {clause}) {tail}",
        bound,
    )


def counted(dataset: Dataset, by: Sequence[str], where: Filter = ALL) -> pd.DataFrame:
    """Mentions per group, analysed or not: m."""
    names = [quoted(name) for name in by]
    clause, bound = where.sql()
    tail = f"GROUP BY {', '.join(names)} ORDER BY ALL" if names else ""
    chosen = ", ".join([*map(dimension, by), "1 AS one_"])
    return dataset.query(
        f"SELECT {', '.join([*names, 'count(*) AS m'])} FROM (SELECT {chosen} FROM facts WHERE {clause}) {tail}", bound
    )


def spoken(dataset: Dataset, by: Sequence[str], where: Filter = ALL) -> pd.DataFrame:
    """Mentions per group, analysed or not: n (responses), m (mentions)."""
    names = [quoted(name) for name in by]
    clause, bound = where.sql()
    tail = f"GROUP BY {', '.join(names)} ORDER BY ALL" if names else ""
    grouping = _grouping(dataset, by, where)
    once, of = (
        ("count(DISTINCT of_)", "response_id")
        if grouping is None
        else ("count(*) FILTER (of_)", grouped.first(grouping))
    )
    return dataset.query(
        f"SELECT {', '.join([*names, f'{once} AS n, count(*) AS m'])} FROM "
        f"(SELECT {', '.join([*map(dimension, by), f'{of} AS of_'])} FROM facts WHERE {clause}) {tail}",
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


def _once(dataset: Dataset, by: Sequence[str], where: Filter) -> tuple[str, str]:
    """The two ends of a query in which each response stands once per group, however many of its mentions fall into it."""
    if not any(_spoken(dataset, name) for name in (*by, *where.columns)):
        return "SELECT", "FROM responses WHERE TRUE"
    grouping = _grouping(dataset, by, where)
    if grouping is None:
        return "SELECT DISTINCT response_id,", "FROM facts WHERE TRUE"
    return "SELECT", f"FROM facts WHERE {grouped.first(grouping)}"


def _weight(dataset: Dataset) -> str:
    return WEIGHT if dataset.weighted else "1"


def dimension(name: str) -> str:
    """A dimension as SQL, under its own name."""
    column = 'CAST("date" AS DATE)' if name == DAY else quoted(name.removeprefix(OWN))
    return f"{column} AS {quoted(name)}"


def _only_scale(dataset: Dataset, column: str) -> str:
    scales = dataset.scales(column)
    return "'" + (scales[0].name if scales else "") + "'"
