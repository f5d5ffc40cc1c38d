"""Which columns rate one side of the experience, and their sums with a KPI over blocks of responses.

DuckDB makes the sums in one pass: the answers themselves are never loaded, and a bootstrap of a million responses draws
blocks, not rows.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cx.errors import FilterError
from cx.measure import kpis, segments, trends
from cx.schema import NOT_ANALYSED, SCORE_ROLES
from cx.store.datasets import Dataset
from cx.view.filters import ALL, Filter, quoted

SIDES = ("ces", "effectiveness", "ease", "enjoyment")
"""Answers that rate one side of the experience. NPS, CSAT and the rating judge the whole: they are what is explained."""

DRAWS = 1000
"""Bootstrap resamples."""

BLOCKS = 2000
"""Blocks of responses that are resampled; below twice as many responses each is a block of its own."""

SEED = 20260
"""Of the bootstrap."""

HALF = 0.5
"""An aspect rated by fewer than this part of the responses of the most rated one is left out: it would cost too many."""

TOPS = (3, 5, 7, 10)
"""Highest answers of the scales on which aspects are rated; a highest rating between them means the best was never given."""


class Aspect(NamedTuple):
    """A column on which people rate one side of the experience, from `low` to `high`; `turned` when low is good."""

    column: str
    low: float
    high: float
    turned: bool = False


class Moments(NamedTuple):
    """Sums per block of responses: of 1·w, each variable·w and each product·w, for variables aspects…, chance, KPI.

    `sums` has the shape (blocks, 1 + v + v·(v+1)/2); the variables are centred at the middle of their scale.
    """

    aspects: tuple[Aspect, ...]
    sums: np.ndarray
    n: int
    base: float
    left_out: tuple[str, ...]


def rated(dataset: Dataset, name: str = "", numbers: Mapping[str, segments.Numbers] | None = None) -> list[Aspect]:
    """The rated aspects a dataset has: its answers on one scale besides the KPI's own, and columns that look like ratings.

    A column of the file looks like ratings when its numbers are whole or halves, begin at 0 or 1 and end at 3 to 7 or
    10, and its heading says so or a second column has the same range (ratings come in batteries). `numbers` is what
    `segments.numeric` says of the dataset, when it is known.
    """
    own = set(kpis.KPIS[name].columns) if name else set()
    out = []
    for role in SIDES:
        scales = dataset.scales(role)
        if role not in own and dataset.filled.get(role) and len(scales) == 1:
            out.append(Aspect(role, scales[0].min, scales[0].max, scales[0].low_is_good))
    looks = {
        column: _range(about)
        for column, about in (segments.numeric(dataset) if numbers is None else numbers).items()
        if column not in SCORE_ROLES and column != "revenue" and _range(about)
    }
    for column, ends in looks.items():
        alike = sum(other == ends for other in looks.values())
        if ends and (alike > 1 or any(word in column.casefold() for word in ("rating", "rated", "score", "satisf"))):
            out.append(Aspect(column, *ends))
    return out


def _range(about: segments.Numbers) -> tuple[float, float] | None:
    top = next((top for top in TOPS if top >= about.high), None)
    low = 0.0 if about.low < 1 else 1.0
    steps = (about.high - about.low) * (1 if about.whole else 2) + 1
    fits = top is not None and 3 <= about.distinct <= min(steps, 21) and about.low >= 0 and about.high > about.low + 1
    return (low, float(top)) if fits and top is not None else None


def named(dataset: Dataset, columns: Sequence[str]) -> list[Aspect]:
    """Aspects by the names of their columns. Raises FilterError for a column that is missing or holds no numbers."""
    out, numbers = [], {}
    for column in columns:
        own = dataset.resolve(column)
        if own in SCORE_ROLES and len(dataset.scales(own)) == 1:
            scale = dataset.scales(own)[0]
            out.append(Aspect(own, scale.min, scale.max, scale.low_is_good))
            continue
        numbers = segments.numeric(dataset, [own]) if own in dataset.responses else {}
        if own not in numbers:
            raise FilterError(
                f"The column '{column}' holds no numbers on one scale, so it cannot be weighed as an aspect."
            )
        about = numbers[own]
        out.append(Aspect(own, *(_range(about) or (about.low, about.high))))
    return out


def moments(dataset: Dataset, name: str, chosen: Sequence[Aspect], where: Filter = ALL) -> Moments | None:
    """The sums of a KPI and of aspects over blocks of responses that have all of them; None when there are none."""
    target = outcome(dataset, name, where)
    if target is None or not chosen:
        return None
    rows = _asked(dataset, name, target, chosen, where)
    most = max(rows.values(), default=0)
    kept = tuple(aspect for aspect in chosen if rows[aspect.column] >= max(1, HALF * most))
    left_out = tuple(aspect.column for aspect in chosen if aspect not in kept)
    if not kept:
        return None
    sums, n, base = _summed(dataset, name, target, kept, where)
    return Moments(kept, sums, n, base, left_out) if n else None


def outcome(dataset: Dataset, name: str, where: Filter = ALL) -> str | None:
    """What one response adds to a KPI, as SQL over its columns: NPS −100, 0, 100; a share 0 or 100; a mean its answer.

    On several scales that of the main one, null elsewhere; None when nobody answered.
    """
    if name in kpis.MENTION_KPIS:
        return '"@told"'
    parts = kpis.KPIS[name].columns
    each = [_scored(dataset, name if len(parts) == 1 else part, where) for part in parts]
    if any(expression is None for expression in each):
        return None
    return f"(({' + '.join(map(str, each))}) / {len(each)})"


def _scored(dataset: Dataset, name: str, where: Filter) -> str | None:
    counts = trends.main_scale(kpis.counted(dataset, name, (), where))
    if counts.empty:
        return None
    column = quoted(kpis.KPIS[name].columns[0])
    if f"{kpis.KPIS[name].columns[0]} scale" in dataset.responses:
        scale = str(counts["scale"].iloc[0]).replace("'", "''")
        column = f"(CASE WHEN {quoted(kpis.KPIS[name].columns[0] + ' scale')} = '{scale}' THEN {column} END)"
    if kpis.KPIS[name].unit == "scale":
        return column
    answers = counts["answer"].astype(float)
    # A group of equal answers has their score as its value: what an answer is worth is said in one place.
    scores = kpis.estimated(name, counts.assign(held=answers), ["held"])
    whens = " ".join(
        f"WHEN {held!r} THEN {value!r}" for held, value in zip(scores["held"], scores["value"], strict=True)
    )
    return f"(CASE {column} {whens} END)"


def _source(dataset: Dataset, name: str, where: Filter) -> tuple[str, list[object]]:
    """The responses that are meant, once each; with what their mentions tell (`@told`) for KPIs of mentions."""
    clause, bound = where.sql()
    by_mention = any(column not in dataset.responses for column in where.columns)
    if name not in kpis.MENTION_KPIS:
        kept = f"response_id IN (SELECT response_id FROM facts WHERE {clause})" if by_mention else clause
        return f"(SELECT * FROM responses WHERE {kept})", bound
    side = {
        "net_sentiment": "100.0 * avg((\"mention.sentiment_label\" = 'positive')::INT - (\"mention.sentiment_label\" = 'negative')::INT)",
        "effort_high": "100.0 * avg((\"mention.effort\" = 'high')::INT)",
        "felicific_rate": "100.0 * max((\"mention.emotion\" = 'delight')::INT)",
    }[name]
    told = (
        f'(SELECT response_id, {side} AS "@told" FROM facts '
        f"WHERE \"mention.sentiment_label\" <> '{NOT_ANALYSED}' AND {clause} GROUP BY response_id)"
    )
    return f"(SELECT r.*, told_.* EXCLUDE (response_id) FROM responses r JOIN {told} told_ USING (response_id))", bound


def expression(dataset: Dataset, aspect: Aspect) -> str:
    """An aspect's rating as a number in SQL, high being good; null where it was not rated."""
    value = segments.number(aspect.column, dataset.responses[aspect.column])
    return f"{aspect.low + aspect.high!r} - {value}" if aspect.turned else value


def _asked(dataset: Dataset, name: str, target: str, chosen: Sequence[Aspect], where: Filter) -> dict[str, int]:
    source, bound = _source(dataset, name, where)
    counts = ", ".join(f"count({expression(dataset, aspect)}) AS a{place}" for place, aspect in enumerate(chosen))
    row = dataset.query(f"SELECT {counts} FROM {source} WHERE {target} IS NOT NULL", bound).iloc[0]
    return {aspect.column: int(row[f"a{place}"]) for place, aspect in enumerate(chosen)}


def _summed(
    dataset: Dataset, name: str, target: str, kept: Sequence[Aspect], where: Filter
) -> tuple[np.ndarray, int, float]:
    source, bound = _source(dataset, name, where)
    centred = [f"({expression(dataset, aspect)}) - {(aspect.low + aspect.high) / 2!r}" for aspect in kept]
    # Chance is a variable of its own: an aspect must explain more than it does.
    chance = "(hash(response_id || '#') % 1000003) / 1000003.0 - 0.5"
    names = [f"v{place}" for place in range(len(kept) + 2)]
    chosen = ", ".join(f"{e}::DOUBLE AS {n}" for e, n in zip([*centred, chance, target], names, strict=True))
    complete = " AND ".join(f"{n} IS NOT NULL" for n in names)
    products = [f"{a} * {b}" for place, a in enumerate(names) for b in names[place:]]
    sums = ", ".join(f"sum(w * {each})" for each in [*names, *products])
    found = dataset.query(
        f"WITH rows_ AS (SELECT response_id, greatest(coalesce(weight, 1), 0) AS w, {chosen} FROM {source}), "
        f"whole_ AS (SELECT * FROM rows_ WHERE {complete} AND w > 0), many_ AS (SELECT count(*) AS n FROM whole_), "
        f"placed_ AS (SELECT *, CASE WHEN n <= {2 * BLOCKS} THEN hash(response_id) ELSE hash(response_id) % {BLOCKS} END "
        f"AS block_ FROM whole_, many_) "
        f"SELECT count(*), sum(w * w), sum(w), {sums} FROM placed_ GROUP BY block_ ORDER BY block_",
        bound,
    ).to_numpy(dtype=float)
    if not len(found):
        return np.empty((0, 0)), 0, 0.0
    total = found.sum(axis=0)
    return found[:, 2:], int(total[0]), float(total[2] ** 2 / total[1])


def resampled(sums: np.ndarray, draws: int = DRAWS) -> np.ndarray:
    """Bootstrap: the sums of `draws` samples of as many blocks, with replacement, by a fixed seed. (draws, columns)."""
    rng = np.random.default_rng(SEED)
    many = len(sums)
    step = max(1, 4_000_000 // many)  # a few dozen megabytes at a time
    parts = [
        rng.multinomial(many, np.full(many, 1 / many), size=min(step, draws - start)) @ sums
        for start in range(0, draws, step)
    ]
    return np.concatenate(parts)
