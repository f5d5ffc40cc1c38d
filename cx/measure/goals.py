"""Where a KPI should be: targets with a date, and benchmarks of an industry that people bring along, both with intervals."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cx.errors import FilterError, IntakeError
from cx.intake import delimited
from cx.measure import compare, estimate, kpis, pillars, tally, trends
from cx.measure.estimate import UNKNOWN, Difference, Estimate
from cx.schema import Scale
from cx.store.datasets import Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter, day, parsed_day

REACHED, LIKELY, OPEN, MISSED, LATE, FEW, GONE = (
    wording.noted("reached"), wording.noted("at target, within noise"), wording.noted("below target, within noise"),
    wording.noted("missed for now"), wording.noted("missed"), wording.noted("too few answers"),
    wording.noted("cannot be judged"),
)  # fmt: skip
"""How a target stands; `LATE` once its day has passed, `GONE` when the data no longer have what it is about."""

HEADINGS = ("industry", "kpi", "value", "n", "source", "year")
TEMPLATE = """industry,kpi,value,n,source,year
Retailers US,cx_index,82,,Forrester by 1to1 Media,2013
Training workshops,nps,48.37,889,The Carpentries,2018
"""
"""A file of benchmarks as it should look, with two published figures (docs/benchmarks_published.md)."""

MOST_ERRORS = 20
LONGEST_CELL = 200
YEARS = (1950, 2100)
MOST_ANSWERS = 10**10
MOST_BYTES = 1_000_000


MEASURED = kpis.KPIS | pillars.SCORES
"""What a target can be set for, by name: KPIs, and the scores of pillars."""


class Target(NamedTuple):
    """A KPI's value to be reached by a day, in a segment (`where`, whose period is that in which it is judged)."""

    kpi: str
    value: float
    due: date
    where: Filter = ALL

    def as_json(self) -> dict[str, Any]:
        """For records; the inverse of `target`."""
        filters = {name: list(values) for name, values in self.where.where}
        return {"kpi": self.kpi, "value": self.value, "due": self.due.isoformat(), "where": filters}


def target(given: dict[str, Any]) -> Target:
    """A target from its record. Raises FilterError for a KPI there is none of, a value out of its range, or no day."""
    name, value, due = given.get("kpi"), given.get("value"), parsed_day(str(given.get("due", "")))
    if name not in MEASURED:
        raise FilterError(
            wording.of("There is no KPI '{kpi}'. There are: {names}.", kpi=name, names=", ".join(MEASURED))
        )
    kpi = MEASURED[str(name)]
    if isinstance(value, bool) or not isinstance(value, int | float) or not _within(kpi, float(value)):
        raise FilterError(
            wording.of(
                "A target for {kpi} is a number{bounds}, not '{value}'.",
                kpi=kpi.title,
                bounds=_bounds(kpi),
                value=value,
            )
        )
    if due is None:
        raise FilterError(
            wording.of(
                "The target for {kpi} needs a day, such as 2026-12-31, not '{day}'.",
                kpi=kpi.title,
                day=given.get("due"),
            )
        )
    if not DUE[0] <= due.year <= DUE[1]:
        raise FilterError(
            wording.of(
                "{day} is no day for a target: {first} to {last}.", day=due.isoformat(), first=DUE[0], last=DUE[1]
            )
        )
    where = tuple(sorted((column, tuple(values)) for column, values in (given.get("where") or {}).items()))
    return Target(kpi.name, float(value), due, Filter(where=where))


DUE = (1970, 2100)
"""Years in which the day of a target may lie: others are slips of the pen."""


def measured(dataset: Dataset) -> list[str]:
    """What targets can be set for in this dataset: names of `MEASURED`."""
    return [*kpis.available(dataset), *pillars.available(dataset)]


def fitting(dataset: Dataset, goal: Target) -> Target:
    """The target with its segment's columns as the dataset calls them. Raises FilterError when it cannot be judged
    there: no answers for the KPI, a value off its scale, a column that is no segment, a value that no response has."""
    kpi, have = MEASURED[goal.kpi], measured(dataset)
    if goal.kpi not in have:
        held = ", ".join(have) or wording.of("no KPI")
        raise FilterError(
            wording.of("The dataset has no answers for {kpi}. It has: {names}.", kpi=kpi.title, names=held)
        )
    scales = dataset.scales(kpi.columns[0]) if kpi.unit == "scale" else []
    if scales and not any(scale.min <= goal.value <= scale.max for scale in scales):
        spelled = wording.of(" or ").join(scale.name for scale in scales)
        raise FilterError(
            wording.of(
                "A target for {kpi} lies on its scale ({scales}), not at {value}.",
                kpi=kpi.title, scales=spelled, value=f"{goal.value:g}",
            )
        )  # fmt: skip
    where = {}
    for name, wanted in goal.where.where:
        column = dataset.resolve(name)
        if column not in dataset.segments:
            there_are = ", ".join(dataset.segments) or wording.of("none")
            raise FilterError(wording.of("'{name}' is no segment. There are: {names}.", name=name, names=there_are))
        there = tally.values(dataset, column)
        if missing := [value for value in wanted if value not in there]:
            raise FilterError(
                wording.of(
                    "No response has {column} = '{value}'. There are: {names}.",
                    column=column, value=missing[0], names=", ".join(filter(None, there[:20])),
                )
            )  # fmt: skip
        where[column] = wanted
    return goal._replace(where=goal.where._replace(where=tuple(sorted(where.items()))))


class Standing(NamedTuple):
    """How a target stands: the KPI now, how far it is from the target (`gap` = value − target, better being positive
    or negative by the KPI), the verdict and a sentence."""

    target: Target
    scale: str
    value: Estimate
    gap: float | None
    verdict: str
    says: str


def judged(dataset: Dataset, goal: Target, today: date | None = None, min_base: int = 10) -> Standing:
    """How a target stands, over its segment in the latest period (`trends.windows`), or in that of its filter.

    Reached when the whole interval is on the good side of the target, missed when it is on the bad side; between them
    it is at or below the target within noise. Once the day has passed nothing after it counts.
    """
    now, kpi = today or date.today(), MEASURED[goal.kpi]
    wanted = wording.of("{kpi} {value} by {day}", kpi=kpi.title, value=_plain(goal.value, kpi.unit), day=day(goal.due))
    if lost := _lost(dataset, goal):
        told = f"{wanted}: {wording.of(GONE)}, {lost}"
        return Standing(goal, "", Estimate(None, None, None, 0), None, GONE, told)
    where = _judged_in(dataset, goal, now)
    value, scale = _value(dataset, goal.kpi, where, min_base, now)
    verdict = _verdict(value, goal, now, up_is_good(dataset, goal.kpi, scale))
    gap = None if value.value is None else value.value - goal.value
    told = f"{wanted}: {wording.of(verdict)}"
    if value.value is not None and value.low is not None and value.high is not None:
        numbers = [_plain(part, kpi.unit) for part in (value.value, value.low, value.high)]
        told += wording.of(
            " (now {value}, {low} to {high}, n {n}, {period})",
            value=numbers[0], low=numbers[1], high=numbers[2], n=wording.whole(value.n), period=where.period(),
        )  # fmt: skip
    return Standing(goal, scale, value, gap, verdict, told)


def _lost(dataset: Dataset, goal: Target) -> str:
    """What a target needs and a later version of the dataset has not; '' when all is there."""
    if goal.kpi not in measured(dataset):
        return wording.of("the dataset has no answers for it")
    gone = [column for column in goal.where.columns if column not in dataset.responses]
    return wording.of("the dataset has no column {names} any more", names=_quoted(gone)) if gone else ""


def _judged_in(dataset: Dataset, goal: Target, now: date) -> Filter:
    where = goal.where
    if where.begin is None and where.end is None and trends.span(dataset):  # without dates all there is counts
        until = min(goal.due, now)
        at = trends.windows(dataset, where.in_period(None, until))
        where = where.in_period(at.begin if at else None, min(at.end, until) if at else until)
    return where


def _value(dataset: Dataset, name: str, where: Filter, min_base: int, now: date) -> tuple[Estimate, str]:
    """What a target is held against, and the scale it is on (that of most answers)."""
    if name in pillars.SCORES:
        return pillars.score(dataset, name, where, min_base, now), ""
    rows = _estimates(dataset, name, where, min_base)
    if rows.empty:
        return Estimate(None, None, None, 0), ""
    row = rows.sort_values("n", ascending=False).iloc[0]
    return estimate.of_row(row), str(row.get("scale", ""))


def up_is_good(dataset: Dataset, name: str, scale: str = "") -> bool:
    """Whether a higher number is the better one, of all that targets can be set for."""
    return name in pillars.SCORES or kpis.up_is_good(dataset, name, scale)


def _verdict(value: Estimate, goal: Target, now: date, up: bool) -> str:
    if value.value is None or value.low is None or value.high is None:
        return FEW
    worst, best, shown, wanted = value.low, value.high, value.value, goal.value
    if not up:
        worst, best, shown, wanted = -value.high, -value.low, -value.value, -goal.value
    if worst >= wanted:
        return REACHED
    if best < wanted:
        return LATE if now > goal.due else MISSED
    return LIKELY if shown >= wanted else OPEN


def _estimates(dataset: Dataset, name: str, where: Filter, min_base: int) -> pd.DataFrame:
    return trends.estimates(name, kpis.counted(dataset, name, (), where), (), min_base)


# --- Benchmarks


class Benchmark(NamedTuple):
    """What others report: a KPI's value in an industry, from `n` answers (None: not told), with source and year."""

    industry: str
    kpi: str
    value: float
    n: int | None
    source: str
    year: int


def from_bytes(raw: bytes, name: str) -> list[Benchmark]:
    """The benchmarks in a file, whatever its encoding. Raises IntakeError as `benchmarks` does."""
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise IntakeError(wording.of("{file} is a workbook. Save its sheet as CSV.", file=name))
    if len(raw) > MOST_BYTES:
        size = wording.decimal(len(raw) / 1e6, 1)
        raise IntakeError(
            wording.of("{file} has {size} MB; a file of benchmarks has 1 MB at most.", file=name, size=size)
        )
    return benchmarks(raw.decode(delimited.encoding_of([raw]).codec, "replace"), name)


def benchmarks(text: str, name: str = "benchmarks.csv") -> list[Benchmark]:
    """The benchmarks in a CSV with the columns industry, KPI, value, n, source, year (any order; n may be empty).

    Raises IntakeError that names each row (as a spreadsheet counts them) and column that cannot be read, and why.
    """
    lines = text.removeprefix("\ufeff")
    try:
        separator = csv.Sniffer().sniff(lines[:2000].splitlines()[0] if lines.strip() else ",", ",;\t").delimiter
    except csv.Error:
        separator = ","
    rows = csv.reader(io.StringIO(lines, newline=""), delimiter=separator)
    try:
        return _read(rows, name)
    except csv.Error as error:
        raise IntakeError(
            wording.of("{file}: row {row} cannot be read as CSV ({error}).", file=name, row=rows.line_num, error=error)
        ) from error


def _read(rows: Any, name: str) -> list[Benchmark]:
    heading = [cell.strip().casefold() for cell in next(rows, [])]
    if missing := [column for column in HEADINGS if column not in heading]:
        raise IntakeError(
            wording.of(
                "{file}: row 1 has no column {missing}. It needs {all}.",
                file=name, missing=_quoted(missing), all=", ".join(HEADINGS),
            )
        )  # fmt: skip
    found, wrong = [], []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        cells = {
            column: row[heading.index(column)].strip() if heading.index(column) < len(row) else ""
            for column in HEADINGS
        }
        problems = _problems(cells)
        wrong += [
            wording.of("row {row}, column {column}: {problem}", row=rows.line_num, column=column, problem=problem)
            for column, problem in problems
        ]
        if not problems:
            n = int(_number(cells["n"]) or 0) if cells["n"] else None
            value = _number(cells["value"]) or 0.0
            found.append(
                Benchmark(
                    cells["industry"], _kpi(cells["kpi"]), value, n, cells["source"], int(_number(cells["year"]) or 0)
                )
            )
    if wrong:
        more = wording.of("; and {n} more", n=len(wrong) - MOST_ERRORS) if len(wrong) > MOST_ERRORS else ""
        raise IntakeError(f"{name}: {'; '.join(wrong[:MOST_ERRORS])}{more}.")
    if not found:
        raise IntakeError(wording.of("{file}: there is no row under the heading.", file=name))
    return found


def _problems(cells: dict[str, str]) -> list[tuple[str, str]]:
    """(column, what is wrong with it) of a row."""
    out = [(column, wording.of("is empty")) for column in ("industry", "source") if not cells[column]]
    long = wording.of("is longer than {n} characters", n=LONGEST_CELL)
    out += [(column, long) for column in ("industry", "source")
            if len(cells[column]) > LONGEST_CELL]  # fmt: skip
    name, value, n = _kpi(cells["kpi"]), _number(cells["value"]), _number(cells["n"])
    if name not in kpis.KPIS:
        out.append(
            (
                "kpi",
                wording.of("'{name}' is no KPI; there are {names}", name=cells["kpi"][:40], names=", ".join(kpis.KPIS)),
            )
        )
    if value is None:
        out.append(("value", wording.of("'{value}' is no number", value=cells["value"][:40])))
    elif name in kpis.KPIS and not _within(kpis.KPIS[name], value):
        out.append(
            ("value", wording.of("{value} is not{bounds}", value=cells["value"], bounds=_bounds(kpis.KPIS[name])))
        )
    if cells["n"] and (n is None or not 1 <= n <= MOST_ANSWERS or n != int(n)):
        out.append(("n", wording.of("'{value}' is no number of answers", value=cells["n"][:40])))
    year = _number(cells["year"])
    if year is None or year != int(year) or not YEARS[0] <= year <= YEARS[1]:
        out.append(("year", wording.of("'{value}' is no year", value=cells["year"][:40])))
    return sorted(out, key=lambda problem: HEADINGS.index(problem[0]))


def compared(dataset: Dataset, given: Sequence[Benchmark], where: Filter = ALL, min_base: int = 10) -> pd.DataFrame:
    """Ours against each benchmark, with both intervals; tested together (Benjamini–Hochberg).

    Columns industry, kpi, title, unit, scale, source, year, ours, ours_low, ours_high, n, theirs, theirs_low,
    theirs_high, n_theirs, change (ours − theirs), low, high, p, real, says. A benchmark without n has no interval and
    is taken as exact, which is said. Theirs for NPS, the index and means is the widest interval its value allows
    (all answers at the ends): from a published value alone no more is known. A mean is compared only where ours was
    asked on one scale that can have its value.
    """
    rows = [row for each in given for row in [_beside(dataset, each, where, min_base)]]
    out = pd.DataFrame(rows, columns=BESIDE)
    out["real"] = compare.corrected(out["p"].astype(float))
    out["says"] = [_said(row) for row in out.to_dict("records")]
    return out


BESIDE = [
    "industry", "kpi", "title", "unit", "scale", "source", "year", "ours", "ours_low", "ours_high", "n", "theirs",
    "theirs_low", "theirs_high", "n_theirs", "change", "low", "high", "p",
]  # fmt: skip


def _beside(dataset: Dataset, given: Benchmark, where: Filter, min_base: int) -> dict[str, Any]:
    kpi = kpis.KPIS[given.kpi]
    rows = _estimates(dataset, given.kpi, where, min_base) if given.kpi in kpis.available(dataset) else pd.DataFrame()
    out: dict[str, Any] = dict.fromkeys(BESIDE, None)
    out |= given._asdict() | {"title": kpi.title, "unit": kpi.unit, "theirs": given.value, "n_theirs": given.n, "n": 0}
    scales = dataset.scales(kpi.columns[0]) if kpi.unit == "scale" else []
    if len(scales) > 1 or any(not scale.min <= given.value <= scale.max for scale in scales):
        return out | {"scale": "other"}
    theirs = _theirs(given, scales[0] if scales else None)
    low, high = (None, None) if theirs is None else (float(theirs["low"]), float(theirs["high"]))
    out |= {"theirs_low": low, "theirs_high": high}
    if rows.empty:
        return out
    own = rows.sort_values("n", ascending=False).iloc[0]
    ours = estimate.of_row(own)
    difference = _difference(own, theirs, given.value)
    shown = {"ours": ours.value, "ours_low": ours.low, "ours_high": ours.high, "n": ours.n}
    return out | shown | difference._asdict() | {"change": difference.value, "scale": str(own.get("scale", ""))}


def _difference(own: pd.Series, theirs: pd.Series | None, value: float) -> Difference:
    if pd.isna(own["value"]):
        return UNKNOWN
    exact = pd.Series({"value": value, "mid": value, "se": 0.0, "df": np.inf})
    return estimate.difference(own, exact if theirs is None else theirs)


def _theirs(given: Benchmark, scale: Scale | None) -> pd.Series | None:
    """The interval of a published value: of a share Wilson's; else with the largest variance the value allows."""
    if given.n is None:
        return None
    kpi = kpis.KPIS[given.kpi]
    one = pd.DataFrame({"n": [given.n], "base": [float(given.n)], "mean": [given.value / 100]})
    if kpi.unit == "percent":
        return estimate.scaled(estimate.wilson(one), 100).iloc[0]
    if scale is None:
        return estimate.scaled(estimate.adjusted_wald(one.assign(var=1 - one["mean"] ** 2)), 100).iloc[0]
    widest = (scale.max - given.value) * (given.value - scale.min)
    found = estimate.student(one.assign(mean=given.value, var=widest)).iloc[0]
    return found if given.n > 1 else None


def _said(row: dict[Any, Any]) -> str:
    if row["scale"] == "other":
        return wording.of("not comparable: ours is not on the scale of {value}", value=f"{row['theirs']:g}")
    if row["change"] is None or pd.isna(row["change"]):
        few = wording.of("too few to compare (n {n})", n=wording.whole(int(row["n"])))
        return few if row["n"] else wording.of("we have no answers for it")
    against = f"{row['industry']} {row['year']}"
    words = (
        wording.of("above {name}", name=against), wording.of("below {name}", name=against),
        wording.of("like {name}", name=against),
    )  # fmt: skip
    told = compare.sentence(row["change"], bool(row["real"]), row["unit"], None, words)
    return told + (
        wording.of("; the source tells no base, so its noise is unknown") if pd.isna(row["n_theirs"]) else ""
    )


def _kpi(word: str) -> str:
    """A KPI by its name or its title, however it is spelled."""
    folded = word.strip().casefold().replace(" ", "_").replace("-", "_")
    titles = {kpi.title.casefold().replace(" ", "_"): kpi.name for kpi in kpis.KPIS.values()}
    return titles.get(folded, folded)


def _number(cell: str) -> float | None:
    plain = cell.replace("−", "-")
    try:
        value = float(plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _within(kpi: kpis.Kpi, value: float) -> bool:
    return np.isfinite(value) and (kpi.low is None or value >= kpi.low) and (kpi.high is None or value <= kpi.high)


def _bounds(kpi: kpis.Kpi) -> str:
    return (
        ""
        if kpi.low is None or kpi.high is None
        else wording.of(" between {low} and {high}", low=f"{kpi.low:g}", high=f"{kpi.high:g}").replace("-", "−")
    )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _plain(value: float, unit: str) -> str:
    told = wording.decimal(value, 1) if unit == "scale" else f"{value:.0f}"
    return ("0" if told == "-0" else told.replace("-", "−")) + (" %" if unit == "percent" else "")
