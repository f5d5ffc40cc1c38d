"""Comments that mean about the same as a search, or as a comment, whatever words they use.

Three steps: candidates by their short vectors (`store.vectors`) and by the ways of saying what is searched
(`text.paraphrase`); how alike each is, by its whole vector; a cut below which likeness is chance.
"""

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cx.store import vectors
from cx.store.datasets import Dataset
from cx.text import embed, paraphrase, sentiment
from cx.view import wording

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

CUT = 0.48
"""Least likeness (cosine) that counts. In the sample data made-up words and subjects nobody speaks of reach 0.28 at most;
what means the same lies above 0.5 nearly always."""

OTHERWISE = 0.92
"""What the likeness to another way of saying it is worth, beside that to the words as they were given."""

NAMED = 0.6
"""Likeness of a text that names all a search speaks of, in whichever words: the vector of a long one is diluted."""

AGAINST = 0.3
"""What a praise loses where a complaint is searched, and the other way round: vectors hardly tell the two apart."""

CANDIDATES = 6_000
"""Texts that are compared in full."""

MOST = 2_000
"""Different texts that are found at most, the closest ones."""

LONGEST = 300
"""Characters of a search that are read."""


AT_ONCE = 150_000
"""Mentions up to which vectors are made while somebody waits (some seconds); of more they are made beside (a minute or
two a million, once), and until then found is what names the things searched, in whichever words."""

_making: dict[str, threading.Thread] = {}
_lock = threading.Lock()


class Alike(NamedTuple):
    """What was found: hashes of the texts with their likeness (0…1), the closest first, and the texts; `closest` is the
    highest likeness of any text, also below the cut; `of` how many texts there are."""

    keys: tuple[int, ...]
    likeness: tuple[float, ...]
    texts: frozenset[str]
    closest: float
    of: int
    partly: bool = False
    """The vectors are still being made."""

    @property
    def cut_off(self) -> bool:
        """Whether there are more that would do."""
        return len(self.keys) >= MOST


class _Held:
    """A dataset as a key of the memory: the same while its mentions are."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset, self.state = dataset, (str(vectors.path(dataset)), dataset.window)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.state == self.state

    def __hash__(self) -> int:
        return hash(self.state)


def prepared(dataset: Dataset) -> bool:
    """Whether the vectors are there; makes them, or has them made beside where that takes longer than somebody waits."""
    if vectors.ready(dataset) or dataset.manifest["mentions"] <= AT_ONCE:
        return True
    name = str(vectors.path(dataset))
    with _lock:
        if name not in _making or not _making[name].is_alive():
            _making[name] = threading.Thread(target=vectors.rows, args=(dataset,), daemon=True)
            _making[name].start()
    return False


def of_words(dataset: Dataset, words: str) -> Alike:
    """The texts that mean about what the words say."""
    return _of_words(_Held(dataset), " ".join(words[:LONGEST].split()), prepared(dataset))


@lru_cache(maxsize=32)
def _of_words(held: _Held, words: str, whole: bool) -> Alike:
    concepts, ways = paraphrase.concepts(words), paraphrase.variants(words)
    asked = embed.vectors(ways)
    if not asked.any():
        return Alike((), (), frozenset(), 0.0, 0)
    keys, of = _nearest(held.dataset, asked) if whole else ([], 0)
    named = concepts if 0 < len(concepts) <= paraphrase.MOST_CONCEPTS else []
    found = _candidates(held.dataset, keys, named)
    if found.empty:
        return Alike((), (), frozenset(), 0.0, of, not whole)
    each = embed.vectors(found["text"].tolist()) @ asked.T
    each[:, 1:] *= OTHERWISE
    likeness = _raised(found, each.max(axis=1), named)
    likeness = likeness - AGAINST * _against(found, words, concepts)
    return _cut(found, likeness, of)._replace(partly=not whole)


def of_comment(dataset: Dataset, response_id: str) -> Alike:
    """The texts that mean about what any mention of a response says; its own are among them."""
    return _of_comment(_Held(dataset), response_id, prepared(dataset))


@lru_cache(maxsize=32)
def _of_comment(held: _Held, response_id: str, whole: bool) -> Alike:
    if not whole:
        return Alike((), (), frozenset(), 0.0, 0, True)
    own = held.dataset.query(
        "SELECT DISTINCT text FROM mentions WHERE response_id = ? ORDER BY length(text) DESC, text LIMIT ?",
        [response_id, paraphrase.MOST_VARIANTS],
    )
    asked = embed.vectors(own["text"].tolist())
    if not asked.any():
        return Alike((), (), frozenset(), 0.0, 0)
    keys, of = _nearest(held.dataset, asked)
    found = _candidates(held.dataset, keys, [])
    return _cut(found, (embed.vectors(found["text"].tolist()) @ asked.T).max(axis=1), of)


def _nearest(dataset: Dataset, asked: "np.ndarray") -> tuple[list[int], int]:
    """Hashes of the candidates by their short vectors, and how many texts there are."""
    rows = vectors.rows(dataset)
    return vectors.nearest(rows, asked, CANDIDATES).tolist(), len(rows)


def _candidates(dataset: Dataset, keys: Sequence[int], named: Sequence[Sequence[str]]) -> "pd.DataFrame":
    """Texts by their hashes, and those that name everything: key, text, label, in the order of keys."""
    naming = " AND ".join(["regexp_matches(lower(text), ?)"] * len(named)) or "FALSE"
    patterns = [paraphrase.pattern(ways) for ways in named]
    return dataset.query(
        "WITH near_ AS (SELECT unnest(?::UBIGINT[]) AS key), "
        f"named_ AS (SELECT DISTINCT hash(text) AS key FROM mentions WHERE {naming} ORDER BY 1 LIMIT ?), "
        "both_ AS (FROM near_ UNION FROM named_) "
        "SELECT key, any_value(text) AS text, mode(sentiment_label) AS label "
        "FROM mentions JOIN both_ ON hash(text) = key GROUP BY key ORDER BY key",
        [list(keys), *patterns, CANDIDATES],
    )


def _raised(found: "pd.DataFrame", likeness: "np.ndarray", named: Sequence[Sequence[str]]) -> "np.ndarray":
    import numpy as np

    if not named or not len(found):
        return likeness
    all_named = [all(paraphrase.says(text, ways) for ways in named) for text in found["text"]]
    return np.where(all_named, np.maximum(likeness, NAMED), likeness)


def _against(found: "pd.DataFrame", words: str, named: Sequence[Sequence[str]]) -> "np.ndarray":
    """1 where a text judges the other way than the search does, or says that there was none of it."""
    import numpy as np

    side = paraphrase.side(words)
    label = ("neutral", "positive", "negative")[side] if side else sentiment.label(sentiment.score(words).score)
    other = {"positive": "negative", "negative": "positive"}.get(label, "")
    denied = [any(paraphrase.denies(text, ways) for ways in named) for text in found["text"]]
    return ((found["label"] == other).to_numpy() | np.array(denied, dtype=bool)).astype(float)


def _cut(found: "pd.DataFrame", likeness: "np.ndarray", of: int) -> Alike:
    import numpy as np

    order = np.lexsort((found["key"].to_numpy(), -likeness))
    kept = [place for place in order[:MOST] if likeness[place] >= CUT]
    chosen = found.iloc[kept]
    closest = float(likeness[order[0]]) if len(order) else 0.0
    near = tuple(round(float(likeness[place]), 6) for place in kept)
    return Alike(tuple(chosen["key"].astype("uint64").tolist()), near, frozenset(chosen["text"]), closest, of)


def note(found: Alike) -> str:
    """What was left out, in a sentence."""
    if found.partly:
        return wording.of(
            "The comments are being read for their meaning: a minute or two, this once. Until then {many} different things "
            "said are found by the usual ways of saying it.",
            many=wording.whole(len(found.keys)),
        )
    if not found.keys:
        return wording.of("Nobody said anything like that: what comes closest is not close enough to show.")
    told = wording.of(
        "Found by meaning: {many} of {all} different things said are close enough; the rest is left out.",
        many=wording.whole(len(found.keys)), all=wording.whole(found.of),
    )  # fmt: skip
    if not found.cut_off:
        return told
    return told + wording.of(" Of more than {most} that are close the closest are shown.", most=wording.whole(MOST))
