"""What a taxonomy is made of, and how it is read from TOML: names, words and what is wrong with them."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cx import schema
from cx.errors import TaxonomyError
from cx.text.phrases import stems

SECTIONS = ("pillars", "touchpoints", "stages")
ALLOWED = {"pillars": (*schema.PILLARS, schema.GENERAL), "stages": schema.STAGES}
"""Names a section may use. Touchpoints are free: every business has its own."""
LISTS = ("phrases", "hints", "examples")
KEYS = {
    "pillars": ("description", *LISTS, "model"),
    "touchpoints": ("description", *LISTS, "pillar", "stage", "model"),
    "stages": ("description", *LISTS, "model"),
}


@dataclass(frozen=True)
class Node:
    """One entry of a taxonomy. `pillar` and `stage` are what a touchpoint usually belongs to.

    `model` names the default nodes whose model speaks for this one; None: the one of the same name, if there is one.
    """

    name: str
    description: str = ""
    phrases: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    pillar: str | None = None
    stage: str | None = None
    model: tuple[str, ...] | None = None

    @property
    def known_as(self) -> tuple[str, ...]:
        """What the model may call this node."""
        return (self.name,) if self.model is None else self.model


def read(text: str, where: str) -> tuple[str | None, dict[str, tuple[Node, ...]]]:
    """The name (None: not given) and the nodes of each section that a TOML text has; `where` names it in errors.

    Raises TaxonomyError, which says the node and what is wrong with it: not TOML, an unknown key or section, a pillar that is
    none of the five, a stage that is none of the five, a list that is no list of words, a section without nodes, a node
    without anything to know it by.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TaxonomyError(f"{where}: not a TOML file in UTF-8: {error}") from error
    _known(content, ("name", *SECTIONS), where, "section")
    nodes = {section: _section(section, content[section], where) for section in SECTIONS if section in content}
    if not nodes:
        raise TaxonomyError(f"{where}: no section [pillars], [touchpoints] or [stages]")
    name = content.get("name")
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise TaxonomyError(f"{where}: `name` must be a text")
    return name, nodes


def _section(section: str, given: Any, where: str) -> tuple[Node, ...]:
    if not isinstance(given, dict) or not given:
        raise TaxonomyError(f'{where}: [{section}] needs at least one node, such as [{section}."name"]')
    if section in ALLOWED:
        for name in given:
            if name not in ALLOWED[section]:
                raise TaxonomyError(f"{where}: [{section}] has no place for {name!r}; {choice(name, ALLOWED[section])}")
    return tuple(node_from(section, name, keys, f'{where}: node [{section}."{name}"]') for name, keys in given.items())


def node_from(section: str, name: str, keys: Any, where: str) -> Node:
    """A node from the keys a file gives it. Raises TaxonomyError, beginning with `where`."""
    if not name.strip():
        raise TaxonomyError(f"{where}: a node needs a name")
    if not isinstance(keys, dict):
        raise TaxonomyError(f"{where}: must be a table with {', '.join(KEYS[section])}")
    _known(keys, KEYS[section], where, "key")
    for key in ("description", "pillar", "stage"):
        if not isinstance(keys.get(key, ""), str):
            raise TaxonomyError(f"{where}: `{key}` must be a text")
    for key, allowed in (("pillar", ALLOWED["pillars"]), ("stage", (*schema.STAGES, schema.NONE))):
        if key in keys and keys[key] not in allowed:
            raise TaxonomyError(f"{where}: `{key}` is {keys[key]!r}; {choice(keys[key], allowed)}")
    lists: dict[str, Any] = {key: _words(keys.get(key, []), key, where) for key in LISTS}
    if (
        not any(lists.values())
        and not keys.get("description", "").strip()
        and name not in (schema.NONE, schema.GENERAL)
    ):
        raise TaxonomyError(f"{where}: needs a description, phrases or examples to be known by")
    usual: dict[str, Any] = {key: keys.get(key) for key in ("pillar", "stage")}
    return Node(name, keys.get("description", ""), **lists, **usual, model=_model(keys.get("model"), where))


def _model(given: Any, where: str) -> tuple[str, ...] | None:
    names = [given] if isinstance(given, str) else given
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TaxonomyError(f"{where}: `model` must be the name of a default node, or a list of them")
    return tuple(names)


def _words(given: Any, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise TaxonomyError(f'{where}: `{key}` must be a list, such as {key} = ["one", "two words"]')
    for item in given:
        if not isinstance(item, str) or not stems(item):
            raise TaxonomyError(f"{where}: `{key}` holds {item!r}, which has no word in it")
    return tuple(dict.fromkeys(given))


def _known(given: Mapping[str, Any], allowed: Sequence[str], where: str, what: str) -> None:
    for key in given:
        if key not in allowed:
            raise TaxonomyError(f"{where}: unknown {what} `{key}`; {choice(key, allowed)}")


def choice(given: str, allowed: Sequence[str]) -> str:
    """What could have been meant: "did you mean 'Process'?", else all that is possible."""
    near = difflib.get_close_matches(given, allowed, n=1)
    return f"did you mean {near[0]!r}?" if near else f"possible are {', '.join(allowed)}"
