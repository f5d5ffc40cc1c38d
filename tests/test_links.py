"""Share links as records: who makes, changes, renews and withdraws them; on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cx.errors import NotAllowedError, NoteError, StoreError
from cx.principal import LOCAL, Principal, Scope
from cx.store import audit, datasets, links, records, visits
from cx.store.links import Wish
from tests.made import dataset

pytestmark = pytest.mark.usefixtures("both_databases")

ANN, BOB = Principal("ann@firm.example", "analyst"), Principal("bob@firm.example", "analyst")
WISH = Wish("shop", "overview", ("overview", "topics"), {"f.Region": ["North"]}, label="For the board")


def write(name: str = "shop", version: str = "0001") -> None:
    dataset(datasets.folder(name) / version, [{"nps": 9, "Region": "North"}, {"nps": 2, "Region": "South"}])


@pytest.fixture(autouse=True)
def shop(both_databases):
    write()


def test_a_link_is_found_by_its_token_and_by_nothing_that_is_kept():
    made, token = links.create(ANN, WISH)
    link = links.of_token(token)
    assert link is not None and link.id == made and link.state == links.OPEN and link.opens == 0
    assert (link.scope.owner, link.scope.dataset, link.scope.label) == (ANN.name, "shop", "For the board")
    assert link.scope.params == (("f.Region", ("North",)),) and link.scope.pages == ("overview", "topics")
    with records.engine().connect() as connection:
        row = dict(connection.execute(sa.select(links.TABLE)).mappings().one())
    assert token not in str(row)
    assert links.of_token(row["token"]) is None and links.of_token(str(made)) is None and links.of_token("") is None


@pytest.mark.parametrize(
    "who",
    [
        Principal("eve", "viewer"),
        Principal("demo", "viewer", frozenset({"shop"})),
        Principal("eve", "analyst", frozenset({"other"})),
        Principal("guest", "guest"),
        Principal("guest", "guest", scope=Scope(1, "ann", "shop", ("overview",), "overview")),
    ],
)
def test_who_may_not_write_shares_nothing_and_touches_no_link(who):
    made, token = links.create(ANN, WISH)
    for act in (
        lambda: links.create(who, WISH),
        lambda: links.change(who, made, WISH._replace(comments="full")),
        lambda: links.rotate(who, made),
        lambda: links.revoke(who, made),
    ):
        with pytest.raises(NotAllowedError):
            act()
    found = links.of_token(token)
    assert found is not None and found.state == links.OPEN and found.scope.comments == "none"
    if not who.may_write():
        with pytest.raises(NotAllowedError):
            links.listed(who)
    else:
        assert links.listed(who) == []


def test_another_analyst_changes_no_link_but_an_admin_does():
    made, token = links.create(ANN, WISH)
    for act in (links.rotate, links.revoke):
        with pytest.raises(NotAllowedError):
            act(BOB, made)
    with pytest.raises(NotAllowedError):
        links.change(BOB, made, WISH)
    assert links.listed(BOB) == [] and [link.id for link in links.listed(ANN)] == [made]
    assert [link.id for link in links.listed(LOCAL)] == [made] and links.listed(LOCAL, "other") == []
    links.revoke(LOCAL, made)
    assert links.of_token(token).state == links.REVOKED


def test_a_renewed_link_opens_by_its_new_token_alone_and_nobody_stays_in():
    made, old = links.create(ANN, WISH)
    visit = visits.begin(made)
    fresh = links.rotate(ANN, made)
    assert links.of_token(old) is None and links.of_token(fresh).id == made
    assert visits.link_of(visit) == (False, None)


def test_a_link_that_ended_or_was_withdrawn_says_so(monkeypatch):
    now = records.now()
    made, token = links.create(ANN, WISH._replace(expires=now + timedelta(days=1)))
    assert links.of_id(made).state == links.OPEN
    monkeypatch.setattr(records, "now", lambda: now + timedelta(days=1))
    assert links.of_token(token).state == links.EXPIRED
    links.revoke(ANN, made)
    assert links.of_token(token).state == links.REVOKED, "withdrawn it stays, whatever its end"


def test_a_changed_link_keeps_its_token_and_password_unless_a_new_one_is_given():
    made, token = links.create(ANN, WISH._replace(password="open sesame"))
    proof, visit = links.of_id(made).proof, visits.begin(made)
    links.change(ANN, made, WISH._replace(comments="masked", password=None))
    assert links.of_token(token).scope.comments == "masked" and links.of_id(made).proof == proof
    assert visits.link_of(visit) == (True, made)
    links.change(ANN, made, WISH._replace(password="another one"))
    assert links.of_id(made).proof not in ("", proof) and visits.link_of(visit) == (False, None)


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"comments": "all"}, NoteError),
        ({"page": "drivers"}, NoteError),
        ({"pages": ()}, NoteError),
        ({"params": {"f.Region": ["x" * 9_000]}}, NoteError),
        ({"label": "x" * 81}, NoteError),
        ({"note": "x" * 501}, NoteError),
        ({"dataset": "nowhere"}, StoreError),
        ({"dataset": "../shop"}, StoreError),
        ({"version": "0009"}, StoreError),
        ({"version": "../0001"}, StoreError),
    ],
)
def test_wishes_that_cannot_be_kept_make_no_link(wish, error):
    with pytest.raises(error):
        links.create(ANN, WISH._replace(**wish))
    assert links.listed(LOCAL) == []


def test_a_link_never_begins_in_the_past():
    with pytest.raises(NoteError, match="future"):
        links.create(ANN, WISH._replace(expires=records.now() - timedelta(seconds=1)))


def test_the_dataset_of_a_link_is_not_among_its_parameters():
    made, _ = links.create(ANN, WISH._replace(params={"d": ["other"], "from": ["2026-01-01"]}))
    assert links.of_id(made).scope.params == (("from", ("2026-01-01",)),)


def test_openings_are_counted_and_every_act_is_written_down():
    made, _ = links.create(ANN, WISH)
    guest = Principal("guest", "guest", scope=links.of_id(made).scope, origin="abc")
    links.note_opening(guest)
    links.note_opening(guest)
    found = links.of_id(made)
    assert found.opens == 2 and found.opened is not None
    links.change(ANN, made, WISH)
    links.rotate(ANN, made)
    links.revoke(ANN, made)
    told = [(entry.what, entry.name) for entry in reversed(audit.listed(LOCAL))]
    assert told == [
        ("shared", ANN.name), ("opened", "guest"), ("opened", "guest"), ("link changed", ANN.name),
        ("link renewed", ANN.name), ("link withdrawn", ANN.name),
    ]  # fmt: skip
    assert audit.listed(LOCAL)[-2].origin == "abc"


def test_a_link_opens_with_a_page_that_it_shows():
    """Comments is nothing without words: a guest would come to no page at all."""
    comments = WISH._replace(page="comments", pages=("comments",))
    with pytest.raises(NoteError, match="Share another page"):
        links.create(ANN, comments._replace(comments="none"))
    made, _ = links.create(ANN, comments._replace(comments="masked"))
    with pytest.raises(NoteError, match="Share another page"):
        links.change(ANN, made, comments._replace(comments="none"))


def test_no_more_links_than_a_dataset_may_have(monkeypatch):
    monkeypatch.setattr(links, "MOST", 2)
    links.create(ANN, WISH)
    links.create(ANN, WISH)
    with pytest.raises(NoteError, match="2 links"):
        links.create(BOB, WISH)
    links.revoke(ANN, links.listed(ANN)[0].id)
    links.create(BOB, WISH)  # as the sentence says: withdraw some first


def test_links_do_not_come_back_with_a_new_dataset_of_the_same_name():
    """Whoever deletes a dataset ends what was shared of it, fixed links too."""
    from cx.store import erasure

    _, live = links.create(ANN, WISH)
    _, fixed = links.create(ANN, WISH._replace(version="0001"))
    erasure.forget_dataset(LOCAL, "shop")
    write()
    assert [link and link.state for link in map(links.of_token, (live, fixed))] in ([links.REVOKED] * 2, [None] * 2)
