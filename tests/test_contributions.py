"""Who made a change: parts add up to it, KPI by KPI; the planted culprit is found."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from cx.measure import contributions, kpis
from cx.measure.tally import DAY
from cx.store.datasets import MENTION
from tests import made
from tests.made import FIVE

BEFORE, AFTER = (date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 2, 28))
NAMES = ["nps", "csat", "csat_mean", "rating", "cx_index", "net_sentiment", "effort_high", "felicific_rate"]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Two months of 300 answers in three regions; in February the West is unhappy, and writes about delivery."""
    rng = np.random.default_rng(3)
    responses, mentions = [], []
    for place in range(600):
        region, later = ["North", "South", "West"][rng.integers(3)], place >= 300
        bad = later and region == "West" and rng.random() < 0.7
        score = rng.integers(0, 5) if bad else rng.integers(5, 11)
        part = {name: float(rng.integers(1, 3) if bad else rng.integers(2, 6)) for name in kpis.PARTS}
        responses.append(
            {"nps": float(score), "csat": 1 + score // 3, "rating": 1 + score // 3, "region": region, **part,
             "date": f"2026-0{2 if later else 1}-{1 + place % 28:02d}", "everybody": "all" if place else "one"}
        )  # fmt: skip
        for _ in range(rng.integers(0, 4)):
            feeling = "negative" if bad else rng.choice(["negative", "neutral", "positive", "not analysed"])
            mentions.append(
                {"response_id": f"r{place:04d}", "sentiment_label": str(feeling), "topic": "t1" if bad else "t2",
                 "touchpoint": "delivery" if bad else "none", "effort": "high" if rng.random() < 0.2 else "none",
                 "emotion": "delight" if rng.random() < 0.2 else "none"}
            )  # fmt: skip
    topics = [made.topic("t1", "Late parcels"), made.topic("t2", "Shop")]
    scales = {name: [FIVE] for name in ("csat", "rating", *kpis.PARTS)}
    return made.dataset(tmp_path_factory.mktemp("c") / "d", responses, mentions, scales, topics=topics)


def value(dataset, name, days):
    counts = kpis.counted(dataset, name, [DAY])
    kept = counts[pd.to_datetime(counts[DAY]).between(*map(pd.Timestamp, days))]
    return kpis.estimated(name, kept)["value"].iloc[0]


@pytest.mark.parametrize("name", NAMES)
def test_contributions_of_segments_add_up_to_the_change(both, name):
    found = contributions.change(both, name, AFTER, BEFORE, by=["region"])
    assert sorted(found["key"]) == ["North", "South", "West"]
    assert found["contribution"].sum() == pytest.approx(value(both, name, AFTER) - value(both, name, BEFORE))
    assert (found["by_rate"] + found["by_share"]).tolist() == pytest.approx(found["contribution"].tolist())
    assert (found["low"] < found["contribution"]).all() and (found["contribution"] < found["high"]).all()


@pytest.mark.parametrize("name", NAMES)
def test_sums_give_the_kpi(both, name):
    sums = contributions.sums(name, kpis.counted(both, name, [DAY]))
    assert sums["y"].sum() / sums["m"].sum() == pytest.approx(
        kpis.estimated(name, kpis.counted(both, name))["value"].iloc[0]
    )


def test_the_culprit_comes_first_in_every_column(both):
    found = contributions.change(both, "nps", AFTER, BEFORE)
    first = found.drop_duplicates("column").set_index("column")
    assert first.loc["region", "key"] == "West" and first.loc["region", "p"] < 0.001
    assert first.loc[MENTION + "touchpoint", "key"] == "delivery"
    assert first.loc[MENTION + "topic", "key"] == "t1"
    assert "all" not in set(found["key"])  # 599 of 600 explain nothing
    assert (found.loc[found["key"].isin(["North", "South"]), "p"] > 0.05).all()


def test_contribution_has_the_spread_that_resampling_gives():
    """A second method: 300 redrawn datasets of 200 and 200 answers, a third of them in the group."""
    rng = np.random.default_rng(9)
    counts = pd.DataFrame({"key": ["a", "a", "b", "b"], "y": [100.0, -100.0, 100.0, -100.0]})

    def draw(mix):
        n = rng.multinomial(200, mix).astype(float)
        return counts.assign(n=n, m=n, mm=n, my=n * counts["y"], yy=n * 1e4, y=n * counts["y"])

    def parts(draws):
        halves = [
            draws[which].groupby("key")[contributions.SUMS].sum().add_suffix(f"_{which}")
            for which in ("before", "after")
        ]
        groups = halves[0].join(halves[1]).reset_index()
        whole = groups.drop(columns="key").sum().to_frame().T
        return contributions._parts(whole, groups).set_index("key").loc["a"]

    mixes = {"before": [0.2, 0.1, 0.4, 0.3], "after": [0.1, 0.25, 0.35, 0.3]}
    found = [parts({which: draw(mix) for which, mix in mixes.items()}) for _ in range(300)]
    spread = np.std([row["contribution"] for row in found])
    said = np.mean([(row["high"] - row["low"]) / (2 * 1.96) for row in found])
    assert said == pytest.approx(spread, rel=0.15)


def test_volume_is_told_by_as_many_days(both):
    found = contributions.change(both, "volume", AFTER, BEFORE, by=["region"]).set_index("key")
    own = both.query("SELECT region, month(date) AS m, count(*) AS n FROM responses GROUP BY ALL")
    own = own.pivot(index="region", columns="m", values="n")
    assert found["contribution"].to_dict() == pytest.approx((own[2] - own[1] * 28 / 31).to_dict())


def test_a_topics_share_is_told_by_segment(both):
    found = contributions.share_change(both, MENTION + "topic", "t1", AFTER, BEFORE)
    west = found[found["key"] == "West"].iloc[0]
    share = both.query(
        "SELECT count(DISTINCT response_id) FILTER (\"mention.topic\" = 't1') * 100.0 / count(DISTINCT response_id) AS s "
        "FROM facts WHERE month(date) = 2"
    )["s"].iloc[0]
    assert found.iloc[0]["key"] == "West" and west["contribution"] == pytest.approx(share)


def test_nothing_to_split_by_gives_an_empty_table(tmp_path):
    rows = [{"nps": 9, "date": "2026-01-05"}, {"nps": 1, "date": "2026-02-05"}]
    assert contributions.change(made.dataset(tmp_path / "d", rows), "nps", AFTER, BEFORE).empty
