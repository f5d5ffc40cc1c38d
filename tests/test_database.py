"""Where records lie, and that no part of an address with its password is ever told."""

import logging
import traceback

import pytest
import sqlalchemy as sa

from cx.errors import StoreError
from cx.store import database, migrating, records


@pytest.fixture(autouse=True)
def closed_afterwards():
    yield
    database.close()


def test_a_file_in_the_home_unless_something_else_is_named(home, monkeypatch):
    assert database.address().render_as_string() == f"sqlite:///{home}/records.db"
    monkeypatch.setenv("CX_DATABASE_URL", " ")
    assert database.address().database == f"{home}/records.db"


@pytest.mark.parametrize("kind", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2", "POSTGRES"])
def test_spellings_of_postgresql(monkeypatch, kind):
    monkeypatch.setenv("CX_DATABASE_URL", f"{kind}://ann:p%40ss%2Fw%25rd@db.example:6432/felicific?sslmode=require")
    url = database.address()
    assert (url.drivername, url.username, url.password, url.host, url.port, url.database, dict(url.query)) == (
        "postgresql+psycopg", "ann", "p@ss/w%rd", "db.example", 6432, "felicific", {"sslmode": "require"},
    )  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        "s3cret",
        "mysql://ann:s3cret@host/x",
        "oracle:s3cret",
        "postgresql:s3cret",
        "postgresql://ann:pass@s3cret@host/x",
        "postgresql://ann:pass@s3cret/x@host/x",
        "postgresql://ann:pass/s3cret@host:54x/x",
        "postgresql://ann@pass:s3cret/x",
        "postgresql://ann:pass#s3cret@ho st/x",
        "postgresql://ann:s3cret@127.0.0.1:1/x",
        "postgresql://ann:s3cret@nowhere.invalid/x",
        "postgresql://ann@127.0.0.1:1/x?password=s3cret",
        "postgresql://ann@127.0.0.1:1/x?s3cret=s3cret",
        "postgresql://ann@127.0.0.1:1/x?sslmode=s3cret",
    ],
)
def test_an_address_that_cannot_be_used_is_not_told(monkeypatch, caplog, given):
    monkeypatch.setenv("CX_DATABASE_URL", given)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StoreError, match="CX_DATABASE_URL") as refused:
        records.all_jobs()
    assert "\n" not in str(refused.value)
    assert "s3cret" not in "".join(traceback.format_exception(refused.value)) + caplog.text


def test_what_is_wrong_is_said(on_postgres, monkeypatch):
    for wrong, told in (
        (on_postgres.replace("s3cret", "guessed"), "refuses the user or the password"),
        (on_postgres.replace("/postgres?", "/nothing?"), "no such database"),
        (on_postgres.replace(":s3cret", ""), "asks for a password"),
    ):
        if wrong != on_postgres:  # a server of somebody else's may have another address
            monkeypatch.setenv("CX_DATABASE_URL", wrong)
            with pytest.raises(StoreError, match=told) as refused:
                records.all_jobs()
            assert "guessed" not in "".join(traceback.format_exception(refused.value))


def test_values_do_not_stand_in_errors(both_databases):
    with pytest.raises(sa.exc.IntegrityError) as refused, records.engine().begin() as connection:
        connection.execute(records.jobs.insert().values(id="a", owner="a name nobody may read"))
    assert "nobody may read" not in str(refused.value).split("\n[SQL")[1]


def test_connections_that_the_server_closed_are_opened_again(on_postgres, postgres_server):
    records.all_jobs()
    with postgres_server.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        connection.exec_driver_sql(others + " AND backend_type = 'client backend' AND query NOT LIKE '%%pg_stat%%'")
    assert records.all_jobs() == []


def test_a_look_says_what_there_is_and_changes_nothing(both_databases, home):
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[both_databases]
    last = migrating.known()[-1]
    if kind == "SQLite":
        assert database.look(records.metadata) == ("records: none yet (SQLite)", [])
        assert not (home / "records.db").exists()
    else:
        none = f"records: schema without number (PostgreSQL), brought to {last} at the next use"
        assert [database.look(records.metadata) for _ in range(2)] == [(none, [])] * 2
    records.all_jobs()
    assert database.look(records.metadata) == (f"records: schema {last} ({kind}), fits", [])
    with records.engine().begin() as connection:
        connection.execute(sa.text("DROP TABLE benchmarks"))
    assert database.look(records.metadata) == (
        f"records: schema {last} ({kind}), does not fit", ["records: add_table benchmarks"],
    )  # fmt: skip
