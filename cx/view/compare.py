"""Two groups of customers side by side, as people look at them: what differs for real, what could not be seen, who differs most."""

from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd

from cx.errors import FilterError
from cx.measure import compare, kpis, segments, tally, trends
from cx.store.datasets import Dataset
from cx.store.derived import Derived
from cx.view import called, theme, wording
from cx.view.filters import EMPTY, Filter, parsed_day, quoted

Days = tuple[date, date]

LISTED = 200
"""Values of a column that can be chosen from a list, those with most responses; others are typed."""

SHOWN = 12
"""Segments in the chart of those that differ most."""

TOLD = 2
"""KPIs in the headline."""

ASKED = {"scale": 0.2}
"""The difference that the sentence on power asks for, by unit; points and percent: `POINTS`."""

POINTS = 5.0

SIDE, THIS, REST = "@side", "this", "rest"


class Choice(NamedTuple):
    """What is compared, B against A: two periods where `column` is '', else two values of a column.

    `a` None: everyone else. A column of numbers is named by its ranges (`revenue (ranges)`).
    """

    column: str = ""
    a: str | None = None
    b: str = EMPTY
    before: Days | None = None
    after: Days | None = None

    @property
    def words(self) -> tuple[str, str]:
        """A and B as people call them."""
        if self.before and self.after:
            return Filter(*self.before).period(), Filter(*self.after).period()
        no_value = wording.of("(no value)")
        a, b = (worded(self.column, value or "") or no_value for value in (self.a, self.b))
        return wording.of("everyone else") if self.a is None else a, b

    def url(self) -> dict[str, str]:
        """The query parameters that mean this choice."""
        if self.before and self.after:
            return {"before": spelled(self.before), "after": spelled(self.after)}
        return {"column": self.column, "b": self.b} | ({} if self.a is None else {"a": self.a})


class View(NamedTuple):
    """`rows` as `compare.between`, with `name` (title, and the scale where there are several) and `good` (whether up is
    good); the `finding`, the sentence on `power`, `notes`; `why` there is nothing to compare, or ''."""

    rows: pd.DataFrame
    finding: str
    power: str
    notes: tuple[str, ...]
    why: str


# --- What can be compared


def columns(dataset: Dataset) -> list[str]:
    """The columns whose values can be held against each other; those of numbers under the name of their ranges."""
    numbers = segments.numeric(dataset)
    found = [segments.ranges(name) if name in numbers else name for name in segments.columns(dataset, numbers)]
    plain = [name for name in dataset.splits if name != "sentiment_label" and not name.endswith(" scale")]
    return list(dict.fromkeys([*found, *(name for name in plain if name not in numbers)]))


def title(column: str) -> str:
    """What a column of `columns` is called: as in the file, but for what is added to those that are cut into ranges."""
    bare = column.removesuffix(segments.ranges(""))
    return column if bare == column else wording.of("{name} (ranges)", name=bare)


def worded(column: str, value: str) -> str:
    """What a value of a column of `columns` is called: as in the file, but for ranges of numbers."""
    return called.range_(value) if column.endswith(segments.ranges("")) else value


def spoken(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `differing` with their columns and values as people call them."""
    values = [worded(column, value) for column, value in zip(rows["column"], rows["value"], strict=True)]
    return rows.assign(column=rows["column"].map(title), value=values)


def values(dataset: Dataset, column: str, where: Filter) -> list[str]:
    """The values of a column of `columns`, most frequent first, at most `LISTED`; those the filter leaves."""
    held, own = cut(dataset, column, where)
    allowed = dict(where.where).get(own)
    found = tally.values(held, own, LISTED)
    return [value for value in found if value in allowed] if allowed else found


def cut(dataset: Dataset, column: str, where: Filter) -> tuple[Dataset, str]:
    """The dataset in which a column of `columns` stands, and its name there. Raises FilterError for an unknown one."""
    bare = column.removesuffix(segments.ranges(""))
    if column in dataset.responses or bare == column:
        return dataset, dataset.resolve(column)
    own = dataset.resolve(bare)
    return segments.cut(dataset, own, where=where), segments.ranges(own)


def given(text: str) -> Days | None:
    """The period in `2026-01-01:2026-03-31`, either end first; None when it is none."""
    first, _, last = text.partition(":")
    begin, end = parsed_day(first), parsed_day(last)
    return (min(begin, end), max(begin, end)) if begin and end else None


def spelled(days: Days) -> str:
    """A period as `given` reads it."""
    return f"{days[0].isoformat()}:{days[1].isoformat()}"


def recent(dataset: Dataset, where: Filter) -> tuple[Days, Days] | None:
    """The two periods that are compared when none are chosen, earlier and later; None without dates."""
    at = trends.windows(dataset, where)
    return ((at.begin_before, at.end_before), (at.begin, at.end)) if at else None


def time_before(days: Days) -> Days:
    """As long a time, directly before: whole months before whole months."""
    return trends.as_long_before(*days), days[0] - timedelta(days=1)


def overlapping(one: Days, other: Days) -> bool:
    """Whether two periods have a day in common."""
    return one[0] <= other[1] and other[0] <= one[1]


# --- The comparison


def view(dataset: Dataset, choice: Choice, name: str, where: Filter, min_base: int) -> View:
    """The comparison over the responses that fit; `name` is the KPI the sentence on power is about."""
    try:
        rows = between(dataset, choice, where, min_base)
    except FilterError as error:
        return View(pd.DataFrame(), "", "", (), str(error))
    if rows.empty:
        return View(rows, "", "", (), wording.of("This dataset has no scores and no analysed comments."))
    several = rows.groupby("kpi")["scale"].transform("nunique") > 1
    scaled = [wording.of("{kpi} (scale {scale})", kpi=row["title"], scale=row["scale"]) for _, row in rows.iterrows()]
    rows["name"] = rows["title"].where(~several, scaled)
    rows["good"] = [kpis.up_is_good(dataset, row["kpi"], row["scale"]) for _, row in rows.iterrows()]
    scatter = where.in_period(None, None) if choice.before else where
    return View(rows, finding(rows, choice), _power(dataset, rows, name, scatter, min_base), _notes(rows, choice), "")


def between(dataset: Dataset, choice: Choice, where: Filter, min_base: int) -> pd.DataFrame:
    """B against A as `compare.between`. Raises FilterError, in plain words, where the two are no two."""
    if choice.before and choice.after:
        _dated(dataset)
        return compare.periods(dataset, choice.before, choice.after, where, min_base=min_base)
    held, own = cut(dataset, choice.column, where)
    _allowed(choice, own, where)
    if choice.a is not None:
        return compare.values(held, own, choice.a, choice.b, where, min_base=min_base)
    if own not in held.responses:
        raise FilterError(f"'{choice.column}' is said of mentions: choose two of its values, not one and the rest.")
    both = sided(held, own, choice.b)
    rest, this = (where.with_values(SIDE, [side]) for side in (REST, THIS))
    return compare.between(both, rest, this, min_base=min_base)


def sided(held: Dataset, own: str, value: str) -> Derived:
    """The dataset with a column `SIDE` that tells who has a value (`THIS`) from everybody else (`REST`)."""
    worked_out = held.added.get(own) if isinstance(held, Derived) else None
    cell, bound = worked_out or (quoted(own), [])
    inside = f"coalesce(CAST({cell} AS VARCHAR), '') = ?"
    return Derived(held, {SIDE: f"CASE WHEN {inside} THEN '{THIS}' ELSE '{REST}' END"}, values=[*bound, value])


def _dated(dataset: Dataset) -> None:
    if trends.span(dataset) is None:
        raise FilterError("This dataset has no dates: periods cannot be compared.")


def _allowed(choice: Choice, own: str, where: Filter) -> None:
    held = dict(where.where).get(own)
    outside = [value for value in (choice.a, choice.b) if held and value is not None and value not in held]
    if outside:
        raise FilterError(f"The filter on '{own}' leaves out '{outside[0]}': take the filter away to compare it.")
    if held and choice.a is None and set(held) == {choice.b}:
        raise FilterError(f"The filter leaves only '{choice.b}' of '{own}': there is nobody to compare with.")


def finding(rows: pd.DataFrame, choice: Choice) -> str:
    """What differs: `South against North: NPS up 14 points, real; CSAT up 6 points, within noise`."""
    a, b = choice.words
    known = rows[rows["change"].notna()]
    if known.empty:
        return wording.of("Too few answers to compare {b} with {a}", a=a, b=b)
    order = {name: place for place, name in enumerate([*kpis.HEADLINE, *kpis.KPIS])}
    known = known.assign(place=known["kpi"].map(order), base=known[["n_a", "n_b"]].min(axis=1))
    known = known.sort_values(["place", "base"], ascending=[True, False], kind="stable").drop_duplicates("kpi")
    first = known.sort_values("real", ascending=False, kind="stable").head(TOLD)
    said = [
        f"{row['name']} {compare.sentence(row['change'], bool(row['real']), row['unit'])}"
        for _, row in first.iterrows()
    ]
    return wording.of("{b} against {a}: {said}", a=a, b=b, said="; ".join(said))


def _power(dataset: Dataset, rows: pd.DataFrame, name: str, where: Filter, min_base: int) -> str:
    """What this comparison could have shown, and what it takes to see a small difference."""
    own = rows[rows["kpi"] == name].sort_values("n_a", ascending=False)
    unit, title = kpis.KPIS[name].unit, kpis.KPIS[name].title
    found = compare.power(dataset, name, ASKED.get(unit, POINTS), where, min_base)
    if own.empty or not found:
        return wording.of("{kpi}: nobody was asked.", kpi=title)
    row, planned = own.iloc[0], max(found, key=lambda each: each.n)
    many = {"kpi": title, "a": wording.whole(row["n_a"]), "b": wording.whole(row["n_b"])}
    if pd.notna(row["unseen"]) and row["unseen"] > 0:
        said = wording.of(
            "{kpi}: with {a} and {b} responses a difference under {size} can stay unseen",
            size=compare.size(row["unseen"], unit, up=True), **many,
        )  # fmt: skip
    else:
        said = wording.of("{kpi}: with {a} and {b} responses there is no telling which difference can be seen", **many)
    if planned.per_side is None:
        return f"{said}; {planned.says}."
    asked, each = compare.size(ASKED.get(unit, POINTS), unit), wording.whole(planned.per_side)
    return said + wording.of("; to see {size}, {n} responses are needed on each side.", size=asked, n=each)


def _notes(rows: pd.DataFrame, choice: Choice) -> tuple[str, ...]:
    """Which KPIs have no number, and why."""
    sides = dict(zip("ab", choice.words, strict=True))
    out = []
    for side, other in (("a", "b"), ("b", "a")):
        only = rows[(rows[f"n_{side}"] > 0) & (rows[f"n_{other}"] == 0)]
        if len(only):
            names = theme.listed(only["name"].tolist())
            out.append(wording.of("Answered only by {side}: {names}.", side=sides[side], names=names))
    few = rows[rows["change"].isna() & (rows["n_a"] > 0) & (rows["n_b"] > 0)]
    out += [f"{row['name']}: {row['says']}." for _, row in few.iterrows()]
    none = rows[(rows["n_a"] == 0) & (rows["n_b"] == 0)]
    if len(none):
        out.append(wording.of("Answered on neither side: {names}.", names=theme.listed(none["name"].tolist())))
    scaled = rows[rows["name"] != rows["title"]]["title"].drop_duplicates()
    if len(scaled):
        names = theme.listed(scaled.tolist())
        out.append(wording.of("Asked on several scales, compared on each apart: {names}.", names=names))
    return tuple(out)


# --- Who differs most


class Differing(NamedTuple):
    """The segments that differ: `rows` as `segments.differing` with `name` and `change`, the `finding`, and whether up
    is good for the KPI."""

    rows: pd.DataFrame
    finding: str
    good: bool


def differing(dataset: Dataset, name: str, where: Filter, min_base: int) -> Differing:
    """Every value of every column against the rest, the largest real impact first."""
    rows = segments.differing(dataset, name, where, min_base=min_base)
    kpi = kpis.KPIS[name].title
    if rows.empty:
        none = wording.of("No column splits customers into groups that could be compared in {kpi}", kpi=kpi)
        return Differing(rows, none, True)
    said = spoken(rows)
    names = [f"{column}: {value}" for column, value in zip(said["column"], said["value"], strict=True)]
    rows = rows.assign(name=names, change=rows["difference"])
    good = kpis.up_is_good(dataset, name, str(rows["scale"].iloc[0] or ""))
    told = rows[rows["change"].notna()]
    if told.empty:
        few = wording.of("Too few answers in any group to compare them in {kpi}", kpi=kpi)
        return Differing(rows, few, good)
    real = told[told["real"]]
    if real.empty:
        same = wording.of("No segment differs from the rest in {kpi} beyond noise", kpi=kpi)
        return Differing(rows, same, good)
    first = [f"{row['name']} {row['says']}" for _, row in real.head(TOLD).iterrows()]
    return Differing(rows, f"{kpi}: {'; '.join(first)}", good)


def bars(found: Differing) -> pd.DataFrame:
    """The rows of the chart: those that can be told, real ones first, then in the order of their difference."""
    shown = found.rows[found.rows["change"].notna()].head(SHOWN) if len(found.rows) else found.rows
    return shown.sort_values("change", ascending=False, kind="stable") if len(shown) else shown
