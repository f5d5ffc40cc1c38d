"""Texts as vectors: the mean of static word vectors (WordLlama), which ship in the wheel and need no network.

How vectors are kept: one float16 row of 256 per mention (512 bytes) lies on disk while an import runs and is gone with
it; the dataset keeps none. Topics are fitted on a bounded sample (`topics.SAMPLE` rows, 15 MB) and keep the middle of the
data and one direction per group in topics.json. So memory does not grow with the number of rows. int8 would halve the
files of a run and save nothing that lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cx.errors import CXError
from cx.text.phrases import HIDDEN

if TYPE_CHECKING:
    import numpy as np

MODEL = "l2_supercat"
DIMENSIONS = 256
CHUNK = 4_096
"""Texts tokenised at a time: keeps memory flat, however many texts there are."""
LONGEST = 20_000
"""Characters of one text that are read; the mean of a text as long as that no longer moves."""
WORDS = 100_000
"""Words whose tokens are remembered (30 MB at most); when there are more, remembering begins anew."""
LONGEST_WORD = 60
"""Characters of a word that is worth remembering."""


class _Table(NamedTuple):
    tokenizer: Any
    rows: np.ndarray
    known: dict[str, list[int]]


@cache
def _table() -> _Table:
    """The tokenizer, one float32 row per token, loaded once per process (0.1 s, 50 MB), and the tokens of words met so far."""
    import numpy as np
    import wordllama

    # The loader's default folders miss the files of its own wheel, and it would then ask the network for them.
    folder = Path(wordllama.__file__).parent
    model = wordllama.WordLlama.load(MODEL, cache_dir=folder, dim=DIMENSIONS, disable_download=True)
    model.tokenizer.no_padding()
    model.tokenizer.no_truncation()
    return _Table(model.tokenizer, np.ascontiguousarray(model.embedding, dtype=np.float32), {})


def _readable(text: str) -> str:
    text = HIDDEN.sub(" ", text[:LONGEST]).strip()  # left in, masks would make strangers alike
    return text.lower() if text.isupper() else text


def name(model: str | None = None) -> str:
    """What the manifest says the vectors were made with."""
    return f"model2vec {model}" if model else MODEL


def vectors(texts: Sequence[str], model: str | None = None) -> np.ndarray:
    """One row per text: float32 (n, 256) of length 1, cosine similarity is the dot product.

    A text without a known token (empty, only white space or masks) is a row of zeros. A text all in capitals is read in
    lower case: SHOUTING means the same as speaking. Source: mean pooling of WordLlama's `l2_supercat` table; or, with
    `model`, the model2vec model of that name or in that folder, of which the first 256 dimensions are used (they are
    ordered by importance). Raises CXError when it cannot be loaded.
    """
    import numpy as np

    out = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    encode = _means if model is None else _model2vec(model).encode
    for start in range(0, len(texts), CHUNK):
        part = [_readable(text) for text in texts[start : start + CHUNK]]
        found = np.asarray(encode(part), dtype=np.float32)[:, :DIMENSIONS]
        out[start : start + len(part), : found.shape[1]] = found
    lengths = np.linalg.norm(out, axis=1, keepdims=True)
    return np.divide(out, lengths, out=np.zeros_like(out), where=lengths > 1e-9)


@cache
def _model2vec(model: str) -> Any:
    try:
        from model2vec import StaticModel
    except ImportError as missing:
        raise CXError(
            f"Vectors by {model!r} need the package model2vec, which is not installed: pip install model2vec"
        ) from missing
    try:
        return StaticModel.from_pretrained(model)
    except Exception as reason:  # whatever the hub, the network or the folder has to say
        raise CXError(
            f"The model {model!r} could not be loaded by model2vec: it is neither a folder with a model here nor one "
            f"that could be fetched ({type(reason).__name__}). Without it, the vectors that come with the program are used."
        ) from reason


def _means(texts: list[str]) -> np.ndarray:
    """Sums of the token rows, as one sparse product of (texts × tokens) with the table."""
    import numpy as np
    from scipy.sparse import csr_matrix

    rows = _table().rows
    ids = _tokens([text.split() for text in texts])
    ends = np.cumsum([0, *map(len, ids)])
    tokens = np.fromiter(chain.from_iterable(ids), dtype=np.int32, count=int(ends[-1]))
    return csr_matrix((np.ones(len(tokens), np.float32), tokens, ends), shape=(len(texts), len(rows))) @ rows


def _tokens(texts: list[list[str]]) -> list[list[int]]:
    """The tokens of each text, word by word: no token spans two words, and most words have been met before."""
    tokenizer, _, known = _table()
    if len(known) > WORDS:
        known.clear()
    words = set(chain.from_iterable(texts))
    new = sorted(words.difference(known))
    found = tokenizer.encode_batch_fast(new, add_special_tokens=False)
    met = {word: encoding.ids for word, encoding in zip(new, found, strict=True)}
    known.update((word, ids) for word, ids in met.items() if len(word) <= LONGEST_WORD)
    tokens = {word: known[word] if word in known else met[word] for word in words}
    return [list(chain.from_iterable(map(tokens.__getitem__, text))) for text in texts]
