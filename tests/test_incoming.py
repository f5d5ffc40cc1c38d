"""What a file is before anything is stored: corrections of earlier files, languages ahead, the country of its numbers."""

import csv

import pytest

from cx import incoming
from cx.errors import IntakeError, MappingError
from cx.incoming import Given
from cx.intake.mapping import Saved

GERMAN = "Das Personal war sehr freundlich, aber die Lieferung kam leider viel zu spät an."
ENGLISH = "The staff was very friendly, but the delivery came much too late again."
ROWS = [
    ["id", "date", "impression", "comment"],
    *[
        [str(n), f"2026-01-{n % 28 + 1:02d}", str(n % 5 + 1), f"{GERMAN if n % 4 == 0 else ENGLISH} {n}"]
        for n in range(40)
    ],
]


def given(tmp_path, rows=ROWS, name="file.csv", **roles) -> Given:
    with (tmp_path / name).open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    return Given(tmp_path / name, name, roles)


def roles_of(plan) -> dict[str, str]:
    return {column.name: column.role for column in plan.columns}


def test_corrections_of_an_earlier_file_apply_and_todays_win(tmp_path):
    headings = tuple(ROWS[0])
    saved = [Saved("generic_survey", headings, {"impression": "csat", "comment": "segment"})]
    made = incoming.plan(given(tmp_path), saved)
    assert (roles_of(made)["impression"], roles_of(made)["comment"]) == ("csat", "segment")
    assert any("corrections of an earlier file" in notice for notice in made.notices)
    today = incoming.plan(given(tmp_path, impression="effectiveness"), saved)
    assert (roles_of(today)["impression"], roles_of(today)["comment"]) == ("effectiveness", "segment")


def test_todays_corrections_must_fit(tmp_path):
    with pytest.raises(MappingError, match="Did you mean “comment”"):
        incoming.plan(given(tmp_path, coment="comment"))


def test_languages_are_counted_before_anybody_waits(tmp_path):
    seen = incoming.preview(given(tmp_path))
    assert seen["languages"] == {"en": 30, "de": 10}
    assert (seen["comments"], seen["more"], seen["rows"], seen["sheets"]) == (40, False, 40, [])


def test_only_so_many_rows_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(incoming, "LOOKED_AT", 8)
    seen = incoming.preview(given(tmp_path))
    assert (seen["languages"], seen["comments"], seen["more"]) == ({"en": 6, "de": 2}, 8, True)


@pytest.mark.parametrize(
    ("column", "cells", "region"),
    [
        ("Language", ["en-GB", "en-GB", "de"], "GB"),
        ("Order value", ["£{}.50", "£1{}.00", "£4{}.10"], "GB"),
        ("Currency", ["CHF", "CHF", "EUR"], "CH"),
        ("Region", ["North", "South", "East"], None),
    ],
)
def test_the_country_of_a_file(tmp_path, column, cells, region):
    rows = [
        [*ROWS[0][:3], "comment", column],
        *[[*row[:3], f"{ENGLISH} {n}", cells[n % 3].format(n)] for n, row in enumerate(ROWS[1:])],
    ]
    assert incoming.region(incoming.plan(given(tmp_path, rows))) == region


def test_the_country_of_comments(tmp_path):
    rows = [ROWS[0], *[[*row[:3], f"{GERMAN} {row[0]}"] for row in ROWS[1:]]]
    assert incoming.region(incoming.plan(given(tmp_path, rows))) == "DE"


def test_the_sheet_that_is_asked_for(tmp_path):
    import zipfile

    for name, word in (("one.csv", "longer"), ("two.csv", "short")):
        given(tmp_path, [["id", word], *[[str(n), f"{word} {n}"] for n in range(12)]], name)
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        for name in ("one.csv", "two.csv"):
            archive.write(tmp_path / name, name)
    both = Given(tmp_path / "both.zip", "both.zip")
    seen = incoming.preview(both)
    assert (seen["sheets"], seen["sheet"]) == (["one.csv", "two.csv"], "one.csv")
    assert [column.name for column in incoming.plan(both._replace(sheet="two.csv")).columns] == ["id", "short"]
    with pytest.raises(IntakeError, match="no file “three"):
        incoming.plan(both._replace(sheet="three.csv"))
