"""Rows of topics, counted by hand."""

from datetime import date

import pandas as pd
import pytest

from cx.view import topics
from cx.view.filters import ALL, Filter
from tests import made

NAMES = [
    made.topic("t1", "Delivery"), made.topic("t2", "Prices"), made.topic("t1.1", "Late", "t1"), made.topic("t1.2", "Lost", "t1"),
]  # fmt: skip
MARCH = Filter(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def given(tmp_path):
    """In February 20 positive mentions of t1 and 12 of t2; in March 30 negative and 12 positive ones; 6 without topic."""
    plan = [
        ("02", "t1", "t1.1", "positive", 20), ("03", "t1", "t1.1", "negative", 18), ("03", "t1", "t1.2", "negative", 12),
        ("02", "t2", None, "positive", 12), ("03", "t2", None, "positive", 12), ("03", None, None, "neutral", 6),
    ]  # fmt: skip
    rows, said = [], []
    for month, topic, subtopic, label, many in plan:
        for _ in range(many):
            said.append(
                {"response_id": f"r{len(rows):04d}", "topic": topic, "subtopic": subtopic, "sentiment_label": label}
            )
            rows.append({"date": f"2026-{month}-10", "Region": "North" if len(rows) % 2 else "South"})
    rows += [{"date": day} for day in ("2026-01-01", "2026-04-01")]
    return made.dataset(tmp_path / "d", rows, said, topics=NAMES)


def test_rows_by_hand(given):
    found = topics.rows(given, ALL, 10)
    assert found["id"].tolist() == ["t1", "t2"] and found["name"].tolist() == ["Delivery", "Prices"]
    assert found["m"].tolist() == [50, 24] and found["n"].tolist() == [50, 24]
    assert found["value"].tolist() == pytest.approx([100 * (20 - 30) / 50, 100])
    assert found["share"].tolist() == pytest.approx([100 * 50 / 80, 100 * 24 / 80])
    assert found[["negative", "neutral", "positive"]].to_numpy().tolist() == [[30, 0, 20], [0, 0, 24]]
    assert topics.unassigned(given, ALL) == pytest.approx(100 * 6 / 80)


def test_a_change_is_march_against_february(given):
    found = topics.rows(given, MARCH, 10).set_index("id")
    assert found["m"].to_dict() == {"t1": 30, "t2": 12}
    assert found["change"].to_dict() == {"t1": -200, "t2": 0}
    assert found["real"].to_dict() == {"t1": True, "t2": False}


def test_subtopics_of_a_topic(given):
    found = topics.rows(given, ALL, 10, parent="t1")
    assert found["name"].tolist() == ["Late", "Lost"] and found["m"].tolist() == [38, 12]
    assert topics.rows(given, ALL, 10, parent="t2").empty


def test_filters_and_the_base(given):
    north = topics.rows(given, Filter(where=(("Region", ("North",)),)), 10).set_index("id")
    assert north["m"].to_dict() == {"t1": 25, "t2": 12}
    few = topics.rows(given, MARCH, 13).set_index("id")
    assert few.loc["t2", "n"] == 12 and pd.isna(few.loc["t2", "value"]) and few.loc["t1", "value"] == -100


def test_a_topic_without_a_name_is_not_shown(tmp_path):
    given = made.dataset(tmp_path / "d", [{}] * 12, [{"response_id": "r0000", "topic": "t7"}] * 3, topics=NAMES)
    assert topics.rows(given, ALL, 10).empty


def test_nothing_said(tmp_path):
    given = made.dataset(tmp_path / "d", [{"nps": 9}] * 12)
    assert topics.rows(given, ALL, 10).empty and topics.unassigned(given, ALL) == 0


def test_bars_hold_every_label_in_the_order_of_the_rows(given):
    found = topics.bars(topics.rows(given, ALL, 10))
    assert found[["id", "label", "said"]].to_numpy().tolist() == [
        ["t1", "negative", 30], ["t1", "neutral", 0], ["t1", "positive", 20],
        ["t2", "negative", 0], ["t2", "neutral", 0], ["t2", "positive", 24],
    ]  # fmt: skip
    assert found["say"].iloc[0].startswith("Delivery: 30 negative mentions; net sentiment −20, between ")


def test_topics_of_the_sample_against_pandas(sample):
    facts = sample.query('SELECT response_id, "mention.topic" AS topic, "mention.sentiment_label" AS label FROM facts')
    found = topics.rows(sample, ALL, 10).set_index("id")
    assert list(found.index) == sorted(found.index, key=lambda topic: (-found.loc[topic, "m"], topic))
    for topic, row in found.iterrows():
        own = facts[(facts["topic"] == topic) & (facts["label"] != "not analysed")]
        labels = own["label"].value_counts()
        assert (row["m"], row["n"]) == (len(own), own["response_id"].nunique())
        assert [row[label] for label in labels.index] == labels.tolist()
        assert row["value"] == pytest.approx(100 * (labels.get("positive", 0) - labels.get("negative", 0)) / len(own))
