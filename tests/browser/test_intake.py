"""Exports of three vendors through the page, as their tools write them, and a grown file again."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, settled

pytestmark = pytest.mark.browser

SAID = ("The staff was very friendly.", "Delivery took far too long, terrible.", "Great value, easy to order.")


def qualtrics(rows: int) -> bytes:
    """Three heading rows: names, questions, import ids; a preview between the answers."""
    heads = [
        ["StartDate", "EndDate", "Status", "Finished", "RecordedDate", "ResponseId", "Q1_NPS_GROUP", "Q1", "Q2"],
        ["Start Date", "End Date", "Response Type", "Finished", "Recorded Date", "Response ID", "Group",
         "How likely are you to recommend us to a friend?", "What is the reason for your score?"],
        [f'{{"ImportId":"{name}"}}' for name in
         ("startDate", "endDate", "status", "finished", "recordedDate", "_recordId", "QID1_NPS_GROUP", "QID1", "QID2_TEXT")],
    ]  # fmt: skip
    told = [
        ["2026-01-01 08:00:00", f"2026-0{place % 6 + 1}-1{place % 9} 08:05:00",
         "Survey Preview" if place == 3 else "IP Address", "True", f"2026-0{place % 6 + 1}-1{place % 9} 08:05:01",
         f"R_{place:015d}", "Promoter", str(place * 7 % 11), SAID[place % 3] + f" Visit {place}."]
        for place in range(rows)
    ]  # fmt: skip
    return packed([*heads, *told], "utf-8-sig")


def surveymonkey(rows: int) -> bytes:
    """Two heading rows; the blank headings belong to the question on their left."""
    heads = [
        ["Respondent ID", "Collector ID", "Start Date", "End Date", "How satisfied are you with us overall?",
         "Which of these did you use?", "", "What could we do better?"],
        ["", "", "", "", "Response", "Website", "Store", "Open-Ended Response"],
    ]  # fmt: skip
    words = ("Very satisfied", "Satisfied", "Neither satisfied nor dissatisfied", "Dissatisfied", "Very dissatisfied")
    told = [
        [str(9_000_000_000 + place), "77", f"0{place % 6 + 1}/2{place % 8}/2026 08:00:00 AM",
         f"0{place % 6 + 1}/2{place % 8}/2026 08:03:00 AM", words[place % 5], "Website" if place % 2 else "",
         "" if place % 3 else "Store", SAID[place % 3] + f" Visit {place}."]
        for place in range(rows)
    ]  # fmt: skip
    return packed([*heads, *told], "cp1252")


def google_play(rows: int) -> bytes:
    """UTF-16 with its mark, one heading row, the key inside a link."""
    head = [
        "Package Name", "App Version Code", "App Version Name", "Reviewer Language", "Device", "Review Submit Date and Time",
        "Review Submit Millis Since Epoch", "Review Last Update Date and Time", "Review Last Update Millis Since Epoch",
        "Star Rating", "Review Title", "Review Text", "Developer Reply Date and Time", "Developer Reply Millis Since Epoch",
        "Developer Reply Text", "Review Link",
    ]  # fmt: skip
    told = [
        ["com.example.shop", "12", "1.2", "en", "pixel", f"2026-0{place % 6 + 1}-05T10:00:00Z", "1", f"2026-0{place % 6 + 1}-05T10:00:00Z",
         "1", str(place % 5 + 1), "", SAID[place % 3] + f" Version {place}.", "", "", "",
         f"https://play.google.com/console/reviews?reviewId=gp:{place:08d}"]
        for place in range(rows)
    ]  # fmt: skip
    return packed([head, *told], "utf-16")


def packed(rows: list[list[str]], encoding: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def take_in(page: Page, path: Path, found: str, name: str) -> None:
    """Drops a file, reads what was found, presses Analyse, waits for the end."""
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text(f"{path.name}: what was found")).to_be_visible(timeout=20_000)
    expect(page.get_by_text(re.compile(found))).to_be_visible()
    box = page.get_by_label("Dataset", exact=True)
    box.fill(name)
    box.press("Enter")
    settled(page)
    page.get_by_role("button", name="Analyse").click()
    expect(page.get_by_text(f"'{name}' is ready.")).to_be_visible(timeout=90_000)
    settled(page)


def test_three_vendors_and_a_grown_file(page: Page, fresh: Server, tmp_path):
    page.goto(f"{fresh.url}/feedback")
    settled(page)
    path = tmp_path / "export.csv"
    counts = "{} rows in · {} kept · {} duplicate · {} rejected"

    path.write_bytes(qualtrics(40))
    take_in(
        page,
        path,
        r"40 rows · 9 columns · source qualtrics · encoding utf-8-sig · separator comma · 3 header rows",
        "survey",
    )
    expect(page.get_by_text(counts.format(40, 39, 0, 1))).to_be_visible()

    path.write_bytes(surveymonkey(30))
    take_in(page, path, r"30 rows · 8 columns · source surveymonkey · .* · 2 header rows", "panel")
    expect(page.get_by_text(counts.format(30, 30, 0, 0))).to_be_visible()

    path.write_bytes(google_play(25))
    take_in(page, path, r"25 rows · 16 columns · source google_play · encoding utf-16 .* · 1 header row", "app")
    expect(page.get_by_text(counts.format(25, 25, 0, 0))).to_be_visible()

    path.write_bytes(qualtrics(60))  # the first file, grown
    take_in(page, path, r"60 rows · 9 columns · source qualtrics", "survey")
    expect(page.get_by_text("version 0002 · " + counts.format(100, 59, 39, 2))).to_be_visible()

    page.locator(".st-key-versions_survey button").first.click()
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_text("version 0003 · " + counts.format(40, 39, 0, 1))).to_be_visible(timeout=20_000)
