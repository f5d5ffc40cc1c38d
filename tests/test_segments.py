"""Segments ranked and tested; numbers cut into ranges with round bounds."""

import numpy as np
import pandas as pd
import pytest

from cx.errors import FilterError
from cx.measure import kpis, segments
from cx.view.filters import Filter
from tests import made


def spending(where, many=400, **more):
    rng = np.random.default_rng(2)
    rows = [
        {"nps": int(rng.integers(11)), "Spent": f"{spent:.2f}", "Zip": f"0{i % 7}123", "Visits": str(i % 3)} | more
        for i, spent in enumerate(rng.uniform(0, 200, many))
    ]
    return made.dataset(where / "d", rows)


def test_ranges_are_round_alike_and_complete(tmp_path):
    data = spending(tmp_path)
    held = segments.cut(data, "Spent")
    found = held.query(
        'SELECT "Spent (ranges)" AS label, count(*) AS n FROM responses GROUP BY 1 ORDER BY min("Spent"::DOUBLE)'
    )
    assert found["label"].tolist() == ["under 50", "50 to 100", "100 to 150", "150 and more"]
    assert found["n"].sum() == 400 and found["n"].min() > 60
    spent = data.query('SELECT "Spent"::DOUBLE AS s FROM responses')["s"]
    assert found["n"].tolist() == np.histogram(spent, [0, 50, 100, 150, 1000])[0].tolist()


def test_a_cut_counts_like_any_column(tmp_path):
    held = segments.cut(spending(tmp_path), "Spent")
    table = kpis.table(held, ["Spent (ranges)"])
    parts = table[table["kpi"] == "responses"]["value"].sum()
    assert parts == 400
    where = Filter(where=(("Spent (ranges)", ("under 50",)),))
    alone = kpis.table(held, (), where).set_index("kpi").loc["nps"]
    assert alone["value"] == table[(table["kpi"] == "nps") & (table["Spent (ranges)"] == "under 50")]["value"].iloc[0]


def test_few_numbers_stay_groups_and_words_are_refused(tmp_path):
    data = spending(tmp_path)
    labels = segments.cut(data, "Visits").query('SELECT DISTINCT "Visits (ranges)" AS v FROM responses ORDER BY 1')["v"]
    assert labels.tolist() == ["0", "1", "2"]
    for column in ("Zip", "source"):  # codes with a leading zero are names, not numbers
        with pytest.raises(FilterError, match=column):
            segments.cut(data, column)


@pytest.mark.parametrize(
    ("quantiles", "ends", "expected"),
    [
        ([24.3, 51.2, 76.9], (0, 100), [20, 50, 80]),
        ([0.24, 0.51, 0.77], (0, 1), [0.2, 0.5, 0.8]),
        ([12_437, 25_220, 61_000], (10, 900_000), [10_000, 25_000, 60_000]),
        ([0, 0, 3], (0, 9), [3]),
        ([5, 5, 5], (1, 5), [5]),
    ],
)
def test_natural_bounds(quantiles, ends, expected):
    about = segments.Numbers(100, 50, *ends, False)
    assert segments.natural(quantiles, about) == pytest.approx(expected, rel=0.25)
    assert all(
        len(f"{bound:g}".rstrip("0").replace(".", "").lstrip("0")) <= 2 for bound in segments.natural(quantiles, about)
    )


def test_quotes_in_names_and_values_are_only_text(tmp_path):
    rows = [{"nps": i % 11, 'it"s; DROP': f"{i}.5"} for i in range(40)]
    held = segments.cut(made.dataset(tmp_path / "d", rows), 'it"s; DROP')
    assert held.query("SELECT count(*) AS n FROM responses")["n"].iloc[0] == 40


def planted(where, by):
    rng = np.random.default_rng(4)
    rows = [
        {"nps": int(rng.integers(11)), "Plan": str(rng.choice(["A", "B", "C"])),
         "Region": str(rng.choice(["N", "S"])), "Age": int(rng.integers(18, 80))}
        for _ in range(600)
    ]  # fmt: skip
    for row in rows:
        if row["Plan"] == "C":
            row["nps"] = max(0, row["nps"] - by)
    return made.dataset(where / "d", rows)


def test_the_segment_that_differs_is_first(tmp_path):
    found = segments.differing(planted(tmp_path, 4), "nps")
    assert found.iloc[0][["column", "value", "real"]].tolist() == ["Plan", "C", True]
    assert found.iloc[0]["says"].endswith("below the rest, real")
    assert set(found["column"]) == {"Plan", "Region", "Age (ranges)"}
    assert not found[found["column"].isin(["Region", "Age (ranges)"])]["real"].any()


def test_a_chosen_column_and_too_little_data(tmp_path):
    data = planted(tmp_path, 4)
    assert set(segments.differing(data, "nps", looked_at=["region"])["column"]) == {"Region"}
    small = made.dataset(tmp_path / "e", [{"nps": 5, "Plan": "AB"[i % 2]} for i in range(12)])
    found = segments.differing(small, "nps", looked_at=["Plan"])
    assert found["says"].tolist() == ["too few to compare (6 with, 6 without)"] * 2
    assert isinstance(segments.differing(small, "csat"), pd.DataFrame) and segments.differing(small, "csat").empty


def test_numbers_that_are_missing_from_all_that_fit(tmp_path):
    """Tickets have a time to reply, the survey has none: a filter on the survey leaves nothing to cut."""
    rows = [{"nps": place % 11, "Region": "North", "Plan": "AB"[place % 2]} for place in range(60)]
    rows += [{"csat": 1 + place % 5, "Minutes": float(place)} for place in range(60)]
    data = made.dataset(tmp_path / "d", rows)
    found = segments.differing(data, "nps", Filter(where=(("Region", ("North",)),)))
    assert set(found["column"]) == {"Plan"}
