"""What processes take: memory and processor time of a process and of all it started, read from /proc (Linux)."""

import os
import re
from pathlib import Path
from typing import NamedTuple

TICK = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


class Taken(NamedTuple):
    """Resident memory in MB, and processor seconds so far."""

    memory: float
    seconds: float


def tree(root: int) -> list[int]:
    """A process and all that descend from it, as they are now."""
    children: dict[int, list[int]] = {}
    for path in PROC.glob("[0-9]*"):
        if (held := _stat(int(path.name))) is not None:
            children.setdefault(int(held[1]), []).append(int(path.name))
    out = [root]
    for pid in out:
        out += children.get(pid, [])
    return out


def taken(pids: list[int]) -> Taken:
    """What these processes take together; those that have ended count nothing."""
    memory = seconds = 0.0
    for pid in pids:
        held = _stat(pid)
        if held is None:
            continue
        seconds += (int(held[11]) + int(held[12])) / TICK
        try:
            found = re.search(r"VmRSS:\s+(\d+) kB", (PROC / str(pid) / "status").read_text(encoding="utf-8"))
        except OSError:
            continue
        memory += int(found[1]) / 1000 if found else 0.0
    return Taken(memory, seconds)


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat from the state on; None for a process that has ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()  # the name before may hold anything
