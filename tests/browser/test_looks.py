"""What the briefing and the journey lead to, link by link; light and dark as the browser wishes."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from cx.view import theme
from tests.browser.conftest import Server, settled
from tests.browser.test_ways import counted, found, shown

pytestmark = pytest.mark.browser


def test_every_sentence_of_the_briefing_has_evidence_that_is_there(page: Page, served: Server):
    shown(page, f"{served.url}/?f.Region=North", "Where it hurts")
    expect(page.locator(".st-key-briefing a").nth(2)).to_be_visible(timeout=20_000)  # drawn after its sentence
    links = page.locator(".st-key-briefing a").evaluate_all("links => links.map(link => link.href)")
    assert 3 <= len(links) <= 5
    for link in links:
        page.goto(link)
        settled(page)
        expect(page.locator(".cx-headline")).to_be_visible(timeout=20_000)
        expect(page.get_by_text("Region: North").first).to_be_visible()
        assert not page.get_by_text("Left out of the address").count(), link
        assert "/comments" not in link or found(page) > 0, link


def test_a_moment_of_the_journey_opens_its_comments(page: Page, served: Server, sample):
    shown(page, f"{served.url}/journey?f.Region=North", "Region: North")
    moment = page.locator(".st-key-chart_journey .mark-rect path[aria-label*='delighted of']").first
    label = moment.get_attribute("aria-label")
    moment.click(force=True)
    expect(page).to_have_url(re.compile(r"/comments\?.*emotion=delight"), timeout=15_000)
    settled(page)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    stage, touchpoint = asked["stage"], asked["touchpoint"]
    assert label.startswith(f"{stage}, {touchpoint}: ")
    clause = f"m.stage = '{stage}' AND m.touchpoint = '{touchpoint}' AND m.emotion = 'delight'"
    assert found(page) == counted(sample, clause) > 0


def test_two_periods_of_a_journey_survive_a_shared_address(page: Page, served: Server):
    asked = "of=@periods&b=2026-04-01:2026-06-30&a=2025-07-01:2025-08-31"
    said = "1 Apr 2026 – 30 Jun 2026 against 1 Jul 2025 – 31 Aug 2025"
    shown(page, f"{served.url}/journey?{asked}", said)
    page.reload()
    settled(page)
    expect(page.locator(".cx-headline")).to_contain_text(said)


@pytest.mark.parametrize(("scheme", "look"), [("light", theme.LIGHT), ("dark", theme.DARK)])
def test_page_cards_and_charts_are_light_or_dark_as_the_browser_wishes(browser, served: Server, scheme, look):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    shown(page, served.url, "Where it hurts")
    label = page.locator(".st-key-chart_movers .role-axis-label text").first
    label.wait_for(timeout=20_000)
    ground = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 3 * 128) == (scheme == "dark"), ground
    inks = {
        label.get_attribute("fill").lower()
        for label in page.locator(".st-key-chart_movers .role-axis-label text").all()
    }
    assert look.ink.lower() in inks and ({theme.LIGHT.ink, theme.DARK.ink} - {look.ink}).isdisjoint(inks)
    card = page.locator(".cx-headline").evaluate("head => getComputedStyle(head).color")
    assert card == "rgb({}, {}, {})".format(*(int(look.ink[at : at + 2], 16) for at in (1, 3, 5)))
    context.close()
