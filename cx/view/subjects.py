"""What a question is about: the KPIs, touchpoints, pillars, topics, stages and groups of customers that it names.

By words first, in any word form, the longest name first; what is left is looked up by what means the same
(`text.paraphrase`), then by likeness (`text.embed`). Names come from the dataset, so it answers about what is there.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from cx.measure import kpis, tally
from cx.schema import DERIVED
from cx.store.datasets import MENTION, Dataset
from cx.text import embed, paraphrase
from cx.text.phrases import WORD, stem, stems
from cx.view import search
from cx.view.filters import EMPTY, Filter
from cx.view.overview import topic_list

SYNONYMS = {
    "nps": ("nps", "net promoter score", "promoter score", "recommendation", "likelihood to recommend", "loyalty score"),
    "csat": ("csat", "satisfaction", "customer satisfaction", "satisfaction score"),
    "ces": ("ces", "effort score", "customer effort", "customer effort score"),
    "rating": ("rating", "ratings", "stars", "star rating", "average rating"),
    "cx_index": ("cx index", "performance index", "cx performance index", "experience index"),
    "effectiveness": ("effectiveness",), "ease": ("ease",), "enjoyment": ("enjoyment",),
    "net_sentiment": ("net sentiment", "sentiment", "mood", "feeling", "tone"),
    "felicific_rate": ("felicific rate", "delight rate", "delight", "joy", "delight moments"),
    "effort_high": ("high effort", "effort"),
}  # fmt: skip
"""What people call the KPIs, besides their titles."""

KINDS = ("kpi", "touchpoint", "pillar", "topic", "stage", "segment", "column", "term")
"""What can be named, in the order in which a word that names several is taken."""

SPOKEN = ("touchpoint", "pillar", "topic", "stage")
"""Kinds that mentions are about."""

MOST_COLUMNS, MOST_VALUES = 30, 60
CLOSE = 0.55
"""Likeness (cosine) from which on a word is taken for a name it does not share a word with."""


class Named(NamedTuple):
    """Something a question names: for a segment `column` is the column and `key` the value. `by` is the word it was taken
    from where that is not its name; `at` the place of its first word."""

    kind: str
    key: str
    name: str
    column: str = ""
    by: str = ""
    at: int = 0

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        return f"{self.column} {self.name}" if self.kind == "segment" else self.name


class _Held:
    """A dataset as a key of the memory."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        manifest = dataset.where / "manifest.json"
        self.state = (str(dataset.where), manifest.stat().st_mtime_ns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.state == self.state

    def __hash__(self) -> int:
        return hash(self.state)


Lexicon = dict[tuple[str, ...], list[Named]]


def lexicon(dataset: Dataset) -> Lexicon:
    """Everything that can be named in a dataset, by the stems of its names; where several share one, the first counts."""
    return _lexicon(_Held(dataset))


@lru_cache(maxsize=8)
def _lexicon(held: _Held) -> Lexicon:
    out: Lexicon = {}
    for words, named in _all(held.dataset):
        key = tuple(stems(words))
        if key and not all(word in paraphrase.LITTLE for word in key):
            out.setdefault(key, []).append(named)
    for each in out.values():
        each.sort(key=lambda named: KINDS.index(named.kind))
    return out


def _all(dataset: Dataset) -> Iterator[tuple[str, Named]]:
    have = kpis.available(dataset)
    for name in have:
        title = kpis.KPIS[name].english  # questions are understood in English
        for words in dict.fromkeys((title, *SYNONYMS.get(name, ()))):
            yield words, Named("kpi", name, title)
    if dataset.manifest["mentions"]:
        for kind in ("touchpoint", "pillar", "stage"):
            for value in search.values(dataset, kind):
                if value not in ("none", "General"):
                    yield value, Named(kind, value, value)
        for topic in topic_list(dataset):
            if not topic.get("hidden"):
                named = Named("topic", topic["id"], topic["name"], "subtopic" if topic["parent"] else "topic")
                yield topic["name"], named
                for term in topic["terms"][:5]:
                    yield term, named._replace(kind="term", by=term)
    for column in columns(dataset):
        yield column, Named("column", column, column)
        for value in tally.values(dataset, column, MOST_VALUES):
            if value != EMPTY and re.search(r"[^\W\d]", value) and len(value) <= 60:
                yield value, Named("segment", value, value, column)


def columns(dataset: Dataset) -> list[str]:
    """The columns whose values can be named."""
    own = [name for name in dataset.segments if name not in (*DERIVED, "complete") and not name.endswith(" scale")]
    return own[:MOST_COLUMNS]


def found(dataset: Dataset, text: str) -> list[Named]:
    """What a text names, in its order; a word belongs to the longest name it is part of."""
    held = lexicon(dataset)
    words = stems(text)
    longest = max(map(len, held), default=0)
    out: list[Named] = []
    taken = [False] * len(words)
    for length in range(min(longest, len(words)), 0, -1):
        for at in range(len(words) - length + 1):
            key = tuple(words[at : at + length])
            if key in held and not any(taken[at : at + length]):
                named = held[key][0]
                kind = "topic" if named.kind == "term" else named.kind
                out.append(named._replace(kind=kind, at=at))
                taken[at : at + length] = [True] * length
    return sorted(out, key=lambda named: named.at)


def as_group(dataset: Dataset, named: Named) -> Named:
    """The group of customers of the same name, where there is one: "NPS in the app" is that of the channel, not of those who
    speak of the app."""
    if named.kind not in SPOKEN:
        return named
    same = lexicon(dataset).get(tuple(stems(named.by or named.name)), ())
    return next((each._replace(at=named.at) for each in same if each.kind == "segment"), named)


def meant(dataset: Dataset, text: str, ignored: Collection[str]) -> Named | None:
    """What a text is about that names nothing by its name: by what means the same, then by likeness; None for neither.

    `ignored`: words of the question itself (why, fall, compare), as stems.
    """
    left = [word for word in WORD.findall(text) if stem(word) not in ignored and stem(word) not in paraphrase.LITTLE]
    if not left:
        return None
    held = lexicon(dataset)
    said = " ".join(left)
    for ways in paraphrase.concepts(said):
        for way in ways[1:]:
            for named in held.get(tuple(stems(way)), ()):
                if named.kind in (*SPOKEN, "term", "kpi"):
                    return named._replace(kind="topic" if named.kind == "term" else named.kind, by=ways[0])
    names = {named.name: named for each in held.values() for named in each if named.kind in SPOKEN}
    if not names:
        return None
    order = sorted(names)
    vectors = embed.vectors([*order, *left])
    likeness = vectors[: len(order)] @ vectors[len(order) :].T
    place, word = divmod(int(likeness.argmax()), len(left))
    if float(likeness[place, word]) < CLOSE:
        return None
    return names[order[place]]._replace(by=left[word])


def filtered(where: Filter, named: Sequence[Named]) -> Filter:
    """The filter with the groups of customers and the subjects of mentions that were named; several of a column: either."""
    chosen: dict[str, list[str]] = {}
    for each in named:
        if each.kind == "segment":
            chosen.setdefault(each.column, []).append(each.key)
        elif each.kind in SPOKEN:
            chosen.setdefault(MENTION + (each.column if each.kind == "topic" else each.kind), []).append(each.key)
    for column, values in chosen.items():
        where = where.with_values(column, list(dict.fromkeys(values)))
    return where
