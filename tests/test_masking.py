"""Personal data is gone before anything is stored; pseudonyms are the same under the same key."""

import hashlib
import hmac
import sys
from collections import Counter

import pandas as pd
import pytest

from cx.errors import CXError, IntakeError
from cx.intake import privacy
from cx.intake.masking import SHORT, Masks, Privacy, pseudonym
from cx.schema import Column

KEY = b"a secret"
SAID = "Write to ann@example.com, please."
MASKED = "Write to [email], please."


def columns(*roles: str) -> list[Column]:
    return [Column(place, f"c{place}", f"c{place}", role, 1.0) for place, role in enumerate(roles)]


@pytest.mark.parametrize("name", ["c1", "Zürich 🚗", "1001", "x" * 1000])
def test_a_pseudonym_is_a_keyed_hash(name):
    expected = hmac.new(KEY, name.encode(), hashlib.sha256).hexdigest()[:16]
    assert pseudonym(name, KEY) == pseudonym(f"  {name}\t", KEY) == expected
    assert pseudonym(name, b"another secret") != expected


@pytest.mark.parametrize("name", [None, "", "   ", float("nan"), 5])
def test_no_name_no_pseudonym(name):
    assert pseudonym(name, KEY) is None


def frame() -> pd.DataFrame:
    return pd.DataFrame({
        "_key": ["ann@example.com", "2"], "_hash": ["h1", "h2"], "response_id": [None, None], "source": ["s", "s"],
        "language": ["en", None], "customer_id": ["ann@example.com", None], "comment": [SAID, None], "_notes": [SAID, "x"],
        "nps": [1.0, None], "date": pd.to_datetime(["2026-01-02", None]),
        "complete": pd.array([True, None], dtype="boolean"), "Region": ["North", SAID],
    })  # fmt: skip


def test_a_frame_is_masked():
    masks = Masks(KEY)
    given = frame()
    found = masks.frame(given)
    assert found["comment"].fillna("none").tolist() == [MASKED, "none"]
    assert found["_notes"].tolist() == [MASKED, "x"], "a column of the file, for all its name"
    assert found["Region"].tolist() == ["North", MASKED]
    assert found["_key"].tolist() == ["ann@example.com", "2"], "the source's key is never masked"
    assert found["customer_id"].fillna("none").tolist() == [pseudonym("ann@example.com", KEY), "none"]
    assert found["nps"].equals(given["nps"])
    assert found["date"].equals(given["date"])
    assert found["complete"].equals(given["complete"])
    assert masks.counts == {"email": 3}, "every cell counts"
    assert given.equals(frame()), "the given frame is left as it was"


def test_masking_stored_texts_again_leaves_pseudonyms():
    masks = Masks(KEY)
    once = masks.frame(frame())
    twice = masks.texts(once.convert_dtypes())
    assert twice["customer_id"].tolist()[0] == once["customer_id"].tolist()[0]
    assert twice["comment"].tolist()[0] == MASKED
    assert masks.counts == {"email": 3}, "nothing new"


def test_a_record_is_masked_by_roles():
    masks = Masks(KEY)
    roles = columns("response_id", "personal", "customer_id", "comment", "ignore")
    row = ["ann@example.com", "Ann", "c1", SAID, SAID, f"beyond {SAID}"]
    expected = ["ann@example.com", "[personal]", pseudonym("c1", KEY), MASKED, MASKED, f"beyond {MASKED}"]
    assert masks.record(row, roles) == expected
    assert masks.record(["", "", "", "", ""], roles) == [""] * 5
    assert masks.record(["k", "Ann"], roles) == ["k", "[personal]"], "a fragment"
    assert masks.counts == {}, "only what becomes a response is counted"


def test_kept_records_are_masked_with_what_was_read():
    """Dates and numbers that were read stay as they stand, also where they look like a telephone number."""
    masks = Masks(KEY, Privacy(region="DE"))
    roles = [
        *columns("response_id", "personal", "customer_id"),
        *(Column(3 + at, name, name, role, 1.0, stored=name) for at, (name, role) in
          enumerate({"nps": "nps", "date": "date", "comment": "comment", "Region": "segment"}.items())),
    ]  # fmt: skip
    roles[2] = Column(2, "who", "who", "customer_id", 1.0, stored="customer_id")
    rows = [
        ["ann@example.com", "Ann", " c1 ", "1", "2026-01-02", SAID, " North"],
        ["2", "", "", SAID, SAID, "", "x", SAID],
    ]
    read = masks.frame(frame().assign(comment=[SAID, None], Region=["North", "x"], customer_id=["c1", None]))
    assert masks.records(rows, roles, read) == [
        ("ann@example.com", "[personal]", pseudonym("c1", KEY), "1", "2026-01-02", MASKED, " North", ""),
        ("2", "", "", MASKED, MASKED, "", "x", MASKED),
    ]
    assert masks.records([], roles, read[:0]) == []
    assert Masks(KEY, Privacy(keep_original=True)).records(rows, roles, read) == [tuple(row) for row in rows]


def test_a_kept_record_by_the_rules_of_today():
    masks = Masks(KEY)
    told = [{"role": role} for role in ("response_id", "personal", "customer_id", "comment")]
    row = ["ann@example.com", "[personal]", "0123456789abcdef", SAID, SAID]
    assert masks.again(row, told) == ["ann@example.com", "[personal]", "0123456789abcdef", MASKED, MASKED]
    assert masks.again(row[:2], told) == row[:2]
    assert Masks(KEY, Privacy(keep_original=True)).again(row, told) == row


def test_readable_ids_stay_where_the_admin_keeps_them():
    masks = Masks(KEY, Privacy(readable_ids=True))
    given = frame().assign(customer_id=["  ann@example.com ", None])
    assert masks.frame(given)["customer_id"].fillna("none").tolist() == ["ann@example.com", "none"]
    roles = columns("customer_id", "comment")
    assert masks.record([" c1 ", SAID], roles) == ["c1", MASKED]
    assert [masks.customer(name) for name in ("", " ", None, 5)] == [None] * 4


def test_personal_columns_stay_only_when_kept():
    masks = Masks(KEY)
    roles = [*columns("personal"), Column(1, "c1", "c1", "personal", 1.0, stored="c1"), *columns("", "", "comment")[2:]]
    assert masks.record([SAID, SAID, SAID], roles) == ["[personal]", SAID, MASKED]
    assert masks.record(["Ann", "", ""], roles) == ["[personal]", "", ""]
    found = masks.frame(frame(), {"Region"})
    assert found["Region"].tolist() == ["North", SAID]
    assert found["comment"].tolist()[0] == MASKED


def test_personal_cells_go_in_hindsight():
    """What was stored before the column was known to be personal."""
    told = [{"role": "personal"}, {"role": "personal", "stored": "c1"}, {"role": "comment", "stored": "comment"}]
    assert Masks(KEY).again(["Ann", "Lee", SAID, SAID], told) == ["[personal]", "Lee", MASKED, MASKED]


def test_what_either_masks_is_masked_and_what_either_keeps_is_kept():
    begun = Privacy(region="DE", readable_ids=True, keep=("Name",))
    assert begun.joined(Privacy(names=True, keep=("City", "Name"))) == Privacy(
        "DE", True, ("Name", "City"), True, False
    )
    assert begun.joined(Privacy(region="GB")).region == "GB"
    assert Privacy.from_json(begun.as_json()) == begun
    assert Privacy.from_json({}) == Privacy()


def test_a_region_makes_its_numbers_count():
    assert Masks(KEY).text("Ich bin die 030 1234567.") == "Ich bin die 030 1234567."
    masks = Masks(KEY, Privacy(region="de"))
    assert masks.text("Ich bin die 030 1234567.") == "Ich bin die [phone]."
    assert masks.counts == {"phone": 1}
    with pytest.raises(IntakeError, match="no country code"):
        Masks(KEY, Privacy(region="Bavaria"))


def test_long_texts_are_masked_but_not_remembered():
    masks = Masks(KEY)
    long = "x " * SHORT + SAID
    assert masks.text(long) == "x " * SHORT + MASKED
    assert masks._remembered.cache_info().currsize == 0
    assert masks.text(SAID) == masks.text(SAID) == MASKED
    assert masks._remembered.cache_info().currsize == 1
    assert masks.counts == {"email": 3}


def test_names_need_the_optional_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(CXError, match="pip install presidio-analyzer"):
        Masks(KEY, Privacy(names=True))


def test_names_go_with_it(monkeypatch):
    def names_masker():
        return lambda text: (text.replace("Ann", "[name]"), Counter(name=text.count("Ann")))

    monkeypatch.setattr(privacy, "names_masker", names_masker)
    masks = Masks(KEY, Privacy(names=True))
    assert masks.text("Ann is ann@example.com") == "[name] is [email]"
    assert masks.counts == {"name": 1, "email": 1}
