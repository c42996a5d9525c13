"""HTTP clients that all devices share: one connection each, so that finding a free one costs the same at any number.

httpcore's own pool looks at every connection for every connection whenever a request begins or ends: with 50 of them
that took four fifths of a send's time, with 200 it would hold up everybody else on the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=5)


class NoneFreeError(Exception):
    """A connection is free within its time."""


class ClientPool:
    """At most `size` clients, made when they are needed; a kept connection to the same server comes first."""

    def __init__(self, size: int, wait_s: float, times: httpx.Timeout) -> None:
        self._free = asyncio.Semaphore(size)
        self._wait_s = wait_s
        self._times = times
        self._verify = httpx.create_ssl_context()  # once: it reads all certificates
        self._made: list[httpx.AsyncClient] = []
        self._idle: dict[str, list[httpx.AsyncClient]] = {}
        self._size = size

    @asynccontextmanager
    async def client(self, server: str) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one exchange with `server`; raises NoneFreeError."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise NoneFreeError(f"all {self._size} connections are busy") from None
        client = self._taken(server)
        try:
            yield client
        finally:  # also after an error: it has closed its connection then, and makes another
            self._idle.setdefault(server, []).append(client)
            self._free.release()

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(client.aclose() for client in self._made))

    def _taken(self, server: str) -> httpx.AsyncClient:
        if kept := self._idle.get(server):
            return _last(self._idle, server, kept)
        if len(self._made) < self._size:
            return self._new()
        other, kept = next(iter(self._idle.items()))
        return _last(self._idle, other, kept)

    def _new(self) -> httpx.AsyncClient:
        client = httpx.AsyncClient(limits=ONE, timeout=self._times, follow_redirects=False, verify=self._verify)
        self._made.append(client)
        return client


def _last(idle: dict[str, list[httpx.AsyncClient]], server: str, kept: list[httpx.AsyncClient]) -> httpx.AsyncClient:
    """The client used last; of a server that has none left, nothing is kept."""
    client = kept.pop()
    if not kept:
        del idle[server]
    return client
