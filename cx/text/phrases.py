"""Words and word sequences found in texts, whatever their form: light stemming and one dictionary of n-grams."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from cx.text.language import MASK

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
"""A word: letters and digits; an apostrophe inside belongs to it (don't), a hyphen parts it (wi-fi)."""


HIDDEN = re.compile(MASK.pattern + r"|\b[Xx]{2,}(?:/[Xx]{2,})*\b")
"""Masks, ours and those publishers use (XX/XX/XXXX): no part of what a customer said."""


def unmasked(text: str) -> str:
    """The text with a full stop in the place of every mask."""
    return HIDDEN.sub(".", text) if "[" in text or "XX" in text else text


class Claim(NamedTuple):
    """What a phrase speaks for: a node of a section, with a weight."""

    section: int
    node: int
    weight: float


class Match(NamedTuple):
    """A phrase found in a text: the number of its first word, how many words it has, for whom it speaks."""

    word: int
    length: int
    claims: tuple[Claim, ...]


MEMORY = 200_000
"""Words, and pairs of words, that are remembered; when there are more, remembering begins anew."""


class _Entry(NamedTuple):
    """A phrase's stems, for whom it speaks, its length where its first two words are all of it (else 0), its words at all."""

    words: tuple[str, ...]
    claims: tuple[Claim, ...]
    known: int
    needed: frozenset[str]


@lru_cache(maxsize=MEMORY)
def stem(word: str) -> str:
    """The word without plural, past, -ing and possessive endings, in lower case; `charge charged charging` are one.

    Lighter than Porter's: it leaves alone what makes another word (waiter and wait, delivery and deliver stay apart).
    """
    word = word.lower().replace("’", "'").removesuffix("'s").replace("'", "")
    if len(word) < 4:
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and re.search("[aeiouy]", word[: -len(ending)]):
            word = word[: -len(ending)]
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "se":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def stems(text: str) -> list[str]:
    """The stems of a text's words, in order; masks are no words."""
    return list(map(stem, WORD.findall(unmasked(text))))


GAP = "*"
"""Stands in a phrase for up to `REACH` words: `never * again`."""
REACH = 6


def parts(phrase: str) -> tuple[str, ...]:
    """The stems of a phrase, with `GAP` where it leaves words open; a gap at either end says nothing and is dropped."""
    out: list[str] = []
    for part in phrase.split(GAP):
        if found := stems(part):
            out += [GAP, *found] if out else found
    return tuple(out)


class Index:
    """Many phrases looked up at once: the first stem leads to the few phrases that start with it, longest first."""

    def __init__(self, phrases: Mapping[str, tuple[Claim, ...]]):
        """Compile phrases (as written) with what each speaks for. Phrases of the same stems are joined."""
        joined: dict[tuple[str, ...], dict[tuple[int, int], float]] = {}
        for phrase, claims in phrases.items():
            for section, node, weight in claims:
                kept = joined.setdefault(parts(phrase), {})
                kept[section, node] = max(weight, kept.get((section, node), 0.0))
        self._starts: dict[str, list[_Entry]] = {}
        for words in sorted(joined, key=lambda words: (-len(words), words)):
            claims = tuple(Claim(*where, weight) for where, weight in joined[words].items())
            known = len(words) if len(words) < 3 and GAP not in words else 0
            self._starts.setdefault(words[0], []).append(_Entry(words, claims, known, frozenset(words) - {GAP}))
        self._pairs: dict[tuple[str, str], list[_Entry]] = {}

    def find(self, text: str) -> Iterator[Match]:
        """The phrases in a text from left to right. Within a section the longest phrase takes its words alone."""
        return self.among(stems(text))

    def among(self, words: Sequence[str]) -> Iterator[Match]:
        """`find` for a text whose stems are known."""
        starts, met, last = self._starts, self._pairs, len(words) - 1
        free: dict[int, int] = {}  # section → the first word no phrase has taken there
        taken = 0
        for at in [place for place, word in enumerate(words) if word in starts]:
            pair = words[at], words[at + 1] if at < last else ""
            for phrase, claims, known, needed in met[pair] if pair in met else self._beginning(pair):
                if not (length := known or (needed.issubset(words) and _length(words, at, phrase))):
                    continue
                left = claims if taken <= at else tuple(claim for claim in claims if free.get(claim.section, 0) <= at)
                if left:
                    yield Match(at, length, left)
                    taken = max(taken, at + length)
                    for claim in left:
                        free[claim.section] = at + length

    def _beginning(self, pair: tuple[str, str]) -> list[_Entry]:
        """The phrases that begin with the first word and do not go on otherwise than with the second ("": none)."""
        word, following = pair
        if len(self._pairs) >= MEMORY:
            self._pairs.clear()
        found = [each for each in self._starts[word] if each.words[1:2] in ((), (following,), (GAP,))]
        self._pairs[pair] = found
        return found


def _length(words: Sequence[str], at: int, phrase: tuple[str, ...]) -> int:
    """How many words from `at` on make up the phrase, gaps included and as short as they can be; 0: it is not there."""
    if GAP not in phrase:
        return len(phrase) if tuple(words[at : at + len(phrase)]) == phrase else 0
    split = phrase.index(GAP)
    head, rest = phrase[:split], phrase[split + 1 :]
    if tuple(words[at : at + split]) != head:
        return 0
    for skipped in range(REACH + 1):
        if found := _length(words, at + split + skipped, rest):
            return split + skipped + found
    return 0
