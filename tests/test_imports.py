"""Files into datasets: re-imports, further sources, purchases, re-masking; and nothing half written after an error."""

import csv
import errno
import gzip
import json
import shutil
from collections import Counter

import pyarrow.parquet as pq
import pytest

from cx import imports
from cx.errors import CancelledError, IntakeError, MappingError, NotAllowedError, NothingToAnalyseError, StoreError
from cx.incoming import Wishes
from cx.intake import privacy
from cx.intake.masking import Privacy
from cx.measure import kpis
from cx.principal import LOCAL, Principal
from cx.store import checking, datasets, ledger, staging
from cx.store.datasets import ROW_COUNTS, Dataset
from tests.exported import answers, written

VIEWER = Principal("vera", "viewer")


@pytest.fixture
def take(tmp_path):
    """`take(rows, …) -> Dataset`: imports rows as the file survey.csv into the dataset `survey`."""

    def run(rows, file: str = "survey.csv", add: bool = False, roles: dict[str, str] | None = None) -> Dataset:
        given = written(tmp_path / file, rows, **(roles or {}))
        return datasets.open_dataset(LOCAL, "survey", imports.into(LOCAL, "survey", [given], wishes=Wishes(add)))

    return run


def rows(dataset: Dataset, table: str = "responses") -> list[dict]:
    return pq.read_table(dataset.where / f"{table}.parquet").to_pylist()


def by_id(dataset: Dataset) -> dict[str, dict]:
    return {row["response_id"]: row for row in rows(dataset)}


def counts(dataset: Dataset) -> list[int]:
    """In, kept, duplicate, rejected; and that the files' own counts add up to them."""
    assert checking.problems(dataset) == []
    return [dataset.manifest[name] for name in ROW_COUNTS]


def entry(dataset: Dataset, place: int = -1) -> list[int]:
    return [dataset.manifest["sources"][place][name] for name in ROW_COUNTS]


def leftovers() -> list[str]:
    return sorted(
        path.name for path in (datasets.home() / "datasets").glob("*/*") if not (path / "manifest.json").exists()
    )


# --- The same source again


def test_the_same_file_again_changes_nothing(take):
    first, second = take(answers(60)), take(answers(60))
    assert (first.version, second.version) == ("0001", "0002")
    assert counts(first) == [60, 60, 0, 0]
    assert counts(second) == [120, 60, 60, 0]
    assert entry(second) == [60, 0, 60, 0]
    for table in ("responses", "mentions", "facts"):
        assert rows(first, table) == rows(second, table)
    names = [json.loads((version.where / "topics.json").read_text()) for version in (first, second)]
    assert names[0] == names[1]
    assert datasets.versions(LOCAL, "survey") == ["0001", "0002"]
    assert [first.manifest["filled"], first.manifest["distinct"]] == [
        second.manifest["filled"],
        second.manifest["distinct"],
    ]


def test_a_grown_file_adds_its_new_rows(take):
    first, second = take(answers(60)), take(answers(75))
    assert entry(second) == [75, 15, 60, 0]
    assert counts(second) == [135, 75, 60, 0]
    assert set(by_id(second)) - set(by_id(first)) == {f"R{number:05d}" for number in range(60, 75)}
    assert {key: row for key, row in by_id(second).items() if key in by_id(first)} == by_id(first)


def test_the_rest_of_a_file_alone_keeps_what_was_there(take):
    take(answers(60))
    second = take(answers(20, first=50))
    assert entry(second) == [20, 10, 10, 0]
    assert len(by_id(second)) == 70


def test_a_changed_row_replaces_the_one_with_its_key(take):
    take(answers(60))
    changed = answers(60)
    changed[3] |= {"NPS": "0", "Comment": "The roof was leaking, awful."}
    second = take(changed)
    assert entry(second) == [60, 0, 60, 0]
    row = by_id(second)["R00003"]
    assert (row["nps"], row["comment"], row["sentiment_label"]) == (0, "The roof was leaking, awful.", "negative")
    texts = {mention["text"] for mention in rows(second, "mentions") if mention["response_id"] == "R00003"}
    assert "The roof was leaking, awful." in " ".join(texts)
    assert not any("Visit 3." in text for text in texts)


def test_equal_rows_without_key_are_matched_one_to_one(take):
    def file(tens: int, threes: int) -> list[list[str]]:
        return [["nps"], *[["10"]] * tens, *[["3"]] * threes, *[[str(n % 11)] for n in range(33)]]

    first = take(file(5, 2))
    assert counts(first) == [40, 40, 0, 0]
    second = take(file(7, 2))
    assert entry(second) == [42, 2, 40, 0]
    answers_ = Counter(row["nps"] for row in rows(second))
    assert (answers_[10], answers_[3]) == (7 + 3, 2 + 3)
    third = take(file(1, 1))
    assert entry(third) == [35, 0, 35, 0]
    assert len(rows(third)) == 42


def test_equal_rows_are_kept_and_told_or_dropped_when_asked(take, tmp_path):
    rows = [["nps", "region"], *[[str(place % 3), "x"] for place in range(30)]]
    found = take(rows)
    assert found.manifest["rows_kept"] == 30
    assert any("27 rows without a key equal others" in notice for notice in found.manifest["notices"])
    datasets.delete(LOCAL, "survey")
    for _ in range(2):  # and so it stays at the next import
        given = written(tmp_path / "survey.csv", rows)
        imports.into(LOCAL, "survey", [given], wishes=Wishes(False, drop_equal=not datasets.versions(LOCAL, "survey")))
    said = datasets.open_dataset(LOCAL, "survey").manifest
    assert [said[f"rows_{name}"] for name in ("in", "kept", "duplicate", "rejected")] == [60, 3, 57, 0]


def test_a_file_may_come_under_another_name_and_with_another_column(take):
    take(answers(60))
    second = take([row | {"Shop": "Leeds"} for row in answers(70)], file="survey (1).csv")
    assert len({entry["source"] for entry in second.manifest["sources"]}) == 1
    assert counts(second) == [130, 70, 60, 0]
    assert {row["Shop"] for row in rows(second)} == {"Leeds"}


def test_the_original_goes_on(take):
    take(answers(60))
    second = take(answers(61))
    with gzip.open(second.where / "original.csv.gz", "rt", encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert sum(row[1] == "line" for row in found) == 1
    assert len(found) == 1 + 121


# --- Another source


TICKETS = [{"Ticket": f"R{n:05d}", "Opened": f"2026-02-{n % 28 + 1:02d}", "Happy with us (1-10)": n % 10 + 1,
            "What happened": f"My parcel number {n} was lost, the agent was kind"} for n in range(40)]  # fmt: skip
ROLES = {"Ticket": "response_id", "Happy with us (1-10)": "csat", "What happened": "comment"}


def test_another_source_is_asked_for(take):
    take(answers(60))
    with pytest.raises(StoreError, match=r"holds generic_survey; this file is .*tickets.*--add"):
        take(TICKETS, file="tickets.csv", roles=ROLES)
    assert datasets.versions(LOCAL, "survey") == ["0001"]
    assert leftovers() == []


def test_another_source_comes_in_with_add_and_keeps_its_keys(take):
    take(answers(60))
    second = take(TICKETS, file="tickets.csv", roles=ROLES, add=True)
    assert counts(second) == [100, 100, 0, 0]
    assert len({row["source"] for row in rows(second)}) == 2
    assert len(by_id(second)) == 100, "the same keys in both"
    own = second.manifest["sources"][1]["source"]
    assert {row["response_id"] for row in rows(second) if row["source"] == own} == {
        f"{own}:R{n:05d}" for n in range(40)
    }
    third = take([*TICKETS, TICKETS[0] | {"Ticket": "R99999"}], file="tickets.csv", roles=ROLES)
    assert entry(third) == [41, 1, 40, 0], "known now, also under the prefixed ids; no --add needed"
    assert counts(third) == [141, 101, 40, 0]
    fourth = take(answers(60))
    assert entry(fourth) == [60, 0, 60, 0]
    assert len(by_id(fourth)) == 101


def test_scales_that_differ_are_kept_apart_also_later(take):
    five = [row | {"Satisfaction": n % 5 + 1} for n, row in enumerate(answers(60))]
    first = take(five, roles={"Satisfaction": "csat"})
    assert "csat scale" not in first.responses
    second = take(TICKETS, file="tickets.csv", roles=ROLES, add=True)
    assert [scale.name for scale in second.scales("csat")] == ["1–5", "1–10"]
    assert Counter(row["csat scale"] for row in rows(second)) == {"1–5": 60, "1–10": 40}
    found = kpis.table(second).query("kpi == 'csat_mean'").set_index("scale")["value"].to_dict()
    assert found == {"1–5": pytest.approx(3.0), "1–10": pytest.approx(5.5)}


def test_a_scale_that_nothing_is_left_on_goes(take):
    low = [row | {"Satisfaction": n % 4 + 1} for n, row in enumerate(answers(60))]
    first = take(low, roles={"Satisfaction": "csat"})
    wide = [row | {"Satisfaction": n % 9 + 1} for n, row in enumerate(answers(60))]
    second = take(wide, roles={"Satisfaction": "csat"})
    assert len(first.scales("csat")) == len(second.scales("csat")) == 1
    assert first.scales("csat") != second.scales("csat")
    assert "csat scale" not in second.responses


# --- What is refused, and what is left then


@pytest.mark.parametrize("content", ["", "id,nps,comment\n", "a,b\n" + "x,y\nz,w\n" * 20, "id,nps,comment\n" * 30])
def test_a_refused_file_leaves_nothing(tmp_path, content):
    (tmp_path / "bad.csv").write_text(content)
    with pytest.raises(IntakeError):
        imports.into(LOCAL, "bad", [imports.Given(tmp_path / "bad.csv", "bad.csv")])
    assert datasets.names(LOCAL) == []
    assert not (datasets.home() / "datasets/bad").exists()


@pytest.mark.parametrize("step", ["read", "understand", "topics", "write"])
def test_an_import_that_stops_leaves_the_version_before(take, tmp_path, step):
    take(answers(30))

    def stop(at: str, done: int, total: int) -> None:
        if at == step:
            raise CancelledError("Cancelled.")

    given = written(tmp_path / "survey.csv", answers(40))
    with pytest.raises(CancelledError):
        imports.into(LOCAL, "survey", [given], stop)
    assert datasets.versions(LOCAL, "survey") == ["0001"]
    assert leftovers() == []


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError('IO Error: Could not write file "facts.parquet": No space left on device'),  # as DuckDB says it
        OSError("783616 requested and 122816 written"),  # as NumPy says it
    ],
)
def test_a_full_disk_is_told_and_nothing_is_stored(tmp_path, monkeypatch, error):

    def full(*_):
        raise error

    monkeypatch.setattr(staging, "write_facts", full)
    given = written(tmp_path / "survey.csv", answers(30))
    with pytest.raises(IntakeError, match="disk is full: nothing was stored"):
        imports.into(LOCAL, "survey", [given])
    assert not (datasets.home() / "datasets/survey").exists()
    with pytest.raises(IntakeError, match="disk is full"):
        imports.into_folder([given], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_who_may_not_write_stores_nothing(tmp_path):
    given = written(tmp_path / "survey.csv", answers(30))
    with pytest.raises(NotAllowedError):
        imports.into(VIEWER, "survey", [given])
    with pytest.raises(NotAllowedError):
        imports.into(Principal("ada", "analyst", frozenset({"other"})), "survey", [given])
    assert datasets.names(LOCAL) == []


# --- Into a folder


def test_a_folder_keeps_what_it_holds_until_the_new_is_complete(tmp_path):
    good, bad = written(tmp_path / "a.csv", answers(30)), tmp_path / "bad.csv"
    bad.write_text("id,nps,comment\n" * 30)
    out = tmp_path / "made" / "out"
    imports.into_folder([good], out)
    (out / "notes.txt").write_text("mine")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(NothingToAnalyseError):
        imports.into_folder([imports.Given(bad, "bad.csv")], out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_folder_is_written_anew(tmp_path):
    heading = ["id", "nps", "comment"]
    dirty = written(tmp_path / "a.csv", [heading, *[[n, n % 11, f"Nice till {n}"] for n in range(30)], heading])
    out = tmp_path / "out"
    assert imports.into_folder([dirty], out)["rows_rejected"] == 1
    assert (out / "rejects.csv").exists()
    assert imports.into_folder([written(tmp_path / "b.csv", answers(20))], out)["rows_kept"] == 20
    assert sorted(path.name for path in out.iterdir()) == [
        "facts.parquet", "manifest.json", "mentions.parquet", "original.csv.gz", "responses.parquet", "topics.json",
    ]  # fmt: skip
    assert len(rows(Dataset(out))) == 20


def test_roles_for_several_files_go_to_those_that_have_the_column(tmp_path):
    one = written(tmp_path / "a.csv", answers(20), NPS="nps", Ticket="response_id")
    two = written(tmp_path / "b.csv", TICKETS, NPS="nps", Ticket="response_id")
    assert [given.roles for given in imports.for_several([one, two])] == [{"NPS": "nps"}, {"Ticket": "response_id"}]
    with pytest.raises(MappingError, match=r"None of the files has a column “Tickt”\. Did you mean “Ticket”"):
        imports.for_several([one._replace(roles={"Tickt": "nps"}), two])


# --- Masked again


def test_masking_again_reaches_everything(take, monkeypatch):
    secret = "The staff of Mr Secretson was friendly, the queue endless."
    heading = dict.fromkeys(answers(1)[0], "")
    repeated = {name: name for name in heading}
    take([row | {"Comment": secret} if n % 5 == 0 else row for n, row in enumerate(answers(60))] + [repeated])
    real = privacy.Masker.mask

    def stricter(masker: privacy.Masker, text: str) -> tuple[str, Counter]:
        masked, found = real(masker, text)
        hits = masked.count("Secretson")
        return masked.replace("Secretson", "[secret]"), found + Counter({"secret": hits} if hits else {})

    monkeypatch.setattr(privacy.Masker, "mask", stricter)
    version = imports.remasked(LOCAL, "survey")
    assert datasets.versions(LOCAL, "survey") == [version] == ["0002"], "older versions hold what may not be there"
    found = datasets.open_dataset(LOCAL, "survey")
    assert counts(found) == [61, 60, 0, 1]
    assert by_id(found)["R00000"]["comment"] == secret.replace("Secretson", "[secret]")
    for path in found.where.iterdir():
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        content = (
            json.dumps(pq.read_table(path).to_pylist(), default=str).encode() if path.suffix == ".parquet" else content
        )
        assert b"Secretson" not in content, path.name
    with gzip.open(found.where / "original.csv.gz", "rt", encoding="utf-8", newline="") as file:
        assert sum("[secret]" in row[5] for row in csv.reader(file)) == 12


def test_masking_again_needs_a_dataset():
    with pytest.raises(StoreError, match="no dataset 'nowhere'"):
        imports.remasked(LOCAL, "nowhere")


# --- Purchases


BOUGHT = [["Customer", "Date", "Amount"], ["c1", "2026-01-02", "10.50"], ["c1", "2026-01-02", "10.50"], ["c2", "2026-01-03", "7"],
          ["", "2026-01-04", "9"], *[[f"c{n}", f"2026-02-{n % 28 + 1:02d}", n] for n in range(3, 40)]]  # fmt: skip
MONEY = {"Customer": "customer_id", "Amount": "revenue"}


def test_corrections_apply_to_the_next_file_of_the_shape(take):
    rows = [{**row, "Branch": f"B{place % 3}"} for place, row in enumerate(answers(30))]
    assert "touchpoint" not in take(rows[:20]).responses
    assert "touchpoint" in take(rows[:20], roles={"Branch": "touchpoint"}).responses
    datasets.delete(LOCAL, "survey")
    found = take([{**row, "Remark": "x"} for row in rows])
    assert found.filled["touchpoint"] == 30
    told = " ".join(found.manifest["notices"])
    assert "1 correction of an earlier file" in told
    assert "New since the earlier file: “Remark”" in told


def test_an_earlier_version_comes_back(take):
    take(answers(20))
    take(answers(30))
    version = imports.restored(LOCAL, "survey", "0001")
    found = datasets.open_dataset(LOCAL, "survey")
    assert (version, found.version, found.manifest["rows_kept"]) == ("0003", "0003", 20)
    assert checking.check(LOCAL, "survey") == []
    assert take(answers(30)).manifest["rows_kept"] == 30, "and imports go on from it"
    with pytest.raises(StoreError, match="version 0009"):
        imports.restored(LOCAL, "survey", "0009")
    with pytest.raises(NotAllowedError):
        imports.restored(VIEWER, "survey", "0001")


PHONE = "Call me back: 030 901820, says Ann."


def test_what_may_be_stored_is_asked_once(tmp_path):
    rows = [
        {**row, "Customer ID": f"C{place}", "Name": "Ann Lee", "Comment": PHONE}
        for place, row in enumerate(answers(30))
    ]
    given = written(tmp_path / "survey.csv", rows)

    def told(privacy=None) -> Dataset:
        wishes = Wishes(False, privacy=privacy)
        return datasets.open_dataset(LOCAL, "survey", imports.into(LOCAL, "survey", [given], wishes=wishes))

    found = told(Privacy(readable_ids=True, keep=("Name",)))
    row = found.query("SELECT * FROM responses WHERE response_id = 'R00003'").iloc[0]
    assert (row["customer_id"], row["Name"]) == ("C3", "Ann Lee")
    again = told()
    assert again.manifest["privacy"] == {
        "region": None, "readable_ids": True, "keep": ["Name"], "names": False, "keep_original": False,
    }  # fmt: skip
    assert again.query("SELECT DISTINCT Name FROM responses")["Name"].tolist() == ["Ann Lee"]
    assert checking.check(LOCAL, "survey") == []


def test_pseudonyms_do_not_become_readable_later(take, tmp_path):
    take(answers(20))
    given = written(tmp_path / "survey.csv", answers(30))
    with pytest.raises(StoreError, match="pseudonyms since it was begun"):
        imports.into(LOCAL, "survey", [given], wishes=Wishes(privacy=Privacy(readable_ids=True)))


def test_only_an_admin_keeps_readable_ids(tmp_path):
    given, ada = written(tmp_path / "survey.csv", answers(20)), Principal("ada", "analyst")
    for asked in (Privacy(readable_ids=True), Privacy(keep_original=True)):
        with pytest.raises(NotAllowedError, match="Only an admin"):
            imports.into(ada, "survey", [given], wishes=Wishes(privacy=asked))
    assert imports.into(ada, "survey", [given], wishes=Wishes(privacy=Privacy(region="DE"))) == "0001"


def comments(found: Dataset) -> set[str]:
    """The different comments, without their last word, the row's number."""
    return {text.rpartition(" ")[0] for text in found.query("SELECT comment FROM responses")["comment"]}


def said(text: str) -> list[dict]:
    return [{**row, "Comment": f"{text} {place}"} for place, row in enumerate(answers(30))]


def test_german_comments_have_german_numbers_masked(take):
    assert comments(take(said("Das Personal war nett. Ich bin die 030 1234567. Besuch"))) == {
        "Das Personal war nett. Ich bin die [phone]. Besuch"
    }


def test_a_region_masks_its_numbers_in_hindsight(take):
    assert comments(take(said("The staff was nice. I am 030 1234567. Visit"))) == {
        "The staff was nice. I am 030 1234567. Visit"
    }
    version = imports.remasked(LOCAL, "survey", privacy=Privacy(region="DE"))
    found = datasets.open_dataset(LOCAL, "survey", version)
    assert comments(found) == {"The staff was nice. I am [phone]. Visit"}
    kept = [row for row in ledger.rows(found.where / ledger.ORIGINAL) if row[0] != "file"]
    assert len(kept) == 30
    assert all("[phone]" in " ".join(row) for row in kept)


def test_dates_in_the_future_are_told(take):
    rows = answers(30)
    found = take([{**row, "Date": "2099-05-01"} if place < 3 else row for place, row in enumerate(rows)])
    assert found.manifest["future"] == 3
    assert "3 responses are dated in the future: counted in totals, not over time." in found.manifest["notices"]


def test_languages_of_the_version_before_stay(take):
    german = [{**row, "Comment": "Super!"} for row in answers(5)]
    told = "Das Personal war sehr freundlich, aber die Lieferung kam leider viel zu spät an."
    first = take([*german, *({**row, "Comment": f"{told} {place}"} for place, row in enumerate(answers(60)[5:]))])
    assert first.manifest["languages"] == {"de": 60}
    grown = take(
        [
            {**row, "Comment": f"The staff was friendly, but the delivery was late, {n}."}
            for n, row in enumerate(answers(400)[60:])
        ]
    )
    assert grown.manifest["languages"] == {"en": 340, "de": 60}


def test_purchases_stand_beside_the_responses(take, tmp_path):
    take([row | {"Customer ID": f"c{n % 30}"} for n, row in enumerate(answers(60))])
    version = imports.purchases(LOCAL, "survey", [written(tmp_path / "orders.csv", BOUGHT, **MONEY)])
    found = datasets.open_dataset(LOCAL, "survey", version)
    assert pq.read_schema(found.where / "purchases.parquet").names == ["customer_id", "date", "revenue"]
    bought = rows(found, "purchases")
    assert [row["revenue"] for row in bought[:3]] == [10.5, 10.5, 7.0], "two equal purchases are two"
    assert len(bought) == 40
    assert {row["customer_id"] for row in bought} & {row["customer_id"] for row in rows(found)}, "one pseudonym in both"
    said = found.manifest["purchases"]
    assert [said[name] for name in ("rows", "customers", "rows_in", "rows_duplicate", "rows_rejected")] == [
        40,
        39,
        41,
        0,
        1,
    ]
    assert counts(found) == [60, 60, 0, 0]


def test_purchases_again_add_only_new_ones_and_stay_at_a_re_import(take, tmp_path):
    take(answers(60))
    imports.purchases(LOCAL, "survey", [written(tmp_path / "orders.csv", BOUGHT, **MONEY)])
    more = [*BOUGHT, ["c1", "2026-01-02", "10.50"], ["c9", "2026-05-05", "1"]]
    imports.purchases(LOCAL, "survey", [written(tmp_path / "orders.csv", more, **MONEY)])
    assert len(rows(datasets.open_dataset(LOCAL, "survey"), "purchases")) == 42
    again = take(answers(61))
    assert len(rows(again, "purchases")) == 42
    assert again.manifest["purchases"]["rows"] == 42


def test_purchases_that_are_refused(take, tmp_path):
    given = written(tmp_path / "orders.csv", BOUGHT, **MONEY)
    with pytest.raises(StoreError, match="no dataset 'survey'"):
        imports.purchases(LOCAL, "survey", [given])
    take(answers(30))
    with pytest.raises(MappingError, match="no column is revenue"):
        imports.purchases(LOCAL, "survey", [given._replace(roles={"Customer": "customer_id", "Amount": "segment"})])
    nobody = [BOUGHT[0], *[["", row[1], row[2]] for row in BOUGHT[1:]]]
    with pytest.raises(NothingToAnalyseError, match="no row names a customer"):
        imports.purchases(LOCAL, "survey", [written(tmp_path / "orders.csv", nobody, **MONEY)])
    assert datasets.versions(LOCAL, "survey") == ["0001"]


# --- One after the other


def test_a_version_that_is_being_written_is_nobodys_business(take, tmp_path):
    """What an import writes is neither seen nor swept away while it writes."""
    take(answers(30))
    seen = []

    def look(step: str, done: int, total: int) -> None:
        seen.append((datasets.versions(LOCAL, "survey"), len(leftovers())))

    imports.into(LOCAL, "survey", [written(tmp_path / "survey.csv", answers(40))], look)
    assert set(map(str, seen)) == {"(['0001'], 1)"}
    assert leftovers() == []


def test_deleting_and_importing_again_begins_anew(take):
    first = take(answers(30))
    stamp = datasets.stamp("survey", "0001")
    datasets.delete(LOCAL, "survey")
    assert not first.where.exists()
    again = take(answers(12))
    assert again.version == "0001"
    assert datasets.stamp("survey", "0001") != stamp, "caches can tell"
    shutil.rmtree(again.where)
    assert datasets.stamp("survey", "0001") == ""
