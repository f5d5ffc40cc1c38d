"""The addresses that are no pages: a link is opened and left, a password asked, with the doors' middleware before them."""

from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.testclient import TestClient

from cx.principal import LOCAL, Principal
from cx.share import access, doors, routes
from cx.store import audit, datasets, links, records, visits
from cx.store.links import Wish
from tests.made import dataset

ANN = Principal("ann@firm.example", "analyst")
WISH = Wish("shop", "overview", ("overview",), label="<b>Board</b>")
PASSWORD = "open sesame"


async def program(scope, receive, send):
    """What stands behind the doors: says who came, as the frame would find out."""
    found = access.resolve(doors.asking(scope)).principal
    await PlainTextResponse(f"{found.role} {found.scope.link if found.scope else ''}")(scope, receive, send)


def client(base: str = "http://localhost") -> TestClient:
    app = Starlette(
        routes=[*routes.ROUTES, Mount("/", program)], middleware=[Middleware(doors.Headers), Middleware(doors.Guard)]
    )  # fmt: skip
    return TestClient(app, base, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def shop(home, monkeypatch):
    monkeypatch.delenv("CX_PASSWORD_HASH", raising=False)
    dataset(datasets.folder("shop") / "0001", [{"nps": 9}, {"nps": 2}])


@pytest.fixture
def quick(monkeypatch):
    """Passwords that are hashed in no time: what argon2 does is tested with the visits."""
    from argon2 import PasswordHasher

    monkeypatch.setattr(visits, "_hasher", lambda: PasswordHasher(1, 8, 1))


def link(**own) -> tuple[int, str]:
    return links.create(ANN, WISH._replace(**own))


def cookie(answer) -> str:
    return answer.headers.get("set-cookie", "")


def test_a_link_gives_a_cookie_and_leads_to_the_dashboard(shop):
    made, token = link()
    elsewhere = client("https://cx.firm.example")
    answer = elsewhere.get(f"/s/{token}")
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    told = cookie(answer)
    for part in ("cx_link=", "HttpOnly", "SameSite=lax", "Secure", "Path=/", "Max-Age=2592000"):
        assert part in told, part
    assert "Domain" not in told and token not in told and token not in str(answer.headers)
    assert answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "no-referrer"
    assert elsewhere.get("/").text == f"guest {made}", "in local mode too, from elsewhere"
    assert client("https://cx.firm.example").get("/").status_code == 403


def test_on_this_machine_the_cookie_needs_no_https(shop):
    assert "Secure" not in cookie(client().get(f"/s/{link()[1]}"))
    assert "Secure" in cookie(client().get(f"/s/{link()[1]}", headers={"x-forwarded-proto": "https"}))


def test_the_cookie_does_not_outlive_the_link(shop):
    answer = client().get(f"/s/{link(expires=records.now() + timedelta(hours=1))[1]}")
    seconds = int(cookie(answer).split("Max-Age=")[1].split(";")[0])
    assert 3_500 < seconds <= 3_600


def test_what_does_not_open_gives_no_cookie(shop, monkeypatch):
    ended = link(expires=records.now() + timedelta(seconds=0.01))[1]
    gone, token = link()
    links.revoke(ANN, gone)
    now = records.now() + timedelta(days=1)
    monkeypatch.setattr(records, "now", lambda: now)
    for given, status, said in (("x" * 43, 404, "opens nothing"), (ended, 410, "end"), (token, 410, "withdrawn")):
        answer = client().get(f"/s/{given}")
        assert (answer.status_code, cookie(answer)) == (status, "") and said in answer.text


def test_leaving_ends_the_visit_on_the_server(shop):
    _, token = link()
    browser = client("https://cx.firm.example")
    held = browser.get(f"/s/{token}").cookies["cx_link"]
    answer = browser.get("/s/leave")
    assert answer.status_code == 303 and answer.headers["location"] == "/" and 'cx_link=""' in cookie(answer)
    assert visits.link_of(held) == (False, None) and browser.get("/").status_code == 403


def test_the_latest_link_wins_in_a_browser(shop):
    browser = client("https://cx.firm.example")
    (_, one), (two, other) = link(), link()
    browser.get(f"/s/{one}")
    browser.get(f"/s/{other}")
    assert browser.get("/").text == f"guest {two}"


def test_programs_that_look_what_a_link_is_open_nothing(shop):
    answer = client().head(f"/s/{link()[1]}")
    assert (answer.status_code, cookie(answer)) == (200, "")
    with records.engine().connect() as connection:
        assert connection.execute(visits.TABLE.select()).first() is None


def test_a_link_with_a_password_asks_for_it(shop, quick):
    made, token = link(password=PASSWORD)
    browser = client("https://cx.firm.example")
    asked = browser.get(f"/s/{token}")
    assert asked.status_code == 200 and 'type="password"' in asked.text and not cookie(asked)
    assert "Board" not in asked.text.replace("&lt;b&gt;Board", "") and "<b>Board" not in asked.text, "no name is HTML"
    wrong = browser.post(f"/s/{token}", data={"password": "open sesam"})
    assert wrong.status_code == 403 and not cookie(wrong) and "not the password" in wrong.text
    assert browser.get("/").status_code == 403
    right = browser.post(f"/s/{token}", data={"password": PASSWORD})
    assert right.status_code == 303 and browser.get("/").text == f"guest {made}"
    assert [entry.what for entry in audit.listed(LOCAL)][:1] == ["wrong password"]
    assert PASSWORD not in audit.csv(LOCAL).decode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"password=",
        b"password=" + b"x" * 100_000,
        b'{"password": "open sesame"}',
        b"\xff\xfe",
        b"Password=open+sesame",
    ],
)
def test_what_is_no_form_is_no_password(shop, quick, body):
    _, token = link(password=PASSWORD)
    answer = client().post(f"/s/{token}", content=body)
    assert answer.status_code == 403 and not cookie(answer)


def test_ten_wrong_passwords_shut_a_link(shop, quick):
    _, token = link(password=PASSWORD)
    told = [client().post(f"/s/{token}", data={"password": "wrong one"}).status_code for _ in range(12)]
    assert told == [403] * 10 + [429] * 2
    assert client().post(f"/s/{token}", data={"password": PASSWORD}).status_code == 429
    assert client().get(f"/s/{link()[1]}").status_code == 303, "links without a password are not shut"


def test_the_password_of_the_house_signs_in(shop, quick, monkeypatch):
    monkeypatch.setenv("CX_MODE", "password")
    browser = client("https://cx.firm.example")
    assert browser.get("/login").status_code == 503
    routes.set_password(LOCAL, "a long password")
    assert 'type="password"' in browser.get("/login").text
    assert browser.post("/login", data={"password": "another one"}).status_code == 403
    answer = browser.post("/login", data={"password": "a long password"})
    assert answer.status_code == 303 and "HttpOnly" in cookie(answer) and "Secure" in cookie(answer)
    assert browser.get("/").text.strip() == "admin"
    held = answer.cookies["cx_session"]
    browser.get("/logout")
    assert visits.link_of(held) == (False, None)


def test_a_new_password_signs_everybody_out(shop, quick, monkeypatch):
    monkeypatch.setenv("CX_MODE", "password")
    routes.set_password(LOCAL, "a long password")
    browser = client()
    browser.post("/login", data={"password": "a long password"})
    routes.set_password(LOCAL, "another password")
    with pytest.raises(access.SignInError):
        access.resolve(access.Asking({}, {access.SESSION: browser.cookies["cx_session"]}))
    assert client().post("/login", data={"password": "a long password"}).status_code == 403


def test_the_variable_comes_before_the_stored_password(shop, quick, monkeypatch):
    monkeypatch.setenv("CX_MODE", "password")
    routes.set_password(LOCAL, "a long password")
    monkeypatch.setenv("CX_PASSWORD_HASH", visits.hashed("from the host"))
    assert client().post("/login", data={"password": "a long password"}).status_code == 403
    assert client().post("/login", data={"password": "from the host"}).status_code == 303


@pytest.mark.parametrize("mode", ["local", "team", "demo"])
def test_the_password_opens_nothing_in_other_modes(shop, quick, monkeypatch, mode):
    monkeypatch.setenv("CX_MODE", mode)
    routes.set_password(LOCAL, "a long password")
    answer = client().post("/login", data={"password": "a long password"})
    assert answer.headers["location"] == "/" and not cookie(answer)
