"""Pages in another language: chosen in the address or by the browser, kept on the way, and not mixed by caches."""

import json
import re

import pytest
import streamlit as st
from streamlit.runtime.context import ContextProxy

from cx.ui import nav
from tests.test_pages import _from_here, ok, opened, specs, words  # noqa: F401


def language(at) -> list[str]:
    """The language in the address."""
    held = at.query_params.get("lang", [])
    return [held] if isinstance(held, str) else list(held)


@pytest.mark.parametrize("name", [name for name in nav.PAGES if name not in ("feedback",)])
def test_every_page_in_german_and_then_in_english(sample, name):
    german, english = words(opened(name, lang="de")), words(opened(name))
    assert "gesamter Zeitraum" in german and "all time" not in german
    assert "all time" in english and "gesamter Zeitraum" not in english


def test_the_overview_in_german_speaks_no_english(sample):
    at = opened("overview", lang="de")
    said = re.sub(r'<div lang="en">.*?</div>', "", words(at))  # the docs, which are English and say so
    for english in ("within noise", "against the", "answers", "Where it hurts", "between", "Net sentiment", " points"):
        assert english not in said, english
    assert "Wo es schmerzt" in said and "letzte 3 Monate gegenüber den 3 davor" in said
    trend = next(spec for spec in specs(at) if "period" in json.dumps(spec))
    assert trend["config"]["locale"]["number"]["decimal"] == ","
    assert language(at) == ["de"]


def test_the_language_is_chosen_in_the_line_and_kept_in_the_address(sample):
    at = opened("overview")
    assert not language(at)
    ok(at.radio(key="language").set_value("de").run())
    assert language(at) == ["de"] and "Wo es schmerzt" in words(at)
    ok(at.radio(key="language").set_value("en").run())
    assert language(at) == ["en"] and "Where it hurts" in words(at)


def test_without_a_choice_the_browser_decides(sample, monkeypatch):
    monkeypatch.setattr(ContextProxy, "locale", property(lambda self: "de-AT"))
    at = opened("overview")
    assert "Wo es schmerzt" in words(at) and not language(at)
    assert "Where it hurts" in words(opened("overview", lang="en"))


def test_an_unknown_language_is_dropped_with_a_notice(sample):
    at = opened("overview", lang="<b>xx")
    assert "lang=&lt;b&gt;xx" in words(at) and "Where it hurts" in words(at)
    assert not language(at)


def test_without_a_dataset_the_page_says_so_in_german(home):
    st.cache_data.clear()
    assert "Willkommen. Drei Schritte" in words(opened("overview", lang="de"))


@pytest.mark.parametrize(("name", "param"), [("overview", "kpi"), ("trends", "trend_of")])
def test_the_language_changes_beside_a_choice_that_stands_in_the_address(sample, name, param):
    at = opened(name, **{param: "Net sentiment"})
    ok(at.radio(key="language").set_value("de").run())
    assert language(at) == ["de"] and "gesamter Zeitraum" in words(at)


def test_the_period_changes_beside_a_choice_that_stands_in_the_address(sample):
    at = opened("trends", trend_of="Net sentiment", **{"from": "2026-01-01"})
    assert "since 1 Jan 2026" in words(at)
    ok(at.button(key="all_time").click().run())
    assert "all time" in words(at) and "from" not in at.query_params
