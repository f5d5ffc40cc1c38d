"""Versions on disk: names, what is visible when, who may what, one writer at a time, what `check` finds."""

import json
import os
import stat
import subprocess
import sys
import threading
import time

import pytest

from cx.errors import FilterError, NotAllowedError, StoreError
from cx.principal import LOCAL, Principal
from cx.store import checking, datasets
from tests import made
from tests.conftest import ROOT

ANN = Principal("ann", "viewer", frozenset({"hers"}))


def version(name: str, number: str = "0001", finished: bool = True):
    where = datasets.home() / "datasets" / name / number
    where.mkdir(parents=True)
    if finished:
        datasets.finish(where, {"name": name, "number": number})
    return where


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Survey 2026", "survey-2026"),
        ("  Umfrage Zürich!! ", "umfrage-zurich"),
        ("../../etc/passwd", "etc-passwd"),
        ("数据", "dataset"),
        ("", "dataset"),
        ("x" * 200, "x" * 60),
        ("a--b__c", "a-b-c"),
    ],
)
def test_slugs(name, slug):
    assert datasets.slug(name) == slug
    assert datasets.slug(slug) == slug
    assert datasets.folder(slug).parent == datasets.home() / "datasets"


@pytest.mark.parametrize("name", ["../x", "A", "", "x/y", "x" * 61, ".", "a b"])
def test_only_slugs_become_paths(name):
    with pytest.raises(StoreError, match="no dataset name"):
        datasets.folder(name)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("survey.csv", "survey"),
        ("a.jsonl.gz", "a"),
        ("Q1.2026 report.xlsx", "q1-2026-report"),
        ("plain", "plain"),
        (".csv", "dataset"),
    ],
)
def test_names_that_files_suggest(file, name):
    assert datasets.suggested(file) == name


def test_the_key_is_made_once_and_for_its_owner_alone():
    first = datasets.key()
    assert len(first) == 32
    assert datasets.key() == first
    path = datasets.home() / "key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in datasets.home().iterdir()] == ["key"]
    path.unlink()
    assert datasets.key() != first


def test_a_home_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CX_HOME", str(tmp_path / "file/home"))
    with pytest.raises(StoreError, match="Set CX_HOME"):
        datasets.home()


# --- What is visible


def test_a_version_exists_when_its_manifest_does():
    version("hers", "0001")
    version("hers", "0002", finished=False)
    version("half", finished=False)
    assert datasets.names(LOCAL) == ["hers"]
    assert datasets.versions(LOCAL, "hers") == ["0001"]
    assert datasets.open_dataset(LOCAL, "hers").version == "0001"
    with pytest.raises(StoreError, match="with version 0002"):
        datasets.open_dataset(LOCAL, "hers", "0002")
    with pytest.raises(StoreError, match="no dataset 'half'"):
        datasets.open_dataset(LOCAL, "half")


def test_versions_count_on_from_the_last():
    version("hers", "0001")
    assert datasets.new_version(LOCAL, "hers").name == "0002"
    assert datasets.new_version(LOCAL, "hers").name == "0003", "a folder that is being written counts"
    assert datasets.new_version(LOCAL, "other").name == "0001"


def test_cleaning_takes_only_what_was_never_finished():
    version("hers", "0001")
    (version("hers", "0002", finished=False) / "stage").mkdir()
    version("half", finished=False)
    assert datasets.clean() == ["half/0001", "hers/0002"]
    assert datasets.versions(LOCAL, "hers") == ["0001"]
    assert not (datasets.home() / "datasets/half").exists()
    assert datasets.clean() == []


def test_deleting_leaves_a_version_that_is_being_written():
    version("hers", "0001")
    version("hers", "0002")
    writing = version("hers", "0003", finished=False)
    datasets.delete(LOCAL, "hers")
    assert datasets.names(LOCAL) == []
    assert writing.exists()
    datasets.clean()
    assert not writing.parent.exists()


def test_the_stamp_changes_with_the_content():
    where = version("hers")
    first = datasets.stamp("hers", "0001")
    assert first == datasets.stamp("hers", "0001") != ""
    datasets.finish(where, {"name": "hers", "number": "0001"})
    assert datasets.stamp("hers", "0001") != first
    assert datasets.stamp("hers", "0002") == ""


def test_a_broken_manifest_is_told(home):
    where = version("hers")
    (where / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match=r"manifest\.json cannot be read"):
        datasets.open_dataset(LOCAL, "hers")


# --- Who may what


def test_the_store_refuses():
    version("hers")
    version("his")
    assert datasets.names(ANN) == ["hers"]
    assert datasets.open_dataset(ANN, "hers").version == "0001"
    for act in (datasets.versions, datasets.open_dataset, checking.check, datasets.delete, datasets.new_version):
        with pytest.raises(NotAllowedError):
            act(ANN, "his")
    for act in (datasets.delete, datasets.new_version):
        with pytest.raises(NotAllowedError, match="viewer"):
            act(ANN, "hers")
    assert datasets.names(LOCAL) == ["hers", "his"]


# --- One writer at a time


def test_one_writer_at_a_time_over_threads():
    order = []

    def write(name: str) -> None:
        with datasets.writing(), datasets.writing():
            order.append(f"{name} begins")
            time.sleep(0.05)
            order.append(f"{name} ends")

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order in (["a begins", "a ends", "b begins", "b ends"], ["b begins", "b ends", "a begins", "a ends"])


def test_one_writer_at_a_time_over_processes():
    code = "import sys; from cx.store import datasets\nwith datasets.writing():\n print('mine', flush=True); sys.stdin.read()"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    try:
        assert other.stdout.readline() == b"mine\n"
        with pytest.raises(StoreError, match="under way"), datasets.writing(wait=False):
            pass
    finally:
        other.kill()
        other.communicate()
    with datasets.writing(wait=False):
        pass


# --- Reading


@pytest.fixture
def dataset(tmp_path):
    responses = [
        {"date": "2026-01-02", "nps": n, "Plan": "Plus", "touchpoint": "shop", "Why not?": "x"} for n in range(11)
    ]
    mentions = [{"response_id": "r0000", "text": "fine"}]
    return made.dataset(tmp_path / "made", responses, mentions)


@pytest.mark.parametrize(
    ("word", "column"),
    [
        ("Plan", "Plan"), ("plan", "Plan"), ("PLAN", "Plan"), ("touchpoint", "touchpoint"),
        ("mention.touchpoint", "mention.touchpoint"), ("pillar", "mention.pillar"), ("mention.pillar", "mention.pillar"),
        ("stage", "mention.stage"), ("response_id", "response_id"), ("sentiment", "sentiment"),
    ],
)  # fmt: skip
def test_what_a_word_means(dataset, word, column):
    assert dataset.resolve(word) == column


@pytest.mark.parametrize(
    ("word", "hint"),
    [("Plam", "Did you mean 'Plan'"), ("xyzzy", "There are: response_id"), ("mention.response_id", "no column")],
)
def test_what_a_word_cannot_mean(dataset, word, hint):
    with pytest.raises(FilterError, match=hint):
        dataset.resolve(word)


def test_queries_bind_their_values(dataset):
    found = dataset.query('SELECT count(*) AS n FROM responses WHERE "Plan" = ?', ["x' OR '1'='1"])
    assert found["n"].item() == 0
    with_own = dataset.query("WITH high AS (SELECT * FROM responses WHERE nps > ?) SELECT count(*) AS n FROM high", [8])
    assert with_own["n"].item() == 2


# --- check


@pytest.fixture
def stored(analyzed):
    rows = [{"id": n, "nps": n % 11, "comment": f"Nice staff number {n}, slow till"} for n in range(30)]
    return analyzed(rows)


def test_a_sound_version_has_no_problems(stored):
    assert checking.problems(stored) == []


def shorten(stored, table: str, condition: str) -> None:
    path = stored.where / f"{table}.parquet"
    with datasets.cursor() as con:
        con.execute(f"COPY (SELECT * FROM read_parquet('{path}') WHERE {condition}) TO '{path}.new' (FORMAT parquet)")
    os.replace(f"{path}.new", path)


def test_check_finds_lost_rows(stored):
    shorten(stored, "responses", "response_id <> '3'")
    found = checking.problems(stored)
    assert any("mentions have no response" in problem for problem in found)
    assert "29 responses are stored, the manifest says 30" in found


def test_check_finds_facts_that_do_not_fit(stored):
    shorten(stored, "facts", "response_id <> '3'")
    assert any("too few or too many in facts" in problem for problem in checking.problems(stored))


def test_check_finds_texts_that_moved(stored):
    path = stored.where / "mentions.parquet"
    with datasets.cursor() as con:
        moved = 'SELECT * REPLACE ("start" + 1 AS "start", "end" + 1 AS "end")'
        con.execute(f"COPY ({moved} FROM read_parquet('{path}')) TO '{path}.new' (FORMAT parquet)")
    os.replace(f"{path}.new", path)
    assert any("do not stand where they say in 'comment'" in problem for problem in checking.problems(stored))


def test_check_finds_wrong_sums(stored):
    said = json.loads((stored.where / "manifest.json").read_text())
    datasets.finish(stored.where, said | {"rows_in": 31})
    found = checking.problems(datasets.Dataset(stored.where))
    assert found == ["in all: rows in are not kept + duplicate + rejected", "rows_in is not the sum over the files"]


@pytest.mark.parametrize(
    "name", ["responses.parquet", "mentions.parquet", "facts.parquet", "topics.json", "original.csv.gz"]
)
def test_check_finds_broken_and_missing_files(stored, home, name):
    where = home / "datasets/given/0001"
    where.parent.mkdir(parents=True)
    os.rename(stored.where, where)
    assert checking.check(LOCAL, "given") == []
    content = (where / name).read_bytes()
    (where / name).write_bytes(content[: len(content) // 2])
    assert checking.check(LOCAL, "given")[0].startswith("given/0001: ")
    (where / name).unlink()
    assert checking.check(LOCAL, "given")[0].startswith("given/0001: ")
