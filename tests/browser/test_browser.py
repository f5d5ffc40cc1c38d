"""The program as people use it: a fresh process, a real browser, a real upload."""

import csv
import re
import urllib.error
import urllib.request
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from cx.ui import nav
from tests.browser.conftest import Server, settled

pytestmark = pytest.mark.browser

ADDRESSES = ["" if name == "overview" else name for name in nav.PAGES]

COMMENTS = [
    "The staff in the shop were very friendly and helpful.", "My parcel was delivered late, terrible courier.",
    "I love the app, it is so easy!", "The website was slow and crashed, awful.", "Great value for money.",
]  # fmt: skip
HOSTILE = '<img src="http://evil.invalid/a.png"> ![x](http://evil.invalid/b.png) $x^2$ =cmd() awful delivery'


@pytest.fixture
def export(tmp_path):
    """A CSV whose score column has a name nobody could guess, and the NPS of it computed by hand."""
    path = tmp_path / "answers.csv"
    scores = [(i * i + 3 * i) % 11 for i in range(90)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["key", "answered on", "Q17", "area", "remarks"])
        for i, score in enumerate(scores):
            day = date(2026, 1, 5) + timedelta(days=2 * i)
            remark = HOSTILE if i == 7 else f"{COMMENTS[i % 5]} It was visit number {i}."
            writer.writerow([f"k{i}", day.isoformat(), score, ("north", "south")[i % 2], remark])
    nps = 100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)) / len(scores)
    return path, f"{nps:.0f}".replace("-", "−")


def choose(page: Page, key: str, option: str) -> None:
    """Picks an option of a select box."""
    page.locator(f".st-key-{key} [data-baseweb=select], .st-key-{key} [role=combobox]").first.click()
    page.get_by_role("option", name=option, exact=True).click()


def test_from_a_fresh_process_to_the_comments_behind_a_cell(page: Page, fresh: Server, outside: list[str], export):
    path, nps = export
    # The deep link of a fresh process passes the frame: its navigation is there and nothing ran without it.
    page.goto(f"{fresh.url}/comments")
    settled(page)
    expect(page.get_by_text("Welcome. Three steps")).to_be_visible()
    expect(page.get_by_test_id("stTopNavLink")).to_have_count(len(ADDRESSES))

    page.get_by_role("button", name="Bring in an export").click()
    expect(page).to_have_url(re.compile("/feedback"))
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("answers.csv: what was found")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("90 rows · 5 columns")).to_be_visible()
    row = (
        page.locator("[data-testid=stHorizontalBlock]").filter(has_text="Q17").filter(has=page.get_by_role("combobox"))
    )
    row.last.get_by_role("combobox").click()
    page.get_by_role("option", name="nps", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Analyse").click()
    expect(page.get_by_text("'answers' is ready.")).to_be_visible(timeout=60_000)

    page.get_by_role("button", name="See Overview").click()
    expect(page.locator('[data-kpi="nps"]')).to_have_text(nps, timeout=20_000)
    expect(page).to_have_url(re.compile("d=answers"))

    # A filter goes into the address; reload and page changes keep it.
    page.locator(".st-key-pop_filters button").first.click()
    choose(page, "filter_column", "area")
    settled(page)
    choose(page, "filter_values", "north")
    expect(page).to_have_url(re.compile(r"f\.area=north"))
    page.reload()
    settled(page)
    expect(page.get_by_text("area: north")).to_be_visible()
    expect(page.get_by_text("45 responses")).to_be_visible()
    page.get_by_test_id("stTopNavLink").filter(has_text="Touchpoints").click()
    expect(page).to_have_url(re.compile(r"touchpoints.*f\.area=north"), timeout=15_000)

    # A cell opens its comments.
    cell = page.locator(".st-key-chart_heatmap .mark-rect path[aria-label*='delivery']").first
    cell.click(force=True)  # in the middle, where its number stands
    expect(page).to_have_url(re.compile(r"comments.*touchpoint=delivery"), timeout=15_000)
    expect(page).to_have_url(re.compile(r"f\.area=north"))
    expect(page.locator(".cx-quote").first).to_contain_text(re.compile("deliver|courier|parcel", re.I))
    assert outside == []


def test_hostile_comments_are_text(page: Page, fresh: Server, outside: list[str], export):
    path, _ = export
    page.goto(f"{fresh.url}/feedback")
    settled(page)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Analyse").click(timeout=20_000)
    expect(page.get_by_text("'answers' is ready.")).to_be_visible(timeout=60_000)
    page.goto(f"{fresh.url}/comments?d=answers&words=evil.invalid")
    settled(page)
    quote = page.locator(".cx-quote")
    expect(quote).to_have_count(1)
    expect(quote).to_contain_text('<img src="http://evil.invalid/a.png"> ![x](http://evil.invalid/b.png) $x^2$ =cmd()')
    expect(quote.locator("img")).to_have_count(0)
    for name in ("overview", "trends", "scorecards", "topics", "touchpoints"):
        page.goto(f"{fresh.url}/{'' if name == 'overview' else name}?d=answers")
        settled(page)
    assert outside == []


def test_every_page_asks_nobody_else(page: Page, served: Server, outside: list[str]):
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    for name in ADDRESSES:
        page.goto(f"{served.url}/{name}")
        settled(page)
        page.wait_for_timeout(500)
    assert outside == []
    assert problems == []


def test_a_topic_and_a_pillar_lead_to_their_comments(page: Page, served: Server):
    page.goto(f"{served.url}/scorecards")
    settled(page)
    page.locator(".st-key-to_Process button").click()
    expect(page).to_have_url(re.compile(r"comments.*pillar=Process"), timeout=15_000)
    expect(page.locator(".cx-quote").first).to_be_visible()
    page.goto(f"{served.url}/topics")
    settled(page)
    page.locator(".st-key-chart_topics .mark-rect path").first.click(force=True)
    expect(page).to_have_url(re.compile(r"comments.*topic="), timeout=15_000)
    expect(page.locator(".cx-quote").first).to_be_visible()


def test_the_table_twin_is_the_keyboards_way(page: Page, served: Server):
    page.goto(f"{served.url}/touchpoints")
    settled(page)
    page.get_by_text("As a table").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible(timeout=15_000)


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Page, served: Server):
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ADDRESSES:
        page.goto(f"{served.url}/{name}")
        settled(page)
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= 390, name


def test_local_mode_refuses_other_hosts(served: Server):
    for headers in ({"Host": "evil.example"}, {"Host": "localhost", "X-Forwarded-For": "203.0.113.9"}):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(served.url, headers=headers), timeout=5)
        assert refused.value.code == 403
        assert b"local mode" in refused.value.read()


def test_security_headers(served: Server):
    with urllib.request.urlopen(served.url, timeout=5) as answer:
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
