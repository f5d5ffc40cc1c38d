"""Workbooks: the sheet with the answers, what merged cells, formulas and dates hold, and what is refused."""

import datetime
import zipfile

import openpyxl
import pytest

from cx.errors import IntakeError, NotATableError
from cx.intake import mapping, sources, workbooks
from cx.intake.read import open_table
from cx.intake.workbooks import Sheet


def written(path, hidden=(), **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    book.save(path)
    return path


def cells(table):
    return [record for _, record in table.records()]


ANSWERS = [["id", "score"], *([n, n % 5 + 1] for n in range(30))]


def test_the_largest_visible_sheet_is_read_and_the_others_named(tmp_path):
    path = written(
        tmp_path / "b.xlsx", hidden=["Lookup"], Cover=[["Report of May", "x"], ["by", "us"]], Answers=ANSWERS,
        Lookup=[["a", "b", "c"]] * 99, Note=[["only one row"]],
    )  # fmt: skip
    table = open_table(path)
    assert cells(table)[:2] == [["id", "score"], ["0", "1"]]
    assert table.notices == ["Read the sheet “Answers”; not read: Cover, Lookup (hidden)."]
    assert table.sheets == [Sheet("Cover", 2), Sheet("Answers", 31), Sheet("Lookup", 99, True)]


def test_a_sheet_by_name_also_a_hidden_one(tmp_path):
    path = written(tmp_path / "b.xlsx", hidden=["Old"], New=ANSWERS, Old=[["a", "b"], [1, 2]])
    assert cells(open_table(path, sheet="Old")) == [["a", "b"], ["1", "2"]]
    with pytest.raises(IntakeError, match=r"has no sheet “Olds”\. It has “New”, “Old”"):
        open_table(path, sheet="Olds")
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(IntakeError, match="has no sheets"):
        open_table(tmp_path / "a.csv", sheet="x")


def test_only_a_hidden_sheet_has_rows(tmp_path):
    table = open_table(written(tmp_path / "b.xlsx", hidden=["Data"], Cover=[["x"]], Data=ANSWERS))
    assert len(cells(table)) == 31
    assert table.notices == ["Read the hidden sheet “Data”: no other has rows."]


def test_a_merged_cell_counts_for_every_row_it_spans_but_not_in_the_heading(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Region", "Scores", None],
        ["", "Food", "Staff"],
        ["North", 1, 2],
        [None, 3, 4],
        [None, 5, 1],
        ["South", 2, 2],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:C1")
    sheet.merge_cells("A3:A5")
    book.save(tmp_path / "m.xlsx")
    table = open_table(tmp_path / "m.xlsx")
    assert [row[0] for row in cells(table)] == ["Region", "", "North", "North", "North", "South"]
    assert cells(table)[0] == ["Region", "Scores", ""]
    assert table.notices == ["1 merged cells count for every row they span."]


def test_formulas_that_were_never_calculated_are_told(tmp_path):
    table = open_table(written(tmp_path / "f.xlsx", A=[["a", "b"], [1, "=A2*2"], [2, "=A3*2"], [3, 7]]))
    assert cells(table)[1:] == [["1", ""], ["2", ""], ["3", "7"]]
    assert table.notices[0].startswith("2 formulas have no value")


def calculated(path):
    """Gives the formulas of a workbook the values that a spreadsheet program would store."""
    with zipfile.ZipFile(path) as opened:
        parts = {info.filename: opened.read(info) for info in opened.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in parts.items():
            opened.writestr(name, content.replace(b"<v></v>", b"<v>42</v>").replace(b"<v />", b"<v>42</v>"))


def test_calculated_formulas_are_their_values(tmp_path):
    path = written(tmp_path / "f.xlsx", A=[["a", "b"], [1, "=A2*2"], [2, 5]])
    calculated(path)
    table = open_table(path)
    assert (cells(table)[1:], table.notices) == ([["1", "42"], ["2", "5"]], [])


def test_dates_typed_and_as_serial_numbers(tmp_path):
    rows = [["Date", "Response date", "Rating"]]
    rows += [[datetime.date(2026, 1, day), 46022.5 + day, day % 5 + 1] for day in range(1, 29)]
    table = open_table(written(tmp_path / "d.xlsx", A=rows))
    assert cells(table)[1] == ["2026-01-01", "46023.5", "2"]
    plan = mapping.plan(table, sources.recognise(table), {"Response date": "date"})
    assert str(plan.guesses[1].form.read("46023.5")) == "2026-01-01 12:00:00"


def test_a_table_that_begins_in_the_middle_of_the_sheet(tmp_path):
    book = openpyxl.Workbook()
    for place, value in {"C4": "id", "D4": "score", "C5": 1, "D5": 4, "C6": 2, "D6": 5}.items():
        book.active[place] = value
    book.save(tmp_path / "m.xlsx")
    assert list(open_table(tmp_path / "m.xlsx").records()) == [(4, ["id", "score"]), (5, ["1", "4"]), (6, ["2", "5"])]


def test_a_cell_far_from_the_table_costs_no_memory(tmp_path):
    book = openpyxl.Workbook()
    for row in ANSWERS:
        book.active.append(row)
    book.active["XFD1048576"] = "stray"
    book.save(tmp_path / "stray.xlsx")
    with pytest.raises(IntakeError, match="reaches to row 1,048,576 and column 16,384"):
        open_table(tmp_path / "stray.xlsx")


OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"


def test_open_document(tmp_path):
    cells_ = "".join(f"<table:table-row>{row}</table:table-row>" for row in (
        "<table:table-cell office:value-type='string'><text:p>score</text:p></table:table-cell>",
        "<table:table-cell office:value-type='float' office:value='4'/>",
    ))  # fmt: skip
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as opened:
        opened.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        opened.writestr("META-INF/manifest.xml", f"<m:manifest xmlns:m='{OFFICE}manifest:1.0'/>")
        opened.writestr("content.xml", (
            f"<office:document-content xmlns:office='{OFFICE}office:1.0' xmlns:table='{OFFICE}table:1.0' xmlns:text='{OFFICE}text:1.0'>"
            f"<office:body><office:spreadsheet><table:table table:name='A'>{cells_}</table:table></office:spreadsheet></office:body>"
            "</office:document-content>"
        ))  # fmt: skip
    assert cells(open_table(tmp_path / "a.ods")) == [["score"], ["4"]]


def test_a_panic_of_the_library_is_a_broken_workbook(tmp_path, monkeypatch):
    import python_calamine

    class PanicException(BaseException):
        pass

    def panic(source):
        raise PanicException("index out of bounds")

    path = written(tmp_path / "b.xlsx", A=ANSWERS)
    monkeypatch.setattr(python_calamine, "load_workbook", panic)
    with pytest.raises(NotATableError, match=r"broken workbook \(index out of bounds\)"):
        open_table(path)


def test_a_large_workbook_gets_advice(tmp_path, monkeypatch):
    path = written(tmp_path / "big.xlsx", A=ANSWERS)
    monkeypatch.setattr(workbooks, "LARGEST", 1000)
    with pytest.raises(IntakeError, match="Save the sheet with the answers as CSV"):
        open_table(path)


def test_locked_with_a_password(tmp_path):
    # Such a file is a compound document (OLE) with a stream of this name in its directory.
    (tmp_path / "l.xlsx").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le")
    )
    with pytest.raises(NotATableError, match="locked with a password"):
        open_table(tmp_path / "l.xlsx")


@pytest.mark.parametrize("at", [0.2, 0.5, 0.8])
def test_broken_workbooks_are_named(tmp_path, at):
    raw = bytearray(written(tmp_path / "b.xlsx", A=ANSWERS * 20).read_bytes())
    (tmp_path / "cut.xlsx").write_bytes(raw[: int(len(raw) * at)])
    with pytest.raises(NotATableError, match="broken workbook"):
        open_table(tmp_path / "cut.xlsx")
