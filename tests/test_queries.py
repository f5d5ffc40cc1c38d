"""A query's answer comes in like any export; credentials never stand on the command line."""

import sqlite3

import pytest

from cx.errors import IntakeError
from cx.intake import queries


@pytest.fixture
def database(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE answers (id INTEGER, said TEXT, score REAL, photo BLOB)")
        rows = [(n, None if n == 2 else f'Line one\nline "two", {n}', n / 2, b"\x01\xff") for n in range(4)]
        connection.executemany("INSERT INTO answers VALUES (?, ?, ?, ?)", rows)
    return f"sqlite:///{tmp_path / 'shop.db'}"


def test_the_answer_is_a_file(database, tmp_path):
    path = tmp_path / "out.csv"
    assert queries.to_csv(database, "SELECT * FROM answers WHERE id > 0 ORDER BY id", path) == 3
    assert path.read_text(encoding="utf-8").replace("\r\n", "\n") == (
        'id,said,score,photo\n1,"Line one\nline ""two"", 1",0.5,01ff\n2,,1,01ff\n3,"Line one\nline ""two"", 3",1.5,01ff\n'
    )


def test_a_query_reads_only(database, tmp_path):
    with pytest.raises(IntakeError, match="Write a SELECT"):
        queries.to_csv(database, "DELETE FROM answers", tmp_path / "out.csv")
    assert queries.to_csv(database, "SELECT * FROM answers", tmp_path / "out.csv") == 4


@pytest.mark.parametrize(
    ("url", "query", "told"),
    [
        ("postgresql://ann:secret@host/shop", "SELECT 1", "CX_SQL_PASSWORD"),
        ("no url at all", "SELECT 1", "no database URL"),
        ("oracle9://host/x", "SELECT 1", "no database URL"),
        ("sqlite:///nowhere/none.db", "SELECT 1", "no database file"),
        (None, "SELECT nonsense FROM answers", "no such column: nonsense"),
        (None, "SELEKT", "syntax error"),
    ],
)
def test_what_is_refused(database, tmp_path, url, query, told):
    with pytest.raises(IntakeError, match=told) as refused:
        queries.to_csv(url or database, query, tmp_path / "out.csv")
    assert "secret" not in str(refused.value)


def test_credentials_come_from_the_environment(monkeypatch, tmp_path):
    """Seen where SQLAlchemy makes its engine: the URL it gets."""
    import sqlalchemy as sa

    monkeypatch.setenv("CX_SQL_USER", "ann")
    monkeypatch.setenv("CX_SQL_PASSWORD", "p@ss/word")
    seen = []

    def stop(url):
        seen.append(url)
        raise ModuleNotFoundError("No module", name="somedriver")

    monkeypatch.setattr(sa, "create_engine", stop)
    with pytest.raises(IntakeError, match="pip install somedriver"):
        queries.to_csv("postgresql+somedriver://host/shop", "SELECT 1", tmp_path / "out.csv")
    assert (seen[0].username, seen[0].password) == ("ann", "p@ss/word")
