from __future__ import annotations

import asyncio

from mendline.telemetry.driving import MeasuredDriver
from mendline.telemetry.worker import WorkerTelemetry
from schemas.device.body import Body
from streams.drivers.absent import AbsentDriver
from streams.drivers.port import Connect, Outcome, Send, Traits
from tests.mendline.telemetry.scrapes import scrape_of

TRAITS = Traits(linked=True, drops_repeats=False, answers_asks=False)
SEND = Send("d1", 1, "0" * 32, 1, "62811", Body(text="hi"))


async def answers(driver: MeasuredDriver, *effects: Send | Connect) -> list[Outcome]:
    """What comes of effects."""
    heard: list[Outcome] = []
    for effect in effects:
        driver.start(effect, heard.append)
    await asyncio.sleep(0)
    return heard


async def test_outcomes_are_handed_on_as_the_driver_gave_them() -> None:
    bare = AbsentDriver("gone", TRAITS)
    assert await answers(MeasuredDriver(bare), SEND) == [bare._outcome(SEND)]


async def test_outcomes_are_counted_by_driver_effect_and_kind() -> None:
    telemetry = WorkerTelemetry()
    driver = telemetry.measure({"gone": AbsentDriver("gone", TRAITS)})["gone"]
    assert isinstance(driver, MeasuredDriver)
    await answers(driver, SEND, SEND, Connect("d1", 1))

    scrape = scrape_of(telemetry.registry)

    counted = {s.labels["outcome"]: s.value for s in scrape.samples if s.name == "mendline_driver_outcomes_total"}
    assert counted == {"not_connected": 2, "unreachable": 1}
    assert scrape.sum("mendline_driver_effect_seconds_count", driver="gone", effect="send") == 2
