"""A watched folder: only files at rest come in, each once, changed ones again, broken ones do not stop it."""

import os

import pytest

from cx import watching
from cx.errors import IntakeError


@pytest.fixture
def watch(tmp_path, home, monkeypatch):
    """`watch(rounds, between) -> [names taken]`; `between(round)` happens while it sleeps."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    refused = []

    def run(rounds: int, between=lambda turn: None, breaks=()) -> list[str]:
        taken: list[str] = []

        def take(path):
            if path.name in breaks:
                raise IntakeError(f"{path.name} is broken.")
            taken.append(path.name)

        count = iter(range(rounds))
        watching.watch(
            folder, "survey", take, lambda path, error: refused.append(path.name),
            sleep=lambda seconds: between(next(count)), rounds=iter(range(rounds)),
        )  # fmt: skip
        return taken

    run.folder, run.refused = folder, refused
    return run


def put(path, text="a,b\n1,2\n", age=60.0):
    path.write_text(text)
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))


def test_files_at_rest_are_taken_once(watch):
    put(watch.folder / "b.csv")
    put(watch.folder / "a.json")
    put(watch.folder / "notes.docx")
    put(watch.folder / ".hidden.csv")
    assert watch(4) == ["a.json", "b.csv"]
    assert watch(4) == [], "also after a restart"


def test_a_file_that_grows_is_left_alone(watch):
    put(watch.folder / "a.csv")
    assert watch(3, lambda turn: put(watch.folder / "a.csv", "a,b\n" + "1,2\n" * (turn + 2))) == []
    put(watch.folder / "a.csv", age=1.0)
    assert watch(3) == [], "written a second ago"
    put(watch.folder / "a.csv")
    assert watch(3) == ["a.csv"]


def test_a_changed_file_is_taken_again_and_a_broken_one_does_not_stop_the_others(watch):
    put(watch.folder / "a.csv")
    put(watch.folder / "b.csv")
    assert watch(3, breaks=("a.csv",)) == ["b.csv"]
    assert watch.refused == ["a.csv"], "told once"
    put(watch.folder / "a.csv", "a,b\n1,2\n3,4\n")
    assert watch(3) == ["a.csv"]


def test_a_file_that_vanishes_is_nothing(watch):
    put(watch.folder / "a.csv")
    assert watch(3, lambda turn: (watch.folder / "a.csv").unlink(missing_ok=True)) == []
