"""What repeats and what comes next: against statsmodels, by simulation, and silent on too little."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from statsmodels.api import WLS

from cx.measure import seasons, trends
from cx.settings import Calendar


def monthly(values, se=3.0, n=150, begin=date(2023, 1, 1)):
    """A series of whole months with these values (NaN: a gap)."""
    values = np.asarray(values, dtype=float)
    last = (pd.Timestamp(begin) + pd.DateOffset(months=len(values)) - pd.Timedelta(days=1)).date()
    frame = trends.every(begin, last, "month")
    gap = np.isnan(values)
    return frame.assign(value=values, n=np.where(gap, 0, n), se=np.where(gap, np.nan, se))


YEAR = np.array([10, 6, 2, -2, -6, -10, -10, -6, -2, 2, 6, 10.0])


def test_a_planted_season_is_found_with_its_size():
    rng = np.random.default_rng(1)
    found = seasons.pattern(monthly(30 + 0.2 * np.arange(36) + np.tile(YEAR, 3) + rng.normal(0, 2, 36)), "month")
    assert found.real and found.p < 1e-6
    effects = found.effects.set_index("name")["effect"]
    assert effects.sum() == pytest.approx(0, abs=1e-9)
    assert np.abs(effects.to_numpy() - YEAR).max() < 5
    assert (found.effects["low"] < found.effects["effect"]).all() and found.effects["n"].tolist() == [3] * 12


def test_the_test_is_the_f_test_of_nested_models():
    rng = np.random.default_rng(2)
    y, n = rng.normal(20, 5, 30), rng.integers(50, 300, 30)
    found = seasons.pattern(monthly(y, se=70 / np.sqrt(n), n=n, begin=date(2023, 3, 1)), "month")
    place = (np.arange(30) + 2) % 12
    base = np.column_stack([np.ones(30), np.arange(30)])
    small = WLS(y, base, weights=n).fit()
    large = WLS(y, np.column_stack([base, np.eye(12)[place][:, 1:]]), weights=n).fit()
    f, p, _ = large.compare_f_test(small)
    assert found.p == pytest.approx(p)
    free = np.concatenate([[0], large.params[2:]])
    expected = (free - free.mean()) * max(1 - 1 / f, 0)
    assert found.effects["effect"].tolist() == pytest.approx(expected.tolist(), abs=1e-9)


def test_chance_is_seldom_taken_for_a_season():
    rng = np.random.default_rng(3)
    found = [seasons.pattern(monthly(rng.normal(30, 6, 24)), "month") for _ in range(300)]
    assert np.mean([each.p < 0.05 for each in found]) == pytest.approx(0.05, abs=0.03)
    assert np.mean([each.real for each in found]) < 0.03


@pytest.mark.parametrize(("many", "known"), [(23, False), (24, True)])
def test_a_season_needs_two_cycles(many, known):
    found = seasons.pattern(monthly(np.arange(float(many))), "month")
    assert (found.p is not None) is known and bool(found.why) is not known
    if not known:
        assert found.why == "Needs two whole years of months" and found.effects.empty


def test_weekdays_and_fiscal_quarters_have_their_places():
    days = pd.Series(pd.date_range("2026-03-02", periods=7))  # a Monday
    assert seasons.position(days, "day").tolist() == list(range(7))
    quarters = pd.Series(pd.to_datetime(["2026-04-01", "2026-07-01", "2026-01-01"]))
    assert seasons.position(quarters, "quarter").tolist() == [1, 2, 0]
    assert seasons.position(quarters, "quarter", Calendar(first_month=4)).tolist() == [0, 1, 3]


def test_equal_values_have_no_season_and_no_warning():
    found = seasons.pattern(monthly(np.full(24, 40.0), se=0.0), "month")
    assert found.p == 1 and not found.real
    ahead = seasons.forecast(monthly(np.full(24, 40.0), se=0.0), "month")
    assert ahead.value == pytest.approx(40)


@pytest.mark.parametrize("drift", [0.0, 3.0])
def test_forecasts_hold_what_comes(drift):
    """95 % intervals on a steady and on a wandering level: the month to come lies inside in 95 of 100."""
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(400):
        y = 30 + rng.normal(0, drift, 25).cumsum() + rng.normal(0, 6, 25)
        ahead = seasons.forecast(monthly(y[:24], se=6.0), "month")
        inside.append(ahead.low <= y[24] <= ahead.high)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


def test_a_forecast_follows_the_season_and_the_calendar():
    rng = np.random.default_rng(5)
    ahead = seasons.forecast(monthly(30 + np.tile(YEAR * 2, 3) + rng.normal(0, 2, 36)), "month")
    assert ahead.period == pd.Timestamp("2026-01-01") and ahead.n == 150
    assert ahead.value == pytest.approx(50, abs=6)
    assert ahead.low < ahead.value < ahead.high


def test_a_forecast_stays_in_range_and_skips_what_is_not_over():
    series = monthly(np.full(12, 97.0), se=6.0)
    series.loc[11, ["whole", "over", "value"]] = [False, False, -100.0]
    ahead = seasons.forecast(series, "month", -100, 100)
    assert ahead.period == pd.Timestamp("2023-12-01") and ahead.high == 100 and ahead.value == pytest.approx(97)


@pytest.mark.parametrize(("values", "many"), [([], 0), ([30.0] * 5, 5), ([30.0, np.nan] * 5, 5)])
def test_too_little_gives_no_forecast_but_the_reason(values, many):
    series = monthly(values) if values else pd.DataFrame(columns=["period", "last", "whole", "over", "value", "n"])
    ahead = seasons.forecast(series, "month")
    assert ahead.value is None and ahead.why == f"Needs 6 periods with enough answers, there are {many}"


def test_gaps_widen_a_forecast():
    values = np.random.default_rng(6).normal(30, 12, 24).round(1)
    gappy = values.copy()
    gappy[18:] = np.nan
    wide, narrow = (seasons.forecast(monthly(y, se=3.0), "month") for y in (gappy, values))
    assert wide.high - wide.low > narrow.high - narrow.low


def test_scatter_is_one_by_chance_and_seen_when_there():
    rng = np.random.default_rng(7)
    calm = [seasons.scatter(rng.normal(0, 1, 24), np.ones(24)) for _ in range(300)]
    assert 0 < np.mean([each > 1 for each in calm]) < 0.05
    wild = [seasons.scatter(rng.normal(0, 3, 24), np.ones(24)) for _ in range(300)]
    assert np.median(wild) == pytest.approx(9, rel=0.35)
    shifted = [seasons.scatter(np.repeat([0.0, 8.0], 12) + rng.normal(0, 1, 24), np.ones(24)) for _ in range(300)]
    assert np.mean([each > 1 for each in shifted]) < 0.2  # a change of level is no scatter
