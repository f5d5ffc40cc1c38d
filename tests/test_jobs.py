"""Imports as jobs: real worker processes, progress, cancelling, sudden death, one after the other, what is swept."""

import io
import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from cx import jobs
from cx.errors import JobError, NotAllowedError, StoreError
from cx.principal import LOCAL, Principal
from cx.store import datasets, records
from tests.exported import answers, written

VIEWER = Principal("vera", "viewer")
ROWS = 900
PATIENCE = 60
"""Seconds after which a test that waits for a worker gives up."""


@pytest.fixture(autouse=True)
def workers(monkeypatch):
    """The worker processes a test starts; none outlives it."""
    started: list[subprocess.Popen] = []

    class Noted(subprocess.Popen):
        def __init__(self, *args, **options) -> None:
            super().__init__(*args, **options)
            started.append(self)

    monkeypatch.setattr(jobs.subprocess, "Popen", Noted)
    yield started
    for worker in started:
        if worker.poll() is None:
            worker.kill()
        worker.wait()


@pytest.fixture(scope="module")
def export(tmp_path_factory) -> bytes:
    """Enough answers to be in the middle of for a second or two."""
    return written(tmp_path_factory.mktemp("export") / "survey.csv", answers(ROWS)).path.read_bytes()


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> bytes:
    return written(tmp_path_factory.mktemp("small") / "survey.csv", answers(40)).path.read_bytes()


def drafted(content: bytes, name: str = "survey.csv", principal: Principal = LOCAL) -> str:
    return jobs.draft(principal, name, io.BytesIO(content)).id


def begun(content: bytes, dataset: str = "survey", **options) -> str:
    identifier = drafted(content)
    jobs.start(LOCAL, identifier, dataset, {}, **options)
    return identifier


def state(identifier: str) -> str:
    return jobs.job(LOCAL, identifier).state


def wait_for(condition, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


def ended(*identifiers: str) -> list[str]:
    wait_for(lambda: all(state(one) not in ("queued", "running") for one in identifiers), "the end")
    return [state(one) for one in identifiers]


def step(identifier: str) -> str:
    return jobs.job(LOCAL, identifier).progress.get("step", "")


def unfinished() -> list[str]:
    return [str(path) for path in (datasets.home() / "datasets").glob("*/*") if not (path / "manifest.json").exists()]


# --- From draft to done


@pytest.mark.usefixtures("both_databases")
def test_a_job_from_draft_to_done(export, workers):
    identifier = drafted(export)
    job = jobs.job(LOCAL, identifier)
    assert (job.state, job.dataset, job.files) == ("draft", "survey", ["survey.csv"])
    assert jobs.upload(job).read_bytes() == export
    assert datasets.names(LOCAL) == []
    jobs.start(LOCAL, identifier, "My Survey", {"Region": "channel"})
    notes = []

    def done() -> bool:
        notes.append(jobs.job(LOCAL, identifier))
        return notes[-1].state not in ("queued", "running")

    wait_for(done, "the end")
    assert (notes[-1].state, notes[-1].message, notes[-1].dataset) == ("done", "0001", "my-survey")
    found = datasets.open_dataset(LOCAL, "my-survey")
    assert found.manifest["rows_kept"] == ROWS
    assert found.filled["channel"] == ROWS, "the role the user chose"
    steps = list(dict.fromkeys(note.progress["step"] for note in notes if "step" in note.progress))
    assert steps == sorted(steps, key=["read", "understand", "topics", "write"].index)
    assert "understand" in steps, "progress can be watched"
    assert all(note.progress["done"] <= note.progress["total"] for note in notes if "step" in note.progress)
    wait_for(lambda: not jobs.folder(identifier).exists(), "the upload to go when its import is done")
    assert jobs.waiting(LOCAL) == []
    assert workers[0].wait(PATIENCE) == 0
    jobs.cancel(LOCAL, identifier)
    assert state(identifier) == "done", "too late"
    assert datasets.names(LOCAL) == ["my-survey"]


def test_a_refused_file_fails_in_words_and_waits(workers):
    identifier = begun(b"id,nps,comment\n" * 30)
    assert ended(identifier) == ["failed"]
    job = jobs.job(LOCAL, identifier)
    assert job.message == (
        "survey.csv: every row was rejected (the heading again). Check that the file is the export of answers."
    )
    assert [waiting.id for waiting in jobs.waiting(LOCAL)] == [identifier]
    assert jobs.upload(job).exists()
    assert datasets.names(LOCAL) == []
    assert unfinished() == []
    jobs.redraft(LOCAL, identifier)
    assert state(identifier) == "draft"
    assert workers[0].wait(PATIENCE) == 0


def test_what_nobody_expected_is_told_without_a_traceback(small, monkeypatch):
    identifier = drafted(small)
    records.change_job(identifier, {"state": "queued"})
    monkeypatch.setattr(jobs, "_run", lambda row: 1 / 0)
    monkeypatch.setattr(os, "nice", lambda more: 0)
    jobs.work(identifier)
    job = jobs.job(LOCAL, identifier)
    assert (job.state, job.message) == (
        "failed",
        "Something unexpected happened (ZeroDivisionError). The log has more.",
    )
    assert "Traceback" in (jobs.folder(identifier) / "log").read_text()


# --- Cancelled


def test_cancelled_in_the_middle(export, workers):
    identifier = begun(export)
    wait_for(lambda: step(identifier) == "understand", "the middle")
    jobs.cancel(LOCAL, identifier)
    assert ended(identifier) == ["cancelled"]
    assert workers[0].wait(PATIENCE) == 0
    assert datasets.names(LOCAL) == []
    assert unfinished() == []
    assert not jobs.folder(identifier).exists()
    assert jobs.waiting(LOCAL) == []


@pytest.mark.usefixtures("both_databases")
def test_a_draft_is_thrown_away_at_once(small):
    identifier = drafted(small)
    jobs.cancel(LOCAL, identifier)
    assert state(identifier) == "cancelled"
    assert not jobs.folder(identifier).exists()
    with pytest.raises(JobError, match="already under way"):
        jobs.start(LOCAL, identifier, "survey", {})


# --- Killed


def test_killed_at_any_moment(export, workers):
    """Five sudden deaths: never half a dataset, always a job that can be tried again; at last it is."""
    moments = random.Random(4)
    begin = time.monotonic()
    whole = begun(export, "whole")
    assert ended(whole) == ["done"]
    lasts = time.monotonic() - begin
    identifier = begun(export)
    for _ in range(5):
        time.sleep(lasts * moments.uniform(0.2, 0.85))
        if state(identifier) == "queued":  # before its first act
            wait_for(lambda: state(identifier) == "running", "the beginning")
        workers[-1].send_signal(signal.SIGKILL)
        workers[-1].wait()
        assert state(identifier) == "interrupted"
        assert datasets.names(LOCAL) == ["whole"]
        with datasets.writing(wait=False):
            datasets.clean()
        assert unfinished() == []
        assert not (datasets.home() / "datasets/survey").exists()
        assert [job.id for job in jobs.waiting(LOCAL)] == [identifier]
        jobs.retry(LOCAL, identifier)
    assert ended(identifier) == ["done"]
    one, other = (datasets.open_dataset(LOCAL, name) for name in ("whole", "survey"))
    assert one.where.name == other.where.name == "0001"
    for name in ("responses.parquet", "mentions.parquet", "facts.parquet", "topics.json", "original.csv.gz"):
        assert (one.where / name).read_bytes() == (other.where / name).read_bytes()


@pytest.mark.usefixtures("both_databases")
def test_killed_before_it_began(small, monkeypatch):
    identifier = drafted(small)
    monkeypatch.setattr(jobs, "spawn", lambda job: None)
    jobs.start(LOCAL, identifier, "survey", {})
    assert state(identifier) == "queued"
    monkeypatch.setattr(jobs, "START", timedelta(0))
    assert state(identifier) == "interrupted"
    assert jobs.job(LOCAL, identifier).message == "The import was interrupted."


# --- One after the other


def test_two_jobs_run_one_after_the_other(export, small):
    first = begun(export, "first")
    wait_for(lambda: step(first), "the first")
    records.change_job(first, {"created": records.now() - timedelta(days=2)})
    os.utime(jobs.folder(first), (0, 0))
    jobs.sweep()  # leaves what is running alone, however old it looks
    second = begun(small, "second")
    seen = set()

    def done() -> bool:
        seen.add((state(first), state(second)))
        return state(first) == state(second) == "done"

    wait_for(done, "both")
    assert ("running", "running") not in seen
    assert ("running", "queued") in seen
    assert datasets.names(LOCAL) == ["first", "second"]


def test_a_job_waits_for_an_import_of_the_command_line(small, workers, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # the worker finds the program from anywhere
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with datasets.writing():
        identifier = begun(small)
        wait_for(lambda: jobs._alive(identifier), "the worker")
        time.sleep(0.3)
        assert state(identifier) == "queued"
    assert ended(identifier) == ["done"]
    assert workers[0].args[:4] == [sys.executable, "-m", "cx", "work"]


@pytest.mark.usefixtures("both_databases")
def test_a_job_is_not_started_twice(small, monkeypatch):
    identifier = drafted(small)
    monkeypatch.setattr(jobs, "spawn", lambda job: None)
    jobs.start(LOCAL, identifier, "survey", {})
    with pytest.raises(JobError, match="already under way"):
        jobs.start(LOCAL, identifier, "survey", {})
    with pytest.raises(JobError, match="failed or was interrupted"):
        jobs.retry(LOCAL, identifier)
    records.change_job(identifier, {"state": "running"})
    monkeypatch.setattr(jobs, "_alive", lambda job: True)
    with pytest.raises(JobError, match="another process does it"):
        jobs.work(identifier)


# --- Uploads, names and rights


@pytest.mark.parametrize(
    ("name", "label", "dataset", "path"),
    [
        ("../../x.csv", "x.csv", "x", "0.csv"),
        ("C:\\Users\\ann\\Feedback 2026.XLSX", "Feedback 2026.XLSX", "feedback-2026", "0.xlsx"),
        ("/etc/passwd", "passwd", "passwd", "0"),
        ("answers.jsonl.gz", "answers.jsonl.gz", "answers", "0.jsonl.gz"),
        ("..", "..", "dataset", "0"),
        ("x.csv/", "upload", "upload", "0"),
        ("Umfrage Zürich.csv", "Umfrage Zürich.csv", "umfrage-zurich", "0.csv"),
        ("<b>x</b>.csv;rm -rf", "b>.csv;rm -rf", "b-csv-rm-rf", "0"),
    ],
)
def test_names_of_uploads_are_only_labels(small, name, label, dataset, path):
    job = jobs.job(LOCAL, drafted(small, name))
    assert (job.files, job.dataset) == ([label], dataset)
    assert jobs.upload(job) == datasets.home() / "uploads" / job.id / path
    assert jobs.upload(job).read_bytes() == small


def test_an_upload_that_breaks_off_leaves_nothing():
    class Full(io.BytesIO):
        def read(self, *_) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(JobError, match="No space left on device"):
        jobs.draft(LOCAL, "x.csv", Full())
    assert list((datasets.home() / "uploads").iterdir()) == []
    assert jobs.waiting(LOCAL) == []


def test_a_viewer_may_not_import(small):
    with pytest.raises(NotAllowedError):
        drafted(small, principal=VIEWER)
    identifier = drafted(small)
    for act in (jobs.retry, jobs.redraft, jobs.cancel):
        with pytest.raises(NotAllowedError):
            act(VIEWER, identifier)
    with pytest.raises(NotAllowedError):
        jobs.start(VIEWER, identifier, "survey", {})
    assert state(identifier) == "draft"


def test_an_analyst_imports_only_into_datasets_of_hers(small, monkeypatch):
    monkeypatch.setattr(jobs, "spawn", lambda job: None)
    ada = Principal("ada", "analyst", frozenset({"hers"}))
    identifier = drafted(small, principal=ada)
    assert jobs.job(ada, identifier).state == "draft", "she sees her own upload, whatever its name"
    with pytest.raises(NotAllowedError, match="other"):
        jobs.start(ada, identifier, "other", {})
    jobs.start(ada, identifier, "hers", {})
    bob = Principal("bob", "analyst", frozenset({"his"}))
    assert jobs.waiting(bob) == []
    with pytest.raises(JobError, match="no such import"):
        jobs.job(bob, identifier)


@pytest.mark.parametrize("identifier", ["../../../etc", "", "0123456789ABCDEF", "0123456789abcdef"])
def test_a_job_that_is_none(identifier):
    with pytest.raises(JobError, match=r"no such import|no import"):
        jobs.job(LOCAL, identifier)
    with pytest.raises(JobError, match="no import"):
        jobs.work(identifier)


# --- Swept


@pytest.mark.usefixtures("both_databases")
def test_old_uploads_are_swept(small, monkeypatch):
    old, young, failed = drafted(small), drafted(small), drafted(small)
    records.change_job(failed, {"state": "failed"})
    stray = datasets.home() / "uploads" / "0123456789abcdef"
    stray.mkdir()
    (datasets.home() / "datasets/half/0001").mkdir(parents=True)
    days = 2 * 24 * 3600
    for identifier in (old, failed):
        records.change_job(identifier, {"created": records.now() - timedelta(days=2)})
    for path in (jobs.folder(old), stray):
        os.utime(path, (time.time() - days, time.time() - days))
    jobs.sweep()
    assert {job.id for job in jobs.waiting(LOCAL)} == {young, failed}, "one that failed today waits another day"
    assert not jobs.folder(old).exists()
    assert not stray.exists()
    assert jobs.upload(jobs.job(LOCAL, young)).exists()
    assert not (datasets.home() / "datasets/half").exists()


def test_the_sample_is_for_those_who_may_import(monkeypatch):
    with pytest.raises(NotAllowedError):
        jobs.sample(Principal("eve", "viewer"))
    monkeypatch.setattr(jobs.sys, "executable", "/bin/false")
    with pytest.raises(StoreError, match="could not be loaded"):
        jobs.sample(LOCAL)
