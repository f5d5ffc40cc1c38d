"""Colours are readable and told apart without red and green; numbers read the same everywhere."""

import math
from itertools import pairwise

import pytest

from cx.measure.estimate import Difference, Estimate
from cx.view import theme

# Machado, Oliveira & Fernandes (2009): deuteranopia at full severity, on linear RGB.
DEUTERANOPIA = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))


def seen(colour: str) -> list[float]:
    linear = theme._channels(colour)
    return [max(sum(share * value for share, value in zip(row, linear, strict=True)), 0) for row in DEUTERANOPIA]


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
def test_text_has_contrast(look):
    for ink in (look.ink, look.quiet, look.negative, look.positive):
        for ground in (look.ground, look.card):
            assert theme.contrast(ink, ground) >= 4.5, (look.name, ink, ground)


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
def test_cell_text_is_readable_on_every_step(look):
    for ground in (*theme.diverging(look), *theme.sequential(look)):
        assert theme.contrast(theme.readable(ground), ground) >= 4.5, ground


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
def test_the_ends_of_sentiment_differ_for_deuteranopes(look):
    assert math.dist(seen(look.negative), seen(look.positive)) > 0.12


def test_known_contrast():
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)  # WCAG's own example


def test_mixing_keeps_the_ends_and_runs_evenly():
    assert theme.mix("#B4460F", "#E7E5E4", 0) == "#B4460F" and theme.mix("#B4460F", "#E7E5E4", 1) == "#E7E5E4"
    light = [theme._to_oklab(colour)[0] for colour in theme.diverging(theme.LIGHT)[:5]]
    steps = [after - before for before, after in pairwise(light)]
    assert max(steps) - min(steps) < 0.01


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(33.4, "points", "33"), (-9.6, "points", "−10"), (-0.3, "points", "0"), (78.2, "percent", "78 %"), (5.44, "scale", "5.4"),
     (12345.0, "count", "12,345"), (None, "points", "–"), (float("nan"), "scale", "–")],
)  # fmt: skip
def test_numbers(value, unit, text):
    assert theme.number(value, unit) == text


def test_changes_say_whether_they_are_real():
    assert theme.change(Difference(6.2, -1, 13, 0.2), "points") == "+6 (within noise)"
    assert theme.change(Difference(-14.0, -20, -8, 0.001), "points") == "−14 ▼ real"
    assert theme.change(Difference(3.1, 1, 5, 0.01), "percent") == "+3 ▲ real"
    assert theme.change(Difference(None, None, None, None), "points") == ""


def test_sentence():
    assert (
        theme.sentence("NPS", Estimate(32.2, 24.1, 40.3, 310), "points")
        == "NPS 32, between 24 and 40, from 310 answers"
    )
    assert theme.sentence("NPS", Estimate(None, None, None, 3), "points") == "NPS: too few answers to show (3)"


def test_listed():
    assert [theme.listed(w) for w in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
