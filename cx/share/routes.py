"""The addresses that are not pages: opening and leaving a share link, signing in and out with the password.

None of them runs a script or shows data; each ends with a cookie and the way to the dashboard, or with a sentence.
"""

import os
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cx.errors import AccessError
from cx.principal import Principal
from cx.share import access, doors, letters
from cx.share.access import SESSION, VISIT
from cx.store import audit, links, records, visits
from cx.store.links import Link

HOME = "/"
MOST_BODY = 4_096
"""Bytes of a form."""

PASSWORD, HASH = "password", "CX_PASSWORD_HASH"
"""The setting (of no dataset), and the variable that comes before it, which hold the hash of the admin's password."""

ASKED = "It is opened with a password. Whoever sent you the link has it."
"""Nothing of what the link shows, not even its name, is told before."""

WRONG = "This is not the password."


def share(request: Request) -> Response:
    """Opens a link: a cookie and the way to the dashboard, or first the question for its password."""
    return _share(request, None)


async def share_answered(request: Request) -> Response:
    """The same with the password that was asked for."""
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(_share, request, await _password(request))


def leave(request: Request) -> Response:
    """Forgets that this browser came by a link."""
    return _forgotten(request, VISIT)


def login(request: Request) -> Response:
    """The question for the password of the house."""
    return _login(request, None)


async def login_answered(request: Request) -> Response:
    """Signs in with the password that was asked for."""
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(_login, request, await _password(request))


def logout(request: Request) -> Response:
    """Signs out."""
    return _forgotten(request, SESSION)


ROUTES = [
    Route("/s/leave", leave, methods=["GET"]),
    Route("/s/{token}", share, methods=["GET"]),
    Route("/s/{token}", share_answered, methods=["POST"]),
    Route("/login", login, methods=["GET"]),
    Route("/login", login_answered, methods=["POST"]),
    Route("/logout", logout, methods=["GET"]),
]


def password_hash() -> str:
    """The hash of the password of the house; '' when none was set."""
    return os.environ.get(HASH, "").strip() or records.setting("", PASSWORD, "")


def set_password(principal: Principal, password: str) -> None:
    """Sets the password of the house, and signs everybody out. Raises AccessError for one that is too short or too long."""
    records.set_setting("", PASSWORD, visits.hashed(password))
    visits.end_all(None)
    audit.write(principal, "password set")


def _share(request: Request, given: str | None) -> Response:
    if not _meant(request):
        return _letter(403, "Not opened", "A link is opened by going to it, not from within another page.")
    link = links.of_token(request.path_params["token"])
    if link is None or link.state != links.OPEN:
        return _letter(404 if link is None else 410, "Nothing to see here", access.closed(link))
    if request.method == "HEAD":  # programs that look what a link is before somebody opens it
        return Response(status_code=200, headers={"cache-control": "no-store"})
    if link.proof:
        refused = _refused(request, f"link {link.id}", link.proof, given, "A dashboard for you", ASKED)
        if refused:
            return refused
    return _let_in(request, VISIT, visits.begin(link.id, link.scope.expires), _until(link))


def _login(request: Request, given: str | None) -> Response:
    if access.mode() != "password":
        return RedirectResponse(HOME, 303)
    if not _meant(request):
        return _letter(403, "Not opened", "Sign in on the page itself.")
    held = password_hash()
    if not held:
        return _letter(503, "No password yet", "Whoever runs this sets one first: python -m cx password")
    refused = _refused(
        request, visits.SIGN_IN, held, given, "Felicific", "Sign in with the password of this dashboard."
    )
    if refused:
        return refused
    audit.write(access.HOUSE._replace(origin=_origin(request)), "signed in")
    return _let_in(request, SESSION, visits.begin(None), int(visits.STAY.total_seconds()))


def _refused(request: Request, door: str, held: str, given: str | None, title: str, about: str) -> Response | None:
    """The question for a password, again when the one given is wrong; None when it is right."""
    if given is None:
        return _html(letters.question(title, about), 200)
    try:
        if visits.try_password(door, _origin(request), held, given):
            return None
    except AccessError as error:
        return _html(letters.question(title, about, str(error)), 429)
    audit.write(Principal("somebody", "guest", origin=_origin(request)), "wrong password", door=door)
    return _html(letters.question(title, about, WRONG), 403)


def _let_in(request: Request, cookie: str, value: str, seconds: int) -> Response:
    out = RedirectResponse(HOME, 303, headers={"cache-control": "no-store"})
    out.set_cookie(cookie, value, seconds, httponly=True, samesite="lax", secure=_secure(request), path="/")
    return out


def _forgotten(request: Request, cookie: str) -> Response:
    if not _meant(request) or request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return _letter(403, "Not left", "Leave on the page itself.")
    if request.cookies.get(cookie):
        visits.end(request.cookies[cookie])
    out = RedirectResponse(HOME, 303, headers={"cache-control": "no-store"})
    out.delete_cookie(cookie, path="/", httponly=True, samesite="lax", secure=_secure(request))
    return out


def _until(link: Link) -> int:
    """Seconds a browser keeps the cookie: never longer than the link lasts."""
    stay = visits.LINK_STAY.total_seconds()
    if link.scope.expires is None:
        return int(stay)
    left = (link.scope.expires - datetime.now(UTC).replace(tzinfo=None)).total_seconds()
    return max(1, int(min(stay, left)))


def _meant(request: Request) -> bool:
    """Whether somebody went here on purpose: no picture, frame or script of another page did, and no form of another site."""
    if request.headers.get("sec-fetch-mode", "navigate") != "navigate":
        return False
    if request.headers.get("sec-fetch-dest", "document") not in ("document", "empty"):
        return False
    if request.method != "POST":
        return True
    if site := request.headers.get("sec-fetch-site"):
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")  # older browsers; ours say `null`, because we send no referrer
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _secure(request: Request) -> bool:
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", ""))


def _origin(request: Request) -> str:
    return audit.origin(doors.asking(request.scope).address)


async def _password(request: Request) -> str:
    """The password of a form that was sent; '' when it is no such form."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY:
            return ""
    return parse_qs(body.decode("utf-8", "replace")).get("password", [""])[0]


def _letter(status: int, title: str, reason: str) -> Response:
    return _html(letters.explanation(title, reason), status)


def _html(body: bytes, status: int) -> Response:
    return Response(body, status, {"cache-control": "no-store"}, "text/html; charset=utf-8")
