"""The first minutes: `python -m benchmarks.first [ROWS]` (about two minutes, with a Chromium).

How long the first page of a process just started takes until it says something, and how many clicks and seconds lie between
dropping an export of 10,000 answers with comments and its first chart. In a real browser, on this machine.
"""

import argparse
import csv
import shutil
import tempfile
import time
from itertools import islice
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.intake import HEADINGS, answers
from tests.browser.conftest import BROWSERS, Server, settled

ROWS = 10_000
PAGE, CHART, CLICKS = 5.0, 20.0, 3
"""Seconds to the first page and to the first chart, and clicks to that, at most."""

MARK = "[data-testid=stVegaLiteChart] svg .mark-group path, [data-testid=stVegaLiteChart] svg path"
READING = f"""
How to read it: seconds by the clock. "server": from the start of the process until it answers. "first page": from asking a
process that has shown nothing yet, with a browser that has nothing kept, until the page's headline is there; "chart": until
a chart is drawn. "drop": from dropping the file on Feedback until a chart of it is drawn on Overview, with the clicks in
between. Asked: first page {PAGE:.0f} s, first chart {CHART:.0f} s and {CLICKS} clicks, at most. Other work on the machine easily
doubles the times."""


def main() -> None:
    """Prints both figures."""
    parser = argparse.ArgumentParser(description="Seconds and clicks to the first page and the first chart.")
    parser.add_argument("rows", nargs="?", type=int, default=ROWS, help="answers of the export (default 10,000)")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home, export = Path(folder) / "home", written(Path(folder) / "export.csv", rows)
        home.mkdir()
        found = next(filter(None, map(shutil.which, BROWSERS)))
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        server, _ = started(home)
        try:
            clicks, spent = dropped(browser.new_page(), server, export)
        finally:
            server.stop()
        server, waited = started(home)
        try:
            page, chart = first(browser, server)
        finally:
            browser.close()
            server.stop()
    print(
        f"cold start: server {waited:.1f} s; first page {page:.1f} s ({verdict(page <= PAGE)}), its first chart {chart:.1f} s"
    )
    good = clicks <= CLICKS and spent <= CHART
    print(f"drop of {rows:,} answers to the first chart: {clicks} clicks, {spent:.1f} s ({verdict(good)})")
    print(READING)


def verdict(good: bool) -> str:
    """In words."""
    return "ok" if good else "too much"


def started(home: Path) -> tuple[Server, float]:
    """A server in a process of its own, and the seconds until it answered."""
    begun = time.perf_counter()
    return Server(home), time.perf_counter() - begun


def first(browser: Browser, server: Server) -> tuple[float, float]:
    """Seconds until the headline of the first page ever asked for, and until its first chart."""
    page = browser.new_context().new_page()
    begun = time.perf_counter()
    page.goto(server.url)
    page.locator(".cx-headline").first.wait_for(timeout=60_000)
    said = time.perf_counter() - begun
    page.locator(MARK).first.wait_for(timeout=60_000, state="attached")
    return said, time.perf_counter() - begun


def dropped(page: Page, server: Server, export: Path) -> tuple[int, float]:
    """Clicks and seconds from the drop of an export to its first chart."""
    page.goto(f"{server.url}/feedback")
    settled(page)
    clicks, begun = 0, time.perf_counter()
    page.locator("input[type=file]").set_input_files(export)
    for name in ("Analyse", "See Overview"):
        page.get_by_role("button", name=name).click(timeout=120_000)
        clicks += 1
    page.locator(MARK).first.wait_for(timeout=60_000, state="attached")
    return clicks, time.perf_counter() - begun


def written(path: Path, rows: int) -> Path:
    """The invented survey with its comments."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(islice(answers(rows), rows))
    return path


if __name__ == "__main__":
    main()
