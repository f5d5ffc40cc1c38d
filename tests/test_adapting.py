"""What ratings say, and whether the model learns from them: by scale, never from the rating of the response it scores."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from cx import adapting
from cx.schema import Scale

FIVE, TEN, NPS = Scale(1, 5), Scale(1, 10), Scale(0, 10)
NONE = None


@pytest.mark.parametrize(
    ("columns", "scales", "expected"),
    [
        ({"rating": [1, 2, 3, 4, 5, NONE]}, {"rating": [FIVE]}, [-1, -1, 0, 1, 1, NONE]),
        ({"rating": [1, 4, 5, 7, 8, 10]}, {"rating": [TEN]}, [-1, -1, 0, 0, 1, 1]),
        ({"nps": [0, 6, 7, 8, 9, 10]}, {"nps": [NPS]}, [-1, -1, 0, 0, 1, 1]),
        ({"rating": [5, 5], "rating scale": ["1–5", "1–10"]}, {"rating": [FIVE, TEN]}, [1, 0]),
        ({"csat": [1, 5]}, {"csat": [Scale(1, 5, low_is_good=True)]}, [1, -1]),
        ({"rating": [NONE, 1], "nps": [10, 10]}, {"rating": [FIVE], "nps": [NPS]}, [1, -1]),
        ({"ces": [7, 1]}, {"ces": [Scale(1, 7)]}, [NONE, NONE]),
    ],
)
def test_what_a_rating_says(columns, scales, expected):
    frame = pd.DataFrame({
        name: cells if name.endswith("scale") else pd.array(cells, dtype="Float64").astype(float)
        for name, cells in columns.items()
    })  # fmt: skip
    found = adapting.sides(frame, scales)
    assert [None if math.isnan(side) else int(side) for side in found] == expected


GOOD = ("The team was zippy", "Really zippy checkout", "A zippy visit again", "They are zippy people")
BAD = ("The team was grumly", "Really grumly checkout", "A grumly visit again", "They are grumly people")


def rows(n: int, side=lambda place: place % 2) -> list[dict]:
    """Ratings, and comments with words that no general model knows."""
    return [
        {
            "Review ID": f"r{place}", "Date": f"2026-01-{place % 28 + 1:02d}", "Rating": str(5 if side(place) else 1),
            "Review": f"{(GOOD if side(place) else BAD)[place % 4]} on day {place}",
        }
        for place in range(n)
    ]  # fmt: skip


def test_a_businesss_own_words_are_learned(analyzed):
    unrated = [{**row, "Rating": ""} for row in rows(40)]
    for place, row in enumerate(unrated):
        row["Review ID"] = f"u{place}"
    found = analyzed([*rows(400), *unrated])
    said = found.manifest["adapted"]
    assert said["rows"] == 400
    assert said["after"] > said["before"] + 0.2
    labels = found.query("SELECT comment, sentiment_label FROM responses WHERE rating IS NULL")
    assert set(labels.loc[labels["comment"].str.contains("zippy"), "sentiment_label"]) == {"positive"}
    assert set(labels.loc[labels["comment"].str.contains("grumly"), "sentiment_label"]) == {"negative"}
    assert adapting.kept(found.where) is not None
    assert json.loads((found.where / adapting.FILE).read_text())["rows"] == 400


def test_nothing_is_learned_from_ratings_that_say_nothing(analyzed):
    """Ratings drawn without regard to the words."""
    drawn = np.random.default_rng(3).integers(0, 2, 400)
    given = rows(400)
    for row, side in zip(given, drawn.tolist(), strict=True):
        row["Rating"] = str(5 if side else 1)
    found = analyzed(given)
    assert found.manifest["adapted"] is None
    assert not (found.where / adapting.FILE).exists()


def test_too_few_ratings_teach_nothing(analyzed):
    assert analyzed(rows(60)).manifest["adapted"] is None
