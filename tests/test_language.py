"""Languages: sure comments keep the model's answer, the others the company they are in."""

import socket

import pytest

from cx.text import language

ENGLISH = "The staff were friendly and the room was clean and quiet"
GERMAN = "Das Personal war freundlich und das Zimmer war sauber und ruhig"
FRENCH = "Le personnel était aimable et la chambre était propre et calme"
SPANISH = "El personal fue muy amable y la habitación estaba limpia"
RUSSIAN = "Очень вежливый персонал и чистые номера, спасибо большое"
JAPANESE = "スタッフがとても親切で部屋もきれいでしたのでまた来ます"


@pytest.mark.parametrize(
    ("text", "expected"),
    [(ENGLISH, "en"), (GERMAN, "de"), (FRENCH, "fr"), (SPANISH, "es"), (RUSSIAN, "ru"), (JAPANESE, "ja"),
     (ENGLISH.upper(), "en"), (f"[email] {GERMAN} https://example.com/the/best/service", "de"),
     (ENGLISH.replace(" ", "\n"), "en")],
)  # fmt: skip
def test_sure_comments(text: str, expected: str):
    assert language.detect([text]) == [expected]


@pytest.mark.parametrize("text", [None, "", " \n\t"])
def test_empty_texts_have_none(text: str | None):
    assert language.detect([text, ENGLISH]) == [None, "en"]


LOOK_ALIKE = ["Super", "Top service", "Perfect!", "Bad app", "No problem", "Nice hotel", "ok", "Great bar", "Die a lot"]
WORDLESS = ["10/10", "👍", "[email]"]


@pytest.mark.parametrize("text", LOOK_ALIKE + WORDLESS)
def test_short_comments_follow_the_file(text: str):
    assert language.detect([ENGLISH, ENGLISH, text]) == ["en", "en", "en"]
    assert language.detect([GERMAN, GERMAN, text, ENGLISH]) == ["de", "de", "de", "en"]


def test_alone_the_hint_then_english():
    assert language.detect(["Super", "Top"]) == ["en", "en"]
    assert language.detect(["Super", "Top"], ["de", None]) == ["de", "en"]


@pytest.mark.parametrize(
    ("hint", "expected"),
    [("DE", "de"), ("de-AT", "de"), ("pt_BR", "pt"), ("German", "en"), ("", "en"), (None, "en"), ("1", "en")],
)
def test_what_a_hint_is(hint: str | None, expected: str):
    assert language.detect(["Super"], [hint]) == [expected]


def test_hints_that_agree_with_the_comments_count_first():
    texts, hints = [ENGLISH, GERMAN, "Super", "Super"], ["en", "de", "de", "en"]
    assert language.detect(texts, hints) == ["en", "de", "de", "en"]


def test_hints_that_contradict_the_comments_come_after_the_file():
    """The interface was German, the answers are English."""
    assert language.detect([ENGLISH, ENGLISH, "Super"], ["de", "de", "de"]) == ["en", "en", "en"]


def test_other_scripts_are_never_taken_for_the_file():
    assert language.detect([ENGLISH, ENGLISH, "很好", "Хорошо", RUSSIAN]) == ["en", "en", "zh", "ru", "ru"]


def test_order_and_ties_do_not_depend_on_chance():
    assert language.detect([GERMAN, ENGLISH, "Super"]) == ["de", "en", "de"]
    assert language.detect([ENGLISH, GERMAN, "Super"]) == ["en", "de", "de"]


def test_works_without_a_network(monkeypatch: pytest.MonkeyPatch):
    def refuse(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    language._detector.cache_clear()
    assert language.detect([FRENCH]) == ["fr"]


def test_english_is_analysed():
    assert "en" in language.ANALYSED
