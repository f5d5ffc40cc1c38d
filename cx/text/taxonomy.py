"""What a mention is about: pillar, touchpoint and journey stage, by phrases and by likeness to examples."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cx import schema
from cx.errors import TaxonomyError
from cx.text import embed
from cx.text.phrases import Claim, Index, stems

if TYPE_CHECKING:
    import numpy as np

DEFAULT = Path(__file__).parent / "taxonomies" / "default.toml"
SECTIONS = ("pillars", "touchpoints", "stages")
ALLOWED = {"pillars": (*schema.PILLARS, schema.GENERAL), "stages": schema.STAGES}
"""Names a section may use. Touchpoints are free: every business has its own."""
LISTS = ("phrases", "hints", "examples")
KEYS = {
    "pillars": ("description", *LISTS),
    "touchpoints": ("description", *LISTS, "pillar", "stage"),
    "stages": ("description", *LISTS),
}

# How evidence adds up. Chosen on a plateau of labelled sentences: halving or doubling any of them costs about a point.
HINT = 0.35
"""Weight of a hint; a phrase of one word weighs 1."""
LONGER = 0.5
"""What each further word adds to a phrase: longer is more specific."""
LIKENESS = {"pillars": 1.0, "touchpoints": 1.0, "stages": 0.5}
"""Weight of the cosine between a text and a node's descriptions, examples and phrases."""
USUAL = 0.3
"""What a touchpoint says for its usual pillar."""
FLOOR = {"pillars": 0.35, "touchpoints": 0.35, "stages": 1.0}
"""Less evidence than this is no answer: General, none, or the touchpoint's usual stage."""
FLAT = 0.05
"""A sentiment score nearer to 0 than this is no judgement."""
CHUNK = 20_000


@dataclass(frozen=True)
class Node:
    """One entry of a taxonomy. `pillar` and `stage` are what a touchpoint usually belongs to."""

    name: str
    description: str = ""
    phrases: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    pillar: str | None = None
    stage: str | None = None


class _Likeness(NamedTuple):
    """A section's prototypes: the middle of them all, and one row of length 1 per node around it."""

    centre: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True)
class Taxonomy:
    """Pillars, touchpoints and stages with the words that name them."""

    name: str
    nodes: Mapping[str, tuple[Node, ...]]

    @property
    def pillars(self) -> list[str]:
        """Names a pillar can take, in the file's order, without General."""
        return [node.name for node in self.nodes["pillars"] if node.name != schema.GENERAL]

    @property
    def touchpoints(self) -> list[str]:
        """Names a touchpoint can take, in the file's order, without none."""
        return [node.name for node in self.nodes["touchpoints"] if node.name != schema.NONE]

    @property
    def stages(self) -> list[str]:
        """Names of the stages, in the file's order."""
        return [node.name for node in self.nodes["stages"]]

    @cached_property
    def version(self) -> str:
        """Twelve hex digits that change with anything that can change an assignment."""
        return hashlib.sha256(repr((self.name, sorted(self.nodes.items()))).encode()).hexdigest()[:12]

    def assign(
        self, texts: Sequence[str], vectors: np.ndarray, scores: Sequence[float | None] | None = None
    ) -> dict[str, list[str]]:
        """The pillar, touchpoint and stage of each text, under the keys "pillar", "touchpoint" and "stage".

        `vectors` are `embed.vectors(texts)`. Each node's evidence is the sum of its phrases' weights and its likeness
        to the text. Below the floor the answer is General and none; a stage without evidence is its touchpoint's usual
        one. `scores` (sentiments, −1…1) let a text that names nothing and judges nothing have no stage either.
        """
        out: dict[str, list[str]] = {"pillar": [], "touchpoint": [], "stage": []}
        for start in range(0, len(texts), CHUNK):
            part = slice(start, start + CHUNK)
            flat = [score is None or abs(score) < FLAT for score in scores[part]] if scores is not None else ()
            for column, names in zip(out, self._decide(texts[part], vectors[part], flat), strict=True):
                out[column] += names
        return out

    def _decide(self, texts: Sequence[str], vectors: np.ndarray, flat: Sequence[bool]) -> tuple[list[str], ...]:
        """Pillars, touchpoints and stages of a chunk. −1 is the extra place at the end of each list of names."""
        import numpy as np

        found = self._phrase_evidence(texts)
        pillar, touchpoint, stage = (
            found[at] + LIKENESS[section] * self._likeness(section, vectors) for at, section in enumerate(SECTIONS)
        )
        touchpoints = _best(touchpoint, FLOOR["touchpoints"], self._at("touchpoints", schema.NONE))
        pillar = pillar + USUAL * self._usual_pillars[touchpoints]
        pillars = _best(pillar, FLOOR["pillars"], self._at("pillars", schema.GENERAL))
        stages = _best(stage, FLOOR["stages"], -1)
        stage_names = [*self.stages, schema.NONE]
        pillar_names = [*self._names("pillars"), schema.GENERAL]
        touchpoint_names = [*self._names("touchpoints"), schema.NONE]
        known: list[bool] = np.any(vectors, axis=1).tolist()
        out: tuple[list[str], list[str], list[str]] = ([], [], [])
        for row in range(len(texts)):
            out[0].append(pillar_names[pillars[row]])
            out[1].append(touchpoint_names[touchpoints[row]])
            named = (out[0][row], out[1][row]) != (schema.GENERAL, schema.NONE)
            judged = known[row] and not (flat and flat[row])
            usual = self._usual_stages[touchpoints[row]] if named or judged else schema.NONE
            out[2].append(stage_names[stages[row]] if stages[row] >= 0 else usual)
        return out

    def _names(self, section: str) -> list[str]:
        return [node.name for node in self.nodes[section]]

    def _at(self, section: str, name: str) -> int:
        """The place of a node; −1, the extra place at the end, where the section has no such node."""
        names = self._names(section)
        return names.index(name) if name in names else -1

    def _phrase_evidence(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Per section, texts × nodes: the weights of the phrases found."""
        import numpy as np

        out = [np.zeros((len(texts), len(self.nodes[section])), dtype=np.float32) for section in SECTIONS]
        for row, text in enumerate(texts):
            for match in self._index.find(text):
                for section, node, weight in match.claims:
                    out[section][row, node] += weight
        return out

    def _likeness(self, section: str, vectors: np.ndarray) -> np.ndarray:
        """Cosines (−1…1), texts × nodes, measured from the middle of the section: what all texts share says nothing."""
        import numpy as np

        centre, rows = self._prototypes[section]
        known = np.linalg.norm(vectors, axis=1, keepdims=True) > 0
        return (_unit(np.asarray(vectors, dtype=np.float32) - centre) * known) @ rows.T

    @cached_property
    def _index(self) -> Index:
        return Index(_claims(self.nodes))

    @cached_property
    def _prototypes(self) -> dict[str, _Likeness]:
        import numpy as np

        out = {}
        for section in SECTIONS:
            means = [embed.vectors([n.description, *n.examples, *n.phrases]).mean(axis=0) for n in self.nodes[section]]
            centre = np.mean(means, axis=0)
            out[section] = _Likeness(centre, _unit(np.stack(means) - centre))
        return out

    @cached_property
    def _usual_pillars(self) -> np.ndarray:
        """Touchpoints × pillars: 1 at each touchpoint's usual pillar. The last row is for no touchpoint at all."""
        import numpy as np

        usual = [[float(name == node.pillar) for name in self._names("pillars")] for node in self.nodes["touchpoints"]]
        return np.array([*usual, [0.0] * len(self.nodes["pillars"])])

    @cached_property
    def _usual_stages(self) -> list[str]:
        """Each touchpoint's usual stage; the last is for no touchpoint at all."""
        return [*(node.stage or schema.NONE for node in self.nodes["touchpoints"]), schema.NONE]


def _best(evidence: np.ndarray, floor: float, otherwise: int) -> np.ndarray:
    """The strongest node of each row; `otherwise` where even that is below the floor."""
    import numpy as np

    return np.where(evidence.max(axis=1) >= floor, evidence.argmax(axis=1), otherwise)


def _unit(rows: np.ndarray) -> np.ndarray:
    import numpy as np

    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _claims(nodes: Mapping[str, tuple[Node, ...]]) -> dict[str, tuple[Claim, ...]]:
    """Every phrase with the nodes it speaks for; shared within a section, its weight is shared too."""
    raw: dict[str, list[Claim]] = {}
    for section, name in enumerate(SECTIONS):
        for at, node in enumerate(nodes[name]):
            for phrase, weight in [*((p, 1.0) for p in node.phrases), *((h, HINT) for h in node.hints)]:
                specific = weight * (1 + LONGER * (len(stems(phrase)) - 1))
                raw.setdefault(phrase, []).append(Claim(section, at, specific))
    out = {}
    for phrase, claims in raw.items():
        sharing = [sum(other.section == claim.section for other in claims) for claim in claims]
        out[phrase] = tuple(c._replace(weight=c.weight / k) for c, k in zip(claims, sharing, strict=True))
    return out


def load(path: Path | None = None) -> Taxonomy:
    """The taxonomy of a TOML file; without a path the one that comes with the program.

    A section the file leaves out is taken from the default. Raises TaxonomyError, which names the file, the node and
    what is wrong with it: not TOML, an unknown key or section, a pillar that is none of the five, a stage that is none
    of the five, a list that is no list of words, a section without nodes, a node without anything to know it by.
    """
    content = _content(path or DEFAULT)
    where = (path or DEFAULT).name
    _known(content, ("name", *SECTIONS), where, "section")
    nodes = {section: _section(section, content[section], where) for section in SECTIONS if section in content}
    if not nodes:
        raise TaxonomyError(f"{where}: no section [pillars], [touchpoints] or [stages]")
    if len(nodes) < len(SECTIONS):
        nodes = {section: nodes.get(section) or load().nodes[section] for section in SECTIONS}
    name = content.get("name", (path or DEFAULT).stem)
    if not isinstance(name, str) or not name.strip():
        raise TaxonomyError(f"{where}: `name` must be a text")
    return Taxonomy(name, nodes)


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise TaxonomyError(f"{path.name}: cannot be read ({error.strerror or error})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TaxonomyError(f"{path.name}: not a TOML file in UTF-8: {error}") from error


def _section(section: str, given: Any, where: str) -> tuple[Node, ...]:
    if not isinstance(given, dict) or not given:
        raise TaxonomyError(f'{where}: [{section}] needs at least one node, such as [{section}."name"]')
    if section in ALLOWED:
        for name in given:
            if name not in ALLOWED[section]:
                raise TaxonomyError(
                    f"{where}: [{section}] has no place for {name!r}; {_choice(name, ALLOWED[section])}"
                )
    return tuple(_node(section, name, keys, f'{where}: node [{section}."{name}"]') for name, keys in given.items())


def _node(section: str, name: str, keys: Any, where: str) -> Node:
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
            raise TaxonomyError(f"{where}: `{key}` is {keys[key]!r}; {_choice(keys[key], allowed)}")
    lists = {key: _words(keys.get(key, []), key, where) for key in LISTS}
    if (
        not any(lists.values())
        and not keys.get("description", "").strip()
        and name not in (schema.NONE, schema.GENERAL)
    ):
        raise TaxonomyError(f"{where}: needs a description, phrases or examples to be known by")
    return Node(name, keys.get("description", ""), **lists, pillar=keys.get("pillar"), stage=keys.get("stage"))


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
            raise TaxonomyError(f"{where}: unknown {what} `{key}`; {_choice(key, allowed)}")


def _choice(given: str, allowed: Sequence[str]) -> str:
    near = difflib.get_close_matches(given, allowed, n=1)
    return f"did you mean {near[0]!r}?" if near else f"possible are {', '.join(allowed)}"
