"""Touchpoint × stage: where in the journey customers met the company, and how that was."""

from typing import NamedTuple

import pandas as pd

from cx.measure import estimate, kpis, tally
from cx.schema import NONE, STAGES
from cx.store.datasets import MENTION, Dataset
from cx.view import theme
from cx.view.filters import Filter

ROW, COLUMN = MENTION + "touchpoint", MENTION + "stage"
VOLUME = "volume"


class Map(NamedTuple):
    """The cells (row, column, value, low, high, n, m, shown, label, small, say), the axes, and what lies outside."""

    cells: pd.DataFrame
    rows: list[str]
    columns: list[str]
    unnamed: float
    kind: str


def measures(dataset: Dataset) -> dict[str, str]:
    """What a cell can show: name → title. Sentiment and volume of mentions, and the headline KPIs of the dataset."""
    have = kpis.available(dataset)
    first = [name for name in ("net_sentiment",) if name in have]
    rest = [name for name in kpis.HEADLINE if name in have and name not in first]
    return {name: kpis.KPIS[name].title for name in first} | {VOLUME: "Volume"} | {n: kpis.KPIS[n].title for n in rest}


def build(dataset: Dataset, measure: str, where: Filter, min_base: int) -> Map:
    """The map of a measure. Cells below the base are there, without a number; rows run from most to least said."""
    spoken = tally.spoken(dataset, [ROW, COLUMN], where)
    named = spoken[(spoken[ROW] != NONE) & (spoken[COLUMN] != NONE)]
    total = spoken["m"].sum()
    unnamed = 100 * (1 - named["m"].sum() / total) if total else 0.0
    if named.empty:
        return Map(pd.DataFrame(), [], [], float(unnamed), "volume")
    order = named.groupby(ROW)["m"].sum().sort_values(ascending=False, kind="stable").index.tolist()
    columns = [stage for stage in STAGES if stage in set(named[COLUMN])]
    if measure == VOLUME:
        said = named["m"].astype(float)
        values = estimate.suppressed(named.assign(value=said, low=said, high=said, mid=said, se=0.0), min_base)
        values = values[[ROW, COLUMN, "value", "low", "high", "n"]]
    else:
        values = _estimates(dataset, measure, where, min_base)
    cells = named.drop(columns="n").merge(values, on=[ROW, COLUMN], how="left")
    return Map(_told(cells, measure), order, columns, float(unnamed), _kind(measure))


def _estimates(dataset: Dataset, measure: str, where: Filter, min_base: int) -> pd.DataFrame:
    rows = kpis.estimated(measure, kpis.counted(dataset, measure, [ROW, COLUMN], where), [ROW, COLUMN])
    if "scale" in rows:  # on several scales: the one most responses have
        rows = rows[rows["scale"] == rows.groupby("scale")["n"].sum().idxmax()] if len(rows) else rows
    return estimate.suppressed(rows, min_base)[[ROW, COLUMN, "value", "low", "high", "n"]]


def _told(cells: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Adds what a cell says: its label, its small figure and its sentence."""
    unit = "count" if measure == VOLUME else kpis.KPIS[measure].unit
    title = "Mentions" if measure == VOLUME else kpis.KPIS[measure].title
    out = cells.rename(columns={ROW: "row", COLUMN: "column"})
    out["n"] = out["n"].fillna(0).astype(int)
    out["shown"] = out["value"].notna()
    out["label"] = [
        theme.number(value, unit) if shown else "·" for value, shown in zip(out["value"], out["shown"], strict=True)
    ]
    out["small"] = [f"n {n:,}" for n in out["n"]]
    out["say"] = [
        f"{row['row']}, {row['column']}: {theme.sentence(title, estimate.of_row(row), unit)}"
        + ("" if measure == VOLUME else f"; {row['m']:,} mentions")
        for _, row in out.iterrows()
    ]
    return out


def _kind(measure: str) -> str:
    """How the measure is coloured: balances diverge around zero, volume runs from zero, others from least to most."""
    if measure == VOLUME:
        return "volume"
    return "diverging" if kpis.KPIS[measure].unit == "points" else "sequential"
