"""Waiting for what has to happen, with an end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

POLL_S = 0.05


class NeverHappenedError(AssertionError):
    """What a test waits for happens in time."""


async def until(happened: Callable[[], bool], timeout_s: float, otherwise: str) -> float:
    """Look until `happened`; the seconds it took. Raises NeverHappenedError."""

    async def look() -> bool:
        return happened()

    return await until_seen(look, timeout_s, otherwise)


async def until_seen(look: Callable[[], Awaitable[bool]], timeout_s: float, otherwise: str) -> float:
    """Look, waiting for each look, until one says yes; the seconds it took. Raises NeverHappenedError."""
    began = time.monotonic()
    while not await look():
        if time.monotonic() - began > timeout_s:
            raise NeverHappenedError(f"{otherwise} within {timeout_s:g} s")
        await asyncio.sleep(POLL_S)
    return time.monotonic() - began
