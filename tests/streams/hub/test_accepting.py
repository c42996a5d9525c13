"""Taking connections in at a pace, on real sockets."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from unittest.mock import Mock

import pytest

from streams.hub.accepting import LINGER_S, MOST_LINGERING, Accepting, Pace
from tests.streams.hub.made_up_server import QUICK, connected, served

ASKED = b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"


async def answer(port: int) -> bytes:
    """The first line that a request to this port is answered with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASKED)
    line = await reader.readline()
    writer.close()
    return line


class Clock:
    """A clock that somebody moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_pace_admits_one_second_s_worth_at_once() -> None:
    pace = Pace(3, Clock())
    assert [pace.admits() for _ in range(5)] == [True, True, True, False, False]


def test_a_pace_is_filled_again_as_time_goes_by() -> None:
    clock = Clock()
    pace = Pace(2, clock)
    for _ in range(3):
        pace.admits()
    clock.at = 0.5
    assert [pace.admits() for _ in range(2)] == [True, False]


def test_a_long_quiet_time_admits_no_more_than_one_second_s_worth() -> None:
    clock = Clock()
    pace = Pace(2, clock)
    clock.at = 1000.0
    assert [pace.admits() for _ in range(3)] == [True, True, False]


async def test_whoever_comes_beyond_the_pace_is_answered_503() -> None:
    async with served(QUICK._replace(connects_per_s=2)) as node:
        answers = [await answer(node.port) for _ in range(4)]
    assert answers == [b"HTTP/1.1 200 OK\r\n"] * 2 + [b"HTTP/1.1 503 Service Unavailable\r\n"] * 2


async def test_those_who_are_turned_away_are_counted() -> None:
    async with served(QUICK._replace(connects_per_s=1)) as node:
        for _ in range(4):
            await answer(node.port)
        assert node.hub.figures.turned_away == 3


async def test_a_flood_leaves_those_alone_who_are_connected() -> None:
    async with served(QUICK._replace(connects_per_s=1)) as node, connected(node, "fleet") as mine:
        flood = await asyncio.gather(*(answer(node.port) for _ in range(100)))
        await mine.say(type="ping")
        await mine.until("pong")
    assert set(flood) == {b"HTTP/1.1 503 Service Unavailable\r\n"}


async def test_no_more_sockets_linger_than_a_few_hundred() -> None:
    async with served(QUICK._replace(connects_per_s=1)) as node:
        await answer(node.port)
        silent = [await asyncio.open_connection("127.0.0.1", node.port) for _ in range(MOST_LINGERING + 1)]
        async with asyncio.timeout(LINGER_S / 2):
            await silent[0][0].read()
        assert silent[-1][0].at_eof() is False
        for _, writer in silent:
            writer.close()


@pytest.fixture
async def again() -> asyncio.Event:
    """Set once somebody is looked for again."""
    return asyncio.Event()


@pytest.fixture
async def without_files(again: asyncio.Event) -> AsyncIterator[Mock]:
    """A listener for which the system has no files left, at first."""

    def accept() -> None:
        if listener.accept.call_count == 1:
            raise OSError(errno.EMFILE, "too many")
        again.set()
        raise BlockingIOError

    listener = Mock(spec=socket.socket)
    listener.accept.side_effect = accept
    with socket.create_server(("127.0.0.1", 0)) as real:
        listener.fileno, listener.getsockname = real.fileno, real.getsockname
        yield listener


async def test_a_node_without_files_tries_again_a_moment_later(without_files: Mock, again: asyncio.Event) -> None:
    accepting = Accepting(without_files, asyncio.Protocol, Pace(1, Clock()), lambda: None)
    accepting.begin()
    with socket.create_connection(without_files.getsockname()):
        async with asyncio.timeout(5):
            await again.wait()
    accepting.end()
