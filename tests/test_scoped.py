"""What a link's window leaves out is not there for any query, whoever writes it."""

from datetime import datetime

import pandas as pd
import pytest

from cx.errors import NotAllowedError, StoreError
from cx.measure import estimate, kpis, tally
from cx.principal import LOCAL, Principal, Scope
from cx.settings import MinimumBase
from cx.store import datasets
from cx.store.derived import Derived
from cx.view import moments, scorecards, search
from cx.view.filters import ALL
from tests.made import dataset

ROWS = [
    ("1", "2026-01-05", "North", 10, "Anna was lovely, mail her at anna.roe@example.org for more. Delivery was slow."),
    ("2", "2026-01-06", "South", 2, "The delivery was late again and nobody answered the phone."),
    ("3", "2026-02-07", "North", 8, "Easy checkout and a friendly courier brought the parcel."),
    ("4", "2026-02-08", "South", 3, "Great website, terrible delivery of the parcel."),
]


def guest(**own) -> Principal:
    held = {"link": 1, "owner": "ann", "dataset": "shop", "pages": ("overview",), "page": "overview"} | own
    return Principal("guest", "guest", scope=Scope(**held))


SAID = [
    ("1", "Anna was lovely, mail her at anna.roe@example.org for more.", "positive", "phone support"),
    ("1", "Delivery was slow.", "negative", "delivery"),
    ("2", "The delivery was late again", "negative", "delivery"),
    ("3", "Easy checkout and a friendly courier brought the parcel.", "positive", "website"),
    ("4", "Great website, terrible delivery of the parcel.", "negative", "delivery"),
]
TOPIC = {"id": "t1", "name": "Parcels", "parent": None, "terms": ["parcel"], "size": 2, "exemplars": [ROWS[2][4]]}


def stored(version="0001", name="shop", rows=ROWS):
    """A version with these rows, as an import would leave it."""
    responses = [dict(zip(("response_id", "date", "Region", "nps", "comment"), row, strict=True)) for row in rows]
    for row in responses:
        row["date"] = datetime.fromisoformat(row["date"])
    known = {row[0]: row[4] for row in rows}
    mentions = [
        {"response_id": of, "text": text, "sentiment_label": label, "touchpoint": where, "start": known[of].index(text),
         "end": known[of].index(text) + len(text)}
        for of, text, label, where in SAID if of in known
    ]  # fmt: skip
    return dataset(datasets.folder(name) / version, responses, mentions, topics=[TOPIC])


@pytest.fixture
def shop():
    stored()
    return "shop"


def opened(**own):
    return datasets.open_dataset(guest(**own), "shop")


def test_a_locked_filter_is_part_of_every_table(shop):
    held = opened(params=(("f.Region", ("North",)),))
    for table in datasets.TABLES:
        found = held.query(f"SELECT DISTINCT response_id FROM {table} ORDER BY 1")["response_id"].tolist()
        assert found == ["1", "3"], table
    derived = Derived(held, {"Half": "CASE WHEN nps > 9 THEN 'a' ELSE 'b' END"})
    assert tally.volume(derived, ["Half"])["n"].tolist() == [1, 1]
    assert tally.volume(datasets.open_dataset(LOCAL, "shop"))["n"].tolist() == [4]


def test_an_open_filter_lets_every_row_in(shop):
    assert tally.volume(opened(params=(("f.Region", ("North",)),), locked=False))["n"].tolist() == [4]


def test_comments_that_are_not_shown_are_counted_and_empty(shop):
    held = opened(comments="none")
    assert tally.volume(held)["comments"].tolist() == [4]
    assert set(held.query("SELECT comment FROM responses")["comment"]) == {""}
    assert set(held.query("SELECT text FROM mentions")["text"]) == {""}
    assert set(held.query('SELECT "mention.text" AS said, comment FROM facts')["said"]) == {""}
    assert kpis.table(held, min_base=1).equals(kpis.table(datasets.open_dataset(LOCAL, "shop"), min_base=1))


def test_masked_comments_are_blotted_where_they_name_somebody(shop):
    comment = search.page(opened(comments="masked"), search.Find(words="courier"))[0]
    assert comment.texts["comment"] == ROWS[2][4]
    [told] = [found for found in search.page(opened(comments="masked"), search.Find()) if found.response_id == "1"]
    assert "anna.roe" not in told.texts["comment"] and "example.org" not in told.texts["comment"]
    assert len(told.texts["comment"]) == len(ROWS[0][4]) and "•" in told.texts["comment"]
    assert all("anna.roe" not in mention.text for mention in told.mentions)
    [full] = [found for found in search.page(opened(comments="full"), search.Find()) if found.response_id == "1"]
    assert "anna.roe@example.org" in full.texts["comment"]


@pytest.mark.parametrize("sql", [
    "SELECT comment AS anything FROM responses",
    "SELECT min(comment) AS told, max(response_id) AS value FROM responses",
    'SELECT "mention.text" AS somebody_said FROM facts WHERE "mention.text" LIKE \'Anna%\'',
    'SELECT comment AS "@by comment" FROM responses',
    "SELECT list(comment ORDER BY response_id) AS all_of_them FROM responses",
])  # fmt: skip
def test_words_are_masked_under_any_name_a_query_gives_them(shop, sql):
    assert "anna.roe" in str(opened(comments="full").query(sql).to_numpy().tolist())
    told = str(opened(comments="masked").query(sql).to_numpy().tolist())
    assert "anna.roe" not in told and "•" in told


def test_names_of_groups_are_not_masked(shop):
    stored(rows=[(*row[:2], "Anna Roe Street, anna@example.org", *row[3:]) for row in ROWS])
    sql = 'SELECT Region, Region AS "@by Region", response_id, response_id AS id, count(*) AS n FROM responses GROUP BY ALL'
    whole, masked = (opened(comments=kind).query(f"{sql} ORDER BY id") for kind in ("full", "masked"))
    assert masked.equals(whole)


def test_quotes_of_pillars_and_journeys_are_blotted_too(shop):
    held = {kind: opened(comments=kind) for kind in ("full", "masked", "none")}
    stage = held["full"].query('SELECT DISTINCT "mention.stage" AS stage FROM facts')["stage"].iloc[0]
    asked = pd.DataFrame({"stage": [stage], "touchpoint": ["phone support"]})
    quoted = {
        kind: [
            *(quote for pair in scorecards.extremes(seen, ALL).values() for quote in pair),
            *(quote for quote, _ in moments._quotes(seen, moments.MENTION + "stage", ALL, asked).values()),
        ]
        for kind, seen in held.items()
    }
    assert sum("anna.roe@example.org" in quote for quote in quoted["full"]) == 2
    assert sum("•" in quote for quote in quoted["masked"]) == 2
    assert not any("anna.roe" in quote for quote in quoted["masked"])
    assert not any(quoted["none"])


def test_words_from_outside_the_locked_period_stay_unread(shop):
    held = opened(params=(("from", ("2026-02-01",)),), comments="full")
    told = held.query("SELECT response_id, comment FROM responses ORDER BY 1").set_index("response_id")["comment"]
    assert [bool(text) for text in told] == [False, False, True, True]
    mentions = held.query("SELECT DISTINCT response_id FROM mentions WHERE text <> '' ORDER BY 1")["response_id"]
    assert mentions.tolist() == ["3", "4"]


def test_locked_facets_leave_other_comments_unread(shop):
    whole = datasets.open_dataset(LOCAL, "shop")
    fits = whole.query("SELECT DISTINCT response_id FROM mentions WHERE touchpoint = 'delivery' ORDER BY 1")[
        "response_id"
    ]
    assert 0 < len(fits) < 4, "the made-up comments tell it apart"
    held = opened(params=(("touchpoint", ("delivery",)),), page="comments", pages=("comments",), comments="full")
    read = held.query("SELECT response_id FROM responses WHERE comment <> '' ORDER BY 1")["response_id"]
    assert read.tolist() == fits.tolist()


def test_locked_words_leave_other_comments_unread(shop):
    """What was looked for in the view that was shared is as much of it as a filter, also where comments are masked."""
    for comments in ("full", "masked"):
        own = {"page": "comments", "pages": ("comments",), "comments": comments}
        held = opened(params=(("words", ("PARCEL delivery",)),), **own)
        for table, column in (("responses", "comment"), ("mentions", "text"), ("facts", '"mention.text"')):
            read = held.query(f"SELECT DISTINCT response_id FROM {table} WHERE {column} <> ''")["response_id"]
            assert read.tolist() == ["4"], "the only one with both words"
        free = opened(params=(("words", ("PARCEL delivery",)),), locked=False, **own)
        assert len(free.query("SELECT * FROM responses WHERE comment <> ''")) == 4


def test_topics_keep_their_quotes_to_themselves(shop):
    for own in ({"comments": "none"}, {"comments": "full", "params": (("f.Region", ("North",)),)}):
        assert not any(topic["exemplars"] for topic in opened(**own).topics()["topics"])


def test_a_link_whose_column_is_gone_opens_nothing(shop):
    with pytest.raises(StoreError, match="no longer has"):
        opened(params=(("f.Country", ("North",)),))


def test_guests_read_their_dataset_and_version_alone(shop):
    stored(name="other")
    asker = guest()
    assert datasets.names(asker) == ["shop"]
    with pytest.raises(NotAllowedError):
        datasets.open_dataset(asker, "other")
    with pytest.raises(NotAllowedError):
        datasets.must_write(asker, "shop")
    with pytest.raises(NotAllowedError):
        datasets.open_dataset(Principal("guest", "guest"), "shop")
    stored("0002")
    assert datasets.versions(asker, "shop") == ["0002"]
    fixed = guest(version="0001")
    assert datasets.open_dataset(fixed, "shop").version == "0001"
    with pytest.raises(StoreError):
        datasets.open_dataset(fixed, "shop", "0002")


def test_no_base_below_ten_for_guests(shop):
    base = opened().settings.min_base
    assert base == 10 and isinstance(base, MinimumBase)


def groups(**n):
    """Groups of n each, all with a value."""
    frame = pd.DataFrame({"of": list(n), "n": list(n.values())})
    return frame.assign(**dict.fromkeys(("value", "low", "high", "mid", "se"), 1.0))


def test_what_is_left_out_cannot_be_worked_out_from_the_rest():
    """Four of 100 responses are left out: total less the others would tell them, so the next smallest goes, too."""
    shown = estimate.suppressed(groups(a=4, b=11, c=85), MinimumBase(10)).set_index("of")["value"].notna()
    assert shown.to_dict() == {"a": False, "b": False, "c": True}
    shown = estimate.suppressed(groups(a=4, b=11, c=85), 10).set_index("of")["value"].notna()
    assert shown.to_dict() == {"a": False, "b": True, "c": True}
    shown = estimate.suppressed(groups(a=6, b=7, c=85), MinimumBase(10)).set_index("of")["value"].notna()
    assert shown.to_dict() == {"a": False, "b": False, "c": True}, "thirteen together are enough"


def test_in_a_table_no_line_and_no_column_tells_what_is_left_out():
    cells = groups(a=3, b=40, c=50, d=60).assign(row=["x", "x", "y", "y"], column=["u", "v", "u", "v"])
    shown = estimate.suppressed(cells, MinimumBase(10), ["row", "column"])["value"].notna().tolist()
    assert shown == [False, False, False, False], "two in each line and column, or none"


def test_both_sides_go_when_one_is_left_out():
    have, lack = estimate.sides(groups(a=4, b=60), groups(a=96, b=40), "of", MinimumBase(10))
    # Of `a` 4 have it and 96 lack it: both go. Of the two shown before, 60 and 40, the one beside the 4 goes as well.
    assert have["value"].notna().tolist() == [False, False]
    assert lack["value"].notna().tolist() == [False, True]
    assert estimate.sides(groups(a=4, b=60), groups(a=96, b=40), "of", 10)[1]["value"].notna().all()
