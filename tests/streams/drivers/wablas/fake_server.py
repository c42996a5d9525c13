"""A fake Wablas: real HTTP on the loopback, a ledger of what it took over, and bad manners on demand."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

import orjson

TOKEN, SECRET = "f4k3t0k3n", "s3cr3t"
TAKEN = "Message is pending and waiting to be processed"
HTML = b"<html><body><h1>500 Internal Server Error</h1></body></html>"
Cut = Literal["at once", "after headers", "after body", "in answer's headers", "in answer's body"]


@dataclass(frozen=True, slots=True)
class Manner:
    """How one send is treated: whether the message is taken over, and how it is answered.

    body: in place of Wablas's own; cut: where the connection ends. silent: no answer, ever.
    """

    takes: bool = True
    status: int = 200
    body: bytes | None = None
    headers: str = ""
    delay_s: float = 0.0
    cut: Cut | None = None
    silent: bool = False


POLITE = Manner()


def saying_no(message: str, status: int = 200) -> Manner:
    """A refusal in Wablas's words."""
    return Manner(takes=False, status=status, body=orjson.dumps({"status": False, "message": message}))


class Taken(NamedTuple):
    """A message that the server took over."""

    ref_id: str
    path: str
    phone: str
    form: dict[str, str]


@dataclass
class FakeWablas:
    """A context manager; `manners` are used up one a send, then `manner` holds. row_status: what the report says."""

    manner: Manner = POLITE
    manners: deque[Manner] = field(default_factory=deque)
    asked_manner: Manner = POLITE
    row_status: str = "sent"
    shown: bool = True
    ledger: list[Taken] = field(default_factory=list)
    sends_seen: int = 0
    asks_seen: int = 0
    connections: int = 0
    most_connections: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._ending.set()
        while self._writers:
            for writer in list(self._writers):
                writer.transport.abort()
            await asyncio.sleep(0)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def copies(self) -> Counter[str]:
        """How often each message was taken over."""
        return Counter(taken.ref_id for taken in self.ledger)

    async def left(self, message_id: str) -> int:
        """How many copies of a message were taken over."""
        return self.copies()[message_id]

    async def drop(self, device_id: str) -> None:
        """There is no link to drop."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self.connections += 1
        self.most_connections = max(self.most_connections, self.connections)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, CutError):
                while True:
                    self._cut_at_once()
                    await self._exchange(reader, writer)
        finally:
            self.connections -= 1
            self._writers.discard(writer)
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begin, *fields = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = begin.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in fields)}
        manner = self._manner(method)
        _cut(manner, "after headers")
        content = await reader.readexactly(int(headers.get("content-length", 0)))
        _cut(manner, "after body")
        form = dict(parse_qsl(content.decode()))
        answer = self._answer(manner, method, target, headers.get("authorization", ""), form)
        if manner.silent:
            await self._ending.wait()
        await asyncio.sleep(manner.delay_s)
        await _reply(writer, manner, answer)

    def _cut_at_once(self) -> None:
        if self.manners and self.manners[0].cut == "at once":
            self.manners.popleft()
            raise CutError

    def _manner(self, method: str) -> Manner:
        if method == "GET":
            self.asks_seen += 1
            return self.asked_manner
        self.sends_seen += 1
        return self.manners.popleft() if self.manners else self.manner

    def _answer(self, manner: Manner, method: str, target: str, authorization: str, form: dict[str, str]) -> object:
        if authorization != f"{TOKEN}.{SECRET}":
            return {"status": False, "message": f"token {authorization} invalid"}
        if method == "GET":
            return self._report(dict(parse_qsl(urlsplit(target).query)))
        if not manner.takes:
            return {"status": False, "message": "not taken"}
        taken = Taken(form["ref_id"], target, form["phone"], form)
        self.ledger.append(taken)
        message = {"id": f"w-{taken.ref_id}", "phone": taken.phone, "status": "pending"}
        return {"status": True, "message": TAKEN, "data": {"messages": [message]}}

    def _report(self, query: dict[str, str]) -> object:
        found = [t for t in self.ledger if t.ref_id == query["ref_id"]] if self.shown else []
        rows = [{"id": f"w-{t.ref_id}", "ref_id": t.ref_id, "status": self.row_status} for t in found]
        return {"status": True, "page": 1, "message": rows}


class CutError(Exception):
    """The connection is to end here."""


def _cut(manner: Manner, stage: Cut) -> None:
    if manner.cut == stage:
        raise CutError


async def _reply(writer: asyncio.StreamWriter, manner: Manner, answer: object) -> None:
    body = orjson.dumps(answer) if manner.body is None else manner.body
    head = f"HTTP/1.1 {manner.status} X\r\nContent-Length: {len(body)}\r\n{manner.headers}\r\n".encode()
    if manner.cut == "in answer's headers":
        body, head = b"", head[:20]
    elif manner.cut == "in answer's body":
        body = body[: len(body) // 2]
    writer.write(head + body)
    await writer.drain()
    if manner.cut:
        writer.write_eof()
        raise CutError
