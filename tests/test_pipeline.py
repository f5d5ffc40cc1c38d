"""The contract of the files on disk: names, order, types, ids, offsets, counts; what is refused, what is told."""

import csv
import gzip
import json
import math
import re
from collections import Counter
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cx import pipeline
from cx.errors import CancelledError, EmptyFileError, IntakeError, MappingError, NothingToAnalyseError, TaxonomyError
from cx.incoming import Given, Wishes
from cx.schema import CANONICAL, DERIVED, MENTION_COLUMNS
from cx.store import checking, datasets
from cx.store.datasets import GROUPED, ROW_COUNTS, Dataset
from tests.exported import answers, written

ANSWERS = [
    ["Response ID", "Date", "NPS", "Comment", "What could be better?", "Customer ID", "E-mail", "Channel", "Sentiment", "Plan"],
    ["a1", "2026-01-05", "10", "Great staff! But the parking was awful.", "The queue. Also: the car park 🚗", "c1",
     "ann@example.com", "web", "x", "Plus"],
    ["a2", "2026-01-04", "3", "Call me on +44 20 7946 0958, the delivery was late.", "", "c2", "bob@example.com", "shop", "y", "Basic"],
    ["a3", "", "n/a", "", "All was lovely and the staff friendly", "c1", "", "web", "x", "Plus"],
    ["a1", "2026-01-06", "9", "Changed my mind: the parking was fine.", "", "c1", "ann@example.com", "web", "x", "Plus"],
    ["Response ID", "Date", "NPS", "Comment", "What could be better?", "Customer ID", "E-mail", "Channel", "Sentiment", "Plan"],
]  # fmt: skip
MORE = [[f"b{n}", f"2026-02-{n % 28 + 1:02d}", str(n % 11), f"The tea was cold on visit {n}, the cake was nice.",
         f"Warmer tea on day {n}", f"k{n % 9}", f"p{n}@example.com", ("web", "shop")[n % 2], "xyz"[n % 3], ("Plus", "Basic")[n % 2]]
        for n in range(130)]  # fmt: skip


@pytest.fixture
def analyze(tmp_path):
    """`analyze(given, …) -> Dataset`: the pipeline alone, into a folder of its own."""

    def run(*given: Given, previous: Dataset | None = None, **options) -> Dataset:
        where = tmp_path / f"version{len(list(tmp_path.glob('version*')))}"
        where.mkdir()
        pipeline.analyze(given, where, "given", b"key", previous=previous, **options)
        return Dataset(where)

    return run


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """The survey above, taken in once for all who only read."""
    folder = tmp_path_factory.mktemp("survey")
    (folder / "0001").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_HOME", str(folder / "home"))
        pipeline.analyze([survey(folder)], folder / "0001", "given", b"key")
    return Dataset(folder / "0001")


def survey(folder) -> Given:
    return written(folder / "survey.csv", [*ANSWERS, *MORE], **{"What could be better?": "comment"})


def rows(dataset: Dataset, table: str = "responses") -> list[dict]:
    return pq.read_table(dataset.where / f"{table}.parquet").to_pylist()


def original(dataset: Dataset) -> list[list[str]]:
    with gzip.open(dataset.where / "original.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


# --- The tables


def test_columns_and_their_order(dataset):
    own = ["What could be better?", "Sentiment (file)", "Plan"]
    assert list(dataset.responses) == [*CANONICAL, "channel", *DERIVED, *own]
    stored = {column["name"]: column["stored"] for column in dataset.manifest["sources"][0]["columns"]}
    assert stored["Sentiment"] == "Sentiment (file)"
    assert stored["Response ID"] == "response_id"
    assert stored["E-mail"] is None, "personal columns are not stored"
    assert pq.read_schema(dataset.where / "mentions.parquet").names == list(MENTION_COLUMNS)


def test_types(dataset):
    kinds = {field.name: field.type for field in pq.read_schema(dataset.where / "responses.parquet")}
    assert kinds["date"] == pa.timestamp("us")
    assert kinds["complete"] == pa.bool_()
    numbers = {"nps", "csat", "ces", "rating", "effectiveness", "ease", "enjoyment", "revenue", "weight", "sentiment"}
    assert {name for name, kind in kinds.items() if kind == pa.float64()} == numbers
    assert all(kinds[name] == pa.string() for name in ("response_id", "source", "comment", "customer_id", "Plan"))
    mentions = {field.name: field.type for field in pq.read_schema(dataset.where / "mentions.parquet")}
    assert {name for name, kind in mentions.items() if kind == pa.int64()} == {"mention", "start", "end"}
    assert mentions["sentiment"] == pa.float64()


def test_what_a_response_holds(dataset):
    found = {row["response_id"]: row for row in rows(dataset)}
    assert len(found) == 133
    later = found["a1"]
    assert (later["nps"], later["comment"]) == (9, "Changed my mind: the parking was fine."), "the later row stays"
    assert str(later["date"]) == "2026-01-06 00:00:00"
    assert found["a2"]["comment"] == "Call me on [phone], the delivery was late."
    empty = found["a3"]
    assert [empty[name] for name in ("date", "nps", "comment", "csat", "complete")] == [None] * 5
    assert empty["sentiment_label"] == "positive", "of the other question"
    assert found["a1"]["customer_id"] == found["a3"]["customer_id"] != found["a2"]["customer_id"]
    assert re.fullmatch("[0-9a-f]{16}", found["a1"]["customer_id"])


def test_texts_stand_where_they_say(dataset):
    found = {row["response_id"]: row for row in rows(dataset)}
    mentions = rows(dataset, "mentions")
    assert {mention["question"] for mention in mentions} == {"comment", "What could be better?"}
    assert any("🚗" in mention["text"] for mention in mentions) is False, "that answer was replaced"
    by_comment: dict[tuple, list[dict]] = {}
    for mention in mentions:
        text = found[mention["response_id"]][mention["question"]]
        assert text[mention["start"] : mention["end"]] == mention["text"] != ""
        by_comment.setdefault((mention["response_id"], mention["question"]), []).append(mention)
    for (response, question), pieces in by_comment.items():
        text, at = found[response][question], 0
        for piece in pieces:
            assert text[at : piece["start"]].strip() == "", "only white space between"
            at = piece["end"]
        assert text[at:].strip() == ""
    for response in found:
        numbers = [mention["mention"] for mention in mentions if mention["response_id"] == response]
        assert numbers == list(range(len(numbers)))
    questions = [mention["question"] for mention in mentions if mention["response_id"] == "b1"]
    assert questions == sorted(questions, key=["comment", "What could be better?"].index), "in file order"


def test_every_filled_comment_has_mentions(dataset):
    told = {(mention["response_id"], mention["question"]) for mention in rows(dataset, "mentions")}
    filled = {
        (row["response_id"], question)
        for row in rows(dataset)
        for question in dataset.manifest["comments"]
        if row[question]
    }
    assert told == filled
    assert len(told) == 263, "two of each of 130, and of three rows a1 the second comment, a2 the first, a3 the other"


def test_facts_are_both_tables_joined(dataset):
    facts, responses = rows(dataset, "facts"), {row["response_id"]: row for row in rows(dataset)}
    mentions = {(row["response_id"], row["mention"]): row for row in rows(dataset, "mentions")}
    assert len(facts) == len(mentions)
    for fact in facts:
        mention = mentions[fact["response_id"], fact["mention.mention"]]
        wanted = responses[fact["response_id"]] | {f"mention.{name}": mention[name] for name in MENTION_COLUMNS[1:]}
        assert {name: held for name, held in fact.items() if not name.startswith(GROUPED)} == wanted
    dates = [fact["date"] for fact in facts]
    dated = [date for date in dates if date is not None]
    assert dates == [*sorted(dated), *[None] * (len(dates) - len(dated))]


def test_sentiment_of_a_response_is_put_together_from_its_mentions(dataset):
    """s = Σ sᵢ / √n on the scale of evidence, s = 2 artanh(score)."""
    scores: dict[str, list[float]] = {}
    for mention in rows(dataset, "mentions"):
        if mention["sentiment"] is not None:
            scores.setdefault(mention["response_id"], []).append(mention["sentiment"])
    for row in rows(dataset):
        own = scores.get(row["response_id"])
        assert row["sentiment"] == (
            pytest.approx(math.tanh(sum(map(math.atanh, own)) / math.sqrt(len(own)))) if own else None
        )
        assert (row["sentiment_label"] == "not analysed") == (own is None)


def test_topics_are_stored_and_counted(dataset):
    model = json.loads((dataset.where / "topics.json").read_text(encoding="utf-8"))
    assert model["topics"]
    sizes = Counter(row[column] for row in rows(dataset, "mentions") for column in ("topic", "subtopic") if row[column])
    assert {topic["id"]: topic["size"] for topic in model["topics"]} == {
        topic["id"]: sizes[topic["id"]] for topic in model["topics"]
    }
    assert set(sizes) <= {topic["id"] for topic in model["topics"]}
    texts = {row["text"] for row in rows(dataset, "mentions")}
    assert all(quote in texts for topic in model["topics"] for quote in topic["exemplars"])


# --- The account


def test_every_row_is_accounted_for(dataset):
    said = dataset.manifest
    assert [said[name] for name in ROW_COUNTS] == [135, 133, 1, 1]
    assert [said["sources"][0][name] for name in ROW_COUNTS] == [135, 133, 1, 1]
    assert said["sources"][0]["unread"] == {}, '"n/a" is no answer, and no stray word'
    assert said["sources"][0]["reasons"] == {"the heading again": 1}
    assert (said["min_date"], said["max_date"]) == ("2026-01-04 00:00:00", "2026-02-28 00:00:00")
    assert said["filled"]["nps"] == 132
    assert checking.problems(dataset) == []


def test_rejects_say_line_and_reason(dataset):
    with (dataset.where / "rejects.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["line"], row["reason"], row["file"]) for row in found] == [("6", "the heading again", "survey.csv")]
    assert found[0]["E-mail"] == "[personal]"


def test_no_rejects_no_file(analyze, tmp_path):
    assert not (analyze(written(tmp_path / "a.csv", answers(12))).where / "rejects.csv").exists()


def test_original_is_complete_and_masked(dataset):
    heading, *found = original(dataset)
    assert heading == ["file", "line", *ANSWERS[0]]
    assert [int(row[1]) for row in found] == list(range(2, 137)), "every data row, in order, the rejected one too"
    first = dict(zip(heading, found[0], strict=True))
    assert first["Comment"] == ANSWERS[1][3]
    assert first["E-mail"] == "[personal]"
    stored = {row["response_id"]: row["customer_id"] for row in rows(dataset)}
    assert first["Customer ID"] == stored["a1"]
    assert found[1][5] == "Call me on [phone], the delivery was late."


def test_nothing_personal_is_left_on_disk(dataset):
    for path in dataset.where.iterdir():
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if path.suffix == ".parquet":
            content = json.dumps(pq.read_table(path).to_pylist(), default=str).encode()
        for secret in (b"@example.com", b"7946 0958", b'"c2"', b",c2,"):
            assert secret not in content, (path.name, secret)


def test_manifest_names_source_scale_taxonomy_and_versions(dataset):
    said = dataset.manifest
    entry = said["sources"][0]
    assert (entry["file"], entry["source"], entry["encoding"], entry["header_rows"]) == (
        "survey.csv",
        "generic_survey",
        "utf-8",
        1,
    )
    columns = {column["name"]: column for column in entry["columns"]}
    assert columns["NPS"]["scale"] == {"min": 0, "max": 10}
    assert columns["NPS"]["confidence"] > 0.5
    assert "examples" not in columns["Comment"], "cells of people"
    assert set(said["timings"]) == {"recognise", "read", "tell apart", "adapt", "understand", "topics", "write"}
    assert {"duckdb", "python", "vaderSentiment"} <= set(said["software"])
    assert said["taxonomy"]["name"]
    assert said["seed"] == 0


def test_two_runs_write_the_same(analyze, tmp_path):
    given = survey(tmp_path)
    one, two = analyze(given), analyze(given)
    names = sorted(path.name for path in one.where.iterdir())
    assert names == sorted(path.name for path in two.where.iterdir())
    for name in names:
        if name != "manifest.json":
            digests = [sha256((version.where / name).read_bytes()).hexdigest() for version in (one, two)]
            assert digests[0] == digests[1], name
    changing = ("imported", "timings")
    left = [{key: value for key, value in version.manifest.items() if key not in changing} for version in (one, two)]
    assert left[0] == left[1]


def test_several_processes_write_the_same(analyze, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline.staging, "PART_ROWS", 12)
    given = survey(tmp_path)
    pooled = analyze(given)
    monkeypatch.setattr(pipeline.local, "WORTH_A_POOL", 10**6)
    alone = analyze(given)
    for name in ("responses.parquet", "mentions.parquet", "facts.parquet", "topics.json"):
        assert (pooled.where / name).read_bytes() == (alone.where / name).read_bytes(), name


def test_hundreds_of_columns(analyze, tmp_path):
    given = [
        row | {f"Question {n}": f"answer {(n + place) % 3}" for n in range(300)}
        for place, row in enumerate(answers(30))
    ]
    first = analyze(written(tmp_path / "wide.csv", given))
    assert len(first.responses) == len(CANONICAL) + len(DERIVED) + 301
    assert rows(analyze(written(tmp_path / "wide.csv", given), previous=first)) == rows(first)


# --- Ids


def test_rows_without_key_are_named_by_content(analyze, tmp_path):
    found = rows(analyze(written(tmp_path / "a.csv", [["nps"], *[[str(n % 11)] for n in range(1000)]])))
    assert len(found) == len({row["response_id"] for row in found}) == 1000
    names: dict[float, list[str]] = {}
    for row in found:
        names.setdefault(row["nps"], []).append(row["response_id"])
    for ids in names.values():
        digest = ids[0].split("-")[0]
        assert re.fullmatch("[0-9a-f]{16}", digest)
        assert ids == [f"{digest}-{k}" for k in range(len(ids))]
    assert len({ids[0] for ids in names.values()}) == 11


def test_a_row_whose_key_is_empty_gets_its_content(analyze, tmp_path):
    given = answers(200)
    given[7]["Response ID"] = ""
    found = [row["response_id"] for row in rows(analyze(written(tmp_path / "a.csv", given)))]
    assert found[6] == "R00006"
    assert re.fullmatch("[0-9a-f]{16}-0", found[7])


def test_a_column_that_repeats_is_no_key(analyze, tmp_path):
    given = [row | {"Response ID": f"R{n // 3}"} for n, row in enumerate(answers(60))]
    found = analyze(written(tmp_path / "a.csv", given))
    assert found.manifest["rows_kept"] == 60
    with pytest.raises(MappingError, match="cannot be response_id"):
        analyze(written(tmp_path / "a.csv", given, **{"Response ID": "response_id"}))


# --- Several files at once


def test_two_sources_in_one_dataset(analyze, tmp_path):
    survey = written(tmp_path / "survey.csv", answers(40))
    reviews = [
        {"id": f"R{n:05d}", "at": f"2026-03-{n % 28 + 1:02d}", "stars": n % 5 + 1, "review": f"Nice shop number {n}, dear parking",
         "REGION": "West", "version": "1.2"}
        for n in range(30)
    ]  # fmt: skip
    found = analyze(survey, written(tmp_path / "reviews.csv", reviews, id="response_id", stars="rating"))
    held = {entry["file"]: entry["source"] for entry in found.manifest["sources"]}
    assert len(set(held.values())) == 2
    assert [found.manifest[name] for name in ROW_COUNTS] == [70, 70, 0, 0]
    responses = rows(found)
    assert len({row["response_id"] for row in responses}) == 70, "the same key in two sources is two responses"
    assert {row["Region"] for row in responses} == {"North", "South", "East", "West"}, "one column whatever its case"
    assert "REGION" not in found.responses
    stored = {column["name"]: column["stored"] for column in found.manifest["sources"][1]["columns"]}
    assert stored["REGION"] == "Region"
    assert found.scored == ["nps", "rating"]
    heads = [row[0] for row in original(found) if row[1] == "line"]
    assert heads == ["file", "file"], "each with its own heading"


def test_numbers_here_and_words_there_become_text(analyze, tmp_path):
    rated = [row | {"Ease of use": n % 5 + 1, "Ease of paying": n % 4 + 1} for n, row in enumerate(answers(40))]
    told = [
        row | {"Ease of paying": "quite hard", "Till": "x", "Clerk": "y", "Shop": "z", "Floor": "1"}
        for row in answers(40, 100)
    ]
    one = written(tmp_path / "a.csv", rated, **{"Ease of use": "ease", "Ease of paying": "ease"})
    assert analyze(one).responses["Ease of paying"] == "DOUBLE"
    found = analyze(one, written(tmp_path / "b.csv", told))
    assert found.manifest["rows_kept"] == 80
    assert found.responses["Ease of paying"] == "VARCHAR"
    assert {row["Ease of paying"] for row in rows(found)} == {"1", "2", "3", "4", "quite hard"}
    assert "Ease of paying" not in found.manifest["scales"]


def test_scales_that_differ_are_kept_apart(analyze, tmp_path):
    five = [row | {"Satisfaction": str(n % 5 + 1)} for n, row in enumerate(answers(40))]
    ten = [
        {"Ticket": f"T{n}", "Opened": "2026-02-01", "Overall satisfaction": n % 10 + 1, "Queue": "A"} for n in range(40)
    ]
    found = analyze(written(tmp_path / "a.csv", five, Satisfaction="csat"),
                    written(tmp_path / "b.csv", ten, **{"Overall satisfaction": "csat"}))  # fmt: skip
    assert [scale.name for scale in found.scales("csat")] == ["1–5", "1–10"]
    counts = Counter((row["source"], row["csat scale"]) for row in rows(found))
    assert sorted(counts.values()) == [40, 40]
    assert {scale for _, scale in counts} == {"1–5", "1–10"}


def test_a_column_of_the_file_is_not_taken_for_its_scale(analyze, tmp_path):
    given = [row | {"Rating": n % 5 + 1, "rating scale": "stars"} for n, row in enumerate(answers(40))]
    found = analyze(written(tmp_path / "a.csv", given))
    assert "rating scale" not in found.responses
    assert {row["rating scale (file)"] for row in rows(found)} == {"stars"}


# --- The version before


def test_topics_keep_their_ids(analyze, tmp_path):
    first = analyze(written(tmp_path / "a.csv", answers(60)))
    second = analyze(written(tmp_path / "a.csv", answers(90)), previous=first)
    names = [{topic["id"]: topic["name"] for topic in json.loads((version.where / "topics.json").read_text())["topics"]}
             for version in (first, second)]  # fmt: skip
    assert names[0]
    assert names[0] == names[1]
    before = {(row["response_id"], row["text"]): row["topic"] for row in rows(first, "mentions")}
    after = {(row["response_id"], row["text"]): row["topic"] for row in rows(second, "mentions")}
    assert {key: after[key] for key in before} == before


def test_a_taxonomy_of_ones_own_stays_with_the_dataset(analyze, tmp_path):
    nodes = (pipeline.taxonomy.DEFAULT).read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(re.sub(r'(?m)^name = "[^"]*"', 'name = "Own"', nodes, count=1), encoding="utf-8")
    first = analyze(written(tmp_path / "a.csv", answers(20)), wishes=Wishes(taxonomy=own))
    own.unlink()
    second = analyze(written(tmp_path / "a.csv", answers(30)), previous=first)
    assert [version.manifest["taxonomy"]["name"] for version in (first, second)] == ["Own", "Own"]


# --- What is refused: nothing is finished


def refused(analyze, tmp_path, error, given: Given, match: str, **options) -> None:
    with pytest.raises(error, match=match):
        analyze(given, **options)
    assert not list(tmp_path.glob("version*/manifest.json"))
    assert not list(tmp_path.glob("version*/stage"))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", EmptyFileError),
        (b"id,nps,comment\n", EmptyFileError),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, IntakeError),
        (b"a,b\n" + b"x,y\nz,w\n" * 30, NothingToAnalyseError),
        (b"id,nps,comment\n" * 30, NothingToAnalyseError),
    ],
    ids=["empty", "heading only", "picture", "segments only", "all rejected"],
)
def test_files_that_are_refused(analyze, tmp_path, content, error):
    path = tmp_path / "given.csv"
    path.write_bytes(content)
    refused(analyze, tmp_path, error, Given(path, "given.csv"), "given.csv")


def test_refused_with_the_name_at_fault(analyze, tmp_path):
    given = written(tmp_path / "a.csv", answers(20))
    refused(analyze, tmp_path, MappingError, given._replace(roles={"Regoin": "nps"}), "Did you mean “Region”")
    refused(analyze, tmp_path, MappingError, given._replace(roles={"NPS": "npss"}), "Did you mean “nps”")
    refused(analyze, tmp_path, MappingError, given._replace(roles={"Comment": "csat"}), "Comment")
    refused(analyze, tmp_path, TaxonomyError, given, "none.toml", wishes=Wishes(taxonomy=tmp_path / "none.toml"))
    refused(analyze, tmp_path, IntakeError, Given(tmp_path / "gone.csv", "gone.csv"), "gone.csv")


def test_one_file_all_rejected_is_refused_beside_a_good_one(analyze, tmp_path):
    (tmp_path / "bad.csv").write_text("id,nps,comment\n" * 30)
    with pytest.raises(NothingToAnalyseError, match=r"bad\.csv: every row was rejected \(the heading again\)"):
        analyze(written(tmp_path / "a.csv", answers(20)), Given(tmp_path / "bad.csv", "bad.csv"))


def test_cancelling_leaves_no_parts(analyze, tmp_path):
    def cancel(step: str, done: int, total: int) -> None:
        if step == "understand":
            raise CancelledError("Cancelled.")

    refused(analyze, tmp_path, CancelledError, written(tmp_path / "a.csv", answers(20)), "Cancelled", progress=cancel)


# --- What is taken, and told


NICE, ZU_SPAET = (
    "Nice staff number {}, slow till",
    "Das Personal war sehr freundlich, aber die Lieferung kam zu spät an Tag {}",
)


def forty(*heading: str, **cells: str) -> list[dict[str, str]]:
    """Forty rows; `{}` in a cell is the row's number, a column not told holds 0–10."""
    return [{name: cells.get(name, str(n % 11)).format(n) for name in heading} for n in range(40)]


@pytest.mark.parametrize(
    ("given", "notice"),
    [
        (forty("id", "date", "nps", id="{}", date="2026-01-02"), "No comments"),
        (forty("id", "date", "comment", id="{}", date="2026-01-02", comment=NICE), "No answers on a scale"),
        (forty("id", "nps", "comment", id="{}", comment=NICE), "No date"),
        (forty("id", "date", "nps", id="{}", date="soon"), "No date"),
        ([["id", "nps", "comment"], ["1", "9", NICE]], "Only 1 response:"),
        ([["id", "nps", "comment"], ["1", "9", NICE], ["2", "1", ""]], "Only 2 responses:"),
        (
            [["id", "nps", "nps", "", "comment"], *[[n, n % 11, 5, "x", NICE.format(n)] for n in range(40)]],
            "that repeat",
        ),
        ([["id", "nps"], *[[n, "ten" if n == 3 else n % 11] for n in range(40)]], "1 cell of 'nps' could not be read"),
        (forty("id", "nps", "comment", id="{}", comment=ZU_SPAET), "40 responses are in German, which is not analysed"),
    ],
    ids=[
        "no text",
        "no score",
        "no date",
        "no readable date",
        "one row",
        "two rows",
        "headings",
        "stray word",
        "German",
    ],
)
def test_taken_with_a_notice(analyze, tmp_path, given, notice):
    found = analyze(written(tmp_path / "given.csv", given))
    assert found.manifest["rows_kept"] == len(given) - isinstance(given[0], list)
    assert any(notice in told for told in found.manifest["notices"])
    assert checking.problems(found) == []


def test_a_scale_that_changes_within_a_file_is_told(analyze, tmp_path):
    """1–5 up to June, 1–10 from July on, as a new form brings it."""
    rows = [["id", "date", "rating", "comment"]]
    for n in range(400):
        late = n >= 200
        day = f"2026-{n // 200 * 6 + n % 6 + 1:02d}-{n % 28 + 1:02d}"
        rows.append([n, day, n % (10 if late else 5) + 1, NICE.format(n)])
    found = analyze(written(tmp_path / "given.csv", rows))
    assert [scale.name for scale in found.scales("rating")] == ["1–5", "1–10"]
    assert any("changes its scale" in told for told in found.manifest["notices"])
    scale = next(column["scale"] for column in found.manifest["sources"][0]["columns"] if column["name"] == "rating")
    assert [(one["rows"], one["from"][:7], one["to"][:7]) for one in scale] == [
        (200, "2026-01", "2026-06"),
        (200, "2026-07", "2026-12"),
    ]
    with datasets.cursor() as con:
        sql = f"SELECT \"rating scale\", count(*), max(rating) FROM '{found.where}/responses.parquet' GROUP BY 1 ORDER BY 1"
        assert con.execute(sql).fetchall() == [("1–10", 200, 10.0), ("1–5", 200, 5.0)]


HOSTILE = (
    '=HYPERLINK("http://example.invalid","x")',
    "<script>alert(1)</script> nice staff",
    "'; DROP TABLE responses; --",
    "\u202ereversed\u202c staff",
    "👩\u200d👩\u200d👧 family 🇩🇪 friendly staff",
    "Z" + "\u0351\u036b\u0343" * 30 + "algo",
    "line\r\nbreak, nice till",
    "\ufeffmark at the start, rude staff",
    "x" * 150_000,
    "nice\u2028separator; slow\u0085till",
    "$x^2$ **bold** [link](javascript:alert(1))",
)


def test_hostile_texts_are_texts(analyze, tmp_path):
    given = answers(40)
    for row, text in zip(given, HOSTILE, strict=False):
        row["Comment"] = text
    found = analyze(written(tmp_path / "a.csv", given))
    stored = {row["response_id"]: row["comment"] for row in rows(found)}
    for row, text in zip(given, HOSTILE, strict=False):
        assert stored[row["Response ID"]] == text
    assert checking.problems(found) == []
    assert [row[5] for row in original(found)[1 : len(HOSTILE) + 1]] == list(HOSTILE)
