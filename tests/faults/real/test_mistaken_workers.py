"""Workers started by mistake: on one data folder, or under one name from two."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from mendline.verify.limits import Limits
from tests.faults.real.asking import Asker, load
from tests.faults.real.fleets import slow_fleet
from tests.faults.real.log import Log
from tests.faults.real.proof import proven
from tests.faults.real.site import Site

SEED = 11
WAIT_S = 90.0


async def test_second_worker_on_a_data_folder_is_told_who_uses_it(site: Site, log: Log) -> None:
    await site.fleet(slow_fleet(SEED).text())
    first, second = site.worker("first", data="shared"), site.worker("second", data="shared")
    first.start()
    await log.until_owned(WAIT_S, "first")
    second.start()
    assert await asyncio.to_thread(second.wait) == 1
    assert f"is used by process {first.pid}: stop it, or set MENDLINE_DATA to another folder" in second.words()
    assert first.running


@pytest.mark.slow
async def test_two_workers_of_one_name_lose_nothing_and_send_nothing_twice(site: Site, log: Log, asker: Asker) -> None:
    fleet = slow_fleet(SEED)
    await site.fleet(fleet.text())
    await asker.register(fleet.devices())
    first = site.worker("first", MENDLINE_INSTANCE_ID="same")
    second = site.worker("second", MENDLINE_INSTANCE_ID="same")
    first.start()
    await log.until_owned(WAIT_S, "same")
    async with load(asker, fleet, 60):
        second.start()
        assert await asyncio.to_thread(first.wait) == 1
    assert "another worker calls itself same too" in first.words()
    await log.until_drained(WAIT_S)
    assert second.running
    assert (await proven(site, Limits(settled=True, stops=True))).violations == ()
    assert max(Counter(e.message_id for e in await site.ledger() if e.left).values()) == 1


@pytest.mark.slow
async def test_a_worker_of_another_installation_ends_and_leaves_all_partitions_to_the_rightful(
    site: Site, log: Log, asker: Asker
) -> None:
    fleet = slow_fleet(SEED)
    await site.fleet(fleet.text())
    rightful = site.worker("rightful")
    stranger = site.worker("stranger", MENDLINE_INSTALLATION_ID="another")
    rightful.start()
    await log.until_owned(WAIT_S, "rightful")
    stranger.start()
    assert await asyncio.to_thread(stranger.wait) == 1
    assert "belongs to another installation: stop this worker" in stranger.words()
    await asker.register(fleet.devices())
    await log.until_drained(WAIT_S)
    await log.until_owned(WAIT_S, "rightful")
