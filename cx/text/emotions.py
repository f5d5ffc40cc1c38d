"""What a mention feels and how much effort it tells of, by phrases and rules: precision before recall.

A phrase counts when nothing denies it ("not disappointed"), when it is no wish ("would be great if") and when its side
agrees with the sentiment of the mention. Harsh words about conduct are anger, about a thing disappointment.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cx.schema import NONE
from cx.text.sentiment import label

TABLE = Path(__file__).with_name("emotions.toml")

POSITIVE = ("relief", "gratitude", "trust", "delight")
NEGATIVE = ("worry", "anger", "confusion", "frustration", "disappointment")
EMOTIONS = (*POSITIVE, *NEGATIVE)
"""The particular before the general: the first that a mention tells of is its emotion."""

EFFORTS = ("high", "low")

LONGEST = 8
"""No phrase has more words."""

BEFORE = 3
"""How many words before a phrase may deny it or make it a wish."""

WORD = re.compile(r"[^\W_]+(?:['/-][^\W_]+)*")
ENDINGS = {"'ll": " will", "'ve": " have", "'re": " are", "'m": " am", "'d": " would", "'s": ""}
IRREGULAR = {"won't": "will not", "wont": "will not", "can't": "can not", "cant": "can not", "cannot": "can not"}
WITHOUT_APOSTROPHE = frozenset(
    ["dont", "doesnt", "didnt", "isnt", "wasnt", "arent", "werent", "couldnt", "wouldnt", "hasnt", "havent", "hadnt"]
)


class _Phrase(NamedTuple):
    """What a phrase tells of and its words after the first: each a set of choices, an ending left open, or any."""

    tells: str
    rest: tuple[re.Pattern[str], ...]
    denies: bool


class _Book(NamedTuple):
    """A section of the table: phrases by their first word, and those whose first word is a pattern."""

    by_word: dict[str, list[_Phrase]]
    by_pattern: list[tuple[re.Pattern[str], _Phrase]]


def emotion(text: str, score: float | None) -> str:
    """One of `EMOTIONS`, or `none`.

    `score` is the mention's sentiment (-1…1): good feelings need one that is not negative, bad feelings one that is
    not positive; without a score (not analysed) there is no emotion.
    """
    if score is None:
        return NONE
    words = _words(text)
    told = set(_told(words, "emotions"))
    if "harsh" in told:
        told.add("disappointment" if _table()["conduct"].isdisjoint(words) else "anger")
    side = label(score)
    allowed = POSITIVE if side == "positive" else NEGATIVE if side == "negative" else EMOTIONS
    return next((each for each in allowed if each in told), NONE)


def effort(text: str) -> str:
    """`high` (repeated tries, workarounds, waits stated as long), `low` (easy, quick, convenient) or `none`."""
    told = set(_told(_words(text), "effort"))
    return next((each for each in EFFORTS if each in told), NONE)


def evidence(text: str, score: float | None) -> list[tuple[int, int]]:
    """Where the words stand that made `emotion(text, score)`: (start, end) in code points, in order, not overlapping.

    Empty where there is no emotion. A harsh word about somebody's conduct is shown without the word for that somebody.
    """
    named = emotion(text, score)
    if named == NONE:
        return []
    words, places = _placed(text)
    harsh = named == ("disappointment" if _table()["conduct"].isdisjoint(words) else "anger")
    telling = {named, "harsh"} if harsh else {named}
    out: list[tuple[int, int]] = []
    for tells, first, last in _found(words, "emotions"):
        start, end = places[first][0], places[last][1]
        if tells not in telling:
            continue
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


@lru_cache(maxsize=1)
def _table() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in _file()["words"].items()}


@lru_cache(maxsize=1)
def _file() -> dict[str, dict[str, str]]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


@lru_cache(maxsize=2)
def _book(section: str) -> _Book:
    book = _Book({}, [])
    for tells, phrases in _file()[section].items():
        for phrase in phrases.split("|"):
            first, *rest = phrase.split()
            entry = _Phrase(tells, tuple(_pattern(word) for word in rest), first in _table()["negations"])
            if first.isalnum():
                book.by_word.setdefault(first, []).append(entry)
            else:
                book.by_pattern.append((_pattern(first), entry))
    return book


def _pattern(word: str) -> re.Pattern[str]:
    """`worr*` → any ending; `_` → any word; `my/our` → either."""
    if word == "_":
        return re.compile(".+")
    return re.compile("|".join(re.escape(choice).replace(r"\*", ".*") for choice in word.split("/")))


@lru_cache(maxsize=50_000)
def _starting(word: str, section: str) -> tuple[_Phrase, ...]:
    """The phrases that may begin with this word."""
    book = _book(section)
    return (*book.by_word.get(word, ()), *(phrase for first, phrase in book.by_pattern if first.fullmatch(word)))


@lru_cache(maxsize=50_000)
def _plain(word: str) -> str:
    """A word without contraction: `can't` → `can not`, `I'll` → `i will`, fillers → nothing."""
    if word in _table()["fillers"]:
        return ""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word.endswith("n't"):
        return word[:-3] + " not"
    if word in WITHOUT_APOSTROPHE:
        return word[:-2] + " not"
    for ending, full in ENDINGS.items():
        if word.endswith(ending):
            return word.removesuffix(ending) + full
    return word.replace("-", " ").replace("/", " ")


def _words(text: str) -> list[str]:
    found = WORD.findall(text.replace("’", "'"))
    return " ".join(_plain(word.lower()) for word in found).split()


def _placed(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """`_words`, and for each where the word it comes from stands in the text."""
    words: list[str] = []
    places: list[tuple[int, int]] = []
    for match in WORD.finditer(text.replace("’", "'")):
        plain = _plain(match.group().lower()).split()
        words += plain
        places += [match.span()] * len(plain)
    return words, places


def _told(words: Sequence[str], section: str) -> Iterator[str]:
    """What the phrases in the words tell of, as far as nothing before them denies it or makes it a wish."""
    return (tells for tells, _, _ in _found(words, section))


def _found(words: Sequence[str], section: str) -> Iterator[tuple[str, int, int]]:
    """What each such phrase tells of, with the numbers of its first and its last word."""
    negations, hypothetical = _table()["negations"], _table()["hypothetical"]
    for at, word in enumerate(words):
        if not (found := _longest(_starting(word, section), words[at + 1 : at + LONGEST])):
            continue
        before = words[max(0, at - BEFORE) : at]
        denied = not negations.isdisjoint(before)
        wished = not hypothetical.isdisjoint(before)
        for phrase in found:
            if (phrase.denies or not denied) and not (wished and phrase.tells in POSITIVE):
                yield phrase.tells, at, at + len(phrase.rest)


def _longest(phrases: Sequence[_Phrase], following: Sequence[str]) -> list[_Phrase]:
    """The longest of the phrases that the following words complete; several when they are equally long."""
    found = [
        phrase
        for phrase in phrases
        if len(phrase.rest) <= len(following)
        and all(choice.fullmatch(word) for choice, word in zip(phrase.rest, following, strict=False))
    ]
    most = max((len(phrase.rest) for phrase in found), default=0)
    return [phrase for phrase in found if len(phrase.rest) == most]
