"""Is a difference real? Two groups of estimates side by side, each pair tested, several tests corrected together.

Period against period, segment against segment, A against B: always two filters over one dataset. What the answers at
hand could have shown is said beside what they show.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cx.errors import FilterError
from cx.measure import estimate, kpis
from cx.measure.estimate import Difference
from cx.store.datasets import Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter

FALSE_FINDINGS = 0.05
"""Share of findings called real that may be noise (Benjamini–Hochberg)."""

POWER = 0.8
"""How often a difference that is there should be found, where nothing else is said."""

COMPARED = [
    "kpi", "title", "unit", "scale", "a", "b", "n_a", "n_b", "change", "low", "high", "p", "real", "unseen", "says",
]  # fmt: skip
"""Columns of `between`."""


def changes(before: pd.DataFrame, after: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Per group of `by` that stands in both: value and n before and after, their difference with its interval.

    Columns *by, before, after, n_before, n_after, change, low, high, p, real. `real` is corrected for the number of
    groups looked at (Benjamini–Hochberg), so that a page of twenty topics does not find one by chance.
    """
    pairs = before.merge(after, on=list(by), suffixes=("_before", "_after"))
    found = [
        estimate.difference(_side(row, "_after"), _side(row, "_before")) for row in pairs.to_dict("records")
    ]  # a few dozen rows
    out = pairs[[*by, "n_before", "n_after"]].copy()
    out["before"], out["after"] = pairs["value_before"], pairs["value_after"]
    out[["change", "low", "high", "p"]] = pd.DataFrame(
        [list(difference) for difference in found], columns=["change", "low", "high", "p"], dtype=float
    ).to_numpy()
    out["real"] = corrected(out["p"])
    return out


def together(found: Sequence[Difference]) -> list[Difference]:
    """Differences that stand side by side, their p corrected for how many they are: a row of eight tiles must not
    find a change by chance one time in three."""
    from scipy.stats import false_discovery_control

    known = [place for place, difference in enumerate(found) if difference.p is not None]
    out = list(found)
    if known:
        adjusted = false_discovery_control([found[place].p for place in known])
        for place, p in zip(known, adjusted, strict=True):
            out[place] = out[place]._replace(p=float(p))
    return out


def corrected(p: pd.Series) -> pd.Series:
    """Which p-values stand after the Benjamini–Hochberg correction; missing ones never do."""
    from scipy.stats import false_discovery_control

    known = p.notna().to_numpy()
    real = np.zeros(len(p), dtype=bool)
    if known.any():
        real[known] = false_discovery_control(p[known].to_numpy(dtype=float)) < FALSE_FINDINGS
    return pd.Series(real, index=p.index)


def _side(row: dict[Any, Any], suffix: str) -> Any:
    return {name: row[name + suffix] for name in ("value", "mid", "se", "df")}


def between(
    dataset: Dataset, a: Filter, b: Filter, names: Sequence[str] | None = None, min_base: int = 10
) -> pd.DataFrame:
    """B against A: a row per KPI (`names`, else all there are) and scale, tested together.

    Columns `COMPARED`: the two values a and b with n_a and n_b (responses), change = b − a in the KPI's unit with its
    95 % interval, p, `real` after Benjamini–Hochberg over all rows, `unseen` (a difference smaller than this would
    more often than one time in five not be found at this base) and `says`, the plain sentence. Below the base, or
    where one side was not asked, the row stays without numbers. A response that stands on both sides (two topics of
    one comment) makes the test cautious, never bold: its two values agree, which the variance leaves out.
    """
    rows = [_sides(dataset, name, a, b, min_base) for name in names or kpis.available(dataset)]
    if not rows:
        return pd.DataFrame(columns=COMPARED)
    out = pd.concat(rows, ignore_index=True)
    out["real"] = corrected(out["p"])
    out["says"] = [says(row) for row in out.to_dict("records")]
    return out[COMPARED]


def values(
    dataset: Dataset,
    column: str,
    a: str,
    b: str,
    where: Filter = ALL,
    names: Sequence[str] | None = None,
    min_base: int = 10,
) -> pd.DataFrame:
    """Two values of a column against each other, B against A; see `between`. Raises FilterError for an unknown column."""
    own = dataset.resolve(column)
    if a == b:
        raise FilterError(f"'{a}' cannot be compared with itself: choose two values of '{column}'.")
    return between(dataset, where.with_values(own, [a]), where.with_values(own, [b]), names, min_base)


def periods(
    dataset: Dataset,
    before: tuple[Any, Any],
    after: tuple[Any, Any],
    where: Filter = ALL,
    names: Sequence[str] | None = None,
    min_base: int = 10,
) -> pd.DataFrame:
    """Two periods (first and last day, both included) against each other, `after` against `before`; see `between`.

    Raises FilterError when they overlap: a response cannot have changed against itself.
    """
    (begin, end), (later, last) = before, after
    if begin <= last and later <= end:
        raise FilterError("The two periods overlap: choose periods that have no day in common.")
    return between(dataset, where.in_period(begin, end), where.in_period(later, last), names, min_base)


def _sides(dataset: Dataset, name: str, a: Filter, b: Filter, min_base: int) -> pd.DataFrame:
    kpi = kpis.KPIS[name]
    held = estimate.sides(_estimated(dataset, name, a), _estimated(dataset, name, b), "scale", min_base)
    pairs = held[0].merge(held[1], on="scale", how="outer", suffixes=("_a", "_b"))
    if pairs.empty:
        pairs = pairs.reindex([0]).assign(scale="")
    found = [estimate.difference(_side(row, "_b"), _side(row, "_a")) for row in pairs.to_dict("records")]
    out = pd.DataFrame([list(each) for each in found], columns=["change", "low", "high", "p"], dtype=float)
    for side in "ab":
        out[side] = pairs[f"value_{side}"].to_numpy(dtype=float)
        out[f"n_{side}"] = pairs[f"n_{side}"].fillna(0).astype("int64").to_numpy()
    with np.errstate(invalid="ignore"):
        out["unseen"] = detectable(pairs["se_a"].to_numpy(dtype=float), pairs["se_b"].to_numpy(dtype=float))
    return out.assign(kpi=name, title=kpi.title, unit=kpi.unit, scale=pairs["scale"].to_numpy())


def _estimated(dataset: Dataset, name: str, where: Filter) -> pd.DataFrame:
    counts = kpis.counted(dataset, name, (), where)
    columns = ["scale", *estimate.COLUMNS]
    if counts.empty:
        return pd.DataFrame(columns=columns).astype({"scale": "str"})
    rows = kpis.estimated(name, counts)
    return (rows if "scale" in rows else rows.assign(scale="")).reindex(columns=columns).astype({"scale": "str"})


# --- What is said about it


def says(row: dict[Any, Any]) -> str:
    """The difference in a plain sentence: `up 14 points, real`, `up 6 points, within noise …`, `too few to compare …`."""
    if pd.isna(row["change"]):
        a, b = (wording.whole(row[name]) for name in ("n_a", "n_b"))
        return wording.of("too few to compare ({a} and {b} responses)", a=a, b=b)
    return sentence(row["change"], bool(row["real"]), row["unit"], row.get("unseen"))


def sentence(
    change: float, real: bool, unit: str, unseen: float | None = None, besides: tuple[str, str, str] | None = None
) -> str:
    """`up 14 points, real` or `up 6 points, within noise (under 12 points can stay unseen)`.

    `change` and `unseen` are in the KPI's unit; percent move by points, scales by tenths. `besides` are the words for
    a group beside others, in place of up, down and unchanged: `14 points above the rest, real`.
    """
    told = size(abs(change), unit)
    if not told.split()[0].strip("0.,"):
        moved = besides[2] if besides else wording.of("unchanged")
    elif besides:
        moved = f"{told} {besides[0] if change > 0 else besides[1]}"
    else:
        moved = wording.of("up {size}", size=told) if change > 0 else wording.of("down {size}", size=told)
    if real:
        return wording.of("{moved}, real", moved=moved)
    if unseen is None or pd.isna(unseen):
        return wording.of("{moved}, within noise", moved=moved)
    return wording.of(
        "{moved}, within noise (under {size} can stay unseen)", moved=moved, size=size(unseen, unit, up=True)
    )


def size(amount: float, unit: str, up: bool = False) -> str:
    """An amount in words: `6 points`, `1 point`, `0.3`; rounded up where a bound is told."""
    if unit == "scale":
        return wording.decimal(np.ceil(amount * 10) / 10 if up else amount, 1)
    whole = int(np.ceil(amount) if up else np.floor(amount + 0.5))
    return wording.counted("{n} point", "{n} points", whole)


# --- Power


class Power(NamedTuple):
    """How many responses a difference needs: `per_side` for each of two groups, to find `difference` 4 times in 5.

    `unseen` is the smallest difference that two halves of the present base would show that often; None without one.
    """

    kpi: str
    scale: str
    n: int
    difference: float
    per_side: int | None
    unseen: float | None
    says: str


def needed(sd: float, difference: float, power: float = POWER) -> int:
    """Responses per side to find a difference with two-sided α = 5 %: n = 2·sd²·(z₀.₉₇₅ + z_power)²/difference².

    `sd` is that of one response, in the unit of `difference` (NPS: up to 100). Two-sample normal test, any textbook.
    """
    return max(2, int(np.ceil(2 * (sd * _reach(power) / difference) ** 2)))


def detectable(se_a: Any, se_b: Any, power: float = POWER) -> Any:
    """The difference that two estimates with these standard errors would show with that power: (z₀.₉₇₅ + z_power)·√(se²+se²)."""
    return _reach(power) * np.sqrt(np.square(se_a) + np.square(se_b))


def _reach(power: float) -> float:
    from scipy.special import ndtri

    return estimate.Z + float(ndtri(power))


def power(dataset: Dataset, name: str, difference: float = 5, where: Filter = ALL, min_base: int = 10) -> list[Power]:
    """How many responses are needed to see a difference in a KPI, on each of its scales, from how its answers scatter."""
    unit, out = kpis.KPIS[name].unit, []
    for row in estimate.suppressed(_estimated(dataset, name, where), min_base).to_dict("records"):
        n = int(row["n"])
        if pd.isna(row["se"]) or row["se"] <= 0:
            told = (
                wording.of("too few to tell ({n} responses)", n=wording.whole(n))
                if n < min_base
                else wording.of("all answers are equal: nothing to tell from")
            )
            out.append(Power(name, row["scale"], n, difference, None, None, told))
            continue
        sd = float(row["se"]) * n**0.5
        per_side, unseen = needed(sd, difference), float(detectable(*[sd * (2 / n) ** 0.5] * 2))
        told = wording.of(
            "to see {size}, {per_side} responses are needed on each side; two halves of the {n} there are show {unseen}",
            size=size(difference, unit),
            per_side=wording.whole(per_side),
            n=wording.whole(n),
            unseen=size(unseen, unit, up=True),
        )
        out.append(Power(name, row["scale"], n, difference, per_side, unseen, told))
    return out
