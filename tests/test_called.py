"""Values and headings of ours in the reader's language; names from files stay, and English is as the columns are called."""

import pandas as pd
import pytest

from cx.schema import LABELS, NOT_ANALYSED, PILLARS
from cx.text.emotions import EFFORTS, EMOTIONS
from cx.view import called, wording


@pytest.fixture(autouse=True)
def _english():
    yield
    wording.begin("en")


def test_all_of_our_values_have_a_german_name_and_in_english_their_own():
    for facet, held in (
        ("emotion", EMOTIONS), ("effort", EFFORTS), ("pillar", PILLARS), ("sentiment_label", (*LABELS, NOT_ANALYSED)),
    ):  # fmt: skip
        assert [called.value(facet, value) for value in held] == list(held)
        wording.begin("de")
        told = [called.value(facet, value) for value in held]
        assert len(set(told)) == len(told)
        assert sum(one != other for one, other in zip(told, held, strict=True)) >= len(held) - 1  # "neutral" is both
        wording.begin("en")
    wording.begin("de")
    assert called.value("emotion", "delight") == "Begeisterung"


def test_what_is_not_ours_is_called_as_it_is():
    wording.begin("de")
    assert called.value("topic", "delight") == "delight"
    assert called.value("pillar", "Our own pillar") == "Our own pillar"
    assert called.heading("Region") == "Region"


def test_a_table_has_german_headings_and_values_of_ours_and_is_left_alone_itself():
    rows = pd.DataFrame(
        {"share": ["x"], "emotion": ["anger"], "low": [1.0], "high": [2.0], "Region": ["delight"], "n": [3]}
    )
    wording.begin("de")
    shown = called.headed(rows, own=1)
    assert list(shown.columns) == ["share", "Emotion", "von", "bis", "Region", "n"]
    assert shown.iloc[0].tolist() == ["x", "Ärger", 1.0, 2.0, "delight", 3]
    assert list(rows.columns)[1] == "emotion" and rows["emotion"].iloc[0] == "anger"
    wording.begin("en")
    pd.testing.assert_frame_equal(called.headed(rows), rows)


def test_two_columns_never_get_the_same_heading():
    wording.begin("de")
    assert list(called.headed(pd.DataFrame([[1, 2]], columns=["kpi", "title"])).columns) == ["Kennzahl", "title"]


def test_a_column_that_means_something_else_than_usual():
    wording.begin("de")
    given = pd.DataFrame({"by": ["ann"]})
    assert list(called.headed(given).columns) == ["bis wann"]
    assert list(called.headed(given, by=called.AUTHOR).columns) == ["von wem"]


@pytest.mark.parametrize(
    ("label", "german"),
    [
        ("under 20", "unter 20"),
        ("20 to 1,500", "20 bis 1.500"),
        ("50 and more", "50 und mehr"),
        ("7", "7"),
        ("North to be", "North to be"),
    ],
)
def test_ranges(label, german):
    assert called.range_(label) == label
    wording.begin("de")
    assert called.range_(label) == german


def test_titles_inside_of_sentences():
    assert [wording.inside(each) for each in ("Net sentiment", "NPS", "CX performance index")] == [
        "net sentiment", "NPS", "CX performance index"
    ]  # fmt: skip
    assert wording.small("Touchpoint") == "touchpoint"
    wording.begin("de")
    assert (wording.inside("Nettostimmung"), wording.small("Kontaktpunkt")) == ("Nettostimmung", "Kontaktpunkt")
