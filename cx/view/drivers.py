"""What moves a KPI, as people look at it: what is talked about and what is rated, the strongest first."""

from typing import NamedTuple

import pandas as pd

from cx.measure import drivers, kpis
from cx.store.datasets import Dataset
from cx.view import theme
from cx.view.filters import Filter

OUTCOMES = ("nps", "csat", "rating", "ces", "net_sentiment")
"""KPIs whose drivers can be asked for, in the order of the select box."""

MOST = 12
"""Drivers in a chart."""

FACETS = ("topic", "touchpoint", "pillar")
"""Kinds of drivers that have comments to read."""


class View(NamedTuple):
    """The drivers of a KPI: `talked` and `rated` with name, change, low, high, real for the charts, `table` with all of
    them; the `finding` in a sentence, a `note` to read with it."""

    talked: pd.DataFrame
    rated: pd.DataFrame
    table: pd.DataFrame
    finding: str
    note: str


def outcomes(dataset: Dataset) -> list[str]:
    """The KPIs of this dataset that drivers can be looked for."""
    have = kpis.available(dataset)
    return [name for name in OUTCOMES if name in have]


def view(dataset: Dataset, name: str, where: Filter, min_base: int) -> View:
    """The drivers of a KPI over the responses that fit."""
    found = drivers.impacts(dataset, name, where, min_base)
    told = found.rows.dropna(subset=["impact"]) if len(found.rows) else found.rows
    if not len(told):
        return View(told, told, told, "", found.note)
    talked = told[told["kind"].isin(FACETS)].drop_duplicates("name")
    rated = told[~told["kind"].isin(FACETS)]
    return View(
        _bars(talked, "impact"), _bars(rated, "difference"), told, _finding(talked, kpis.KPIS[name]), found.note
    )


def _bars(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    ends = ("low", "high") if measure == "difference" else (f"{measure}_low", f"{measure}_high")
    out = rows.rename(columns={measure: "change", ends[0]: "begin", ends[1]: "end"})
    out["name"] = [kpis.KPIS[name].title if name in kpis.KPIS else name for name in out["name"]]
    out = out[["kind", "key", "name", "change", "begin", "end", "real"]].rename(columns={"begin": "low", "end": "high"})
    out = out.sort_values(["real", "change"], key=lambda c: c.abs() if c.name == "change" else c, ascending=False)
    return out.head(MOST).sort_values("change", ascending=False, kind="stable").reset_index(drop=True)


def _finding(rows: pd.DataFrame, kpi: kpis.Kpi) -> str:
    """The strongest driver down and up, of those that are real."""
    real = rows[rows["real"]]
    down, up = real[real["impact"] < 0].nsmallest(1, "impact"), real[real["impact"] > 0].nlargest(1, "impact")
    said = [
        f"{row['name']} {word} {kpi.title} most ({theme.signed(row['impact'], kpi.unit)})"
        for frame, word in ((down, "pulls down"), (up, "lifts")) for _, row in frame.iterrows()
    ]  # fmt: skip
    return "; ".join(said) or f"Nothing people talk about moves {kpi.title} beyond noise"
