"""A taxonomy as people change it: small records of edits, which mentions they move, and the result as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cx import schema
from cx.errors import TaxonomyError
from cx.text.taxonomy import Taxonomy, load
from cx.text.taxonomy_nodes import ALLOWED, LISTS, SECTIONS, Node, choice, node_from
from cx.view import wording

if TYPE_CHECKING:
    import numpy as np

Edit = Mapping[str, Any]
"""A JSON-able record: `do` (a key of FIELDS), `section`, `node`, and what FIELDS asks for."""

FIELDS: dict[str, tuple[str, ...]] = {
    "add": (),
    "rename": ("to",),
    "merge": ("into",),
    "move": (),
    "delete": (),
    "add phrase": ("phrase",),
    "remove phrase": ("phrase",),
}
"""What each kind of edit needs besides section and node.

`add` takes description, phrases, hints, examples, pillar, stage, as in the file; `move` pillar and/or stage, what a touchpoint
usually belongs to; the phrase edits take `list` (`phrases`, `hints` or `examples`; default `phrases`).
"""
OPTIONAL: dict[str, tuple[str, ...]] = {
    "add": ("description", *LISTS, "pillar", "stage"),
    "move": ("pillar", "stage"),
    "add phrase": ("list",),
    "remove phrase": ("list",),
}

Nodes = dict[str, Node]


class Edited(NamedTuple):
    """The taxonomy after the edits, and one sentence for each edit that no longer fits and was left out."""

    taxonomy: Taxonomy
    notices: list[str]


class Move(NamedTuple):
    """A text whose node changes: its place among the texts, the column (pillar, touchpoint, stage) and both nodes."""

    place: int
    column: str
    before: str
    after: str


def unfit(notice: str) -> TaxonomyError:
    """The error for an edit that was left out: `edited` gives such notices."""
    return TaxonomyError(notice.partition(" was left out: ")[2] or notice)


class _Stale(Exception):
    """An edit fits the rules but not (or no longer) this taxonomy."""


def edited(taxonomy: Taxonomy, edits: Sequence[Edit]) -> Edited:
    """The taxonomy with the edits applied in order. Undo is leaving out the last edit.

    An edit whose node is gone, whose new name is taken, or which would leave a section empty no longer fits: it is left out and
    a notice says so. Raises TaxonomyError, which says the edit and what is wrong with it, for a record that never fits any
    taxonomy: an unknown kind, section or key, a missing field, a name or a word that a file would not be allowed either.
    """
    sections = {name: {node.name: node for node in nodes} for name, nodes in taxonomy.nodes.items()}
    notices = []
    for number, edit in enumerate(edits, 1):
        where = f"edit {number}"
        _checked(edit, where)
        try:
            sections[edit["section"]] = _APPLY[edit["do"]](sections[edit["section"]], edit, where)
        except _Stale as reason:
            notices.append(f"{where} ({told(edit)}) was left out: {reason}")
    nodes = {name: tuple(held.values()) for name, held in sections.items()}
    return Edited(Taxonomy(taxonomy.name, nodes), notices)


@lru_cache(maxsize=4)
def loaded(path: Path | None, edits: str) -> Edited:
    """A taxonomy's file (None: the default) with edits (a JSON list) applied, remembered: every part of an import asks."""
    return edited(load(path), json.loads(edits))


def told(edit: Edit) -> str:
    """An edit in English words, as notices keep it: `rename “lounge” to “waiting room”`."""
    return TOLD[edit["do"]].format(**named(edit, " and "))


def named(edit: Edit, joined: str) -> dict[str, str]:
    """What stands in the places of `TOLD`; `joined` is the word between a pillar and a stage."""
    places = joined.join(f"{edit[key]}" for key in OPTIONAL["move"] if key in edit)
    fields = {field: str(edit[field]) for field in ("to", "into", "phrase") if field in edit}
    return fields | {"node": str(edit["node"]), "places": places}


TOLD = {
    "rename": wording.noted("rename “{node}” to “{to}”"), "merge": wording.noted("merge “{node}” into “{into}”"),
    "move": wording.noted("move “{node}” to {places}"), "delete": wording.noted("delete “{node}”"),
    "add": wording.noted("add “{node}”"), "add phrase": wording.noted("add “{phrase}” to “{node}”"),
    "remove phrase": wording.noted("remove “{phrase}” from “{node}”"),
}  # fmt: skip
"""Kinds of edits in words."""


def moved(
    before: Taxonomy,
    after: Taxonomy,
    texts: Sequence[str],
    vectors: np.ndarray,
    scores: Sequence[float | None] | None = None,
) -> list[Move]:
    """The texts that change their pillar, touchpoint or stage between two taxonomies, in order of the texts.

    Arguments as for `Taxonomy.assign`. A renamed node counts as a change of its texts: they do bear another name.
    """
    old, new = (taxonomy.assign(texts, vectors, scores) for taxonomy in (before, after))
    return [
        Move(place, column, old[column][place], new[column][place])
        for place in range(len(texts))
        for column in old
        if old[column][place] != new[column][place]
    ]


def as_toml(taxonomy: Taxonomy) -> str:
    """The taxonomy as a TOML text that `taxonomy.from_toml` reads back to an equal one, whole: all three sections."""
    out = [f"name = {_quoted(taxonomy.name)}"]
    for section in SECTIONS:
        for node in taxonomy.nodes[section]:
            out += ["", f"[{section}.{_quoted(node.name)}]"]
            given = (("description", node.description or None), ("pillar", node.pillar), ("stage", node.stage))
            out += [f"{key} = {_quoted(value)}" for key, value in given if value is not None]
            if node.model is not None:
                out.append(f"model = {_listed(node.model)}")
            out += [f"{key} = {_listed(words)}" for key in LISTS if (words := getattr(node, key))]
    return "\n".join(out) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string. JSON escapes are a subset of TOML's, save the control character DEL and pairs of surrogates."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _listed(words: Sequence[str]) -> str:
    short = f"[{', '.join(map(_quoted, words))}]"
    return short if len(short) <= 100 else "[\n" + "".join(f"  {_quoted(word)},\n" for word in words) + "]"


def _checked(edit: Edit, where: str) -> None:
    """Raises TaxonomyError when the record can fit no taxonomy."""
    kind, section = edit.get("do"), edit.get("section")
    if kind not in FIELDS:
        raise TaxonomyError(f"{where}: unknown kind of edit {kind!r}; {choice(str(kind), tuple(FIELDS))}")
    if section not in SECTIONS:
        raise TaxonomyError(f"{where}: unknown section {section!r}; {choice(str(section), SECTIONS)}")
    allowed = ("do", "section", "node", *FIELDS[kind], *OPTIONAL.get(kind, ()))
    for key in edit:
        if key not in allowed:
            raise TaxonomyError(f"{where}: unknown key `{key}`; {choice(key, allowed)}")
    for key in ("node", *FIELDS[kind]):
        if not isinstance(edit.get(key), str) or not edit[key].strip():
            raise TaxonomyError(f"{where}: needs `{key}`, a text")
    if kind == "move" and (section != "touchpoints" or not {"pillar", "stage"} & set(edit)):
        raise TaxonomyError(f"{where}: only a touchpoint can be moved, to a pillar, a stage or both")
    if edit.get("list", "phrases") not in LISTS:
        raise TaxonomyError(f"{where}: `list` is {edit['list']!r}; {choice(str(edit['list']), LISTS)}")
    _named(section, edit.get("to", edit["node"] if kind == "add" else None), where)


def _named(section: str, name: str | None, where: str) -> None:
    if name is not None and section in ALLOWED and name not in ALLOWED[section]:
        raise TaxonomyError(f"{where}: [{section}] has no place for {name!r}; {choice(name, ALLOWED[section])}")


def _there(nodes: Nodes, name: str) -> Node:
    if name not in nodes:
        raise _Stale(f"there is no node “{name}” (any more)")
    return nodes[name]


def _free(nodes: Nodes, name: str) -> str:
    if name in nodes:
        raise _Stale(f"there is a node “{name}” already")
    return name


def _added(nodes: Nodes, edit: Edit, where: str) -> Nodes:
    name = _free(nodes, edit["node"].strip())
    keys = {key: value for key, value in edit.items() if key in OPTIONAL["add"]}
    if edit["section"] != "touchpoints":
        keys = {key: value for key, value in keys.items() if key not in OPTIONAL["move"]}
    return nodes | {name: node_from(edit["section"], name, keys, f"{where}: node “{name}”")}


def _renamed(nodes: Nodes, edit: Edit, where: str) -> Nodes:
    node = _there(nodes, edit["node"])
    to = edit["to"].strip()
    if node.name in (schema.GENERAL, schema.NONE):
        raise _Stale(f"“{node.name}” is where unsure answers go and keeps its name")
    if to != node.name:
        _free(nodes, to)
    new = replace(node, name=to, model=node.known_as)
    return {new.name if name == node.name else name: new if name == node.name else held for name, held in nodes.items()}


def _merged(nodes: Nodes, edit: Edit, where: str) -> Nodes:
    gone, kept = _there(nodes, edit["node"]), _there(nodes, edit["into"])
    if gone is kept:
        raise _Stale("a node cannot be merged with itself")
    both: dict[str, Any] = {key: tuple(dict.fromkeys((*getattr(kept, key), *getattr(gone, key)))) for key in LISTS}
    known = tuple(dict.fromkeys((*kept.known_as, *gone.known_as)))
    whole = replace(kept, **both, model=known)
    return {name: whole if name == kept.name else held for name, held in nodes.items() if name != gone.name}


def _put(nodes: Nodes, edit: Edit, where: str) -> Nodes:
    node = _there(nodes, edit["node"])
    keys: dict[str, Any] = {key: edit[key] for key in OPTIONAL["move"] if key in edit}
    node_from("touchpoints", node.name, {"description": "…", **keys}, f"{where}: node “{node.name}”")
    return nodes | {node.name: replace(node, **keys)}


def _deleted(nodes: Nodes, edit: Edit, where: str) -> Nodes:
    node = _there(nodes, edit["node"])
    if len(nodes) == 1:
        raise _Stale("it is the last node of its section")
    return {name: held for name, held in nodes.items() if name != node.name}


def _with(node: Node, key: str, words: tuple[str, ...]) -> Node:
    changed: dict[str, Any] = {key: words}
    return replace(node, **changed)


def _with_phrase(nodes: Nodes, edit: Edit, where: str) -> Nodes:
    node, key = _there(nodes, edit["node"]), edit.get("list", "phrases")
    node_from(edit["section"], node.name, {key: [edit["phrase"]]}, f"{where}: node “{node.name}”")
    if edit["phrase"] in getattr(node, key):
        raise _Stale(f"“{node.name}” has “{edit['phrase']}” already")
    return nodes | {node.name: _with(node, key, (*getattr(node, key), edit["phrase"]))}


def _without_phrase(nodes: Nodes, edit: Edit, where: str) -> Nodes:
    node, key = _there(nodes, edit["node"]), edit.get("list", "phrases")
    left = tuple(word for word in getattr(node, key) if word != edit["phrase"])
    if left == getattr(node, key):
        raise _Stale(f"“{node.name}” has no “{edit['phrase']}” (any more)")
    new = _with(node, key, left)
    if not (new.phrases or new.hints or new.examples or new.description.strip()):
        raise _Stale(f"nothing would be left to know “{node.name}” by")
    return nodes | {node.name: new}


_APPLY = {
    "add": _added,
    "rename": _renamed,
    "merge": _merged,
    "move": _put,
    "delete": _deleted,
    "add phrase": _with_phrase,
    "remove phrase": _without_phrase,
}
