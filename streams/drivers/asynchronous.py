"""Makes a driver out of coroutines; a task an effect costs about 10 µs, so the fastest drivers do without."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol, assert_never

from schemas.device.outcomes import (
    Advanced,
    Connected,
    ConnectOutcome,
    LinkReport,
    NotConnected,
    SendOutcome,
    Unreachable,
)
from schemas.device.pairing import PairingFailed
from streams.drivers.parting import parting
from streams.drivers.port import Ask, Close, Connect, Done, Effect, Outcome, Pair, Report, Send, Traits, Unpair

CLOSE_S = 1.5
Say = Callable[[LinkReport], None]
"""What a coroutine calls to report about the link it made, at any time until the link is closed."""


class Calls(Protocol):
    """What an asynchronous driver has to know; whatever it raises is an uncertain send or an unreachable link.

    A platform without links leaves `connect` and `close` unused.
    """

    async def open(self) -> None:
        """Acquire what the calls need."""

    async def send(self, send: Send) -> SendOutcome:
        """Send, and say what came of it."""

    async def ask(self, ask: Ask) -> SendOutcome:
        """Say what became of a message."""

    async def connect(self, connect: Connect, say: Say) -> ConnectOutcome:
        """Make a link; cancelled when the link is closed meanwhile."""

    async def close(self, close: Close) -> None:
        """Take down whatever is left of a link."""

    def knows_chat(self, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""

    async def release(self) -> None:
        """Release what `open` acquired, links included."""


Key = tuple[str, int | None]


class AsynchronousDriver:
    """The driver port over coroutines: one task an effect."""

    def __init__(self, name: str, traits: Traits, calls: Calls) -> None:
        self.name = name
        self.traits = traits
        self._calls = calls
        self._report: Report | None = None
        self._running: dict[asyncio.Task[Outcome], tuple[Done, Effect]] = {}
        self._connects: dict[Key, asyncio.Task[Outcome]] = {}
        self._up: set[Key] = set()

    def listen(self, report: Report) -> None:
        """Say where reports about links go."""
        self._report = report

    def start(self, effect: Effect, done: Done) -> None:
        """Begin `effect`; `done` gets its outcome."""
        task = asyncio.get_running_loop().create_task(self._outcome(effect))
        self._running[task] = (done, effect)
        if isinstance(effect, Connect):
            self._connects[effect.device_id, effect.link] = task
        elif isinstance(effect, Close):
            self._part(effect)
        # As the task's callback, because a task that is cancelled before its first step runs none of its own code.
        task.add_done_callback(self._ended)

    def healthy(self, device_id: str, link: int) -> bool:
        """Whether the link came up, and nothing was heard of its end."""
        return (device_id, link) in self._up

    def knows_chat(self, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""
        return self._calls.knows_chat(device_id, to)

    async def open(self) -> None:
        """Acquire what the calls need."""
        await self._calls.open()

    async def close(self) -> None:
        """Cancel what runs, answer it, and release everything; raises TimeoutError when that takes too long."""
        self._up.clear()
        self._connects.clear()
        tasks = [*self._running]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S / 2)
        for task in tasks:
            self._answer(task, lambda effect: parting(effect, "closed"))
        async with asyncio.timeout(CLOSE_S / 2):
            await self._calls.release()

    def _part(self, close: Close) -> None:
        key = (close.device_id, close.link)
        self._up.discard(key)
        connect = self._connects.pop(key, None)
        if connect is not None:
            connect.cancel()

    async def _outcome(self, effect: Effect) -> Outcome:
        match effect:
            case Send() if self.traits.linked and (effect.device_id, effect.link) not in self._up:
                return NotConnected()
            case Send():
                return await self._calls.send(effect)
            case Ask():
                return await self._calls.ask(effect)
            case Connect():
                return await self._calls.connect(effect, partial(self._say, effect))
            case Close():
                await self._calls.close(effect)
                return None
            case Pair():
                return PairingFailed(why="not_supported")
            case Unpair():
                return None
            case _:
                assert_never(effect)

    def _say(self, connect: Connect, said: LinkReport) -> None:
        key = (connect.device_id, connect.link)
        if key not in self._connects and key not in self._up:
            return
        if not isinstance(said, Advanced):
            self._up.discard(key)
        if self._report is not None:
            self._report(connect.device_id, connect.link, said)

    def _ended(self, task: asyncio.Task[Outcome]) -> None:
        error = None if task.cancelled() else task.exception()
        if task.cancelled():
            self._answer(task, lambda effect: parting(effect, "closed"))
        elif error is not None:
            self._answer(task, lambda effect: parting(effect, type(error).__name__))
        else:
            self._answer(task, lambda _: task.result())

    def _answer(self, task: asyncio.Task[Outcome], outcome_of: Callable[[Effect], Outcome]) -> None:
        waiting = self._running.pop(task, None)
        if waiting is not None:
            done, effect = waiting
            outcome = outcome_of(effect)
            done(self._known(effect, outcome) if isinstance(effect, Connect) else outcome)

    def _known(self, connect: Connect, outcome: Outcome) -> Outcome:
        """Take notice of how a connect ended, unless its link was closed before."""
        key = (connect.device_id, connect.link)
        if self._connects.pop(key, None) is None:
            return Unreachable(reason="closed")
        if isinstance(outcome, Connected):
            self._up.add(key)
        return outcome
