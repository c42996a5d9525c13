"""What a node of the hub holds and tells: python -m benchmarks.hub (--parts, --connections, --runs, --seconds).

Broker, worker, nodes and all clients share this machine. Subscribers are opened while a worker decides connections;
then the worker ends, and the benchmark itself owns a partition of device events, so that it knows when each is
acknowledged. Writes JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import psutil

from benchmarks.api import FLEET, KEY, PREFIX, Node, Site, _is_ready, process
from benchmarks.api import until as waiting
from benchmarks.hub_load import Live, open_many, open_one, pinging, quantiles_ms, until
from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.ports import free_port
from mendline.event_loop import run_until_done
from mendline.settings import load_settings
from mendline.topics import EMBEDDED, ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.device.sends import SendAccepted
from schemas.envelope import NO_CONTEXT, Position, encode_event
from schemas.hub.frames import SLOW_BYTES
from schemas.marks import PARTITION
from schemas.message import Event, PartitionClaimed
from schemas.partitioner import partition_of
from schemas.topics import DEVICE, Topics
from streams.hub.tokens import Tokens
from streams.log.kafka_events import KafkaEventLog
from streams.log.ports import EventRecord

CLAIM = "f" * 16
GENERATION = 1_000_000
SUBSCRIBERS = 1000
EVERYTHING = ("device:*", "fleet")
PATIENCE_S = 60.0
STUCK_S = 10.0
EVENT_BYTES = 250
"""At least, of what each client is told of an event."""
AT = re.compile(rb'"at":"device-events/[0-9]+/([0-9]+)"')
WATCHED = [name for name in (f"phone-{n}" for n in range(2000)) if partition_of(name.encode(), 8) == 3][:100]
"""Devices of one partition."""


def token(user: str) -> str:
    """One that lets the user in."""
    return Tokens("bench", bytes.fromhex(KEY)).make(user, EVERYTHING, audit=True).token


@asynccontextmanager
async def node(site: Site, *, on_core: int | None = None) -> AsyncIterator[Node]:
    """A node of the hub that is ready."""
    port = free_port()
    environment = site.environment(HUB_PORT=str(port))
    async with process("-m", "mendline", "hub", environment=environment) as running:
        if on_core is not None:
            running.cpu_affinity([on_core])
        await waiting(lambda: _is_ready(port))
        yield Node(port, running)


@asynccontextmanager
async def deciding(site: Site) -> AsyncIterator[None]:
    """A worker, and a fleet that it will not need."""
    socket, described = site.folder / "fleet.sock", site.folder / "fleet.toml"
    described.write_text(FLEET)
    ledger = ("--ledger", str(site.folder / "ledger.jsonl"))
    fleet = ("-m", "streams.drivers.fleet", "--fleet", str(described), "--socket", str(socket), *ledger)
    async with process(*fleet):
        await waiting(socket.exists)
        async with process("-m", "mendline", "worker", environment=site.environment(DRIVERS="simulated")):
            yield


class AppendedElsewhereError(Exception):
    """Nobody else writes to the partition that is owned."""


class Owner:
    """Owns the partition of the watched devices, in a worker's place."""

    def __init__(self, site: Site) -> None:
        self._topic = Topics(PREFIX).events(DEVICE)
        self._log = KafkaEventLog(Cluster(site.kafka), self._topic)
        self._partition = partition_of(WATCHED[0].encode(), 8)
        self.next = 0

    async def claim(self) -> None:
        """From here on."""
        marker = PartitionClaimed(
            generation=GENERATION, claim=CLAIM, owner="bench", schema_level=1, partitions=8, installation="bench"
        )
        self.next = await self._log.end(self._partition)
        await self.append([(PARTITION, marker)])

    async def append(self, events: Sequence[tuple[str, Event]]) -> float:
        """Append these as one batch; when it was acknowledged."""
        at = datetime.now(UTC).isoformat()
        records = []
        for number, (subject, event) in enumerate(events):
            position = Position(self._topic, self._partition, self.next + number)
            value = encode_event(event, position, subject, at, CLAIM, "due:bench", None, NO_CONTEXT)
            records.append(EventRecord(subject.encode(), value))
        base = await self._log.append(self._partition, records)
        if base != self.next:
            raise AppendedElsewhereError(self.next, base)
        self.next += len(records)
        return time.perf_counter()

    async def close(self) -> None:
        """Own it no more."""
        await self._log.close()


def accepted(number: int) -> SendAccepted:
    """An event as most are."""
    return SendAccepted(request=number, request_id=f"order-{number}", attempt=1, provider_message_id=f"wamid-{number}")


@asynccontextmanager
async def subscribed(
    site: Site, wanted: Sequence[Sequence[str]], *, on_core: int | None = None
) -> AsyncIterator[tuple[Node, list[Live], Owner]]:
    """A node, clients in these groups, and the partition of the watched devices."""
    async with node(site, on_core=on_core) as at:
        async with deciding(site):
            clients = await open_many(at.port, [(token(f"u{n}"), groups) for n, groups in enumerate(wanted)])
        owner = Owner(site)
        await owner.claim()
        await asyncio.sleep(1)  # by then all have heard of the claim
        alive = asyncio.create_task(pinging(clients))
        try:
            yield at, clients, owner
        finally:
            alive.cancel()
            await owner.close()
            for client in clients:
                client.close()


async def idle(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """What a connection costs that does nothing."""
    async with node(site) as at, deciding(site):
        first = await open_many(at.port, [(token(f"w{n}"), [f"device:w-{n}"]) for n in range(100)])
        await asyncio.sleep(2)
        before = at.process.memory_info().rss
        began = time.perf_counter()
        clients = await open_many(at.port, [(token(f"u{n}"), [f"device:phone-{n}"]) for n in range(given.connections)])
        took = time.perf_counter() - began
        await asyncio.sleep(5)
        after, cpu = at.process.memory_info().rss, at.cpu_s()
        await asyncio.sleep(10)
        found = {
            "live": sum(client.live for client in clients),
            "kb_a_connection": round((after - before) / given.connections / 1024, 1),
            "node_mb": round(after / 2**20),
            "opened_per_s": round(given.connections / took),
            "idle_core": round((at.cpu_s() - cpu) / 10, 3),
        }
        for client in (*first, *clients):
            client.close()
        return found


async def flat_out(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """One device, a thousand who watch it, as fast as it goes; the node has a core of its own."""
    window, told = 100, 0
    async with subscribed(site, [[f"device:{WATCHED[0]}"]] * SUBSCRIBERS, on_core=0) as (at, clients, owner):
        keep_off(at)
        base = [client.count for client in clients]
        began, cpu = time.perf_counter(), at.cpu_s()
        while time.perf_counter() - began < given.seconds:
            await owner.append([(WATCHED[0], accepted(told + number)) for number in range(window)])
            told += window
            goal = told - 2 * window  # two batches on the way at most
            if await until(partial(_have_heard, clients[::97], base[::97], goal), STUCK_S) is None:
                break
        await until(partial(_have_heard, clients, base, told), STUCK_S)
        took = time.perf_counter() - began
        delivered = sum(c.count - b for c, b in zip(clients, base, strict=True))
        return {
            "deliveries_per_s": round(delivered / took),
            "per_s_of_the_node's_core": round(delivered / (at.cpu_s() - cpu)),
            "missing": told * len(clients) - delivered,
            "byes": sum(bool(client.bye) for client in clients),
            "ended": sum(client.over.done() for client in clients),
        }


def _have_heard(clients: Sequence[Live], base: Sequence[int], events: int) -> bool:
    return all(client.count - before >= events for client, before in zip(clients, base, strict=True))


def keep_off(at: Node) -> None:
    """Everything of this machine that is ours leaves the node's core to it."""
    for one in (psutil.Process(), *psutil.Process().children(recursive=True)):
        if one.pid != at.process.pid:
            one.cpu_affinity([core for core in range(psutil.cpu_count() or 1) if core != 0] or [0])


async def _timed(
    owner: Owner, clients: Sequence[Live], devices: Sequence[str], per_s: int, batch: int, seconds: float
) -> dict[str, Any]:
    """From an event's ack to each client that watches its device."""
    acks: dict[int, float] = {}
    came: list[tuple[int, float]] = []

    def take(data: bytes) -> None:
        now = time.perf_counter()
        came.extend((int(offset), now) for offset in AT.findall(data))

    for client in clients:
        client.take = take
    began = time.perf_counter()
    for turn in range(int(per_s * seconds / batch)):
        await asyncio.sleep(max(0.0, began + turn * batch / per_s - time.perf_counter()))
        first = owner.next
        events = [(devices[(turn * batch + n) % len(devices)], accepted(turn * batch + n)) for n in range(batch)]
        acked = await owner.append(events)
        acks |= dict.fromkeys(range(first, owner.next), acked)
    took = time.perf_counter() - began
    expected = len(acks) * len(clients) // len(devices)
    await until(lambda: len(came) >= expected, 5)
    late = [max(0.0, at - acks[offset]) for offset, at in came if offset in acks]
    return quantiles_ms(late) | {"expected": expected, "events_per_s": round(len(acks) / took)}


async def steady(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """Twenty events a second for a thousand who watch."""
    async with subscribed(site, [[f"device:{WATCHED[0]}"]] * SUBSCRIBERS, on_core=0) as (at, clients, owner):
        keep_off(at)
        return await _timed(owner, clients, WATCHED[:1], 20, 1, given.seconds)


async def browser(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """A thousand events a second of a hundred devices, each watched by one."""
    async with subscribed(site, [[f"device:{name}"] for name in WATCHED]) as (at, clients, owner):
        cpu = at.cpu_s()
        found = await _timed(owner, clients, WATCHED, 1000, 10, given.seconds)
        return found | {"cores": round((at.cpu_s() - cpu) / given.seconds, 2)}


async def reading(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """What a node takes that reads 13,000 events a second, to which nobody listens."""
    async with subscribed(site, [[f"device:{WATCHED[0]}"]]) as (at, _, owner):
        cpu, began = at.cpu_s(), time.perf_counter()
        for turn in range(int(given.seconds * 50)):
            await asyncio.sleep(max(0.0, began + turn / 50 - time.perf_counter()))
            await owner.append([(WATCHED[1 + n % 99], accepted(turn * 260 + n)) for n in range(260)])
        took = time.perf_counter() - began
        return {
            "events_per_s": round(given.seconds * 50 * 260 / took),
            "cores": round((at.cpu_s() - cpu) / took, 3),
            "us_an_event": round((at.cpu_s() - cpu) / (given.seconds * 50 * 260) * 1e6, 1),
        }


async def at_once(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """Two hundred that connect at once for one user, over two nodes: how many are left two seconds later."""
    left: Counter[int] = Counter()
    settled: list[float] = []
    async with node(site) as first, node(site) as second, deciding(site):
        warm = await open_one(first.port, token("warm"))
        for run in range(given.runs):
            mine = token(f"user-{run}")
            began = time.perf_counter()
            clients = await asyncio.gather(*(open_one((first, second)[n % 2].port, mine) for n in range(200)))
            await until(partial(_one_is_left, clients), 2 - (time.perf_counter() - began))
            settled.append(time.perf_counter() - began)
            await asyncio.sleep(max(0.0, 2 - (time.perf_counter() - began)))
            left[sum(client.live for client in clients)] += 1
            for client in clients:
                client.close()
        warm.close()
    return {"left": left, "one_is_left_after": quantiles_ms(settled)}


def _one_is_left(clients: Sequence[Live]) -> bool:
    return sum(client.live for client in clients) == 1


async def never_reading(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """A thousand who watch a device and stop reading, told until each was told five times what it may leave unread."""
    async with subscribed(site, [[f"device:{WATCHED[0]}"]] * SUBSCRIBERS) as (at, clients, owner):
        for client in clients:
            client.deaf()
        before = most = at.process.memory_info().rss
        told = 0
        while told * EVENT_BYTES < 5 * SLOW_BYTES:
            await owner.append([(WATCHED[0], accepted(told + number)) for number in range(100)])
            told += 100
            most = max(most, at.process.memory_info().rss)
        after = at.process.memory_info().rss
        for client in clients:
            client.hear_again()
        await until(lambda: all(client.over.done() for client in clients), PATIENCE_S)
        return {
            "ended": sum(client.over.done() for client in clients),
            "most_mb_more": round((most - before) / 2**20),
            "mb_more_at_the_end": round((after - before) / 2**20),
        }


async def flood(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """As many connects as go, with forged tokens and with good ones, beside a hundred who watch."""
    forged = Tokens("bench", b"forger" * 8).make("u", EVERYTHING).token
    found: dict[str, Any] = {}
    async with subscribed(site, [[f"device:{name}"] for name in WATCHED]) as (at, clients, owner):
        for name, shown in (("nobody_else", ""), ("forged", forged)):
            async with _attacked(at.port, shown) as counts:
                found[name] = await _timed(owner, clients, WATCHED, 100, 1, given.seconds)
            found[name] |= {f"{how}_per_s": round(count / given.seconds) for how, count in counts.items()}
    return found


@asynccontextmanager
async def _attacked(port: int, shown: str) -> AsyncIterator[Counter[str]]:
    """A process that connects as fast as it can; what became of that is known at the end. shown: none: nobody does."""
    counts: Counter[str] = Counter()
    if not shown:
        yield counts
        return
    order = [sys.executable, "-m", "benchmarks.hub_load", str(port), shown]
    attacker = await asyncio.create_subprocess_exec(*order, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    yield counts
    said, _ = await attacker.communicate(b"enough")
    counts.update(orjson.loads(said))


PARTS: dict[str, Callable[[Site, argparse.Namespace], Awaitable[dict[str, Any]]]] = {
    "idle": idle,
    "flat_out": flat_out,
    "steady": steady,
    "browser": browser,
    "reading": reading,
    "at_once": at_once,
    "never_reading": never_reading,
    "flood": flood,
}


async def main(given: argparse.Namespace) -> dict[str, Any]:
    """Every part that is wanted, each on servers of its own."""
    found = {}
    for part in given.parts:
        with tempfile.TemporaryDirectory() as folder:
            async with AsyncExitStack() as stack:
                kafka = stack.enter_context(KafkaCluster(Path(folder) / "kafka", jars_of(load_settings().jars, print)))
                site = Site(kafka.bootstrap, "", Path(folder))
                await ensure_topics(Cluster(site.kafka), planned_topics(Topics(PREFIX)), EMBEDDED)
                found[part] = await PARTS[part](site, given)
                sys.stderr.write(f"{part}: {found[part]}\n")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=100)
    found = run_until_done(main(parser.parse_args()))
    sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode() + "\n")
