"""Damaged exports of every vendor: each row is accounted for, or one line says why the file cannot come in."""

import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import fuzz_intake
from benchmarks.fuzz_intake import Damage
from cx.errors import CXError
from cx.intake import mapping, read

FORMS = fuzz_intake.forms()
DAMAGE = st.builds(Damage, st.sampled_from(sorted(fuzz_intake.DAMAGES)), st.floats(0, 1), st.integers(0, 255))


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    form=st.sampled_from(range(len(FORMS))), content=st.integers(0, 2**32), rows=st.sampled_from([1, 3, 30]),
    separator=st.sampled_from([",", ";", "\t", "|"]), codec=st.sampled_from(sorted(set(fuzz_intake.CODECS))),
    packed=st.sampled_from(fuzz_intake.PACKED), damages=st.lists(DAMAGE, max_size=6),
)  # fmt: skip
def test_every_row_is_accounted_for_or_one_line_says_why_not(form, content, rows, separator, codec, packed, damages):
    table = fuzz_intake.made(*FORMS[form], Random(content), rows)
    raw = fuzz_intake.damaged(fuzz_intake.written(table, separator, codec, packed), damages)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export.{packed}"
        path.write_bytes(raw)
        fuzz_intake.outcome(path)


@pytest.mark.parametrize("form", range(len(FORMS)))
def test_undamaged_files_come_in_whole(tmp_path, form):
    """The files that are damaged above are real ones to begin with: recognised, and every row of them kept or rejected."""
    rules, shape = FORMS[form]
    table = fuzz_intake.made(rules, shape, Random(form), 40)
    path = tmp_path / "export.csv"
    path.write_bytes(fuzz_intake.written(table, ",", "utf-8", "csv"))
    assert fuzz_intake.outcome(path) == "kept"
    opened = read.open_table(path)
    layout = fuzz_intake.sources.recognise(opened)
    assert layout.rules.name == rules.name
    assert mapping.plan(opened, layout).rows == sum(any(cell.strip() for cell in row) for row in table) - shape.get(
        "header_rows", 1
    )


def test_a_lost_row_and_a_traceback_are_failures(tmp_path, monkeypatch):
    path = tmp_path / "export.csv"
    path.write_text("Rating,Comment\n" + "5,It was good\n" * 9)
    assert fuzz_intake.outcome(path) == "kept"
    batches = fuzz_intake.apply.batches

    def losing(plan, size):
        for batch in batches(plan, size):
            batch.frame, batch.original = batch.frame[1:], batch.original[1:]
            yield batch

    monkeypatch.setattr(fuzz_intake.apply, "batches", losing)
    with pytest.raises(AssertionError, match="8 rows of 9"):
        fuzz_intake.outcome(path)

    def two_lines(plan, size):
        raise CXError("one\ntwo")

    monkeypatch.setattr(fuzz_intake.apply, "batches", two_lines)
    with pytest.raises(AssertionError, match="no sentence in one line"):
        fuzz_intake.outcome(path)


@pytest.mark.parametrize("kind", sorted(fuzz_intake.DAMAGES))
def test_every_damage_changes_a_file_and_the_same_way_each_time(kind):
    raw = b"id,text,score\n" + b"".join(b"%d,some text,5\n" % n for n in range(50))
    once, again = (fuzz_intake.damaged(raw, [Damage(kind, 0.5, 77)]) for _ in range(2))
    assert once == again != raw
