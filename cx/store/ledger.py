"""Every row is accounted for: the original as read, the rejected rows, and an entry of counts per file."""

import csv
import gzip
import io
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from cx.store.datasets import Dataset


class Ledger:
    """Writes original.csv.gz and rejects.csv of a version while files come in; `entries` holds the counts per file.

    Both files go on from those of the version before: nothing that ever came in is lost. A record of the original is
    `file, line, cells…`; each file's headings come first, with line 0.
    """

    def __init__(self, where: Path, previous: Dataset | None) -> None:
        self.where = where
        self.entries: list[dict[str, Any]] = []
        self._known = list(previous.manifest["sources"]) if previous else []
        if previous and (previous.where / "original.csv.gz").exists():
            shutil.copyfile(previous.where / "original.csv.gz", where / "original.csv.gz")
        if previous and (previous.where / "rejects.csv").exists():
            shutil.copyfile(previous.where / "rejects.csv", where / "rejects.csv")

    def __enter__(self) -> "Ledger":
        # A second gzip member behind the first is still one gzip file. No time stamp: the same rows, the same bytes.
        self._raw = (self.where / "original.csv.gz").open("ab")
        self._gz = gzip.GzipFile(filename="", mode="wb", fileobj=self._raw, mtime=0)
        self._text = io.TextIOWrapper(self._gz, encoding="utf-8", newline="")
        self._original = csv.writer(self._text)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text.close()
        self._raw.close()

    def begin(self, described: dict[str, Any], file: str) -> dict[str, Any]:
        """A new file begins; `described` is what `inspect` says of it. Returns its entry, with the source's name."""
        entry = {
            "file": file,
            "source": self._source(described, file),
            **{name: described[name] for name in ("encoding", "separator", "header_rows", "notices")},
            # No examples: cells of people would lie in the manifest unmasked.
            "columns": [{key: column[key] for key in column if key != "examples"} for column in described["columns"]],
            "rows_in": 0, "rows_kept": 0, "rows_duplicate": 0, "rows_rejected": 0, "unread": {}, "reasons": {},
        }  # fmt: skip
        self.entries.append(entry)
        self._original.writerow([file, 0, *(column["name"] for column in described["columns"])])
        return entry

    def keep(self, records: Iterable[Sequence[str]], lines: Iterable[int]) -> None:
        """Rows that go on, as they were read (masked)."""
        entry = self.entries[-1]
        for line, cells in zip(lines, records, strict=True):
            self._original.writerow([entry["file"], line, *cells])
            entry["rows_in"] += 1
            entry["rows_kept"] += 1

    def reject(self, rows: Sequence[tuple[int, str, Sequence[str]]]) -> None:
        """Rows that are no answers: counted, and written out with line and reason."""
        if not rows:
            return
        entry, path = self.entries[-1], self.where / "rejects.csv"
        fresh = not path.exists()
        reasons = Counter(entry["reasons"])
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                file.write("\ufeff")  # so that spreadsheets read the file as UTF-8
                writer.writerow(["file", "line", "reason", *(column["name"] for column in entry["columns"])])
            for line, reason, cells in rows:
                writer.writerow([entry["file"], line, reason, *map(formula_safe, cells)])
                reasons[reason] += 1
        entry["reasons"] = dict(reasons)
        entry["rows_in"] += len(rows)
        entry["rows_rejected"] += len(rows)

    def unread(self, cells: Counter) -> None:
        """Cells that could not be read, per column."""
        entry = self.entries[-1]
        entry["unread"] = dict(Counter(entry["unread"]) + cells)

    def _source(self, described: dict[str, Any], file: str) -> str:
        """The source's name; a second, differently shaped file of the same tool gets the file's name behind it."""
        base, shape = described["source"], {column["name"] for column in described["columns"]}
        for entry in [*self._known, *self.entries]:
            known = {column["name"] for column in entry["columns"]}
            if entry["source"].split(" (")[0] == base and len(shape & known) * 2 >= max(len(shape), len(known)):
                return entry["source"]
        taken = {entry["source"] for entry in [*self._known, *self.entries]}
        return f"{base} ({Path(file).stem})" if base in taken else base


def formula_safe(cell: str) -> str:
    """A cell that a spreadsheet shows instead of running it: an apostrophe before = + - @ tab and return."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _number(cell) else cell


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
