"""A customer is erased everywhere, in every version; what is left fits together."""

import gzip
import json

import pyarrow.parquet as pq
import pytest

from cx import imports
from cx.errors import NotAllowedError, StoreError
from cx.intake.masking import pseudonym
from cx.principal import LOCAL, Principal
from cx.store import checking, datasets, erasure
from tests.exported import answers, written

HEADING = ["Response ID", "Date", "NPS", "Comment", "Region", "Customer ID"]
QUOTE = "Our guide Quentin was late"


def rows(n: int = 60, **changed) -> list[dict]:
    """Answers of twenty customers, three each; the comments of cust-7 can be recognised."""
    out = [row | {"Customer ID": f"cust-{place % 20}"} for place, row in enumerate(answers(n))]
    for row in out:
        if row["Customer ID"] == "cust-7":
            row |= {"Comment": f"{QUOTE}, visit {row['Response ID']}."} | changed
    return out


@pytest.fixture
def take(tmp_path):
    def run(given: list[dict], name: str = "survey.csv") -> datasets.Dataset:
        fragment = [["cust-7"], ["cust-70"]]  # rejected, and nobody can say which cell it was
        file = written(tmp_path / name, [list(given[0]), *(list(row.values()) for row in given), *fragment])
        return datasets.open_dataset(LOCAL, "survey", imports.into(LOCAL, "survey", [file]))

    return run


def everything() -> str:
    """All that lies on disk about datasets, unpacked, as one text."""
    out = []
    for path in sorted((datasets.home() / "datasets").rglob("*")):
        if path.suffix == ".parquet":
            out.append(json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False))
        elif path.is_file():
            out.append((gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode())
    return "\n".join(out)


def test_a_customer_is_gone_from_every_version(take, tmp_path):
    take(rows())
    take(rows(75))
    orders = [["Customer ID", "Date", "Amount"], *[[f"cust-{n}", f"2026-02-{n + 1:02d}", n] for n in range(20)]]
    imports.purchases(
        LOCAL, "survey", [written(tmp_path / "orders.csv", orders, Amount="revenue", **{"Customer ID": "customer_id"})]
    )
    name = pseudonym("cust-7", datasets.key())
    before = everything()
    assert all(word in before for word in (name, QUOTE, "R00007", "R00067"))
    erased = erasure.forget(LOCAL, "survey", ["cust-7"])
    assert erased == (1, 3 + 4 + 4, 3)
    after = everything()
    for word in (name, QUOTE, "Quentin", "R00007", "R00027", "R00047", "R00067", '"cust-7"', "cust-7,", "cust-7\r"):
        assert word not in after, word
    assert "cust-70" in after, "somebody else"
    assert pseudonym("cust-8", datasets.key()) in after
    for version in ("0001", "0002", "0003"):
        found = datasets.open_dataset(LOCAL, "survey", version)
        assert checking.problems(found) == []
        assert found.manifest["filled"]["response_id"] == found.manifest["rows_kept"]
    assert checking.check(LOCAL, "survey") == []
    first = datasets.open_dataset(LOCAL, "survey", "0001").manifest
    assert [first[name] for name in (*datasets.ROW_COUNTS, "rows_erased")] == [58, 57, 0, 1, 4]
    assert len(pq.read_table(found.where / "purchases.parquet")) == 19


def test_everybody_else_is_as_before(take):
    take(rows())
    where = datasets.open_dataset(LOCAL, "survey").where
    name = pseudonym("cust-7", datasets.key())
    before = {table: pq.read_table(where / f"{table}.parquet") for table in ("responses", "facts")}
    ids = {row["response_id"] for row in before["responses"].to_pylist() if row["customer_id"] == name}
    mentions = pq.read_table(where / "mentions.parquet")
    erasure.forget(LOCAL, "survey", ["cust-7"])
    for table, old in before.items():
        new = pq.read_table(where / f"{table}.parquet")
        assert new.schema.names == old.schema.names
        assert [str(kind) for kind in new.schema.types] == [str(kind) for kind in old.schema.types]
        assert new.to_pylist() == [row for row in old.to_pylist() if row["customer_id"] != name]
    left = pq.read_table(where / "mentions.parquet").to_pylist()
    assert left == [row for row in mentions.to_pylist() if row["response_id"] not in ids]


def test_erased_also_where_the_answer_came_from_somebody_else_later(take):
    """A key that changed hands: version 1 has the answer of cust-7, version 2 that of another; the original has both."""
    take(rows())
    take(
        [
            row | {"Customer ID": "cust-8", "Comment": "All fine now."} if row["Customer ID"] == "cust-7" else row
            for row in rows()
        ]
    )
    erasure.forget(LOCAL, "survey", ["cust-7"])
    after = everything()
    assert pseudonym("cust-7", datasets.key()) not in after
    assert "Quentin" not in after
    assert checking.check(LOCAL, "survey") == []
    assert datasets.open_dataset(LOCAL, "survey").manifest["rows_kept"] == 60


def test_named_by_pseudonym_and_with_white_space(take):
    take(rows())
    assert erasure.forget(LOCAL, "survey", [pseudonym("cust-7", datasets.key())]).responses == 3
    assert erasure.forget(LOCAL, "survey", ["  cust-9 "]).responses == 3
    assert erasure.forget(LOCAL, "survey", ["cust-10", "cust-11", "nobody"]) == (2, 6, 1)
    assert checking.check(LOCAL, "survey") == []


def test_only_in_a_rejected_row(take):
    take(rows())
    assert erasure.forget(LOCAL, "survey", ["cust-70"]) == (1, 0, 1)
    assert "cust-70" not in everything()
    assert checking.check(LOCAL, "survey") == []
    assert datasets.open_dataset(LOCAL, "survey").manifest["rows_rejected"] == 1


def test_a_later_import_counts_right(take):
    take(rows())
    erasure.forget(LOCAL, "survey", ["cust-7"])
    found = take([row for row in rows(70) if row["Customer ID"] != "cust-7"])
    assert checking.problems(found) == []
    assert found.manifest["rows_kept"] == 66
    assert found.manifest["rows_erased"] == 4


def test_nobody_of_that_name_changes_nothing(take):
    take(rows())
    stamp = datasets.stamp("survey", "0001")
    for names in (["nobody"], ["5"], [""], ["North"], []):
        with pytest.raises(StoreError, match="No customer"):
            erasure.forget(LOCAL, "survey", names)
    assert datasets.stamp("survey", "0001") == stamp


def test_who_may_not_erases_nothing(take):
    take(rows())
    with pytest.raises(NotAllowedError):
        erasure.forget(Principal("vera", "viewer"), "survey", ["cust-7"])
    with pytest.raises(NotAllowedError):
        erasure.forget(Principal("ada", "analyst", frozenset({"other"})), "survey", ["cust-7"])
    with pytest.raises(StoreError, match="no dataset 'nowhere'"):
        erasure.forget(LOCAL, "nowhere", ["cust-7"])
    assert QUOTE in everything()


def test_broken_off_it_can_be_done_again(take, monkeypatch):
    take(rows())
    real = erasure._without

    def fails(path, *rest):
        if path.name == "mentions.parquet":
            raise OSError(28, "No space left on device")
        return real(path, *rest)

    monkeypatch.setattr(erasure, "_without", fails)
    with pytest.raises(OSError, match="No space"):
        erasure.forget(LOCAL, "survey", ["cust-7"])
    monkeypatch.setattr(erasure, "_without", real)
    assert erasure.forget(LOCAL, "survey", ["cust-7"]).responses == 3
    assert "Quentin" not in everything()
    assert checking.check(LOCAL, "survey") == []


def test_what_vectors_say_of_a_customer_goes_with_them(own_sample):
    from cx.principal import LOCAL
    from cx.store import datasets, erasure, vectors

    dataset = datasets.open_dataset(LOCAL, "sample")
    before = len(vectors.rows(dataset))
    row = dataset.query(
        "SELECT customer_id FROM responses JOIN mentions USING (response_id) WHERE customer_id IS NOT NULL "
        "GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    erasure.forget(LOCAL, "sample", row["customer_id"].tolist())
    assert not list(dataset.where.glob("vectors-*"))
    assert len(vectors.rows(datasets.open_dataset(LOCAL, "sample"))) < before
