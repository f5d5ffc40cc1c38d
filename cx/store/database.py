"""Where records lie: SQLite in the home, or the PostgreSQL that `CX_DATABASE_URL` names.

What stands in that variable may hold a password: neither it nor a part of it is ever said, logged or raised.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa

from cx.errors import StoreError
from cx.store import migrating
from cx.store.places import home

VARIABLE = "CX_DATABASE_URL"

DRIVERS = {"sqlite": "sqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
"""What an address may begin with (before any `+driver`), and what SQLAlchemy calls it."""

CLEAR = re.compile(r"[A-Za-z0-9_.:%/\[\]-]*")
"""What hosts and sockets' folders are made of: anything else is a piece of a password that was not escaped."""

FAILURES = (
    ("password authentication failed", "it refuses the user or the password"),
    ("no password supplied", "it asks for a password"),
    ("does not exist", "it has no such database or user"),
    ("resolve host", "its host name is not known here"),
    ("refused", "nothing listens at its host and port"),
    ("timeout", "it does not answer in time"),
    ("too many", "it has no connection left"),
)  # fmt: skip
"""What drivers say when they cannot connect, and what it means."""

CONNECTING = 10
"""Seconds to wait for a server."""

TURN = migrating.LOCK + 1
"""Of PostgreSQL's advisory locks the one of `in_turn`."""

WRITERS = migrating.LOCK + 2
"""… and the one of `alone`."""

_made: dict[sa.URL, sa.Engine] = {}
_making = Lock()


def address() -> sa.URL:
    """Where the records lie. Raises StoreError for a `CX_DATABASE_URL` that cannot be read or names another kind of database."""
    given = os.environ.get(VARIABLE, "").strip()
    if not given:
        return sa.URL.create("sqlite", database=str(home() / "records.db"))
    kind = given.partition(":")[0].partition("+")[0].lower()
    if kind not in DRIVERS:
        raise StoreError(f"{VARIABLE} names no database that can be used. Write postgresql://user:password@host/name.")
    try:
        url = sa.make_url(DRIVERS[kind] + given[given.index(":") :])
    except (sa.exc.ArgumentError, ValueError):
        raise StoreError(_unreadable()) from None
    if kind != "sqlite" and not (CLEAR.fullmatch(url.host or "") and "@" not in (url.database or "")):
        raise StoreError(_unreadable())
    return url


def engine() -> sa.Engine:
    """The database of this home, its tables up to date."""
    url = address()
    with _making:
        if url not in _made:
            _made[url] = _up_to_date(connecting(url))
        return _made[url]


@contextmanager
def in_turn() -> Iterator[sa.Connection]:
    """A transaction for what is read and then written: of those who do so one comes after the other, on any machine."""
    with engine().begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TURN)))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver would begin with the first write
        yield connection


@contextmanager
def alone(wait: bool = True) -> Iterator[None]:
    """The turn of one writer of datasets among all hosts that share a PostgreSQL; it ends with the process that has it.

    With `wait` False raises StoreError when it is another's turn. With SQLite there is one host: its lock file is enough.
    """
    url = address()
    if url.get_backend_name() == "sqlite":
        yield
        return
    made = connecting(url)  # of its own: the lock belongs to the connection, and goes with it
    try:
        with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if wait:
                connection.execute(sa.select(sa.func.pg_advisory_lock(WRITERS)))
            elif not connection.execute(sa.select(sa.func.pg_try_advisory_lock(WRITERS))).scalar_one():
                raise StoreError("Another import is under way.")
            yield
    finally:
        made.dispose()


def look(metadata: sa.MetaData) -> tuple[str, list[str]]:
    """What kind of database it is and at which step, and what is wrong with its tables; changes nothing."""
    url = address()
    kind = "SQLite" if url.get_backend_name() == "sqlite" else "PostgreSQL"
    if kind == "SQLite" and not Path(url.database or "").exists():
        return f"records: none yet ({kind})", []
    made = connecting(url)
    try:
        with made.connect() as connection:
            there, today = migrating.version(connection), migrating.known()[-1]
            if there != today:
                return f"records: schema {there or 'without number'} ({kind}), brought to {today} at the next use", []
            wrong = migrating.differences(connection, metadata)
    finally:
        made.dispose()
    fits = "does not fit" if wrong else "fits"
    return f"records: schema {there} ({kind}), {fits}", [f"records: {each}" for each in wrong]


def close() -> None:
    """Gives all connections back; the next use opens them again."""
    with _making:
        while _made:
            _made.popitem()[1].dispose()


def connecting(url: sa.URL) -> sa.Engine:
    """An engine for an address; looks at nothing yet."""
    if url.get_backend_name() == "sqlite":
        made = sa.create_engine(url, hide_parameters=True)
        sa.event.listen(made, "connect", _written_ahead)
        return made
    try:
        made = sa.create_engine(
            url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": CONNECTING}
        )
    except ModuleNotFoundError as error:
        raise StoreError(f"PostgreSQL needs a package more: pip install 'psycopg[binary]' ({error.name}).") from None
    sa.event.listen(made, "handle_error", _in_words)
    return made


def _unreadable() -> str:
    return (
        f"{VARIABLE} cannot be read. Write postgresql://user:password@host:5432/name, "
        "and in the password %40 for @, %3A for :, %2F for /, %25 for %."
    )


def _up_to_date(made: sa.Engine) -> sa.Engine:
    with made.connect() as connection:
        there = migrating.version(connection)
    if there != migrating.known()[-1]:
        migrating.upgrade(made)
    return made


def _written_ahead(connection: Any, _record: object) -> None:
    """A writer waits for the other instead of failing; readers go on while one writes (WAL)."""
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("PRAGMA journal_mode=WAL")


def _in_words(context: sa.engine.ExceptionContext) -> None:
    """A server that cannot be reached is an error people can mend, said without its address."""
    if context.is_pre_ping or (context.connection is not None and not context.is_disconnect):
        return  # a connection that died unused is opened again; errors in a statement are nobody's address
    told = str(context.original_exception)
    why = next((words for marks, words in FAILURES if marks in told), "it does not answer")
    context.original_exception.args = (why,)  # it stays the cause, and what it said may quote the address
    raise StoreError(f"The database that {VARIABLE} names cannot be used: {why}.")
