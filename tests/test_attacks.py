"""Attacks: what guests, viewers, other sites, and files that somebody else wrote try, and what comes of it."""

import asyncio
import csv
import io
import itertools
import json
import os
import shutil
import socket
import sys
import zipfile
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from cx import imports
from cx.errors import AccessError, CXError, NotAllowedError, StoreError
from cx.principal import LOCAL, Principal
from cx.settings import MinimumBase
from cx.share import access, doors, routes
from cx.share.access import Answer, Asking
from cx.store import audit, datasets, links, records, visits
from cx.store.links import Wish
from cx.ui import asking, nav, shows
from cx.view import emotions, search, topics
from cx.view.filters import ALL
from tests.made import dataset

ROOT = Path(__file__).parents[1]
ANN = Principal("ann@firm.example", "analyst")
SECRET, PERSON, ELSEWHERE = "zanzibar", "Quimber", "forbidden"
"""How a word of every comment of the dataset begins, the name of a person in it, and a word of every comment of the other
dataset. Each goes on differently everywhere: words that many say name topics."""

CLAUSES = [
    ("The staff in the shop were very friendly and helpful", "the courier was lovely"),
    ("Delivery was late", "nobody answered the phone"),
    ("I love the new app because it is so easy to use", "checkout was quick"),
    ("The website crashed at checkout", "support was terrible"),
    ("Good value for money and great quality", "I will recommend it to friends"),
    ("The refund took six weeks", "billing was very disappointing"),
]  # fmt: skip


def said(place: int, word: str) -> str:
    first, second = CLAUSES[place % len(CLAUSES)]
    own = "".join(chr(97 + int(digit)) for digit in str(place)) + "qx"
    return f"{first}, {word}{own} as {PERSON}{own} said. And {second}, so {word}{own} it was {'indeed ' * (place % 4)}for me."


def rows(word: str, n: int) -> list[dict]:
    return [
        {
            "Response ID": f"r{place}", "Customer ID": f"c{place % 90}", "Date": (date(2025, 7, 1) + timedelta(days=place)).isoformat(),
            "How likely are you to recommend us?": (place * 7) % 11, "Overall satisfaction (1-5)": 1 + (place * 3) % 5,
            "Region": ("North", "South", "East")[place % 3], "Plan": ("Basic", "Plus")[place % 2], "Comment": said(place, word),
        }
        for place in range(n)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A home with the datasets `shop` and `other`, imported once."""
    where = tmp_path_factory.mktemp("attacked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_HOME", str(where / "home"))
        for name, word, n in (("shop", SECRET, 180), ("other", ELSEWHERE, 30)):
            path = where / f"{name}.csv"
            held = rows(word, n)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(held[0]))
                writer.writeheader()
                writer.writerows(held)
            imports.into(LOCAL, name, [imports.Given(path, path.name, {"Comment": "comment"})])
    return where / "home"


@pytest.fixture
def elsewhere(monkeypatch):
    """Nobody here is at this machine."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setattr(asking, "headers", lambda: {"host": "cx.firm.example"})
    monkeypatch.setattr(asking, "address", lambda: "203.0.113.7")


@pytest.fixture
def shop(imported, elsewhere, monkeypatch):
    """The two datasets, which no test writes to; links come and go."""
    monkeypatch.setenv("CX_HOME", str(imported))


@pytest.fixture
def own(imported, elsewhere, home):
    """The same for a test that writes."""
    shutil.copytree(imported, home)
    return home


def made(held: list[dict], version: str = "0001") -> None:
    """A version of `shop` that was written by hand, as pages read it."""
    where = datasets.folder("shop") / version
    manifest = dataset(where, held).manifest | {"imported": "2026-01-01T00:00:00"}
    (where / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def link(**own) -> tuple[int, str]:
    return links.create(ANN, Wish("shop", "overview", nav.SHARED, label="Board")._replace(**own))


def visit(page: str, token: str = "", **params: str | list[str]) -> AppTest:
    """A page as a guest on a fresh process sees it who has a link."""
    at = AppTest.from_file(ROOT / "cx/ui/main.py", default_timeout=30)
    at.switch_page(str(ROOT / "pages" / f"{page}.py"))
    for name, value in (({"t": token} if token else {}) | params).items():
        at.query_params[name] = value
    return at.run()


def sent(at: AppTest) -> str:
    """Everything that was sent to the browser: texts, tables, charts with their data, options of widgets."""
    out: list[str] = []

    def walk(node) -> None:
        if (proto := getattr(node, "proto", None)) is not None:
            out.append(proto.SerializeToString().decode("utf-8", "replace"))
        for child in getattr(node, "children", {}).values():
            walk(child)

    walk(at._tree)
    assert not at.exception, [error.message for error in at.exception]
    return "\n".join(out)


# --- Words that a link does not show


WORDY = ("overview", "scorecards", "journey", "emotions", "topics", "comments")


@pytest.mark.parametrize("where", ["scorecards", "journey", "emotions", "comments"])
def test_the_words_below_would_be_seen(shop, monkeypatch, where):
    """These pages quote comments to those who may read them: what follows can fail."""
    monkeypatch.setattr(asking, "headers", lambda: {"host": "localhost"})
    monkeypatch.setattr(asking, "address", lambda: "127.0.0.1")
    told = sent(visit(where, d="shop"))
    assert SECRET in told and PERSON in told


@pytest.mark.parametrize("where", [name for name in nav.SHARED if name != "comments"])
def test_no_word_of_a_comment_reaches_a_guest_who_is_to_see_none(shop, where):
    at = visit(where, link()[1])
    told = sent(at).lower()
    assert "dashboard of ann@firm.example" in told and "could not be shown" not in told
    assert SECRET not in told and PERSON.lower() not in told and ELSEWHERE not in told
    for key in (box.key for box in at.expander if box.key):
        at.session_state[key] = True
    told = sent(at.run()).lower()
    assert SECRET not in told and PERSON.lower() not in told


@pytest.mark.parametrize("where", WORDY)
def test_no_name_of_a_person_reaches_a_guest_who_sees_masked_comments(shop, where):
    told = sent(visit(where, link(comments="masked")[1]))
    assert PERSON not in told and "could not be shown" not in told
    if where in ("comments", "journey", "emotions"):
        assert SECRET in told, "the other words are there"


# --- Tokens and cookies


def asks(**own) -> Answer:
    """Who somebody is, from elsewhere."""
    return access.resolve(Asking({"host": "cx.firm.example"}, **own))


def guessed(token: str, how: str) -> str:
    """A token made from a real one by somebody who does not have it."""
    return {
        "any": visits.token(), "its hash": visits.marked(token), "one letter off": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "cut": token[:-1], "longer": token + "A", "other case": token.swapcase(), "SQL": "' OR 1=1 --", "pattern": "%",
        "path": "../" + token, "long": "x" * 100_000, "null": token + "\x00", "spaces": f" {token}", "number": "1",
    }[how]  # fmt: skip


@pytest.mark.parametrize(
    "how",
    ["any", "its hash", "one letter off", "cut", "longer", "other case", "SQL", "pattern", "path", "long", "null", "spaces", "number"],
)  # fmt: skip
def test_a_guessed_token_opens_nothing(shop, how):
    token = guessed(link()[1], how)
    with pytest.raises(AccessError, match="opens nothing"):
        asks(token=token)
    with pytest.raises(AccessError):
        asks(cookies={access.VISIT: token})


@pytest.mark.parametrize("mode", ["local", "password", "team"])
def test_forged_and_swapped_cookies_open_nothing(shop, monkeypatch, mode):
    """Neither what the records hold, nor a guest's cookie as a session's, nor the other way round."""
    monkeypatch.setenv("CX_MODE", mode)
    made, token = link()
    guest, signed = visits.begin(made), visits.begin(None)
    forged = [
        {access.SESSION: guest}, {access.SESSION: token}, {access.SESSION: visits.marked(signed)}, {access.VISIT: signed},
        {access.VISIT: token}, {access.VISIT: str(made)}, {access.VISIT: visits.marked(guest)}, {access.SESSION: "admin"},
        {"cx_admin": "1"}, {access.VISIT: ""}, {access.SESSION: "null"},
    ]  # fmt: skip
    for cookies in forged:
        with pytest.raises(AccessError):
            asks(cookies=cookies)
    assert asks(cookies={access.VISIT: guest}).principal.role == "guest"


def test_a_guest_of_any_mode_stays_a_guest(shop, monkeypatch):
    """Headers a proxy or a user may set give no role."""
    token = link()[1]
    forged = {
        "x-forwarded-user": "admin", "remote-user": "admin", "x-forwarded-host": "localhost", "x-forwarded-email": "ann@firm.example",
        "authorization": "Bearer admin", "x-forwarded-for": "127.0.0.1", "x-original-url": "/audit", "origin": "http://localhost:8501",
    }  # fmt: skip
    for mode in ("local", "password", "team"):
        monkeypatch.setenv("CX_MODE", mode)
        for name, value in forged.items():
            found = access.resolve(Asking({"host": "cx.firm.example", name: value}, token=token)).principal
            assert (found.role, found.may_write(), found.may_read("other")) == ("guest", False, False), name


def test_a_password_given_for_one_link_opens_no_other(shop):
    one, other = link(password="open sesame")[1], link(password="open sesame")[1]
    proof = links.of_token(one).proof
    assert asks(token=one, proofs=frozenset({proof})).principal.role == "guest"
    for proofs in (frozenset(), frozenset({proof}), frozenset({""}), frozenset({"open sesame"})):
        assert asks(token=other, proofs=proofs).principal is None


def test_a_link_does_not_work_longer_by_its_cookie(own, monkeypatch):
    made, _ = link(expires=records.now() + timedelta(hours=1))
    cookies = {access.VISIT: visits.begin(made)}  # as if it had no end
    assert asks(cookies=cookies).principal.role == "guest"
    later = records.now() + timedelta(hours=2)
    monkeypatch.setattr(records, "now", lambda: later)
    with pytest.raises(AccessError, match="come to its end"):
        asks(cookies=cookies)


@pytest.mark.parametrize("how", ["withdrawn", "renewed", "new password"])
def test_a_cookie_dies_with_what_it_came_by(own, how):
    made, _ = link()
    cookies = {access.VISIT: visits.begin(made)}
    wish = Wish("shop", "overview", ("overview",), password="open sesame")
    act = {"withdrawn": links.revoke, "renewed": links.rotate, "new password": partial(links.change, wish=wish)}[how]
    act(ANN, made)
    with pytest.raises(AccessError):
        asks(cookies=cookies)


# --- The share and sign-in addresses


async def nothing(scope, receive, send):
    """What stands behind the doors, and is reached by nobody who is not let in."""
    await PlainTextResponse("reached")(scope, receive, send)


def browser(base: str = "https://cx.firm.example") -> TestClient:
    app = Starlette(
        routes=[*routes.ROUTES, Mount("/", nothing)], middleware=[Middleware(doors.Headers), Middleware(doors.Guard)]
    )  # fmt: skip
    return TestClient(app, base, follow_redirects=False, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}),
        ("GET", {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}),
        ("GET", {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}),
        ("GET", {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"}),
        ("POST", {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "cross-site"}),
        ("POST", {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "same-site"}),
        ("POST", {"origin": "https://evil.example"}),
        ("POST", {"origin": "null"}),
        ("POST", {"origin": "https://cx.firm.example.evil.example"}),
    ],
)  # fmt: skip
def test_no_other_site_opens_or_leaves_a_link_or_signs_in_for_somebody(shop, monkeypatch, method, headers):
    monkeypatch.setenv("CX_MODE", "password")
    _, token = link()
    for path in (f"/s/{token}", "/login"):
        answer = browser().request(method, path, headers=headers, data={"password": "x"} if method == "POST" else None)
        assert answer.status_code == 403 and "set-cookie" not in answer.headers, path
    if method == "GET":
        held = browser()
        held.get(f"/s/{token}")
        for path in ("/s/leave", "/logout"):
            answer = held.get(path, headers=headers)
            assert answer.status_code == 403 and "set-cookie" not in answer.headers, path
        assert visits.link_of(held.cookies["cx_link"])[0]


@pytest.mark.parametrize(
    "path",
    ["/s/{token}?next=https://evil.example", "/s/{token}?t=//evil.example", "/login?next=//evil.example", "/s/leave?to=https://evil.example",
     "/logout?url=//evil.example", "//evil.example/s/{token}", "/s/{token}/", "/s/{token}%2f..%2f..%2fevil.example"],
)  # fmt: skip
@pytest.mark.parametrize("host", ["cx.firm.example", "evil.example"])
def test_no_address_and_no_host_leads_to_another_site(shop, monkeypatch, path, host):
    """Open redirects and host header tricks: what leads on leads to our own front page."""
    monkeypatch.setenv("CX_MODE", "password")
    answer = browser().get(path.format(token=link()[1]), headers={"host": host})
    assert answer.headers.get("location", "/") == "/" and "evil" not in str(answer.headers)


@pytest.mark.parametrize(
    "given", ["abc\r\nset-cookie: cx_session=x", "abc%0d%0aset-cookie:%20cx_session=x", "//evil.example", "a\x00b", "é"]
)
def test_a_token_writes_no_headers(shop, given):
    """In local mode a token in the address is led to the share route first."""
    held = browser()
    first = held.get("/", params={"t": given})
    assert (
        first.status_code == 303 and first.headers["location"].startswith("/s/") and "set-cookie" not in first.headers
    )
    assert first.headers["location"].count("/") == 2 and first.headers["location"].isascii()
    then = held.get(first.headers["location"])
    assert then.status_code in (403, 404) and "set-cookie" not in then.headers


@pytest.mark.parametrize(
    "path",
    [
        "/s/../_stcore/upload_file/a/b",
        "/s/x/../../media/a.png",
        "/s//_stcore/stream",
        "/s/",
        "/s",
        "/S/x",
        "//s/x",
        "/s/x/y",
        "/;/s/x",
    ],
)
def test_in_local_mode_only_the_share_route_answers_from_elsewhere(shop, path):
    """The door for links is one address, not everything whose path begins like it; nor is it one for websockets."""
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"cx.firm.example")]
    for kind in ("http", "websocket"):
        scope = {"type": kind, "path": path, "headers": headers, "query_string": b""}
        asyncio.run(doors.Guard(nothing)(scope, None, send))
        assert sent.pop(0).get("status", 403) == 403 and b"reached" not in (sent.pop() if sent else {}).get("body", b"")
    scope = {"type": "websocket", "path": "/s/x", "headers": headers, "query_string": b"t=x"}
    asyncio.run(doors.Guard(nothing)(scope, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": "not allowed"}]


def test_a_name_that_was_rebound_to_this_machine_is_not_this_machine(shop):
    """DNS rebinding: the page of another site asks for its own name, which now leads here."""
    for host in ("evil.example:8501", "localhost.evil.example", "127.0.0.1.nip.io", "0.0.0.0:8501", "localhost\t.evil"):
        answer = browser("http://127.0.0.1:8501").get("/", headers={"host": host, "origin": "http://evil.example:8501"})
        assert answer.status_code == 403 and "reached" not in answer.text, host


def test_signing_in_takes_no_session_somebody_else_chose(shop, monkeypatch):
    """Session fixation: the cookie that was there before means nothing afterwards."""
    from argon2 import PasswordHasher

    monkeypatch.setenv("CX_MODE", "password")
    monkeypatch.setattr(visits, "_hasher", lambda: PasswordHasher(1, 8, 1))
    monkeypatch.setenv("CX_PASSWORD_HASH", visits.hashed("a long password"))
    held = browser()
    held.cookies.set(access.SESSION, "chosen-by-somebody", domain="cx.firm.example")
    answer = held.post("/login", data={"password": "a long password"})
    fresh = answer.cookies[access.SESSION]
    assert answer.status_code == 303 and fresh != "chosen-by-somebody" and len(fresh) == 43
    with pytest.raises(AccessError):
        asks(cookies={access.SESSION: "chosen-by-somebody"})


def test_ten_wrong_passwords_from_one_address_shut_every_link_for_it_and_for_no_other(own, monkeypatch):
    from argon2 import PasswordHasher

    monkeypatch.setattr(visits, "_hasher", lambda: PasswordHasher(1, 8, 1))
    tokens = [link(password="open sesame")[1] for _ in range(11)]
    told = [browser().post(f"/s/{token}", data={"password": "wrong"}).status_code for token in tokens]
    assert told == [403] * 10 + [429]
    monkeypatch.setattr(routes, "_origin", lambda request: "another")
    assert browser().post(f"/s/{tokens[-1]}", data={"password": "open sesame"}).status_code == 303
    assert [entry.what for entry in audit.listed(LOCAL)].count("wrong password") == 10


def test_nothing_logs_a_token_or_a_password(own, caplog):
    caplog.set_level(0)
    _, token = link(password="open sesame")
    held = browser()
    for path in (f"/s/{token}", f"/?t={token}"):
        held.get(path)
    held.post(f"/s/{token}", data={"password": "open sesame"})
    with pytest.raises(AccessError):
        asks(token=token + "x")
    said = [
        record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))
    ]  # the browser's own
    assert not any(token in record.getMessage() or "sesame" in record.getMessage() for record in said)
    assert token not in audit.csv(LOCAL).decode() and "sesame" not in audit.csv(LOCAL).decode()


# --- Frames of other sites


@pytest.mark.parametrize(
    ("query", "listed", "frames"),
    [
        ("", "", b"'self'"), ("embed=true", "", b"'self'"), ("", "https://intranet.firm.example", b"'self'"),
        ("embed=false", "https://intranet.firm.example", b"'self'"), ("embed=true&embed=false", "https://intranet.firm.example", b"'self'"),
        ("embed=true", "https://intranet.firm.example", b"'self' https://intranet.firm.example"),
    ],
)  # fmt: skip
def test_only_listed_origins_may_frame_what_asks_for_it(monkeypatch, query, listed, frames):
    monkeypatch.setenv("CX_EMBED_ORIGINS", listed)
    answer = browser("http://localhost").get(f"/?{query}")
    policy = answer.headers["content-security-policy"].encode()
    assert b"frame-ancestors " + frames + b";" in policy
    assert ("x-frame-options" in answer.headers) == (frames == b"'self'")


@pytest.mark.parametrize(
    "listed",
    ["*", "https://*", "https://*.firm.example", "https:", "http://firm.example", "https://a.example; script-src *", "javascript:alert(1)",
     "https://a.example/path", "https://a.example,https://b.example", "'self'", "data:", "https://user@a.example", "https://a.example:port"],
)  # fmt: skip
def test_no_pattern_and_no_other_policy_gets_into_the_list_of_origins(monkeypatch, listed):
    monkeypatch.setenv("CX_EMBED_ORIGINS", listed)
    with pytest.raises(AccessError):
        doors.embedders()


# --- Pages


def words(at: AppTest) -> str:
    """What a page says."""
    assert not at.exception, [error.message for error in at.exception]
    html = [element.proto.body for element in at.get("html")]
    return "\n".join([*html, *(each.value for each in (*at.text, *at.markdown, *at.header))])


HIDDEN = [name for name in nav.PAGES if name not in ("overview", "goals")]


@pytest.mark.parametrize("where", HIDDEN)
def test_a_page_that_a_link_does_not_show_is_not_run_on_a_fresh_process(shop, where):
    """Neither by its address, nor asked for once more by a browser that knows of it: the link's own page is."""
    at = visit(where, link(page="goals", pages=("goals",))[1])
    assert "Dashboard of ann@firm.example" in words(at) and "published" in [box.key for box in at.expander]
    assert not at.get("file_uploader") and SECRET not in sent(at)
    assert not {button.key for button in at.get("download_button")} - {"template"}
    assert not [button.key for button in at.button if (button.key or "").startswith(("delete_", "revoke_", "renew_"))]


@pytest.mark.parametrize(
    ("mode", "told"),
    [("local", "local mode"), ("password", "password, or a link"), ("team", "sign in, or have a link")],
)
def test_without_a_link_nobody_from_elsewhere_gets_any_page(shop, monkeypatch, mode, told):
    monkeypatch.setenv("CX_MODE", mode)
    monkeypatch.setattr(asking, "claims", lambda: None)
    for given in ({}, {"t": "x" * 43}, {"role": "admin", "principal": "local", "embed": "true"}):
        at = AppTest.from_file(ROOT / "cx/ui/main.py", default_timeout=30)
        for name, value in given.items():
            at.query_params[name] = value
        said = words(at.run())
        assert told in said or ("t" in given and "opens nothing" in said)
        assert not at.get("vega_lite_chart") and "shop" not in said


@pytest.mark.parametrize(
    "params",
    [
        {"f.Region": "South"}, {"f.Region": ["North", "South", "East"]}, {"f.Region": ""}, {"f.Plan": "Basic"}, {"from": "2025-12-01"},
        {"to": "2025-08-01"}, {"f.response_id": "r3"}, {"f.Region' OR 1=1 --": "x"}, {"d": "other"}, {"d": "../other"},
        {"f.Region": "North' OR '1'='1"},
    ],
    ids=repr,
)  # fmt: skip
def test_a_locked_view_is_not_left_by_parameters(shop, params):
    """60 of the 180 are from the North, every third day from 1 July: 50 until the end of November."""
    view = {"f.Region": ["North"], "from": ["2025-07-01"], "to": ["2025-11-30"]}
    at = visit("goals", link(params=view)[1], **params)
    told = words(at)
    assert "50 responses" not in told and "51 responses" in told and "Region: North" in told
    assert at.query_params["f.Region"] in ("North", ["North"]) and at.query_params["d"] in ("shop", ["shop"])
    assert not [each.key for each in at.selectbox if each.key in ("filter_column", "dataset")]


def test_facets_of_locked_comments_are_not_left_by_parameters(shop):
    token = link(page="comments", pages=("comments",), comments="full", params={"touchpoint": ["delivery"]})[1]
    meant = words(visit("comments", token))
    assert "delivery" in meant.lower()
    tried = visit("comments", token, touchpoint="website", words="zanzibar", like="r4")
    assert "website crashed" not in words(tried).lower()


@pytest.mark.parametrize("how", ["full", "masked"])
def test_words_of_locked_comments_are_not_left_by_parameters(shop, how):
    """Who shares what a search found shares no more: masked comments would otherwise be all there are."""
    token = link(page="comments", pages=("comments",), comments=how, params={"words": ["refund"]})[1]
    meant = words(visit("comments", token))
    assert "refund" in meant.lower() and "crashed" not in meant.lower()
    assert "“refund”" in meant, "what was looked for is told, as there is no box for it"
    for tried in ({"words": "crashed"}, {"words": "crashed", "by": "meaning"}, {"like": "r3"}, {"conflict": "yes"}):
        at = visit("comments", token, **tried)
        assert "refund" in words(at).lower() and "crashed" not in words(at).lower(), tried
        assert not [each.key for each in at.text_input if each.key == "find_words"]
        assert not [each.key for each in at.button if str(each.key).startswith("like_")]


def test_moments_of_single_people_are_not_listed_without_their_words(shop):
    """A list of delights says of each when it was and what about: nothing for those who are to see no comments."""
    _, token = link(pages=("emotions",), page="emotions", comments="none")
    assert "cx-delights" not in words(visit("emotions", token))
    seen = datasets.open_dataset(Principal("guest", "guest", scope=links.of_token(token).scope), "shop")
    assert (
        emotions.delights(seen, ALL) == (0, []) and emotions.delights(datasets.open_dataset(LOCAL, "shop"), ALL)[0] > 0
    )
    assert search.page(seen, search.Find()) == [] == search.one(seen, "r3") and search.count(seen, search.Find()) == (
        0,
        0,
    )
    assert (
        search.one(datasets.open_dataset(LOCAL, "shop"), "r3") and search.export(seen, search.Find()).count(b"\n") == 1
    )
    _, token = link(pages=("emotions",), page="emotions", comments="masked")
    at = visit("emotions", token, delight=SECRET)
    assert "cx-delights" in words(at) and not [each for each in at.text_input if each.key == "delight"]


def test_topics_of_few_people_are_not_told_to_guests(shop):
    """Their mentions by sentiment would say what the suppressed score does not."""
    whole = datasets.open_dataset(LOCAL, "shop")
    every = topics.rows(whole, ALL, 1)
    base = int(every["n"].median()) + 1
    few = set(every.loc[every["n"] < base, "id"])
    assert few and set(topics.rows(whole, ALL, base)["id"]) == set(every["id"]), "a team sees them, without a score"
    told = topics.rows(whole, ALL, MinimumBase(base))
    assert len(told) and not few & set(told["id"]) and told["value"].notna().all()


def test_a_cell_of_a_locked_link_still_opens_its_comments(shop):
    """What stays is the period and the filters: on other pages than the one that was shared a search is the guest's own."""
    token = link(pages=("overview", "touchpoints", "comments"), comments="full", params={})[1]
    everything, cell = words(visit("comments", token)), words(visit("comments", token, touchpoint="website"))
    assert "Left out of the address" not in cell and "refund" in everything.lower()
    assert "crashed" in cell.lower() and "refund" not in cell.lower()


def test_an_open_view_tells_no_customer_apart(shop):
    token = link(locked=False)[1]
    for column in ("response_id", "customer_id", "nps", "comment"):
        told = words(visit("goals", token, **{f"f.{column}": "r3"}))
        assert "180 responses" in told and "so they were taken out" in told, column


def test_no_two_periods_that_a_guest_compares_differ_by_a_day(shop):
    token = link(pages=("compare",), page="compare", locked=False)[1]
    told = [
        words(visit("compare", token, before="2025-07-01:2025-08-31", after=f"2025-09-01:2025-10-{day}"))
        for day in (10, 11)
    ]
    assert told[0] == told[1] and "Compare" not in told[0].split("Dashboard of")[0]


def test_a_guest_compares_no_customer_with_the_rest(shop):
    token = link(pages=("compare",), page="compare")[1]
    for column in ("response_id", "customer_id", "comment", "revenue"):
        told = words(visit("compare", token, column=column, b="r3"))
        assert "Left out of the address" in told and "179" not in told, column


def test_a_question_in_the_address_gets_no_answer(shop):
    token = link()[1]
    told = words(visit("overview", token, ask="What do people say about delivery?"))
    assert "Left out of the address" in told and "Read as" not in told


@pytest.mark.parametrize("may", [False, True])
def test_files_are_given_to_guests_who_may_have_them_alone(shop, may):
    at = visit("comments", link(page="comments", comments="full", downloads=may)[1])
    assert bool(at.get("download_button")) == may


def test_a_download_that_was_begun_before_a_link_was_withdrawn_gives_nothing(own):
    """The browser may still know the address of a file that is made when it is asked for."""
    made, token = link(downloads=True)
    found = asks(token=token).principal

    class About:
        asker, slug = found, "shop"

    given = shows.taken(About, "table", lambda: b"numbers")
    assert given() == b"numbers" and audit.listed(LOCAL)[0].what == "exported"
    links.change(ANN, made, Wish("shop", "overview", ("overview",), password=None))
    with pytest.raises(NotAllowedError):
        given()
    links.change(ANN, made, Wish("shop", "overview", ("overview",), downloads=True, password=None))
    links.revoke(ANN, made)
    with pytest.raises(NotAllowedError):
        given()


@pytest.mark.parametrize("how", ["withdrawn", "renewed", "ended", "page taken away", "comments taken away"])
def test_a_guest_who_is_looking_sees_what_became_of_the_link(own, monkeypatch, how):
    made, token = link(
        page="comments", pages=("comments", "trends"), comments="full", expires=records.now() + timedelta(days=1)
    )
    at = visit("comments", token)
    assert SECRET in sent(at)
    wish = Wish("shop", "trends", ("trends",), comments="full", password=None)
    mute = wish._replace(pages=("trends", "comments"), comments="none")
    if how == "ended":
        later = records.now() + timedelta(days=2)
        monkeypatch.setattr(records, "now", lambda: later)
    else:
        {"withdrawn": links.revoke, "renewed": links.rotate, "page taken away": partial(links.change, wish=wish),
         "comments taken away": partial(links.change, wish=mute)}[how](ANN, made)  # fmt: skip
    at.session_state["find_words"] = "delivery"
    assert SECRET not in sent(at.run())
    taken = how.endswith("away")
    assert ("Dashboard of" in words(at)) == taken and ("This link" in words(at)) != taken


def test_a_snapshot_does_not_see_what_came_later(home, elsewhere):
    def version(number: str, nps: int) -> None:
        made([{"nps": nps, "Region": "NS"[place % 2]} for place in range(40)], number)

    version("0001", 10)
    (_, fixed), (_, live) = link(version="0001", pages=("overview",)), link(pages=("overview",))
    version("0002", 0)
    first, second = words(visit("overview", fixed)), words(visit("overview", live))
    assert 'data-kpi="nps">100<' in first and "version 0001" in first
    assert 'data-kpi="nps">−100<' in second
    datasets.delete_version(LOCAL, "shop", "0001")
    assert "data-kpi" not in words(visit("overview", fixed)), "what is gone is not shown as something else"


# --- People whose rights have changed


@pytest.fixture
def team(own, monkeypatch):
    """Ann is signed in, in team mode, as an analyst: `team(role)` gives her another."""
    monkeypatch.setenv("CX_MODE", "team")
    monkeypatch.setattr(asking, "claims", lambda: {"email": ANN.name, "email_verified": True, "is_logged_in": True})
    times = itertools.count(1)

    def change(role: str) -> None:
        (own / "roles.toml").write_text(f'[people]\n"{ANN.name}" = "{role}"\n' if role else "", encoding="utf-8")
        at = next(times)
        os.utime(own / "roles.toml", ns=(at, at))

    change("analyst")
    return change


@pytest.mark.parametrize("role", ["viewer", ""])
def test_a_person_who_was_demoted_deletes_nothing_with_a_page_from_before(team, role):
    at = visit("feedback")
    at.button(key="delete_other").click().run()
    assert at.button(key="delete_sure")
    team(role)
    at.button(key="delete_sure").click().run()
    assert datasets.names(LOCAL) == ["other", "shop"]


@pytest.mark.parametrize("role", ["viewer", ""])
def test_a_person_who_was_demoted_shares_nothing_with_a_page_from_before(team, role):
    at, before = visit("overview"), [held.id for held in links.listed(LOCAL)]
    team(role)
    sharing(at).click().run()
    assert [held.id for held in links.listed(LOCAL)] == before


def test_a_person_who_was_demoted_withdraws_no_link_and_reads_no_audit(team):
    made, _ = link()
    at = visit("links")
    team("viewer")
    at.button(key=f"revoke_{made}").click().run()
    assert links.of_id(made).state == links.OPEN
    team("admin")
    assert "entr" in words(visit("audit"))
    team("analyst")
    assert "Addresses are hashed" not in words(visit("audit"))


def test_who_is_signed_in_is_told_in_the_language_of_the_page(team):
    for role, told in (("viewer", "nur Lesen"), ("analyst", "Analyse"), ("admin", "Administration")):
        team(role)
        said = words(visit("overview", d="shop", lang="de"))
        assert f"· {told}" in said and f"· {role}" not in said


# --- What others wrote, and where it leads


HOSTILE = "<img src=x onerror=alert(1)>![b](https://evil.example/b.png)[x](javascript:alert(1))`$x$`:red[y]"


def test_names_and_notes_of_links_are_shown_literally(own, monkeypatch):
    _, token = link(label=HOSTILE[:80], note=HOSTILE)
    told = words(visit("overview", token))
    assert "&lt;img src=x" in told and "<img src=x" not in told
    monkeypatch.setattr(asking, "headers", lambda: {"host": "localhost"})
    monkeypatch.setattr(asking, "address", lambda: "127.0.0.1")
    at = visit("links")
    assert "&lt;img src=x" in words(at) and "<img src=x" not in words(at)
    preview = words(visit("overview", token))
    assert (
        "&lt;img" in preview
        and "<img src=x" not in preview
        and not [e for e in at.markdown if "evil.example" in e.value]
    )


def test_columns_and_values_with_sql_in_them_are_names(home, elsewhere):
    column, value = "Region\" = '') OR 1=1; DROP TABLE responses; --", "' OR 1=1 --"
    rows_ = [
        {column: value if place % 2 else "North", "nps": 10 if place % 2 else 0, "Plan": "AB"[place % 2]}
        for place in range(60)
    ]
    made(rows_)
    told = words(visit("overview", link(params={f"f.{column}": [value]})[1]))
    assert "30 responses" in told and 'data-kpi="nps">100<' in told
    told = words(visit("overview", link(locked=False)[1], **{f"f.{column}": "North"}))
    assert "30 responses" in told and 'data-kpi="nps">−100<' in told


@pytest.mark.parametrize(
    "name",
    [
        "../../../../tmp/evil.csv",
        "..\\..\\evil.csv",
        "/etc/passwd",
        "a/../../b.csv",
        "C:\\evil.csv",
        "..",
        "\x00.csv",
        "http://169.254.169.254/x.csv",
    ],
)
def test_the_name_of_an_upload_is_no_path(own, name):
    from cx import jobs

    job = jobs.draft(LOCAL, name, io.BytesIO(b"a,b\n1,2\n"))
    kept = [path for path in own.parent.rglob("*") if path.is_file() and path.read_bytes() == b"a,b\n1,2\n"]
    assert [path.parent for path in kept] == [own / "uploads" / job.id] and kept[0].name.startswith("0")


def test_an_archive_writes_nothing_outside(own, tmp_path):
    """Zip slip: a workbook is an archive, whose parts may be called anything."""
    path = tmp_path / "evil.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../../slipped.csv", "/tmp/slipped.csv", "xl/../../slipped.csv"):
            archive.writestr(name, "a,b\n1,2\n")
    with pytest.raises(CXError):
        imports.into(LOCAL, "evil", [imports.Given(path, path.name)])
    assert not list(tmp_path.rglob("slipped*")) and not Path("/tmp/slipped.csv").exists()


@pytest.mark.parametrize(
    "source", ["http://127.0.0.1:9/x.parquet", "https://evil.example/x.parquet", "s3://bucket/x.parquet"]
)
def test_queries_fetch_nothing_from_anywhere(own, source):
    """What reads Parquet could read addresses, too: its extension for that is neither there nor fetched."""
    with datasets.cursor() as con, pytest.raises(Exception, match=r"(?i)extension|httpfs|not found|no files"):
        con.execute("SELECT * FROM read_parquet(?)", [source])


def sharing(at: AppTest):
    """The button that makes a link to the view that is open."""
    return next(each for each in at.button if each.label == "Create link")


def test_a_link_shows_nothing_of_the_view_before(own, monkeypatch):
    """Choices of the form are of the view it was drawn for: those for another page or filter do not come along."""
    monkeypatch.setattr(asking, "headers", lambda: {"host": "localhost"})
    monkeypatch.setattr(asking, "address", lambda: "127.0.0.1")
    at = visit("trends", d="shop")
    sharing(at).click().run()
    at.switch_page(str(ROOT / "pages" / "customers.py")).run()
    assert not [each for each in at.code if "/s/" in each.value], "the address of the link before is not told again"
    sharing(at).click().run()
    assert not at.exception
    assert [link.scope.pages for link in links.listed(LOCAL)[:2]] == [("customers",), ("trends",)]
    assert len({each.value for each in at.code if "/s/" in each.value}) == 1, (
        "the address of the link before is not told again"
    )


def test_making_and_opening_links_asks_no_other_machine(own, monkeypatch):
    """The public address is written, never fetched; nor is anything else, whatever it says."""

    def refused(*_, **__):
        raise AssertionError("the network was asked")

    monkeypatch.setenv("CX_PUBLIC_URL", "http://169.254.169.254/latest/meta-data")
    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr(asking, "headers", lambda: {"host": "localhost"})
    monkeypatch.setattr(asking, "address", lambda: "127.0.0.1")
    at = visit("overview")
    sharing(at).click().run()
    made, in_a_tab = [each.value for each in at.code]
    assert in_a_tab == made.replace("/s/", "/?t=")
    assert made.startswith("http://169.254.169.254/latest/meta-data/s/")
    for name in ("http://169.254.169.254/", "file:///etc/passwd", "//evil"):
        with pytest.raises(StoreError):
            link(dataset=name)
