"""Jobs and settings in the database: SQLite in the home, many readers beside a writer."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from cx.intake.corrections import Saved
from cx.store import records
from tests.together import at_once

pytestmark = pytest.mark.usefixtures("both_databases")


def add(job: str, state: str = "draft") -> None:
    records.add_job(job, "ann", "survey", state, {"files": [{"name": "x.csv", "roles": {"NPS": "nps"}}]})


def test_a_job_as_it_was_written():
    add("a")
    row = records.job("a")
    assert row["request"] == {"files": [{"name": "x.csv", "roles": {"NPS": "nps"}}]}
    assert (row["owner"], row["dataset"], row["state"], row["progress"], row["message"], row["cancel"]) == (
        "ann", "survey", "draft", {}, "", False,
    )  # fmt: skip
    assert abs(row["created"] - datetime.now(UTC).replace(tzinfo=None)) < timedelta(seconds=5)
    assert records.job("b") is None


def test_a_change_only_from_certain_states():
    add("a")
    assert not records.change_job("a", {"state": "running"}, ("queued",))
    assert records.job("a")["state"] == "draft"
    assert records.change_job("a", {"state": "queued", "cancel": True}, ("draft", "failed"))
    assert records.change_job("a", {"progress": {"done": 1}})
    assert records.job("a")["progress"] == {"done": 1}
    assert not records.change_job("b", {"state": "queued"})


def test_jobs_newest_first_and_by_state():
    for name, state in (("a", "draft"), ("b", "done"), ("c", "draft")):
        add(name, state)
    assert [row["id"] for row in records.all_jobs()] == ["c", "b", "a"]
    assert [row["id"] for row in records.all_jobs(("draft",))] == ["c", "a"]
    records.forget_job("c")
    assert [row["id"] for row in records.all_jobs(("draft",))] == ["a"]


def test_settings():
    assert records.setting("survey", "min_base", 10) == 10
    records.set_setting("survey", "min_base", 30)
    records.set_setting("survey", "min_base", 25)
    records.set_setting("other", "min_base", 5)
    assert records.setting("survey", "min_base", 10) == 25


def test_values_are_values():
    records.set_setting("x'; DROP TABLE jobs; --", "n", "'; DROP TABLE jobs; --")
    assert records.setting("x'; DROP TABLE jobs; --", "n", None) == "'; DROP TABLE jobs; --"
    assert records.all_jobs() == []


def test_sqlite_writes_ahead_and_waits(home, monkeypatch):
    monkeypatch.delenv("CX_DATABASE_URL", raising=False)
    with records.engine().connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA busy_timeout")).scalar() == 10_000
    assert (home / "records.db").exists()


def test_readers_go_on_while_one_writes():
    add("a")
    with records.engine().begin() as connection:
        connection.execute(records.jobs.update().values(state="running"))
        assert records.job("a")["state"] == "draft"
    assert records.job("a")["state"] == "running"


def test_a_writer_waits_for_the_other():
    add("a")
    held = threading.Event()

    def hold() -> None:
        with records.engine().begin() as connection:
            connection.execute(records.jobs.update().values(owner="bob"))
            held.set()
            threading.Event().wait(0.3)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    assert records.change_job("a", {"state": "queued"}, ("draft",))
    thread.join()
    row = records.job("a")
    assert (row["owner"], row["state"]) == ("bob", "queued")


def test_only_one_of_many_takes_a_job():
    add("a", "queued")
    won = []

    def take() -> None:
        won.append(records.change_job("a", {"state": "running"}, ("queued",)))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_many_may_open_a_new_home_at_once():
    errors = []

    def begin() -> None:
        try:
            records.all_jobs()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_another_database(tmp_path, monkeypatch, home):
    monkeypatch.setenv("CX_DATABASE_URL", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    add("a")
    assert (tmp_path / "elsewhere.db").exists()
    assert not (home / "records.db").exists()
    monkeypatch.delenv("CX_DATABASE_URL")
    assert records.job("a") is None


@pytest.mark.parametrize("given", [{"a": [1, 2, {"b": None}]}, {"text": "Zürich 🚗 '\""}])
def test_json_comes_back_as_it_went(given):
    records.add_job("a", "ann", "survey", "draft", given)
    assert records.job("a")["request"] == given


def test_mappings_are_kept_by_the_shape_of_a_file():
    first = Saved("qualtrics", ("Q1", "Q2"), {"Q1": "csat", "Q2": "comment"})
    records.save_mapping(first)
    records.save_mapping(Saved("typeform", ("#", "Q1"), {"Q1": "nps"}))
    records.save_mapping(Saved("qualtrics", ("q2 ", "Q1"), {"Q1": "nps"}))
    assert records.saved_mappings() == [
        Saved("typeform", ("#", "Q1"), {"Q1": "nps"}),
        Saved("qualtrics", ("q2 ", "Q1"), {"Q1": "nps", "Q2": "comment"}),
    ]


def test_a_setting_set_by_many_at_once_is_one_of_theirs():
    records.all_jobs()
    assert at_once(lambda place: records.set_setting("survey", "min_base", place)) == [None] * 8
    assert records.setting("survey", "min_base", None) in range(8)


def test_corrections_of_many_at_once_are_all_kept():
    records.save_mapping(Saved("qualtrics", ("Q1", "Q2"), {}))
    held = at_once(lambda n: records.save_mapping(Saved("qualtrics", ("Q1", "Q2"), {f"Q{n}": "nps"})))
    assert held == [None] * 8
    assert records.saved_mappings() == [Saved("qualtrics", ("Q1", "Q2"), {f"Q{n}": "nps" for n in range(8)})]


def test_an_edit_is_taken_back_once():
    for number in range(5):
        records.add_edit("survey", "topics", {"number": number}, "ann")
    taken = at_once(lambda _: records.drop_last_edit("survey", "topics"))
    assert sorted(edit["number"] for edit in taken if edit) == [0, 1, 2, 3, 4] and taken.count(None) == 3
    assert records.all_edits("survey", "topics") == []


def test_a_message_with_a_character_that_no_text_may_hold():
    add("a")
    assert records.change_job("a", {"message": "no column \0 here"})
    assert records.job("a")["message"] == "no column \ufffd here"
