"""Searching by meaning finds paraphrases without a shared word, leaves out what is something else, and says so."""

import numpy as np
import pytest

from cx.store import vectors
from cx.text import paraphrase
from cx.view import likeness, search
from cx.view.search import Find
from tests import made

TEXTS = [
    "I was on hold for an hour.", "Stood in line forty minutes at the till.", "No queue at the till.",
    "The personnel was impolite.", "Really friendly staff.", "Costs a fortune.", "Great value for money.",
    "My package went missing.", "The parcel arrived the next day.", "I want my money back.", "The cushions look lovely.",
    "The app shuts down when I pay.", "Nobody answered my e-mails.",
]  # fmt: skip


@pytest.fixture
def given(tmp_path):
    side = {0: "negative", 3: "negative", 4: "positive", 5: "negative", 6: "positive", 8: "positive", 10: "positive"}
    rows = [{"comment": text, "nps": 5} for text in TEXTS]
    said = [
        {"response_id": f"r{place:04d}", "text": text, "end": len(text), "sentiment_label": side.get(place, "neutral"),
         "touchpoint": "premises" if "till" in text else "none"}
        for place, text in enumerate(TEXTS)
    ]  # fmt: skip
    return made.dataset(tmp_path / "d", rows, said)


@pytest.mark.parametrize(
    ("words", "found", "never"),
    [
        ("kept waiting", [0, 1], [2, 4, 10]),
        ("rude staff", [3], [4, 10]),
        ("too expensive", [5], [6, 10]),
        ("parcel never arrived", [7], [8, 10]),
        ("refund", [9], [10]),
        ("app crashes", [11], [10]),
        ("no reply", [12], [2, 10]),
    ],
)
def test_paraphrases_without_a_shared_word(given, words, found, never):
    texts = likeness.of_words(given, words).texts
    assert {TEXTS[place] for place in found} <= texts
    assert texts.isdisjoint(TEXTS[place] for place in never)
    ids = {comment.response_id for comment in search.page(given, Find(words, by="meaning"))}
    assert {f"r{place:04d}" for place in found} <= ids


@pytest.mark.parametrize(
    "words", ["quantum chromodynamics", "asdf qwer zxcv", "the and of", "((([", "什么", "' OR 1=1 --"]
)
def test_nonsense_finds_nothing_and_says_so(given, words):
    found = likeness.of_words(given, words)
    assert not found.keys
    assert "Nobody said anything like that" in likeness.note(found)
    assert search.count(given, Find(words, by="meaning")) == (0, 0)


def test_the_closest_come_first_and_are_marked(given):
    shown = search.page(given, Find("on hold for an hour", by="meaning"))
    assert shown[0].texts["comment"] == TEXTS[0]
    assert all(mention.fits for comment in shown for mention in comment.mentions)
    assert "the rest is left out" in likeness.note(likeness.of_words(given, "on hold for an hour"))


def test_facets_hold_for_the_mention_that_is_close(given):
    shown = search.page(given, Find("kept waiting", by="meaning", touchpoint="premises"))
    assert [comment.response_id for comment in shown] == ["r0001"]
    counts = search.offers(
        search.counted(given, Find("kept waiting", by="meaning")), Find("kept waiting", by="meaning")
    )
    assert counts["touchpoint"]["premises"] == 1


def test_similar_comments_leave_the_comment_itself_out(tmp_path):
    texts = ["The parcel never arrived.", "My parcel never arrived!", "Lovely cushions.", "parcel has not arrived"]
    said = [{"response_id": f"r{k:04d}", "text": text, "end": len(text)} for k, text in enumerate(texts)]
    given = made.dataset(tmp_path / "d", [{"comment": text} for text in texts], said)
    ids = [comment.response_id for comment in search.page(given, Find(like="r0000"))]
    assert ids[0] == "r0001" and set(ids) == {"r0001", "r0003"}
    assert search.page(given, Find(like="nobody")) == []


def test_vectors_are_made_once_and_anew_when_the_mentions_change(given):
    assert not vectors.ready(given)
    first = np.array(vectors.rows(given))
    assert vectors.ready(given) and len(first) == len(TEXTS)
    assert (np.diff(first["key"].astype(object)) > 0).all()
    path = vectors.path(given)
    path.write_bytes(b"not an array")  # a broken file is made again, not read
    assert np.array_equal(np.array(vectors.rows(given)), first)
    again = np.load(path, allow_pickle=False)  # plain: nothing in it is run
    assert np.array_equal(again, first)
    vectors.forget(given.where)
    assert not vectors.ready(given)


def test_what_an_earlier_version_had_is_taken_from_it(tmp_path, monkeypatch):
    def version(name, texts):
        said = [{"response_id": f"r{k:04d}", "text": text, "end": len(text)} for k, text in enumerate(texts)]
        return made.dataset(tmp_path / name, [{"comment": text} for text in texts], said)

    vectors.rows(version("0001", TEXTS[:5]))
    seen = []
    read = vectors.embed.vectors
    monkeypatch.setattr(vectors.embed, "vectors", lambda texts: seen.extend(texts) or read(texts))
    later = version("0002", TEXTS[:7])
    rows = np.array(vectors.rows(later))
    assert sorted(seen) == sorted(TEXTS[5:7])
    vectors.forget(later.where)
    vectors.forget(tmp_path / "0001")
    assert np.array_equal(np.array(vectors.rows(later)), rows)


def test_a_large_dataset_is_read_beside_and_answers_meanwhile(given, monkeypatch):
    monkeypatch.setattr(likeness, "AT_ONCE", 3)
    begun = []
    monkeypatch.setattr(likeness.threading.Thread, "start", lambda thread: begun.append(thread))
    found = likeness.of_words(given, "kept waiting")
    assert begun and found.partly and "being read for their meaning" in likeness.note(found)
    assert {TEXTS[0], TEXTS[1]} <= found.texts  # by the ways of saying it
    assert likeness.of_comment(given, "r0000").partly
    vectors.rows(given)
    assert not likeness.of_words(given, "kept waiting").partly


def test_groups_are_on_one_side_and_found_in_any_word_form():
    assert paraphrase.side("kept waiting") == -1 and paraphrase.side("so friendly") == 1
    assert paraphrase.side("rude but friendly") == 0 and paraphrase.side("parcel") == 0
    (ways,) = paraphrase.concepts("they waited")
    assert "on hold" in ways
    assert paraphrase.says("WAITING for ages", ways) and not paraphrase.says("No waiting at all", ways)
    assert paraphrase.denies("No waiting at all", ways) and not paraphrase.denies("All fine", ways)
    names = [group.name for group in paraphrase.groups()]
    assert len(names) == len(set(names))
    for group in paraphrase.groups():
        assert len(group.phrases) == len(set(group.phrases)), group.name


def test_a_pattern_misses_no_way_of_its_group():
    """What SQL looks for first must let through all that `says` finds."""
    import re

    for group in paraphrase.groups():
        pattern = paraphrase.pattern(group.phrases)
        for phrase in group.phrases:
            assert re.search(pattern, f"well, {phrase}!".lower()), phrase
