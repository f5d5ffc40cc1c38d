"""The journey against counting by hand; hand-overs by brute force; who can be compared."""

from datetime import date
from itertools import pairwise

import pytest

from cx.errors import FilterError
from cx.schema import STAGES
from cx.view import journey, journey_chart, moments, theme
from cx.view.compare import Choice
from cx.view.filters import ALL, Filter
from tests import made

NORTH = Choice("Region", "South", "North")


def drawn(dataset, choice=None, alone=True, measure="net_sentiment", where=ALL):
    sides = journey.split(dataset, choice, where, alone)
    return journey.build(dataset, measure, sides, 10), sides


def test_points_volume_and_changes_of_two_groups(sample):
    found, _ = drawn(sample, NORTH, alone=False)
    facts = sample.query(
        'SELECT response_id, "Region" AS r, "mention.stage" AS s, "mention.sentiment_label" AS l FROM facts'
    )
    assert found.stages == STAGES and found.sides == ("North", "South")
    for point in found.points.to_dict("records"):
        own = facts[(facts["r"] == point["name"]) & (facts["s"] == point["stage"]) & (facts["l"] != "not analysed")]
        assert point["n"] == own["response_id"].nunique() and point["shown"] == (point["n"] >= 10)
        if point["shown"]:
            balance = 100 * own["l"].map({"positive": 1, "negative": -1}).fillna(0).mean()
            assert point["value"] == pytest.approx(balance) and point["low"] <= balance <= point["high"]
    north = facts[facts["r"] == "North"]
    assert found.volume["m"].tolist() == [int((north["s"] == stage).sum()) for stage in STAGES]
    assert found.changes["change"].dropna().size == 4 and not found.changes["real"].any()


def test_the_planted_difference_of_plans_is_told(sample):
    found, _ = drawn(sample, Choice("Plan", "Basic", "Plus"), alone=False, measure="nps")
    assert journey.finding(found) == "Plus against Basic, NPS: Post-Purchase 13 points higher, real"


def test_handovers_are_those_found_by_hand(sample):
    turns, several, why = journey.handovers(sample, journey.STAGE, ALL, 10)
    rows = sample.query('SELECT customer_id AS c, response_id AS r, "date" AS d, "mention.stage" AS s FROM facts '
                        "WHERE customer_id IS NOT NULL AND \"mention.stage\" <> 'none'")  # fmt: skip
    pairs: dict[tuple[str, str], set[str]] = {}
    many = 0
    for customer, own in rows.groupby("c"):
        visits = [set(group["s"]) for _, group in own.sort_values(["d", "r"]).groupby(["d", "r"], sort=False)]
        many += len(visits) > 1 and len(set().union(*visits)) > 1
        for before, after in pairwise(visits):
            for pair in {(a, b) for a in before for b in after if a != b}:
                pairs.setdefault(pair, set()).add(customer)
    assert several == many and why == ""
    assert {(t.begin, t.end): t.customers for t in turns.itertuples()} == {
        p: len(c) for p, c in pairs.items() if len(c) >= 10
    }


def test_why_there_are_no_handovers(tmp_path):
    said = [{"response_id": f"r{i:04d}", "stage": STAGES[i % 2 + 2]} for i in range(30)]
    nobody = made.dataset(tmp_path / "a", [{"date": "2026-01-01"}] * 30, said)
    timeless = made.dataset(tmp_path / "b", [{"customer_id": "c"}] * 30, said)
    few = made.dataset(
        tmp_path / "c", [{"customer_id": f"c{i // 2 % 3}", "date": f"2026-01-{i + 1:02d}"} for i in range(30)], said
    )
    words = [drawn(given)[0].why for given in (nobody, timeless, few)]
    assert "customer ids" in words[0] and "dates" in words[1] and "Fewer than 10 customers" in words[2]
    assert drawn(few)[0].turned == 3


def test_stages_of_a_column_without_comments(tmp_path):
    rows = [{"nps": 10 if i % 3 else 2, "stage": ("loyalty", "Purchase", "Trial")[i % 3]} for i in range(90)]
    given = made.dataset(tmp_path / "d", rows)
    found, sides = drawn(given, measure="nps")
    assert found.stages == ("Purchase", "loyalty", "Trial") and found.counts == "responses" and found.moments == []
    assert found.points["value"].tolist() == [100, -100, 100]
    row = journey.rows(found).iloc[0].to_dict()
    assert journey.opened(found, row, sides, ALL) == (Filter(where=(("stage", ("Purchase",)),)), {})


def test_who_can_be_compared(sample):
    def names(choice, alone=False):
        return [side.name for side in journey.split(sample, choice, ALL, alone)]

    assert names(None) == ["Everyone"] and names(NORTH) == ["North", "South"] and names(NORTH, alone=True) == ["North"]
    days = Choice(before=(date(2025, 1, 1), date(2025, 6, 30)), after=(date(2026, 1, 1), date(2026, 6, 30)))
    assert names(days) == ["1 Jan 2026 – 30 Jun 2026", "1 Jan 2025 – 30 Jun 2025"]
    rest = journey.split(sample, Choice("Region", None, "North"), ALL, False)
    assert rest[1].name == "everyone else" and rest[1].link is None and rest[0].link is not None
    sizes = [side.dataset.query(f"SELECT count(*) AS n FROM responses WHERE {side.where.sql()[0]}", side.where.sql()[1])["n"][0]
             for side in rest]  # fmt: skip
    assert sum(sizes) == 6800
    with pytest.raises(FilterError):
        journey.split(sample, Choice("Region", "North", "North"), ALL, False)


def test_every_row_opens_its_comments(sample):
    found, sides = drawn(sample, NORTH, alone=False)
    rows = journey.rows(found).to_dict("records")
    north = Filter(where=(("Region", ("North",)),))
    seen = {}
    for row in rows:
        seen.setdefault(row["what"], (row, *journey.opened(found, row, sides, ALL)))
    assert seen["Net sentiment"][1:] == (north, {"stage": "Awareness"})
    assert seen["high effort"][2]["effort"] == "high"
    pain, where, facets = seen["pain"]
    assert where == north and facets == {
        "stage": pain["stage"],
        "touchpoint": pain["of"],
        "sentiment_label": "negative",
    }
    south = next(row for row in rows if row["of"] == "South")
    assert journey.opened(found, south, sides, ALL)[0] == Filter(where=(("Region", ("South",)),))


def test_moments_are_the_surest_with_the_strongest_voice(tmp_path):
    said = []
    for i in range(60):
        kind = "website" if i < 30 else "delivery"
        happy = i % 30 < (20 if kind == "website" else 4)
        said.append({"response_id": f"r{i:04d}", "stage": "Purchase", "touchpoint": kind, "emotion": "delight" if happy else "none",
                     "sentiment_label": "positive" if happy else "negative", "sentiment": 0.5 if happy else -0.5,
                     "text": f"<b>this was all I wanted</b> {i:02d}"})  # fmt: skip
    said[3]["sentiment"], said[40]["sentiment"] = 0.9, -0.9
    found = {m.kind: m for m in moments.found(made.dataset(tmp_path / "d", [{}] * 60, said), journey.STAGE, ALL, 10)}
    assert (found["delight"].touchpoint, found["delight"].response_id) == ("website", "r0003")
    assert (found["pain"].touchpoint, found["pain"].response_id) == ("delivery", "r0040")
    assert (
        found["pain"].share.value == pytest.approx(100 * 26 / 30)
        and found["pain"].quote == "<b>this was all I wanted</b> 40"
    )


def test_one_voice_is_no_moment(tmp_path):
    said = [{"response_id": f"r{i:04d}", "stage": "Purchase", "touchpoint": "website", "sentiment_label": "neutral",
             "emotion": "delight" if i < 2 else "none", "text": "it was good to be here"} for i in range(40)]  # fmt: skip
    assert moments.found(made.dataset(tmp_path / "d", [{}] * 40, said), journey.STAGE, ALL, 10) == []


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
@pytest.mark.parametrize("choice", [None, NORTH])
def test_the_picture_has_a_place_for_every_part(sample, look, choice):
    found, _ = drawn(sample, choice, alone=choice is None)
    spec, data = journey_chart.chart(found, look)
    parts = data["part"].value_counts()
    assert parts["head"] == parts["bar"] == 5 and parts["hit"] >= 25 and len(data) < 500
    assert parts["point"] == found.points["shown"].sum() and parts["turn"] == len(found.turns)
    hits = data[data["part"] == "hit"]
    assert hits["at"].between(0, len(journey.rows(found)) - 1).all() and (hits["foot"] > hits["top"]).all()
    for _, column in hits.groupby("place"):  # the parts of a column do not lie on each other
        spans = sorted(zip(column["top"], column["foot"], strict=True))
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert spec["params"][0]["name"] == "picked" and all("data" not in layer for layer in spec["layer"])


def test_a_gap_in_the_curve_stays_a_gap(tmp_path):
    said = [{"response_id": f"r{i:04d}", "stage": STAGES[0 if i < 20 else 2 if i < 40 else 1], "sentiment_label": "positive"}
            for i in range(45)]  # fmt: skip
    found, _ = drawn(made.dataset(tmp_path / "d", [{}] * 45, said))
    points = journey_chart.chart(found, theme.LIGHT)[1].query("part == 'point'")
    assert points["place"].tolist() == [0, 2] and points["run"].nunique() == 2


def test_nothing_said_is_an_empty_journey(tmp_path):
    found, _ = drawn(made.dataset(tmp_path / "d", [{"nps": 9}] * 12, [{"response_id": "r0000"}]))
    assert "too few stages" in journey.finding(found) and not found.points["shown"].any()
