"""Comments are found by their words and facets, page by page, and leave as a file no spreadsheet runs."""

import csv
import io
from datetime import date

import pytest

from cx.view import search
from cx.view.filters import ALL, Filter
from cx.view.search import Find
from tests import made

TEXTS = [
    "The delivery was late, 100% late.", "Delivery on time; the snake_case label was torn.", "It's \"fine\", O'Hara said.",
    "back\\slash and semi; DROP TABLE responses; --", "Größe war falsch", "=cmd|' /C calc'!A0", None, "late again",
]  # fmt: skip


@pytest.fixture
def given(tmp_path):
    rows = [
        {"comment": text, "date": f"2026-03-{place + 1:02d}", "nps": place, "Region": "North" if place % 2 else None}
        for place, text in enumerate(TEXTS)
    ]
    rows[7]["date"] = None
    said = [
        {"response_id": "r0000", "text": TEXTS[0], "end": 33, "touchpoint": "delivery", "topic": "t1",
         "sentiment_label": "negative", "effort": "high"},
        {"response_id": "r0001", "text": TEXTS[1][:17], "end": 17, "touchpoint": "delivery", "subtopic": "t1",
         "sentiment_label": "positive"},
        {"response_id": "r0001", "text": TEXTS[1][18:], "start": 18, "end": 48, "sentiment_label": "negative", "topic": "t2"},
        {"response_id": "r0004", "text": TEXTS[4], "end": 16, "sentiment_label": "not analysed"},
    ]  # fmt: skip
    return made.dataset(tmp_path / "d", rows, said)


def ids(dataset, find=Find(), where=ALL):  # noqa: B008
    """The places of the comments found, in the order shown."""
    return [int(comment.response_id[1:]) for comment in search.page(dataset, find, where)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", [5, 4, 3, 2, 1, 0, 7]),  # newest first, undated last; without a comment never
        ("delivery", [1, 0]),
        ("DELIVERY", [1, 0]),
        ("late delivery", [0]),  # all words, in any order
        ("deliv", [1, 0]),
        ("GRÖSSE", []),
        ("größe", [4]),
        ("GRÖßE", [4]),
        ("%", [0]),
        ("100%", [0]),
        ("_", [1]),
        ("'", [5, 2]),
        ('"fine"', [2]),
        ("\\", [3]),
        ("DROP TABLE", [3]),
        ("' OR '1'='1", []),
        ("nothing like that", []),
    ],
)
def test_words_are_literal(given, words, found):
    assert ids(given, Find(words)) == found
    assert search.count(given, Find(words))[0] == len(found)


@pytest.mark.parametrize(
    ("facets", "found"),
    [
        ({"touchpoint": "delivery"}, [1, 0]),
        ({"topic": "t1"}, [1, 0]),  # a topic or a subtopic
        ({"touchpoint": "delivery", "sentiment_label": "negative"}, [0]),  # both of one mention, not of the comment
        ({"sentiment_label": "negative"}, [1, 0]),
        ({"sentiment_label": "not analysed"}, [4]),
        ({"effort": "high"}, [0]),
        ({"touchpoint": "x' OR '1'='1"}, []),
        ({"words": "torn", "touchpoint": "delivery"}, [1]),
    ],
)
def test_facets(given, facets, found):
    assert ids(given, Find(**facets)) == found


def test_what_fits_is_marked(given):
    (_, second) = search.page(given, Find(touchpoint="delivery"))
    first = search.page(given, Find(touchpoint="delivery"))[0]
    assert [mention.fits for mention in first.mentions] == [True, False]
    assert [mention.fits for mention in second.mentions] == [True]
    assert not any(m.fits for comment in search.page(given, Find("delivery")) for m in comment.mentions)


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("newest", [1, 0]), ("oldest", [0, 1]), ("most negative", [0, 1]), ("most positive", [1, 0]),
        ("; DROP TABLE responses", [1, 0]),
    ],
)  # fmt: skip
def test_sorting(given, sort, found):
    assert ids(given, Find(topic="t1", sort=sort)) == found


def test_filters_join_in(given):
    assert ids(given, where=Filter(date(2026, 3, 2), date(2026, 3, 4))) == [3, 2, 1]
    assert ids(given, where=Filter(where=(("Region", ("",)),))) == [4, 2, 0]
    assert ids(given, Find("late"), Filter(begin=date(2026, 1, 1))) == [0]


def test_counting_the_negative(given):
    assert search.count(given, Find()) == (7, 1)  # r0001 is balanced
    assert search.count(given, Find(touchpoint="delivery")) == (2, 1)


def test_a_comment_holds_its_head_and_its_mentions_in_order(given):
    (found,) = search.page(given, Find("snake_case"))
    assert found.texts == {"comment": TEXTS[1]} and found.head["nps"] == 1
    assert [(m.text, m.label, m.about) for m in found.mentions] == [
        ("Delivery on time;", "positive", "delivery"), ("the snake_case label was torn.", "negative", ""),
    ]  # fmt: skip
    for mention in found.mentions:
        assert found.texts[mention.question][mention.start : mention.end] == mention.text


def test_the_second_question_is_searched_and_shown(tmp_path):
    rows = [{"comment": "fine", "Why": "slow tills"}, {"comment": None, "Why": "slow app"}, {"comment": "slow van"}]
    given = made.dataset(tmp_path / "d", rows, comments=["comment", "Why"])
    assert search.count(given, Find("slow")) == (3, 0) and search.count(given, Find("fine tills")) == (1, 0)
    assert search.page(given, Find("app"))[0].texts == {"Why": "slow app"}


def test_pages_do_not_overlap_and_leave_nothing_out(tmp_path):
    """All on one day, so that only the tie-break keeps the pages apart."""
    given = made.dataset(tmp_path / "d", [{"comment": f"c{k}", "date": "2026-03-01"} for k in range(95)])
    for sort in search.SORTS:
        pages = [search.page(given, Find(sort=sort), number=number) for number in range(1, 7)]
        assert [len(page) for page in pages] == [20, 20, 20, 20, 15, 0]
        assert len({comment.response_id for page in pages for comment in page}) == 95
    assert search.page(given, Find(), number=0) == search.page(given, Find(), number=1)


def exported(dataset, find=Find(), where=ALL):  # noqa: B008
    content = search.export(dataset, find, where)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_an_export_is_literal_and_safe(given):
    rows = exported(given)
    assert [row["response_id"] for row in rows] == [f"r{place:04d}" for place in (5, 4, 3, 2, 1, 0, 7)]
    texts = {row["response_id"]: row["comment"] for row in rows}
    assert texts["r0005"] == "'=cmd|' /C calc'!A0"
    assert all(texts[f"r{place:04d}"] == TEXTS[place] for place in (0, 1, 2, 3, 4, 7))
    assert len(exported(given, Find("late"))) == 2


@pytest.mark.parametrize("text", ["=1+1", "+1 for the team", "-- bad", "@SUM(A1)", "\tx", "\rx"])
def test_every_kind_of_formula_is_made_harmless(tmp_path, text):
    (row,) = exported(made.dataset(tmp_path / "d", [{"comment": text, "channel": text, "nps": -0.0}]))
    assert row["comment"] == row["channel"] == f"'{text}"


def test_a_carriage_return_ends_no_row(tmp_path):
    """Else what follows it would begin a cell of its own, as a formula."""
    (row,) = exported(made.dataset(tmp_path / "d", [{"comment": "fine\r=1+1"}]))
    assert row["comment"] == "fine\r=1+1"


def test_numbers_and_line_breaks_stay_as_they_are(tmp_path):
    (row,) = exported(
        made.dataset(tmp_path / "d", [{"comment": 'two\nlines, "quoted"', "channel": "-5", "rating": 4.5}])
    )
    assert (row["comment"], row["channel"], row["rating"]) == ('two\nlines, "quoted"', "-5", "4.5")


def test_values_of_a_facet_run_from_frequent_to_rare(given):
    assert search.values(given, "touchpoint") == ["delivery", "none"]
    assert search.values(given, "sentiment_label", Filter(end=date(2026, 3, 1))) == ["negative"]
    assert search.values(given, "topic") == ["t1", "t2"]


def test_a_column_called_value_is_in_nobodys_way(tmp_path):
    rows = [{"comment": "x", "value": "a", "n": "b"}] * 2
    given = made.dataset(tmp_path / "d", rows, [{"response_id": "r0000", "touchpoint": "delivery"}])
    assert search.values(given, "touchpoint") == ["delivery"]
    assert ids(given, Find("x"), Filter(where=(("value", ("a",)), ("n", ("b",))))) == [0, 1]


def test_facets_in_words():
    find = Find("late", touchpoint="delivery", topic="t1", sentiment_label="negative")
    assert find.words_for_people({"t1": "Parcels"}) == "delivery · Parcels · negative"
    assert Find("late").words_for_people({}) == ""


def test_the_hostile_comments_of_the_sample_are_found_as_they_were_written(sample):
    for piece in ("<script>", "![", "{{", "DROP TABLE"):
        total, _ = search.count(sample, Find(piece))
        assert (
            total == sample.query("SELECT count(*) AS n FROM responses WHERE contains(comment, ?)", [piece])["n"][0] > 0
        )
