"""Clients of the hub as cheap as Python can make them, so that the hub is what is measured."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

import orjson

from mendline.event_loop import run_until_done

PATH = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
HEAD_END = b"\r\n\r\n"
CONNECTED = b'"type":"connected"'
JOINED = b'"type":"joined"'
BYE = b'"type":"bye"'
TOLD = b'"at":"'
BUSY = b"HTTP/1.1 503"
OPENING_AT_ONCE = 200
ATTACKERS = 50
PING_EVERY_S = 30
LITTLE_BYTES = 4096
Take = Callable[[bytes], None]


class Live(asyncio.Protocol):
    """One connection. connected: once it is live and in its groups; count: events that it was told since."""

    def __init__(self, token: str, groups: Sequence[str] = ()) -> None:
        loop = asyncio.get_running_loop()
        self.connected: asyncio.Future[None] = loop.create_future()
        self.over: asyncio.Future[None] = loop.create_future()
        self.bye = b""
        self.count = 0
        self.take: Take | None = None
        self._joins = len(groups)
        self._hello = frame({"type": "connect", "token": token, "join": [{"group": group} for group in groups]})
        self._begun = b""
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Upgrade."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]  # uvloop's are not asyncio's
        self._transport.write(PATH)  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        """Count, once it is live."""
        if not self.connected.done():
            self._begin(data)
        elif self.take is not None:
            self.take(data)
        else:
            data = self._rest + data
            self.count += data.count(TOLD)
            self._rest = data[-len(TOLD) + 1 :]
            if BYE in data:
                self.bye = data

    def connection_lost(self, _: Exception | None) -> None:
        """The socket has ended."""
        for future in (self.connected, self.over):
            if not future.done():
                future.set_result(None)

    def ping(self) -> None:
        """A sign of life: whoever is silent for two minutes is closed."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(PING)

    def deaf(self) -> None:
        """Read nothing more, and let the system take little."""
        assert self._transport is not None
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE_BYTES)
        self._transport.pause_reading()

    def hear_again(self) -> None:
        """Read what there is."""
        assert self._transport is not None
        self._transport.resume_reading()

    def close(self) -> None:
        """Be gone."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def turned_away(self) -> bool:
        """Whether too many came at once."""
        return self._begun.startswith(BUSY)

    @property
    def live(self) -> bool:
        """Whether it is, as far as the client was told."""
        return CONNECTED in self._begun and not self.bye and not self.over.done()

    def _begin(self, data: bytes) -> None:
        had = HEAD_END in self._begun
        self._begun += data
        if not had and HEAD_END in self._begun:
            self._transport.write(self._hello)  # type: ignore[union-attr]
        if BYE in self._begun:
            self.bye = self._begun
        if self.bye or (CONNECTED in self._begun and self._begun.count(JOINED) == self._joins):
            self.connected.set_result(None)


def frame(content: object) -> bytes:
    """A text frame as a client sends it; masked by zeros, which is a mask, too (RFC 6455 §5.3)."""
    payload = orjson.dumps(content)
    return b"\x81" + bytes((0x80 | 126,)) + len(payload).to_bytes(2, "big") + bytes(4) + payload


PING = frame({"type": "ping"})


async def pinging(clients: Sequence[Live]) -> None:
    """Every half a minute, for as long as it is not cancelled."""
    while True:
        await asyncio.sleep(PING_EVERY_S)
        for client in clients:
            client.ping()


async def open_one(port: int, token: str, groups: Sequence[str] = ()) -> Live:
    """A connection, live or refused."""
    loop = asyncio.get_running_loop()
    _, live = await loop.create_connection(lambda: Live(token, groups), "127.0.0.1", port)
    await live.connected
    return live


async def open_many(port: int, wanted: Sequence[tuple[str, Sequence[str]]]) -> list[Live]:
    """A connection for each token and its groups, some at a time."""
    room = asyncio.Semaphore(OPENING_AT_ONCE)

    async def one(token: str, groups: Sequence[str]) -> Live:
        async with room:
            return await open_one(port, token, groups)

    return list(await asyncio.gather(*(one(token, groups) for token, groups in wanted)))


def quantiles_ms(took: Sequence[float]) -> dict[str, float]:
    """p50, p99 and the longest."""
    ordered = sorted(took)
    shares = {"p50_ms": 0.5, "p99_ms": 0.99}
    found = {name: round(ordered[int(len(ordered) * share)] * 1000, 1) for name, share in shares.items()}
    return found | {"max_ms": round(ordered[-1] * 1000, 1), "times": len(ordered)}


async def until(reached: Callable[[], bool], within_s: float) -> float | None:
    """How many seconds it took; None: it did not come."""
    began = time.perf_counter()
    while not reached():  # nothing tells of it
        if time.perf_counter() - began > within_s:
            return None
        await asyncio.sleep(0.002)
    return time.perf_counter() - began


async def attack(port: int, shown: str) -> Counter[str]:
    """Connect with this token as fast as fifty clients can, until something comes on standard input."""
    counts: Counter[str] = Counter()
    enough = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), enough.set)
    attacking = [asyncio.create_task(_attack(port, shown, counts)) for _ in range(ATTACKERS)]
    await enough.wait()
    for task in attacking:
        task.cancel()
    await asyncio.gather(*attacking, return_exceptions=True)
    return counts


async def _attack(port: int, shown: str, counts: Counter[str]) -> None:
    while True:
        one = await open_one(port, shown)
        counts["refused" if one.bye else "turned_away" if one.turned_away else "cut"] += 1
        one.close()


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(run_until_done(attack(int(sys.argv[1]), sys.argv[2]))).decode())
