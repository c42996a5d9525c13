"""A device is paired, and whoever may pair sees its codes over the hub; nobody else does."""

from __future__ import annotations

import httpx
import pytest

from mendline.producer import Producer
from schemas.device.requests import DevicePairingRequested, DeviceRegistrationRequested
from tests.end_to_end.hub.browser import open_browser
from tests.end_to_end.hub.installation import Installation

pytestmark = pytest.mark.kafka


async def pair(installation: Installation, device: str) -> None:
    """Ask for a QR code of a new device."""
    async with Producer(installation.cluster, installation.topics) as producer:
        await producer.publish(device, DeviceRegistrationRequested(driver="simulated"))
        await producer.publish(device, DevicePairingRequested(method="qr"))


async def test_who_may_pair_sees_a_code_and_then_that_the_device_is_paired(
    installation: Installation, user: str
) -> None:
    token, group = installation.token(user, pair=True), "device:phone-00001"
    async with open_browser(installation.url(1), token, [group]) as browser:
        await browser.until("joined")
        await pair(installation, "phone-00001")
        signal = await browser.until("signal")
        paired = await browser.until_event("device_paired")
    assert (signal["group"], signal["kind"], bool(signal["text"])) == (group, "qr", True)
    assert signal["pairing"] == paired["event"]["data"]["pairing"]


async def test_who_only_reads_sees_that_it_is_paired_and_no_code(installation: Installation, user: str) -> None:
    token, group = installation.token(user), "device:phone-00002"
    async with open_browser(installation.url(1), token, [group]) as browser:
        await browser.until("joined")
        await pair(installation, "phone-00002")
        await browser.until_event("device_paired")
    assert {frame["type"] for frame in browser.heard} == {"connected", "joined", "event"}


async def test_who_comes_while_it_is_shown_sees_it_by_server_sent_events_too(
    installation: Installation, user: str
) -> None:
    token, group = installation.token(user, pair=True), "device:phone-00003"
    async with open_browser(installation.url(1), installation.token(f"{user}-2", pair=True), [group]) as browser:
        await browser.until("joined")
        await pair(installation, "phone-00003")
        signal = await browser.until("signal")
    events = f"{installation.url(1)}/events"
    async with (
        httpx.AsyncClient(trust_env=False, timeout=20) as client,
        client.stream("GET", events, params={"token": token, "group": group}) as answer,
    ):
        lines = answer.aiter_lines()
        while not (line := await anext(lines)).startswith("event: signal"):
            pass
        assert signal["text"] in await anext(lines), line
