"""A comment read into kinds: one letter for every word, in the right place, "." where a sentence ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx.text import kinds


@pytest.mark.parametrize(
    ("comment", "letters"),
    [
        ("", ""),
        ("  \t ", ""),
        ("the food was great", "DnLJ"),
        ("The food was great. It was cold", "DnLJ.TLJ"),
        ("nice staff The food was cold", "Jn.DnLJ"),  # a capital without a full stop
        ("great, but slow", "J,BJ"),
        ("not only cheap but good", "NRJAJ"),  # this "but" adds
        ("Dr. Smith was kind", "nnLJ"),
        ("1. cheap 2. fast", "nJ.nJ"),  # the full stop behind a number of a list ends nothing
        ("a\nb", "D.n"),
    ],
)
def test_letters(comment: str, letters: str):
    assert kinds.read(comment)[0] == letters


def test_places():
    letters, starts, ends = kinds.read(" Good  food. Bad tea")
    assert letters == "Jn.Jn"
    assert starts == [1, 7, 11, 13, 17]
    assert ends[2] == 12


@given(st.text(alphabet="aB1 \n\t.,!-('’[]😀éİ日_"))
def test_every_kind_has_its_place(comment: str):
    letters, starts, ends = kinds.read(comment)
    assert len(letters) == len(starts)
    assert starts == sorted(starts)
    assert all(
        (0 <= start < len(comment) and not comment[start].isspace()) or comment[start] == "\n" for start in starts
    )
    assert all(place in ends for place, letter in enumerate(letters) if letter in ".,;:-()")


def test_forgetting_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    before = kinds.read("The food was great. It was cold")
    monkeypatch.setattr(kinds, "MEMORY", 1)
    assert kinds.read("The food was great. It was cold") == before
