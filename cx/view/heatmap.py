"""Two dimensions against each other: where in the journey customers met the company, and how that was; or any other two."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd

from cx.measure import cells as measured
from cx.measure import estimate, kpis, tally
from cx.measure.tally import OWN
from cx.store.datasets import MENTION, Dataset
from cx.view import dimensions, search, theme, wording
from cx.view.dimensions import Dimension
from cx.view.filters import Filter
from cx.view.search import Comment

ROW, COLUMN = MENTION + "touchpoint", MENTION + "stage"
VOLUME = "volume"
MOST_ROWS, MOST_COLUMNS = 20, 10
"""Values shown of a dimension, those with most mentions (responses where nothing is said)."""

MARKS = {-1: " ▼", 0: "", 1: " ▲"}

COUNTED = {"mentions": lambda: wording.of("Mentions"), "responses": lambda: wording.of("Responses")}
"""What is counted → its title in the reader's language."""


class Map(NamedTuple):
    """The cells: row, column (as people call them), row_key, column_key, value, low, high, n, m, shown, label, small, say,
    mark (−1 below, 1 above the overall for real, 0 neither); `totals` the same with None where a margin runs over all.

    `unnamed`: percent of what is counted that has no value in one of the dimensions; `kind`: diverging, sequential,
    volume; `counts`: what m counts; `tested`: cells held against the overall; `words`: what the overall is.
    """

    cells: pd.DataFrame
    rows: list[str]
    columns: list[str]
    unnamed: float
    kind: str
    totals: pd.DataFrame = pd.DataFrame()
    axes: tuple[Dimension, ...] = ()
    counts: str = "mentions"
    tested: int = 0
    words: str = ""


def measures(dataset: Dataset) -> dict[str, str]:
    """What a cell can show: name → title. Sentiment and volume of mentions, and the headline KPIs of the dataset."""
    have = kpis.available(dataset)
    first = [name for name in ("net_sentiment",) if name in have]
    rest = [name for name in kpis.HEADLINE if name in have and name not in first]
    return (
        {name: kpis.KPIS[name].title for name in first}
        | {VOLUME: wording.of("Volume")}
        | {n: kpis.KPIS[n].title for n in rest}
    )


def build(dataset: Dataset, measure: str, where: Filter, min_base: int, row: str = ROW, column: str = COLUMN) -> Map:
    """The map of a measure over two dimensions (names of `dimensions.choices`). Cells below the base are there, without a
    number; rows run from most to least said. Raises FilterError for a dimension the dataset has not."""
    held, own_row = dimensions.cut(dataset, row, where)
    held, own_column = dimensions.cut(held, column, where)
    spoken = row in dimensions.SPOKEN or column in dimensions.SPOKEN
    count: Callable = tally.spoken if spoken else tally.volume
    sizes = count(held, [OWN + own_row, OWN + own_column], where)
    sizes = sizes if spoken else sizes.assign(m=sizes["n"])
    titles = dimensions.choices(dataset)
    axes = (
        dimensions.of(dataset, row, own_row, sizes, MOST_ROWS, titles),
        dimensions.of(dataset, column, own_column, sizes, MOST_COLUMNS, titles),
    )
    keyed = sizes.assign(row=measured.text(sizes[OWN + own_row]), column=measured.text(sizes[OWN + own_column]))
    named = keyed[keyed["row"].isin(axes[0].keys) & keyed["column"].isin(axes[1].keys)]
    counts = "mentions" if spoken else "responses"
    if named.empty:
        return Map(pd.DataFrame(), [], [], _unnamed(keyed, axes), "volume", axes=axes, counts=counts)
    found = _volumes(held, axes, where, named, count, min_base) if measure == VOLUME else measured.crossed(
        held, measure, own_row, own_column, where, min_base, (axes[0].keys, axes[1].keys)
    )  # fmt: skip
    cells = named[["row", "column", "m"]].merge(found.cells, on=["row", "column"], how="left", suffixes=("", "_"))
    told = _Telling(measure, counts, axes, found.overall)
    return Map(
        told.cells(cells), list(axes[0].names), list(axes[1].names), _unnamed(keyed, axes), _kind(measure),
        told.cells(_margins(found, named)), axes, counts, int(cells["p"].notna().sum()), told.words,
    )  # fmt: skip


def _unnamed(keyed: pd.DataFrame, axes: tuple[Dimension, ...]) -> float:
    """Percent of what is counted that has no value in one of the dimensions."""
    total = keyed["m"].sum()
    named = pd.Series(True, index=keyed.index)
    for side, axis in zip(("row", "column"), axes, strict=True):
        named &= keyed[side].notna() & ~keyed[side].isin(dimensions.UNNAMED if axis.spoken else ("",))
    return float(100 * (1 - keyed.loc[named, "m"].sum() / total)) if total else 0.0


def _volumes(
    held: Dataset, axes: tuple[Dimension, ...], where: Filter, named: pd.DataFrame, count: Callable, min_base: int
) -> measured.Crossed:
    """How much is said in the cells, at the margins and overall, as if it were a KPI; a count is its own interval."""
    frames = [named[["row", "column", "n", "m"]]]
    for side, axis in zip(("row", "column"), axes, strict=True):
        per = count(held, [OWN + axis.column], where).rename(columns={OWN + axis.column: side})
        per = per.assign(**{side: measured.text(per[side])})
        frames.append(per[per[side].isin(axis.keys)])
    frames.append(count(held, (), where))
    out = []
    for frame in frames:
        said = frame["m" if "m" in frame else "n"].astype(float)
        rows = frame.assign(value=said, low=said, high=said, mid=said, se=0.0)
        out.append(estimate.suppressed(rows.drop(columns="m", errors="ignore"), min_base))
    return measured.Crossed(out[0].assign(change=float("nan"), p=float("nan"), real=False), *out[1:])


def _margins(found: measured.Crossed, named: pd.DataFrame) -> pd.DataFrame:
    """Rows over all columns, columns over all rows, and the whole; m is what the map itself holds of it."""
    rows = found.rows.assign(column=None, m=found.rows["row"].map(named.groupby("row")["m"].sum()))
    columns = found.columns.assign(row=None, m=found.columns["column"].map(named.groupby("column")["m"].sum()))
    whole = found.overall.assign(row=None, column=None, m=named["m"].sum())
    kept = ["row", "column", "value", "low", "high", "n", "m"]
    filled = [frame[kept].astype({"row": object, "column": object}) for frame in (rows, columns, whole) if len(frame)]
    return pd.concat(filled, ignore_index=True).assign(real=False, change=float("nan"))


class _Telling:
    """Adds to cells what they say: label, small figure, mark and sentence."""

    def __init__(self, measure: str, counts: str, axes: tuple[Dimension, ...], overall: pd.DataFrame) -> None:
        kpi = kpis.KPIS.get(measure)
        self.counts, self.kpi = counts, kpi
        self.unit = kpi.unit if kpi else "count"
        self.title = kpi.title if kpi else COUNTED[counts]()
        self.names = [dict(zip(axis.keys, axis.names, strict=True)) for axis in axes]
        whole = overall["value"].iloc[0] if len(overall) else None
        self.words = theme.number(whole, self.unit)

    def cells(self, rows: pd.DataFrame) -> pd.DataFrame:
        out = rows.assign(row_key=rows["row"], column_key=rows["column"])
        for side, names in zip(("row", "column"), self.names, strict=True):
            out[side] = pd.Series([names.get(key) for key in out[side]], index=out.index, dtype=object)
        out["n"], out["m"] = out["n"].fillna(0).astype(int), out["m"].fillna(0).astype(int)
        out["shown"] = out["value"].notna()
        real = out["real"].fillna(False).astype(bool)
        out["mark"] = [
            0 if not sure else 1 if change > 0 else -1 for sure, change in zip(real, out["change"], strict=True)
        ]
        out["label"] = [
            theme.number(value, self.unit) + MARKS[mark] if shown else "·"
            for value, mark, shown in zip(out["value"], out["mark"], out["shown"], strict=True)
        ]
        out["small"] = [theme.base(n) for n in out["n"]]
        out["say"] = [self._say(row) for row in out.to_dict("records")]
        return out

    def _say(self, row: dict) -> str:
        where = ", ".join(row[side] for side in ("row", "column") if row[side] is not None) or wording.of("everything")
        said = f"{where}: {theme.sentence(self.title, estimate.of_row(pd.Series(row)), self.unit)}"
        if self.kpi and self.counts == "mentions" and not (row["row"] is None and row["column"] is None):
            said += wording.of("; {many} mentions", many=wording.whole(row["m"]))
        if row["mark"]:
            said += (
                wording.of("; above the overall ({overall}) for real", overall=self.words)
                if row["mark"] > 0
                else wording.of("; below the overall ({overall}) for real", overall=self.words)
            )
        return said


def _kind(measure: str) -> str:
    """How the measure is coloured: balances diverge around zero, volume runs from zero, others from least to most."""
    if measure == VOLUME:
        return "volume"
    return "diverging" if kpis.KPIS[measure].unit == "points" else "sequential"


FURTHEST = (
    wording.noted("{row} in {column} is furthest below ({value})"),
    wording.noted("{row} in {column} is furthest above ({value})"),
)


def finding(found: Map, measure: str) -> str:
    """The cells that stand out from the overall for real, the worst first; for volume, where most is said."""
    shown = found.cells[found.cells["shown"]] if len(found.cells) else found.cells
    if shown.empty:
        return wording.of("No cell has enough answers to show a number")
    if measure == VOLUME:
        top = shown.sort_values("m", kind="stable").iloc[-1]
        many = {"row": top["row"], "column": top["column"], "many": wording.whole(top["m"])}
        if found.counts == "mentions":
            return wording.of("Most is said about {row} in {column}: {many} mentions", **many)
        return wording.of("Most is said about {row} in {column}: {many} responses", **many)
    real = shown[shown["mark"] != 0].sort_values("value", kind="stable")
    title = kpis.KPIS[measure].title
    if real.empty:
        return wording.of(
            "{title}: no cell differs from the overall ({overall}) beyond noise", title=title, overall=found.words
        )
    below, above = real[real["mark"] < 0].head(1), real[real["mark"] > 0].tail(1)
    said = [wording.of(sentence, row=row["row"], column=row["column"], value=theme.number(row["value"], kpis.KPIS[measure].unit))
            for rows, sentence in zip((below, above), FURTHEST, strict=True) for _, row in rows.iterrows()]  # fmt: skip
    return wording.of(
        "{title} is {overall} overall: {cells}", title=title, overall=found.words, cells=theme.listed(said)
    )


def opened(found: Map, cell: dict, where: Filter) -> tuple[Filter, dict[str, str]] | None:
    """What Comments must look for to show a cell's or a margin's comments: a filter and facets; None for ranges of
    numbers, which the address does not know."""
    keys = (cell["row_key"], cell["column_key"])
    if any(axis.cut and key is not None for axis, key in zip(found.axes, keys, strict=True)):
        return None
    return meant(found.axes, keys, where)


def meant(axes: Sequence[Dimension], keys: Sequence[str | None], where: Filter) -> tuple[Filter, dict[str, str]]:
    """A filter and facets of mentions for the values of two dimensions; None stands for all of them."""
    facets: dict[str, str] = {}
    for axis, key in zip(axes, keys, strict=True):
        if key is not None and axis.spoken:
            facets[axis.name.removeprefix(MENTION)] = key
        elif key is not None:
            where = where.with_values(axis.column, [key])
    return where, facets


def comments(
    dataset: Dataset, axes: Sequence[Dimension], keys: Sequence[str | None], where: Filter
) -> tuple[int, list[Comment]]:
    """How many comments a cell has, and the latest of them; ranges of numbers are cut as in the map."""
    held = dataset
    for axis in axes:
        held, _ = dimensions.cut(held, axis.name, where)
    chosen, facets = meant(axes, keys, where)
    find = search.Find(**facets)
    return search.count(held, find, chosen)[0], search.page(held, find, chosen)


def place(found: Map, at: int) -> dict:
    """The cell or the margin at a place of the picture and of the table: cells first, then totals."""
    rows = found.cells if at < len(found.cells) else found.totals
    return rows.iloc[at if at < len(found.cells) else at - len(found.cells)].to_dict()


def table(found: Map) -> pd.DataFrame:
    """The map as a table, totals last (`All`); `overall` says which cells differ from it for real."""
    both = pd.concat([found.cells, found.totals], ignore_index=True)
    row, column = (wording.small(axis.title) for axis in found.axes)
    titles = [row, column if column != row else f"{column} "]
    out = pd.DataFrame({
        title: [name if name is not None else wording.of("All") for name in both[side]]
        for title, side in zip(titles, ("row", "column"), strict=True)
    })  # fmt: skip
    out[["value", "low", "high"]] = both[["value", "low", "high"]].astype(float)
    out["responses"], out[found.counts if found.counts == "mentions" else "in the map"] = both["n"], both["m"]
    out["overall"] = both["mark"].map({-1: "below", 1: "above", 0: ""})
    return out


def notes(found: Map, measure: str, min_base: int) -> list[str]:
    """How to read the map, what it leaves out, and what its marks mean."""
    what = COUNTED[found.counts]() if measure == VOLUME else kpis.KPIS[measure].title
    said = [
        wording.of(
            "Large: {what}; small: responses. Grey with a dot: fewer than {least} responses, not shown. Click a cell or a total "
            "to read its comments.",
            what=wording.inside(what), least=min_base,
        )
    ]  # fmt: skip
    if found.tested:
        said.append(
            wording.of(
                "▲ above and ▼ below the overall ({overall}) for real: all {many} cells were tested together, so that at most "
                "one mark in twenty is chance. A cell without a mark may differ, too: its answers cannot tell.",
                overall=found.words, many=found.tested,
            )
        )  # fmt: skip
    said += [axis.left_out for axis in found.axes if axis.left_out]
    first, second = (wording.small(axis.title) for axis in found.axes)
    if found.unnamed >= 0.5:
        named = {"share": wording.whole(found.unnamed), "first": first, "second": second}
        said.append(
            wording.of(
                "{share} % of mentions name no {first} or {second}; totals count them where they belong.", **named
            )
            if found.counts == "mentions"
            else wording.of(
                "{share} % of responses name no {first} or {second}; totals count them where they belong.", **named
            )
        )
    return said
