"""A made-up site, and a browser for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.clients.live.chromium import Tab, new_tab, running_chromium
from tests.clients.live.made_up_site import KEY, MadeUpSite, running_site


@pytest.fixture
async def site() -> AsyncIterator[MadeUpSite]:
    """An API and a hub that say what a test wants."""
    async with running_site() as site:
        yield site


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with running_chromium() as browser:
        yield browser


@pytest.fixture
async def tab(browser: Browser, site: MadeUpSite) -> AsyncIterator[Tab]:
    """The page, opened with a key; it ends without a complaint."""
    tab = await new_tab(browser)
    await tab.enter(site.url, KEY)
    await site.until_heard("connect")
    yield tab
    assert tab.complaints == []
