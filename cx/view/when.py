"""A period named in words: "in March", "last quarter", "since May 2026", "between March and June", "2025".

Relative words (last, this) count from the day the data end, not from today: an export of spring is asked about in autumn.
"""

import re
from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = "|".join([*MONTHS, *(name[:3] for name in MONTHS), "sept"])
_YEAR = r"(?:19|20)\d\d"
_NUMBERS = {
    word: n for n, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)
}
_MANY = rf"\d{{1,3}}|{'|'.join(_NUMBERS)}|few|couple of"
FREQUENCY = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
_UNIT = "day|week|month|quarter|year"

AMBIGUOUS = ("may", "mar", "march", "sep", "jan", "dec")
"""Months that are words or names of something else, too."""

POINT = rf"(?:(?P<month>{_MONTH})\b(?:\s+(?P<my>{_YEAR})\b)?|(?P<quarter>q[1-4])(?:\s+(?P<qy>{_YEAR})\b)?|(?P<year>{_YEAR})\b)"
"""A month, a quarter or a year."""


class Period(NamedTuple):
    """First and last day (None: open), and where in the text it was said."""

    begin: date | None
    end: date | None
    at: tuple[int, int]


def found(text: str, first: date, last: date) -> Period | None:
    """The period a text names, in data from `first` to `last`; None when it names none.

    A month or quarter without a year is the latest that has begun when the data end.
    """
    low = text.lower()
    for read in (_between, _open, _relative, _plain):
        if (period := read(low, first, last)) is not None:
            return period
    return None


def both(text: str, first: date, last: date) -> list[Period]:
    """The two or more plain periods of a comparison ("March against April"), in the order of the text."""
    spans = [(match, _days(match, last)) for match in re.finditer(rf"\b{POINT}", text.lower())]
    return [Period(*days, match.span()) for match, days in spans if days and not _verb(text.lower(), match)]


def _between(low: str, first: date, last: date) -> Period | None:
    one, two = POINT, re.sub(r"\?P<(\w+)>", r"?P<\1_>", POINT)
    match = re.search(rf"\b(?:between|from|in|during)\s+{one}\s+(?:and|to|until|till|through|-|–)\s+{two}", low)
    if match is None:
        return None
    end = _days(match, last, "_")
    begin = _days(match, end[1] if end else last)
    if begin is None or end is None:
        return None
    return Period(min(begin[0], end[0]), max(begin[1], end[1]), match.span())


def _open(low: str, first: date, last: date) -> Period | None:
    match = re.search(rf"\b(?P<word>since|after|before|until|till|up to)\s+(?:the\s+)?{POINT}", low)
    if match is None or (days := _days(match, last)) is None:
        return None
    word = match["word"]
    if word == "since":
        return Period(days[0], None, match.span())
    if word == "after":
        return Period(days[1] + timedelta(days=1), None, match.span())
    return Period(None, days[0] - timedelta(days=1) if word == "before" else days[1], match.span())


def _relative(low: str, first: date, last: date) -> Period | None:
    many = re.search(
        rf"\b(?:in|over|during|for)?\s*(?:the\s+)?(?:last|past|previous)\s+(?P<many>{_MANY})\s+(?P<unit>{_UNIT})s?\b",
        low,
    )
    if many is not None:
        return _lately(_number(many["many"]), many["unit"], last, many.span())
    match = re.search(rf"\b(?P<which>last|previous|this|current)\s+(?P<unit>{_UNIT})\b", low)
    if match is not None:
        now = pd.Timestamp(last).to_period(FREQUENCY[match["unit"]])
        # The last month is the last whole one: that in which the data end, when they end with it.
        whole = now.end_time.date() <= last
        back = 0 if match["which"] in ("this", "current") or (whole and match["unit"] != "day") else 1
        held = now - back
        return Period(held.start_time.date(), held.end_time.date(), match.span())
    if match := re.search(r"\b(?:recently|lately|of late)\b", low):
        return Period((pd.Timestamp(last) + pd.Timedelta(days=1) - pd.DateOffset(months=3)).date(), last, match.span())
    return None


def _number(word: str) -> int:
    return int(word) if word.isdigit() else {"few": 3, "couple of": 2, **_NUMBERS}[word]


def _lately(many: int, unit: str, last: date, at: tuple[int, int]) -> Period:
    """So many days, weeks, months … up to the day the data end."""
    if months := {"month": 1, "quarter": 3, "year": 12}.get(unit):
        back = pd.Timestamp(last) + pd.Timedelta(days=1) - pd.DateOffset(months=min(max(many, 1) * months, 1200))
        return Period(back.date(), last, at)
    days = max(many, 1) * (7 if unit == "week" else 1)
    return Period(last - timedelta(days=days - 1), last, at)


def _plain(low: str, first: date, last: date) -> Period | None:
    for match in re.finditer(rf"(?:\b(?:in|during|of|for|on|throughout)\s+)?\b{POINT}", low):
        if not _verb(low, match) and (days := _days(match, last)):
            return Period(*days, match.span())
    return None


def _verb(low: str, match: re.Match[str]) -> bool:
    """Whether "may", "mar", "dec" … is no month here: without a year or a word such as "in" before it."""
    if match["month"] is None or match["my"] or match["month"] not in AMBIGUOUS:
        return False
    return not re.search(
        r"\b(?:in|during|of|for|throughout|since|and|vs|versus|with|against|to|than|compare|compared)\s*$",
        low[: match.start("month")],
    )


def _days(match: re.Match[str], last: date, mark: str = "") -> tuple[date, date] | None:
    """First and last day of the month, quarter or year of a match."""
    try:
        if month := match[f"month{mark}"]:
            number = next(n for n, name in enumerate(MONTHS, 1) if name.startswith(month[:3]))
            year = int(match[f"my{mark}"] or (last.year if number <= last.month else last.year - 1))
            held = pd.Period(year=year, month=number, freq="M")
        elif quarter := match[f"quarter{mark}"]:
            own = int(quarter[1])
            now = (last.month - 1) // 3 + 1
            year = int(match[f"qy{mark}"] or (last.year if own <= now else last.year - 1))
            held = pd.Period(year=year, quarter=own, freq="Q")
        else:
            held = pd.Period(year=int(match[f"year{mark}"]), freq="Y")
    except (ValueError, TypeError, StopIteration):
        return None
    return held.start_time.date(), held.end_time.date()
