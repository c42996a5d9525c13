"""The contract, kept by coroutines behind the adapter, and what the adapter makes of their errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from schemas.device.outcomes import (
    Accepted,
    Advanced,
    Connected,
    ConnectOutcome,
    Dropped,
    SendOutcome,
    Uncertain,
    Unreachable,
)
from streams.drivers.asynchronous import AsynchronousDriver, Say
from streams.drivers.port import Ask, Close, Connect, Send, Traits
from tests.streams.drivers.contract import ForgetfulDriver, LinkedDriver
from tests.streams.drivers.stage import Stage

LINKED = Traits(linked=True, drops_repeats=False, answers_asks=False)


class Echo:
    """A device in coroutines that takes everything; its own other end."""

    def __init__(self) -> None:
        self.taken: list[Send] = []
        self.error: Exception | None = None
        self.connect_s = 0.01
        self._says: dict[str, Say] = {}

    async def open(self) -> None:
        await asyncio.sleep(0)

    async def send(self, send: Send) -> SendOutcome:
        await asyncio.sleep(0.002)
        if self.error is not None:
            raise self.error
        self.taken.append(send)
        return Accepted()

    async def ask(self, ask: Ask) -> SendOutcome:
        return Uncertain(reason="cannot_be_asked")

    async def connect(self, connect: Connect, say: Say) -> ConnectOutcome:
        say(Advanced(step="dialled"))
        await asyncio.sleep(self.connect_s)
        if self.error is not None:
            raise self.error
        self._says[connect.device_id] = say
        return Connected()

    async def close(self, close: Close) -> None:
        await asyncio.sleep(0)

    def knows_chat(self, device_id: str, to: str) -> bool:
        return any((send.device_id, send.to) == (device_id, to) for send in self.taken)

    async def release(self) -> None:
        await asyncio.sleep(0)

    async def left(self, message_id: str) -> int:
        return [send.message_id for send in self.taken].count(message_id)

    async def drop(self, device_id: str) -> None:
        self._says[device_id](Dropped(reason="cut"))


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def stage(echo: Echo) -> AsyncIterator[Stage]:
    stage = Stage(AsynchronousDriver("echo", LINKED, echo), echo, "echo-1")
    await stage.driver.open()
    yield stage
    await stage.driver.close()


class TestAsynchronousDriver(LinkedDriver, ForgetfulDriver):
    pass


async def test_send_that_raised_is_uncertain(stage: Stage, echo: Echo, link: int) -> None:
    echo.error = OSError()
    assert await stage.run(stage.send(link)) == Uncertain(reason="OSError")


async def test_connect_that_raised_is_unreachable(stage: Stage, echo: Echo) -> None:
    echo.error = OSError()
    assert await stage.run(stage.connect()) == Unreachable(reason="OSError")


async def test_connect_that_would_take_for_ever_ends_when_its_link_is_closed(stage: Stage, echo: Echo) -> None:
    echo.connect_s = 3600
    connect = stage.connect()
    answered = stage.begin(connect)
    await stage.run(stage.close(connect.link))
    assert await asyncio.wait_for(answered, 1) == Unreachable(reason="closed")


async def test_report_about_a_closed_link_is_kept_back(stage: Stage, echo: Echo, link: int) -> None:
    await stage.run(stage.close(link))
    await echo.drop(stage.device_id)
    assert Dropped(reason="cut") not in [said for _, _, said in stage.reports]


async def test_ask_goes_through(stage: Stage) -> None:
    assert await stage.run(stage.ask("m")) == Uncertain(reason="cannot_be_asked")
