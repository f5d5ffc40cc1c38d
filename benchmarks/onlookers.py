"""Browsers that look on while many guests are there, and check that pages are drawn: no error box, and the charts are there."""

import asyncio
import shutil
import statistics
import time
from typing import NamedTuple

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as BrowserError

from benchmarks.guests import AFAR
from tests.browser.conftest import BROWSERS

WALK = ("overview", "trends", "touchpoints", "drivers", "emotions", "scorecards")
"""Pages they look at, one after the other; `CHARTED` have a chart of Vega, the others a picture of their own."""

CHARTED = frozenset({"trends", "touchpoints", "drivers", "emotions"})
PAUSE, PATIENCE = 5.0, 60_000
"""Seconds between two pages; milliseconds until a page counts as not drawn."""


class Seen(NamedTuple):
    """Seconds until a page was drawn, for every page that was opened, and what was wrong."""

    seconds: list[float]
    wrong: list[str]

    def words(self) -> str:
        """One line about it."""
        if not self.seconds:
            return f"browsers: no page drawn; {'; '.join(self.wrong[:3])}"
        told = f"browsers: {len(self.seconds)} pages drawn, median {statistics.median(self.seconds):.1f} s, most {max(self.seconds):.1f} s"
        return f"{told}, {len(self.wrong)} wrong" + "".join(f"\n  {each}" for each in self.wrong[:5])


async def look(url: str, token: str, many: int, until: float) -> Seen:
    """So many browsers, each a guest of the link, until that moment."""
    found = Seen([], [])
    if not many:
        return found
    async with async_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)))
        started = [
            await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
            for _ in range(many)
        ]
        await asyncio.gather(
            *(_walk(browser, url, token, number, until, found) for number, browser in enumerate(started))
        )
        for browser in started:
            await browser.close()
    return found


async def _walk(browser: Browser, url: str, token: str, number: int, until: float, found: Seen) -> None:
    context = await browser.new_context(
        extra_http_headers={"X-Forwarded-For": AFAR.format(251 + number)}, locale="en-GB"
    )
    page = await context.new_page()
    await page.goto(f"{url}/s/{token}", timeout=PATIENCE)
    place = number * len(WALK) // 2
    while time.monotonic() < until:
        name = WALK[place % len(WALK)]
        begun = time.monotonic()
        try:
            await page.goto(f"{url}/{name}", timeout=PATIENCE)
            if wrong := await _drawn(page, name):
                found.wrong.append(f"{name}: {wrong}")
            else:
                found.seconds.append(time.monotonic() - begun)
        except BrowserError as error:
            found.wrong.append(f"{name}: {str(error).splitlines()[0]}")
        place += 1
        await asyncio.sleep(PAUSE)


async def _drawn(page: Page, name: str) -> str:
    """Waits until the page stands; what is wrong with it, '' for nothing."""
    await page.locator('[data-testid="stApp"][data-test-script-state="notRunning"] .cx-headline').first.wait_for(
        timeout=PATIENCE
    )
    if name in CHARTED:
        chart = page.locator('[data-testid="stVegaLiteChart"] :is(svg, canvas)')
        await chart.first.wait_for(timeout=PATIENCE)
    if await page.locator(".cx-error, [data-testid=stException]").count():
        return f"an error box: {await page.locator('.cx-error, [data-testid=stException]').first.inner_text()}"
    return ""
