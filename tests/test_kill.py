"""Sudden death of an import and of a writer of records, at random moments: nothing is half there, nothing said to be kept is lost."""

from random import Random

import pytest

from benchmarks import kill
from cx.principal import LOCAL
from cx.store import datasets, links, notes

ROWS = 200
MOMENTS = {"sqlite": 5, "postgresql": 1}


def test_killed_while_importing_and_writing(both_databases, tmp_path):
    file, lasts = kill.prepared(tmp_path, ROWS)
    random = Random(11)
    found = [
        kill.killed(file, ROWS, lasts * random.uniform(0.1, 0.95), serve=False) for _ in range(MOMENTS[both_databases])
    ]
    assert [each.wrong for each in found] == [[]] * len(found)
    assert {each.state for each in found} <= {"queued", "interrupted", "done"}
    if len(found) > 1:
        assert any(each.state == "interrupted" for each in found), "some of them died at work"
    assert all(each.records for each in found), "records were being written"


@pytest.mark.usefixtures("home")
def test_the_look_afterwards_finds_what_is_wrong(tmp_path):
    """So that the test above can fail."""
    kill.prepared(tmp_path, 40)
    (datasets.home() / "datasets" / "torn" / "0001").mkdir(parents=True)
    (datasets.home() / "datasets" / kill.KEPT / "0001" / "facts.parquet").write_bytes(b"PAR1")
    assert kill._half(40) == ["half a dataset: 0001"]
    assert len(kill._checked()) == 1
    token = links.create(LOCAL, links.Wish(kill.KEPT, "overview", ("overview",), label="there"))[1]
    told = [f"link 1 {token} there", f"link 1 {token} other words", "link 2 no-such-token there", "annotation 9 - gone"]
    assert kill._lost(told) == ["link 1 is lost", "link 2 is lost", "annotation 9 is lost"]
    assert not notes.annotations(LOCAL, kill.KEPT)
