"""Topics: groups of mentions that are about the same thing, found in the data, on two levels."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cx.text import clusters, topic_names
from cx.text.clusters import NOWHERE
from cx.text.topic_model import (
    CHUNK,
    FLOOR,
    VERSION,
    Assigned,
    Emerging,
    Model,
    Topic,
    adopted,
    emerging_from_json,
    from_json,
    plain,
)

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "SAMPLE", "VERSION", "Assigned", "Emerging", "Model", "Topic", "adopted", "emerging", "emerging_from_json", "fit",
    "from_json", "stability",
]  # fmt: skip

SAMPLE = 15_000
"""Mentions a model is fitted on, at most, taken evenly over all of them."""
FEWEST = 8
"""Mentions with a subject below which there are no topics."""
USUAL = 400
"""Mentions with a subject from which there are two levels and their number is chosen by agreement."""
ROOM = 50
"""Mentions there must be on average for each group of the fine level."""
TOPICS = (8, 30)
"""Fewest and most topics of the first level on data of a usual size: what a person can read."""
WIDTH = 2.3
"""Topics per square root of fine groups: a list of topics and each topic's list of subtopics stay alike in length."""
SMALLEST = 4
"""Mentions a group must hold (two on little data)."""
GENERAL = 3
"""Directions at most for mentions that only judge."""
COVERED = 0.25
"""Share of a group's mentions in which one of its terms must stand; less, and it is about nothing that has a name."""
RESAMPLES = 3
RESAMPLED = 4_000
"""Mentions of which random halves are grouped anew to see whether the same topics come out."""
EMERGING = 8
"""Mentions of its own, all different, that a new topic needs."""
TOGETHER = 0.3
"""Mean cosine between its mentions (not seen from any middle) that an emerging topic needs: questions of bank customers
drawn at random have 0.14, those of one intent 0.40 and more, of one intent of an assistant mostly 0.34 and more."""
ALIKE = 0.75
"""Cosine from which two groups of mentions without a topic are one: they were cut small to set odd ones apart."""
OFFERED = 8
"""Emerging topics offered at most."""


def fit(texts: Sequence[str], vectors: np.ndarray, seed: int = 0) -> Model:
    """Find the topics of mentions: k-means on smoothed static vectors, named by distinctive terms.

    `vectors` are `embed.vectors(texts)`. From 400 mentions that name something there are two levels: as many fine groups
    as halves of the data agree on (`clusters.number`), joined to 8 to 30 topics; fewer mentions make topics alone, fewer
    than eight none. Ids go by size ("t01" is the largest, "t01.2" its second subtopic). The same texts give the same
    model on one machine, whatever the number of threads.
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
        centre = clusters.rounded(vectors[sample[subject]].mean(axis=0, dtype=np.float64))
        rows = clusters.around(vectors[sample], centre)
        judging = clusters.labels(rows[~subject], min(GENERAL, int((~subject).sum()) // FEWEST), seed)
        general = clusters.middles(rows[~subject], judging)
        terms = [topic_names.terms(texts[at]) for at in sample]
        found, nameless = _nameable(_fine(rows[subject], seed), rows, general, terms)
        model = _two_levels(Model(centre, {}, np.vstack([general, nameless])), found, vectors, seed)
        model = _named(model, texts, vectors, sample, terms)
        return replace(model, stability=stability(model, vectors[sample[subject]], seed))


def _fine(rows: np.ndarray, seed: int) -> np.ndarray:
    """Directions of the fine level's groups."""
    flat = clusters.flattened(rows, seed)
    k = (
        clusters.number(flat, len(rows) // ROOM, seed)
        if len(rows) >= USUAL
        else clusters.few(flat, _tried(len(rows)), seed)
    )
    least = SMALLEST if len(rows) >= USUAL else 2
    return clusters.middles(rows, clusters.merged(rows, clusters.labels(flat, k, seed), least))


def _tried(n: int) -> list[int]:
    """Numbers of topics worth trying for a few mentions with a subject."""
    most = max(2, min(TOPICS[0] + 4, n // 5 if n < 60 else 10 + n // 100))
    return list(range(min(3, most), most + 1))


def _nameable(
    found: np.ndarray, rows: np.ndarray, general: np.ndarray, terms: Sequence[topic_names.Terms]
) -> tuple[np.ndarray, np.ndarray]:
    """The groups whose terms stand in enough of their texts, and the rest: stories with nothing in common but style."""
    import numpy as np

    nearest = clusters.nearest(rows, found, general, FLOOR)
    cover = np.array([name.cover for name in topic_names.names(terms, nearest.tolist(), len(found))])
    return found[cover >= COVERED], found[cover < COVERED]


def _above(found: np.ndarray, sizes: np.ndarray, seed: int) -> np.ndarray:
    """The first-level group of each fine group; each its own where there are no more than a person can read."""
    import numpy as np

    count = round(min(TOPICS[1], max(TOPICS[0], WIDTH * math.sqrt(len(found)))))
    return clusters.joined(found, sizes, count, seed) if len(found) > count else np.arange(len(found))


def _two_levels(model: Model, found: np.ndarray, vectors: np.ndarray, seed: int) -> Model:
    """The model with these groups as subtopics of first-level topics, both numbered by how many of the vectors they hold."""
    import numpy as np

    sizes = np.zeros(len(found) + 1, dtype=int)
    for start in range(0, len(vectors) if len(found) else 0, CHUNK):
        part = clusters.around(vectors[start : start + CHUNK], model.centre)
        sizes += np.bincount(clusters.nearest(part, found, model.general, FLOOR) % len(sizes), minlength=len(sizes))
    above = _above(found, np.maximum(sizes[:-1], 1), seed)
    held = {group: [at for at in range(len(found)) if above[at] == group] for group in sorted(set(above.tolist()))}
    order = sorted(held, key=lambda group: (-sum(sizes[at] for at in held[group]), group))
    topics: list[Topic] = []
    directions: dict[str, np.ndarray] = {}
    for place, group in enumerate(order, 1):
        members = sorted(held[group], key=lambda at: (-sizes[at], at))
        topics.append(_blank(f"t{place:02}", None))
        if len(members) == 1:
            directions[f"t{place:02}"] = found[members]
            continue
        for number, at in enumerate(members, 1):
            topics.append(_blank(f"t{place:02}.{number}", f"t{place:02}"))
            directions[f"t{place:02}.{number}"] = found[[at]]
    return replace(model, topics=topics, directions=directions)


def _blank(name: str, parent: str | None) -> Topic:
    return Topic(name, "", parent, (), 0, ())


def _named(
    model: Model, texts: Sequence[str], vectors: np.ndarray, sample: np.ndarray, terms: Sequence[topic_names.Terms]
) -> Model:
    """The model with names, terms, sizes and quotes."""
    import numpy as np

    assigned = model.assign(vectors)
    sizes = Counter([*assigned.topics, *assigned.subtopics])
    rows = clusters.around(vectors[sample], model.centre)
    barred = topic_names.everywhere(terms)
    known: dict[str, Topic] = {}
    for parent in (None, *model.children(None)):
        place = {name: at for at, name in enumerate(model.children(parent))}
        if not place:
            continue
        labels = assigned.topics if parent is None else assigned.subtopics
        groups = np.array([place.get(labels[at] or "", NOWHERE) for at in sample], dtype=int)
        inside = np.arange(len(sample)) if parent is None else np.flatnonzero(groups != NOWHERE)
        taken = [topic.name for topic in known.values()]
        found = topic_names.names([terms[int(at)] for at in inside], groups[inside].tolist(), len(place), barred, taken)
        for name, named in zip(place, found, strict=True):
            members = np.flatnonzero(groups == place[name])
            quotes = _quotes(texts, sample[members], rows[members])
            known[name] = Topic(name, named.name, parent, named.terms, sizes[name], quotes)
    return replace(
        model,
        topics=[known[topic.id] for topic in model.topics],
        unassigned=round(sizes[None] and assigned.topics.count(None) / len(vectors), clusters.DIGITS),
    )


def _quotes(texts: Sequence[str], places: np.ndarray, rows: np.ndarray) -> tuple[str, ...]:
    """The quotes nearest to the middle of their group."""
    near = rows @ rows.mean(axis=0) if len(rows) else rows[:, 0]
    return topic_names.exemplars([texts[at] for at in places], near.tolist())


def stability(model: Model, vectors: np.ndarray, seed: int = 0, resamples: int = RESAMPLES) -> float | None:
    """How far the same topics come out of other samples: 1 exactly the same, 0 no more than by chance.

    Random halves of (at most 4,000 of) the vectors that have a topic are grouped anew into as many groups on both levels;
    the mean adjusted mutual information (Vinh et al. 2010) between the topics they and the model give to all of them.
    None where there is not more than one topic, or too little to take halves of.
    """
    import numpy as np
    from sklearn.metrics import adjusted_mutual_info_score

    part = vectors[:: max(1, -(-len(vectors) // RESAMPLED))]
    given = np.array([name or "" for name in model.assign(part).topics], dtype=object)
    rows, given = clusters.around(part[given != ""], model.centre), given[given != ""]
    fine = sum(map(len, model.directions.values()))
    if len(set(given.tolist())) < 2 or len(rows) < 4 * fine:
        return None
    agreed = []
    for again in range(resamples):
        half = rows[np.random.default_rng((seed, again)).permutation(len(rows))[: len(rows) // 2]]
        groups = clusters.labels(clusters.flattened(half, seed), fine, seed + again)
        found = clusters.middles(half, groups)
        above = clusters.joined(found, np.bincount(groups), min(len(found), len(model.children(None))), seed)
        agreed.append(adjusted_mutual_info_score(given, above[(rows @ found.T).argmax(axis=1)]))
    return round(float(np.mean(agreed)), clusters.DIGITS)


def emerging(model: Model, texts: Sequence[str], vectors: np.ndarray, seed: int = 0) -> list[Emerging]:
    """Topics that mentions of a new import would make among those which fit none of the model's, largest first.

    Each needs eight different mentions that hang together and share a term; at most eight are offered. Their ids are made
    from their content ("e" and eight hexadecimal digits), so they never meet those of other topics.
    """
    import numpy as np
    import sklearn.cluster  # noqa: F401  (before the limit, as in `fit`)
    from threadpoolctl import threadpool_limits

    if not model.topics:
        return []
    loose = [
        at for at, topic in enumerate(model.assign(vectors).topics)
        if topic is None and vectors[at].any() and topic_names.has_subject(texts[at])
    ]  # fmt: skip
    loose = loose[:: max(1, -(-len(loose) // SAMPLE))]
    if len({texts[at] for at in loose}) < EMERGING:
        return []
    with threadpool_limits(1):
        rows = clusters.around(vectors[loose], model.centre)
        k = max(1, min(len({texts[at] for at in loose}) // EMERGING, clusters.MOST))
        groups = clusters.labels(clusters.flattened(rows, seed), k, seed)
        groups = clusters.merged(rows, groups, EMERGING // 2, ALIKE)
    terms = [topic_names.terms(texts[at]) for at in loose]
    taken = [topic.name for topic in model.topics]
    named = topic_names.names(terms, groups.tolist(), int(groups.max()) + 1, taken=taken)
    offers = []
    for group, name in enumerate(named):
        members = np.flatnonzero(groups == group)
        offer = _offer(
            name, [texts[loose[at]] for at in members], rows[members], vectors[[loose[at] for at in members]]
        )
        offers += [offer] if offer and model.topic(offer.topic.id) is None else []
    return sorted(offers, key=lambda offer: (-offer.topic.size, offer.topic.id))[:OFFERED]


def _offer(name: topic_names.Name, texts: Sequence[str], rows: np.ndarray, vectors: np.ndarray) -> Emerging | None:
    """A group as an emerging topic; None when its mentions are too few, too far apart, or share no term."""
    import numpy as np

    direction = clusters.middles(rows, np.zeros(len(rows), dtype=int))
    near = rows @ direction[0]
    different = list({text: at for at, text in enumerate(texts)}.values())
    alike = clusters.likeness(clusters.unit(vectors[different].astype(np.float32)))
    if len(different) < EMERGING or alike < TOGETHER or name.cover < 2 * COVERED:
        return None
    digest = hashlib.sha256(json.dumps(plain(direction[0])).encode()).hexdigest()[:8]
    quotes = topic_names.exemplars(texts, near.tolist())
    return Emerging(Topic(f"e{digest}", name.name, None, name.terms, len(texts), quotes), direction)
