"""The briefing says what was planted, in three to five sentences, each with its evidence, and nothing where nothing is."""

import itertools

import pandas as pd
import pytest

from cx.measure.estimate import Difference, Estimate
from cx.view import briefing, overview
from cx.view.filters import ALL, Filter
from cx.view.overview import Tile
from tests import made

ABOUT = ["What changed", "What drives it", "Where it hurts", "What delights", "What to do first"]


def planted(where, fall: bool):
    """Nine months; who speaks of delivery complains and gives 0, who speaks of the staff praises and gives 10. With `fall` the
    South gives 0 throughout the last three months."""
    rows, said = [], []
    for month, region, k in itertools.product(range(1, 10), ("North", "South"), range(30)):
        bad = k % 3 == 0
        late = fall and month > 6 and region == "South"
        rows.append({"date": f"2026-{month:02d}-{1 + k % 28:02d}", "Region": region, "comment": f"x {k}",
                     "nps": 0 if bad or late else 10})  # fmt: skip
        said.append({"response_id": f"r{len(rows) - 1:04d}", "text": f"x {k}",
                     "touchpoint": "delivery" if bad else "staff", "topic": "t1" if bad else "t2",
                     "sentiment_label": "negative" if bad else "positive"})  # fmt: skip
    rows[-1]["date"] = "2026-09-30"
    topics = [made.topic("t1", "Late parcels"), made.topic("t2", "Friendly")]
    return made.dataset(where, rows, said, topics=topics)


def told(dataset, where=ALL):
    found = overview.tiles(dataset, where, 10)
    return briefing.sentences(dataset, where, 10, found, overview.movers(dataset, where, 10))


@pytest.fixture(scope="module")
def fallen(tmp_path_factory):
    return planted(tmp_path_factory.mktemp("briefing") / "fallen", True)


def test_five_sentences_each_with_its_evidence(fallen):
    found = told(fallen)
    assert [each.about for each in found] == ABOUT
    changed, drives, hurts, delights, first = found
    # NPS of the South: 20 of 30 gave 10, 10 gave 0; then all 0: the whole falls from +33 to −33.
    assert changed.text.startswith("NPS is down 67 points, real (last 3 months against the 3 before)")
    assert "most of it comes from Region South (−67)" in changed.text
    assert (changed.page, changed.params) == ("trends", {"trend_of": "NPS"})
    assert "pulls down NPS most" in drives.text and drives.params == {"outcome": "NPS"}
    assert hurts.text.startswith("Delivery: net sentiment −100") or hurts.text.startswith(
        "Late parcels: net sentiment −100"
    )
    assert delights.params["sentiment_label"] == "positive" and "net sentiment 100" in delights.text
    assert first.text.startswith("Start with") and first.page == "comments"


def test_nothing_beyond_noise_is_a_briefing(tmp_path):
    found = told(planted(tmp_path / "quiet", False))
    assert found[0].text == (
        "No key figure, topic or touchpoint moved beyond noise (last 3 months against the 3 before)."
    )
    assert 3 <= len(found) <= 5


def test_it_is_the_same_every_time(fallen):
    assert told(fallen) == told(fallen)


def test_the_filter_counts(fallen):
    found = told(fallen, Filter(where=(("Region", ("North",)),)))
    assert found[0].text.startswith("No key figure")


def test_without_comments_or_scores(tmp_path):
    bare = made.dataset(tmp_path / "bare", [{"nps": 9, "date": f"2026-0{1 + k % 4}-01"} for k in range(80)])
    assert [each.about for each in told(bare)] == ["What changed"]
    few = made.dataset(tmp_path / "few", [{"nps": 9}])
    assert told(few)[0].text == "There is too little over time to tell a change."


def test_a_topic_that_moved_is_told_where_no_kpi_did(fallen):
    quiet = Tile(
        "nps", "NPS", "points", Estimate(1, 0, 2, 50), "", Difference(1, -5, 7, 0.6), "", pd.DataFrame(), (), True
    )
    movers = pd.DataFrame(
        [{"name": "Parcels", "kind": "topic", "key": "t1", "change": -24.0, "real": True},
         {"name": "Staff", "kind": "topic", "key": "t2", "change": 40.0, "real": False}]
    )  # fmt: skip
    first = briefing.sentences(fallen, ALL, 10, [quiet], movers)[0]
    assert first.text == (
        "No key figure changed beyond noise, but what is said of Parcels: net sentiment down 24 points, real."
    )
    assert first.params == {"topic": "t1"}


def test_a_touchpoint_that_may_matter_as_much_goes_before_a_topic_called_by_its_words():
    names = ["kind", "key", "name", "impact", "impact_low", "impact_high", "real", "good"]
    topic = ("topic", "t1", "Replies, complaint", -1.4, -1.8, -0.9, True, 0)
    near, far = (
        ("touchpoint", "returns", "returns", impact, impact - 0.4, impact + 0.4, True, 0) for impact in (-1.2, -0.5)
    )
    first, second = (briefing._first(pd.DataFrame([topic, other], columns=names), None, "nps") for other in (near, far))
    assert first.text.startswith("Start with returns: ") and first.params["touchpoint"] == "returns"
    assert second.text.startswith("Start with the topic “Replies, complaint”: ") and second.params["topic"] == "t1"
