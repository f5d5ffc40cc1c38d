"""The sentiment model adapted to one business's own words, by the ratings its customers gave with their comments.

What is learned is added to the shipped model: weights of words and pairs for the clauses, thresholds for the responses.
It is judged on responses it did not see and kept only where it helps there; a response with a rating is never scored
by a model that saw this rating.
"""

import json
import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from cx.text import mentions, sentiment
from cx.text.sentiment import Adapted

if TYPE_CHECKING:
    import numpy as np
    from scipy import sparse

FOLDS = 5
MOST_ROWS, FEWEST_ROWS = 20_000, 100
"""Responses learned from: sampled evenly beyond the one, no adaptation below the other."""
FEWEST_OF_A_SIDE = 10
"""Ratings of a side below which there is nothing to tell it by."""
MARGIN = 0.01
"""Macro-F1 on n unseen rows has to rise at least so much, and by 1/(2√n), about a standard error of its change."""
WORD_ROWS, PAIR_ROWS = 5, 10
"""A word or pair in fewer responses learns nothing."""
STRENGTH = 0.05
"""scikit-learn's C: strong regularisation, a business has few words with a meaning of their own."""
SURE = 10.0
"""Scale of the columns that are hardly regularised: the shipped model's evidence, and what holds the questions apart."""
CORRECTED = 5.0
"""A correction by hand weighs like so many ratings."""
SMALLEST, MOST_WEIGHTS = 0.01, 2_000
"""Learned weights nearer to 0 are dropped, and those beyond the largest so many."""
NEAREST, FARTHEST = 0.2, 0.7
"""A threshold of responses stays between these scores: what is labelled positive must read so, whatever the ratings say."""
SPEAKING = frozenset(
    "no not never nothing nobody none nor cannot without against only but too less least last down off".split()
)
"""Words of grammar that say something about feelings, unlike the others (`the`, `and`, `my`), which learn nothing."""
FAR = 1.2
"""Score and rating that lie further apart (both from -1 to 1) contradict each other."""


class Calibration(NamedTuple):
    """What was learned from `rows` responses, and what it is worth.

    `whole` scores responses without a rating, `folds[k]` those of fold k, which it did not see. `lower` and `upper` are
    the thresholds of responses on the scale of scores. `before` and `after` are macro-F1 of the label against the
    rating's on held-out rows, without and with it.
    """

    whole: Adapted
    folds: tuple[Adapted, ...]
    lower: float
    upper: float
    rows: int
    before: float
    after: float

    @property
    def gain(self) -> float:
        """Macro-F1 won on held-out rows, 0…1."""
        return self.after - self.before

    @property
    def bounds(self) -> tuple[float, float]:
        """The thresholds of responses, for `sentiment.label`."""
        return self.lower, self.upper


def _rated(texts: Sequence[str], sides: Sequence[float | None]) -> list[tuple[str, int]]:
    """The comments that have a side, evenly thinned to `MOST_ROWS`."""
    rated = [
        (text, int(side)) for text, side in zip(texts, sides, strict=True) if side is not None and not math.isnan(side)
    ]
    if len(rated) <= MOST_ROWS:
        return rated
    return [rated[place * len(rated) // MOST_ROWS] for place in range(MOST_ROWS)]


def fit(
    texts: Sequence[str], sides: Sequence[float | None], corrections: Sequence[tuple[str, int]] = ()
) -> Calibration | None:
    """What a business's own ratings teach, or None when there are too few or it does not help on held-out rows.

    `texts` are whole comments, `sides` what the rating of the same response says: -1, 0, 1, or None/NaN without one.
    `corrections` are (clause, side) by people. The result does not depend on anything but its arguments.
    """
    import numpy as np

    rated = _rated(texts, sides)
    problem = _prepared([_clauses(text) for text, _ in rated] + [[text] for text, _ in corrections])
    answers = np.array([side for _, side in [*rated, *corrections]], dtype=int)
    weight = np.array([1.0] * len(rated) + [CORRECTED] * len(corrections))
    usable = problem.judged & (np.arange(len(answers)) < len(rated))
    if usable.sum() < FEWEST_ROWS or sum(np.bincount(answers[usable] + 1) >= FEWEST_OF_A_SIDE) < 2:
        return None
    fold = np.array([fold_of(text) for text, _ in rated] + [-1] * len(corrections))
    models = [_learned(problem, answers, weight * (problem.judged & (fold != k))) for k in range(FOLDS)]
    unseen = problem.offset.copy()
    for k, model in enumerate(models):
        own = fold == k
        unseen[own] = problem.offset[own] + problem.matrix[own] @ model
    after = np.zeros(len(answers), dtype=int)
    for k in range(FOLDS):
        others = usable & (fold != k)
        after[fold == k] = _labels(unseen[fold == k], *_thresholds(unseen[others], answers[others]))
    lower, upper = (2 * math.atanh(bound) for bound in sentiment.thresholds())
    before = macro(answers[usable], _labels(problem.offset[usable], lower, upper))
    gained = macro(answers[usable], after[usable])
    chance = 1 / len(np.unique(answers[usable]))
    if gained < max(before, chance) + max(MARGIN, 0.5 * usable.sum() ** -0.5):
        return None
    lower, upper = _thresholds(unseen[usable], answers[usable])
    whole = _learned(problem, answers, weight * problem.judged)
    return Calibration(
        _named(problem, whole), tuple(_named(problem, model) for model in models),
        math.tanh(lower / 2), math.tanh(upper / 2), int(usable.sum()), before, gained,
    )  # fmt: skip


def fold_of(text: str) -> int:
    """The fold of a comment: by its text, so that the same comment is always in the same one."""
    return crc32(text.encode("utf-8", "surrogatepass")) % FOLDS


def model_of(found: Calibration | None, comment: str, rated: bool) -> Adapted | None:
    """The model that may score a response's clauses: one that did not see its rating, where it has one."""
    if found is None:
        return None
    return found.folds[fold_of(comment)] if rated else found.whole


def score(found: Calibration | None, comment: str, rated: bool = False) -> float | None:
    """The score of a whole comment, put together from its clauses (`sentiment.together`); None where nothing is analysed."""
    said = sentiment.scores(_clauses(comment), model_of(found, comment, rated))
    return sentiment.together(each for each in said if each is not None)


def conflict(score: float | None, side: float | None) -> bool:
    """Whether text and rating (-1, 0, 1) strongly contradict each other, as in "10/10, terrible": to be shown, not smoothed."""
    if score is None or side is None or math.isnan(score) or math.isnan(side):
        return False
    return abs(score - side) > FAR and sentiment.label(score) != "neutral"


def as_json(found: Calibration) -> str:
    """The calibration as text, to be kept with a dataset."""
    return json.dumps(found._asdict(), ensure_ascii=False)


def from_json(text: str) -> Calibration:
    """The calibration `as_json` wrote; ValueError or KeyError where it is none."""
    kept = json.loads(text)

    def adapted(words: list, pairs: list) -> Adapted:
        return Adapted(
            tuple((w, float(p), float(n)) for w, p, n in words), tuple((a, b, float(v)) for a, b, v in pairs)
        )

    kept["whole"] = adapted(*kept["whole"])
    kept["folds"] = tuple(adapted(*fold) for fold in kept["folds"])
    return Calibration(**kept)


def macro(sides: "np.ndarray", answers: "np.ndarray") -> float:
    """Macro-F1 over the sides (-1, 0, 1) that occur."""
    each = []
    for side in (-1, 0, 1):
        if (true := sides == side).any():
            said = answers == side
            each.append(2 * float((true & said).sum()) / float(true.sum() + said.sum()))
    return sum(each) / len(each)


class _Problem(NamedTuple):
    """Per response: columns of words, of words turned by negation and of pairs; the shipped model's s; can it be judged."""

    matrix: "sparse.csr_matrix"
    offset: "np.ndarray"
    judged: "np.ndarray"
    words: list[str]
    pairs: list[tuple[str, str]]


def _clauses(text: str) -> list[str]:
    return [text[start:end] for start, end in mentions.split(text)]


def _prepared(rows: list[list[str]]) -> _Problem:
    """The clauses of each response as one row, Σ / √n like `sentiment.together`."""
    import numpy as np

    from cx.text import sentiment_features
    from cx.text.valence import Reader

    clauses = [(place, clause) for place, row in enumerate(rows) for clause in row]
    texts = [clause for _, clause in clauses]
    scores = sentiment.scores(texts)
    said = np.array([score is not None for score in scores], dtype=bool)
    row = np.array([place for place, _ in clauses], dtype=np.int64)
    bound = sentiment.SUREST
    evidence = 2 * np.arctanh(np.clip([score or 0.0 for score in scores], -bound, bound))
    root = np.sqrt(np.maximum(np.bincount(row[said], minlength=len(rows)), 1))
    offset = np.bincount(row, evidence, minlength=len(rows)) / root
    reader = Reader([*sentiment.weights().words, *_frequent(texts, row)])
    features = sentiment_features.of(reader, texts)
    matrix, words, pairs = _columns(reader, features, row, 1 / root)
    return _Problem(matrix, offset, np.bincount(row[said], minlength=len(rows)) > 0, words, pairs)


def _frequent(texts: list[str], row: "np.ndarray") -> list[str]:
    from cx.text.valence import TOKEN

    found = {
        (place, token.lower().replace("’", "'"))
        for text, place in zip(texts, row.tolist(), strict=True)
        for token in TOKEN.findall(text)
    }
    counts = Counter(word for _, word in found)
    return sorted(word for word, count in counts.items() if count >= WORD_ROWS and word[0].isalpha())


def _tells(word: str) -> bool:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return word in SPEAKING or word not in ENGLISH_STOP_WORDS


def _columns(reader, features, row, share) -> "tuple[sparse.csr_matrix, list[str], list[tuple[str, str]]]":
    """Columns for the words and pairs that stand in enough responses."""
    import numpy as np
    from scipy import sparse

    owner = row[features.text]
    force = features.force * share[owner]
    size = len(share)

    def table(
        rows: np.ndarray, keys: np.ndarray, values: np.ndarray, least: int
    ) -> tuple[sparse.csr_matrix, np.ndarray]:
        seen = np.unique(keys.astype(np.int64) * size + rows) // size
        kept, counts = np.unique(seen, return_counts=True)
        kept = kept[counts >= least]
        at = np.searchsorted(kept, keys)
        hits = np.flatnonzero(np.isin(keys, kept))
        return sparse.csr_matrix((values[hits], (rows[hits], at[hits])), shape=(size, len(kept))), kept

    telling = np.array([_tells(word) for word in reader.words], dtype=bool)
    alive = np.flatnonzero((features.force != 0) & telling[features.ids])
    words, kept = table(owner[alive], features.ids[alive], force[alive], WORD_ROWS)
    turned = np.where(features.negated, -force, force)
    sides, _ = table(owner[alive], features.ids[alive], turned[alive], WORD_ROWS)
    seconds = features.seconds[(features.force[features.seconds] != 0) & (features.force[features.seconds - 1] != 0)]
    seconds = seconds[telling[features.ids[seconds]] | telling[features.ids[seconds - 1]]]
    keys = reader.pair(features.ids[seconds - 1], features.ids[seconds])
    joined, both = table(owner[seconds], keys, force[seconds], PAIR_ROWS)
    names = reader.words
    pairs = [(names[key // len(names)], names[key % len(names)]) for key in both.tolist()]
    return sparse.hstack([words, sides, joined]).tocsr(), [names[number] for number in kept.tolist()], pairs


def _learned(problem: _Problem, sides: "np.ndarray", weight: "np.ndarray") -> "np.ndarray":
    """Weights to add to the shipped model's: ordinal logistic regression beside its evidence, on its scale."""
    import warnings

    import numpy as np
    from scipy import sparse
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    rows = np.flatnonzero(weight)
    matrix, answers = problem.matrix[rows], sides[rows]
    offset = sparse.csr_matrix(SURE * problem.offset[rows, None])
    apart = np.full((len(rows), 1), SURE)
    design = sparse.vstack([sparse.hstack([matrix, offset, apart]), sparse.hstack([matrix, offset, -apart])]).tocsr()
    model = LogisticRegression(C=STRENGTH, max_iter=200, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(design, np.concatenate([answers >= 0, answers > 0]), sample_weight=np.tile(weight[rows], 2))
    found = model.coef_[0]
    slope = max(SURE * found[-2], 0.2)
    learned: np.ndarray = found[:-2] / slope
    return learned


def _labels(scores: "np.ndarray", lower: float, upper: float) -> "np.ndarray":
    import numpy as np

    return np.where(scores >= upper, 1, np.where(scores <= lower, -1, 0))


def _thresholds(scores: "np.ndarray", sides: "np.ndarray") -> tuple[float, float]:
    """The (lower, upper) with the best macro-F1, each in twenty steps from `NEAREST` to `FARTHEST` on its side."""
    import numpy as np

    grid = 2 * np.arctanh(np.linspace(NEAREST, FARTHEST, 21))
    best = max(
        (macro(sides, _labels(scores, -lower, upper)), -abs(lower - upper), -float(lower), float(upper))
        for lower in grid for upper in grid
    )  # fmt: skip
    return best[2], best[3]


def _named(problem: _Problem, learned: "np.ndarray") -> Adapted:
    """The largest learned weights with the words they belong to."""
    import numpy as np

    count = len(problem.words)
    plain, turned, pairs = learned[:count], learned[count : 2 * count], learned[2 * count :]
    size = np.concatenate([np.maximum(np.abs(plain + turned), np.abs(plain - turned)), np.abs(pairs)])
    kept = np.sort(np.argsort(-size, kind="stable")[:MOST_WEIGHTS])
    kept = kept[size[kept] >= SMALLEST].tolist()
    words = tuple(
        (problem.words[at], round(float(plain[at] + turned[at]), 4), round(float(plain[at] - turned[at]), 4))
        for at in kept if at < count
    )  # fmt: skip
    return Adapted(
        words, tuple((*problem.pairs[at - count], round(float(pairs[at - count]), 4)) for at in kept if at >= count)
    )
