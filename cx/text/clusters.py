"""Groups of vectors: smoothed over their neighbours, as many as agree best between halves of the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

NEIGHBOURS = 10
STEPS = 6
"""Each row takes on the mean of its neighbours so many times: NMI on banking77 0.71 → 0.76, on clinc150 0.81 → 0.85."""
COMPONENTS = 50
"""Principal components the groups are looked for in; they hold what distinguishes, and are faster."""
STARTS = 4
"""Starts of k-means, of which the tightest result is kept."""
ROWS_TIMES_STARTS = 40_000
"""Fewer starts on more rows: large samples settle by themselves, and time is bounded."""
FEWEST, MOST = 8, 250
"""Numbers of groups that are tried on data of a usual size, in steps of √2 …"""
FINE = 0.4
"""… but none below this times √rows: halves also agree on a handful of coarse groups, which is what the first level is for."""
HALF = 2_500
"""Rows of each of two halves whose groupings are compared."""
HALVINGS = 3
NEAR_BEST = 0.06
"""Numbers whose agreement comes this near to the best one carry the parabola whose top is the answer."""
JUDGED = 2_000
"""Rows a silhouette is computed on: it costs their square."""
SAME = 0.9
"""Cosine between two groups' directions from which they are one group."""
NOWHERE = -1
"""The group of what belongs to none."""
DIGITS = 4
BLOCK = 1_000


def around(vectors: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """The vectors seen from `centre`, float32 of length 1 (zeros stay zeros)."""
    import numpy as np

    return unit(np.asarray(vectors, dtype=np.float32) - centre)


def unit(rows: np.ndarray) -> np.ndarray:
    """The rows scaled to length 1; zeros stay zeros."""
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-9)


def rounded(values: np.ndarray) -> np.ndarray:
    """The values as they are stored: float32 of a few digits, so that a stored model answers like the fitted one."""
    import numpy as np

    return np.round(np.asarray(values, dtype=np.float64), DIGITS).astype(np.float32)


def flattened(rows: np.ndarray, seed: int) -> np.ndarray:
    """What groups are looked for in: the rows smoothed over their neighbours, in at most 50 principal components."""
    from sklearn.decomposition import PCA

    smooth = smoothed(rows)
    width = min(COMPONENTS, *(size - 1 for size in smooth.shape))
    return PCA(width, random_state=seed, svd_solver="covariance_eigh").fit_transform(smooth)


def smoothed(rows: np.ndarray) -> np.ndarray:
    """Each row replaced by what its neighbourhood says: what a short text leaves unsaid, its neighbours say.

    A row and its nearest ones (ten with itself) are linked, both ways, by their squared cosine; then every row becomes the
    weighted mean of those it is linked to, six times (diffusion, Coifman & Lafon 2006). Takes rows² × dimensions.
    """
    import numpy as np
    from scipy.sparse import csr_matrix, diags

    near = min(NEIGHBOURS, max(1, len(rows) // 4))
    linked = np.empty((len(rows), near), dtype=np.int64)
    weights = np.empty((len(rows), near), dtype=np.float32)
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        alike = rows[block] @ rows.T
        linked[block] = np.sort(np.argpartition(-alike, near - 1, axis=1)[:, :near], axis=1)
        weights[block] = np.maximum(np.take_along_axis(alike, linked[block], axis=1), 0) ** 2
    ends = np.arange(0, len(rows) * near + 1, near)
    links = csr_matrix((weights.ravel(), linked.ravel(), ends), shape=(len(rows), len(rows)))
    links = links + links.T
    share = diags(1 / np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1e-9)).astype(np.float32) @ links
    for _ in range(STEPS):
        rows = unit(share @ rows)
    return rows


def labels(flat: np.ndarray, k: int, seed: int) -> np.ndarray:
    """The group 0…k−1 of each row, by k-means++ (Arthur & Vassilvitskii 2007); NOWHERE for all when k is 0."""
    import numpy as np
    from sklearn.cluster import KMeans

    if not k:
        return np.full(len(flat), NOWHERE)
    starts = max(1, min(STARTS, ROWS_TIMES_STARTS // max(len(flat), 1)))
    return KMeans(k, n_init=starts, random_state=seed).fit_predict(flat)


def number(flat: np.ndarray, most: int, seed: int) -> int:
    """How many fine groups the rows fall into, 8…`most` (and at most 250): the number on which halves of the data agree best.

    The rows are halved at random, both halves grouped on their own, and the groups each gives to one half compared by
    adjusted mutual information (Vinh et al. 2010): too few groups are cut anywhere, too many split what belongs together.
    The best number is the top of a parabola over log k through the numbers that come near the best.
    """
    import numpy as np

    tried = _steps(max(FEWEST, FINE * len(flat) ** 0.5), min(most, MOST))
    agreed = np.zeros(len(tried))
    for again in range(HALVINGS):
        order = np.random.default_rng((seed, again)).permutation(len(flat))
        half = min(HALF, len(flat) // 2)
        one, other = flat[order[:half]], flat[order[half : 2 * half]]
        agreed += [_agreement(one, other, k, seed + again) / HALVINGS for k in tried]
    return _top(np.log(tried), agreed, tried)


def _steps(fewest: float, most: int) -> list[int]:
    """8, 11, 16, 23, 32 … up to `most`."""
    out, k = [], fewest
    while round(k) <= most:
        out.append(round(k))
        k *= 2**0.5
    return out or [most]


def _agreement(one: np.ndarray, other: np.ndarray, k: int, seed: int) -> float:
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_mutual_info_score

    first = KMeans(k, n_init=1, random_state=seed).fit(one)
    second = KMeans(k, n_init=1, random_state=seed + HALVINGS).fit(other)
    return float(adjusted_mutual_info_score(first.predict(other), second.labels_))


def _top(logs: np.ndarray, agreed: np.ndarray, tried: Sequence[int]) -> int:
    import numpy as np

    near = agreed >= agreed.max() - NEAR_BEST
    best = tried[int(agreed.argmax())]
    if near.sum() < 3:
        return best
    bend, slope, _ = np.polyfit(logs[near], agreed[near], 2)
    if bend >= 0:
        return best
    return round(float(np.exp(np.clip(-slope / (2 * bend), logs[near][0], logs[near][-1]))))


def few(flat: np.ndarray, tried: Sequence[int], seed: int) -> int:
    """The number of groups for little data, out of `tried`: the best silhouette (Rousseeuw 1987); 1 when none is possible."""
    distinct = len({row.tobytes() for row in flat})
    quality = {k: _silhouette(flat, labels(flat, k, seed)) for k in tried if k < distinct}
    return max(quality, key=lambda k: (quality[k], -k)) if quality else 1


def _silhouette(rows: np.ndarray, groups: np.ndarray) -> float:
    """How well groups are set apart, −1…1, on an even part of the rows; −1 for no grouping at all."""
    from sklearn.metrics import silhouette_score

    part = slice(None, None, max(1, len(rows) // JUDGED))
    count = len(set(groups[part].tolist()))
    return float(silhouette_score(rows[part], groups[part])) if 1 < count < len(rows[part]) else -1.0


def middles(rows: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The mean direction of each group in the order of their numbers, length 1, rounded as it will be stored."""
    import numpy as np

    means = [rows[groups == group].mean(axis=0) for group in sorted(set(groups.tolist()) - {NOWHERE})]
    return rounded(unit(np.vstack(means))) if means else np.zeros((0, rows.shape[1]), np.float32)


def merged(rows: np.ndarray, groups: np.ndarray, least: int, same: float = SAME) -> np.ndarray:
    """The groups with near-duplicates (cosine from `same` on) made one; those of fewer than `least` rows left out (NOWHERE)."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    sizes = np.bincount(groups)
    groups = np.where(sizes[groups] >= least, groups, NOWHERE)
    kept = np.array(sorted(set(groups.tolist()) - {NOWHERE}), dtype=int)
    if not len(kept):
        return groups
    found = middles(rows, groups)
    _, joint = connected_components(csr_matrix(found @ found.T >= same), directed=False)
    place = np.full(len(sizes) + 1, NOWHERE)  # the last entry answers for NOWHERE
    place[kept] = joint
    return place[groups]


def joined(directions: np.ndarray, sizes: np.ndarray, k: int, seed: int) -> np.ndarray:
    """The first-level group 0…k−1 of each of several groups, by k-means over their directions, weighted by their sizes."""
    from sklearn.cluster import KMeans

    return KMeans(k, n_init=20, random_state=seed).fit_predict(directions, sample_weight=sizes)


def likeness(rows: np.ndarray) -> float:
    """Mean cosine between two different rows (each of length 1), −1…1: what a group's mentions have in common; 1 for one row."""
    total, n = rows.sum(axis=0), len(rows)
    return float((total @ total - n) / (n * (n - 1))) if n > 1 else 1.0


def nearest(rows: np.ndarray, directions: np.ndarray, general: np.ndarray, floor: float) -> np.ndarray:
    """The nearest direction of each row; NOWHERE when its cosine is below the floor, or a general one is nearer."""
    import numpy as np

    alike = rows @ np.vstack([directions, general]).T
    found = alike.argmax(axis=1)
    return np.where((found < len(directions)) & (alike.max(axis=1) >= floor), found, NOWHERE)
