"""What a linear model learned about the default taxonomy's nodes, and how its opinion is weighed against the phrases.

The model reads words, pairs of words, the vector of a text and the default taxonomy's phrases found in it. It is trained by
`benchmarks/train_taxonomy.py` and ships as `taxonomies/default_model.npz`. The weights of the blend were learned from what the
model says about sentences and businesses it was not trained on, so that nothing is counted twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_matrix

SHIPPED = Path(__file__).parent / "taxonomies" / "default_model.npz"
VECTORS = 3.0
"""Weight of the vector beside words, whose rows have length 1 too."""
UNKNOWN = 0.05
"""The chance of a node the model does not know."""
UNSEEN = 3.0
"""No chance is taken to be smaller than this over the examples seen (rule of three, Hanley & Lippman-Hand 1983)."""
RARE = 55
"""A node with fewer examples than this is rare: where one of its phrases is found, the model does not speak against it."""
BLENDED = ("model", "phrases", "share of phrases", "likeness", "usual")
"""What a node's evidence is made of, in the order of a blend's weights."""


@dataclass(frozen=True)
class Section:
    """One question the model answers: its answers, the weights of every feature for each, examples seen, and the blend."""

    names: tuple[str, ...]
    weights: np.ndarray
    base: np.ndarray
    seen: np.ndarray
    blend: np.ndarray


@dataclass(frozen=True)
class Model:
    """The vocabulary with the rarity of each entry, and one Section per section of a taxonomy.

    The rows of `weights` are the vocabulary's entries, then the vector's dimensions, then the default taxonomy's nodes.
    """

    words: tuple[str, ...]
    rarity: np.ndarray
    sections: Mapping[str, Section]
    version: str = "unsaved"

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words)}

    def chances(
        self, texts: Sequence[Sequence[str]], vectors: np.ndarray, phrases: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Per section, texts × answers: log of the chance (softmax of the linear scores), not below `UNSEEN` over the examples seen.

        `texts` are stems (`phrases.stems`), `vectors` their vectors, `phrases` texts × default nodes, all sections in a row.
        """
        import numpy as np

        rows = counted(texts, self._places, self.rarity)
        words, dense = len(self.words), len(self.words) + vectors.shape[1]
        weights = self._weights
        scores = rows @ weights[:words] + phrases @ weights[dense:]
        scores += np.asarray(vectors, dtype=np.float32) @ (VECTORS * weights[words:dense])
        out, start = {}, 0
        for name, section in self.sections.items():
            end = start + len(section.base)
            found = softmax(scores[:, start:end] + section.base)
            out[name] = np.log(np.maximum(found, np.minimum(UNSEEN / section.seen, UNKNOWN)))
            start = end
        return out

    @cached_property
    def _weights(self) -> np.ndarray:
        """The weights of all sections side by side: one product serves them all."""
        import numpy as np

        return np.hstack([section.weights for section in self.sections.values()])


def entries(words: Sequence[str]) -> list[str]:
    """What a text's stems count as: each of them and each pair of neighbours."""
    return [*words, *map(" ".join, pairwise(words))]


def counted(texts: Sequence[Sequence[str]], places: Mapping[str, int], rarity: np.ndarray) -> csr_matrix:
    """Texts × vocabulary: (1 + log count) × rarity, rows of length 1 (Manning et al., tf-idf `ltc`)."""
    import numpy as np
    from scipy.sparse import csr_matrix

    ends, found = [0], []
    pairs = {tuple(entry.split(" ")): place for entry, place in places.items() if " " in entry}
    for words in texts:
        found += [places[word] for word in words if word in places]
        found += [pairs[pair] for pair in pairwise(words) if pair in pairs]
        ends.append(len(found))
    shape = (len(texts), len(rarity))
    rows = csr_matrix((np.ones(len(found), np.float32), np.array(found, np.int32), np.array(ends)), shape=shape)
    rows.sum_duplicates()
    rows.data = ((1 + np.log(rows.data)) * rarity[rows.indices]).astype(np.float32)
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1))).ravel()
    rows.data /= np.repeat(np.maximum(lengths, 1e-9), np.diff(rows.indptr)).astype(np.float32)
    return rows


def softmax(scores: np.ndarray) -> np.ndarray:
    """Rows of chances that sum to 1."""
    import numpy as np

    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def parts(model: np.ndarray, phrases: np.ndarray, likeness: np.ndarray, usual: np.ndarray | None) -> list[np.ndarray]:
    """The parts of the evidence, each texts × nodes, in the order of `BLENDED`.

    `model` is a log chance, `phrases` a sum of weights, of which the root counts (a second phrase adds less than the first),
    `likeness` a cosine, `usual` the chance of the touchpoints that usually belong to a node.
    """
    import numpy as np

    share = phrases / np.maximum(phrases.sum(axis=1, keepdims=True), 1e-9)
    spoken = [model, np.sqrt(phrases), share, likeness]
    return spoken if usual is None else [*spoken, np.log(usual + 0.02)]


def save(model: Model, path: Path) -> None:
    """Write the model as a plain npz file without pickled objects (weights in half precision)."""
    import numpy as np

    arrays: dict[str, Any] = {"words": _bytes(model.words), "rarity": model.rarity.astype(np.float32)}
    for name, section in model.sections.items():
        arrays |= {
            f"{name}.names": _bytes(section.names), f"{name}.weights": section.weights.astype(np.float16),
            f"{name}.base": section.base.astype(np.float32), f"{name}.blend": section.blend.astype(np.float32),
            f"{name}.seen": section.seen.astype(np.float32),
        }  # fmt: skip
    np.savez_compressed(path, **arrays)


def _bytes(words: Sequence[str]) -> np.ndarray:
    import numpy as np

    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


@cache
def load(path: Path = SHIPPED) -> Model:
    """The model of a file, the shipped one by default; read once per process."""
    import numpy as np

    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    text = {name: tuple(bytes(held).decode().split("\n")) for name, held in arrays.items() if held.dtype == np.uint8}
    sections = {
        name.removesuffix(".names"): Section(
            names,
            *(arrays[name.replace("names", part)].astype(np.float32) for part in ("weights", "base", "seen", "blend")),
        )
        for name, names in text.items()
        if name != "words"
    }
    return Model(text["words"], arrays["rarity"], sections, hashlib.sha256(path.read_bytes()).hexdigest()[:12])
