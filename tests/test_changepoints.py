"""When a level changed: planted changes are found and dated, chance is not, bad input says nothing."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from cx.measure import changepoints
from cx.view.filters import Filter
from tests import made

BEGIN = date(2024, 1, 1)


def days(rng, levels, per_day=10.0, spread=60.0):
    """Daily sums of answers with standard deviation `spread` about a level per day."""
    n = rng.poisson(per_day, len(levels)).astype(float)
    squares = spread**2 * rng.chisquare(np.maximum(n - 1, 1)) * (n > 1)
    y = n * levels + spread * np.sqrt(n) * rng.standard_normal(len(levels))
    own = np.divide(y, n, out=np.zeros_like(y), where=n > 0)
    columns = {"n": n, "m": n, "y": y, "mm": n, "my": y, "yy": squares + n * own**2}
    return pd.DataFrame(columns, index=pd.date_range(BEGIN, periods=len(levels)))


def test_chance_gives_a_change_point_in_one_dataset_of_twenty():
    rng = np.random.default_rng(1)
    found = [len(changepoints.of_days(days(rng, np.zeros(730)))) > 0 for _ in range(200)]
    assert np.mean(found) < 0.09


def test_one_change_is_found_and_dated():
    rng = np.random.default_rng(2)
    right, off = [], []
    for _ in range(40):
        (found,) = changepoints.of_days(days(rng, np.repeat([30.0, 10.0], [400, 330])), alpha=0.003)
        assert found.earliest <= found.day <= found.latest
        assert found.low < found.change < found.high < 0 and found.p < 0.003
        assert found.change == pytest.approx(found.after - found.before) == pytest.approx(-20, abs=6)
        right.append(found.earliest <= BEGIN + timedelta(days=400) <= found.latest)
        off.append(abs((found.day - BEGIN).days - 400))
    assert np.mean(right) >= 0.9 and np.median(off) <= 5


def test_a_stretch_in_the_middle_has_two_ends():
    found = changepoints.of_days(days(np.random.default_rng(3), np.repeat([30.0, 0.0, 30.0], [300, 100, 330])))
    assert [(each.day - BEGIN).days for each in found] == pytest.approx([300, 400], abs=12)
    assert found[0].change < 0 < found[1].change
    assert sum(each.n_before for each in found) + found[-1].n_after > 0


def test_several_series_make_the_test_stricter():
    rng = np.random.default_rng(4)
    drawn = [days(rng, np.repeat([30.0, 24.0], [365, 365]), per_day=5) for _ in range(30)]
    loose, strict = ([bool(changepoints.of_days(each, alpha)) for each in drawn] for alpha in (0.05, 0.0025))
    assert sum(strict) < sum(loose)
    assert all(weak or not strong for weak, strong in zip(loose, strict, strict=True))


def answers(where, levels, per_day=3, **more):
    """A dataset with NPS answers whose share of promoters is given per day."""
    rng = np.random.default_rng(5)
    rows = [
        {"nps": 10.0 if rng.random() < level else 0.0, "date": str(BEGIN + timedelta(days=day)), **more}
        for day, level in enumerate(levels)
        for _ in range(per_day)
    ]
    return made.dataset(where / "d", rows)


def test_of_a_dataset_and_a_filter(tmp_path):
    given = answers(tmp_path, np.repeat([0.8, 0.5], [200, 160]), region="N")
    (found,) = changepoints.found(given, "nps")
    assert abs((found.day - BEGIN).days - 200) < 20
    assert found.before == pytest.approx(60, abs=12) and found.after == pytest.approx(0, abs=12)
    assert found.n_before + found.n_after == 1080
    assert changepoints.found(given, "nps", Filter(begin=BEGIN + timedelta(days=230))) == []
    assert changepoints.found(given, "nps", Filter(where=(("region", ("S",)),))) == []
    assert changepoints.found(given, "nps") == changepoints.found(given, "nps")


@pytest.mark.parametrize("rows", [1, 5, 40])
def test_equal_answers_and_few_have_no_change_point(tmp_path, rows):
    assert changepoints.found(answers(tmp_path, np.ones(rows)), "nps") == []


def test_without_dates_there_is_none(tmp_path):
    assert changepoints.found(made.dataset(tmp_path / "d", [{"nps": 9, "date": None}] * 3), "nps") == []


def test_a_year_without_answers_is_no_change(tmp_path):
    rows = [{"nps": float(n % 11), "date": str(BEGIN + timedelta(days=n % 90))} for n in range(400)]
    rows += [{"nps": float(n % 11), "date": str(BEGIN + timedelta(days=500 + n % 90))} for n in range(400)]
    assert changepoints.found(made.dataset(tmp_path / "d", rows), "nps") == []
