"""Who did what: only added to, on both databases; nothing in it says who customers are or what they wrote."""

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cx.errors import AccessError, NotAllowedError
from cx.principal import LOCAL, Principal, Scope
from cx.store import audit, records

pytestmark = pytest.mark.usefixtures("both_databases")

ANN = Principal("ann@firm.example", "analyst", origin="abc")


def entries() -> list[dict]:
    with records.engine().connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(audit.TABLE)).mappings()]


def aged(days: int) -> None:
    """An entry that was written so many days ago."""
    values = {
        "created": records.now() - timedelta(days=days), "name": "ann", "role": "analyst", "what": f"{days} old",
        "dataset": "", "detail": {}, "origin": "",
    }  # fmt: skip
    with records.engine().begin() as connection:
        connection.execute(audit.TABLE.insert().values(**values))


def test_an_entry_says_who_did_what_when_and_from_where():
    before = records.now()
    audit.write(ANN, "exported", "shop", what="table", rows=12, pages=["overview", "topics"], nothing="", none=None)
    [entry] = audit.listed(LOCAL)
    assert before <= entry.created <= records.now()
    assert entry[1:] == (
        "ann@firm.example", "analyst", "exported", "shop", "what: table · rows: 12 · pages: overview, topics", "abc",
    )  # fmt: skip
    audit.write(LOCAL, "deleted", "other")
    assert [each.what for each in audit.listed(LOCAL)] == ["deleted", "exported"]
    assert [each.what for each in audit.listed(LOCAL, dataset="shop")] == ["exported"]
    assert [each.dataset for each in audit.listed(LOCAL, "deleted")] == ["other"]
    assert audit.kinds(LOCAL) == ["deleted", "exported"]


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(audit.TABLE).values(name="somebody else"),
        sa.update(audit.TABLE).values(created=records.now() - timedelta(days=400)),
        sa.delete(audit.TABLE),
        sa.delete(audit.TABLE).where(audit.TABLE.c.name == ANN.name),
    ],
    ids=["another name", "dated back", "all deleted", "one deleted"],
)
def test_the_database_itself_lets_nobody_change_or_delete_what_is_young(statement):
    audit.write(ANN, "deleted", "shop")
    held = entries()
    with pytest.raises(sa.exc.DatabaseError, match="only added to"), records.engine().begin() as connection:
        connection.execute(statement)
    assert entries() == held


def test_no_other_way_of_writing_gets_around_that(both_databases):
    audit.write(ANN, "deleted", "shop")
    held = entries()
    other = "TRUNCATE audit" if both_databases == "postgresql" else (
        "INSERT OR REPLACE INTO audit SELECT id, created, 'somebody else', role, what, dataset, detail, origin FROM audit"
    )  # fmt: skip
    with pytest.raises(sa.exc.DatabaseError, match="only added to"), records.engine().begin() as connection:
        connection.execute(sa.text(other))
    assert entries() == held


def test_old_entries_go_after_the_time_that_was_settled_and_no_sooner():
    for days in (5, 31, 89, 91, 366):
        aged(days)
    assert audit.prune() == 1
    audit.keep(LOCAL, 90)
    assert sorted(row["what"] for row in entries()) == ["31 old", "5 old", "89 old", "settled"]
    assert audit.days() == 90
    young = sa.delete(audit.TABLE).where(audit.TABLE.c.what == "5 old")
    with (
        pytest.raises(sa.exc.DatabaseError),
        records.engine().begin() as connection,
    ):  # even by hand: it is not yet 30 days
        connection.execute(young)


def test_old_entries_go_while_a_server_runs_too(monkeypatch):
    """With the first entry of a day: the day after a server started, what has become too old goes without a restart."""
    aged(364)
    audit.write(ANN, "shared", "shop")
    assert [row["what"] for row in entries()] == ["364 old", "shared"]
    later = records.now() + timedelta(days=2)
    monkeypatch.setattr(records, "now", lambda: later)
    audit.write(ANN, "opened", "shop")
    assert [row["what"] for row in entries()] == ["shared", "opened"]


@pytest.mark.parametrize("days", [0, 29, 3_651, -1])
def test_no_retention_out_of_bounds(days):
    with pytest.raises(AccessError):
        audit.keep(LOCAL, days)
    assert audit.days() == audit.KEPT and not entries()


@pytest.mark.parametrize(
    "who",
    [
        ANN,
        Principal("eve", "viewer"),
        Principal("guest", "guest", scope=Scope(1, "ann", "shop", ("audit",), "audit")),
    ],
)
def test_only_admins_read_it_and_settle_it(who):
    audit.write(LOCAL, "imported", "shop")
    for act in (audit.listed, audit.kinds, audit.csv, lambda asker: audit.keep(asker, 90)):
        with pytest.raises(NotAllowedError):
            act(who)
    assert len(entries()) == 1


def test_no_line_breaks_control_characters_or_long_texts_get_in():
    """Whoever names a file or a link writes no further lines into what is kept, exported or logged."""
    forged = "a.csv\n2026-01-01,admin,deleted\r\x1b[2K\u2028\u202e\x00" + "x" * 500
    audit.write(ANN._replace(name="ann\nadmin deleted"), "imported", "shop", files=[forged], label=forged)
    [row] = entries()
    for text in (row["name"], row["detail"]["label"], row["detail"]["files"][0]):
        assert text.isprintable() and len(text) <= audit.LONGEST
    [entry] = audit.listed(LOCAL)
    assert entry.detail.isprintable() and len(audit.csv(LOCAL).decode("utf-8-sig").strip().split("\r\n")) == 2


def test_the_csv_runs_no_formula():
    audit.write(ANN._replace(name="=cmd|' /C calc'!A0"), "shared", "shop", label="+1+1", note='a","b')
    rows = list(csv.reader(io.StringIO(audit.csv(LOCAL).decode("utf-8-sig"))))
    assert rows[0][0] == "time (UTC)" and rows[1][1].startswith("'=") and len(rows[1]) == len(rows[0])
    assert not any(cell[:1] in ("=", "+", "-", "@") for cell in rows[1])


def test_addresses_are_hashed_with_the_key_of_the_house(tmp_path, monkeypatch):
    told = audit.origin("203.0.113.7")
    assert told == audit.origin("203.0.113.7") != audit.origin("203.0.113.8")
    assert "203" not in told and len(told) == 16 and audit.origin(None) == audit.origin("") == ""
    monkeypatch.setenv("CX_HOME", str(tmp_path / "another"))
    assert audit.origin("203.0.113.7") != told
