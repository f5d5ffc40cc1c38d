"""Scorecards, saved views, pictures and paper in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, settled

pytestmark = pytest.mark.browser

PAPER = {"width": 1039, "height": 703}
"""A4 on its side without its margins, in CSS pixels."""


@pytest.fixture
def own(own_sample):
    """A server on a sample of its own, for what is written down."""
    server = Server(own_sample)
    yield server
    server.stop()


def shown(page: Page, url: str, text: str) -> None:
    page.goto(url)
    settled(page)
    expect(page.get_by_text(text).first).to_be_visible(timeout=20_000)


def test_a_line_of_a_card_opens_its_comments(page: Page, served: Server, outside: list[str]):
    shown(page, f"{served.url}/scorecards?f.Region=North", "Touchpoints that stand out")
    page.locator(".st-key-opens_touchpoint_Process button").first.click()
    expect(page).to_have_url(re.compile(r"/comments\?.*pillar=Process.*touchpoint="))
    expect(page).to_have_url(re.compile("f.Region=North"))
    expect(page.locator(".cx-quote").first).to_be_visible(timeout=20_000)
    assert outside == []


def test_a_saved_view_survives_a_reload_and_a_shared_address(page: Page, own: Server, context):
    name = "<b>North</b> **spring** :red[x]"
    shown(page, f"{own.url}/trends?f.Region=North&from=2026-03-01", "Region: North")
    page.locator(".st-key-pop_views button").first.click()
    page.get_by_label("Keep this view as").fill(name)
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("button", name=name)).to_be_visible(timeout=20_000)

    shown(page, f"{own.url}/goals", "6,800 responses")
    page.reload()
    settled(page)
    page.locator(".st-key-pop_views button").first.click()
    page.get_by_role("button", name=name).click()
    expect(page).to_have_url(re.compile("/trends"))
    expect(page.get_by_text("Region: North").first).to_be_visible(timeout=20_000)
    assert "from=2026-03-01" in page.url

    other = context.new_page()
    shown(other, page.url, "since 1 Mar 2026 · Region: North")
    other.close()


@pytest.mark.parametrize("address", ["", "scorecards", "compare", "comments"])
def test_on_paper_nothing_is_cut_and_nothing_to_click_is_left(page: Page, served: Server, address):
    page.set_viewport_size(PAPER)
    shown(page, f"{served.url}/{address}", "6,800 responses")
    page.wait_for_timeout(1500)
    page.emulate_media(media="print")
    whole = ".cx-tile, .cx-quote, [data-testid=stGridCell], [data-testid=stVegaLiteChart]"
    pieces = page.locator(whole).evaluate_all(
        "all => all.map(e => [e.getBoundingClientRect().height, getComputedStyle(e).breakInside])"
    )
    assert pieces and all(height <= PAPER["height"] and way == "avoid" for height, way in pieces), pieces
    for part in ("[data-testid=stPopover]", ".stDownloadButton", "header"):
        assert not any(page.locator(part).evaluate_all("all => all.map(e => e.getClientRects().length > 0)")), part
    made = page.pdf(prefer_css_page_size=True, print_background=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", made)
    assert boxes and all(abs(float(wide) - 842) < 2 and abs(float(high) - 595) < 2 for wide, high in boxes)


def test_a_phone_has_room_for_the_views(page: Page, served: Server):
    page.set_viewport_size({"width": 390, "height": 844})
    shown(page, f"{served.url}/scorecards", "6,800 responses")
    for key in ("pop_period", "pop_filters", "pop_views"):
        box = page.locator(f".st-key-{key}").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
    tops = {
        round(page.locator(f".st-key-{key}").bounding_box()["y"]) for key in ("pop_period", "pop_filters", "pop_views")
    }
    assert len(tops) == 1, "one row"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_charts_are_taken_along_as_pictures(page: Page, served: Server, outside: list[str]):
    pytest.importorskip("vl_convert")
    shown(page, f"{served.url}/", "6,800 responses")
    for kind, begins in (("svg", b"<svg"), ("png", b"\x89PNG")):
        with page.expect_download() as got:
            page.locator(f".st-key-{kind}_trend button").first.click()
        assert got.value.suggested_filename == f"sample-trend.{kind}"
        assert got.value.path().read_bytes().startswith(begins)
    assert outside == []
