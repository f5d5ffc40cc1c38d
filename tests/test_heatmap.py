"""Cells against counting with plain pandas on the rows themselves."""

import pandas as pd
import pytest

from cx.errors import FilterError
from cx.measure import kpis
from cx.schema import STAGES
from cx.view import dimensions, heat_chart, heatmap, theme
from cx.view.filters import ALL, Filter
from tests import made

NORTH = Filter(where=(("Region", ("North",)),))


@pytest.fixture
def facts(sample):
    """Every mention with its response's answers."""
    return sample.query(
        'SELECT response_id, nps, "Region", "mention.touchpoint" AS t, "mention.stage" AS s, '
        '"mention.sentiment_label" AS label FROM facts'
    )


def cells(found):
    return found.cells.set_index(["row", "column"])


@pytest.mark.parametrize("where", [ALL, NORTH])
def test_net_sentiment_and_volume_of_every_cell(sample, facts, where):
    if where != ALL:
        facts = facts[facts["Region"] == "North"]
    named = facts[(facts["t"] != "none") & (facts["s"] != "none")]
    net, volume = (cells(heatmap.build(sample, measure, where, 10)) for measure in ("net_sentiment", "volume"))
    groups = dict(list(named.groupby(["t", "s"])))
    assert set(net.index) == set(volume.index) == set(groups)
    for key, rows in groups.items():
        analysed = rows[rows["label"] != "not analysed"]
        people, balance = (
            analysed["response_id"].nunique(),
            analysed["label"].map({"positive": 1, "negative": -1}).fillna(0),
        )
        assert net.loc[key, "m"] == volume.loc[key, "m"] == len(rows) and net.loc[key, "n"] == people
        assert net.loc[key, "shown"] == (people >= 10)
        if people >= 10:
            assert net.loc[key, "value"] == pytest.approx(100 * balance.mean())
            assert net.loc[key, "low"] <= net.loc[key, "value"] <= net.loc[key, "high"]
        if rows["response_id"].nunique() >= 10:
            assert volume.loc[key, "value"] == len(rows)


def test_nps_of_a_cell_counts_each_response_once(sample, facts):
    found = cells(heatmap.build(sample, "nps", ALL, 10))
    asked = facts[facts["nps"].notna()].drop_duplicates(["response_id", "t", "s"])
    for (t, s), rows in asked[(asked["t"] != "none") & (asked["s"] != "none")].groupby(["t", "s"]):
        assert found.loc[(t, s), "n"] == len(rows)
        if len(rows) >= 10:
            points = 100 * ((rows["nps"] >= 9).mean() - (rows["nps"] <= 6).mean())
            assert found.loc[(t, s), "value"] == pytest.approx(points)


def test_axes(sample, facts):
    found = heatmap.build(sample, "volume", ALL, 10)
    named = facts[(facts["t"] != "none") & (facts["s"] != "none")]
    assert found.columns == [stage for stage in STAGES if stage in set(named["s"])]
    sizes = named["t"].value_counts()
    assert [sizes[row] for row in found.rows] == sorted(sizes, reverse=True)
    assert found.unnamed == pytest.approx(100 * (1 - len(named) / len(facts)))


def test_what_a_cell_says(tmp_path):
    said = [
        {"response_id": f"r{place:04d}", "touchpoint": touchpoint, "stage": "Purchase", "sentiment_label": label}
        for place in range(24)
        for touchpoint, label in [("website", "positive" if place % 4 else "negative")] + [("delivery", "negative")] * (place < 9)
    ]  # fmt: skip
    given = made.dataset(tmp_path / "d", [{"nps": 9}] * 24, said)
    found = cells(heatmap.build(given, "net_sentiment", ALL, 10))
    website, delivery = found.loc[("website", "Purchase")], found.loc[("delivery", "Purchase")]
    assert (website["label"], website["small"]) == ("50 ▲", "n 24")  # nine more mentions are all negative
    assert (
        website["say"].startswith("website, Purchase: Net sentiment 50, between ") and "24 mentions" in website["say"]
    )
    assert (delivery["label"], delivery["small"], delivery["shown"]) == ("·", "n 9", False)
    assert "too few answers to show (9)" in delivery["say"]


def test_a_hidden_volume_leaks_no_number(tmp_path):
    said = [{"response_id": "r0000", "touchpoint": "website", "stage": "Purchase"}] * 7
    cell = heatmap.build(made.dataset(tmp_path / "d", [{"nps": 9}], said), "volume", ALL, 10).cells.iloc[0]
    assert cell[["value", "low", "high"]].isna().all() and cell["say"].endswith("too few answers to show (1)")


def test_measures_are_those_the_dataset_has(tmp_path, sample):
    assert list(heatmap.measures(sample))[:2] == ["net_sentiment", "volume"]
    assert set(heatmap.measures(sample)) - {"volume"} <= set(kpis.available(sample))
    only = made.dataset(tmp_path / "d", [{"rating": 4}] * 3)
    assert list(heatmap.measures(only)) == ["volume", "rating"]


def test_nothing_said_is_an_empty_map(tmp_path):
    quiet = made.dataset(tmp_path / "d", [{"nps": 9}] * 12)
    nameless = made.dataset(tmp_path / "e", [{"nps": 9}] * 12, [{"response_id": "r0000"}] * 4)
    for given, unnamed in ((quiet, 0), (nameless, 100)):
        for measure in ("volume", "nps"):
            found = heatmap.build(given, measure, ALL, 10)
            assert found.cells.empty and found.rows == [] and found.unnamed == unnamed


def test_a_filter_that_fits_nobody_is_an_empty_map(sample):
    for measure in heatmap.measures(sample):
        assert heatmap.build(sample, measure, Filter(where=(("Region", ("Nowhere",)),)), 10).cells.empty


def test_a_kpi_nobody_in_the_cells_was_asked_is_hidden_not_zero(tmp_path):
    rows = [{"nps": 9}] * 12 + [{"rating": 4}] * 12
    said = [{"response_id": f"r{place:04d}", "touchpoint": "website", "stage": "Purchase"} for place in range(12, 24)]
    found = heatmap.build(made.dataset(tmp_path / "d", rows, said), "nps", ALL, 10)
    assert found.cells["n"].tolist() == [0] and pd.isna(found.cells["value"].iloc[0])


# --- Any two dimensions


def test_of_many_values_the_largest_are_shown_and_the_rest_is_said(tmp_path):
    rows = [{"nps": i % 11, "Shop": f"{'branch ' * 8}{i % 500:03d}", "Plan": "AB"[i % 2]} for i in range(5600)]
    found = heatmap.build(made.dataset(tmp_path / "d", rows), "nps", ALL, 10, "Shop", "Plan")
    assert len(found.rows) == heatmap.MOST_ROWS and found.counts == "responses"
    assert any(
        "500 values: the 20 largest are shown, 480 are left out" in note for note in heatmap.notes(found, "nps", 10)
    )
    assert max(found.totals["n"]) == 5600  # the overall is of all, not of those shown
    spec, data = heat_chart.chart(found, theme.LIGHT)
    names = data[data["at"] < 0]
    assert (
        names["name"].nunique() == 21 and max(len(line) for name in names["tight"] for line in name.split("\n")) <= 14
    )
    assert len(data) < 5000 and "branch" not in str({key: spec[key] for key in spec if key != "params"})


def test_numbers_are_cut_into_ranges_in_their_order_and_show_their_comments(sample):
    found = heatmap.build(sample, "nps", ALL, 10, "revenue (ranges)", "Plan")
    assert found.rows[0].startswith("under ") and found.rows[-1].endswith(" and more")
    begins = [float(name.split()[0]) for name in found.rows[1:]]
    assert begins == sorted(begins)
    cell = heatmap.place(found, 0)
    assert heatmap.opened(found, cell, ALL) is None
    total, shown = heatmap.comments(sample, found.axes, (cell["row_key"], cell["column_key"]), ALL)
    high = float(cell["row"].split()[-1]) if cell["row"].startswith("under") else None
    kept = sample.query(
        'SELECT revenue AS r FROM responses WHERE "Plan" = ? AND comment IS NOT NULL', [cell["column_key"]]
    )["r"]
    assert len(shown) == 20 and (high is None or total == int((kept < high).sum()))


def test_a_cell_opens_its_comments_with_filter_and_facets(sample):
    found = heatmap.build(sample, "net_sentiment", NORTH, 10, "Plan", "mention.topic")
    at = next(place for place, key in enumerate(found.cells["row_key"]) if key == "Plus")
    where, facets = heatmap.opened(found, heatmap.place(found, at), NORTH)
    assert where == Filter(where=(("Plan", ("Plus",)), ("Region", ("North",)))) and set(facets) == {"topic"}
    total = len(found.cells) + found.totals["row"].notna().to_numpy().argmax()
    where, facets = heatmap.opened(found, heatmap.place(found, total), ALL)
    assert facets == {} and where.columns == ["Plan"]


def test_the_table_is_the_picture(sample):
    found = heatmap.build(sample, "net_sentiment", ALL, 10)
    table, data = heatmap.table(found), heat_chart.chart(found, theme.LIGHT)[1].query("at >= 0")
    assert len(table) == len(data) and data["at"].tolist() == list(range(len(table)))
    assert set(table["overall"]) == {"above", "below", ""} and (table["stage"] == "All").sum() == len(found.rows) + 1
    marked = table[table["overall"] != ""]
    assert ((marked["value"] > 7) == (marked["overall"] == "above")).all()


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
@pytest.mark.parametrize("measure", ["net_sentiment", "volume", "csat"])
def test_small_cells_are_grey_never_coloured(sample, look, measure):
    found = heatmap.build(sample, measure, ALL, 10)
    data = heat_chart.chart(found, look)[1].query("at >= 0").reset_index(drop=True)
    cells_ = data.iloc[: len(found.cells)]
    grey = set(cells_.loc[~found.cells["shown"], "fill"])
    assert grey == {theme.mix(look.ground, look.rule, 0.5)} and not grey & set(cells_.loc[found.cells["shown"], "fill"])
    assert set(data["fill"].iloc[len(found.cells) :]) == {look.ground}
    for ink, fill in zip(
        cells_.loc[found.cells["shown"], "ink"], cells_.loc[found.cells["shown"], "fill"], strict=True
    ):
        assert theme.contrast(ink, fill) >= 4.5


def test_an_unknown_dimension_is_refused(sample):
    for name in ("mention.text", "nothing", "mention.response_id"):
        with pytest.raises(FilterError):
            heatmap.build(sample, "volume", ALL, 10, name, "Plan")


def test_choices_tell_a_column_from_what_was_said(tmp_path):
    rows = [{"nps": i % 11, "stage": "xy"[i % 2]} for i in range(40)]
    given = made.dataset(tmp_path / "d", rows, [{"response_id": "r0000", "stage": "Purchase"}])
    names = dimensions.choices(given)
    assert names["mention.stage"] == "Stage" and names["stage"] == "stage (column)"
    assert not any(name.startswith("mention.") for name in dimensions.choices(made.dataset(tmp_path / "e", rows)))
