"""A pipeline run outside the web process: start, progress, cancel, retry. State in the records, files in uploads/.

States: draft (uploaded, not yet started) → queued → running → done | failed | cancelled | interrupted. A worker holds
a lock on its upload folder while it lives; a running job whose lock is free was killed and counts as interrupted.
"""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, NamedTuple

from cx import logs
from cx.errors import CancelledError, CXError, JobError, NotAllowedError, StoreError
from cx.principal import Principal
from cx.store import datasets, records

OPEN = ("draft", "queued", "running", "failed", "interrupted")
"""States in which a job still has its upload and wants something from the user."""

KEEP = timedelta(hours=24)
"""How long an upload waits after a failure, or for someone to press Analyse."""

START = timedelta(seconds=30)
"""A queued job whose worker does not live after this time was killed before it began."""

HEARTBEAT = 0.5
"""Seconds between two notes of progress."""


class Job(NamedTuple):
    """A job as pages see it. `progress` has step, done, total, rate (rows a second) and left (seconds, or None)."""

    id: str
    dataset: str
    state: str
    message: str
    request: dict[str, Any]
    progress: dict[str, Any]

    @property
    def files(self) -> list[str]:
        """The names of the files as they were uploaded."""
        return [given["name"] for given in self.request["files"]]


def draft(principal: Principal, name: str, content: IO[bytes]) -> Job:
    """Keeps an upload until it is analysed. The file's name is only a label, its last part: the path is ours."""
    _may_write(principal)
    label = re.split(r"[\\/]", name)[-1] or "upload"
    identifier = secrets.token_hex(8)
    where = folder(identifier)
    where.mkdir(parents=True)
    try:
        ending = re.search(r"(\.[a-z0-9]{1,8}){1,2}$", label.lower())
        path = where / f"0{ending[0] if ending else ''}"
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
        request: dict[str, Any] = {"files": [{"path": path.name, "name": label, "roles": {}}]}
        records.add_job(identifier, principal.name, datasets.suggested(label), "draft", request)
    except BaseException as error:
        shutil.rmtree(where, ignore_errors=True)
        if isinstance(error, OSError):
            raise JobError(f"{label} could not be kept: {error.strerror}. Nothing was stored.") from error
        raise
    return job(principal, identifier)


def start(
    principal: Principal, identifier: str, dataset: str, roles: Mapping[str, str], add: bool = False,
    sheet: str | None = None, privacy: Mapping[str, Any] | None = None, drop_equal: bool = False,
) -> None:  # fmt: skip
    """Starts the analysis of a draft, a failed or an interrupted job in a process of its own.

    `sheet` of a workbook, `privacy` as JSON (see `masking.Privacy`; None: as the dataset was begun), `drop_equal` as in
    `incoming.Wishes`.
    """
    _may_write(principal)
    found, slug = job(principal, identifier), datasets.slug(dataset)
    if not principal.may_read(slug):
        raise NotAllowedError(f"{principal.name} may not import into the dataset '{slug}'.")
    request: dict[str, Any] = {
        **found.request,
        "add": add,
        "privacy": privacy,
        "role": principal.role,
        "may": None if principal.datasets is None else sorted(principal.datasets),
        "origin": principal.origin,
        "drop_equal": drop_equal,
    }
    request["files"] = [given | {"roles": dict(roles), "sheet": sheet} for given in request["files"]]
    asked = _asked() | {"dataset": slug, "request": request}
    if not records.change_job(identifier, asked, ("draft", "failed", "interrupted")):
        raise JobError("This import is already under way.")
    spawn(identifier)


def retry(principal: Principal, identifier: str) -> None:
    """Runs a failed or interrupted job again, as it was asked."""
    _may_write(principal)
    job(principal, identifier)
    if not records.change_job(identifier, _asked(), ("failed", "interrupted")):
        raise JobError("Only an import that failed or was interrupted can be tried again.")
    spawn(identifier)


def redraft(principal: Principal, identifier: str) -> None:
    """Back to the columns: a failed or interrupted job waits for Analyse again."""
    _may_write(principal)
    job(principal, identifier)
    records.change_job(identifier, {"state": "draft", "message": ""}, ("failed", "interrupted"))


def _asked() -> dict[str, Any]:
    return {"state": "queued", "progress": {"asked": records.now().isoformat()}, "message": "", "cancel": False}


def spawn(identifier: str) -> None:
    """Starts `python -m cx work JOB`, which outlives the web process and the browser."""
    log = (folder(identifier) / "log").open("ab")
    channel = logs.for_worker()
    try:
        with log:
            subprocess.Popen(
                [sys.executable, "-m", "cx", "work", identifier],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, pass_fds=(channel,),
                env=_environment() | {logs.CHANNEL: str(channel)},
            )  # fmt: skip
    finally:
        os.close(channel)


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1]), environment.get("PYTHONPATH", "")])
    return environment


def sample(principal: Principal) -> None:
    """Loads the sample data in a process of its own, and waits for it; nothing where there is a dataset already.

    Raises NotAllowedError for those who may not import, StoreError when it could not be loaded.
    """
    _may_write(principal)
    command = [sys.executable, "-m", "cx", "demo", "--if-empty"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=_environment(), check=False
    )
    if done.returncode:
        logs.event("sample", dataset="sample", state="failed", level=logs.ERROR)
        raise StoreError("The sample could not be loaded: the server's log says why.")


def cancel(principal: Principal, identifier: str) -> None:
    """Asks a job to stop; it stops at its next note of progress. A draft is thrown away at once."""
    _may_write(principal)
    job(principal, identifier)
    gone = {"state": "cancelled", "cancel": True, "message": "Cancelled. Nothing was stored."}
    if records.change_job(identifier, gone, ("draft", "failed", "interrupted", "queued")):
        shutil.rmtree(folder(identifier), ignore_errors=True)
    else:
        records.change_job(identifier, {"cancel": True}, ("running",))


def job(principal: Principal, identifier: str) -> Job:
    """A job; raises JobError when there is none."""
    row = records.job(identifier)
    if row is None or not _may_see(principal, row):
        raise JobError("There is no such import any more.")
    return _seen(row)


def waiting(principal: Principal) -> list[Job]:
    """The jobs that still want something: drafts, running, failed and interrupted ones, newest first."""
    found = [_seen(row) for row in records.all_jobs(OPEN) if _may_see(principal, row)]
    return [entry for entry in found if entry.state in OPEN]


def folder(identifier: str) -> Path:
    """Where a job's upload waits."""
    if not re.fullmatch(r"[0-9a-f]{16}", identifier):
        raise JobError("There is no such import.")
    return datasets.home() / "uploads" / identifier


def upload(found: Job) -> Path:
    """The first uploaded file of a job, for looking into it."""
    return folder(found.id) / found.request["files"][0]["path"]


def work(identifier: str) -> None:
    """Does a queued job, in this process: the worker's whole life. Its outcome is written to the records.

    One job of a home after the other: who comes second stays queued until the first has ended.
    """
    if records.job(identifier) is None:
        raise JobError(f"There is no import '{identifier[:40]}'.")
    with _held(folder(identifier) / "lock"), datasets.writing():
        if not records.change_job(identifier, {"state": "running"}, ("queued",)):
            raise JobError("This import was cancelled, or another process does it.")
        os.nice(5)  # people looking at pages come first
        datasets.clean()
        row = records.job(identifier)
        assert row is not None
        begun = time.monotonic()
        logs.event("import", dataset=row["dataset"], state="running", count=len(row["request"]["files"]))
        outcome = _outcome(row)
        records.change_job(identifier, outcome)
        if outcome["state"] != "failed":
            shutil.rmtree(folder(identifier), ignore_errors=True)
        elif folder(identifier).exists():
            os.utime(folder(identifier))  # it waits for a day from now on
        logs.event("import", dataset=row["dataset"], state=outcome["state"], seconds=time.monotonic() - begun)


def _outcome(row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"state": "done", "message": _run(row)}
    except CancelledError:
        return {"state": "cancelled", "message": "Cancelled. Nothing was stored."}
    except CXError as error:
        return {"state": "failed", "message": str(error)}
    except Exception as error:  # the page shows a sentence, the log beside the upload the rest
        with (folder(row["id"]) / "log").open("a", encoding="utf-8") as log:
            traceback.print_exception(error, file=log)
        logs.failure("import", dataset=row["dataset"])
        return {
            "state": "failed",
            "message": f"Something unexpected happened ({type(error).__name__}). The log has more.",
        }


def _run(row: Mapping[str, Any]) -> str:
    from cx import imports  # the pipeline and its libraries are the worker's load, not the page's

    where, asked = folder(row["id"]), row["request"]
    files = [
        imports.Given(where / given["path"], given["name"], given["roles"], given.get("sheet"))
        for given in asked["files"]
    ]
    privacy = imports.Privacy.from_json(asked["privacy"]) if asked.get("privacy") else None
    wishes = imports.Wishes(asked.get("add", False), privacy=privacy, drop_equal=asked.get("drop_equal", False))
    may = asked.get("may")
    who = Principal(
        row["owner"],
        asked.get("role", "analyst"),
        None if may is None else frozenset(may),
        origin=asked.get("origin", ""),
    )
    return imports.into(who, row["dataset"], files, Notes(row["id"]), wishes)


class Notes:
    """Progress written to the records twice a second; raises CancelledError when the user wants to stop."""

    def __init__(self, identifier: str) -> None:
        self.identifier = identifier
        self.step, self.begun, self.told = "", 0.0, 0.0

    def __call__(self, step: str, done: int, total: int) -> None:
        """Notes `done` of `total` rows of a step."""
        moment = time.monotonic()
        if step != self.step:
            self.step, self.begun = step, moment
        elif moment - self.told < HEARTBEAT and done < total:
            return
        self.told = moment
        rate = done / (moment - self.begun) if moment > self.begun and done else 0
        left = (total - done) / rate if rate else None
        row = records.job(self.identifier)
        if row is None or row["cancel"]:
            raise CancelledError("Cancelled.")
        note = {"step": step, "done": done, "total": total, "rate": round(rate), "left": left and round(left)}
        records.change_job(self.identifier, {"progress": note})


def sweep() -> None:
    """Start-up: uploads older than a day and versions that were never finished go."""
    limit = records.now() - KEEP
    for row in records.all_jobs():
        if _touched(row) < limit and _seen(row).state not in ("queued", "running"):
            shutil.rmtree(folder(row["id"]), ignore_errors=True)
            if row["state"] in OPEN:
                records.forget_job(row["id"])
    known = {row["id"] for row in records.all_jobs()}
    for path in (datasets.home() / "uploads").glob("*"):
        if path.name not in known and _changed(path) < limit:
            shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(StoreError), datasets.writing(wait=False):
        datasets.clean()


def _touched(row: Mapping[str, Any]) -> datetime:
    """When something last happened to a job: its folder knows."""
    where = folder(row["id"])
    return max(row["created"], _changed(where)) if where.exists() else row["created"]


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)


def _seen(row: Mapping[str, Any]) -> Job:
    """A row as a Job; one that says it runs, but whose worker is gone, is marked as interrupted."""
    state = row["state"]
    started = records.now() - datetime.fromisoformat(row["progress"].get("asked", "2000-01-01")) > START
    if (state == "running" or (state == "queued" and started)) and not _alive(row["id"]):
        lost = {"state": "interrupted", "message": "The import was interrupted."}
        changed = records.change_job(row["id"], lost, (state,))
        state = "interrupted" if changed else (records.job(row["id"]) or row)["state"]
    return Job(row["id"], row["dataset"], state, row["message"], row["request"], row["progress"])


def _alive(identifier: str) -> bool:
    try:
        with _held(folder(identifier) / "lock"):
            return False
    except JobError:
        return True


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """An exclusive lock on a file, gone with the process that holds it; raises JobError when another has it."""
    if not path.parent.is_dir():
        yield
        return
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JobError("Another process is at this import.") from error
        yield


def _may_see(principal: Principal, row: Mapping[str, Any]) -> bool:
    return row["owner"] == principal.name or principal.may_read(row["dataset"])


def _may_write(principal: Principal) -> None:
    if not principal.may_write():
        raise NotAllowedError(f"{principal.name} ({principal.role}) may not import.")
