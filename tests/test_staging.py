"""Parts: told apart by key and content, on the scales they were answered, sampled, written with fixed types."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cx.schema import CANONICAL, Scale
from cx.store import staging

FIVE, TEN = Scale(1, 5), Scale(1, 10)


def part(file: int, source: str, keys: str = "", hashes: str = "", known: str = "") -> pd.DataFrame:
    """Rows given as words: keys (`-` is none), hashes, or ids of the version before."""
    words = [[None if word == "-" else word for word in given.split()] for given in (keys, hashes, known)]
    n = max(map(len, words))
    columns = [given or [None] * n for given in words]
    return pd.DataFrame(
        {"_file": file, "source": source, "_key": columns[0], "_hash": columns[1], "response_id": columns[2]}
    )


def told(tmp_path, *frames: pd.DataFrame) -> list[tuple[str, bool, bool]]:
    parts = staging.Parts(tmp_path / "parts")
    for frame in frames:
        for begin in range(0, len(frame), staging.PART_ROWS):
            staging.write_part(parts.new(), frame.iloc[begin : begin + staging.PART_ROWS])
    found = staging.tell_apart(parts)
    return list(zip(found["response_id"], found["kept"].tolist(), found["new"].tolist(), strict=True))


def test_of_the_same_key_the_later_row_stays(tmp_path):
    found = told(tmp_path, part(0, "s", keys="a b a c a", hashes="1 2 3 4 5"))
    assert found == [("a", False, True), ("b", True, True), ("a", False, False), ("c", True, True), ("a", True, False)]


def test_rows_without_key_are_counted_by_content(tmp_path):
    found = told(tmp_path, part(0, "s", keys="- a - -", hashes="x x x y"))
    assert [row[0] for row in found] == ["x-0", "a", "x-2", "y-0"], "k counts equal rows, keyed ones as well"
    assert all(kept and new for _, kept, new in found)


def test_equal_rows_over_several_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(staging, "PART_ROWS", 2)
    found = told(tmp_path, part(0, "s", keys="- - - - -", hashes="x x x y x"))
    assert [row[0] for row in found] == ["x-0", "x-1", "x-2", "y-0", "x-3"]


def test_what_the_version_before_has_is_not_new(tmp_path):
    before = part(-1, "s", known="a b x-0")
    found = told(tmp_path, before, part(0, "s", keys="b - c -", hashes="1 x 2 x"))
    assert found[:3] == [("a", True, False), ("b", False, False), ("x-0", False, False)]
    assert found[3:] == [("b", True, False), ("x-0", True, False), ("c", True, True), ("x-1", True, True)]


def test_two_sources_with_the_same_keys(tmp_path):
    found = told(tmp_path, part(0, "one", keys="a b", hashes="1 2"), part(1, "two", keys="b c", hashes="1 2"))
    assert [row[0] for row in found] == ["a", "b", "two:b", "c"]
    assert all(kept and new for _, kept, new in found)


def test_prefixed_ids_are_met_again(tmp_path):
    before = [part(-1, "one", known="a b"), part(-1, "two", known="two:b c")]
    found = told(tmp_path, *before, part(0, "two", keys="b c d", hashes="1 2 3"))
    assert found[2:] == [
        ("two:b", False, False),
        ("c", False, False),
        ("two:b", True, False),
        ("c", True, False),
        ("d", True, True),
    ]


def test_whoever_had_an_id_first_keeps_it(tmp_path):
    before = [part(-1, "one", known="a"), part(-1, "two", known="z")]
    found = told(tmp_path, *before, part(0, "two", keys="a", hashes="1"), part(1, "one", keys="z a", hashes="2 3"))
    assert [row[0] for row in found] == ["a", "z", "two:a", "one:z", "a"]


# --- Tables


def test_a_table_has_exactly_its_schema():
    schema = pa.schema([("a", pa.string()), ("n", pa.float64()), ("gone", pa.string()), ("date", pa.timestamp("us"))])
    frame = pd.DataFrame(
        {"n": [1.0, None], "a": ["", "x"], "other": [1, 2], "date": pd.to_datetime(["2026-01-02", None])}
    )
    assert staging.to_table(frame, schema).to_pylist() == [
        {"a": None, "n": 1.0, "gone": None, "date": pd.Timestamp("2026-01-02")},
        {"a": "x", "n": None, "gone": None, "date": None},
    ]


def test_numbers_become_words_where_another_source_has_words():
    frame = pd.DataFrame({"a": [1.0, 2.5, None, 1234567.0, 0.1]})
    found = staging.to_table(frame, pa.schema([("a", pa.string())]))
    assert found["a"].to_pylist() == ["1", "2.5", None, "1234567", "0.1"]


def test_the_order_of_columns():
    columns = staging.Columns()
    columns.see(
        pd.DataFrame(
            {"_line": [1], **{name: [None] for name in CANONICAL}, "channel": ["web"], "Zoo": ["x"], "Ape": [1.0]}
        )
    )
    columns.see(pd.DataFrame({"Bear": [None], "Ape": [2.0], "Zoo": [1.0]}))
    schema = columns.schema()
    assert schema.names == [*CANONICAL, "channel", "sentiment", "sentiment_label", "Zoo", "Ape", "Bear"]
    assert [schema.field(name).type for name in ("Zoo", "Ape", "Bear", "nps")] == [
        pa.string(),
        pa.float64(),
        pa.string(),
        pa.float64(),
    ]
    assert columns.mixed() == {"Zoo"}


# --- Scales


def test_every_answer_names_its_scale():
    frame = pd.DataFrame({"csat": [1.0, None, 5.0], "nps": [1.0, 2.0, 3.0]})
    staging.fill_scales(frame, {"csat": [FIVE, TEN], "nps": [Scale(0, 10)]}, ())
    assert frame["csat scale"].fillna("none").tolist() == ["1–5", "none", "1–5"]
    assert "nps scale" not in frame


def test_only_scales_with_answers_are_left(tmp_path):
    paths = []
    for place, markers in enumerate((["1–5", None], ["1–5"], None)):
        frame = pd.DataFrame({"csat": [1.0] * len(markers or [1])})
        if markers:
            frame["csat scale"] = markers
        paths.append(tmp_path / f"{place}.parquet")
        frame.to_parquet(paths[-1])
    assert staging.used_scales(paths, {"csat": [TEN, FIVE], "nps": [TEN]}) == {"csat": [FIVE], "nps": [TEN]}
    assert staging.used_scales(paths[2:], {"csat": [TEN, FIVE]}) == {"csat": [TEN]}, "nobody answered: the first"


# --- Samples


def mentions(where: Path, name: str, filled: list[bool]) -> Path:
    path = where / f"{name}.mentions"
    pd.DataFrame({"text": [f"{name}{place}" for place in range(len(filled))]}).to_parquet(path)
    vectors = np.array(
        [[float(yes), place * float(yes)] for place, yes in enumerate(filled)], dtype=np.float16
    ).reshape(-1, 2)
    np.save(path.with_suffix(".npy"), vectors)
    return path


def test_a_sample_of_those_with_a_vector(tmp_path):
    paths = [
        mentions(tmp_path, "a", [True, False, True]),
        mentions(tmp_path, "b", []),
        mentions(tmp_path, "c", [False, True, True, True]),
    ]
    texts, vectors = staging.sample(paths, 10)
    assert texts == ["a0", "a2", "c1", "c2", "c3"]
    assert vectors.tolist() == [[1, 0], [1, 2], [1, 1], [1, 2], [1, 3]]
    assert vectors.dtype == np.float32
    texts, vectors = staging.sample(paths, 3)
    assert texts == ["a0", "c1", "c3"]
    assert vectors.tolist() == [[1, 0], [1, 1], [1, 3]]


def test_a_sample_of_nothing(tmp_path):
    for paths in ([], [mentions(tmp_path, "a", [])], [mentions(tmp_path, "b", [False, False])]):
        texts, vectors = staging.sample(paths, 3)
        assert texts == []
        assert len(vectors) == 0


@pytest.mark.parametrize("name", ["it's", "a'b''c"])
def test_paths_with_quotes(tmp_path, name):
    where = tmp_path / name
    where.mkdir()
    for table in ("mentions", "responses"):
        frame = pd.DataFrame({"response_id": ["a"], "date": [pd.Timestamp("2026-01-01")], "mention": [0]})
        schema = (
            staging.mention_schema()
            if table == "mentions"
            else pa.schema([("response_id", pa.string()), ("date", pa.timestamp("us"))])
        )
        pa.parquet.write_table(staging.to_table(frame, schema), where / f"{table}.parquet")
    staging.write_facts(where)
    assert pa.parquet.read_metadata(where / "facts.parquet").num_rows == 1
