"""What one node of the HTTP API takes and answers: python -m benchmarks.api (--parts, --seconds, --sends).

Broker, database, node, worker, projector and whoever asks share this machine. `accepted` is measured while nobody
decides: the node and the log alone. Writes JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import signal
import sys
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import psutil
import psycopg
import uvloop

from benchmarks.api_reads import fill
from benchmarks.http_load import (
    Answer,
    Connection,
    as_fast_as_possible,
    at_rate,
    closing_all,
    opened,
    quantile_ms,
)
from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.ports import free_port
from mendline.embedded.postgres import PostgresServer
from mendline.following import wait_for_fate
from mendline.keys import creation_of, drawn_token
from mendline.producer import Producer
from mendline.settings import load_settings
from mendline.topics import EMBEDDED, ensure_topics, planned_topics
from projections.migrations import migrate
from schemas.cluster import Cluster
from schemas.control.tokens import subject_of
from schemas.topics import CLIENT, CONTROL, Topics
from streams.log.event_reading import decoded
from streams.log.topic_client import TopicClient

PREFIX = "bench-"
DEVICES = 100
KEY = "0" * 64
FLEET = """
[[devices]]
driver = "simulated"
prefix = "phone-"
count = 1000
send_ms = 10
connect_ms = 10
"""
SEND = {"to": "+62811000", "body": {"text": "Your parcel is on its way. " * 4}}
START_S = 60.0
READS_A_S = 200
SENDS_A_S = 100


@dataclass(slots=True)
class Site:
    """Where everything is."""

    kafka: str
    postgres: str
    folder: Path
    token: str = ""

    def environment(self, **more: str) -> dict[str, str]:
        """Of a process."""
        given = {
            "KAFKA": self.kafka,
            "POSTGRES": self.postgres,
            "DATA": str(self.folder),
            "TOPIC_PREFIX": PREFIX,
            "SIMULATOR": str(self.folder / "fleet.sock"),
            "INSTALLATION_ID": "bench",
            "INSTALLATION_KEY": KEY,
            "API_REQUESTS_PER_S": "1000000",
            **more,
        }
        return {**os.environ, **{f"MENDLINE_{name}": value for name, value in given.items()}}


@asynccontextmanager
async def process(*arguments: str, environment: dict[str, str] | None = None) -> AsyncIterator[psutil.Process]:
    """A program of ours, while the context lasts."""
    quiet = asyncio.subprocess.DEVNULL
    running = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment, stderr=quiet)
    try:
        yield psutil.Process(running.pid)
    finally:
        running.send_signal(signal.SIGTERM)
        await running.wait()


@asynccontextmanager
async def deciding(site: Site, **more: str) -> AsyncIterator[None]:
    """Fleet, worker and projector; more: settings of the worker."""
    described = site.folder / "fleet.toml"
    described.write_text(FLEET)
    socket = site.folder / "fleet.sock"
    ledger = ("--ledger", str(site.folder / "ledger.jsonl"))
    fleet = ("-m", "streams.drivers.fleet", "--fleet", str(described), "--socket", str(socket), *ledger)
    async with process(*fleet):
        await until(socket.exists)
        async with (
            process("-m", "mendline", "worker", environment=site.environment(DRIVERS="simulated", **more)),
            process("-m", "mendline", "projector", environment=site.environment()),
        ):
            yield


class Node(NamedTuple):
    """A node of the API, and its process."""

    port: int
    process: psutil.Process

    def cpu_s(self) -> float:
        """What it has taken of a core so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@asynccontextmanager
async def node(site: Site, **more: str) -> AsyncIterator[Node]:
    """A node that is ready."""
    port = free_port()
    environment = site.environment(API_PORT=str(port), **more)
    async with process("-m", "mendline", "gateway", environment=environment) as running:
        await until(lambda: _is_ready(port))
        yield Node(port, running)


async def until(ready: Callable[[], bool]) -> None:
    """Wait for something."""
    while True:
        if await asyncio.to_thread(ready):
            return
        await asyncio.sleep(0.1)


def _is_ready(port: int) -> bool:
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return bool(direct.open(f"http://127.0.0.1:{port}/readyz", timeout=1).status == 200)
    except (OSError, urllib.error.URLError):
        return False


async def make_key(site: Site) -> None:
    """A key that may everything."""
    token, topics = drawn_token(), Topics(PREFIX)
    async with Producer(Cluster(site.kafka), topics) as producer:
        asked = await producer.publish(subject_of(token.key_id), creation_of(token, "bench", ["admin"]), stream=CONTROL)
    await wait_for_fate(Cluster(site.kafka), topics, asked, START_S)
    site.token = str(token)


async def creations(site: Site, _: argparse.Namespace) -> dict[str, Any]:
    """A thousand creations of one client at once, over two nodes."""
    async with deciding(site), node(site) as first, node(site) as second:
        asked = {"name": "Ana", "email": "ana@shop.example"}
        halves = [await opened(one.port, site.token, 500) for one in (first, second)]
        body = orjson.dumps({"id": "ana", **asked})
        with closing_all([each for half in halves for each in half]) as all_:
            answers = await asyncio.gather(*(one.ask("POST", "/api/clients", body) for one in all_))
    return {
        "statuses": Counter(answer.status for answer in answers),
        "bodies": len({answer.body for answer in answers}),
        "client_created": await _created(site),
        "p99_ms": quantile_ms(answers, 0.99),
    }


async def _created(site: Site) -> int:
    """How many events say that a client was created."""
    events = TopicClient(Cluster(site.kafka), Topics(PREFIX).events(CLIENT))
    found = 0
    for partition in range(await events.partitions()):
        records, _ = decoded(await events.fetch(partition, 0), events.topic)
        found += sum(b'"client_created"' in (record.value or b"") for record in records)
    await events.close()
    return found


async def accepted(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """Sends that one node takes, while nobody decides them: by the thousand, and one by one."""
    many = orjson.dumps([{"device_id": f"phone-{n % DEVICES}", **SEND} for n in range(1000)])
    one = orjson.dumps({"device_id": "phone-1", **SEND})
    async with node(site) as at:
        rates: dict[str, dict[str, float]] = {}
        for name, body, sends, connections in (("batches_of_1000", many, 1000, 4), ("one_by_one", one, 1, 64)):
            with closing_all(await opened(at.port, site.token, connections)) as all_:

                async def ask(connection: Connection, body: bytes = body) -> Answer:
                    return await connection.ask("POST", "/api/sends", body)

                await as_fast_as_possible(all_, ask, 1)
                began = at.cpu_s()
                answers = await as_fast_as_possible(all_, ask, given.seconds)
                took = at.cpu_s() - began
            refused = [answer.status for answer in answers if answer.status != 202]
            rates[name] = {"sends_per_s": round(len(answers) * sends / given.seconds), "refused": len(refused)}
            rates[name] |= {
                "p99_ms": quantile_ms(answers, 0.99),
                "cpu_us_a_send": round(took / len(answers) / sends * 1e6, 1),
                "cores": round(took / given.seconds, 2),
            }
    return rates


async def settled(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """Sends on connected devices that are waited for to their end, at a steady rate."""
    numbers = itertools.count()
    async with deciding(site), node(site) as at:
        with closing_all(await opened(at.port, site.token, 200)) as all_:
            for n in range(DEVICES):
                device = {"id": f"phone-{n:05d}", "driver": "simulated"}
                await all_[0].ask("POST", "/api/devices", orjson.dumps(device))
                await all_[0].ask("POST", f"/api/devices/phone-{n:05d}/refresh")

            async def ask(connection: Connection) -> Answer:
                send = {"device_id": f"phone-{next(numbers) % DEVICES:05d}", **SEND}
                return await connection.ask("POST", "/api/sends?wait=settled", orjson.dumps(send))

            await at_rate(all_, ask, SENDS_A_S, 3)
            answers = await at_rate(all_, ask, SENDS_A_S, given.seconds)
    found = {"statuses": Counter(answer.status for answer in answers)}
    return found | {f"p{share * 100:g}_ms": quantile_ms(answers, share) for share in (0.5, 0.99)}


async def reads(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """Reads by id and lists of 100, from a million sends, at a steady rate."""
    dsn = await asyncio.to_thread(_filled, site, given.sends)
    questions = {
        "send by id": lambda n: f"/api/sends/order-{n * 7919 % given.sends}",
        "100 sends": lambda n: "/api/sends",
        "100 sends of a device": lambda n: f"/api/sends?device_id=phone-{1 + n % 3000:05d}",
        "100 uncertain sends": lambda n: "/api/sends?state=uncertain",
        "100 sends of a campaign": lambda n: f"/api/sends?campaign=campaign-{1 + n % 200}",
        "device by id": lambda n: f"/api/devices/phone-{1 + n % 3000:05d}",
        "100 devices": lambda n: "/api/devices",
    }
    found: dict[str, Any] = {}
    async with node(site, POSTGRES=dsn) as at:
        with closing_all(await opened(at.port, site.token, 50)) as all_:
            for name, path in questions.items():
                numbers = itertools.count()

                async def ask(connection: Connection, path: Any = path, numbers: Any = numbers) -> Answer:
                    return await connection.ask("GET", path(next(numbers)))

                await at_rate(all_, ask, READS_A_S, 1)
                answers = await at_rate(all_, ask, READS_A_S, given.seconds)
                found[name] = {f"p{share * 100:g}_ms": quantile_ms(answers, share) for share in (0.5, 0.99)}
                found[name]["statuses"] = Counter(answer.status for answer in answers)
    return found


def _filled(site: Site, sends: int) -> str:
    with psycopg.connect(site.postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE filled")
        dsn = psycopg.conninfo.make_conninfo(site.postgres, dbname="filled")
    asyncio.run(migrate(dsn))
    fill(dsn, sends, [])
    return dsn


async def beside(site: Site, given: argparse.Namespace) -> dict[str, Any]:
    """What an answer takes on the loop of a worker with a backlog, and on a node's: docs/decisions/0009."""
    many = orjson.dumps([{"device_id": f"phone-{n % DEVICES:05d}", **SEND} for n in range(1000)])
    port = free_port()
    async with deciding(site, METRICS_PORT=str(port)), node(site) as at:
        with closing_all(await opened(at.port, site.token, 4)) as all_:
            for n in range(DEVICES):
                device = {"id": f"phone-{n:05d}", "driver": "simulated"}
                await all_[0].ask("POST", "/api/devices", orjson.dumps(device))
            for _ in range(20):
                await asyncio.gather(*(one.ask("POST", "/api/sends", many) for one in all_))
        found = {}
        for name, where in (("worker", port), ("node", at.port)):
            with closing_all(await opened(where, site.token, 20)) as all_:

                async def ask(connection: Connection) -> Answer:
                    return await connection.ask("GET", "/healthz")

                answers = await at_rate(all_, ask, 50, 5)
            found[name] = {f"p{share * 100:g}_ms": quantile_ms(answers, share) for share in (0.5, 0.99)}
    return found


PARTS: dict[str, Callable[[Site, argparse.Namespace], Awaitable[dict[str, Any]]]] = {
    "creations": creations,
    "accepted": accepted,
    "settled": settled,
    "reads": reads,
    "beside": beside,
}


async def main(given: argparse.Namespace) -> dict[str, Any]:
    """Every part that is wanted, each on servers of its own."""
    found = {}
    for part in given.parts:
        with tempfile.TemporaryDirectory() as folder:
            async with AsyncExitStack() as stack:
                kafka = stack.enter_context(KafkaCluster(Path(folder) / "kafka", jars_of(load_settings().jars, print)))
                postgres = stack.enter_context(PostgresServer(Path(folder) / "postgres"))
                site = Site(kafka.bootstrap, postgres.dsn, Path(folder))
                await ensure_topics(Cluster(site.kafka), planned_topics(Topics(PREFIX)), EMBEDDED)
                await migrate(site.postgres)
                async with deciding(site):
                    await make_key(site)
                found[part] = await PARTS[part](site, given)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--sends", type=int, default=1_000_000)
    found = uvloop.run(main(parser.parse_args()))
    sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode() + "\n")
