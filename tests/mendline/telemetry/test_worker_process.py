"""A worker as people run it, asked what it tells of itself while it sends."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mendline.telemetry.catalogue import WORKER
from schemas.topics import STREAMS
from tests.faults.real.asking import PARTITIONS, Asker, asking
from tests.faults.real.conftest import site
from tests.faults.real.fleets import Fleet, Group
from tests.faults.real.site import Site
from tests.faults.real.waiting import until
from tests.mendline.telemetry.scrapes import Scrape, free_port, readiness_at, scrape_at

__all__ = ["site"]
FLEET = Fleet(1, (Group("simulated-repeatable", "phone-", 2, 20),))
SENDS = 6
WAIT_S = 60.0


@pytest.fixture
async def asker(site: Site) -> AsyncIterator[Asker]:
    """A producer of the site's requests."""
    async with asking(site) as opened:
        yield opened


async def accepted(port: int) -> Scrape:
    """A scrape after every send is answered."""
    await until(lambda: readiness_at(port)[0] == 200, WAIT_S, "the worker is not ready")
    await until(lambda: answered(scrape_at(port)) == SENDS, WAIT_S, "not every send is answered")
    return scrape_at(port)


def answered(scrape: Scrape) -> float:
    """How many sends were accepted."""
    return scrape.sum("mendline_driver_outcomes_total", outcome="accepted")


async def test_a_worker_tells_of_partitions_steps_and_outcomes(site: Site, asker: Asker) -> None:
    port = free_port()
    await site.fleet(FLEET.text())
    site.worker(MENDLINE_METRICS_PORT=str(port)).start()
    await asker.register(FLEET.devices())
    for number in range(SENDS):
        await asker.send(f"phone-{number % 2 + 1:05d}")

    scrape = await accepted(port)

    assert scrape.all("mendline_worker_partition_owned") == [1.0] * PARTITIONS * len(STREAMS)
    assert set(scrape.all("mendline_worker_partition_generation")) == {1.0}
    assert scrape.sum("mendline_worker_decision_seconds_count", stream="device") == SENDS + 2
    assert scrape.sum("mendline_driver_outcomes_total", driver="simulated-repeatable", outcome="connected") == 2
    assert 0.02 * SENDS < scrape.sum("mendline_driver_effect_seconds_sum", effect="send") < WAIT_S
    assert scrape.sum("mendline_worker_budget_in_use", budget="links") == 2
    assert {n for m in WORKER for n in m.sample_names} - scrape.names == set()


async def test_a_worker_whose_fleet_is_away_is_alive_and_says_that_it_waits(site: Site) -> None:
    port = free_port()
    site.worker(MENDLINE_METRICS_PORT=str(port)).start()
    await until(lambda: readiness_at(port)[0] > 0, WAIT_S, "nobody answers")
    why_not = ["it has not begun: it waits for brokers or drivers, its log says for which"]
    assert readiness_at(port) == (503, {"ready": False, "why_not": why_not})
