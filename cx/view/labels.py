"""Where the names of points stand in a picture, so that none lies on another, however wide the picture is."""

from collections.abc import Sequence
from typing import NamedTuple

LETTER, LINE = 6.6, 15.0
"""Width of a letter and height of a line of 12 pixels, generously."""

DOT, GAP = 7.0, 9.0
"""Half the size of a point, and how far its name stands off."""

Box = tuple[float, float, float, float]


class Place(NamedTuple):
    """Where a name stands: its alignment at the point (left, right, center) and the way there in pixels; `shown` is
    False where there is no room for it."""

    align: str
    dx: float
    dy: float
    shown: bool


WAYS = tuple(
    (align, sign * GAP if align != "center" else 0.0, float(dy))
    for align, sign, dy in (
        ("left", 1, 0), ("right", -1, 0), ("center", 0, -16), ("center", 0, 16), ("left", 1, -11), ("left", 1, 11),
        ("right", -1, -11), ("right", -1, 11), ("center", 0, -28), ("center", 0, 28),
    )
)  # fmt: skip
"""Where a name may stand, best first: beside its point, above, below, askew."""


def placed(
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    widths: Sequence[float],
    height: float,
    corners: Sequence[tuple[str, bool, bool]] = (),
) -> list[Place]:
    """A place for each text beside its point, given in the order in which they matter.

    `points` are shares (0…1) of the picture's width and height, from the left and the top. No text lies on a point, on
    another text or on a word of the `corners` (word, at the right, at the bottom), nor leaves the picture, at any of
    the `widths` in pixels; one for which there is no such place is not shown.
    """
    taken: list[list[Box]] = [
        [_dot(x * width, y * height) for x, y in points] + [_corner(each, width, height) for each in corners]
        for width in widths
    ]
    out = []
    for own, ((x, y), text) in enumerate(zip(points, texts, strict=True)):
        found = Place("left", GAP, 0.0, False)
        for align, dx, dy in WAYS:
            boxes = [_box(x * width + dx, y * height + dy, align, text) for width in widths]
            if all(
                _inside(box, width, height) and not any(_meet(box, other) for n, other in enumerate(there) if n != own)
                for box, width, there in zip(boxes, widths, taken, strict=True)
            ):
                found = Place(align, dx, dy, True)
                for there, box in zip(taken, boxes, strict=True):
                    there.append(box)
                break
        out.append(found)
    return out


def _box(x: float, y: float, align: str, text: str) -> Box:
    wide = LETTER * len(text)
    left = x if align == "left" else x - wide if align == "right" else x - wide / 2
    return left, y - LINE / 2, left + wide, y + LINE / 2


def _dot(x: float, y: float) -> Box:
    return x - DOT, y - DOT, x + DOT, y + DOT


def _corner(word: tuple[str, bool, bool], width: float, height: float) -> Box:
    text, right, bottom = word
    x, y = (width - GAP if right else GAP), (height - LINE if bottom else LINE)
    return _box(x, y, "right" if right else "left", text)


def _inside(box: Box, width: float, height: float) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
