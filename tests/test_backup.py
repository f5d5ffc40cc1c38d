"""Backups, tested by restoring: into the same kind of home and another; what a stranger made does no harm."""

import gzip
import hashlib
import io
import json
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import uuid
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from cx.errors import NotAllowedError, StoreError
from cx.intake.corrections import Saved
from cx.principal import LOCAL, Principal
from cx.store import archive, audit, backup, database, datasets, migrating, notes, places, portable, records
from tests import made, postgres

ROWS = [{"nps": n % 11, "Region": "North" if n % 2 else "South", "comment": f"Visit {n} was fine."} for n in range(12)]


@pytest.fixture(autouse=True)
def closed_afterwards():
    yield
    database.close()


@pytest.fixture
def filled(home):
    """A home with two versions of a dataset, a key and records of many kinds."""
    return _filled


def _filled(name: str = "survey") -> None:
    for version in ("0001", "0002"):
        made.dataset(datasets.home() / "stage", ROWS)
        where = places.receiving(name, version)
        for file in (datasets.home() / "stage").iterdir():
            shutil.move(file, where / file.name)
        (where / "original.csv.gz").write_bytes(gzip.compress(b"file,line\n"))
        datasets.finish(where, json.loads((where / "manifest.json").read_text(encoding="utf-8")) | {"name": version})
    (datasets.home() / "stage").rmdir()
    datasets.key()
    notes.annotate(LOCAL, name, "Streik – überall \U0001f6a7", date(2026, 3, 1), date(2026, 3, 4))
    notes.annotate(LOCAL, name, "Relaunch", date(2026, 4, 1))
    notes.delete_annotation(LOCAL, name, 1)
    notes.add_benchmarks(LOCAL, [{"industry": "retail", "kpi": "nps", "source": "x", "year": 2026, "value": 31.5}])
    records.set_setting(name, "min_base", 25)
    records.set_setting(name, "nothing", None)
    records.add_edit(name, "topics", {"op": "rename", "to": "Lieferung", "deep": [1, {"a": None}]}, "ann")
    records.save_mapping(Saved("zendesk", ("a", "b"), {"a": "nps"}))
    records.add_job("0123456789abcdef", "ann", name, "done", {"files": []})
    records.add_job("fedcba9876543210", "ann", name, "draft", {"files": []})


def all_records() -> dict[str, list[tuple]]:
    """Every row of every table, but those of jobs whose upload waits."""
    out = {}
    with database.engine().connect() as connection:
        for table in records.metadata.sorted_tables:
            rows = connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()
            own = [dict(row) for row in rows if row.get("state") != "draft"]
            out[table.name] = [row for row in own if not str(row.get("what")).endswith("a backup")]
    return out


def files(folder: Path) -> dict[str, tuple[str, int]]:
    """What lies in a folder: hash and mode of every file, but those of the records."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            stat.S_IMODE(path.stat().st_mode),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(("records.db", "work.lock"))
    }


@pytest.fixture
def another_postgres(postgres_server):
    with postgres.new_schema(postgres_server, f"felicific_{uuid.uuid4().hex}") as url:
        yield url
        database.close()


@pytest.fixture
def elsewhere(tmp_path, monkeypatch, request):
    """`elsewhere("new")`: from now on another home, with records of its own, in the database a test is about."""
    in_postgres = "both_databases" in request.fixturenames and request.getfixturevalue("both_databases") == "postgresql"
    usual = request.getfixturevalue("another_postgres") if in_postgres else ""

    def go(name: str, url: str = usual) -> Path:
        database.close()
        monkeypatch.setenv("CX_HOME", str(tmp_path / name))
        if url:
            monkeypatch.setenv("CX_DATABASE_URL", url)
        else:
            monkeypatch.delenv("CX_DATABASE_URL", raising=False)
        return datasets.home()

    return go


def test_everything_comes_back(both_databases, filled, elsewhere, tmp_path):
    filled()
    records_before, files_before = all_records(), files(datasets.home())
    held = backup.write(LOCAL, tmp_path / "b.tar.gz")
    assert held.versions == 2
    assert held.records == sum(map(len, records_before.values())) == 7
    assert stat.S_IMODE((tmp_path / "b.tar.gz").stat().st_mode) == 0o600
    assert files(datasets.home()) == files_before, "nothing is left behind"
    new = elsewhere("new")
    assert backup.restore(LOCAL, tmp_path / "b.tar.gz") == held
    assert all_records() == records_before
    assert files(new) == files_before
    assert files(new)["key"][1] == 0o600
    left = {path.name for path in new.iterdir()} - {"records.db", "records.db-wal", "records.db-shm"}
    assert left == {"datasets", "key", "work.lock"}
    assert records.job("fedcba9876543210") is None, "its upload is no part of a backup"


def test_from_sqlite_to_postgresql_and_back(filled, elsewhere, another_postgres, tmp_path):
    filled()
    before = all_records()
    backup.write(LOCAL, tmp_path / "one.tar.gz")
    elsewhere("new", another_postgres)
    backup.restore(LOCAL, tmp_path / "one.tar.gz")
    assert all_records() == before
    assert notes.annotate(LOCAL, "survey", "later", date(2026, 5, 1)) == 3, "numbers go on after the last"
    after = all_records()
    backup.write(LOCAL, tmp_path / "two.tar.gz")
    elsewhere("newer")
    backup.restore(LOCAL, tmp_path / "two.tar.gz")
    assert all_records() == after
    assert notes.annotate(LOCAL, "survey", "later still", date(2026, 5, 2)) == 4


def test_it_is_of_one_moment(both_databases, filled, elsewhere, tmp_path, monkeypatch):
    filled()
    before, real, calls = all_records(), portable._plain, []

    def plain(value):
        if not calls:
            calls.append(value)
            records.set_setting("zzz", "later", 1)
            records.add_edit("survey", "topics", {"late": True}, "bob")
            records.forget("survey")
        return real(value)

    monkeypatch.setattr(portable, "_plain", plain)
    backup.write(LOCAL, tmp_path / "b.tar.gz")
    assert calls and records.setting("zzz", "later", 0) == 1
    elsewhere("new")
    backup.restore(LOCAL, tmp_path / "b.tar.gz")
    assert all_records() == before


def test_writers_of_datasets_wait_for_it(filled, tmp_path, monkeypatch):
    filled()
    real = archive.Writer.add
    code = "from cx.store import datasets\nwith datasets.writing(wait=False): print('in')"
    said = []

    def add(self, name, path):
        if not said:
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
            said.append(done.stderr)
        real(self, name, path)

    monkeypatch.setattr(archive.Writer, "add", add)
    backup.write(LOCAL, tmp_path / "b.tar.gz")
    assert "under way" in said[0]


def test_nothing_is_overwritten_unasked(filled, cx, tmp_path, elsewhere):
    filled()
    path = tmp_path / "b.tar.gz"
    code, told, _ = cx("backup", path)
    assert code == 0 and told == f"{path}: 2 versions of datasets, 7 records\n"
    code, _, error = cx("backup", path)
    assert code == 2 and "--force" in error
    assert cx("backup", path, "--force")[0] == 0
    code, _, error = cx("restore", path)  # two of the records say that backups were made
    assert code == 2 and "hold 1 datasets and 10 records already" in error and "--force" in error
    elsewhere("only-a-key")
    datasets.key()
    assert cx("restore", path)[0] == 2
    elsewhere("only-a-record")
    records.set_setting("other", "x", 1)
    code, _, error = cx("restore", path)
    assert code == 2 and "0 datasets and 1 record" in error


def test_force_replaces_all_of_it(both_databases, filled, cx, tmp_path, elsewhere):
    filled()
    audit.write(LOCAL, "elsewhere")
    before, there = all_records(), files(datasets.home())
    backup.write(LOCAL, tmp_path / "b.tar.gz")
    elsewhere("other")
    filled("tickets")
    records.set_setting("tickets", "x", 1)
    audit.write(LOCAL, "here")
    code, told, _ = cx("restore", tmp_path / "b.tar.gz", "--force")
    assert code == 0 and told.startswith("2 versions of datasets, 8 records, as they were at 20")
    assert datasets.names(LOCAL) == ["survey"]
    assert files(datasets.home()) == there
    after = all_records()
    assert {name: after[name] for name in after if name != "audit"} == {n: before[n] for n in before if n != "audit"}
    # The audit is only added to, by whoever it may be: what was there stays.
    assert cx("restore", tmp_path / "b.tar.gz", "--force")[0] == 0
    said = [entry.what for entry in reversed(audit.listed(LOCAL))]
    assert said == ["here", "elsewhere", "restored a backup", "restored a backup"]


def test_a_real_dataset_counts_the_same_afterwards(own_sample, cx, tmp_path, elsewhere):
    _, numbers, _ = cx("kpis", "sample", "--by", "Region", "--json")
    assert cx("backup", tmp_path / "b.tar.gz")[0] == 0
    elsewhere("new")
    assert cx("restore", tmp_path / "b.tar.gz")[0] == 0
    assert cx("kpis", "sample", "--by", "Region", "--json")[1] == numbers != "[]"
    code, told, _ = cx("check")
    assert code == 0 and "1 datasets, no problem found." in told


def test_only_admins_may(filled, tmp_path):
    filled()
    for who in (Principal("ann", "analyst"), Principal("vic", "viewer"), Principal("eve", "admin", frozenset({"x"}))):
        for act in (backup.write, backup.restore):
            with pytest.raises(NotAllowedError):
                act(who, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()


# --- Steps of migrations


LATER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0900", "{last}"


def upgrade():
    op.create_table(
        "later",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("scope", sa.JSON),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("share", sa.Float),
        sa.Column("price", sa.Numeric(10, 2)),
        sa.Column("until", sa.DateTime),
        sa.Column("job", sa.String(32), sa.ForeignKey("jobs.id")),
    )
    op.execute("UPDATE jobs SET owner = owner || ' (moved)'")


def downgrade():
    op.drop_table("later")
"""

ROW = {
    "id": 7, "token": b"\x00\xff", "scope": None, "open": True, "share": 0.5, "price": None,
    "until": datetime(2026, 5, 4, 3, 2, 1, 987654), "job": "0123456789abcdef",
}  # fmt: skip


@pytest.fixture
def one_step_later(tmp_path, monkeypatch):
    """`one_step_later()`: the program with one more step and one more table."""

    def go() -> None:
        shutil.copytree(migrating.FOLDER, tmp_path / "steps")
        last = migrating.known()[-1]
        (tmp_path / "steps" / "versions" / "0900_later.py").write_text(LATER.format(last=last), encoding="utf-8")
        monkeypatch.setattr(migrating, "FOLDER", tmp_path / "steps")
        database.close()

    return go


def test_a_table_that_is_new_comes_along(filled, elsewhere, another_postgres, one_step_later, tmp_path):
    one_step_later()
    filled()

    def table(connection: sa.Connection) -> sa.Table:
        return sa.Table("later", sa.MetaData(), autoload_with=connection)

    with database.engine().begin() as connection:
        connection.execute(
            table(connection).insert(), [ROW, {**ROW, "id": 9, "scope": {"pages": ["a"]}, "open": False}]
        )
    backup.write(LOCAL, tmp_path / "one.tar.gz")
    elsewhere("new", another_postgres)
    backup.restore(LOCAL, tmp_path / "one.tar.gz")
    backup.write(LOCAL, tmp_path / "two.tar.gz")
    for again in (False, True):
        if again:
            elsewhere("newer")
            backup.restore(LOCAL, tmp_path / "two.tar.gz")
        with database.engine().connect() as connection:
            own = table(connection)
            found = [dict(row) for row in connection.execute(sa.select(own).order_by(own.c.id)).mappings()]
            none = sa.select(sa.func.count()).where(own.c.scope.is_(sa.null()))
            assert connection.execute(none.select_from(own)).scalar_one() == 1, "no value is not JSON's null"
        assert [bytes(row.pop("token")) for row in found] == [ROW["token"]] * 2
        assert found[0] == {name: value for name, value in ROW.items() if name != "token"}
        assert (found[1]["scope"], found[1]["open"]) == ({"pages": ["a"]}, False)


def test_records_of_an_older_program_are_brought_up_to_date(
    both_databases, filled, elsewhere, one_step_later, tmp_path
):
    filled()
    backup.write(LOCAL, tmp_path / "b.tar.gz")
    one_step_later()
    elsewhere("new")
    backup.restore(LOCAL, tmp_path / "b.tar.gz")
    assert records.job("0123456789abcdef")["owner"] == "ann (moved)"
    with database.engine().connect() as connection:
        assert migrating.version(connection) == "0900"


def test_records_of_a_newer_program_are_refused(filled, elsewhere, one_step_later, tmp_path, monkeypatch):
    one_step_later()
    filled()
    backup.write(LOCAL, tmp_path / "b.tar.gz")
    monkeypatch.undo()
    new = elsewhere("new")
    with pytest.raises(StoreError, match=r"newer version of this program \(schema 0900"):
        backup.restore(LOCAL, tmp_path / "b.tar.gz")
    assert files(new) == {}


# --- What is no backup


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A backup as it should be, for reading."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CX_HOME", str(tmp_path_factory.mktemp("whole") / "home"))
        patched.delenv("CX_DATABASE_URL", raising=False)
        patched.delenv("CX_DATASETS", raising=False)
        database.close()
        _filled()
        backup.write(LOCAL, datasets.home().parent / "b.tar.gz")
        path = datasets.home().parent / "b.tar.gz"
        database.close()
    return path


def good(path: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(path) as tar:
        return [(info, tar.extractfile(info).read()) for info in tar.getmembers()]


def packed(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], fits: bool = True) -> None:
    """Writes an archive by hand; with `fits` its last file says what it holds."""
    if fits:
        held = {i.name: [len(c), hashlib.sha256(c).hexdigest()] for i, c in members if i.name != "contents.json"}
        members = [(i, c) for i, c in members if i.name != "contents.json"]
        members.append((tarfile.TarInfo("contents.json"), json.dumps(held).encode()))
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for info, content in members:
            if info.isreg():
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


HOSTILE = {
    "traversal": named("../evil"),
    "traversal in a version": named("datasets/x/0001/../../../evil"),
    "absolute": named("/tmp/felicific-evil"),
    "another file of the home": named("records.db"),
    "a version with letters": named("datasets/x/v1/manifest.json"),
    "a name in capitals": named("datasets/X Y/0001/manifest.json"),
    "a file no version has": named("datasets/x/0001/evil.py"),
    "a table's name": named("records/../x.jsonl"),
    "an unknown table": named("records/pg_shadow.jsonl"),
    "a symbolic link": named("datasets/x/0001/manifest.json", tarfile.SYMTYPE, "/etc/passwd"),
    "a hard link": named("datasets/x/0001/manifest.json", tarfile.LNKTYPE, "key"),
    "a link for the key": named("key", tarfile.SYMTYPE, "/etc/shadow"),
    "a folder": named("datasets/x", tarfile.DIRTYPE),
    "a device": named("datasets/x/0001/manifest.json", tarfile.CHRTYPE),
    "a pipe": named("datasets/x/0001/manifest.json", tarfile.FIFOTYPE),
    "a name in a further block": named("datasets/" + "x" * 300 + "/0001/manifest.json"),
    "the same twice": named("felicific.json"),
    "not English letters": named("datasets/x/0001/manifest.jsön"),
}


@pytest.fixture
def refused(cx, elsewhere, tmp_path):
    """Restores a file and sees to it that it is refused in one line, and that nothing was touched."""

    def run(path: Path, why: str = "") -> None:
        new = elsewhere("new")
        before, around = files(new), sorted(path.name for path in tmp_path.iterdir())
        code, told, error = cx("restore", path)
        assert (code, told) == (2, "") and len(error.strip().splitlines()) == 1
        assert why in error and "Something unexpected" not in error, error
        assert files(new) == before and all_records() == {name: [] for name in records.metadata.tables}
        assert sorted(path.name for path in tmp_path.iterdir()) == around
        assert not Path("/tmp/felicific-evil").exists()
        assert not list(new.glob("restore.*"))

    return run


@pytest.mark.parametrize("member", HOSTILE.values(), ids=list(HOSTILE))
def test_names_and_links_that_lead_elsewhere_are_refused(whole, refused, tmp_path, member):
    packed(tmp_path / "h.tar.gz", [*good(whole), (member, b"{}")])
    refused(tmp_path / "h.tar.gz")


def _changed(members: list, name: str, change) -> list:
    return [(info, change(content) if info.name == name else content) for info, content in members]


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("felicific.json", lambda c: b"[" * 100_000, "no backup"),
        ("felicific.json", lambda c: b'{"format": 1, "written": 5}', "no backup"),
        ("felicific.json", lambda c: c.replace(b'"format": 1', b'"format": 2'), "newer version"),
        ("felicific.json", lambda c: c.replace(b'"0', b'"9'), "newer version"),
        ("records/settings.jsonl", lambda c: c + b"{", "settings, row 3"),
        ("records/settings.jsonl", lambda c: c + b"[]\n", "settings, row 3"),
        ("records/settings.jsonl", lambda c: c + b'{"nowhere": 1}\n', "settings, row 3"),
        ("records/settings.jsonl", lambda c: c + c.splitlines(True)[0], "do not fit the table settings"),
        ("records/settings.jsonl", lambda c: c + b'{"dataset": 5}\n', "settings, row 3"),
        ("records/settings.jsonl", lambda c: c + b'{"dataset": "x"}\n', "do not fit the table settings"),
        ("records/annotations.jsonl", lambda c: c.replace(b'"id": 2', b'"id": true'), "annotations, row 1"),
        ("records/annotations.jsonl", lambda c: c.replace(b"2026-04-01", b"2026-99-01"), "annotations, row 1"),
        ("records/jobs.jsonl", lambda c: c.replace(b'"ann"', b'"\xff"'), "jobs, row 1"),
        ("datasets/survey/0001/manifest.json", lambda c: b"{", "no finished dataset in 0001"),
    ],
)  # fmt: skip
def test_content_that_does_not_fit_is_refused(whole, refused, tmp_path, name, change, why):
    packed(tmp_path / "h.tar.gz", _changed(good(whole), name, change))
    refused(tmp_path / "h.tar.gz", why)


def test_a_version_without_its_manifest_is_refused(whole, refused, tmp_path):
    left = [pair for pair in good(whole) if pair[0].name != "datasets/survey/0002/manifest.json"]
    packed(tmp_path / "h.tar.gz", left)
    refused(tmp_path / "h.tar.gz", "no finished dataset in 0002")


def test_damage_is_noticed(whole, refused, tmp_path):
    path, content, members = tmp_path / "b.tar.gz", whole.read_bytes(), good(whole)
    for cut in (0, 1, 20, len(content) // 2, len(content) - 600):
        path.write_bytes(content[:cut])
        refused(path, "no backup, or it is damaged")
    packed(path, [pair for pair in members if pair[0].name != "key"], fits=False)
    refused(path, "not whole")
    packed(path, _changed(members, "key", lambda c: c[::-1]), fits=False)
    refused(path, "not whole")
    packed(path, members[:-1], fits=False)
    refused(path, "not whole")
    packed(path, [*members[:-1], (named("contents.json"), b"[" * 100_000)], fits=False)
    refused(path, "no backup")
    for content in (b"", b"no archive", gzip.compress(b""), gzip.compress(b"x" * 2_000), gzip.compress(bytes(4096))):
        path.write_bytes(content)
        refused(path, "no")
    refused(tmp_path / "nowhere.tar.gz", "no file")
    refused(tmp_path, "no file")


def test_a_file_that_unpacks_to_more_than_there_is_room_for(whole, refused, tmp_path, monkeypatch):
    big = named("datasets/x/0001/facts.parquet")
    packed(tmp_path / "h.tar.gz", [*good(whole), (big, bytes(archive.SMALL))])
    assert (tmp_path / "h.tar.gz").stat().st_size < archive.SMALL / archive.MOST_PACKED
    refused(tmp_path / "h.tar.gz", "more than there is room for")
    monkeypatch.setattr(archive, "MOST_FILES", 5)
    refused(whole, "no backup")


# --- Whole or not at all


def test_what_fails_at_the_end_is_taken_back(both_databases, filled, elsewhere, tmp_path, monkeypatch):
    filled()
    backup.write(LOCAL, tmp_path / "b.tar.gz")
    other = elsewhere("other")
    filled("tickets")
    before, there = all_records(), files(other)

    def commit(self):
        raise sa.exc.OperationalError("commit", {}, Exception("the disk is gone"))

    monkeypatch.setattr(sa.Connection, "commit", commit)
    with pytest.raises(sa.exc.OperationalError):
        backup._put_in_place(*_unpacked(tmp_path / "b.tar.gz", other, monkeypatch))
    assert (all_records(), files(other)) == (before, there)
    assert backup.broken_off() == []


def _unpacked(path: Path, home: Path, monkeypatch) -> tuple:
    """What a restore has made of a file when it begins to put things in place."""
    folder = home.parent / "beside"
    folder.mkdir()
    found = archive.unpack(path, folder, backup.HEADER, backup._known)
    backup._laid_out(found, folder / "datasets")
    key = next(each.path for each in found if each.name == "key")
    return folder, key, lambda connection: connection.execute(records.settings.delete())


KILLED = """
import os, signal, sys
from pathlib import Path
from cx.principal import LOCAL
from cx.store import backup, portable
real = os.replace
def replace(source, target):
    real(source, target)
    if str(target).endswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
os.replace = replace
backup.restore(LOCAL, Path(sys.argv[1]))
"""


@pytest.mark.parametrize(("at", "wrong"), [("manifest.json", False), ("key", True), ("datasets", True)])
def test_a_restore_that_was_killed_says_so_and_is_done_again(filled, elsewhere, cx, tmp_path, at, wrong):
    filled()
    before, there = all_records(), files(datasets.home())
    path = tmp_path / "b.tar.gz"
    backup.write(LOCAL, path)
    new = elsewhere("new")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), at], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    if wrong:
        code, told, _ = cx("check")
        assert code == 2 and "A restore was broken off" in told
        assert cx("restore", path, "--force")[0] == 0
    else:
        assert files(new).keys().isdisjoint(there)
        with datasets.writing():
            datasets.clean()
        assert files(new) == {} and backup.broken_off() == []
        assert cx("restore", path)[0] == 0
    assert (all_records(), files(new)) == (before, there)
    assert backup.broken_off() == []


# --- Datasets in a bucket


def test_from_a_home_to_a_bucket_and_back(in_bucket, filled, elsewhere, cx, tmp_path, monkeypatch):
    address = in_bucket.environment["CX_DATASETS"]
    monkeypatch.delenv("CX_DATASETS")
    filled()
    there, before = files(datasets.home()), all_records()
    backup.write(LOCAL, tmp_path / "one.tar.gz")
    monkeypatch.setenv("CX_DATASETS", address)
    elsewhere("new")
    assert cx("restore", tmp_path / "one.tar.gz")[0] == 0
    assert datasets.versions(LOCAL, "survey") == ["0001", "0002"]
    assert len(in_bucket.keys()) == len([name for name in there if name.startswith("datasets/")])
    assert all_records() == before
    code, _, error = cx("restore", tmp_path / "one.tar.gz", "--force")
    assert code == 2 and "bucket holds datasets already" in error
    elsewhere("third")
    assert cx("backup", tmp_path / "two.tar.gz")[0] == 0, "a host that has no copies yet"
    monkeypatch.delenv("CX_DATASETS")
    newest = elsewhere("newest")
    assert cx("restore", tmp_path / "two.tar.gz")[0] == 0
    own = {name: held for name, held in files(newest).items() if name.startswith("datasets/")}
    assert {name: held[0] for name, held in own.items()} == {
        name: held[0] for name, held in there.items() if name.startswith("datasets/")
    }


def test_a_bucket_that_fails_holds_nothing_afterwards(in_bucket, filled, elsewhere, tmp_path, monkeypatch):
    address = in_bucket.environment["CX_DATASETS"]
    monkeypatch.delenv("CX_DATASETS")
    filled()
    backup.write(LOCAL, tmp_path / "one.tar.gz")
    monkeypatch.setenv("CX_DATASETS", address)
    elsewhere("new")
    held = places.bucket()
    real = held._files.put_file

    def put(source, target, **more):
        if "0002/mentions" in target:
            raise OSError("connection lost")
        return real(source, target, **more)

    held._files.put_file = put
    with pytest.raises(StoreError, match="cannot be used"):
        backup.restore(LOCAL, tmp_path / "one.tar.gz")
    assert in_bucket.keys() == [] and datasets.names(LOCAL) == []
    assert all_records() == {name: [] for name in records.metadata.tables}
    assert not (datasets.home() / "key").exists()
