"""Scores of pillars against the table of KPIs, the parts of Metrics by hand."""

from datetime import date

import pandas as pd
import pytest

from cx.measure import estimate, kpis, trends
from cx.schema import PILLARS
from cx.view import scorecards
from cx.view.filters import ALL, Filter
from tests import made

TODAY = date(2026, 11, 1)
SPRING = Filter(date(2026, 3, 1), date(2026, 4, 30))


def by_pillar(dataset, where=ALL):
    found = kpis.table(dataset, ["mention.pillar"], where)
    return found[found["kpi"] == "net_sentiment"].set_index("mention.pillar")


@pytest.mark.parametrize("where", [ALL, SPRING, Filter(where=(("Region", ("North",)),))])
def test_a_score_is_50_and_half_the_net_sentiment(sample, where):
    cards, expected = scorecards.cards(sample, where, 10, TODAY), by_pillar(sample, where)
    assert [card.pillar for card in cards] == list(PILLARS)
    for card in cards[:-1]:
        row = expected.loc[card.pillar]
        halves = [50 + row[name] / 2 for name in ("value", "low", "high")]
        assert list(card.score) == pytest.approx([*halves, row["n"]])
        assert card.mentions == row["mentions"]
        assert card.share == pytest.approx(100 * row["mentions"] / expected["mentions"].sum())


def test_a_change_is_half_that_of_the_net_sentiment(sample):
    at = trends.windows(sample, SPRING)
    before, after = [
        by_pillar(sample, Filter(*days)) for days in ((at.begin_before, at.end_before), (at.begin, at.end))
    ]
    for card in scorecards.cards(sample, SPRING, 10, TODAY)[:-1]:
        a, b = after.loc[card.pillar], before.loc[card.pillar]
        assert card.change.value == pytest.approx((a["value"] - b["value"]) / 2)
        assert card.change.low < card.change.value < card.change.high and 0 <= card.change.p <= 1
        assert card.against == "against 1 Jan 2026 – 28 Feb 2026"


def test_a_series_runs_over_the_period(sample):
    process = scorecards.cards(sample, ALL, 10, TODAY)[PILLARS.index("Process")]
    april = by_pillar(sample, Filter(date(2026, 4, 1), date(2026, 4, 30))).loc["Process"]
    assert len(process.series) == 24
    row = process.series.set_index("period").loc["2026-04-01"]
    assert row[["value", "low", "high"]].tolist() == pytest.approx(
        [50 + april[n] / 2 for n in ("value", "low", "high")]
    )
    assert len(scorecards.cards(sample, SPRING, 10, TODAY)[0].series) == 10  # weeks, from Monday 23 February


def test_best_and_worst_are_the_ends_of_its_own_readable_mentions(tmp_path):
    said = [
        ("People", "The lady at the till was lovely.", 0.9), ("People", "Great!", 0.99), ("People", "x" * 400, 0.98),
        ("People", "Nobody was there to help me.", -0.7), ("Process", "The return took five weeks.", -0.9),
        ("Process", "The return was rather slow.", -0.2),
    ]  # fmt: skip
    mentions = [
        {"response_id": f"r{place:04d}", "pillar": pillar, "text": text, "sentiment": score,
         "sentiment_label": "positive" if score > 0 else "negative"}
        for place, (pillar, text, score) in enumerate(said)
    ]  # fmt: skip
    given = made.dataset(
        tmp_path / "d", [{"Region": "North" if place != 4 else "South"} for place in range(6)], mentions
    )
    people, process = (
        ("The lady at the till was lovely.", "Nobody was there to help me."),
        ("", "The return took five weeks."),
    )
    assert scorecards.extremes(given, ALL) == {"People": people, "Process": process}
    north = scorecards.extremes(given, Filter(where=(("Region", ("North",)),)))
    assert north["Process"] == ("", "The return was rather slow.")


# ---- Metrics


def measured(where, days, n=12, **more):
    rows = [{"nps": 9, "comment": "said", **more, "date": day} for day in days for _ in range(n)]
    return made.dataset(where / "d", rows, [{"response_id": f"r{place:04d}"} for place in range(0, len(rows), 4)])


def parts(dataset, where=ALL, today=TODAY):
    card = scorecards.metrics_card(dataset, where, today)
    return card, {name: value for name, value, _ in card.parts}


def test_metrics_by_hand(tmp_path):
    """Two kinds of question of five; 12 of 100 answers in January, 24 in July, none in the five months between; the
    newest is 198 days old, half way from 31 to 365; a quarter of the comments is analysed."""
    given = measured(tmp_path, ["2026-01-05", "2026-07-31", "2026-07-30"])
    card, found = parts(given, today=date(2027, 2, 14))
    assert found["KPI coverage"] == 40
    assert found["response base"] == pytest.approx(100 * (12 + 24) / 100 / 7)  # January to July, by month
    assert found["freshness"] == pytest.approx(50)
    assert found["comments analysed"] == 25
    mean = (40 + 36 / 7 + 50 + 25) / 4
    assert list(card.score) == pytest.approx([mean, mean, mean, 36])
    assert card.worst == "5 responses a month (100 is full)"
    assert "2 of 5 kinds of question asked; not satisfaction, effort, effectiveness and enjoyment" in str(card.parts)


def test_more_than_enough_answers_are_enough(tmp_path):
    _, found = parts(measured(tmp_path, ["2026-07-01", "2026-07-02"], n=150))
    assert found["response base"] == 100


@pytest.mark.parametrize(("age", "score"), [(0, 100), (31, 100), (198, 50), (365, 0), (900, 0), (-5, 100)])
def test_freshness(tmp_path, age, score):
    given = measured(tmp_path, ["2026-07-01"])
    _, found = parts(given, today=date.fromordinal(date(2026, 7, 1).toordinal() + age))
    assert found["freshness"] == pytest.approx(score)


def test_only_parts_that_exist_are_averaged(tmp_path):
    given = made.dataset(tmp_path / "d", [{"nps": 9, "csat": 4, "date": None}] * 12)
    card, found = parts(given)
    assert found == {"KPI coverage": 40} and card.score.value == 40
    assert parts(measured(tmp_path / "b", ["2026-07-01"]), Filter(begin=date(2030, 1, 1)))[0].score.value is None


def test_a_second_comment_column_counts_as_a_comment(tmp_path):
    rows = [{"comment": "a", "Why": None}, {"comment": None, "Why": "b"}, {"comment": None, "Why": "c"}, {"nps": 3}]
    given = made.dataset(
        tmp_path / "d", rows, [{"response_id": "r0001", "question": "Why"}], comments=["comment", "Why"]
    )
    assert parts(given)[1]["comments analysed"] == pytest.approx(100 / 3)


def test_without_text_there_are_cards_without_scores(tmp_path):
    given = made.dataset(tmp_path / "d", [{"nps": 9, "date": "2026-07-01"}] * 12)
    cards = scorecards.cards(given, ALL, 10, TODAY)
    assert not scorecards.available(given)
    assert [card.score.shown for card in cards] == [False] * 4 + [True]
    assert all(card.change == estimate.UNKNOWN for card in cards)


def test_scored_takes_net_sentiment_to_0_to_100():
    rows = pd.DataFrame({"value": [-100.0, 0, 50], "low": [-100.0, -10, 40], "high": [-90.0, 10, 60]})
    assert scorecards.scored(rows).to_numpy().tolist() == [[0, 0, 5], [50, 45, 55], [75, 70, 80]]
