"""The server dies at random moments, during an import and a write of records: `python -m benchmarks.kill [--moments 20]`.

At every moment server, import and writer are ended at once (SIGKILL, no warning), the server is started again, and it is looked
whether a dataset is half there, whether a record that was said to be kept is gone, and what `python -m cx check` says.
"""

import argparse
import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.footprint import tree
from cx import jobs, keeping
from cx.errors import CXError
from cx.principal import LOCAL
from cx.store import datasets, links, notes, records
from tests.exported import answers, written

ROOT = Path(__file__).parents[1]
KEPT, IMPORTED = "kept", "imported"
"""The dataset that was there before and is written about; the one whose import is interrupted."""

PATIENCE = 60
"""Seconds to wait for a process to begin."""

PAUSE = 0.01
"""Seconds between two records of the writer."""

READING = """
How to read it: seconds after the import began at which all was killed; how the import stands after the restart (queued: its
worker had not begun; done: it had just ended); how many records the writer had been told were kept, all of which must be
there. A half dataset is a folder without manifest after the restart, or one that does not hold every row."""


class Found(NamedTuple):
    """What stood after one death: the import's state, records that were told to be kept, what is wrong (nothing: empty)."""

    state: str
    records: int
    wrong: list[str]


def main() -> None:
    """Dies as often as asked, prints a line for each, and ends with 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description="Sudden death of the server, and what is there afterwards.")
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--rows", type=int, default=3_000, help="responses of the file whose import is interrupted")
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write()
        return
    bad = total = 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CX_HOME"] = str(Path(folder) / "home")
        file, lasts = prepared(Path(folder), given.rows)
        random = Random(7)
        print(f"{'second':>7}  {'import':<12}{'records':>8}  wrong")
        for _ in range(given.moments):
            wait = random.uniform(0.05, 1.1) * lasts
            found = killed(file, given.rows, wait, serve=True)
            bad, total = bad + bool(found.wrong), total + found.records
            print(
                f"{wait:7.1f}  {found.state:<12}{found.records:>8}  {'; '.join(found.wrong) or 'nothing'}", flush=True
            )
    print(f"{given.moments} moments, {total:,} records told to be kept: {bad} moments with something wrong")
    print(READING)
    sys.exit(bool(bad))


def prepared(folder: Path, rows: int) -> tuple[Path, float]:
    """A home with a dataset, the file it came from, and the seconds its import lasts when nothing happens."""
    file = written(folder / "imported.csv", answers(rows)).path
    begun = time.monotonic()
    job = _begun(file, KEPT)
    while jobs.job(LOCAL, job).state in ("queued", "running"):
        time.sleep(0.05)
    return file, time.monotonic() - begun


def killed(file: Path, rows: int, wait: float, serve: bool) -> Found:
    """One death, so many seconds after an import began and while records are written; with `serve` of a real server too."""
    heard = file.parent / "heard"
    server = _served() if serve else None
    with heard.open("wb") as out:
        writer = subprocess.Popen([sys.executable, "-m", "benchmarks.kill", "--write"], cwd=ROOT, stdout=out)
    _wait_for(lambda: heard.stat().st_size > 0)
    job = _begun(file)
    time.sleep(wait)
    doomed = [writer.pid, *([server.process.pid] if server else []), *_workers(job)]
    doomed = [each for root in doomed for each in tree(root)]
    for pid in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _wait_for(lambda: not any(map(_lives, doomed)))
    writer.wait()
    if server:
        server.process.wait()
        server.log.close()
    told = heard.read_text(encoding="utf-8").split("\n")[:-1]  # the last is only whole when its line ended
    again = _served() if serve else None  # what a server does when it starts: `jobs.sweep`
    if not serve:
        jobs.sweep()
    found = Found(jobs.job(LOCAL, job).state, len(told), [*_half(rows), *_lost(told), *_checked()])
    if found.state == "running":
        found.wrong.append("the import says it runs")
    if again:
        again.stop()
    _as_before(job)
    return found


def write() -> None:
    """The writer: annotations and links in turn, each told on its standard output once the store said it is kept."""
    until = records.now() + timedelta(days=1)
    for number in range(10_000):
        text = f"what happened {number}"
        if number % 2:
            identifier, token = links.create(
                LOCAL, links.Wish(KEPT, "overview", ("overview",), label=text, expires=until)
            )
            line = f"link {identifier} {token} {text}"
        else:
            line = f"annotation {notes.annotate(LOCAL, KEPT, text, date(2026, 1, 1))} - {text}"
        print(line, flush=True)
        time.sleep(PAUSE)


def _begun(file: Path, name: str = IMPORTED) -> str:
    with file.open("rb") as content:
        job = jobs.draft(LOCAL, file.name, content).id
    jobs.start(LOCAL, job, name, {})
    return job


def _served():
    from tests.browser.conftest import Server

    return Server(datasets.home())


def _workers(job: str) -> list[int]:
    """The processes of a job that live: its worker, found among those this process started."""
    out = []
    for pid in tree(os.getpid())[1:]:
        with contextlib.suppress(OSError):
            if job.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                out.append(pid)
    return out


def _lives(pid: int) -> bool:
    """Whether a process still holds its files and locks: its first thread may have ended long before its last."""
    try:
        threads = [path.name for path in Path(f"/proc/{pid}/task").iterdir()]
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" or len(threads) > 1


def _wait_for(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("A process did not begin or end in time.")
        time.sleep(0.02)


def _half(rows: int) -> list[str]:
    """Datasets that are not whole."""
    root = datasets.home() / "datasets"
    out = [f"half a dataset: {path.name}" for path in root.glob("*/*") if not (path / "manifest.json").exists()]
    for name in (KEPT, IMPORTED):
        if name in datasets.names(LOCAL):
            found = datasets.open_dataset(LOCAL, name)
            there = int(found.query("SELECT count(*) AS n FROM responses")["n"].iloc[0])
            out += [f"{name} holds {there} rows, not {rows}"] if there != rows else []
        elif name == KEPT:
            out.append("the dataset that was there before is gone")
    return out


def _lost(told: Sequence[str]) -> list[str]:
    """Records the writer was told were kept, and that are not there as they were written."""
    annotated = {each.id: each.text for each in notes.annotations(LOCAL, KEPT)}
    out = []
    for line in told:
        kind, identifier, token, text = line.split(" ", 3)
        if kind == "link":
            link = links.of_token(token)
            there = link is not None and link.id == int(identifier) and link.scope.label == text
        else:
            there = annotated.get(int(identifier)) == text
        out += [] if there else [f"{kind} {identifier} is lost"]
    return out


def _checked() -> list[str]:
    """What the command `check` says that is wrong (called here: a process more takes seconds), and SQLite of its file."""
    out, said = [], io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            keeping.check()
    except CXError as error:
        out = [f"check: {error} {said.getvalue()}"]
    with records.engine().connect() as connection:
        if connection.dialect.name == "sqlite":
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
            out += [] if said == "ok" else [f"SQLite: {said}"]
    return out


def _as_before(job: str) -> None:
    """Takes away what was written and imported, for the next death."""
    jobs.cancel(LOCAL, job)
    datasets.delete(LOCAL, IMPORTED)
    records.forget(KEPT)


if __name__ == "__main__":
    main()
