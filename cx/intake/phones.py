"""Telephone numbers in a text: international ones, announced ones, and with a region those its people write."""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from cx.intake.personal import Finder, any_of, words_of

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

FEW, MANY = 7, 9
"""Digits a telephone number has at least; and from which on a national one needs no gaps to be told from other numbers."""

WITHOUT_ZERO = frozenset({"AR", "BR", "CN", "CO", "IN", "PE"})
"""Regions whose national prefix is 0, but whose people mostly leave it out."""

SIGHT, REACH = 60, 28
"""Characters read before a number; and how many may stand between it and the word that announces it."""

_DIGITS = r"\d(?:[ ().\-/\xa0\u2009\u202f–‑]{0,3}\d)"
_LIKELY = re.compile(rf"{_DIGITS}{{6}}")
_NATIONAL = re.compile(rf"{_DIGITS}{{6,17}}")
_INTERNATIONAL = re.compile(rf"\(?(?<!\d)(?:[+＋]|(?<!\d[ .\-/,])00[ \-]?(?=[1-9]))[ (]?{_DIGITS}{{6,17}}(?!\d)")
_AMERICAN = re.compile(
    r"""(?<![\w.+\-(])(?:1[ .\-])?(?:\([2-9]\d\d\)[ \-]?\d{3}[ .\-]|[2-9]\d\d(?P<gap>[.\-])\d{3}(?P=gap))
    \d{4}(?!\d|[.\-/]\d)""",
    re.X,
)
_ANNOUNCED = re.compile(
    rf"""(?<![\w+])(?P<number>\(?{_DIGITS}{{6,14}})
    (?P<extension>\s?(?:x|ext\.?|extension|durchwahl|poste|int\.?)\s?\d{{1,5}})?(?!\w|[.,/\-:]\d)""",
    re.I | re.X,
)

# What tells other numbers apart.
_CUES, _OTHERS, _AMOUNTS = words_of("phone"), words_of("other"), words_of("amount", "words")
_LINKS = words_of("link")
_WORD = re.compile(r"[^\W\d_]+[°º]?")
_ENDS = re.compile(r"[!?;\n]|(?<=\w{4})\.\s")
_MONEY = re.compile(r"[$€£¥₹#№]\s?$")
_SIGN = re.compile(r"\s?[%€$£¥₹°]")
_UNIT = re.compile(rf"\s?(?:[%€$£¥₹°]|(?:{any_of('amount', 'units')})\b)", re.I)
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_HOUR = r"(?:[01]?\d|2[0-4])[.h]?[0-5]\d"
_NO_PHONE = re.compile(
    rf"""\(?(?:
      {_YEAR}([./\- ]){_MONTH}\1{_DAY}\b(?!\1)
    | {_DAY}([./\-]){_DAY}\2(?:{_YEAR}|\d\d(?=$))\b(?!\2)
    | \d{{1,2}}[ ]\d{{1,2}}[ ]{_YEAR}$
    | {_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{{4}}|\d{{6}})?$
    | {_YEAR}\D{{1,3}}{_YEAR}$ | \d+[.,]\d{{1,2}}$ | (?=.*\.\d\.)[\d.]+$
    | {_HOUR}[ ]?[-–][ ]?{_HOUR}$)""",
    re.X,
)


def may_hold(text: str) -> bool:
    """Whether there are seven digits together."""
    return _LIKELY.search(text) is not None


def national(text: str, region: str) -> Iterator[tuple[int, int]]:
    """Where the numbers stand that people of a region (`DE`) would write, as libphonenumber finds them, in order.

    Left out are those that look like some other number: dates, unbroken ones of fewer than nine digits, what
    follows a word such as "order", and a text of nothing but digits (a cell of the file's own numbers).
    """
    if text.strip().isdigit() and not text.strip().startswith("0"):
        return
    for found in _NATIONAL.finditer(text):
        if _NO_PHONE.match(found[0]) or _is_other(text, found.start()):
            continue
        ends = [found.end(), *(found.start() + place for place in reversed(_gaps(found[0])))]
        for end in ends:
            if _count(text[found.start() : end]) < FEW:
                break
            if place := _matched(text, found.start(), end, region):
                yield place
                break


def _matched(text: str, start: int, end: int, region: str) -> tuple[int, int] | None:
    """Where libphonenumber finds a number between two places, if it is one."""
    from phonenumbers import Leniency, PhoneNumberMatcher

    first = max(0, start - 1)  # a bracket or a plus may stand before the first digit
    match = next(iter(PhoneNumberMatcher(text[first:end], region, Leniency.VALID, 1)), None)
    if match is None:
        return None
    number, place = match.raw_string, first + match.start
    long = _count(number) >= MANY or not number.strip("()").isdigit()
    stop = place + len(number)
    part = re.match(r"[.,]\d", text[stop : stop + 2]) or re.search(
        r"\d[.,]$|\w/$|[=#_]$", text[max(0, place - 2) : place]
    )
    zero = not _needs_zero(region) or number[:1] in "(+" or number.startswith("0")
    return (place, stop) if long and zero and not part and _is_free(text, place, stop) else None


@cache
def _needs_zero(region: str) -> bool:
    from phonenumbers import PhoneMetadata

    metadata = PhoneMetadata.metadata_for_region(region)
    return metadata is not None and metadata.national_prefix == "0" and region not in WITHOUT_ZERO


def _international(match: re.Match[str]) -> str | None:
    """The longest beginning of the match that is a valid number, else (after a plus) a possible one."""
    import phonenumbers
    from phonenumbers import ValidationResult

    text = match[0]
    ends = [len(text), *(place for place in reversed(_gaps(text)) if _count(text[:place]) >= FEW)]
    parsed = [(end, number) for end in ends if (number := _parsed(text[:end]))]
    for end, number in parsed:
        if phonenumbers.is_valid_number(number):
            return _put(text, end)
    if text.lstrip("( ").startswith("00") or _is_other(match.string, match.start()):
        return None
    for end, number in parsed:
        if phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE:
            return _put(text, end)
    return None


def _parsed(text: str) -> "PhoneNumber | None":
    import phonenumbers

    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    try:
        return phonenumbers.parse("+" + (digits if re.match(r"\(?\s?[+＋]", text) else digits[2:]))
    except phonenumbers.NumberParseException:
        return None


def _american(match: re.Match[str]) -> str | None:
    return None if _is_other(match.string, match.start()) else "[phone]"


def _announced(match: re.Match[str]) -> str | None:
    """A number after a word such as "call"; unbroken ones only where nothing between says that they are something else."""
    number, start = match["number"], match.start()
    end = _end(number)
    kept, rest = number[:end], number[end:] + ("" if end == len(number) else match["extension"] or "")
    gap = _gap_after_cue(match.string, start)
    if gap is None or _ENDS.search(gap) or _count(kept) < FEW or not _is_free(match.string, start, start + end):
        return None
    if kept.isdigit() and not kept.startswith("0"):
        between = {word.lower() for word in _WORD.findall(gap)}
        if between & _OTHERS or between & _AMOUNTS or "of" in between:
            return None
    return _put(kept, len(kept)) + rest


def _gap_after_cue(text: str, start: int) -> str | None:
    """What stands between a number and the last word that announces one; None without such a word."""
    lead = re.split(r"[\d\n+]", re.sub(r"\[[a-z]+\]", " ", text[max(0, start - SIGHT) : start]))[-1]
    cues = [word for word in _WORD.finditer(lead) if word[0].lower() in _CUES and len(lead) - word.end() <= REACH]
    return lead[cues[-1].end() :] if cues else None


def _is_other(text: str, start: int) -> bool:
    """Whether the words before a place say that some other number follows: "order", "my order number is"."""
    words = [word.lower() for word in _WORD.findall(_ENDS.split(text[max(0, start - SIGHT) : start])[-1])]
    for _ in range(4):
        if not words:
            return False
        word = words.pop()
        if word in _OTHERS:
            return not (word == "case" and words and words[-1] in ("in", "any"))
        if word not in _LINKS:
            return False
    return False


def _is_free(text: str, start: int, end: int) -> bool:
    """Whether a number is no date, no amount, no book's and no other number by the words around it."""
    from stdnum import isbn

    number = text[start:end]
    return not (
        _NO_PHONE.match(number)
        or _MONEY.search(text[max(0, start - 3) : start])
        or (_SIGN if number[0] in "0(" else _UNIT).match(text, end)
        or _is_other(text, start)
        or (number.count("-") >= 3 and isbn.is_valid(number))
    )


def _gaps(number: str) -> list[int]:
    """Places after a group of digits that is followed by another."""
    return [found.end() for found in re.finditer(r"\d(?=\D+\d)", number)]


def _end(number: str) -> int:
    """Where an announced number ends: a second slash, a last digit alone ("2 times") and hours ("9-5") are no part of it."""
    slashes = [found.start() for found in re.finditer("/", number)]
    cut = slashes[1] if len(slashes) > 1 else len(number)
    if alone := re.search(r"(?<=\d) \d(?:\d?[-–]\d\d?)?$", number[:cut]):
        cut = alone.start()
    return len(number[:cut].rstrip(" /.-"))


def _count(number: str) -> int:
    return sum(map(str.isdigit, number))


def _put(number: str, end: int) -> str:
    """The mask for the beginning of a number, with a bracket that only opens in it left standing."""
    opened = "(" if number.startswith("(") and number.count("(", 0, end) > number.count(")", 0, end) else ""
    return f"{opened}[phone]{number[end:]}"


FINDERS = (
    Finder("phone", _INTERNATIONAL, _international),
    Finder("phone", _ANNOUNCED, _announced),
    Finder("phone", _AMERICAN, _american),
)
