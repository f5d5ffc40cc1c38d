"""Annotations, goals and names of personas on their pages: written by analysts, read by all, shown literally."""

from datetime import date

import pytest

from cx.principal import LOCAL
from cx.store import datasets, notes, records
from tests.test_pages import _from_here, answers, dataset, ok, opened, specs, words  # noqa: F401

HOSTILE = "<script>alert(1)</script> **bold** =cmd() ![x](http://evil.invalid/b.png)"
HEADING = "industry,kpi,value,n,source,year\n"


def text_marks(at) -> int:
    return sum(layer["mark"]["type"] == "text" for spec in specs(at) for layer in spec.get("layer", ()))


@pytest.mark.parametrize("page", ["trends", "overview"])
def test_an_annotation_is_on_the_chart_and_below_it(own_sample, page):
    assert text_marks(opened(page)) == 0
    notes.annotate(LOCAL, "sample", HOSTILE, date(2026, 3, 5), date(2026, 4, 12))
    notes.annotate(LOCAL, "sample", "Ahead", date(2031, 1, 1))
    at = opened(page)
    said = words(at)
    assert text_marks(at) == 1
    assert "1 · 5 Mar 2026 – 12 Apr 2026: &lt;script&gt;alert(1)&lt;/script&gt; **bold**" in said
    assert "<script>" not in said and "1 annotation outside the time shown" in said and "Ahead" not in said
    assert "With 1 annotation, listed below" in at.get("vega_lite_chart")[0].proto.alt
    away = opened(page, **{"from": "2026-06-01"})
    assert text_marks(away) == 0 and "2 annotations outside the time shown" in words(away)


def test_annotations_are_written_changed_and_deleted_under_the_chart(own_sample):
    at = opened("trends")
    at.text_input(key="note_text_0").input("Release 4.2")
    at.date_input(key="note_first_0").set_value(date(2026, 3, 5))
    ok(at.button(key="note_save").click().run())
    one = notes.annotations(LOCAL, "sample")[0]
    assert (one.text, one.first, one.last, one.author) == ("Release 4.2", date(2026, 3, 5), date(2026, 3, 5), "local")
    assert "1 · 5 Mar 2026: Release 4.2 (local)" in words(at) and at.text_input(key="note_text_0").value == ""
    ok(at.selectbox(key="note_which").select(one.id).run())
    at.text_input(key=f"note_text_{one.id}").input("Release 4.3")
    at.date_input(key=f"note_last_{one.id}").set_value(date(2026, 3, 1))
    ok(at.button(key="note_save").click().run())
    assert "The last day (1 Mar 2026) is before the first (5 Mar 2026)" in words(at)
    assert at.text_input(key=f"note_text_{one.id}").value == "Release 4.3", "what was typed is not lost"
    at.date_input(key=f"note_last_{one.id}").set_value(date(2026, 3, 9))
    ok(at.button(key="note_save").click().run())
    assert "5 Mar 2026 – 9 Mar 2026: Release 4.3" in words(at)
    ok(at.button(key="note_delete").click().run())
    assert notes.annotations(LOCAL, "sample") == [] and at.selectbox(key="note_which").value == 0


def test_a_hundred_annotations_are_folded(own_sample):
    for day in range(1, 26):
        for month in range(1, 5):
            notes.annotate(LOCAL, "sample", f"Event {day} of {month}", date(2026, month, day))
    at = opened("trends")
    assert any("95 earlier annotations" in folded.label for folded in at.expander)
    assert "100 · 25 Apr 2026: Event 25 of 4" in words(at)


def test_a_target_is_set_and_deleted(own_sample):
    at = opened("goals")
    assert "Where do you want to be?" in words(at) and "No target yet" in words(at) and "No benchmark yet" in words(at)
    ok(at.selectbox(key="target_kpi").select("csat").run())
    ok(at.selectbox(key="target_column").select("Region").run())
    at.multiselect(key="target_values").set_value(["North"])
    at.number_input(key="target_value").set_value(99.0)
    at.date_input(key="target_due").set_value(date(2031, 12, 31))
    ok(at.button(key="target_save").click().run())
    kept = notes.targets(LOCAL, "sample")
    assert kept[0].content == {"kpi": "csat", "value": 99.0, "due": "2031-12-31", "where": {"Region": ["North"]}}
    said = words(at)
    assert "None of 1 target reached, 1 missed for now" in said and "Region: North" in said and "points to go" in said
    ok(at.button(key="target_delete").click().run())
    assert notes.targets(LOCAL, "sample") == [] and "No target yet" in words(at)


def test_a_target_that_cannot_be_is_told(own_sample):
    at = opened("goals")
    ok(at.button(key="target_save").click().run())
    assert "A target needs a value and a day" in words(at)
    at.number_input(key="target_value").set_value(130.0)
    ok(at.button(key="target_save").click().run())
    assert "between −100 and 100" in words(at) and notes.targets(LOCAL, "sample") == []


def test_a_file_of_benchmarks_comes_in_whole_or_not_at_all(own_sample):
    at = opened("goals")
    wrong = HEADING + "Retail,nps,35,2000,S,2024\n<b>Hotels,npx,1,2,S,2024\n"
    ok(at.file_uploader(key="benchmark_file").upload("b.csv", wrong.encode()).run())
    said = words(at)
    assert "row 3, column kpi: &#x27;npx&#x27; is no KPI" in said and "Nothing of it was taken in" in said
    assert notes.benchmarks(LOCAL) == []
    right = HEADING + "<b>Retail</b>,nps,99,2000,S,2024\nHotels,csat,78,,T,2023\nAir,rating,8.2,9,T,2023\n"
    ok(at.file_uploader(key="benchmark_file").upload("c.csv", right.encode()).run())
    said = words(at)
    assert (
        "3 benchmarks taken in from c.csv" in said
        and "below &lt;b&gt;Retail&lt;/b&gt; 2024, real" in said
        and "<b>" not in said
    )
    assert "not comparable: ours is not on the scale of 8.2" in said
    assert at.selectbox(key="benchmark_of").options == ["NPS", "CSAT"] and len(specs(at)) == 1
    ids = [each.id for each in notes.benchmarks(LOCAL)]
    at.multiselect(key="benchmark_which").set_value(ids[:2])
    ok(at.button(key="benchmark_delete").click().run())
    assert [each.id for each in notes.benchmarks(LOCAL)] == ids[2:] and not specs(at)


def test_a_benchmark_without_answers_of_ours(own_sample):
    notes.add_benchmarks(
        LOCAL, [{"industry": "R", "kpi": "ease_said", "value": 20.0, "n": 50, "source": "S", "year": 2024}]
    )
    said = words(opened("goals"))
    assert "Ease, estimated from comments: we have no answers for it" in said


def test_a_persona_is_named_on_its_page(own_sample):
    at = opened("customers", personas="true")
    one = at.selectbox(key="persona_which").value
    automatic = at.text_input(key=f"persona_name_{one}").value
    at.text_input(key=f"persona_name_{one}").input("Big <b>spenders</b>")
    ok(at.button(key="persona_save").click().run())
    assert "Big &lt;b&gt;spenders&lt;/b&gt;" in words(at)
    assert notes.persona_names(LOCAL, "sample")[0].content["persona"] == one
    ok(at.button(key="persona_reset").click().run())
    assert notes.persona_names(LOCAL, "sample") == [] and "spenders" not in words(at)
    assert at.text_input(key=f"persona_name_{one}").value == automatic


def test_a_reader_reads_and_writes_nothing(own_sample, monkeypatch):
    notes.annotate(LOCAL, "sample", "Strike", date(2026, 3, 5))
    notes.add_target(LOCAL, "sample", {"kpi": "nps", "value": 40.0, "due": "2026-12-31", "where": {}})
    notes.add_benchmarks(LOCAL, [{"industry": "R", "kpi": "nps", "value": 20.0, "n": 50, "source": "S", "year": 2024}])
    notes.name_persona(LOCAL, "sample", "p-1", "x", [])
    monkeypatch.setenv("CX_MODE", "demo")
    buttons = []
    for page, told in (("trends", "Strike"), ("goals", "R 2024"), ("customers", "Personas")):
        at = opened(page, **({"personas": "true"} if page == "customers" else {}))
        assert told in words(at)
        buttons += [button.key for button in at.button] + [each.key for each in at.get("file_uploader")]
    assert not [key for key in buttons if key and key.startswith(("note_", "target_", "benchmark_", "persona_"))]


def test_deleting_the_dataset_on_its_page_takes_them_along(own_sample):
    notes.annotate(LOCAL, "sample", "Strike", date(2026, 3, 5))
    records.set_setting("sample", "min_base", 30)
    at = opened("feedback")
    ok(at.button(key="delete_sample").click().run())
    ok(at.button(key="delete_sure").click().run())
    assert notes.annotations(LOCAL, "sample") == [] and records.setting("sample", "min_base", 10) == 10


def test_a_new_dataset_of_an_old_name_begins_without_notes(dataset):  # noqa: F811
    dataset(answers(30))
    notes.annotate(LOCAL, "given", "Strike", date(2026, 3, 5))
    notes.add_target(LOCAL, "given", {"kpi": "nps", "value": 40.0, "due": "2026-12-31", "where": {}})
    dataset(answers(60))
    assert len(notes.annotations(LOCAL, "given")) == 1, "an import leaves them"
    datasets.delete(LOCAL, "given")
    dataset(answers(30))
    assert notes.annotations(LOCAL, "given") == [] and notes.targets(LOCAL, "given") == []


@pytest.mark.parametrize("page", ["trends", "overview", "goals", "customers"])
def test_notes_of_a_dataset_that_lost_what_they_are_about(dataset, page):  # noqa: F811
    """A target whose score or segment a later import took away is told, on a page that still works."""
    dataset(answers(400))
    notes.annotate(LOCAL, "given", "Strike", date(2026, 3, 5))
    where = {"Gone": ["x"]}
    for kpi, held in (("ces", {}), ("nps", where)):
        notes.add_target(LOCAL, "given", {"kpi": kpi, "value": 5.0, "due": "2026-12-31", "where": held})
    said = words(opened(page))
    assert page != "goals" or said.count("Cannot be judged") == 2
    assert page not in ("trends", "overview") or "5 Mar 2026: Strike" in said
