"""Who asks, decided before anything renders: in the middleware for HTTP and the websocket, and in the frame on every run.

`CX_MODE` says how the program is run. Whom a mode may not answer gets an explanation, and what a share link shows.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cx.errors import AccessError
from cx.principal import LOCAL, Principal, Scope
from cx.share import roles
from cx.store import audit, links, visits
from cx.store.links import Link

MODES = ("local", "password", "team", "demo")
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORWARDING = frozenset({
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port",
    "x-forwarded-server", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "x-original-host",
})  # fmt: skip
"""Headers a proxy adds: behind one, the person who asks need not sit at this machine."""

HOUSE = Principal("admin", "admin")
"""Whoever signed in with the password of the house."""

DEMO = Principal("demo", "viewer", frozenset({"sample"}))

VISIT, SESSION = "cx_link", "cx_session"
"""Cookies: of a browser that came by a share link, and of one that is signed in with the password."""

GUEST = "guest"


class SignInError(AccessError):
    """Nobody is signed in; signing in would help."""


class Asking(NamedTuple):
    """What a request says of who asks: headers (names in small letters), cookies, the address it came from, the token in its
    own address, the claims of the identity provider (None: not signed in), and the proofs of links whose password was
    given in this session."""

    headers: Mapping[str, str]
    cookies: Mapping[str, str] = {}
    address: str | None = None
    token: str = ""
    claims: Mapping[str, Any] | None = None
    proofs: frozenset[str] = frozenset()


class Answer(NamedTuple):
    """Who asks. `preview`: the link somebody opened who is more than a guest; `door`: a link that waits for its password."""

    principal: Principal | None
    preview: Scope | None = None
    door: Link | None = None


def mode() -> str:
    """How the program is run; raises AccessError for a word that is no mode."""
    word = os.environ.get("CX_MODE", "local").strip().lower() or "local"
    if word not in MODES:
        raise AccessError(f"CX_MODE is '{word}', which is no way to run Felicific. There are: {', '.join(MODES)}.")
    return word


def resolve(asking: Asking) -> Answer:
    """Who asks; raises AccessError when nobody may, SignInError where signing in would help.

    Who is signed in stays who they are, whatever link they opened. The link of the address comes before that of the cookie.
    """
    link, proved = _link(asking)
    is_open = link is not None and link.state == links.OPEN
    origin = audit.origin(asking.address)
    try:
        person = _person(asking)
    except AccessError as error:
        if link is None and not asking.token:
            raise
        if link is None or not is_open:  # of the same kind: a team's own people have such links in their browsers, too
            raise type(error)(closed(link)) from None
        if not proved:
            return Answer(None, door=link)
        return Answer(Principal(GUEST, GUEST, scope=link.scope, origin=origin))
    return Answer(person._replace(origin=origin), preview=link.scope if link is not None and is_open else None)


def closed(link: Link | None) -> str:
    """Why a link opens nothing, as its guests are told."""
    if link is None:
        return "This link opens nothing. Ask whoever sent it for another."
    when = "has been withdrawn" if link.state == links.REVOKED else "has come to its end"
    return f"This link {when}. Ask whoever sent it for another."


def _link(asking: Asking) -> tuple[Link | None, bool]:
    """The link that was opened, and whether its password was given, where it has one."""
    if asking.token:
        link = links.of_token(asking.token)
        return link, link is not None and (not link.proof or link.proof in asking.proofs)
    known, id_ = visits.link_of(asking.cookies.get(VISIT, ""))
    return (links.of_id(id_), True) if known and id_ is not None else (None, False)


def _person(asking: Asking) -> Principal:
    """Who is signed in, in the way this mode signs people in."""
    word = mode()
    if word == "demo":
        return DEMO
    if word == "local":
        must_be_here(asking.headers, asking.address)
        return LOCAL
    if word == "password":
        known, link = visits.link_of(asking.cookies.get(SESSION, ""))
        if not known or link is not None:
            raise SignInError("This Felicific is open to those who have its password, or a link.")
        return HOUSE
    if asking.claims is None:
        raise SignInError("This Felicific is open to those who sign in, or have a link.")
    return roles.principal(asking.claims)


def must_be_here(headers: Mapping[str, str], address: str | None = None) -> None:
    """Raises AccessError unless a request came from this machine, through no proxy. `address` is where its connection came
    from, as far as that is known: whoever is elsewhere can write any host into a header."""
    if elsewhere(address):
        raise AccessError(
            "This Felicific runs in local mode: it answers only the person at this machine, "
            "and this request came from another."
        )
    refused = sorted(FORWARDING & set(headers))
    if refused:
        raise AccessError(
            "This Felicific runs in local mode: it answers only the person at this machine, "
            f"and this request came through a proxy ({refused[0]})."
        )
    if host_name(headers.get("host", "")) not in LOCAL_HOSTS:
        raise AccessError(
            "This Felicific runs in local mode: it answers only on localhost. "
            "Open http://localhost on the machine it runs on, or run it with CX_MODE=password, team or demo."
        )


def elsewhere(address: str | None) -> bool:
    """Whether an address is one of another machine, or of this one as others see it; False when it is none at all."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    return not (getattr(found, "ipv4_mapped", None) or found).is_loopback


def host_name(host: str) -> str:
    """The host without its port, in small letters: `[::1]:8501` → `[::1]`; '' when it is no host."""
    found = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(:\d+)?", host.strip().lower())
    return found[1] if found else ""
