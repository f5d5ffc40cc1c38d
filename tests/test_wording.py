"""Sentences, numbers and days by language; the German catalogue holds every sentence; readers do not mix."""

import ast
import threading
from datetime import date

import pandas as pd
import pytest

from cx.errors import CatalogueError
from cx.measure import compare, kpis, trends
from cx.measure.estimate import Estimate
from cx.view import catalogue, charts, overview, theme, wording
from cx.view.catalogue import Entry
from cx.view.filters import Filter
from docs import languages

OTHERS = sorted(set(wording.languages()) - {"en"})


@pytest.fixture(autouse=True)
def _english():
    wording.begin("en")
    yield
    wording.begin("en")


# --- The catalogues


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_sentence_with_its_places(language):
    held = {entry.text: entry for entry in catalogue.read(catalogue.path(language).read_text(encoding="utf-8"))}
    compiled = catalogue.compiled(list(held.values()))
    for wanted in languages.marked():
        assert wanted.text in held, f"{wanted.text!r} is missing: run python -m docs.languages, then translate it"
        own = held[wanted.text]
        assert own.plural == wanted.plural
        assert not own.fuzzy and all(own.strings), f"{wanted.text!r} has no translation"
        for told in own.strings:
            assert languages.places(told) == languages.places(wanted.plural or wanted.text), told
            assert (told[:1].isspace(), told[-1:].isspace()) == (own.text[:1].isspace(), own.text[-1:].isspace()), told
        assert compiled.gettext(wanted.text) == own.strings[0] or wanted.plural


def test_the_template_is_up_to_date():
    held = catalogue.read(languages.TEMPLATE.read_text(encoding="utf-8"))
    assert [(e.text, e.plural) for e in held[1:]] == [(e.text, e.plural) for e in languages.marked()]


def test_sentences_are_written_out_where_they_are_marked():
    for path in [*(languages.ROOT / "cx").rglob("*.py"), *(languages.ROOT / "pages").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in languages.MARKS
            ):
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id == "wording":
                    assert not any(isinstance(each, ast.JoinedStr | ast.BinOp) for each in node.args), (
                        path,
                        node.lineno,
                    )


def test_a_catalogue_is_read_as_gettext_means_it():
    text = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);\\n"\n\n# seen by nobody\n'
        'msgid "a \\"b\\"\\n"\nmsgstr "ä "\n"zwei"\n\n#, fuzzy\nmsgid "doubtful"\nmsgstr "zweifelhaft"\n\n'
        'msgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] "eins"\nmsgstr[1] "wenige"\nmsgstr[2] "viele"\n'
        'msgid "last"\nmsgstr "letzter"\n#~ msgid "old"\n#~ msgstr "alt"\n'
    )
    held = catalogue.read(text)
    assert held[1:] == [
        Entry('a "b"\n', "", ("ä zwei",), False, 7),
        Entry("doubtful", "", ("zweifelhaft",), True, 12),
        Entry("{n} day", "{n} days", ("eins", "wenige", "viele"), False, 15),
        Entry("last", "", ("letzter",), False, 20),
    ]
    found = catalogue.compiled(held)
    assert [found.ngettext("{n} day", "{n} days", n) for n in (1, 4, 9)] == ["eins", "wenige", "viele"]
    assert (found.gettext('a "b"\n'), found.gettext("doubtful"), found.gettext("none")) == (
        "ä zwei",
        "doubtful",
        "none",
    )
    again = catalogue.read(catalogue.written(held))
    assert [entry[:4] for entry in again] == [entry[:4] for entry in held]


@pytest.mark.parametrize("text", ['msgid "a"\nmsgstr b', 'msgid "a"\nmsgstr "b', '"a"', 'msgctxt "menu"\nmsgid "a"'])
def test_what_cannot_be_read_is_named_by_its_line(text):
    with pytest.raises(CatalogueError, match=r"Line [12] "):
        catalogue.read(text)


# --- Languages


@pytest.mark.parametrize(
    ("given", "meant"), [("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("en-GB", "en"), ("xx", ""), ("../de", "")]
)
def test_the_language_a_code_means(given, meant):
    assert wording.known(given) == meant


def test_german_numbers_days_and_sentences():
    wording.begin("de")
    given = Estimate(1234.5, -20.4, 31.0, 12345)
    assert theme.number(1234.5, "scale") == "1.234,5"
    assert theme.interval(given, "points") == "−20 bis 31"
    assert theme.base(12345) == "n 12.345"
    assert theme.signed(-0.26, "scale") == "−0,3" and theme.signed(0.01, "scale") == "0"
    assert theme.listed(["a", "b", "c"]) == "a, b und c"
    assert Filter(date(2026, 3, 1)).words() == "seit 1. März 2026"
    assert trends.named(pd.Timestamp("2026-10-01"), "month") == "Okt. 2026"
    assert trends.named(pd.Timestamp("2026-03-02"), "week") == "Woche vom 2. März 2026"
    assert compare.sentence(1.2, True, "points") == "um 1 Punkt gestiegen, gesichert"
    assert compare.sentence(-14, False, "points", 20.1) == (
        "um 14 Punkte gefallen, im Rahmen des Zufalls (unter 21 Punkte kann unbemerkt bleiben)"
    )
    assert compare.sentence(0.01, False, "scale") == "unverändert, im Rahmen des Zufalls"
    assert kpis.KPIS["net_sentiment"].title == "Nettostimmung"


def test_what_has_no_translation_is_said_in_english_and_a_broken_one_is_not_used(monkeypatch):
    wording.begin("de")
    assert wording.of("A sentence of nobody with {n}.", n=3) == "A sentence of nobody with 3."
    broken = catalogue.compiled([Entry("", "", (languages.HEADER,)), Entry("All of {n}", "", ("Alle von {m}",))])
    monkeypatch.setattr(wording, "_catalogue", lambda language: broken)
    assert wording.of("All of {n}", n=3) == "All of 3"


def test_names_from_files_are_never_taken_for_places():
    wording.begin("de")
    assert wording.of("since {day}", day="{month}") == "seit {month}"


def test_two_languages_in_two_threads_do_not_mix(sample):
    barrier, said = threading.Barrier(2), {}

    def reader(language: str) -> None:
        wording.begin(language)
        barrier.wait(timeout=60)
        found = overview.tiles(sample, Filter(), 10)  # counts in threads of its own
        spec, _ = charts.trend(found[0].series, found[0].title, found[0].unit, theme.of("light"))
        said[language] = [tile.title for tile in found], found[0].against, spec["config"].get("locale", {})

    threads = [threading.Thread(target=reader, args=(language,)) for language in ("en", "de")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert "Net sentiment" in said["en"][0] and "Nettostimmung" in said["de"][0]
    assert said["en"][1] == "last 3 months against the 3 before"
    assert said["de"][1] == "letzte 3 Monate gegenüber den 3 davor"
    assert said["en"][2] == {} and said["de"][2]["number"]["decimal"] == ","
    assert wording.language() == "en"
