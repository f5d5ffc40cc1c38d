"""The command line: a thin translation. Exit 0 done, 2 not done with one line on stderr, never a traceback."""

import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cx import hosting, keeping, measuring, noting, telling
from cx.errors import CXError, MappingError

if TYPE_CHECKING:
    from cx.imports import Given, Privacy, Wishes

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False,
    help="Felicific: from an export of customer feedback to numbers one can trust.",
)  # fmt: skip

measuring.add(app)

Files = Annotated[
    list[Path], typer.Argument(help="Exports: CSV, TSV, XLSX, JSON, JSON Lines, Parquet; - is standard input.")
]
Map = Annotated[list[str], typer.Option("--map", help="COLUMN=ROLE: what a column is for, when the guess is wrong.")]
Sheet = Annotated[str, typer.Option(help="The sheet of a workbook, or the file of an archive.")]
OwnTaxonomy = Annotated[Path | None, typer.Option("--taxonomy", help="A taxonomy of your own (TOML).")]
Region = Annotated[str, typer.Option(help="DE, GB …: whose telephone numbers are masked; else guessed from the file.")]
Keep = Annotated[list[str], typer.Option(help="A column of personal data that is stored all the same.")]
Names = Annotated[bool, typer.Option("--mask-names", help="Mask people's names, too (needs the package Presidio).")]
ReadableIds = Annotated[bool, typer.Option("--readable-ids", help="Keep customer ids as they are, not as pseudonyms.")]
DropEqual = Annotated[
    bool, typer.Option("--drop-equal", help="Of rows without a key that are equal in every cell keep one.")
]
KeepOriginal = Annotated[bool, typer.Option("--keep-original", help="Do not mask the stored original.")]

STOPPED = 130
"""What Typer answers for Ctrl+C."""


@app.command()
def inspect(file: Path, sheet: Sheet = "") -> None:
    """Print what a file is and what its columns are for, as JSON. Stores nothing."""
    from cx.intake import mapping, read, sources

    with _from_anywhere([file]) as (there,):
        table = read.open_table(there, None if there == file else STANDARD_INPUT, sheet or None)
        telling.as_json(mapping.plan(table, sources.recognise(table), {}).as_json())


@app.command()
def analyze(
    files: Files,
    out: Annotated[Path, typer.Option(help="The folder to write into.")],
    map: Map = [],  # noqa: B006
    sheet: Sheet = "",
    taxonomy: OwnTaxonomy = None,
    region: Region = "",
    keep: Keep = [],  # noqa: B006
    mask_names: Names = False,
    readable_ids: ReadableIds = False,
    keep_original: KeepOriginal = False,
    drop_equal: DropEqual = False,
) -> None:
    """Run the whole pipeline on files and write responses, mentions, topics and the manifest into a folder."""
    with _from_anywhere(files) as there:
        given = _given(files, there, map, sheet)
        from cx import imports

        wishes = imports.Wishes(
            True, taxonomy, _privacy(region, keep, mask_names, readable_ids, keep_original), drop_equal=drop_equal
        )
        telling.counts(imports.into_folder(imports.for_several(given), out, telling.Told(), wishes))


@app.command("import")
def import_(
    files: Annotated[list[Path] | None, typer.Argument(help="Exports, or one folder; - is standard input.")] = None,
    name: Annotated[str, typer.Option(help="The dataset; else the first file's name.")] = "",
    map: Map = [],  # noqa: B006
    sheet: Sheet = "",
    add: Annotated[bool, typer.Option("--add", help="Add another source to an existing dataset.")] = False,
    kind: Annotated[str, typer.Option("--as", help="'purchases': customer, date and revenue.")] = "responses",
    watch: Annotated[bool, typer.Option("--watch", help="Go on watching the folder for finished files.")] = False,
    sql: Annotated[str, typer.Option(help="A database's SQLAlchemy URL, without credentials (CX_SQL_USER, CX_SQL_PASSWORD).")] = "",
    query: Annotated[str, typer.Option(help="The SELECT whose answer is imported.")] = "",
    taxonomy: OwnTaxonomy = None,
    region: Region = "",
    keep: Keep = [],  # noqa: B006
    mask_names: Names = False,
    readable_ids: ReadableIds = False,
    keep_original: KeepOriginal = False,
    drop_equal: DropEqual = False,
) -> None:  # fmt: skip
    """Import files, a folder or a query as a dataset that the app shows, or as its next version."""
    if kind not in ("responses", "purchases"):
        raise MappingError(f"--as {kind}: only 'purchases' can be imported as something else.")
    from cx import imports

    wishes = imports.Wishes(
        add, taxonomy, _privacy(region, keep, mask_names, readable_ids, keep_original), drop_equal=drop_equal
    )
    with tempfile.TemporaryDirectory() as folder:
        files = [_answer(sql, query, name, Path(folder))] if sql or query else files or []
        if not files:
            raise CXError("Nothing to import: name files, a folder, or --sql with --query.")
        slug = _dataset(name, files[0])
        if watch:
            _watch(files, slug, map, wishes)
            return
        files = _in_folder(files[0]) if len(files) == 1 and files[0].is_dir() else files
        with _from_anywhere(files) as there:
            _take_in(slug, _given(files, there, map, sheet), kind, wishes)


@app.command()
def kpis(
    where: Annotated[
        Path, typer.Argument(metavar="DATASET", help="A dataset's name, or a folder written by analyze or import.")
    ],
    by: Annotated[list[str], typer.Option(help="A column to split by.")] = [],  # noqa: B006
    filters_: Annotated[list[str], typer.Option("--where", help="COLUMN=VALUE: only these responses.")] = [],  # noqa: B006
    min_base: Annotated[int | None, typer.Option(help="Below this many responses a number is not shown.")] = None,
    weigh: Annotated[
        Path | None, typer.Option("--weights", help="A CSV with column, value, share to weight to.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Print the KPIs of a dataset with their intervals and bases."""
    from cx.measure import kpis as measured
    from cx.opening import filtered, opened

    dataset = opened(where, weigh, min_base)
    columns = [dataset.resolve(name) for name in by]
    table = measured.table(dataset, columns, filtered(dataset, filters_), dataset.settings.min_base).rename(
        columns=dict(zip(columns, by, strict=True))
    )
    rows = json.loads(table.to_json(orient="records", date_format="iso", double_precision=10))
    if as_json:
        telling.as_json(rows)
        return
    telling.table(rows, ["kpi", *by, "scale", "value", "low", "high", "n"])


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
def privacy(
    dataset: str,
    region: Region = "",
    mask_names: Names = False,
) -> None:
    """Mask what is stored again, by today's rules, in a new version; the versions before go."""
    from cx import imports
    from cx.principal import LOCAL
    from cx.store import datasets

    slug = datasets.slug(dataset)
    begun = imports.Privacy.from_json(datasets.open_dataset(LOCAL, slug).manifest.get("privacy", {}))
    asked = begun._replace(region=region or begun.region, names=mask_names or begun.names, keep_original=False)
    version = imports.remasked(LOCAL, slug, telling.Told(), asked)
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
def versions(
    dataset: str,
    restore: Annotated[str, typer.Option(help="The version to go back to; it becomes the newest.")] = "",
) -> None:
    """List the versions of a dataset, or go back to one."""
    from cx import imports
    from cx.principal import LOCAL
    from cx.store import datasets

    slug = datasets.slug(dataset)
    if restore:
        print(f"{slug} {imports.restored(LOCAL, slug, restore)}")
        return
    datasets.open_dataset(LOCAL, slug)
    for version in datasets.versions(LOCAL, slug):
        said = datasets.open_dataset(LOCAL, slug, version).manifest
        files = ", ".join(dict.fromkeys(entry["file"] for entry in said["sources"]))
        print(f"{version}  {said['imported'][:16].replace('T', ' ')}  {said['rows_kept']:>9,} responses  {files}")


@app.command(hidden=True)
def work(job: str) -> None:
    """Run a queued job. The app starts this; it is no command for people."""
    from cx import jobs, logs

    logs.setup()
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
        print(f"sample {imports.into(LOCAL, 'sample', files, telling.Told())}")


noting.add(app)
keeping.add(app)
hosting.add(app)


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


STANDARD_INPUT = "standard input"


@contextlib.contextmanager
def _from_anywhere(files: list[Path]) -> Iterator[list[Path]]:
    """The files; standard input (`-`) is written to disk first, for what is read is read twice."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "input"
        if Path("-") in files:
            with kept.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        yield [kept if file == Path("-") else _there(file) for file in files]


def _answer(url: str, query: str, name: str, folder: Path) -> Path:
    if not (url and query):
        raise CXError("--sql and --query go together: the database, and the SELECT whose answer is imported.")
    from cx.intake import queries

    path = folder / f"{name or 'query'}.csv"
    queries.to_csv(url, query, path)
    return path


def _dataset(name: str, first: Path) -> str:
    from cx.store import datasets

    return datasets.slug(name) if name else datasets.suggested("input" if first == Path("-") else first.resolve().name)


def _in_folder(folder: Path) -> list[Path]:
    from cx import watching

    found = watching.files(folder)
    if not found:
        raise CXError(f"The folder '{folder}' holds no export.")
    return found


def _watch(files: list[Path], slug: str, roles: list[str], wishes: "Wishes") -> None:
    from cx import watching

    if len(files) != 1 or not files[0].is_dir():
        raise CXError("--watch goes with one folder.")
    sys.stderr.write(f"Watching {files[0]}; finished files go into '{slug}'. Stop with Ctrl+C.\n")
    watching.watch(
        files[0], slug, lambda path: _take_in(slug, _given([path], [path], roles, ""), "responses", wishes),
        telling.refused,
    )  # fmt: skip


def _take_in(slug: str, given: "list[Given]", kind: str, wishes: "Wishes") -> None:
    from cx import imports
    from cx.principal import LOCAL
    from cx.store import datasets

    given = imports.for_several(given)
    if kind == "purchases":
        version = imports.purchases(LOCAL, slug, given)
        telling.purchases(datasets.open_dataset(LOCAL, slug, version).manifest["purchases"])
    else:
        version = imports.into(LOCAL, slug, given, telling.Told(), wishes)
        telling.counts(datasets.open_dataset(LOCAL, slug, version).manifest)
    print(f"{slug} {version}", flush=True)


def _privacy(region: str, keep: list[str], names: bool, readable: bool, original: bool) -> "Privacy | None":
    """What was asked for; None when nothing was: as the dataset was begun."""
    from cx.imports import Privacy

    asked = Privacy(region or None, readable, tuple(keep), names, original)
    return None if asked == Privacy() else asked


def _given(files: list[Path], there: list[Path], roles: list[str], sheet: str) -> "list[Given]":
    mapped = {}
    for word in roles:
        column, equals, role = word.rpartition("=")
        if not equals or not column:
            raise MappingError(f"Cannot read --map '{word}': write it as COLUMN=ROLE.")
        mapped[column] = role.strip()
    from cx.incoming import Given

    names = [STANDARD_INPUT if file == Path("-") else file.name for file in files]
    return [Given(path, name, mapped, sheet or None) for path, name in zip(there, names, strict=True)]


def _there(file: Path) -> Path:
    if not file.is_file():
        raise CXError(f"There is no file '{file}'. Check the path.")
    return file


def _fail(message: str) -> NoReturn:
    sys.stderr.write(" ".join(message.split()) + "\n")
    sys.exit(2)
