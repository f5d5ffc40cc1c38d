"""What moves a KPI, as people look at it: what is talked about and what is rated, the strongest first."""

from typing import NamedTuple

import pandas as pd

from cx.errors import FilterError
from cx.measure import aspects, drivers, estimate, importance, kpis
from cx.measure.drivers import WhatIf
from cx.store.datasets import Dataset
from cx.view import called, theme, wording
from cx.view.filters import Filter

OUTCOMES = ("nps", "csat", "rating", "ces", "net_sentiment")
"""KPIs whose drivers can be asked for, in the order of the select box."""

MOST = 12
"""Drivers in a chart."""

FACETS = ("topic", "touchpoint", "pillar")
"""Kinds of drivers that have comments to read."""


KINDS = {
    "topic": wording.noted("Topics"), "touchpoint": wording.noted("Touchpoints"), "pillar": wording.noted("Pillars"),
    "aspect": wording.noted("What people rate"),
}  # fmt: skip
"""Kinds of drivers, and what they are called together."""

FEWEST_PLACED = 2
"""A chart of fewer drivers of a kind compares nothing."""


class Placed(NamedTuple):
    """Drivers of a kind by importance and performance: `points` has key, name, importance, performance, quadrant, sure
    and say, the most important first; `line` and `level` part the quadrants; `axis` says what performance is."""

    points: pd.DataFrame
    line: float
    level: float
    axis: str


class View(NamedTuple):
    """The drivers of a KPI: `talked` and `rated` with name, change, low, high, real for the charts, `table` with all of
    them; the `finding` in a sentence, a `note` to read with it. `good`: whether up is good for the KPI; `placed`: the
    quadrants by kind; `weights`: relative weights of rated aspects (name, change, low, high, real), with `weighed`,
    the sentence on them or why there are none."""

    talked: pd.DataFrame
    rated: pd.DataFrame
    table: pd.DataFrame
    finding: str
    note: str
    good: bool
    placed: dict[str, Placed]
    weights: pd.DataFrame
    weighed: str


def outcomes(dataset: Dataset) -> list[str]:
    """The KPIs of this dataset that drivers can be looked for."""
    have = kpis.available(dataset)
    return [name for name in OUTCOMES if name in have]


def view(dataset: Dataset, name: str, where: Filter, min_base: int) -> View:
    """The drivers of a KPI over the responses that fit."""
    found = drivers.impacts(dataset, name, where, min_base)
    shares = importance.weigh(dataset, name, where=where)
    weights, weighed = _weights(shares, kpis.KPIS[name].title)
    told = found.rows.dropna(subset=["impact"]) if len(found.rows) else found.rows
    if not len(told):
        return View(told, told, told, "", found.note, True, {}, weights, weighed)
    told = told.assign(name=[called.value(kind, name) for kind, name in zip(told["kind"], told["name"], strict=True)])
    good = kpis.up_is_good(dataset, name, str(told["scale"].iloc[0] or ""))
    talked = told[told["kind"].isin(FACETS)].drop_duplicates("name")
    rated = told[~told["kind"].isin(FACETS)]
    finding = _finding(talked, kpis.KPIS[name], good)
    table = with_weights(told, shares)
    bars = _bars(talked, "impact"), _bars(rated, "difference")
    return View(*bars, table, finding, found.note, good, _placed(dataset, table, shares, where), weights, weighed)


def with_weights(rows: pd.DataFrame, shares: importance.Importance) -> pd.DataFrame:
    """Drivers as `drivers.impacts` has them; rated aspects with their relative weight and the quadrant it puts them in."""
    if shares.rows.empty:
        return rows
    rated, held = rows["kind"] == "aspect", shares.rows.set_index("aspect")
    names = {f"weight{end}": f"share{end}" for end in ("", "_low", "_high")}
    names |= {name: name for name in ("quadrant", "sure", "performance", "performance_low", "performance_high")}
    return rows.assign(
        **{mine: rows[mine].where(~rated, rows["key"].map(held[theirs])) for mine, theirs in names.items()}
    )


def _placed(dataset: Dataset, rows: pd.DataFrame, shares: importance.Importance, where: Filter) -> dict[str, Placed]:
    level = kpis.estimated("net_sentiment", kpis.counted(dataset, "net_sentiment", (), where))["value"].iloc[0]
    out = {}
    for kind in FACETS:
        own = rows[(rows["kind"] == kind) & rows["quadrant"].notna()]
        if len(own) >= FEWEST_PLACED:
            out[kind] = Placed(
                _points(own, False), 100 / len(own), float(level), wording.of("net sentiment of its mentions")
            )
    if len(shares.rows) >= FEWEST_PLACED:
        names = {f"share{end}": f"weight{end}" for end in ("", "_low", "_high")}
        own = (
            shares.rows.drop(columns="weight")
            .rename(columns=names | {"aspect": "key"})
            .assign(name=shares.rows["aspect"])
        )
        middle = float(own["performance"].mean())
        out["aspect"] = Placed(_points(own, True), 100 / len(own), middle, wording.of("rated, percent of the scale"))
    return out


def _points(own: pd.DataFrame, rated: bool) -> pd.DataFrame:
    points = own.sort_values("weight", ascending=False, kind="stable")
    points = points.assign(name=points["name"].map(titled), importance=points["weight"])
    points["say"] = [_place(row, rated) for row in points.to_dict("records")]
    columns = ["key", "name", "importance", "performance", "quadrant", "sure", "say"]
    return points[columns].reset_index(drop=True)


def _place(row: dict, rated: bool) -> str:
    """`delivery: fix first; 23 % of all impacts (15 to 30), net sentiment −32 (−40 to −24)`."""
    unit = "percent" if rated else "points"
    weight = estimate.Estimate(row["weight"], row["weight_low"], row["weight_high"], 0)
    felt = estimate.Estimate(row["performance"], row["performance_low"], row["performance_high"], 0)
    place = called.value("quadrant", row["quadrant"])
    values = {
        "name": row["name"], "place": place if row["sure"] else wording.of("{place}, not sure", place=place),
        "weight": theme.number(weight.value, "percent"), "weights": theme.interval(weight, "percent"),
        "felt": theme.number(felt.value, unit), "range": theme.interval(felt, unit),
    }  # fmt: skip
    if rated:
        return wording.of(
            "{name}: {place}; {weight} of what ratings explain ({weights}), rated {felt} ({range})", **values
        )
    return wording.of("{name}: {place}; {weight} of all impacts ({weights}), net sentiment {felt} ({range})", **values)


def placed_words(found: Placed) -> str:
    """What stands in *fix first* for sure, in a sentence."""
    first = found.points[(found.points["quadrant"] == "fix first") & found.points["sure"]]
    if len(first):
        return wording.of("Fix first: {names}", names=theme.listed(first["name"].head(3).tolist()))
    return wording.of("Nothing stands in “fix first” for sure")


def _weights(found: importance.Importance, title: str) -> tuple[pd.DataFrame, str]:
    """Rows for a chart of relative weights, and what they say."""
    if found.rows.empty or found.r2 is None:
        return pd.DataFrame(), f"{found.note[:1].upper()}{found.note[1:]}." if found.note else ""
    rows = found.rows.assign(name=found.rows["aspect"].map(titled), change=found.rows["share"])
    rows = rows.rename(columns={"share_low": "low", "share_high": "high"})
    first = rows.iloc[0]
    said = wording.of(
        "What people rate explains {share} % of how {kpi} differs between {n} responses",
        share=wording.whole(100 * found.r2), kpi=title, n=wording.whole(found.n),
    )  # fmt: skip
    if rows["real"].any():
        share, low, high = (wording.whole(first[end]) for end in ("change", "low", "high"))
        most = wording.of("; {name} carries most of it, {share} % ({low} to {high}).", name=first["name"], share=share, low=low,
                          high=high)  # fmt: skip
    else:
        most = wording.of(": no more than chance would.")
    left = theme.listed(list(map(titled, found.left_out)))
    out = wording.of(" Left out, because too few rated it or all alike: {names}.", names=left) if left else ""
    return rows[["name", "change", "low", "high", "real"]], said + most + out


def titled(name: str) -> str:
    """A rated aspect as people call it: a KPI's title, else its heading."""
    return kpis.KPIS[name].title if name in kpis.KPIS else name


# --- What if


def candidates(dataset: Dataset, name: str, found: View) -> dict[str, dict[str, str]]:
    """What can be held against each other in *what if*: kind → key → name, only kinds with two or more."""
    out = {}
    for kind in KINDS:
        rows = found.table[found.table["kind"] == kind] if len(found.table) else found.table
        names = dict(zip(rows["key"], rows["name"].map(titled), strict=True)) if len(rows) else {}
        if kind == "aspect":
            names = {each.column: titled(each.column) for each in aspects.rated(dataset, name)}
        if len(names) > 1:
            out[kind] = names
    return out


def worst_and_best(found: View, kind: str, names: dict[str, str]) -> tuple[str, str]:
    """The pair a reader asks for first: what pulls down most, as good as what lifts most."""
    if kind == "aspect":
        points = found.placed[kind].points.sort_values("performance") if kind in found.placed else pd.DataFrame()
        order = [key for key in points["key"] if key in names] if len(points) else []
    else:
        rows = found.table[(found.table["kind"] == kind) & found.table["key"].isin(names)]
        side = rows["difference"] * (1 if found.good else -1)
        order = rows.assign(side=side).sort_values("side")["key"].tolist()
    order = list(dict.fromkeys([*order, *names])) if len(order) < 2 else order
    return order[0], order[-1]


def what_if(dataset: Dataset, name: str, kind: str, driver: str, like: str, where: Filter, min_base: int) -> WhatIf:
    """What the KPI would be if `driver` were as good as `like`; what cannot be told says why in `says`."""
    try:
        return drivers.what_if(dataset, name, driver, like, "" if kind == "aspect" else kind, where, min_base)
    except FilterError as error:
        return WhatIf(None, None, None, 0, str(error))


# --- Words and bars


def _bars(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    ends = ("low", "high") if measure == "difference" else (f"{measure}_low", f"{measure}_high")
    out = rows.rename(columns={measure: "change", ends[0]: "begin", ends[1]: "end"})
    out["name"] = out["name"].map(titled)
    out = out[["kind", "key", "name", "change", "begin", "end", "real"]].rename(columns={"begin": "low", "end": "high"})
    out = out.sort_values(["real", "change"], key=lambda c: c.abs() if c.name == "change" else c, ascending=False)
    return out.head(MOST).sort_values("change", ascending=False, kind="stable").reset_index(drop=True)


def _finding(rows: pd.DataFrame, kpi: kpis.Kpi, good: bool) -> str:
    """The strongest driver down and up, of those that are real."""
    real = rows[rows["real"]]
    down, up = real[real["impact"] < 0].nsmallest(1, "impact"), real[real["impact"] > 0].nlargest(1, "impact")
    said = [
        wording.of(MOVES[good, rises], name=row["name"], kpi=kpi.title, points=theme.signed(row["impact"], kpi.unit))
        for frame, rises in ((down, False), (up, True)) for _, row in frame.iterrows()
    ]  # fmt: skip
    return "; ".join(said) or wording.of("Nothing people talk about moves {kpi} beyond noise", kpi=kpi.title)


MOVES = {
    (True, False): wording.noted("{name} pulls down {kpi} most ({points})"),
    (True, True): wording.noted("{name} lifts {kpi} most ({points})"),
    (False, False): wording.noted("{name} lowers, to the better, {kpi} most ({points})"),
    (False, True): wording.noted("{name} raises, to the worse, {kpi} most ({points})"),
}
"""What the strongest driver does, by whether up is good for the KPI and whether it goes up."""
