"""What people wrote down, as it is shown: annotations of a chart over time, and as text below it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from cx.store.notes import Annotation
from cx.view import wording

WIDE = 660
"""Pixels of the narrowest chart on which labels are written; where there is less room, their numbers are."""

LETTER, GAP = 6.2, 14
"""Pixels of a letter, and between two labels of a row."""

ROWS, LONGEST = 3, 22
"""Rows of labels above a chart, and letters of a label; the tooltip and the text below say the whole."""

COLUMNS = ["number", "begin", "end", "label", "row", "left", "lasting", "say"]


def placed(found: Sequence[Annotation], begin: date, end: date) -> pd.DataFrame:
    """The annotations that lie in the time of a chart, numbered in the order of their days.

    Columns number, begin and end (within the chart's time), label (cut; '' where it would lie on another) in its row
    above the chart, left (true: the label ends at its day, for want of room behind it), lasting (more than a day), say.
    """
    rows = [_row(number, each, begin, end) for number, each in enumerate(within(found, begin, end), 1)]
    out = pd.DataFrame(rows, columns=COLUMNS)
    if out.empty:
        return out
    full = max((end - begin).days, 1)
    taken = [-1.0] * ROWS  # up to which pixel each row of labels is written
    for place, row in enumerate(rows):
        at = WIDE * (row["begin"].date() - begin).days / full
        length = LETTER * len(row["label"])
        left = at + length > WIDE
        start = at - length if left else at
        free = next((line for line, until in enumerate(taken) if until < start), None)
        if free is None or start < 0:
            out.loc[place, "label"] = ""
            continue
        taken[free] = start + length + GAP
        out.loc[place, ["row", "left"]] = [free, left]
    return out


def within(found: Sequence[Annotation], begin: date, end: date) -> list[Annotation]:
    """The annotations of which at least a day lies between the two."""
    return [each for each in found if each.first <= end and each.last >= begin]


def sentence(number: int, given: Annotation) -> str:
    """`3 · 12 Mar 2026 – 14 Mar 2026: Strike at the carrier (ann)`."""
    return f"{number} · {given.when()}: {given.text}" + (f" ({given.author})" if given.author else "")


def alt(found: Sequence[Annotation]) -> str:
    """What a chart's alternative text says of them: that they are there; the list below the chart says them all."""
    if not found:
        return ""
    return wording.counted(
        ". With {n} annotation, listed below the chart", ". With {n} annotations, listed below the chart", len(found)
    )


def cut(text: str, longest: int = LONGEST) -> str:
    """A text that is too long, with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _row(number: int, given: Annotation, begin: date, end: date) -> dict[str, Any]:
    first, last = (pd.Timestamp(min(max(each, begin), end)) for each in (given.first, given.last))
    return {
        "number": str(number), "begin": first, "end": last, "label": cut(given.text), "row": 0, "left": False,
        "lasting": last > first, "say": f"{given.when()}: {given.text}",
    }  # fmt: skip
