"""Commands of the command line for what is stored: verify it, write all of it into a file, put it back."""

from pathlib import Path
from typing import Annotated

import typer

from cx.errors import CXError

File = Annotated[Path, typer.Argument(metavar="FILE.tar.gz", help="The backup.")]


def add(app: typer.Typer) -> None:
    """Registers the commands."""
    for command in (check, backup, restore):
        app.command(command.__name__)(command)


def check() -> None:
    """Verify every stored dataset version and the records' tables; exit 2 when something is wrong."""
    from cx.principal import LOCAL
    from cx.store import backup, checking, database, datasets, records

    names = datasets.names(LOCAL)
    problems = [problem for name in names for problem in checking.check(LOCAL, name)]
    try:
        told, wrong = database.look(records.metadata)
    except CXError as error:
        told, wrong = "records: cannot be used", [f"records: {error}"]
    half = backup.broken_off()
    for problem in half + problems + wrong:
        print(problem)
    print(told)
    if many := len(half + problems + wrong):
        raise CXError(f"{many} problems in {len(names)} datasets{' and the records' if wrong else ''}.")
    print(f"{len(names)} datasets, no problem found.")


def backup(
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
) -> None:
    """Write everything (records, datasets, the key) into one file, while the app runs. Imports wait meanwhile."""
    from cx.principal import LOCAL
    from cx.store import backup as backups

    print(f"{file}: {_told(backups.write(LOCAL, file, force))}")


def restore(
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Replace everything that is there.")] = False,
) -> None:
    """Put back what a backup holds: all of it, or nothing. Into an empty home, whichever database and storage it names."""
    from cx.principal import LOCAL
    from cx.store import backup as backups

    held = backups.restore(LOCAL, file, force)
    print(f"{_told(held)}, as they were at {held.written[:16].replace('T', ' ')} UTC.")


def _told(held: "tuple[str, int, int]") -> str:
    from cx.store.ledger import many

    return f"{many(held[1], 'version')} of datasets, {many(held[2], 'record')}"
