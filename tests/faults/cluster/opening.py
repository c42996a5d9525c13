"""Starts a system, and ends all of it, whatever happens."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from mendline.embedded.postgres import PostgresServer
from mendline.topics import Size, ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.topics import Topics
from tests.faults.cluster.brokers import NODES, brokers_in
from tests.faults.cluster.clients import clients_asked
from tests.faults.cluster.disk import BALLAST, READY, possible, size_for
from tests.faults.cluster.network import Network, arguments
from tests.faults.cluster.story import Story
from tests.faults.cluster.system import System
from tests.faults.real.asking import asking
from tests.faults.real.fleets import slow_fleet
from tests.faults.real.log import Log
from tests.faults.real.program import Program
from tests.faults.real.site import Site
from tests.faults.real.waiting import until

WORKERS = 3
STARTS_S = 90.0
ON_A_DISK = NODES[-1]


class Load(NamedTuple):
    """What the system has to do. rate: sends asked for a second; seconds: about how long."""

    seed: int
    rate: float
    seconds: float


@asynccontextmanager
async def opened(folder: Path, class_path: str, load: Load) -> AsyncIterator[System]:
    """A system at work under load; its folder keeps what it leaves."""
    async with AsyncExitStack() as stack:
        brokers = stack.enter_context(brokers_in(folder, class_path))
        site = stack.enter_context(Site(folder, brokers.bootstrap, Topics(), {"MENDLINE_REPLICATION": str(len(NODES))}))
        disk = await stack.enter_async_context(
            _disk(site, folder / f"node-{ON_A_DISK}", size_for(load.rate * load.seconds))
        )
        socket = folder / "proxy.sock"
        network = Network(site.program("proxy", *arguments(socket, brokers.ways)), socket, brokers.ways)
        await network.open()
        await brokers.start(*NODES)
        await ensure_topics(Cluster(site.kafka), planned_topics(site.topics), Size(replication=len(NODES)))
        database = await asyncio.to_thread(stack.enter_context, PostgresServer(folder / "postgres", durable=False))
        log = await stack.enter_async_context(Log(site.kafka, site.topics))
        await stack.enter_async_context(_followed(log))
        devices = await _fleet(site, load.seed)
        workers = tuple(site.worker(f"worker-{number}") for number in range(1, WORKERS + 1))
        projector, snapshotter = site.projector(database.dsn), site.snapshotter()
        producer = _producer(site, devices, load.rate)
        story = Story(folder / "story.txt")
        clients = await stack.enter_async_context(clients_asked(site, load.seed))
        programs = (workers, projector, snapshotter, producer)
        system = System(folder, site, brokers, network, database, log, story, *programs, clients, disk)
        await _at_work(system)
        yield system


async def _fleet(site: Site, seed: int) -> Path:
    fleet = slow_fleet(seed, 3)
    await site.fleet(fleet.text())
    async with asking(site) as asker:
        await asker.register(fleet.devices())
    file = site.folder / "devices.txt"
    file.write_text("\n".join(fleet.devices()))
    return file


def _producer(site: Site, devices: Path, rate: float) -> Program:
    journal = str(site.folder / "journal.txt")
    where = ("--kafka", site.kafka, "--topic", site.topics.requests(), "--journal", journal)
    what = ("--devices", str(devices), "--rate", str(rate))
    return site.program("producer", "tests.faults.cluster.producer", *where, *what)


async def _at_work(system: System) -> None:
    for program in (*system.workers, system.projector, system.snapshotter, system.producer):
        await system.start(program)
    names = {worker.name for worker in system.workers}
    await until(lambda: {*system.log.owners.values()} == names, STARTS_S, "the workers did not share the partitions")
    system.say(f"three brokers and {len(names)} workers at work in {system.folder}")


@asynccontextmanager
async def _disk(site: Site, folder: Path, size: int) -> AsyncIterator[Path | None]:
    if not possible():
        yield None
        return
    await asyncio.to_thread(folder.mkdir)
    program = site.program("disk", "tests.faults.cluster.disk", str(folder), str(size))
    await asyncio.to_thread(program.start)
    try:
        await until(lambda: READY in program.words() or not program.running, STARTS_S, "no disk was mounted")
        yield folder if program.running else None
    finally:
        await asyncio.to_thread(_save_words, folder)
        await asyncio.to_thread(program.end)


def _save_words(folder: Path) -> None:
    """What the broker said, which would be gone with the disk."""
    saved = folder.with_name(f"{folder.name}-words")
    saved.mkdir()
    for file in folder.iterdir():
        if file.is_file() and file.name != BALLAST:
            shutil.copy(file, saved)


@asynccontextmanager
async def _followed(log: Log) -> AsyncIterator[None]:
    following = asyncio.create_task(_follow(log))
    try:
        yield
    finally:
        following.cancel()
        await asyncio.wait([following])


async def _follow(log: Log) -> None:
    while True:
        await log.read()
