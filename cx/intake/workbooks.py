"""Workbooks (XLSX, XLS, XLSB, ODS): which sheet holds the answers, and its rows as records of text cells."""

import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any, NamedTuple

from cx.errors import IntakeError, NotATableError
from cx.intake.documents import Records, first_line, text

LARGEST = 100 << 20
"""Bytes: a workbook has to be read as a whole, so that its memory grows with it."""

LARGEST_UNPACKED = 2 << 30
MOST_CELLS = 60_000_000
"""Cells between the first and the last filled one: each takes memory, filled or not."""

SAVE_AS_CSV = "Save the sheet with the answers as CSV and give that file."
BLOCK, OVERLAP = 1 << 20, 200
_FILLED = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>/]*>')
_FAR = re.compile(rb'<c r="([A-Z]{2,3})\d+"[^>/]*>')
_NO_VALUE = re.compile(rb"</f>\s*(?:<v\s*/>|<v></v>|</c>)")
_LOCKED = "EncryptedPackage".encode("utf-16-le")


class Sheet(NamedTuple):
    """A sheet with data, or a file in an archive: its name, its rows and whether people who open the file see it."""

    name: str
    rows: int
    hidden: bool = False


def opened(source: Any, shown: str, wanted: str | None = None) -> tuple[Any, list[Sheet], list[str]]:
    """The sheet with the answers, all sheets with data, and notices. `source` is a path or an open file.

    Without `wanted` (a sheet's name) it is the largest one that is not hidden. Raises NotATableError for locked and
    broken workbooks, IntakeError for too large ones and for a name that no sheet has.
    """
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as stream:
        _check_size(stream, shown)
        notices = _checked_parts(stream, shown)
        stream.seek(0)
    sheets, hidden = _loaded(source, shown)
    chosen = _chosen(sheets, hidden, shown, wanted)
    filled = [Sheet(sheet.name, sheet.height, sheet.name in hidden) for sheet in sheets if sheet.height > 1]
    others = [sheet.name + " (hidden)" * sheet.hidden for sheet in filled if sheet.name != chosen.name]
    if others:
        notices.insert(0, f"Read the sheet “{chosen.name}”; not read: {', '.join(others)}.")
    elif chosen.name in hidden:
        notices.insert(0, f"Read the hidden sheet “{chosen.name}”: no other has rows.")
    return chosen, filled, notices + _merged(chosen)


def _loaded(source: Any, shown: str) -> tuple[list[Any], set[str]]:
    """All sheets, and the names of the hidden ones."""
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        book = load_workbook(source)
        hidden = {sheet.name for sheet in book.sheets_metadata if "Hidden" in str(sheet.visible)}
        return [book.get_sheet_by_name(name) for name in book.sheet_names], hidden
    except PasswordError:
        raise NotATableError(_locked(shown)) from None
    except (CalamineError, OSError, ValueError) as error:
        raise NotATableError(_broken(shown, error)) from None
    except BaseException as error:
        if (
            type(error).__name__ == "PanicException"
        ):  # the library, which is written in Rust, met what it did not expect
            raise NotATableError(_broken(shown, error)) from None
        raise


def _check_size(stream: IO[bytes], shown: str) -> None:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if size > LARGEST:
        raise IntakeError(f"{shown} is a workbook of {size / (1 << 20):,.0f} MB; the most is 100 MB. {SAVE_AS_CSV}")
    if stream.read(4) == b"\xd0\xcf\x11\xe0" and _LOCKED in stream.read():
        raise NotATableError(_locked(shown))
    stream.seek(0)


def _locked(shown: str) -> str:
    return f"{shown} is locked with a password. Save it without one and give that file."


def _chosen(sheets: list[Any], hidden: set[str], shown: str, wanted: str | None) -> Any:
    if wanted is not None:
        for sheet in sheets:
            if sheet.name == wanted:
                return sheet
        names = ", ".join(f"“{sheet.name}”" for sheet in sheets)
        raise IntakeError(f"{shown} has no sheet “{wanted}”. It has {names}.")
    if not any(sheet.height for sheet in sheets):
        raise NotATableError(f"{shown} has no sheet with cells. Save the answers on a sheet and give that file.")
    return max(sheets, key=lambda sheet: (
        sheet.height > 1 and sheet.name not in hidden, sheet.height > 1, sheet.height * sheet.width,
    ))  # fmt: skip


def _checked_parts(stream: IO[bytes], shown: str) -> list[str]:
    """Looks at the sheets of an XLSX before they take memory: far stray cells, formulas that were never calculated."""
    if not zipfile.is_zipfile(stream):
        return []
    no_value = 0
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise NotATableError(f"{shown} unpacks to more than 2 GB, like no workbook of people. {SAVE_AS_CSV}")
            for part in parts:
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                    with archive.open(part) as sheet:
                        no_value += _scanned(_blocks(sheet), shown)
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, zlib.error) as error:
        raise NotATableError(_broken(shown, error)) from None
    if not no_value:
        return []
    return [
        f"{no_value:,} formulas have no value and are read as empty. Open the file in the program it is for and save it."
    ]


def _blocks(stream: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Blocks with the end of the block before in front, and how long that is: what lies across is whole in one of them."""
    before = b""
    while block := stream.read(BLOCK):
        yield before + block, len(before)
        before = block[-OVERLAP:]


def _scanned(blocks: Iterable[tuple[bytes, int]], shown: str) -> int:
    """The number of formulas without a value in a sheet; raises IntakeError when its filled cells lie too far apart."""
    rows = no_value = 0
    columns = 26
    for block, seen in blocks:
        last = _FILLED.findall(block, max(0, len(block) - 20_000))
        rows = max([rows, *(int(row[:8]) for _, row in last)])
        columns = max([columns, *map(_place, set(_FAR.findall(block)))])
        no_value += sum(match.end() > seen for match in _NO_VALUE.finditer(block))
        if rows * columns > MOST_CELLS:
            raise IntakeError(
                f"{shown}: a sheet reaches to row {rows:,} and column {columns:,}, {rows * columns:,} cells. Delete what "
                "stands far from the table, or save the answers as CSV."
            )
    return no_value


def _place(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _merged(sheet: Any) -> list[str]:
    downward = _downward(sheet)
    return [f"{len(downward):,} merged cells count for every row they span."] if downward else []


def _downward(sheet: Any) -> dict[tuple[int, int], int]:
    """Merged cells below the heading that span rows: (first row, place in the row) → last row."""
    first, left = sheet.start or (0, 0)
    found = sheet.merged_cell_ranges or []
    return {(top, column - left): bottom for (top, column), (bottom, _) in found if bottom > top > first}


def records(sheet: Any) -> Records:
    """Records of a sheet as (row number, cells). A merged cell holds its value in every row it spans."""
    merged = _downward(sheet)
    running: dict[int, tuple[int, str]] = {}
    for place, row in enumerate(sheet.iter_rows()):
        cells = [text(cell) for cell in row]
        if merged:
            running = {column: held for column, held in running.items() if held[0] >= place}
            for column, (_, value) in running.items():
                cells[column] = cells[column] or value
            running |= {
                column: (merged[place, column], cell) for column, cell in enumerate(cells) if (place, column) in merged
            }
        yield place + 1, cells


def _broken(shown: str, error: BaseException) -> str:
    return f"{shown} is a broken workbook ({first_line(error)}). Save it again as XLSX or CSV."
