"""The page /live in Chromium, before a hub that says what a test wants."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.clients.live.chromium import Tab, new_tab
from tests.clients.live.made_up_site import KEY, MadeUpSite

pytestmark = pytest.mark.browser
STYLE = Path(__file__).parents[3] / "mendline" / "gateway" / "live" / "live.css"
LATER = "2026-11-23T10:00:01.250+00:00"


async def test_a_wrong_key_is_said_to_be_so(browser: Browser, site: MadeUpSite) -> None:
    tab = await new_tab(browser)
    await tab.enter(site.url, "mdl_wrong")
    await expect(tab.page.get_by_role("alert").first).to_have_text("the key is unknown or revoked")
    await expect(tab.page.get_by_role("heading", name="Fleet", exact=True)).to_be_hidden()


async def test_the_key_stays_with_the_tab(tab: Tab, site: MadeUpSite) -> None:
    await tab.page.reload()
    await site.until_heard("connect", 2)
    await expect(tab.page.get_by_role("status").first).to_have_text("connected as operator")
    assert await tab.page.evaluate("localStorage.length") == 0


async def test_a_key_can_be_forgotten(tab: Tab) -> None:
    await tab.page.get_by_role("button", name="Forget the key").click()
    await expect(tab.page.get_by_label("API key")).to_be_visible()
    assert await tab.page.evaluate("sessionStorage.length") == 0


async def test_the_fleet_is_counted(tab: Tab) -> None:
    await expect(tab.page.locator("[data-state=connected] dd")).to_have_text("2")
    await expect(tab.page.locator("[data-state=parked] dd")).to_have_text("0")
    await expect(tab.page.get_by_text("4 devices")).to_be_visible()


async def test_counts_follow_what_happens(tab: Tab, site: MadeUpSite) -> None:
    await site.change("phone-3", "device_connected", "connected")
    await expect(tab.page.locator("[data-state=connected] dd")).to_have_text("3")
    await expect(tab.page.get_by_text("1 device connected")).to_be_visible()


async def test_what_an_event_does_not_say_is_looked_up(tab: Tab, site: MadeUpSite) -> None:
    await site.change("phone-1", "device_disconnected", "parked")
    await expect(tab.page.locator("[data-state=parked] dd")).to_have_text("1")
    await expect(tab.page.locator("[data-state=connected] dd")).to_have_text("1")


async def test_a_refresh_is_watched_step_by_step(tab: Tab, site: MadeUpSite) -> None:
    await _watch(tab, site, "phone-3")
    steps = tab.page.get_by_role("list", name="Refresh 1").get_by_role("listitem")
    await site.tell("phone-3", "refresh_started", refresh=1, why="requested")
    await expect(steps).to_have_count(1)
    await site.tell("phone-3", "refresh_advanced", LATER, refresh=1, step="handshake")
    await expect(steps).to_have_count(2)
    await site.tell("phone-3", "refresh_succeeded", LATER, refresh=1)
    await expect(steps).to_contain_text(["started: requested", "handshake", "succeeded"])
    await expect(steps.nth(1)).to_contain_text("+1250 ms")


async def test_a_failed_refresh_says_why(tab: Tab, site: MadeUpSite) -> None:
    await _watch(tab, site, "phone-3")
    await site.tell("phone-3", "refresh_started", refresh=2, why="send")
    await site.tell("phone-3", "refresh_failed", refresh=2, outcome="unreachable", reason="timeout")
    await expect(tab.page.locator("#steps [data-how=failed]")).to_contain_text("failed: unreachable")


async def test_the_button_asks_for_a_refresh(tab: Tab, site: MadeUpSite) -> None:
    await _watch(tab, site, "phone-3")
    await tab.page.get_by_role("button", name="Refresh its link").click()
    assert (await site.until_heard("mend"))["device"] == "phone-3"


async def test_an_unknown_device_is_said_to_be_so(tab: Tab) -> None:
    await tab.page.get_by_label("Device", exact=True).fill("nobody")
    await tab.page.get_by_role("button", name="Watch").click()
    await expect(tab.page.locator("#device-problem")).to_have_text("no device is called nobody")
    tab.complaints.clear()  # a browser calls a 404 an error


async def test_names_of_others_are_text(tab: Tab, site: MadeUpSite) -> None:
    site.connections = [_connection("<b>ana</b>")]
    await tab.page.get_by_role("button", name="Read again").click()
    await expect(tab.page.get_by_role("rowheader", name="<b>ana</b>")).to_be_visible()


async def test_a_user_is_disconnected(tab: Tab, site: MadeUpSite) -> None:
    site.connections = [_connection("ana")]
    await tab.page.get_by_role("button", name="Read again").click()
    await tab.page.get_by_role("button", name="Disconnect ana").click()
    await expect(tab.page.get_by_text("Nobody is connected.")).to_be_visible()


async def test_one_that_was_replaced_says_so_and_stays_away(tab: Tab, site: MadeUpSite) -> None:
    await site.bye(4201, "replaced", "never")
    await expect(tab.page.get_by_text("This connection was replaced")).to_be_visible()
    await tab.page.wait_for_timeout(1000)
    assert len(site.sockets) == 1


async def test_one_that_was_replaced_comes_back_when_a_person_wants_it(tab: Tab, site: MadeUpSite) -> None:
    await site.bye(4201, "replaced", "never")
    await tab.page.get_by_role("button", name="Connect again").click()
    await expect(tab.page.get_by_role("status").first).to_have_text("connected as operator")


async def test_one_that_was_cut_off_comes_back_and_names_its_cursor(tab: Tab, site: MadeUpSite) -> None:
    await site.change("phone-3", "device_connected", "connected")
    await site.bye(4001, "going_away", "retry")
    frame = await site.until_heard("connect", 2)
    assert frame["join"] == [{"group": "fleet", "epoch": "e1", "after": {"device-events/3": 101}}]
    assert frame["returns"] == "c1"


async def test_it_works_by_keyboard_alone(tab: Tab, site: MadeUpSite) -> None:
    await tab.page.get_by_label("Device", exact=True).focus()
    await tab.page.keyboard.type("phone-3")
    await tab.page.keyboard.press("Enter")
    await site.until_heard("join")
    await tab.page.keyboard.press("Tab")
    await tab.page.keyboard.press("Tab")
    await tab.page.keyboard.press("Enter")
    assert (await site.until_heard("mend"))["device"] == "phone-3"


async def test_a_narrow_window_needs_no_scrolling_sideways(browser: Browser, site: MadeUpSite) -> None:
    site.connections = [_connection("ana")]
    tab = await new_tab(browser, width=360)
    await tab.enter(site.url, KEY)
    await expect(tab.page.get_by_role("rowheader", name="ana")).to_be_visible()
    assert await tab.page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *(("ink", "ground"), ("soft", "card"), ("soft", "ground"), ("soft", "tint"), ("accent", "card")),
        *(("bad", "card"), ("on-accent", "accent"), ("good", "good-tint"), ("busy", "busy-tint"), ("bad", "bad-tint")),
    ],
)
def test_text_stands_out_from_its_ground(scheme: int, ink: str, ground: str) -> None:
    inks = [found[1] for found in re.finditer(rf"--{ink}: #(\w{{6}})", STYLE.read_text())]
    grounds = [found[1] for found in re.finditer(rf"--{ground}: #(\w{{6}})", STYLE.read_text())]
    assert _contrast(inks[scheme], grounds[scheme]) >= 4.5  # WCAG 2.2, 1.4.3


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _connection(user: str) -> dict[str, object]:
    return {"user": user, "node": "n1", "since": LATER, "groups": ["fleet"], "ended_at": None, "why": None}


async def _watch(tab: Tab, site: MadeUpSite, device_id: str) -> None:
    await tab.page.get_by_label("Device", exact=True).fill(device_id)
    await tab.page.get_by_role("button", name="Watch").click()
    await site.until_heard("join")
