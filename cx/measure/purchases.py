"""How often customers will buy again and for how much: BG/NBD and Gamma-Gamma, fitted on (x, t_x, T).

x repeat purchases, t_x the time from the first to the last one, T the time from the first to the end of the data, z the
mean amount of the repeat purchases. BG/NBD: Fader, Hardie and Lee 2005; Gamma-Gamma: Fader and Hardie 2013.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

FARTHEST = 7.0
"""Parameters stay between exp(−7) and exp(7), which stands for the limit (nobody leaves, all buy at one rate)."""

MOST_STEPS = 200

MOST_KINDS = 4000
"""At most about so many different (x, t_x, T) are fitted; more are put together by rounding times down to longer units."""


STEP = 1e-4
"""Of the numerical derivatives, on the logarithm of the parameters."""


class Buying(NamedTuple):
    """BG/NBD: rates of purchase ~ gamma(r, α), chances to leave after one ~ beta(a, b); time is in the unit of the data."""

    r: float
    alpha: float
    a: float
    b: float


class Spending(NamedTuple):
    """Gamma-Gamma: amounts ~ gamma(p, ν) within a customer, ν ~ gamma(q, γ) over customers."""

    p: float
    q: float
    gamma: float


def fit_buying(x: np.ndarray, t_x: np.ndarray, T: np.ndarray, n: np.ndarray | None = None) -> tuple[Buying, float]:
    """BG/NBD by maximum likelihood, and its log-likelihood; `n` customers have each (x, t_x, T). Times in any unit."""
    many = np.ones(len(x)) if n is None else np.asarray(n, dtype=float)
    unit = float(np.max(T)) / 10  # so that all four parameters are of the same order
    x, t_x, T = (np.asarray(given, dtype=float) for given in (x, t_x / unit, T / unit))
    best, likelihood = _largest(
        lambda at: buying_likelihood(Buying(*np.exp(at)), x, t_x, T),
        many,
        (0.0, 0.0, 0.0, 0.0),
    )
    r, alpha, a, b = map(float, np.exp(best))
    return Buying(r, alpha * unit, a, b), likelihood - float(many @ x) * float(np.log(unit))


def fit_spending(x: np.ndarray, z: np.ndarray) -> tuple[Spending, float]:
    """Gamma-Gamma by maximum likelihood from customers with x > 0 repeat purchases of mean amount z > 0; its log-likelihood."""
    many, unit = np.ones(len(x)), float(np.mean(z))
    x, z = np.asarray(x, dtype=float), np.asarray(z, dtype=float) / unit
    best, likelihood = _largest(lambda at: spending_likelihood(Spending(*np.exp(at)), x, z), many, (1.0, 1.0, 1.0))
    p, q, gamma = map(float, np.exp(best))
    return Spending(p, q, gamma * unit), likelihood - float(many.sum()) * float(np.log(unit))


def kinds(x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Customers put together by (x, t_x, T), as x, t_x, T, n: the time of a fit is bounded, however many customers there are."""
    unit = 1e-6
    while True:
        cells = np.stack([x, np.floor(t_x / unit), np.floor(T / unit)], axis=1)
        found, which, n = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
        if len(found) <= MOST_KINDS or unit > np.max(T):
            means = [np.bincount(which.ravel(), weights=given) / n for given in (x, t_x, T)]
            return means[0], means[1], means[2], n
        unit = max(unit * 2, 1.0)


def buying_likelihood(model: Buying, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-likelihood per customer (equation 6 of Fader, Hardie and Lee 2005) and its derivatives by the logarithms of the four
    parameters (customers × 4)."""
    from scipy.special import betaln, gammaln, psi

    r, alpha, a, b = model
    left = np.maximum(b + x - 1, 1e-300)
    stays, leaves = -(r + x) * np.log(alpha + T), -(r + x) * np.log(alpha + t_x)
    with np.errstate(divide="ignore"):
        leaves = np.where(x > 0, leaves + np.log(a) - np.log(left), -np.inf)
    either = np.logaddexp(stays, leaves)
    gone = np.exp(leaves - either)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b) + either
    by_a = psi(a + b) - psi(a + b + x)
    slopes = (
        psi(r + x) - psi(r) + np.log(alpha) - np.log(alpha + T) + gone * np.log((alpha + T) / (alpha + t_x)),
        r / alpha - (r + x) * ((1 - gone) / (alpha + T) + gone / (alpha + t_x)),
        by_a + gone / a,
        by_a + psi(b + x) - psi(b) - gone / left,
    )
    return value, np.stack(slopes, axis=1) * np.array(model)


def spending_likelihood(model: Spending, x: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-likelihood per customer of the mean amount z of x purchases (equation 1a of Fader and Hardie 2013) and its
    derivatives by the logarithms of the three parameters (customers × 3)."""
    from scipy.special import gammaln, psi

    p, q, gamma = model
    shape, paid = p * x, gamma + x * z
    value = (
        gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma) + (shape - 1) * np.log(z)
        + shape * np.log(x) - (shape + q) * np.log(paid)
    )  # fmt: skip
    both = psi(shape + q) - np.log(paid)
    slopes = x * (both - psi(shape) + np.log(x * z)), both - psi(q) + np.log(gamma), q / gamma - (shape + q) / paid
    return value, np.stack(slopes, axis=1) * np.array(model)


def expected_of_anyone(model: Buying, t: np.ndarray | float) -> np.ndarray:
    """Expected number of repeat purchases of a new customer in a time t (equation 9 of Fader, Hardie and Lee 2005)."""
    r, alpha, a, b = _regular(model)
    t = np.asarray(t, dtype=float)
    return (a + b - 1) / (a - 1) * (1 - _decline(t / (alpha + t), r, a, b, 0.0))


def expected(model: Buying, x: np.ndarray, t_x: np.ndarray, T: np.ndarray, t: np.ndarray | float) -> np.ndarray:
    """Expected number of purchases in the next time t of a customer with this past (equation 10)."""
    r, alpha, a, b = _regular(model)
    x, T, t = (np.asarray(given, dtype=float) for given in (x, T, t))
    more = (a + b + x - 1) / (a - 1) * (1 - _decline(t / (alpha + T + t), r, a, b, x))
    return more * alive(model, x, t_x, T)


def alive(model: Buying, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Probability, 0…1, that a customer with this past has not left; 1 without repeat purchase, by the model's assumption."""
    r, alpha, a, b = model
    x = np.asarray(x, dtype=float)
    odds = np.log(a) - np.log(np.maximum(b + x - 1, 1e-300)) + (r + x) * np.log((alpha + T) / (alpha + np.asarray(t_x)))
    return np.where(x > 0, 1 / (1 + np.exp(np.minimum(odds, 700))), 1.0)


def discounted(
    model: Buying, x: np.ndarray, t_x: np.ndarray, T: np.ndarray, horizon: float, rate: float, nodes: int = 5
) -> np.ndarray:
    """Purchases expected within `horizon`, discounted continuously at `rate` per unit of time.

    ∫ e^(−δt) dE(t) = e^(−δh) E(h) + δ ∫ e^(−δt) E(t) dt, the integral by Gauss and Legendre: E is smooth, so that five
    nodes are exact to a thousandth of a percent, whatever the horizon.
    """
    total = np.exp(-rate * horizon) * expected(model, x, t_x, T, horizon)
    if rate:
        for place, weight in zip(*np.polynomial.legendre.leggauss(nodes), strict=True):
            t = horizon * (place + 1) / 2
            total = total + rate * horizon / 2 * weight * np.exp(-rate * t) * expected(model, x, t_x, T, t)
    return total


def amount(model: Spending, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Expected amount of a purchase of a customer with x repeat purchases of mean z; that of anyone for x = 0 (needs q > 1)."""
    p, q, gamma = model
    return p * (gamma + x * np.where(x > 0, z, 0.0)) / (p * x + q - 1)


def derivative(of: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    """Central differences of a function of parameters' logarithms: one column per parameter."""
    moves = np.eye(len(at)) * STEP
    return np.stack([(of(at + move) - of(at - move)) / (2 * STEP) for move in moves], axis=-1)


def _decline(share: np.ndarray, r: float, a: float, b: float, x: np.ndarray | float) -> np.ndarray:
    """((α+T)/(α+T+t))^(r+x) · ₂F₁(r+x, b+x; a+b+x−1; t/(α+T+t)) by Euler's transformation, which cannot overflow."""
    from scipy.special import hyp2f1

    return (1 - share) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, share)


def _regular(model: Buying) -> Buying:
    """a = 1 is a removable gap of the formulas."""
    return model._replace(a=1 + 1e-6) if abs(model.a - 1) < 1e-6 else model


def _largest(
    of: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]], n: np.ndarray, start: tuple[float, ...]
) -> tuple[np.ndarray, float]:
    """Where the sum of a log-likelihood over n customers each is largest, and how large."""
    from scipy.optimize import minimize

    def lack(at: np.ndarray) -> tuple[float, np.ndarray]:
        value, slopes = of(at)
        return -float(n @ value) / total, -(n @ slopes) / total

    total = float(n.sum())
    options = {"maxiter": MOST_STEPS, "ftol": 1e-14, "gtol": 1e-9}
    best = minimize(
        lack, np.array(start), jac=True, method="L-BFGS-B", bounds=[(-FARTHEST, FARTHEST)] * len(start), options=options
    )
    return best.x, -float(best.fun) * total
