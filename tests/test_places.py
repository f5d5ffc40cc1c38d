"""Datasets in a bucket: what is true of a home is true there, also seen from another host."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cx import edits, imports
from cx.errors import StoreError
from cx.intake.masking import pseudonym
from cx.measure import kpis
from cx.principal import LOCAL
from cx.store import bucket, checking, database, datasets, erasure, places, vectors
from tests import storage
from tests.exported import answers, written

QUOTE = "Our guide Quentin was late"


def rows(n: int) -> list[dict]:
    """Answers of ten customers; the comments of cust-7 can be recognised."""
    out = [row | {"Customer ID": f"cust-{place % 10}"} for place, row in enumerate(answers(n))]
    for row in out[7::10]:
        row["Comment"] = f"{QUOTE}, visit {row['Response ID']}."
    return out


@pytest.fixture
def take(tmp_path):
    def run(n: int = 30) -> str:
        given = rows(n)
        return imports.into(LOCAL, "survey", [written(tmp_path / "survey.csv", [list(given[0]), *map(_cells, given)])])

    return run


def _cells(row: dict) -> list:
    return list(row.values())


@pytest.fixture
def on_host(tmp_path, monkeypatch):
    """`on_host("b")`: as another machine sees it, with a home of its own and nothing remembered."""

    def go(name: str) -> Path:
        monkeypatch.setenv("CX_HOME", str(tmp_path / name))
        return datasets.home()

    return go


@pytest.fixture
def at_once(monkeypatch):
    """Looks at the bucket count for no time."""
    monkeypatch.setattr(bucket, "PATIENCE", 0.0)
    monkeypatch.setattr(bucket, "TIMES", 0)


def everything(folder: Path) -> str:
    """All that lies in a folder, unpacked, as one text."""
    out = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            out.append(json.dumps(pq.read_table(path).to_pylist(), default=str))
        elif path.suffix == ".gz":
            out.append(gzip.decompress(path.read_bytes()).decode())
        else:
            out.append(path.read_bytes().decode(errors="replace"))
    return "\n".join(out)


def in_it(held: storage.Held, folder: Path) -> str:
    """All that the bucket holds, as one text."""
    for key in held.keys():  # noqa: SIM118 - not a dict
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        held.client.download_file(held.name, key, str(path))
    return everything(folder)


def table() -> str:
    return kpis.table(datasets.open_dataset(LOCAL, "survey"), ["Region"], min_base=1).to_json()


def test_the_same_numbers_as_in_a_home(take, in_bucket, monkeypatch):
    monkeypatch.delenv("CX_DATASETS")
    take()
    expected = table()
    monkeypatch.setenv("CX_DATASETS", in_bucket.environment["CX_DATASETS"])
    assert datasets.names(LOCAL) == []
    assert take() == "0001"
    assert table() == expected
    keys = in_bucket.keys()
    assert all(key.startswith("team/data/survey/0001/") for key in keys)
    assert {key.rpartition("/")[2] for key in keys} <= set(places.FILES)
    assert not list(datasets.home().glob("cache/*/desk/*")), "nothing stays where it was written"


def test_versions_come_and_are_restored(take, in_bucket, cx):
    take(30)
    first = table()
    assert take(40) == "0002"
    assert len(datasets.open_dataset(LOCAL, "survey").query("SELECT response_id FROM responses")) == 40
    code, told, _ = cx("versions", "survey", "--restore", "0001")
    assert (code, told) == (0, "survey 0003\n")
    assert table() == first
    assert datasets.versions(LOCAL, "survey") == ["0001", "0002", "0003"]
    code, told, _ = cx("check")
    assert code == 0 and "1 datasets, no problem found." in told
    code, told, _ = cx("kpis", "survey", "--json")
    assert code == 0 and json.loads(told)


def test_edits_make_versions(take, in_bucket):
    take()
    said = datasets.open_dataset(LOCAL, "survey").query("SELECT * FROM mentions ORDER BY response_id LIMIT 1").iloc[0]
    made = edits.correction(said["response_id"], said["question"], said["text"], -1)
    assert edits.add(LOCAL, "survey", "sentiment", made) == "0002"
    found = datasets.open_dataset(LOCAL, "survey").query(
        "SELECT sentiment_label FROM mentions WHERE response_id = ? AND text = ?", [said["response_id"], said["text"]]
    )
    assert found["sentiment_label"].tolist() == ["negative"]
    assert checking.check(LOCAL, "survey") == []


def test_another_host_sees_a_version_and_an_erasure(take, in_bucket, on_host, at_once, tmp_path):
    one = on_host("one")
    take(30)
    name = pseudonym("cust-7", datasets.key())
    other = on_host("other")
    seen = datasets.open_dataset(LOCAL, "survey")
    before, stamp = table(), datasets.stamp("survey", "0001")
    vectors.rows(seen)
    assert name in everything(other) and QUOTE in everything(other)
    on_host("one")
    take(40)
    on_host("other")
    assert datasets.versions(LOCAL, "survey") == ["0001", "0002"]
    on_host("one")
    assert erasure.forget(LOCAL, "survey", ["cust-7"]) == (1, 3 + 4, 2)
    for text in (in_it(in_bucket, tmp_path / "got"), everything(one / "cache")):
        assert name not in text and QUOTE not in text and "cust-8" not in text
    on_host("other")
    datasets.names(LOCAL)
    held = everything(other / "cache")
    assert name not in held and QUOTE not in held
    assert not list(other.rglob(f"{vectors.NAME}-*"))
    assert datasets.stamp("survey", "0001") != stamp, "caches of numbers can tell"
    assert table() != before
    assert len(seen.query("SELECT response_id FROM responses")) == 27, "a page that is open goes on"
    assert checking.check(LOCAL, "survey") == []


def test_other_processes_of_a_home_see_a_version_at_once(take, in_bucket):
    take()
    assert datasets.versions(LOCAL, "survey") == ["0001"]
    subprocess.run(
        [sys.executable, "-m", "cx", "versions", "survey", "--restore", "0001"], check=True, capture_output=True
    )
    assert datasets.versions(LOCAL, "survey") == ["0001", "0002"]


def test_a_writer_knows_what_another_host_has_just_written(take, in_bucket, on_host):
    on_host("one")
    take(20)
    on_host("other")
    assert datasets.versions(LOCAL, "survey") == ["0001"]
    on_host("one")
    take(30)
    on_host("other")
    assert erasure.forget(LOCAL, "survey", [datasets.open_dataset(LOCAL, "survey").query(
        "SELECT customer_id FROM responses WHERE customer_id IS NOT NULL ORDER BY 1"
    )["customer_id"][0]]).versions == 2  # fmt: skip


def test_copies_nobody_reads_go_when_what_they_copy_changes(take, in_bucket, on_host, at_once):
    on_host("one")
    take()
    other = on_host("other")
    table()
    places.close()  # started again
    on_host("one")
    erasure.forget(LOCAL, "survey", ["cust-7"])
    on_host("other")
    datasets.names(LOCAL)
    assert not list(other.rglob("*.parquet"))


def test_copies_go_that_nobody_knows_the_origin_of(take, in_bucket, at_once, monkeypatch):
    take()
    where = datasets.open_dataset(LOCAL, "survey").where
    record = where.with_suffix(".json")
    for damage in (record.unlink, lambda: record.write_text('{"facts.parq', encoding="utf-8")):
        table()
        damage()
        if record.exists():
            os.utime(record, (0, 0))
        datasets.names(LOCAL)
        assert not list(where.glob("*.parquet"))
    table()
    monkeypatch.delenv("CX_DATASETS")
    assert where.exists()
    datasets.clean()
    assert not where.exists(), "datasets do not lie in the bucket any more"


def test_a_deleted_dataset_is_gone_everywhere(take, in_bucket, on_host, at_once):
    one = on_host("one")
    take()
    other = on_host("other")
    table()
    on_host("one")
    erasure.forget_dataset(LOCAL, "survey")
    assert in_bucket.keys() == []
    on_host("other")
    assert datasets.names(LOCAL) == [] and datasets.stamp("survey", "0001") == ""
    with pytest.raises(StoreError, match="no dataset 'survey'"):
        datasets.open_dataset(LOCAL, "survey")
    assert not list(one.rglob("*.parquet")) and not list(other.rglob("*.parquet"))


def test_what_was_read_is_not_fetched_again(take, in_bucket, on_host, monkeypatch):
    on_host("one")
    take()
    on_host("other")
    fetched, real = [], bucket.Bucket._get

    def get(self, place, file, where):
        fetched.append(file)
        real(self, place, file, where)

    monkeypatch.setattr(bucket.Bucket, "_get", get)
    assert datasets.open_dataset(LOCAL, "survey").manifest["rows_kept"] == 30
    assert fetched == ["manifest.json"], "a list of versions costs no tables"
    for _ in range(3):
        table()
    places.close()
    table()
    assert sorted(fetched) == sorted(key.rpartition("/")[2] for key in in_bucket.keys())  # noqa: SIM118


def test_a_copy_that_was_damaged_is_made_anew(take, in_bucket):
    take()
    expected = table()
    where = datasets.open_dataset(LOCAL, "survey").where
    (where / "facts.parquet").write_bytes(b"no table")
    (where / "topics.json").unlink()
    assert table() == expected
    assert checking.check(LOCAL, "survey") == []


KILLED = """
import os, signal, sys
from pathlib import Path
from cx import imports
from cx.principal import LOCAL
from cx.store import places
held, sent = places.bucket(), []
real = held._files.put_file
def put(*args, **more):
    sent.append(args)
    if len(sent) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **more)
held._files.put_file = put
imports.into(LOCAL, "survey", [imports.Given(Path(sys.argv[1]), "survey.csv", {})])
"""


@pytest.mark.parametrize("at", [2, 6])
def test_a_killed_import_leaves_nothing_that_is_seen(take, in_bucket, tmp_path, on_host, at_once, at):
    on_host("one")
    given = rows(30)
    path = written(tmp_path / "survey.csv", [list(given[0]), *map(_cells, given)]).path
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), str(at)], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(in_bucket.keys()) == at - 1
    assert datasets.names(LOCAL) == []
    on_host("other")
    assert datasets.clean() == [] and len(in_bucket.keys()) == at - 1, "another host's import may still be under way"
    assert datasets.names(LOCAL) == []
    on_host("one")
    assert datasets.clean() == ["survey/0001"]
    assert in_bucket.keys() == [] and not list(datasets.home().rglob("*.parquet"))


def test_an_upload_that_fails_leaves_nothing(take, in_bucket, monkeypatch):
    take(30)
    there = in_bucket.keys()
    held = places.bucket()
    real = held._files.put_file

    def put(source, target, **more):
        if target.endswith("topics.json"):
            raise OSError("connection lost")
        return real(source, target, **more)

    monkeypatch.setattr(held._files, "put_file", put)
    with pytest.raises(StoreError, match="CX_DATASETS names cannot be used: it does not answer"):
        take(40)
    assert in_bucket.keys() == there
    assert datasets.versions(LOCAL, "survey") == ["0001"] and checking.check(LOCAL, "survey") == []
    monkeypatch.undo()


def test_an_erasure_broken_off_is_done_again(take, in_bucket, monkeypatch, tmp_path):
    take()
    held = places.bucket()
    real = held._files.put_file

    def put(source, target, **more):
        if target.endswith("responses.parquet"):
            raise OSError("connection lost")
        return real(source, target, **more)

    held._files.put_file = put
    with pytest.raises(StoreError, match="cannot be used"):
        erasure.forget(LOCAL, "survey", ["cust-7"])
    held._files.put_file = real
    assert erasure.forget(LOCAL, "survey", ["cust-7"]).customers == 1
    assert QUOTE not in in_it(in_bucket, tmp_path / "got")
    assert checking.check(LOCAL, "survey") == []


def test_two_hosts_do_not_mix_their_versions(take, in_bucket, on_host, at_once):
    on_host("one")
    mine = datasets.new_version(LOCAL, "survey")
    on_host("other")
    take()
    on_host("one")
    with pytest.raises(StoreError, match="Another host"):
        datasets.finish(mine, {"name": "mine"})
    assert datasets.open_dataset(LOCAL, "survey").manifest["rows_kept"] == 30


def test_keys_that_are_not_ours_become_no_paths(in_bucket):
    for key in ("../0001/manifest.json", "x/0001/../../../manifest.json", "x/0001/run.py", "X Y/0001/manifest.json",
                "manifest.json", "x/y/manifest.json"):  # fmt: skip
        in_bucket.client.put_object(Bucket=in_bucket.name, Key=f"team/data/{key}", Body=b"{}")
    in_bucket.client.put_object(Bucket=in_bucket.name, Key="elsewhere/x/0001/manifest.json", Body=b"{}")
    assert datasets.names(LOCAL) == []
    assert datasets.clean() == []
    assert len(in_bucket.keys()) == 7


def test_abandoned_versions_go(in_bucket, monkeypatch):
    in_bucket.client.put_object(Bucket=in_bucket.name, Key="team/data/half/0001/topics.json", Body=b"{}")
    assert datasets.clean() == []
    assert datasets.new_version(LOCAL, "half").name == "0002", "one that is just being sent counts"
    monkeypatch.setattr(bucket, "ABANDONED", bucket.timedelta(0))
    assert datasets.clean() == ["half/0001", "half/0002"]
    assert in_bucket.keys() == []


def test_a_listing_of_many_pages(in_bucket, monkeypatch):
    for number in range(7):
        key = f"team/data/survey/{number + 1:04d}/manifest.json"
        in_bucket.client.put_object(Bucket=in_bucket.name, Key=key, Body=b"{}")
    held = places.bucket()
    real = held._files.call_s3
    monkeypatch.setattr(held._files, "call_s3", lambda method, **asked: real(method, MaxKeys=3, **asked))
    assert len(datasets.versions(LOCAL, "survey")) == 7


def test_large_files_go_up_in_pieces_and_come_down_whole(in_bucket, on_host, monkeypatch):
    monkeypatch.setattr(bucket, "PIECE", 5 << 20)  # the least there may be
    content = os.urandom((11 << 20) + 1)
    on_host("one")
    where = datasets.new_version(LOCAL, "survey")
    (where / "facts.parquet").write_bytes(content)
    datasets.finish(where, {"name": "survey"})
    key = "team/data/survey/0001/facts.parquet"
    assert in_bucket.client.head_object(Bucket=in_bucket.name, Key=key)["ETag"].strip('"').endswith("-3")
    on_host("other")
    assert (datasets.open_dataset(LOCAL, "survey").where / "facts.parquet").read_bytes() == content


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"CX_DATASETS": "s3://there-is-none-of-this-name/x"}, "there is no such bucket"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "nothing answers"),
        ({"AWS_ENDPOINT_URL": "nowhere"}, "address cannot be read"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "half a key"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_told_in_one_line(in_bucket, cx, monkeypatch, changed, why, tmp_path):
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    given = rows(12)
    path = written(tmp_path / "survey.csv", [list(given[0]), *map(_cells, given)]).path
    for words in (["check"], ["import", path]):
        code, told, error = cx(*words)
        assert code == 2 and why in error and "CX_DATASETS" in error
        assert len(error.strip().splitlines()) == 1
        assert not any(secret in told + error for secret in (storage.KEY, storage.SECRET))


def test_a_wrong_key_is_told_in_one_line(in_bucket, storage_server):
    with storage.checking_keys(storage_server):
        done = subprocess.run([sys.executable, "-m", "cx", "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "it refuses the key" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert storage.KEY not in done.stderr + done.stdout and storage.SECRET not in done.stderr + done.stdout


@pytest.mark.parametrize(
    "address",
    ["gs://bucket", "bucket", "s3://", "s3://key:secret@bucket/x", "s3://bucket/../x", "s3://bucket?x=1", "/tmp"],
)
def test_an_address_that_is_none(monkeypatch, address):
    monkeypatch.setenv("CX_DATASETS", address)
    with pytest.raises(StoreError, match=r"Write s3://bucket/prefix") as told:
        datasets.names(LOCAL)
    assert "secret" not in str(told.value)


def test_without_the_package_it_says_so(monkeypatch):
    monkeypatch.setenv("CX_DATASETS", "s3://bucket/x")
    monkeypatch.setitem(sys.modules, "s3fs", None)
    places.close()
    with pytest.raises(StoreError, match="pip install s3fs"):
        datasets.names(LOCAL)


def test_hosts_that_share_postgresql_take_turns(in_bucket, on_postgres, on_host, tmp_path):
    on_host("one")
    code = "import sys; from cx.store import datasets\nwith datasets.writing():\n print('mine', flush=True); sys.stdin.read()"
    there = {**os.environ, "CX_HOME": str(tmp_path / "other")}
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True, env=there) as other:
        assert other.stdout.readline() == "mine\n"
        with pytest.raises(StoreError, match="under way"), datasets.writing(wait=False):
            pass
        other.kill()
    begun = time.monotonic()
    with datasets.writing(), datasets.writing():
        assert time.monotonic() - begun < 60
    with database.alone(wait=False):
        pass
