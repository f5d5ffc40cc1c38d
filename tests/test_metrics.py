"""Metrics: the numbers of a process and of its records, in OpenMetrics, for those who may ask."""

import io
import re
import sys
from collections import Counter

import pytest
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from cx import jobs
from cx.principal import LOCAL
from cx.share import metrics
from cx.store import links
from cx.ui import asking
from tests.conftest import ROOT

TOKEN = "a-long-secret-for-the-collector"


@pytest.fixture(autouse=True)
def _anew(monkeypatch):
    """A process that has counted nothing yet."""
    monkeypatch.delenv("CX_METRICS_TOKEN", raising=False)
    for name, empty in (("_sessions", 0), ("_runs", {}), ("_seconds", Counter()), ("_errors", Counter())):
        monkeypatch.setattr(metrics, name, empty)


def asked(address: str | None = "127.0.0.1", **headers: str) -> Request:
    held = {"host": "localhost:8501"} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in held.items()]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/metrics",
            "headers": raw,
            "client": (address, 1) if address else None,
        }
    )


def numbers() -> dict[str, float]:
    """`name{labels}` → value of every sample."""
    lines = [line for line in metrics.text().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_this_machine_is_answered(home, address):
    found = metrics.show(asked(address))
    assert found.status_code == 200 and found.headers["content-type"].startswith("application/openmetrics-text")


@pytest.mark.parametrize(
    "request_",
    [
        asked("10.0.0.7"), asked(None), asked("unix:"), asked(x_forwarded_for="127.0.0.1"), asked(forwarded="for=127.0.0.1"),
        asked(x_real_ip="127.0.0.1"), asked(host="rebound.example"), asked("10.0.0.7", authorization="Bearer "),
        asked("10.0.0.7", authorization="Bearer"), asked("10.0.0.7", authorization=f"Bearer {TOKEN}"),
    ],
)  # fmt: skip
def test_nobody_else_is(home, request_):
    found = metrics.show(request_)
    assert found.status_code == 403 and b"felicific_" not in bytes(found.body)


def test_the_token_lets_a_collector_in(home, monkeypatch):
    monkeypatch.setenv("CX_METRICS_TOKEN", f" {TOKEN}\n")
    assert metrics.show(asked("10.0.0.7", host="dash.example", authorization=f"Bearer {TOKEN}")).status_code == 200
    for wrong in (f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN, f"Basic {TOKEN}", "Bearer é", ""):
        assert metrics.show(asked("10.0.0.7", authorization=wrong)).status_code == 403


def test_an_empty_token_lets_nobody_in(home, monkeypatch):
    monkeypatch.setenv("CX_METRICS_TOKEN", " ")
    assert metrics.show(asked("10.0.0.7", authorization="Bearer ")).status_code == 403


def test_durations_fall_into_classes_that_add_up(home):
    for seconds in (0.05, 0.051, 0.3, 31.0):
        metrics.ran("overview", seconds)
    found = numbers()
    at = 'felicific_page_seconds_bucket{page="overview",le="%s"}'
    assert [found[at % le] for le in ("0.05", "0.1", "0.25", "0.5", "30.0", "+Inf")] == [1, 2, 2, 3, 3, 4]
    assert found['felicific_page_seconds_count{page="overview"}'] == 4
    assert found['felicific_page_seconds_sum{page="overview"}'] == pytest.approx(31.401)


def test_records_are_counted(own_sample):
    jobs.draft(LOCAL, "private name.csv", io.BytesIO(b"a,b\n1,2\n"))
    wish = links.Wish("sample", "overview", ("overview",), label="For Ann Example")
    links.create(LOCAL, wish)
    withdrawn, _ = links.create(LOCAL, wish)
    links.revoke(LOCAL, withdrawn)
    scope = links.of_id(1).scope
    links.note_opening(LOCAL._replace(name="guest", role="guest", scope=scope))
    found = numbers()
    assert found["felicific_datasets"] == 1 and found["felicific_versions"] == 1
    assert found['felicific_imports{state="draft"}'] == 1 and found['felicific_imports{state="failed"}'] == 0
    assert [found[f'felicific_links{{state="{state}"}}'] for state in ("open", "revoked", "expired")] == [1, 1, 0]
    assert found["felicific_link_opens"] == 1
    assert not re.search("private|Ann|guest|For", metrics.text().replace("# HELP", ""))


def test_the_text_is_openmetrics(home):
    """Every sample stands under its family's TYPE; counters end in _total; the text ends with its mark."""
    metrics.begun()
    metrics.ran("overview", 1)
    metrics.failed("overview", metrics.UNEXPECTED)
    text = metrics.text()
    assert text.endswith("\n# EOF\n")
    family, kind, seen = "", "", set()
    for line in text.splitlines()[:-1]:
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert family not in seen
            seen.add(family)
        elif not line.startswith("#"):
            name = re.match(r'([a-z_]+)(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? [0-9.]+$', line)[1]
            endings = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}[kind]
            assert name in [family + ending for ending in endings]
    assert len(seen) == 8


def test_records_that_cannot_be_reached_are_said(home, monkeypatch):
    monkeypatch.setenv("CX_DATABASE_URL", "nonsense://user:secret@host/name")
    found = metrics.show(asked())
    assert found.status_code == 503 and b"secret" not in bytes(found.body)


def test_pages_are_measured(sample, monkeypatch):
    monkeypatch.setattr(asking, "headers", lambda: {"host": "localhost:8501"})
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # AppTest leaves its script behind there
    at = AppTest.from_file(ROOT / "cx/ui/main.py", default_timeout=60).run()
    assert not at.exception
    at.run()
    found = numbers()
    assert found["felicific_sessions_total"] == 1
    assert found['felicific_page_seconds_count{page="overview"}'] == 2
    assert 0 < found['felicific_page_seconds_sum{page="overview"}'] < 120
