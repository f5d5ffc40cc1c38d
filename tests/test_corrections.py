"""What a file leaves open is asked, and what people say about a column is done."""

import csv

import pytest

from cx.errors import MappingError
from cx.intake import apply, mapping, sources
from cx.intake.corrections import Correction, Question, read
from cx.intake.read import open_table
from cx.schema import Scale


def planned(tmp_path, columns, corrections=None, remembered=None):
    length = max(map(len, columns.values()))
    with (tmp_path / "file.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*((cells * length)[:length] for cells in columns.values()), strict=True))
    table = open_table(tmp_path / "file.csv")
    return mapping.plan(table, sources.recognise(table), corrections, remembered)


FIVE, SEVEN = ["1", "2", "3", "4", "5"] * 12, ["1", "4", "7", "5", "6"] * 12


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ces", Correction("ces")),
        ("ces:low_is_good", Correction("ces", low_is_good=True)),
        ("ces:high_is_good", Correction("ces", low_is_good=False)),
        ("date:dmy", Correction("date", order="dmy")),
        ("rating:1-10", Correction("rating", scale=(1, 10))),
        ("ces:1-7:low_is_good", Correction("ces", low_is_good=True, scale=(1, 7))),
    ],
)
def test_corrections_are_read(given, expected):
    assert read("x", given) == expected


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("cess", "Did you mean “ces”"), ("ces:up", "high_is_good, low_is_good, a scale such as 1-10"), ("date:ymd", "dmy, mdy"),
        ("comment:long", "comment has no options"), ("nps:0-5", "nps has no options"), ("rating:9-3", "Options of rating"),
    ],
)  # fmt: skip
def test_corrections_that_cannot_be_read(given, says):
    with pytest.raises(MappingError) as caught:
        read("x", given)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


# Which way effort goes


@pytest.mark.parametrize(
    ("heading", "cells", "low_is_good", "asked"),
    [
        ("CES", FIVE, False, True),
        ("Customer effort score", ["0", "5", "10", "7"] * 15, False, True),
        ("CES", SEVEN, False, False),
        ("How easy was it to get help?", FIVE, False, False),
        ("How much effort did you have to put in?", FIVE, True, False),
        ("Wie viel Aufwand hatten Sie?", FIVE, True, False),
        ("Wie einfach war es, Ihr Anliegen zu klären?", FIVE, False, False),
        ("Effort (1 = very easy, 5 = very difficult)", FIVE, True, False),
        ("Effort (1 = very difficult, 5 = very easy)", FIVE, False, False),
        ("Effort (1: not easy at all, 5: very easy)", FIVE, False, False),
        ("CES", ["1 - very low effort", "2", "3", "4", "5 - very high effort"] * 12, True, False),
        ("CES", ["1 - very difficult", "2", "3", "4", "5 - very easy"] * 12, False, False),
        ("Customer effort", ["Very easy", "Easy", "Difficult"] * 20, False, False),
        ("Effort", ["low effort", "high effort", "very low effort"] * 20, False, False),
        ("I had to put in a lot of effort", ["Strongly agree", "Agree", "Disagree"] * 20, True, False),
        ("They made it easy to solve my issue", ["Strongly agree", "Agree", "Disagree"] * 20, False, False),
    ],
)
def test_direction_of_effort(tmp_path, heading, cells, low_is_good, asked):
    plan = planned(tmp_path, {heading: cells, "x": ["a", "b"] * 30})
    assert plan.columns[0].role == "ces"
    assert plan.columns[0].scales[0].low_is_good is low_is_good
    assert [question.column for question in plan.questions] == [heading] * asked


def test_the_question_of_effort_and_its_answers(tmp_path):
    columns = {"CES": FIVE, "x": ["a", "b"] * 30}
    (asked,) = planned(tmp_path, columns).questions
    assert asked == Question("CES", asked.what, ("ces:high_is_good", "ces:low_is_good"), "ces:high_is_good")
    assert planned(tmp_path, columns).as_json()["questions"] == [{
        "column": "CES", "what": asked.what, "taken": "ces:high_is_good",
        "options": {"ces:high_is_good": "a high answer is good: it was easy",
                    "ces:low_is_good": "a low answer is good: it took little effort"},
    }]  # fmt: skip
    for answer, low_is_good in (("ces:low_is_good", True), ("ces:high_is_good", False)):
        plan = planned(tmp_path, columns, {"CES": answer})
        assert plan.columns[0].scales == (Scale(1, 5, low_is_good),)
        assert not plan.questions
    assert planned(tmp_path, columns, {"CES": "ces"}).questions == [asked]


# Day and month


def test_the_question_of_day_and_month_and_its_answers(tmp_path):
    columns = {"Date": ["02/03/2026", "04/05/2026"] * 15, "Rating": FIVE[:30]}
    (asked,) = planned(tmp_path, columns).questions
    assert (asked.column, asked.options, asked.taken) == ("Date", ("date:dmy", "date:mdy"), "date:mdy")
    for answer, first in (("date:dmy", "2026-03-02"), ("date:mdy", "2026-02-03")):
        plan = planned(tmp_path, columns, {"Date": answer})
        assert not plan.questions
        assert str(next(apply.batches(plan)).frame["date"][0])[:10] == first


def test_the_users_order_counts_even_against_what_the_column_shows(tmp_path):
    plan = planned(tmp_path, {"Date": ["02/03/2026", "13/05/2026"] * 15, "Rating": FIVE[:30]}, {"Date": "date:mdy"})
    batch = next(apply.batches(plan))
    assert (batch.frame["date"].count(), batch.unread["Date"]) == (15, 15)


def test_another_date_of_the_file_settles_the_order(tmp_path):
    plan = planned(tmp_path, {
        "Date": ["02/03/2026", "04/05/2026"] * 15, "Order date": ["13/01/2026", "02/02/2026"] * 15, "Rating": FIVE[:30],
    })  # fmt: skip
    assert not plan.questions
    assert str(next(apply.batches(plan)).frame["date"][0])[:10] == "2026-03-02"


def test_a_vendors_order_is_known_but_gives_way_to_the_column(tmp_path):
    def first(*cells):
        columns = {
            "Respondent ID": [str(n) for n in range(100, 130)],
            "Collector ID": ["7"],
            "End Date": list(cells),
            "Q1": FIVE[:30],
        }
        plan = planned(tmp_path, columns)
        return plan.layout.source, bool(plan.questions), str(next(apply.batches(plan)).frame["date"][0])[:10]

    assert first("02/03/2026 10:00:00", "04/05/2026 11:00:00") == ("surveymonkey", False, "2026-02-03")
    assert first("02/03/2026 10:00:00", "25/05/2026 11:00:00") == ("surveymonkey", False, "2026-03-02")


# Scales


def test_a_scale_that_the_values_do_not_show(tmp_path):
    columns = {"Rating": ["1", "2", "3", "4"] * 15, "x": ["a", "b"] * 30}
    assert planned(tmp_path, columns).columns[0].scales == (Scale(1, 5),)
    assert planned(tmp_path, columns, {"Rating": "rating:1-10"}).columns[0].scales == (Scale(1, 10),)
    with pytest.raises(MappingError, match="cannot be rating"):
        planned(tmp_path, columns, {"Rating": "rating:50-90"})


@pytest.mark.parametrize(
    ("heading", "cells", "role", "scale"),
    [
        ("Rating", ["0", "5", "10", "7", "3"] * 12, "rating", (0, 10)),
        ("Rating", ["1", "9", "10", "7", "3"] * 12, "rating", (1, 10)),
        ("Satisfaction", ["1", "7", "6", "4"] * 15, "csat", (1, 7)),
        ("Satisfaction", ["0", "85", "100", "42", "67"] * 12, "csat", (0, 100)),
        ("Satisfaction", ["85%", "100 %", "42 %", "12.5%"] * 15, "csat", (0, 100)),
        ("Stars", ["3 (★★★☆☆)", "5 (★★★★★)", "1 (★☆☆☆☆)"] * 20, "rating", (1, 5)),
        ("Stars", ["⭐⭐⭐", "⭐", "⭐⭐⭐⭐⭐"] * 20, "rating", (1, 5)),
        ("Sterne", ["3 Sterne", "5 Sterne", "1 Stern"] * 20, "rating", (1, 5)),
        ("Helpful?", ["👍", "👎", "👍🏽"] * 20, "csat", (0, 1)),
        ("Vote", ["👍 Good", "👎 Bad"] * 30, "csat", (0, 1)),
        ("Feedback", ["thumbs_up", "thumbs_down"] * 30, "csat", (0, 1)),
        ("Bewertung", ["Daumen hoch", "Daumen runter"] * 30, "csat", (0, 1)),
        ("Mood", ["😡", "🙁", "😐", "🙂", "😀"] * 12, "csat", (1, 5)),
        ("Conversation rating", ["Terrible", "Bad", "OK", "Great", "Amazing"] * 12, "rating", (1, 5)),
        ("Avaliação geral", ["Ótimo", "Bom", "Regular", "Ruim", "Péssimo"] * 12, "rating", (1, 5)),
        ("Note", ["sehr gut", "gut", "befriedigend", "ausreichend", "mangelhaft"] * 12, "rating", (1, 6)),
        ("Satisfacción", ["Nada satisfecho", "Poco satisfecho", "Satisfecho", "Muy satisfecho"] * 15, "csat", (1, 5)),
        ("Zufriedenheit", ["überhaupt nicht zufrieden", "eher zufrieden", "sehr zufrieden"] * 20, "csat", (1, 5)),
        ("Recommend us?", ["Very likely", "Likely", "Unlikely"] * 20, "rating", (1, 5)),
        ("Was it solved?", ["yes", "no"] * 30, "segment", None),
        ("Problem gelöst?", ["ja", "nein"] * 30, "segment", None),
        ("Discount", ["10%", "20%", "5%"] * 20, "segment", None),
    ],
)
def test_kinds_of_scales(tmp_path, heading, cells, role, scale):
    found = planned(tmp_path, {heading: cells, "x": ["a", "b"] * 30}).columns[0]
    assert (found.role, [(one.min, one.max) for one in found.scales]) == (role, [scale] if scale else [])


def test_answers_of_all_kinds_become_their_place(tmp_path):
    plan = planned(tmp_path, {
        "Satisfaction": ["85%", "100 %", "12.5%", "0%"] * 15, "Helpful?": ["👍", "👎", "👍🏽", "👎🏿"] * 15,
    })  # fmt: skip
    frame = next(apply.batches(plan)).frame
    assert frame["csat"][:4].tolist() == [85, 100, 12.5, 0]
    assert frame["Helpful?"][:4].tolist() == [1, 0, 1, 0]


# Checkboxes, zones


@pytest.mark.parametrize("mark", [";", " / ", ", "])
def test_several_choices_in_one_cell(tmp_path, mark):
    cells = [
        mark.join(("The food was good", "The staff was nice", "It was near to my home")[: n % 3 + 1]) for n in range(30)
    ]
    plan = planned(tmp_path, {"What did you like?": [*cells, *reversed(cells)], "Rating": FIVE})
    assert plan.columns[0].role == "segment"
    assert plan.columns[0].notes == (f"several choices in one cell, parted by “{mark.strip()}”",)


def test_comments_with_commas_are_comments(tmp_path):
    cells = [f"It was good, but the staff was slow, and number {n} was not." for n in range(60)]
    assert planned(tmp_path, {"What did you like?": cells, "Rating": FIVE}).columns[0].role == "comment"


def test_one_column_per_choice(tmp_path):
    plan = planned(tmp_path, {"How did you hear: Friends": ["Friends", "", ""] * 20, "Rating": FIVE})
    assert (plan.columns[0].role, plan.columns[0].notes) == (
        "segment",
        ("one choice of several: filled where it was ticked",),
    )


@pytest.mark.parametrize(
    ("heading", "cell", "zone"),
    [
        ("Submit Date (UTC)", "2026-01-05 10:00:00", "UTC"), ("Date", "2026-01-05T10:00:00Z", "UTC"),
        ("Timestamp", "2026/09/05 1:35:15 AM GMT+5:30", "GMT+5:30"), ("Datum (MEZ)", "05.01.2026 10:00", "MEZ"),
        ("Date", "2026-01-05 10:00:00 UTC", "UTC"), ("createdDate", "2017-11-15T08:10:34-08:00", "-08:00"),
        ("Date", "2026-01-05 10:00:00", None),
    ],
)  # fmt: skip
def test_time_zones_are_kept(tmp_path, heading, cell, zone):
    plan = planned(tmp_path, {heading: [cell] * 30, "Rating": FIVE[:30]})
    assert plan.zone == zone


def test_the_zone_of_qualtrics_stands_beside_its_import_ids(tmp_path):
    with (tmp_path / "q.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([
            ["StartDate", "RecordedDate", "ResponseId"], ["Start Date", "Recorded Date", "Response ID"],
            ['{"ImportId":"startDate","timeZone":"America/Denver"}', '{"ImportId":"recordedDate","timeZone":"America/Denver"}',
             '{"ImportId":"_recordId"}'], ["2026-01-01 10:00:00", "2026-01-01 10:05:00", "R_1"],
        ])  # fmt: skip
    table = open_table(tmp_path / "q.csv")
    assert mapping.plan(table, sources.recognise(table)).zone == "America/Denver"
