"""Two topics merged on the page are one after a reload and after the next import of the file, grown meanwhile."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, settled
from tests.browser.test_browser import choose
from tests.browser.test_intake import take_in
from tests.test_edits import rows

pytestmark = pytest.mark.browser


def written(path: Path, n: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows(1)[0]))
        writer.writeheader()
        writer.writerows(rows(n))
    return path


def names(page: Page) -> list[str]:
    """The topics one may look into."""
    page.locator(".st-key-topic_detail [role=combobox], .st-key-topic_detail [data-baseweb=select]").first.click()
    page.get_by_role("option").first.wait_for()
    found = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return found


def test_merged_topics_stay_merged(page: Page, fresh: Server, tmp_path):
    page.goto(f"{fresh.url}/feedback")
    settled(page)
    path = tmp_path / "survey.csv"
    take_in(page, written(path, 360), "360 rows", "survey")
    page.goto(f"{fresh.url}/topics?d=survey")
    settled(page)
    before = names(page)
    gone, kept = before[0], before[1]
    choose(page, "topic_detail", gone)
    settled(page)
    page.get_by_role("button", name="Edit this topic").click()
    page.locator("[class*=st-key-topic_into_]").get_by_role("combobox").click()
    page.get_by_role("option", name=kept, exact=True).click()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("Undo the last"))).to_be_visible(timeout=30_000)
    page.reload()
    settled(page)
    merged = names(page)
    assert gone not in merged and kept in merged and len(merged) == len(before) - 1

    page.goto(f"{fresh.url}/feedback")
    settled(page)
    take_in(page, written(path, 420), "420 rows", "survey")
    page.goto(f"{fresh.url}/topics?d=survey")
    settled(page)
    assert sorted(names(page)) == sorted(merged)
