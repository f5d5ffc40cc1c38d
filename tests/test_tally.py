"""Counting by DuckDB against counting by hand."""

import copy
import shutil
from collections import Counter, defaultdict
from datetime import date, timedelta
from random import Random

import pandas as pd
import pytest

from cx.measure import tally
from cx.measure.tally import DAY, OWN
from cx.schema import NOT_ANALYSED
from cx.store import grouped, staging
from cx.view.filters import ALL, Filter
from tests import made

TOPICS, LABELS = ("t1", "t2", None), ("negative", "neutral", "positive", NOT_ANALYSED)


@pytest.fixture(scope="module")
def rows():
    rng = Random(5)
    return [
        {
            "response_id": f"r{place:03d}", "nps": rng.choice([*range(11), None]), "csat": rng.choice([1, 2, 3, 4, 5, None]),
            "weight": rng.choice([None, 1.0, 2.5, 0.5]), "Region": rng.choice(["North", "South", None]),
            "date": rng.choice([None, str(date(2026, 1, 1) + timedelta(days=rng.randrange(60)))]),
            "comment": rng.choice(["said", None]),
        }
        for place in range(200)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def said(rows):
    rng = Random(6)
    return [
        {
            "response_id": row["response_id"], "topic": rng.choice(TOPICS), "sentiment_label": rng.choice(LABELS),
            "emotion": rng.choice(["delight", "anger", "none"]), "effort": rng.choice(["high", "low", "none"]),
            "subtopic": rng.choice(["s1", None]), "pillar": rng.choice(["Strategy", "People"]),
            "touchpoint": rng.choice(["shop", "none"]), "stage": rng.choice(["Loyalty", "none"]),
        }
        for row in rows if row["comment"] for _ in range(rng.randrange(1, 5))
    ]  # fmt: skip


@pytest.fixture(scope="module")
def given(tmp_path_factory, rows, said):
    return made.dataset(tmp_path_factory.mktemp("tally") / "d", rows, said)


def weight(row):
    return 1.0 if row["weight"] is None else row["weight"]


def none(value):
    """Missing values as DuckDB's frames hold them are None or NaN; in the test they are None."""
    return None if value != value else value


def test_answers_are_counted_with_their_weights(given, rows):
    counts = tally.answers(given, ["nps"], ["Region"])
    expected = defaultdict(lambda: [0, 0.0, 0.0])
    for row in rows:
        if row["nps"] is not None:
            cell = expected[row["Region"], row["nps"]]
            cell[0] += 1
            cell[1] += weight(row)
            cell[2] += weight(row) ** 2
    found = {(none(c["Region"]), c["nps"]): [c["n"], c["w"], c["w2"]] for _, c in counts.iterrows()}
    assert found == {key: pytest.approx(cell) for key, cell in expected.items()}
    assert set(counts["scale"]) == {"0–10"}


def test_a_response_stands_once_in_each_topic_it_speaks_of(given, rows, said):
    counts = tally.answers(given, ["nps"], ["mention.topic"])
    scores = {row["response_id"]: row["nps"] for row in rows}
    pairs = {(m["topic"], m["response_id"]) for m in said if scores[m["response_id"]] is not None}
    expected = Counter((topic, scores[response]) for topic, response in pairs)
    assert {(none(c["mention.topic"]), c["nps"]): c["n"] for _, c in counts.iterrows()} == expected


def test_several_answers_are_counted_together(given, rows):
    counts = tally.answers(given, ["nps", "csat"])
    expected = Counter((r["nps"], r["csat"]) for r in rows if (r["nps"], r["csat"]) != (None, None))
    assert {(none(c["nps"]), none(c["csat"])): c["n"] for _, c in counts.iterrows()} == expected


def test_a_negative_weight_counts_nothing(tmp_path):
    rows = [{"nps": 10, "weight": -2.0}, {"nps": 0, "weight": None}, {"nps": 0, "weight": 3.0}]
    counts = tally.answers(made.dataset(tmp_path / "d", rows), ["nps"]).set_index("nps")
    assert counts.loc[10, ["n", "w", "w2"]].tolist() == [1, 0, 0]
    assert counts.loc[0, ["n", "w", "w2"]].tolist() == [2, 4, 10]


def test_days_are_calendar_days_and_undated_rows_have_none(tmp_path):
    moments = ["2026-03-01 00:00:01", "2026-03-01 23:59:59", "2026-03-02", None]
    rows = [{"nps": 10, "date": moment} for moment in moments]
    counts = tally.answers(made.dataset(tmp_path / "d", rows), ["nps"], [DAY])
    assert [(str(day)[:10], n) for day, n in zip(counts[DAY], counts["n"], strict=True)] == [
        ("2026-03-01", 2), ("2026-03-02", 1), ("NaT", 1),
    ]  # fmt: skip


def by_response(said, value):
    """Per response [analysed mentions, sum of the measure]."""
    out = defaultdict(lambda: [0, 0])
    for m in said:
        if m["sentiment_label"] != NOT_ANALYSED:
            out[m["response_id"]][0] += 1
            out[m["response_id"]][1] += value(m)
    return out


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("sentiment", lambda m: {"negative": -1, "neutral": 0, "positive": 1}[m["sentiment_label"]]),
        ("effort", lambda m: int(m["effort"] == "high")),
    ],
)
def test_mentions_are_summed_within_their_response(given, rows, said, measure, value):
    found = tally.mentions(given, measure).iloc[0]
    held = by_response(said, value)
    weights = {row["response_id"]: weight(row) for row in rows}
    sums = [(1, m, w, w * w, w * m, w * y, w * w * m * m, w * w * m * y, w * w * y * y)
            for w, (m, y) in ((weights[name], each) for name, each in held.items())]  # fmt: skip
    expected = [sum(column) for column in zip(*sums, strict=True)]
    assert found[["n", "mentions", "w", "w2", "m", "y", "mm", "my", "yy"]].tolist() == pytest.approx(expected)


def test_delight_is_once_per_response_and_only_among_the_analysed(given, said):
    analysed = {m["response_id"] for m in said if m["sentiment_label"] != NOT_ANALYSED}
    glad = {m["response_id"] for m in said if m["sentiment_label"] != NOT_ANALYSED and m["emotion"] == "delight"}
    counts = tally.delighted(given).set_index("answer")["n"]
    assert counts.to_dict() == {1: len(glad), 0: len(analysed - glad)}


def test_volume(given, rows, said):
    found = tally.volume(given).iloc[0]
    analysed = {m["response_id"] for m in said if m["sentiment_label"] != NOT_ANALYSED}
    assert found[["n", "comments", "analysed", "scored"]].tolist() == [
        len(rows), sum(row["comment"] is not None for row in rows), len(analysed),
        sum(row["nps"] is not None or row["csat"] is not None for row in rows),
    ]  # fmt: skip


def test_volume_takes_a_comment_from_any_question_once(tmp_path):
    rows = [{"comment": "a", "Why": "b"}, {"Why": "b"}, {"comment": "a"}, {"nps": 3}]
    found = tally.volume(made.dataset(tmp_path / "d", rows, comments=["comment", "Why"])).iloc[0]
    assert (found["n"], found["comments"]) == (4, 3)


def test_spoken_counts_mentions_analysed_or_not(given, said):
    found = tally.spoken(given, ["mention.topic"]).set_index("mention.topic")
    for topic in ("t1", "t2"):
        own = [m["response_id"] for m in said if m["topic"] == topic]
        assert found.loc[topic, ["n", "m"]].tolist() == [len(set(own)), len(own)]
    assert tally.spoken(given, [])["m"].tolist() == [len(said)]


def test_filters_are_about_responses_and_about_mentions(given, rows, said):
    where = Filter(where=(("Region", ("North", "")), ("mention.topic", ("t1",))))
    region = {row["response_id"]: row["Region"] for row in rows}
    own = [m["response_id"] for m in said if m["topic"] == "t1" and region[m["response_id"]] in ("North", None)]
    assert tally.volume(given, where=where)["n"].tolist() == [len(set(own))]
    assert tally.spoken(given, [], where)["m"].tolist() == [len(own)]


@pytest.mark.parametrize(
    "name", ["n", "N", "m", "M", "y", "w", "w2", "answer", "scale", "value", "weight_", 'a "b"', "c_"]
)
def test_a_column_called_like_a_count_is_counted_like_any_other(tmp_path, name):
    rows = [{"nps": 9, "comment": "x", name: "North"}] * 3 + [{"nps": 2, "comment": "x", name: "South"}] * 2
    said = [{"response_id": f"r{place:04d}"} for place in range(5)]
    given = made.dataset(tmp_path / "d", rows, said)
    for counted in (
        tally.answers(given, ["nps"], [OWN + name]), tally.mentions(given, by=[OWN + name]),
        tally.delighted(given, [OWN + name]), tally.volume(given, [OWN + name]), tally.spoken(given, [OWN + name]),
    ):  # fmt: skip
        assert dict(zip(counted[OWN + name], counted["n"], strict=True)) == {"North": 3, "South": 2}
    assert tally.values(given, name) == ["North", "South"]
    chosen = Filter(where=((name, ("South",)),))
    assert tally.answers(given, ["nps"], where=chosen)["n"].tolist() == [2]
    assert tally.mentions(given, where=chosen)["n"].tolist() == [2]


def test_values_run_from_frequent_to_rare_with_no_value_as_empty(tmp_path):
    rows = [{"Region": value} for value in ["b", "a", "b", None, None, None, "c"]]
    given = made.dataset(tmp_path / "d", rows)
    assert tally.values(given, "Region") == ["", "b", "a", "c"]
    assert tally.values(given, "Region", limit=2) == ["", "b"]


BY = [
    (), (DAY,), ("Region",), ("mention.pillar",), ("mention.touchpoint", "mention.stage"), ("mention.topic", DAY),
    ("mention.subtopic", "Region"), ("mention.emotion",), ("mention.stage", "mention.touchpoint", DAY),
]  # fmt: skip


@pytest.mark.parametrize("by", BY, ids=lambda by: "+".join(by) or "all")
@pytest.mark.parametrize(
    "where", [ALL, Filter(where=(("Region", ("North",)),)), Filter(where=(("mention.topic", ("t1",)),))]
)
def test_sums_kept_in_facts_are_those_counted_anew(given, by, where):
    """The same numbers with and without the sums that facts hold (versions written long ago do not)."""
    plain = copy.copy(given)
    plain.grouped = frozenset()
    assert given.grouped
    for measure in tally.MEASURES:
        kept, anew = (tally.mentions(held, measure, by, where) for held in (given, plain))
        pd.testing.assert_frame_equal(kept, anew, check_dtype=False)
    spoken = tally.spoken(given, by, where)
    pd.testing.assert_frame_equal(tally.counted(given, by, where), spoken.drop(columns="n"))
    for count in (tally.delighted, tally.volume, tally.spoken):
        kept, anew = (count(held, by, where) for held in (given, plain))
        pd.testing.assert_frame_equal(kept, anew, check_dtype=False)
    kept, anew = (tally.answers(held, ["nps"], by, where) for held in (given, plain))
    pd.testing.assert_frame_equal(kept, anew, check_dtype=False)


def test_sums_do_not_depend_on_how_many_mentions_are_written_at_a_time(given, monkeypatch, tmp_path):
    shutil.copytree(given.where, tmp_path / "d")
    monkeypatch.setattr(grouped, "BATCH", 3)  # responses have up to four mentions
    staging.write_facts(tmp_path / "d")
    names = ["responses", "mentions", "facts"]
    assert sorted(path.stem for path in (tmp_path / "d").glob("*.parquet*")) == sorted(names)
    one, other = (pd.read_parquet(where / "facts.parquet") for where in (given.where, tmp_path / "d"))
    pd.testing.assert_frame_equal(one, other)
