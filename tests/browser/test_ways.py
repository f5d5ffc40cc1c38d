"""The ways through the pages: from a sentence, a cell, a stage to the comments behind it; what an address keeps; a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, settled

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def shown(page: Page, url: str, text: str) -> None:
    page.goto(url)
    settled(page)
    expect(page.get_by_text(text).first).to_be_visible(timeout=20_000)


def found(page: Page) -> int:
    """How many comments the headline of Comments counts."""
    head = page.locator(".cx-headline")
    expect(head).to_contain_text(re.compile(r"^\d[\d,]* comments?,"), timeout=20_000)
    return int(re.match(r"[\d,]+", head.inner_text())[0].replace(",", ""))


def counted(sample, clause: str) -> int:
    """Comments of the North with a mention that fits, counted in the stored tables alone."""
    sql = (
        "SELECT count(DISTINCT r.response_id) AS n FROM responses r JOIN mentions m USING (response_id) "
        f"WHERE r.\"Region\" = 'North' AND {clause}"
    )
    return int(sample.query(sql)["n"][0])


def test_a_sentence_of_the_briefing_leads_to_its_evidence(page: Page, served: Server, sample, outside: list[str]):
    shown(page, f"{served.url}/?f.Region=North", "Where it hurts")
    page.get_by_role("link", name="Read the complaints").click()
    expect(page).to_have_url(re.compile(r"/comments\?.*sentiment_label=negative"), timeout=15_000)
    expect(page).to_have_url(re.compile(r"f\.Region=North"))
    kind, key = re.search(r"[?&](touchpoint|topic)=([^&]+)", page.url).groups()
    clause = f"m.{kind} = '{key.replace('+', ' ').replace('%20', ' ')}' AND m.sentiment_label = 'negative'"
    assert found(page) == counted(sample, clause) > 0
    expect(page.get_by_text("Region: North").first).to_be_visible()
    assert outside == []


def test_a_cell_of_the_heatmap_opens_its_comments(page: Page, served: Server, sample):
    shown(page, f"{served.url}/touchpoints?f.Region=North&measure=volume", "Region: North")
    cell = page.locator(".st-key-chart_heatmap .mark-rect path[aria-label*='delivery, Post-Purchase']").first
    cell.click(force=True)
    expect(page).to_have_url(re.compile(r"/comments\?.*touchpoint=delivery"), timeout=15_000)
    expect(page).to_have_url(re.compile(r"stage=Post-Purchase"))
    assert found(page) == counted(sample, "m.touchpoint = 'delivery' AND m.stage = 'Post-Purchase'") > 0


def test_a_stage_of_the_journey_opens_its_comments(page: Page, served: Server, sample):
    shown(page, f"{served.url}/journey?f.Region=North", "Region: North")
    stage = page.locator(
        ".st-key-chart_journey .mark-rect path[aria-label^='Purchase: '][aria-label*='% of all']"
    ).first
    stage.click(force=True)
    expect(page).to_have_url(re.compile(r"/comments\?.*stage=Purchase"), timeout=15_000)
    expect(page).to_have_url(re.compile(r"f\.Region=North"))
    assert found(page) == counted(sample, "m.stage = 'Purchase'") > 0


def test_filter_search_and_choices_survive_a_reload_and_a_shared_address(page: Page, served: Server, browser):
    shown(page, f"{served.url}/comments?f.Region=North&from=2026-03-01", "Region: North")
    page.get_by_label("Search").fill("parcel")
    page.get_by_label("Search").press("Enter")
    expect(page).to_have_url(re.compile("words=parcel"), timeout=15_000)
    settled(page)
    before = found(page)
    page.reload()
    settled(page)
    assert found(page) == before
    elsewhere = browser.new_context()  # nothing of the first visit is known here
    other = elsewhere.new_page()
    shown(other, page.url, "since 1 Mar 2026 · Region: North")
    assert found(other) == before
    expect(other.get_by_label("Search")).to_have_value("parcel")
    elsewhere.close()


def test_meaning_finds_what_words_do_not(page: Page, served: Server):
    """No comment has these words; comments found by their meaning speak of parcels and deliveries."""
    asked = "package+never+came"
    shown(page, f"{served.url}/comments?words={asked}", "No comment fits")
    shown(page, f"{served.url}/comments?words={asked}&by=meaning", "Similar comments")
    assert found(page) > 0
    texts = [text.casefold() for text in page.locator(".cx-quote").all_inner_texts()]
    assert any(not re.search(r"\b(package|never|came)\b", text) for text in texts)
    assert re.search(r"parcel|deliver|order|arriv|courier", texts[0]), texts[0]


@pytest.mark.parametrize("name", ["touchpoints", "journey"])
def test_on_a_phone_wide_pictures_scroll_in_a_box_of_their_own(browser, served: Server, name):
    context = browser.new_context(viewport=PHONE, color_scheme="dark", is_mobile=True, has_touch=True)
    page = context.new_page()
    shown(page, f"{served.url}/{name}?f.Region=North", "Region: North")
    page.locator("[data-testid=stVegaLiteChart] svg").first.wait_for(timeout=15_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= PHONE["width"]
    box = page.locator(".st-key-chart_heatmap" if name == "touchpoints" else ".st-key-chart_journey")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX == 'auto'")
    context.close()
