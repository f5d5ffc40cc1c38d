"""Addresses that mean nothing or harm, and datasets that lack something or have too much of it: every page still makes sense."""

import json
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from cx.store import staging
from cx.ui import here, nav
from cx.view import charts
from tests.test_pages import _from_here, answers, dataset, opened, words  # noqa: F401

PAGES = list(nav.PAGES)
HOSTILE = "<script>alert(1)</script>' OR 1=1; DROP TABLE responses --\x00../../etc/passwd\u202e" + "x" * 3000
VISIBLE = re.compile(r"<style.*?</style>|<[^>]+>", re.S)
FREE = {"ask", "delight", "words", "like"}
"""Parameters that are words: anything may stand in them."""


def left(at) -> set[str]:
    return {name for name in at.query_params if name not in ("d", "from", "to") and not name.startswith("f.")}


@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_address_is_dropped_with_a_notice(sample, page):
    own = here.OWN.get(page, ())
    strange = {"<script>alert(2)</script>": "x", "zzz": HOSTILE, "f.<img src=x>": "y", "from": HOSTILE, "d": HOSTILE}
    at = opened(page, **dict.fromkeys(own, HOSTILE), **strange)
    said = words(at)
    assert "Left out of the address" in said and "zzz" in said
    assert "<script>alert" not in said and "<img src=x" not in said
    assert left(at) <= FREE
    told = {name for name in own if f"{name}=&lt;script&gt;" in said}
    assert told >= set(own) - FREE


@pytest.mark.parametrize("page", PAGES)
def test_hostile_words_and_values_are_words(sample, page):
    """The values of a column and what is searched are taken as they are, never as markup or SQL."""
    own = dict.fromkeys(FREE & set(here.OWN.get(page, ())), HOSTILE)
    columns = {
        "compare": {"column": "Region", "a": HOSTILE, "b": "North"},
        "journey": {"of": "Region", "b": HOSTILE, "a": HOSTILE},
    }
    said = words(opened(page, **own, **columns.get(page, {})))
    assert "<script>alert" not in said
    if page not in ("feedback", "links", "audit"):
        assert "No responses fit" in words(opened(page, **{"f.Region": HOSTILE}))


MOODS = ("Wonderful, thank you so much!", "Terrible, never again.", "Quite all right I suppose.")
LABELS = [f"Branch number {i} at the corner of a very long street name {i:03}"[:60] for i in range(500)]


def lacking(kind: str) -> list[dict]:
    """Rows of a dataset that lacks something, or has a column with 500 values of 60 letters."""
    drop = {
        "dates": ["Date"],
        "comments": ["Comment"],
        "scores": ["How likely are you to recommend us?", "Overall satisfaction (1-5)"],
    }
    rows = answers(2_000 if kind == "many values" else 120, *drop.get(kind, []))
    for place, row in enumerate(rows):
        if kind == "touchpoints":
            row["Comment"] = f"{MOODS[place % 3]} This is remark number {place}."
        if kind == "many values":
            row["Branch"] = LABELS[place % 500]
        if kind == "columns":
            del row["Region"]
    return rows


def unplaced(where: Path) -> None:
    """Takes touchpoints and stages out of a stored version: comments about nothing in particular."""
    mentions = pd.read_parquet(where / "mentions.parquet").assign(touchpoint="none", stage="none")
    mentions.to_parquet(where / "mentions.parquet", index=False)
    staging.write_facts(where)


SAYS = {
    "dates": {
        "overview": "No readable dates", "trends": "Trends need dates", "emotions": "Over time needs a column with dates",
        "compare": "against everyone else", "feedback": "nothing can be shown over time",
    },
    "comments": {
        "overview": "needs comments with dates", "journey": "import a file with a comment column",
        "drivers": "Nothing is told or rated", "feedback": "no column holds free text",
        **dict.fromkeys(("scorecards", "emotions", "topics", "comments", "taxonomy"), "This dataset has no comments."),
    },
    "scores": {
        "overview": "Where it hurts", "trends": "Net sentiment", "drivers": "moves Net sentiment", "compare": "Net sentiment",
        "feedback": "no column is NPS",
    },
    "touchpoints": {"touchpoints": "Nothing here has both: touchpoint and stage", "journey": "Nothing said here names a stage",
                    "emotions": "No mention with an emotion names a touchpoint"},
    "columns": {"compare": "No column splits customers", "customers": "no column says which customer answered"},
    "many values": {},
}  # fmt: skip
"""What a page must say where something is missing."""


@pytest.mark.parametrize("kind", SAYS)
def test_every_page_makes_sense_of_what_there_is(dataset, home, kind):  # noqa: F811
    dataset(lacking(kind))
    if kind == "touchpoints":
        unplaced(home / "datasets/given/0001")
    for page in PAGES:
        said = VISIBLE.sub(" ", words(opened(page)))
        assert SAYS[kind].get(page, "") in said, (page, said)
        assert re.search(r"\bnan\b|\bNone\b|\bNaT\b|\binf\b", said) is None, page


def test_five_hundred_long_names_are_drawn_and_chosen_from(dataset):  # noqa: F811
    """No chart gets more than its marks, the rest is told, and each name is found in full."""
    dataset(lacking("many values"))
    at = opened("touchpoints", rows="Branch", columns="Region", measure="nps")
    (drawn,) = at.get("vega_lite_chart")
    rows = pa.ipc.open_stream(drawn.proto.data.data).read_all()
    assert 0 < rows.num_rows * len(json.loads(drawn.proto.spec)["layer"]) <= charts.MOST_MARKS
    assert "Branch has 500 values: the 20 largest are shown, 480 are left out." in words(at)
    name = LABELS[123]
    assert name in words(opened("compare", column="Branch", b=name))
    at = opened("journey", of="Branch", b=name)
    assert at.selectbox(key="travel_b").value == name

    assert f"Branch: {name}" in words(opened("overview", **{"f.Branch": name}))
    assert re.search(r"Branch has about \d{3} different values", words(opened("compare", column="Branch", b=name)))
