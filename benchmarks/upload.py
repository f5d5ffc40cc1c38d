"""What an upload leaves behind in the server's memory: `python -m benchmarks.upload [ROWS]` (Linux, with a Chromium).

A survey of so many rows (1,000,000 are some 60 MB) without comments is dropped on the Feedback page and imported; the
resident memory of the server's process is read before, while, and 60 seconds after.
"""

import csv
import re
import shutil
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.intake import HEADINGS, answers
from tests.browser.conftest import BROWSERS, Server

ROWS = 1_000_000
AFTER = 60
READING = """
How to read it: MB resident of the server's process alone; the import runs in a process of its own. "before" is with the page
open and one small file imported, so that libraries are loaded. Target: at most 100 MB more 60 s after the import."""


def main() -> None:
    """Measures and prints three figures."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        small, large = written(Path(folder) / "small.csv", 1_000), written(Path(folder) / "large.csv", rows)
        home = Path(folder) / "home"
        home.mkdir()
        server = Server(home)
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, BROWSERS))), args=["--no-sandbox"]
        )
        page = browser.new_page()
        try:
            page.goto(f"{server.url}/feedback")
            imported(page, small)
            before = resident(server)
            peak = imported(page, large, lambda: resident(server))
            time.sleep(AFTER)
            after = resident(server)
        finally:
            browser.close()
            server.stop()
        print(
            f"{large.stat().st_size / 1e6:,.0f} MB uploaded: before {before:,.0f} MB, most {peak:,.0f} MB, {AFTER} s after the "
            f"import {after:,.0f} MB ({after - before:+,.0f} MB)"
        )
    print(READING)


def imported(page, path: Path, look=lambda: 0.0) -> float:
    """Imports a file through the page; returns the most that `look` saw meanwhile."""
    page.locator("input[type=file]").set_input_files(path)
    button, done, most = page.get_by_role("button", name="Analyse"), page.get_by_text(f"'{path.stem}' is ready."), 0.0
    pressed = False
    while not done.is_visible():
        most = max(most, look())
        if not pressed and button.is_visible():
            button.click()
            pressed = True
        page.wait_for_timeout(200)
    return most


def resident(server: Server) -> float:
    """Megabytes of memory the server's process holds."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1000 if found else 0.0


def written(path: Path, rows: int) -> Path:
    """The invented survey without its comments."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS[:-1])
        writer.writerows(answer[:-1] for answer in islice(answers(rows), rows))
    return path


if __name__ == "__main__":
    main()
