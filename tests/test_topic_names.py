"""Names of topics: things first, word pairs preferred, as people write them; readable quotes."""

import pytest

from cx.text import topic_names


def called(groups):
    texts = [topic_names.terms(text) for group in groups for text in group]
    places = [place for place, group in enumerate(groups) for _ in group]
    return topic_names.names(texts, places, len(groups))


def test_a_pair_is_preferred_and_a_description_follows_its_thing():
    names = called(
        [
            ["The swimming pool is warm", "great swimming pool", "swimming pool closed"] * 4,
            ["friendly staff", "staff friendly and helpful", "friendly reception", "so friendly", "friendly"] * 4,
            ["value for money", "poor value for money", "good value for money"] * 4,
        ]
    )
    assert names[0].name == "Swimming pool"
    assert names[1].name == "Staff, friendly"
    assert names[2].name == "Value for money"


def test_forms_are_the_written_ones():
    names = called(
        [["the ATM is broken", "ATM swallowed it", "an ATM"] * 3, ["Check in took ages", "slow check-in"] * 4]
    )
    assert names[0].name.startswith("ATM")
    assert "check-in" in names[1].terms or "check in" in names[1].terms


def test_equal_groups_get_different_names():
    names = called([["parking full", "parking garage full"] * 5, ["parking full", "parking garage full"] * 5])
    assert names[0].name != names[1].name


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("great!", False),
        ("I loved it so much", False),
        ("", False),
        ("[email]", False),
        ("wifi", True),
        ("bad food", True),
    ],
)
def test_whether_a_text_names_anything(text, subject):
    assert topic_names.has_subject(text) is subject


def test_quotes_are_distinct_readable_and_near():
    texts = [
        "ok",
        "The queue at the check-in desk was endless",
        "The queue at the check-in desk was endless!",
        "We waited for an hour before anybody came",
        "x " * 200,
        "Nobody told us where we had to line up",
    ]
    assert topic_names.exemplars(texts, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]) == (texts[1], texts[3], texts[5])


def test_what_was_done_follows_what_it_was_done_to():
    names = called(
        [
            ["I paid the invoice", "paid my invoice", "paid twice", "paid it", "invoice lost"] * 4,
            ["they removed it", "nobody removed it", "removed at last"] * 5,
            ["parking was full", "no parking", "parking far away"] * 5,
        ]
    )
    assert names[0].name == "Invoice, paid"
    assert names[1].name == "Removed", "with nothing else it has to do"
    assert names[2].name == "Parking", "a thing in spite of its ending"


def test_masks_and_days_name_nothing():
    names = called([["Payment on Monday", "Payment OpenedXX on Monday", "Payment at 5 pm"] * 5])
    assert names[0].terms == ("payment",)


def test_a_name_has_three_terms_at_most():
    group = ["engine tyre brake clutch gearbox"] * 6
    names = called([group] * 5)
    assert len({name.name for name in names}) == 5
    assert all(name.name.count(",") <= 2 for name in names)
