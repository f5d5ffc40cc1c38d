"""A plan applied: types, every row accounted for, unreadable cells null and counted."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from cx.intake import apply, mapping, sources
from cx.intake.read import open_table
from cx.schema import CANONICAL, SCORE_ROLES

SHARED = Path(__file__).parents[2] / "shared/data"


def planned(tmp_path, rows, corrections=None, keep=()):
    with (tmp_path / "file.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    table = open_table(tmp_path / "file.csv")
    return mapping.plan(table, sources.recognise(table), corrections or {}, keep=keep)


def whole(plan, **options):
    (batch,) = apply.batches(plan, **options)
    return batch


ROWS = [
    ["Review ID", "Date", "Rating", "Review", "Channel", "Email", "Spent", "Region", "Food rating"],
    ["r1", "31/01/2026 10:00", "5", " It was good. ", "Web", "a@b.com", "1", "North ", "4"],
    ["r2", "not a date", "9", "", "Store", "c@d.com", "$2.50", "", "N/A"],
    ["r3", "02/02/2026", "0", "I did not like it.", "", "e@f.org", "x", "South", "7"],
    ["r4", "03/02/2026", "n/a", "It is fine, thank you.", "Web", "g@h.org", "", "South", "1"],
]
FILLER = [
    [f"s{n}", "05/02/2026", str(n % 5 + 1), f"Comment number {n} it is.", "Web", "i@j.org", "1", "North", "3"]
    for n in range(400)
]


def test_types_and_names(tmp_path):
    frame = whole(planned(tmp_path, ROWS + FILLER, {"Spent": "revenue"})).frame
    assert list(frame.columns) == [
        "_line", "_key", "_hash", *CANONICAL, "channel", "Region", "Food rating",
    ]  # fmt: skip
    assert frame["date"].dtype == "datetime64[us]"
    assert frame["complete"].dtype == "boolean"
    for name in (*SCORE_ROLES, "revenue", "weight", "Food rating"):
        assert frame[name].dtype == "float64", name
    first = frame.iloc[0]
    assert (first["_line"], first["_key"], first["comment"], first["Region"]) == (2, "r1", " It was good. ", "North")
    assert (first["date"], first["rating"], first["revenue"]) == (pd.Timestamp("2026-01-31 10:00"), 5, 1)
    assert frame["response_id"].isna().all()
    assert frame.loc[1, ["comment", "Region"]].tolist() == [None, None]


def test_unreadable_cells_are_null_and_counted(tmp_path):
    batch = whole(planned(tmp_path, ROWS + FILLER, {"Spent": "revenue"}))
    assert batch.unread == {"Date": 1, "Rating": 2, "Spent": 1, "Food rating": 1}
    assert batch.frame["rating"][:4].isna().tolist() == [False, True, True, True]
    assert batch.frame["revenue"][:3].tolist()[:2] == [1, 2.5]


def test_personal_columns_only_when_kept(tmp_path):
    assert "Email" not in whole(planned(tmp_path, ROWS)).frame
    kept = whole(planned(tmp_path, ROWS, keep=["email"]))
    assert kept.frame["Email"].tolist()[0] == "a@b.com"


def test_nps_takes_whole_numbers_only(tmp_path):
    rows = [["nps", "region"], *([[str(n % 11), "x"] for n in range(200)]), ["7.5", "x"], ["11", "x"]]
    batch = whole(planned(tmp_path, rows))
    assert batch.unread == {"nps": 2}
    assert batch.frame["nps"].count() == 200


def test_rows_are_rejected_only_when_they_are_no_answer(tmp_path):
    heading = ROWS[0]
    rows = [*ROWS, heading, ["lost"], ["r9", "01/02/2026"], [*ROWS[1], "more"], [*ROWS[1], *"abcde"]]
    plan = planned(tmp_path, rows)
    batch = whole(plan)
    assert [(line, reason) for line, reason, _ in batch.rejects] == [
        (6, "the heading again"),
        (7, "a fragment: 1 of 9 cells"),
        (10, "5 cells beyond the last heading"),
    ]
    assert plan.rows == len(batch.frame) + len(batch.rejects) == 9
    assert batch.rejects[0][2] == heading
    assert len(batch.original) == len(batch.frame)
    assert batch.original[4][:2] == ["r9", "01/02/2026"]


def test_survey_previews_are_rejected_and_unfinished_answers_kept(tmp_path):
    rows = [
        ["StartDate", "EndDate", "Status", "Finished", "ResponseId", "Q1"],
        ["Start Date", "End Date", "Response Type", "Finished", "Response ID", "How satisfied are you?"],
        [f'{{"ImportId":"{name}"}}' for name in ("startDate", "endDate", "status", "finished", "_recordId", "QID1")],
        ["2026-01-01 10:00:00", "2026-01-01 10:05:00", "IP Address", "True", "R_1", "Very satisfied"],
        ["2026-01-01 10:00:00", "2026-01-01 10:05:00", "Survey Preview", "True", "R_2", "Satisfied"],
        ["2026-01-01 10:00:00", "2026-01-01 10:06:00", "IP Address", "False", "R_3", "Dissatisfied"],
    ]
    batch = whole(planned(tmp_path, rows))
    assert batch.rejects == [(5, "survey preview, not an answer", rows[4])]
    assert batch.frame["complete"].tolist() == [True, False]
    assert batch.frame["csat"].tolist() == [5, 2]
    assert batch.frame["_line"].tolist() == [4, 6]


def test_the_key_is_a_part_of_the_cell(tmp_path):
    rows = [["Package Name", "Star Rating", "Review Text", "Review Last Update Date and Time", "Review Link"]]
    rows += [
        ["a", "5", "ok", "2026-01-01T10:00:00Z", f"https://x.example/?reviewId=gp%3A{n}&hl=en" if n else ""]
        for n in (1, 2, 0)
    ]
    assert whole(planned(tmp_path, rows)).frame["_key"].tolist() == ["gp%3A1", "gp%3A2", None]


def test_an_apostrophe_before_a_formula_goes(tmp_path):
    rows = [["No.", "Response ID", "Timestamp", "Finished", "Survey ID", "User ID", "1. Why?"],
            ["1", "a", "2026-06-15 10:00:00 UTC", "Yes", "s", "u1", "'=it was good, I think"],
            ["2", "b", "2026-06-15 11:00:00 UTC", "No", "s", "u2", "'tis fine by me as it is"]]  # fmt: skip
    plan = planned(tmp_path, rows)
    frame = whole(plan).frame
    assert plan.zone == "UTC"
    assert frame["comment"].tolist() == ["=it was good, I think", "'tis fine by me as it is"]
    assert frame["customer_id"].tolist() == ["u1", "u2"]
    assert frame["complete"].tolist() == [True, False]


def test_empty_submission_dates_of_limesurvey_mean_incomplete(tmp_path):
    heading = ["id", "submitdate", "lastpage", "startlanguage", "Q01"]
    rows = [heading, ["1", "1980-01-01 00:00:00", "3", "en", "x"], ["2", "", "1", "en", "y"]]
    batch = whole(planned(tmp_path, rows))
    assert batch.frame["complete"].tolist() == [True, False]
    assert batch.frame["date"].isna().all()
    assert batch.unread == {"submitdate": 1}


def test_hashes_are_of_all_cells_and_equal_for_equal_rows(tmp_path):
    rows = [
        ["comment", "region"],
        ["It is one.", "N"],
        ["It is one.", "N"],
        ["It is one.", "S"],
        ["It is two.", ""],
        ["It is two."],
    ]
    hashes = whole(planned(tmp_path, rows)).frame["_hash"].tolist()
    assert hashes[0] == hashes[1] != hashes[2]
    assert hashes[3] == hashes[4]
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in hashes)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_batches_add_up_to_the_file(tmp_path, size):
    plan = planned(tmp_path, ROWS + FILLER)
    parts = [batch.frame for batch in apply.batches(plan, size)]
    assert all(len(part) == size for part in parts[:-1])
    assert [list(part.columns) == list(parts[0].columns) for part in parts] == [True] * len(parts)
    assert pd.concat(parts, ignore_index=True)["_line"].tolist() == list(range(2, 406))


def test_one_row_is_enough(tmp_path):
    frame = whole(planned(tmp_path, [["Rating", "Comment"], ["5", "Good"]])).frame
    assert frame[["rating", "comment"]].values.tolist() == [[5.0, "Good"]]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared development data is not here (../shared/data)")
@pytest.mark.parametrize(
    ("file", "corrections", "rows", "counts"),
    [
        ("kpi/carpentrycon_2020.csv", {}, 124, {"nps": 124}),
        ("kpi/carpentries_2018.csv", {"LikelyToRecommend": "nps"}, 967, {"nps": 889, "_key": 0, "comment": 0}),
        ("reviews/skytrax_lounge.csv", {}, 2264, {"rating": 2258, "comment": 2264, "date": 2264}),
        ("reviews/skytrax_seat.csv", {}, 1258, {"rating": 1257, "comment": 1258}),
        ("reviews/cfpb_complaints.csv", {}, 6623, {"comment": 1532, "_key": 6623, "date": 6623}),
        ("sentiment/vader_amazon.csv", {}, 3708, {"comment": 3708, "rating": 0}),
        ("exports/google_play_utf16.csv", {}, 3, {"_key": 2, "rating": 3, "date": 3}),
        ("exports/limesurvey_unit_tests.csv", {}, 70, {"_key": 70, "date": 0}),
        ("exports/surveygizmo_jupyter_2015.csv", {}, 1706, {"_key": 0, "date": 1706, "complete": 1706}),
    ],
)
def test_real_files(file, corrections, rows, counts):
    table = open_table(SHARED / file)
    plan = mapping.plan(table, sources.recognise(table), corrections)
    frames = list(apply.batches(plan))
    frame = pd.concat([batch.frame for batch in frames])
    assert (plan.rows, len(frame) + sum(len(batch.rejects) for batch in frames)) == (rows, rows)
    assert {name: int(frame[name].count()) for name in counts} == counts
