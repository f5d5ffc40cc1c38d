"""Customers as the page shows them: by hand, and in words where there is nothing to count."""

import pytest

from cx.view import cards, customers, theme
from cx.view.filters import ALL
from tests import made


def test_who_stays_and_who_comes_back(tmp_path):
    """Forty customers in January, thirty of them in February; ten detractors, of whom five are none any more."""
    rows = [{"customer_id": f"c{who}", "date": "2026-01-10", "nps": 0 if who < 10 else 10} for who in range(40)]
    rows += [{"customer_id": f"c{who}", "date": "2026-02-10", "nps": 0 if who < 5 else 10} for who in range(30)]
    rows += [{"customer_id": "late", "date": "2026-03-01", "nps": 8}]
    found = customers.view(made.dataset(tmp_path / "d", rows), ALL, 5)
    facts = {fact.title: fact for fact in found.facts}
    assert facts["Recovery"].value.value == pytest.approx(50)
    assert facts["Recovery"].value.n == 10
    assert facts["Retention"].value.value == pytest.approx(75) or facts["Retention"].why
    assert "Consistency of channels" not in facts, "there is no channel"


def test_without_customers_the_page_says_why(tmp_path):
    found = customers.view(made.dataset(tmp_path / "d", [{"nps": 9, "date": "2026-01-02"}] * 30), ALL, 10)
    assert all(not fact.value.shown and fact.why for fact in found.facts)
    assert customers.finding(found) == "Who stays cannot be told yet"
    html = cards.facts(found.facts, theme.LIGHT)
    assert html.count("cx-tile") == 3 and "customer" in html


def test_words_are_escaped():
    fact = customers.Fact("<b>", "percent", customers.value.NOTHING, "", "<script>")
    assert "<script>" not in cards.facts([fact], theme.LIGHT) and "&lt;script&gt;" in cards.facts([fact], theme.LIGHT)
