"""The network to the hub is cut for ten seconds: nothing is missed, nothing told twice, one connection is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page

from mendline.client import AsyncMendline, Live
from schemas.api.hub import HubTokenDocument
from schemas.hub.frames import EventFrame
from tests.clients.live.chromium import new_tab
from tests.end_to_end.live.cable import Cable, cable_to
from tests.end_to_end.live.conftest import LiveInstallation

pytestmark = pytest.mark.timeout(240)
CUT_S = 10
TURNS = 20
EVENTS = ["device_parked", "device_resumed"] * (3 * TURNS)
FOLLOW = """async ([url, key, user, device]) => {
  const { Connection, tokensFrom } = await import('/live/mendline.js');
  const tokens = tokensFrom({ headers: { Authorization: `Bearer ${key}` } }, { user });
  const connection = new Connection({ getToken: async () => ({ ...(await tokens()), url }) });
  window.heard = [];
  window.joined = 0;
  connection.join(`device:${device}`, {
    joined: () => { window.joined += 1; },
    event: ({ type }) => window.heard.push(type),
  });
  connection.connect();
}"""


@pytest.fixture
async def mendline(installation: LiveInstallation, admin_key: str) -> AsyncIterator[AsyncMendline]:
    """Our own client."""
    async with AsyncMendline(installation.address(1), admin_key) as mendline:
        yield mendline


@pytest.fixture
async def cable(installation: LiveInstallation) -> AsyncIterator[Cable]:
    """To the first node of the hub."""
    async with cable_to(installation.settings(0).hub_port) as cable:
        yield cable


async def _device(mendline: AsyncMendline) -> str:
    name = f"phone-{uuid4().hex[:10]}"
    await mendline.devices.add(name, "simulated-repeatable")
    return name


async def _happen(mendline: AsyncMendline, device: str) -> None:
    for _ in range(TURNS):
        await mendline.devices.park(device)
        await mendline.devices.resume(device)


async def _happen_around_a_cut(mendline: AsyncMendline, device: str, cable: Cable) -> None:
    await _happen(mendline, device)
    cable.cut()
    await _happen(mendline, device)
    await asyncio.sleep(CUT_S)
    cable.mend()
    await _happen(mendline, device)


async def _until_it_is_live(mendline: AsyncMendline, user: str) -> None:
    """Read models come a moment later."""
    for _ in range(200):
        if (await mendline.connections.show(user)).live:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"no connection of {user} is live")


@pytest.mark.browser
@pytest.mark.slow
async def test_a_browser_misses_nothing(
    browser: Browser, installation: LiveInstallation, admin_key: str, mendline: AsyncMendline, cable: Cable
) -> None:
    device, user = await _device(mendline), f"fajar-{uuid4().hex[:8]}"
    page: Page = (await new_tab(browser)).page
    await page.goto(f"{installation.address(0)}/healthz")  # which, unlike /live, may connect to anything
    await page.evaluate(FOLLOW, [cable.url, admin_key, user, device])
    await page.wait_for_function("window.joined === 1")
    await _happen_around_a_cut(mendline, device, cable)
    await page.wait_for_function(f"window.heard.length >= {len(EVENTS)}")
    await page.wait_for_timeout(500)
    assert (await page.evaluate("window.heard"), await page.evaluate("window.joined")) == (EVENTS, 2)
    await _until_it_is_live(mendline, user)


@pytest.mark.slow
async def test_a_program_misses_nothing(
    installation: LiveInstallation, admin_key: str, mendline: AsyncMendline, cable: Cable
) -> None:
    device, user = await _device(mendline), f"gita-{uuid4().hex[:8]}"
    heard: list[str] = []
    async with Live(_tokens_for(installation, admin_key, user, cable), [f"device:{device}"]) as live:
        await anext(live)
        happening = asyncio.create_task(_happen_around_a_cut(mendline, device, cable))
        async with asyncio.timeout(60):
            while len(heard) < len(EVENTS):
                news = await anext(live)
                heard += [news.event.type] if isinstance(news, EventFrame) else []
        await happening
        await _until_it_is_live(mendline, user)
    assert heard == EVENTS


def _tokens_for(
    installation: LiveInstallation, key: str, user: str, cable: Cable
) -> Callable[[], Coroutine[Any, Any, HubTokenDocument]]:
    async def token() -> HubTokenDocument:
        with installation.client(key) as api:
            made = api.post("/api/ws-token", json={"user": user}).json()
        return HubTokenDocument.model_validate(made | {"url": cable.url}, strict=False)

    return token
