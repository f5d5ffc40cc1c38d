"""What stands before every answer: whom local mode may not answer is turned away, and headers keep browsers from mischief."""

import os
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote

from cx.errors import AccessError, CXError
from cx.share import access, letters
from cx.share.access import Asking

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "frame-ancestors {frames}; form-action 'self'; object-src 'none'; base-uri 'self'"
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY.format(frames="'self'"),
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
}
"""Sent with every answer. Streamlit needs inline styles and scripts of its own; nothing may come from elsewhere."""

EMBEDDERS = "CX_EMBED_ORIGINS"
"""Names the origins whose pages may show a dashboard in a frame of theirs (`https://intranet.firm.example`, by spaces)."""

ORIGIN = re.compile(r"https://[a-z0-9.-]+(:\d{1,5})?|http://(localhost|127\.0\.0\.1)(:\d{1,5})?")

DOOR = "/s/"
"""Where share links begin."""

LINK = re.compile(re.escape(DOOR) + "[^/]+")
"""Their addresses: one name behind the door, so that `/s/../media` is none."""

Scope = Mapping[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Guard:
    """ASGI middleware: in local mode refuses whoever is not at this machine and has no open link, before Streamlit sees it.

    In the other modes the frame decides, because signing in happens there; it decides here as well."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        """Answers a refused request itself and hands all others on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        try:
            link = scope["type"] == "http" and LINK.fullmatch(scope["path"])
            if access.mode() == "local" and not link:
                _must_be_let_in(scope)
        except _TokenFirst as found:
            await _answer(send, 303, b"", [(b"location", f"{DOOR}{quote(found.token, safe='')}".encode())])
        except CXError as error:
            await _refuse(scope, send, str(error))
        else:
            await self.app(scope, receive, send)


class Headers:
    """ASGI middleware: adds the security headers to every answer."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.embedders = embedders()

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        """Hands on and adds headers to what comes back."""
        added = self._added(scope)

        async def dressed(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in added.items()]
                kept = [pair for pair in message["headers"] if pair[0].lower().decode("latin-1") not in HEADERS]
                message = message | {"headers": [*kept, *own]}
            await send(message)

        await self.app(scope, receive, dressed)

    def _added(self, scope: Scope) -> dict[str, str]:
        """The headers; a page that asks to be embedded may be so by the origins that are listed, everything else by none."""
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("embed", [""])[-1].lower()
        if asked != "true" or not self.embedders:
            return HEADERS
        policy = CONTENT_POLICY.format(frames=" ".join(["'self'", *self.embedders]))
        return {name: value for name, value in HEADERS.items() if name != "x-frame-options"} | {
            "content-security-policy": policy
        }


def embedders() -> list[str]:
    """The origins that may embed; raises AccessError for what is none, and for patterns."""
    found = os.environ.get(EMBEDDERS, "").lower().split()
    for each in found:
        if not ORIGIN.fullmatch(each):
            raise AccessError(f"{EMBEDDERS} names '{each}', which is no origin such as https://intranet.firm.example.")
    return found


def asking(scope: Scope) -> Asking:
    """What a request says of who asks, in the middleware."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    client = scope.get("client")
    return Asking(headers, cookies(headers.get("cookie", "")), client[0] if client else None)


def cookies(header: str) -> dict[str, str]:
    """The cookies of a request; none where they cannot be read."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


class _TokenFirst(Exception):
    """A link's token in the address: the cookie it gives is needed before anything else is answered."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token


def _must_be_let_in(scope: Scope) -> None:
    found = asking(scope)
    try:
        access.must_be_here(found.headers, found.address)
    except AccessError:
        if found.cookies.get(access.VISIT):
            answer = access.resolve(found)
            if answer.principal is not None:
                return
        token = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("t", [""])[-1]
        if token and scope["type"] == "http":
            raise _TokenFirst(token) from None
        raise


async def _refuse(scope: Scope, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": "not allowed"})
        return
    await _answer(
        send, 403, letters.explanation("Not open here", reason), [(b"content-type", b"text/html; charset=utf-8")]
    )


async def _answer(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    kept = [*headers, (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": kept})
    await send({"type": "http.response.body", "body": body})
