"""Tables that are not separated text: workbooks, JSON, JSON Lines and Parquet, as records of text cells."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from cx.errors import NotATableError

HEADING_LINE = 0
"""Where a heading stands that is no record of the file."""

Records = Iterator[tuple[int, list[str]]]


def text(value: Any) -> str:
    """A cell as people would type it: 5.0 → `5`, a date in ISO, nothing → ''. Nested values become JSON."""
    if value is None or value != value:  # NaN differs from itself
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, list | tuple) and not any(isinstance(part, list | dict) for part in value):
        return ", ".join(map(text, value))
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def first_sheet(source: Any, shown: str) -> tuple[Any, list[str]]:
    """The first sheet with at least two filled rows (else the first with one), and notices about the others.

    `source` is a path or an open file. Raises NotATableError for archives, locked and broken workbooks.
    """
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        book = load_workbook(source)
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except PasswordError:
        raise NotATableError(f"{shown} is locked with a password. Save it without one and give that file.") from None
    except (CalamineError, OSError, ValueError) as error:
        raise NotATableError(
            f"{shown} is an archive or a broken workbook ({_line(error)}). Unpack it or save it again as XLSX or CSV."
        ) from None
    filled = [sheet for sheet in sheets if sheet.height > 1] or [sheet for sheet in sheets if sheet.height] or sheets
    if not filled:
        raise NotATableError(f"{shown} has no sheet with cells. Save the answers on a sheet and give that file.")
    others = [sheet.name for sheet in sheets if sheet is not filled[0] and sheet.height > 1]
    notices = [f"Read the sheet “{filled[0].name}”; not read: {', '.join(others)}."] if others else []
    return filled[0], notices


def sheet_records(sheet: Any) -> Records:
    """Records of a sheet as (row number, cells)."""
    first = (sheet.start or (0, 0))[0] + 1
    for number, row in enumerate(sheet.to_python(skip_empty_area=True), first):
        yield number, [text(cell) for cell in row]


def json_kind(start: bytes, name: str) -> str | None:
    """`json` (one document), `jsonl` (one object a line) or None (neither), from the first bytes and the file's name."""
    begin = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not begin.startswith((b"{", b"[")):
        return None
    named = name.endswith((".json", ".jsonl", ".ndjson"))
    first, _, rest = begin.partition(b"\n")
    try:
        whole_line = isinstance(json.loads(first), dict)
    except ValueError:
        whole_line = False
    if whole_line and (rest.lstrip().startswith(b"{") or (named and not name.endswith(".json"))):
        return "jsonl"
    if named or whole_line or begin.lstrip(b"[ \t\r\n").startswith((b'{"', b"{\n", b"{ ", b"{\r")):
        return "json"
    return None


def json_array(stream: IO[bytes], shown: str) -> Records:
    """Records of a document that is an array of objects, or an object that holds one such array (the longest)."""
    with stream:
        try:
            document = json.loads(stream.read().decode("utf-8-sig"))
        except ValueError as error:
            raise NotATableError(f"{shown} is broken JSON ({_line(error)}). Export it again.") from None
    objects = _objects(document)
    if not objects:
        raise NotATableError(f"{shown} holds no list of objects. Give a JSON file like [{{…}}, {{…}}].")
    return _from_objects(enumerate(objects, 1))


def json_lines(stream: IO[bytes], shown: str) -> Records:
    """Records of a file with one object a line, as (line, cells)."""
    found: list[tuple[int, dict[str, Any]]] = []
    with stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line.decode("utf-8-sig"))
            except ValueError as error:
                raise NotATableError(
                    f"{shown}, line {number} is broken JSON ({_line(error)}). Mend or drop it."
                ) from None
            if not isinstance(value, dict):
                raise NotATableError(f"{shown}, line {number} is no object. Give one {{…}} a line.")
            found.append((number, value))
    return _from_objects(found)


def _objects(document: Any, depth: int = 3) -> list[dict[str, Any]]:
    if isinstance(document, list):
        return [entry for entry in document if isinstance(entry, dict)]
    if isinstance(document, dict) and depth:
        lists = [_objects(value, depth - 1) for value in document.values() if isinstance(value, list | dict)]
        return max(lists, key=len, default=[])
    return []


def _from_objects(objects: Iterable[tuple[int, dict[str, Any]]]) -> Records:
    flat = [(number, dict(_flattened(entry))) for number, entry in objects]
    names = list(dict.fromkeys(name for _, entry in flat for name in entry))
    yield HEADING_LINE, names
    for number, entry in flat:
        yield number, [text(entry.get(name)) for name in names]


def _flattened(entry: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in entry.items():
        if isinstance(value, dict) and value:
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def parquet(source: Any, shown: str) -> Records:
    """Records of a Parquet file as (row number, cells)."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(source)
        yield HEADING_LINE, list(file.schema_arrow.names)
        number = 0
        for batch in file.iter_batches(batch_size=10_000):
            columns = [column.to_pylist() for column in batch.columns]
            for row in zip(*columns, strict=True):
                number += 1
                yield number, [text(cell) for cell in row]
    except ArrowException as error:
        raise NotATableError(f"{shown} is a broken Parquet file ({_line(error)}). Write it again.") from None


def _line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:120] or type(error).__name__
