"""Tables that carry the names of their cells: JSON, JSON Lines and Parquet, as records of text cells, streamed."""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from cx.errors import IntakeError, NotATableError

HEADING_LINE = 0
"""Where a heading stands that is no record of the file."""

CHUNK, PARQUET_ROWS = 1 << 20, 2_000
LARGEST_OBJECT, LARGEST_DOCUMENT = 1 << 26, 1 << 28
"""Characters of one object of an array, and of a document that has to be read as a whole."""

MOST_BROKEN = 0.5
"""Share of broken lines from which on a file is not JSON Lines."""

LONGEST_SHOWN = 10_000
PANDAS_INDEX = re.compile(r"__index_level_\d+__$")

Records = Iterator[tuple[int, list[str]]]
Open = Callable[[], IO[bytes]]


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
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list | tuple) and not any(isinstance(part, list | dict) for part in value):
        return ", ".join(map(text, value))
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def json_kind(start: str, name: str) -> str | None:
    """`json` (one document), `jsonl` (one object a line) or None (neither), from the first characters and the file's name."""
    begin = start.lstrip("\ufeff \t\r\n")
    if not begin.startswith(("{", "[")):
        return None
    ending = name.casefold().rpartition(".")[2]
    if ending in ("jsonl", "ndjson") and begin.startswith("{"):
        return "jsonl"
    first, _, rest = begin.partition("\n")
    try:
        whole_line = isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        whole_line = False
    if whole_line and rest.lstrip().startswith("{"):
        return "jsonl"
    inside = begin.lstrip("[ \t\r\n")
    return "json" if ending == "json" or whole_line or re.match(r'\{["\s]', inside) else None


class Broken(list[str]):
    """A record that is none: its only cell is what stands in the file."""


def json_lines(open_file: Open, codec: str, shown: str) -> tuple[Callable[[], Records], list[str]]:
    """How to read a file with one object a line, and notices. A broken line is a `Broken` record.

    The file is read once for the names of all objects. Raises NotATableError when half of it or more is broken.
    """
    names: dict[str, None] = {}
    broken: list[int] = []
    total = 0
    for total, (number, value) in enumerate(_objects_by_line(open_file(), codec), 1):  # noqa: B007
        if isinstance(value, dict):
            names |= dict.fromkeys(name for name, _ in _flattened(value))
        else:
            broken.append(number)
    if broken and len(broken) >= MOST_BROKEN * total:
        raise NotATableError(f"{shown}, line {broken[0]} is broken JSON or no object. Give one {{…}} a line.")

    def records() -> Records:
        yield HEADING_LINE, list(names)
        for number, value in _objects_by_line(open_file(), codec):
            yield number, _cells(value, names) if isinstance(value, dict) else Broken([value])

    many = f"{len(broken)} lines are" if len(broken) > 1 else "1 line is"
    return records, [f"{many} broken JSON (the first is line {broken[0]})."] if broken else []


def _objects_by_line(stream: IO[bytes], codec: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    with _decoded(stream, codec) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    value = None
                yield number, value if isinstance(value, dict) else line.strip()[:LONGEST_SHOWN]


def _decoded(stream: IO[bytes], codec: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, encoding=codec, errors="replace", newline=None)


def json_array(open_file: Open, codec: str, shown: str) -> Callable[[], Records]:
    """How to read a document that is an array of objects, or an object that holds one such array (the longest).

    Objects of an array are read one by one; a document around it is read as a whole.
    """
    names = list(dict.fromkeys(name for entry in _objects(open_file(), codec, shown) for name, _ in _flattened(entry)))
    if not names:
        raise NotATableError(f"{shown} holds no list of objects. Give a JSON file like [{{…}}, {{…}}].")

    def records() -> Records:
        yield HEADING_LINE, names
        for number, entry in enumerate(_objects(open_file(), codec, shown), 1):
            yield number, _cells(entry, names)

    return records


def _objects(stream: IO[bytes], codec: str, shown: str) -> Iterator[dict[str, Any]]:
    with _decoded(stream, codec) as characters:
        try:
            start = characters.read(CHUNK)
            if start.lstrip("\ufeff \t\r\n").startswith("["):
                yield from _streamed(start, characters)
            else:
                rest = characters.read(LARGEST_DOCUMENT)
                if len(rest) == LARGEST_DOCUMENT:
                    raise IntakeError(f"{shown} is one large JSON document. Export it as CSV or JSON Lines.")
                yield from _longest(json.loads((start + rest).removeprefix("\ufeff")))
        except (ValueError, RecursionError) as error:
            raise NotATableError(f"{shown} is broken JSON ({first_line(error)}). Export it again.") from None


def _streamed(buffer: str, rest: IO[str]) -> Iterator[dict[str, Any]]:
    """The objects of an array, whose text comes in pieces."""
    decoder, at, ended = json.JSONDecoder(), buffer.index("[") + 1, False
    while True:
        at = _skipped(buffer, at)
        if buffer[at : at + 1] == "]":
            return
        try:
            value, end = decoder.raw_decode(buffer, at)
            whole = end < len(buffer) or ended  # a number at the end of a piece may go on
        except json.JSONDecodeError:
            if ended or len(buffer) - at > LARGEST_OBJECT:
                raise
            whole = False
        if whole:
            at = end
            if isinstance(value, dict):
                yield value
            continue
        piece = rest.read(max(CHUNK, len(buffer) - at))
        buffer, at, ended = buffer[at:] + piece, 0, not piece


def _skipped(buffer: str, at: int) -> int:
    while at < len(buffer) and buffer[at] in " \t\r\n,":
        at += 1
    return at


def _longest(document: Any, depth: int = 3) -> list[dict[str, Any]]:
    if isinstance(document, list):
        return [entry for entry in document if isinstance(entry, dict)]
    if isinstance(document, dict) and depth:
        lists = [_longest(value, depth - 1) for value in document.values() if isinstance(value, list | dict)]
        return max(lists, key=len, default=[])
    return []


def _cells(entry: dict[str, Any], names: Iterable[str]) -> list[str]:
    flat = dict(_flattened(entry))
    return [_clean(text(flat.get(name))) for name in names]


def _clean(cell: str) -> str:
    """A cell without half characters (`\\ud83d` alone), which no file can hold."""
    return cell if cell.isascii() else cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _flattened(entry: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in entry.items():
        if isinstance(value, dict) and value:
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield _clean(f"{prefix}{name}"), value


def parquet(source: Any, shown: str) -> Records:
    """Records of a Parquet file as (row number, cells), some thousand rows at a time."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(source, pre_buffer=False) as file:
            names = [name for name in file.schema_arrow.names if not PANDAS_INDEX.match(name)]
            yield HEADING_LINE, names
            number = 0
            for batch in file.iter_batches(batch_size=PARQUET_ROWS, columns=names, use_threads=False):
                columns = [column.to_pylist() for column in batch.columns]
                for row in zip(*columns, strict=True):
                    number += 1
                    yield number, [text(cell) for cell in row]
    except (ArrowException, UnicodeDecodeError) as error:
        raise NotATableError(f"{shown} is a broken Parquet file ({first_line(error)}). Write it again.") from None


def first_line(error: BaseException) -> str:
    """What an error of a library says, in one short line."""
    return str(error).strip().split("\n")[0][:120] or type(error).__name__
