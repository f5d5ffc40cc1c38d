"""How much of a KPI each rated aspect explains: Johnson's relative weights, with bootstrap intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cx.measure import aspects, compare, kpis
from cx.measure.aspects import DRAWS, Moments
from cx.store.datasets import Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 30
PER_ASPECT = 10
"""At least `FEWEST` responses, and `PER_ASPECT` more for every aspect, must have rated all of them."""

FLAT = 1e-9
"""A standard deviation below this is that of equal answers."""


class Importance(NamedTuple):
    """What the rated aspects explain of a KPI. `rows` has a row per aspect, the most important first:

    aspect, weight (of R², 0…1), share, share_low, share_high (percent of what is explained, 95 % bootstrap),
    coefficient (KPI's unit per step of the aspect's scale), r (correlation), performance, performance_low,
    performance_high (mean as percent of the scale), mean, real, quadrant, sure. Empty when `note` says why.
    """

    rows: "pd.DataFrame"
    r2: float | None
    n: int
    note: str
    left_out: tuple[str, ...]


# --- The formula


def relative_weights(among: np.ndarray, with_kpi: np.ndarray) -> np.ndarray:
    """Johnson's relative weights: how much of R² each predictor carries, collinear ones sharing what they share.

    `among` (…, p, p) correlations of the predictors = VΔ²V', `with_kpi` (…, p) theirs with the outcome. Λ = VΔV',
    β = Λ⁻¹r, ε = Λ²β². Returns ε (…, p), 0 or more, adding to R². Predictors that repeat each other share evenly: the
    inverse leaves out directions without variance. Johnson, 2000, Multivariate Behavioral Research 35(1).
    """
    roots, vectors = np.linalg.eigh(among)
    known = roots > 1e-8 * np.maximum(roots[..., -1:], 1)
    delta = np.sqrt(np.where(known, roots, 0))
    inverse = np.where(known, 1 / np.where(known, delta, 1), 0)
    turned = np.swapaxes(vectors, -1, -2)
    half = (vectors * delta[..., None, :]) @ turned
    beta = ((vectors * inverse[..., None, :]) @ turned @ with_kpi[..., None])[..., 0]
    return (half**2 @ (beta**2)[..., None])[..., 0]


def correlations(sums: np.ndarray, variables: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means (…, v), standard deviations (…, v) and correlations (…, v, v) from sums of weights, variables and products."""
    total = sums[..., :1]
    means = sums[..., 1 : 1 + variables] / total
    products = np.empty((*sums.shape[:-1], variables, variables))
    rows, columns = np.triu_indices(variables)
    products[..., rows, columns] = products[..., columns, rows] = sums[..., 1 + variables :] / total
    covariance = products - means[..., :, None] * means[..., None, :]
    sd = np.sqrt(np.maximum(np.diagonal(covariance, axis1=-2, axis2=-1), 0))
    scale = np.where(sd > FLAT, sd, np.inf)  # what never changes goes with nothing
    found = covariance / (scale[..., :, None] * scale[..., None, :])
    found[..., np.arange(variables), np.arange(variables)] = 1
    return means, sd, found


def coefficients(among: np.ndarray, with_kpi: np.ndarray) -> np.ndarray:
    """Standardised regression coefficients (…, p) by a pseudo-inverse: repeating predictors share theirs evenly."""
    return (np.linalg.pinv(among, rcond=1e-8, hermitian=True) @ with_kpi[..., None])[..., 0]


# --- What it means


def weigh(
    dataset: Dataset, name: str, columns: Sequence[str] | None = None, where: Filter = ALL, draws: int = DRAWS
) -> Importance:
    """Relative weights of the rated aspects (`columns`, else all there are) for a KPI, with their bootstrap intervals.

    Over responses that rated all aspects and have the KPI, weighted where there are weights. `real` aspects explain
    more than a variable made by chance does (Tonidandel, LeBreton and Johnson, 2009), corrected together, and only
    when all aspects together explain anything (F test). Small data gives no rows but a `note`.
    """
    chosen = aspects.named(dataset, columns) if columns is not None else aspects.rated(dataset, name)
    found = aspects.moments(dataset, name, chosen, where)
    title = kpis.KPIS[name].title
    if found is None:
        nobody = wording.of("nobody has both {kpi} and a rated aspect: nothing to weigh", kpi=title)
        said = nobody if chosen else wording.of("no rated aspects: nothing to weigh")
        return Importance(_frame(), None, 0, said, ())
    steady = _varying(found)
    needed = FEWEST + PER_ASPECT * len(steady.aspects)
    if steady.n < needed or steady.base < needed:
        note = wording.of(
            "too few: {n} responses have {kpi} and rated every aspect, {needed} are needed",
            n=wording.whole(steady.n), kpi=title, needed=wording.whole(needed),
        )  # fmt: skip
        return Importance(_frame(), None, steady.n, note, steady.left_out)
    variables = len(steady.aspects) + 2
    _, sd, _ = correlations(steady.sums.sum(axis=0), variables)
    if not steady.aspects or sd[-1] <= FLAT:
        equal = wording.of("all answers are equal: there is nothing to explain")
        return Importance(_frame(), None, steady.n, equal, steady.left_out)
    return _weighed(steady, variables, draws)


def _frame() -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(columns=COLUMNS)


COLUMNS = [
    "aspect", "weight", "share", "share_low", "share_high", "coefficient", "r", "performance", "performance_low",
    "performance_high", "mean", "p", "real", "quadrant", "sure",
]  # fmt: skip
"""Columns of `Importance.rows`."""


def _varying(found: Moments) -> Moments:
    """Without aspects that everybody rated alike: they can explain nothing."""
    variables = len(found.aspects) + 2
    _, sd, _ = correlations(found.sums.sum(axis=0), variables)
    kept = [place for place in range(variables) if place >= len(found.aspects) or sd[place] > FLAT]
    if len(kept) == variables:
        return found
    rows, columns = np.triu_indices(variables)
    pairs = [place for place, (a, b) in enumerate(zip(rows, columns, strict=True)) if a in kept and b in kept]
    chosen = [0, *(1 + place for place in kept), *(1 + variables + place for place in pairs)]
    alike = tuple(aspect.column for place, aspect in enumerate(found.aspects) if place not in kept)
    aspects_ = tuple(found.aspects[place] for place in kept[:-2])
    return found._replace(aspects=aspects_, sums=found.sums[:, chosen], left_out=(*found.left_out, *alike))


def _weighed(found: Moments, variables: int, draws: int) -> Importance:
    many = variables - 2
    total = found.sums.sum(axis=0)
    means, sd, r = correlations(total, variables)
    weights = relative_weights(r[:many, :many], r[:many, -1])
    drawn_means, _, drawn = correlations(aspects.resampled(found.sums, draws), variables)
    drawn_weights = relative_weights(drawn[:, :many, :many], drawn[:, :many, -1])
    beside = relative_weights(drawn[:, :-1, :-1], drawn[:, :-1, -1])  # the same with chance among the aspects
    p = (1 + (beside[:, :many] <= beside[:, many:]).sum(axis=0)) / (draws + 1)
    r2 = float(weights.sum())
    share = 100 * weights / r2 if r2 > 0 else weights * 0
    spread = 100 * drawn_weights / np.maximum(drawn_weights.sum(axis=1, keepdims=True), 1e-300)
    low, high = np.percentile(spread, [2.5, 97.5], axis=0)
    rows = _frame().reindex(range(many))
    rows["aspect"] = [aspect.column for aspect in found.aspects]
    rows["weight"], rows["share"], rows["p"] = weights, share, p
    rows["share_low"], rows["share_high"] = np.minimum(low, share), np.maximum(high, share)
    rows["r"] = r[:many, -1]
    rows["coefficient"] = coefficients(r[:many, :many], r[:many, -1]) * sd[-1] / sd[:many]
    rows = _performing(rows, found, means[:many], drawn_means[:, :many])
    rows["real"] = compare.corrected(rows["p"]) & _explains(r2, many, found.base)
    rows = quadrants(rows).sort_values("share", ascending=False, kind="stable").reset_index(drop=True)
    return Importance(rows, r2, found.n, "", found.left_out)


def _explains(r2: float, many: int, base: float) -> bool:
    """Whether all aspects together explain more than chance would: the F test of the regression, α = 5 %."""
    from scipy.special import fdtrc

    rest = base - many - 1
    return rest > 0 and bool(fdtrc(many, rest, (r2 / many) / max((1 - r2) / rest, 1e-300)) < compare.FALSE_FINDINGS)


def _performing(rows: "pd.DataFrame", found: Moments, means: np.ndarray, drawn: np.ndarray) -> "pd.DataFrame":
    middle = np.array([(aspect.low + aspect.high) / 2 for aspect in found.aspects])
    reach = np.array([aspect.high - aspect.low for aspect in found.aspects])
    percent = 50 + 100 * means / reach
    low, high = np.percentile(50 + 100 * drawn / reach, [2.5, 97.5], axis=0)
    turned = np.array([aspect.turned for aspect in found.aspects])
    return rows.assign(
        mean=np.where(turned, middle - means, middle + means),
        performance=percent,
        performance_low=np.minimum(low, percent),
        performance_high=np.maximum(high, percent),
    )


def quadrants(rows: "pd.DataFrame", level: float | None = None) -> "pd.DataFrame":
    """Where each driver stands: important means more than an equal share, well rated means at or above `level` (else the
    mean of all). Reads share and performance, each with its _low and _high; adds quadrant and sure.

    strengths (both), fix first (important, badly rated), maintain (well rated, less important), watch (neither).
    `sure` when both intervals leave their line out. Martilla and James, 1977, Journal of Marketing 41(1).
    """
    line = 100 / max(len(rows), 1)
    level = rows["performance"].mean() if level is None else level
    important, good = rows["share"] > line, rows["performance"] >= level
    names = np.select([important & good, important, good], ["strengths", "fix first", "maintain"], "watch")
    apart = (rows["share_low"] > line) | (rows["share_high"] < line)
    rated = (rows["performance_low"] > level) | (rows["performance_high"] < level)
    return rows.assign(quadrant=names, sure=apart & rated)
