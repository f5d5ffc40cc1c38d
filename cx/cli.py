"""The command line: a thin translation. Exit 0 done, 2 not done with one line on stderr, never a traceback."""

import io
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cx.errors import CXError, MappingError

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False,
    help="Felicific: from an export of customer feedback to numbers one can trust.",
)  # fmt: skip

Files = Annotated[list[Path], typer.Argument(help="Exports: CSV, TSV, XLSX, JSON, JSON Lines, Parquet.")]
Map = Annotated[list[str], typer.Option("--map", help="COLUMN=ROLE: what a column is for, when the guess is wrong.")]

STOPPED = 130
"""What Typer answers for Ctrl+C."""


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
    given = _given(files, map)
    from cx import imports

    _tell(imports.into_folder(imports.for_several(given), out, _Told(), taxonomy))


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
    from cx.principal import LOCAL
    from cx.store import datasets

    if kind not in ("responses", "purchases"):
        raise MappingError(f"--as {kind}: only 'purchases' can be imported as something else.")
    given, slug = _given(files, map), datasets.slug(name) if name else datasets.suggested(files[0].name)
    from cx import imports

    given = imports.for_several(given)
    if kind == "purchases":
        version = imports.purchases(LOCAL, slug, given)
        _tell_purchases(datasets.open_dataset(LOCAL, slug, version).manifest["purchases"])
    else:
        version = imports.into(LOCAL, slug, given, _Told(), add, taxonomy)
        _tell(datasets.open_dataset(LOCAL, slug, version).manifest)
    print(f"{slug} {version}")


@app.command()
def kpis(
    where: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder written by analyze, or a dataset's (version).")
    ],
    by: Annotated[list[str], typer.Option(help="A column to split by.")] = [],  # noqa: B006
    filters_: Annotated[list[str], typer.Option("--where", help="COLUMN=VALUE: only these responses.")] = [],  # noqa: B006
    min_base: Annotated[int, typer.Option(help="Below this many responses a number is not shown.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Print the KPIs of a dataset with their intervals and bases."""
    from cx.measure import kpis as measured
    from cx.store.datasets import Dataset
    from cx.view import filters

    versions = sorted(where.glob("[0-9]*/manifest.json"))
    dataset = Dataset(versions[-1].parent if versions else where)
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

    raw = _there(file).open("rb") if file else sys.stdin.buffer
    with io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="\n") as lines:
        for line in lines:
            found = scorer.score(line.rstrip("\r\n"))
            scored = {"score": found.score, "label": found.label, "evidence": [list(pair) for pair in found.evidence]}
            print(json.dumps(scored, ensure_ascii=False))


@app.command()
def privacy(dataset: str) -> None:
    """Mask what is stored again, by today's rules, in a new version; the versions before go."""
    from cx import imports
    from cx.principal import LOCAL
    from cx.store import datasets

    slug = datasets.slug(dataset)
    version = imports.remasked(LOCAL, slug, _Told())
    found = datasets.open_dataset(LOCAL, slug, version).manifest["masked"]
    counts = ", ".join(f"{number:,} {kind}" for kind, number in sorted(found.items())) or "nothing new"
    sys.stderr.write(f"Masked: {counts}. The versions before are gone.\n")
    print(f"{slug} {version}")


@app.command()
def forget(dataset: str, customers: list[str]) -> None:
    """Erase customers from every version of a dataset, its originals and rejects."""
    from cx.principal import LOCAL
    from cx.store import datasets, erasure

    erased = erasure.forget(LOCAL, datasets.slug(dataset), customers)
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
    with datasets.writing():
        datasets.delete(LOCAL, "sample")
        print(f"sample {imports.into(LOCAL, 'sample', files, _Told())}")


def main() -> None:
    """Runs the command line and turns errors into one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if not os.environ.get("CX_DEBUG"):  # what libraries tell developers is no notice; set for other processes, too
        warnings.simplefilter("ignore")
        os.environ.setdefault("PYTHONWARNINGS", "ignore")
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
        if code == STOPPED:
            _fail("Stopped.")
    except CXError as error:
        _fail(str(error))
    except BrokenPipeError:  # whoever read along has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        _fail(f"{error.filename or 'File'}: {error.strerror or error}.")
    except Exception as error:
        told = getattr(error, "format_message", None)  # click's own errors of usage
        if told is None and os.environ.get("CX_DEBUG"):
            raise
        _fail(
            f"{told().rstrip('.')}. See python -m cx --help."
            if told
            else f"Something unexpected happened: {type(error).__name__}: {str(error)[:200]}"
        )
    sys.exit(code if isinstance(code, int) else 0)


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
    there, mapped = [_there(file) for file in files], {}
    for word in roles:
        column, equals, role = word.rpartition("=")
        if not equals or not column:
            raise MappingError(f"Cannot read --map '{word}': write it as COLUMN=ROLE.")
        mapped[column] = role.strip()
    from cx.pipeline import Given

    return [Given(file, file.name, mapped) for file in there]


def _there(file: Path) -> Path:
    if not file.is_file():
        raise CXError(f"There is no file '{file}'. Check the path.")
    return file


def _tell(manifest: dict) -> None:
    counts = [f"{manifest[f'rows_{name}']:,} {name}" for name in ("in", "kept", "duplicate", "rejected")]
    sys.stderr.write("Rows: " + ", ".join(counts) + ".\n")
    for notice in manifest["notices"]:
        sys.stderr.write(f"Notice: {' '.join(notice.split())}\n")


def _tell_purchases(said: dict) -> None:
    counts = [f"{said[f'rows_{name}']:,} {name}" for name in ("in", "duplicate", "rejected")]
    sys.stderr.write(f"Purchases: {', '.join(counts)}; now {said['rows']:,} of {said['customers']:,} customers.\n")


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


def _fail(message: str) -> NoReturn:
    sys.stderr.write(" ".join(message.split()) + "\n")
    sys.exit(2)
