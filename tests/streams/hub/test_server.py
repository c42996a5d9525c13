"""A node on a real socket: what strangers do to it, and what clients see."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from tests.streams.hub.made_up_server import PATIENCE_S, QUICK, Served, client, connected, served


async def test_what_happens_in_a_group_reaches_who_is_in_it() -> None:
    async with served() as node, connected(node, "device:7") as mine, connected(node, user="bob") as other:
        node.tell("device:7", type="device_parked")
        assert (await mine.until("event"))["event"] == {"type": "device_parked"}
        await other.say(type="ping")
        assert (await other.next()) == {"type": "pong"}


async def test_the_older_of_two_connections_of_a_user_is_closed_for_good() -> None:
    async with served() as node, connected(node) as older, connected(node) as newer:
        bye = await older.until("bye")
        assert (bye["code"], bye["verdict"]) == (4201, "never")
        assert await older.closed() == 4201
        await newer.say(type="ping")
        assert await newer.next() == {"type": "pong"}


async def test_a_forged_token_is_told_so_and_the_socket_closed() -> None:
    async with served() as node, client(node) as mine:
        await mine.say(type="connect", token="forged")
        assert (await mine.until("bye"))["verdict"] == "renew"
        assert await mine.closed() == 4102


async def test_a_frame_of_a_megabyte_is_refused_with_a_reason() -> None:
    async with served() as node, connected(node) as mine:
        await mine.socket.send_str("x" * 1024 * 1024)
        assert (await mine.until("bye"))["reason"] == "protocol"
        assert await mine.closed() == 4203


async def test_a_binary_frame_is_refused_with_a_reason() -> None:
    async with served() as node, connected(node) as mine:
        await mine.socket.send_bytes(b"{}")
        assert await mine.closed() == 4203


async def test_garbage_is_refused_with_a_reason_and_others_are_left_alone() -> None:
    async with served() as node, connected(node) as mine, connected(node, user="bob") as other:
        await mine.socket.send_str("{")
        assert await mine.closed() == 4203
        await other.say(type="ping")
        assert await other.next() == {"type": "pong"}


async def test_a_ping_of_the_protocol_itself_is_answered() -> None:
    async with served() as node, client(node, autoping=False) as mine:
        await mine.socket.ping(b"there?")
        came = await mine.socket.receive(timeout=PATIENCE_S)
        assert (came.type, came.data) == (WSMsgType.PONG, b"there?")


async def test_who_says_too_much_is_answered_slower() -> None:
    async with served(QUICK._replace(said_at_once=1, said_per_s=20)) as node, client(node) as mine:
        begun = asyncio.get_running_loop().time()
        for _ in range(5):
            await mine.say(type="ping")
        for _ in range(5):
            await mine.until("pong")
        assert asyncio.get_running_loop().time() - begun > 0.1


async def test_a_socket_without_a_token_is_closed() -> None:
    async with served(QUICK._replace(connect_within_s=0.1)) as node, client(node) as mine:
        assert await mine.closed() == 4005


async def test_a_connection_without_a_request_is_closed() -> None:
    async with served(QUICK._replace(connect_within_s=0.1)) as node:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
        writer.close()


async def test_a_silent_client_is_closed_although_it_is_told_things() -> None:
    async with served(QUICK._replace(stale_after_s=0.3)) as node, connected(node, "fleet") as mine:
        telling = asyncio.create_task(_tell_for_ever(node))
        assert await mine.closed() == 4003
        telling.cancel()


async def _tell_for_ever(node: Served) -> None:
    while True:
        await asyncio.sleep(0.05)
        node.tell("fleet")


async def test_a_client_that_never_reads_is_cut_off() -> None:
    async with served(QUICK._replace(slow_bytes=100_000)) as node, connected(node, "fleet"):
        told = 0
        while node.hub.sessions:
            node.tell("fleet", text="x" * 10_000)
            told += 1
            await asyncio.sleep(0)
            assert told < 5000
        assert node.asked.of("connection_close_requested")[0].why == "slow"


async def test_a_client_that_says_goodbye_is_noted_as_such() -> None:
    async with served() as node:
        async with connected(node):
            pass
        assert (await node.asked.for_a("connection_close_requested")).why == "closed"


async def test_a_socket_whose_system_ends_it_is_noticed_at_once() -> None:
    async with served() as node, connected(node) as mine:
        transport = mine.socket._response.connection.transport  # type: ignore[union-attr]
        transport.abort()  # type: ignore[union-attr]
        assert (await node.asked.for_a("connection_close_requested")).why == "gone"


async def test_a_node_that_ends_says_so_to_all() -> None:
    async with AsyncExitStack() as clients:
        async with served() as node:
            mine = await clients.enter_async_context(connected(node))
            leaving = asyncio.ensure_future(mine.closed())
        assert await leaving == 4001
    assert mine.heard[-1]["verdict"] == "retry"
    assert node.asked.of("connection_close_requested")[0].why == "shutdown"


async def test_a_node_without_room_refuses_the_next() -> None:
    async with served(QUICK._replace(connections=1)) as node, connected(node), ClientSession() as session:
        with pytest.raises(WSServerHandshakeError) as caught:
            await session.ws_connect(node.url("/ws"))
        assert caught.value.status == 503


@pytest.mark.parametrize(("origin", "status"), [("https://console.example", 101), ("https://evil.example", 403)])
async def test_only_the_pages_of_allowed_origins_connect(origin: str, status: int) -> None:
    headers = {"Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers["Sec-WebSocket-Key"] = "AAAAAAAAAAAAAAAAAAAAAA=="
    async with (
        served(origins=["https://console.example"]) as node,
        ClientSession() as session,
        session.get(node.url("/ws"), headers=headers) as answer,
    ):
        assert answer.status == status


async def test_a_browser_that_opens_the_address_is_told_what_it_is() -> None:
    async with served() as node, ClientSession() as session, session.get(node.url("/ws")) as answer:
        assert answer.status == 426
        assert "docs/hub.md" in (await answer.json())["detail"]


async def test_a_node_that_cannot_read_the_log_is_alive_but_not_ready() -> None:
    async with served() as node, ClientSession() as session:
        node.why_not.append("connection-events is not read")
        async with session.get(node.url("/healthz")) as alive, session.get(node.url("/readyz")) as ready:
            assert (alive.status, ready.status) == (200, 503)
            assert (await ready.json())["reasons"] == ["connection-events is not read"]
