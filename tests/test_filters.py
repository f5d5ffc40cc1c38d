"""A filter speaks SQL, words and URL, and takes nothing from a URL on trust."""

from datetime import date

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx.errors import FilterError
from cx.view import filters
from cx.view.filters import Filter

MARCH = Filter(date(2026, 3, 1), date(2026, 3, 31), (("Region", ("North", "")),))


def rows(found: Filter, *responses: tuple) -> list:
    """The ids of the responses (id, date, Region, score) the filter lets through, asked from DuckDB."""
    clause, bound = found.sql()
    with duckdb.connect() as con:
        con.execute('CREATE TABLE r (id INT, "date" TIMESTAMP, "Region" TEXT, "score" DOUBLE)')
        con.executemany("INSERT INTO r VALUES (?, ?, ?, ?)", responses)
        return [row[0] for row in con.execute(f"SELECT id FROM r WHERE {clause} ORDER BY id", bound).fetchall()]


RESPONSES = [
    (1, "2026-03-01 00:00", "North", 4.0), (2, "2026-03-31 23:59", None, 5.0), (3, "2026-04-01 00:00", "North", 4.0),
    (4, "2026-03-15 12:00", "South", 4.5), (5, None, "North", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "ids"),
    [
        (Filter(), [1, 2, 3, 4, 5]),
        (MARCH, [1, 2]),  # both days whole; no value is a value; undated rows are in no period
        (Filter(begin=date(2026, 4, 1)), [3]),
        (Filter(where=(("score", ("4",)),)), [1, 3]),
        (Filter(where=(("score", ("4.5", "")),)), [4, 5]),
        (Filter(where=(("Region", ("x' OR '1'='1",)),)), []),
    ],
)
def test_sql_lets_the_right_responses_through(found, ids):
    assert rows(found, *RESPONSES) == ids


def test_a_column_name_stays_a_name():
    clause, _ = Filter(where=(('a" OR 1=1 --', ("x",)),)).sql()
    with pytest.raises(duckdb.BinderException):
        duckdb.connect().execute(f"SELECT 1 FROM (SELECT 1 AS b) WHERE {clause}", ["x"])


def test_words_are_for_people():
    assert MARCH.words() == "1 Mar 2026 – 31 Mar 2026 · Region: North, no value"
    assert Filter().words() == "all time"
    assert Filter(end=date(2026, 3, 31)).words() == "until 31 Mar 2026"


names = st.sampled_from(["Region", "Plan & more", "a=b", "ü"])
days = st.one_of(st.none(), st.dates(date(1990, 1, 1), date(2030, 1, 1)))


@given(days, days, st.dictionaries(names, st.lists(st.text(max_size=8), min_size=1, max_size=3, unique=True)))
def test_url_and_back(begin, end, where):
    if begin and end and begin > end:
        begin, end = end, begin
    found = Filter(begin, end, tuple(sorted((name, tuple(values)) for name, values in where.items())))
    params = {name: [held] if isinstance(held, str) else held for name, held in found.url().items()}
    assert filters.from_url(params, ["Region", "Plan & more", "a=b", "ü"]) == (found, [])


def test_what_means_nothing_is_dropped_and_said():
    params = {"from": ["tomorrow"], "f.Nope": ["x"], "f.Region": ["North"], "other": ["1"], "to": ["2026-02-30"]}
    found, dropped = filters.from_url(params, ["Region"])
    assert found == Filter(where=(("Region", ("North",)),))
    assert dropped == ["from=tomorrow", "to=2026-02-30", "f.Nope"]


def test_days_in_the_wrong_order_are_turned_round():
    assert filters.from_url({"from": ["2026-05-01"], "to": ["2026-04-01"]}, [])[0] == Filter(
        date(2026, 4, 1), date(2026, 5, 1)
    )


def test_command_line_words():
    assert filters.from_words(["a=1", "b=x=y", "a=2"]) == Filter(where=(("a", ("1", "2")), ("b", ("x=y",))))
    with pytest.raises(FilterError, match="COLUMN=VALUE"):
        filters.from_words(["region"])
