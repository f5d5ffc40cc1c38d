"""What a team settles: bounds, records, and that every number follows."""

import pytest

from cx.errors import FilterError, IntakeError, NotAllowedError
from cx.measure import kpis, weights
from cx.principal import LOCAL, Principal
from cx.settings import Calendar, Settings, Terms, settled
from cx.store import records
from cx.view import cards, overview, theme
from cx.view.filters import ALL
from tests import made


def test_settings_go_into_records_and_come_back(both_databases):
    chosen = Settings(
        25, Calendar(4, 6), (80.0, 60.0, 40.0, 20.0), Terms(0.4, 0.08, 3, 12.5), (("region", (("N", 40.0), ("S", 60.0))),)
    )  # fmt: skip
    assert settled(chosen.as_json()) == chosen and settled({}) == Settings()
    assert records.settings_of("survey") == Settings()
    assert records.settle(LOCAL, "survey", chosen.as_json()) == chosen
    assert (
        records.settle(LOCAL, "survey", {"min_base": 3}) == chosen._replace(min_base=3) == records.settings_of("survey")
    )
    assert records.settings_of("other") == Settings()


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_base": 0}, {"min_base": 2.5}, {"min_base": "10"}, {"first_month": 13}, {"first_weekday": 7},
        {"first_weekday": True}, {"bands": [50, 60, 20, 0]}, {"bands": [50]}, {"margin": 1.5}, {"discount": -0.1}, {"years": 0},
        {"years": float("nan")},
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused_and_nothing_kept(wrong):
    with pytest.raises(FilterError, match=next(iter(wrong))):
        records.settle(LOCAL, "survey", {"min_base": 20, **wrong} if "min_base" not in wrong else wrong)
    assert records.settings_of("survey") == Settings()


@pytest.mark.parametrize(
    "who", [Principal("eve", "viewer"), Principal("eve", "guest"), Principal("eve", "analyst", frozenset({"other"}))]
)
def test_who_may_not_change_a_dataset_settles_nothing(who):
    with pytest.raises(NotAllowedError):
        records.settle(who, "survey", {"min_base": 1})
    assert records.settings_of("survey") == Settings()


@pytest.mark.parametrize(
    ("value", "name"), [(100, "excellent"), (85, "excellent"), (84.9, "good"), (65, "fair"), (55, "poor"), (-3, "very poor")]
)  # fmt: skip
def test_what_the_index_is_called(value, name):
    assert Settings().band(value) == name
    assert Settings(bands=(50, 20, 0, -20)).band(value) == ("poor" if value == -3 else "excellent")


def test_margins_from_a_file():
    text = "\ufeffcolumn,value,share\nregion,N,40\nregion,S,60 %\n\nage,,1\n"
    assert weights.margins(text) == {"region": {"N": 40, "S": 60}, "age": {"": 1}}
    assert weights.margins("Column;Value;Share\nregion;N;0,4\n") == {"region": {"N": 0.4}}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "row 1"), ("a,b\n1,2\n", "row 1"), ("column,value,share\n", "no row"),
        ("column,value,share\nregion,N,0\n", "row 2"), ("column,value,share\nregion,N\n", "row 2"),
        ("column,value,share\nregion,N,inf\n", "row 2"), ("column,value,share\n,N,1\n", "row 2"),
    ],
)  # fmt: skip
def test_margins_that_cannot_be_read(text, why):
    with pytest.raises(IntakeError, match=why):
        weights.margins(text)


def test_the_band_stands_on_the_tile_of_the_index(tmp_path):
    dataset = made.dataset(tmp_path / "d", [dict.fromkeys(kpis.PARTS, answer) for answer in [5] * 80 + [1] * 20])
    for bands, name in ((Settings().bands, "poor"), ((55, 50, 20, 0), "excellent")):
        tiles = overview.tiles(dataset.with_settings(Settings(bands=bands)), ALL, 10)
        assert [tile.band for tile in tiles if tile.kpi == "cx_index"] == [name]  # 80 − 20 = 60 on each part
        assert f"{name} (our bands)" in cards.tiles(tiles, theme.LIGHT)
