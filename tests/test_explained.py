"""Help on tiles says what the docs say."""

from cx.measure import kpis
from cx.view import explained


def test_every_tile_has_its_entry():
    found = explained.entries()
    for name in kpis.HEADLINE:
        assert all(found[name]), name
    assert found["nps"].formula.startswith("share of answers 9–10 minus share of answers 0–6")
    assert "retention" in found and not any(
        "`" in part or "**" in part or "](" in part for entry in found.values() for part in entry
    )


def test_without_docs_there_is_no_help(tmp_path, monkeypatch):
    monkeypatch.setattr(explained, "DOCS", tmp_path)
    explained.entries.cache_clear()
    assert explained.entries() == {}
    explained.entries.cache_clear()
