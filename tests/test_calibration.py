"""Adaptation to an upload's ratings: learns a business's own words, only when that helps on ratings it did not see."""

import math
from random import Random

import pytest

from cx.text import calibration, sentiment

PLAIN = [
    "The desk was there",
    "We came in May",
    "I bought the blue one",
    "It is a room",
    "My sister was there",
    "A day in June",
]
SIGNS = {1: ["got a zorbo", "full zorbo again"], -1: ["got a klimp", "full klimp again"], 0: ["got it", "again then"]}


def upload(size: int, seed: int = 7) -> tuple[list[str], list[float]]:
    """Comments whose side only the business's own words tell."""
    rng = Random(seed)
    sides = [rng.choice([-1.0, 0.0, 1.0]) for _ in range(size)]
    return [f"{rng.choice(PLAIN)} number {n}. {rng.choice(SIGNS[int(side)])}." for n, side in enumerate(sides)], sides


@pytest.fixture(scope="module")
def learned() -> calibration.Calibration:
    found = calibration.fit(*upload(400))
    assert found is not None
    return found


def test_own_words_are_learned(learned: calibration.Calibration):
    assert learned.rows == 400
    assert learned.after > learned.before + 0.2
    assert learned.gain == pytest.approx(learned.after - learned.before)
    weights = {word: plain for word, plain, _ in learned.whole.words}
    assert weights["zorbo"] > 0 > weights["klimp"]


def test_helps_on_responses_never_seen(learned: calibration.Calibration):
    texts, sides = upload(150, seed=8)
    names = {-1.0: "negative", 0.0: "neutral", 1.0: "positive"}
    right = [
        sentiment.label(calibration.score(learned, text), learned.bounds) == names[side]
        for text, side in zip(texts, sides, strict=True)
    ]
    assert sum(right) / len(right) > 0.8


def test_a_rating_is_not_seen_by_the_model_that_scores_its_response():
    """Turning one response's rating around changes the models of the other folds, not the one of its own."""
    texts, sides = upload(200)
    before = calibration.fit(texts, sides)
    at = next(at for at, side in enumerate(sides) if side)
    after = calibration.fit(texts, [-side if place == at else side for place, side in enumerate(sides)])
    own = calibration.fold_of(texts[at])
    assert before is not None and after is not None
    assert calibration.model_of(before, texts[at], rated=True) == before.folds[own] == after.folds[own]
    assert all(before.folds[k] != after.folds[k] for k in range(calibration.FOLDS) if k != own)
    assert calibration.model_of(before, texts[at], rated=False) == before.whole != after.whole


@pytest.mark.parametrize(
    ("texts", "sides"),
    [
        ([], []),
        upload(60),
        (upload(300)[0], [1.0] * 300),
        (upload(300)[0], [math.nan] * 300),
        (upload(300)[0], [Random(n).choice([-1.0, 0.0, 1.0]) for n in range(300)]),
        ([""] * 300, [1.0, -1.0] * 150),
    ],
    ids=["nothing", "too few", "one side", "no ratings", "ratings by chance", "no text"],
)
def test_no_calibration(texts: list[str], sides: list[float]):
    assert calibration.fit(texts, sides) is None


def test_corrections_count(learned: calibration.Calibration):
    texts, sides = upload(400)
    found = calibration.fit(texts, sides, [(f"quux number {n}", -1) for n in range(8)])
    assert found is not None
    assert "quux" not in {word for word, *_ in learned.whole.words}
    assert {word: plain for word, plain, _ in found.whole.words}["quux"] < 0


def test_same_answer_every_time_and_as_json(learned: calibration.Calibration):
    assert calibration.fit(*upload(400)) == learned
    assert calibration.from_json(calibration.as_json(learned)) == learned


def test_without_calibration_the_shipped_model_scores():
    text = "Great food. Slow service."
    expected = sentiment.together([sentiment.score(part).score or 0.0 for part in ("Great food.", "Slow service.")])
    assert calibration.score(None, text) == pytest.approx(expected)
    assert calibration.score(None, "…") is None
    assert calibration.model_of(None, text, rated=True) is None


@pytest.mark.parametrize(
    ("score", "side", "expected"),
    [(-0.9, 1, True), (0.9, -1, True), (-0.9, -1, False), (0.9, 0, False), (0.0, 1, False), (-0.25, 1, False),
     (None, 1, False), (-0.9, None, False), (-0.9, math.nan, False)],
)  # fmt: skip
def test_conflict(score: float | None, side: float | None, expected: bool):
    assert calibration.conflict(score, side) is expected


def test_a_top_mark_with_a_terrible_text_is_a_conflict():
    assert calibration.conflict(calibration.score(None, "Terrible, rude staff and a dirty room."), 1)


def test_macro():
    """Sides -1 1 1 0 answered -1 1 0 0: F1 1, 2/3, 2/3."""
    import numpy as np

    assert calibration.macro(np.array([-1, 1, 1, 0]), np.array([-1, 1, 0, 0])) == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
