"""How long a page takes: `python -m benchmarks.pages` (about a minute).

The sample data goes into a home of its own; every page runs in Streamlit's AppTest, in this process. Three figures a
page: cold (nothing remembered), warm (the same page again), and with another period at every run (all counted anew).
"""

import argparse
import itertools
import logging
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

import streamlit as st
from streamlit.testing.v1 import AppTest

from cx import imports
from cx.principal import LOCAL
from cx.ui import nav

ROOT = Path(__file__).parents[1]
MAIN = str(ROOT / "cx/ui/main.py")
SAMPLE = sorted((ROOT / "sample_data").glob("*.csv"))
BUDGET = 300
"""Milliseconds a warm page may take, in the median: below that a click feels answered."""

FIRST_DAY = date(2024, 11, 1)
"""Of the sample; a period that begins a few days later still holds nearly all of it."""

READING = f"""
How to read it: milliseconds of the page's script in the server, AppTest's own work included (the row "nothing" is an
empty script); the way to the browser and the drawing there come on top. "cold": one run with empty caches, libraries
loaded. "warm": the same page again. "new period": one nobody has asked for yet, so that every number of the page is
counted again. The verdict is on the median: at most {BUDGET} ms. Other work on the machine easily doubles it."""


def main() -> None:
    """Measures every page and prints a line for each."""
    parser = argparse.ArgumentParser(description="How long each page takes on the sample data.")
    parser.add_argument("--runs", type=int, default=11, help="warm runs a page (default 11)")
    runs = max(parser.parse_args().runs, 2)
    logging.disable(logging.WARNING)  # Streamlit remarks, at every page, that no server runs
    with tempfile.TemporaryDirectory() as home, mock.patch.dict(os.environ, {"CX_HOME": home, "CX_MODE": "local"}):
        print("Importing the sample data …", file=sys.stderr)
        imports.into(LOCAL, "sample", [imports.Given(path, path.name, {}) for path in SAMPLE])
        # AppTest has no handshake, hence no headers: this is what a browser on the same machine sends.
        with mock.patch("cx.ui.asking.headers", return_value={"host": "localhost"}):
            print(f"first page of a fresh process, loading the libraries: {timed(session('overview'), {}):,.0f} ms\n")
            print("page          cold    warm: median   p95             new period: median   p95")
            print(line("nothing", lambda: AppTest.from_string(""), runs))
            for name in nav.PAGES:
                print(line(name, lambda name=name: session(name), runs))
    print(READING)


def session(name: str) -> AppTest:
    """A visitor about to open a page; the frame runs first, as in a browser."""
    app = AppTest.from_file(MAIN, default_timeout=60)
    return app.switch_page(str(nav.FOLDER / f"{name}.py"))


def line(name: str, opened: Callable[[], AppTest], runs: int) -> str:
    """One row of the table: a page measured in all three ways."""
    st.cache_data.clear()
    st.cache_resource.clear()
    app = opened()
    cold = timed(app, {})
    warm = [timed(app, {}) for _ in range(runs)]
    anew = [timed(app, period) for period in itertools.islice(PERIODS, runs)]
    return f"{name:12}{cold:>6,.0f}{told(warm):>32}{told(anew):>39}"


def told(spent: list[float]) -> str:
    """Median, 95th percentile (nearest rank) and the verdict."""
    median, high = statistics.median(spent), sorted(spent)[math.ceil(0.95 * len(spent)) - 1]
    return f"{median:,.0f} {high:>5,.0f}   {'ok' if median <= BUDGET else 'too slow':8}"


def periods() -> Iterator[Mapping[str, str]]:
    """Query parameters of one period after the other, none twice."""
    for days in itertools.count(1):
        yield {"d": "sample", "from": (FIRST_DAY + timedelta(days=days)).isoformat()}


PERIODS = periods()


def timed(app: AppTest, params: Mapping[str, str]) -> float:
    """Milliseconds of one run with these query parameters; ends the benchmark when the page failed."""
    for key, value in params.items():
        app.query_params[key] = value
    begun = time.perf_counter()
    app.run()
    spent = 1000 * (time.perf_counter() - begun)
    said = [
        each.proto.body for each in app.get("html") if "cx-error" in each.proto.body and "<style" not in each.proto.body
    ]
    if app.exception or said:  # a page that failed is quick, and would be praised for it
        raise SystemExit(f"A page failed: {app.exception[0].value if app.exception else said[0]}")
    return spent


if __name__ == "__main__":
    main()
