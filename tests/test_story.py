"""The numbers find the story that was planted in the sample (sample_data/README.md), and no other one.

Figures are those of the README to printed precision; whether a difference is one is tested with statsmodels on counts.
"""

from datetime import date

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportions_ztest

from cx.measure import compare, estimate, kpis, tally, trends
from cx.measure.tally import DAY
from cx.view import overview, search
from cx.view.filters import ALL, Filter
from tests.test_sample_data import DEAR, FAIR

FAILURE = Filter(date(2026, 3, 1), date(2026, 4, 30))
RELEASE, TRAINING, PRICE_RISE = date(2025, 9, 10), date(2026, 1, 1), date(2025, 6, 1)
TOUCHPOINT = "mention.touchpoint"


def halves(counts: pd.DataFrame, day: date) -> list[pd.DataFrame]:
    """A tally before `day`, and from `day` on."""
    return [trends.in_period(counts, None, date.fromordinal(day.toordinal() - 1)), trends.in_period(counts, day, None)]


def changes(dataset, kpi, day, by, where=ALL):
    """What changed with `day`, per group, tested together."""
    parts = halves(kpis.counted(dataset, kpi, [DAY, by], where), day)
    before, after = [trends.estimates(kpi, part, [by]) for part in parts]
    return compare.changes(before, after, [by]).set_index(by)


def in_failure(dataset, kpi, by):
    """Estimates outside and during the delivery failure."""
    counts = kpis.counted(dataset, kpi, [DAY, by])
    during = trends.in_period(counts, FAILURE.begin, FAILURE.end)
    return [trends.estimates(kpi, part, [by]) for part in (counts.drop(during.index), during)]


# ---- (a) the delivery failure


def test_nps_of_the_north_falls_for_real_and_of_no_other_region(sample):
    outside, during = in_failure(sample, "nps", "Region")
    found = compare.changes(outside, during, ["Region"]).set_index("Region")
    assert found.loc["North", ["before", "after"]].tolist() == pytest.approx([27.1, 0.8], abs=0.3)
    assert found.index[found["real"]].tolist() == ["North"]
    assert found.loc["North", "high"] < 0


def test_nps_of_the_two_months_is_the_lowest_of_all(sample):
    found = trends.series("nps", kpis.counted(sample, "nps", [DAY]), *trends.span(sample))
    lowest = found.nsmallest(2, "value")["period"]
    assert len(found) == 24 and {f"{period:%Y-%m}" for period in lowest} == {"2026-03", "2026-04"}


def test_the_period_is_told_as_a_real_fall(sample):
    tile = overview.tile(sample, "nps", FAILURE, 10)
    assert tile.value.value == pytest.approx(19.1, abs=0.06)
    assert tile.change.real and tile.change.value < 0


def share_of(dataset, touchpoint, column, value, where):
    """How many responses with a comment speak of a touchpoint, and how many there are."""
    own = where.with_values(column, [value])
    spoken = tally.spoken(dataset, [TOUCHPOINT], own).set_index(TOUCHPOINT)["n"]
    return int(spoken.get(touchpoint, 0)), int(tally.volume(dataset, where=own)["comments"].iloc[0])


def test_the_north_speaks_of_the_delivery(sample):
    before = share_of(sample, "delivery", "Region", "North", Filter(end=date(2026, 2, 28)))
    during = share_of(sample, "delivery", "Region", "North", FAILURE)
    others = [share_of(sample, "delivery", "Region", region, FAILURE) for region in ("East", "South", "West")]
    elsewhere = tuple(map(sum, zip(*others, strict=True)))
    assert during[0] / during[1] > 1.5 * max(before[0] / before[1], elsewhere[0] / elsewhere[1])
    for other in (before, elsewhere):
        assert proportions_ztest(*zip(during, other, strict=True))[1] < 0.001


def test_tickets_of_the_north_pile_up(sample):
    counts = tally.volume(sample, [DAY, "Tags"])
    north = counts[counts["Tags"].fillna("").str.contains("delivery") & counts["Tags"].fillna("").str.contains("north")]
    inside = trends.in_period(north, FAILURE.begin, FAILURE.end)["n"].sum()
    assert (inside, north["n"].sum() - inside) == (49, 45)


# ---- (b) the app release


@pytest.mark.parametrize(("kpi", "before", "after"), [("ces", 4.45, 5.37), ("ease", None, None)])
def test_the_app_gets_easier_and_nothing_else_does(sample, kpi, before, after):
    found = changes(sample, kpi, RELEASE, "channel")
    if before:
        assert found.loc["app", ["before", "after"]].tolist() == pytest.approx([before, after], abs=0.005)
    assert found.index[found["real"]].tolist() == ["app"] and found.loc["app", "change"] > 0


def test_mean_ease_of_the_app(sample):
    app = Filter(where=(("channel", ("app",)),))
    parts = halves(tally.answers(sample, ["ease"], [DAY], app), RELEASE)
    means = [estimate.student(estimate.moments(part, part["ease"], [])).iloc[0]["value"] for part in parts]
    assert means == pytest.approx([3.27, 3.99], abs=0.005)


def test_nps_of_the_app_is_left_alone(sample):
    assert not changes(sample, "nps", RELEASE, "channel")["real"].any()


def test_stars_rise_with_the_release(sample):
    found = changes(sample, "rating", RELEASE, "source").loc["google_play"]
    assert found[["before", "after"]].tolist() == pytest.approx([3.12, 4.13], abs=0.005)
    assert found["real"]


def test_crashes_end_with_the_release(sample):
    crash = search.Find("crash")
    before, _ = search.count(sample, crash, Filter(end=date(2025, 9, 9)))
    assert before > 50 and search.count(sample, crash, Filter(begin=RELEASE)) == (0, 0)


def test_the_mobile_app_is_spoken_of_better(sample):
    found = changes(sample, "net_sentiment", RELEASE, TOUCHPOINT)
    assert found.loc["mobile app", "real"] and found.loc["mobile app", "change"] > 0


# ---- (c) staff training


def test_enjoyment_rises_in_the_shops_and_nowhere_else(sample):
    found = changes(sample, "enjoyment", TRAINING, "channel")
    assert found.index[found["real"]].tolist() == ["shop"] and found.loc["shop", "change"] > 0
    shop = Filter(where=(("channel", ("shop",)),))
    parts = halves(tally.answers(sample, ["enjoyment"], [DAY], shop), TRAINING)
    means = [estimate.student(estimate.moments(part, part["enjoyment"], [])).iloc[0]["value"] for part in parts]
    assert means == pytest.approx([3.58, 3.95], abs=0.005)


@pytest.mark.parametrize("kpi", ["nps", "csat", "ces", "effectiveness", "ease"])
def test_other_scores_of_the_shops_stay(sample, kpi):
    counts = kpis.counted(sample, kpi, [DAY, "channel"])
    own = trends.main_scale(counts[counts["channel"] == "shop"])
    before, after = [trends.estimates(kpi, part).iloc[0] for part in halves(own, TRAINING)]
    assert not estimate.difference(after, before).real


def test_the_staff_are_named_more_often(sample):
    before = share_of(sample, "in person staff", "channel", "shop", Filter(end=date(2025, 12, 31)))
    after = share_of(sample, "in person staff", "channel", "shop", Filter(begin=TRAINING))
    assert after[0] / after[1] > 1.25 * before[0] / before[1]
    assert proportions_ztest(*zip(after, before, strict=True))[1] < 0.001


# ---- (d) the price rise, (e) the plans


def test_praise_of_prices_becomes_rarer(sample):
    """By words, in the mentions as they were cut: the lexicon takes most price complaints for neutral, so that their
    net sentiment moves within noise. Most of these mentions stand at one touchpoint."""
    said = sample.query(f'SELECT "mention.text" AS text, "{TOUCHPOINT}" AS touchpoint, "date" FROM facts')
    said["fair"], said["dear"] = ([bool(words.search(text)) for text in said["text"]] for words in (FAIR, DEAR))
    said = said[said["fair"] != said["dear"]]
    after = said["date"] >= pd.Timestamp(PRICE_RISE)
    assert len(said) > 400 and said.loc[after, "fair"].mean() < said.loc[~after, "fair"].mean() - 0.06
    assert said["touchpoint"].eq("billing and payment").mean() > 0.6


@pytest.mark.parametrize("kpi", ["nps", "csat", "ces", "cx_index"])
def test_no_score_moves_with_the_price(sample, kpi):
    """Until the next thing happens, the app release."""
    counts = trends.main_scale(kpis.counted(sample, kpi, [DAY]))
    parts = halves(trends.in_period(counts, None, date(2025, 9, 9)), PRICE_RISE)
    before, after = [trends.estimates(kpi, part).iloc[0] for part in parts]
    assert not estimate.difference(after, before).real


def test_plus_customers_are_happier(sample):
    found = kpis.table(sample, ["Plan"])
    nps = found[found["kpi"] == "nps"].set_index("Plan")
    assert nps["value"].to_dict() == pytest.approx({"Basic": 24.4, "Plus": 36.5}, abs=0.06)
    assert nps.loc["Basic", "high"] < nps.loc["Plus", "low"]
