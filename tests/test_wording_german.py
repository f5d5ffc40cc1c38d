"""The first pages, Drivers, Customers, Goals, Taxonomy and Feedback in another language: no sentence of ours is left out."""

import re

import pytest

from cx.measure import practices
from cx.principal import LOCAL
from cx.store import datasets, notes
from cx.view import catalogue, wording
from tests.test_pages import _from_here, ok, opened, words  # noqa: F401
from tests.test_wording_pages import FORMATS, brackets, names_from_files, shown, unmarked  # noqa: F401

LOGIC = frozenset({
    "better", "worse", "within noise", "explains", "fix first", "strengths", "watch", "maintain", "People",
    "Infrastructure", "Process",
})  # fmt: skip
"""What charts colour their marks by, without a legend that would show it."""

LISTED = re.compile(r":(?:green|red)\[[▲▼]\] ")
"""How a line on a card begins that names what comes from files: a topic, a touchpoint, a quote."""


@pytest.fixture(autouse=True)
def _english():
    yield
    wording.begin("en")


def left_out(at, dataset) -> list[str]:
    """What a page says that is not of the catalogue, but for what comes from files, is English and says so, or asks."""
    known = names_from_files(dataset) | LOGIC
    known |= {name[:1].upper() + name[1:] for name in known}
    texts = [(text, may) for text, may in shown(at) if not LISTED.match(text) and "?" not in text]
    assert any("⟦" in text for text, _ in texts)
    return [left for text, may in texts for left in unmarked(text, known if may else FORMATS)]


def unfolded(name: str, **params):
    """A page in the language of brackets with its tables open."""
    at = opened(name, lang="xx", **params)
    folded = (getattr(getattr(node, "proto", None), "id", "").rpartition("-")[2] for node in at._tree)
    for key in [key for key in folded if key.startswith("twin_")]:
        at.session_state[key] = True
    wording.begin("xx")  # AppTest itself asks for the names of options, in this thread
    return ok(at.run())


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("overview", {}), ("trends", {}), ("trends", {"trend_of": "⟦High effort⟧"}), ("compare", {}),
        ("compare", {"column": "region"}), ("drivers", {}), ("drivers", {"outcome": "⟦CSAT⟧"}), ("drivers", {"from": "2035-01-01"}),
        ("customers", {"personas": "true"}), ("customers", {"from": "2026-06-30"}), ("taxonomy", {}), ("goals", {}),
    ],
)  # fmt: skip
def test_every_sentence_comes_from_the_catalogue(sample, brackets, name, params):  # noqa: F811
    left = left_out(unfolded(name, **params), sample)
    assert not left, "\n".join(dict.fromkeys(left))


def test_goals_with_targets_and_benchmarks_come_from_the_catalogue(own_sample, brackets):  # noqa: F811
    for kpi, value in (("nps", 90.0), ("nps", -90.0), ("csat", 50.0)):
        notes.add_target(LOCAL, "sample", {"kpi": kpi, "value": value, "due": "2026-12-31", "where": {}})
    given = {"industry": "Retail", "kpi": "nps", "value": 20.0, "n": 900, "source": "Report", "year": 2024}
    notes.add_benchmarks(
        LOCAL, [given, given | {"industry": "Hotels", "n": None}, given | {"kpi": "rating", "value": 3.0}]
    )
    left = [
        each
        for each in left_out(unfolded("goals"), datasets.open_dataset(LOCAL, "sample"))
        if each not in ("Retail 2024", "Hotels 2024")
    ]
    assert not set(left) - {"id", "Retail", "Hotels", "Report", LOCAL.name}, left


def test_scorecards_with_answers_come_from_the_catalogue(own_sample, brackets):  # noqa: F811
    from cx.store import practices as kept

    asked = practices.shipped()
    kept.answer(LOCAL, "sample", {practice.id: 1 + place % 5 for place, practice in enumerate(asked)})
    at = unfolded("scorecards")
    told = {part for practice in asked for part in (practice.title, practice.question)}
    said = [
        left
        for left in left_out(at, datasets.open_dataset(LOCAL, "sample"))
        if not any(left.replace("\\", "").strip() in text for text in told)
    ]
    assert not set(said) - {LOCAL.name}, said


def test_feedback_comes_from_the_catalogue_but_for_what_was_found_in_files(sample, brackets):  # noqa: F811
    known = names_from_files(sample) | set(sample.manifest["notices"])
    texts = [text for text, _ in shown(unfolded("feedback")) if text.startswith(("⟦", "<h3"))]
    assert len(texts) > 5
    left = [each for text in texts for each in unmarked(text, known) if not each.endswith((".csv", ".json", ".xlsx"))]
    assert not left, left


def test_the_questions_in_another_language_are_the_same_questions():
    for language in sorted(set(wording.languages()) - {"en"}):
        own = catalogue.FOLDER / language / practices.SHIPPED.name
        if own.is_file():
            found = practices.read(own.read_bytes(), own.name)
            english = practices.read(practices.SHIPPED.read_bytes(), practices.SHIPPED.name)
            assert [(each.id, each.pillar) for each in found] == [(each.id, each.pillar) for each in english]
            assert not {each.question for each in found} & {each.question for each in english}
    wording.begin("de")
    assert practices.shipped()[0].title == "Klare CX-Ziele"
    wording.begin("en")
    assert practices.shipped()[0].title == "Clear CX goals"


def test_why_something_cannot_be_kept_is_said_in_the_language_of_the_page(own_sample):
    wording.begin("de")  # AppTest itself asks for the names of options, in this thread
    at = opened("goals", lang="de")
    ok(at.button(key="target_save").click().run())
    assert "Ein Ziel braucht einen Wert und einen Tag." in words(at)
    at = opened("trends", lang="de")
    ok(at.button(key="note_save").click().run())
    assert "Ohne Text: Anmerkung." in words(at)
