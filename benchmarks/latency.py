"""Latency from a request's arrival in the log to its outcome's, both by the broker's clock, and who disturbs it."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.peers.catalogue import MENDLINE, named
from benchmarks.peers.process import running
from benchmarks.workload import (
    DEVICES,
    asked_at,
    ends,
    fresh_topics,
    producer,
    publish,
    publish_steadily,
    registration,
    send,
    watch,
)
from schemas.topics import Topics

SEND_MS = 10.0
LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Latency in milliseconds, the driver's own 10 ms included."""

    p50: float
    p99: float


class Disturbance:
    """What else goes on while the others are measured; nothing."""

    name = "alone"

    def before(self) -> Iterable[tuple[str, bytes]]:
        """Published before the measurement begins."""
        return ()


class HangingDevices(Disturbance):
    """Devices whose sends take 30 s."""

    def __init__(self, count: int) -> None:
        self._names = [f"slow-{number:04d}" for number in range(1, count + 1)]
        self.name = f"{count} of 3000 devices take 30 s"

    def before(self) -> Iterable[tuple[str, bytes]]:
        """Their registrations and enough sends that they hang throughout."""
        yield from (registration(device) for device in self._names)
        sends = enumerate(device for device in self._names for _ in range(20))
        yield from (send(device, 10_000_000 + n) for n, device in sends)


class PacedBacklog(Disturbance):
    """A paced device on which 100,000 sends wait."""

    name = "100,000 sends wait on a paced device"

    def before(self) -> Iterable[tuple[str, bytes]]:
        """Its registration and its sends."""
        yield registration("paced-0001", pace_s=1.0)
        yield from (send("paced-0001", 20_000_000 + n) for n in range(100_000))


async def measure(bootstrap: str, rate: int, seconds: float, disturbance: Disturbance) -> Quantiles:
    """Publish `rate` sends a second over 3000 connected devices for `seconds`; how long each took."""
    topics = await fresh_topics(bootstrap, "latency")
    async with producer(bootstrap) as to, running(named(MENDLINE), bootstrap, topics, SEND_MS):
        await publish(to, topics.requests(), (registration(device) for device in DEVICES))
        await publish(to, topics.requests(), (send(device, n) for n, device in enumerate(DEVICES)))
        await watch(bootstrap, topics, len(DEVICES), begin={}, limit_s=LIMIT_S)
        await publish(to, topics.requests(), disturbance.before())
        await _until_decided(bootstrap, topics)
        begin, asked = await ends(bootstrap, topics.events()), await ends(bootstrap, topics.requests())
        wanted = int(rate * seconds)
        watching = asyncio.create_task(watch(bootstrap, topics, wanted, begin=begin, limit_s=seconds + LIMIT_S))
        sends = [send(DEVICES[number % len(DEVICES)], 1_000_000 + number) for number in range(wanted)]
        await publish_steadily(to, topics.requests(), rate, sends)
        outcome = await watching
        arrived = await asked_at(bootstrap, topics.requests(), asked)
    took = [at - arrived[key] for key, at in outcome.settled.items() if key in arrived]
    return Quantiles(statistics.median(took), statistics.quantiles(took, n=100)[98])


async def _until_decided(bootstrap: str, topics: Topics) -> None:
    """Wait until the log has been quiet for a second but for the disturbance itself."""
    before = -1
    while (now := sum((await ends(bootstrap, topics.events())).values())) - before > 50:
        before = now
        await asyncio.sleep(1.0)


async def disturbed(bootstrap: str, disturbance: Disturbance, pairs: int, rate: int, seconds: float) -> list[float]:
    """The p99 of the others with the disturbance over that without, run by run."""
    ratios = []
    for _ in range(pairs):
        alone = await measure(bootstrap, rate, seconds, Disturbance())
        beside = await measure(bootstrap, rate, seconds, disturbance)
        ratios.append(beside.p99 / alone.p99)
    return ratios
