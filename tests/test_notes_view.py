"""Annotations on a chart: within its time, labels that do not lie on each other, words that stay words."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from cx.store.notes import Annotation
from cx.view import charts, notes, theme

BEGIN, END = date(2026, 1, 1), date(2026, 12, 31)


def note(first, last=None, text="Release", number=1):
    return Annotation(number, first, last or first, text, "ann", datetime(2026, 1, 1))


def series(months=12):
    periods = pd.date_range(BEGIN, periods=months, freq="MS")
    return pd.DataFrame({"period": periods, "value": 30.0, "low": 20.0, "high": 40.0, "n": 100})


def test_only_what_lies_in_the_time_of_the_chart():
    given = [
        note(date(2025, 12, 31)),
        note(BEGIN),
        note(date(2025, 6, 1), date(2026, 2, 1)),
        note(END),
        note(date(2027, 1, 1)),
    ]
    assert notes.within(given, BEGIN, END) == given[1:4]
    found = notes.placed(given, BEGIN, END)
    assert found["number"].tolist() == ["1", "2", "3"]
    assert found["begin"].dt.date.tolist() == [BEGIN, BEGIN, END], "one that began before begins with the chart"
    assert found["end"].dt.date.tolist() == [BEGIN, date(2026, 2, 1), END]
    assert found["lasting"].tolist() == [False, True, False]
    assert found["left"].tolist() == [False, False, True], "no room behind the last day"
    assert notes.placed([], BEGIN, END).empty


def test_labels_do_not_lie_on_each_other():
    many = [note(BEGIN + timedelta(days=3 * day), text=f"Event number {day} of many") for day in range(100)]
    found = notes.placed(many, BEGIN, END)
    assert len(found) == 100 and 0 < (found["label"] != "").sum() < 30
    written = found[found["label"] != ""]
    at = notes.WIDE * (written["begin"] - pd.Timestamp(BEGIN)).dt.days / 364
    length = notes.LETTER * written["label"].str.len()
    start = at.where(~written["left"].astype(bool), at - length)
    for _, row in written.assign(start=start, stop=start + length).groupby("row"):
        ordered = row.sort_values("start")
        assert (ordered["start"].iloc[1:].to_numpy() > ordered["stop"].iloc[:-1].to_numpy()).all()
    assert found["say"].iloc[99] == "25 Oct 2026: Event number 99 of many"


def test_long_texts_are_cut_and_whole_in_the_tooltip():
    text = "A strike that goes on and on at the parcel carrier"
    row = notes.placed([note(BEGIN, text=text)], BEGIN, END).iloc[0]
    assert (
        row["label"].endswith("…")
        and len(row["label"]) <= notes.LONGEST
        and text.startswith(row["label"][:-1].rstrip())
    )
    assert row["say"] == f"1 Jan 2026: {text}"


def test_words_below_the_chart_and_in_its_alternative_text():
    given = [note(BEGIN, END, "Strike"), *(note(END, text=f"Release {n}") for n in range(4))]
    assert notes.sentence(2, given[0]) == "2 · 1 Jan 2026 – 31 Dec 2026: Strike (ann)"
    assert notes.alt(given) == ". With 5 annotations, listed below the chart"
    assert notes.alt([]) == ""


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
def test_a_chart_with_annotations_keeps_its_marks(look):
    plain = charts.trend(series(), "NPS", "points", look)
    spec, data = charts.with_notes(plain, notes.placed([note(BEGIN), note(BEGIN, END)], BEGIN, END), look)
    marks = [layer["mark"]["type"] for layer in spec["layer"]]
    assert marks == ["rect", "rule", "text", "area", "line", "rule", "circle"]
    assert len(data) == 14 and data["number"].notna().sum() == 2
    for layer in spec["layer"]:
        assert "isValid(datum.number)" in str(layer["transform"]), "periods and annotations do not mix"
    assert "transform" not in plain[0]["layer"][0], "the spec that others share is as it was"


def test_without_annotations_nothing_changes():
    plain = charts.trend(series(), "NPS", "points", theme.LIGHT)
    assert charts.with_notes(plain, notes.placed([], BEGIN, END), theme.LIGHT) is plain


def test_the_spec_does_not_hold_what_people_wrote():
    """Specs are remembered by look, not by content; texts are data, which Vega shows as they are."""
    hostile = "<img src=x onerror=alert(1)>"
    plain = charts.trend(series(), "NPS", "points", theme.LIGHT)
    spec, data = charts.with_notes(plain, notes.placed([note(BEGIN, text=hostile)], BEGIN, END), theme.LIGHT)
    assert hostile not in str(spec) and hostile in data["say"].iloc[-1]


def test_a_hundred_are_ticks():
    def rule(many):
        found = notes.placed([note(BEGIN + timedelta(days=day)) for day in range(many)], BEGIN, END)
        spec, _ = charts.with_notes(charts.trend(series(), "NPS", "points", theme.LIGHT), found, theme.LIGHT)
        return spec["layer"][1]["encoding"]

    assert "y2" not in rule(charts.CROWD) and rule(100)["y2"] == {"value": 14}
