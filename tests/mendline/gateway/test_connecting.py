"""Connections that are slow, endless, malformed, too many or gone cost little, and are told what is wrong."""

from __future__ import annotations

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mendline.gateway.connecting import MOST_HEADER_BYTES, MOST_PIPELINED, Bounds, connections_within
from mendline.listening import listening

QUICK = Bounds(most=3, headers_s=0.3, rest_s=0.3, unread_s=0.3)
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
AT_ONCE_S = 5.0
BIG = 30_000_000


class Waiting:
    """An application that answers /big and / at once, reads /body to its end, and otherwise waits for ever."""

    def __init__(self) -> None:
        self.begun, self.ended = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self.begun.set()
        try:
            if scope["path"] == "/body":
                await Request(scope, receive).body()
            elif scope["path"] == "/wait":
                await asyncio.Event().wait()
            await Response(b"x" * (BIG if scope["path"] == "/big" else 2))(scope, receive, send)
        finally:
            self.ended.set()


@asynccontextmanager
async def _serving(app: ASGIApp, bounds: Bounds) -> AsyncIterator[int]:
    with listening("127.0.0.1", 0, "the API", "MENDLINE_API_PORT") as listener:
        protocol = connections_within(bounds)
        server = uvicorn.Server(uvicorn.Config(app, http=protocol, ws="none", lifespan="off", log_config=None))
        running = asyncio.ensure_future(server._serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.should_exit = server.force_exit = True
        await running


@pytest.fixture
async def app() -> Waiting:
    """What answers."""
    return Waiting()


Connect = Callable[[], "asyncio.Future[tuple[StreamReader, StreamWriter]]"]


@pytest.fixture
async def connect(app: Waiting) -> AsyncIterator[Connect]:
    """Connects to a server with little patience."""
    opened: list[StreamWriter] = []
    async with _serving(app, QUICK) as port:

        async def connected() -> tuple[StreamReader, StreamWriter]:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            opened.append(writer)
            return reader, writer

        yield lambda: asyncio.ensure_future(connected())
        for writer in opened:
            writer.close()


async def _said(connect: Connect, *parts: bytes) -> bytes:
    """All that is answered until the server closes the connection."""
    reader, writer = await connect()
    for part in parts:
        writer.write(part)
        await asyncio.sleep(0.02)
    async with asyncio.timeout(AT_ONCE_S):
        return await reader.read()


def _problem(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    return int(head.split()[1]), json.loads(body)["code"]


@pytest.mark.parametrize("said", [b"", b"G", b"GET / HT", b"GET / HTTP/1.1\r\nHost:", b"\r\n\r\n"])
async def test_who_does_not_end_his_headers_is_let_go(connect: Connect, said: bytes) -> None:
    assert await _said(connect, said) == b""


async def test_who_sends_empty_lines_between_requests_is_let_go(connect: Connect) -> None:
    answer = await _said(connect, GET, b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("cuts", [1, 2, 7])
async def test_headers_that_are_too_large_are_refused(connect: Connect, cuts: int) -> None:
    large = b"GET / HTTP/1.1\r\nX: " + b"x" * MOST_HEADER_BYTES + b"\r\n\r\n"
    size = len(large) // cuts
    parts = [large[n : n + size] for n in range(0, len(large), size)]
    assert _problem(await _said(connect, *parts)) == (431, "headers_too_large")


async def test_an_address_that_is_too_long_is_refused(connect: Connect) -> None:
    assert _problem(await _said(connect, b"GET /" + b"x" * MOST_HEADER_BYTES)) == (431, "headers_too_large")


async def test_headers_that_are_large_enough_are_taken_in_pieces(connect: Connect) -> None:
    fit = b"GET / HTTP/1.1\r\nConnection: close\r\nX: " + b"x" * (MOST_HEADER_BYTES - 100)
    assert (await _said(connect, fit[:40_000], fit[40_000:], b"\r\n\r\n")).startswith(b"HTTP/1.1 200")


async def test_a_large_body_is_not_taken_for_headers(connect: Connect) -> None:
    posts = b"POST /body HTTP/1.1\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000 + b"GET / HTTP/1.1\r\nConn"
    answers = await _said(connect, posts, b"ection: close\r\n\r\n")
    assert answers.count(b"HTTP/1.1 200") == 2


NO_HTTP = [
    b"\x16\x03\x01\x02\x00\x01",
    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"CONNECT x:1 HTTP/1.1\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\n\r\n",
]


@pytest.mark.parametrize("said", NO_HTTP)
async def test_what_is_no_http_is_said_to_be_none(connect: Connect, said: bytes) -> None:
    assert _problem(await _said(connect, said)) == (400, "malformed")


async def test_a_body_that_comes_with_an_upgrade_is_refused_and_not_lost(connect: Connect) -> None:
    asked = b"POST /body HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}"
    assert _problem(await _said(connect, asked)) == (400, "malformed")


async def test_an_upgrade_without_a_body_is_passed_over(connect: Connect) -> None:
    asked = b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
    answer = await _said(connect, asked)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer


async def test_who_goes_on_with_a_body_that_is_answered_is_let_go(connect: Connect) -> None:
    reader, writer = await connect()
    writer.write(b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n")
    async with asyncio.timeout(AT_ONCE_S):
        while not reader.at_eof():
            writer.write(b"x")
            await asyncio.sleep(0.01)
            await reader.read(100)


async def test_who_does_not_take_his_answer_is_let_go(connect: Connect) -> None:
    reader, writer = await connect()
    writer.write(b"GET /big HTTP/1.1\r\n\r\n")
    await asyncio.sleep(1)
    taken = 0
    with suppress(ConnectionError):
        while some := await reader.read(1_000_000):
            taken += len(some)
    assert 0 < taken < BIG


async def test_more_connections_than_there_is_room_for_are_refused(connect: Connect) -> None:
    for _ in range(QUICK.most):
        _, writer = await connect()
        writer.write(b"GET /wait HTTP/1.1\r\n\r\n")
    assert _problem(await _said(connect)) == (503, "too_many_connections")


@pytest.mark.parametrize("behind", [b"", b"GET"])
async def test_what_somebody_asked_who_has_gone_is_given_up(app: Waiting, connect: Connect, behind: bytes) -> None:
    _, writer = await connect()
    writer.write(b"GET /wait HTTP/1.1\r\n\r\n" + behind)
    async with asyncio.timeout(AT_ONCE_S):
        await app.begun.wait()
        writer.close()
        await app.ended.wait()


async def test_pipelined_requests_are_answered_in_order(connect: Connect) -> None:
    answers = await _said(connect, GET * MOST_PIPELINED + b"GET / HTTP/1.0\r\n\r\n")
    assert answers.count(b"HTTP/1.1 200") == MOST_PIPELINED + 1


async def test_who_asks_far_ahead_is_let_go(connect: Connect) -> None:
    answers = await _said(connect, b"GET /wait HTTP/1.1\r\n\r\n" + GET * (MOST_PIPELINED + 1))
    assert answers == b""
