"""What people change about a dataset: topics, taxonomy, sentiments. Kept as records, done at once and at every import."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cx import imports
from cx.errors import StoreError
from cx.principal import Principal
from cx.revising import Revision
from cx.store import audit, datasets, links, records
from cx.text import embed, topic_edits, topics
from cx.text.understand import mark

KINDS = ("topics", "taxonomy", "sentiment")
MOST_TOGETHER = 500
"""Edits made at once."""


def add(principal: Principal, name: str, kind: str, edit: Mapping[str, Any]) -> str:
    """Keeps an edit and does it; returns the version in which it is done. An edit that cannot be done is not kept."""
    _may(principal, name, kind)
    with datasets.writing():
        records.add_edit(name, kind, edit, principal.name)
        try:
            version = _revised(principal, name)
        except BaseException:
            records.drop_last_edit(name, kind)
            raise
    audit.write(principal, "corrected", name, what=kind, version=version)
    return version


def add_all(principal: Principal, name: str, kind: str, made: Sequence[Mapping[str, Any]]) -> str:
    """Keeps several edits and does them at once; `undo` takes them back at once. All are kept, or none."""
    _may(principal, name, kind)
    if not 0 < len(made) <= MOST_TOGETHER:
        raise StoreError(f"{len(made):,} changes cannot be made at once: choose 1 to {MOST_TOGETHER}.")
    mark_ = secrets.token_hex(8)
    with datasets.writing():
        for edit in made:
            records.add_edit(name, kind, {**edit, records.TOGETHER: mark_}, principal.name)
        try:
            version = _revised(principal, name)
        except BaseException:
            for _ in made:
                records.drop_last_edit(name, kind)
            raise
    audit.write(principal, "corrected", name, what=kind, edits=len(made), version=version)
    return version


def undo(principal: Principal, name: str, kind: str) -> str:
    """Takes the last edit of a kind back, with those made at once with it; returns the version in which they are undone.

    Raises StoreError without one.
    """
    _may(principal, name, kind)
    with datasets.writing():
        gone = _last(name, kind)
        if not gone:
            raise StoreError("There is nothing to undo.")
        try:
            version = _revised(principal, name, [edit["response_id"] for edit in gone] if kind == "sentiment" else [])
        except BaseException:
            for edit in reversed(gone):
                records.add_edit(name, kind, edit, principal.name)
            raise
    audit.write(principal, "undone", name, what=kind, edits=len(gone), version=version)
    return version


def _last(name: str, kind: str) -> list[dict[str, Any]]:
    """Takes the last edits that were made at once off the record, and returns them, the latest first."""
    gone: list[dict[str, Any]] = []
    for edit in reversed(records.all_edits(name, kind)):
        own = edit.get(records.TOGETHER)
        if gone and (own is None or own != gone[0].get(records.TOGETHER)):
            break
        if (taken := records.drop_last_edit(name, kind)) is not None:
            gone.append(taken)
    return gone


def listed(principal: Principal, name: str, kind: str) -> list[dict[str, Any]]:
    """The edits of a kind, oldest first."""
    datasets.must_read(principal, name)
    return records.all_edits(name, kind)


def halves(principal: Principal, name: str, topic: str) -> dict[str, Any] | None:
    """The edit that splits a topic without subtopics in two; None when its mentions do not fall apart."""
    dataset = datasets.open_dataset(principal, name)
    model = topics.from_json(json.loads((dataset.where / "topics.json").read_text(encoding="utf-8")))
    sql = "SELECT text FROM mentions WHERE topic = ? OR subtopic = ? ORDER BY hash(text), text LIMIT ?"
    texts = dataset.query(sql, [topic, topic, topics.SAMPLE])["text"].tolist()
    found = topic_edits.split_in_two(model, topic, texts, embed.vectors(texts))
    return dict(found) if found else None


def correction(response_id: str, question: str, text: str, side: int) -> dict[str, Any]:
    """The record of a corrected sentiment: -1, 0 or 1. Of the text it keeps a mark, no words."""
    return {"response_id": response_id, "question": question, "mark": mark(text), "side": side}


def _revised(principal: Principal, name: str, touched: list[str] | None = None) -> str:
    before = datasets.open_dataset(principal, name)
    wanted = imports.edits_of(name)
    write: Callable[[Path], Any] = lambda where: Revision(before, where, wanted, touched or []).written()  # noqa: E731
    version = imports.next_version(principal, name, write)
    # Of versions that only edits made the newest two stay: one that is read, one that a page may still be reading.
    # What a share link is fixed to stays as well.
    shared = links.fixed(name)
    held = datasets.versions(principal, name)[:-2]
    for old in held:
        if old not in shared and datasets.open_dataset(principal, name, old).manifest.get("edited"):
            datasets.delete_version(principal, name, old)
    return version


def _may(principal: Principal, name: str, kind: str) -> None:
    if kind not in KINDS:
        raise StoreError(f"There are no edits of the kind '{kind}'.")
    datasets.must_write(principal, name)
