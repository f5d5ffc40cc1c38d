"""Files come in: encodings, separators, quoting, workbooks and JSON, and what is refused."""

import csv
import datetime
import gzip
import io
import json
import re

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx.errors import EmptyFileError, IntakeError, NotATableError
from cx.intake import delimited, documents
from cx.intake.read import open_table

TABLE = "id;text;score\n1;Café “très bon” – schön;4\n2;naïve;5\n"


def cells(path):
    return [record for _, record in open_table(path).records()]


def written(tmp_path, content, name="file.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    ("codec", "reported"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("cp1252", "cp1252"),
        ("mac_roman", "mac-roman"),
        ("utf-32", "utf-32"),
    ],
)
def test_encodings(tmp_path, codec, reported):
    table = open_table(written(tmp_path, TABLE.encode(codec)))
    assert (table.encoding, table.separator) == (reported, ";")
    assert [record for _, record in table.records()] == [line.split(";") for line in TABLE.splitlines()]


TEXTS = {
    "latin": TABLE, "one": "a,b\n1,2\n3,4\n", "quotes": "id,text\n" + "1,“Très” – it’s\n" * 9,
    "russian": "id,текст\n" + "1,Очень хорошее обслуживание\n" * 5, "japanese": "番号,感想\n" + "1,とても良いサービスでした\n" * 5,
    "emoji": "id,text\n" + "1,👍🏽 great 😀\n" * 5,
}  # fmt: skip


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", TEXTS)
def test_wide_encodings_without_mark(tmp_path, codec, text):
    table = open_table(written(tmp_path, TEXTS[text].encode(codec)))
    assert table.encoding == codec
    assert [record for _, record in table.records()] == [re.split("[;,]", line) for line in TEXTS[text].splitlines()]


def test_a_wide_character_cut_in_two_at_the_end_of_the_sample(tmp_path):
    assert delimited.wide(("a" + "👍," * 3000).encode("utf-16-le")[:4096]) == "utf-16-le"


@pytest.mark.parametrize("content", [b"id,name\n" + b"1,Bob\0\0\0\0\n" * 20, b"id,name\n" + b"1,B\0ob\n" * 20,
                                     b"id,name\n1,Bob\n2,Ann\n" + bytes(300)])  # fmt: skip
def test_nul_characters_are_dropped_and_counted(tmp_path, content):
    table = open_table(written(tmp_path, content))
    assert table.encoding == "utf-8"
    assert {cell for _, record in table.records() for cell in record} <= {"id", "name", "1", "2", "Bob", "Ann"}
    assert table.notices == [f"{content.count(0)} NUL characters dropped: no text has them."]


def test_broken_bytes_after_a_mark_are_counted(tmp_path):
    table = open_table(written(tmp_path, b"\xef\xbb\xbfid,text\n1,sch\xc3\xb6n\n2,caf\xe9\n"))
    assert (table.encoding, table.notices[0][:23]) == ("utf-8-sig", "1 byte of broken UTF-8 ")


def test_ten_thousand_columns(tmp_path):
    heading = ",".join(f"How was part {n} of your visit?" for n in range(10_000))
    path = written(tmp_path, heading + "\n" + "\n".join(",".join(["3"] * 10_000) for _ in range(3)))
    assert [len(record) for record in cells(path)] == [10_000] * 4


def test_too_many_columns_are_no_table(tmp_path):
    with pytest.raises(NotATableError, match="50,000 columns; the most is 20,000"):
        open_table(written(tmp_path, ("1," * 49_999 + "1\n") * 3))


def test_cells_of_a_million_characters(tmp_path):
    long, lines = "word " * 200_000, "a line, of it\n" * 80_000
    path = written(tmp_path, f'id,text,n\n1,{long},2\n2,"{lines}",3\n4,y,5\n')
    assert [len(record[1]) for record in cells(path)] == [4, 1_000_000, 1_120_000, 1]


# A quote mark that is opened and never closed


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ('1,"x,2\n3,y,4\n5,"z",6\n', [["1", '"x', "2"], ["3", "y", "4"], ["5", "z", "6"]]),
        ('1,2,"x\n3,y,4\n5,6,"z"\n', [["1", "2", "x"], ["3", "y", "4"], ["5", "6", "z"]]),
        ('1,"last,2\n3,y,4\n', [["1", '"last', "2"], ["3", "y", "4"]]),
        ('1,"open,2\n' + "3,y,4\n" * 3000, [["1", '"open', "2"], *[["3", "y", "4"]] * 3000]),
        ('1,"two\nlines, yes",2\n3,y,4\n', [["1", "two\nlines, yes", "2"], ["3", "y", "4"]]),
    ],
)
def test_an_open_quote_costs_its_line_only(tmp_path, text, records):
    path = written(tmp_path, "a,b,c\n" + "0,x,1\n" * 9 + text)
    assert cells(path)[10:] == records
    assert [line for line, _ in open_table(path).records()][:11] == list(range(1, 12))


def test_an_open_quote_beyond_the_sample(tmp_path):
    rows = [f"{n},text {n},x" for n in range(60_000)]
    rows[40_000] = '40000,"text 40000,x'
    got = cells(written(tmp_path, "id,text,n\n" + "\n".join(rows)))
    assert len(got) == 60_001
    assert (got[40_001], got[40_002]) == (["40000", '"text 40000', "x"], ["40001", "text 40001", "x"])


def test_latin_2_and_cyrillic_are_not_taken_for_western(tmp_path):
    polish = "id;tekst\n" + "1;Zażółć gęślą jaźń, bardzo proszę\n" * 5
    table = open_table(written(tmp_path, polish.encode("cp1250")))
    assert table.encoding == "cp1250"
    russian = "id;текст\n" + "1;Очень хорошее обслуживание, спасибо\n2;Доставка была слишком медленной\n" * 10
    table = open_table(written(tmp_path, russian.encode("cp1251"), "ru.csv"))
    assert [record for _, record in table.records()][1] == ["1", "Очень хорошее обслуживание, спасибо"]


def test_broken_bytes_in_utf8_cost_characters_not_the_file(tmp_path):
    table = open_table(written(tmp_path, "id,text\n1,schön und größer\n".encode() + b"2,caf\xe9\n"))
    assert table.encoding == "utf-8"
    assert [record for _, record in table.records()][2] == ["2", "caf\ufffd"]
    assert "1 byte of broken UTF-8" in table.notices[0]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(tmp_path, separator):
    rows = [["id", "text, and; more|than", "score"], ["1", "a, b; c", "4,5"], ["2", "x", "3,0"]]
    path = tmp_path / "file.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream, delimiter=separator).writerows(rows)
    table = open_table(path)
    assert table.separator == separator
    assert [record for _, record in table.records()] == rows


def test_excels_separator_line(tmp_path):
    table = open_table(written(tmp_path, "sep=|\r\na|b\r\n1|2\r\n"))
    assert table.separator == "|"
    assert list(table.records()) == [(2, ["a", "b"]), (3, ["1", "2"])]


def test_one_column_of_text_keeps_its_commas(tmp_path):
    path = written(tmp_path, "comment\nGood, but slow\nNever again, ever; really\n\nFine\n")
    assert cells(path) == [["comment"], ["Good, but slow"], ["Never again, ever; really"], ["Fine"]]
    assert open_table(path).separator is None


def test_quotes_that_are_not_quoting(tmp_path):
    text = "id\ttext\n" + "".join(f'{n}\t"half quoted\n' for n in range(20))
    assert len(cells(written(tmp_path, text, "file.tsv"))) == 21


def test_lines_blank_records_and_ragged_rows(tmp_path):
    path = written(tmp_path, 'a,b,c\n\n1,"two\nlines",x\n,,\n  , ,\n2,y\n3,y,z,extra\n')
    assert list(open_table(path).records()) == [
        (1, ["a", "b", "c"]),
        (3, ["1", "two\nlines", "x"]),
        (7, ["2", "y"]),
        (8, ["3", "y", "z", "extra"]),
    ]


def test_a_huge_cell(tmp_path):
    path = written(tmp_path, "a,b\n1," + "x" * 400_000 + "\n2,y\n")
    assert [len(record[1]) for record in cells(path)] == [1, 400_000, 1]


def test_records_start_anew_at_every_call(tmp_path):
    table = open_table(written(tmp_path, "a,b\n1,2\n"))
    assert list(table.records()) == list(table.records())
    assert table.head == [["a", "b"], ["1", "2"]]


def test_compressed(tmp_path):
    path = written(tmp_path, gzip.compress(TABLE.encode()), "file.csv.gz")
    assert len(cells(path)) == 3


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_workbook(tmp_path):
    rows = [
        ["id", "when", "score", "ok"],
        [1, datetime.datetime(2026, 1, 2, 10), 4.5, True],
        [None] * 4,
        [2, None, 5, False],
    ]
    path = workbook(tmp_path / "book.xlsx", Cover=[["Report"]], Data=rows, More=[["x"], ["y"]])
    table = open_table(path)
    assert (table.format, table.encoding, table.separator) == ("xlsx", None, None)
    assert list(table.records()) == [
        (1, ["id", "when", "score", "ok"]),
        (2, ["1", "2026-01-02 10:00:00", "4.5", "true"]),
        (4, ["2", "", "5", "false"]),
    ]
    assert table.notices == ["Read the sheet “Data”; not read: More."]


def test_a_workbook_renamed_to_csv_is_still_a_workbook(tmp_path):
    path = workbook(tmp_path / "book.xlsx", Data=[["a", "b"], [1, 2]])
    assert cells(path.rename(tmp_path / "book.csv")) == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"meta": {"n": 2}, "data": rows}])
def test_json(tmp_path, wrap):
    rows = [{"id": 1, "person": {"name": "A"}, "tags": ["x", "y"]}, {"id": 2.5, "late": None, "ok": True}]
    table = open_table(written(tmp_path, json.dumps(wrap(rows)), "file.json"))
    assert table.format == "json"
    assert list(table.records()) == [
        (0, ["id", "person.name", "tags", "late", "ok"]),
        (1, ["1", "A", "x, y", "", ""]),
        (2, ["2.5", "", "", "", "true"]),
    ]


def test_json_lines(tmp_path):
    table = open_table(written(tmp_path, '{"a": 1}\n\n{"a": 2, "b": "x"}\n', "file.jsonl"))
    assert table.format == "jsonl"
    assert list(table.records()) == [(0, ["a", "b"]), (1, ["1", ""]), (3, ["2", "x"])]


def test_a_broken_line_of_json_lines_costs_itself(tmp_path):
    from cx.intake import apply, mapping, sources

    lines = [json.dumps({"rating": n % 5 + 1, "review": f"It was number {n}, I think."}) for n in range(30)]
    lines[7], lines[9] = lines[7][:20], "[1, 2]"
    table = open_table(written(tmp_path, "\n".join(lines), "file.jsonl"))
    assert table.notices == ["2 lines are broken JSON (the first is line 8)."]
    plan = mapping.plan(table, sources.recognise(table))
    (batch,) = apply.batches(plan)
    assert (plan.rows, len(batch.frame)) == (30, 28)
    assert [(line, reason, cells) for line, reason, cells in batch.rejects] == [
        (8, "broken JSON", [lines[7]]), (10, "broken JSON", ["[1, 2]"]),
    ]  # fmt: skip


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_of_json(tmp_path, codec):
    rows = [{"a": "Café", "b": n} for n in range(40)]
    for name, text in {"a.json": json.dumps(rows, ensure_ascii=False), "a.jsonl": "\n".join(
        json.dumps(row, ensure_ascii=False) for row in rows)}.items():  # fmt: skip
        table = open_table(written(tmp_path, text.encode(codec), name))
        assert (table.encoding, [record for _, record in table.records()][:2]) == (codec, [["a", "b"], ["Café", "0"]])


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_an_array_is_read_in_pieces(tmp_path, chunk, monkeypatch):
    monkeypatch.setattr(documents, "CHUNK", chunk)
    rows = [{"a": n * 11, "b": {"c": "x,]}" * n}} for n in range(20)]
    text = json.dumps([*rows, 12345, None, "tail"], indent=1)
    assert cells(written(tmp_path, text, "a.json")) == [["a", "b.c"], *[[str(row["a"]), row["b"]["c"]] for row in rows]]


def test_half_a_character_in_json_becomes_a_replacement(tmp_path):
    table = open_table(written(tmp_path, '[{"a\\ud800": "x\\ud83d", "b": "\\ud83d\\ude00"}]', "a.json"))
    assert [record for _, record in table.records()] == [["a\ufffd", "b"], ["x\ufffd", "😀"]]


def test_deeply_nested_json_is_refused(tmp_path):
    with pytest.raises(NotATableError, match="broken JSON"):
        open_table(written(tmp_path, '[{"a": ' + "[" * 100_000, "a.json"))


def test_parquet(tmp_path):
    import pandas as pd

    pd.DataFrame({"a": [1, 2], "when": pd.to_datetime(["2026-01-02", None])}).to_parquet(tmp_path / "file.parquet")
    table = open_table(tmp_path / "file.parquet")
    assert table.format == "parquet"
    assert list(table.records()) == [(0, ["a", "when"]), (1, ["1", "2026-01-02 00:00:00"]), (2, ["2", ""])]


@pytest.mark.parametrize(
    ("content", "name", "error", "says"),
    [
        (b"", "a.csv", EmptyFileError, "a.csv is empty"),
        (b"\xef\xbb\xbf\r\n \n", "a.csv", EmptyFileError, "is empty"),
        (b",,\n,,\n", "a.csv", EmptyFileError, "no filled cell"),
        (b"id,text\n\n", "a.csv", EmptyFileError, "a heading but no rows"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a.csv", NotATableError, "PNG picture"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "a.csv", NotATableError, "JPEG picture"),
        (b"%PDF-1.7\n", "a.csv", NotATableError, "PDF document"),
        (b"PK\x03\x04" + bytes(200), "a.csv", NotATableError, "archive or a broken workbook"),
        (bytes(range(256)) * 20, "a.csv", NotATableError, "control characters"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>\n", "a.csv", NotATableError, "web page"),
        (b'[{"a": 1}, {"a": ', "a.json", NotATableError, "broken JSON"),
        (b'{"a": 1}\n{"a": 2\n', "a.jsonl", NotATableError, "line 2"),
        (b'{"a": "x"}', "a.json", NotATableError, "no list of objects"),
        (b"PAR1 not really PAR1", "a.parquet", NotATableError, "broken Parquet"),
        (b"\x1f\x8b\x08\x00broken", "a.csv.gz", NotATableError, "compressed file is broken"),
    ],
)
def test_refused_with_one_line(tmp_path, content, name, error, says):
    with pytest.raises(error) as caught:
        open_table(written(tmp_path, content, name))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_shown_name(tmp_path):
    with pytest.raises(IntakeError, match="no such file"):
        open_table(tmp_path / "none.csv")
    with pytest.raises(EmptyFileError, match="Answers of May is empty"):
        open_table(written(tmp_path, b""), "Answers of May")


def test_text_of_values():
    given_ = [None, 5.0, 0.1, float("nan"), True, datetime.date(2026, 1, 2), ["a", 1], [{"a": 1}]]
    assert [documents.text(value) for value in given_] == [
        "",
        "5",
        "0.1",
        "",
        "true",
        "2026-01-02",
        "a, 1",
        '[{"a": 1}]',
    ]


CELL = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\x1f\ufeff"), max_size=12
) | st.sampled_from(['say "hi"', "a,b", "a;b", "x\ty", "p|q", "two\nlines", "two\r\nlines", "", " ", "'", '"'])


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 6).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=12)),
       st.sampled_from(delimited.SEPARATORS), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))  # fmt: skip
def test_any_table_written_as_csv_comes_back(tmp_path_factory, rows, separator, quoting):
    heading = [f"column {n}" for n in range(len(rows[0]))]
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=quoting).writerows([heading, *rows])
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    path.write_bytes(text.getvalue().encode("utf-8"))
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    if not kept:
        with pytest.raises(EmptyFileError):
            open_table(path)
    else:
        assert cells(path) == [heading, *kept]
