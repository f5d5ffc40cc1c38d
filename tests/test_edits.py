"""What people change stays: at once, after a reload, after the next import; and can be taken back."""

import json

import pytest

from cx import edits, imports
from cx.errors import NotAllowedError, StoreError, TaxonomyError
from cx.incoming import Wishes
from cx.principal import LOCAL, Principal
from cx.store import checking, datasets, erasure, records
from cx.text import sentiment, topic_edits
from tests.exported import written

SAID = (
    "The parcel arrived late again", "My parcel was damaged", "Parcel came with a broken box", "Still no parcel today",
    "The turnstile hit me", "A turnstile that works", "The turnstile ignored us", "Turnstile was out of order",
    "The app crashes when I log in", "App login does not work", "The app logs me out", "New app is slow",
)  # fmt: skip


def rows(n: int) -> list[dict[str, str]]:
    return [
        {"Response ID": f"R{place:04d}", "Date": f"2026-01-{place % 28 + 1:02d}", "NPS": str(place % 11),
         "Customer ID": f"C{place % 50}", "Comment": f"{SAID[place % 12]} number {place}."}
        for place in range(n)
    ]  # fmt: skip


@pytest.fixture
def survey(tmp_path, home):
    """`survey(n)`: imports the first n rows, returns the newest version."""

    def take(n: int = 360) -> datasets.Dataset:
        given = written(tmp_path / "survey.csv", rows(n))
        return datasets.open_dataset(LOCAL, "survey", imports.into(LOCAL, "survey", [given]))

    return take


def stored(dataset: datasets.Dataset) -> dict[str, dict]:
    """Topics of the first level by id."""
    model = json.loads((dataset.where / "topics.json").read_text(encoding="utf-8"))
    return {topic["id"]: topic for topic in model["topics"] if topic["parent"] is None}


def counts(dataset: datasets.Dataset, column: str) -> dict[str, int]:
    found = dataset.query(f"SELECT {column} AS value, count(*) AS n FROM mentions GROUP BY ALL")
    return dict(zip(found["value"].fillna("–"), found["n"].tolist(), strict=True))


def newest() -> datasets.Dataset:
    return datasets.open_dataset(LOCAL, "survey")


def test_topics_stay_merged_and_renamed_at_the_next_import(survey):
    before = counts(survey(), "topic")
    one, two = sorted(name for name in before if name != "–")[:2]
    edits.add(LOCAL, "survey", "topics", topic_edits.merge([one], into=two))
    edits.add(LOCAL, "survey", "topics", topic_edits.rename(two, "Both of them"))
    for dataset in (newest(), survey(400)):
        assert one not in stored(dataset)
        assert stored(dataset)[two]["name"] == "Both of them"
        assert one not in counts(dataset, "topic")
        assert checking.check(LOCAL, "survey") == []
    edits.undo(LOCAL, "survey", "topics")
    edits.undo(LOCAL, "survey", "topics")
    assert one in stored(newest())
    with pytest.raises(StoreError, match="nothing to undo"):
        edits.undo(LOCAL, "survey", "topics")


def test_a_merge_moves_all_mentions_and_undone_moves_them_back(survey):
    before = counts(survey(), "topic")
    one, two = sorted(name for name in before if name != "–")[:2]
    edits.add(LOCAL, "survey", "topics", topic_edits.merge([one], into=two))
    assert counts(newest(), "topic") == {
        **{k: v for k, v in before.items() if k != one},
        two: before[one] + before[two],
    }
    edits.undo(LOCAL, "survey", "topics")
    assert counts(newest(), "topic") == before


def test_a_hidden_topic_leaves_its_mentions_without_one(survey):
    before = counts(survey(), "topic")
    one = max((name for name in before if name != "–"), key=before.get)
    edits.add(LOCAL, "survey", "topics", topic_edits.hide(one))
    after = counts(newest(), "topic")
    assert after.get("–", 0) == before.get("–", 0) + before[one]
    facts = newest().query('SELECT count(*) AS n FROM facts WHERE "mention.topic" = ?', [one])
    assert facts["n"].tolist() == [0]


def test_a_new_touchpoint_takes_its_mentions_now_and_later(survey):
    survey()
    edit = {"do": "add", "section": "touchpoints", "node": "till", "phrases": ["turnstile"]}
    edits.add(LOCAL, "survey", "taxonomy", edit)
    said = newest().query("SELECT text, touchpoint FROM mentions WHERE text LIKE '%urnstile%'")
    assert set(said["touchpoint"]) == {"till"}
    assert "till" in newest().manifest["taxonomy"]["touchpoints"]
    later = survey(400).query("SELECT DISTINCT touchpoint FROM mentions WHERE text LIKE '%urnstile%'")
    assert later["touchpoint"].tolist() == ["till"]
    edits.undo(LOCAL, "survey", "taxonomy")
    assert "till" not in counts(newest(), "touchpoint")


def test_an_edit_that_can_never_be_is_refused_and_not_kept(survey):
    survey()
    versions = datasets.versions(LOCAL, "survey")
    with pytest.raises(TaxonomyError):
        edits.add(LOCAL, "survey", "taxonomy", {"do": "explode", "section": "touchpoints", "node": "x"})
    assert records.all_edits("survey", "taxonomy") == []
    assert datasets.versions(LOCAL, "survey") == versions


def test_a_corrected_sentiment_wins_now_and_at_every_import(survey):
    survey()
    piece = newest().query("SELECT * FROM mentions ORDER BY response_id LIMIT 1").iloc[0]
    own = [piece["response_id"], piece["question"], piece["text"]]
    for dataset in (None, 400):
        if dataset is None:
            edits.add(LOCAL, "survey", "sentiment", edits.correction(*own, 1))
        else:
            survey(dataset)
        found = newest().query("SELECT sentiment, sentiment_label FROM mentions WHERE response_id = ?", own[:1])
        assert found["sentiment_label"].tolist() == ["positive"]
        whole = newest().query("SELECT sentiment FROM responses WHERE response_id = ?", own[:1])
        assert whole["sentiment"].tolist() == pytest.approx(found["sentiment"].tolist())
    edits.undo(LOCAL, "survey", "sentiment")
    found = newest().query("SELECT sentiment FROM mentions WHERE response_id = ?", own[:1])["sentiment"]
    assert found.tolist() == pytest.approx([sentiment.score(piece["text"]).score])


@pytest.mark.usefixtures("both_databases")
def test_a_correction_keeps_no_words_and_goes_with_its_customer(survey):
    survey()
    piece = newest().query("SELECT * FROM mentions WHERE response_id = 'R0007'").iloc[0]
    edits.add(LOCAL, "survey", "sentiment", edits.correction("R0007", piece["question"], piece["text"], -1))
    kept = records.all_edits("survey", "sentiment")
    assert "order" not in json.dumps(kept) and len(kept) == 1
    erasure.forget(LOCAL, "survey", ["C7"])
    assert records.all_edits("survey", "sentiment") == []


def test_only_the_last_two_versions_of_mere_edits_stay(survey):
    survey()
    topic = next(iter(stored(newest())))
    for number in range(4):
        edits.add(LOCAL, "survey", "topics", topic_edits.rename(topic, f"Name {number}"))
    assert datasets.versions(LOCAL, "survey") == ["0001", "0004", "0005"]
    assert newest().manifest["rows_kept"] == 360


def test_a_restored_version_is_no_mere_edit_and_stays(survey):
    survey()
    topic = next(iter(stored(newest())))
    edits.add(LOCAL, "survey", "topics", topic_edits.rename(topic, "Once"))
    kept = imports.restored(LOCAL, "survey", "0002")
    for number in range(3):
        edits.add(LOCAL, "survey", "topics", topic_edits.rename(topic, f"Name {number}"))
    assert kept in datasets.versions(LOCAL, "survey")


@pytest.mark.usefixtures("both_databases")
def test_an_undo_that_fails_loses_no_edit(survey, monkeypatch):
    survey()
    topic = next(iter(stored(newest())))
    edits.add(LOCAL, "survey", "topics", topic_edits.rename(topic, "Ours"))
    monkeypatch.setattr(edits, "_revised", lambda *given: (_ for _ in ()).throw(StoreError("no room")))
    with pytest.raises(StoreError, match="no room"):
        edits.undo(LOCAL, "survey", "topics")
    assert [edit["name"] for edit in records.all_edits("survey", "topics")] == ["Ours"]


def test_a_topic_without_subtopics_falls_in_two_or_says_that_it_does_not(survey):
    dataset = survey()
    edit = edits.halves(LOCAL, "survey", max(stored(dataset), key=lambda key: stored(dataset)[key]["size"]))
    if edit is not None:
        edits.add(LOCAL, "survey", "topics", edit)
        assert {part["id"] for part in edit["parts"]} <= set(stored(newest()))
    assert edits.halves(LOCAL, "survey", "t99") is None


def test_a_new_dataset_of_an_old_name_begins_without_edits(survey):
    one = next(iter(stored(survey())))
    edits.add(LOCAL, "survey", "topics", topic_edits.rename(one, "Old"))
    datasets.delete(LOCAL, "survey")
    assert "Old" not in {topic["name"] for topic in stored(survey()).values()}


def test_who_may_not_change_changes_nothing(survey):
    survey()
    for principal in (Principal("vera", "viewer"), Principal("ada", "analyst", frozenset({"other"}))):
        with pytest.raises(NotAllowedError):
            edits.add(principal, "survey", "topics", topic_edits.rename("t01", "x"))
    assert records.all_edits("survey", "topics") == []


def test_learning_from_ratings_can_be_switched_off(tmp_path, home):
    said = [
        {
            "Review ID": f"r{n}",
            "Rating": str(5 if n % 2 else 1),
            "Review": f"{'Zippy' if n % 2 else 'Grumly'} visit {n}",
        }
        for n in range(300)
    ]
    given = written(tmp_path / "reviews.csv", said)
    records.set_setting("reviews", imports.ADAPT, False)
    imports.into(LOCAL, "reviews", [given])
    assert datasets.open_dataset(LOCAL, "reviews").manifest["adapted"] is None
    records.set_setting("reviews", imports.ADAPT, True)
    imports.into(LOCAL, "reviews", [given], wishes=Wishes(False))
    assert datasets.open_dataset(LOCAL, "reviews").manifest["adapted"]["rows"] == 300


@pytest.mark.usefixtures("both_databases")
def test_edits_made_at_once_are_undone_at_once(survey):
    dataset = survey()
    found = dataset.query(
        "SELECT response_id, question, text FROM mentions WHERE sentiment_label = 'negative' ORDER BY 1, 2, 3 LIMIT 3"
    ).to_dict("records")
    made = [edits.correction(row["response_id"], row["question"], row["text"], 1) for row in found]
    before = counts(dataset, "sentiment_label")
    edits.add(LOCAL, "survey", "sentiment", made[0])
    edits.add_all(LOCAL, "survey", "sentiment", made[1:])
    held = edits.listed(LOCAL, "survey", "sentiment")
    assert len(held) == 3 and records.steps(held) == 2
    assert counts(newest(), "sentiment_label")["positive"] >= before.get("positive", 0) + 3
    edits.undo(LOCAL, "survey", "sentiment")
    assert [edit["mark"] for edit in edits.listed(LOCAL, "survey", "sentiment")] == [made[0]["mark"]]
    edits.undo(LOCAL, "survey", "sentiment")
    assert counts(newest(), "sentiment_label") == before


@pytest.mark.parametrize("many", [0, edits.MOST_TOGETHER + 1])
def test_too_many_or_no_edits_at_once_are_refused(survey, many):
    survey()
    with pytest.raises(StoreError, match="at once"):
        edits.add_all(LOCAL, "survey", "sentiment", [edits.correction("r", "comment", "x", 1)] * many)
    assert edits.listed(LOCAL, "survey", "sentiment") == []
