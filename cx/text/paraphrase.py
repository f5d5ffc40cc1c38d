"""What a search means besides its words: for each of its words the ways customers say the same (paraphrase.toml).

Static vectors know that staff and employees are close, but not that those who were on hold were kept waiting: what means
the same in feedback without sharing a word is written down, in groups, and vectors do the rest.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from cx.text.phrases import WORD, Claim, Index, parts, stem, stems

GROUPS = Path(__file__).with_suffix(".toml")
MOST_VARIANTS = 32
"""Ways of saying a search that are tried; each costs a product with every vector."""

MOST_CONCEPTS = 4
"""Things a search speaks of that must all be named; of more the vectors tell better."""

LITTLE = frozenset(
    map(
        stem,
        "a an the and or but of to in on at by for with from as is are was were be been being am do does did done has have had i "
        "me my we us our you your he she it its they them their this that these those there here what which who whom how when "
        "where why so too very really just also not no nor any some all more most much many can could will would should may "
        "might must about into over under again then than if because while get got keep kept make made go went come came let "
        "one thing things".split(),
    )
)
"""Words that name nothing by themselves."""

DENIALS = frozenset(
    map(stem, ("no", "not", "never", "without", "hardly", "cannot", "can't", "don't", "didn't", "wasn't", "isn't"))
)
"""Before a thing they say that it was not so."""

_WORD_END = r"[\w'’-]*[^\w]+"


SIDES = {"complaints": -1, "praises": 1, "subjects": 0}


class Group(NamedTuple):
    """Phrases that mean about the same, and the side they speak for: -1 complaints, 1 praise, 0 neither."""

    name: str
    side: int
    phrases: tuple[str, ...]


@cache
def groups() -> tuple[Group, ...]:
    """The groups of paraphrase.toml."""
    held = tomllib.loads(GROUPS.read_text(encoding="utf-8"))
    return tuple(Group(name, SIDES[kind], tuple(ways)) for kind in SIDES for name, ways in held[kind].items())


@cache
def _index() -> Index:
    claims: dict[str, tuple[Claim, ...]] = {}
    for place, group in enumerate(groups()):
        for phrase in group.phrases:
            claims[phrase] = (*claims.get(phrase, ()), Claim(0, place, 1.0))
    return Index(claims)


def concepts(text: str) -> list[tuple[str, ...]]:
    """What a short text speaks of, in order: for each word or phrase the ways to say it, itself first.

    Words of little meaning are left out; none is left of a text that is made of them, or of a text in other letters.
    """
    words = WORD.findall(text)
    stems_ = [stem(word) for word in words]
    taken: dict[int, tuple[int, tuple[str, ...]]] = {}
    for match in _index().among(stems_):
        said = " ".join(words[match.word : match.word + match.length])
        ways = [phrase for claim in match.claims for phrase in groups()[claim.node].phrases]
        taken[match.word] = (match.length, tuple(dict.fromkeys([said, *ways])))
    out: list[tuple[str, ...]] = []
    at = 0
    while at < len(words):
        if at in taken:
            length, same = taken[at]
            out.append(same)
            at += length
            continue
        if stems_[at] not in LITTLE and len(words[at]) > 1:
            out.append((words[at],))
        at += 1
    return list(dict.fromkeys(out))


def side(text: str) -> int:
    """Whether the things a text speaks of are complaints (-1) or praise (1) by themselves; 0 for both and neither."""
    met = {groups()[claim.node].side for match in _index().find(text) for claim in match.claims} - {0}
    return met.pop() if len(met) == 1 else 0


def variants(text: str) -> list[str]:
    """The text said in other words, itself first; at most `MOST_VARIANTS`, spread evenly over its concepts."""
    found = concepts(text)
    if not found:
        return [text]
    each = max(1, int(MOST_VARIANTS ** (1 / len(found))))
    short = [ways[:each] if len(found) > 1 else ways for ways in found]
    said = [" ".join(ways) for ways in product(*short)]
    return list(dict.fromkeys([text, *said]))[:MOST_VARIANTS]


def pattern(ways: Sequence[str]) -> str:
    """A regular expression (RE2, for texts in lower case) that lets no text through that says one of the ways in any word
    form; it lets through some that do not: `says` tells."""
    spelled = [_WORD_END.join(map(_beginning, way.lower().replace("’", "'").split())) for way in ways]
    return rf"(^|[^\w])({'|'.join(dict.fromkeys(spelled))})"


def says(text: str, ways: Sequence[str]) -> bool:
    """Whether a text says one of the ways, in any word form; "no queue" does not say "queue"."""
    words = stems(text)
    return any(not _denied(words, at) for at, _ in _places(words, ways))


def denies(text: str, ways: Sequence[str]) -> bool:
    """Whether all a text says of the ways is that there was none of it."""
    words = stems(text)
    found = list(_places(words, ways))
    return bool(found) and all(_denied(words, at) for at, _ in found)


def _places(words: Sequence[str], ways: Sequence[str]) -> Iterator[tuple[int, int]]:
    there = set(words)
    for wanted in _wanted(tuple(ways)):
        if wanted[0] in there:
            for at in range(len(words) - len(wanted) + 1):
                if tuple(words[at : at + len(wanted)]) == wanted:
                    yield at, len(wanted)


@lru_cache(maxsize=256)
def _wanted(ways: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(stems_ for stems_ in map(parts, ways) if stems_)


def _denied(words: Sequence[str], at: int) -> bool:
    return not DENIALS.isdisjoint(words[max(at - 2, 0) : at])


def _beginning(word: str) -> str:
    """What all forms of a word begin with."""
    own = stem(word.split("'")[0].split("-")[0])
    return re.escape(own[:-1] if len(own) > 3 and own[-1] in "yei" else own)
