"""How long and how large an import is before its comments are read: `python -m benchmarks.intake [ROWS]` (about five minutes).

A survey is invented (1,000,000 rows are some 150 MB of CSV), taken in by a process of its own, and again with twice as many
rows: what is read must not grow with the file.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

from cx.engine.local import MOST_PROCESSES

ROOT = Path(__file__).parents[1]
ROWS = 1_000_000
KINDS = ("csv", "jsonl", "parquet")
HEADINGS = (
    "Response ID", "Submitted at", "Customer ID", "How likely are you to recommend us?", "Overall, how satisfied are you?",
    "Region", "Channel", "Order value", "What is the main reason for your score?",
)  # fmt: skip
SATISFIED = ("Very dissatisfied", "Dissatisfied", "Neither satisfied nor dissatisfied", "Satisfied", "Very satisfied")
REGIONS = ("North", "East", "South", "West")
CHANNELS = ("Website", "Store", "Phone", "Mobile app")
VOCABULARY = """
delivery staff price waiting refund parcel room breakfast app payment agent answer store return size quality offer order was were
very not too quite really never always friendly slow quick helpful rude clean late early broken easy fine good and but because
although when after before with without for my the a this their our again today yesterday
"""
WORDS = VOCABULARY.split()
SECRETS = ("write to ann.lee@example.com", "call me on +49 30 901820", "my card 4111 1111 1111 1111 was charged twice")
ONE_IN, NUMBERED = 100, 20
"""One comment in so many holds something to mask, and one names a number (of an order) that is to stay."""

TARGETS = "target: read, map, mask and write 1,000,000 rows of CSV in at most 40 s and 1.5 GB, and at most 200 MB more for twice the rows"
READING = """
How to read it: "intake" opens the file, decides what each column is for and types every cell; "stored" also masks, and writes
the parts (Parquet), the masked original and the rejects, as an import does before comments are read. Seconds are wall clock of
the work alone, CPU seconds (of all processes) beside them. MB is the peak resident memory of the process and of those beside it
(getrusage; the largest counts for each), libraries included; growth compares it with the run on half the rows."""


def main() -> None:
    """Measures the steps on both sizes and prints a line for each."""
    parser = argparse.ArgumentParser(description="Seconds and memory of taking in a large file.")
    parser.add_argument("rows", nargs="?", type=int, default=ROWS)
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=["csv"], help="formats to measure (default csv)")
    parser.add_argument("--step", choices=[*STEPS, "invent"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step == "invent":
        WRITERS[given.file.suffix[1:]](given.file, given.rows)
        return
    if given.step:
        print(json.dumps(measured(STEPS[given.step], given.file)))
        return
    print(
        f"{'file':>8} {'rows':>10} {'MB':>6}  {'step':<7} {'seconds':>8} {'CPU':>7} {'rows/s':>8} {'memory':>9} {'growth':>8}"
    )
    for kind in given.kinds:
        before: dict[str, float] = {}
        for rows in (given.rows, 2 * given.rows):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"survey.{kind}"
                begun("invent", path, rows)  # not here: a process starts with the peak memory of the one that starts it
                for step in STEPS:
                    before[step] = told(kind, rows, path, step, before.get(step))
    print(TARGETS + READING)


def told(kind: str, rows: int, path: Path, step: str, before: float | None) -> float:
    """Runs a step in a process of its own and prints its line; returns its peak memory in MB."""
    found = json.loads(begun(step, path, rows).splitlines()[-1])
    growth = "" if before is None else f"{found['memory'] - before:+,.0f} MB"
    print(
        f"{kind:>8} {rows:>10,} {path.stat().st_size / 1e6:>6,.0f}  {step:<7} {found['seconds']:>8.1f} {found['cpu']:>7.1f} "
        f"{rows / found['seconds']:>8,.0f} {found['memory']:>6,.0f} MB {growth:>8}", flush=True,
    )  # fmt: skip
    if found["rows"] != rows:
        raise SystemExit(f"{found['rows']:,} of {rows:,} rows came in")
    return found["memory"]


def begun(step: str, path: Path, rows: int) -> str:
    """Runs a step in a process of its own; returns what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.intake", str(rows), "--step", step, "--file", str(path)],
        cwd=ROOT, env=os.environ | {"CX_HOME": str(path.parent)}, stdout=subprocess.PIPE, text=True, check=True,
    ).stdout  # fmt: skip


def measured(step: Callable[[Path], int], path: Path) -> dict[str, float]:
    """Seconds, CPU seconds, peak memory in MB and rows of one step, in this process and those it starts."""
    begun, worked = time.perf_counter(), sum(os.times()[:4])
    rows = step(path)
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage counts bytes on macOS, kilobytes on Linux
    own, others = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    peak = (own + others * MOST_PROCESSES) * unit / 1e6
    return {
        "rows": rows, "memory": peak, "seconds": time.perf_counter() - begun, "cpu": sum(os.times()[:4]) - worked,
    }  # fmt: skip


def intake(path: Path) -> int:
    """Opens, plans and applies; returns the rows."""
    from cx.intake import apply, mapping, read, sources

    table = read.open_table(path)
    plan = mapping.plan(table, sources.recognise(table))
    return sum(len(batch.frame) + len(batch.rejects) for batch in apply.batches(plan, 2_000))


def stored(path: Path) -> int:
    """The pipeline up to the parts on disk; returns the rows."""
    from cx import pipeline

    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        run = pipeline.Run(Path(folder), "benchmark", b"key", lambda step, done, total: None, pipeline.Wishes(), None)
        pipeline.recognise(run, [pipeline.Given(path, path.name)])
        pipeline.staged(run)
        return sum(entry["rows_in"] for entry in run.entries)


STEPS: dict[str, Callable[[Path], int]] = {"intake": intake, "stored": stored}


def answers(rows: int) -> Iterator[tuple[str | int, ...]]:
    """Invented answers, the same at every call: nine in ten with a comment of about 90 letters, no two alike."""
    rng = Random("intake")
    pool = [" ".join(rng.choices(WORDS, k=rng.randint(7, 16))) for _ in range(20_000)]
    begin = datetime(2022, 1, 1)
    for number in range(rows):
        score = min(10, max(0, round(rng.gauss(7.5, 2.5))))
        secret = f" {rng.choice(SECRETS)}" if not rng.randrange(ONE_IN) else ""
        order = f" order {number}" if not rng.randrange(NUMBERED) else ""
        said = f"{rng.choice(pool).capitalize()}, {numbered(number)}{order}.{secret}" if rng.random() < 0.9 else ""
        yield (
            f"R-{number:08d}", str(begin + timedelta(seconds=number * 97 % 126_000_000)), f"C{rng.randrange(400_000)}", score,
            SATISFIED[min(4, score // 2)], rng.choice(REGIONS), rng.choice(CHANNELS), f"{rng.lognormvariate(3.5, 0.8):.2f}", said,
        )  # fmt: skip


def numbered(number: int) -> str:
    """A number as words, so that no two comments are alike."""
    words = []
    while number:
        number, place = divmod(number, len(WORDS))
        words.append(WORDS[place])
    return " ".join(words)


def write_csv(path: Path, rows: int) -> None:
    """The answers as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADINGS])
        csv.writer(file).writerows(answers(rows))


def write_json_lines(path: Path, rows: int) -> None:
    """The answers as one object a line."""
    with path.open("w", encoding="utf-8") as file:
        for answer in answers(rows):
            file.write(json.dumps(dict(zip(HEADINGS, answer, strict=True))) + "\n")


def write_parquet(path: Path, rows: int) -> None:
    """The answers as Parquet, in row groups of 250,000."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    every, many = answers(rows), 250_000
    writer = None
    for _ in range(0, rows, many):
        group = list(islice(every, many))
        table = pa.table({name: list(column) for name, column in zip(HEADINGS, zip(*group, strict=True), strict=True)})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "csv": write_csv,
    "jsonl": write_json_lines,
    "parquet": write_parquet,
}


if __name__ == "__main__":
    main()
