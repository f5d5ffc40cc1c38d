"""The account of rows: sources by shape, cells that spreadsheets must not run, files written again."""

import csv
import gzip
import io

import pytest

from cx.store import ledger


def entry(source: str, *columns: str) -> dict:
    return {"source": source, "columns": [{"name": name} for name in columns]}


KNOWN = [entry("survey", "id", "nps", "comment"), entry("survey (pulse)", "key", "csat", "why", "region", "plan")]


@pytest.mark.parametrize(
    ("base", "columns", "source"),
    [
        ("survey", ["id", "nps", "comment"], "survey"),
        ("survey", ["comment", "nps", "id", "region"], "survey"),
        ("survey", ["id", "nps", "comment", "a", "b", "c"], "survey"),
        ("survey", ["id", "nps", "comment", "a", "b", "c", "d"], "survey (new)"),
        ("survey", ["key", "csat", "why", "region", "plan", "x"], "survey (pulse)"),
        ("survey", ["id", "stars", "review"], "survey (new)"),
        ("reviews", ["id", "nps", "comment"], "reviews"),
    ],
)
def test_a_source_is_known_by_its_shape(base, columns, source):
    assert ledger.source_of(base, columns, "new.csv", KNOWN) == source


def test_names_of_sources_are_given_once():
    known = [*KNOWN, entry("survey (new)", "a", "b")]
    assert ledger.source_of("survey", ["x", "y"], "new.csv", known) == "survey (new 2)"
    assert ledger.source_of("survey", ["x", "y"], "new.csv", []) == "survey"


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"), ("+44 20", "'+44 20"), ("-5", "-5"), ("+5.5", "+5.5"), ("-1e3", "-1e3"), ("@x", "'@x"),
        ("\tx", "'\tx"), ("-", "'-"), ("plain = text", "plain = text"), ("", ""), ("'=x", "'=x"),
    ],
)  # fmt: skip
def test_cells_that_spreadsheets_would_run(cell, safe):
    assert ledger.formula_safe(cell) == safe


ROWS = [["a", "1"], ["b\r\nc", 'say "x"'], ["", "\x00"], ["x" * 200_000, "long"], ["c", "3"]]


def write(path) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(ROWS)
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def read(path) -> list[list[str]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_files_are_written_again(tmp_path, name):
    path = tmp_path / name
    write(path)
    ledger.rewrite(path, lambda row: None if row[0] == "a" else [row[0].upper(), *row[1:]])
    assert read(path) == [[first.upper(), second] for first, second in ROWS[1:]]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_files_in_which_nothing_changes_are_left(tmp_path, name):
    path = tmp_path / name
    write(path)
    before = path.stat()
    ledger.rewrite(path, lambda row: row)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert list(tmp_path.iterdir()) == [path]
    ledger.rewrite(tmp_path / "gone.csv", lambda row: row)
    assert list(tmp_path.iterdir()) == [path]


def test_a_packed_file_may_have_several_members(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"a,1\r\n") + gzip.compress(b"b,2\r\n"))
    ledger.rewrite(path, lambda row: row if row[0] == "b" else None)
    assert read(path) == [["b", "2"]]
