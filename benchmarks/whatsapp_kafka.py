"""Sends of WhatsApp's devices through everything: Kafka, worker, host, stand-in, and back to the outcome in the log.

A device's session is named by the log: so every device is paired first, with a made-up phone at the stand-in.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.workload import (
    PARTITIONS,
    asked_at,
    ends,
    fresh_topics,
    pairing,
    producer,
    publish,
    publish_steadily,
    registration,
    send,
    watch,
)
from mendline.whatsapp.build import HOST, STAND_IN, Programs
from mendline.whatsapp.phones import at_hand
from mendline.whatsapp.stand_in import StandIn, standing_in
from schemas.cluster import Cluster
from schemas.topics import Topics

WAVE = 100
"""Pairings at once."""
LIMIT_S = 300.0
END_S = 15.0
PROGRAMS = {HOST: "host", STAND_IN: "stand-in", "postgres": "database", "java": "broker"}
NEW_EACH, KNOWN_EACH = 3, 10
"""Sends a device, flat out, to people whom it never wrote to, and then to one of them."""


@dataclass(slots=True)
class Scene:
    """What runs, and how far its log has been read. numbers: of sends, from which people's numbers follow."""

    kafka: str
    topics: Topics
    to: AIOKafkaProducer
    devices: list[str]
    stand_in: StandIn
    worker: int
    numbers: Iterator[int] = field(default_factory=count)

    def sends(self, total: int, *, new: bool) -> list[tuple[str, bytes]]:
        """So many sends, each device in turn; new: to people whom it never wrote to, else to the one of its first."""
        made = []
        for number in (next(self.numbers) for _ in range(total)):
            place = number % len(self.devices)
            to = f"1557{number:08d}" if new else f"1556{place:07d}"
            made.append(send(self.devices[place], number, to))
        return made

    async def flat_out(self, total: int, *, new: bool) -> str:
        """All at once; how many a second came to an outcome, and what they cost."""
        begin, before = await ends(self.kafka, self.topics.events()), self.costs()
        await publish(self.to, self.topics.requests(), self.sends(total, new=new))
        found = await watch(self.kafka, self.topics, total, begin=begin, limit_s=LIMIT_S)
        spent = {name: (now - before.get(name, 0)) / total * 1000 for name, now in self.costs().items()}
        cost = ", ".join(f"{name} {ms:.2f}" for name, ms in sorted(spent.items()))
        return f"{found.per_second:.0f}/s ({cost} ms of CPU a send){others(found.kinds)}"

    async def steadily(self, rate: float, seconds: float) -> str:
        """So many a second; how long each took, from the request in the log to its outcome there."""
        begin, asked = await ends(self.kafka, self.topics.events()), await ends(self.kafka, self.topics.requests())
        sends = self.sends(int(rate * seconds), new=False)
        watching = asyncio.create_task(watch(self.kafka, self.topics, len(sends), begin=begin, limit_s=LIMIT_S))
        await publish_steadily(self.to, self.topics.requests(), rate, sends)
        found = await watching
        arrived = await asked_at(self.kafka, self.topics.requests(), asked)
        took = [at - arrived[key] for key, at in found.settled.items()]
        p50, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
        return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, at most {max(took)} ms{others(found.kinds)}"

    def costs(self) -> dict[str, float]:
        """Seconds of CPU that each program has taken."""
        spent: defaultdict[str, float] = defaultdict(float)
        for each in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                name = "worker" if each.pid == self.worker else PROGRAMS.get(Path(each.exe()).name)
                if name is not None:
                    spent[name] += sum(each.cpu_times()[:2])
        return spent


def others(kinds: dict[str, int]) -> str:
    """What did not end as it should."""
    found = {kind: times for kind, times in kinds.items() if kind != "send_accepted"}
    return f"; NOT ACCEPTED: {found}" if found else ""


async def measure_kafka(
    kafka: str, database: str, programs: Programs, folder: Path, devices: int, runs: int, seconds: float
) -> None:
    """Print a line a figure."""
    async with set_up(kafka, database, programs, folder, devices) as scene:
        say("cold, all at once, each to somebody new: " + await scene.flat_out(devices, new=False))
        for run in range(1, runs + 1):
            say(f"run {run}, flat out to new people: " + await scene.flat_out(NEW_EACH * devices, new=True))
            say(f"run {run}, flat out to known ones: " + await scene.flat_out(KNOWN_EACH * devices, new=False))
            say(f"run {run}, 100/s, warm: " + await scene.steadily(100, seconds))
            await scene.stand_in.order("tell", what="cut", devices="*")
            await asyncio.sleep(2)
            say(f"run {run}, 100/s, cold: " + await scene.steadily(100, devices / 100))


@asynccontextmanager
async def set_up(kafka: str, database: str, programs: Programs, folder: Path, devices: int) -> AsyncIterator[Scene]:
    """A worker with so many paired devices."""
    topics = await fresh_topics(kafka, "whatsapp")
    names = [f"phone-{place:05d}" for place in range(1, devices + 1)]
    with standing_in(programs.stand_in, folder) as stand_in, working(kafka, topics, database, stand_in, folder) as pid:
        async with producer(kafka) as to:
            scene = Scene(kafka, topics, to, names, stand_in, pid)
            await pair_all(scene)
            yield scene


async def pair_all(scene: Scene) -> None:
    """Register every device, and pair it with its phone."""
    clock = asyncio.get_running_loop().time
    began = clock()
    async with at_hand(Cluster(scene.kafka), scene.topics.device_signals, scene.stand_in):
        for place in range(0, len(scene.devices), WAVE):
            wave = scene.devices[place : place + WAVE]
            await publish(scene.to, scene.topics.requests(), (registration(each, "whatsapp") for each in wave))
            await publish(scene.to, scene.topics.requests(), (pairing(each) for each in wave))
            await until_paired(scene, place + len(wave))
    say(f"{len(scene.devices)} devices paired in {clock() - began:.0f} s")


async def until_paired(scene: Scene, wanted: int) -> None:
    """Read the events until so many devices are paired; raises TimeoutError."""
    paired = 0
    async with asyncio.timeout(LIMIT_S), AIOKafkaConsumer(bootstrap_servers=scene.kafka) as consumer:
        places = [TopicPartition(scene.topics.events(), partition) for partition in range(PARTITIONS)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        while paired < wanted:
            for records in (await consumer.getmany(timeout_ms=200, max_records=5000)).values():
                paired += sum(b'"type":"device_paired"' in record.value for record in records)


@contextmanager
def working(kafka: str, topics: Topics, database: str, stand_in: StandIn, folder: Path) -> Iterator[int]:
    """Run a worker as users do; gives its process id."""
    settings = {
        "MENDLINE_KAFKA": kafka, "MENDLINE_TOPIC_PREFIX": topics.prefix, "MENDLINE_POSTGRES": database,
        "MENDLINE_DRIVERS": "whatsapp", "MENDLINE_WHATSAPP_STAND_IN": stand_in.setting, "MENDLINE_PAIRINGS": "100000",
    }  # fmt: skip
    command = [sys.executable, "-m", "mendline", "--data", str(folder / "data"), "worker"]
    with (folder / "worker.log").open("wb") as said:
        process = subprocess.Popen(command, env=os.environ | settings, stdout=said, stderr=said)
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(END_S)


def say(sentence: str) -> None:
    """Print what there is to say, as soon as it is known."""
    print(sentence, flush=True)
