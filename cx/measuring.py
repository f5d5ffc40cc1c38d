"""Comparisons, drivers, segments, trends and customers on the command line: what the pages say, as a table, JSON or CSV."""

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cx import telling
from cx.errors import FilterError
from cx.opening import filtered, opened, slug
from cx.schema import GENERAL, NONE

if TYPE_CHECKING:
    import pandas as pd

    from cx.store.datasets import Dataset
    from cx.view.compare import Choice
    from cx.view.filters import Filter

Where = Annotated[
    Path, typer.Argument(metavar="DATASET", help="A dataset's name, or a folder written by analyze or import.")
]
Filters = Annotated[list[str], typer.Option("--where", help="COLUMN=VALUE: only these responses.")]
Base = Annotated[int | None, typer.Option("--min-base", help="Below this many responses a number is not shown.")]
Weights = Annotated[Path | None, typer.Option("--weights", help="A CSV with column, value, share to weight to.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="CSV instead of a table.")]
Kpi = Annotated[str, typer.Option("--kpi", help="nps, csat, rating …; else the first there is.")]

COHORTS = ["cohort", "age", "size", "active", "share", "share_low", "share_high"]
STEPS = ("day", "week", "month", "quarter")


def add(app: typer.Typer) -> None:
    """Gives the command line its commands that measure: compare, drivers, segments, trends, customers."""
    for command in (compare, drivers, segments, trends, customers):
        app.command()(command)


def compare(
    dataset: Where,
    column: Annotated[str, typer.Option(help="The column whose values are compared.")] = "",
    a: Annotated[str | None, typer.Option("--a", help="The value to compare with; else everyone else.")] = None,
    b: Annotated[str | None, typer.Option("--b", help="The value that is compared.")] = None,
    before: Annotated[str, typer.Option(help="The earlier period: 2026-01-01:2026-03-31.")] = "",
    after: Annotated[str, typer.Option(help="The later period: 2026-04-01:2026-06-30.")] = "",
    filters_: Filters = [],  # noqa: B006
    min_base: Base = None,
    weigh: Weights = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Print how B differs from A in every KPI, what of it is real, and which difference can stay unseen."""
    from cx.view import compare as compared

    found = opened(dataset, weigh, min_base)
    where, base = filtered(found, filters_), found.settings.min_base
    rows = compared.between(found, _choice(found, where, column, (a, b), (before, after)), where, base)
    _say(rows, ["kpi", "scale", "a", "b", "n_a", "n_b", "change", "low", "high", "real"], as_json, as_csv)


def drivers(
    dataset: Where,
    kpi: Kpi = "",
    what_if: Annotated[
        str, typer.Option(help="DRIVER=LIKE: what the KPI would be if the one were as good as the other.")
    ] = "",
    column: Annotated[
        str, typer.Option(help="What --what-if names: touchpoint, pillar, topic, a column; else rated aspects.")
    ] = "",
    filters_: Filters = [],  # noqa: B006
    min_base: Base = None,
    weigh: Weights = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Print what moves a KPI: topics, touchpoints, pillars and rated aspects with impact, weight and quadrant."""
    found = opened(dataset, weigh, min_base)
    where, base = filtered(found, filters_), found.settings.min_base
    name = _kpi(found, kpi)
    if what_if:
        rows = _supposed(found, name, what_if, column, where, base)
        _say(rows, ["kpi", "value", "low", "high", "n", "says"], as_json, as_csv)
        return
    rows = _moving(found, name, where, base)
    columns = ["kind", "name", "n_with", "difference", "low", "high", "impact", "real", "weight", "quadrant"]
    _say(rows, columns, as_json, as_csv)


def segments(
    dataset: Where,
    kpi: Kpi = "",
    filters_: Filters = [],  # noqa: B006
    min_base: Base = None,
    weigh: Weights = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Print the groups that differ most from the rest in a KPI: every value of every column, tested together."""
    from cx.measure import segments as measured

    found = opened(dataset, weigh, min_base)
    where, base = filtered(found, filters_), found.settings.min_base
    rows = measured.differing(found, _kpi(found, kpi), where, min_base=base)
    columns = ["column", "value", "with", "without", "n_with", "difference", "low", "high", "real"]
    _say(rows, columns, as_json, as_csv)


def trends(
    dataset: Where,
    kpi: Kpi = "",
    by: Annotated[str, typer.Option(help="day, week, month or quarter; else what the time asks for.")] = "",
    filters_: Filters = [],  # noqa: B006
    min_base: Base = None,
    weigh: Weights = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Print a KPI over time, when its level changed, what was unusual, what comes next and what can stay unseen."""
    from cx.measure import trends as measured
    from cx.view import timeline

    if by and by not in STEPS:
        raise FilterError(f"--by {by}: a period is one of {', '.join(STEPS)}.")
    found = opened(dataset, weigh, min_base)
    where, base = filtered(found, filters_), found.settings.min_base
    name = _kpi(found, kpi)
    if measured.bounds(found, where) is None:
        raise FilterError("There is nothing to follow over time: no dates here, or none that fit the filter.")
    if as_json:
        telling.as_json(_course(found, name, by, where, base))
        return
    view = timeline.view(found, name, where, base, by or "auto")
    _say(view.series[["period", "value", "low", "high", "n"]], ["period", "value", "low", "high", "n"], False, as_csv)
    lines = [*view.changes, *view.unusual, view.outlook, view.unseen]
    for line in filter(None, lines):
        (sys.stderr if as_csv else sys.stdout).write(f"{line}\n")


def customers(
    dataset: Where,
    filters_: Filters = [],  # noqa: B006
    min_base: Base = None,
    weigh: Weights = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Print whether customers stay (by cohort), what they are worth, whether lost ones come back, and who they are."""
    found = opened(dataset, weigh, min_base)
    where, base = filtered(found, filters_), found.settings.min_base
    if as_csv:
        from cx.measure import value

        cohorts = value.retention(found, where, base).cohorts
        _say(cohorts.reindex(columns=COHORTS), [], False, True)
        return
    told = _people(found, where, base)
    if as_json:
        telling.as_json(told)
        return
    _tables(told)


# --- What is asked for


def _kpi(dataset: "Dataset", given: str) -> str:
    from cx.measure import kpis

    have = kpis.available(dataset)
    if not have:
        raise FilterError("This dataset has no scores and no analysed comments: there is no KPI.")
    if given and given not in have:
        what = "has no answers for" if given in kpis.KPIS else "knows no KPI"
        raise FilterError(f"The dataset {what} '{given}'. There are: {', '.join(have)}.")
    return given or have[0]


def _choice(
    dataset: "Dataset", where: "Filter", column: str, values: tuple[str | None, str | None], days: tuple[str, str]
) -> "Choice":
    from cx.view import compare as compared

    if column and not any(days):
        a, b = values
        if b is None:
            raise FilterError(
                f"Name the value of '{column}' that is compared with --b (and with --a what it is held against)."
            )
        return compared.Choice(column, a, b)
    if column or any(value is not None for value in values):
        raise FilterError("Compare two values (--column, --a, --b) or two periods (--before, --after), not both.")
    if not any(days):
        recent = compared.recent(dataset, where)
        if recent is None:
            raise FilterError("This dataset has no dates: compare two values with --column, --a and --b.")
        return compared.Choice(before=recent[0], after=recent[1])
    if not all(days):
        raise FilterError("--before and --after go together: the earlier period and the later one.")
    read = [compared.given(text) for text in days]
    for text, option, found in zip(days, ("--before", "--after"), read, strict=True):
        if found is None:
            raise FilterError(f"Cannot read {option} '{text}': write a period as 2026-01-01:2026-03-31.")
    return compared.Choice(before=read[0], after=read[1])


# --- What is answered


def _moving(dataset: "Dataset", name: str, where: "Filter", min_base: int) -> "pd.DataFrame":
    """Every driver; rated aspects with their relative weight and the quadrant it gives them. Notes go to stderr."""
    from cx.measure import drivers as measured
    from cx.measure import importance
    from cx.view import drivers as shown

    found = measured.impacts(dataset, name, where, min_base)
    weighed = importance.weigh(dataset, name, where=where)
    for note in filter(None, dict.fromkeys([found.note, weighed.note])):
        sys.stderr.write(f"Note: {' '.join(note.split())}\n")
    return shown.with_weights(found.rows, weighed)


def _supposed(dataset: "Dataset", name: str, asked: str, column: str, where: "Filter", min_base: int) -> "pd.DataFrame":
    """What a KPI would be if the one named in `DRIVER=LIKE` were as good as the other, as a row."""
    from cx.measure import drivers as measured

    driver, equals, like = asked.partition("=")
    if not equals or not driver or not like:
        raise FilterError(f"Cannot read --what-if '{asked}': write it as DRIVER=LIKE, for example delivery=billing.")
    if not column:
        column, driver, like = _kind(dataset, driver, like)
    return _frame([{"kpi": name, **measured.what_if(dataset, name, driver, like, column, where, min_base)._asdict()}])


def _kind(dataset: "Dataset", driver: str, like: str) -> tuple[str, str, str]:
    """What both names are: values of a kind of drivers (topics also by name), or rated aspects ('')."""
    from cx.measure import drivers as measured

    ids = {name: key for key, name in measured.topic_names(dataset).items()}
    strange = ""
    for kind, column in measured.KINDS.items():
        known = set(dataset.query(f'SELECT DISTINCT "{column}" AS value FROM facts')["value"].dropna())
        two = [ids.get(name, name) if kind == "topic" else name for name in (driver, like)]
        missing = [name for name, held in zip((driver, like), two, strict=True) if held not in known]
        if not missing:
            return kind, two[0], two[1]
        if len(missing) == 1:
            listed = ", ".join(sorted(known - {NONE, GENERAL})[:20]) if kind != "topic" else "those on the page Topics"
            strange = f"'{missing[0]}' is no {kind} of this dataset. There are: {listed}."
    if strange:
        raise FilterError(strange)
    other = [name for name in (driver, like) if name not in dataset.responses]
    if other:
        raise FilterError(f"'{other[0]}' is no touchpoint, pillar, topic or rated aspect of this dataset.")
    return "", driver, like


def _course(dataset: "Dataset", name: str, by: str, where: "Filter", min_base: int) -> dict[str, Any]:
    """The series of a KPI with everything said about it, for programs."""
    from cx.measure import anomalies, changepoints, kpis, seasons
    from cx.measure import trends as measured

    at = measured.bounds(dataset, where)
    step = by or (measured.grain(*at) if at else "month")
    series = measured.follow(dataset, name, where, min_base, step)
    kpi = kpis.KPIS[name]
    points = [point._asdict() for point in changepoints.found(dataset, name, where)]
    ahead = seasons.forecast(series, step, kpi.low, kpi.high, dataset.settings.calendar)
    return {
        "kpi": name,
        "unit": kpi.unit,
        "by": step,
        "series": _rows(series[["period", "last", "over", "value", "low", "high", "n"]]),
        "changes": _rows(_frame(points)),
        "anomalies": _rows(anomalies.of_kpi(dataset, name, where, min_base, step)),
        "forecast": _rows(_frame([ahead._asdict()]))[0],
        "unseen": _rows(_frame([anomalies.unseen(series, step)._asdict()]))[0],
    }


def _people(dataset: "Dataset", where: "Filter", min_base: int) -> dict[str, Any]:
    """Retention with cohorts, value, recovery, consistency by channel and touchpoint, personas: for programs."""
    from cx.measure import consistency, personas, value
    from cx.measure import kpis as measured
    from cx.principal import LOCAL
    from cx.store import notes

    kept = value.retention(dataset, where, min_base)
    worth = value.clv(dataset, where)
    back = consistency.recovery(dataset, where, min_base)
    point = value.worth(dataset, where, min_base)
    names = personas.given(notes.persona_names(LOCAL, slug(dataset))) if slug(dataset) else []
    grouped = personas.named(personas.find(dataset, where, min_base=min_base), names)
    have = measured.available(dataset)
    first = next((name for name in measured.HEADLINE if name in have), None)
    alike = [
        {"by": by, "kpi": first, **_spoken(found.estimate), "notes": list(found.notes), "why": found.why}
        for by in ("channel", "touchpoint") if first and (by in dataset.responses or by == "touchpoint")
        for found in [consistency.consistency(dataset, first, dataset.resolve(by), where, min_base)]
    ]  # fmt: skip
    return {
        "retention": {
            **_spoken(kept.overall), "unit": kept.unit, "cohorts": _rows(kept.cohorts), "notes": list(kept.notes),
            "why": kept.why,
        },
        "churn": _spoken(kept.churn),
        "clv": {"rows": _rows(worth.rows), "method": worth.method, "notes": list(worth.notes), "why": worth.why},
        "point_of_nps": list(point.sentences),
        "recovery": {**_spoken(back.recovered), "notes": list(back.notes), "why": back.why},
        "consistency": alike,
        "personas": [
            {"id": each.id, "name": each.name, "n": each.n, "share": each.share, "traits": [t.words for t in each.traits]}
            for each in grouped.found
        ],
        "personas_note": grouped.note,
    }  # fmt: skip


def _spoken(found: Any) -> dict[str, Any]:
    return {"value": found.value, "low": found.low, "high": found.high, "n": found.n}


def _tables(told: dict[str, Any]) -> None:
    """The same for people: what has a number as a table, the reasons for what has none below."""
    facts = [
        {"what": name, **told[name]} for name in ("retention", "churn", "recovery")
    ] + [{"what": f"consistency by {each['by']}", **each} for each in told["consistency"]]  # fmt: skip
    facts += [{"what": "clv", **row} for row in told["clv"]["rows"]]
    telling.table(facts, ["what", "value", "low", "high", "n"])
    if told["retention"]["cohorts"]:
        telling.table(told["retention"]["cohorts"], COHORTS)
    if told["personas"]:
        telling.table(
            [{**each, "traits": "; ".join(each["traits"])} for each in told["personas"]],
            ["name", "n", "share", "traits"],
        )
    reasons = [told[name].get("why") for name in ("retention", "clv", "recovery")]
    reasons += [each["why"] for each in told["consistency"]]
    for line in filter(None, [*reasons, told["personas_note"], *told["point_of_nps"]]):
        print(line)


def _frame(rows: list[dict]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(rows)


def _rows(frame: "pd.DataFrame") -> list[dict]:
    """Rows as JSON has them: days as 2026-03-31, what is missing as null."""
    from datetime import date

    def plain(cell: Any) -> Any:
        return cell.isoformat()[:10] if isinstance(cell, date) and cell == cell else cell

    days = {
        str(name): frame[name].map(plain)
        for name, kind in frame.dtypes.items()
        if str(kind) == "object" or str(kind).startswith("datetime")
    }
    return json.loads(frame.assign(**days).to_json(orient="records", date_format="iso", double_precision=10))


def _say(frame: "pd.DataFrame", columns: list[str], as_json: bool, as_csv: bool) -> None:
    """An answer as JSON (every column), CSV (every column) or a table (the columns that people read)."""
    from cx.store.ledger import formula_safe

    rows = _rows(frame)
    if as_json:
        telling.as_json(rows)
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, list(frame.columns), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: formula_safe(cell) if isinstance(cell, str) else cell for name, cell in row.items()})
    else:
        telling.table(rows, columns)
