"""The whole of Mendline on one machine: its servers, projector, snapshotter, and a worker in this process."""

from __future__ import annotations

import asyncio
import os
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mendline.access import check_access
from mendline.admin_key import admin_key
from mendline.configuration import FILE
from mendline.data_folder import Addresses
from mendline.embedded.order import Order
from mendline.embedded.ports import free_port, is_free
from mendline.embedded.server import Server
from mendline.embedded.stack import Say, Stack
from mendline.errors import ServerStartError
from mendline.event_loop import run_until_done
from mendline.settings import PREFIX, Settings, api_address, credentials_file, hub_address
from mendline.stopping import stop_signal
from mendline.topics import Size, ensure_topics, planned_topics
from mendline.whatsapp.build import Programs
from mendline.whatsapp.phones import at_hand
from mendline.whatsapp.stand_in import StandIn, standing_in
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
    "log_format",
    "metrics_host",
    "ready_lag_s",
    "api_host",
    "api_port",
    "api_connections",
    "api_requests_per_s",
    "hub_host",
    "hub_port",
    "hub_url",
    "hub_origins",
    "hub_connections",
    "hub_connects_per_s",
    "hub_history_mb",
)
"""Settings that children need; addresses they find in the data folder."""
METRICS_PORTS = {"projector": 1, "snapshotter": 2, "gateway": 3, "hub": 4}
"""What children add to the worker's port of metrics, where it has one."""
Fleet = tuple[str, ...] | Programs
"""How to describe a simulated one to `python -m streams.drivers.fleet`, or the programs that play WhatsApp."""
TRY = ("Try, in another terminal: mendline device add phone-00001 --driver simulated-repeatable",)
TRY_WHATSAPP = (
    "Every phone is made up: a QR code that a device shows is scanned by itself.",
    "Try, in another terminal: mendline device add phone-00001 --driver whatsapp; mendline device pair phone-00001",
)
LOOK_EVERY_S = 0.5
READY_S = 60.0


@dataclass(frozen=True, slots=True)
class Servers:
    """Broker, database, and what stands where real devices would: simulated ones, or a stand-in for WhatsApp."""

    stack: Stack
    fleet: Server
    addresses: Addresses
    stand_in: StandIn | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """What runs: where its servers are, who works, and the processes beside it, by their names."""

    servers: Servers
    working: Working
    beside: Mapping[str, Server]

    def check(self) -> None:
        """Raises ServerStartError when a part has ended by itself."""
        self.working.check()
        ended = self.servers.stack.ended()
        fleet = "simulated fleet" if self.servers.stand_in is None else "stand-in"
        parts = {fleet: self.servers.fleet, **self.beside}
        for name in [ended] if ended else [f"the {name}" for name, part in parts.items() if not part.running]:
            raise ServerStartError(f"{name} ended by itself; what it said lies in {self.servers.stack.folder.path}")


def run_whole(settings: Settings, fleet: Fleet, say: Say) -> None:
    """Run everything until Ctrl-C or SIGTERM."""
    with open_servers(settings, fleet, say) as servers:
        run_until_done(_work(settings, servers, say))


async def _work(settings: Settings, servers: Servers, say: Say) -> None:
    async with (
        at_work(settings, servers, say) as whole,
        connecting(settings, say) as (found, hub),
        answering(found, say) as (address, gateway),
    ):
        whole = replace(whole, beside={**whole.beside, "hub": hub, "gateway": gateway})
        say(f"Mendline runs. Kafka: {servers.addresses.kafka}. Data: {settings.data}. Ctrl-C ends it.")
        key = await admin_key(servers.stack.folder, settings, servers.addresses.cluster)
        say(f"The API answers at {address}. {key}")
        say(f"The hub listens at {hub_address(found)}/ws. {address}/live shows what happens in a browser.")
        for line in TRY_WHATSAPP if servers.stand_in else TRY:
            say(line)
        await until_stopped(whole)
        say("giving partitions up")


@contextmanager
def open_servers(settings: Settings, fleet: Fleet, say: Say) -> Iterator[Servers]:
    """Broker, database and the fleet, for as long as the context lasts."""
    with ExitStack() as opened:
        stack = Stack(settings, say)
        addresses = opened.enter_context(stack)
        if isinstance(fleet, Programs):
            say("starting the stand-in for WhatsApp's server: it is not WhatsApp, and nothing leaves this machine")
            stand_in = opened.enter_context(standing_in(fleet.stand_in, settings.data))
            yield Servers(stack, stand_in.server, addresses, stand_in)
            return
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
    addresses, settings = servers.addresses, adapted(settings, servers)
    size = Size(partitions=settings.partitions, replication=settings.replication)
    await check_access(addresses.cluster)
    await asyncio.gather(
        ensure_topics(addresses.cluster, planned_topics(Topics(settings.topic_prefix)), size),
        migrate(addresses.postgres),
    )
    beside = {name: _command(settings, name) for name in ("projector", "snapshotter")}
    for each in beside.values():
        each.start()
    try:
        who = servers.stack.folder.identity(settings)
        site = Site(addresses.cluster, simulator_socket(settings), who, addresses.postgres)
        say("starting the worker")
        async with open_holdings(settings, site) as working, _phones(settings, servers):
            yield Whole(servers, working, beside)
    finally:
        await asyncio.gather(*(asyncio.to_thread(each.stop) for each in beside.values()))


def adapted(settings: Settings, servers: Servers) -> Settings:
    """The worker's settings: with a stand-in, all its devices are WhatsApp's, and none of them reaches WhatsApp."""
    if servers.stand_in is None:
        return settings
    return settings.model_copy(update={"drivers": "whatsapp", "whatsapp_stand_in": servers.stand_in.setting})


def _phones(settings: Settings, servers: Servers) -> AbstractAsyncContextManager[None]:
    if servers.stand_in is None:
        return nullcontext()
    return at_hand(servers.addresses.cluster, Topics(settings.topic_prefix).device_signals, servers.stand_in)


@asynccontextmanager
async def answering(settings: Settings, say: Say) -> AsyncIterator[tuple[str, Server]]:
    """A node of the HTTP API and its address, for as long as the context lasts; raises ServerStartError."""
    say("starting the API")
    port = _port(settings.api_host, settings.api_port, "the API", "MENDLINE_API_PORT", say)
    address = api_address(settings.api_host, port)
    async with _beside(settings.model_copy(update={"api_port": port}), "gateway", address) as gateway:
        yield address, gateway


@asynccontextmanager
async def connecting(settings: Settings, say: Say) -> AsyncIterator[tuple[Settings, Server]]:
    """A node of the hub, and the settings that tell where it is; raises ServerStartError."""
    say("starting the hub")
    port = _port(settings.hub_host, settings.hub_port, "the hub", "MENDLINE_HUB_PORT", say)
    found = settings.model_copy(update={"hub_port": port})
    async with _beside(found, "hub", api_address(settings.hub_host, port)) as hub:
        yield found, hub


def _port(host: str, wanted: int, what: str, setting: str, say: Say) -> int:
    port = wanted if is_free(host, wanted) else free_port()
    if port != wanted:
        say(f"port {wanted} is taken: {what} takes {port} this time ({setting})")
    return port


@asynccontextmanager
async def _beside(settings: Settings, name: str, address: str) -> AsyncIterator[Server]:
    """A process of ours that says at its address when it is ready."""
    process = _command(settings, name)
    process.start()
    try:
        await asyncio.to_thread(process.wait_until, lambda: _is_ready(address), READY_S)
        yield process
    finally:
        await asyncio.to_thread(process.stop)


def _is_ready(address: str) -> bool:
    try:
        # A proxy that the environment names does not lead to this machine.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(f"{address}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


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
    wanted = {setting: getattr(settings, setting) for setting in OF_CHILDREN}
    given = {f"{PREFIX}{setting}".upper(): str(value) for setting, value in wanted.items() if value is not None}
    given[f"{PREFIX}CREDENTIALS"] = str(credentials_file(settings).absolute())
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
