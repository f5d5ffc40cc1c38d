"""What others report: benchmarks of an industry that people bring along in a file, beside our own, both with intervals."""

import csv
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cx.errors import IntakeError
from cx.intake import delimited
from cx.measure import compare, estimate, goals, kpis
from cx.measure.estimate import UNKNOWN, Difference
from cx.schema import Scale
from cx.store.datasets import Dataset
from cx.view import wording
from cx.view.filters import ALL, Filter

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


class Benchmark(NamedTuple):
    """What others report: a KPI's value in an industry, from `n` answers (None: not told), with source and year."""

    industry: str
    kpi: str
    value: float
    n: int | None
    source: str
    year: int


def from_bytes(raw: bytes, name: str) -> list[Benchmark]:
    """The benchmarks in a file, whatever its encoding. Raises IntakeError as `from_text` does."""
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise IntakeError(wording.of("{file} is a workbook. Save its sheet as CSV.", file=name))
    if len(raw) > MOST_BYTES:
        size = wording.decimal(len(raw) / 1e6, 1)
        raise IntakeError(
            wording.of("{file} has {size} MB; a file of benchmarks has 1 MB at most.", file=name, size=size)
        )
    return from_text(raw.decode(delimited.encoding_of([raw]).codec, "replace"), name)


def from_text(text: str, name: str = "benchmarks.csv") -> list[Benchmark]:
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
                file=name, missing=goals.quoted(missing), all=", ".join(HEADINGS),
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
    elif name in kpis.KPIS and not goals.within(kpis.KPIS[name], value):
        out.append(
            ("value", wording.of("{value} is not{bounds}", value=cells["value"], bounds=goals.bounds(kpis.KPIS[name])))
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
    rows = (
        goals.estimates(dataset, given.kpi, where, min_base) if given.kpi in kpis.available(dataset) else pd.DataFrame()
    )
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
