"""The contract against double counting: wrong numbers that raise no error. Every trap has its own test."""

import csv
from collections import Counter
from datetime import date
from zlib import crc32

import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from cx.measure import compare, estimate, kpis, tally, trends
from cx.measure.tally import DAY
from cx.schema import NOT_ANALYSED
from cx.view import heatmap, overview, scorecards, search, topics
from cx.view.filters import ALL, Filter
from sample_data import generate, survey
from tests import made
from tests.made import FIVE, TEN

RESPONSE_KPIS = (
    "nps",
    "csat",
    "csat_mean",
    "ces",
    "ces_share",
    "rating",
    "rating_share",
    *kpis.PARTS,
    "cx_index",
    "felicific_rate",
)
RESPONSE_COLUMNS = ("Region", "Plan", "channel", "source", "Age group", "language", "sentiment_label")
MENTION_COLUMNS = ("mention.topic", "mention.touchpoint", "mention.pillar", "mention.stage", "mention.sentiment_label")
ANSWERS = {"nps": 10, "csat": 5, "ces": 5, "rating": 4, "effectiveness": 5, "ease": 4, "enjoyment": 3}
TODAY = date(2026, 11, 1)


def rows_of(dataset, by=(), where=ALL, min_base=1):
    return kpis.table(dataset, by, where, min_base)


def talking(where, mentions_each, **more):
    """Responses that answered everything; the first speaks `mentions_each` times of the delivery, the others once."""
    rows = [{**ANSWERS, **more} for _ in range(12)]
    said = [{"response_id": "r0000", "touchpoint": "delivery", "topic": "t1"} for _ in range(mentions_each)]
    said += [{"response_id": f"r{place:04d}", "touchpoint": "delivery", "topic": "t1"} for place in range(1, 12)]
    return made.dataset(where / "d", rows, said)


# ---- a response counts once


@pytest.mark.parametrize(
    "by", [(), ("mention.touchpoint",), ("mention.topic",), ("mention.touchpoint", "mention.topic")]
)
def test_a_response_with_three_mentions_counts_once(tmp_path, by):
    once, thrice = rows_of(talking(tmp_path / "a", 1), by), rows_of(talking(tmp_path / "b", 3), by)
    for found in (once, thrice):
        own = found[found["kpi"].isin(RESPONSE_KPIS)]
        assert set(own["kpi"]) == set(RESPONSE_KPIS) and own["n"].eq(12).all()
    same = [kpi in (*RESPONSE_KPIS, "responses") for kpi in once["kpi"]]
    columns = ["kpi", *by, "value", "low", "high", "n"]
    pd.testing.assert_frame_equal(once.loc[same, columns], thrice.loc[same, columns])
    assert thrice.set_index("kpi").loc["mentions", "value"] == 14


def test_a_response_with_three_mentions_counts_once_under_a_filter_on_mentions(tmp_path):
    where = Filter(where=(("mention.touchpoint", ("delivery",)),))
    found = rows_of(talking(tmp_path, 3), where=where)
    assert found.loc[found["kpi"].isin(RESPONSE_KPIS), "n"].eq(12).all()


def test_the_sample_counts_what_stands_in_its_file(sample):
    """Base and value of NPS against plain csv: the mentions of a comment multiply nothing."""
    with (generate.FOLDER / generate.SURVEY).open(encoding="utf-8", newline="") as file:
        own = {row["Response ID"]: row[survey.NPS] for row in csv.DictReader(file)}
    scores = [int(score) for score in own.values() if score.isdigit()]
    nps = 100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)) / len(scores)
    found = rows_of(sample).set_index("kpi").loc["nps"]
    assert (found["value"], found["n"]) == (pytest.approx(nps), len(scores))


def test_a_comment_in_two_columns_is_one_response(tmp_path):
    rows = [{**ANSWERS, "comment": "Great.", "Why": "Slow."} for _ in range(12)]
    said = [
        {"response_id": f"r{place:04d}", "question": question, "text": text, "sentiment_label": label, "end": len(text)}
        for place in range(12) for question, text, label in (("comment", "Great.", "positive"), ("Why", "Slow.", "negative"))
    ]  # fmt: skip
    given = made.dataset(tmp_path / "d", rows, said, comments=["comment", "Why"])
    found = rows_of(given).set_index("kpi")
    assert found.loc[found.index.isin([*RESPONSE_KPIS, "net_sentiment", "responses"]), "n"].eq(12).all()
    assert found.loc["net_sentiment", "value"] == 0 and found.loc["mentions", "value"] == 24
    assert search.count(given, search.Find()) == (12, 0)
    assert [len(comment.texts) for comment in search.page(given, search.Find())] == [2] * 12
    assert tally.volume(given)["comments"].tolist() == [12]


# ---- what adds and what does not

OF_CUSTOMERS = ("retention", "churn", "clv")
"""A customer with responses in two groups stands in both: these do not add."""


def test_overlapping_topics_do_not_sum(tmp_path):
    said = [{"response_id": f"r{place:04d}", "topic": topic} for place in range(12) for topic in ("t1", "t2")]
    said += [{"response_id": f"r{place:04d}", "topic": "t1"} for place in range(12)]
    given = made.dataset(tmp_path / "d", [ANSWERS] * 12, said)
    split, whole = rows_of(given, ["mention.topic"]), rows_of(given).set_index("kpi")
    for kpi in ("nps", "responses", "felicific_rate"):
        assert split.loc[split["kpi"] == kpi, "n"].tolist() == [12, 12] and whole.loc[kpi, "n"] == 12
    mentions = split[split["kpi"] == "mentions"]
    assert mentions["value"].tolist() == [24, 12] and whole.loc["mentions", "value"] == 36


@pytest.mark.parametrize("column", RESPONSE_COLUMNS)
def test_parts_are_the_whole_over_columns_of_responses(sample, column):
    """Bases add, and a share or mean of the whole is the mean of the parts weighted with their bases."""
    split, whole = rows_of(sample, [column]), rows_of(sample)
    for _, row in whole[~whole["kpi"].isin(["cx_index", *OF_CUSTOMERS])].iterrows():
        own = split[
            (split["kpi"] == row["kpi"])
            & (split["scale"].fillna("") == (row["scale"] if row["scale"] == row["scale"] else ""))
        ]
        weight = own["mentions"] if row["kpi"] in kpis.RATIOS else own["n"]
        assert own["n"].sum() == row["n"], row["kpi"]
        if row["kpi"] in ("responses", "mentions"):
            assert own["value"].sum() == row["value"]
        else:
            known = own["value"].notna()  # a mean of a single answer is not shown
            assert (own.loc[~known, "n"] <= 1).all()
            if known.all():
                assert (own["value"] * weight).sum() / weight.sum() == pytest.approx(row["value"]), row["kpi"]


@pytest.mark.parametrize("column", MENTION_COLUMNS)
def test_over_columns_of_mentions_only_mentions_add(sample, column):
    split, whole = rows_of(sample, [column]), rows_of(sample).set_index("kpi")
    said = split[split["kpi"] == "mentions"]
    assert said["value"].sum() == whole.loc["mentions", "value"]
    assert split.loc[split["kpi"] == "net_sentiment", "mentions"].sum() == whole.loc["net_sentiment", "mentions"]
    assert said["n"].sum() > whole.loc["mentions", "n"]  # who speaks of two things stands in both rows
    assert said["n"].max() <= whole.loc["mentions", "n"]


def test_respondents_of_touchpoints_are_counted_anew(sample):
    """Distinct people do not add: of two touchpoints together fewer are counted than of each added."""
    both = ("delivery", "website")
    each = [rows_of(sample, where=Filter(where=(("mention.touchpoint", (name,)),))) for name in both]
    either = rows_of(sample, where=Filter(where=(("mention.touchpoint", both),))).set_index("kpi")["n"]
    alone = [frame.set_index("kpi")["n"] for frame in each]
    facts = sample.query('SELECT response_id, "mention.touchpoint" AS t FROM facts')
    own = [set(facts.loc[facts["t"] == name, "response_id"]) for name in both]
    assert [n["responses"] for n in alone] == [len(ids) for ids in own]
    assert either["responses"] == len(own[0] | own[1]) < alone[0]["responses"] + alone[1]["responses"]


tallies = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 10), st.integers(1, 30)), min_size=1, max_size=25
)  # fmt: skip


@drawn(tallies)
@settings(max_examples=50, deadline=None)
def test_nps_of_any_parts_is_nps_of_the_whole(rows):
    counts = pd.DataFrame(rows, columns=["part", "answer", "n"]).astype({"answer": float})
    counts = counts.assign(w=counts["n"] * 1.0, w2=counts["n"] * 1.0, scale="0–10")
    parts, whole = kpis.estimated("nps", counts, ["part"]), kpis.estimated("nps", counts).iloc[0]
    assert parts["n"].sum() == whole["n"] == sum(n for _, _, n in rows)
    assert (parts["value"] * parts["n"]).sum() / whole["n"] == pytest.approx(whole["value"])
    again = counts.sample(frac=1, random_state=1).assign(part="all")
    assert kpis.estimated("nps", again, ["part"]).iloc[0]["low"] == pytest.approx(whole["low"])


# ---- gaps, bases, dates


def test_an_empty_month_is_a_gap_and_not_a_zero(tmp_path):
    months = ["2026-01-10", "2026-02-10", "2026-04-10", "2026-08-10"]
    rows = [{**ANSWERS, "date": day} for day in months for _ in range(12)]
    said = [{"response_id": f"r{place:04d}", "sentiment_label": "positive"} for place in range(48)]
    given = made.dataset(tmp_path / "d", rows, said)
    for kpi in kpis.available(given):
        found = trends.series(kpi, kpis.counted(given, kpi, [DAY]), date(2026, 1, 10), date(2026, 8, 10))
        assert found["n"].tolist() == [12, 12, 0, 12, 0, 0, 0, 12], kpi
        assert found["value"].isna().tolist() == [n == 0 for n in found["n"]], kpi


def few(where):
    """Nine responses on either side of a month, in everything below a base of ten."""
    rows = [{**ANSWERS, "date": day} for day in ("2026-05-10", "2026-06-10") for _ in range(9)]
    said = [
        {"response_id": f"r{place:04d}", "sentiment_label": "negative", "touchpoint": "delivery", "topic": topic,
         "stage": "Purchase", "pillar": ("People", "Process")[place // 9]}
        for place in range(18) for topic in (("t1", "t2")[place // 9],)
    ]  # fmt: skip
    return made.dataset(where / "d", rows, said, topics=[made.topic("t1", "One"), made.topic("t2", "Two")])


def test_below_the_base_nothing_is_shown_anywhere(tmp_path):
    given = few(tmp_path)
    may = Filter(date(2026, 5, 1), date(2026, 5, 31))
    assert rows_of(given, where=may, min_base=10)[["value", "low", "high"]].isna().all(axis=None)
    for tile in overview.tiles(given, may, 10):
        assert not tile.value.shown and tile.value.n == 9 and tile.change == estimate.UNKNOWN
    for tile in overview.tiles(given, ALL, 10):
        assert tile.value.shown and tile.series[["value", "low", "high"]].isna().all(axis=None)
    for card in scorecards.cards(given, ALL, 10, TODAY)[:-1]:
        assert not card.score.shown and card.change == estimate.UNKNOWN
    for measure in heatmap.measures(given):
        cells = heatmap.build(given, measure, may, 10).cells
        assert len(cells) == 1 and not cells["shown"].any() and cells[["value", "low", "high"]].isna().all(axis=None)
        assert cells["label"].tolist() == ["·"]
    assert topics.rows(given, ALL, 10)[["value", "low", "high", "change"]].isna().all(axis=None)
    assert overview.movers(given, ALL, 10).empty


def test_undated_rows_are_in_no_period_but_in_all_time(tmp_path):
    rows = [{**ANSWERS, "date": "2026-05-10"}] * 10 + [{**ANSWERS, "date": None}] * 5
    given = made.dataset(tmp_path / "d", rows, [{"response_id": f"r{place:04d}"} for place in range(15)])
    all_time, since = rows_of(given).set_index("kpi")["n"], Filter(begin=date(1900, 1, 1))
    assert all_time.eq(15).all()
    assert rows_of(given, where=since)["n"].eq(10).all()
    assert rows_of(given, where=Filter(end=date(2100, 1, 1)))["n"].eq(10).all()
    for kpi in kpis.available(given):
        counts = kpis.counted(given, kpi, [DAY])
        assert trends.in_period(counts, None, None)["n"].sum() == 15
        assert trends.series(kpi, counts, date(2026, 5, 10), date(2026, 5, 10))["n"].sum() == 10
    assert [tile.value.n for tile in overview.tiles(given, ALL, 10)] == [15] * 8
    assert search.count(given, search.Find(), since) == (0, 0)


# ---- scales


def test_two_rating_scales_are_never_averaged(tmp_path):
    rows = [{"rating": 5.0, "rating scale": "1–5", "date": "2026-01-05"}] * 20
    rows += [{"rating": 6.0, "rating scale": "1–10", "date": "2026-02-05"}] * 30
    said = [{"response_id": f"r{place:04d}", "touchpoint": "delivery", "stage": "Purchase"} for place in range(50)]
    given = made.dataset(tmp_path / "d", rows, said, scales={"rating": [FIVE, TEN]})
    found = rows_of(given)
    assert found.loc[found["kpi"] == "rating", ["scale", "value", "n"]].values.tolist() == [
        ["1–10", 6, 30],
        ["1–5", 5, 20],
    ]
    shares = found[found["kpi"] == "rating_share"].set_index("scale")["value"]
    assert shares.to_dict() == {"1–5": 100, "1–10": 0}
    (tile,) = [tile for tile in overview.tiles(given, ALL, 10) if tile.kpi == "rating"]
    assert (tile.scale, tile.value.value) == ("1–10", 6) and [(s, e.value) for s, e in tile.others] == [("1–5", 5)]
    assert tile.series["value"].dropna().tolist() == [6]
    cell = heatmap.build(given, "rating", ALL, 10).cells.iloc[0]
    assert (cell["value"], cell["n"]) == (6, 30)


def test_a_tile_moves_on_the_scale_it_shows(tmp_path):
    """In February both scales are asked; the change is that of the scale whose value is shown, not of the other one."""
    rows = [{"rating": 5.0, "rating scale": "1–5", "date": "2026-01-05"}] * 60
    rows += [{"rating": 2.0, "rating scale": "1–5", "date": "2026-02-05"}] * 20
    rows += [{"rating": 9.0, "rating scale": "1–10", "date": "2026-02-06"}] * 30
    rows += [{"rating": 4.0, "rating scale": "1–10", "date": "2026-01-06"}] * 15
    rows += [{"nps": 5, "date": day} for day in ("2025-12-01", "2026-03-31")]
    given = made.dataset(tmp_path / "d", rows, scales={"rating": [FIVE, TEN]})
    tile = overview.tile(given, "rating", Filter(date(2026, 2, 1), date(2026, 2, 28)), 10)
    assert (tile.scale, tile.value.value, tile.change.value) == ("1–10", 9, 5)
    assert set(tile.series["value"].dropna()) == {9}


# ---- what could not be analysed


def test_unanalysed_mentions_are_in_no_sentiment(tmp_path):
    rows = [{**ANSWERS, "date": "2026-05-10"}] * 24
    said = [
        {"response_id": f"r{place:04d}", "sentiment_label": "negative" if place < 12 else NOT_ANALYSED, "topic": "t1",
         "touchpoint": "delivery", "stage": "Purchase", "pillar": "Process", "emotion": "none" if place < 12 else "delight"}
        for place in range(24)
    ]  # fmt: skip
    given = made.dataset(tmp_path / "d", rows, said, topics=[made.topic("t1", "One")])
    found = rows_of(given).set_index("kpi")
    assert found.loc["net_sentiment", ["value", "n", "mentions"]].tolist() == [-100, 12, 12]
    assert found.loc["effort_high", "n"] == 12 and found.loc["felicific_rate", ["value", "n"]].tolist() == [0, 12]
    assert found.loc["mentions", ["value", "n"]].tolist() == [24, 24]
    process = next(card for card in scorecards.cards(given, ALL, 10, TODAY) if card.pillar == "Process")
    assert (process.score.value, process.score.n, process.mentions) == (0, 12, 12)
    cell = heatmap.build(given, "net_sentiment", ALL, 10).cells.iloc[0]
    assert (cell["value"], cell["n"]) == (-100, 12)
    assert heatmap.build(given, "volume", ALL, 10).cells.iloc[0]["value"] == 24
    row = topics.rows(given, ALL, 10).iloc[0]
    assert (row["value"], row["negative"], row["neutral"], row["positive"]) == (-100, 12, 0, 0)
    labels = rows_of(given, ["sentiment_label"])
    assert Counter(labels.loc[labels["kpi"] == "responses", "sentiment_label"]) == {"negative": 1, NOT_ANALYSED: 1}


def test_only_unanalysed_mentions_are_no_zero(tmp_path):
    said = [{"response_id": f"r{place:04d}", "sentiment_label": NOT_ANALYSED} for place in range(12)]
    given = made.dataset(tmp_path / "d", [{"nps": 9}] * 12, said)
    assert "net_sentiment" not in kpis.available(given) and not scorecards.available(given)
    where = Filter(where=(("sentiment_label", (NOT_ANALYSED,)),))
    mixed = made.dataset(tmp_path / "e", [{"nps": 9}] * 13, [*said, {"response_id": "r0012"}])
    found = rows_of(mixed, where=where).set_index("kpi").loc["net_sentiment"]
    assert found["n"] == 0 and pd.isna(found["value"])


# ---- several looks at the same data


def test_twenty_comparisons_of_noise_find_nothing(sample):
    """Two halves of the responses by chance (a hash of their id) differ at no touchpoint."""
    ids = sample.query("SELECT response_id FROM responses")
    ids["half"] = [crc32(response.encode()) % 2 for response in ids["response_id"]]
    facts = sample.query('SELECT response_id, "mention.touchpoint" AS t, "mention.sentiment_label" AS label FROM facts')
    facts = facts[(facts["t"] != "none") & (facts["label"] != NOT_ANALYSED)].merge(ids, on="response_id")
    facts["y"] = facts["label"].map({"negative": -1, "neutral": 0, "positive": 1})
    each = facts.groupby(["half", "t", "response_id"])["y"].agg(y="sum", m="count").reset_index()
    sums = each.assign(n=1, mm=each["m"] ** 2, my=each["m"] * each["y"], yy=each["y"] ** 2)
    groups = sums.groupby(["half", "t"])[["n", "m", "y", "mm", "my", "yy"]].sum().reset_index()
    found = estimate.suppressed(estimate.ratio(groups), 10)
    moved = compare.changes(found[found["half"] == 0], found[found["half"] == 1], ["t"])
    assert len(moved) >= 12 and not moved["real"].any()
