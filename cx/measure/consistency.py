"""Do customers get the same experience everywhere (consistency), and do detractors come back content (recovery)?"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from cx.measure import activity, cohorts, estimate, kpis, tally
from cx.measure.activity import SIDE, SIDES
from cx.measure.estimate import Difference, Estimate
from cx.store.datasets import MOST_VALUES, Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter

NO_GROUP = ("", "none")
"""Values that are no channel and no touchpoint."""

MANY = 5000.0
"""From a Q of this size on, the normal distribution stands for the noncentral χ², which cannot be computed there."""


class Pair(NamedTuple):
    """Two groups, the values they have, and the difference first − second."""

    first: str
    second: str
    values: tuple[float, float]
    difference: Difference


class Consistency(NamedTuple):
    """100·(1 − I²) of a KPI over the groups of a column: 100, groups differ no more than by chance; near 0, nearly all
    that differs is real.

    `spread`: typical distance of a group from the mean of all (τ), in the unit of the KPI: how much it matters.
    `groups`: a row per group with its estimate; `worst`: the pair surely furthest apart, `best`: the pair surely closest;
    `notes` what was left out; `why` why there is none.
    """

    estimate: Estimate
    spread: float | None
    groups: pd.DataFrame
    worst: Pair | None
    best: Pair | None
    notes: tuple[str, ...] = ()
    why: str | None = None


class Recovery(NamedTuple):
    """Customers who were detractors and their next answer; shares in percent.

    `recovered`: no longer a detractor, of those who answered again; `promoters`: now one; `again`: answered again, of
    all who were detractors. `change`: mean change of the score, on 0–10. `sides`: the next answer by side: loyalty, n.
    """

    recovered: Estimate
    promoters: Estimate
    again: Estimate
    change: Estimate
    sides: pd.DataFrame
    notes: tuple[str, ...] = ()
    why: str | None = None


NOTHING = Estimate(None, None, None, 0)


def consistency(
    dataset: Dataset, name: str, by: str = "channel", where: Filter = ALL, min_base: int = 10
) -> Consistency:
    """Consistency of the KPI `name` over the groups of a column of facts (`channel`, `touchpoint`, `mention.touchpoint` …)."""
    if name not in kpis.available(dataset):
        return _none(wording.of("There is no consistency of {kpi}: nobody was asked.", kpi=kpis.KPIS[name].title))
    own = tally.OWN + by
    rows = kpis.estimated(name, kpis.counted(dataset, name, [own], where), [own])
    notes: tuple[str, ...] = ()
    if "scale" in rows and rows["scale"].nunique() > 1:
        most = rows.groupby("scale")["n"].sum().idxmax()
        rows = rows[rows["scale"] == most]
        notes += (
            wording.of("Only answers on the scale {scale}, the one most have; others cannot be compared.", scale=most),
        )
    rows = rows.assign(group=rows[own].map(lambda value: "" if pd.isna(value) else str(value)))
    return agreement(rows[~rows["group"].isin(NO_GROUP)], min_base, notes)


def agreement(rows: pd.DataFrame, min_base: int = 10, notes: tuple[str, ...] = ()) -> Consistency:
    """Consistency of estimates side by side: `rows` has `group` and estimate.COLUMNS.

    I² = max(0, (Q − df)/Q), Q the weighted squares of the groups' distances from their mean (Higgins and Thompson 2002);
    its interval from that of the noncentrality λ of Q, as λ/(λ + df). τ² by DerSimonian and Laird.
    """
    few = rows["n"] < min_base
    if few.any():
        names = _some(rows.loc[few, "group"])
        left = wording.of(
            "{n} with fewer than {least} responses left out: {names}.", n=int(few.sum()), least=min_base, names=names
        )
        notes += (left,)
    rows = rows[~few]
    flat = ~(rows["se"] > 0)
    if flat.any():
        names = _some(rows.loc[flat, "group"])
        notes += (
            wording.of("All answers equal, so that their spread is not known, in: {names}; left out.", names=names),
        )
    rows = rows[~flat]
    if len(rows) > MOST_VALUES:
        many = wording.whole(len(rows))
        return _none(
            wording.of(
                "There is no consistency over {n} groups: choose a column with at most {most}.",
                n=many,
                most=MOST_VALUES,
            )
        )
    if len(rows) < 2:
        few_groups = wording.of(
            "There is no consistency: it takes two groups with at least {least} responses.", least=min_base
        )
        return _none(few_groups, notes)
    rows = rows[["group", *estimate.COLUMNS]].reset_index(drop=True)
    low, value, high, spread = heterogeneity(rows["mid"].to_numpy(dtype=float), rows["se"].to_numpy(dtype=float))
    found = Estimate(100 * (1 - value), 100 * (1 - high), 100 * (1 - low), int(rows["n"].sum()))
    return Consistency(found, spread, rows, *_pairs(rows), notes)


def heterogeneity(values: np.ndarray, errors: np.ndarray) -> tuple[float, float, float, float]:
    """low, I², high (0…1) and τ of at least two values with their standard errors."""
    w = errors**-2.0
    q, df = float(w @ (values - w @ values / w.sum()) ** 2), len(values) - 1
    tau2 = max(0.0, (q - df) / (w.sum() - (w**2).sum() / w.sum()))
    low, high = (_noncentrality(q, df, p) for p in (0.975, 0.025))
    share = max(0.0, (q - df) / q) if q > 0 else 0.0
    return min(low / (low + df), share), share, max(high / (high + df), share), float(np.sqrt(tau2))


def recovery(dataset: Dataset, where: Filter = ALL, min_base: int = 10) -> Recovery:
    """Of customers who were detractors: do they answer again, and what. One pair per customer: their first answer of 0–6 in
    the filter's dates, and the answer after it, whenever that came.

    Not the last such pair: whoever has recovered would then always be found recovered.
    """
    if not dataset.filled.get("customer_id") or not dataset.filled.get("nps"):
        return _unrecovered(wording.of("There is no recovery: it needs answers to NPS of known customers."))
    found = _next_answers(dataset, where)
    detractors, again = int(found["n"].sum()), found[found["next"].notna()]
    if not detractors:
        return _unrecovered(wording.of("There is no recovery: nobody was a detractor."))
    answered = int(again["n"].sum())
    side = np.select([again["next"] >= 9, again["next"] >= 7], [3, 2], 1)
    n = again["n"].to_numpy(dtype=int)
    sides = pd.DataFrame({"loyalty": list(SIDES.values()), "n": [int(n[side == number].sum()) for number in SIDES]})
    kept = [int(n[side > 1].sum()), int(n[side == 3].sum()), answered]
    shares = cohorts.shares(pd.DataFrame({"base": [answered, answered, detractors], "kept": kept}))
    recovered, promoters, back = (estimate.of_row(row) for _, row in estimate.suppressed(shares, min_base).iterrows())
    why = None
    if recovered.value is None:
        why = wording.of(
            "There is no recovery: of {n} customers who were detractors {again} answered again; it takes {least}.",
            n=wording.whole(detractors), again=wording.whole(answered), least=min_base,
        )  # fmt: skip
    return Recovery(recovered, promoters, back, _change(again, min_base), sides, (), why)


def _next_answers(dataset: Dataset, where: Filter) -> pd.DataFrame:
    """First answer as a detractor (`first`) and the one after it (`next`, missing: none): how many customers (n)."""
    clause, bound = where.sql()
    known = set(where.columns) <= set(dataset.responses)
    meant = clause if known else f"response_id IN (SELECT response_id FROM facts WHERE {clause})"
    return dataset.query(
        "WITH answers AS (SELECT customer_id, nps, lead(nps) OVER mine AS next, row_number() OVER mine AS place, "
        f"({SIDE} = 1 AND {meant}) AS counts FROM responses WHERE customer_id <> '' AND nps BETWEEN 0 AND 10 AND date < ? "
        "WINDOW mine AS (PARTITION BY customer_id ORDER BY date, response_id)), "
        "firsts AS (SELECT arg_min(nps, place) AS first, arg_min(coalesce(next, -1), place) AS next FROM answers "
        "WHERE counts GROUP BY customer_id) "
        "SELECT first, CASE WHEN next >= 0 THEN next END AS next, count(*) AS n FROM firsts GROUP BY ALL ORDER BY ALL",
        [*bound, activity.known_until(dataset)],
    )


def _change(again: pd.DataFrame, min_base: int) -> Estimate:
    if again.empty:
        return NOTHING
    n = again["n"].astype(float)
    counts = again.assign(w=n, w2=n)
    rows = estimate.student(estimate.moments(counts, counts["next"] - counts["first"], []))
    return estimate.of_row(estimate.suppressed(rows, min_base).iloc[0])


def _noncentrality(q: float, df: int, p: float) -> float:
    """λ for which a noncentral χ² lies below q with probability p; 0 where even λ = 0 does so less often."""
    from scipy.optimize import brentq
    from scipy.special import chdtr, chndtr

    if chdtr(df, q) <= p:
        return 0.0
    if q > MANY:  # mean df + λ, variance 2(df + 2λ)
        z = estimate.Z if p > 0.5 else -estimate.Z
        return float(max(0.0, q - df - z * np.sqrt(4 * q)))
    return float(brentq(lambda nc: chndtr(q, df, nc) - p, 0.0, q + 20 * np.sqrt(q) + 50))


def _pairs(rows: pd.DataFrame) -> tuple[Pair, Pair]:
    """The pair surely furthest apart and the pair surely closest: by the end of the interval that speaks against it."""
    pairs = []
    for (_, one), (_, other) in combinations(rows.sort_values("group").iterrows(), 2):
        found = estimate.difference(one, other)
        value, low, high = (float(part) for part in found[:3] if part is not None)
        sure = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
        pair = Pair(one["group"], other["group"], (float(one["value"]), float(other["value"])), found)
        pairs.append((sure, abs(value), max(abs(low), abs(high)), pair))
    worst = max(pairs, key=lambda held: held[:2])
    best = min(pairs, key=lambda held: held[2])
    return worst[3], best[3]


def _some(names: Sequence[str] | pd.Series) -> str:
    listed = list(names)
    more = wording.of(" and {n} more", n=wording.whole(len(listed) - 5)) if len(listed) > 5 else ""
    return ", ".join(listed[:5]) + more


def _none(why: str, notes: tuple[str, ...] = ()) -> Consistency:
    return Consistency(NOTHING, None, pd.DataFrame(columns=["group", *estimate.COLUMNS]), None, None, notes, why)


def _unrecovered(why: str) -> Recovery:
    return Recovery(
        NOTHING, NOTHING, NOTHING, NOTHING, pd.DataFrame({"loyalty": list(SIDES.values()), "n": 0}), (), why
    )
