"""Roles, scales and dates of columns; corrections; changes of scale within a file."""

import csv
import random
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from cx.errors import EmptyFileError, MappingError, NothingToAnalyseError
from cx.intake import apply, dates, mapping, scales, sources
from cx.intake.read import open_table
from cx.schema import Scale

PROSE = [
    "The staff was friendly and the room was clean.",
    "It took far too long to get my money back.",
    "I liked it very much.",
]


def planned(tmp_path, columns, corrections=None, name="file.csv"):
    """The plan of a file with these columns (heading → cells, repeated to the longest)."""
    length = max(map(len, columns.values()))
    with (tmp_path / name).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*((cells * length)[:length] for cells in columns.values()), strict=True))
    table = open_table(tmp_path / name)
    return mapping.plan(table, sources.recognise(table), corrections or {})


def column(plan, name):
    return next(column for column in plan.columns if column.name == name)


COMMENTS = [f"{text} Number {n} it is." for n, text in enumerate(PROSE * 20)]
NUMBERS = [str(n) for n in range(1000, 1060)]


@pytest.mark.parametrize(
    ("heading", "cells", "role", "scale"),
    [
        ("How likely are you to recommend us to a friend?", ["0", "7", "9", "10"] * 15, "nps", (0, 10)),
        ("NPS", ["10", "9", "8"] * 20, "nps", (0, 10)),
        ("Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?", ["0 - gar nicht", "10 - sehr", "6"] * 20, "nps", (0, 10)),
        ("Recommend", ["Strongly Agree", "Agree", "Disagree"] * 20, "rating", (1, 5)),
        ("Would you recommend us", ["1", "2", "3", "4", "5"] * 12, "rating", (1, 5)),
        ("recommended", ["0", "1"] * 30, "segment", None),
        ("recommended", ["yes", "no"] * 30, "segment", None),
        ("Overall satisfaction", ["Very satisfied", "Neutral", "Dissatisfied", "N/A"] * 15, "csat", (1, 5)),
        ("Zufriedenheit", ["sehr zufrieden", "zufrieden", "unzufrieden"] * 20, "csat", (1, 5)),
        ("Satisfaction", ["Très satisfait", "Satisfait", "Ni satisfait, ni insatisfait"] * 20, "csat", (1, 5)),
        ("¿Qué tan satisfecho está?", ["Muy satisfecho", "Satisfecho", "Insatisfecho"] * 20, "csat", (1, 5)),
        ("CSAT", ["1", "2", "5"] * 20, "csat", (1, 5)),
        ("Ticket rating", ["Good", "Bad"] * 30, "csat", (0, 1)),
        ("Feeling", ["Good", "Bad"] * 30, "csat", (0, 1)),
        ("The company made it easy for me to handle my issue", ["1", "4", "7"] * 20, "ces", (1, 7)),
        ("Customer effort", ["Very easy", "Easy", "Difficult"] * 20, "ces", (1, 5)),
        ("effectiveness", ["1", "3", "5"] * 20, "effectiveness", (1, 5)),
        ("Ease of use", ["1", "3", "5"] * 20, "ease", (1, 5)),
        ("How enjoyable was it?", ["1", "3", "5"] * 20, "enjoyment", (1, 5)),
        ("Stars", ["★★★★★", "★★☆☆☆", "★"] * 20, "rating", (1, 5)),
        ("Rating", ["4 out of 5", "5 out of 5", "1 out of 5"] * 20, "rating", (1, 5)),
        ("Star Rating", ["3 (★★★☆☆)", "5 (★★★★★)"] * 30, "rating", (1, 5)),
        ("overall_rating", ["1.0", "10.0", "7.0"] * 20, "rating", (1, 10)),
        ("Reviewer_Score", ["7.1", "9.6", "2.5"] * 20, "rating", (1, 10)),
        ("Quality of the food", ["Poor", "Fair", "Good", "Very good", "Excellent"] * 12, "rating", (1, 5)),
        ("Bewertung", ["1", "2", "5"] * 20, "rating", (1, 5)),
        ("How important is it?", ["Very important", "Not important"] * 30, "segment", None),
        ("Number of visits", ["1", "2", "5"] * 20, "segment", None),
        ("Age", ["34", "51", "27"] * 20, "segment", None),
        ("Complaint ID", NUMBERS, "response_id", None),
        ("reviewId", NUMBERS, "response_id", None),
        ("Customer Number", ["17", "18", "17"] * 20, "customer_id", None),
        ("Kundennummer", NUMBERS, "customer_id", None),
        ("UniqueID", [""] * 45 + NUMBERS[:15], "segment", None),
        ("Date", ["2026-01-31", "2026-02-01"] * 30, "date", None),
        ("Submitted on", ["31.01.2026", "01.02.2026"] * 30, "date", None),
        ("order total", ["$1,234.50", "$12.00", "$7.10", "$3"] * 15, "revenue", None),
        ("weight", ["0.8", "1.2", "0.95", "1.4"] * 15, "weight", None),
        ("Channel", ["Web", "Phone"] * 30, "channel", None),
        ("Submitted via", ["Web", "Phone"] * 30, "channel", None),
        ("Touchpoint", ["Website", "Store"] * 30, "touchpoint", None),
        ("Journey stage", ["Purchase", "Loyalty"] * 30, "stage", None),
        ("Language", ["en", "de"] * 30, "language", None),
        ("churned", ["yes", "no"] * 30, "churned", None),
        ("Review Title", [f"Title {n}" for n in range(60)], "title", None),
        ("Email", [f"p{n}@example.com" for n in range(60)], "personal", None),
        ("Where we reach you", [f"p{n}@example.com" for n in range(60)], "personal", None),
        ("Email consent", ["yes", "no"] * 30, "segment", None),
        ("First name", [f"Anna{n}" for n in range(60)], "personal", None),
        ("author", [f"A. Person{n}" for n in range(60)], "personal", None),
        ("author_country", ["Spain", "France"] * 30, "segment", None),
        ("IP Address", ["192.0.2.1", "192.0.2.7"] * 30, "personal", None),
        ("Phone", [f"+1 415 555 {n}" for n in NUMBERS], "personal", None),
        ("Consumer complaint narrative", COMMENTS, "comment", None),
        ("Why?", COMMENTS, "comment", None),
        ("q17", COMMENTS, "comment", None),
        ("Company Response", COMMENTS, "ignore", None),
        ("Homepage", [f"https://example.com/{n}" for n in range(60)], "segment", None),
        ("valence", ["-0.9", "2.3", "0.1"] * 20, "segment", None),
        ("nothing", [""], "segment", None),
    ],
)  # fmt: skip
def test_role_and_scale(tmp_path, heading, cells, role, scale):
    plan = planned(tmp_path, {heading: cells, "region": ["North", "South"] * 30})
    found = column(plan, heading)
    assert found.role == role
    assert [(one.min, one.max) for one in found.scales] == ([scale] if scale else [])
    assert 0 <= found.confidence <= 1


def test_effort_asked_the_old_way_is_low_when_good(tmp_path):
    plan = planned(tmp_path, {"How much effort did you personally have to put forth?": ["1", "3", "5"] * 20})
    assert plan.columns[0].scales == (Scale(1, 5, low_is_good=True),)


def test_the_overall_rating_is_the_rating_and_aspects_keep_their_names(tmp_path):
    plan = planned(tmp_path, {"comfort_rating": ["1", "5", "3"] * 20, "overall_rating": ["2", "4", "5"] * 20})
    assert [(found.role, found.stored) for found in plan.columns] == [
        ("rating", "comfort_rating"),
        ("rating", "rating"),
    ]
    plan = planned(tmp_path, {"food rating": ["1", "5", "3"] * 20, "service rating": ["2", "4", "5"] * 20})
    assert [found.stored for found in plan.columns] == ["food rating", "service rating"]
    assert any("none is the overall one" in notice for notice in plan.notices)


def test_a_few_zeros_mean_not_rated(tmp_path):
    plan = planned(tmp_path, {"Rating": ["1", "3", "5", "4"] * 25 + ["0"] * 4})
    assert plan.columns[0].scales == (Scale(1, 5),)
    assert "4 answers off the scale 1–5" in plan.columns[0].notes
    plan = planned(tmp_path, {"Rating": ["0", "1", "3", "5"] * 25 + ["0"] * 10})
    assert plan.columns[0].scales == (Scale(0, 5),)


def test_one_date_and_one_key(tmp_path):
    plan = planned(tmp_path, {
        "Date sent to company": ["2026/3/18", "2026/3/20"] * 30, "Date received": ["2026/3/17", "2026/3/20"] * 30,
        "ticket id": NUMBERS, "id": NUMBERS,
    })  # fmt: skip
    assert [found.role for found in plan.columns] == ["segment", "date", "response_id", "segment"]


def test_stored_names(tmp_path):
    plan = planned(tmp_path, {
        "Why?": COMMENTS, "comment": COMMENTS, "Date": ["x", "y"] * 30, "Sentiment": ["a", "b"] * 30,
        "Region": ["a", "b"] * 30, "REGION": ["a", "b"] * 30, "region": ["a", "b"] * 30, "Email": ["a@b.com"] * 60,
        "Date (file)": ["x", "y"] * 30,
    })  # fmt: skip
    assert [found.stored for found in plan.columns] == [
        "comment", "comment (file)", "Date (file)", "Sentiment (file)", "Region", "REGION (file)", "region (2)", None, "Date (file) (file)",
    ]  # fmt: skip
    assert plan.comments == ["comment", "comment (file)"]
    assert plan.columns[7].examples == ()


def test_examples_are_masked_and_short(tmp_path):
    plan = planned(tmp_path, {"comment": ["write to a@b.com " + "and so on " * 20, "It is a good one, I think."]})
    assert plan.columns[0].examples[0].startswith("write to [email] and so on")
    assert max(map(len, plan.columns[0].examples)) <= 60


def test_inspect_answer(tmp_path):
    plan = planned(tmp_path, {"Rating": ["1", "5"], "Region": ["N", "S"]})
    given = plan.as_json()
    assert list(given) == ["source", "encoding", "separator", "header_rows", "rows", "columns", "notices", "questions"]
    assert (given["encoding"], given["separator"], given["header_rows"], given["rows"]) == ("utf-8", ",", 1, 2)
    assert {"name", "label", "role", "confidence", "scale", "examples"} <= set(given["columns"][0])
    assert given["columns"][0]["scale"] == {"min": 1, "max": 5}
    assert [notice.split(":")[0] for notice in given["notices"]] == ["No comments", "No date"]


def test_json_has_no_header_row(tmp_path):
    (tmp_path / "file.json").write_text(
        '[{"rating": 4, "review": "It was good, I think."}, {"rating": 5, "review": "So was this."}]'
    )
    table = open_table(tmp_path / "file.json")
    plan = mapping.plan(table, sources.recognise(table))
    assert (plan.as_json()["header_rows"], plan.rows, plan.layout.source) == (0, 2, "generic_reviews")
    assert [found.role for found in plan.columns] == ["rating", "comment"]


# What the user says


def test_corrections_have_the_last_word(tmp_path):
    columns = {"LikelyToRecommend": ["0", "7", "10"] * 20, "Where": ["a", "b"] * 30}
    columns |= {"When": ["2026-01-02"] * 60, "Date": ["2026-01-05"] * 60}
    plan = planned(tmp_path, columns, {"likelytorecommend": "segment", "Where": "channel", "When": "date"})
    assert [found.role for found in plan.columns] == ["segment", "channel", "date", "segment"]


@pytest.mark.parametrize(
    ("corrections", "says"),
    [
        ({"Colour": "segment"}, "has no column “Colour”"),
        ({"Ratin": "rating"}, "Did you mean “Rating”"),
        ({"Rating": "stars"}, "is no role"),
        ({"Region": "nps"}, "“North”, “South”"),
        ({"Agree": "nps"}, "“Strongly Agree”"),
        ({"Region": "date"}, "needs dates"),
        ({"Region": "response_id"}, "only 2 different values in 60"),
        ({"Region": "revenue"}, "needs numbers"),
        ({"Region": "date", "Rating": "date"}, "cannot both be date"),
    ],
)
def test_wrong_corrections(tmp_path, corrections, says):
    columns = {"Rating": ["1", "5"] * 30, "Region": ["North", "South"] * 30, "Agree": ["Strongly Agree", "Agree"] * 30}
    with pytest.raises(MappingError) as caught:
        planned(tmp_path, columns, corrections)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_yes_and_no_become_a_score_only_when_asked(tmp_path):
    plan = planned(tmp_path, {"solved": ["yes", "no"] * 30}, {"solved": "csat"})
    assert plan.columns[0].scales == (Scale(0, 1),)


def test_nothing_to_analyse(tmp_path):
    plan = planned(tmp_path, {"colour": ["red", "blue"] * 30, "size": ["S", "M"] * 30})
    with pytest.raises(NothingToAnalyseError, match="colour, size"):
        plan.require_roles()
    planned(tmp_path, {"colour": ["red"], "Rating": ["4"]}).require_roles()


def test_a_heading_of_three_rows_without_answers(tmp_path):
    with (tmp_path / "q.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["ResponseId"], ["Response ID"], ['{"ImportId":"_recordId"}']])
    table = open_table(tmp_path / "q.csv")
    with pytest.raises(EmptyFileError, match="no rows"):
        mapping.plan(table, sources.recognise(table))


# Vendors


def test_a_part_of_the_cell_is_the_key_and_may_be_missing(tmp_path):
    link = "https://play.example.com/a?reviewid=gp%3A{}&hl=en"
    columns = {"Package Name": ["a"] * 3, "Star Rating": ["5", "1", "4"], "Review Text": ["ok", "bad", ""],
               "Review Link": [link.format(1), link.format(2), ""]}  # fmt: skip
    plan = planned(tmp_path, columns)
    assert plan.layout.source == "google_play"
    assert column(plan, "Review Link").role == "response_id"


def test_vendor_words_and_empty_words(tmp_path):
    plan = planned(tmp_path, {
        "Id": NUMBERS, "Requester": ["Ann"] * 60, "Subject": ["Where is it"] * 60, "Via": ["Web"] * 60, "Assignee": ["Bo"] * 60,
        "Created at": ["2026-01-02 10:00"] * 60, "Satisfaction Score": ["Good", "Bad", "Offered", "Not Offered"] * 15,
    })  # fmt: skip
    found = column(plan, "Satisfaction Score")
    assert (plan.layout.source, found.role, found.stored, found.scales) == (
        "zendesk_tickets",
        "csat",
        "csat",
        (Scale(0, 1),),
    )
    assert not found.notes


# Dates


@pytest.mark.parametrize(
    ("cells", "order", "ambiguous", "first"),
    [
        (["31/01/2026", "02/03/2026"], "dmy", False, "2026-01-31 00:00:00"),
        (["01/31/2026 1:35:15 PM", "02/03/2026 2:00:00 AM"], "mdy", False, "2026-01-31 13:35:15"),
        (["02.03.2026", "04.05.2026"], "dmy", False, "2026-03-02 00:00:00"),
        (["02/03/2026", "04/05/2026"], "mdy", True, "2026-02-03 00:00:00"),
        (["2/3/26 15:29", "2/28/26 3:42"], "mdy", False, "2026-02-03 15:29:00"),
        (["2026-06-15T10:00:00Z"], "mdy", False, "2026-06-15 10:00:00"),
        (["2026/09/05 1:35:15 am GMT+5:30"], "mdy", False, "2026-09-05 01:35:15"),
        (["2026-06-15 10:00:00 UTC"], "mdy", False, "2026-06-15 10:00:00"),
        (["2017-11-15T08:10:34-08:00"], "mdy", False, "2017-11-15 08:10:34"),
        (["Sat Jun 15 2024"], "mdy", False, "2024-06-15 00:00:00"),
        (["15. März 2026", "1. Mai 2026"], "mdy", False, "2026-03-15 00:00:00"),
        (["12 de marzo de 2026"], "mdy", False, "2026-03-12 00:00:00"),
        (["46023.5", "46030"], "mdy", False, "2026-01-01 12:00:00"),
        (["1767261600", "1767348000"], "mdy", False, "2026-01-01 10:00:00"),
        (["1767261600000"], "mdy", False, "2026-01-01 10:00:00"),
        (["20260131", "20260201"], "mdy", False, "2026-01-31 00:00:00"),
    ],
)
def test_forms_of_dates(cells, order, ambiguous, first):
    form = dates.settle(dict.fromkeys(cells, 1), named=True)
    assert (form.order, form.ambiguous, str(form.read(cells[0]))) == (order, ambiguous, first)


@pytest.mark.parametrize(
    "cells", [["3x3", "2x4"], ["UTC+2"], ["1-2 years"], ["12345678"], ["10:30"], ["hello"], ["46023"]]
)
def test_no_dates(cells):
    assert dates.settle(dict.fromkeys(cells, 1), named=False) is None


def test_an_ambiguous_date_is_told(tmp_path):
    plan = planned(tmp_path, {"Date": ["02/03/2026", "04/05/2026"], "Rating": ["1", "5"]})
    assert any("day or the month first" in notice for notice in plan.notices)


def test_the_zero_of_computers_is_no_date():
    form = dates.settle({"1970-01-01": 3, "2020-05-01": 5}, named=True)
    assert form.read("1970-01-01") is None
    assert form.stands_for_none("1970-01-01")
    assert not form.stands_for_none("no date")
    assert dates.settle({"1970-01-01": 3, "1975-05-01": 5}, named=True).read("1970-01-01") is not None


# Numbers


@pytest.mark.parametrize(
    ("cell", "value"),
    [("4", 4), ("4,5", 4.5), ("4/5", 4), ("4 von 5", 4), ("★★★", 3), ("10 - Extremely likely", 10), ("5 stars", 5), ("10 - 25", None),
     ("1-2 years", None), ("3x3", None), ("3.6, 3.7", None), ("", None), ("very good", None)],
)  # fmt: skip
def test_numbers(cell, value):
    assert scales.number(cell) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [("$1,234.50", 1234.5), ("1.234,50 €", 1234.5), ("1,234", 1234), ("12,5", 12.5), ("EUR 5", 5), ("1.234.567", 1234567), ("-3", -3),
     ("free", None), ("see order 5 above", None)],
)  # fmt: skip
def test_amounts(cell, value):
    assert scales.amount(cell) == value


def test_letters_that_changed_places_are_still_the_answer():
    words = {"stronlgy disagree": 3, "Agree": 3, "Neutral": 2}
    assert scales.read_words(words).words["stronlgy disagree"] == 1


def kinds_of_score(tmp_path, *kinds):
    heading = ["id", "person", "survey_type", "score", "comment", "created_at"]
    cells = [["1", "2", "3", "4", "5"] * 12, ["7"], list(kinds), ["1", "5", "4"], COMMENTS, ["1713418460"]]
    return column(planned(tmp_path, dict(zip(heading, cells, strict=True))), "score")


def test_another_column_names_the_kind_of_score(tmp_path):
    assert kinds_of_score(tmp_path, "nps").role == "nps"
    assert kinds_of_score(tmp_path, "csat").scales == (Scale(1, 5),)
    assert kinds_of_score(tmp_path, "csat", "nps").role == "segment"


# A scale that changes within the file


def answers(rng, n, top, begin, days):
    """Made-up answers: (date, score) with every place of the scale in use."""
    return [(str(begin + timedelta(rng.randrange(days))), rng.randint(1, top)) for _ in range(n)]


def change_of_form(tmp_path, marker, stray=False):
    rng = random.Random(5)
    rows = [(*row, "") for row in answers(rng, 900, 5, date(2020, 1, 1), 1200)]
    rows += [(*row, marker) for row in answers(rng, 110, 10, date(2023, 1, 1), 200)]
    if stray:
        rows.append(("2023-03-01", 8, ""))
    rng.shuffle(rows)
    columns = {
        "date": [row[0] for row in rows],
        "rating": [f"{row[1]}.0" for row in rows],
        "kind of visit": [row[2] for row in rows],
    }
    return planned(tmp_path, columns)


@pytest.mark.parametrize("stray", [False, True])
def test_a_column_that_only_the_new_form_fills_tells_the_scale(tmp_path, stray):
    plan = change_of_form(tmp_path, "business", stray)
    short, long = column(plan, "rating").scales
    assert [(scale.name, scale.rows) for scale in (short, long)] == [("1–5", 900 + stray), ("1–10", 110)]
    assert (short.begin[:4], long.begin[:4], short.as_json()["from"]) == ("2020", "2023", short.begin)
    assert plan.scale_marker.name == "kind of visit"
    assert any("“kind of visit” is filled" in notice for notice in plan.notices)
    frame = next(apply.batches(plan)).frame
    counts = frame.groupby("rating scale")["rating"].agg(["count", "max"])
    assert counts.loc["1–5"].tolist() == [900, 5]
    assert counts.loc["1–10"].tolist() == [110, 10]


def test_a_date_tells_the_scale_where_no_column_does(tmp_path):
    rng = random.Random(6)
    rows = answers(rng, 500, 5, date(2020, 1, 1), 700) + answers(rng, 150, 10, date(2022, 1, 1), 300)
    plan = planned(tmp_path, {"date": [row[0] for row in rows], "rating": [str(row[1]) for row in rows]})
    assert [scale.name for scale in column(plan, "rating").scales] == ["1–5", "1–10"]
    assert str(plan.scale_marker.since)[:4] in ("2021", "2022")
    frame = next(apply.batches(plan)).frame
    assert frame.loc[frame["date"] >= "2022-01-10", "rating scale"].eq("1–10").all()
    assert frame.loc[frame["date"] < "2021-12-01", "rating scale"].eq("1–5").all()


def ordinary(kind, rng):
    """Columns that must not be taken for a change of form."""
    rows = answers(rng, 1500, 10, date(2020, 1, 1), 1500)
    late = "2023-06-01"
    shown = {
        "asked of unhappy people": lambda day, score: score <= 5,
        "asked of unhappy people, most answer": lambda day, score: score <= 5 and rng.random() < 0.8,
        "asked of unhappy people since lately": lambda day, score: score <= 5 and day > late,
        "asked of happy people since lately": lambda day, score: score > 5 and day > late,
        "filled at random": lambda day, score: rng.random() < 0.3,
        "a new column of a new form": lambda day, score: day > late,
    }[kind]
    return {"date": [row[0] for row in rows], "rating": [str(row[1]) for row in rows],
            "reason": ["x" if shown(*row) else "" for row in rows]}  # fmt: skip


@pytest.mark.parametrize("kind", [
    "asked of unhappy people", "asked of unhappy people, most answer", "asked of unhappy people since lately",
    "asked of happy people since lately", "filled at random", "a new column of a new form",
])  # fmt: skip
def test_ordinary_columns_are_no_change_of_scale(tmp_path, kind):
    for seed in range(5):
        plan = planned(tmp_path, ordinary(kind, random.Random(seed)))
        assert column(plan, "rating").scales == (Scale(1, 10),)
        assert plan.scale_marker is None


def test_few_rows_are_no_proof(tmp_path):
    rng = random.Random(3)
    rows = [(*row, "") for row in answers(rng, 12, 5, date(2020, 1, 1), 300)]
    rows += [(*row, "new") for row in answers(rng, 8, 10, date(2022, 1, 1), 300)]
    plan = planned(
        tmp_path, {"date": [r[0] for r in rows], "rating": [str(r[1]) for r in rows], "kind": [r[2] for r in rows]}
    )
    assert len(column(plan, "rating").scales) == 1


def test_inspecting_a_file_needs_no_heavy_import(tmp_path):
    (tmp_path / "file.csv").write_text("Rating,Comment,Date\n5,It was good.,2026-01-02\n1,It was not.,2026-01-03\n")
    code = (
        "import sys; from cx.intake import mapping, read, sources; "
        f"table = read.open_table({str(tmp_path / 'file.csv')!r}); mapping.plan(table, sources.recognise(table)).as_json(); "
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'duckdb', 'sklearn', 'phonenumbers'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
