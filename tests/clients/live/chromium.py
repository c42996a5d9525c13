"""Debian's Chromium, driven by Playwright, which downloads no browser of its own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, async_playwright

MISSING = "Chromium is needed: on Debian, apt-get install chromium; .ci/run does it"
ALONE = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""No window, nobody to ask, and no word to anybody but the pages that a test opens."""


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """A browser without a window."""
    found = shutil.which("chromium")
    if found is None:
        pytest.fail(MISSING)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=ALONE)
        try:
            yield browser
        finally:
            await browser.close()


class Tab:
    """A page in a session of its own, and all that its console and its policy complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    async def enter(self, url: str, key: str, user: str = "operator") -> None:
        """Open the page /live there, as this user."""
        await self.page.goto(f"{url}/live")
        await self.page.get_by_label("API key").fill(key)
        await self.page.get_by_label("You", exact=True).fill(user)
        await self.page.get_by_role("button", name="Open").click()


async def new_tab(browser: Browser, scheme: Literal["light", "dark"] = "light", width: int = 1280) -> Tab:
    """A page as somebody else's browser would have it."""
    context = await browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    return Tab(await context.new_page())
