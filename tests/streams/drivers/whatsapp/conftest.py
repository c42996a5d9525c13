"""The driver over the real host, and the stand-in behind it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from mendline.whatsapp.build import Programs
from streams.drivers.port import Connect, Told
from streams.drivers.whatsapp.driver import WhatsAppDriver
from streams.drivers.whatsapp.host_process import Program
from streams.drivers.whatsapp.protocol import VERSION, Hello
from tests.streams.drivers.stage import Stage
from tests.streams.drivers.whatsapp.stand_in import StandIn, running

DEVICE = "phone-00001"
PATIENCE_S = 10
Playing = Callable[[str], StandIn]


class PairedStage(Stage):
    """A stage whose device has been paired."""

    def __init__(self, driver: WhatsAppDriver, stand_in: StandIn, jid: str) -> None:
        super().__init__(driver, stand_in, DEVICE)
        self.stand_in = stand_in
        self.whatsapp = driver
        self.jid = jid
        self._numbers = count(1)

    def connect(self) -> Connect:
        """A connect with a number of its own."""
        return Connect(self.device_id, next(self._numbers), self.jid)

    async def up(self) -> int:
        """Connect the device; gives the link's number."""
        connect = self.connect()
        await self.run(connect)
        return connect.link

    async def kill_host(self) -> None:
        """Kill the host as the system does when memory is short."""
        process = self.whatsapp.host.process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)


@pytest.fixture
def playing(programs: Programs, postgres: str, tmp_path: Path) -> Iterator[Playing]:
    """Runs a stand-in that plays a script."""
    with ExitStack() as ends:
        yield lambda script: ends.enter_context(running(programs.stand_in, tmp_path, postgres, 1, script))


class Recorder:
    """A log that is as quick as a test says. told: what drivers told it; slow: it says of nothing that it is there."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.slow = False
        self._came = asyncio.Event()

    def record(self, _device_id: str, told: Told, recorded: Callable[[], None]) -> None:
        """Take it."""
        self.told.append(told)
        self._came.set()
        if not self.slow:
            recorded()

    async def has(self, count: int) -> list[Told]:
        """Wait until so much was told."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.told) < count:
                self._came.clear()
                await self._came.wait()
        return self.told


@pytest.fixture
def recorder() -> Recorder:
    """Where drivers have recorded what WhatsApp says by itself."""
    return Recorder()


@pytest.fixture
def opened(programs: Programs, postgres: str, recorder: Recorder) -> Callable[[StandIn], WhatsAppDriver]:
    """Makes a driver whose host talks to that stand-in."""

    def made(stand_in: StandIn) -> WhatsAppDriver:
        hello = Hello(
            version=VERSION, worker="w1", database=postgres, stand_in=stand_in.address, stand_in_root=stand_in.root
        )
        program = Program(programs.host, hello, ("--stand-in",))
        return WhatsAppDriver(program, recorder.record, connect_ms=4000, answer_ms=1000)

    return made


@pytest.fixture
async def playing_stage(
    playing: Playing, opened: Callable[[StandIn], WhatsAppDriver]
) -> AsyncIterator[Callable[[str], PairedStage]]:
    """Gives a stage, not opened yet, whose stand-in plays a script."""
    drivers = []

    def made(script: str) -> PairedStage:
        stand_in = playing(script)
        drivers.append(driver := opened(stand_in))
        return PairedStage(driver, stand_in, stand_in.jids[0])

    yield made
    for driver in drivers:
        await driver.close()


@pytest.fixture
async def stage(playing_stage: Callable[[str], PairedStage]) -> PairedStage:
    """A driver that is open, its host and a stand-in in which all goes well."""
    made = playing_stage("")
    await made.driver.open()
    return made


@pytest.fixture
async def link(stage: PairedStage) -> int:
    """A link that is up."""
    return await stage.up()
