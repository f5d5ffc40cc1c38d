"""Response weights: what a column of weights does to the base, and weights raked to known margins.

Tallies hold sums of weights (w) and of their squares (w2) beside n (design: count once, add everywhere). Raked weights are
one factor per cell of the margins' columns; `weighed` puts them in place of the dataset's own.
"""

import csv
import io
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cx.errors import IntakeError
from cx.store.datasets import Dataset
from cx.store.derived import Derived
from cx.view.filters import ALL, Filter, quoted

WEIGHT = "CASE WHEN weight IS NULL THEN 1 WHEN isfinite(weight) THEN greatest(weight, 0) ELSE 0 END"
"""What a response counts: 1 without a weight, 0 with a negative one."""

BOUNDS = (0.2, 5.0)
"""How far a raked weight may go from the mean weight, 1."""

MOST_ROUNDS = 200
NEAR = 1e-7
"""Margins are met when no share is further off than this."""

Margins = Mapping[str, Mapping[str, float]]


class Weighting(NamedTuple):
    """The weights of a dataset: n responses count as much as `base` equally weighted ones (Kish); efficiency = base/n, 0…1.

    `notes`: sentences about missing, zero and negative weights; `why`: why nothing can be counted with them.
    """

    n: int
    base: float
    efficiency: float
    notes: tuple[str, ...] = ()
    why: str | None = None


class Raked(NamedTuple):
    """Weights raked to margins.

    `factors`: a row per cell (the margins' columns as text, '' no value) with `factor`, mean 1 over the weights.
    `margins`: a row per value of each column: column, value, n, share before, wanted and reached (0…1).
    `rounds` it took; `off`, the largest distance of a share, in points; `limited`, responses whose weight is at a bound;
    n and `base` (effective). `sentence` says it; `why` says why there are no weights, then `factors` is empty.
    """

    factors: pd.DataFrame
    margins: pd.DataFrame
    rounds: int
    converged: bool
    off: float
    limited: int
    n: int
    base: float
    sentence: str
    why: str | None = None


def effective(w: float | np.ndarray, w2: float | np.ndarray) -> np.ndarray:
    """Effective base from the sum of weights and of their squares: (Σw)²/Σw² (Kish 1965); 0 where all weights are zero."""
    w, w2 = np.asarray(w, dtype=float), np.asarray(w2, dtype=float)
    return np.divide(w**2, w2, out=np.zeros(np.broadcast(w, w2).shape), where=w2 > 0)


def held(dataset: Dataset, where: Filter = ALL) -> Weighting:
    """What the dataset's own column of weights does."""
    clause, bound = where.sql()
    table = "responses" if set(where.columns) <= set(dataset.responses) else "facts"
    found = dataset.query(
        f"SELECT count(*) AS n, count(weight) AS given, count(*) FILTER (weight < 0) AS negative, "
        f"count(*) FILTER (weight = 0) AS zero, count(*) FILTER (NOT isfinite(weight)) AS endless, "
        f"coalesce(sum({WEIGHT}), 0) AS w, coalesce(sum(({WEIGHT}) ** 2), 0) AS w2 "
        f"FROM (SELECT DISTINCT response_id, weight FROM {table} WHERE {clause})",
        bound,
    ).iloc[0]
    n, base = int(found["n"]), float(effective(found["w"], found["w2"]))
    if not found["given"]:
        return Weighting(n, float(n), 1.0)
    told = {
        "weights are negative: they count as 0.": found["negative"],
        "weights are 0: these responses count nothing.": found["zero"],
        "weights are no numbers: they count as 0.": found["endless"],
        "responses have no weight: they count as 1.": n - found["given"],
    }
    notes = tuple(f"{int(many):,} {words}" for words, many in told.items() if many)
    if n and not base:
        return Weighting(n, 0.0, 0.0, notes, f"All {n:,} weights are 0 or below: nothing can be counted with them.")
    return Weighting(n, base, base / n if n else 1.0, notes)


def raked(dataset: Dataset, margins: Margins, where: Filter = ALL, bounds: tuple[float, float] = BOUNDS) -> Raked:
    """Weights for the responses of a dataset, raked to margins over columns of responses; the column of weights is the start."""
    strange = [name for name in margins if name not in dataset.responses]
    if strange:
        return _refused(f"The dataset has no column '{strange[0]}' to weight by.", 0)
    clause, bound = where.sql()
    names = [quoted(name) for name in margins]
    source = "responses"
    if not set(where.columns) <= set(dataset.responses):
        chosen = f"SELECT DISTINCT response_id FROM facts WHERE {clause}"
        source, clause = f"responses SEMI JOIN ({chosen}) USING (response_id)", "TRUE"
    counts = dataset.query(
        f"SELECT {', '.join(names)}, count(*) AS n, sum({WEIGHT}) AS w, sum(({WEIGHT}) ** 2) AS w2 "
        f"FROM {source} WHERE {clause} GROUP BY ALL ORDER BY ALL",
        bound,
    )
    return rake(counts, margins, bounds)


def margins(text: str, name: str = "weights.csv") -> dict[str, dict[str, float]]:
    """The margins in a CSV with the columns column, value, share (numbers or percent, in any unit; an empty value stands
    for no value). Raises IntakeError that names the row which cannot be read."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";" if ";" in text.split("\n")[0] else ",")
    heading = [cell.strip().casefold() for cell in next(rows, [])]
    if not {"column", "value", "share"} <= set(heading):
        raise IntakeError(f"{name}: row 1 has to be column, value, share.")
    out: dict[str, dict[str, float]] = {}
    for row in rows:
        cells = dict(zip(heading, (cell.strip() for cell in row), strict=False))
        if not any(cells.values()):
            continue
        try:
            share = float(cells.get("share", "").rstrip("% ").replace(",", "."))
        except ValueError:
            share = -1.0
        if not cells.get("column") or not 0 < share < np.inf:
            raise IntakeError(f"{name}: row {rows.line_num} needs a column and a share above 0.")
        out.setdefault(cells["column"], {})[cells.get("value", "")] = share
    if not out:
        raise IntakeError(f"{name}: there is no row under the heading.")
    return out


def rake(counts: pd.DataFrame, margins: Margins, bounds: tuple[float, float] = BOUNDS) -> Raked:
    """Raking (iterative proportional fitting; Deming and Stephan 1940): cells of a tally get factors so that every column's
    weighted shares are those wanted.

    `counts` has the columns of `margins`, n, w, w2; `margins` per column the share (or number, or percent) of each value,
    '' standing for no value. Factors are kept within `bounds` of the mean weight in every round; then margins may not be
    met, which `converged` and `off` say. Refused with a sentence (`why`): shares that are negative, zero or missing,
    values without a share, shares without a response, values whose weights are all zero.
    """
    n = int(counts["n"].sum()) if len(counts) else 0
    cells = {name: counts[name].map(spelled) for name in margins}
    wanted = {name: {spelled(value): share for value, share in shares.items()} for name, shares in margins.items()}
    if why := _wrong(cells, counts, wanted, bounds):
        return _refused(why, n)
    w = counts["w"].to_numpy(dtype=float)
    codes, targets = {}, {}
    for name, shares in wanted.items():
        codes[name] = pd.Categorical(cells[name], categories=list(shares)).codes.astype(int)
        targets[name] = np.array(list(shares.values()), dtype=float) / sum(shares.values())
    factor, rounds, off = _fitted(w, codes, targets, bounds)
    return _report(counts, cells, wanted, codes, targets, factor, rounds, off, bounds)


def weighed(dataset: Dataset) -> tuple[Dataset, str]:
    """The dataset with the weights its settings ask for in place of its own, and what that does to the base, in a sentence.

    Everything that counts responses or mentions counts them so; customers and purchases are not weighted. Margins that
    the responses cannot be weighted to leave the dataset as it is, and the sentence says why. '' without any weights.
    """
    if not dataset.settings.margins:
        return dataset, _own(held(dataset)) if dataset.weighted else ""
    found = raked(dataset, {column: dict(shares) for column, shares in dataset.settings.margins})
    if found.why:
        return dataset, f"Not weighted. {found.why}"
    names = [name for name in found.factors.columns if name != "factor"]
    texts = [f"coalesce(CAST(stored.{quoted(name)} AS VARCHAR), '')" for name in names]
    cells = dataset.query(
        f"SELECT DISTINCT {', '.join(f'{text} AS c{place}' for place, text in enumerate(texts))} FROM responses stored"
    )
    keys = pd.MultiIndex.from_frame(cells.map(spelled))
    lookup = found.factors.set_index(names)["factor"]
    lookup.index = pd.MultiIndex.from_frame(lookup.index.to_frame())
    factor = lookup.reindex(keys).fillna(0).to_numpy(dtype=float)
    unpacked = ", ".join(f"unnest(CAST(? AS VARCHAR[])) AS c{place}" for place in range(len(texts)))
    on = " AND ".join(f"cells_.c{place} = {text}" for place, text in enumerate(texts))
    join = f"LEFT JOIN (SELECT {unpacked}, unnest(CAST(? AS DOUBLE[])) AS factor_) cells_ ON {on}"
    bound = [*(cells[f"c{place}"].tolist() for place in range(len(texts))), factor.tolist()]
    own = WEIGHT.replace("weight", "stored.weight")
    out = Derived(dataset, {"weight": f"CAST(coalesce(factor_, 0) * ({own}) AS DOUBLE)"}, join, bound)
    out.weighted = True
    return out, found.sentence


def _own(found: Weighting) -> str:
    if found.why:
        return found.why
    return " ".join((f"Weighted: {found.n:,} responses count as {found.base:,.0f}.", *found.notes))


def spelled(value: object) -> str:
    """A value of a column as text: '' for none, 4 for 4.0, true for True."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return str(value).lower()
    try:
        return f"{float(str(value)):g}"
    except ValueError:
        return str(value)


def _fitted(
    w: np.ndarray, codes: dict[str, np.ndarray], targets: dict[str, np.ndarray], bounds: tuple[float, float]
) -> tuple[np.ndarray, int, float]:
    """Factor per cell, rounds taken, and the largest distance of a share from the one wanted."""
    factor, off, rounds = np.ones(len(w)), np.inf, 0
    while rounds < MOST_ROUNDS:
        rounds += 1
        for name, target in targets.items():
            factor = factor * (target / _shares(w * factor, codes[name], len(target)))[codes[name]]
        factor = np.clip(factor * w.sum() / (w @ factor), *bounds)
        before, off = (
            off,
            max(
                float(np.abs(_shares(w * factor, codes[name], len(target)) - target).max())
                for name, target in targets.items()
            ),
        )
        if off < NEAR or abs(before - off) < NEAR / 1000:
            break
    return factor, rounds, off


def _shares(w: np.ndarray, code: np.ndarray, many: int) -> np.ndarray:
    return np.bincount(code, weights=w, minlength=many) / w.sum()


def _wrong(
    cells: dict[str, pd.Series], counts: pd.DataFrame, wanted: Margins, bounds: tuple[float, float]
) -> str | None:
    """Why these margins cannot be raked to, in a sentence."""
    if not wanted:
        return "No margins were given to weight by."
    if not 0 < bounds[0] <= 1 <= bounds[1]:
        return f"Weights cannot be kept between {bounds[0]:g} and {bounds[1]:g}: the first must lie above 0 and 1 between them."
    if counts.empty or not counts["w"].sum() > 0:
        return "There is nothing to weight: no response, or all weights are 0."
    for name, shares in wanted.items():
        bad = [value for value, share in shares.items() if not (isinstance(share, (int, float)) and 0 < share < np.inf)]
        if bad:
            return f"{name}: the share of '{bad[0]}' is {shares[bad[0]]}; shares must be above 0. Filter out what is not to count."
        by_value = counts.assign(v=cells[name]).groupby("v")[["n", "w"]].sum()
        unknown = [value for value in by_value.index if value not in shares]
        if unknown:
            many = int(by_value["n"][unknown[0]])
            label = f"the value '{unknown[0]}'" if unknown[0] else "no value"
            return (
                f"{name}: {many:,} responses have {label}, for which no share is given. Give one, or filter them out."
            )
        empty = [value for value in shares if value not in by_value.index or not by_value["w"][value] > 0]
        if empty:
            return f"{name}: no response that counts is '{empty[0]}', so none can be weighted up to its share."
    return None


def _report(
    counts: pd.DataFrame, cells: dict[str, pd.Series], wanted: Margins, codes: dict[str, np.ndarray],
    targets: dict[str, np.ndarray], factor: np.ndarray, rounds: int, off: float, bounds: tuple[float, float],
) -> Raked:  # fmt: skip
    n, w, w2 = (counts[name].to_numpy(dtype=float) for name in ("n", "w", "w2"))
    rows = [
        pd.DataFrame(
            {
                "column": name, "value": list(wanted[name]), "n": np.bincount(codes[name], weights=n).astype(int),
                "before": _shares(w, codes[name], len(target)), "wanted": target,
                "reached": _shares(w * factor, codes[name], len(target)),
            }
        )
        for name, target in targets.items()
    ]  # fmt: skip
    at_bound = (factor <= bounds[0] * (1 + 1e-9)) | (factor >= bounds[1] * (1 - 1e-9))
    many, base, limited = int(n.sum()), float(effective(w @ factor, w2 @ factor**2)), int(n[at_bound].sum())
    met = off < 10 * NEAR
    said = f"Weighted to {', '.join(wanted)} in {rounds} round{'' if rounds == 1 else 's'}"
    said += "" if met else f", which is not fully possible: a share stays {off * 100:.1f} points off"
    said += f"; weights from {factor.min():.2f} to {factor.max():.2f}; {many:,} responses count as {base:,.0f}."
    said += f" {limited:,} responses are at a bound." if limited else ""
    factors = pd.DataFrame({**cells, "factor": factor}).drop_duplicates(list(wanted), ignore_index=True)
    margins = pd.concat(rows, ignore_index=True)
    return Raked(factors, margins, rounds, met, off * 100, limited, many, base, said)


def _refused(why: str, n: int) -> Raked:
    return Raked(pd.DataFrame(), pd.DataFrame(), 0, False, np.nan, 0, n, 0.0, why, why)
