"""Fifty guests at once: `python -m benchmarks.load [--import]` (Linux, with a Chromium; four minutes, with an import eleven).

A server of its own, that was asked for one page before, on a home of its own, which holds an invented dataset and share links to
it (all pages, filters open, comments masked). Guests come in the first seconds and stay; two browsers look on and check that
pages are drawn. With `--import` they come twice more, the last time while a file is imported, as often as there is time for.
"""

import argparse
import asyncio
import contextlib
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks import intake, measure, onlookers
from benchmarks.footprint import Taken, taken, tree
from benchmarks.guests import KINDS, MIX, Done, Guest
from benchmarks.pages import IMPORTED
from cx import jobs
from cx.principal import LOCAL
from cx.store import links, records
from cx.ui import nav
from tests.browser.conftest import Server

COMING = 10
"""Seconds within which all guests come."""

LOOK = 1.0
"""Seconds between two looks at memory."""

SLOWEST, MEMORY, MOVED = 1.5, 1500, 0.5
"""Seconds an interaction may take (p95); MB the server may hold; by how much, as a share, an import may move p95."""

READING = f"""
How to read it: milliseconds from what a guest does until the page's script has ended and all of it has arrived, drawing in
the browser not counted; "open" is the first page after the link, "KB" what came, uncompressed (median). p95 by nearest rank. An
error is a closed connection, a script that failed, an error on the page, a page not found, no answer for a minute. Processor
shares are of one core (two cores: 200 %); the share of the guests' program says how much of the machine the measuring itself
took away. Memory is resident, of the server and of all it started, at its most.
Targets: no error, p95 at most {1000 * SLOWEST:,.0f} ms, at most {MEMORY:,} MB, an import moves p95 by less than {MOVED:.0%}.
Other work on the machine easily doubles the times: its load stands beside."""


class Phase(NamedTuple):
    """One round: what guests did, what processes took per second (MB, seconds), what the browsers saw, seconds of imports."""

    done: list[Done]
    server: Taken
    importing: Taken
    own: float
    browsers: onlookers.Seen
    seconds: float
    imports: list[float]


def main() -> None:
    """Runs the rounds, prints the figures; ends with 1 when one is missed."""
    parser = argparse.ArgumentParser(description="Many guests of share links at once.")
    parser.add_argument("--guests", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--responses", type=int, default=100_000)
    parser.add_argument(
        "--every", type=float, default=10, help="seconds between two interactions of a guest, on average"
    )
    parser.add_argument("--import", dest="importing", action="store_true", help="a second round during imports")
    parser.add_argument("--rows", type=int, default=20_000, help="responses of the file that is imported")
    parser.add_argument("--browsers", type=int, default=2)
    parser.add_argument("--port", type=int, default=0, help="of the server (default: a free one)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), given) as (server, tokens):
        asyncio.run(
            Guest(server.port, tokens[0], given.guests).visit(0, time.monotonic() + 1, 1)
        )  # the libraries are loaded
        first = asyncio.run(phase(server, tokens, given, None))
        good = told("first visits", first, given)
        if given.importing:
            file = Path(folder) / "survey.csv"
            intake.write_csv(file, given.rows)
            first = asyncio.run(
                phase(server, tokens, given, None)
            )  # held against imports: neither begins with empty caches
            good &= told("the same guests again", first, given)
            second = asyncio.run(phase(server, tokens, given, file))
            good &= told(f"guests, and imports of {given.rows:,} responses", second, given)
            good &= moved(first, second)
    print(READING)
    sys.exit(not good)


@contextlib.contextmanager
def served(folder: Path, given: argparse.Namespace) -> Iterator[tuple[Server, list[str]]]:
    """A server on a fresh home with the dataset and five links to it."""
    home = folder / "home"
    os.environ |= {"CX_HOME": str(home)}
    for name in ("CX_MODE", "CX_DATABASE_URL", "CX_DATASETS"):
        os.environ.pop(name, None)
    print(f"Making {given.responses:,} responses …", file=sys.stderr)
    where = home / "datasets/made/0001"
    measure.made(where, given.responses, 1, bought=True)
    manifest = json.loads((where / "manifest.json").read_text(encoding="utf-8"))
    manifest |= IMPORTED | {"rows_in": given.responses}
    (where / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    until = records.now() + timedelta(days=1)
    wish = links.Wish("made", "overview", nav.SHARED, locked=False, comments="masked", expires=until)
    tokens = [links.create(LOCAL, wish._replace(label=f"load {number}"))[1] for number in range(5)]
    server = Server(home, port=given.port)
    try:
        yield server, tokens
    finally:
        server.stop()


async def phase(server: Server, tokens: list[str], given: argparse.Namespace, file: Path | None) -> Phase:
    """One round of guests, browsers and, with a file, imports; returns what was seen."""
    begun, seconds = time.monotonic(), 60 * given.minutes
    until, processor = begun + seconds, time.process_time()
    guests = [Guest(server.port, tokens[number % len(tokens)], number) for number in range(given.guests)]
    ended = asyncio.Event()
    peaks = asyncio.create_task(watched(server, ended))
    imports = asyncio.create_task(imported(file, until))
    looking = asyncio.create_task(onlookers.look(server.url, tokens[0], given.browsers, until))
    await asyncio.gather(
        *(guest.visit(COMING * number / given.guests, until, given.every) for number, guest in enumerate(guests))
    )
    seen = await looking
    ended.set()
    spent = time.monotonic() - begun
    own = time.process_time() - processor
    at_server, at_import = await peaks
    return Phase(
        [each for guest in guests for each in guest.done], at_server, at_import, own, seen, spent, await imports
    )


async def watched(server: Server, ended: asyncio.Event) -> tuple[Taken, Taken]:
    """The most memory, and all processor seconds, of the server and of the imports beside it until the end."""
    before = taken(tree(server.process.pid)).seconds
    most = working = spent = 0.0
    at_import: dict[int, float] = {}
    while not ended.is_set():
        found = taken(tree(server.process.pid))
        most, spent = max(most, found.memory), max(spent, found.seconds - before)
        beside = [pid for pid in tree(os.getpid()) if _imports(pid)]
        whole = [pid for root in beside for pid in tree(root)]
        working = max(working, taken(sorted(set(whole))).memory)
        at_import |= {pid: taken([pid]).seconds for pid in whole}
        await asyncio.sleep(LOOK)
    return Taken(most, spent), Taken(working, sum(at_import.values()))


def _imports(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[1:4] == [b"-m", b"cx", b"work"]


async def imported(file: Path | None, until: float) -> list[float]:
    """Imports the file into a dataset of its own again and again; seconds of each that ended in time."""
    out: list[float] = []
    while file is not None and time.monotonic() < until:
        begun = time.monotonic()
        with file.open("rb") as content:
            job = jobs.draft(LOCAL, file.name, content).id
        jobs.start(LOCAL, job, f"imported-{len(out) + 1}", {})
        while (state := jobs.job(LOCAL, job).state) in ("queued", "running") and time.monotonic() < until:
            await asyncio.sleep(0.5)
        if state == "failed":
            raise SystemExit(f"The import failed: {jobs.job(LOCAL, job).message}")
        if state == "done":
            out.append(time.monotonic() - begun)
        else:
            jobs.cancel(LOCAL, job)
    return out


def told(title: str, found: Phase, given: argparse.Namespace) -> bool:
    """Prints the table of a round; whether all figures were kept."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"\n{title}: {given.guests} guests, {given.minutes:g} minutes, {given.responses:,} responses; load of the machine {load}"
    )
    print(f"{'page':24}{'count':>6}{'median':>8}{'p95':>8}{'most':>8}{'KB':>7}{'errors':>8}")
    for name in [*MIX, *(kind for kind in ("open", *KINDS))]:
        _line(name, [each for each in found.done if name in ((each.page,) if name in MIX else (each.kind,))])
    good = _line("all interactions", found.done)
    for what, many in Counter(each.wrong for each in found.done if each.wrong).most_common(5):
        print(f"  {many} times: {what[:160]}")
    share = {"server": found.server.seconds, "imports": found.importing.seconds, "the guests' program": found.own}
    print("processor: " + ", ".join(f"{name} {value / found.seconds:.0%}" for name, value in share.items() if value))
    fits = found.server.memory <= MEMORY
    print(f"memory of the server at its most: {found.server.memory:,.0f} MB   {'ok' if fits else 'too much'}")
    if found.imports or found.importing.memory:
        took = ", ".join(f"{each:.0f}" for each in found.imports) or "none"
        print(f"imports beside it: at most {found.importing.memory:,.0f} MB; seconds of those that ended: {took}")
    print(found.browsers.words(), flush=True)
    return good and fits and not found.browsers.wrong


def _line(name: str, done: list[Done]) -> bool:
    if not done:
        return True
    times = sorted(each.seconds for each in done)
    wrong = sum(bool(each.wrong) for each in done)
    size = statistics.median(each.size for each in done)
    good = not wrong and p95(done) <= SLOWEST
    verdict = ("   ok" if good else "   missed") if name == "all interactions" else ""
    middle = statistics.median(times)
    print(
        f"{name:24}{len(done):6,}{1000 * middle:8,.0f}{1000 * p95(done):8,.0f}{1000 * times[-1]:8,.0f}{size / 1000:7,.0f}{wrong:8}{verdict}"
    )
    return good


def p95(done: list[Done]) -> float:
    """The 95th percentile of the seconds, by nearest rank."""
    times = sorted(each.seconds for each in done)
    return times[math.ceil(0.95 * len(times)) - 1]


def moved(first: Phase, second: Phase) -> bool:
    """Prints by how much imports moved the 95th percentile; whether that is less than they may."""
    before, after = p95(first.done), p95(second.done)
    share = after / before - 1
    print(
        f"\np95 {1000 * before:,.0f} ms alone, {1000 * after:,.0f} ms during imports: {share:+.0%}   "
        f"{'ok' if share < MOVED else 'too much'}"
    )
    return share < MOVED


if __name__ == "__main__":
    main()
