"""Columns measured in one pass: exact while there are few values, bounded and nearly exact when there are many."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx.intake import dates, profile, roles


def measured(*columns):
    found, rows, overlong = profile.measure(map(list, zip(*columns, strict=True)), len(columns))
    assert (rows, overlong) == (len(columns[0]), 0)
    return found


def test_few_values_are_counted_exactly():
    (found,) = measured(["a", "", " ", "b", "a", "\t"] * 3)
    assert (found.filled, found.distinct, dict(found.counts)) == (9, 2, {"a": 6, "b": 3})


@pytest.mark.parametrize("many", [60_000, 300_000])
@pytest.mark.parametrize(
    "form", ["R_{:08d}", "{}", "a comment that says {} and ends", "https://example.com/?id=" + "x" * 150 + "{}"]
)
def test_many_values_are_counted_within_half_a_percent(many, form):
    (found,) = measured([form.format(number) for number in range(many)])
    assert found.filled == many
    assert found.distinct == pytest.approx(many, rel=0.005)
    assert len(found.counts) <= profile.MOST_DISTINCT + profile.CHUNK
    assert roles.is_key(found, many)


def test_a_key_that_repeats_in_two_percent_of_the_rows_is_none():
    (found,) = measured([str(number if number % 50 else 0) for number in range(200_000)])
    assert found.distinct == pytest.approx(196_001, rel=0.005)
    assert not roles.is_key(found, 200_000)


def test_rows_that_are_too_long_or_too_short():
    rows = iter([["a", "b"], ["c"], ["d", "e", "x"], ["f", "g", "  "]])
    found, total, overlong = profile.measure(rows, 2)
    assert (total, overlong, [column.filled for column in found]) == (4, 1, [4, 3])


def test_days_of_many_moments_are_all_counted():
    cells = [f"{day:02}/{month:02}/2025 {n % 24:02}:{n // 24 % 60:02}:{n // 1440 % 60:02}"
             for n in range(50_000) for day, month in ((n % 12 + 1, 5), (3, n % 12 + 1))] + ["25/12/2025 10:00:00"]  # fmt: skip
    (found,) = measured(cells)
    assert found.distinct > profile.MOST_DISTINCT
    assert found.days.total() == len(cells)
    form = dates.settle(found.moments, True, cells=found.counts)
    assert (form.order, form.sure, form.ambiguous) == ("dmy", True, False)  # one row in 100,001 tells


@pytest.mark.parametrize(
    "cells",
    [
        ["2026-01-31 10:00:00", "2026-01-31 11:30:15", "2026-02-01 10:00:00", "", "no date", "2026-02-30 10:00:00"],
        ["31/01/2026 1:35:15 PM", "01/02/2026 1:35:15 PM", "31/01/2026 1:35:15 AM", "13/13/2026 1:00 PM"],
        ["12 May 2026 10:00", "13 May 2026 10:00", "May 2026", "12 Foo 2026 10:00"],
        ["2026-01-31T10:00:00Z", "2026-01-31T10:00:00.25Z", "2026-02-01T10:00:00.25Z"],
        ["1767261600", "1767261601", "1767261661", "1767348000", "1767348001", "x"],
        ["46023.5", "46024.5", "46023"],
        ["Sat Jun 15 2024", "Sun Jun 16 2024"],
        ["1980-01-01 00:00:00", "2020-05-05 00:00:00", "1970-01-01"],
        [" 2026-01-31 10:00:00 ", "2026-01-31  10:00:00", "2026-01-31 25:00:00", "2026-01-31 10:00:00 (CET)"],
    ],
)
def test_a_clock_reads_what_the_form_reads(cells):
    form = dates.settle(dict.fromkeys(cells, 1), True, "dmy", ["1980-01-01"])
    clock = dates.Clock(form)
    for cell in [*cells, *cells, *reversed(cells)]:
        moment = form.read(cell)
        expected = None if moment is None else (moment - datetime(1970, 1, 1)) // dates.MICROSECOND
        assert clock.microseconds(cell) == expected, cell


WAYS = (
    "%Y-%m-%d %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y",
    "%Y/%m/%d %I:%M:%S %p",
    "%d %B %Y %H:%M",
    "%Y-%m-%dT%H:%M:%S.%f",
)
MOMENT = st.tuples(st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)), st.sampled_from(WAYS))


@given(st.lists(MOMENT, max_size=20))
def test_a_clock_reads_mixed_columns_like_the_form(written):
    form = dates.DateForm("dmy")
    clock = dates.Clock(form)
    for moment, way in written * 2:
        cell = moment.strftime(way)
        read = form.read(cell)
        assert clock.microseconds(cell) == (
            None if read is None else (read - datetime(1970, 1, 1)) // dates.MICROSECOND
        )


def test_a_clock_forgets_and_goes_on(monkeypatch):
    monkeypatch.setattr(dates, "MOST_REMEMBERED", 3)
    clock = dates.Clock(dates.DateForm())
    for day in range(1, 29):
        assert (
            clock.microseconds(f"2026-01-{day:02} 10:00:{day:02}")
            == (20453 + day) * dates.DAY + (36_000 + day) * 1_000_000
        )
        assert len(clock.days) + len(clock.times) <= 5
