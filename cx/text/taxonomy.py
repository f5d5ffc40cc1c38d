"""What a mention is about: pillar, touchpoint and journey stage, by phrases, likeness to examples and a linear model."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cx import schema
from cx.errors import TaxonomyError
from cx.text import embed, taxonomy_model, taxonomy_nodes
from cx.text.phrases import GAP, Claim, Index, parts, stems
from cx.text.taxonomy_model import Model
from cx.text.taxonomy_nodes import SECTIONS, Node

if TYPE_CHECKING:
    import numpy as np

DEFAULT = Path(__file__).parent / "taxonomies" / "default.toml"
HINT = 0.35
"""Weight of a hint; a phrase of one word weighs 1."""
LONGER = 0.5
"""What each further word adds to a phrase: longer is more specific."""
NOTHING = {"pillars": 0.35, "touchpoints": 0.35, "stages": 0.0}
"""The likeness that no answer is taken to have, where the section has no node General or none."""
SURE = {"pillars": 0.2, "touchpoints": 0.2}
"""Less chance than this is no answer: General, none."""
SURE_STAGE = {"Awareness": 0.4, "Consideration": 0.5, "Purchase": 0.5, "Post-Purchase": 0.75, "Loyalty": 0.35}
"""Less chance than this is no stage of its own: it is the touchpoint's usual one. Chosen on held-out businesses."""
FLAT = 0.05
"""A sentiment score nearer to 0 than this is no judgement."""
EVERYDAY = "Post-Purchase"
"""The stage of nearly everything: it does not speak against the usual stage of a touchpoint the model hardly knows."""
HARDLY = 10
"""Fewer examples than this, and the model hardly knows a touchpoint."""
CHUNK = 20_000
OTHERWISE = {"pillars": schema.GENERAL, "touchpoints": schema.NONE, "stages": schema.NONE}


class _Likeness(NamedTuple):
    """A section's prototypes: the middle of them all, and one row of length 1 per node around it."""

    centre: np.ndarray
    rows: np.ndarray


class Reading(NamedTuple):
    """What texts say: their vectors, phrases found by section (texts × nodes; `basic`: the default's), and the model's opinion."""

    vectors: np.ndarray
    found: dict[str, np.ndarray]
    basic: dict[str, np.ndarray]
    said: dict[str, np.ndarray]


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
        content = repr((self.name, sorted(self.nodes.items()), taxonomy_model.load().version))
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def assign(
        self,
        texts: Sequence[str],
        vectors: np.ndarray,
        scores: Sequence[float | None] | None = None,
        model: Model | None = None,
    ) -> dict[str, list[str]]:
        """The pillar, touchpoint and stage of each text, under the keys "pillar", "touchpoint" and "stage".

        `vectors` are `embed.vectors(texts)`. Each node's evidence is blended of what the model says (where it knows the
        node), its phrases, its likeness to the text and, for pillars and stages, of what the touchpoint usually belongs to.
        Unsure answers are General and none; an unsure stage is its touchpoint's usual one. `scores` (sentiments, −1…1) let
        a text that names nothing and judges nothing have no stage either. `model` stands in for the shipped one.
        """
        model = model or taxonomy_model.load()
        out: dict[str, list[str]] = {"pillar": [], "touchpoint": [], "stage": []}
        for start in range(0, len(texts), CHUNK):
            part = slice(start, start + CHUNK)
            flat = [score is None or abs(score) < FLAT for score in scores[part]] if scores is not None else ()
            for column, names in zip(out, self._decide(texts[part], vectors[part], flat, model), strict=True):
                out[column] += names
        return out

    def _decide(
        self, texts: Sequence[str], vectors: np.ndarray, flat: Sequence[bool], model: Model
    ) -> tuple[list[str], ...]:
        """Pillars, touchpoints and stages of a chunk. The last column of chances is for no answer."""
        import numpy as np

        words = [stems(text) for text in texts]
        found, basic = self.phrase_evidence(words)
        said = model.chances(words, vectors, np.hstack(list(basic.values())))
        reading = Reading(vectors, found, basic, said)
        touchpoint = self.chances("touchpoints", reading, model)
        pillar = self.chances("pillars", reading, model, touchpoint @ self.usual("pillars"))
        stage = self.chances("stages", reading, model, touchpoint @ self.usual("stages"))
        decided = self._best("pillars", pillar), self._best("touchpoints", touchpoint)
        stages = _surest(stage, [SURE_STAGE[name] for name in self._names("stages")])
        return self._named(*decided, stages, ~np.any(vectors, axis=1), np.array(flat, dtype=bool), model)

    def _named(
        self,
        pillars: np.ndarray,
        touchpoints: np.ndarray,
        stages: np.ndarray,
        empty: np.ndarray,
        flat: np.ndarray,
        model: Model,
    ) -> tuple[list[str], ...]:
        """The names of what was decided; `empty` texts have none, `flat` ones judge nothing (no entries: all may judge)."""
        import numpy as np

        one, other = (
            np.array([*self._names(section), OTHERWISE[section]], dtype=object)[decided]
            for section, decided in (("pillars", pillars), ("touchpoints", touchpoints))
        )
        own = np.array(self.stages, dtype=object)[stages]
        unsure = (stages < 0) | (np.array(self._is_own(model))[touchpoints] & (own == EVERYDAY))
        own = np.where(unsure, np.array(self._usual_stages, dtype=object)[touchpoints], own)
        named = (one != schema.GENERAL) | (other != schema.NONE)
        judged = ~flat if len(flat) else np.ones(len(named), dtype=bool)
        one[empty] = schema.GENERAL
        other[empty] = schema.NONE
        own[empty | (unsure & ~named & ~judged)] = schema.NONE
        return one.tolist(), other.tolist(), own.tolist()

    def chances(self, section: str, reading: Reading, model: Model, usual: np.ndarray | None = None) -> np.ndarray:
        """Texts × (nodes of a section and, last, no answer): the chance of each, from all the evidence; rows sum to 1."""
        evidence = self.evidence(section, reading, model, usual)
        blend = model.sections[section].blend
        return taxonomy_model.softmax(sum(weight * part for weight, part in zip(blend, evidence, strict=True)))

    def evidence(
        self, section: str, reading: Reading, model: Model, usual: np.ndarray | None = None
    ) -> list[np.ndarray]:
        """The parts the chances are blended of (`taxonomy_model.BLENDED`), each texts × (nodes and no answer).

        `usual` (same shape; None for touchpoints) is how likely a touchpoint is that usually belongs to the node.
        """
        import numpy as np

        spare = np.full((len(reading.vectors), 1), NOTHING[section], dtype=np.float32)
        phrases = np.hstack([reading.found[section], spare * 0])
        likeness = np.hstack([self._likeness(section, reading.vectors), spare])
        return taxonomy_model.parts(self._said(section, reading, model), phrases, likeness, usual)

    def _said(self, section: str, reading: Reading, model: Model) -> np.ndarray:
        """Log chances of the model, texts × (nodes and no answer).

        The model cannot judge what it has rarely seen, a phrase that is not the default's, or which of several nodes that go
        by the same default node is meant: such a node, when a phrase names it, is as likely as the likeliest.
        """
        import numpy as np

        known, said, found = model.sections[section], reading.said[section], reading.found[section]
        nodes = [*self.nodes[section], Node(OTHERWISE[section])]
        claimed = Counter(name for node in nodes[:-1] for name in node.known_as)
        out = np.full((len(said), len(nodes)), np.log(taxonomy_model.UNKNOWN), dtype=np.float32)
        basic_names = [node.name for node in default().nodes[section]]
        for at, node in enumerate(nodes):
            columns = [known.names.index(name) for name in node.known_as if name in known.names]
            if columns:
                out[:, at] = said[:, columns[0]] if len(columns) == 1 else np.logaddexp.reduce(said[:, columns], axis=1)
            if at < found.shape[1]:
                basic = [basic_names.index(name) for name in node.known_as if name in basic_names]
                vague = known.seen[columns].sum() < taxonomy_model.RARE or any(claimed[n] > 1 for n in node.known_as)
                beyond = found[:, at] - (0 if vague else reading.basic[section][:, basic].sum(axis=1))
                named = beyond >= 1
                out[named, at] = said[named].max(axis=1)
        if self._at(section) >= 0:
            out[:, -1] = -1e6  # the node of that name is the answer
        return out

    def _names(self, section: str) -> list[str]:
        return [node.name for node in self.nodes[section]]

    def _at(self, section: str) -> int:
        """The place of the node for no answer; −1, the extra place at the end, where the section has none."""
        names = self._names(section)
        return names.index(OTHERWISE[section]) if OTHERWISE[section] in names else -1

    def _best(self, section: str, chances: np.ndarray) -> np.ndarray:
        """The likeliest node of each row; the place for no answer where even that is unsure."""
        import numpy as np

        return np.where(chances.max(axis=1) >= SURE[section], chances.argmax(axis=1), self._at(section))

    def phrase_evidence(self, texts: Sequence[Sequence[str]]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Weights of the phrases found in stems, per section texts × nodes: the own nodes' and the default's."""
        import numpy as np

        basic = self.nodes if self._is_basic else default().nodes
        sizes = [len(nodes[section]) for nodes in (self.nodes, basic) for section in SECTIONS]
        starts = np.cumsum([0, *sizes])
        places, weights = self._matched(texts, starts.tolist())
        whole = np.bincount(places, weights, minlength=len(texts) * int(starts[-1])).astype(np.float32)
        out = np.split(whole.reshape(len(texts), -1), starts[1:-1], axis=1)
        own, other = out[:3], out[:3] if self._is_basic else out[3:]
        return dict(zip(SECTIONS, own, strict=True)), dict(zip(SECTIONS, other, strict=True))

    def _matched(self, texts: Sequence[Sequence[str]], starts: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Where each claim of a phrase belongs in a table of texts × nodes, read row by row, and its weight.

        `starts` are the columns at which the sections begin, and the width of the table.
        """
        import numpy as np

        places: list[int] = []
        weights: list[float] = []
        width, among = starts[-1], self._index.among
        for row, words in enumerate(texts):
            for match in among(words):
                for section, node, weight in match.claims:
                    places.append(row * width + starts[section] + node)
                    weights.append(weight)
        return np.array(places, dtype=np.int64), np.array(weights)

    @cached_property
    def _is_basic(self) -> bool:
        return self.nodes == default().nodes

    def _likeness(self, section: str, vectors: np.ndarray) -> np.ndarray:
        """Cosines (−1…1), texts × nodes, measured from the middle of the section: what all texts share says nothing."""
        import numpy as np

        centre, rows = self._prototypes[section]
        vectors = np.asarray(vectors, dtype=np.float32)
        squares = np.einsum("ij,ij->i", vectors, vectors)
        # |v - c|² and (v - c)·r written out: no table of v - c needs to be made
        away = np.sqrt(np.maximum(squares - 2 * (vectors @ centre) + centre @ centre, 1e-18))
        return (vectors @ rows.T - centre @ rows.T) * ((squares > 0) / away).astype(np.float32)[:, None]

    @cached_property
    def _index(self) -> Index:
        """The own phrases and, where they differ, behind them the default's: the model reads those."""
        claims = _claims(self.nodes)
        if not self._is_basic:
            for phrase, others in _claims(default().nodes).items():
                moved = tuple(claim._replace(section=claim.section + len(SECTIONS)) for claim in others)
                claims[phrase] = (*claims.get(phrase, ()), *moved)
        return Index(claims)

    @cached_property
    def _prototypes(self) -> dict[str, _Likeness]:
        import numpy as np

        out = {}
        for section in SECTIONS:
            means = [embed.vectors([n.description, *n.examples, *n.phrases]).mean(axis=0) for n in self.nodes[section]]
            centre = np.mean(means, axis=0)
            out[section] = _Likeness(centre, _unit(np.stack(means) - centre))
        return out

    def usual(self, section: str) -> np.ndarray:
        """(Touchpoints and none) × (nodes of a section and no answer): 1 where a touchpoint usually belongs."""
        import numpy as np

        belongs = [node.pillar if section == "pillars" else node.stage for node in self.nodes["touchpoints"]]
        names = [*self._names(section), OTHERWISE[section]]
        return np.array([*([float(name == usual) for name in names] for usual in belongs), [0.0] * len(names)])

    def _is_own(self, model: Model) -> list[bool]:
        """Whether the model hardly knows a touchpoint; the last is for no touchpoint at all."""
        known = model.sections["touchpoints"]
        seen = dict(zip(known.names, known.seen.tolist(), strict=True))
        times = [sum(seen.get(name, 0) for name in node.known_as) for node in self.nodes["touchpoints"]]
        return [*(count < HARDLY for count in times), False]

    @cached_property
    def _usual_stages(self) -> list[str]:
        """Each touchpoint's usual stage; the last is for no touchpoint at all."""
        return [*(node.stage or schema.NONE for node in self.nodes["touchpoints"]), schema.NONE]


def _surest(chances: np.ndarray, enough: Sequence[float]) -> np.ndarray:
    """Per row the stage furthest above what is enough for it; −1 where none is, or where no stage is likelier."""
    import numpy as np

    stages = chances[:, :-1] / np.array(enough)
    best = stages.argmax(axis=1)
    top = np.take_along_axis(chances, best[:, None], axis=1)[:, 0]
    return np.where((stages.max(axis=1) >= 1) & (top > chances[:, -1]), best, -1)


def _unit(rows: np.ndarray) -> np.ndarray:
    import numpy as np

    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _claims(nodes: Mapping[str, tuple[Node, ...]]) -> dict[str, tuple[Claim, ...]]:
    """Every phrase with the nodes it speaks for; shared within a section, its weight is shared too."""
    raw: dict[str, list[Claim]] = {}
    for section, name in enumerate(SECTIONS):
        for at, node in enumerate(nodes[name]):
            for phrase, weight in [*((p, 1.0) for p in node.phrases), *((h, HINT) for h in node.hints)]:
                specific = weight * (1 + LONGER * (sum(word != GAP for word in parts(phrase)) - 1))
                raw.setdefault(phrase, []).append(Claim(section, at, specific))
    out = {}
    for phrase, claims in raw.items():
        sharing = [sum(other.section == claim.section for other in claims) for claim in claims]
        out[phrase] = tuple(c._replace(weight=c.weight / k) for c, k in zip(claims, sharing, strict=True))
    return out


def load(path: Path | None = None) -> Taxonomy:
    """The taxonomy of a TOML file; without a path the one that comes with the program.

    A section the file leaves out is taken from the default. Raises TaxonomyError, which names the file and what is wrong with
    it: not readable, or what `taxonomy_nodes.read` finds.
    """
    return from_toml(_text(path), path.name) if path else default()


def from_toml(text: str, where: str = "taxonomy.toml") -> Taxonomy:
    """`load` for a text; `where` is the file's name in errors."""
    name, nodes = taxonomy_nodes.read(text, where)
    whole = {section: nodes.get(section) or default().nodes[section] for section in SECTIONS}
    return Taxonomy(name or Path(where).stem, whole)


@cache
def default() -> Taxonomy:
    """The taxonomy that comes with the program, read once per process."""
    name, nodes = taxonomy_nodes.read(_text(DEFAULT), DEFAULT.name)
    return Taxonomy(name or DEFAULT.stem, nodes)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TaxonomyError(f"{path.name}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise TaxonomyError(f"{path.name}: not a TOML file in UTF-8: {error}") from error
