"""Pages in another language: chosen in the address or by the browser, kept on the way, and not mixed by caches."""

import gettext
import html
import json
import re
from collections.abc import Mapping, Sequence

import pytest
import streamlit as st
from google.protobuf.message import Message
from streamlit.proto.MultiSelect_pb2 import MultiSelect
from streamlit.runtime.context import ContextProxy

from cx.schema import STAGES
from cx.store.datasets import Dataset
from cx.ui import nav
from cx.view import ask, overview, search, wording
from cx.view.filters import Filter
from tests.test_pages import _from_here, answers, dataset, ok, opened, specs, words  # noqa: F401


def language(at) -> list[str]:
    """The language in the address."""
    held = at.query_params.get("lang", [])
    return [held] if isinstance(held, str) else list(held)


@pytest.mark.parametrize("name", [name for name in nav.PAGES if name not in ("feedback",)])
def test_every_page_in_german_and_then_in_english(sample, name):
    if name in ("links", "audit"):  # they are about no dataset
        assert "Links sind offen" in words(opened("links", lang="de")) and "links are open" in words(opened("links"))
        assert "Eintr" in words(opened("audit", lang="de")) and "entr" in words(opened("audit"))
        return
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


# --- A language in which every sentence of the catalogue stands between brackets: what stands outside was never marked


class Bracketed(gettext.NullTranslations):
    def gettext(self, text: str) -> str:
        return f"⟦{text}⟧"

    def ngettext(self, one: str, many: str, n: int) -> str:
        return f"⟦{one if n == 1 else many}⟧"


@pytest.fixture
def brackets(monkeypatch):
    """The language `xx`: English in brackets."""
    known, real = wording.languages(), wording._catalogue
    made = known | {"xx": wording.ENGLISH._replace(language="xx", name="⟦Brackets⟧")}
    monkeypatch.setattr(wording, "languages", lambda: made)
    monkeypatch.setattr(wording, "_catalogue", lambda code: Bracketed() if code == "xx" else real(code))
    yield
    wording.begin("en")


MONTH = re.compile(rf"\b(?:\d{{1,2}} )?(?:{'|'.join(wording.ENGLISH.short_months)}) \d{{4}}\b")
THEIRS = re.compile(
    r'<div class="cx-(?:text|q)">.*?</div>|<div lang="en">.*?</div>|<style>.*?</style>|“[^”]*”', re.DOTALL
)
"""What comes from files, what says that it is English, and style sheets."""


FORMATS = frozenset({"SVG", "PNG", "CSV", "Excel"})
"""Labels that are the same in every language."""


def unmarked(text: str, known: frozenset[str]) -> list[str]:
    """What a text says outside of brackets, but for names from files."""
    left, text = THEIRS.sub("", text), ""
    while left != text:
        text, left = left, re.sub(r"⟦[^⟦⟧]*⟧", "\n", left)
    attributes = re.findall(r'(?:title|alt|aria-label)="([^"]*)"', text)
    pieces = re.split(r"\n| · | — |: |; | \(|\)|<[^>]*>", "\n".join([text, *attributes]))
    return [
        each for piece in pieces for each in ([piece] if piece.strip() in known else piece.split(", "))
        if re.search(r"[^\W\d_]{2}", MONTH.sub("", html.unescape(each))) and html.unescape(each).strip() not in known
    ]  # fmt: skip


def names_from_files(given: Dataset) -> frozenset[str]:
    """Names that are shown as they are: the dataset, its columns and their values, what mentions are
    about (stages are called in English, as touchpoints and topics are)."""
    from cx.measure import tally

    columns = [*given.responses, *given.splits]
    values = [value for column in given.splits for value in tally.values(given, column)]
    spoken = [value for kind in ("touchpoint", "stage") for value in search.values(given, kind)]
    topics = overview.topic_names(given).values()
    return frozenset(map(str, ["sample", "English", "Deutsch", *columns, *values, *spoken, *STAGES, *topics]))


def shown(at) -> list[tuple[str, bool]]:
    """Every text of a page, and whether names from files may stand in it alone."""
    out = []
    for node in at._tree:
        if (proto := getattr(node, "proto", None)) is not None:
            out += _texts(proto)
        if node.type == "vega_lite_chart":
            out += [(each, True) for each in _drawn(node.proto)]
        if node.type == "dataframe":
            held = node.value
            out += [(str(name), place < 2 and "heatmap" in node.proto.id) for place, name in enumerate(held.columns)]
            told = held.drop(columns=[name for name in held.columns if name == "⟦quote⟧"])
            out += [(str(each), True) for name in told for each in told[name] if isinstance(each, str)]
    return out


def _texts(proto) -> list[tuple[str, bool]]:
    out = []
    for field, value in proto.ListFields():
        many = [value] if isinstance(value, str) or not isinstance(value, Sequence) else list(value)
        for each in many if not isinstance(value, Mapping) else ():
            if isinstance(each, Message):
                out += _texts(each)
            elif isinstance(each, str) and field.name in ("label", "help", "placeholder"):
                out.append((each, False))
            elif isinstance(each, str) and field.name in ("options", "content", "body", "alt"):
                # Mentions that can be corrected: what is said of each stands before its words.
                out.append((each.partition(": ")[0] if isinstance(proto, MultiSelect) else each, True))
    return out


def _drawn(proto) -> list[str]:
    """What a chart writes: titles of axes, legends, texts and tooltips of marks."""
    import pyarrow as pa

    spec = json.loads(proto.spec)
    out = re.findall(r'"(?:title|text)": "([^"]*)"', json.dumps(spec, ensure_ascii=False))
    out += [
        str(each)
        for held in re.findall(r'"domain": (\[[^\]]*\])', json.dumps(spec, ensure_ascii=False))
        for each in json.loads(held)
    ]
    rows = pa.ipc.open_stream(proto.data.data).read_pandas()
    return out + [str(each) for name in ("say", "text", "small") if name in rows for each in rows[name].dropna()]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("touchpoints", {}), ("touchpoints", {"measure": "volume"}),
        ("touchpoints", {"measure": "nps", "rows": "mention.emotion", "columns": "revenue (ranges)"}),
        ("touchpoints", {"rows": "mention.pillar", "columns": "mention.effort"}),
        ("journey", {}), ("journey", {"of": "@periods", "a": "before"}), ("journey", {"measure": "nps", "of": "region", "a": "*"}),
        ("emotions", {}), ("emotions", {"delight": "zzzz"}), ("topics", {}), ("topics", {"from": "2035-01-01"}),
        ("comments", {}), ("comments", {"words": "refund", "by": "meaning", "sentiment_label": "negative"}),
        ("comments", {"conflict": "yes", "emotion": "anger"}), ("comments", {"words": "zzzz"}),
    ],
)  # fmt: skip
def test_every_sentence_of_a_page_comes_from_the_catalogue(sample, brackets, name, params):
    at = opened(name, lang="xx", **params)
    folded = (getattr(getattr(node, "proto", None), "id", "").rpartition("-")[2] for node in at._tree)
    for key in [name for name in folded if name.startswith("twin_")]:
        at.session_state[key] = True
    wording.begin("xx")  # AppTest itself asks for the names of options, in this thread
    ok(at.run())
    known = names_from_files(sample)
    texts = shown(at)
    assert any("⟦" in text for text, _ in texts)
    assert bool(at.get("vega_lite_chart")) == bool(at.dataframe), "charts have a table, and it was opened"
    found = [left for text, may in texts for left in unmarked(text, known if may else FORMATS)]
    assert not found, found


QUESTIONS = (
    "Why did delivery fall in March?", "Why did NPS rise in the app?", "Did delivery improve last month?", "How is NPS in the app?",
    "What do people say about refunds?", "Compare North with South", "Compare March 2026 with April 2026",
    "Which region is worst?", "What should we fix first?", "What delights?", "How many responses are there?", "Why is the moon?",
    "What do people say about gobbledigook delivery?", "How is delivery in 2031?", "What changed?", "Did sentiment about staff change?",
)  # fmt: skip


def test_every_sentence_of_an_answer_comes_from_the_catalogue(sample, brackets):
    known = names_from_files(sample)
    wording.begin("xx")
    said = [ask.answer(sample, question, Filter(), 10) for question in QUESTIONS]
    texts = [text for one in said for text in (one.headline, one.understood, *(line.text for line in one.lines))]
    texts += [line.label for one in said for line in one.lines if line.label]
    found = [left for text in texts for left in unmarked(text, known)]
    assert not found, found
    assert sum(one.known for one in said) > 12


def test_an_answer_in_german_says_that_questions_are_asked_in_english(sample):
    wording.begin("de")
    try:
        found = ask.answer(sample, "Warum ist der Mond?", Filter(), 10)
    finally:
        wording.begin("en")
    assert found.headline == "Das weiß ich nicht. Gefragt wird auf Englisch, zum Beispiel:"
    assert all(ask.answer(sample, line.text.strip("“”"), Filter(), 10).known for line in found.lines)


@pytest.mark.parametrize(
    ("n", "without"), [(60, "Comment"), (60, "Date"), (60, "How likely are you to recommend us?"), (4, "")]
)
def test_what_is_missing_is_said_from_the_catalogue(dataset, brackets, n, without):  # noqa: F811
    from cx.principal import LOCAL
    from cx.store import datasets

    dataset(answers(n, without))
    given = datasets.open_dataset(LOCAL, "given")
    known = names_from_files(given) | {"given", "generic_survey"}
    for name in ("touchpoints", "journey", "emotions", "topics", "comments"):
        texts = shown(opened(name, lang="xx"))
        found = [left for text, may in texts for left in unmarked(text, known if may else FORMATS)]
        assert not found, (name, found)
