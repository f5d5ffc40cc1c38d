"""The command line: a thin translation. Exit 0 done, 2 not done with one line on stderr, never a traceback."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cx.errors import CXError, MappingError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Felicific: from an export of customer feedback to numbers one can trust.",
)  # fmt: skip

Files = Annotated[list[Path], typer.Argument(help="Exports: CSV, TSV, XLSX, JSON, JSON Lines, Parquet.")]
Map = Annotated[list[str], typer.Option("--map", help="COLUMN=ROLE: what a column is for, when the guess is wrong.")]


@app.command()
def inspect(file: Path) -> None:
    """Print what a file is and what its columns are for, as JSON. Stores nothing."""
    from cx.intake import mapping, read, sources

    table = read.open_table(_there(file))
    plan = mapping.plan(table, sources.recognise(table), {})
    _print_json(plan.as_json())


@app.command()
def analyze(
    files: Files,
    out: Annotated[Path, typer.Option(help="The folder to write into.")],
    map: Map = [],  # noqa: B006
    taxonomy: Annotated[Path | None, typer.Option(help="A taxonomy of your own (TOML).")] = None,
) -> None:
    """Run the whole pipeline on files and write responses, mentions, topics and the manifest into a folder."""
    from cx import pipeline
    from cx.store import datasets

    given = _given(files, map)
    out.mkdir(parents=True, exist_ok=True)
    (out / "manifest.json").unlink(missing_ok=True)  # until the new one is there, the folder holds no dataset
    for stale in ("rejects.csv", "original.csv.gz", "purchases.parquet"):
        (out / stale).unlink(missing_ok=True)
    manifest = pipeline.analyze(given, out, out.resolve().name, datasets.key(), _Told(), taxonomy)
    _tell(manifest)


@app.command("import")
def import_(
    files: Files,
    name: Annotated[str, typer.Option(help="The dataset; else the first file's name.")] = "",
    map: Map = [],  # noqa: B006
    add: Annotated[bool, typer.Option("--add", help="Add another source to an existing dataset.")] = False,
    kind: Annotated[str, typer.Option("--as", help="'purchases': customer, date and revenue.")] = "responses",
    taxonomy: Annotated[Path | None, typer.Option(help="A taxonomy of your own (TOML).")] = None,
) -> None:
    """Import files as a dataset that the app shows, or as its next version."""
    from cx import imports
    from cx.principal import LOCAL
    from cx.store import datasets

    given = _given(files, map)
    slug = datasets.slug(name or files[0].stem)
    if kind == "purchases":
        version = "".join(imports.purchases(LOCAL, slug, file) for file in given[:1])
    elif kind == "responses":
        version = imports.into(LOCAL, slug, given, _Told(), add, taxonomy)
    else:
        raise MappingError(f"--as {kind}: only 'purchases' can be imported as something else.")
    _tell(datasets.open_dataset(LOCAL, slug, version).manifest)
    print(f"{slug} {version}")


@app.command()
def kpis(
    where: Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by analyze, or a dataset's version.")],
    by: Annotated[list[str], typer.Option(help="A column to split by.")] = [],  # noqa: B006
    filters_: Annotated[list[str], typer.Option("--where", help="COLUMN=VALUE: only these responses.")] = [],  # noqa: B006
    min_base: Annotated[int, typer.Option(help="Below this many responses a number is not shown.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Print the KPIs of a dataset with their intervals and bases."""
    from cx.measure import kpis as measured
    from cx.store.datasets import Dataset
    from cx.view import filters

    dataset = Dataset(where)
    given = filters.from_words(filters_)
    resolved = filters.Filter(where=tuple((dataset.resolve(name), values) for name, values in given.where))
    columns = [dataset.resolve(name) for name in by]
    table = measured.table(dataset, columns, resolved, min_base).rename(columns=dict(zip(columns, by, strict=True)))
    rows = json.loads(table.to_json(orient="records", date_format="iso", double_precision=10))
    if as_json:
        _print_json(rows)
        return
    _print_table(rows, ["kpi", *by, "scale", "value", "low", "high", "n"])


@app.command()
def sentiment(
    file: Annotated[Path | None, typer.Argument(help="One text per line; else standard input.")] = None,
) -> None:
    """Score one text per line: JSON lines with score, label and the words that made it."""
    from cx.text import sentiment as scorer

    stream = _there(file).open(encoding="utf-8-sig", errors="replace", newline="\n") if file else sys.stdin
    with stream:
        for line in stream:
            found = scorer.score(line.strip("\r\n"))
            print(
                json.dumps(
                    {"score": found.score, "label": found.label, "evidence": [list(pair) for pair in found.evidence]},
                    ensure_ascii=False,
                )
            )


@app.command()
def privacy(dataset: str) -> None:
    """Mask what is stored again, by today's rules, in a new version."""
    from cx import imports
    from cx.principal import LOCAL

    print(f"{dataset} {imports.remasked(LOCAL, dataset, _Told())}")


@app.command()
def forget(dataset: str, customers: list[str]) -> None:
    """Erase customers from every version of a dataset, its originals and rejects."""
    from cx.principal import LOCAL
    from cx.store import erasure

    erased = erasure.forget(LOCAL, dataset, customers)
    print(f"{erased.responses} responses of {erased.customers} customers erased from {erased.versions} versions.")


@app.command()
def check() -> None:
    """Verify every stored dataset version; exit 2 when something is wrong."""
    from cx.principal import LOCAL
    from cx.store import datasets

    names = datasets.names(LOCAL)
    problems = [problem for name in names for problem in datasets.check(LOCAL, name)]
    for problem in problems:
        print(problem)
    if problems:
        raise CXError(f"{len(problems)} problems in {len(names)} datasets.")
    print(f"{len(names)} datasets, no problem found.")


@app.command(hidden=True)
def work(job: str) -> None:
    """Run a queued job. The app starts this; it is no command for people."""
    from cx import jobs

    jobs.work(job)


@app.command()
def demo(
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Only when there is no dataset at all.")] = False,
) -> None:
    """Load the generated sample data as one dataset named 'sample'."""
    from cx.principal import LOCAL
    from cx.store import datasets

    if if_empty and datasets.names(LOCAL):
        return
    from cx import imports

    folder = Path(__file__).parents[1] / "sample_data"
    files = [imports.Given(path, path.name, {}) for path in sorted(folder.glob("*.csv"))]
    if "sample" in datasets.names(LOCAL):
        datasets.delete(LOCAL, "sample")
    print(f"sample {imports.into(LOCAL, 'sample', files, _Told())}")


def main() -> None:
    """Runs the command line and turns errors into one line and exit code 2."""
    try:
        app(standalone_mode=False)
    except CXError as error:
        _fail(" ".join(str(error).split()))
    except (typer.Exit, SystemExit) as leaving:
        sys.exit(getattr(leaving, "exit_code", getattr(leaving, "code", 0)))
    except (typer.Abort, KeyboardInterrupt):
        _fail("Stopped.")
    except OSError as error:
        _fail(f"{error.strerror or 'Not possible'}: {error.filename or error}")
    except Exception as error:
        usage = getattr(error, "format_message", None)  # click's own errors of usage
        if usage is None and os.environ.get("CX_DEBUG"):
            raise
        _fail(usage() if usage else f"Something unexpected happened: {type(error).__name__}: {str(error)[:200]}")


class _Told:
    """Progress on stderr, one line that is written over; one line per step where stderr is no terminal."""

    def __init__(self) -> None:
        self.step = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Tells that `done` of `total` rows of a step are done."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{step}: {done:,} of {total:,}" + ("\n" if total and done >= total else ""))
        elif step != self.step:
            sys.stderr.write(f"{step} …\n")
        self.step = step
        sys.stderr.flush()


def _given(files: list[Path], roles: list[str]) -> list:
    from cx.pipeline import Given

    mapped = {}
    for word in roles:
        column, equals, role = word.rpartition("=")
        if not equals or not column:
            raise MappingError(f"Cannot read --map '{word}': write it as COLUMN=ROLE.")
        mapped[column] = role
    return [Given(_there(file), file.name, mapped) for file in files]


def _there(file: Path) -> Path:
    if not file.is_file():
        raise CXError(f"There is no file '{file}'.")
    return file


def _tell(manifest: dict) -> None:
    counts = [f"{manifest[f'rows_{name}']:,} {name}" for name in ("in", "kept", "duplicate", "rejected")]
    sys.stderr.write("Rows: " + ", ".join(counts) + ".\n")
    for notice in manifest["notices"]:
        sys.stderr.write(f"Notice: {' '.join(notice.split())}\n")


def _print_json(content: object) -> None:
    print(json.dumps(content, indent=1, ensure_ascii=False))


def _print_table(rows: list[dict], columns: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns)
    for row in rows:
        cells = [row.get(column) for column in columns]
        table.add_row(
            *("–" if cell is None else f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in cells)
        )
    Console().print(table)


def _fail(message: str) -> None:
    sys.stderr.write(message + "\n")
    sys.exit(2)
