"""Languages: sure comments keep the model's answer, the others the company they are in."""

import pickle
import socket

import pytest

from benchmarks import language as bench
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


LOOK_ALIKE = ["Super", "Top service", "Perfect!", "Nice hotel", "ok", "Great bar", "Die a lot", "Excellent", "Genial"]
WORDLESS = ["10/10", "👍", "[email]", "[location] [name]", "https://example.com/gut"]


@pytest.mark.parametrize("text", LOOK_ALIKE + WORDLESS)
def test_short_comments_follow_the_file(text: str):
    assert language.detect([ENGLISH, ENGLISH, text]) == ["en", "en", "en"]
    assert language.detect([GERMAN, GERMAN, text, ENGLISH]) == ["de", "de", "de", "en"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Sehr freundlich", "de"), ("Nicht zufrieden", "de"), ("Très déçu", "fr"), ("Todo muy bueno", "es"), ("Pessimo servizio", "it"),
     ("Não funciona", "pt"), ("Good service", "en"), ("Customer support", "en")],
)  # fmt: skip
def test_short_comments_that_leave_no_doubt_keep_their_own(text: str, expected: str):
    assert language.detect([ENGLISH, ENGLISH, text])[2] == expected
    assert language.detect([SPANISH, SPANISH, GERMAN, text])[3] == expected


def test_alone_the_hint_then_english():
    assert language.detect(["Super", "Top"]) == ["en", "en"]
    assert language.detect(["Super", "Top"], ["de", None]) == ["de", "en"]


@pytest.mark.parametrize(
    ("hint", "expected"),
    [("DE", "de"), ("de-AT", "de"), ("pt_BR", "pt"), ("German", "de"), (" french ", "fr"), ("nb", "no"), ("iw_IL", "he"), ("fil", "tl"),
     ("Klingon", "en"), ("", "en"), (None, "en"), ("1", "en")],
)  # fmt: skip
def test_what_a_hint_is(hint: str | None, expected: str):
    assert language.detect(["Super"], [hint]) == [expected]


def test_comments_follow_those_for_which_the_column_says_the_same():
    texts, hints = (
        [ENGLISH, GERMAN, ENGLISH, "Super", "Super", "Super", "Super"],
        ["en", "de", "en", "de", "en", "fr", None],
    )
    assert language.detect(texts, hints)[3:] == ["de", "en", "en", "en"]


def test_hints_that_contradict_the_comments_come_after_the_file():
    """The interface was German, the answers are English."""
    assert language.detect([ENGLISH, ENGLISH, "Super"], ["de", "de", "de"]) == ["en", "en", "en"]
    assert language.detect([ENGLISH, GERMAN, FRENCH, "Super"], [None, None, None, "es"])[3] == "es", "no main language"


def test_other_scripts_are_never_taken_for_the_file():
    assert language.detect([ENGLISH, ENGLISH, "很好", "Хорошо", RUSSIAN]) == ["en", "en", "zh", "ru", "ru"]
    assert language.detect(["很好", "Дуже добре"], ["en", "uk"]) == ["zh", "uk"]


def test_order_and_ties_do_not_depend_on_chance():
    """Of two halves English is the main language; without half of the comments none is."""
    assert language.detect([GERMAN, ENGLISH, "Super"]) == ["de", "en", "en"]
    assert language.detect([GERMAN, FRENCH, "Super"]) == ["de", "fr", "de"]
    assert language.detect([FRENCH, GERMAN, "Super"]) == ["fr", "de", "de"]
    assert language.detect([GERMAN, FRENCH, SPANISH, "Super"]) == ["de", "fr", "es", "en"]


def test_the_main_language_is_that_of_the_whole_file():
    """The first batch is English, the file is German."""
    batches = [[ENGLISH, ENGLISH, "Super"], [GERMAN] * 3 + [None, ""], [GERMAN, "ok", "Top"]]
    main = language.Main()
    assert main.language is None
    for batch in batches:
        main.add(batch)
    assert main.language == "de"
    assert main.seen == 9, "empty ones do not count"
    sent = pickle.loads(pickle.dumps(main))
    assert [language.detect(batch, main=sent)[-1] for batch in batches] == ["de", None, "de"]
    assert language.detect(["Super"]) == ["en"]


def test_the_main_language_knows_the_language_column():
    main = language.Main()
    main.add([ENGLISH, ENGLISH, GERMAN], ["en", "en", "de-DE"])
    assert language.detect(["Super", "Super", "Super"], ["DE", "en", None], main) == ["de", "en", "en"]


def test_of_long_files_a_sample_is_read_that_weighs_as_much():
    """2,000 comments in German, then 3,000 in English: a sample that did not weigh more would call the file German."""
    main = language.Main()
    main.add([GERMAN] * 2_000)
    assert main.language == "de"
    for _ in range(3):
        main.add([ENGLISH] * 1_000)
    assert main.language == "en"
    counted = sum(main.counts.values())
    assert abs(counted - 5_000) < language.STEP


def test_counts_before_anything_is_analysed():
    texts = [GERMAN, ENGLISH, "Super", None, "", GERMAN, FRENCH, "ok", GERMAN]
    assert language.counts(texts) == {"de": 5, "en": 1, "fr": 1}
    assert list(language.counts(texts)) == ["de", "en", "fr"], "most frequent first"
    assert language.counts(["Super", "ok"], ["fr", "fr"]) == {"fr": 2}
    assert language.counts([]) == {}


@pytest.mark.parametrize(
    ("code", "expected"), [("de", "German"), ("pt", "Portuguese"), ("zh", "Chinese"), ("xx", "xx"), ("", "")]
)
def test_names(code: str, expected: str):
    assert language.name(code) == expected


def test_names_of_what_feedback_comes_in():
    assert len(language.NAMES) >= 60
    assert all(len(code) == 2 and code.islower() and spelled[0].isupper() for code, spelled in language.NAMES.items())


def test_links_and_masks_say_nothing():
    assert language.detect([f"[email] {FRENCH} https://example.com/the/best/service [location]"]) == ["fr"]


@pytest.mark.parametrize("text", ["a" * 1_000_000, "ж" * 500_000, "@" * 200_000, "\ud800 is half a character in here"])
def test_odd_texts_end(text: str):
    assert len(language.detect([text])[0]) == 2


@pytest.mark.parametrize("code", ["en", "de", "fr", "es", "it", "pt", "nl"])
def test_what_the_benchmark_promises(code: str):
    """The figures of `python -m benchmarks.language`, a little lower: in a file of their own, and among six others."""
    made = {key: bench.comments(key) for key in bench.LANGUAGES}
    alone = language.detect(made[code])
    assert sum(found == code for found in alone) >= 0.95 * len(alone)
    everything = [text for texts in made.values() for text in texts]
    begin = sum(len(made[key]) for key in list(made)[: list(made).index(code)])
    among = language.detect(everything)[begin : begin + len(made[code])]
    assert sum(found == code for found in among) >= 0.95 * len(among)


def test_short_english_stays_english():
    short = bench.short()
    assert len(short) >= 150
    found = [language.detect([text])[0] for text in short] + language.detect(short)
    assert found.count("en") >= 0.99 * len(found)


def test_works_without_a_network(monkeypatch: pytest.MonkeyPatch):
    def refuse(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    language._detector.cache_clear()
    language._identifier.cache_clear()
    language._asked_both.cache_clear()
    assert language.detect(["Top service", ENGLISH]) == ["en", "en"]
    assert language._identifier.cache_info().currsize == 1, "both models were asked"
    assert language.detect([FRENCH]) == ["fr"]


def test_english_is_analysed():
    assert "en" in language.ANALYSED


@pytest.mark.parametrize(
    "text",
    [
        "The staff were friendly but we waited for two hours.",
        "THEY DIDN’T ANSWER because it was late",
        "it was £5 less than they would think 😀",
    ],
)
def test_plain_english_needs_no_model(text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(language, "_first_model")
    assert language.detect([text]) == ["en"]


@pytest.mark.parametrize(
    "text",
    [
        "Das Personal war nett. The staff were friendly and they really helped",  # words of another language
        "The naïve café was nice and they were there",  # a letter English hardly has
        "the and was it",  # too few letters
        "The lorem ipsum dolor sit amet consectetur and adipiscing",  # most words are unknown
        "Die app was in an hotel so bad",  # nothing typical
    ],
)
def test_anything_else_is_asked_about(text: str, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(language, "_first_model", lambda reading, candidates: asked.append(reading.words) or {})
    language.detect([text])
    assert asked
