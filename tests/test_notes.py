"""What people write down: kept as given, refused when it says nothing, written by those alone who may."""

import sys
from datetime import date

import pytest

from cx.errors import NotAllowedError, NoteError, StoreError
from cx.principal import LOCAL, Principal
from cx.store import datasets, erasure, notes, records
from tests import made

ANN = Principal("ann", "analyst", frozenset({"hers"}))
VERA = Principal("vera", "viewer")
DAY, LATER = date(2026, 3, 5), date(2026, 4, 12)


@pytest.fixture
def hers(both_databases, home):
    for name in ("hers", "his"):
        made.dataset(home / "datasets" / name / "0001", [{"nps": 9, "date": "2026-03-01"}])


def figure(**other):
    return {"industry": "Retail", "kpi": "nps", "value": 30.0, "n": 5, "source": "S", "year": 2024} | other


def test_an_annotation_as_it_was_written(hers):
    second = notes.annotate(ANN, "hers", "Strike", LATER)
    first = notes.annotate(ANN, "hers", "  Release\n 4.2 ", DAY, LATER)
    notes.annotate(LOCAL, "his", "Other", DAY)
    found = notes.annotations(VERA, "hers")
    assert [(each.id, each.text, each.first, each.last, each.author) for each in found] == [
        (first, "Release 4.2", DAY, LATER, "ann"), (second, "Strike", LATER, LATER, "ann"),
    ]  # fmt: skip
    assert [each.when() for each in found] == ["5 Mar 2026 – 12 Apr 2026", "12 Apr 2026"]
    assert abs((found[0].created - records.now()).total_seconds()) < 5 and found[0].changed is None


def test_an_annotation_is_changed_and_deleted(hers):
    one = notes.annotate(ANN, "hers", "Strike", DAY)
    notes.change_annotation(LOCAL, "hers", one, "Strike over", DAY, LATER)
    found = notes.annotations(ANN, "hers")[0]
    assert (found.text, found.last, found.author) == ("Strike over", LATER, "ann") and found.changed >= found.created
    for act in (lambda: notes.delete_annotation(LOCAL, "his", one), lambda: notes.delete_annotation(ANN, "hers", one + 9),
                lambda: notes.change_annotation(LOCAL, "his", one, "x", DAY)):  # fmt: skip
        with pytest.raises(NoteError, match=f"no annotation {one}|no annotation {one + 9}"):
            act()
    notes.delete_annotation(ANN, "hers", one)
    assert notes.annotations(ANN, "hers") == []


@pytest.mark.parametrize(("text", "first", "last", "said"), [
    ("", DAY, None, "no text"), (" \n\t ", DAY, None, "no text"), ("\u200b\u202e", DAY, None, "no text"),
    ("x" * 10_000, DAY, None, "10,000 characters; 500"), ("x", LATER, DAY, r"last day \(5 Mar 2026\) is before the first"),
    ("x", date(26, 3, 5), None, "0026-03-05 is no day"), ("x", DAY, date(9999, 1, 1), "9999-01-01 is no day"),
])  # fmt: skip
def test_annotations_that_say_nothing(hers, text, first, last, said):
    with pytest.raises(NoteError, match=said):
        notes.annotate(LOCAL, "hers", text, first, last)
    assert notes.annotations(LOCAL, "hers") == []


@pytest.mark.parametrize("text", [
    "<script>alert(1)</script>", "**bold** ![x](http://evil.invalid/b.png)", "=cmd()|'x'!A1", "x'); DROP TABLE annotations; --",
    "Zürich 🚗 日本", "x" * 500,
])  # fmt: skip
def test_words_stay_words(hers, text):
    notes.annotate(LOCAL, "hers", text, DAY)
    assert [each.text for each in notes.annotations(LOCAL, "hers")] == [text]


def test_characters_nobody_sees_go(hers):
    notes.annotate(LOCAL, "hers", "a\x00b\ud800c \u202egnp.exe\u202c\u2028d", DAY)
    assert notes.annotations(LOCAL, "hers")[0].text == "a b c gnp.exe d"


def test_a_past_before_and_a_future_after_the_data_are_kept(hers):
    for year in (1999, 2040):
        notes.annotate(LOCAL, "hers", "x", date(year, 1, 1))
    assert [each.first.year for each in notes.annotations(LOCAL, "hers")] == [1999, 2040]


def test_there_is_a_bound(hers, monkeypatch):
    monkeypatch.setitem(notes.MOST, "annotations", 2)
    for _ in range(2):
        notes.annotate(LOCAL, "hers", "x", DAY)
    notes.annotate(LOCAL, "his", "x", DAY)
    with pytest.raises(NoteError, match="2 annotations already"):
        notes.annotate(LOCAL, "hers", "x", DAY)


def test_targets_and_names(hers):
    goal = {"kpi": "nps", "value": 40.0, "due": "2026-12-31", "where": {"Plan": ["A"]}}
    one = notes.add_target(ANN, "hers", goal)
    assert [(each.id, each.content, each.author) for each in notes.targets(VERA, "hers")] == [(one, goal, "ann")]
    first = notes.name_persona(ANN, "hers", "p-1", "Savers", [("Plan", "Basic", 1.5)])
    other = notes.name_persona(ANN, "hers", "p-2", "Others", [])
    second = notes.name_persona(ANN, "hers", "p-3", " Big\nsavers ", [["Plan", "Plus", 1]], before=first)
    again = notes.name_persona(LOCAL, "hers", "p-2", "The others", [])
    found = {each.id: each.content for each in notes.persona_names(VERA, "hers")}
    assert found == {
        second: {"persona": "p-3", "name": "Big savers", "traits": [["Plan", "Plus", 1]]},
        again: {"persona": "p-2", "name": "The others", "traits": []},
    }
    assert other not in found or other == again
    notes.forget_persona_name(ANN, "hers", second)
    notes.delete_target(ANN, "hers", one)
    assert len(notes.persona_names(ANN, "hers")) == 1 and notes.targets(ANN, "hers") == []
    with pytest.raises(NoteError):
        notes.delete_target(ANN, "hers", one)


def test_a_benchmark_replaces_the_same_one(hers):
    assert notes.add_benchmarks(ANN, [figure(), figure(industry="Hotels"), figure(value=31.0)]) == 2
    assert notes.add_benchmarks(ANN, [figure(industry="RETAIL", value=32.0), figure(year=2025)]) == 3
    kept = {(each.content["industry"], each.content["year"]): each.content["value"] for each in notes.benchmarks(VERA)}
    assert kept == {("Hotels", 2024): 30, ("RETAIL", 2024): 32, ("Retail", 2025): 30}


def test_too_many_benchmarks_are_none(hers, monkeypatch):
    monkeypatch.setitem(notes.MOST, "benchmarks", 2)
    notes.add_benchmarks(LOCAL, [figure()])
    with pytest.raises(NoteError, match="These would be 3 benchmarks"):
        notes.add_benchmarks(LOCAL, [figure(year=2020), figure(year=2021)])
    assert len(notes.benchmarks(LOCAL)) == 1


def test_benchmarks_are_deleted_all_or_none(hers):
    notes.add_benchmarks(LOCAL, [figure(), figure(year=2020)])
    ids = [each.id for each in notes.benchmarks(LOCAL)]
    with pytest.raises(NoteError, match="no benchmark"):
        notes.delete_benchmarks(LOCAL, [ids[0], 999])
    assert len(notes.benchmarks(LOCAL)) == 2
    notes.delete_benchmarks(LOCAL, ids)
    assert notes.benchmarks(LOCAL) == []


def test_who_may_not_write_writes_nothing(hers):
    one, goal = notes.annotate(LOCAL, "hers", "x", DAY), notes.add_target(LOCAL, "hers", {"kpi": "nps"})
    name = notes.name_persona(LOCAL, "hers", "p-1", "Savers", [])
    notes.add_benchmarks(LOCAL, [figure()])
    acts = [
        lambda who: notes.annotate(who, "hers", "y", DAY), lambda who: notes.change_annotation(who, "hers", one, "y", DAY),
        lambda who: notes.delete_annotation(who, "hers", one), lambda who: notes.add_target(who, "hers", {}),
        lambda who: notes.delete_target(who, "hers", goal), lambda who: notes.name_persona(who, "hers", "p-1", "y", []),
        lambda who: notes.forget_persona_name(who, "hers", name),
    ]  # fmt: skip
    elsewhere = Principal("ada", "analyst", frozenset({"his"}))
    for act in acts:
        for who in (VERA, Principal("g", "guest"), elsewhere):
            with pytest.raises(NotAllowedError):
                act(who)
    for act in (lambda: notes.add_benchmarks(VERA, [figure(year=2020)]), lambda: notes.delete_benchmarks(VERA, [1])):
        with pytest.raises(NotAllowedError):
            act()
    for read in (notes.annotations, notes.targets, notes.persona_names):
        assert len(read(VERA, "hers")) == 1
        with pytest.raises(NotAllowedError):
            read(elsewhere, "hers")
    assert notes.annotations(VERA, "hers")[0].text == "x" and len(notes.benchmarks(VERA)) == 1


def test_nothing_is_written_beside_a_dataset_that_is_not_there(home):
    with pytest.raises(StoreError, match="no dataset 'gone'"):
        notes.annotate(LOCAL, "gone", "x", DAY)


def test_it_goes_with_the_dataset_and_the_benchmarks_stay(hers):
    for name in ("hers", "his"):
        notes.annotate(LOCAL, name, "x", DAY)
        notes.add_target(LOCAL, name, {"kpi": "nps"})
        notes.name_persona(LOCAL, name, "p-1", "Savers", [])
        records.add_edit(name, "topics", {"do": "hide"}, "ann")
        records.set_setting(name, "min_base", 30)
    notes.add_benchmarks(LOCAL, [figure()])
    with pytest.raises(NotAllowedError):
        erasure.forget_dataset(VERA, "hers")
    assert datasets.names(LOCAL) == ["hers", "his"] and len(notes.annotations(LOCAL, "hers")) == 1
    erasure.forget_dataset(ANN, "hers")
    assert datasets.names(LOCAL) == ["his"]
    for read in (notes.annotations, notes.targets, notes.persona_names):
        assert (len(read(LOCAL, "hers")), len(read(LOCAL, "his"))) == (0, 1)
    assert records.all_edits("hers", "topics") == [] and len(records.all_edits("his", "topics")) == 1
    assert [records.setting(name, "min_base", 10) for name in ("hers", "his")] == [10, 30]
    assert len(notes.benchmarks(LOCAL)) == 1


def test_nobody_heavy_on_the_way():
    """The command line's help names these commands without what they need."""
    import subprocess

    code = "import sys, cx.noting; print([m for m in ('pandas', 'sqlalchemy', 'duckdb', 'numpy') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
