"""What moves a KPI as the page shows it: signs, sizes and words by hand."""

import pytest

from cx.view import drivers
from cx.view.filters import ALL
from tests import made


def given(tmp_path, n: int = 200):
    """Who mentions delivery is a detractor, who mentions staff a promoter, the others are neither."""
    rows = [{"nps": (0, 10, 8, 8)[place % 4], "effectiveness": 5 if place % 4 == 1 else 3} for place in range(n)]
    said = [
        {"response_id": f"r{place:04d}", "touchpoint": ("delivery", "in person staff", "none", "none")[place % 4]}
        for place in range(n)
    ]
    return made.dataset(tmp_path / "d", rows, said)


def test_what_pulls_down_and_what_lifts(tmp_path):
    found = drivers.view(given(tmp_path), "nps", ALL, 10)
    talked = found.talked.set_index("name")
    # a quarter mentions it: −100 against +33⅓ without, times a quarter; +100 against −33⅓
    assert talked.loc["delivery", "change"] == pytest.approx(-100 / 3)
    assert talked.loc["in person staff", "change"] == pytest.approx(100 / 3)
    assert talked["real"].all()
    assert found.finding == "delivery pulls down NPS most (−33); in person staff lifts NPS most (+33)"
    assert found.rated["name"].tolist() == ["Effectiveness"]
    assert found.rated["change"].tolist() == pytest.approx([100 + 100 / 3])


def test_nothing_moves_it(tmp_path):
    rows = [{"nps": (0, 10)[place % 2]} for place in range(200)]
    said = [
        {"response_id": f"r{place:04d}", "touchpoint": ("delivery", "none")[place // 2 % 2]} for place in range(200)
    ]
    found = drivers.view(made.dataset(tmp_path / "d", rows, said), "nps", ALL, 10)
    assert found.finding == "Nothing people talk about moves NPS beyond noise"
    assert not found.talked["real"].any()


def test_too_few_say_so(tmp_path):
    found = drivers.view(given(tmp_path, 8), "nps", ALL, 10)
    assert found.talked.empty and found.table.empty
    assert "few" in found.note


def test_outcomes_are_those_there_are(tmp_path):
    assert drivers.outcomes(given(tmp_path)) == ["nps", "net_sentiment"]


def test_a_mean_moves_on_its_own_scale(tmp_path):
    """Ratings 2 with a mention of delivery, an eighth of all, and 4 without: tenths matter."""
    rows = [{"rating": 2 if place % 8 == 0 else 4} for place in range(320)]
    said = [
        {"response_id": f"r{place:04d}", "touchpoint": "delivery" if place % 8 == 0 else "none"} for place in range(320)
    ]
    found = drivers.view(made.dataset(tmp_path / "d", rows, said), "rating", ALL, 10)
    assert found.finding == "delivery pulls down Rating most (−0.2)"  # (2 − 4) / 8
