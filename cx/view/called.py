"""What our own values and the headings of tables are called in the reader's language.

Addresses, caches and columns keep the English names; only what is shown is looked up here. What comes from files stays as
it is.
"""

import re
from collections.abc import Mapping

import pandas as pd

from cx.view import wording

SIDES = {
    "negative": wording.noted("negative"), "neutral": wording.noted("neutral"), "positive": wording.noted("positive"),
    "not analysed": wording.noted("not analysed"),
}  # fmt: skip
EFFORTS = {"high": wording.noted("high"), "low": wording.noted("low")}
EMOTIONS = {
    "delight": wording.noted("delight"), "gratitude": wording.noted("gratitude"), "trust": wording.noted("trust"),
    "relief": wording.noted("relief"), "worry": wording.noted("worry"), "confusion": wording.noted("confusion"),
    "disappointment": wording.noted("disappointment"), "frustration": wording.noted("frustration"),
    "anger": wording.noted("anger"),
}  # fmt: skip
PILLARS = {
    "Strategy": wording.noted("Strategy"), "People": wording.noted("People"),
    "Infrastructure": wording.noted("Infrastructure"), "Process": wording.noted("Process"),
    "Metrics": wording.noted("Metrics"), "General": wording.noted("General"),
}  # fmt: skip
NONE = {"none": wording.noted("none")}
VALUES: dict[str, Mapping[str, str]] = {
    "sentiment_label": SIDES, "effort": EFFORTS | NONE, "emotion": EMOTIONS | NONE, "pillar": PILLARS,
    "touchpoint": NONE, "stage": NONE,
    "what": {
        "high effort": wording.noted("high effort"), "delight": EMOTIONS["delight"], "pain": wording.noted("pain"),
        "hand-over": wording.noted("hand-over"),
    },
    "overall": {"above": wording.noted("above"), "below": wording.noted("below")},
    "kind": {
        "touchpoint": wording.noted("touchpoint"), "topic": wording.noted("topic"), "pillar": wording.noted("pillar"),
        "aspect": wording.noted("aspect"),
    },
    "quadrant": {
        "fix first": wording.noted("fix first"), "strengths": wording.noted("strengths"),
        "watch": wording.noted("watch"), "maintain": wording.noted("maintain"),
    },
}  # fmt: skip
"""Columns of mentions and of our tables → their values of ours → how these are marked for translation."""

AUTHOR = wording.noted("by (whom)")
HEADINGS = {
    "name": wording.noted("name"), "value": wording.noted("value"), "low": wording.noted("from (the lower end)"),
    "high": wording.noted("to (the upper end)"), "n": wording.noted("n"), "p": wording.noted("p"),
    "responses": wording.noted("responses"), "mentions": wording.noted("mentions"), "share": wording.noted("share"),
    "change": wording.noted("change"), "real": wording.noted("real"), "period": wording.noted("period"),
    "net sentiment": wording.noted("net sentiment"), "emotion": wording.noted("emotion"),
    "touchpoint": wording.noted("touchpoint"), "stage": wording.noted("stage"), "what": wording.noted("what"),
    "of": wording.noted("of (whom or what)"), "quote": wording.noted("quote"), "overall": wording.noted("overall"),
    "in the map": wording.noted("in the map"), "kind": wording.noted("kind"), "column": wording.noted("column"),
    "says": wording.noted("in words"), "before": wording.noted("before"), "after": wording.noted("after"),
    "n_before": wording.noted("n before"), "n_after": wording.noted("n after"), "a": wording.noted("A"),
    "b": wording.noted("B"), "n_a": wording.noted("n of A"), "n_b": wording.noted("n of B"),
    "this group": wording.noted("this group"), "the rest": wording.noted("the rest"),
    "n group": wording.noted("n of this group"), "n rest": wording.noted("n of the rest"), "with": wording.noted("with"),
    "without": wording.noted("without"), "n_with": wording.noted("n with"), "n_without": wording.noted("n without"),
    "difference": wording.noted("difference"), "impact": wording.noted("impact"), "weight": wording.noted("weight"),
    "performance": wording.noted("performance"), "quadrant": wording.noted("quadrant"), "sure": wording.noted("sure"),
    "pillar": wording.noted("pillar"), "score": wording.noted("score"), "target": wording.noted("target"),
    "verdict": wording.noted("verdict"), "change low": wording.noted("change from"),
    "change high": wording.noted("change to"), "against the rest": wording.noted("against the rest"),
    "kpi": wording.noted("key figure"), "segment": wording.noted("segment"), "by": wording.noted("by (a day)"),
    "now": wording.noted("now"), "gap": wording.noted("gap"), "set by": wording.noted("set by"),
    "industry": wording.noted("industry"), "year": wording.noted("year"), "title": wording.noted("key figure"),
    "ours": wording.noted("ours"), "ours_low": wording.noted("ours from"), "ours_high": wording.noted("ours to"),
    "theirs": wording.noted("theirs"), "theirs_low": wording.noted("theirs from"),
    "theirs_high": wording.noted("theirs to"), "n_theirs": wording.noted("n of theirs"),
    "source": wording.noted("source"), "cohort": wording.noted("cohort"), "age": wording.noted("age (in periods)"),
    "size": wording.noted("size"), "active": wording.noted("active"), "share_low": wording.noted("share from"),
    "share_high": wording.noted("share to"), "node": wording.noted("node"), "phrases": wording.noted("phrases"),
    "practice": wording.noted("practice"), "answered": wording.noted("answered"),
    "perception": wording.noted("perception"), "answer": wording.noted("answer"), "meaning": wording.noted("meaning"),
    "on": wording.noted("on (a day)"),
}  # fmt: skip
"""Columns of our tables → how they are marked for translation: words that mean several things are told apart by what
stands in brackets. English tables have the columns' own names."""


def value(name: str, given: str) -> str:
    """What a value is called; `name` is its facet or its column. A value that is not one of ours is called as it is."""
    marked = VALUES.get(name, {}).get(given)
    return wording.of(marked) if marked else given


def heading(name: str, marked: str = "") -> str:
    """What a column of a table of ours is called; `marked` where it means something else than usual."""
    marked = marked or HEADINGS.get(name, "")
    told = wording.of(marked)  # '' for names that are not ours
    return name if told == marked else told


def headed(rows: pd.DataFrame, own: int = 0, **other: str) -> pd.DataFrame:
    """A table as it is shown: its headings, and what stands in it of ours; the first `own` columns bear names from files.

    `other`: columns that mean something else than usual, and how that is marked for translation.
    """
    names: list[str] = []
    out = rows.copy(deep=False)
    for place, name in enumerate(map(str, rows.columns)):
        told = name if place < own else heading(name, other.get(name, ""))
        names.append(told if told not in names else name)
        if place >= own and name in VALUES:
            out.isetitem(place, [value(name, held) for held in rows.iloc[:, place]])
    return out.set_axis(names, axis=1)


_NUMBER = r"[-−]?\d\S*"
_RANGE = re.compile(
    f"under (?P<most>{_NUMBER})|(?P<begin>{_NUMBER}) to (?P<end>{_NUMBER})|(?P<least>{_NUMBER}) and more"
)


def range_(label: str) -> str:
    """What a range of numbers is called (`under 20`, `20 to 50`, `50 and more`); other labels as they are."""
    found = _RANGE.fullmatch(label)
    if found is None:
        return label
    marks = {ord(","): wording.locale().thousands, ord("."): wording.locale().decimal}
    told = {name: held.translate(marks) for name, held in found.groupdict().items() if held}
    if "most" in told:
        return wording.of("under {number}", number=told["most"])
    if "least" in told:
        return wording.of("{number} and more", number=told["least"])
    return wording.of("{low} to {high}", low=told["begin"], high=told["end"])
