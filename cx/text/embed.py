"""Texts as vectors: the mean of static word vectors (WordLlama), which ship in the wheel and need no network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cx.text.phrases import HIDDEN

if TYPE_CHECKING:
    import numpy as np

MODEL = "l2_supercat"
DIMENSIONS = 256
CHUNK = 4_096
"""Texts tokenised at a time: keeps memory flat, however many texts there are."""
LONGEST = 20_000
"""Characters of one text that are read; the mean of a text as long as that no longer moves."""


class _Table(NamedTuple):
    tokenizer: Any
    rows: np.ndarray


@cache
def _table() -> _Table:
    """The tokenizer and one float32 row per token, loaded once per process (0.1 s, 50 MB)."""
    import numpy as np
    import wordllama

    # The loader's default folders miss the files of its own wheel, and it would then ask the network for them.
    folder = Path(wordllama.__file__).parent
    model = wordllama.WordLlama.load(MODEL, cache_dir=folder, dim=DIMENSIONS, disable_download=True)
    model.tokenizer.no_padding()
    model.tokenizer.no_truncation()
    return _Table(model.tokenizer, np.ascontiguousarray(model.embedding, dtype=np.float32))


def _readable(text: str) -> str:
    text = HIDDEN.sub(" ", text[:LONGEST]).strip()  # left in, masks would make strangers alike
    return text.lower() if text.isupper() else text


def vectors(texts: Sequence[str]) -> np.ndarray:
    """One row per text: float32 (n, 256) of length 1, cosine similarity is the dot product.

    A text without a known token (empty, only white space or masks) is a row of zeros. A text all in capitals is read in
    lower case: SHOUTING means the same as speaking. Source: mean pooling of WordLlama's `l2_supercat` table.
    """
    import numpy as np

    out = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for start in range(0, len(texts), CHUNK):
        part = [_readable(text) for text in texts[start : start + CHUNK]]
        out[start : start + len(part)] = _means(part)
    return out


def _means(texts: list[str]) -> np.ndarray:
    """Length-1 means of the token rows, as one sparse product of (texts × tokens) with the table."""
    import numpy as np
    from scipy.sparse import csr_matrix

    tokenizer, rows = _table()
    ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    ends = np.cumsum([0, *map(len, ids)])
    tokens = np.fromiter(chain.from_iterable(ids), dtype=np.int32, count=int(ends[-1]))
    counts = csr_matrix((np.ones(len(tokens), np.float32), tokens, ends), shape=(len(texts), len(rows)))
    sums = counts @ rows
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 1e-9)
