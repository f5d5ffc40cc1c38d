"""Small exports written down for a test, in layouts that people know."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cx.incoming import Given

SAID = (
    "The staff was friendly but the queue was endless.", "Delivery took three weeks! Nobody answered my calls.",
    "Great prices and a clean shop.", "The app crashes when I pay.", "", "Lovely coffee, rude waiter.",
)  # fmt: skip
REGIONS = ("North", "South", "East")


def answers(n: int, first: int = 0) -> list[dict[str, Any]]:
    """Survey answers with key, date, NPS, comment and region; every sixth is without a comment."""
    return [
        {
            "Response ID": f"R{number:05d}",
            "Date": f"2026-{number % 6 + 1:02d}-{number % 28 + 1:02d}",
            "NPS": str(number * 7 % 11),
            "Comment": f"{SAID[number % 6]} Visit {number}." if SAID[number % 6] else "",
            "Region": REGIONS[number % 3],
        }
        for number in range(first, first + n)
    ]


def written(path: Path, rows: Sequence[Mapping[str, Any]] | Sequence[Sequence[Any]], **roles: str) -> Given:
    """The rows as a CSV file, ready to be taken in; rows are dicts, or lists of which the first is the heading."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [list(rows[0]), *(list(row.values()) for row in rows)] if isinstance(rows[0], Mapping) else list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    return Given(path, path.name, roles)
