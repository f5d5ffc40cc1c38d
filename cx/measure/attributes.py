"""What tells customers apart: their attributes and their behaviour as numbers and categories in one space of distances.

Learned in Python from a sample, worked out in SQL for everybody.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cx.measure import aspects, segments
from cx.store.datasets import Dataset
from cx.store.derived import Derived
from cx.view.filters import Filter, quoted

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.tree import DecisionTreeClassifier

SAMPLE = 6000
"""Responses from which is learned, always the same ones."""

COLUMNS, LEVELS = 10, 12
"""Columns that are looked at, and values of a column that count on their own."""

FILLED = 0.4
"""A column filled in a smaller part of the responses describes too few."""

LEAVES = 24
"""Branches of the rules that say who belongs where."""

OFTEN = "answers of the customer"
WROTE = "wrote a comment"
HOW_IT_CAME = ("source", "complete", "sentiment_label", "Status")
"""Columns that say how an answer came, not who gave it."""


class Feature(NamedTuple):
    """A column as it goes into the distance: a number (middle, spread) or a category with its levels."""

    column: str
    sql: str
    levels: tuple[str, ...] = ()
    middle: float = 0.0
    spread: float = 1.0
    least: float = 0.0
    most: float = 0.0


def with_behaviour(dataset: Dataset, often: bool = True) -> Derived:
    """The dataset with columns of behaviour: whether a comment was written, and (`often`) how often the customer answered."""
    questions = dataset.questions
    wrote = " OR ".join(f"{quoted(name)} IS NOT NULL" for name in questions) or "FALSE"
    behaviour = {WROTE: f"CASE WHEN {wrote} THEN 'yes' ELSE 'no' END"}
    if not often:
        return Derived(dataset, behaviour)
    source, stored = dataset.stored("responses")
    joined = (
        f"LEFT JOIN (SELECT customer_id AS who_, count(*) AS often_ FROM {source} WHERE customer_id IS NOT NULL "
        "GROUP BY 1) ON who_ = stored.customer_id"
    )
    return Derived(dataset, behaviour | {OFTEN: "CAST(often_ AS DOUBLE)"}, joined, stored)


def features(held: Derived, dataset: Dataset, where: Filter, columns: Sequence[str] | None) -> list[Feature]:
    numbers = segments.numeric(dataset)
    rated = {aspect.column for aspect in aspects.rated(dataset, numbers=numbers)}
    if columns is None:
        chosen = [c for c in segments.columns(dataset, numbers) if c not in rated and c not in HOW_IT_CAME]
        chosen += [WROTE, OFTEN] if dataset.filled.get("customer_id") else [WROTE]
    else:
        chosen = [held.resolve(column) for column in columns]
    many = {name for name in chosen if name in numbers and numbers[name].distinct > segments.FEW} | (
        {OFTEN} & set(chosen)
    )
    return _profiled(held, chosen, many, where)


def _profiled(held: Dataset, chosen: Sequence[str], many: set[str], where: Filter) -> list[Feature]:
    """Columns filled often enough, best filled first: of numbers middle and spread, of categories the levels."""
    meant, bound = source(held, where)
    parts = []
    for place, name in enumerate(chosen):
        if name in many:
            value = segments.number(name, held.responses[name])
            parts.append(f"[count({value}), median({value}), stddev_samp({value}), quantile_cont({value}, 0.01), "
                         f"quantile_cont({value}, 0.99)] AS p{place}")  # fmt: skip
        else:
            cell = f"CAST({quoted(name)} AS VARCHAR)"
            parts.append(f"[count({cell})] AS p{place}, approx_top_k({cell}, {LEVELS}) AS k{place}")
    step = max(1, held.manifest["rows_kept"] // segments.SAMPLE)
    some = f"SELECT * FROM {meant} WHERE hash(response_id) % {step} = 0"
    row = held.query(f"SELECT count(*) AS n, {', '.join(parts)} FROM ({some})", bound).iloc[0]
    out = []
    for place, name in enumerate(chosen):
        told = np.ma.filled(np.ma.asarray(row[f"p{place}"], dtype=float), np.nan).tolist()
        if not told or told[0] < FILLED * row["n"]:
            continue
        if name in many:
            least, most = told[3], told[4]
            value = segments.number(name, held.responses[name])
            spread = min(told[2], (most - least) / 2) if most > least else 0.0
            if spread > 0:
                out.append((told[0], Feature(name, value, (), told[1], spread, least, most)))
        else:
            levels = tuple(sorted(str(level) for level in row[f"k{place}"] if level is not None))
            if len(levels) > 1:
                out.append((told[0], Feature(name, f"CAST({quoted(name)} AS VARCHAR)", levels)))
    out.sort(key=lambda each: -each[0])
    return [feature for _, feature in out[:COLUMNS]]


def source(held: Dataset, where: Filter) -> tuple[str, list[object]]:
    clause, bound = where.sql()
    if all(column in held.responses for column in where.columns):
        return f"(SELECT * FROM responses WHERE {clause})", bound
    return f"(SELECT * FROM responses WHERE response_id IN (SELECT response_id FROM facts WHERE {clause}))", bound


def sample(held: Dataset, features: Sequence[Feature], where: Filter) -> "pd.DataFrame":
    """Up to `SAMPLE` responses, always the same ones, that fill at least half of the columns."""
    meant, bound = source(held, where)
    cells = ", ".join(f"{feature.sql} AS f{place}" for place, feature in enumerate(features))
    return held.query(
        f"SELECT response_id, {cells} FROM {meant} WHERE {enough(features)} ORDER BY hash(response_id), response_id LIMIT {SAMPLE}",
        bound,
    )


def enough(features: Sequence[Feature]) -> str:
    cells = ["customer_id" if feature.column == OFTEN else feature.sql for feature in features]
    filled = " + ".join(f"({cell} IS NOT NULL)::INT" for cell in cells)
    return f"{filled} >= {(len(features) + 1) // 2}"


def points(sample: "pd.DataFrame", features: Sequence[Feature]) -> np.ndarray:
    """Points in the space of the distance: a number as its standard score within its 1–99 % range (missing: the middle),
    a category as its levels, 1/√2 each: two different values are 1 apart, as two numbers one spread apart are."""
    columns: list[np.ndarray] = []
    for place, feature in enumerate(features):
        cells = sample[f"f{place}"]
        if feature.levels:
            columns += [(cells == level).to_numpy(dtype=float) / 2**0.5 for level in feature.levels]
        else:
            held = cells.astype(float).clip(feature.least, feature.most).fillna(feature.middle)
            columns.append(((held - feature.middle) / feature.spread).to_numpy())
    return np.column_stack(columns)


def rules(features: Sequence[Feature], points: np.ndarray, labels: np.ndarray, ids: Sequence[str]) -> str:
    """Who belongs to which group, as an SQL expression: a small decision tree learned from the sample's groups, so that
    each belongs for a handful of reasons that can be said. Null where fewer than half of the columns are filled."""
    from sklearn.tree import DecisionTreeClassifier

    least = max(5, len(points) // 200)
    fit = DecisionTreeClassifier(max_leaf_nodes=LEAVES, min_samples_leaf=least, random_state=0).fit(points, labels)
    tests = [test for feature in features for test in _tests(feature)]
    return f"CASE WHEN NOT ({enough(features)}) THEN NULL ELSE {_branch(fit, tests, ids, 0)} END"


def _branch(
    fit: "DecisionTreeClassifier", tests: Sequence[tuple[str, float, float]], ids: Sequence[str], node: int
) -> str:
    tree = fit.tree_
    if tree.children_left[node] < 0:
        return text(ids[int(fit.classes_[int(tree.value[node][0].argmax())])])
    value, middle, spread = tests[tree.feature[node]]
    below, above = (_branch(fit, tests, ids, side[node]) for side in (tree.children_left, tree.children_right))
    bound = float(tree.threshold[node]) * spread + middle
    return f"CASE WHEN {value} <= {bound!r} THEN {below} ELSE {above} END"


def _tests(feature: Feature) -> list[tuple[str, float, float]]:
    """What a branch looks at, for each coordinate of `points`: an SQL number, and how to undo its scaling."""
    if not feature.levels:
        return [(f"coalesce({feature.sql}, {feature.middle!r})", feature.middle, feature.spread)]
    return [(f"coalesce({feature.sql} = {text(level)}, FALSE)::INT", 0.0, 2**0.5) for level in feature.levels]


def text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"
