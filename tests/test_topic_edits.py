"""Edits of topics: small records, done again on any model, reported when their topic is gone."""

import json

import numpy as np
import pytest

from cx.text import embed, topic_edits, topic_model, topics
from cx.text.topic_model import Model, Topic

AXES = np.eye(8, dtype=np.float32)


def topic(name, parent=None, size=10):
    return Topic(name, f"Name of {name}", parent, ("word",), size, ("a quote",))


def made():
    """t01 with t01.1 (axis 0) and t01.2 (axis 1); t02 (axis 2); t03 with t03.1 (axis 3) and t03.2 (axis 4)."""
    listed = [topic("t01", size=20), topic("t01.1", "t01"), topic("t01.2", "t01"), topic("t02"),
              topic("t03", size=20), topic("t03.1", "t03"), topic("t03.2", "t03")]  # fmt: skip
    leaves = ["t01.1", "t01.2", "t02", "t03.1", "t03.2"]
    directions = {name: AXES[[at]] for at, name in enumerate(leaves)}
    return Model(np.zeros(8, np.float32), directions, AXES[[7]], listed)


def after(*edits):
    """Where the five leaves' mentions go, and the notices; the records take the way over JSON."""
    model, notices = topic_edits.applied(made(), json.loads(json.dumps(edits)))
    stored = topic_model.from_json(json.loads(json.dumps(model.as_json())))
    assert stored.assign(AXES[:5]) == model.assign(AXES[:5])
    return model, list(zip(*model.assign(AXES[:5]), strict=True)), notices


UNTOUCHED = [("t01", "t01.1"), ("t01", "t01.2"), ("t02", None), ("t03", "t03.1"), ("t03", "t03.2")]


def test_nothing_changes_without_edits():
    model, given, notices = after()
    assert (given, notices) == (UNTOUCHED, [])
    assert model.as_json() == made().as_json()


def test_rename_changes_the_name_alone():
    model, given, _ = after(topic_edits.rename("t01.2", "  Slow \n lift "))
    assert model.topic("t01.2").name == "Slow lift"
    assert given == UNTOUCHED


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        (topic_edits.merge(["t02"], "t01"), [*UNTOUCHED[:2], ("t01", None), *UNTOUCHED[3:]]),
        (topic_edits.merge(["t01", "t02"], "t02"), [("t02", "t01.1"), ("t02", "t01.2"), ("t02", None), *UNTOUCHED[3:]]),
        (topic_edits.merge(["t01.1"], "t01.2"), [("t01", "t01.2"), *UNTOUCHED[1:]]),
        (topic_edits.merge(["t03.1"], "t01.2"), [*UNTOUCHED[:3], ("t01", "t01.2"), UNTOUCHED[4]]),
        (topic_edits.merge(["t03"], "t01.2"), [*UNTOUCHED[:3], ("t01", "t01.2"), ("t01", "t01.2")]),
        (topic_edits.merge(["t01"], "t01.2"), [("t01.2", "t01.1"), ("t01.2", None), *UNTOUCHED[2:]]),
        (topic_edits.move("t02", "t01"), [*UNTOUCHED[:2], ("t01", "t02"), *UNTOUCHED[3:]]),
        (topic_edits.move("t01.2", "t02"), [UNTOUCHED[0], ("t02", "t01.2"), *UNTOUCHED[2:]]),
        (topic_edits.move("t01.2", None), [UNTOUCHED[0], ("t01.2", None), *UNTOUCHED[2:]]),
        (topic_edits.move("t03", "t02"), [*UNTOUCHED[:3], ("t02", "t03"), ("t02", "t03")]),
        (topic_edits.split("t01"), [("t01.1", None), ("t01.2", None), *UNTOUCHED[2:]]),
        (topic_edits.hide("t01"), [(None, None), (None, None), *UNTOUCHED[2:]]),
        (topic_edits.hide("t01.1"), [(None, None), *UNTOUCHED[1:]]),
        (topic_edits.pin("t03"), UNTOUCHED),
    ],
)
def test_where_mentions_go(edit, wanted):
    model, given, notices = after(edit)
    assert (given, notices) == (wanted, [])
    tops = [t for t in model.topics if t.parent is None]
    assert sum(t.size for t in tops) == 50, "mentions are neither lost nor counted twice"
    for parent in tops:
        held = [t.size for t in model.topics if t.parent == parent.id]
        assert sum(held) <= parent.size
    ids = {t.id for t in model.topics}
    assert all(t.parent is None or t.parent in ids for t in model.topics)


def test_hiding_and_pinning_can_be_taken_back():
    model, given, _ = after(topic_edits.hide("t02"), topic_edits.pin("t02"), topic_edits.hide("t02", False))
    assert given == UNTOUCHED
    assert model.topic("t02").pinned
    assert not model.topic("t02").hidden
    assert after(topic_edits.pin("t02"), topic_edits.pin("t02", False))[0].as_json() == made().as_json()


def test_edits_build_on_each_other():
    model, given, notices = after(
        topic_edits.merge(["t02"], "t01"),
        topic_edits.rename("t01", "Rooms"),
        topic_edits.move("t03.1", "t01"),
        topic_edits.split("t03"),
    )
    assert notices == []
    assert given == [("t01", "t01.1"), ("t01", "t01.2"), ("t01", None), ("t01", "t03.1"), ("t03.2", None)]
    assert model.topic("t01").name == "Rooms"
    assert model.topic("t03") is None


@pytest.mark.parametrize(
    "edit",
    [
        topic_edits.rename("t99", "Ghost"),
        topic_edits.rename("t01", " "),
        topic_edits.merge(["t98", "t99"], "t01"),
        topic_edits.merge(["t01"], "t99"),
        topic_edits.move("t01", "t99"),
        topic_edits.move("t01", "t01"),
        topic_edits.move("t02", "t01.1"),
        topic_edits.split("t02"),
        topic_edits.hide("t99"),
        {"edit": "paint", "topic": "t01"},
        {"edit": "move", "topic": "t01"},
        {"edit": "merge", "topics": 7, "into": "t01"},
        {"edit": "adopt", "topic": "e1", "found": {}},
        {"edit": ["rename"], "topic": "t01"},
        "rename",
        None,
    ],
)
def test_what_cannot_be_done_is_said_and_harms_nothing(edit):
    model, given, notices = after(edit, topic_edits.rename("t02", "Still done"))
    assert len(notices) == 1
    assert given == UNTOUCHED
    assert model.topic("t02").name == "Still done"


def test_a_merge_does_without_what_is_gone_and_says_so():
    _, given, notices = after(topic_edits.merge(["t02", "t77"], "t01"))
    assert given[2] == ("t01", None)
    assert len(notices) == 1
    assert "t77" in notices[0]


def test_adopting_needs_no_more_than_the_record():
    found = topics.Emerging(topic("e0123abcd", size=9), AXES[[5]])
    edit = topic_edits.adopt(found)
    model, given, notices = after(edit, edit)
    assert (given, notices) == (UNTOUCHED, [])
    assert model.assign(AXES[[5]]).topics == ["e0123abcd"]
    assert [t.id for t in model.topics].count("e0123abcd") == 1


def test_a_topic_without_subtopics_splits_in_two_by_its_mentions():
    texts = [f"The lift was {word}" for word in ("slow", "broken", "late", "stuck", "noisy", "dark")]
    texts += [f"Breakfast eggs were {word}" for word in ("cold", "raw", "salty", "late", "burnt", "green")]
    vectors = embed.vectors(texts)
    direction = topics.clusters.rounded(vectors.mean(axis=0, keepdims=True))
    model = Model(
        np.zeros(256, np.float32), {"t01": direction}, np.zeros((0, 256), np.float32), [topic("t01", size=12)]
    )
    edit = json.loads(json.dumps(topic_edits.split_in_two(model, "t01", texts, vectors)))
    split, notices = topic_edits.applied(model, [edit])
    given = split.assign(vectors).topics
    assert notices == []
    assert {*given[:6]} != {*given[6:]}
    assert {*given} == {"t01a", "t01b"}
    assert len(set(given[:6])) == len(set(given[6:])) == 1
    assert split.assign(embed.vectors(["slow lifts"])).topics == [given[0]]
    assert topic_edits.split_in_two(model, "t01", texts[:5], vectors[:5]) is None
    assert topic_edits.split_in_two(model, "t09", texts, vectors) is None


def test_what_is_stored_gives_back_the_fitted_model_and_the_edited_one():
    edits = [topic_edits.merge(["t02"], "t01")]
    edited, _ = topic_edits.applied(made(), edits)
    offer = topics.Emerging(topic("e1"), AXES[[6]])
    stored = json.loads(json.dumps(topic_edits.as_json(made(), edited, [offer])))
    assert topics.from_json(stored).as_json() == edited.as_json()
    again, _ = topic_edits.applied(topic_edits.fitted(stored), edits)
    assert again.as_json() == edited.as_json()
    back = topics.emerging_from_json(stored["emerging"][0])
    assert back.topic == offer.topic
    assert np.array_equal(back.directions, offer.directions)
    plain = made()
    assert topic_edits.fitted(topic_edits.as_json(plain, plain)).as_json() == plain.as_json()
