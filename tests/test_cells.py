"""Cells held against the overall: rare false alarms, real differences found, small cells never marked."""

import random

import pytest
from scipy.stats import norm

from cx.measure import cells, kpis
from cx.view.filters import ALL
from tests import made

T, S = "mention.touchpoint", "mention.stage"


def said(rng: random.Random, n: int, chance) -> tuple[list[dict], list[dict]]:
    """n responses, each with one to three mentions; `chance(touchpoint, stage)` of a mention being positive."""
    rows, mentions = [], []
    for place in range(n):
        mood = rng.uniform(-0.2, 0.2)
        rows.append({"nps": rng.choice([2, 8, 10]), "Region": rng.choice(["North", "South", "West"])})
        for _ in range(rng.randint(1, 3)):
            t, s = rng.choice("abcd"), rng.choice(["Purchase", "Loyalty", "Awareness"])
            label = "positive" if rng.random() < chance(t, s) + mood else "negative"
            mentions.append({"response_id": f"r{place:04d}", "touchpoint": t, "stage": s, "sentiment_label": label})
    return rows, mentions


def test_without_any_difference_marks_are_rare(tmp_path):
    """40 datasets of 12 cells without any difference: marks in at most one of ten (5 % expected)."""
    alarms = {"net_sentiment": 0, "nps": 0}
    for seed in range(40):
        given = made.dataset(tmp_path / f"d{seed}", *said(random.Random(seed), 150, lambda t, s: 0.5))
        for name in alarms:
            alarms[name] += bool(cells.crossed(given, name, T, S).cells["real"].any())
    assert max(alarms.values()) <= 4


def test_a_cell_that_differs_is_found_and_no_other(tmp_path):
    given = made.dataset(
        tmp_path / "d", *said(random.Random(1), 400, lambda t, s: 0.15 if (t, s) == ("a", "Purchase") else 0.6)
    )
    found = cells.crossed(given, "net_sentiment", T, S).cells
    assert [(row.row, row.column) for row in found[found["real"]].itertuples()] == [("a", "Purchase")]
    assert found.loc[found["real"], "change"].iloc[0] < -40


def test_change_and_p_of_parts_without_overlap_are_those_of_cell_against_rest(tmp_path):
    """NPS by two columns of responses: the difference to the overall is (1 − share) times that to the rest, with about its p."""
    rng = random.Random(3)
    rows = [{"nps": rng.choice(range(11)), "Region": rng.choice("NS"), "Plan": rng.choice("AB")} for _ in range(600)]
    given = made.dataset(tmp_path / "d", rows)
    found = cells.crossed(given, "nps", "Region", "Plan")
    for cell in found.cells.to_dict("records"):
        own = [r["nps"] for r in rows if (r["Region"], r["Plan"]) == (cell["row"], cell["column"])]
        rest = [r["nps"] for r in rows if (r["Region"], r["Plan"]) != (cell["row"], cell["column"])]
        points = [100 * sum((s >= 9) - (s <= 6) for s in group) / len(group) for group in (own, rest)]
        assert cell["change"] == pytest.approx((1 - len(own) / 600) * (points[0] - points[1]))
        spread = [sum((100 * ((s >= 9) - (s <= 6)) - p) ** 2 for s in g) / len(g) ** 2
                  for g, p in zip((own, rest), points, strict=True)]  # fmt: skip
        exact = 2 * norm.sf(abs(points[0] - points[1]) / sum(spread) ** 0.5)
        assert exact - 0.02 <= cell["p"] <= exact + 0.15  # the adjustment for few answers errs to the cautious side


def test_below_the_base_there_is_no_number_and_no_mark(tmp_path):
    mentions = [{"response_id": f"r{i:04d}", "touchpoint": "a" if i < 9 else "b", "stage": "Loyalty",
                 "sentiment_label": "negative" if i < 9 else "positive"} for i in range(60)]  # fmt: skip
    found = cells.crossed(made.dataset(tmp_path / "d", [{"nps": 9}] * 60, mentions), "net_sentiment", T, S).cells
    small = found[found["row"] == "a"].iloc[0]
    assert small["n"] == 9 and small[["value", "low", "high", "change", "p"]].isna().all() and not small["real"]


def test_margins_count_a_response_once_and_what_names_nothing(sample):
    found = cells.crossed(sample, "nps", T, S)
    whole = kpis.estimated("nps", kpis.counted(sample, "nps", (), ALL)).iloc[0]
    assert found.overall["value"].iloc[0] == whole["value"] and found.overall["n"].iloc[0] == whole["n"]
    facts = sample.query(f"SELECT DISTINCT response_id, nps FROM facts WHERE \"{T}\" = 'delivery' AND nps IS NOT NULL")
    row = found.rows[found.rows["row"] == "delivery"].iloc[0]
    assert row["n"] == len(facts)
    assert row["value"] == pytest.approx(100 * ((facts["nps"] >= 9).mean() - (facts["nps"] <= 6).mean()))


def test_the_felicific_rate_of_cells_is_held_against_cells(tmp_path):
    """Every cell delights one in four: none differs, though a response with three mentions is delighted more often."""
    rng, mentions = random.Random(5), []
    for place in range(300):
        for t in "abc":
            mentions.append({"response_id": f"r{place:04d}", "touchpoint": t, "stage": "Loyalty", "sentiment_label": "positive",
                             "emotion": "delight" if rng.random() < 0.25 else "none"})  # fmt: skip
    found = cells.crossed(made.dataset(tmp_path / "d", [{"nps": 9}] * 300, mentions), "felicific_rate", T, S)
    assert found.overall["value"].iloc[0] > 45 and not found.cells["real"].any()


def test_a_kpi_nobody_answered_gives_no_cells(tmp_path):
    given = made.dataset(tmp_path / "d", [{"rating": 4, "Region": "N"}] * 20)
    found = cells.crossed(given, "nps", "Region", "source")
    assert found.cells.empty and found.overall.empty
