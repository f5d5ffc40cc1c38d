"""What moves a KPI as the page shows it: signs, sizes and words by hand."""

import pytest

from cx.view import charts, driver_charts, drivers, theme
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


def test_effort_that_is_higher_is_worse(tmp_path):
    """On a scale where the low answer is the good one, a driver that raises it is no lift."""
    turned = made.SEVEN._replace(low_is_good=True)
    rows = [{"ces": 7 if place % 4 == 0 else 2} for place in range(200)]
    said = [
        {"response_id": f"r{place:04d}", "touchpoint": "delivery" if place % 4 == 0 else "none"} for place in range(200)
    ]
    data = made.dataset(tmp_path / "d", rows, said, scales={"ces": [turned]})
    found = drivers.view(data, "ces", ALL, 10)
    assert found.good is False
    assert found.finding == "delivery raises, to the worse, Effort score (CES) most (+1.2)"  # 5 · ¼
    _, data = charts.movers(found.talked, theme.LIGHT, "CES", "scale", found.good)
    assert data["kind"].tolist() == ["worse"]
    _, data = charts.movers(found.talked, theme.LIGHT, "CES", "scale")
    assert data["kind"].tolist() == ["better"]


def rated(tmp_path, n: int = 240):
    """CSAT follows the ease, which is middling; enjoyment is high and goes with nothing."""
    rows = [
        {
            "csat": 1 + place % 5,
            "ease": 1 + place % 5,
            "enjoyment": 4 + place // 5 % 2,
            "effectiveness": 3 + place // 10 % 3,
        }
        for place in range(n)
    ]
    said = [
        {"response_id": f"r{place:04d}", "touchpoint": ("delivery", "staff")[place % 5 > 2],
         "sentiment_label": ("negative", "positive")[place % 5 > 2]} for place in range(n)
    ]  # fmt: skip
    return made.dataset(tmp_path / "d", rows, said)


def test_quadrants_by_kind(tmp_path):
    found = drivers.view(rated(tmp_path), "csat", ALL, 10)
    held = found.placed["aspect"].points.set_index("key")
    assert held.loc["ease", "quadrant"] == "fix first" and held.loc["enjoyment", "quadrant"] == "maintain"
    assert found.placed["aspect"].line == pytest.approx(100 / 3)
    means = held["performance"]
    assert (means["ease"], means["enjoyment"]) == pytest.approx((50, 87.5))  # 3 and 4.5 on 1–5
    assert held.loc["ease", "say"].startswith("Ease: fix first")
    assert drivers.placed_words(found.placed["aspect"]) == "Fix first: Ease"
    spots = found.placed["touchpoint"]
    assert spots.level == pytest.approx(-20)  # two fifths positive, three fifths negative
    assert set(spots.points["performance"]) == {100, -100}
    assert list(found.placed) == ["touchpoint", "aspect"]


def test_weights_in_words(tmp_path):
    found = drivers.view(rated(tmp_path), "csat", ALL, 10)
    assert found.weights["change"].sum() == pytest.approx(100)
    assert found.weights["name"].iloc[0] == "Ease" and "Ease carries most of it" in found.weighed
    # top boxes 0 0 0 1 1 on answers 1 to 5: r² = 0.6² / (2 · 0.24)
    assert found.weighed.startswith("What people rate explains 75 % of how CSAT differs between 240 responses")
    few = drivers.view(rated(tmp_path / "few", 40), "csat", ALL, 10)
    assert few.weights.empty and few.weighed.startswith("Too few: 40 responses have CSAT and rated every aspect")


def test_weights_that_chance_gives_are_no_finding(tmp_path):
    rows = [
        {"csat": 1 + place % 5, "ease": 1 + place // 5 % 5, "enjoyment": 1 + place // 25 % 5} for place in range(125)
    ]
    found = drivers.view(made.dataset(tmp_path / "d", rows), "csat", ALL, 10)
    assert not found.weights["real"].any()
    assert found.weighed.endswith("between 125 responses: no more than chance would.")


def test_what_if_offers_the_worst_and_the_best_first(tmp_path):
    data = rated(tmp_path)
    found = drivers.view(data, "csat", ALL, 10)
    offered = drivers.candidates(data, "csat", found)
    assert set(offered) == {"touchpoint", "aspect"} and offered["aspect"]["ease"] == "Ease"
    assert drivers.worst_and_best(found, "touchpoint", offered["touchpoint"]) == ("delivery", "staff")
    assert drivers.worst_and_best(found, "aspect", offered["aspect"]) == ("ease", "enjoyment")
    told = drivers.what_if(data, "csat", "touchpoint", "delivery", "staff", ALL, 10)
    assert told.value == pytest.approx(60) and told.says.startswith("if delivery were as good as staff, CSAT +60")
    assert "as good as itself" in drivers.what_if(data, "csat", "aspect", "ease", "ease", ALL, 10).says
    assert "no value 'x'" in drivers.what_if(data, "csat", "touchpoint", "x", "staff", ALL, 10).says


def test_the_quadrant_chart_names_what_matters(tmp_path):
    held = drivers.view(rated(tmp_path), "csat", ALL, 10).placed["aspect"]
    spec, data = driver_charts.quadrant(held.points, held.line, held.level, held.axis, "ratings", theme.DARK)
    assert data["wide_text"].iloc[0] == data["narrow_text"].iloc[0] == "Ease"
    low, high = spec["layer"][-1]["encoding"]["x"]["scale"]["domain"]
    assert low <= data["performance"].min() and data["performance"].max() <= high
    assert driver_charts.quadrant(held.points, held.line, held.level, held.axis, "ratings", theme.DARK)[0] is spec
