"""Guests of a share link without a browser: they speak Streamlit's protocol over its websocket, as its program in the browser does.

A guest opens the link (`GET /s/<token>`, which gives the cookie), connects, asks for the first page, and from then on changes
page, filter, period and language at random moments. What a browser sends by itself, the look every 30 s whether the link is
still open, is sent too. Nothing is drawn, and no message is kept back because the browser has it already.
"""

import asyncio
import contextlib
import http.client
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from random import Random
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

AFAR = "203.0.113.{}"
"""Addresses a proxy would name (a range for documentation): local mode takes who comes through a proxy for no more than a guest."""

PATIENCE = 60
"""Seconds after which an interaction counts as failed."""

MIX = {
    "overview": 25, "trends": 12, "comments": 12, "topics": 11, "touchpoints": 10, "drivers": 8, "scorecards": 6, "journey": 5,
    "emotions": 4, "compare": 4, "customers": 2, "goals": 1,
}  # fmt: skip
"""Of a hundred page changes so many lead to each page."""

KINDS = {"page": 60, "filter": 27, "period": 8, "language": 5}
"""Of a hundred interactions so many are of each kind."""

FILTERS = {
    "f.Region": ("North", "East", "South", "West"), "f.channel": ("web", "shop", "app", "phone"), "f.Plan": ("Basic", "Plus"),
    "f.Age group": ("18-34", "35-54", "55+"),
}  # fmt: skip
"""Columns of the invented dataset, and their values. A guest has one of them chosen, or none."""

BEGINS = ("2025-04-01", "2025-07-01", "2025-10-01")
"""Periods begin with a quarter, and end with the data."""

LANGUAGES = ("en", "de")


class Done(NamedTuple):
    """One interaction: of which kind, on which page, when it was asked (clock of `time.monotonic`), how many seconds it took,
    bytes that came, and what went wrong ('': nothing)."""

    kind: str
    page: str
    at: float
    seconds: float
    size: int
    wrong: str = ""


def mean_pause(random: Random, mean: float) -> float:
    """Seconds to the next interaction: at random moments, never more than four times the mean away."""
    return min(random.expovariate(1 / mean), 4 * mean)


class Guest:
    """One guest of a link on the server at a port of this machine."""

    def __init__(self, port: int, token: str, number: int) -> None:
        self.port, self.token = port, token
        self.random = Random(number)
        self.address = AFAR.format(number % 250 + 1)
        self.done: list[Done] = []
        self.query, self.page, self.hash = "", "", ""
        self.pages: dict[str, str] = {}
        self.watch = ""
        self.ended: asyncio.Queue[int] = asyncio.Queue()
        self.size, self.wrong = 0, ""
        self.turn = asyncio.Lock()

    async def visit(self, wait: float, until: float, mean: float) -> None:
        """Comes after `wait` seconds and stays until that moment; `mean` seconds between interactions."""
        await asyncio.sleep(wait)
        begun = time.monotonic()
        try:
            cookie = await asyncio.to_thread(self._open)
            async with connect(
                f"ws://127.0.0.1:{self.port}/_stcore/stream", subprotocols=["streamlit"], max_size=None, compression="deflate",
                additional_headers={"Cookie": cookie, "X-Forwarded-For": self.address},
                origin=f"http://127.0.0.1:{self.port}",
            ) as socket:  # fmt: skip
                reading = asyncio.create_task(self._read(socket))
                looking = asyncio.create_task(self._look(socket))
                try:
                    await self._stay(socket, until, mean)
                finally:
                    for task in (reading, looking):
                        task.cancel()
                        with contextlib.suppress(asyncio.CancelledError):
                            await task
        except (OSError, ConnectionClosed, ValueError) as error:
            self.done.append(
                Done("open", self.page, begun, time.monotonic() - begun, 0, f"{type(error).__name__}: {error}")
            )

    def _open(self) -> str:
        """Goes to the link; returns the cookie."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        asked.request("GET", f"/s/{self.token}", headers={"X-Forwarded-For": self.address})
        answer = asked.getresponse()
        answer.read()
        asked.close()
        given = SimpleCookie(answer.getheader("set-cookie", ""))
        if answer.status != 303 or not given:
            raise ValueError(f"the link gave {answer.status}")
        return "; ".join(f"{name}={morsel.value}" for name, morsel in given.items())

    async def _stay(self, socket: ClientConnection, until: float, mean: float) -> None:
        await self._ask(socket, "open", "")
        coming = time.monotonic()
        while max(coming := coming + mean_pause(self.random, mean), time.monotonic()) < until:
            await asyncio.sleep(max(0, coming - time.monotonic()))
            kind = self.random.choices(list(KINDS), list(KINDS.values()))[0]
            page = self.page
            if kind == "page":
                offered = {name: often for name, often in MIX.items() if name in self.pages and name != page}
                page = self.random.choices(list(offered), list(offered.values()))[0]
                self.query = ""  # as the browser does; the server puts the filters back
            else:
                self.query = self._changed(kind)
            await self._ask(socket, kind, page)

    def _changed(self, kind: str) -> str:
        """The address with another filter, period or language."""
        held = parse_qs(self.query, keep_blank_values=True)
        if kind == "language":
            held["lang"] = [self.random.choice(LANGUAGES)]
        elif kind == "period":
            held.pop("from", None)
            if self.random.random() < 0.6:
                held["from"] = [self.random.choice(BEGINS)]
        else:
            had = [name for name in held if name.startswith("f.")]
            for name in had:
                del held[name]
            if not had or self.random.random() < 0.5:
                name = self.random.choice(list(FILTERS))
                held[name] = [self.random.choice(FILTERS[name])]
        return urlencode(held, doseq=True)

    async def _ask(self, socket: ClientConnection, kind: str, page: str) -> None:
        """Sends what was done and waits until the page's script has ended."""
        begun = time.monotonic()
        async with self.turn:
            self.size, self.wrong = 0, ""
            while not self.ended.empty():  # of what was given up
                self.ended.get_nowait()
            await self._send(socket, page)
            try:
                await asyncio.wait_for(self.ended.get(), PATIENCE)
            except TimeoutError:
                self.wrong = f"no answer within {PATIENCE} s"
            self.done.append(Done(kind, self.page, begun, time.monotonic() - begun, self.size, self.wrong))

    async def _send(self, socket: ClientConnection, page: str, fragment: str = "") -> None:
        asked = BackMsg()
        state = asked.rerun_script
        state.query_string = self.query
        state.page_script_hash = self.pages.get(page, "") if page else ""
        state.context_info.locale, state.context_info.timezone = "en-GB", "Europe/Berlin"
        state.context_info.url = f"http://127.0.0.1:{self.port}/{page}"
        state.context_info.color_scheme = "light"
        if fragment:
            state.fragment_id, state.is_auto_rerun = fragment, True
        await socket.send(asked.SerializeToString())

    async def _look(self, socket: ClientConnection) -> None:
        """What a browser does every 30 s by itself: asks whether the link is still open."""
        while True:
            await asyncio.sleep(30)
            if self.watch:
                async with self.turn:
                    await self._send(socket, self.page, self.watch)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self.ended.get(), PATIENCE)

    async def _read(self, socket: ClientConnection) -> None:
        """Reads all that comes; tells of every end of a script."""
        try:
            async for frame in socket:
                assert isinstance(frame, bytes)
                self.size += len(frame)
                message = ForwardMsg.FromString(frame)
                self._note(message)
                if message.WhichOneof("type") == "script_finished":
                    if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                        self.wrong = "the script did not compile"
                    if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                        self.ended.put_nowait(message.script_finished)
        except ConnectionClosed as error:
            self.wrong = f"closed: {error}"
        else:
            self.wrong = "closed by the server"
        self.ended.put_nowait(-1)

    def _note(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self.pages = {
                page.url_pathname or page.page_name.lower(): page.page_script_hash
                for page in message.navigation.app_pages
            }
            names = {hashed: name for name, hashed in self.pages.items()}
            self.page = names.get(message.navigation.page_script_hash, self.page)
        elif kind == "page_info_changed":
            self.query = urlsplit(f"?{message.page_info_changed.query_string.removeprefix('?')}").query
        elif kind == "auto_rerun":
            self.watch = message.auto_rerun.fragment_id
        elif kind == "page_not_found":
            self.wrong = "the page was not found"
        elif kind == "delta":
            self.wrong = next(errors(message), self.wrong)


def errors(message: ForwardMsg) -> Iterator[str]:
    """What a message says that a guest would read as an error."""
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception":
        yield f"exception {element.exception.type}"
    elif kind == "html" and "cx-error" in element.html.body and "<style" not in element.html.body:
        yield element.html.body
    elif kind == "heading" and "Not open here" in element.heading.body:
        yield "the link opened nothing"
