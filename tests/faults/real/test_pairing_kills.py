"""A worker is killed with `kill -9` while its device is being paired: what was shown is void, and nothing is left."""

from __future__ import annotations

import pytest

from schemas.device.requests import DevicePairingRequested
from tests.faults.real.asking import Asker
from tests.faults.real.fleets import Fleet, Group
from tests.faults.real.log import Log
from tests.faults.real.proof import proven
from tests.faults.real.site import Site
from tests.faults.real.waiting import until_seen

SEED = 5
DEVICE = "phone-00001"
WAIT_S = 60.0
SLOW = "needs_pairing_share = 1\nscan_ms = 20000"
AT_ONCE = "needs_pairing_share = 1\nscan_ms = 300"
PAIR = DevicePairingRequested(method="code", phone="62811")

pytestmark = pytest.mark.slow


async def _paired_by(site: Site, asker: Asker, behaviour: str) -> None:
    fleet = Fleet(SEED, (Group("simulated-repeatable", "phone-", 1, 1, behaviour),))
    await site.fleet(fleet.text())
    site.worker("one").start()
    await asker.register(fleet.devices())
    await asker.ask(DEVICE, PAIR)
    await asker.flush()


async def _seen_by_fleet(site: Site, what: str) -> None:
    async def look() -> bool:
        return any(entry.what == what for entry in await site.ledger())

    await until_seen(look, WAIT_S, f"the fleet saw no {what}")


@pytest.mark.kafka
async def test_a_pairing_whose_worker_is_killed_fails_and_the_device_can_be_paired_again(
    site: Site, log: Log, asker: Asker
) -> None:
    await _paired_by(site, asker, SLOW)
    await _seen_by_fleet(site, "pairing")
    site.programs[-1].kill()
    site.worker("two").start()
    await log.until_counted("device_pairing_failed", 1, WAIT_S)
    (failed,) = log.counted("device_pairing_failed")
    assert failed.event.data["why"] == "owner_lost"
    await asker.ask(DEVICE, PAIR)
    await asker.send(DEVICE)
    await asker.flush()
    await log.until_counted("send_accepted", 1, WAIT_S)
    assert (await proven(site)).violations == ()


@pytest.mark.kafka
async def test_a_phone_that_answered_a_killed_worker_is_paired_or_its_session_ended(
    site: Site, log: Log, asker: Asker
) -> None:
    await _paired_by(site, asker, AT_ONCE)
    await _seen_by_fleet(site, "paired")
    site.programs[-1].kill()
    site.worker("two").start()

    async def look() -> bool:
        await log.read()
        return bool(log.counted("device_paired") or log.counted("device_pairing_failed"))

    await until_seen(look, WAIT_S, "the pairing did not end")
    if not log.counted("device_paired"):
        await _seen_by_fleet(site, "unpaired")
    assert (await proven(site)).violations == ()
