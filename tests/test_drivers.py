"""Drivers end to end on planted and on empty data; what if, against the arithmetic."""

import numpy as np
import pytest

from cx.errors import FilterError
from cx.measure import drivers
from cx.store.datasets import Dataset
from tests import made

LABELS = ["positive", "neutral", "negative"]


def told(where, many=300, seed=0, pull=0, silent=0) -> Dataset:
    """Responses with one to three mentions of five topics; "t1" takes `pull` off the score. Then silent ones."""
    rng = np.random.default_rng(seed)
    rows, said = [], []
    for i in range(many):
        topics = [f"t{rng.integers(1, 6)}" for _ in range(int(rng.integers(1, 4)))]
        said += [
            {"response_id": f"r{i:04d}", "topic": name, "touchpoint": str(rng.choice(["delivery", "website", "none"])),
             "pillar": str(rng.choice(["People", "Process", "General"])),
             "sentiment_label": "negative" if pull and name == "t1" else str(rng.choice(LABELS))}
            for name in topics
        ]  # fmt: skip
        score = int(rng.integers(3, 11)) - (pull if "t1" in topics else 0)
        ratings = {f"{name} rating": str(rng.integers(1, 6)) for name in ("Food", "Room", "Staff")}
        rows.append({"nps": max(0, score), "comment": "told"} | ratings)
    rows += [{"nps": 10, "comment": None} for _ in range(silent)]
    return made.dataset(where, rows, said, topics=[made.topic("t1", "Waiting"), made.topic("t2", "Price")])


def test_a_planted_topic_is_found_and_named(tmp_path):
    found = drivers.impacts(told(tmp_path / "d", pull=5), "nps")
    first = found.rows.iloc[0]
    assert first[["kind", "key", "name", "real", "quadrant"]].tolist() == ["topic", "t1", "Waiting", True, "fix first"]
    assert first["impact"] < 0 and first["impact_low"] <= first["impact"] <= first["impact_high"] < 0
    assert first["performance"] < -90
    assert set(found.rows["kind"]) == {"topic", "touchpoint", "pillar", "aspect"}
    assert not set(found.rows["name"]) & {"none", "General"}
    assert not found.rows[found.rows["kind"].isin(["touchpoint", "pillar", "aspect"])]["real"].any()
    assert found.note == ""


def test_the_silent_are_said(tmp_path):
    """All the silent are promoters: every topic seems to pull down, until only those who comment are compared."""
    data = told(tmp_path / "d", silent=300)
    found = drivers.impacts(data, "nps")
    assert "of those who comment is" in found.note and "lower" in found.note
    assert (found.rows[found.rows["kind"] == "topic"]["impact"] < 0).all()
    fair = drivers.impacts(data, "nps", commented=True)
    assert fair.note == "" and not fair.rows["real"].any()
    assert fair.rows["n"].max() == 300


def test_nothing_drives_nothing(tmp_path):
    """Thirteen things tested, on 10 datasets, for two KPIs: more than two alarms each have a chance of about 1 %."""
    for name in ("nps", "net_sentiment"):
        found = [drivers.impacts(told(tmp_path / f"{name}{seed}", 120, seed), name) for seed in range(10)]
        assert sum(each.rows["real"].any() for each in found) <= 2, name


def test_too_few_to_say(tmp_path):
    few = drivers.impacts(told(tmp_path / "d", 8), "nps")
    assert "too few" in few.note and not few.rows["real"].any() and few.rows["difference"].isna().all()
    none = drivers.impacts(made.dataset(tmp_path / "e", [{"nps": 5}] * 30), "nps")
    assert none.rows.empty and none.note.startswith("nothing is told")


def test_what_if_a_value_were_like_another(tmp_path):
    """Delivery: 20 of 100, half promoters, half detractors (0); support: 30, all promoters (100): 20 % of 100 points."""
    rows = [{"nps": 10, "Step": "delivery"}] * 10 + [{"nps": 0, "Step": "delivery"}] * 10
    rows += [{"nps": 10, "Step": "support"}] * 30 + [{"nps": 8, "Step": "other"}] * 50
    found = drivers.what_if(made.dataset(tmp_path / "d", rows), "nps", "delivery", "support", "Step")
    assert found.value == pytest.approx(0.2 * 100) and found.n == 50 and found.real
    a, b = (10.75 - 10.75) / 23, (30.75 - 0.75) / 33
    half = 0.2 * 195.996 * ((21.5 / 23 - a**2) / 23 + (31.5 / 33 - b**2) / 33) ** 0.5
    assert found.low == pytest.approx(0.2 * 100 * (b - a) - half, abs=0.01)
    assert found.says == f"if delivery were as good as support, NPS +20 ± {(found.high - found.low) / 2:.0f}"


def test_what_if_an_aspect_were_like_another(tmp_path):
    """CSAT mean is ¾ of the food and ¼ of the room; food is 1 lower: as good as the room it would gain 0.75."""
    rng = np.random.default_rng(6)
    rows = []
    for _ in range(300):
        food, room = int(rng.integers(1, 5)), int(rng.integers(2, 6))
        whole = 0.75 * food + 0.25 * room + 0.05 * rng.standard_normal()
        rows.append({"rating": float(np.clip(whole, 1, 5)), "Food rating": food, "Room rating": room})
    found = drivers.what_if(made.dataset(tmp_path / "d", rows), "rating", "Food rating", "Room rating")
    gap = np.mean([row["Room rating"] - row["Food rating"] for row in rows])
    assert found.value == pytest.approx(0.75 * gap, abs=0.01) and found.low < found.value < found.high
    assert found.says.startswith("if Food rating were as good as Room rating, Rating +0.")


def test_what_if_says_too_few_and_what_is_missing(tmp_path):
    data = told(tmp_path / "d", 30)
    assert "too few" in drivers.what_if(data, "nps", "Food rating", "Room rating").says
    assert "too few" in drivers.what_if(data, "nps", "t1", "t2", "topic", min_base=40).says
    with pytest.raises(FilterError, match="parking"):
        drivers.what_if(data, "nps", "parking", "delivery", "touchpoint")
    with pytest.raises(FilterError, match="itself"):
        drivers.what_if(data, "nps", "delivery", "delivery", "touchpoint")


def test_on_the_sample(sample):
    """Every row has its numbers in order, and its name is no id."""
    found = drivers.impacts(sample, "nps").rows
    shown = found.dropna(subset=["difference"])
    assert (shown["low"] <= shown["difference"]).all() and (shown["difference"] <= shown["high"]).all()
    assert (shown["n_with"] + shown["n_without"] == shown["n"]).all()
    assert shown["real"].any() and not found["name"].str.match(r"t\d+$").any()
