"""What share each value of a column of mentions has, per group: a mix whose parts add up to 100 percent."""

from collections.abc import Sequence

import pandas as pd

from cx.measure import estimate, tally
from cx.measure.weights import WEIGHT
from cx.store.datasets import Dataset
from cx.store.grouped import ANALYSED
from cx.view.filters import ALL, Filter, quoted

SUMS = ("y", "my", "yy")
"""What differs between the values; n, w, w2, m and mm are those of all of them."""


def counted(
    dataset: Dataset, column: str, values: Sequence[str], by: Sequence[str] = (), where: Filter = ALL
) -> pd.DataFrame:
    """The tally of a mix: per group of `by` and value the sums of `tally.mentions` over analysed mentions that have one of
    the `values`: m those of a response, y those with this value. Additive over columns of responses."""
    dims = [quoted(name) for name in by]
    clause, bound = where.sql()
    cell = quoted(column)
    parts = [f"count_if({cell} = ?)::DOUBLE AS y{place}" for place in range(len(values))]
    weight = f"any_value({WEIGHT})" if dataset.weighted else "1"
    each = (
        f"SELECT {', '.join([*map(tally.dimension, by), tally.KEY, 'count(*)::DOUBLE AS m', f'{weight} AS w', *parts])} "
        f"FROM facts WHERE {ANALYSED} AND list_contains(?, {cell}) AND {clause} GROUP BY {', '.join([*dims, 'key_'])}"
    )
    sums = ["count(*) AS n", "sum(w) AS w", "sum(w * w) AS w2", "sum(w * m) AS m", "sum(w * w * m * m) AS mm"]
    for place in range(len(values)):
        own = f"y{place}"
        sums += [
            f"sum(w * {own}) AS y_{place}", f"sum(w * w * m * {own}) AS my_{place}", f"sum(w * w * {own} * {own}) AS yy_{place}"
        ]  # fmt: skip
    tail = f"GROUP BY {', '.join(dims)} ORDER BY ALL" if dims else ""
    rows = dataset.query(f"SELECT {', '.join([*dims, *sums])} FROM ({each}) {tail}", [*values, list(values), *bound])
    shared = rows[[*by, "n", "w", "w2", "m", "mm"]]
    return pd.concat(
        [shared.assign(part=value, **{name: rows[f"{name}_{place}"] for name in SUMS}) for place, value in enumerate(values)],
        ignore_index=True,
    )  # fmt: skip


def estimated(counts: pd.DataFrame, by: Sequence[str] = (), min_base: int = 10) -> pd.DataFrame:
    """The share of each value in percent per group: columns *by, part, value, low, high, n (responses), m (mentions of all
    values), y (of this one). The interval knows that the mentions of a response agree (see `estimate.ratio`)."""
    counts = counts[counts["n"] > 0]
    keys = [*by, "part"]
    if counts.empty:
        return pd.DataFrame(columns=[*keys, *estimate.COLUMNS, "m", "y"])
    sums = estimate.add(counts, keys, ["n", "w", "w2", "m", "mm", *SUMS])
    return estimate.suppressed(estimate.scaled(estimate.ratio(sums, 0.0), 100), min_base, keys)
