"""What a mention feels and how much effort it tells of, by phrases and rules: precision before recall.

A phrase counts when nothing denies it ("not disappointed"), when it is no wish ("would be great if") and when its side
agrees with the sentiment of the mention. Harsh words about conduct are anger, about a thing disappointment.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
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

BEFORE = 3
"""How many words before a phrase may deny it or make it a wish."""

WORD = re.compile(r"[^\W_]+(?:['/-][^\W_]+)*")
ENDINGS = {"'ll": " will", "'ve": " have", "'re": " are", "'m": " am", "'d": " would", "'s": ""}
IRREGULAR = {"won't": "will not", "wont": "will not", "can't": "can not", "cant": "can not", "cannot": "can not"}
WITHOUT_APOSTROPHE = frozenset(
    ["dont", "doesnt", "didnt", "isnt", "wasnt", "arent", "werent", "couldnt", "wouldnt", "hasnt", "havent", "hadnt"]
)


SECTIONS = ("emotions", "effort")

MEMORY = 100_000
"""Forms of words that are remembered; when there are more, remembering begins anew."""


class _Phrase(NamedTuple):
    """What a phrase tells of and its words after the first: each a set of choices, an ending left open, or any."""

    tells: str
    rest: tuple[re.Pattern[str], ...]
    denies: bool


class _Book(NamedTuple):
    """A section of the table: phrases by their first word, and those whose first word has an open ending; `any_start` is
    all of these starts in one pattern."""

    by_word: dict[str, list[_Phrase]]
    by_start: list[tuple[str, _Phrase]]
    any_start: re.Pattern[str]


class _Vocabulary(dict[str, tuple[str, ...]]):
    """A word as written → its plain words; `openers` are those of them that a phrase may begin with."""

    def __init__(self) -> None:
        super().__init__()
        self.openers: set[str] = set()

    def __missing__(self, word: str) -> tuple[str, ...]:
        plain = self[word] = tuple(_plain(word.lower()).split())
        self.openers.update(each for each in plain if any(_starting(each, section) for section in SECTIONS))
        return plain

    def clear(self) -> None:
        """Forgets every word."""
        super().clear()
        self.openers.clear()


def emotion(text: str, score: float | None) -> str:
    """One of `EMOTIONS`, or `none`.

    `score` is the mention's sentiment (-1…1): good feelings need one that is not negative, bad feelings one that is
    not positive; without a score (not analysed) there is no emotion.
    """
    return of_mentions([text], [score])[0][0]


def effort(text: str) -> str:
    """`high` (repeated tries, workarounds, waits stated as long), `low` (easy, quick, convenient) or `none`."""
    return of_mentions([text], [None])[1][0]


def of_mentions(texts: Sequence[str], scores: Sequence[float | None]) -> tuple[list[str], list[str]]:
    """The `emotion` and the `effort` of every text, read once for both; `scores` are the texts' sentiments."""
    felt, spent = [NONE] * len(texts), [NONE] * len(texts)
    vocabulary = _vocabulary()
    if len(vocabulary) > MEMORY:
        vocabulary.clear()
    for at, text in enumerate(texts):
        words = _words(text)
        if vocabulary.openers.isdisjoint(words):
            continue
        told = {tells for tells, _, _ in _found(words)}
        if told:
            felt[at] = _felt(words, told, scores[at])
            spent[at] = next((each for each in EFFORTS if each in told), NONE)
    return felt, spent


def _felt(words: Sequence[str], told: set[str], score: float | None) -> str:
    """The emotion of a mention whose words tell of all these."""
    if score is None:
        return NONE
    if "harsh" in told:
        told.add("disappointment" if _table()["conduct"].isdisjoint(words) else "anger")
    side = label(score)
    allowed = POSITIVE if side == "positive" else NEGATIVE if side == "negative" else EMOTIONS
    return next((each for each in allowed if each in told), NONE)


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
    for tells, first, last in _found(words):
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
    by_word: dict[str, list[_Phrase]] = {}
    by_start: list[tuple[str, _Phrase]] = []
    for tells, phrases in _file()[section].items():
        for phrase in phrases.split("|"):
            first, *rest = phrase.split()
            entry = _Phrase(tells, tuple(_pattern(word) for word in rest), first in _table()["negations"])
            for choice in first.split("/"):
                if choice.endswith("*"):
                    by_start.append((choice.removesuffix("*"), entry))
                else:
                    by_word.setdefault(choice, []).append(entry)
    return _Book(by_word, by_start, re.compile("|".join(re.escape(start) for start, _ in by_start)))


def _pattern(word: str) -> re.Pattern[str]:
    """`worr*` → any ending; `_` → any word; `my/our` → either."""
    if word == "_":
        return re.compile(".+")
    return re.compile("|".join(re.escape(choice).replace(r"\*", ".*") for choice in word.split("/")))


@lru_cache(maxsize=50_000)
def _starting(word: str, section: str) -> tuple[_Phrase, ...]:
    """The phrases of a section that may begin with this word."""
    book = _book(section)
    exact = tuple(book.by_word.get(word, ()))
    if not book.any_start.match(word):
        return exact
    return (*exact, *(phrase for start, phrase in book.by_start if word.startswith(start)))


@lru_cache(maxsize=MEMORY)
def _beginning(word: str, following: str) -> tuple[tuple[_Phrase, ...], ...]:
    """Per section the phrases that begin with this word and go on, if they do, with the following one; longest first."""
    return tuple(
        tuple(sorted(possible, key=lambda phrase: -len(phrase.rest)))
        for section in SECTIONS
        if (possible := [p for p in _starting(word, section) if not p.rest or p.rest[0].fullmatch(following)])
    )


@lru_cache(maxsize=1)
def _vocabulary() -> _Vocabulary:
    return _Vocabulary()


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
    """The plain words of a text."""
    found = WORD.findall(text.replace("’", "'"))
    return [*chain.from_iterable(map(_vocabulary().__getitem__, found))]


def _placed(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """`_words`, and for each where the word it comes from stands in the text."""
    words: list[str] = []
    places: list[tuple[int, int]] = []
    for match in WORD.finditer(text.replace("’", "'")):
        plain = _vocabulary()[match.group()]
        words += plain
        places += [match.span()] * len(plain)
    return words, places


def _found(words: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """What the phrases in the words tell of, with the numbers of their first and their last word.

    Left out is what something before it denies or makes a wish. Of phrases of a section that begin at the same word the
    longest count.
    """
    openers, last = _vocabulary().openers, len(words) - 1
    for at in [place for place, word in enumerate(words) if word in openers]:
        for phrases in _beginning(words[at], words[at + 1] if at < last else ""):
            if found := _longest(phrases, words, at):
                before = words[max(0, at - BEFORE) : at]
                denied = not _table()["negations"].isdisjoint(before)
                wished = not _table()["hypothetical"].isdisjoint(before)
                for phrase in found:
                    if (phrase.denies or not denied) and not (wished and phrase.tells in POSITIVE):
                        yield phrase.tells, at, at + len(phrase.rest)


def _longest(phrases: Sequence[_Phrase], words: Sequence[str], at: int) -> list[_Phrase]:
    """The longest of the phrases, given longest first, that the words behind place `at` complete; several when equally long."""
    found: list[_Phrase] = []
    for phrase in phrases:
        if found and len(phrase.rest) < len(found[0].rest):
            break
        if _completed(phrase, words, at):
            found.append(phrase)
    return found


def _completed(phrase: _Phrase, words: Sequence[str], at: int) -> bool:
    """Whether the words behind place `at` are the rest of a phrase, of which the first word is known to be."""
    rest = phrase.rest
    if len(rest) < 2:
        return True
    if at + len(rest) >= len(words):
        return False
    return all(rest[place].fullmatch(words[at + 1 + place]) for place in range(1, len(rest)))
