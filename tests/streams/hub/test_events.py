"""Server-sent events: the same connection for those who only listen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiohttp import ClientResponse, ClientSession

from tests.streams.hub.made_up_server import Served, connected, served


class Told(dict[str, Any]):
    """An event as it came; `id`: what a browser names when it comes back."""

    id: str


@asynccontextmanager
async def listening(node: Served, *groups: str, last: str | None = None, **asked: str) -> AsyncIterator[ClientResponse]:
    """What a browser's EventSource asks."""
    query = [("token", asked.get("token", node.token())), *(("group", group) for group in groups)]
    headers = {} if last is None else {"Last-Event-ID": last}
    async with ClientSession() as session, session.get(node.url("/events"), params=query, headers=headers) as answer:
        yield answer


async def told_of(answer: ClientResponse, type_: str) -> Told:
    """The next event of that type."""
    while True:
        block = (await answer.content.readuntil(b"\n\n")).decode()
        fields = dict(line.split(": ", 1) for line in block.strip().splitlines())
        if fields.get("event") == type_:
            found = Told(orjson.loads(fields["data"]))
            found.id = fields["id"]
            return found


async def test_who_only_listens_is_told_what_happens() -> None:
    async with served() as node, listening(node, "device:7") as answer:
        await told_of(answer, "joined")
        node.tell("device:7", type="device_parked")
        told = await told_of(answer, "event")
    assert (answer.status, answer.content_type) == (200, "text/event-stream")
    assert told["event"] == {"type": "device_parked"}


async def test_a_stream_is_a_connection_like_any_other_and_replaces_the_older_one() -> None:
    async with served() as node, connected(node) as socket, listening(node) as answer:
        await told_of(answer, "connected")
        assert await socket.closed() == 4201
    assert node.asked.of("connection_requested")[-1].kind == "sse"


async def test_who_comes_back_gets_what_it_missed() -> None:
    async with served() as node:
        async with listening(node, "device:7") as answer:
            await told_of(answer, "joined")
            node.tell("device:7", number=0)
            last = (await told_of(answer, "event")).id
        node.tell("device:7", number=1)
        async with listening(node, "device:7", last=last) as again:
            assert (await told_of(again, "joined"))["recovered"] is True
            assert (await told_of(again, "event"))["event"] == {"number": 1}


async def test_who_was_replaced_is_answered_so_that_a_browser_stays_away() -> None:
    async with served() as node, listening(node) as answer:
        last = (await told_of(answer, "connected")).id
        async with connected(node), listening(node, last=last) as again:
            assert again.status == 204


async def test_a_stream_that_is_replaced_ends_with_a_reason() -> None:
    async with served() as node, listening(node) as answer:
        await told_of(answer, "connected")
        async with connected(node):
            assert (await told_of(answer, "bye"))["code"] == 4201
            assert await answer.content.read() == b""


async def test_a_token_that_does_not_hold_is_answered_with_401() -> None:
    async with served() as node, listening(node, token="forged") as answer:
        assert answer.status == 401
        assert (await answer.json())["code"] == "token_invalid"


@pytest.mark.parametrize("last", ["x", "a {}", "a [1]", '({}) {"epoch":"e","after":{}}'])
async def test_a_last_event_id_that_is_none_is_told_so(last: str) -> None:
    async with served() as node, listening(node, last=last) as answer:
        assert answer.status == 400
        assert "Last-Event-ID" in (await answer.json())["detail"]


async def test_a_listener_that_has_gone_is_noticed_at_once() -> None:
    async with served() as node:
        async with listening(node) as answer:
            await told_of(answer, "connected")
        assert (await node.asked.for_a("connection_close_requested")).why == "gone"
