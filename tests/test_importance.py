"""Relative weights against the published example, and against data with a known answer."""

import numpy as np
import pandas as pd
import pytest

from cx.errors import FilterError
from cx.measure import aspects, importance
from tests import made

MTCARS = np.array(  # mpg, cyl, disp, hp, gear (Henderson and Velleman, 1981; R's datasets::mtcars)
    [
        (21.0, 6, 160.0, 110, 4), (21.0, 6, 160.0, 110, 4), (22.8, 4, 108.0, 93, 4), (21.4, 6, 258.0, 110, 3),
        (18.7, 8, 360.0, 175, 3), (18.1, 6, 225.0, 105, 3), (14.3, 8, 360.0, 245, 3), (24.4, 4, 146.7, 62, 4),
        (22.8, 4, 140.8, 95, 4), (19.2, 6, 167.6, 123, 4), (17.8, 6, 167.6, 123, 4), (16.4, 8, 275.8, 180, 3),
        (17.3, 8, 275.8, 180, 3), (15.2, 8, 275.8, 180, 3), (10.4, 8, 472.0, 205, 3), (10.4, 8, 460.0, 215, 3),
        (14.7, 8, 440.0, 230, 3), (32.4, 4, 78.7, 66, 4), (30.4, 4, 75.7, 52, 4), (33.9, 4, 71.1, 65, 4),
        (21.5, 4, 120.1, 97, 3), (15.5, 8, 318.0, 150, 3), (15.2, 8, 304.0, 150, 3), (13.3, 8, 350.0, 245, 3),
        (19.2, 8, 400.0, 175, 3), (27.3, 4, 79.0, 66, 4), (26.0, 4, 120.3, 91, 5), (30.4, 4, 95.1, 113, 5),
        (15.8, 8, 351.0, 264, 5), (19.7, 6, 145.0, 175, 5), (15.0, 8, 301.0, 335, 5), (21.4, 4, 121.0, 109, 4),
    ]
)  # fmt: skip


def correlated(rows):
    r = np.corrcoef(rows, rowvar=False)
    return importance.relative_weights(r[1:, 1:], r[1:, 0])


def test_the_published_example():
    """martinctc/rwa: raw weights, R² and percentages of mpg ~ cyl, disp, hp, gear."""
    found = correlated(MTCARS)
    assert found.round(7).tolist() == [0.2284797, 0.2221469, 0.2321744, 0.0963886]
    assert round(found.sum(), 7) == 0.7791896
    assert (100 * found / found.sum()).round(2).tolist() == [29.32, 28.51, 29.80, 12.37]


def test_the_published_example_from_a_dataset(tmp_path):
    """The same through storage, counting in blocks and scaling: shares do not depend on units."""
    rows = [
        {"rating": 1 + (mpg - 10) / 6, "cyl": cyl, "disp": disp, "hp": hp, "gear": gear}
        for mpg, cyl, disp, hp, gear in MTCARS.tolist()
    ]
    rows = [row for row in rows for _ in range(3)]  # 96 responses, enough for four aspects; correlations stay
    found = importance.weigh(made.dataset(tmp_path / "d", rows), "rating", ["cyl", "disp", "hp", "gear"])
    shares = found.rows.set_index("aspect")["share"].round(2)
    assert shares.to_dict() == {"hp": 29.80, "cyl": 29.32, "disp": 28.51, "gear": 12.37}
    assert (round(found.r2, 7), found.n) == (0.7791896, 96)
    assert (found.rows["share_low"] <= found.rows["share"]).all() and (
        found.rows["share"] <= found.rows["share_high"]
    ).all()


def test_aspects_that_repeat_each_other_share_evenly():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 2))
    y = x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=500)
    found = correlated(np.column_stack([y, x[:, 0], x[:, 0], x[:, 1]]))
    r2 = np.corrcoef(y, x @ np.linalg.lstsq(x - x.mean(0), y - y.mean(), rcond=None)[0])[0, 1] ** 2
    assert found[0] == pytest.approx(found[1], rel=1e-6)
    assert found.sum() == pytest.approx(r2, rel=1e-6)


def rated(where, many, weights, seed=0, noise=1.0):
    """Responses whose satisfaction is a weighted mean of four ratings and noise."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(1, 6, size=(many, 4))
    whole = 3 + (scores - 3) @ np.array(weights) + rng.normal(0, noise, many)
    names = ["Delivery rating", "Price rating", "Staff rating", "Website rating"]
    return made.dataset(
        where,
        [
            {"csat": float(np.clip(round(y), 1, 5))} | {n: str(s) for n, s in zip(names, row, strict=True)}
            for y, row in zip(whole, scores, strict=True)
        ],
    )


def test_a_planted_driver_is_first_and_the_others_are_noise(tmp_path):
    found = importance.weigh(rated(tmp_path / "d", 400, [0.8, 0, 0, 0], noise=0.5), "csat_mean")
    rows = found.rows.set_index("aspect")
    assert found.rows["aspect"].iloc[0] == "Delivery rating" and rows.loc["Delivery rating", "share"] > 90
    assert rows["real"].to_dict() == {
        "Delivery rating": True, "Price rating": False, "Staff rating": False, "Website rating": False,
    }  # fmt: skip
    assert rows.loc["Delivery rating", "coefficient"] == pytest.approx(0.72, abs=0.12)  # 0.8, less what clipping takes


def test_no_driver_no_alarm(tmp_path):
    """Nothing drives anything, ten times: at most two of them may cry wolf (P of more about 1 % at 5 %)."""
    found = [
        importance.weigh(rated(tmp_path / f"d{seed}", 120, [0] * 4, seed), "csat_mean", draws=300) for seed in range(10)
    ]
    assert sum(each.rows["real"].any() for each in found) <= 2


def test_the_same_every_time(tmp_path):
    data = rated(tmp_path / "d", 200, [0.5, 0.3, 0, 0])
    pd.testing.assert_frame_equal(importance.weigh(data, "csat").rows, importance.weigh(data, "csat").rows)


@pytest.mark.parametrize(("many", "said"), [(40, "too few: 40"), (69, "70 are needed")])
def test_small_data_says_too_few(tmp_path, many, said):
    found = importance.weigh(rated(tmp_path / "d", many, [1, 0, 0, 0]), "csat")
    assert found.rows.empty and found.r2 is None and said in found.note


def test_equal_answers_and_equal_ratings(tmp_path):
    same = made.dataset(tmp_path / "a", [{"csat": 4, "A rating": i % 5 + 1, "B rating": i % 3 + 1} for i in range(100)])
    assert "all answers are equal" in importance.weigh(same, "csat").note
    rows = [{"csat": i % 5 + 1, "A rating": (i + i // 7) % 5 + 1, "B rating": 3} for i in range(100)]
    found = importance.weigh(made.dataset(tmp_path / "b", rows), "csat", ["A rating"])
    assert found.rows["aspect"].tolist() == ["A rating"]
    with pytest.raises(FilterError, match="B rating"):
        importance.weigh(made.dataset(tmp_path / "c", rows), "csat", ["A rating", "B rating"])
    nobody = made.dataset(tmp_path / "d", [{"csat": 4}] * 20)
    assert "nothing to weigh" in importance.weigh(nobody, "csat").note
    assert "nothing to weigh" in importance.weigh(nobody, "nps", ["csat"]).note


def test_quadrants():
    rows = pd.DataFrame({"share": [40.0, 35, 15, 10], "performance": [80.0, 20, 90, 30]})
    ends = {f"{name}{end}": rows[name] + by for name in rows for end, by in (("_low", -4), ("_high", 4))}
    found = importance.quadrants(rows.assign(**ends))
    assert found["quadrant"].tolist() == ["strengths", "fix first", "maintain", "watch"]
    assert found["sure"].all()


def test_which_columns_rate_a_side(tmp_path):
    rows = [
        {"nps": i % 11, "csat": i % 5 + 1, "ease": i % 5 + 1, "Food": str(i % 5 + 1), "Room": f"{i % 5 + 1}.0", "Floor": str(i % 40),
         "Staff rating": i % 7 + 1, "Code": f"0{i % 5 + 1}", "Note": "good"} for i in range(100)
    ]  # fmt: skip
    found = aspects.rated(made.dataset(tmp_path / "d", rows), "nps")
    assert [(each.column, each.low, each.high) for each in found] == [
        ("ease", 1, 5), ("Food", 1, 5), ("Room", 1, 5), ("Staff rating", 1, 7),
    ]  # fmt: skip
