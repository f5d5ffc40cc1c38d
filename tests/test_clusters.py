"""Groups of vectors: near-duplicates made one, their number found, neighbours drawn together."""

import numpy as np
import pytest

from cx.text import clusters


def test_near_duplicates_are_one_group():
    rows = np.array([[1, 0, 0], [1, 0.02, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
    groups = clusters.merged(clusters.unit(np.repeat(rows, 5, axis=0)), np.repeat(np.arange(4), 5), 2)
    assert len(set(groups.tolist())) == 3
    assert groups[0] == groups[5]
    few = clusters.merged(rows, np.array([0, 0, 1, 1]), 3)
    assert set(few.tolist()) == {clusters.NOWHERE}


@pytest.mark.parametrize("true", [12, 30])
def test_the_number_of_groups_is_found_again(true):
    draw = np.random.default_rng(3)
    centres = draw.normal(size=(true, 50))
    flat = centres[np.arange(1_200) % true] + draw.normal(scale=0.25, size=(1_200, 50))
    assert true / 2 <= clusters.number(flat.astype(np.float32), 100, 0) <= 2 * true


def test_smoothing_draws_neighbours_together_and_leaves_strangers_apart():
    draw = np.random.default_rng(0)
    rows = np.repeat(np.eye(3, 30, dtype=np.float32), 40, axis=0)
    rows = clusters.unit(rows + draw.normal(scale=0.08, size=rows.shape).astype(np.float32))
    smooth = clusters.smoothed(rows)
    assert (smooth[:40] @ smooth[:40].T).min() > 0.95 > (rows[:40] @ rows[:40].T).min()
    assert abs(smooth[:40] @ smooth[40:].T).max() < 0.3
    assert np.allclose(np.linalg.norm(smooth, axis=1), 1, atol=1e-5)


def test_likeness_is_the_mean_of_all_pairs():
    rows = clusters.unit(np.random.default_rng(0).normal(size=(7, 5)))
    pairs = [rows[a] @ rows[b] for a in range(7) for b in range(7) if a != b]
    assert clusters.likeness(rows) == pytest.approx(np.mean(pairs))
    assert clusters.likeness(rows[:1]) == 1
