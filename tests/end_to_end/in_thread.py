"""A part of Mendline that runs on an event loop in a thread of its own, beside a test's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from mendline.event_loop import EventLoop

START_S = 60.0
Run = Callable[[threading.Event, asyncio.Event], Coroutine[Any, Any, None]]
"""Runs it: sets the first event when it has started, and ends when the second one is set."""


@contextmanager
def running_in_thread(run: Run) -> Iterator[None]:
    """It has started, and runs while the context lasts; what it raises is raised here."""
    started = threading.Event()
    failed: list[BaseException] = []
    stopping: list[Callable[[], object]] = []

    async def until_stopped() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        stopping.append(lambda: loop.call_soon_threadsafe(stop.set))
        await run(started, stop)

    def work() -> None:
        try:
            with asyncio.Runner(loop_factory=EventLoop) as runner:
                runner.run(until_stopped())
        except BaseException as error:
            failed.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert started.wait(START_S)
        if not failed:
            yield
    finally:
        for stop in stopping:
            stop()
        thread.join(START_S)
    if failed:
        raise failed[0]
