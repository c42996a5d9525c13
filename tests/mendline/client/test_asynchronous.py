"""The client for asyncio: the same calls, awaited."""

from __future__ import annotations

import httpx
import pytest

from mendline.client import AsyncMendline, Mendline, NotFoundError, UnreachableError
from tests.mendline.client.node import MadeUpNode, accepted, patience, problem
from tests.mendline.client.test_answers import _page

GROUPS = ("sends", "devices", "clients", "campaigns")


def _client(node: MadeUpNode) -> AsyncMendline:
    return AsyncMendline("http://a,http://b", "mdl_a_b", transport=node.transport, patience=patience())


async def test_a_send_is_repeated_under_the_same_id_at_the_next_address() -> None:
    node = MadeUpNode(httpx.ReadError("gone"), accepted())
    async with _client(node) as client:
        sent = await client.sends.send("d-1", "+62", "hello")
    assert (sent.state, node.hosts) == ("logged", ["a", "b"])
    assert node.bodies[0] == node.bodies[1]


async def test_a_problem_is_raised() -> None:
    async with _client(MadeUpNode(problem(404, "unknown_device"))) as client:
        with pytest.raises(NotFoundError):
            await client.devices.show("d-1")


async def test_what_could_happen_twice_is_not_repeated() -> None:
    node = MadeUpNode(httpx.ReadError("gone"))
    async with _client(node) as client:
        with pytest.raises(UnreachableError):
            await client.devices.park("d-1")
    assert len(node.asked) == 1


async def test_a_list_goes_from_page_to_page() -> None:
    async with _client(MadeUpNode(_page("c2", "a"), _page(None, "b"))) as client:
        assert [each.campaign async for each in client.campaigns.list()] == ["a", "b"]


def test_both_clients_have_the_same_calls() -> None:
    one = Mendline("http://a", "mdl_a_b")
    other = AsyncMendline("http://a", "mdl_a_b")
    assert {name: set(dir(getattr(one, name))) for name in GROUPS} == {
        name: set(dir(getattr(other, name))) for name in GROUPS
    }
    one.close()
