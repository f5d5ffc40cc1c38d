"""Who may ask at all, decided before anything renders: in the middleware for HTTP and the websocket, in the frame again.

`CX_MODE` says how the program is run. Anything a mode may not answer gets an explanation and nothing else.
"""

import os
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from cx.errors import AccessError
from cx.principal import LOCAL, Principal

MODES = ("local", "password", "team", "demo")
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORWARDING = frozenset({
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port",
    "x-forwarded-server", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "x-original-host",
})  # fmt: skip
"""Headers a proxy adds: behind one, the person who asks need not sit at this machine."""

DEMO = Principal("demo", "viewer", frozenset({"sample"}))

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "frame-ancestors 'self'; form-action 'self'; object-src 'none'; base-uri 'self'"
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
}
"""Sent with every answer. Streamlit needs inline styles and scripts of its own; nothing may come from elsewhere."""

Scope = Mapping[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def mode() -> str:
    """How the program is run; raises AccessError for a word that is no mode."""
    word = os.environ.get("CX_MODE", "local").strip().lower() or "local"
    if word not in MODES:
        raise AccessError(f"CX_MODE is '{word}', which is no way to run Felicific. There are: {', '.join(MODES)}.")
    return word


def resolve(headers: Mapping[str, str]) -> Principal:
    """Who asks, from the request's headers (names in small letters); raises AccessError when nobody may."""
    word = mode()
    if word == "demo":
        return DEMO
    if word != "local":
        raise AccessError(f"CX_MODE={word} needs sign-in, which this version does not have. Run it as local or demo.")
    refused = sorted(FORWARDING & set(headers))
    if refused:
        raise AccessError(
            "This Felicific runs in local mode: it answers only the person at this machine, "
            f"and this request came through a proxy ({refused[0]})."
        )
    if host_name(headers.get("host", "")) not in LOCAL_HOSTS:
        raise AccessError(
            "This Felicific runs in local mode: it answers only on localhost. "
            "Open http://localhost on the machine it runs on, or run it with CX_MODE=demo."
        )
    return LOCAL


def host_name(host: str) -> str:
    """The host without its port, in small letters: `[::1]:8501` → `[::1]`; '' when it is no host."""
    found = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(:\d+)?", host.strip().lower())
    return found[1] if found else ""


class Guard:
    """ASGI middleware: refuses what `resolve` refuses, before Streamlit sees it."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        """Answers a refused request itself and hands all others on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        try:
            resolve(_headers(scope["headers"]))
        except AccessError as error:
            await _refuse(scope, send, str(error))
            return
        await self.app(scope, receive, send)


class Headers:
    """ASGI middleware: adds the security headers to every answer."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        """Hands on and adds headers to what comes back."""

        async def dressed(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                kept = [pair for pair in message["headers"] if pair[0].lower().decode("latin-1") not in HEADERS]
                message = message | {"headers": [*kept, *own]}
            await send(message)

        await self.app(scope, receive, dressed)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


async def _refuse(scope: Scope, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": "not allowed"})
        return
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Felicific</title>'
        '<body style="font:16px/1.5 system-ui;max-width:36rem;margin:4rem auto;padding:0 1rem">'
        f"<h1>Not open here</h1><p>{reason.replace('&', '&amp;').replace('<', '&lt;')}</p>"
    ).encode()
    start = {"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/html; charset=utf-8")]}
    await send(start)
    await send({"type": "http.response.body", "body": page})
