"""What the command line says: progress on standard error, answers on standard output."""

import json
import sys
from pathlib import Path

from cx.errors import CXError

WIDE = 200
"""Characters a table may take where there is no screen."""


class Told:
    """Progress on stderr, one line that is written over; one line per step where stderr is no terminal."""

    def __init__(self) -> None:
        self.step = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Tells that `done` of `total` rows of a step are done."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{step}: {done:,} of {total:,}" + ("\n" if total and done >= total else ""))
        elif step != self.step:
            sys.stderr.write(f"{step} …\n")
        self.step = step
        sys.stderr.flush()


def counts(manifest: dict) -> None:
    """Tells what became of the rows, and the notices."""
    rows = [f"{manifest[f'rows_{name}']:,} {name}" for name in ("in", "kept", "duplicate", "rejected")]
    sys.stderr.write("Rows: " + ", ".join(rows) + ".\n")
    for notice in manifest["notices"]:
        sys.stderr.write(f"Notice: {' '.join(notice.split())}\n")


def purchases(said: dict) -> None:
    """Tells what became of the rows of purchases."""
    rows = [f"{said[f'rows_{name}']:,} {name}" for name in ("in", "duplicate", "rejected")]
    sys.stderr.write(f"Purchases: {', '.join(rows)}; now {said['rows']:,} of {said['customers']:,} customers.\n")


def as_json(content: object) -> None:
    """An answer for programs."""
    print(json.dumps(content, indent=1, ensure_ascii=False))


def table(rows: list[dict], columns: list[str]) -> None:
    """An answer for people; what is not shown on a screen is not cut to its width."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(*columns)
    for row in rows:
        cells = [row.get(column) for column in columns]
        shown.add_row(
            *("–" if cell is None else f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in cells)
        )
    Console(width=None if sys.stdout.isatty() else WIDE).print(shown)


def refused(path: Path, error: CXError) -> None:
    """Tells why a file was not imported."""
    sys.stderr.write(f"{path.name} was not imported: {' '.join(str(error).split())}\n")
