"""A server of its own on a fresh home, and a real Chromium. Skips with the command to install one; fails under CI."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        message = "No Chromium or Chrome found; install one, for example: sudo apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return {**browser_type_launch_args, "executable_path": found, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A Felicific in a process of its own, on a free port."""

    def __init__(self, home: Path, *options: str, port: int = 0, **variables: str) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.home = home
        environment = {**os.environ, "CX_HOME": str(home)}
        environment.pop("CX_MODE", None)
        environment |= variables
        self.log = (home.parent / f"{home.name}.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(self.port),
             "--server.address", "127.0.0.1", *options],
            cwd=ROOT, env=environment, stdout=self.log, stderr=self.log,
        )  # fmt: skip
        for _ in range(300):
            try:
                if urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1).read() == b"ok":
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("The server did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.log.close()


@pytest.fixture
def fresh(tmp_path):
    """A server on an empty home, as somebody starts it for the first time."""
    home = tmp_path / "home"
    home.mkdir()
    server = Server(home)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def served(sample_home):
    """A server on the sample dataset, for tests that only read."""
    server = Server(sample_home)
    yield server
    server.stop()


@pytest.fixture
def outside(page: Page):
    """Every request that left this machine; a test ends by asserting that there is none."""
    found: list[str] = []
    here = re.compile(r"^(https?|wss?)://127\.0\.0\.1[:/]|^data:|^blob:")
    page.on("request", lambda request: None if here.match(request.url) else found.append(request.url))
    return found


def settled(page: Page) -> None:
    """Waits until the page's script has run to its end."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=20_000)
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=40_000)
    expect(page.locator('[data-stale="true"]')).to_have_count(0, timeout=20_000)
