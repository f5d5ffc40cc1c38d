"""The answer of a database query as a file, so that it comes in like any export."""

import csv
import os
import re
from pathlib import Path
from typing import Any

from cx.errors import IntakeError

USER, PASSWORD = "CX_SQL_USER", "CX_SQL_PASSWORD"
"""Environment variables with the credentials: on a command line they would stand in the list of processes."""

AT_ONCE = 10_000
"""Rows fetched together: memory does not grow with the answer."""


def to_csv(url: str, query: str, path: Path) -> int:
    """Runs a query and writes its answer as CSV (UTF-8, the columns' names as heading); returns the rows.

    `url` is SQLAlchemy's, without credentials. The transaction is rolled back: a query reads. Raises IntakeError when
    there is no such database, driver, table or right, and for a URL that holds a password.
    """
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    try:
        address = sa.engine.make_url(url)
        if address.password:
            raise IntakeError(f"The URL holds a password. Leave it out and set {USER} and {PASSWORD} instead.")
        address = address.set(
            username=os.environ.get(USER) or address.username, password=os.environ.get(PASSWORD) or None
        )
        engine = sa.create_engine(_existing(address))
    except (ArgumentError, NoSuchModuleError):
        raise IntakeError(
            "That is no database URL. Write it as postgresql+psycopg://host/name or sqlite:///file."
        ) from None
    except ModuleNotFoundError as error:
        raise IntakeError(f"The driver for this database is missing: pip install {error.name}.") from None
    try:
        with engine.connect() as connection:
            return _written(connection.execution_options(yield_per=AT_ONCE).execute(sa.text(query)), path)
    except SQLAlchemyError as error:
        told = " ".join(str(getattr(error, "orig", None) or error).split())[:300]
        raise IntakeError(f"The query was not answered: {told}") from None
    finally:
        engine.dispose()


def _existing(address: Any) -> Any:
    """A file database must be there: SQLite would make an empty one."""
    file = address.database or ""
    if address.get_backend_name() == "sqlite" and file not in ("", ":memory:") and not Path(file).is_file():
        raise IntakeError(f"There is no database file '{file}'. Check the path.")
    return address


def _written(answer: Any, path: Path) -> int:
    if not answer.returns_rows:
        raise IntakeError("The query gave no rows to read. Write a SELECT.")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(answer.keys())
        rows = 0
        for row in answer:
            writer.writerow([_cell(value) for value in row])
            rows += 1
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return re.sub(r"\.0$", "", str(value)) if isinstance(value, float) else str(value)
