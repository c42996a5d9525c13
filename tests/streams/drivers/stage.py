"""What the contract suite needs beside a driver: the other end, and a memory of what the driver says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Protocol

from schemas.device.body import Body
from schemas.device.outcomes import LinkReport
from schemas.device.pairing import Signal
from streams.drivers.port import Ask, Close, Connect, Driver, Effect, Outcome, Send

TO = "15550100"
BODY = Body(text="hello")
PATIENCE_S = 5


class OtherEnd(Protocol):
    """The receivers behind a driver, as a test sees and moves them."""

    async def left(self, message_id: str) -> int:
        """How many copies of a message its receiver has got."""

    async def drop(self, device_id: str) -> None:
        """Let the device's link drop."""


class Stage:
    """A driver under test, its device, and all that it has said."""

    def __init__(self, driver: Driver, other_end: OtherEnd, device_id: str, credential: str | None = None) -> None:
        self.credential = credential
        self.driver = driver
        self.other_end = other_end
        self.device_id = device_id
        self.jid = "62811@simulated"
        self.reports: list[tuple[str, int, LinkReport | Signal]] = []
        self.answers = 0
        self._heard = asyncio.Event()
        self._links = count(1)
        self._messages = count(1)
        driver.listen(self._hear)

    async def run(self, effect: Effect) -> Outcome:
        """Start an effect and wait for its outcome."""
        return await asyncio.wait_for(self.begin(effect), PATIENCE_S)

    def begin(self, effect: Effect) -> asyncio.Future[Outcome]:
        """Start an effect; its outcome is the future's result, and a second answer an error."""
        answered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.driver.start(effect, self._counted(answered.set_result))
        return answered

    async def up(self) -> int:
        """Connect the device; gives the link's number."""
        link = next(self._links)
        await self.run(Connect(self.device_id, link))
        return link

    def connect(self) -> Connect:
        """A connect with a number of its own."""
        return Connect(self.device_id, next(self._links))

    def close(self, link: int) -> Close:
        """The end of a link."""
        return Close(self.device_id, link)

    def send(self, link: int | None, *, message_id: str = "", attempt: int = 1, to: str = TO) -> Send:
        """A send, of a new message unless one is named."""
        name = message_id or f"message-{next(self._messages)}"
        return Send(self.device_id, link, self.own(name), attempt, to, BODY, self.credential)

    def repeat(self, link: int, message_id: str) -> Send:
        """A second attempt of a message that somebody else named."""
        return Send(self.device_id, link, message_id, 2, TO, BODY)

    def own(self, message_id: str) -> str:
        """The message id as no other stage uses it: message ids are unique in an installation."""
        return f"{message_id}@{self.device_id}"

    def ask(self, message_id: str) -> Ask:
        """The question what became of a message."""
        return Ask(self.device_id, None, self.own(message_id), 2, TO, self.credential)

    async def said(self, report: type[LinkReport | Signal]) -> LinkReport | Signal:
        """Wait for a report of that type."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for _, _, said in self.reports:
                    if isinstance(said, report):
                        return said
                self._heard.clear()
                await self._heard.wait()

    def _counted(self, answer: Callable[[Outcome], None]) -> Callable[[Outcome], None]:
        def done(outcome: Outcome) -> None:
            self.answers += 1
            answer(outcome)

        return done

    def _hear(self, device_id: str, link: int, said: LinkReport | Signal) -> None:
        self.reports.append((device_id, link, said))
        self._heard.set()
