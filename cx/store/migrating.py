"""The tables of the records brought to today's form, step by step (Alembic), and whether they have it.

A step is a file of `migrations/versions/`, named by its number. All that are due run in one transaction which only one
process is in at a time: another that starts meanwhile waits and finds the work done; one that is killed leaves nothing behind.
Alembic takes a quarter of a second to import, so it is imported only when a step is due.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cx.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"

WRITTEN_IN = "alembic_version"
"""The table that holds the number of the last step."""

LOCK = 0x66656C6963
"""Of PostgreSQL's advisory locks the one that is ours ('felic')."""

PATIENCE = 60_000
"""Milliseconds for which SQLite waits until another process is through."""


def known() -> list[str]:
    """The steps this program knows, the first one first; the last is the form its tables have."""
    return sorted(path.stem.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def version(connection: sa.Connection) -> str | None:
    """The step a database is at; None where none was ever done: it is empty, or older than migrations.

    Raises StoreError for a step this program does not know: a newer one was here, and its tables could be damaged.
    """
    if not sa.inspect(connection).has_table(WRITTEN_IN):
        return None
    found = connection.execute(sa.text(f"SELECT version_num FROM {WRITTEN_IN}")).scalar()
    if found is not None and found not in known():
        raise StoreError(
            f"The records were written by a newer version of this program (schema {found}; this one knows "
            f"{known()[-1]} at most): start that version, or go back to a backup from before."
        )
    return found


def upgrade(engine: sa.Engine, to: str = "head") -> None:
    """Does the steps that are due (up to `to`), all or none. Raises StoreError when they cannot be done, or a newer program was here."""
    from alembic import command

    _run(engine, lambda config: command.upgrade(config, to))


def downgrade(engine: sa.Engine, to: str) -> None:
    """Undoes the steps after `to`, all or none; what was written in tables and columns that go is lost. `base`: everything."""
    from alembic import command

    _run(engine, lambda config: command.downgrade(config, to))


def differences(connection: sa.Connection, metadata: sa.MetaData) -> list[str]:
    """Where the tables differ from those of the program, in words; tables it knows nothing of may stand beside them."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name in metadata.tables

    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": ours})
    found: list[Any] = compare_metadata(context, metadata)
    flat = [part for each in found for part in (each if isinstance(each, list) else [each])]
    return [" ".join(_named(part) for part in change if part is not None) for change in flat]


def _named(part: Any) -> str:
    if isinstance(part, sa.Index):
        return f"{part.name} of {part.table}"
    return str(getattr(part, "name", part))


def _run(engine: sa.Engine, move: Callable[["Config"], None]) -> None:
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    try:
        with _alone(engine) as connection:
            version(connection)  # again: another process may have been faster, and newer
            config.attributes["connection"] = connection
            move(config)
    except CommandError as error:
        raise StoreError(f"The records' tables cannot be changed: {error}") from None
    except sa.exc.DBAPIError as error:
        told = " ".join(str(error.orig).split())[:200]
        raise StoreError(f"The records' tables could not be brought up to date; nothing was changed: {told}") from None


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that no other process's migration is in at the same time; tables change in it as rows do."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            yield connection
            return
        usual = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
        connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver would begin only before rows change, not tables
            yield connection
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={usual}")
