"""A line an event, whatever is in it; of an error the places and never what it says."""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cx import logs

ROOT = Path(__file__).parents[1]
SECRET = "ann@firm.example said: the parcel\nERROR forged line \x1b[31m"


@pytest.fixture
def said(monkeypatch, capsys):
    """`said(word) -> lines()`: logs in the form `word`; the lines of standard error since."""
    requests = logs.REQUESTS.disabled
    kept = logs.LOGGER.handlers[:], logs.LOGGER.level, logs.LOGGER.propagate
    dressed = [(each, each.formatter) for each in logs._handlers()]

    def begin(form: str):
        monkeypatch.setenv("CX_LOG", form)
        logs.setup()
        return lambda: capsys.readouterr().err.splitlines()

    monkeypatch.delenv("CX_DEBUG", raising=False)
    yield begin
    logs.LOGGER.handlers[:], logs.LOGGER.level, logs.LOGGER.propagate = kept
    logs.REQUESTS.disabled = requests
    for each, formatter in dressed:
        each.setFormatter(formatter)


def test_an_event_is_one_line_of_json(said, monkeypatch):
    monkeypatch.setenv("CX_MODE", "team")
    lines = said("json")
    logs.event("import", dataset="shop", state="done", seconds=1.23456, count=0)
    (line,) = map(json.loads, lines())
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info", "what": "import", "mode": "team", "dataset": "shop", "state": "done", "seconds": 1.235, "count": 0
    }  # fmt: skip


@pytest.mark.parametrize("form", ["", "plain", "anything else"])
def test_plain_is_one_line_too(said, form):
    lines = said(form)
    logs.event("page", page="overview", seconds=0.5)
    (line,) = lines()
    assert line.split(" ", 1)[1] == "INFO page mode=local page=overview seconds=0.5"


@pytest.mark.parametrize("form", ["json", "plain"])
def test_no_value_makes_a_line_or_a_command_of_a_terminal(said, form):
    lines = said(form)
    logs.event("a\nb\x1b[0m\u2028c\x85", dataset="x\r\ny")
    (line,) = lines()
    assert line.isprintable()


@pytest.mark.parametrize("form", ["json", "plain"])
def test_an_error_is_told_by_its_places_only(said, form):
    lines = said(form)
    try:
        int(SECRET)
    except ValueError:
        logs.failure("page failed", page="comments")
    (line,) = lines()
    assert "ValueError" in line and "tests/test_logs.py" in line and "page failed" in line
    assert "parcel" not in line and "ann@" not in line and "forged" not in line


def test_debugging_adds_what_an_error_says(said, monkeypatch):
    lines = said("json")
    monkeypatch.setenv("CX_DEBUG", "1")
    try:
        raise ValueError(SECRET)
    except ValueError:
        logs.failure("page failed")
    (line,) = lines()
    assert json.loads(line)["says"] == SECRET


def test_what_libraries_say_is_told_by_its_place(said, monkeypatch):
    written = io.StringIO()
    library = logging.getLogger("a_library.of_others")
    handler = logging.StreamHandler(written)
    monkeypatch.setattr(library, "handlers", [handler])
    monkeypatch.setattr(library, "propagate", False)
    said("json")
    library.warning("No file %s\nfor %s", "ann.csv", "ann@firm.example")
    line = json.loads(written.getvalue())
    assert line["place"].startswith("a_library.of_others:") and line["level"] == "warning"
    assert "ann" not in written.getvalue() and written.getvalue().count("\n") == 1


def test_a_worker_writes_where_its_server_writes(tmp_path):
    """The channel is an open file of the parent; the worker's own standard error stays with the upload."""
    with (tmp_path / "server").open("w") as server, (tmp_path / "own").open("w") as own:
        subprocess.run(
            [sys.executable, "-c", "from cx import logs; logs.setup(); logs.event('import', dataset='shop')"],
            env={**os.environ, "CX_LOG": "json", logs.CHANNEL: str(server.fileno())}, pass_fds=(server.fileno(),),
            stderr=own, cwd=ROOT, check=True,
        )  # fmt: skip
    assert json.loads((tmp_path / "server").read_text())["dataset"] == "shop"
    assert (tmp_path / "own").read_text() == ""


@pytest.mark.parametrize("channel", ["999", "²", "none", ""])
def test_a_channel_that_is_not_there_is_none(channel):
    done = subprocess.run(
        [sys.executable, "-c", "from cx import logs; logs.setup(); logs.event('import')"],
        env={**os.environ, logs.CHANNEL: channel}, stderr=subprocess.PIPE, cwd=ROOT, check=True, text=True,
    )  # fmt: skip
    assert done.stderr.count("\n") == 1 and "INFO import" in done.stderr


@pytest.mark.parametrize("form", ["json", "plain"])
def test_requests_are_never_logged(said, form):
    """Also when Streamlit gives the server's log its handlers back, as it does when config.toml is changed."""
    from streamlit import logger

    logger.get_logger("uvicorn.access")
    lines = said(form)
    logger.update_formatter()
    assert logs.REQUESTS.hasHandlers()
    logs.REQUESTS.info('%s - "%s %s HTTP/%s" %d', "10.0.0.7", "GET", "/s/T0KEN", "1.1", 303)
    assert lines() == []
