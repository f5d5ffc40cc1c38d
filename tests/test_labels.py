"""Names beside points: none on another, none outside, at every width between those they were placed for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx.view import driver_charts, labels


def drawn(points, texts, places, width, height):
    """Boxes of what is shown, worked out anew: 6 pixels a letter, 12 high."""
    out = []
    for (x, y), text, place in zip(points, texts, places, strict=True):
        if place.shown:
            wide = 6 * len(text)
            left = x * width + place.dx - {"left": 0, "center": wide / 2, "right": wide}[place.align]
            top = y * height + place.dy - 6
            out.append((left, top, left + wide, top + 12))
    return out


def meet(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@given(
    st.lists(st.tuples(st.floats(0.02, 0.98), st.floats(0.02, 0.98)), min_size=1, max_size=25),
    st.integers(3, 30),
    st.sampled_from([driver_charts.WIDE, driver_charts.NARROW]),
)
def test_no_name_lies_on_another(points, letters, widths):
    texts = ["x" * (1 + (letters + place) % 30) for place in range(len(points))]
    places = labels.placed(points, texts, widths, 400, driver_charts.QUADRANTS)
    for width in widths:
        boxes = drawn(points, texts, places, width, 400)
        assert all(box[0] >= 0 and box[2] <= width and box[1] >= 0 and box[3] <= 400 for box in boxes)
        assert not any(meet(one, other) for n, one in enumerate(boxes) for other in boxes[:n])


def test_who_matters_more_comes_first():
    """Two points on the same spot in a picture with room for a single name: the first has it."""
    first, second = labels.placed([(0.5, 0.5), (0.5, 0.5)], ["a" * 14, "b" * 14], [100], 30)
    assert not second.shown or first.shown
    alone = labels.placed([(0.5, 0.5)], ["name"], [300], 200)[0]
    assert alone == ("left", labels.GAP, 0.0, True)


def test_at_the_edge_the_name_stands_on_the_other_side():
    assert labels.placed([(0.98, 0.5)], ["a name"], [300], 200)[0].align == "right"
    assert not labels.placed([(0.5, 0.5)], ["n" * 80], [300], 200)[0].shown


@pytest.mark.parametrize("width", np.linspace(230, 1300, 40))
def test_between_the_widths_names_stay_apart(width):
    """A cloud as the sample's: thirty points, most of them low."""
    rng = np.random.default_rng(3)
    points = [(float(x), float(1 - y**2)) for x, y in rng.uniform(0.03, 0.97, (30, 2))]
    widths, texts = (
        (driver_charts.WIDE, ["a topic, a word"] * 30)
        if width >= driver_charts.NARROWER
        else (driver_charts.NARROW, ["a topic"] * 30)
    )
    boxes = drawn(points, texts, labels.placed(points, texts, widths, 400, driver_charts.QUADRANTS), width, 400)
    assert len(boxes) > 8
    assert not any(meet(one, other) for n, one in enumerate(boxes) for other in boxes[:n])
