"""How long each read of the HTTP API takes over a million sends: python -m benchmarks.api_reads (--sends, --calls).

Fills a PostgreSQL of its own, then asks each question again and again over one connection of the reading pool, with
other devices, campaigns and times each time, and writes the answer as JSON: p50 and p99 in ms, by the wall clock.
Pages have 100 items; `deep` goes on from the middle. At last what is asked most, at a steady rate over 8 connections.
--without drops indexes first, to see what they are worth; --only asks only questions with that in their names.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import psycopg
import uvloop

from mendline.embedded.postgres import PostgresServer
from projections.api.campaigns import campaign, campaigns
from projections.api.clients import client, clients
from projections.api.cursors import Cursors
from projections.api.devices import device, devices
from projections.api.pages import Wanted
from projections.api.pool import ReadingPool
from projections.api.refreshes import refreshes
from projections.api.sends import LISTING, send, sends, sends_called
from projections.migrations import migrate
from schemas.api.document import Page
from schemas.api.masking import masked
from schemas.api.sends import SendDocument

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DEVICES, CAMPAIGNS, CLIENTS = 3000, 200, 200_000
RARE = ("uncertain", "rejected", "expired", "waiting", "deferred", "cancelled")
FILL = f"""
INSERT INTO devices
SELECT n % 8, 'phone-' || to_char(n, 'FM00000'), 'simulated', true, 'Phone ' || n, NULL, n || '@phone', 1, 2,
    CASE WHEN n % 50 = 0 THEN 'parked' ELSE 'connected' END, NULL, NULL, 1, 1, 0, 0, '{{}}', '{BEGIN}', '{BEGIN}', n
FROM generate_series(1, {DEVICES}) AS n;
INSERT INTO connections
SELECT n % 8, 'phone-' || to_char(n, 'FM00000'), 1, 'link', 'worker-1', '{BEGIN}', '{BEGIN}', NULL, NULL, n
FROM generate_series(1, {DEVICES}) AS n;
INSERT INTO refreshes
SELECT n % 8, 'phone-' || to_char(n, 'FM00000'), r, 'send', 'request:1', NULL, '{{dialing,open}}',
    ARRAY['{BEGIN}', '{BEGIN}']::timestamptz[], NULL, '{BEGIN}', '{BEGIN}', 'succeeded', NULL, NULL, r
FROM generate_series(1, {DEVICES}) AS n, generate_series(1, 20) AS r;
INSERT INTO refresh_joins
SELECT n % 8, n * 100 + j, 'phone-' || to_char(n, 'FM00000'), 1 + j % 20, 'send', j, 'order-' || j, NULL, '{BEGIN}'
FROM generate_series(1, {DEVICES}) AS n, generate_series(0, 39) AS j;
INSERT INTO clients
SELECT n % 8, 'client-' || to_char(n, 'FM000000'), 'Client ' || n, 'client' || n || '@shop.example', '+62', 
    CASE WHEN n % 1000 = 0 THEN 'removed' ELSE 'live' END, NULL, '{BEGIN}', '{BEGIN}', n, NULL, NULL
FROM generate_series(1, {CLIENTS}) AS n;
"""
SENDS = f"""
INSERT INTO sends (partition, request, request_id, device_id, recipient, body, campaign, expires_at, state, attempts,
    message_id, provider_message_id, decided_at, queued_at, attempted_at, settled_at, repeats, position)
SELECT n % 8, n / 8, 'order-' || n, 'phone-' || to_char(d, 'FM00000'), '62811' || n,
    jsonb_build_object('text', repeat('Your parcel is on its way. ', 5), 'media', NULL), c, '{BEGIN}', s, 1,
    md5(n::text), 'taken-' || n, at, at, at, at, 0, n * 2
FROM (
    SELECT n, CASE WHEN n % 10 = 0 THEN 1 ELSE 1 + hashint8(n) % {DEVICES // 2} + {DEVICES // 2} END AS d,
        CASE WHEN n % 5 = 0 THEN 'campaign-1' WHEN n % 2 = 0 THEN 'campaign-' || 1 + n / 20 % {CAMPAIGNS} END AS c,
        CASE WHEN n % 20000 = 7 THEN 'uncertain' WHEN n % 100 = 3 THEN 'rejected' WHEN n % 200 = 1 THEN 'expired'
            WHEN n % 50 = 0 THEN 'waiting' WHEN n % 500 = 9 THEN 'deferred' WHEN n % 1000 = 11 THEN 'cancelled'
            ELSE 'accepted' END AS s,
        '{BEGIN}'::timestamptz + interval '1 second' * (n / 500) AS at
    FROM generate_series({{first}}, {{last}}) AS n
) AS made
"""
ASKED = """
INSERT INTO campaigns
SELECT campaign, device_id, partition, min(request), min(decided_at), max(decided_at), max(position), count(*),
    NULL, NULL, 0
FROM sends WHERE campaign IS NOT NULL GROUP BY campaign, device_id, partition;
INSERT INTO checkpoints
SELECT 'devices', 'device-events', n, 0, 1, 'c', true, 'worker-1', 0, 0, 0 FROM generate_series(0, 7) AS n;
"""
MOST_ASKED = (
    *("send by device and id", "device by id", "client by id", "sends: any", "sends: device_id", "sends: campaign"),
    *("sends: any, uncertain", "sends: any, since, until", "clients: {}", "devices: {}"),
)
CURSORS = Cursors(b"benchmark")
NARROW = (
    ("device_id",),
    ("campaign",),
    ("device_id", "campaign"),
    ("device_id", "since", "until"),
    ("campaign", "since", "until"),
)
Filters = dict[str, Any]
ANY: Filters = {}
HOT: Filters = {"device_id": "phone-00001"}
LARGE: Filters = {"campaign": "campaign-1"}
CHUNK = 100_000
Reading = Callable[[Any], Awaitable[Any]]


def fill(dsn: str, total: int, without: list[str]) -> None:
    """Make the rows."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(FILL.encode())
        for first in range(0, total, CHUNK):
            connection.execute(SENDS.format(first=first, last=min(total, first + CHUNK) - 1).encode())
        connection.execute(ASKED.encode())
        for index in without:
            connection.execute(f"DROP INDEX {index}".encode())
        connection.execute("VACUUM ANALYZE")


class Questions:
    """What is measured, by name, each time with other devices, campaigns and times."""

    def __init__(self, total: int, luck: random.Random) -> None:
        self._total = total
        self._luck = luck

    def all(self) -> Iterator[tuple[str, Reading]]:
        """Everything."""
        yield from self._ones()
        for name, fixed in (("any", ANY), ("the busiest device (10 %)", HOT), ("the largest campaign (20 %)", LARGE)):
            yield from self._of(f"sends: {name}", **fixed)
        for names in NARROW:
            for fixed in (ANY, {"state": "uncertain"}, {"state": "rejected"}):
                yield f"sends: {', '.join((*names, *fixed.values()))}", self._sends(*names, **fixed)
        for fixed in (ANY, {"state": "uncertain"}, {"state": "accepted"}):
            told = ", ".join(("the busiest device and the largest campaign", *fixed.values()))
            yield f"sends: {told}", self._sends(**HOT, **LARGE, **fixed)
        yield from self._others()

    def _ones(self) -> Iterator[tuple[str, Reading]]:
        draw = self._luck.randrange
        yield "send by device and id", lambda c: send(c, self._device(), f"order-{draw(self._total)}")
        yield "send by id", lambda c: sends_called(c, f"order-{draw(self._total)}")
        yield "device by id", lambda c: device(c, self._device())
        yield "client by id", lambda c: client(c, f"client-{draw(CLIENTS):06d}")
        yield "campaign by name", lambda c: campaign(c, self._campaign())
        yield "campaign by name: the largest (20 %)", lambda c: campaign(c, "campaign-1")

    def _of(self, name: str, **fixed: Any) -> Iterator[tuple[str, Reading]]:
        yield name, self._sends(**fixed)
        yield f"{name}, deep", self._sends(deep=True, **fixed)
        yield f"{name}, since, until", self._sends("since", "until", **fixed)
        for state in (*RARE, "accepted", "attempting"):
            yield f"{name}, {state}", self._sends(state=state, **fixed)
            yield f"{name}, {state}, since, until", self._sends("since", "until", state=state, **fixed)

    def _others(self) -> Iterator[tuple[str, Reading]]:
        yield "sends, 1,000 of them", lambda c: sends(c, Wanted(CURSORS, ANY, 1000))
        yield "sends, 1,000 of them, masked", lambda c: _masked(sends(c, Wanted(CURSORS, ANY, 1000)))
        for filters in (ANY, {"state": "parked"}, {"worker": "worker-1"}, {"kind": "platform"}):
            yield f"devices: {filters}", lambda c, f=filters: devices(c, Wanted(CURSORS, f))  # type: ignore[misc]
        for filters in (ANY, {"email": "client77@shop.example"}, {"state": "removed"}, {"state": "rejected"}):
            yield f"clients: {filters}", lambda c, f=filters: clients(c, Wanted(CURSORS, f))  # type: ignore[misc]
        yield "campaigns", lambda c: campaigns(c, Wanted(CURSORS, ANY))
        yield "refreshes of a device", lambda c: refreshes(c, self._device(), Wanted(CURSORS, ANY))

    def _sends(self, *names: str, deep: bool = False, **fixed: Any) -> Reading:
        def ask(connection: Any) -> Awaitable[Any]:
            drawn = self._drawn()
            filters = {**{name: drawn[name] for name in names}, **fixed}
            last = [drawn["since"], 4, self._luck.randrange(self._total // 8)]
            cursor = CURSORS.seal(LISTING.name, filters, last) if deep else None
            return sends(connection, Wanted(CURSORS, filters, 100, cursor))

        return ask

    def _drawn(self) -> Filters:
        span_s = self._total // 500
        since = BEGIN + timedelta(seconds=self._luck.randrange(span_s))
        until = since + timedelta(seconds=span_s / 10)
        return {"device_id": self._device(), "campaign": self._campaign(), "since": since, "until": until}

    def _device(self) -> str:
        return f"phone-{self._luck.randint(DEVICES // 2 + 1, DEVICES):05d}"

    def _campaign(self) -> str:
        return f"campaign-{self._luck.randint(2, CAMPAIGNS)}"


async def _masked(reading: Awaitable[Any]) -> Any:
    return masked(Page[SendDocument], await reading)


async def times_ms(pool: ReadingPool, ask: Reading, calls: int) -> list[float]:
    """How long it takes, each time, with its connection and its JSON."""
    found = []
    for _ in range(calls):
        began = time.perf_counter()
        async with pool.connection() as connection:
            orjson.dumps(await ask(connection))
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)


async def measure(dsn: str, given: argparse.Namespace) -> None:
    """Ask everything, and print a row of a table for each."""
    luck = random.Random(given.seed)
    print("| what | p50 ms | p99 ms |\n|---|---|---|", flush=True)
    async with ReadingPool(dsn, 1, patience_s=30, statement_timeout_s=60) as pool:
        for name, ask in Questions(given.sends, luck).all():
            if given.only in name:
                await times_ms(pool, ask, 3)
                found = await times_ms(pool, ask, given.calls)
                p50, p99 = found[len(found) // 2], found[int(len(found) * 0.99) - 1]
                print(f"| {name} | {p50:.1f} | {p99:.1f}{' **slow**' * (p99 > given.bar)} |", flush=True)


async def paced(dsn: str, given: argparse.Namespace) -> None:
    """Ask what users ask most, at a steady rate whatever the answers take, over the usual 8 connections."""
    asked = dict(Questions(given.sends, random.Random(given.seed)).all())
    found: dict[str, list[float]] = {name: [] for name in MOST_ASKED}
    async with ReadingPool(dsn, patience_s=30) as pool, asyncio.TaskGroup() as asking:
        began = time.perf_counter()
        for number in range(int(given.rate * given.seconds)):
            name, due = MOST_ASKED[number % len(MOST_ASKED)], began + number / given.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            asking.create_task(_timed(pool, asked[name], due, found[name]))
    print(f"\nat {given.rate:g}/s for {given.seconds:g} s, from when each was due:")
    found["all of them"] = [one for each in found.values() for one in each]
    for name, times in found.items():
        ordered = sorted(times)
        p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99) - 1]
        print(f"{name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms")


async def _timed(pool: ReadingPool, ask: Reading, due: float, found: list[float]) -> None:
    async with pool.connection() as connection:
        orjson.dumps(await ask(connection))
    found.append((time.perf_counter() - due) * 1000)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sends", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=200, help="reads a second of the last part; 0 leaves it out")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--bar", type=float, default=50, help="ms; above it a p99 is marked")
    parser.add_argument("--only", default="", help="only questions with this in their names")
    parser.add_argument("--without", nargs="*", default=[], help="indexes to drop first")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with PostgresServer(Path(folder) / "postgres") as postgres:
            asyncio.run(migrate(postgres.dsn))
            began = time.perf_counter()
            fill(postgres.dsn, given.sends, given.without)
            print(f"{given.sends} sends, made in {time.perf_counter() - began:.0f} s, seed {given.seed}\n")
            uvloop.run(measure(postgres.dsn, given))
            if given.rate:
                uvloop.run(paced(postgres.dsn, given))


if __name__ == "__main__":
    main()
