"""What the log says of connections, and of nodes that end well or badly."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.hub.browser import open_browser
from tests.end_to_end.hub.installation import Installation, NodeProcess, events_of, node_process, until_said

pytestmark = pytest.mark.kafka


@pytest.fixture
def node(installation: Installation, tmp_path: Path) -> Iterator[NodeProcess]:
    """A node of its own."""
    with node_process(installation, tmp_path) as running:
        yield running


async def test_a_connection_is_in_the_log_from_its_beginning_to_its_end(installation: Installation, user: str) -> None:
    async with open_browser(installation.url(), installation.token(user), ["fleet", "device:7"]) as browser:
        connection = (await browser.until("connected"))["connection"]
        await until_said(installation, user, "group_joined")
    closed = await until_said(installation, user, "connection_closed")
    assert [event.type for event in await events_of(installation, user)] == [
        *("connection_opened", "group_joined", "connection_closed"),
    ]
    assert (closed.data["connection"], closed.data["why"]) == (connection, "closed")


async def test_a_renewed_token_opens_nothing_anew(installation: Installation, user: str) -> None:
    async with open_browser(installation.url(), installation.token(user)) as browser:
        await browser.until("connected")
        await browser.say(type="renew", token=installation.token(user))
        await browser.until("renewed")
    await until_said(installation, user, "connection_closed")
    assert [event.type for event in await events_of(installation, user)] == ["connection_opened", "connection_closed"]


async def test_a_node_that_is_told_to_end_says_goodbye_and_tells_the_log(
    installation: Installation, node: NodeProcess, user: str
) -> None:
    async with open_browser(node.url, installation.token(user)) as browser:
        await browser.until("connected")
        status = asyncio.create_task(asyncio.to_thread(node.end))
        assert await browser.closed() == 4001
        assert browser.heard[-1]["verdict"] == "retry"
        assert await status == 0
    assert (await until_said(installation, user, "connection_closed")).data["why"] == "shutdown"
    for line in (f"Token validation: valid, user={user}", "Total clients: 1", "Total clients: 0"):
        assert line in node.said()


@pytest.mark.slow
async def test_what_a_killed_node_held_is_closed_once_the_node_is_lost(
    installation: Installation, node: NodeProcess, user: str
) -> None:
    async with open_browser(node.url, installation.token(user)) as browser:
        await browser.until("connected")
        await asyncio.to_thread(node.end, signal.SIGKILL)
        assert await browser.closed() == 1006
    assert (await until_said(installation, user, "connection_closed")).data["why"] == "node_lost"


async def test_a_forged_token_opens_nothing(installation: Installation, user: str) -> None:
    async with open_browser(installation.url(), "forged") as browser:
        assert await browser.closed() == 4102
    assert await events_of(installation, user) == []


@pytest.mark.slow
async def test_a_node_that_stood_still_for_too_long_closes_its_sockets_and_goes_on_as_another(
    installation: Installation, node: NodeProcess, user: str
) -> None:
    async with open_browser(node.url, installation.token(user)) as browser:
        before = (await browser.until("connected"))["node"]
        node.tell(signal.SIGSTOP)
        try:
            await until_said(installation, f"node:{before}", "node_lost")
        finally:
            node.tell(signal.SIGCONT)
        assert await browser.closed() == 4004
    async with open_browser(node.url, installation.token(user)) as again:
        assert (await again.until("connected"))["node"] != before
