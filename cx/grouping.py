"""Every mention gets its topic: by the model of the version before or a new one, as people edited it."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from cx.intake.masking import Masks
from cx.text import topic_edits, topics

Progress = Callable[[str, int, int], None]


def before(where: Path) -> topics.Model | None:
    """The topics of a version as they were fitted, without people's edits; None when it found none."""
    stored = json.loads((where / "topics.json").read_text(encoding="utf-8"))
    return topic_edits.fitted(stored) if stored["topics"] or stored.get("fitted") else None


def assigned(model: topics.Model, understood: Sequence[Path], progress: Progress) -> topics.Model:
    """Gives every mention of the parts its topic; returns the model with what it counted."""
    count = Count(model)
    for done, path in enumerate(understood, 1):
        found = pd.read_parquet(path)
        count.give(found, np.load(path.with_suffix(".npy")).astype(np.float32))
        found.to_parquet(path, index=False)
        progress("topics", done, len(understood))
    return count.counted()


class Count:
    """Mentions get their topics part by part, and are counted."""

    def __init__(self, model: topics.Model) -> None:
        self.model = model
        self._quotes = {quote for topic in model.topics for quote in topic.exemplars}
        self._sizes: Counter[str] = Counter()
        self._said: set[str] = set()

    def give(self, found: pd.DataFrame, vectors: np.ndarray) -> None:
        """Fills topic and subtopic of mentions; `vectors` are theirs (float32)."""
        found["topic"], found["subtopic"] = self.model.assign(vectors)
        self._sizes.update([*found["topic"].dropna(), *found["subtopic"].dropna()])
        self._said |= self._quotes.intersection(found["text"])

    def counted(self) -> topics.Model:
        """The topics with the mentions each got. A quote stands for mentions that are there: others go."""
        return replace(self.model, topics=[
            replace(topic, size=self._sizes[topic.id], exemplars=tuple(q for q in topic.exemplars if q in self._said))
            for topic in self.model.topics
        ])  # fmt: skip


def masked(model: topics.Model, masks: Masks) -> topics.Model:
    """The topics of a version before by today's rules."""
    return replace(model, topics=[_masked(topic, masks) for topic in model.topics])


def _masked(topic: topics.Topic, masks: Masks) -> topics.Topic:
    terms = tuple(term for term in topic.terms if masks.text(term) == term)
    return replace(topic, name=masks.text(topic.name), terms=terms, exemplars=tuple(map(masks.text, topic.exemplars)))
