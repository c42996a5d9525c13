"""What becomes of effects while a host does not come: its database is away, say."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schemas.device.body import Body
from schemas.device.outcomes import NotConnected, Unreachable
from schemas.device.pairing import PairingFailed
from streams.drivers.catalogue import WhatsAppHost
from streams.drivers.port import Close, Connect, Effect, Outcome, Pair, Send, Unpair
from streams.drivers.whatsapp.driver import WhatsAppDriver
from streams.drivers.whatsapp.host_process import Program
from streams.drivers.whatsapp.hosted import whatsapp_driver
from streams.drivers.whatsapp.protocol import VERSION, Hello

SILENT = Path("/bin/sleep")
HELLO = Hello(version=VERSION, worker="w1", database="")
CONNECT = Connect("d1", 1, "1:1@s.whatsapp.net")
SEND = Send("d1", 1, "m1", 1, "62811", Body(text="Halo"))


async def opened(program: Program) -> WhatsAppDriver:
    """A driver whose host is started by what needs it."""
    driver = WhatsAppDriver(program, connect_ms=400, at_once=False)
    await driver.open()
    return driver


@pytest.fixture
async def driver() -> AsyncIterator[WhatsAppDriver]:
    """One whose host never says that it is there."""
    driver = await opened(Program(SILENT, HELLO, ("60",)))
    yield driver
    await driver.close()


def begun(driver: WhatsAppDriver, effect: Effect) -> asyncio.Future[Outcome]:
    """What will come of it."""
    answered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    driver.start(effect, answered.set_result)
    return answered


async def test_a_connect_waits_as_long_as_it_may_take(driver: WhatsAppDriver) -> None:
    began = asyncio.get_running_loop().time()
    outcome = await begun(driver, CONNECT)
    took_s = asyncio.get_running_loop().time() - began

    assert outcome == Unreachable(reason="host_away")
    assert 0.3 < took_s < 2


async def test_what_needs_a_link_starts_no_host_and_waits_for_none(driver: WhatsAppDriver) -> None:
    assert await begun(driver, SEND) == NotConnected()
    assert await begun(driver, Close("d1", 1)) is None
    assert driver.host.process is None


async def test_a_pairing_waits_no_longer_than_a_connect(driver: WhatsAppDriver) -> None:
    assert await begun(driver, Pair("d1", 7, "qr")) == PairingFailed(why="host_away")


async def test_a_close_ends_a_connect_that_waits(driver: WhatsAppDriver) -> None:
    other = begun(driver, Connect("d2", 1, "2:1@s.whatsapp.net"))
    connect = begun(driver, CONNECT)
    assert await begun(driver, Close("d1", 1)) is None

    assert connect.done()
    assert await connect == Unreachable(reason="closed")
    assert await other == Unreachable(reason="host_away")


async def test_an_unpairing_ends_a_pairing_that_waits(driver: WhatsAppDriver) -> None:
    pairing = begun(driver, Pair("d1", 7, "qr"))
    begun(driver, Unpair("d1", 7))

    assert await pairing == PairingFailed(why="closed")


async def test_a_driver_that_closes_lets_nothing_wait(driver: WhatsAppDriver) -> None:
    connect = begun(driver, CONNECT)
    await driver.close()

    assert await connect == Unreachable(reason="closed")
    assert await begun(driver, CONNECT) == Unreachable(reason="host_away")


async def test_a_host_that_is_missing_is_told_of_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    driver = await opened(Program(tmp_path / "host", HELLO))
    with caplog.at_level(logging.WARNING):
        await begun(driver, CONNECT)
    await driver.close()

    assert "mendline whatsapp build" in caplog.text


async def test_a_worker_does_not_wait_for_a_host_that_no_device_needs_yet() -> None:
    driver = whatsapp_driver(WhatsAppHost(SILENT, "postgresql://nowhere"), "w1")
    async with asyncio.timeout(1):
        await driver.open()

    assert driver.host.process is None
