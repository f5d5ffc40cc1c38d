"""The records' tables, up and down, in SQLite and PostgreSQL: nothing is lost, nobody collides, nobody forgets a step."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from cx.errors import StoreError
from cx.store import database, migrating, records

ROOT = Path(__file__).parents[1]
BEGIN = "from cx.store import records; records.all_jobs()"


@pytest.fixture(autouse=True)
def closed_afterwards():
    yield
    database.close()


@pytest.fixture
def bare(both_databases):
    """An engine at which no step was done yet."""
    made = database.connecting(database.address())
    yield made
    made.dispose()


def tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names())


def differences(engine: sa.Engine, metadata: sa.MetaData = records.metadata) -> list[str]:
    with engine.connect() as connection:
        return migrating.differences(connection, metadata)


def at(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        return migrating.version(connection)


def test_steps_follow_each_other_in_one_line():
    from alembic.script import ScriptDirectory

    chain = [step.revision for step in ScriptDirectory(migrating.FOLDER).walk_revisions()]  # fails on two heads
    assert list(reversed(chain)) == migrating.known()


def test_the_steps_make_the_tables_of_the_program(bare):
    migrating.upgrade(bare)
    assert differences(bare) == [], (
        "the tables of store.records have changed: write a step in cx/store/migrations/versions"
    )
    assert tables(bare) == set(records.metadata.tables) | {migrating.WRITTEN_IN}


def test_a_forgotten_step_is_seen(bare):
    migrating.upgrade(bare)
    changed = sa.MetaData()
    for table in records.metadata.sorted_tables:
        table.to_metadata(changed)
    changed.tables["jobs"].append_column(sa.Column("weight", sa.Integer))
    changed.tables["settings"].c.name.type = sa.String(99)
    sa.Table("elsewhere", changed, sa.Column("id", sa.Integer, primary_key=True))
    changed.remove(changed.tables["targets"])  # what the program knows nothing of may be another's
    told = " / ".join(differences(bare, changed))
    assert all(word in told for word in ("add_column jobs weight", "modify_type settings name", "add_table elsewhere"))
    assert "targets" not in told


def test_every_step_down_and_up_again(bare):
    migrating.upgrade(bare)
    for step in [*reversed(migrating.known()[:-1]), "base"]:
        migrating.downgrade(bare, step)
        assert at(bare) == (None if step == "base" else step)
    assert tables(bare) == {migrating.WRITTEN_IN}
    migrating.upgrade(bare)
    assert (at(bare), differences(bare)) == (migrating.known()[-1], [])


def test_a_database_from_before_migrations_is_taken_over(bare):
    later = {"saved_views", "links", "visits", "attempts", "audit"}
    records.metadata.create_all(bare, [table for table in records.metadata.sorted_tables if table.name not in later])
    with bare.begin() as connection:
        connection.execute(records.settings.insert().values(dataset="survey", name="min_base", value=25))
    assert records.setting("survey", "min_base", 10) == 25
    assert (at(bare), differences(bare)) == (migrating.known()[-1], [])


def test_a_database_of_a_newer_program_is_refused_and_left_alone(bare):
    migrating.upgrade(bare)
    with bare.begin() as connection:
        connection.execute(sa.text(f"UPDATE {migrating.WRITTEN_IN} SET version_num = '9000'"))
        connection.execute(sa.text("ALTER TABLE jobs ADD COLUMN later INTEGER"))
    for attempt in (records.all_jobs, lambda: migrating.upgrade(bare), lambda: migrating.downgrade(bare, "base")):
        with pytest.raises(StoreError, match=r"newer version .* \(schema 9000; this one knows 0") as refused:
            attempt()
        assert "\n" not in str(refused.value)
    assert "later" in {column["name"] for column in sa.inspect(bare).get_columns("jobs")}


BROKEN = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0900", "{last}"


def upgrade():
    op.add_column("jobs", sa.Column("half", sa.Integer))
    op.execute("UPDATE jobs SET owner = 'changed'")
    op.execute("SELECT * FROM nowhere")
"""


def test_a_step_that_fails_leaves_all_as_it_was(bare, tmp_path, monkeypatch):
    records.add_job("a", "ann", "survey", "draft", {})
    last = migrating.known()[-1]
    shutil.copytree(migrating.FOLDER, tmp_path / "100 % steps")
    (tmp_path / "100 % steps" / "versions" / "0900_broken.py").write_text(BROKEN.format(last=last), encoding="utf-8")
    monkeypatch.setattr(migrating, "FOLDER", tmp_path / "100 % steps")
    database.close()
    with pytest.raises(StoreError, match=r"nothing was changed: .*nowhere"):
        records.all_jobs()
    monkeypatch.undo()
    assert (at(bare), differences(bare)) == (last, [])
    assert "half" not in {column["name"] for column in sa.inspect(bare).get_columns("jobs")}
    with bare.connect() as connection:
        assert connection.execute(sa.select(records.jobs.c.owner)).scalar() == "ann"


SLOW = """
import time

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0900", "{last}"


def upgrade():
    op.add_column("jobs", sa.Column("half", sa.Integer))
    op.execute("DELETE FROM jobs")
    print("half done", flush=True)
    time.sleep(60)
"""


def test_a_process_killed_in_a_step_leaves_all_as_it_was(bare, tmp_path):
    records.add_job("a", "ann", "survey", "draft", {})
    last = migrating.known()[-1]
    shutil.copytree(migrating.FOLDER, tmp_path / "steps")
    (tmp_path / "steps" / "versions" / "0900_slow.py").write_text(SLOW.format(last=last), encoding="utf-8")
    other = f"from pathlib import Path; from cx.store import migrating; migrating.FOLDER = Path({str(tmp_path / 'steps')!r});"
    with subprocess.Popen([sys.executable, "-c", other + BEGIN], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"half done\n"
        process.kill()
    database.close()
    assert [row["id"] for row in records.all_jobs()] == ["a"]
    assert (at(bare), differences(bare)) == (last, [])


def test_processes_that_start_at_once_do_not_collide(bare):
    started = [
        subprocess.Popen([sys.executable, "-c", BEGIN], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(5)
    ]
    said = [process.communicate(timeout=120)[0].decode() for process in started]
    assert [(process.returncode, text) for process, text in zip(started, said, strict=True)] == [(0, "")] * 5
    assert (at(bare), differences(bare)) == (migrating.known()[-1], [])


def test_alembic_is_imported_only_when_a_step_is_due():
    asked = f"import sys; {BEGIN}; print('alembic' in sys.modules)"

    def imported() -> str:
        return subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True).stdout.strip()

    assert [imported(), imported()] == ["True", "False"]
