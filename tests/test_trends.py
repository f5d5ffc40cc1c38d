"""Series and windows: periods on the calendar, gaps as gaps, changes with their test."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.weightstats import ttest_ind

from cx.measure import kpis, trends
from cx.measure.tally import DAY
from cx.settings import Calendar, Settings
from cx.view.filters import ALL, Filter
from tests import made
from tests.made import FIVE, SEVEN, TEN

START = date(2026, 1, 1)


def spread(where, begin, end, **row):
    """A dataset with a response on the first and on the last day."""
    rows = [{"nps": 10, **row, "date": str(day)} for day in (begin, end)]
    return made.dataset(where / "d", rows)


@pytest.mark.parametrize(
    ("days", "grain"),
    [
        (0, "day"),
        (31, "day"),
        (32, "week"),
        (183, "week"),
        (184, "month"),
        (5 * 366, "month"),
        (5 * 366 + 1, "quarter"),
    ],
)
def test_grain(days, grain):
    assert trends.grain(START, START + timedelta(days=days)) == grain


@pytest.mark.parametrize(
    ("grain", "first"),
    [("day", "2026-04-16"), ("week", "2026-04-13"), ("month", "2026-04-01"), ("quarter", "2026-04-01")],
)
def test_periods_begin_on_monday_and_on_the_first(grain, first):
    assert trends.periods(pd.Series(["2026-04-16"]), grain).tolist() == [pd.Timestamp(first)]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        # whole months against as many whole months, short ones too
        (Filter(date(2026, 3, 1), date(2026, 4, 30)), ("2026-03-01", "2026-04-30", "2026-01-01", "2026-02-28")),
        (Filter(date(2026, 3, 1), date(2026, 3, 31)), ("2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28")),
        # days against as many days
        (Filter(date(2026, 3, 5), date(2026, 3, 14)), ("2026-03-05", "2026-03-14", "2026-02-23", "2026-03-04")),
        (Filter(date(2026, 3, 5), date(2026, 3, 5)), ("2026-03-05", "2026-03-05", "2026-03-04", "2026-03-04")),
        # an open end ends with the data
        (Filter(begin=date(2026, 10, 1)), ("2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30")),
        # none chosen, or nothing before it: what is recent against the time before it
        (ALL, ("2026-08-01", "2026-10-31", "2026-05-01", "2026-07-31")),
        (Filter(end=date(2026, 6, 30)), ("2026-04-01", "2026-06-30", "2026-01-01", "2026-03-31")),
        (Filter(date(2020, 1, 1), date(2024, 12, 31)), ("2024-12-04", "2024-12-31", "2024-11-06", "2024-12-03")),
        # outside the data
        (Filter(date(2030, 1, 1), date(2030, 2, 1)), None),
        (Filter(date(2020, 1, 1), date(2020, 2, 1)), None),
    ],
)
def test_windows_in_two_years(tmp_path, where, expected):
    found = trends.windows(spread(tmp_path, date(2024, 11, 1), date(2026, 10, 31)), where)
    assert (found and tuple(map(str, found[:4]))) == expected


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        # by weeks: the last four against the four before
        (date(2026, 1, 1), date(2026, 5, 10), ("2026-04-13", "2026-05-10", "2026-03-16", "2026-04-12")),
        # by days: the last seven against the seven before
        (date(2026, 1, 1), date(2026, 1, 31), ("2026-01-25", "2026-01-31", "2026-01-18", "2026-01-24")),
        # too short for that: the later half against the earlier
        (date(2026, 1, 1), date(2026, 1, 6), ("2026-01-04", "2026-01-06", "2026-01-01", "2026-01-03")),
        (date(2026, 1, 1), date(2026, 1, 2), ("2026-01-02", "2026-01-02", "2026-01-01", "2026-01-01")),
        (date(2026, 1, 1), date(2026, 1, 1), None),
        # by quarters: the last year against the year before
        (date(2014, 1, 1), date(2025, 12, 31), ("2025-01-01", "2025-12-31", "2024-01-01", "2024-12-31")),
    ],
)
def test_windows_by_the_length_of_the_data(tmp_path, begin, end, expected):
    found = trends.windows(spread(tmp_path, begin, end), ALL)
    assert (found and tuple(map(str, found[:4]))) == expected
    if found:
        assert found.end_before + timedelta(days=1) == found.begin


def test_windows_say_what_they_are(tmp_path):
    given = spread(tmp_path, date(2024, 11, 1), date(2026, 10, 31))
    assert trends.windows(given, ALL).words == "last 3 months against the 3 before"
    chosen = trends.windows(given, Filter(date(2026, 3, 1), date(2026, 4, 30)))
    assert chosen.words == "against 1 Jan 2026 – 28 Feb 2026"


def test_without_dates_there_is_nothing_to_follow(tmp_path):
    given = made.dataset(tmp_path / "d", [{"nps": 10, "date": None}])
    assert trends.span(given) is None and trends.windows(given, ALL) is None


def test_a_series_has_every_period_and_gaps_stay_gaps(tmp_path):
    rows = [{"nps": 10, "date": "2026-01-15"}] * 12 + [{"nps": 0, "date": "2026-03-02"}] * 10
    rows += [{"nps": 0, "date": "2026-08-02"}] * 9 + [{"nps": 0, "date": None}] * 30
    given = made.dataset(tmp_path / "d", rows)
    found = trends.series("nps", kpis.counted(given, "nps", [DAY]), date(2026, 1, 15), date(2026, 8, 2))
    assert [f"{period:%m}" for period in found["period"]] == ["01", "02", "03", "04", "05", "06", "07", "08"]
    assert found["n"].tolist() == [12, 0, 10, 0, 0, 0, 0, 9]
    assert found["value"].tolist() == pytest.approx([100, *[np.nan] * 1, -100, *[np.nan] * 5], nan_ok=True)
    assert found["low"].isna().tolist() == found["value"].isna().tolist()


def test_a_series_ends_where_the_period_ends(tmp_path):
    rows = [{"nps": 10, "date": "2026-01-10"}] * 10 + [{"nps": 0, "date": "2026-01-11"}] * 10
    counts = kpis.counted(made.dataset(tmp_path / "d", rows), "nps", [DAY])
    found = trends.series("nps", counts, date(2026, 1, 5), date(2026, 1, 10))
    assert found["n"].sum() == 10 and len(found) == 6 and found["value"].iloc[-1] == 100


def test_a_series_without_answers_is_all_gap(tmp_path):
    counts = kpis.counted(made.dataset(tmp_path / "d", [{"nps": 10, "date": None}]), "nps", [DAY])
    found = trends.series("nps", counts, date(2026, 1, 1), date(2026, 1, 4))
    assert found["n"].tolist() == [0] * 4 and found["value"].isna().all()


def test_months_of_the_sample_add_up_and_agree_with_counting_afresh(sample):
    counts = kpis.counted(sample, "nps", [DAY])
    found = trends.series("nps", counts, *trends.span(sample))
    assert len(found) == 24 and found["n"].sum() == counts["n"].sum()
    april = kpis.table(sample, where=Filter(date(2026, 4, 1), date(2026, 4, 30))).set_index("kpi").loc["nps"]
    row = found[found["period"] == "2026-04-01"].iloc[0]
    assert row[["value", "low", "high", "n"]].tolist() == pytest.approx(april[["value", "low", "high", "n"]].tolist())


def test_change_of_a_mean_is_welchs_test(tmp_path):
    rng = np.random.default_rng(5)
    before, after = rng.integers(1, 8, 60), rng.integers(3, 8, 50)
    rows = [{"ces": float(a), "date": "2026-02-10"} for a in before] + [
        {"ces": float(a), "date": "2026-03-10"} for a in after
    ]
    rows += [{"ces": 1.0, "date": "2026-01-05"}, {"ces": 1.0, "date": "2026-04-05"}]
    given = made.dataset(tmp_path / "d", rows, scales={"ces": [SEVEN]})
    at = trends.windows(given, Filter(date(2026, 3, 1), date(2026, 3, 31)))
    found = trends.change("ces", kpis.counted(given, "ces", [DAY]), at)
    _, p, _ = ttest_ind(after, before, usevar="unequal")
    assert found.value == pytest.approx(after.mean() - before.mean()) and found.p == pytest.approx(p)
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    ("before", "after", "known"), [(10, 10, True), (9, 10, False), (10, 9, False), (0, 40, False), (40, 0, False)]
)
def test_change_needs_the_base_on_both_sides(tmp_path, before, after, known):
    rows = [{"nps": 10, "date": "2026-02-10"}] * before + [{"nps": 0, "date": "2026-03-10"}] * after
    rows += [{"nps": 5, "date": "2026-01-01"}, {"nps": 5, "date": "2026-05-01"}]
    given = made.dataset(tmp_path / "d", rows)
    at = trends.windows(given, Filter(date(2026, 3, 1), date(2026, 3, 31)))
    found = trends.change("nps", kpis.counted(given, "nps", [DAY]), at)
    assert found.value == (-200 if known else None) and found.real is known


def test_a_series_follows_one_scale(tmp_path):
    rows = [{"rating": 5, "rating scale": "1–5", "date": "2026-01-01"}] * 20
    rows += [{"rating": 8, "rating scale": "1–10", "date": "2026-01-03"}] * 15
    given = made.dataset(tmp_path / "d", rows, scales={"rating": [FIVE, TEN]})
    counts = kpis.counted(given, "rating", [DAY])
    found = trends.series("rating", counts, date(2026, 1, 1), date(2026, 1, 3))
    assert found["n"].tolist() == [20, 0, 0]
    later = trends.series("rating", counts, date(2026, 1, 2), date(2026, 1, 3))
    assert later["value"].tolist() == pytest.approx([np.nan, 8], nan_ok=True)
    at = trends.Windows(date(2026, 1, 3), date(2026, 1, 3), date(2026, 1, 1), date(2026, 1, 1), "")
    assert trends.change("rating", counts, at).value is None


def test_weeks_begin_and_fiscal_quarters_lie_where_the_calendar_says():
    sunday, april = Calendar(first_weekday=6), Calendar(first_month=4)
    day = pd.Series(["2026-04-16", "2026-04-12", "2026-02-28"])
    assert trends.periods(day, "week", sunday).dt.strftime("%m-%d").tolist() == ["04-12", "04-12", "02-22"]
    assert trends.periods(day, "week").dt.strftime("%m-%d").tolist() == ["04-13", "04-06", "02-23"]
    february = Calendar(first_month=2)
    assert trends.periods(day, "quarter", february).dt.strftime("%m-%d").tolist() == ["02-01"] * 3
    assert trends.periods(day, "quarter", april).dt.strftime("%m-%d").tolist() == ["04-01", "04-01", "01-01"]


@pytest.mark.parametrize(
    ("period", "step", "first_month", "expected"),
    [
        ("2026-04-01", "quarter", 4, "Q1 2026/27"),
        ("2026-01-01", "quarter", 4, "Q4 2025/26"),
        ("2026-10-01", "quarter", 1, "Q4 2026"),
        ("1999-10-01", "quarter", 10, "Q1 1999/00"),
        ("2026-03-01", "month", 4, "Mar 2026"),
        ("2026-03-02", "week", 1, "week of 2 Mar 2026"),
        ("2026-03-02", "day", 1, "2 Mar 2026"),
    ],
)
def test_periods_have_names(period, step, first_month, expected):
    assert trends.named(pd.Timestamp(period), step, Calendar(first_month)) == expected


def test_periods_that_are_cut_or_not_over_are_marked():
    found = trends.every(date(2026, 1, 15), date(2026, 4, 28), "month")
    assert found["whole"].tolist() == [False, True, True, False]
    assert found["over"].tolist() == [True, True, True, False]
    assert trends.every(date(2026, 1, 1), date(2026, 1, 31), "month")["whole"].tolist() == [True]


@pytest.mark.parametrize(
    ("chosen", "expected", "over"),
    [
        # an open end, the end of the month and the end of the year all mean the month in which the data end
        (Filter(begin=date(2026, 10, 1)), ("2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"), False),
        (Filter(date(2026, 9, 1), date(2026, 10, 31)), ("2026-09-01", "2026-10-31", "2026-07-01", "2026-08-31"), False),
        (Filter(date(2026, 9, 1), date(2026, 12, 31)), ("2026-09-01", "2026-10-31", "2026-07-01", "2026-08-31"), False),
        (Filter(date(2026, 9, 1), date(2026, 9, 30)), ("2026-09-01", "2026-09-30", "2026-08-01", "2026-08-31"), True),
        # days that are no whole months stay days
        (Filter(date(2026, 10, 2), date(2026, 10, 31)), ("2026-10-02", "2026-10-20", "2026-09-13", "2026-10-01"), True),
        (Filter(date(2026, 10, 1), date(2026, 10, 25)), ("2026-10-01", "2026-10-20", "2026-09-11", "2026-09-30"), True),
    ],
)
def test_months_are_whole_although_the_data_end_before_they_do(tmp_path, chosen, expected, over):
    found = trends.windows(spread(tmp_path, date(2024, 11, 1), date(2026, 10, 20)), chosen)
    assert tuple(map(str, found[:4])) == expected and found.over is over
    assert ("not over" in found.words) is not over


@pytest.mark.parametrize(("end", "first"), [(date(2026, 10, 29), "2026-08-01"), (date(2026, 10, 20), "2026-07-21")])
def test_a_month_nobody_answered_at_the_end_of_is_a_month(tmp_path, end, first):
    assert str(trends.windows(spread(tmp_path, date(2024, 11, 1), end), ALL).begin) == first


def test_a_dataset_is_followed_by_filter_and_grain(tmp_path):
    rows = [{"nps": 10, "date": "2026-01-15", "region": "N"}] * 12 + [
        {"nps": 0, "date": "2026-03-02", "region": "S"}
    ] * 10
    given = made.dataset(tmp_path / "d", rows)
    found = trends.follow(given, "nps", step="month")
    assert found["value"].tolist() == pytest.approx([100, np.nan, -100], nan_ok=True)
    south = trends.follow(given, "nps", Filter(where=(("region", ("S",)),)), step="month")
    assert south["n"].tolist() == [0, 0, 10]
    assert trends.follow(given, trends.VOLUME, step="month")["value"].tolist() == [12, 0, 10]
    february = given.with_settings(Settings(calendar=Calendar(first_month=2)))
    assert trends.follow(february, "nps", step="quarter")["n"].tolist() == [
        12,
        10,
    ]
    assert len(trends.follow(given, "nps")) == 8  # 47 days: by week
    assert trends.follow(given, "nps", Filter(begin=date(2027, 1, 1))).empty
    assert trends.follow(made.dataset(tmp_path / "u", [{"nps": 10, "date": None}]), "nps").empty


def test_time_ends_with_the_import(tmp_path):
    """A slip of the pen in one date must not move what is recent into years to come."""
    days = [str(date(2026, 3, 1) + timedelta(days=place % 90)) for place in range(300)]
    given = made.dataset(tmp_path / "d", [{"nps": 9, "date": day} for day in [*days, "2062-05-01"]])
    given.manifest["imported"] = "2026-06-01T09:00:00"
    assert trends.span(given) == (date(2026, 3, 1), date(2026, 6, 2))
    assert trends.windows(given, ALL).end == date(2026, 6, 2)
    assert trends.follow(given, "nps")["n"].sum() == 300
    given.manifest["imported"] = "2026-01-01T09:00:00"  # a clock that is wrong: all of it would be the future
    assert trends.span(given) == (date(2026, 3, 1), date(2062, 5, 1))
