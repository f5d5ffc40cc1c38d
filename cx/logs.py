"""What the program says of itself while it runs: one line an event on standard error, plain or (`CX_LOG=json`) as JSON.

An event is said in words of the program's own: what, how it is run, which page, which dataset, what came of it, how long it
took, how many. Never who, never from where, no token, no comment, no name of a file; of an error its kind and the places
in the code it passed, not what it says, for that may quote a cell. `CX_DEBUG=1` adds what it says.
"""

import json
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TextIO

VARIABLE, CHANNEL = "CX_LOG", "FELICIFIC_LOG_CHANNEL"
"""How lines are written; and, for a worker, the number of the open file that is the server's standard error."""

ERROR = logging.ERROR
LOGGER = logging.getLogger("felicific")

LONGEST = 200
"""Characters of a value that are said."""

REQUESTS = logging.getLogger("uvicorn.access")
"""The server's log of requests: their addresses hold the tokens of links. Streamlit switches it off by taking its handlers,
and gives them back when its settings are read again; here it is switched off for good."""

DEEPEST = 12
"""Places of an error that are said: those nearest to where it happened."""

Fact = str | int | float | list[str]


class Lines(logging.Formatter):
    """Writes a record as one line, whatever it holds. What libraries say is told by its place alone."""

    def __init__(self, as_json: bool) -> None:
        super().__init__()
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line: JSON, or `time LEVEL what name=value …`."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts: dict[str, Fact] = {"time": moment, "level": record.levelname.lower(), **_said(record)}
        if record.exc_info and record.exc_info[1] is not None:
            facts |= error(record.exc_info[1])
        if self.as_json:
            return json.dumps(facts)
        time, level, what = facts.pop("time"), facts.pop("level"), facts.pop("what")
        return " ".join([f"{time} {str(level).upper()} {_plain(what)}", *_pairs(facts)])


def setup() -> None:
    """Once in a process: events go to standard error (a worker's to that of its server); with `CX_LOG=json` what libraries
    log does as well, in the same form. Any other word is plain."""
    chosen = os.environ.get(VARIABLE, "").strip().lower() == "json"
    handler = logging.StreamHandler(_stream())
    handler.setFormatter(Lines(chosen))
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
    REQUESTS.disabled = True
    if chosen:
        for other in _handlers():
            other.setFormatter(Lines(True))


def event(
    what: str, *, page: str = "", dataset: str = "", state: str = "", seconds: float | None = None,
    count: int | None = None, level: int = logging.INFO,
) -> None:  # fmt: skip
    """Says that something happened. `what` and `state` are words of the program, `dataset` is a slug, `seconds` how long it took."""
    facts: dict[str, Fact | None] = {
        "mode": mode(), "page": page, "dataset": dataset, "state": state,
        "seconds": None if seconds is None else round(seconds, 3), "count": count,
    }  # fmt: skip
    kept = {name: value for name, value in facts.items() if value not in ("", None)}
    LOGGER.log(level, what, extra={"facts": kept})


def failure(what: str, *, page: str = "", dataset: str = "") -> None:
    """Says, where an error is handled, that it was none anybody expected."""
    facts = {"mode": mode(), "page": page, "dataset": dataset}
    LOGGER.error(what, exc_info=True, extra={"facts": {name: value for name, value in facts.items() if value}})


def error(raised: BaseException) -> dict[str, Fact]:
    """What is said of an error: its kind, and the places it passed, the last nearest to where it happened."""
    frames = traceback.extract_tb(raised.__traceback__)[-DEEPEST:]
    places = ["/".join(frame.filename.split(os.sep)[-3:]) + f":{frame.lineno} {frame.name}" for frame in frames]
    out: dict[str, Fact] = {"error": type(raised).__name__, "places": places}
    return out | ({"says": str(raised)} if os.environ.get("CX_DEBUG") else {})


def mode() -> str:
    """How the program is run, as `CX_MODE` says."""
    return os.environ.get("CX_MODE", "").strip().lower() or "local"


def for_worker() -> int:
    """A number under which a process that is started now may write to this one's standard error; close it afterwards."""
    return os.dup(2)


def _stream() -> TextIO:
    given = os.environ.pop(CHANNEL, "")
    if given.isascii() and given.isdigit():
        try:
            return open(int(given), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
        except OSError:
            return sys.stderr
    return sys.stderr


def _said(record: logging.LogRecord) -> dict[str, Fact]:
    """What a record says: an event of ours its facts, anything else where it was said."""
    if record.name == LOGGER.name:
        return {"what": str(record.msg)[:LONGEST], **getattr(record, "facts", {})}
    place = {"what": "a library says something", "place": f"{record.name}:{record.lineno}"}
    return {**place, "says": record.getMessage()} if os.environ.get("CX_DEBUG") else dict(place)


def _handlers() -> Iterator[logging.Handler]:
    """Those of libraries that write to standard error."""
    named = list(logging.root.manager.loggerDict.values())
    for logger in [logging.root, *(each for each in named if isinstance(each, logging.Logger))]:
        if logger is not LOGGER:
            yield from (each for each in logger.handlers if isinstance(each, logging.StreamHandler))


def _pairs(facts: dict[str, Fact]) -> list[str]:
    return [f"{name}={_plain(' < '.join(reversed(v)) if isinstance(v, list) else v)}" for name, v in facts.items()]


def _plain(value: Fact) -> str:
    """A value within a line: control characters and line ends written out, no invisible ones."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in str(value))
