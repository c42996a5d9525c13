"""One live connection a user, over all nodes, the newest by the log's order."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.end_to_end.hub.browser import Browser, open_browser
from tests.end_to_end.hub.installation import NODES, Installation

pytestmark = pytest.mark.kafka

AT_ONCE = 200


async def test_the_older_of_two_connections_is_closed_and_stays_closed(installation: Installation, user: str) -> None:
    token = installation.token(user)
    async with open_browser(installation.url(0), token) as older:
        await older.until("connected")
        async with open_browser(installation.url(1), token) as newer:
            await newer.until("connected")
            assert await older.closed() == 4201
            assert older.heard[-1]["verdict"] == "never"
            await newer.say(type="ping")
            await newer.until("pong")


async def test_of_200_that_connect_at_once_over_two_nodes_one_is_left(installation: Installation, user: str) -> None:
    token = installation.token(user)
    async with AsyncExitStack() as opened:
        browsers = await asyncio.gather(
            *(
                opened.enter_async_context(open_browser(installation.url(number % NODES), token))
                for number in range(AT_ONCE)
            )
        )
        ends = [asyncio.ensure_future(browser.closed()) for browser in browsers]
        async with asyncio.timeout(30):
            while sum(end.done() for end in ends) < AT_ONCE - 1:
                await asyncio.wait([end for end in ends if not end.done()], return_when=asyncio.FIRST_COMPLETED)
        [left] = [browser for browser in browsers if browser.code is None]
        await left.say(type="ping")
        await left.until("pong")
        assert {browser.code for browser in browsers if browser is not left} == {4201}
        for end in ends:
            end.cancel()


async def test_what_comes_back_for_a_replaced_connection_is_closed_for_good(
    installation: Installation, user: str
) -> None:
    token = installation.token(user)
    async with open_browser(installation.url(0), token) as older, open_browser(installation.url(1), token) as newer:
        ended, live = await _sorted(older, newer)
        async with open_browser(installation.url(0), token, returns=ended.heard[0]["connection"]) as again:
            assert await again.closed() == 4201
        await live.say(type="ping")
        await live.until("pong")


async def _sorted(*browsers: Browser) -> list[Browser]:
    """The one that was replaced first."""
    ends = [asyncio.ensure_future(browser.closed()) for browser in browsers]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    return sorted(browsers, key=lambda browser: browser.code is None)
