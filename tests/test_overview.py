"""Tiles agree with the table of KPIs; movers by hand."""

from datetime import date

import pytest
from statsmodels.stats.multitest import multipletests

from cx.measure import estimate, kpis
from cx.schema import Scale
from cx.view import overview
from cx.view.filters import ALL, Filter
from tests import made
from tests.made import SEVEN

MARCH = Filter(date(2026, 3, 1), date(2026, 3, 31))


@pytest.mark.parametrize("where", [ALL, Filter(date(2026, 3, 1), date(2026, 4, 30), (("Region", ("North", "South")),))])
def test_a_tile_shows_what_the_table_says(sample, where):
    table = kpis.table(sample, where=where)
    tiles = overview.tiles(sample, where, 10)
    assert [tile.kpi for tile in tiles] == [name for name in kpis.HEADLINE if name in kpis.available(sample)]
    for tile in tiles:
        rows = table[table["kpi"] == tile.kpi].sort_values("n", ascending=False)
        if rows["n"].sum() == 0:  # nobody who was asked lives there
            assert tile.value == estimate.Estimate(None, None, None, 0)
            continue
        assert list(tile.value) == pytest.approx(rows.iloc[0][["value", "low", "high", "n"]].tolist(), nan_ok=True)
        assert len(tile.others) == len(rows) - 1 and tile.unit == rows.iloc[0]["unit"]


def test_a_change_is_the_difference_of_the_two_values_shown(sample):
    spring = Filter(date(2026, 3, 1), date(2026, 4, 30))
    winter = Filter(date(2026, 1, 1), date(2026, 2, 28))
    before = {tile.kpi: tile.value.value for tile in overview.tiles(sample, winter, 10)}
    for tile in overview.tiles(sample, spring, 10):
        assert tile.change.value == pytest.approx(tile.value.value - before[tile.kpi])
        assert tile.change.low <= tile.change.value <= tile.change.high
        assert tile.change.real == (tile.change.p < 0.05)


def test_direction(tmp_path):
    rows = [{"nps": 9, "ces": 2.0, "date": "2026-03-01"}] * 12
    said = [{"response_id": f"r{place:04d}"} for place in range(12)]
    for scale, up in ((SEVEN, True), (Scale(1, 7, low_is_good=True), False)):
        given = made.dataset(tmp_path / f"{up}", rows, said, scales={"ces": [scale]})
        good = {tile.kpi: tile.up_is_good for tile in overview.tiles(given, ALL, 10)}
        asked = {"nps": True, "ces": up, "net_sentiment": True, "felicific_rate": True, "effort_high": False}
        assert good == asked | dict.fromkeys(kpis.SAID, True)


def test_one_day_has_a_value_and_no_change(tmp_path):
    given = made.dataset(tmp_path / "d", [{"nps": 9, "date": "2026-03-01"}] * 12)
    (tile,) = overview.tiles(given, ALL, 10)
    assert tile.value.value == 100 and tile.change == estimate.UNKNOWN and tile.against == ""
    assert tile.series["n"].tolist() == [12]


def test_without_dates_there_is_no_series(tmp_path):
    (tile,) = overview.tiles(made.dataset(tmp_path / "d", [{"nps": 9}] * 12), ALL, 10)
    assert tile.value.value == 100 and tile.series.empty
    assert overview.movers(made.dataset(tmp_path / "e", [{"nps": 9}] * 12), ALL, 10).empty


# ---- movers


def moved(where, shifts, n=40):
    """Touchpoints and topics with `n` responses in February and March; `shifts`: (touchpoint, topic, positive shares)."""
    rows, said = [], []
    for touchpoint, topic, before, after in shifts:
        for month, share in (("02", before), ("03", after)):
            for place in range(n):
                said.append({"response_id": f"r{len(rows):04d}", "touchpoint": touchpoint, "topic": topic,
                             "sentiment_label": "positive" if place < share * n else "negative"})  # fmt: skip
                rows.append({"nps": 9, "date": f"2026-{month}-10"})
    rows += [{"nps": 9, "date": day} for day in ("2026-01-01", "2026-04-01")]
    names = sorted({topic for _, topic, _, _ in shifts if topic and topic != "t9"})
    return made.dataset(where / "d", rows, said, topics=[made.topic(name, name.upper()) for name in names])


def test_movers_rise_and_fall_for_real(tmp_path):
    shifts = [("website", "t1", 0.2, 0.9), ("delivery", "t2", 0.8, 0.1), ("premises", "t3", 0.5, 0.525)]
    found = overview.movers(moved(tmp_path, shifts), MARCH, 10)
    assert found["name"].tolist() == ["T1", "website", "T3", "premises", "T2", "delivery"]
    assert found["change"].tolist() == pytest.approx([140, 140, 5, 5, -140, -140])
    assert found["real"].tolist() == [True, True, False, False, True, True]
    assert found["kind"].tolist() == ["topic", "touchpoint"] * 3
    assert found["key"].tolist() == ["t1", "website", "t3", "premises", "t2", "delivery"]
    assert set(found["n_before"]) == set(found["n_after"]) == {40}


def test_movers_are_tested_together(tmp_path):
    """The whole family of topics and touchpoints is corrected at once, against statsmodels."""
    shifts = [(f"place {k}", f"t{k}", 0.5, 0.5 + k / 24) for k in range(9)]
    given = moved(tmp_path, shifts)
    everything = overview.movers(given, MARCH, 10)
    assert len(everything) == overview.MOST_MOVERS
    p = []
    for shift in range(9):
        share = [0.5, sum(place < (0.5 + shift / 24) * 40 for place in range(40)) / 40]
        values = [2 * s - 1 for s in share]
        se = [((1 - v * v) / 39) ** 0.5 for v in values]  # each response one mention of ±1
        row = [{"value": v, "mid": v, "se": e, "df": 39} for v, e in zip(values, se, strict=True)]
        p += [estimate.difference(row[1], row[0]).p] * 2
    real = multipletests(p, 0.05, method="fdr_bh")[0]
    lone = [value < 0.05 for value in p]
    assert sum(lone) > sum(real)  # the correction matters here
    assert everything["real"].sum() == min(sum(real), overview.MOST_MOVERS)


def test_what_has_no_name_does_not_move(tmp_path):
    shifts = [("none", None, 0.1, 0.9), ("none", "t9", 0.1, 0.9), ("website", None, 0.1, 0.9)]
    found = overview.movers(moved(tmp_path, shifts), MARCH, 10)
    assert found["name"].tolist() == ["website"]


def test_below_the_base_nothing_moves(tmp_path):
    assert overview.movers(moved(tmp_path, [("website", "t1", 0.1, 0.9)], n=9), MARCH, 10).empty
