"""A worker and two nodes of the hub in a thread, on the run's Kafka; more nodes as processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

from mendline.data_folder import Identity
from mendline.embedded.ports import reserve
from mendline.hub.serving import Place, serve
from mendline.settings import Settings, load_settings
from mendline.topics import ensure_topics, planned_topics
from mendline.worker import Site, open_holdings
from schemas.cluster import Cluster
from schemas.envelope import EventEnvelope
from schemas.partitioner import partition_of
from schemas.story import counted
from schemas.topics import CONNECTION, Stream, Topics
from streams.drivers.in_process import InProcessDriver, InProcessFleet
from streams.drivers.simulation.description import Fleet, Group
from streams.drivers.simulation.latency import Constant
from streams.hub.limits import Limits
from streams.hub.tokens import Tokens
from streams.log.event_reading import decoded
from streams.log.ports import LogRecord
from streams.log.topic_client import TopicClient
from tests.end_to_end.in_thread import START_S, running_in_thread
from tests.forgotten_loops import closing_forgotten_loops

NODES = 2
KEY = b"\x02" * 32
WHO = Identity(installation_id="t", installation_key=KEY, instance_id="w", folder="w")
EVERYTHING = ("fleet", "device:*", "client:*", "campaign:*", "user:*")
LIMITS = Limits(look_every_s=0.1, close_within_s=1, spread_s=0.1)


def unpaired_phones() -> InProcessDriver:
    """Devices without a session, each paired two seconds after its code is shown first."""
    group = Group(driver="simulated", prefix="phone-", count=3, needs_pairing_share=1, scan_ms=Constant(2000))
    return InProcessFleet(Fleet(devices=(group,))).driver("simulated")


class Installation:
    """What tests may do with it."""

    def __init__(self, kafka: str, prefix: str, folder: Path) -> None:
        self.cluster = Cluster(kafka)
        self.topics = Topics(prefix)
        self.tokens = Tokens(WHO.installation_id, KEY)
        self.ports = [reserve() for _ in range(NODES)]
        self.folder = folder

    def settings(self, port: int) -> Settings:
        """Of a node there."""
        return load_settings(topic_prefix=self.topics.prefix, data=self.folder, hub_port=port, drivers="simulated")

    def url(self, node: int = 0) -> str:
        """Where a node of the thread answers."""
        return f"http://127.0.0.1:{self.ports[node].number}"

    def token(self, user: str, *, pair: bool = False) -> str:
        """A token that may hear everything."""
        return self.tokens.make(user, EVERYTHING, pair=pair).token

    async def run(self, started: threading.Event, stop: asyncio.Event) -> None:
        """Everything, until it is told to stop."""
        await ensure_topics(self.cluster, planned_topics(self.topics))
        site = Site(self.cluster, self.folder / "unused", WHO)
        async with AsyncExitStack() as opened:
            settings = self.settings(self.ports[0].number)
            await opened.enter_async_context(open_holdings(settings, site, {"simulated": unpaired_phones()}))
            place = Place(self.cluster, WHO)
            nodes = [
                asyncio.ensure_future(serve(self.settings(port.number), place, lambda: stop, LIMITS))
                for port in self.ports
            ]
            started.set()
            await asyncio.gather(*nodes)


class NodeProcess:
    """One `mendline hub`."""

    def __init__(self, installation: Installation, log: Path, port: int) -> None:
        given = {
            "MENDLINE_KAFKA": installation.cluster.bootstrap,
            "MENDLINE_TOPIC_PREFIX": installation.topics.prefix,
            "MENDLINE_DATA": str(log.parent),
            "MENDLINE_HUB_PORT": str(port),
            "MENDLINE_INSTALLATION_ID": WHO.installation_id,
            "MENDLINE_INSTALLATION_KEY": KEY.hex(),
        }
        self.url = f"http://127.0.0.1:{port}"
        self._log = log
        with log.open("wb") as said:
            command = [sys.executable, "-m", "mendline", "hub"]
            self._process = subprocess.Popen(command, env=os.environ | given, stderr=said)

    def wait(self) -> None:
        """Until it is ready."""
        wait_until_ready(self.url, self._log)

    def tell(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal; its exit status."""
        self._process.send_signal(number)
        return self._process.wait(START_S)

    def said(self) -> str:
        """What it logged."""
        return self._log.read_text()

    def close(self) -> None:
        """End it, whatever became of the test."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


@contextmanager
def node_process(installation: Installation, folder: Path) -> Iterator[NodeProcess]:
    """A node of its own, ready."""
    with ExitStack() as opened:
        port = reserve()
        opened.callback(port.release)
        node = NodeProcess(installation, folder / "hub.log", port.number)
        opened.callback(node.close)
        node.wait()
        yield node


def wait_until_ready(url: str, log: Path | None = None) -> None:
    """Until a node there says that it is."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    give_up_at = time.monotonic() + START_S
    while True:
        try:
            with direct.open(f"{url}/readyz", timeout=1):
                return
        except OSError:
            assert time.monotonic() < give_up_at, log and log.read_text()
            time.sleep(0.05)


async def events_of(installation: Installation, key: str, stream: Stream = CONNECTION) -> list[EventEnvelope]:
    """What the log says of a user or of a node, or of whatever else another stream is about."""
    client = TopicClient(installation.cluster, installation.topics.events(stream))
    partition = partition_of(key.encode(), await client.partitions())
    end, position, found = await client.end(partition), await client.first(partition), list[LogRecord]()
    while position < end:
        records, position = decoded(await client.fetch(partition, position), key)
        found += records
    await client.close()
    events = (counted(record.offset, record.value) for record in found)
    return [event for event in events if event is not None and event.subject == key]


async def until_said(installation: Installation, key: str, type_: str) -> EventEnvelope:
    """The first event of that type that the log says of a user or of a node, once it does."""
    give_up_at = time.monotonic() + START_S
    while True:
        for event in await events_of(installation, key):
            if event.type == type_:
                return event
        assert time.monotonic() < give_up_at
        await asyncio.sleep(0.1)


@contextmanager
def running(kafka: str, prefix: str, folder: Path) -> Iterator[Installation]:
    """An installation, while the context lasts."""
    installation = Installation(kafka, prefix, folder)
    try:
        with closing_forgotten_loops(), running_in_thread(installation.run):
            for node in range(NODES):
                wait_until_ready(installation.url(node))
            yield installation
    finally:
        for port in installation.ports:
            port.release()
