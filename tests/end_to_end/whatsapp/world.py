"""One world for all scenarios: a worker, its host, one stand-in, and a device each, all asked at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from aiokafka import AIOKafkaConsumer

from mendline.verify.command import verify
from mendline.whatsapp.build import Programs
from mendline.whatsapp.stand_in import standing_in
from schemas.cluster import Cluster
from schemas.device.pairing import decode_signal
from schemas.device.requests import DeviceRegistrationRequested
from schemas.fence import Verdict
from tests.end_to_end.whatsapp.player import Player, Surroundings
from tests.end_to_end.whatsapp.scenario import Scenario
from tests.end_to_end.whatsapp.steps import PAIRING
from tests.faults.real.asking import PARTITIONS, asking
from tests.faults.real.log import Log
from tests.faults.real.site import Site
from tests.faults.real.waiting import NeverHappenedError, until
from tests.own_topics import own_topics

OWNED_S = 90.0
COMPLETE_S = 60.0
AT_ONCE = {"MENDLINE_PAIRINGS": "1000", "MENDLINE_PAIRING_S": "45"}
PAIRINGS_AT_ONCE = 16
"""A new device makes 800 keys: more at once would take as long as one may take, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of all scenarios. told: by device; left: what the stand-in's ledger says that people got."""

    told: dict[str, list[str]]
    violations: list[str]
    left: int
    ended: int | None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read one that was written."""
        return cls(**json.loads(path.read_text()))

    def write(self, path: Path) -> None:
        """Keep it for the other processes of the run."""
        path.write_text(json.dumps(asdict(self)))


async def play(scenarios: Sequence[Scenario], kafka: str, database: str, programs: Programs, folder: Path) -> Played:
    """Play all of them at once, on topics of their own."""
    async with own_topics(kafka) as topics:
        settings = {"MENDLINE_DRIVERS": "whatsapp", "MENDLINE_POSTGRES": database, **AT_ONCE}
        with Site(folder, kafka, topics, settings) as site, standing_in(programs.stand_in, folder) as stand_in:
            worker = site.worker(MENDLINE_WHATSAPP_HOST=str(programs.host), MENDLINE_WHATSAPP_STAND_IN=stand_in.setting)
            worker.start()
            async with asking(site) as asker, Log(kafka, topics) as log:
                around = Surroundings(asker, stand_in, database)
                async with following(around, log, kafka, topics.device_signals):
                    await until(lambda: owned(log), OWNED_S, "the worker did not own the partitions")
                    turns = asyncio.Semaphore(PAIRINGS_AT_ONCE)
                    await asyncio.gather(*(alone(around, each, n, turns) for n, each in enumerate(scenarios)))
                told = {each.device: around.told[each.device] for each in scenarios}
            ended = worker.end()
            report = await verify(Cluster(kafka), topics, await stand_in.saved_ledger())
            left = sum('"what":"sent' in line for line in stand_in.ledger.read_text().splitlines())
            return Played(told, [str(found) for found in report.violations], left, ended)


@asynccontextmanager
async def following(around: Surroundings, log: Log, kafka: str, signals: str) -> AsyncIterator[None]:
    """While the context lasts: note events and what is shown, as they come."""
    async with AIOKafkaConsumer(signals, bootstrap_servers=kafka, auto_offset_reset="earliest") as shown:
        tasks = [asyncio.create_task(follow_log(around, log)), asyncio.create_task(follow_signals(around, shown))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def follow_log(around: Surroundings, log: Log) -> None:
    """Note every event that counts."""
    noted = 0
    while True:
        await log.read()
        for seen in log.events[noted:]:
            if seen.verdict is Verdict.COUNTS:
                around.take(seen)
        noted = len(log.events)


async def follow_signals(around: Surroundings, shown: AIOKafkaConsumer) -> None:
    """Keep the newest signal of each device."""
    async for record in shown:
        signal = decode_signal(record.value)
        if signal is not None:
            around.shown[signal.device_id] = signal


def owned(log: Log) -> bool:
    """Whether every partition has its owner."""
    return sum(owner is not None for owner in log.owners.values()) == PARTITIONS


async def alone(around: Surroundings, scenario: Scenario, place: int, turns: asyncio.Semaphore) -> None:
    """Play one scenario; where something does not come in time, or is refused, its log shows that."""
    player = Player(around, scenario.device, place)
    with suppress(NeverHappenedError, OSError):
        await player.ask(DeviceRegistrationRequested(driver="whatsapp"))
        async with turns:
            for step in PAIRING if scenario.paired else ():
                await step(player)
        await player.rules(scenario.script)
        for step in scenario.steps:
            await step(player)
        count = sum(1 if isinstance(told, str) else len(told) for told in scenario.expected)
        await until(lambda: len(player.told) >= count, COMPLETE_S, f"{scenario.title}: too few events")
