"""What is out of the ordinary: rules checked by hand, false alarms and power by simulation, explanations by planting."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from cx.measure import anomalies, kpis, trends
from cx.measure.anomalies import Watched
from cx.store.datasets import MENTION
from cx.view.filters import ALL, Filter
from tests import made

MIX = np.array([0.55, 0.3, 0.15])
MONTHS = trends.every(date(2024, 1, 1), date(2025, 12, 31), "month")


def drawn(rng, many, shift=None, n=150, mix=MIX):
    """Series of 24 months of NPS answers; `shift` moves so many points from promoters to detractors per month."""
    moved = np.zeros(24) if shift is None else np.asarray(shift) / 200
    mixes = mix + np.outer(moved, [1, 0, -1])
    counted = np.stack([rng.multinomial(n, each, size=many) for each in mixes], axis=1).reshape(-1, 3)
    counts = pd.DataFrame(
        {"answer": np.tile([10.0, 8.0, 0.0], len(counted)), "scale": "0–10", "n": counted.ravel(),
         "at": np.repeat(np.arange(len(counted)), 3)}
    )  # fmt: skip
    counts = counts.assign(w=counts["n"].astype(float), w2=counts["n"].astype(float))
    rows = kpis.estimated("nps", counts, ["at"])[["value", "low", "high", "n", "se"]]
    return [MONTHS.join(rows.iloc[24 * s : 24 * s + 24].reset_index(drop=True)) for s in range(many)]


def events(series, kind="kpi"):
    return anomalies.found(Watched(kind, "nps", series), "month")


def test_false_alarms_are_fewer_than_one_a_year():
    found = [events(series) for series in drawn(np.random.default_rng(1), 150)]
    assert 0.2 < sum(map(len, found)) / 150 / 2 < 1


@pytest.mark.parametrize("month", [23, 14])
def test_a_drop_of_20_points_in_one_month_is_found(month):
    shift = np.where(np.arange(24) == month, -20, 0)
    found = [events(series) for series in drawn(np.random.default_rng(2), 150, shift)]
    hit = [((e["rule"] == "point") & (e["begin"] == MONTHS["period"][month]) & (e["sigmas"] < 0)).any() for e in found]
    assert np.mean(hit) >= 0.8


def test_a_drop_of_10_points_for_six_months_is_found():
    found = [events(series) for series in drawn(np.random.default_rng(3), 150, np.where(np.arange(24) >= 18, -10, 0))]
    hit = [((e["rule"] == "lasting") & (e["sigmas"] < 0) & (e["end"] > "2025-06-30")).any() for e in found]
    assert np.mean(hit) >= 0.8


def flat(values, se=2.0, n=150):
    values = np.asarray(values, dtype=float)
    return MONTHS.head(len(values)).assign(value=values, se=se, n=n)


def test_the_point_rule_by_hand():
    """Twelve months at 30 ± 1 (mean 30), each with a standard error of 2: expected error √(4 + 4/12) = 2.08."""
    calm = [29.0, 31.0] * 6
    (row,) = events(flat([*calm, 25.0])).itertuples()
    assert row.rule == "point" and row.begin == pd.Timestamp("2025-01-01") and row.level == 2
    assert row.expected == pytest.approx(30) and row.sigmas == pytest.approx(-5 / (4 * 13 / 12) ** 0.5)
    assert row.low == pytest.approx(30 - 1.96 * 2.0817, abs=0.001)
    assert (row.before_begin, row.before_end) == (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-31"))
    assert events(flat([*calm, 23.0]))["level"].tolist() == [3]
    assert events(flat([*calm, 26.0])).empty


def test_the_lasting_rule_by_hand():
    """Six months 4 below the twelve before, errors 2: 4 / √(4/6 + 4/12) = 4; no single one of them is beyond 2."""
    (row,) = events(flat([30.0] * 12 + [26.5] * 6, se=2.0)).itertuples()
    assert row.rule == "lasting" and row.sigmas == pytest.approx(-3.5) and row.level == 3
    assert (row.begin, row.end) == (pd.Timestamp("2025-01-01"), pd.Timestamp("2025-06-30"))
    assert row.n == 900 and row.value == pytest.approx(26.5) and row.expected == pytest.approx(30)


def test_an_earlier_anomaly_does_not_become_the_norm():
    values = [30.0] * 10 + [-20.0, 30.0, 30.0, 24.0]
    found = events(flat(values))
    points = found[found["rule"] == "point"]
    assert pd.Timestamp("2025-02-01") in set(points["begin"])
    assert points.iloc[0]["expected"] == pytest.approx(30, abs=1)


def test_less_than_seven_periods_gaps_and_equal_values_are_calm():
    assert events(flat([30.0, -30.0, 30.0, 30.0, -30.0, 30.0])).empty
    assert events(flat([np.nan] * 24)).empty
    assert events(flat([30.0] * 24)).empty
    assert events(flat([100.0] * 24, se=0.0)).empty


def test_a_scatter_that_was_always_there_is_no_alarm():
    rng = np.random.default_rng(4)
    found = [events(flat(30 + rng.normal(0, 6, 24), se=2.0)) for _ in range(100)]
    assert sum(map(len, found)) / 100 / 2 < 1.5  # without it: more than six a year


def test_a_season_is_no_anomaly_and_an_anomaly_in_it_is():
    rng = np.random.default_rng(5)
    turn = 15 * np.cos(np.arange(24) / 12 * 2 * np.pi)
    calm, seen = [], []
    for _ in range(60):
        values = 30 + turn + rng.normal(0, 2, 24)
        calm.append(len(events(flat(values))))
        values[20] -= 15
        found = events(flat(values))
        seen.append(((found["begin"] == MONTHS["period"][20]) & (found["sigmas"] < 0)).any())
    assert np.mean(calm) / 2 < 1 and np.mean(seen) > 0.8


def test_counts_are_judged_by_day_and_not_while_a_month_is_running():
    rng = np.random.default_rng(6)
    days = (MONTHS["last"] - MONTHS["period"]).dt.days + 1
    false, seen = [], []
    for _ in range(100):
        n = rng.poisson(4 * days)
        series = MONTHS.assign(value=n.astype(float), n=n)
        false.append(len(events(series, "volume")))
        series.loc[23, ["value", "whole", "over"]] = [10.0, False, False]
        assert "2025-12-31" not in events(series, "volume")["end"].astype(str).tolist()
        series.loc[22, "value"] = 60.0
        found = events(series, "volume")
        seen.append((found["begin"] == MONTHS["period"][22]).any())
    assert np.mean(false) / 2 < 1 and all(seen)
    row = found[found["begin"] == MONTHS["period"][22]].iloc[0]
    assert (
        row["value"] == 60
        and row["expected"] == pytest.approx(120, rel=0.1)
        and row["low"] < row["expected"] < row["high"]
    )


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """18 months of 120 answers; in the last the West falls out with the company, over late parcels."""
    rng = np.random.default_rng(7)
    responses, mentions = [], []
    for month in range(18):
        for _ in range(120):
            region = str(rng.choice(["North", "South", "West"]))
            bad = month == 17 and region == "West"
            when = f"{2024 + month // 12}-{month % 12 + 1:02d}-{rng.integers(1, 29):02d}"
            score = 2.0 if bad else float(rng.choice([10, 8, 3], p=[0.5, 0.3, 0.2]))
            mentions.append(
                {"response_id": f"r{len(responses):04d}", "topic": "t1" if bad else "t2",
                 "touchpoint": "delivery" if bad else "premises",
                 "sentiment_label": "negative" if bad else str(rng.choice(["negative", "positive"]))}
            )  # fmt: skip
            responses.append({"nps": score, "region": region, "date": when})
    responses.append({"date": "2025-06-30"})
    topics = [made.topic("t1", "Late parcels"), made.topic("t2", "Shop")]
    return made.dataset(tmp_path_factory.mktemp("a") / "d", responses, mentions, topics=topics)


def test_an_anomaly_is_explained_by_segment_touchpoint_and_topic(planted):
    (row,) = (row for _, row in anomalies.of_kpi(planted, "nps", step="month").iterrows() if row["rule"] == "point")
    assert row["begin"] == pd.Timestamp("2025-06-01") and row["level"] == 3 and row["sigmas"] < 0
    made_it = anomalies.explained(planted, row)
    first = made_it.drop_duplicates("column").set_index("column")
    assert first["name"].to_dict() == {
        "region": "region West", MENTION + "touchpoint": "delivery", MENTION + "topic": "Late parcels",
    }  # fmt: skip
    assert first["told"].all() and (first["made"] > 0.5).all()


def test_a_scan_finds_the_planted_in_every_kind(planted):
    found = anomalies.scan(planted, step="month")
    real = found[found["real"]]
    assert {"kpi", "share", "segment"} <= set(real["kind"])
    assert set(real.loc[real["kind"] == "segment", "key"]) == {"West"}
    assert real.loc[real["kind"] == "share", "key"].isin(["t1", "t2"]).all()
    assert (real["begin"] == pd.Timestamp("2025-06-01")).all()
    share = real[(real["kind"] == "share") & (real["key"] == "t2")].iloc[0]
    assert anomalies.explained(planted, share).iloc[0]["name"] == "region West"
    segment = real[real["kind"] == "segment"].iloc[0]
    assert "region" not in set(anomalies.explained(planted, segment)["column"])
    assert found["looked_at"].nunique() == 1 and found["looked_at"].iloc[0] > 100


def test_a_filter_and_missing_dates_are_heeded(planted, tmp_path):
    west = Filter(where=(("region", ("North", "South")),))
    found = anomalies.of_kpi(planted, "nps", west, step="month")
    assert found[found["level"] == 3].empty
    assert anomalies.of_kpi(made.dataset(tmp_path / "d", [{"nps": 9, "date": None}]), "nps").empty
    assert anomalies.scan(made.dataset(tmp_path / "e", [{"nps": 9, "date": None}]), ALL).empty


def test_what_can_stay_unseen_is_what_the_rule_needs():
    """150 answers with a standard deviation of 0.74: 2.84 · 6.04 · √(13/12) = 17.9; six months: 2.84 · 6.04 / 2 = 8.6."""
    series = flat([30.0, 31.0] * 12, se=74 / 150**0.5)
    said = anomalies.unseen(series, "month")
    assert said.point == pytest.approx(17.87, abs=0.01) and said.lasting == pytest.approx(8.58, abs=0.01)
    assert said.words == "with 150 answers a month, a drop under 18 points can stay unseen"
    few = anomalies.unseen(flat([30.0] * 5), "month")
    assert few.point is None and few.words.startswith("Too few months")


def test_only_what_stands_after_correction_is_real():
    p = np.array([0.04, 0.0001, 0.01])
    assert anomalies._stands(p, 3).tolist() == [True, True, True]
    assert anomalies._stands(p, 100).tolist() == [False, True, False]
    assert anomalies._stands(np.array([]), 0).tolist() == []
