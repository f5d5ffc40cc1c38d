"""A KPI over time as the page tells it: what was planted is told, what was not is not."""

from datetime import date, timedelta

import pytest

from cx.view import timeline
from cx.view.filters import ALL
from tests import made

FIRST = date(2024, 1, 1)


def given(tmp_path, detractors, per_day: int = 5, days: int = 730):
    """Five answers a day for two years; `detractors(day)` of ten answers are detractors, the others promoters."""
    rows = []
    for day in range(days):
        for place in range(per_day):
            at = day * per_day + place
            bad = at * 7 % 10 < detractors(day)
            rows.append(
                {"nps": 0 if bad else 10, "date": str(FIRST + timedelta(days=day)), "Region": ("N", "S")[at % 2]}
            )
    return made.dataset(tmp_path / "d", rows)


def test_a_changed_level_is_told(tmp_path):
    found = timeline.view(given(tmp_path, lambda day: 2 if day < 400 else 6), "nps", ALL, 10)
    assert found.step == "month" and len(found.series) == 24
    assert len(found.changes) == 1
    assert "the level went from 60 to −20" in found.changes[0] and "Feb 2025" in found.changes[0]
    assert timeline.finding(found, "NPS") == "The level of NPS changed 1 time"


def test_one_bad_month_is_told(tmp_path):
    bad = range(456, 487)  # April 2025
    found = timeline.view(given(tmp_path, lambda day: 8 if day in bad else 3), "nps", ALL, 10)
    assert any(said.startswith("Apr 2025 was far out of the ordinary: −60, expected between") for said in found.unusual)


def test_a_level_that_holds_is_calm(tmp_path):
    found = timeline.view(given(tmp_path, lambda day: 3), "nps", ALL, 10)
    assert (found.changes, found.unusual) == ([], [])
    assert timeline.finding(found, "NPS") == "NPS held its level; nothing unusual"
    assert found.outlook.startswith("The next month will lie between")
    assert "can stay unseen" in found.unseen


@pytest.mark.parametrize(("step", "periods"), [("quarter", 8), ("month", 24)])
def test_the_length_of_a_period_is_a_choice(tmp_path, step, periods):
    found = timeline.view(given(tmp_path, lambda day: 3), "nps", ALL, 10, step)
    assert (found.step, len(found.series)) == (step, periods)


def test_without_dates_there_is_nothing_to_follow(tmp_path):
    found = timeline.view(made.dataset(tmp_path / "d", [{"nps": 9}] * 30), "nps", ALL, 10)
    assert found.series.empty and found.unusual == []
