"""A thousand sends at once to one dropped device, and a button pressed meanwhile: one connect."""

from __future__ import annotations

import asyncio

import pytest

from streams.drivers.fleet.control import tell
from tests.faults.real.asking import Asker
from tests.faults.real.fleets import Fleet, Group
from tests.faults.real.log import Log
from tests.faults.real.proof import of_ledger, proven
from tests.faults.real.site import Site

SEED = 3
DEVICE = "phone-00001"
FLEET = Fleet(SEED, (Group("simulated-repeatable", "phone-", 1, 1, "connect_ms = 3000"),))
WAIT_S = 60.0


async def _dropped(site: Site, log: Log, asker: Asker) -> None:
    await site.fleet(FLEET.text())
    site.worker().start()
    await asker.register(FLEET.devices())
    await asker.send(DEVICE)
    await log.until_counted("send_accepted", 1, WAIT_S)
    await tell(site.socket, "drop", DEVICE)
    await log.until_counted("device_disconnected", 1, WAIT_S)


async def _asked_at_once(asker: Asker) -> None:
    for number in range(1000):
        await asker.send(DEVICE)
        if number % 20 == 0:
            await asker.refresh(DEVICE)
    await asker.flush()


@pytest.mark.slow
async def test_thousand_sends_and_fifty_presses_on_a_dropped_device_make_one_connect(
    site: Site, log: Log, asker: Asker
) -> None:
    await _dropped(site, log, asker)
    await asyncio.gather(_asked_at_once(asker), log.until_counted("refresh_joined", 1, WAIT_S))
    await log.until_drained(WAIT_S)
    report = await proven(site)
    assert report.violations == ()
    assert len(log.counted("refresh_started")) == 2  # the first link's, and the one after the drop
    assert of_ledger(report, "connects") == 2
    assert len(log.counted("refresh_joined")) == 50
    assert len(log.counted("send_accepted")) == 1001
