"""What people change about a dataset: topics, taxonomy, sentiments. Kept as records, done at once and at every import."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cx import imports
from cx.errors import NotAllowedError, StoreError
from cx.principal import Principal
from cx.revising import Revision
from cx.store import datasets, records
from cx.text import embed, topic_edits, topics
from cx.text.understand import mark

KINDS = ("topics", "taxonomy", "sentiment")


def add(principal: Principal, name: str, kind: str, edit: Mapping[str, Any]) -> str:
    """Keeps an edit and does it; returns the version in which it is done. An edit that cannot be done is not kept."""
    _may(principal, name, kind)
    with datasets.writing():
        records.add_edit(name, kind, edit, principal.name)
        try:
            return _revised(principal, name)
        except BaseException:
            records.drop_last_edit(name, kind)
            raise


def undo(principal: Principal, name: str, kind: str) -> str:
    """Takes the last edit of a kind back; returns the version in which it is undone. Raises StoreError without one."""
    _may(principal, name, kind)
    with datasets.writing():
        gone = records.drop_last_edit(name, kind)
        if gone is None:
            raise StoreError("There is nothing to undo.")
        try:
            return _revised(principal, name, [gone["response_id"]] if kind == "sentiment" else [])
        except BaseException:
            records.add_edit(name, kind, gone, principal.name)
            raise


def listed(principal: Principal, name: str, kind: str) -> list[dict[str, Any]]:
    """The edits of a kind, oldest first."""
    if not principal.may_read(name):
        raise NotAllowedError(f"{principal.name} may not read the dataset '{name}'.")
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
    held = datasets.versions(principal, name)[:-2]
    for old in held:
        if datasets.open_dataset(principal, name, old).manifest.get("edited"):
            datasets.delete_version(principal, name, old)
    return version


def _may(principal: Principal, name: str, kind: str) -> None:
    if kind not in KINDS:
        raise StoreError(f"There are no edits of the kind '{kind}'.")
    if not principal.may_write() or not principal.may_read(name):
        raise NotAllowedError(f"{principal.name} ({principal.role}) may not change the dataset '{name}'.")
