"""Sharing, as an analyst and a guest in two browsers see it; and the ways to sign in."""

import re
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, Server, free_port, settled
from tests.browser.provider import Provider

pytestmark = pytest.mark.browser
AFAR = {"X-Forwarded-For": "203.0.113.9"}
"""What a proxy adds for somebody who sits elsewhere."""

SECRET = "a quiet harbour"


@pytest.fixture
def home(sample_home, tmp_path):
    """The sample in a home of its own, since these tests write records."""
    shutil.copytree(sample_home, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def serve(home):
    """`serve(*options, **variables)`: a server on this home."""
    running: list[Server] = []

    def start(*options: str, **variables: str) -> Server:
        running.append(Server(home, *options, **variables))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def guest(browser: Browser):
    """A clean browser elsewhere."""
    context = browser.new_context(extra_http_headers=AFAR, locale="en-GB")
    yield context.new_page()
    context.close()


def share(page: Page, password: str = "", pages: tuple[str, ...] = ()) -> str:
    """Shares the view that is open; returns the address."""
    page.get_by_test_id("stPopover").filter(has_text="Share").get_by_role("button").first.click()
    if password or pages:
        page.get_by_text("What it shows, and for how long").click()
    for title in pages:
        choose(page, title)
    if password:
        page.get_by_role("textbox", name="Password, if you like").fill(password)
    page.get_by_role("button", name="Create link").click()
    made = page.get_by_test_id("stCode").locator("code").first
    expect(made).to_contain_text("/s/", timeout=20_000)
    return made.inner_text().strip()


def choose(page: Page, title: str) -> None:
    """Another page for the link; the list may be closed again by what is drawn meanwhile."""
    option = page.get_by_role("option", name=title, exact=True)
    for _ in range(10):
        page.get_by_role("combobox", name="Pages").press("ArrowDown")
        page.wait_for_timeout(500)
        if option.count():
            option.click()
            break
    expect(page.get_by_role("button", name=f"Remove {title}")).to_be_visible(timeout=10_000)


def opened(page: Page, link: str, password: str = "") -> None:
    page.goto(link)
    if password:
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Open").click()
    settled(page)


def titles(page: Page) -> list[str]:
    return page.get_by_test_id("stTopNavLink").all_inner_texts()


def test_a_guest_sees_what_was_shared_and_nothing_else(page: Page, guest: Page, serve):
    server = serve()
    page.goto(f"{server.url}/trends?d=sample&f.Region=North")
    settled(page)
    headline = page.locator(".cx-headline").first.inner_text()
    link = share(page, SECRET, ("Scorecards",))

    guest.goto(link)
    assert "Region" not in guest.content() and "NPS" not in guest.content()
    guest.get_by_label("Password").fill("not this one")
    guest.get_by_role("button", name="Open").click()
    expect(guest.get_by_role("alert")).to_have_text("This is not the password.")
    opened(guest, link, SECRET)
    expect(guest.locator(".cx-headline").first).to_have_text(headline, timeout=20_000)
    expect(guest.get_by_text("Dashboard of local").first).to_be_visible()
    assert titles(guest) == ["Trends", "Scorecards"]
    assert "/s/" not in guest.url and "t=" not in guest.url
    assert guest.evaluate("document.cookie.includes('cx_link')") is False, "no script reads the cookie"
    for button in ("Share", "Views", "Period", "Filters", "Annotations", "SVG"):
        expect(guest.get_by_role("button", name=button)).to_have_count(0)

    guest.goto(f"{server.url}/trends?f.Region=South")
    settled(guest)
    expect(guest.get_by_text("Region: North").first).to_be_visible(timeout=20_000)
    expect(guest.get_by_text(re.compile("Left out of the address"))).to_be_visible()
    for name in ("comments", "feedback", "taxonomy", "links", "audit", "customers"):
        guest.goto(f"{server.url}/{name}")
        settled(guest)
        assert titles(guest) == ["Trends", "Scorecards"], name
        expect(guest.get_by_text("Region: North").first).to_be_visible(timeout=20_000)

    page.goto(f"{server.url}/links")
    settled(page)
    expect(page.get_by_text(re.compile("opened [1-9]"))).to_be_visible()
    page.get_by_role("button", name="New address").click()
    again = page.get_by_test_id("stCode").locator("code").first
    expect(again).to_contain_text("/s/", timeout=20_000)
    guest.goto(f"{server.url}/trends")
    expect(guest.get_by_text("local mode").first).to_be_visible(timeout=20_000)
    assert guest.goto(link).status == 404
    opened(guest, again.inner_text().strip(), SECRET)
    expect(guest.locator(".cx-headline").first).to_have_text(headline, timeout=20_000)

    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("withdrawn")).to_be_visible(timeout=20_000)
    expect(guest.get_by_text("This link has been withdrawn").first).to_be_visible(timeout=60_000)  # without a click
    page.goto(f"{server.url}/audit")
    settled(page)
    told = subprocess.run(
        [sys.executable, "-m", "cx", "audit"], cwd=ROOT, env={"CX_HOME": str(server.home), "PATH": ""}, capture_output=True, text=True
    ).stdout  # fmt: skip
    for what in ("shared", "opened", "wrong password", "link renewed", "link withdrawn"):
        assert f",{what}," in told, what
    assert link.rpartition("/")[2] not in told and SECRET not in told


def test_an_address_of_its_own_shows_the_link_in_this_tab_alone(page: Page, browser: Browser, serve):
    server = serve(CX_MODE="demo")
    home = server.home
    made = subprocess.run(
        [sys.executable, "-c", MAKE], cwd=ROOT, env={"CX_HOME": str(home), "PATH": "", "CX_MODE": "local"}, capture_output=True, text=True
    )  # fmt: skip
    token = made.stdout.strip()
    page.goto(f"{server.url}/?t={token}")
    settled(page)
    expect(page.get_by_text(re.compile("You opened the link"))).to_be_visible(
        timeout=20_000
    )  # a demo's visitor has a role
    expect(page.get_by_text("Guests see sample, on the pages Trends.")).to_be_visible()


MAKE = """
from cx.principal import LOCAL
from cx.store import links
print(links.create(LOCAL, links.Wish("sample", "trends", ("trends",)))[1])
"""


def test_a_password_signs_in_and_out(page: Page, guest: Page, serve):
    server = serve(CX_MODE="password", CX_PASSWORD_HASH=_hash("open sesame 42"))
    page.goto(server.url)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Password").fill("open sesame 41")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill("open sesame 42")
    page.get_by_role("button", name="Open").click()
    settled(page)
    expect(page.get_by_text("admin · admin")).to_be_visible(timeout=20_000)
    page.goto(f"{server.url}/trends")
    settled(page)
    link = share(page)
    opened(guest, link)
    assert titles(guest) in (["Trends"], [])
    expect(guest.get_by_text("Dashboard of admin").first).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible(timeout=20_000)
    page.goto(f"{server.url}/feedback")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("sample")).to_have_count(0)


def _hash(password: str) -> str:
    from cx.store import visits

    return visits.hashed(password)


def test_a_team_signs_in_with_its_provider(page: Page, serve, home, tmp_path):
    provider, port = Provider(), free_port()
    (tmp_path / "secrets.toml").write_text(provider.secrets(port))
    (home / "roles.toml").write_text('[people]\n"vera@firm.example" = "viewer"\n')
    server = serve(
        "--secrets.files", str(tmp_path / "secrets.toml"), port=port, CX_MODE="team", CX_ADMIN="ann@firm.example"
    )
    provider.claims = {"email": "mallory@else.example", "email_verified": True}
    page.goto(server.url)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("has no role here")).to_be_visible(timeout=30_000)
    assert titles(page) == []
    page.get_by_role("button", name="Sign out").click()
    provider.claims = {"email": "vera@firm.example", "email_verified": True}
    page.get_by_role("button", name="Sign in").click(timeout=30_000)
    expect(page.get_by_text("vera@firm.example · viewer")).to_be_visible(timeout=30_000)
    assert "Links" not in titles(page) and "Audit" not in titles(page)
    expect(page.get_by_role("button", name="Share")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    provider.claims = {"email": "Ann@firm.example", "email_verified": True}
    page.get_by_role("button", name="Sign in").click(timeout=30_000)
    expect(page.get_by_text("ann@firm.example · admin")).to_be_visible(timeout=30_000)
    assert titles(page)[-2:] == ["Links", "Audit"]
    provider.stop()
