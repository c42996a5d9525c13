"""Asking over HTTP/1.1 as cheaply as Python can, so that the node is what is measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple


class Answer(NamedTuple):
    """What came back, and how long that took, in seconds."""

    status: int
    body: bytes
    took_s: float


class Connection:
    """One connection that is kept; one request at a time."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 24)

    async def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        """One request and its answer."""
        assert self._reader is not None
        assert self._writer is not None
        began = time.perf_counter()
        head = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answered = await self._reader.readuntil(b"\r\n\r\n")
        length = int(answered.lower().split(b"content-length:")[1].split(b"\r\n", 1)[0])
        content = await self._reader.readexactly(length)
        return Answer(int(answered[9:12]), content, time.perf_counter() - began)

    def close(self) -> None:
        """Be gone."""
        if self._writer is not None:
            self._writer.close()


Ask = Callable[[Connection], Awaitable[Answer]]


async def opened(port: int, token: str, count: int) -> list[Connection]:
    """So many connections to one node."""
    connections = [Connection(port, token) for _ in range(count)]
    for connection in connections:
        await connection.open()
    return connections


async def as_fast_as_possible(connections: Sequence[Connection], ask: Ask, seconds: float) -> list[Answer]:
    """Every connection asks again and again."""
    answers: list[Answer] = []
    end = time.perf_counter() + seconds

    async def go_on(connection: Connection) -> None:
        while time.perf_counter() < end:
            answers.append(await ask(connection))

    await asyncio.gather(*(go_on(connection) for connection in connections))
    return answers


async def at_rate(connections: Sequence[Connection], ask: Ask, per_s: float, seconds: float) -> list[Answer]:
    """Ask at a steady rate whatever the answers; times count from when a request should have begun."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in connections:
        free.put_nowait(connection)
    answers: list[Answer] = []
    begin = time.perf_counter()

    async def one(due: float) -> None:
        connection = await free.get()
        answer = await ask(connection)
        answers.append(answer._replace(took_s=time.perf_counter() - due))
        free.put_nowait(connection)

    async with asyncio.TaskGroup() as group:
        for number in range(int(per_s * seconds)):
            due = begin + number / per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(due))
    return answers


@contextmanager
def closing_all(connections: Sequence[Connection]) -> Iterator[Sequence[Connection]]:
    """Close them in the end."""
    try:
        yield connections
    finally:
        for connection in connections:
            connection.close()


def quantile_ms(answers: Sequence[Answer], share: float) -> float:
    """How long that share of the answers took at most, in ms."""
    took = sorted(answer.took_s for answer in answers)
    return round(took[min(len(took) - 1, int(len(took) * share))] * 1000, 1)
