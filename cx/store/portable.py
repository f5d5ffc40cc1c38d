"""The records as text that any database takes: JSON lines per table, with the step of migrations their tables were at.

Which tables there are is what the steps of migrations make, so that a new one comes along by itself. Lines of an older
program are taken into an SQLite database at its step first, which is then brought to today's, as its own would have been.
"""

import base64
import itertools
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cx.errors import StoreError
from cx.store import database, migrating

AT_ONCE = 1_000
"""Rows read and written together."""

WAITING = ("draft", "queued", "running", "failed", "interrupted")
"""States of jobs whose upload still lies in the home; uploads are no part of records, and such a job is nothing without."""


ONLY_ADDED_TO = ("audit",)
"""Tables of which the database itself lets nothing be deleted."""


def dump(folder: Path) -> tuple[str, list[Path]]:
    """Writes every table as `<table>.jsonl`, all as they are at one moment; returns the step they are at, and the files."""
    ours, out = _ours(), []
    with _read_at_once(database.engine()) as connection:
        step = migrating.version(connection) or ""
        for table in _reflected(connection, ours):
            path = folder / f"{table.name}.jsonl"
            with path.open("w", encoding="utf-8") as file:
                query = sa.select(table).order_by(*table.primary_key)
                if table.name == "jobs":
                    query = query.where(table.c.state.not_in(WAITING))
                for row in connection.execution_options(yield_per=AT_ONCE).execute(query).mappings():
                    plain = {name: _plain(value) for name, value in row.items()}
                    file.write(json.dumps(plain, ensure_ascii=False) + "\n")
            out.append(path)
    return step, out


def stage(step: str, files: Mapping[str, Path], folder: Path) -> sa.Engine:
    """The rows of `files` (by table) in a new SQLite database in `folder`, in today's tables. Raises StoreError."""
    if step not in migrating.known():
        raise StoreError(
            f"The backup was written by a newer version of this program (schema {step[:20]}; this one knows "
            f"{migrating.known()[-1]} at most): restore it with that version."
        )
    engine = database.connecting(sa.URL.create("sqlite", database=str(folder / "staged.db")))
    try:
        migrating.upgrade(engine, step)
        with engine.begin() as connection:
            tables = {table.name: table for table in _reflected(connection)}
            for name, path in files.items():
                if name not in tables:
                    raise StoreError(f"The backup holds records of a kind this program does not know: '{name}'.")
                _insert(connection, tables[name], _lines(path, tables[name]))
        migrating.upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def load(staged: sa.Engine, connection: sa.Connection) -> None:
    """Puts the rows of a staged database in place of those there are, in the transaction of `connection`; in tables that
    are only added to, those there are stay."""
    with staged.connect() as given:
        tables = _reflected(given)
        there = {table.name: table for table in _reflected(connection, [table.name for table in tables])}
        for table in reversed(tables):
            if table.name not in ONLY_ADDED_TO:
                connection.execute(there[table.name].delete())
        for table in tables:
            query = sa.select(table).order_by(*table.primary_key)
            rows: Iterator[dict[str, Any]] = (dict(row) for row in given.execute(query).mappings())
            if table.name in ONLY_ADDED_TO:
                rows = _further(connection, there[table.name], rows)
            _insert(connection, there[table.name], rows)
            _count_on(connection, there[table.name])


def _further(connection: sa.Connection, table: sa.Table, given: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows that are not there yet; under numbers of their own where there are some."""

    def told(row: Mapping[str, Any]) -> str:
        return json.dumps({name: _plain(value) for name, value in row.items() if name != "id"}, sort_keys=True)

    known = {told(dict(row)) for row in connection.execute(sa.select(table)).mappings()}
    for row in given:
        if not known:
            yield row
        elif told(row) not in known:
            yield {name: value for name, value in row.items() if name != "id"}


def rows(connection: sa.Connection) -> int:
    """How many rows there are in all tables."""
    counted = (sa.select(sa.func.count()).select_from(table) for table in _reflected(connection, _ours()))
    return sum(connection.execute(each).scalar_one() for each in counted)


def _read_at_once(engine: sa.Engine) -> Any:
    """A connection that sees everything as it is at one moment, whoever writes meanwhile."""
    if engine.dialect.name == "postgresql":
        return engine.connect().execution_options(isolation_level="REPEATABLE READ")
    connection = engine.connect()
    connection.exec_driver_sql("BEGIN")  # the driver would begin only with the first write
    return connection


def _ours() -> list[str]:
    """The names of the tables that the migrations make; others may stand beside them in a PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        engine = database.connecting(sa.URL.create("sqlite", database=f"{folder}/empty.db"))
        try:
            migrating.upgrade(engine)
            return [name for name in sa.inspect(engine).get_table_names() if name != migrating.WRITTEN_IN]
        finally:
            engine.dispose()


def _reflected(connection: sa.Connection, names: Sequence[str] | None = None) -> list[sa.Table]:
    """The tables there are, or those of these names, each after those it refers to; without that of the migrations."""
    found = sa.MetaData()
    found.reflect(connection, only=names)
    return [table for table in found.sorted_tables if table.name != migrating.WRITTEN_IN]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _lines(path: Path, table: sa.Table) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                given = json.loads(line)
                yield {name: _value(value, table.c[name].type) for name, value in given.items()}
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError, InvalidOperation) as error:
                raise StoreError(f"The backup's records cannot be read: {table.name}, row {number}.") from error


def _value(value: Any, kind: sa.types.TypeEngine[Any]) -> Any:
    if value is None or isinstance(kind, sa.JSON):
        return value
    if isinstance(kind, sa.DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, sa.Date):
        return date.fromisoformat(value)
    if isinstance(kind, sa.LargeBinary):
        return base64.b64decode(value, validate=True)
    if kind.python_type is Decimal:
        return Decimal(value)
    if not isinstance(value, kind.python_type) or isinstance(value, bool) != (kind.python_type is bool):
        raise TypeError
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value  # PostgreSQL's texts hold no NUL


def _insert(connection: sa.Connection, table: sa.Table, given: Iterator[dict[str, Any]]) -> None:
    """Rows of the same columns together. A column without a value is left out where it may be: JSON's null is a value."""
    filled = (
        {name: value for name, value in row.items() if value is not None or not table.c[name].nullable} for row in given
    )
    try:
        for _, alike in itertools.groupby(filled, key=tuple):
            while part := list(itertools.islice(alike, AT_ONCE)):
                connection.execute(table.insert(), part)
    except (sa.exc.SQLAlchemyError, OverflowError) as error:
        if isinstance(error, sa.exc.OperationalError):
            raise
        raise StoreError(f"The backup's records do not fit the table {table.name}.") from error


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """PostgreSQL's counters go on after the last number."""
    for column in table.primary_key if connection.dialect.name == "postgresql" else ():
        if isinstance(column.type, sa.Integer):
            own = sa.func.pg_get_serial_sequence(f'"{table.name}"', column.name)
            last = sa.select(sa.func.max(column)).scalar_subquery()
            connection.execute(sa.select(sa.func.setval(own, last)).where(own.is_not(None), last.is_not(None)))
