"""What people take along: tables as files that run nothing, charts as pictures that fetch nothing."""

import csv
import io
import json

import numpy as np
import openpyxl
import pandas as pd
import pytest

from cx.errors import CXError
from cx.view import charts, printing, taking, theme
from tests.test_pages import _from_here, ok, opened  # noqa: F401

FORMULAS = ["=cmd()|'x'!A1", "+1+cmd()", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]
ROWS = pd.DataFrame(
    {
        "name": [*FORMULAS, "Zürich 🚗 日本", None], "value": [-32.5, 4, np.nan, 1e-9, 5, 6, 7, 8], "n": range(8),
        "real": [True, False] * 4, "period": [pd.Timestamp("2026-03-01"), pd.NaT] * 4, "=head": ["x"] * 8,
    }
)  # fmt: skip


def test_a_csv_holds_the_numbers_and_runs_nothing():
    read = list(csv.reader(io.StringIO(taking.csv(ROWS).decode("utf-8-sig"), newline="")))
    assert read[0] == ["name", "value", "n", "real", "period", "'=head"]
    assert [row[0] for row in read[1:]] == [f"'{cell}" for cell in FORMULAS] + ["Zürich 🚗 日本", ""]
    assert [row[1] for row in read[1:3]] == ["-32.5", "4.0"] and read[3][1] == ""
    assert (read[1][3], read[1][4], read[2][4]) == ("True", "2026-03-01", "")
    assert taking.csv(ROWS).startswith(b"\xef\xbb\xbf")


def test_a_workbook_holds_numbers_as_numbers_and_texts_as_texts():
    book = openpyxl.load_workbook(io.BytesIO(taking.workbook(ROWS, ["sample: trend", "=note"])))
    sheet = book["Felicific"]
    assert [cell.value for cell in sheet[1]] == [
        "name",
        "value",
        "n",
        "real",
        "period",
        "'=head",
    ] and sheet.freeze_panes == "A2"
    for row, text in enumerate(FORMULAS, 2):
        assert sheet.cell(row, 1).data_type == "s" and sheet.cell(row, 1).value == "'" + text.replace("\r", "\n")
    assert [sheet.cell(row, 2).value for row in (2, 3, 4)] == [-32.5, 4, None]
    assert sheet.cell(2, 4).value is True and sheet.cell(2, 5).value.date().isoformat() == "2026-03-01"
    assert [cell.value for cell in book["About"]["A"]] == ["sample: trend", "'=note"]


def test_a_workbook_takes_what_xml_cannot():
    book = openpyxl.load_workbook(io.BytesIO(taking.workbook(pd.DataFrame({"a": ["x\x00\x0by\ud800", float("inf")]}))))
    assert book["Felicific"]["A2"].value == "xy"


def test_an_empty_table_is_a_heading():
    empty = pd.DataFrame({"name": [], "low": []})
    assert taking.csv(empty).decode("utf-8-sig") == "name,low\r\n"
    assert openpyxl.load_workbook(io.BytesIO(taking.workbook(empty)))["Felicific"].max_row == 1


@pytest.mark.parametrize(
    ("parts", "name"),
    [(("sample", "movers"), "sample-movers"), (("../../etc", "Ä b"), "etc-b"), (("日本",), "felicific")],
)
def test_file_names_are_tame(parts, name):
    assert taking.file_name(*parts) == name


# ---- Pictures


def chart(text="delivery"):
    rows = pd.DataFrame(
        {"name": [text, "website"], "change": [5.0, -3], "low": [1.0, -9], "high": [9.0, 3], "real": [True, False]}
    )
    return charts.movers(rows, theme.LIGHT)


def test_pictures_on_the_page_have_its_ground_and_a_font_of_their_own():
    spec, _ = chart()
    for look in (theme.LIGHT, theme.DARK):
        held = taking.grounded(spec, look)
        assert held["config"]["background"] == look.ground and "inherit" not in json.dumps(held["config"])
    assert spec["config"]["background"] == "transparent", "the chart's own spec, which is cached, stays"


def test_a_chart_as_svg_says_its_finding_and_fetches_nothing():
    pytest.importorskip("vl_convert")
    hostile = '<script>alert(1)</script><image href="http://evil.invalid/x.png">'
    made = taking.svg(*chart(hostile), "Delivery rose " + hostile, "sample · all time", theme.LIGHT).decode()
    assert made.startswith("<svg") and "sample · all time" in made and "Delivery rose" in made
    assert "<script" not in made and "<image" not in made, "words stay words"
    assert theme.LIGHT.ground.lower() in made.lower() and theme.LIGHT.positive.lower() in made.lower()


def test_a_chart_as_png_is_twice_as_fine():
    pytest.importorskip("vl_convert")
    made = taking.png(*chart(), "x" * 500, "sample", theme.DARK)
    assert made.startswith(b"\x89PNG") and int.from_bytes(made[16:20]) == taking.WIDTH * taking.SCALE


def test_without_what_draws_pictures_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(taking, "pictured", lambda: False)
    with pytest.raises(CXError, match="pip install vl-convert-python"):
        taking.svg(*chart(), "t", "a", theme.LIGHT)


# ---- On the pages


@pytest.mark.parametrize(("page", "key"), [("overview", "movers"), ("scorecards", "cards"), ("drivers", "drivers")])
def test_the_table_behind_a_chart_can_be_taken_along(sample, page, key):
    at = opened(page)
    assert not [button for button in at.get("download_button") if f"csv_{key}" in button.proto.id], (
        "not before it is opened"
    )
    folded = next(each for each in at.expander if each.label == "As a table")
    assert folded.label == "As a table"
    at.session_state[f"twin_{key}"] = True
    ids = [button.proto.id for button in ok(at.run()).get("download_button")]
    assert sum(f"csv_{key}" in each for each in ids) == sum(f"xlsx_{key}" in each for each in ids) == 1


def test_on_paper_what_is_for_clicking_goes_and_the_rest_stays_whole():
    for part in (*printing.WHOLE, *printing.HIDDEN):
        assert part in printing.STYLE
    assert "size: A4" in printing.STYLE and printing.STYLE.count("{") == printing.STYLE.count("}")
