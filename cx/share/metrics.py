"""Numbers on how the program does, at /metrics, in the text form of OpenMetrics: counts and durations, nothing about anybody.

What pages did is counted in this process since it began; imports, links, datasets and versions are those of the records and
the disk, the same for every replica.
"""

import hmac
import ipaddress
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cx import logs
from cx.errors import AccessError, CXError
from cx.principal import LOCAL
from cx.share import access, doors
from cx.store import datasets, links, records

COLLECTOR = "CX_METRICS_TOKEN"
"""Names the secret with which a collector on another machine may ask (`Authorization: Bearer …`)."""

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds, in seconds, of the classes that durations are counted in."""

FORM = "application/openmetrics-text; version=1.0.0; charset=utf-8"

STATES = ("draft", "queued", "running", "done", "failed", "cancelled", "interrupted")
"""Of imports; see `jobs`."""

EXPECTED, UNEXPECTED = "expected", "unexpected"

_lock = Lock()
_sessions = 0
_runs: dict[str, list[int]] = {}
_seconds: Counter[str] = Counter()
_errors: Counter[tuple[str, str]] = Counter()


def begun() -> None:
    """Counts that somebody opened the dashboard in a tab."""
    global _sessions
    with _lock:
        _sessions += 1


def ran(page: str, seconds: float) -> None:
    """Counts a run of a page and how long it took, and says so in the log."""
    with _lock:
        counts = _runs.setdefault(page, [0] * (len(BOUNDS) + 1))
        counts[bisect_left(BOUNDS, seconds)] += 1
        _seconds[page] += seconds  # type: ignore[assignment]  # a Counter adds floats as well
    logs.event("page", page=page, seconds=seconds)


def failed(page: str, kind: str) -> None:
    """Counts a page that showed a sentence in place of its content: because of what was asked (`expected`), or of a mistake
    in the program."""
    with _lock:
        _errors[page, kind] += 1


def text() -> str:
    """All numbers. Raises StoreError when the records cannot be read."""
    return "\n".join([*_of_pages(), *_of_records(), "# EOF", ""])


def show(request: Request) -> Response:
    """Answers who may ask."""
    if not may_ask(request):
        return _plain("Metrics are for this machine, and for who has the token of CX_METRICS_TOKEN.\n", 403)
    try:
        return _plain(text(), 200, FORM)
    except CXError as error:
        return _plain(f"{error}\n", 503)


ROUTES = [Route("/metrics", show, methods=["GET"])]


def may_ask(request: Request) -> bool:
    """Whether a request has the token; or came from this machine, by no proxy and by no other name of it."""
    asking = doors.asking(request.scope)
    held, given = os.environ.get(COLLECTOR, "").strip(), asking.headers.get("authorization", "")
    if held and hmac.compare_digest(given.encode(), f"Bearer {held}".encode()):
        return True
    try:
        access.must_be_here(asking.headers)
        return ipaddress.ip_address(asking.address or "").is_loopback  # an address that is not known is none of ours
    except (AccessError, ValueError):
        return False


def _of_pages() -> Iterator[str]:
    """What this process counted."""
    with _lock:
        sessions, errors, totals = _sessions, dict(_errors), dict(_seconds)
        runs = {page: list(counts) for page, counts in sorted(_runs.items())}
    yield from _head("felicific_sessions", "counter", "Tabs in which the dashboard was opened")
    yield f"felicific_sessions_total {sessions}"
    yield from _head("felicific_page_seconds", "histogram", "Runs of pages and how long they took", "seconds")
    for page, counts in runs.items():
        below = 0
        for bound, n in zip([*map(str, BOUNDS), "+Inf"], counts, strict=True):
            below += n
            yield f'felicific_page_seconds_bucket{{page="{page}",le="{bound}"}} {below}'
        yield f'felicific_page_seconds_count{{page="{page}"}} {below}'
        yield f'felicific_page_seconds_sum{{page="{page}"}} {round(totals[page], 6)}'
    yield from _head("felicific_page_errors", "counter", "Pages that showed a sentence in place of their content")
    for (page, kind), n in sorted(errors.items()):
        yield f'felicific_page_errors_total{{page="{page}",kind="{kind}"}} {n}'


def _of_records() -> Iterator[str]:
    """What is kept."""
    there = links.listed(LOCAL)
    names = datasets.names(LOCAL)
    kept: list[tuple[str, str, Mapping[str, int], str]] = [
        ("felicific_imports", "Imports", dict.fromkeys(STATES, 0) | records.states(), "state"),
        ("felicific_links", "Share links", _counted([link.state for link in there]), "state"),
        ("felicific_link_opens", "How often the share links there are were opened", _one(sum(x.opens for x in there)), ""),
        ("felicific_datasets", "Datasets", _one(len(names)), ""),
        ("felicific_versions", "Versions of datasets", _one(sum(len(datasets.versions(LOCAL, x)) for x in names)), ""),
    ]  # fmt: skip
    for name, about, values, label in kept:
        yield from _head(name, "gauge", about)
        for value, n in sorted(values.items()):
            yield f'{name}{{{label}="{value}"}} {n}' if label else f"{name} {n}"


def _counted(states: list[str]) -> dict[str, int]:
    return {state: states.count(state) for state in (links.OPEN, links.EXPIRED, links.REVOKED)}


def _one(n: int) -> dict[str, int]:
    return {"": n}


def _head(name: str, kind: str, about: str, unit: str = "") -> Iterator[str]:
    yield f"# TYPE {name} {kind}"
    if unit:
        yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {about}."


def _plain(body: str, status: int, form: str = "text/plain; charset=utf-8") -> Response:
    return Response(body, status, {"cache-control": "no-store"}, form)
