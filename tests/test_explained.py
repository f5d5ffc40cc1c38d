"""Help on tiles says what the docs say."""

from cx.measure import kpis
from cx.view import explained, wording


def test_every_tile_has_its_entry():
    found = explained.entries()
    for name in kpis.HEADLINE:
        assert all(found[name]), name
    assert found["nps"].formula.startswith("share of answers 9–10 minus share of answers 0–6")
    assert "retention" in found and not any(
        "`" in part or "**" in part or "](" in part for entry in found.values() for part in entry
    )


def test_in_german_every_kpi_has_its_entry_and_the_same_bounds():
    found = explained.entries()
    wording.begin("de")
    try:
        for name in kpis.KPIS:
            own = explained.entry(name)
            assert own and own.language == "de" and all(own), name
            assert own.reading != found[name].reading and own.formula != found[name].formula, name
            bounds = found[name].range.partition(" to ")[0]
            assert not bounds.lstrip("−").isdigit() or own.range.startswith(f"{bounds} bis 100"), name
        assert explained.entry("retention") == found["retention"]  # has none yet: English, which says so
    finally:
        wording.begin("en")
    assert explained.entry("nps") == found["nps"]


def test_without_docs_there_is_no_help(tmp_path, monkeypatch):
    monkeypatch.setattr(explained, "DOCS", tmp_path)
    explained.entries.cache_clear()
    assert explained.entries() == {}
    explained.entries.cache_clear()
