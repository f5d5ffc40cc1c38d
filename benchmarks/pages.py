"""How long a page takes and how much it sends: `python -m benchmarks.pages` (about a minute; `--million`: ten).

The sample data, or an invented dataset of a million responses, goes into a home of its own; every page runs in Streamlit's
AppTest, in this process. Figures of a page: cold (nothing remembered), warm (the same page again), with another period at
every run (all counted anew), and the bytes it sends.
"""

import argparse
import contextlib
import itertools
import json
import logging
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

import streamlit as st
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

from benchmarks import measure
from cx import imports
from cx.principal import LOCAL
from cx.ui import nav

ROOT = Path(__file__).parents[1]
MAIN = str(ROOT / "cx/ui/main.py")
SAMPLE = sorted((ROOT / "sample_data").glob("*.csv"))
BUDGET = 300
"""Milliseconds a warm page may take, in the median: below that a click feels answered."""

MOST = 2_000_000
"""Bytes a page may send."""

MILLION = 1_000_000
IMPORTED = {
    "imported": "2026-01-01T00:00:00+00:00", "rows_in": MILLION, "rows_duplicate": 0, "rows_rejected": 0, "topics": 21,
    "masked": {}, "notices": [],
}  # fmt: skip
"""What the manifest of an import of files says besides."""

FIRST_DAY = {"sample": date(2024, 11, 1), "made": date(2025, 1, 1)}
"""Of the data; a period that begins a few days later still holds nearly all of it."""

READING = f"""
How to read it: milliseconds of the page's script in the server, AppTest's own work included (the row "nothing" is an
empty script); the way to the browser and the drawing there come on top. "cold": one run with empty caches, libraries
loaded. "warm": the same page again. "new period": one nobody has asked for yet, so that every number of the page is
counted again. "KB": what the page's script sends when it is first seen, uncompressed, without the program in the browser,
which is the same for all pages and kept there. Verdicts: the warm median is at most {BUDGET} ms, what is sent at most
{MOST / 1e6:.0f} MB. Other work on the machine easily doubles the times."""


def main() -> None:
    """Measures every page and prints a line for each."""
    parser = argparse.ArgumentParser(description="How long each page takes, and how much it sends.")
    parser.add_argument("--runs", type=int, default=11, help="warm runs a page (default 11)")
    parser.add_argument("--million", action="store_true", help=f"on {MILLION:,} invented responses, not on the sample")
    parser.add_argument(
        "--folder", type=Path, help="with --million: keep the dataset here, and use it when it is there"
    )
    parser.add_argument("pages", nargs="*", help="only these pages")
    given = parser.parse_args()
    logging.disable(logging.WARNING)  # Streamlit remarks, at every page, that no server runs
    with tempfile.TemporaryDirectory() as home, mock.patch.dict(os.environ, {"CX_HOME": home, "CX_MODE": "local"}):
        name = "made" if given.million else "sample"
        _million(Path(home), given.folder) if given.million else _sample()
        # AppTest has no handshake, hence no headers: this is what a browser on the same machine sends.
        with mock.patch("cx.ui.asking.headers", return_value={"host": "localhost"}):
            measured(name, given.pages or list(nav.PAGES), max(given.runs, 2))
    print(READING)


def _sample() -> None:
    print("Importing the sample data …", file=sys.stderr)
    imports.into(LOCAL, "sample", [imports.Given(path, path.name, {}) for path in SAMPLE])


def _million(home: Path, kept: Path | None) -> None:
    """The dataset of `benchmarks.measure` as the only one of the home."""
    where = home / "datasets/made/0001"
    if kept and (kept / "0001/manifest.json").exists():
        shutil.copytree(kept / "0001", where)
    else:
        print(f"Making {MILLION:,} responses …", file=sys.stderr)
        measure.made(where, MILLION, 1, bought=True)
        if kept:
            shutil.copytree(where, kept / "0001")
    manifest = json.loads((where / "manifest.json").read_text(encoding="utf-8"))
    (where / "manifest.json").write_text(json.dumps(manifest | IMPORTED), encoding="utf-8")


def measured(dataset: str, pages: list[str], runs: int) -> None:
    """Prints the table for these pages."""
    print(f"first page of a fresh process, loading the libraries: {timed(session('overview'), {}):,.0f} ms\n")
    print("page          cold    warm: median   p95             new period: median   p95                KB")
    print(line("nothing", lambda: AppTest.from_string(""), runs, dataset))
    for name in pages:
        print(line(name, lambda name=name: session(name), runs, dataset), flush=True)


def session(name: str) -> AppTest:
    """A visitor about to open a page; the frame runs first, as in a browser."""
    app = AppTest.from_file(MAIN, default_timeout=300)
    return app.switch_page(str(nav.FOLDER / f"{name}.py"))


def line(name: str, opened: Callable[[], AppTest], runs: int, dataset: str) -> str:
    """One row of the table: a page measured in all ways."""
    st.cache_data.clear()
    st.cache_resource.clear()
    app = opened()
    with sending() as sent:
        cold = timed(app, {})
    warm = [timed(app, {}) for _ in range(runs)]
    anew = [timed(app, period) for period in itertools.islice(periods(dataset), runs)]
    much = f"{sum(sent) / 1000:>10,.0f}   {'ok' if sum(sent) <= MOST else 'too much'}"
    return f"{name:12}{cold:>6,.0f}{told(warm):>32}{told(anew):>39}{much}"


@contextlib.contextmanager
def sending() -> Iterator[list[int]]:
    """Collects the sizes in bytes of all messages to the browser."""
    sizes: list[int] = []
    enqueue = ForwardMsgQueue.enqueue

    def counted(queue, message):
        sizes.append(message.ByteSize())
        return enqueue(queue, message)

    with mock.patch.object(ForwardMsgQueue, "enqueue", counted):
        yield sizes


def told(spent: list[float]) -> str:
    """Median, 95th percentile (nearest rank) and the verdict."""
    median, high = statistics.median(spent), sorted(spent)[math.ceil(0.95 * len(spent)) - 1]
    return f"{median:,.0f} {high:>5,.0f}   {'ok' if median <= BUDGET else 'too slow':8}"


_day = itertools.count(1)


def periods(dataset: str) -> Iterator[Mapping[str, str]]:
    """Query parameters of one period after the other, none twice."""
    for days in _day:
        yield {"d": dataset, "from": (FIRST_DAY[dataset] + timedelta(days=days)).isoformat()}


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
