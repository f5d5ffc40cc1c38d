"""Pictures of every page, light, dark and on a phone, into docs/img: `python -m docs.screens` (two minutes).

Starts a server of its own on the sample data; needs Chromium and the requirements of the tests. README shows some of
the pictures (docs/img/.gitignore names them), the others are for whoever changes how pages look.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "img"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
READY = '[data-testid="stApp"][data-test-script-state="notRunning"]'
MODES = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True},
}
TALLEST = 2600
"""Pixels of a page that are shown."""

COLOURS = 128
"""Of a picture: pages have few, and it is a third of the size."""


def main() -> None:
    """Takes the pictures of all pages, or of those named."""
    from cx.ui import nav

    parser = argparse.ArgumentParser(description="Pictures of every page into docs/img.")
    parser.add_argument("pages", nargs="*", default=list(nav.PAGES), help="addresses of pages; else all")
    parser.add_argument("--modes", nargs="*", default=list(MODES), choices=list(MODES))
    given = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, served(Path(home)) as url:
        for mode in given.modes:
            for path in pictures(url, given.pages, mode):
                print(path.relative_to(ROOT), f"{path.stat().st_size // 1024} KB", flush=True)


@contextmanager
def served(home: Path) -> Iterator[str]:
    """A server on the sample data, and its address."""
    environment = {**os.environ, "CX_HOME": str(home)}
    subprocess.run([sys.executable, "-m", "cx", "demo"], cwd=ROOT, env=environment, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1", "--server.port", str(port)],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(300):
            try:
                if urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).read() == b"ok":
                    break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def pictures(url: str, pages: list[str], mode: str) -> Iterator[Path]:
    """Takes the pictures of a mode."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    browser = next(path for path in map(shutil.which, BROWSERS) if path)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_context(**MODES[mode]).new_page()
        size = page.viewport_size or {}
        for name in pages:
            page.set_viewport_size(size)
            page.goto(
                f"{url}/{'' if name == 'overview' else name}?d=sample"
            )  # the start page has no address of its own
            page.wait_for_selector(READY, timeout=60_000)
            page.wait_for_timeout(2_500)  # charts draw after the script has ended
            height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
            page.set_viewport_size({**size, "height": min(max(int(height), size["height"]), TALLEST)})
            page.wait_for_timeout(800)
            path = OUT / (f"{name}.png" if mode == "light" else f"{name}_{mode}.png")
            page.screenshot(path=path)
            with Image.open(path) as image:
                image.convert("RGB").quantize(COLOURS).save(path, optimize=True)
            yield path
        chromium.close()


if __name__ == "__main__":
    main()
