"""A KPI in every cell of two dimensions, at their margins and overall, and which cells differ from the overall for real."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr

from cx.measure import compare, estimate, kpis
from cx.measure.tally import OWN
from cx.store.datasets import MENTION, Dataset
from cx.view.filters import ALL, Filter

NEARLY_ALL = 0.95
"""A cell with more than this share of everything has nothing to be held against."""


class Crossed(NamedTuple):
    """`cells` (row, column), `rows` (row), `columns` (column) and `overall` (one row), each with the columns of
    `estimate.COLUMNS`; cells also with change (cell − overall), p and `real` (Benjamini–Hochberg over all cells)."""

    cells: pd.DataFrame
    rows: pd.DataFrame
    columns: pd.DataFrame
    overall: pd.DataFrame


def crossed(
    dataset: Dataset,
    name: str,
    row: str,
    column: str,
    where: Filter = ALL,
    min_base: int = 10,
    only: tuple[Sequence[str], Sequence[str]] | None = None,
) -> Crossed:
    """A KPI by two columns of facts; `only` names the rows and the columns looked at (as text), else all that have a value.

    Margins and the overall are counted anew, with what names no row or column, and with responses once. On several
    scales: the one most responses have. Below the base the row stays without numbers.
    """
    whole = kpis.counted(dataset, name, (), where)
    scale = str(whole.groupby("scale")["n"].sum().idxmax()) if "scale" in whole and len(whole) else None
    parts = {key: _counted(dataset, name, key, scale, where) for key in ((row, column), (row,), (column,))}
    overall = whole if scale is None else whole[whole["scale"] == scale]
    names = {row: "row", column: "column"}
    found = {}
    for key, counts in parts.items():
        counts = counts.rename(columns={OWN + own: names[own] for own in key})
        found[key] = _kept(_estimated(name, counts, [names[own] for own in key]), only)
    every = _estimated(name, overall, [])
    pooled = every
    if name == "felicific_rate" and (_spoken(dataset, row) or _spoken(dataset, column)):
        pooled = _estimated(name, parts[(row, column)], [])  # a delight in this cell, not anywhere in the response
    cells = estimate.suppressed(_against(found[(row, column)], pooled), min_base, ["row", "column"])
    cells.loc[cells["value"].isna(), ["change", "p"]] = np.nan
    cells = cells.assign(real=compare.corrected(cells["p"]))
    rest = [estimate.suppressed(rows, min_base) for rows in (found[(row,)], found[(column,)], every)]
    return Crossed(cells, *rest)


def text(values: pd.Series) -> pd.Series:
    """Values of a dimension as text, as DuckDB casts them; null stays null."""
    return values.map(
        lambda value: None if pd.isna(value) else str(value).lower() if isinstance(value, bool) else str(value)
    )


def _spoken(dataset: Dataset, own: str) -> bool:
    return own.startswith(MENTION) and own not in dataset.responses


def _counted(dataset: Dataset, name: str, key: Sequence[str], scale: str | None, where: Filter) -> pd.DataFrame:
    counts = kpis.counted(dataset, name, [OWN + own for own in key], where)
    return counts if scale is None else counts[counts["scale"] == scale]


def _estimated(name: str, counts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    if counts.empty:
        return pd.DataFrame(columns=[*by, *estimate.COLUMNS]).astype(dict.fromkeys(estimate.COLUMNS, float))
    return kpis.estimated(name, counts, by)


def _kept(rows: pd.DataFrame, only: tuple[Sequence[str], Sequence[str]] | None) -> pd.DataFrame:
    for place, side in enumerate(("row", "column")):
        if side in rows:
            rows = rows.assign(**{side: text(rows[side])})
            rows = rows[rows[side].notna() if only is None else rows[side].isin(only[place])]
    return rows.reset_index(drop=True)


def _against(cells: pd.DataFrame, overall: pd.DataFrame) -> pd.DataFrame:
    """Each cell's difference to the overall it is a part of, with its two-sided p.

    A part and its whole share their answers: Cov(c, o) = f·Var(c) with f the cell's share, hence
    Var(c − o) = Var(c)·(1 − 2f) + Var(o); exact for parts without overlap, cautious where mentions of one response in
    several cells agree. Both the gap of the values shown and that of their adjusted centres must be beyond noise: few
    answers have a centre nearer the middle than all have. Ratios of mentions are also tested with residuals from the
    overall (a score test), because few responses fit their own ratio too closely. The largest p counts.
    """
    if cells.empty or overall.empty:
        return cells.assign(change=np.nan, p=np.nan)
    whole = overall.iloc[0]
    base = "m" if "m" in cells else "n"
    share = cells[base].to_numpy(dtype=float) / float(whole[base])
    change, gap = (cells[name].to_numpy(dtype=float) - float(whole[name]) for name in ("value", "mid"))
    spread = cells["se"].to_numpy(dtype=float) ** 2
    rest = (spread, float(whole["se"]) ** 2, share, cells["df"].to_numpy(dtype=float))
    p = np.fmax(_two_sided(change, *rest), _two_sided(gap, *rest))
    if base == "m":
        ratio = float(whole["mean"])
        m, mm, my, yy, n = (cells[name].to_numpy(dtype=float) for name in ("m", "mm", "my", "yy", "n"))
        with np.errstate(invalid="ignore", divide="ignore"):
            score = 1e4 * (yy - 2 * ratio * my + ratio**2 * mm) / m**2 * n / (n - 1)
        p = np.fmax(p, _two_sided(change, score, float(whole["se"]) ** 2, share, n - 1))
    return cells.assign(change=change, p=np.where(share > NEARLY_ALL, np.nan, p))


def _two_sided(gap: np.ndarray, spread: np.ndarray, whole: float, share: np.ndarray, df: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = np.abs(gap) / np.sqrt(np.maximum(spread * (1 - 2 * share) + whole, 0))
    return 2 * stdtr(np.where(df > 0, df, np.nan), -statistic)
