"""A model of topics: what assigns mentions to them, as it is kept with a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from cx.text import clusters
from cx.text.clusters import NOWHERE

if TYPE_CHECKING:
    import numpy as np

FLOOR = 0.3
"""Cosine to the nearest group, measured from the middle of the data, below which a mention has no topic."""
CHUNK = 20_000
VERSION = 2


@dataclass(frozen=True)
class Topic:
    """A topic, or with a `parent` a subtopic. `size`: mentions of the fitted texts; `exemplars`: typical quotes.

    A `hidden` topic keeps its mentions from other topics and has none itself; a `pinned` one is listed first.
    """

    id: str
    name: str
    parent: str | None
    terms: tuple[str, ...]
    size: int
    exemplars: tuple[str, ...]
    hidden: bool = False
    pinned: bool = False

    def as_json(self) -> dict[str, Any]:
        """The entry of topics.json."""
        return {
            "id": self.id, "name": self.name, "parent": self.parent, "terms": list(self.terms), "size": self.size,
            "exemplars": list(self.exemplars), "hidden": self.hidden, "pinned": self.pinned,
        }  # fmt: skip


def topic_from_json(given: Mapping[str, Any]) -> Topic:
    """The inverse of `Topic.as_json`."""
    return Topic(
        given["id"], given["name"], given["parent"], tuple(given["terms"]), given["size"], tuple(given["exemplars"]),
        given.get("hidden", False), given.get("pinned", False),
    )  # fmt: skip


class Assigned(NamedTuple):
    """A topic's and a subtopic's id per mention; None where there is none."""

    topics: list[str | None]
    subtopics: list[str | None]


@dataclass(frozen=True)
class Model:
    """Topics and what assigns mentions to them: the middle of the data, and per topic the directions of its groups.

    A topic with subtopics has directions of its own only where people merged something into it. `general` are directions
    of mentions that only judge ("great!"): what lies nearest to one of them has no topic. `stability` (see `stability`)
    and `unassigned` (share of the fitted mentions without a topic, 0…1) are None until the model was fitted to data.
    """

    centre: np.ndarray
    directions: Mapping[str, np.ndarray]
    general: np.ndarray
    topics: list[Topic] = field(default_factory=list)
    stability: float | None = None
    unassigned: float | None = None

    def assign(self, vectors: np.ndarray) -> Assigned:
        """The topic and subtopic whose group is nearest to each vector (rows of `embed.vectors`).

        The same vector gets the same answer in any company, and from a model that was stored and read again.
        """
        import numpy as np

        tops: list[str | None] = []
        subs: list[str | None] = []
        owners, stacked = self._stacked()
        answers = np.array([*map(self._answer, owners), (None, None)], dtype=object).reshape(-1, 2)
        for start in range(0, len(vectors) if owners else 0, CHUNK):
            part = vectors[start : start + CHUNK]
            found = clusters.nearest(clusters.around(part, self.centre), stacked, self.general, FLOOR)
            found[~part.any(axis=1)] = NOWHERE
            tops += answers[found, 0].tolist()
            subs += answers[found, 1].tolist()
        return Assigned(tops, subs) if owners else Assigned([None] * len(vectors), [None] * len(vectors))

    def topic(self, name: str) -> Topic | None:
        """The topic with this id."""
        return next((topic for topic in self.topics if topic.id == name), None)

    def children(self, parent: str | None) -> list[str]:
        """The ids of a topic's subtopics; of None: of the first level."""
        return [topic.id for topic in self.topics if topic.parent == parent]

    def _answer(self, owner: str) -> tuple[str | None, str | None]:
        """Topic and subtopic of a mention nearest to a direction of `owner`."""
        topic = self.topic(owner)
        above = self.topic(topic.parent) if topic and topic.parent else None
        if topic is None or topic.hidden or (above and above.hidden):
            return None, None
        return (above.id, owner) if above else (owner, None)

    def _stacked(self) -> tuple[list[str], np.ndarray]:
        """Every direction, and whose it is."""
        import numpy as np

        owners = [topic.id for topic in self.topics for _ in self.directions.get(topic.id, ())]
        rows = [self.directions[topic.id] for topic in self.topics if topic.id in self.directions]
        return owners, np.vstack([np.zeros((0, len(self.centre)), np.float32), *rows])

    def as_json(self) -> dict[str, Any]:
        """Everything needed to assign new mentions the same way, as JSON values."""
        return {
            "version": VERSION,
            "topics": [topic.as_json() for topic in self.topics],
            "stability": self.stability,
            "unassigned": self.unassigned,
            "centre": plain(self.centre),
            "directions": {name: [plain(row) for row in rows] for name, rows in self.directions.items()},
            "general": [plain(row) for row in self.general],
        }


def from_json(given: Mapping[str, Any]) -> Model:
    """The inverse of `Model.as_json`. Version 1, which had one direction for each topic and subtopic, is read too."""
    import numpy as np

    found = [topic_from_json(topic) for topic in given["topics"]]
    parents = {topic.parent for topic in found}
    centre = np.array(given["centre"], dtype=np.float32)
    directions = {
        name: np.array(rows, dtype=np.float32).reshape(-1, len(centre))
        for name, rows in given["directions"].items()
        if given["version"] > 1 or name not in parents
    }
    general = np.array(given["general"], dtype=np.float32).reshape(-1, len(centre))
    return Model(centre, directions, general, found, given.get("stability"), given.get("unassigned"))


class Emerging(NamedTuple):
    """A topic that mentions without one would make, and the directions that would assign to it once it is adopted."""

    topic: Topic
    directions: np.ndarray

    def as_json(self) -> dict[str, Any]:
        """The topic's entry with its `directions`, as JSON values."""
        return self.topic.as_json() | {"directions": [plain(row) for row in self.directions]}


def emerging_from_json(given: Mapping[str, Any]) -> Emerging:
    """The inverse of `Emerging.as_json`."""
    import numpy as np

    return Emerging(topic_from_json(given), np.array(given["directions"], dtype=np.float32, ndmin=2))


def adopted(model: Model, found: Emerging) -> Model:
    """The model with an emerging topic among its own; unchanged when it is there already."""
    if model.topic(found.topic.id) is not None:
        return model
    return replace(
        model, topics=[*model.topics, found.topic], directions={**model.directions, found.topic.id: found.directions}
    )


def plain(row: np.ndarray) -> list[float]:
    """The numbers of a direction as they are stored."""
    return [round(float(value), clusters.DIGITS) for value in row]
