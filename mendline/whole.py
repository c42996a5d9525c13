"""The whole of Mendline on one machine: its servers, projector, snapshotter, and a worker in this process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mendline.access import check_access
from mendline.admin_key import admin_key
from mendline.configuration import FILE
from mendline.data_folder import Addresses
from mendline.embedded.order import Order
from mendline.embedded.server import Server
from mendline.embedded.stack import Say, Stack
from mendline.errors import ServerStartError
from mendline.event_loop import run_until_done
from mendline.settings import PREFIX, Settings
from mendline.stopping import stop_signal
from mendline.topics import Size, ensure_topics, planned_topics
from mendline.worker import Site, open_holdings, simulator_socket
from projections.migrations import migrate
from schemas.topics import Topics
from streams.worker.app import Working

if TYPE_CHECKING:
    from collections.abc import Iterator

LEDGER = "ledger.jsonl"
OF_CHILDREN = (
    "topic_prefix",
    "projector_connections",
    "snapshot_every_events",
    "log_level",
    "metrics_host",
    "ready_lag_s",
)
"""Settings that children need; addresses they find in the data folder."""
METRICS_PORTS = {"projector": 1, "snapshotter": 2}
"""What children add to the worker's port of metrics, where it has one."""
LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Servers:
    """Broker, database and simulated fleet."""

    stack: Stack
    fleet: Server
    addresses: Addresses


@dataclass(frozen=True, slots=True)
class Whole:
    """What runs: where its servers are, who works, and the projector and the snapshotter beside it."""

    servers: Servers
    working: Working
    projector: Server
    snapshotter: Server

    def check(self) -> None:
        """Raises ServerStartError when a part has ended by itself."""
        self.working.check()
        ended = self.servers.stack.ended()
        parts = {
            "the simulated fleet": self.servers.fleet.running,
            "the projector": self.projector.running,
            "the snapshotter": self.snapshotter.running,
        }
        for name in [ended] if ended else [name for name, running in parts.items() if not running]:
            raise ServerStartError(f"{name} ended by itself; what it said lies in {self.servers.stack.folder.path}")


def run_whole(settings: Settings, fleet: tuple[str, ...], say: Say) -> None:
    """Run everything until Ctrl-C or SIGTERM."""
    with open_servers(settings, fleet, say) as servers:
        run_until_done(_work(settings, servers, say))


async def _work(settings: Settings, servers: Servers, say: Say) -> None:
    async with at_work(settings, servers, say) as whole:
        say(f"Mendline runs. Kafka: {servers.addresses.kafka}. Data: {settings.data}. Ctrl-C ends it.")
        say(await admin_key(servers.stack.folder, settings, servers.addresses.cluster))
        say("Try, in another terminal: mendline device add phone-00001 --driver simulated-repeatable")
        await until_stopped(whole)
        say("giving partitions up")


@contextmanager
def open_servers(settings: Settings, fleet: tuple[str, ...], say: Say) -> Iterator[Servers]:
    """Broker, database and simulated fleet, for as long as the context lasts.

    fleet: how to describe it to `python -m streams.drivers.fleet`.
    """
    with ExitStack() as opened:
        stack = Stack(settings, say)
        addresses = opened.enter_context(stack)
        say("starting the simulated fleet")
        fleet_server = _child(settings, "fleet", ("-m", "streams.drivers.fleet", *fleet))
        opened.callback(fleet_server.stop)
        fleet_server.start()
        fleet_server.wait_until(simulator_socket(settings).exists, timeout_s=20)
        yield Servers(stack, fleet_server, addresses)


def fleet_arguments(settings: Settings, *described: str) -> tuple[str, ...]:
    """The fleet's command line: `--demo N` or `--fleet FILE`, its socket and its ledger."""
    return (*described, "--socket", str(simulator_socket(settings)), "--ledger", str(settings.data / LEDGER))


@asynccontextmanager
async def at_work(settings: Settings, servers: Servers, say: Say) -> AsyncIterator[Whole]:
    """Topics, tables, projector, snapshotter and worker, for as long as the context lasts."""
    say("making topics and tables")
    addresses = servers.addresses
    size = Size(partitions=settings.partitions, replication=settings.replication)
    await check_access(addresses.cluster)
    await asyncio.gather(
        ensure_topics(addresses.cluster, planned_topics(Topics(settings.topic_prefix)), size),
        migrate(addresses.postgres),
    )
    projector, snapshotter = _command(settings, "projector"), _command(settings, "snapshotter")
    projector.start()
    snapshotter.start()
    try:
        site = Site(addresses.cluster, simulator_socket(settings), servers.stack.folder.identity(settings))
        say("starting the worker")
        async with open_holdings(settings, site) as working:
            yield Whole(servers, working, projector, snapshotter)
    finally:
        await asyncio.gather(asyncio.to_thread(projector.stop), asyncio.to_thread(snapshotter.stop))


async def until_stopped(whole: Whole) -> None:
    """Wait for Ctrl-C or SIGTERM; raises ServerStartError when a part ends by itself."""
    stop = stop_signal()
    while not stop.is_set():
        whole.check()
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await stop.wait()
        except TimeoutError:
            continue


def _command(settings: Settings, name: str) -> Server:
    return _child(settings, name, ("-m", "mendline", "--data", str(settings.data.absolute()), name))


def _child(settings: Settings, name: str, arguments: tuple[str, ...]) -> Server:
    folder = settings.data.absolute()
    given = {f"{PREFIX}{setting}".upper(): str(getattr(settings, setting)) for setting in OF_CHILDREN}
    if settings.metrics_port and name in METRICS_PORTS:
        given |= {f"{PREFIX}METRICS_PORT": str(settings.metrics_port + METRICS_PORTS[name])}
    order = Order(
        (sys.executable, *arguments),
        str(folder / f"{name}.log"),
        str(folder / f"{name}.lock"),
        # The user's file may name other servers than these, which `settings` has seen to.
        environment=given | {FILE: os.devnull},
    )
    return Server(name, order)
