"""How long and how large an analysis is: `python -m benchmarks.analyze [ROWS …]` (about two minutes for the default sizes).

For each number of rows a survey is invented (the words of the sample data, another comment in every row), analysed by
the command line in a process of its own, and watched.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from sample_data import comments, story

ROOT = Path(__file__).parents[1]
SIZES = (2_000, 20_000, 100_000)
STEPS = ("recognise", "read", "tell apart", "understand", "topics", "write")
COMMENTED = 0.75
"""Share of the rows that have a comment, as in the sample."""

HEADINGS = ("Response ID", "Date", "Customer ID", "Channel", "Region", "How likely are you to recommend us?", "Comment")
WATCH = 0.1
"""Seconds between two looks at the memory of all processes together."""

READING = """
How to read it: seconds from start to the finished version; the steps are those of its manifest, the rest is starting
Python and loading libraries. "largest" is the peak resident memory of the largest single process (the kernel's count,
getrusage), "all" the peak of all processes together (Linux only, looked at ten times a second: it can miss a short
peak, and pages that processes share count more than once). From 24,000 rows on two further processes understand the comments."""


class Watched(NamedTuple):
    """One analysis: seconds, peak memory in MB of the largest process and of all of them (None: not known here)."""

    seconds: float
    largest: float
    together: float | None
    manifest: dict


def main() -> None:
    """Measures every size and prints a line for each."""
    parser = argparse.ArgumentParser(description="Seconds and memory of `analyze` on invented surveys.")
    parser.add_argument(
        "rows", nargs="*", type=int, default=SIZES, help="rows of the surveys (default 2000 20000 100000)"
    )
    print(f"{'rows':>8} {'mentions':>9} {'seconds':>8} {'rows/s':>7} {'largest':>9} {'all':>9}   " + "  ".join(STEPS))
    for size in parser.parse_args().rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "survey.csv"
            invent(path, size)
            found = analysed(path, Path(folder))
        steps = "  ".join(f"{found.manifest['timings'].get(step, 0):>{len(step)}.1f}" for step in STEPS)
        together = f"{found.together:,.0f} MB" if found.together else "–"
        print(
            f"{size:>8,} {found.manifest['mentions']:>9,} {found.seconds:>8.1f} {size / found.seconds:>7,.0f} "
            f"{found.largest:>6,.0f} MB {together:>9}   {steps}",
            flush=True,
        )
    print(READING)


def invent(path: Path, size: int) -> None:
    """Writes a survey of `size` answers, the same at every call."""
    rng = Random(f"benchmark {size}")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number in range(size):
            day = story.FIRST_DAY + timedelta(days=number * story.DAYS // size)
            channel, region = rng.choice(list(story.CHANNELS)), rng.choice(list(story.REGIONS))
            mood = rng.gauss(0, 1)
            said = comments.comment(rng, channel, region, day, mood, None) if rng.random() < COMMENTED else ""
            score = max(0, min(10, round(8 + 2 * mood)))
            writer.writerow([f"R{number}", day.isoformat(), rng.randrange(10**6, 10**7), channel, region, score, said])


def analysed(path: Path, folder: Path) -> Watched:
    """Runs `analyze` on a file and watches it."""
    out, home = folder / "out", folder / "home"
    begun = time.perf_counter()
    running = subprocess.Popen(
        [sys.executable, "-m", "cx", "analyze", str(path), "--out", str(out)],
        cwd=ROOT, env=os.environ | {"CX_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    peaks = [0.0]
    watcher = threading.Thread(target=watch, args=(running.pid, peaks), daemon=True)
    watcher.start()
    assert running.stderr is not None
    said = running.stderr.read().decode("utf-8", "replace")
    _, status, usage = os.wait4(running.pid, 0)
    seconds = time.perf_counter() - begun
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"analyze failed: {said.splitlines()[-1]}")
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage counts bytes on macOS, kilobytes on Linux
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return Watched(seconds, usage.ru_maxrss * unit / 1e6, peaks[0] or None, manifest)


def watch(process: int, peaks: list[float]) -> None:
    """Keeps the highest memory of a process and its descendants, in MB, until it is gone; nothing where there is no /proc."""
    while resident := sum(map(memory, family(process))):
        peaks[0] = max(peaks[0], resident)
        time.sleep(WATCH)


def family(process: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        found = Path(f"/proc/{process}/task").glob("*/children")
        children = [int(child) for path in found for child in path.read_text().split()]
    except OSError:
        return [process]
    return [process, *(each for child in children for each in family(child))]


def memory(process: int) -> float:
    """Resident memory of a process in MB; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
