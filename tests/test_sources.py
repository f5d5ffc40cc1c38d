"""Vendors' layouts are recognised, headings get their names, and every data file is well formed."""

import csv

import pytest

from cx.intake import sources
from cx.intake.read import open_table
from cx.schema import ROLES, SCORE_ROLES

VENDORS = [
    "qualtrics", "surveymonkey", "typeform", "google_forms", "google_play", "app_store", "zendesk_tickets",
    "zendesk_ratings", "trustpilot", "limesurvey", "formbricks", "medallia_agent_connect", "intercom", "delighted",
    "asknicely", "surveygizmo", "survicate", "hubspot", "g2", "generic_reviews", "generic_survey",
]  # fmt: skip


def layout(tmp_path, *rows, name="file.csv", encoding="utf-8"):
    with (tmp_path / name).open("w", newline="", encoding=encoding) as stream:
        csv.writer(stream).writerows(rows)
    return sources.recognise(open_table(tmp_path / name))


def test_every_vendor_has_a_data_file_that_says_what_it_rests_on():
    assert sorted(sources.catalogue()) == sorted(VENDORS)
    for rules in sources.catalogue().values():
        assert rules.trust, rules.name
        assert set(rules.roles) <= set(ROLES), rules.name
        assert set(rules.scales) | set(rules.values) <= set(SCORE_ROLES), rules.name
        for form in rules.recognise:
            assert set(form) & set(sources.CONDITIONS), rules.name
            assert 0 < form["confidence"] < 1, rules.name
            assert form["header_rows"] in (1, 2, 3), rules.name


FIRST_ROWS = {
    "typeform": ["#", "How was it?", "Response Type", "Start Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags"],
    "google_forms": ["Timestamp", "Email Address", "How was your visit?"],
    "google_play": ["Package Name", "Star Rating", "Review Text", "Review Link", "Reviewer Language"],
    "app_store": ["id", "rating", "title", "body", "reviewerNickname", "createdDate", "territory"],
    "zendesk_tickets": ["Id", "Requester", "Subject", "Via", "Ticket type", "Satisfaction Score", "Reopens"],
    "zendesk_ratings": ["id", "ticket_id", "score", "comment", "assignee_id", "requester_id", "created_at"],
    "trustpilot": ["Review ID", "review created (utc)", "Review Title", "REVIEW CONTENT", "Review Stars", "Domain URL"],
    "limesurvey": [
        "id. Response ID",
        "submitdate. Date submitted",
        "lastpage. Last page",
        "startlanguage. Start language",
        "Q1",
    ],
    "formbricks": ["No.", "Response ID", "Timestamp", "Finished", "Survey ID", "User ID", "Tags", "1. How was it?"],
    "medallia_agent_connect": [
        "request_id",
        "response_received_at",
        "star_rating",
        "areas_for_improvement",
        "reward_name",
    ],
    "intercom": ["message_id", "message_body", "message_created_at", "conversation_id", "app_id"],
    "delighted": ["id", "person", "survey_type", "score", "comment", "created_at"],
    "asknicely": ["response_id", "person_id", "answer", "comment", "question_type", "responded"],
    "surveygizmo": ["Response ID", "Time Started", "Date Submitted", "Status", "How was it?"],
    "survicate": ["Respondent UUID", "Response UUID", "Response date", "How was it?"],
    "hubspot": ["Survey name", "Survey type", "Response group", "Contact email"],
    "g2": ["Review Title", "Star Rating", "What do you like best about it?", "What do you dislike about it?"],
    "generic_reviews": ["Product", "Rating", "Review text"],
    "generic_survey": ["age", "colour", "answer"],
}


@pytest.mark.parametrize("vendor", FIRST_ROWS)
def test_recognised_by_one_heading_row(tmp_path, vendor):
    heading = FIRST_ROWS[vendor]
    for order in (heading, [heading[0], *reversed(heading[1:])]):
        found = layout(tmp_path, order, [str(n) for n in range(len(heading))])
        assert (found.source, found.header_rows) == (vendor, 1)
        assert [name for name, _ in found.headings] == order


def test_limesurveys_other_heading_styles(tmp_path):
    for heading in (
        ["id", "submitdate", "lastpage", "startlanguage", "Q1"],
        ["Antwort ID", "Datum Abgeschickt", "Letzte Seite"],
    ):
        assert layout(tmp_path, heading, ["1"] * len(heading)).source == "limesurvey"


def test_qualtrics_in_any_language_by_its_third_row(tmp_path):
    found = layout(
        tmp_path,
        ["StartDate", "ResponseId", "Q1", "Q1", ""],
        ["Fecha de inicio", "ID de respuesta", "¿Qué tal\nfue?", "<b>¿Y luego?</b>", ""],
        [
            '{"ImportId":"startDate","timeZone":"Z"}',
            '{"ImportId":"_recordId"}',
            '{"ImportId":"QID1"}',
            '{"ImportId":"QID1"}',
            "",
        ],
        ["2026-01-01 10:00:00", "R_1", "5", "bien", ""],
    )
    assert (found.source, found.header_rows) == ("qualtrics", 3)
    assert found.headings == [
        ("StartDate", "Fecha de inicio"),
        ("ResponseId", "ID de respuesta"),
        ("Q1", "¿Qué tal fue?"),
        ("Q1 (2)", "¿Y luego?"),
        ("column 5", "column 5"),
    ]
    assert found.duplicates == ("Q1", "")


def test_qualtrics_legacy_two_rows(tmp_path):
    below = ["ResponseID", "ResponseSet", "StartDate", "How?"]
    found = layout(tmp_path, ["V1", "V2", "V8", "Q1"], below, ["R_1", "Set", "2026-01-01", "4"])
    assert (found.source, found.header_rows, found.headings[0]) == ("qualtrics", 2, ("V1", "ResponseID"))


def test_surveymonkey_two_rows_make_the_heading(tmp_path):
    found = layout(
        tmp_path,
        ["Respondent ID", "End Date", "Which films?", "", "Anything else?", "Rate us", ""],
        ["", "", "The first", "The second", "Open-Ended Response", "Food", "Food"],
        ["17", "01/31/2026 02:15:00 PM", "The first", "", "no", "4", "5"],
    )
    assert (found.source, found.header_rows) == ("surveymonkey", 2)
    assert [name for name, _ in found.headings] == [
        "Respondent ID", "End Date", "Which films?: The first", "Which films?: The second", "Anything else?",
        "Rate us: Food", "Rate us: Food (2)",
    ]  # fmt: skip


def test_surveymonkey_one_row(tmp_path):
    found = layout(tmp_path, ["RespondentID", "Q1"], ["17", "Yes"], ["18", "No"])
    assert (found.source, found.header_rows) == ("surveymonkey", 1)


def test_typeform_question_above_its_choices(tmp_path):
    found = layout(
        tmp_path,
        ["", "Which systems?", "", "", "", ""],
        ["#", "macOS", "Windows", "Other", "How often do you come?", "Other"],
        ["token1", "macOS", "", "", "Daily", ""],
    )
    assert (found.source, found.header_rows) == ("typeform", 2)
    assert [name for name, _ in found.headings] == [
        "#", "Which systems?: macOS", "Which systems?: Windows", "Which systems?: Other", "How often do you come?",
        "How often do you come?: Other",
    ]  # fmt: skip


def test_survicates_answers_and_comments(tmp_path):
    found = layout(
        tmp_path,
        ["Response uuid", "Respondent uuid", "Date & Time (UTC)", "Q#1: How satisfied are you?", "", "Q#2: Why?"],
        ["", "", "", "Answer", "Comment", ""],
        ["a1", "b1", "2026-01-02 10:00:00", "5", "It was good", "no"],
    )
    assert (found.source, found.header_rows) == ("survicate", 2)
    assert [name for name, _ in found.headings][3:] == [
        "Q#1: How satisfied are you?", "Q#1: How satisfied are you?: Comment", "Q#2: Why?",
    ]  # fmt: skip


def test_a_question_that_stands_in_the_cells_is_the_label_of_the_next_column(tmp_path):
    found = layout(
        tmp_path, ["Response UUID", "Respondent UUID", "", "", ""],
        *([f"a{n}", f"b{n}", "How satisfied are you?", str(n), "x"] for n in range(1, 5)),
    )  # fmt: skip
    assert (found.source, found.header_rows) == ("survicate", 1)
    assert found.headings[2:] == [
        ("column 3", "column 3"),
        ("column 4", "How satisfied are you?"),
        ("column 5", "column 5"),
    ]


def test_a_title_above_the_table_is_no_heading(tmp_path):
    rows = [["Feedback of May", "", ""], ["Store", "Rating", "Comment"], ["A", "4", "Nice"], ["B", "5", "Good"]]
    found = layout(tmp_path, *rows)
    assert (found.header_rows, [name for name, _ in found.headings]) == (2, ["Store", "Rating", "Comment"])


@pytest.mark.parametrize(
    ("heading", "same"),
    [("Respondent ID", "RespondentID"), ("Review Created (UTC)", "review_created_utc"), ("No.", "no")],
)
def test_headings_are_compared_by_what_they_say(heading, same):
    assert sources.key(heading) == sources.key(same)


def test_a_number_sign_stays_a_heading():
    assert sources.key("#") == "#"
