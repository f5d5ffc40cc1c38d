"""Saved views: kept as given, seen by whom they are for, changed by their author or an admin, gone with their dataset."""

import pytest

from cx.errors import NotAllowedError, NoteError, StoreError
from cx.principal import LOCAL, Principal
from cx.store import datasets, erasure, records, views
from tests import made
from tests.test_pages import _from_here, ok, opened, words  # noqa: F401
from tests.together import at_once

ANN, BEN = Principal("ann", "analyst", frozenset({"hers"})), Principal("ben", "analyst")
VERA, GUS = Principal("vera", "viewer"), Principal("gus", "guest")
PARAMS = {"from": ["2026-03-01"], "f.Region": ["North", "a&b=c"], "kpi": ["NPS"]}
HOSTILE = "<script>alert(1)</script> **b** ![x](http://evil.invalid/b.png) :red[x] `c` $d$"


@pytest.fixture
def hers(both_databases, home):
    for name in ("hers", "his"):
        made.dataset(home / "datasets" / name / "0001", [{"nps": 9, "date": "2026-03-01"}])


def names(principal, dataset="hers"):
    return [view.name for view in views.listed(principal, dataset)]


def test_a_view_is_kept_as_it_was_given_and_belongs_to_its_dataset(hers):
    views.keep(ANN, "hers", "  North\nin spring ", "trends", {"d": ["elsewhere"], **PARAMS})
    found = views.listed(ANN, "hers")[0]
    assert (found.name, found.page, found.params, found.team, found.author) == (
        "North in spring",
        "trends",
        PARAMS,
        False,
        "ann",
    )
    assert found.url() == {"d": ["hers"], **PARAMS} and not found.default
    assert names(LOCAL, "his") == []


def test_own_views_are_seen_by_their_author_alone_the_teams_by_all(hers):
    views.keep(ANN, "hers", "mine", "trends", {})
    views.keep(ANN, "hers", "ours", "overview", {}, team=True)
    views.keep(VERA, "hers", "hers too", "overview", {})
    assert (names(ANN), names(BEN), names(VERA)) == (["mine", "ours"], ["ours"], ["hers too", "ours"])
    assert names(LOCAL) == ["ours"], "an admin does not read what others keep for themselves"


@pytest.mark.parametrize(("who", "act"), [
    (VERA, lambda: views.keep(VERA, "hers", "x", "trends", {}, team=True)), (GUS, lambda: views.keep(GUS, "hers", "x", "trends", {})),
    (GUS, lambda: views.listed(GUS, "hers")), (ANN, lambda: views.keep(ANN, "his", "x", "trends", {})),
    (ANN, lambda: views.listed(ANN, "his")), (ANN, lambda: views.make_default(ANN, "his", None)),
])  # fmt: skip
def test_who_may_not_is_refused(hers, who, act):
    with pytest.raises(NotAllowedError):
        act()
    assert names(LOCAL) == names(LOCAL, "his") == []


def test_a_view_is_changed_by_its_author_or_an_admin(hers):
    one = views.keep(ANN, "hers", "ours", "trends", PARAMS, team=True)
    for who in (BEN, VERA):
        for act in (
            lambda who=who: views.change(who, "hers", one, "x", True),
            lambda who=who: views.delete(who, "hers", one),
        ):
            with pytest.raises(NotAllowedError, match="changed by ann or an admin"):
                act()
    views.change(LOCAL, "hers", one, "North", True)
    assert [(v.name, v.author, v.params) for v in views.listed(BEN, "hers")] == [("North", "ann", PARAMS)]
    views.change(ANN, "hers", one, "Mine again", False)
    assert (names(BEN), names(ANN)) == ([], ["Mine again"])
    for who in (BEN, LOCAL):
        with pytest.raises(NoteError, match=f"no view {one}"):
            views.delete(who, "hers", one)
    views.delete(ANN, "hers", one)
    assert names(ANN) == []


def test_a_viewer_cannot_make_an_own_view_the_teams(hers):
    one = views.keep(VERA, "hers", "mine", "trends", {})
    with pytest.raises(NotAllowedError):
        views.change(VERA, "hers", one, "mine", True)
    assert names(BEN) == []


@pytest.mark.parametrize(("name", "params", "said"), [
    (" \n ", {}, "no text"), ("x" * 61, {}, "61 characters; 60"), ("x", {"f.a": ["y" * 9000]}, "8,000 characters"),
    ("Taken", {}, "already"),
])  # fmt: skip
def test_what_cannot_be_kept(hers, name, params, said):
    views.keep(ANN, "hers", "taken", "trends", {})
    with pytest.raises(NoteError, match=said):
        views.keep(ANN, "hers", name, "trends", params)
    assert names(ANN) == ["taken"]


def test_a_name_is_taken_among_those_who_would_mix_it_up(hers):
    one = views.keep(ANN, "hers", "North", "trends", {})
    views.keep(BEN, "hers", "north", "trends", {})
    views.keep(ANN, "hers", "North", "trends", {}, team=True)
    with pytest.raises(NoteError, match="already"):
        views.keep(BEN, "hers", "NORTH", "trends", {}, team=True)
    with pytest.raises(NoteError, match="already"):
        views.change(ANN, "hers", one, "North", True)
    views.change(ANN, "hers", one, "north", False)


def test_a_default_is_each_ones_own(hers):
    ours = views.keep(ANN, "hers", "ours", "trends", PARAMS, team=True)
    mine = views.keep(BEN, "hers", "mine", "compare", {})
    for who, view in ((ANN, ours), (BEN, ours), (BEN, mine)):
        views.make_default(who, "hers", view)
    assert (views.default(ANN).name, views.default(BEN).name, views.default(VERA)) == ("ours", "mine", None)
    assert [view.default for view in views.listed(BEN, "hers")] == [True, False]
    with pytest.raises(NoteError, match=f"no view {mine}"):
        views.make_default(ANN, "hers", mine)
    views.make_default(BEN, "hers", None)
    assert views.default(BEN) is None and views.default(ANN).id == ours


def test_a_default_ends_with_its_view_or_with_the_right_to_see_it(hers):
    ours = views.keep(ANN, "hers", "ours", "trends", {}, team=True)
    views.make_default(BEN, "hers", ours)
    assert views.default(BEN._replace(datasets=frozenset({"his"}))) is None
    assert views.default(BEN._replace(role="guest")) is None
    views.change(ANN, "hers", ours, "ours", False)
    assert views.default(BEN) is None
    views.make_default(ANN, "hers", ours)
    views.delete(ANN, "hers", ours)
    assert views.default(ANN) is None


def test_views_go_with_their_dataset(hers):
    ours = views.keep(ANN, "hers", "ours", "trends", {}, team=True)
    other = views.keep(BEN, "his", "other", "trends", {})
    views.make_default(ANN, "hers", ours)
    views.make_default(BEN, "his", other)
    erasure.forget_dataset(LOCAL, "hers")
    assert views.default(ANN) is None and views.default(BEN).id == other
    with records.engine().connect() as connection:
        assert len(connection.execute(records.saved_views.select()).all()) == 1
    with pytest.raises(StoreError):
        datasets.open_dataset(LOCAL, "hers")
    with pytest.raises(StoreError):
        views.keep(BEN, "hers", "x", "trends", {})


# ---- On the pages


def address(at):
    return {name: [held] if isinstance(held, str) else list(held) for name, held in at.query_params.items()}


def test_a_view_is_kept_on_a_page_and_opens_it_again(own_sample):
    at = opened("compare", **{"from": "2026-03-01", "f.Region": "North", "kpi": "csat"})
    before = address(at)
    at.text_input(key="view_name").input(HOSTILE[:60])
    ok(at.button(key="FormSubmitter:view_keep-Keep it").click().run())
    kept = views.listed(LOCAL, "sample")[0]
    assert (kept.page, kept.name, kept.team) == ("compare", HOSTILE[:60], False)
    assert kept.url() == before and kept.params["from"] == ["2026-03-01"]
    away = opened("topics")
    button = away.button(key=f"view_{kept.id}")
    assert "<script>" not in button.label and r"\*\*b\*\*" in button.label, "signs of Markdown stand for themselves"
    back = ok(button.click().run())
    assert "1 Mar 2026" in words(back) and "Region: North" in words(back)
    assert address(back) == before


def test_a_view_is_renamed_shared_and_deleted_on_a_page(own_sample):
    one = views.keep(LOCAL, "sample", "North", "trends", {})
    at = opened("overview")
    at.text_input(key=f"view_name_{one}").input("South")
    at.segmented_control(key=f"view_team_{one}").set_value("the team")
    ok(at.button(key="view_save").click().run())
    assert [(view.name, view.team) for view in views.listed(BEN, "sample")] == [("South", True)]
    ok(at.button(key="view_delete").click().run())
    assert views.listed(LOCAL, "sample") == []


def test_why_a_view_was_not_kept_is_said(own_sample):
    views.keep(LOCAL, "sample", "North", "trends", {})
    at = opened("overview")
    at.text_input(key="view_name").input("north")
    ok(at.button(key="FormSubmitter:view_keep-Keep it").click().run())
    assert "There is a view “north” already" in words(at) and at.text_input(key="view_name").value == "north"


def test_the_default_view_opens_at_the_plain_address_and_only_there(own_sample):
    one = views.keep(LOCAL, "sample", "North", "trends", {"f.Region": ["North"], "from": ["2026-03-01"]})
    at = opened("overview")
    ok(at.selectbox(key="view_first").select(one).run())
    assert views.default(LOCAL).id == one
    assert "Region: North" not in words(at), "not in the middle of a visit"
    fresh = opened("overview")
    assert "Region: North" in words(fresh) and address(fresh)["from"] == ["2026-03-01"]
    assert "Region: North" not in words(opened("overview", d="sample"))
    assert "Region: North" not in words(opened("topics"))


def test_a_view_of_a_page_or_column_that_is_gone_says_so(own_sample):
    lost = views.keep(LOCAL, "sample", "old page", "nowhere", {})
    other = views.keep(LOCAL, "sample", "old column", "trends", {"f.Planet": ["Mars"], "from": ["never"]})
    at = opened("overview")
    assert "no longer there" in words(ok(at.button(key=f"view_{lost}").click().run()))
    said = words(ok(at.button(key=f"view_{other}").click().run()))
    assert "Left out of the address" in said and "f.Planet" in said


def test_visitors_of_a_demo_keep_nothing(own_sample, monkeypatch):
    monkeypatch.setenv("CX_MODE", "demo")
    views.keep(LOCAL, "sample", "Spring", "trends", {"from": ["2026-03-01"]}, team=True)
    at = opened("overview")
    assert at.button(key=f"view_{views.listed(LOCAL, 'sample')[0].id}")
    assert not [field for field in at.text_input if field.key == "view_name"]


def test_of_several_who_take_a_name_at_once_one_gets_it(hers):
    views.listed(ANN, "hers")

    def keep(_: int) -> int:
        return views.keep(ANN, "hers", "Weekly", "trends", {}, team=True)

    got = at_once(keep)
    assert sum(isinstance(each, NoteError) for each in got) == 7
    assert names(ANN) == ["Weekly"]
