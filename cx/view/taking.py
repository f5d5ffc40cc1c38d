"""What people take along: charts as pictures, their tables as CSV and workbook; numbers with their intervals, no formula runs.

Pictures are drawn on this machine by vl-convert (the same Vega-Lite as in the browser); nothing is fetched for them.
"""

import importlib.util
import io
import json
import re
import textwrap
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import pandas as pd

from cx.errors import CXError
from cx.store.ledger import formula_safe
from cx.view.theme import Theme

FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
"""Named outright: a picture outside of the page has nothing to inherit from."""

WIDTH, SCALE, LINE = 900, 2, 100
"""Width of a picture in pixels, pixels of a PNG for each of them (sharp on slides), characters in a line of its title."""

SHEET = "Felicific"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold, and so no workbook and no picture."""


def grounded(spec: dict[str, Any], theme: Theme) -> dict[str, Any]:
    """A chart's spec with the page's ground and a font that is named, so that pictures of it look alike elsewhere."""
    config = dict(spec.get("config", {}))
    config |= {"background": theme.ground, "font": FONT, "text": {**config.get("text", {}), "font": FONT}}
    config["axis"] = {**config.get("axis", {}), "labelFont": FONT, "titleFont": FONT}
    return {**spec, "config": config}


@cache
def pictured() -> bool:
    """Whether charts can be drawn as pictures here: vl-convert is installed."""
    return importlib.util.find_spec("vl_convert") is not None


def svg(spec: dict[str, Any], data: pd.DataFrame, title: str, about: str, theme: Theme) -> bytes:
    """A chart as SVG, its finding as title, below it what it is about. Raises CXError when it cannot be drawn."""
    return _drawn("vegalite_to_svg", spec, data, title, about, theme).encode()


def png(spec: dict[str, Any], data: pd.DataFrame, title: str, about: str, theme: Theme) -> bytes:
    """The same as PNG."""
    return _drawn("vegalite_to_png", spec, data, title, about, theme, scale=SCALE)


def _drawn(
    how: str, spec: dict[str, Any], data: pd.DataFrame, title: str, about: str, theme: Theme, **more: Any
) -> Any:
    if not pictured():
        raise CXError("Pictures need vl-convert: install it with 'pip install vl-convert-python'.")
    import vl_convert

    full = grounded(spec, theme) | {
        "width": WIDTH, "data": {"values": json.loads(data.to_json(orient="records", date_format="iso"))},
        "title": {
            "text": _lines(title), "subtitle": _lines(about), "anchor": "start", "color": theme.ink,
            "subtitleColor": theme.quiet, "font": FONT, "subtitleFont": FONT, "fontSize": 15, "offset": 14,
        },
    }  # fmt: skip
    words = full["title"]["text"], full["title"]["subtitle"]
    full |= {"padding": 16, "height": spec.get("height", 300) + 20 * len(words[0]) + 16 * len(words[1]) + 50}
    # Nothing may be loaded while it draws, whatever a text of the data says.
    return getattr(vl_convert, how)(full, allowed_base_urls=[], **more)


def _lines(text: str) -> list[str]:
    return textwrap.wrap(_UNWRITABLE.sub("", text), LINE)[:3] or [""]


def file_name(*parts: str) -> str:
    """A file name of small letters, digits and hyphens from words."""
    return (
        "-".join(filter(None, (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts))) or "felicific"
    )


def csv(rows: pd.DataFrame) -> bytes:
    """A table as CSV for a spreadsheet: UTF-8 with mark, numbers in full, cells that begin like a formula made harmless."""
    safe = rows.map(_plain)
    safe.columns = [formula_safe(str(name)) for name in rows.columns]
    # Lines end with both characters, so that a cell with a lone carriage return is quoted and ends no row.
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig", "replace")


def workbook(rows: pd.DataFrame, notes: Sequence[str] = ()) -> bytes:
    """A table as a workbook of one sheet, heading fixed; `notes` (what the table is about) stand on a second sheet.

    Texts are written as texts, whatever they begin with, and as in `csv` with an apostrophe where a later export to CSV
    would make a formula of them.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    for place, name in enumerate(rows.columns, 1):
        _write(sheet.cell(1, place), formula_safe(str(name)))
        sheet.cell(1, place).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(1, place).column_letter].width = min(max(len(str(name)) + 3, 11), 40)
    for row, held in enumerate(rows.itertuples(index=False), 2):
        for place, value in enumerate(held, 1):
            _write(sheet.cell(row, place), _plain(value))
    sheet.freeze_panes = "A2"
    if notes:
        about = book.create_sheet("About")
        about.column_dimensions["A"].width = 100
        for place, note in enumerate(notes, 1):
            _write(about.cell(place, 1), formula_safe(note))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(cell: Any, value: Any) -> None:
    cell.value = _UNWRITABLE.sub("", value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"  # a text, also when it begins with =


def _plain(value: Any) -> Any:
    """A cell as a spreadsheet takes it: numbers, days and yes or no as they are, missing as nothing, the rest as safe text."""
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value) or value is pd.NA:
        return None
    if isinstance(value, bool | int | float):
        return value
    if hasattr(value, "item"):  # numpy's own numbers
        return _plain(value.item())
    if isinstance(value, pd.Timestamp | datetime):
        moment = pd.Timestamp(value).tz_localize(None)
        return moment.date() if moment == moment.normalize() else moment.to_pydatetime()
    return value if isinstance(value, date) else formula_safe(str(value))
