"""A comment read into kinds: every word and mark as one letter for what it does in a clause, and where sentences end.

The letters are explained in `mentions.toml`; "." ends a sentence, "n" is any word the table lacks. Words in small letters, most of
all, are known by their form; only the others are looked at together with what stands around them.
"""

import re
import tomllib
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from cx.text.language import MASK

TABLE = Path(__file__).with_name("mentions.toml")

TOKEN = re.compile(
    rf"""{MASK.pattern} | https?://\S*[^\s.,!?;:)] | www\.\S*[^\s.,!?;:)]
    | \w+(?:['’/-]\w+|[.,:]\d+)* | &amp; | [.!?…。！？।]+[)\]"'”’]* | \n\s* | -{{2,}} | [^\w\s]""",
    re.VERBOSE,
)  # fmt: skip
WRITTEN = re.compile(rf"(?:{TOKEN.pattern})[^\S\n]*", re.VERBOSE)
"""A token with the white space behind it: together they are all of a comment but what it begins with."""
INK = re.compile(r"\S")
PUNCTUATION = {",": ",", "，": ",", ";": ";", ":": ":", "-": "-", "--": "-", "–": "-", "—": "-", "(": "(", ")": ")"}
BULLETS = frozenset("•‣▪●◦")
OPENING = frozenset("\"'(“‘[{«¿¡#@$£€*_")
"""What belongs to the word behind it."""

NOT_ONLY = re.compile(r"\bnot (?:only|just|merely)\b[^.!?;\n]*$", re.IGNORECASE)  # behind it "but" adds

PLAIN, WORD, SIGN = "plain", "word", "sign"
"""What a token can be: a word in small letters, one that may begin a sentence or go on with a list, no word."""

MEMORY = 100_000
LONGEST_FORM = 40
"""Tokens that are remembered, and how many characters of one: when there are more, remembering begins anew."""

SIGHT = 60
"""Words looked at on each side of a possible cut: bounds the work on sentences that never end."""
JUDGED = re.compile(r"[JNMGU]|^A?[BCc].*[LHK]")
VERB = re.compile(r"[LHUMKQ]")
LONG_LINE = 60
"""A line at least this long that goes on in small letters was wrapped, not ended."""


def opening(comment: str, at: int) -> int:
    """Where a word begins with the quotes, brackets and signs in front of it."""
    while at > 0 and comment[at - 1] in OPENING:
        at -= 1
    return at


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """(kind of each word, abbreviations by what must follow for a sentence to end)."""
    with TABLE.open("rb") as file:
        table = tomllib.load(file)
    kinds = {word: kind for kind, words in table["kinds"].items() for word in words.split()}
    return kinds, {when: frozenset(words.split()) for when, words in table["abbreviations"].items()}


@lru_cache(maxsize=50_000)
def _kind(word: str) -> str:
    """What a word does in a clause; "n" for what the table does not know, words in -ful and -less judge."""
    lower = word.lower().replace("’", "'")
    if (kind := _table()[0].get(lower)) is not None:
        return kind
    if lower.endswith("n't"):
        return "M"
    if _judges(lower):
        return "J"
    return "R" if lower.endswith("ly") and len(lower) > 5 else "n"


def _judges(word: str) -> bool:
    """Whether a word the table lacks judges by its form: larger, nicest, unaware, tasteful, pointless."""
    if len(word) > 5 and word.endswith(("ful", "less")):
        return True
    if len(word) > 6 and word.startswith("un") and not word.startswith(("under", "until", "uni", "unless")):
        return True
    for ending in ("er", "est"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            bases = (stem, stem + "e", stem[:-1], stem[:-1] + "y")
            return any(_table()[0].get(base) == "J" for base in bases)
    return False


class _Form(NamedTuple):
    """A token as written, with the white space behind it: `what` it is, its kind, and itself."""

    what: str
    kind: str
    token: str


class _Forms(dict[str, _Form]):
    """Tokens met before."""

    def __missing__(self, written: str) -> _Form:
        token = written.rstrip()
        if token[:1].isalnum() or token[:1] == "_" or (token[:1] == "[" and len(token) > 1):
            unusual = len(token) == 1 or token.isdigit() or not token[0].islower() or token.lower() == "but"
            form = _Form(WORD if unusual else PLAIN, _kind(token), token)
        else:
            form = _Form(SIGN, "", token or written)
        if len(written) <= LONGEST_FORM:
            self[written] = form
        return form


_forms = lru_cache(maxsize=1)(_Forms)


def read(comment: str) -> tuple[str, list[int], dict[int, int]]:
    """The comment as a string of kinds, with the start of each, and the end of those that are no words.

    "." stands where a sentence ends.
    """
    kinds: list[str] = []
    starts: list[int] = []
    ends: dict[int, int] = {}
    word = ""
    number = 1
    forms = _forms()
    if len(forms) > MEMORY:
        forms.clear()
    written = WRITTEN.findall(comment)
    begin = len(comment) - sum(map(len, written))  # white space before the first token
    for (what, kind, token), start in zip(
        map(forms.__getitem__, written), accumulate(map(len, written), initial=begin), strict=False
    ):
        if what is PLAIN:
            word = token
        elif what is WORD:
            if _adds(comment, token, start):
                kind = "A"
            numbers = _numbers(comment, token, start + len(token), kinds, number)
            if kinds and kinds[-1] != "." and (numbers or _starts_anew(token, kind, word, kinds[-1])):
                ends[len(kinds)] = opening(comment, start)
                kinds.append(".")
                starts.append(start)
            number += numbers
            word = "" if numbers else token
        else:
            end = start + len(token)
            if not (kind := _mark(comment, token, start, end, word, kinds)):
                continue
            ends[len(kinds)] = start if token in BULLETS else end
        kinds.append(kind)
        starts.append(start)
    return "".join(kinds), starts, ends


def _mark(comment: str, token: str, start: int, end: int, word: str, kinds: list[str]) -> str:
    """What a token that is no word does: "." where a sentence ends, its own letter, or "" when nothing."""
    first = token[0]
    if token in PUNCTUATION:
        kind = PUNCTUATION[token]
        return kind if kind != "-" or _stands_alone(comment, start, end) else ""
    if first == "&":
        return "A"
    if first in ".!?…。！？।":
        ends = _ends(comment, token, word, end)
    elif first == "\n":
        ends = _line_ends(comment, start, end)
    else:
        ends = token in BULLETS or (first > "\u2190" and _emoji_ends(comment, end, kinds))
    return "." if ends else ""


def _adds(comment: str, token: str, start: int) -> bool:
    """Whether a "but" only goes on: behind "not only"."""
    return token.lower() == "but" and bool(NOT_ONLY.search(comment, max(0, start - LONG_LINE), start))


def _numbers(comment: str, token: str, end: int, kinds: list[str], number: int) -> bool:
    """Whether a number or a letter is the next of a list: "1. cheap 2. fast", "a) cheap"; the first begins a sentence."""
    letter = token == chr(ord("a") + number - 1) and comment[end : end + 1] == ")"
    return (
        (letter or (token == str(number) and comment[end : end + 1] in (".", ")")))
        and comment[end + 1 : end + 2].isspace()
        and (number > 1 or not kinds or kinds[-1] == ".")
    )


def _starts_anew(token: str, kind: str, word: str, before: str) -> bool:
    """Whether a capital shows a sentence start that no full stop announced: "nice staff The food was cold"."""
    return (
        kind in "DTESRKQMNBCcWXJz"
        and before in "nGJ)"
        and word.islower()
        and token[0].isupper()
        and token[1:].islower()
        and not token.startswith("I'")
    )


def _next(comment: str, at: int) -> str:
    """The first character from `at` on that is not white space; empty at the end."""
    found = INK.search(comment, at)
    return found.group() if found else ""


def _ends(comment: str, token: str, word: str, end: int) -> bool:
    """Whether a sentence ends at this full stop (question mark, exclamation mark, ellipsis) after `word`."""
    following = comment[end : end + 1]
    after = _next(comment, end)
    mark = token.rstrip(")]\"'”’")
    if not after or (token.endswith(")") and after.islower()):
        return False
    if token[0] in "。！？।":
        return True
    if mark.startswith(("..", "…")):
        return not after.islower()
    if not following.isspace():
        return after.isupper() and (mark[0] != "." or (word.islower() and len(word) > 2 and word.isalpha()))
    return mark != "." or _word_ends(word.lower(), after)


def _emoji_ends(comment: str, end: int, kinds: list[str]) -> bool:
    """Whether an emoji stands for a full stop: something was judged before it and a capital follows."""
    said = "".join(kinds[-SIGHT:]).rpartition(".")[2]
    told = JUDGED.search(said) or VERB.search(said)
    return bool(told) and comment[end : end + 1].isspace() and _next(comment, end).isupper()


def _word_ends(word: str, after: str) -> bool:
    """Whether a full stop after this word ends a sentence which `after` (one character) would follow."""
    abbreviations = _table()[1]
    if word in abbreviations["never"] or (word in abbreviations["before_number"] and after.isdigit()):
        return False
    if word in abbreviations["before_capital"]:
        return after.isupper()
    return len(word) > 1 or word.isdigit()


def _stands_alone(comment: str, start: int, end: int) -> bool:
    """Whether a dash parts two clauses: white space on one side at least, or a long dash."""
    return comment[start] != "-" or comment[start - 1 : start].isspace() or comment[end : end + 1].isspace()


def _line_ends(comment: str, start: int, end: int) -> bool:
    """Whether a line break ends what was said: not where a long line goes on in small letters."""
    line = comment[comment.rfind("\n", 0, start) + 1 : start]
    return len(line) < LONG_LINE or not comment[end : end + 1].islower() or comment.count("\n", start, end) > 1
