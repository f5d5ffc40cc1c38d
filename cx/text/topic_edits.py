"""What people change about topics: small records which are done again at every run and import, by topic id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cx.text import clusters, topic_names
from cx.text.topic_model import Emerging, Model, Topic, adopted, emerging_from_json, from_json

if TYPE_CHECKING:
    import numpy as np

Edit = Mapping[str, Any]
"""JSON values: `edit` says which of the functions below made it, the rest is theirs."""

LONGEST_NAME = 80
PARTS = 2
FEWEST = 4
"""Mentions each half of a topic without subtopics must have when it is split."""


class _Gone(Exception):
    """The sentence that says why an edit could not be done."""


def rename(topic: str, name: str) -> Edit:
    """Calls a topic by another name (white space tidied, at most 80 characters)."""
    return {"edit": "rename", "topic": topic, "name": " ".join(name.split())[:LONGEST_NAME]}


def merge(topics: Iterable[str], into: str) -> Edit:
    """Makes topics one: mentions of any of them go to `into`, which keeps its id, name and place."""
    return {"edit": "merge", "topics": sorted(set(topics) - {into}), "into": into}


def move(topic: str, parent: str | None) -> Edit:
    """Puts a topic under another one; with None it becomes a topic of the first level."""
    return {"edit": "move", "topic": topic, "parent": parent}


def hide(topic: str, hidden: bool = True) -> Edit:
    """Hides a topic with its subtopics: its mentions have none, and do not go to the next best one either. Or shows it again."""
    return {"edit": "hide", "topic": topic, "hidden": hidden}


def pin(topic: str, pinned: bool = True) -> Edit:
    """Lists a topic before the others; or not any more."""
    return {"edit": "pin", "topic": topic, "pinned": pinned}


def adopt(found: Emerging) -> Edit:
    """Takes an emerging topic in; the record holds all of it, so that it needs nothing else later."""
    return {"edit": "adopt", "topic": found.topic.id, "found": found.as_json()}


def split(topic: str) -> Edit:
    """Makes the subtopics of a topic topics of the first level. One without subtopics: `split_in_two`."""
    return {"edit": "split", "topic": topic}


def split_in_two(model: Model, topic: str, texts: Sequence[str], vectors: np.ndarray, seed: int = 0) -> Edit | None:
    """Splits a topic into two by its mentions, `texts` and `vectors` (those of other topics do not matter).

    The record holds both halves with their directions: done again on other data it splits at the same place. Their ids are
    the topic's with "a" and "b". None when the topic is not there or its mentions do not make two groups of four.
    """
    import numpy as np
    import sklearn.cluster  # noqa: F401  (before the limit, which only binds thread pools that are there already)
    from threadpoolctl import threadpool_limits

    known = model.topic(topic)
    given = model.assign(vectors)
    members = [at for at, names in enumerate(zip(*given, strict=True)) if topic in names]
    if known is None or len({texts[at] for at in members}) < PARTS * FEWEST:
        return None
    rows = clusters.around(vectors[members], model.centre)
    with threadpool_limits(1):
        groups = clusters.labels(clusters.flattened(rows, seed), PARTS, seed)
    order = np.argsort(-np.bincount(groups, minlength=PARTS), kind="stable")
    groups = np.argsort(order)[groups]
    if np.bincount(groups, minlength=PARTS).min() < FEWEST:
        return None
    directions = clusters.middles(rows, groups)
    held = [texts[at] for at in members]
    taken = [other.name for other in model.topics if other.id != topic]
    named = topic_names.names([topic_names.terms(text) for text in held], groups.tolist(), PARTS, taken=taken)
    parts = []
    for half, name in enumerate(named):
        inside = np.flatnonzero(groups == half)
        quotes = topic_names.exemplars([held[at] for at in inside], (rows[inside] @ directions[half]).tolist())
        made = Topic(f"{topic}{'ab'[half]}", name.name, known.parent, name.terms, len(inside), quotes)
        parts.append(Emerging(made, directions[[half]]).as_json())
    return {"edit": "split", "topic": topic, "parts": parts}


def applied(model: Model, edits: Iterable[Edit]) -> tuple[Model, list[str]]:
    """The model with the edits done one after the other, and a sentence for each that could not be done.

    To be called on the model as it was fitted, with every edit in the order in which people made them: an undone edit is
    one that is no longer in the list. Ids never change; an edit whose topic is gone is reported and passed over.
    """
    notices: list[str] = []
    for edit in edits:
        kind = str(edit.get("edit")) if isinstance(edit, Mapping) else "?"
        try:
            if kind not in _DONE_BY:
                raise _Gone("this version does not know such a change")
            gone = [name for name in edit["topics"] if model.topic(name) is None] if kind == "merge" else []
            model = _DONE_BY[kind](model, edit)
            notices += [
                f"A change to the topics ({kind}) was done without topic {name}, which is gone." for name in gone
            ]
        except _Gone as reason:
            notices.append(f"A change to the topics ({kind}) was left out: {reason}.")
        except (KeyError, TypeError, ValueError, AttributeError):
            notices.append(f"A change to the topics ({kind}) was left out: its record is incomplete.")
    return model, notices


def as_json(fitted: Model, edited: Model, emerging: Sequence[Emerging] = ()) -> dict[str, Any]:
    """What topics.json holds: the edited model as people see it, the fitted one beneath it where they differ, and offers."""
    out = edited.as_json()
    if edited is not fitted:
        out["fitted"] = fitted.as_json()
    return out | {"emerging": [found.as_json() for found in emerging]}


def fitted(given: Mapping[str, Any]) -> Model:
    """The model that edits are to be done on, out of a stored topics.json."""
    return from_json(given.get("fitted") or given)


def _found(model: Model, name: str) -> Topic:
    topic = model.topic(name)
    if topic is None:
        raise _Gone(f"there is no topic {name} any more")
    return topic


def _changed(model: Model, topic: str, **changes: Any) -> Model:
    """The model with one topic's fields replaced."""
    _found(model, topic)
    return replace(model, topics=[replace(t, **changes) if t.id == topic else t for t in model.topics])


def _renamed(model: Model, edit: Edit) -> Model:
    if not isinstance(edit["name"], str) or not edit["name"].strip():
        raise _Gone("the new name is empty")
    return _changed(model, edit["topic"], name=edit["name"])


def _hidden(model: Model, edit: Edit) -> Model:
    return _changed(model, edit["topic"], hidden=bool(edit["hidden"]))


def _pinned(model: Model, edit: Edit) -> Model:
    return _changed(model, edit["topic"], pinned=bool(edit["pinned"]))


def _adopted(model: Model, edit: Edit) -> Model:

    return adopted(model, emerging_from_json(edit["found"]))


def _merged(model: Model, edit: Edit) -> Model:
    """Every merged topic there is; the rest of the record is reported only when none is."""
    into = _found(model, edit["into"])
    names = [name for name in edit["topics"] if model.topic(name) and name != into.id]
    if not names:
        raise _Gone(f"there is nothing left to merge into {into.name}")
    for name in names:
        model = _absorbed(model, name, into.id)
    return _tidied(model)


def _absorbed(model: Model, name: str, into: str) -> Model:
    """The model with one topic's directions and subtopics given to another."""
    target, topic = _found(model, into), _found(model, name)
    if target.parent == name:  # into one of its own subtopics, which takes its place
        model = _changed(model, into, parent=None, size=0)
        target = _found(model, into)
    if target.parent is not None:
        model = _flat(model, name)
    model = _resized(model, topic.parent, -topic.size)
    topics = [
        replace(t, parent=into) if t.parent == name else replace(t, size=t.size + topic.size) if t.id == into else t
        for t in model.topics
        if t.id != name
    ]
    model = _resized(replace(model, topics=topics), target.parent, topic.size)
    return replace(model, directions=_joined(model, name, into))


def _joined(model: Model, name: str, into: str) -> dict[str, np.ndarray]:
    """The directions with those of one topic given to another."""
    import numpy as np

    rows = [model.directions[owner] for owner in (into, name) if owner in model.directions]
    kept = {owner: held for owner, held in model.directions.items() if owner not in (name, into)}
    return {**kept, into: np.vstack(rows)} if rows else kept


def _flat(model: Model, name: str) -> Model:
    """The model with a topic's subtopics dissolved into it."""
    for child in model.children(name):
        model = replace(model, directions=_joined(model, child, name))
    return replace(model, topics=[topic for topic in model.topics if topic.parent != name])


def _resized(model: Model, name: str | None, more: int) -> Model:
    return replace(model, topics=[replace(t, size=max(0, t.size + more)) if t.id == name else t for t in model.topics])


def _moved(model: Model, edit: Edit) -> Model:
    topic, parent = _found(model, edit["topic"]), edit["parent"]
    if parent is not None and (_found(model, parent).parent is not None or parent == topic.id):
        raise _Gone(f"{topic.name} can only be put under a topic of the first level")
    if parent == topic.parent:
        return model
    if parent is not None:
        model = _flat(model, topic.id)
    model = _resized(_resized(model, topic.parent, -topic.size), parent, topic.size)
    return _tidied(_changed(model, topic.id, parent=parent))


def _split(model: Model, edit: Edit) -> Model:
    topic = _found(model, edit["topic"])
    if edit.get("parts"):
        halves = [emerging_from_json(part) for part in edit["parts"]]
        model = _flat(model, topic.id)
        directions = {name: rows for name, rows in model.directions.items() if name != topic.id}
        made = [replace(half.topic, parent=topic.parent, hidden=topic.hidden, pinned=topic.pinned) for half in halves]
        topics = [new for t in model.topics for new in (made if t.id == topic.id else [t])]
        return replace(model, topics=topics, directions=directions | {h.topic.id: h.directions for h in halves})
    children = model.children(topic.id)
    if not children:
        raise _Gone(f"{topic.name} has no subtopics")
    for child in children:
        model = _resized(_changed(model, child, parent=None, hidden=topic.hidden), topic.id, -_found(model, child).size)
    return _tidied(model)


def _tidied(model: Model) -> Model:
    """The model without topics that nothing can be assigned to any more."""
    parents = {topic.parent for topic in model.topics}
    return replace(model, topics=[t for t in model.topics if t.id in model.directions or t.id in parents])


_DONE_BY: Mapping[str, Callable[[Model, Edit], Model]] = {
    "rename": _renamed, "merge": _merged, "move": _moved, "hide": _hidden, "pin": _pinned, "adopt": _adopted,
    "split": _split,
}  # fmt: skip
