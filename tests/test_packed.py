"""Packed files: one table out of an archive, nothing beyond a bound, cut and broken files named."""

import gzip
import io
import os
import zipfile

import pytest

from cx.errors import EmptyFileError, IntakeError, NotATableError
from cx.intake import mapping, packed, sources
from cx.intake.read import open_table

TABLE = "id;text;score\n1;Café “très bon”;4\n2;naïve;5\n"
CUT = [line.split(";") for line in TABLE.splitlines()]
BIG = "id,text\n" + "".join(f"{n},{os.urandom(20).hex()}\n" for n in range(20_000))


def archive(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path


def cells(table):
    return [record for _, record in table.records()]


@pytest.mark.parametrize("name", ["export.csv", "../../etc/evil.csv", "C:\\Users\\x\\export.csv", "/root/export.csv"])
def test_one_table_in_an_archive_whatever_its_path(tmp_path, name):
    table = open_table(archive(tmp_path / "export.zip", {name: TABLE}))
    assert cells(table) == CUT
    assert (table.format, table.encoding, table.separator, table.name) == ("csv", "utf-8", ";", "export.zip")
    assert (table.notices, sorted(path.name for path in tmp_path.rglob("*"))) == ([], ["export.zip"])


def test_the_largest_table_is_read_and_the_others_named(tmp_path):
    members = {
        "small.csv": "a,b\n1,2\n", "folder/answers\n.csv": TABLE, "picture.csv": b"\x89PNG" + bytes(5000),
        "manual.txt": "Read me. " * 900, "__MACOSX/._answers.csv": b"\0\5" * 9999, ".DS_Store": b"x" * 9999, "empty.csv": "",
    }  # fmt: skip
    table = open_table(archive(tmp_path / "export.zip", members))
    assert cells(table) == CUT
    assert table.notices == ["Read “answers .csv” of the archive; not read: picture.csv, small.csv, manual.txt."]
    assert [sheet.name for sheet in table.sheets] == ["picture.csv", "answers .csv", "small.csv", "manual.txt"]
    chosen = open_table(tmp_path / "export.zip", sheet="small.csv")
    assert cells(chosen) == [["a", "b"], ["1", "2"]]
    with pytest.raises(IntakeError, match=r"has no file “other.csv”"):
        open_table(tmp_path / "export.zip", sheet="other.csv")


def test_json_lines_and_parquet_inside(tmp_path):
    import pandas as pd

    held = io.BytesIO()
    pd.DataFrame({"a": [1, 2], "b": ["x", None]}).to_parquet(held)
    expected = [["a", "b"], ["1", "x"], ["2", ""]]
    lines = '{"a": 1, "b": "x"}\n{"a": 2}\n'
    for name, content in {
        "t.jsonl": lines,
        "t.json": '[{"a": 1, "b": "x"}, {"a": 2}]',
        "t.parquet": held.getvalue(),
    }.items():
        assert cells(open_table(archive(tmp_path / "t.zip", {name: content}))) == expected
        raw = content.encode() if isinstance(content, str) else content
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(raw))
        table = open_table(tmp_path / f"{name}.gz")
        assert cells(table) == expected == cells(table)


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_bound_on_what_is_unpacked(tmp_path, kind):
    path = tmp_path / f"big.csv.{kind}"
    if kind == "gz":
        path.write_bytes(gzip.compress(BIG.encode()))
    else:
        archive(path, {"big.csv": BIG})
    assert len(cells(open_table(path))) == 20_001
    with pytest.raises(NotATableError, match=r"unpacks to more than 0\.5 MB") as caught:
        open_table(path, largest=1 << 19)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_bombs_are_refused_long_before_the_bound(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(packed, "SUSPECT", 1 << 20)
    path = tmp_path / f"bomb.csv.{kind}"
    content = b"a,b\n" + b"1,2\n" * 2_000_000
    if kind == "gz":
        path.write_bytes(gzip.compress(content))
    else:
        archive(path, {"bomb.csv": content})
    assert path.stat().st_size * packed.RATIO < len(content)
    with pytest.raises(NotATableError, match="packed like no text of people"):
        open_table(path)


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_a_cut_gzip_is_named_when_it_is_read_to_its_end(tmp_path, keep):
    whole = gzip.compress(BIG.encode())
    (tmp_path / "cut.csv.gz").write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(NotATableError, match="the compressed file is broken or cut off") as caught:
        open_table(tmp_path / "cut.csv.gz")
    assert "\n" not in str(caught.value)


def test_cut_and_damaged_archives(tmp_path):
    path = archive(tmp_path / "whole.zip", {"big.csv": BIG})
    raw = path.read_bytes()
    (tmp_path / "cut.zip").write_bytes(raw[: len(raw) // 2])
    damaged = bytearray(raw)
    damaged[len(raw) // 2] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(damaged)
    for name in ("cut.zip", "damaged.zip"):
        with pytest.raises(NotATableError, match="broken"):
            open_table(tmp_path / name)


def test_archives_without_a_table(tmp_path):
    with pytest.raises(NotATableError, match="an archive without files"):
        open_table(archive(tmp_path / "none.zip", {"folder/": ""}))
    with pytest.raises(NotATableError, match=r"without a table \(it holds a\.png, b\.pdf\)"):
        open_table(archive(tmp_path / "no.zip", {"a.png": b"\x89PNG" + bytes(99), "b.pdf": b"%PDF-1"}))
    with pytest.raises(NotATableError, match="PNG picture"):
        open_table(archive(tmp_path / "one.zip", {"a.csv": b"\x89PNG" + bytes(99)}))
    with pytest.raises(EmptyFileError, match="heading but no rows"):
        open_table(archive(tmp_path / "head.zip", {"a.csv": "id,text\n"}))
    with pytest.raises(NotATableError, match="a Word document"):
        open_table(archive(tmp_path / "letter.docx", {"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}))


def test_a_locked_archive(tmp_path):
    path = archive(tmp_path / "locked.zip", {"a.csv": TABLE})
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + offset] |= 1  # the flag that says the bytes are encrypted
    path.write_bytes(raw)
    with pytest.raises(NotATableError, match="locked with a password"):
        open_table(path)


def test_a_tar_archive(tmp_path):
    import tarfile

    with tarfile.open(tmp_path / "t.tar.gz", "w:gz") as opened:
        entry = tarfile.TarInfo("a.csv")
        entry.size = len(TABLE.encode())
        opened.addfile(entry, io.BytesIO(TABLE.encode()))
    with pytest.raises(NotATableError, match="TAR archive"):
        open_table(tmp_path / "t.tar.gz")


def test_a_file_that_grows_is_read_as_it_was(tmp_path):
    path = tmp_path / "growing.csv"
    path.write_text("Rating,Comment\n" + "5,It was good\n" * 10)
    table = open_table(path)
    with path.open("a") as stream:
        stream.write("1,It came later\n" * 10)
    plan = mapping.plan(table, sources.recognise(table))
    assert (plan.rows, len(cells(table))) == (10, 11)
    assert any("The file grew while it was read" in notice for notice in plan.notices)


def test_a_file_that_shrinks_is_an_error(tmp_path):
    path = tmp_path / "shrinking.csv"
    path.write_text("Rating,Comment\n" + "5,It was good\n" * 10)
    table = open_table(path)
    path.write_text("Rating,Comment\n5,It was good\n")
    with pytest.raises(IntakeError, match="became shorter while it was read"):
        list(table.records())
