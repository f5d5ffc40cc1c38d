"""Corrections carry over to the next file of the same shape; what changed between the files is told, never an error."""

import csv

import pytest

from cx.intake import mapping, sources
from cx.intake.mapping import Saved, carried, fingerprint
from cx.intake.read import open_table

HEADINGS = ["Ref", "When answered", "Overall impression", "What else?", "Branch", "Age group", "Spent"]
SAVED = Saved(
    "generic_survey", tuple(HEADINGS), {"Overall impression": "csat", "What else?": "comment", "Branch": "touchpoint"}
)


def layout(tmp_path, headings, name="file.csv"):
    with (tmp_path / name).open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([headings, *([str(n)] * len(headings) for n in range(1, 4))])
    return sources.recognise(open_table(tmp_path / name))


def test_a_fingerprint_is_of_the_headings_whatever_their_order_case_and_spaces():
    same = [" ref", "WHEN  answered", *reversed(HEADINGS[2:])]
    assert fingerprint(HEADINGS) == fingerprint(same)
    assert fingerprint(HEADINGS) != fingerprint(HEADINGS[1:])
    assert len(fingerprint(HEADINGS)) == 16


def test_the_same_shape(tmp_path):
    roles, notices = carried([SAVED], layout(tmp_path, HEADINGS))
    assert roles == dict(SAVED.roles)
    assert notices == [
        "3 corrections of an earlier file of this shape applied: “Overall impression”, “What else?”, “Branch”."
    ]


@pytest.mark.parametrize(
    ("headings", "roles", "notice"),
    [
        ([*HEADINGS, "Campaign"], SAVED.roles, "New since the earlier file: “Campaign”."),
        ([h for h in HEADINGS if h != "Branch"], {"Overall impression": "csat", "What else?": "comment"},
         "Not in this file, but in the earlier one: “Branch”."),
        ([h.replace("What else?", "What else ?!") for h in HEADINGS],
         {"Overall impression": "csat", "What else ?!": "comment", "Branch": "touchpoint"},
         "Renamed since the earlier file: “What else?” → “What else ?!”."),
        (list(reversed(HEADINGS)), SAVED.roles, "The columns come in another order than in the earlier file; that does not matter."),
        ([h.upper() for h in HEADINGS], {h.upper(): role for h, role in SAVED.roles.items()}, None),
    ],
)  # fmt: skip
def test_columns_added_missing_renamed_and_reordered(tmp_path, headings, roles, notice):
    found, notices = carried([SAVED], layout(tmp_path, headings))
    assert found == dict(roles)
    assert notices[1:] == ([notice] if notice else [])


def test_a_column_renamed_to_its_question(tmp_path):
    """Qualtrics: the earlier file was called by the questions, this one by their codes."""
    with (tmp_path / "q.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([
            ["StartDate", "ResponseId", "Q1"], ["Start Date", "Response ID", "How was your stay?"],
            ['{"ImportId":"startDate"}', '{"ImportId":"_recordId"}', '{"ImportId":"QID1"}'], ["2026-01-01 10:00:00", "R_1", "5"],
        ])  # fmt: skip
    saved = Saved("qualtrics", ("StartDate", "ResponseId", "How was your stay?"), {"How was your stay?": "csat"})
    roles, notices = carried([saved], sources.recognise(open_table(tmp_path / "q.csv")))
    assert (roles, "Renamed" in "".join(notices)) == ({"Q1": "csat"}, False)  # 2 of 4 headings: another survey, maybe


def test_a_spelling_is_only_the_same_column_between_the_same_neighbours(tmp_path):
    moved = ["What else??", *(h for h in HEADINGS if h != "What else?")]
    roles, notices = carried([SAVED], layout(tmp_path, moved))
    assert "What else??" not in roles
    assert notices[1:3] == [
        "Not in this file, but in the earlier one: “What else?”.", "New since the earlier file: “What else??”.",
    ]  # fmt: skip


def test_another_shape_takes_nothing(tmp_path):
    assert carried([SAVED], layout(tmp_path, ["a", "b", "Branch", "c"])) == ({}, [])
    assert carried([], layout(tmp_path, HEADINGS)) == ({}, [])


def test_the_same_tool_with_other_questions_takes_what_it_shares(tmp_path):
    zendesk = ["Id", "Requester", "Subject", "Via", "Satisfaction Score", "Assignee", "Team"]
    saved = Saved("zendesk_tickets", ("Id", "Requester", "Team", *"abcdefgh"), {"Team": "touchpoint", "a": "csat"})
    roles, notices = carried([saved], layout(tmp_path, zendesk))
    assert (roles, len(notices)) == ({"Team": "touchpoint"}, 1)


def test_the_most_similar_file_counts_and_of_equals_the_last(tmp_path):
    older = SAVED._replace(roles={"Branch": "stage", "Ref": "customer_id"})
    other = Saved("generic_survey", (*HEADINGS[:5], "x", "y"), {"Branch": "ignore"})
    roles, _ = carried([other, older, SAVED], layout(tmp_path, HEADINGS))
    assert roles == {"Ref": "customer_id", **SAVED.roles}
    assert carried([SAVED, older], layout(tmp_path, HEADINGS))[0]["Branch"] == "stage"


ROWS = [
    ["Ref", "Date", "Mood", "Text"],
    *([f"r{n}", f"2026-01-{n:02}", "yes", f"It was number {n}, I think."] for n in range(1, 29)),
]


def planned(tmp_path, remembered, corrections=None, rows=ROWS):
    with (tmp_path / "file.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    table = open_table(tmp_path / "file.csv")
    return mapping.plan(table, sources.recognise(table), corrections, remembered)


def test_remembered_corrections_apply_and_those_that_do_not_fit_are_told(tmp_path):
    plan = planned(tmp_path, {"Mood": "csat", "Text": "nps", "Gone": "comment", "Ref": "date"})
    assert [column.role for column in plan.columns] == ["segment", "date", "csat", "comment"]
    told = [notice for notice in plan.notices if "in an earlier file" in notice]
    assert [notice.split(" was ")[0] for notice in told] == ["“Text”", "“Gone”", "“Ref”"]


def test_what_is_said_now_wins_over_what_was_said_then(tmp_path):
    plan = planned(tmp_path, {"Mood": "csat", "Ref": "customer_id"}, {"Mood": "ignore", "Date": "ignore"})
    assert [column.role for column in plan.columns] == ["customer_id", "ignore", "ignore", "comment"]
    plan = planned(tmp_path, {"Ref": "response_id"}, {"Text": "response_id"})
    assert plan.columns[0].role == "segment"
