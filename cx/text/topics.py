"""Topics: groups of mentions that are about the same thing, found in the data, on two levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from cx.text import topic_names

if TYPE_CHECKING:
    import numpy as np

SAMPLE = 20_000
"""Mentions a model is fitted on, at most, taken evenly over all of them."""
PEERS = 5_000
"""Mentions among which a mention's neighbours are looked for while smoothing."""
NEIGHBOURS = 10
"""A vector is averaged with so many nearest ones before clustering: NMI on banking77 0.70 → 0.73."""
FEWEST = 8
"""Mentions with a subject below which there are no topics."""
TOPICS = (8, 10, 12, 14, 16, 18, 20, 22, 25)
"""Numbers of topics tried on data of a usual size (half a thousand mentions and more)."""
USUAL = 400
ROOM = 40
"""Mentions there must be for each topic on average."""
GENERAL = 3
"""Directions at most for mentions that only judge."""
JUDGED = 2_000
"""Rows a silhouette is computed on: it costs their square."""
CHOSEN_ON = 5_000
"""Rows on which the number of groups is chosen; the groups themselves are then found on all."""
SUBTOPICS = (2, 3, 4, 5, 6)
BIG_ENOUGH = 80
"""Mentions of a topic from which it is worth looking for subtopics."""
NEARLY_BEST = 0.85
"""Of subtopics the smallest number is taken whose silhouette reaches this share of the best: fewer read easier."""
SMALLEST = 0.005
"""Share of the mentions a topic must hold."""
SMALLEST_SUBTOPIC = 0.08
"""Share of its topic's mentions a subtopic must hold."""
COVERED = 0.25
"""Share of a topic's mentions in which one of its terms must stand; less, and it is about nothing that has a name."""
COMPONENTS = 50
"""Principal components the clusters are looked for in; they hold what distinguishes, and are faster."""
FLOOR = 0.2
"""Cosine to the nearest topic, measured from the middle of the data, below which a mention has no topic."""
NOWHERE = -1
"""The group of what belongs to none."""
DIGITS = 4
CHUNK = 20_000
VERSION = 1


@dataclass(frozen=True)
class Topic:
    """A topic, or with a `parent` a subtopic. `size`: mentions of the fitted texts; `exemplars`: typical quotes."""

    id: str
    name: str
    parent: str | None
    terms: tuple[str, ...]
    size: int
    exemplars: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The entry of topics.json."""
        return {
            "id": self.id, "name": self.name, "parent": self.parent, "terms": list(self.terms), "size": self.size,
            "exemplars": list(self.exemplars),
        }  # fmt: skip


class Assigned(NamedTuple):
    """A topic's and a subtopic's id per mention; None where there is none."""

    topics: list[str | None]
    subtopics: list[str | None]


@dataclass(frozen=True)
class Model:
    """Topics and what assigns mentions to them: the middle of the data and one direction per topic.

    `general` are directions of mentions that only judge ("great!"): what lies nearest to one of them has no topic.
    """

    centre: np.ndarray
    directions: Mapping[str, np.ndarray]
    general: np.ndarray
    topics: list[Topic] = field(default_factory=list)

    def assign(self, vectors: np.ndarray) -> Assigned:
        """The nearest topic and, within it, the nearest subtopic of each vector (rows of `embed.vectors`).

        The same vector gets the same answer in any company, and from a model that was stored and read again.
        """
        topics: list[str | None] = []
        subtopics: list[str | None] = []
        for start in range(0, len(vectors), CHUNK):
            top, sub = self._assign(vectors[start : start + CHUNK])
            topics += top
            subtopics += sub
        return Assigned(topics, subtopics)

    def _assign(self, vectors: np.ndarray) -> Assigned:
        import numpy as np

        tops = self._children(None)
        if not tops:
            return Assigned([None] * len(vectors), [None] * len(vectors))
        rows = _around(vectors, self.centre)
        nearest = _nearest(rows, self._stacked(tops), self.general)
        nearest[~vectors.any(axis=1)] = NOWHERE
        subs = np.full(len(vectors), None, dtype=object)
        for at, top in enumerate(tops):
            children = self._children(top)
            members = np.flatnonzero(nearest == at)
            if children and len(members):
                subs[members] = np.array(children, dtype=object)[
                    (rows[members] @ self._stacked(children).T).argmax(axis=1)
                ]
        return Assigned(np.array([*tops, None], dtype=object)[nearest].tolist(), subs.tolist())

    def _children(self, parent: str | None) -> list[str]:
        return [topic.id for topic in self.topics if topic.parent == parent]

    def _stacked(self, ids: Sequence[str]) -> np.ndarray:
        import numpy as np

        return np.vstack([self.directions[name] for name in ids])

    def as_json(self) -> dict[str, Any]:
        """Everything needed to assign new mentions the same way, as JSON values."""
        return {
            "version": VERSION,
            "topics": [topic.as_json() for topic in self.topics],
            "centre": _plain(self.centre),
            "directions": {name: _plain(row) for name, row in self.directions.items()},
            "general": [_plain(row) for row in self.general],
        }


def from_json(given: Mapping[str, Any]) -> Model:
    """The inverse of `Model.as_json`."""
    import numpy as np

    topics = [
        Topic(t["id"], t["name"], t["parent"], tuple(t["terms"]), t["size"], tuple(t["exemplars"]))
        for t in given["topics"]
    ]
    centre = np.array(given["centre"], dtype=np.float32)
    return Model(
        centre,
        {name: np.array(row, dtype=np.float32) for name, row in given["directions"].items()},
        np.array(given["general"], dtype=np.float32).reshape(-1, len(centre)),
        topics,
    )


def fit(texts: Sequence[str], vectors: np.ndarray, seed: int = 0) -> Model:
    """Find the topics of mentions: k-means on smoothed static vectors, named by distinctive terms.

    `vectors` are `embed.vectors(texts)`. The number of topics follows from the data (silhouette), usually 8 to 25,
    fewer for little data and none below eight mentions that name anything. Ids go by size ("t01" is the largest,
    "t01.2" its second subtopic). The same texts give the same model on one machine, whatever the number of threads.
    """
    import numpy as np
    import sklearn.cluster  # loaded before the limit, which only binds thread pools that are there already
    import sklearn.decomposition
    import sklearn.metrics  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        sample = np.arange(len(texts))[:: max(1, -(-len(texts) // SAMPLE))]
        sample = sample[vectors[sample].any(axis=1)]
        subject = np.array([topic_names.has_subject(texts[at]) for at in sample], dtype=bool)
        if len({texts[at] for at in sample[subject]}) < FEWEST:
            return Model(np.zeros(vectors.shape[1], np.float32), {}, np.zeros((0, vectors.shape[1]), np.float32))
        centre = _rounded(vectors[sample[subject]].mean(axis=0, dtype=np.float64))
        rows = _around(vectors[sample], centre)
        general = _middles(rows[~subject], _kmeans(rows[~subject], min(GENERAL, int((~subject).sum()) // FEWEST), seed))
        found = _groups(rows[subject], _tried(int(subject.sum())), 1.0, SMALLEST, seed)
        terms = [topic_names.terms(texts[at]) for at in sample]
        found, nameless = _nameable(found, rows, general, terms)
        model = Model(centre, {}, np.vstack([general, nameless]))
        model = _numbered(model, found, vectors)
        model = _divided(model, vectors[sample], seed)
        return _named(model, texts, vectors, sample, terms)


def _tried(n: int) -> list[int]:
    """Numbers of topics worth trying for n mentions with a subject."""
    if n >= USUAL:
        return [k for k in TOPICS if k <= max(TOPICS[0], n // ROOM)]
    most = max(2, min(TOPICS[0] + 4, n // 5 if n < 60 else 10 + n // 100))
    return list(range(min(3, most), most + 1))


def _groups(rows: np.ndarray, tried: Sequence[int], nearly: float, share: float, seed: int) -> np.ndarray:
    """Directions of the groups in `rows`: as few as come near the best silhouette, none below a share of the rows."""
    import numpy as np
    from sklearn.decomposition import PCA

    smooth = _smooth(rows)
    width = min(COMPONENTS, *(size - 1 for size in smooth.shape))
    flat = PCA(width, random_state=seed, svd_solver="covariance_eigh").fit_transform(smooth)
    distinct = len({row.tobytes() for row in smooth})
    few = flat[:: max(1, -(-len(flat) // CHOSEN_ON))]
    quality = {k: _silhouette(few, _kmeans(few, k, seed)) for k in [k for k in tried if k < distinct] or [1]}
    best = max(quality.values())
    chosen = _kmeans(flat, min(k for k, value in quality.items() if value >= best - (1 - nearly) * abs(best)), seed)
    sizes = np.bincount(chosen)
    return _middles(rows, np.where(sizes[chosen] >= max(2, share * len(rows)), chosen, NOWHERE))


def _silhouette(rows: np.ndarray, labels: np.ndarray) -> float:
    """How well groups are set apart, −1…1 (Rousseeuw 1987), on an even part of the rows; −1 for no grouping at all."""
    from sklearn.metrics import silhouette_score

    part = slice(None, None, max(1, len(rows) // JUDGED))
    groups = len(set(labels[part].tolist()))
    return float(silhouette_score(rows[part], labels[part])) if 1 < groups < len(rows[part]) else -1.0


def _kmeans(rows: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Labels of `k` groups; none for k = 0 (too few rows)."""
    import numpy as np
    from sklearn.cluster import KMeans

    return KMeans(k, n_init=2, random_state=seed).fit_predict(rows) if k else np.full(len(rows), NOWHERE)


def _middles(rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean direction of each group, length 1, rounded as it will be stored."""
    import numpy as np

    means = [rows[labels == group].mean(axis=0) for group in sorted(set(labels.tolist()) - {NOWHERE})]
    return _rounded(_unit(np.vstack(means))) if means else np.zeros((0, rows.shape[1]), np.float32)


def _smooth(rows: np.ndarray) -> np.ndarray:
    """Each row replaced by the mean of its nearest ones: what a short text leaves unsaid, its neighbours say."""
    import numpy as np

    peers = rows[:: max(1, -(-len(rows) // PEERS))]
    near = min(NEIGHBOURS, max(1, len(peers) // 4))
    out = np.empty_like(rows)
    for start in range(0, len(rows), 2_000):
        alike = rows[start : start + 2_000] @ peers.T
        nearest = np.argpartition(-alike, near - 1, axis=1)[:, :near]
        nearest.sort(axis=1)
        out[start : start + 2_000] = peers[nearest].mean(axis=1)
    return _unit(out)


def _nearest(rows: np.ndarray, directions: np.ndarray, general: np.ndarray) -> np.ndarray:
    """The nearest direction of each row; NOWHERE when it is below the floor, or a general one is nearer."""
    import numpy as np

    alike = rows @ np.vstack([directions, general]).T
    nearest = alike.argmax(axis=1)
    return np.where((nearest < len(directions)) & (alike.max(axis=1) >= FLOOR), nearest, NOWHERE)


def _nameable(
    found: np.ndarray, rows: np.ndarray, general: np.ndarray, terms: Sequence[topic_names.Terms]
) -> tuple[np.ndarray, np.ndarray]:
    """The groups whose terms stand in enough of their texts, and the rest: stories with nothing in common but style."""
    import numpy as np

    nearest = _nearest(rows, found, general)
    cover = np.array([name.cover for name in topic_names.names(terms, nearest.tolist(), len(found))])
    return found[cover >= COVERED], found[cover < COVERED]


def _numbered(model: Model, directions: np.ndarray, vectors: np.ndarray, parent: str | None = None) -> Model:
    """The model with these groups added, numbered by how many of the vectors they hold."""
    import numpy as np

    general = model.general if parent is None else model.general[:0]
    sizes = np.zeros(len(directions) + 1, dtype=int)
    for start in range(0, len(vectors), CHUNK):
        part = _around(vectors[start : start + CHUNK], model.centre)
        sizes += np.bincount(_nearest(part, directions, general) % len(sizes), minlength=len(sizes))
    order = sorted(range(len(directions)), key=lambda group: (-sizes[group], group))
    ids = [f"{parent}.{at}" if parent else f"t{at:02}" for at in range(1, len(order) + 1)]
    added = {name: directions[group] for name, group in zip(ids, order, strict=True)}
    blank = [Topic(name, "", parent, (), 0, ()) for name in ids]
    return replace(model, directions={**model.directions, **added}, topics=[*model.topics, *blank])


def _divided(model: Model, vectors: np.ndarray, seed: int) -> Model:
    """The model with subtopics under each topic big enough for them."""
    import numpy as np

    assigned = np.array(model.assign(vectors).topics, dtype=object)
    for top in [topic.id for topic in model.topics]:
        members = vectors[assigned == top]
        if len(members) >= BIG_ENOUGH:
            rows = _around(members, model.centre)
            found = _groups(rows, SUBTOPICS, NEARLY_BEST, SMALLEST_SUBTOPIC, seed)
            if len(found) > 1:
                model = _numbered(model, found, members, parent=top)
    return model


def _named(
    model: Model,
    texts: Sequence[str],
    vectors: np.ndarray,
    sample: np.ndarray,
    terms: Sequence[topic_names.Terms],
) -> Model:
    """The model with names, terms, sizes and quotes, in the order of the ids."""
    import numpy as np

    assigned = model.assign(vectors)
    sizes = Counter([*assigned.topics, *assigned.subtopics])
    rows = _around(vectors[sample], model.centre)
    barred = topic_names.everywhere(terms)
    topics: list[Topic] = []
    for parent in (None, *model._children(None)):
        place = {name: at for at, name in enumerate(model._children(parent))}
        if not place:
            continue
        labels = assigned.topics if parent is None else assigned.subtopics
        groups = np.array([place.get(labels[at] or "", NOWHERE) for at in sample], dtype=int)
        inside = np.arange(len(sample)) if parent is None else np.flatnonzero(groups != NOWHERE)
        taken = [topic.name for topic in topics]
        found = topic_names.names([terms[int(at)] for at in inside], groups[inside].tolist(), len(place), barred, taken)
        for name, named in zip(place, found, strict=True):
            members = np.flatnonzero(groups == place[name])
            near = rows[members] @ model.directions[name]
            quotes = topic_names.exemplars([texts[sample[at]] for at in members], near.tolist())
            topics.append(Topic(name, named.name, parent, named.terms, sizes[name], quotes))
    return replace(model, topics=sorted(topics, key=lambda topic: topic.id))


def _around(vectors: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Vectors seen from the middle of the data, length 1."""
    import numpy as np

    return _unit(np.asarray(vectors, dtype=np.float32) - centre)


def _unit(rows: np.ndarray) -> np.ndarray:
    import numpy as np

    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _rounded(rows: np.ndarray) -> np.ndarray:
    """As stored in JSON, so that a model read again is the same to the last digit."""
    import numpy as np

    return np.round(np.asarray(rows, dtype=np.float64), DIGITS).astype(np.float32)


def _plain(row: np.ndarray) -> list[float]:
    return [round(float(value), DIGITS) for value in row]
