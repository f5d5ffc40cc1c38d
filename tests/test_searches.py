"""Saved searches: one's own, the team's, never somebody else's."""

import pytest

from cx.errors import NotAllowedError, NoteError
from cx.principal import LOCAL, Principal
from cx.store import datasets, records, searches
from tests import made

ANNA, BERT = Principal("anna", "analyst"), Principal("bert", "analyst")
READER, STRANGER = Principal("rita", "viewer"), Principal("eve", "analyst", frozenset({"other"}))
QUERY = {"words": ["kept waiting"], "by": ["meaning"], "f.Region": ["North", "South"]}


@pytest.fixture(autouse=True)
def given(home):
    made.dataset(datasets.folder("shop") / "0001", [{"comment": "fine"}])


def names(principal):
    return [each.name for each in searches.listed(principal, "shop")]


def test_a_private_search_is_its_authors_and_a_shared_one_everybodys():
    searches.save(ANNA, "shop", "Waiting", QUERY)
    searches.save(ANNA, "shop", "delivery", {"touchpoint": ["delivery"]}, shared=True)
    assert names(ANNA) == ["delivery", "Waiting"]
    assert names(BERT) == names(READER) == ["delivery"]
    held = searches.listed(ANNA, "shop")[1]
    assert held.query == QUERY and held.author == "anna" and not held.shared


def test_the_same_name_replaces_ones_own_alone():
    searches.save(ANNA, "shop", "Waiting", QUERY, shared=True)
    searches.save(BERT, "shop", "waiting", {"words": ["queue"]}, shared=True)
    searches.save(ANNA, "shop", " WAITING ", {"words": ["hold"]}, shared=True)
    assert sorted((each.author, each.query["words"][0]) for each in searches.listed(READER, "shop")) == [
        ("anna", "hold"), ("bert", "queue"),
    ]  # fmt: skip


def test_who_may_delete():
    own = searches.save(ANNA, "shop", "mine", QUERY)
    shared = searches.save(ANNA, "shop", "ours", QUERY, shared=True)
    for one in (own, shared):
        with pytest.raises(NoteError, match="somebody else's"):
            searches.delete(BERT, "shop", one)
    with pytest.raises(NoteError):
        searches.delete(Principal("chief", "admin"), "shop", own)  # private, even from an admin
    searches.delete(Principal("chief", "admin"), "shop", shared)
    searches.delete(ANNA, "shop", own)
    assert names(ANNA) == []


def test_readers_and_strangers_are_refused():
    with pytest.raises(NotAllowedError):
        searches.save(READER, "shop", "x", QUERY)
    for call in (lambda: searches.listed(STRANGER, "shop"), lambda: searches.save(STRANGER, "shop", "x", QUERY)):
        with pytest.raises(NotAllowedError):
            call()


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("  ", QUERY, "no text"), ("x" * 61, QUERY, "60 are the most"), ("x", {}, "nothing to keep"),
        ("x", {"words": []}, "nothing to keep"), ("x", {"words": ["y" * 501]}, "too long"),
        ("x", {"f.Region": ["v"] * 300}, "too long"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_says_why(name, query, said):
    with pytest.raises(NoteError, match=said):
        searches.save(ANNA, "shop", name, query)
    assert names(ANNA) == []


def test_names_are_tidied_and_go_with_the_dataset():
    searches.save(LOCAL, "shop", "a\n\u202eb<script>", QUERY)
    assert names(LOCAL) == ["a b<script>"]
    records.forget("shop")
    assert names(LOCAL) == []
