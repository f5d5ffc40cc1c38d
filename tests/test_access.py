"""Local mode answers the person at this machine and nobody else; in the middleware and in the frame alike."""

import asyncio

import pytest

from cx.errors import AccessError
from cx.principal import LOCAL
from cx.share import access, doors
from cx.share.access import Asking
from cx.store import datasets, links, visits
from tests.made import dataset


@pytest.fixture(autouse=True)
def _local(monkeypatch):
    monkeypatch.delenv("CX_MODE", raising=False)


def who(headers):
    return access.resolve(Asking(headers)).principal


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "127.0.0.1:80", "[::1]:8501", "[::1]", "LOCALHOST:1"])
def test_local_hosts_are_answered(host):
    assert who({"host": host}) == LOCAL


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"host": ""}, {"host": "example.org"}, {"host": "192.168.1.5:8501"}, {"host": "localhost.example.org"},
        {"host": "localhost@example.org"}, {"host": "127.0.0.1.nip.io:8501"}, {"host": "[::1].example.org"},
        {"host": "localhost:8501", "x-forwarded-for": "10.0.0.1"}, {"host": "localhost", "forwarded": "for=1.2.3.4"},
        {"host": "localhost", "x-real-ip": "127.0.0.1"}, {"host": "localhost", "via": "1.1 proxy"},
    ],
)  # fmt: skip
def test_everything_else_is_refused(headers):
    with pytest.raises(AccessError):
        who(headers)


@pytest.mark.parametrize("address", ["10.0.0.7", "192.168.1.5", "fd00::2", "::ffff:10.0.0.7", "0.0.0.0"])
def test_a_forged_host_does_not_bring_another_machine_in(address):
    with pytest.raises(AccessError, match="came from another"):
        access.resolve(Asking({"host": "localhost:8501"}, address=address))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", None, ""])
def test_addresses_of_this_machine_are_answered(address):
    assert access.resolve(Asking({"host": "localhost:8501"}, address=address)).principal.role == LOCAL.role


@pytest.mark.parametrize("mode", ["password", "team", "public", "LOCAL or so"])
def test_a_mode_that_cannot_sign_in_answers_nobody(monkeypatch, mode):
    monkeypatch.setenv("CX_MODE", mode)
    with pytest.raises(AccessError):
        who({"host": "localhost"})


def test_demo_reads_the_sample_and_writes_nothing(monkeypatch):
    monkeypatch.setenv("CX_MODE", "demo")
    found = who({"host": "demo.example.org", "x-forwarded-for": "10.0.0.1"})
    assert not found.may_write() and found.may_read("sample") and not found.may_read("other")


def run(kind: str, headers: dict[str, str]) -> tuple[list[dict], bool]:
    """What the middleware answers to a request, and whether the program behind it was reached."""
    sent, reached = [], []

    async def program(scope, receive, send):
        reached.append(True)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-frame-options", b"ALLOWALL")]})

    async def send(message):
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(doors.Headers(doors.Guard(program))({"type": kind, "path": "/", "headers": raw}, None, send))
    return sent, bool(reached)


def test_middleware_refuses_http_with_an_explanation():
    sent, reached = run("http", {"host": "evil.example"})
    assert not reached and sent[0]["status"] == 403 and b"local mode" in sent[1]["body"]


def test_middleware_closes_the_websocket():
    sent, reached = run("websocket", {"host": "localhost", "x-forwarded-for": "1.2.3.4"})
    assert not reached and sent == [{"type": "websocket.close", "code": 1008, "reason": "not allowed"}]


def test_every_answer_carries_the_security_headers_once():
    for headers in ({"host": "localhost"}, {"host": "evil.example"}):
        names = dict(run("http", headers)[0][0]["headers"])
        assert names[b"x-frame-options"] == b"SAMEORIGIN"
        assert b"default-src 'self'" in names[b"content-security-policy"]
        assert b"frame-ancestors 'self'" in names[b"content-security-policy"]
        assert {b"referrer-policy", b"x-content-type-options", b"permissions-policy"} <= set(names)


def test_a_link_that_is_over_keeps_nobody_from_signing_in(home, monkeypatch):
    """Browsers of a team's own people know links that were withdrawn: what the page says offers signing in all the same."""
    monkeypatch.setenv("CX_MODE", "local")
    dataset(datasets.folder("shop") / "0001", [{"nps": 9}])
    made, token = links.create(LOCAL, links.Wish("shop", "overview", ("overview",)))
    visit = visits.begin(made)
    links.revoke(LOCAL, made)
    for mode in ("password", "team"):
        monkeypatch.setenv("CX_MODE", mode)
        for asking in (Asking({}, {access.VISIT: visit}), Asking({}, token=token), Asking({}, token="never was")):
            with pytest.raises(access.SignInError, match="link"):
                access.resolve(asking)
    monkeypatch.setenv("CX_MODE", "local")  # where nobody signs in, nothing is offered
    with pytest.raises(AccessError) as refused:
        access.resolve(Asking({"host": "elsewhere.example"}, {access.VISIT: visit}))
    assert type(refused.value) is AccessError and "withdrawn" in str(refused.value)
