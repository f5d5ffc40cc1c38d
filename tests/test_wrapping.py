"""Text in pictures fits its lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx.view import wrapping


@pytest.mark.parametrize(
    ("text", "width", "most", "lines"),
    [("Post-Purchase", 9, 4, ["Post-", "Purchase"]), ("Consideration", 9, 4, ["Conside-", "ration"]), ("short", 9, 2, ["short"]),
     ("one two three four", 8, 2, ["one two", "three…"]), ("", 9, 2, [""]), ("a\nb", 9, 2, ["a b"])],
)  # fmt: skip
def test_lines(text, width, most, lines):
    assert wrapping.lines(text, width, most) == lines


@given(st.text(max_size=200), st.integers(4, 40), st.integers(1, 5))
def test_never_more_lines_or_letters_than_fit(text, width, most):
    lines = wrapping.lines(text, width, most)
    assert 1 <= len(lines) <= most and all(len(line) <= width for line in lines)


def test_names_that_differ_at_their_end_stay_apart():
    names = [f"{'branch ' * 8}{number}" for number in (117, 118)]
    for size in ((30, 2), (14, 3), (8, 4)):
        first, second = (wrapping.name(name, *size) for name in names)
        assert (
            first != second and first[-1].endswith("117") and max(map(len, first)) <= size[0] and len(first) <= size[1]
        )
    assert wrapping.name("delivery", 14, 3) == ["delivery"]
