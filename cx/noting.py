"""Commands of the command line for what people settle: settings, annotations, targets, benchmarks, names of personas."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cx import opening, telling
from cx.errors import CXError, FilterError, NoteError

if TYPE_CHECKING:
    from cx.measure import personas
    from cx.measure.benchmarks import Benchmark
    from cx.store.datasets import Dataset

Id = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="The number of what goes.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of sentences.")]


def add(app: typer.Typer) -> None:
    """Registers the commands."""
    for command in (settings, annotate, targets, benchmarks, personas_):
        app.command(command.__name__.rstrip("_"))(command)


def settings(
    dataset: str,
    changes: Annotated[list[str] | None, typer.Argument(help="NAME=VALUE, such as first_month=4.")] = None,
    weigh: Annotated[
        Path | None, typer.Option("--weights", help="A CSV with column, value, share to weight to.")
    ] = None,
    unweighted: Annotated[bool, typer.Option("--no-weights", help="Weight to no shares any more.")] = False,
) -> None:
    """Print how a dataset is counted, or change it: minimum base, fiscal year, week, bands, terms of value, weights."""
    from cx.measure import weights
    from cx.principal import LOCAL
    from cx.settings import read
    from cx.store import datasets, records

    slug = datasets.slug(dataset)
    found = datasets.open_dataset(LOCAL, slug)
    chosen = read(changes or [])
    if weigh:
        chosen["margins"] = {column: dict(shares) for column, shares in opening.margins(weigh)}
        if why := weights.raked(found, chosen["margins"]).why:
            raise FilterError(why)
    elif unweighted:
        chosen["margins"] = {}
    telling.as_json(records.settle(LOCAL, slug, chosen).as_json() if chosen else records.settings_of(slug).as_json())


def annotate(
    dataset: str,
    text: Annotated[str, typer.Argument(help="What happened: a release, a strike.")] = "",
    on: Annotated[str, typer.Option(help="The day, such as 2026-03-31.")] = "",
    until: Annotated[str, typer.Option(help="The last day, if it lasted.")] = "",
    change: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="The number of the annotation that says it so from now on.")] = 0,
    delete: Id = 0,
    list_: Annotated[bool, typer.Option("--list", help="List the annotations.")] = False,
) -> None:  # fmt: skip
    """Write an annotation on all charts over time, change, delete or list them."""
    from cx.principal import LOCAL
    from cx.store import notes

    slug = opening.slug(opening.named(dataset))
    if delete:
        notes.delete_annotation(LOCAL, slug, delete)
        print(f"Annotation {delete} deleted.")
    elif list_ or not (text or on or until or change):
        for each in notes.annotations(LOCAL, slug):
            print(f"{each.id}  {each.when()}: {each.text} ({each.author}, {each.created:%Y-%m-%d %H:%M} UTC)")
    elif not on:
        raise NoteError("An annotation needs a day: --on 2026-03-31.")
    else:
        first, last = _day(on, "--on"), _day(until, "--until") if until else None
        if change:
            notes.change_annotation(LOCAL, slug, change, text, first, last)
        print(f"{slug} {change or notes.annotate(LOCAL, slug, text, first, last)}")


def targets(
    dataset: str,
    set_: Annotated[str, typer.Option("--set", help="KPI=VALUE: a target to be reached.")] = "",
    by: Annotated[str, typer.Option(help="The day by which, such as 2026-12-31.")] = "",
    where: Annotated[list[str], typer.Option(help="COLUMN=VALUE: only in this segment.")] = [],  # noqa: B006
    delete: Id = 0,
    as_json: AsJson = False,
) -> None:
    """Print how targets stand today; set one or delete one."""
    from cx.principal import LOCAL
    from cx.store import notes

    found = opening.named(dataset)
    slug = opening.slug(found)
    if delete:
        notes.delete_target(LOCAL, slug, delete)
        print(f"Target {delete} deleted.")
    elif set_:
        from cx.measure import goals

        print(f"{slug} {notes.add_target(LOCAL, slug, goals.fitting(found, _target(set_, by, where)).as_json())}")
    elif by or where:
        raise FilterError("--by and --where go with --set, for example --set nps=40 --by 2026-12-31.")
    else:
        _standing(slug, found, as_json)


def _target(given: str, by: str, where: list[str]) -> Any:
    from cx.measure import goals
    from cx.view import filters

    name, equals, value = given.partition("=")
    try:
        wanted = float(value.replace("−", "-"))
    except ValueError:
        equals = ""
    if not equals:
        raise FilterError(f"Cannot read --set '{given}': write it as KPI=VALUE, for example nps=40.")
    filtered = filters.from_words(where)
    return goals.target({"kpi": name.strip(), "value": wanted, "due": by})._replace(where=filtered)


def _standing(slug: str, found: "Dataset", as_json: bool) -> None:
    from cx.measure import goals
    from cx.principal import LOCAL
    from cx.store import notes

    rows = []
    for kept in notes.targets(LOCAL, slug):
        goal = goals.target(kept.content)
        held = goals.judged(found, goal, date.today(), found.settings.min_base)
        now = {"now": held.value.value, "low": held.value.low, "high": held.value.high, "n": held.value.n}
        rows.append(
            {"id": kept.id} | goal.as_json() | {"scale": held.scale} | now
            | {"gap": held.gap, "verdict": held.verdict, "says": held.says, "author": kept.author}
        )  # fmt: skip
    if as_json:
        telling.as_json(rows)
        return
    for row in rows:
        segment = "".join(f" · {name}={'|'.join(held)}" for name, held in row["where"].items())
        print(f"{row['id']}  {row['says']}{segment}")


def benchmarks(
    dataset: str,
    file: Annotated[Path | None, typer.Argument(help="CSV: industry, kpi, value, n, source, year. Else those kept.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep those of the file, for all datasets.")] = False,
    delete: Id = 0,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Compare a dataset with benchmarks, those of a file or those kept, with both intervals."""
    from cx.measure import benchmarks
    from cx.principal import LOCAL
    from cx.store import notes

    found = opening.named(dataset)
    if delete:
        notes.delete_benchmarks(LOCAL, [delete])
        print(f"Benchmark {delete} deleted.")
        return
    given, ids = _benchmarks(file)
    if keep:
        notes.add_benchmarks(LOCAL, [each._asdict() for each in given])
    table = benchmarks.compared(found, given, min_base=found.settings.min_base)
    # Missing numbers are null, not NaN, which no other JSON reader understands.
    rows: list[dict[str, Any]] = [
        {"id": id_} | {str(name): None if cell != cell else cell for name, cell in row.items()}
        for id_, row in zip(ids, table.astype(object).to_dict("records"), strict=True)
    ]
    if as_json:
        telling.as_json([{**row, "real": bool(row["real"])} for row in rows])
        return
    for row in rows:
        print(
            f"{row['id'] or '–'}  {row['title']} of {row['industry']}: {_beside(row, 'theirs')}; ours {_beside(row, 'ours')}: {row['says']}"
        )


def _beside(row: dict[str, Any], side: str) -> str:
    """`35 (31 to 39, n 2,000)`; without an interval where there is none."""
    from cx.measure.estimate import Estimate
    from cx.view import theme

    n = row["n" if side == "ours" else "n_theirs"]
    held = Estimate(row[side], row[f"{side}_low"], row[f"{side}_high"], int(n or 0))
    between = f" ({theme.interval(held, row['unit'])}, {theme.base(held.n)})" if held.low is not None else ""
    return theme.number(held.value, row["unit"]) + between


def _benchmarks(file: Path | None) -> "tuple[list[Benchmark], list[int | None]]":
    """Those of the file, else those kept with their numbers."""
    from cx.measure import benchmarks
    from cx.principal import LOCAL
    from cx.store import notes

    if file is None:
        kept = notes.benchmarks(LOCAL)
        return [benchmarks.Benchmark(**each.content) for each in kept], [each.id for each in kept]
    if not file.is_file():
        raise CXError(f"There is no file '{file}'. Check the path.")
    found = benchmarks.from_bytes(file.read_bytes(), file.name)
    return found, [None] * len(found)


def personas_(
    dataset: str,
    name: Annotated[str, typer.Option(help="ID=NAME: call a persona so.")] = "",
    reset: Annotated[str, typer.Option(help="ID: back to the automatic name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Print the personas of a dataset; give one a name or take it back."""
    from cx.measure import personas
    from cx.principal import LOCAL
    from cx.store import notes

    opened = opening.named(dataset)
    slug, found = opening.slug(opened), personas.find(opened, min_base=opened.settings.min_base)
    known = personas.known(found, personas.given(notes.persona_names(LOCAL, slug)))
    if name or reset:
        _name(slug, found, known, name, reset)
        return
    rows: list[dict[str, Any]] = [
        {"id": each.id, "name": known[each.id].name if each.id in known else each.name, "automatic": each.name, "n": each.n,
         "share": each.share, "traits": [trait.words for trait in each.traits],
         "kpis": {kpi: value._asdict() for kpi, _, value in each.kpis}}
        for each in found.found
    ]  # fmt: skip
    if as_json:
        telling.as_json(rows)
        return
    if found.note:
        print(f"{found.note[:1].upper()}{found.note[1:]}.")
    telling.table(
        [row | {"traits": "; ".join(row["traits"][:2])} for row in rows], ["id", "name", "n", "share", "traits"]
    )


def _name(
    slug: str, found: "personas.Personas", known: "dict[str, personas.Given]", name: str, reset: str
) -> None:  # fmt: skip
    from cx.principal import LOCAL
    from cx.store import notes

    wanted, equals, told = name.partition("=") if name else (reset, "", "")
    if name and not equals:
        raise NoteError(f"Cannot read --name '{name}': write it as ID=NAME.")
    one = next((each for each in found.found if each.id == wanted), None)
    if one is None:
        raise NoteError(
            f"There is no persona '{wanted}'. There are: {', '.join(each.id for each in found.found) or 'none'}."
        )
    held = known.get(wanted)
    if name:
        traits = [(trait.column, trait.value, trait.effect) for trait in one.traits]
        notes.name_persona(LOCAL, slug, wanted, told, traits, held.record if held else None)
    elif held:
        notes.forget_persona_name(LOCAL, slug, held.record)
    print(f"{slug} {wanted}")


def _day(given: str, option: str) -> date:
    try:
        return datetime.strptime(given.strip(), "%Y-%m-%d").date()
    except ValueError:
        raise NoteError(f"{option} '{given}' is no day: write it as 2026-03-31.") from None
