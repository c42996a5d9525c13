"""The page /live of a whole installation, in Chromium."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from tests.clients.live.chromium import Tab, new_tab
from tests.end_to_end.live.conftest import LiveInstallation

pytestmark = pytest.mark.browser


async def _opened(browser: Browser, installation: LiveInstallation, key: str, user: str, node: int = 0) -> Page:
    tab: Tab = await new_tab(browser)
    await tab.enter(installation.address(node), key, user)
    await expect(tab.page.get_by_role("status").first).to_have_text(f"connected as {user}")
    return tab.page


async def _device(installation: LiveInstallation, key: str, kind: str) -> str:
    name = f"{kind}-{uuid4().hex[:10]}"
    with installation.client(key) as api:
        api.post("/api/devices", json={"id": name, "driver": "simulated-repeatable"}).raise_for_status()
    return name


async def test_of_two_browsers_of_one_user_the_older_is_closed_and_stays_so(
    browser: Browser, installation: LiveInstallation, admin_key: str
) -> None:
    user = f"ana-{uuid4().hex[:8]}"
    older = await _opened(browser, installation, admin_key, user, node=0)
    newer = await _opened(browser, installation, admin_key, user, node=1)
    await expect(older.get_by_text("This connection was replaced")).to_be_visible()
    await older.wait_for_timeout(7000)  # longer than a reconnect would take
    await expect(older.get_by_role("status").first).to_have_text("replaced")
    await expect(newer.get_by_role("status").first).to_have_text(f"connected as {user}")


async def test_a_refresh_is_watched_step_by_step(
    browser: Browser, installation: LiveInstallation, admin_key: str
) -> None:
    device = await _device(installation, admin_key, "late")
    page = await _opened(browser, installation, admin_key, f"budi-{uuid4().hex[:8]}")
    await page.get_by_label("Device", exact=True).fill(device)
    await page.get_by_role("button", name="Watch").click()
    await page.get_by_role("button", name="Refresh its link").click()
    steps = page.get_by_role("list", name="Refresh 1").get_by_role("listitem")
    await expect(steps.first).to_contain_text("started: requested")
    assert "succeeded" not in await page.locator("#steps").inner_text()
    await expect(steps.last).to_contain_text("succeeded")
    await expect(page.locator("#device-state")).to_have_text("connected")


async def test_the_fleet_is_counted_as_it_changes(
    browser: Browser, installation: LiveInstallation, admin_key: str
) -> None:
    page = await _opened(browser, installation, admin_key, f"citra-{uuid4().hex[:8]}")
    registered = page.locator("[data-state=registered] dd")
    await expect(page.locator("[data-state=connected] dd")).to_be_visible()
    before = int(await registered.inner_text())
    await _device(installation, admin_key, "phone")
    await expect(registered).to_have_text(str(before + 1))


async def test_the_own_connection_stands_among_the_connections(
    browser: Browser, installation: LiveInstallation, admin_key: str
) -> None:
    user = f"dewi-{uuid4().hex[:8]}"
    page = await _opened(browser, installation, admin_key, user)
    row = page.get_by_role("row", name=user)
    await expect(row).to_contain_text("live")
    await page.get_by_role("button", name=f"Disconnect {user}").click()
    await expect(page.get_by_text("This connection was ended by somebody")).to_be_visible()
