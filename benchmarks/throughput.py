"""Sends a second, flat out: the raw limit, idiomatic Faust and the product, on the same input in the same run."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from benchmarks.peers.catalogue import MENDLINE, Program, named
from benchmarks.peers.process import running
from benchmarks.raw import measure_bare
from benchmarks.workload import DEVICES, Outcome, fresh_topics, producer, publish, registration, send, watch
from schemas.cluster import Cluster

LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Row:
    """One program at one latency of its devices."""

    program: str
    send_ms: float
    per_second: float
    events_per_send: float


async def measure(program: Program, bootstrap: str, sends: int, send_ms: float) -> Outcome:
    """Publish registrations and sends, then start the program and watch it settle them all."""
    topics = await fresh_topics(bootstrap, "flat-out")
    async with producer(bootstrap) as to:
        await publish(to, topics.requests(), (registration(device) for device in DEVICES))
        await publish(to, topics.requests(), (send(DEVICES[n % len(DEVICES)], n) for n in range(sends)))
    async with running(program, bootstrap, topics, send_ms):
        return await watch(bootstrap, topics, sends, begin={}, limit_s=LIMIT_S)


async def measure_raw(bootstrap: str, sends: int) -> float:
    """The raw limit: one record read and three written a send, nothing decided."""
    topics = await fresh_topics(bootstrap, "raw")
    async with producer(bootstrap) as to:
        await publish(to, topics.requests(), (send(DEVICES[n % len(DEVICES)], n) for n in range(sends)))
    return await measure_bare(Cluster(bootstrap), topics, sends)


async def table(bootstrap: str, sends: int, faust_sends: int, latencies: list[float]) -> list[Row]:
    """Every program at every latency; the raw limit first and last, so that a drift of the machine shows."""
    rows = [Row("raw limit", 0, await measure_raw(bootstrap, sends), 3)]
    for send_ms in latencies:
        for program, count in ((named("faust"), faust_sends), (named(MENDLINE), sends)):
            outcome = await measure(program, bootstrap, count, send_ms)
            rows.append(Row(program.title, send_ms, outcome.per_second, outcome.events / len(outcome.settled)))
            print(rows[-1], file=sys.stderr, flush=True)
    rows.append(Row("raw limit", 0, await measure_raw(bootstrap, sends), 3))
    return rows
