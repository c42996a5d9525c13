"""Server-sent events: the same connection for those who only listen (HTML Standard §9.2, EventSource)."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from pydantic import TypeAdapter

from schemas.hub.close_codes import MEANINGS, CloseCode, Verdict
from schemas.hub.frames import MOST_AT_ONCE, STALE_AFTER_S, Cursor, Wanted
from schemas.hub.groups import MOST_LETTERS
from streams.hub.fan_out import Message
from streams.hub.house import HOUSE, problem
from streams.hub.session import Session
from streams.hub.silence import silence

CONNECTION = re.compile("[A-Za-z0-9-]{1,64}")
AGAIN_MS = 5000
"""How long a browser waits before it comes back."""
COMMENT_EVERY_S = 30.0
COMMENT = b":\n\n"
"""Shows the system that the client is still there; whoever does not acknowledge it within `UNHEARD_S` is gone."""
UNHEARD_S = STALE_AFTER_S
STATUS_OF: dict[Verdict, int] = {"retry": 200, "renew": 401, "never": 204}
"""What an EventSource understands before anything was told: 200 brings it back, others do not."""
_cursors: TypeAdapter[dict[str, dict[str, int]]] = TypeAdapter(dict[str, Cursor])


class EventStream:
    """A stream of events. Each carries, as its id, the connection and the cursor of all groups so far.

    something: is set once there is anything to be answered. over: once the stream or its socket has ended.
    """

    def __init__(self, transport: asyncio.Transport, over: asyncio.Event) -> None:
        self.connection = ""
        self.something = asyncio.Event()
        self.over = over
        self.code: CloseCode | None = None
        self._transport = transport
        self._held: list[bytes] | None = []
        self._epoch = ""
        self._after: dict[str, dict[str, int]] = {}

    def frame(self, payload: bytes) -> bytes:
        """An event; the cursor that it moves stands in it."""
        said = orjson.loads(payload)
        self._move(said)
        cursor = orjson.dumps({"epoch": self._epoch, "after": self._after})
        head = f"id: {self.connection} {cursor.decode()}\nevent: {said['type']}\ndata: "
        return head.encode() + payload + b"\n\n"

    def message(self, message: Message, audit: bool) -> bytes:
        """An event of a group."""
        return self.frame(message.full if audit else message.masked)

    def begin(self, head: bytes) -> None:
        """Answer, with all that was to be told so far."""
        held, self._held = self._held or [], None
        self.write(head + b"".join(held))

    def write(self, data: bytes) -> None:
        """Send it, once there is an answer for it to stand in."""
        if self._held is not None:
            self._held.append(data)
            self.something.set()
        elif not self._transport.is_closing():
            self._transport.write(data)

    def unsent(self) -> int:
        """What the system has not taken."""
        return 0 if self._transport.is_closing() else self._transport.get_write_buffer_size()

    def end(self, code: CloseCode) -> None:
        """Nothing more follows: the socket's end is the stream's."""
        self.code = code
        self.something.set()
        self.over.set()

    def abort(self) -> None:
        """Close the socket."""
        self._transport.abort()
        self.something.set()
        self.over.set()

    def _move(self, said: Mapping[str, Any]) -> None:
        match said["type"]:
            case "connected":
                self._epoch = said["epoch"]
            case "joined":
                self._after[said["group"]] = said["after"]
            case "changes":
                self._after.setdefault(said["group"], {}).update(said["after"])
            case "event":
                partition, _, offset = said["at"].rpartition("/")
                self._after.setdefault(said["group"], {})[partition] = int(offset)


class Written(web.StreamResponse):
    """An answer that was written to the socket already."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """It was."""
        self.force_close()
        return None

    async def write_eof(self, data: Any = b"") -> None:
        """It was."""


async def events(request: web.Request) -> web.StreamResponse:
    """The handler of `/events`: one connection that only listens, until it ends."""
    house = request.app[HOUSE]
    hub = house.hub
    if (refusal := house.refusal(request)) is not None:
        return refusal
    try:
        wanted, returns = _asked(request)
    except ValueError as error:
        return problem(400, str(error))
    # Looked at above, if only some pages may: then the answer is for that one alone.
    origin = request.headers.get("Origin", "*") if house.origins else "*"
    assert request.transport is not None
    out = EventStream(request.transport, silence(request).over)
    _notice_silence(request.transport)
    session = Session(hub, out, "sse")
    out.connection = session.connection
    hub.enter(session)
    try:
        session.connect(request.query.get("token", ""), wanted, returns)
        await _first(out)
        if out.code is not None and (status := STATUS_OF[out.code.verdict]) != 200:
            return _not_begun(out.code, status, origin)
        out.begin(_head(origin))
        await _keep(out)
    finally:
        session.gone("gone")
    return Written()


async def _first(out: EventStream) -> None:
    """Until there is something to answer, or nobody to be answered."""
    waits = [asyncio.ensure_future(event.wait()) for event in (out.something, out.over)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _keep(out: EventStream) -> None:
    """Until it is over."""
    while not out.over.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(out.over.wait(), COMMENT_EVERY_S)
        if not out.over.is_set():
            out.write(COMMENT)


def _asked(request: web.Request) -> tuple[list[Wanted], str | None]:
    """The groups that are wanted, each with what was heard of it, and the connection that is to be continued."""
    groups = request.query.getall("group", [])
    if len(groups) > MOST_AT_ONCE:
        raise ValueError(f"group: {MOST_AT_ONCE} at most")
    last = request.headers.get("Last-Event-ID") or request.query.get("last_event_id")
    if not last:
        return [Wanted(group=group[:MOST_LETTERS]) for group in groups], None
    connection, _, cursor = last.partition(" ")
    try:
        said = orjson.loads(cursor)
        after, epoch = _cursors.validate_python(said["after"]), str(said["epoch"])
    except (ValueError, KeyError, TypeError):
        raise ValueError("Last-Event-ID: give the id of an event as it came, or none") from None
    if not CONNECTION.fullmatch(connection):
        raise ValueError("Last-Event-ID: it begins with no connection: give the id of an event as it came, or none")
    return [Wanted(group=group[:MOST_LETTERS], epoch=epoch, after=after.get(group)) for group in groups], connection


def _notice_silence(transport: asyncio.Transport) -> None:
    """Have the system end the socket of a client that acknowledges nothing (RFC 5482)."""
    found = transport.get_extra_info("socket")
    if found is not None:
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_S * 1000)


def _not_begun(code: CloseCode, status: int, origin: str) -> web.Response:
    headers = {"Access-Control-Allow-Origin": origin, "Cache-Control": "no-store"}
    if status == 204:
        return web.Response(status=status, headers=headers)
    said = {"status": status, "code": code.reason, "detail": MEANINGS[code]}
    return web.json_response(said, status=status, headers=headers)


def _head(origin: str) -> bytes:
    """Its body ends with the socket (RFC 9112 §6.3)."""
    return (
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
        f"Access-Control-Allow-Origin: {origin}\r\nConnection: close\r\n\r\nretry: {AGAIN_MS}\n\n"
    ).encode()
