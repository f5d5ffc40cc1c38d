"""Every row is accounted for: the original as read, the rejected rows, and an entry of counts per file."""

import csv
import gzip
import io
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from cx.intake.masking import Masks
from cx.store.datasets import ROW_COUNTS, Dataset
from cx.text import language

ORIGINAL, REJECTS = "original.csv.gz", "rejects.csv"
ALIKE = 0.5
"""Share of column names two files of one tool have in common, at least, to be the same source."""

FEW = 10
"""Responses below which a dataset is too small to say anything: that is told, not refused."""

csv.field_size_limit(2**31 - 1)  # comments may be longer than the 131,072 characters that are usual

Entry = dict[str, Any]
Rejected = tuple[int, str, Sequence[str]]


class Ledger:
    """Writes original.csv.gz and rejects.csv of a version while files come in; `entries` holds the counts per file.

    Both files go on from those of the version before: nothing that ever came in is lost. A row of the original is
    `file, line, cells…` under a heading of its own wherever the columns change; one of the rejects
    `line, reason, file, cells…`. With `again` (an entry's masks) what the version before kept is masked by the
    rules of today.
    """

    def __init__(self, where: Path, previous: Dataset | None, again: Callable[[Entry], Masks] | None = None) -> None:
        self.where = where
        self.entries: list[Entry] = []
        self._heading: list[str] = []
        if previous:
            known = previous.manifest["sources"]
            self._heading = _names(known[-1]) if known else []
            for name in (ORIGINAL, REJECTS):
                if (previous.where / name).exists():
                    shutil.copyfile(previous.where / name, where / name)
                    if again:
                        _mask_again(where / name, again, known)

    def begin(
        self, described: dict[str, Any], file: str, source: str, zone: str | None = None, region: str | None = None
    ) -> Entry:
        """A new file begins; `described` is what `inspect` says of it. Returns its entry."""
        entry: Entry = {
            "file": file, "source": source, "zone": zone, "region": region,
            **{name: described[name] for name in ("encoding", "separator", "header_rows", "notices")},
            # No examples: cells of people would lie in the manifest unmasked.
            "columns": [{key: column[key] for key in column if key != "examples"} for column in described["columns"]],
            **dict.fromkeys(ROW_COUNTS, 0), "unread": {}, "reasons": {},
        }  # fmt: skip
        self.entries.append(entry)
        if _names(entry) != self._heading:
            self._heading = _names(entry)
            self._append(packed([["file", "line", *self._heading]]))
        return entry

    def write(self, original: bytes, kept: int, rejected: Sequence[Rejected], unread: Counter[str]) -> None:
        """Rows of the file that has begun, masked: the original (`packed`), how many go on, those that are no answers,
        cells that could not be read."""
        entry = self.entries[-1]
        self._append(original)
        entry["rows_in"] += kept + len(rejected)
        entry["rows_rejected"] += len(rejected)
        entry["rows_kept"] += kept
        entry["unread"] = dict(Counter(entry["unread"]) + unread)
        entry["reasons"] = dict(Counter(entry["reasons"]) + Counter(reason for _, reason, _ in rejected))
        if rejected:
            self._reject(rejected)

    def _append(self, member: bytes) -> None:
        with (self.where / ORIGINAL).open("ab") as file:  # a gzip member behind another is still one gzip file
            file.write(member)

    def _reject(self, rows: Sequence[Rejected]) -> None:
        entry, path = self.entries[-1], self.where / REJECTS
        fresh = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(["line", "reason", "file", *_names(entry)])
            for line, reason, cells in rows:
                writer.writerow([line, reason, *map(formula_safe, [entry["file"], *cells])])


def packed(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as a gzip member of CSV. No time stamp in it: the same rows, the same bytes."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return gzip.compress(text.getvalue().encode("utf-8", "surrogatepass"), compresslevel=4, mtime=0)


def source_of(base: str, columns: Iterable[str], file: str, known: Iterable[Entry]) -> str:
    """A file's source: the tool that wrote it; a second, differently shaped file of one tool gets its own name behind it.

    `known` are the entries of the files before it, `columns` the names of its own.
    """
    shape, entries = set(columns), list(known)
    for entry in entries:
        there = set(_names(entry))
        if entry["source"].split(" (")[0] == base and len(shape & there) >= ALIKE * max(len(shape), len(there)):
            return entry["source"]
    taken = {entry["source"] for entry in entries}
    own = f"{base} ({Path(file).stem}"
    return next(
        name for name in (base, f"{own})", *(f"{own} {n})" for n in range(2, len(taken) + 3))) if name not in taken
    )


def notices(entries: Sequence[Entry], seen: Mapping[str, Any]) -> list[str]:
    """What the user should know about the whole: what is missing, what could not be read or analysed."""
    out = []
    for entry in entries:
        out += [f"{entry['file']}: {notice}" for notice in entry["notices"]]
        out += [
            f"{entry['file']}: {many(number, 'cell')} of '{column}' could not be read and {_are(number)} empty."
            for column, number in entry["unread"].items()
        ]
    for code, rows in seen["languages"].items():
        if code and code not in language.ANALYSED:
            out.append(
                f"{many(rows, 'response')} {_are(rows)} in {language.name(code)}, which is not analysed: scores count, words do not."
            )
    if seen["future"]:
        out.append(
            f"{many(seen['future'], 'response')} {_are(seen['future'])} dated in the future: counted in totals, not over time."
        )
    if seen["rows_kept"] < FEW:
        out.append(f"Only {many(seen['rows_kept'], 'response')}: too few for topics and for numbers one can trust.")
    return list(dict.fromkeys(out))


def many(number: int, word: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def rows(path: Path) -> Iterator[list[str]]:
    """The rows of a CSV file (packed when it ends in .gz), none where there is no file."""
    if path.exists():
        with _opened(path) as binary, io.TextIOWrapper(binary, encoding="utf-8", newline="") as given:
            yield from csv.reader(given)


def rewrite(path: Path, change: Callable[[list[str]], list[str] | None]) -> None:
    """Writes a CSV file (packed when it ends in .gz) again, every row changed, in one step; None drops a row."""
    if not path.exists():
        return
    fresh, touched = path.with_name(path.name + ".part"), False
    with (
        fresh.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) if path.suffix == ".gz" else raw as binary,
        io.TextIOWrapper(binary, encoding="utf-8", newline="") as kept,
    ):
        writer = csv.writer(kept)
        for row in rows(path):
            changed = change(row)
            touched |= changed != row
            if changed is not None:
                writer.writerow(changed)
    if touched:
        os.replace(fresh, path)
    else:
        fresh.unlink()


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def formula_safe(cell: str) -> str:
    """A cell that a spreadsheet shows instead of running it: an apostrophe before = + - @ tab and return."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _number(cell) else cell


def _names(entry: Entry) -> list[str]:
    return [column["name"] for column in entry["columns"]]


def _mask_again(path: Path, masks_of: Callable[[Entry], Masks], entries: Sequence[Entry]) -> None:
    rules = {
        name: (masks_of(entry), entry["columns"])
        for entry in entries for name in (entry["file"], formula_safe(entry["file"]))
    }  # fmt: skip
    before, at = (3, 2) if path.name == REJECTS else (2, 0)

    def change(row: list[str]) -> list[str]:
        if row[:2] in (["file", "line"], ["line", "reason"]):
            return row
        masks, columns = rules[row[at]]
        return [*row[:before], *masks.again(row[before:], columns)]

    rewrite(path, change)


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
