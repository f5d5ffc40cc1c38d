"""The sentence that matters says what the numbers say, and nothing when they say nothing."""

import pandas as pd
import pytest

from cx.measure.estimate import UNKNOWN, Difference, Estimate
from cx.view import headlines
from cx.view.overview import Tile
from cx.view.scorecards import Card

KNOWN, NOTHING = Estimate(32.4, 24.2, 40.1, 310), Estimate(None, None, None, 3)
QUIET = Difference(2.0, -4.0, 8.0, 0.4)


def tile(title="NPS", unit="points", value=KNOWN, change=QUIET, series=None):
    shown = pd.DataFrame() if series is None else series
    return Tile(title.lower(), title, unit, value, "", change, "against May", shown, (), True)


def fell(by, p=0.001):
    return Difference(-by, -by - 5, -by + 5, p)


@pytest.mark.parametrize(
    ("tiles", "sentence"),
    [
        ([tile(), tile("CSAT", "percent")], "Nothing changed beyond noise (against May)"),
        ([tile(change=fell(14.2)), tile("CSAT", "percent")], "NPS fell 14 points (against May)"),
        ([tile(change=fell(1.2))], "NPS fell 1 point (against May)"),
        (  # the larger change first, whatever stands first on the page
            [tile(change=fell(6)), tile("CSAT", "percent", change=Difference(9.0, 4, 14, 0.001))],
            "CSAT rose 9 points and NPS fell 6 points (against May)",
        ),
        (  # a step on a short scale is larger than its number
            [tile(change=fell(6)), tile("Effort score (CES)", "scale", change=Difference(0.9, 0.7, 1.1, 0.001))],
            "Effort score (CES) rose 0.9 and NPS fell 6 points (against May)",
        ),
        ([tile(change=UNKNOWN)], "NPS is 32, between 24 and 40"),
        ([tile("CSAT", "percent", Estimate(80.0, 77.6, 82.2, 1200), UNKNOWN)], "CSAT is 80 %, between 78 and 82"),
        ([tile(value=NOTHING, change=UNKNOWN)], "Too few answers to show a number"),
        ([], "Too few answers to show a number"),
    ],
)
def test_overview(tiles, sentence):
    assert headlines.overview(tiles) == sentence


def test_only_two_changes_are_told_and_a_large_but_unsure_one_is_not():
    tiles = [tile(name, change=fell(by)) for name, by in (("A", 5), ("B", 9), ("C", 7))]
    tiles.append(tile("D", change=Difference(-40.0, -90, 10, 0.12)))
    assert headlines.overview(tiles) == "B fell 9 points and C fell 7 points (against May)"


def months(*values):
    rows = [(pd.Timestamp(2026, month, 1), v, v - 5, v + 5) for month, v in enumerate(values, 1)]
    return pd.DataFrame(rows, columns=["period", "value", "low", "high"])


@pytest.mark.parametrize(
    ("series", "sentence"),
    [
        (months(30.0, 10.0, 50.0), "NPS was lowest with 10 in Feb 2026, highest with 50 in Mar 2026"),
        (months(30.0, 28.0, 35.0), "NPS stayed within noise"),
        (months(30.0, float("nan")), "NPS: too few periods with enough answers"),
    ],
)
def test_trend(series, sentence):
    assert headlines.trend(tile(series=series)) == sentence


def test_movers():
    rows = pd.DataFrame({"name": ["Delivery", "App"], "change": [-31.2, 12.0], "real": [True, False]})
    assert headlines.movers(rows) == "Moved for real: Delivery −31"
    assert headlines.movers(rows[1:]) == "No topic or touchpoint moved beyond noise"


def card(pillar, *numbers):
    score = Estimate(*numbers, 200) if numbers else NOTHING
    return Card(pillar, score, UNKNOWN, "", None, 0, pd.DataFrame(), "", "")


@pytest.mark.parametrize(
    ("cards", "sentence"),
    [
        (
            [card("People", 70.2, 66, 74), card("Process", 41.0, 37, 45), card("Strategy", 55.0, 50, 60), card("Metrics", 99.0, 99, 99)],
            "People carries the score (70); Process is where customers suffer most (41)",
        ),
        (
            [card("People", 70.2, 66, 74), card("Strategy", 69.9, 65, 75), card("Process", 41.0, 37, 45)],
            "People and Strategy carry the score (70); Process is where customers suffer most (41)",
        ),
        ([card("People", 60.0, 50, 70), card("Process", 50.0, 40, 60)], "The pillars do not differ beyond noise"),
        ([card("People", 70.0, 66, 74), card("Process"), card("Metrics", 99.0, 99, 99)],
         "Too little is said about the pillars to compare them"),
    ],
)  # fmt: skip
def test_scorecards(cards, sentence):
    assert headlines.scorecards(cards) == sentence


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([("App", 90, 20.0, 10.0, 30.0), ("Parcels", 40, -30.0, -45.0, -15.0), ("Tills", 30, -10.0, -19.0, -1.0)],
         "Most is said about App; Parcels hurts most (−30)"),
        ([("App", 90, 20.0, 10.0, 30.0), ("Basket", 40, -3.0, -15.0, 9.0)], "Most is said about App"),
        ([("App", 90, None, None, None)], "Most is said about App"),
        ([], "No topics were found: there is too little text"),
    ],
)  # fmt: skip
def test_topics(rows, sentence):
    frame = pd.DataFrame(rows, columns=["name", "m", "value", "low", "high"])
    assert headlines.topics(frame.astype(dict.fromkeys(["value", "low", "high"], float))) == sentence


@pytest.mark.parametrize(
    ("total", "negative", "sentence"),
    [(0, 0, "No comment fits"), (1, 1, "1 comment, 100 % negative"), (1234, 617, "1,234 comments, 50 % negative")],
)
def test_comments(total, negative, sentence):
    assert headlines.comments(total, negative) == sentence
