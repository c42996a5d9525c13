"""The WhatsApp host as a worker's child process: started, greeted, started again when it ends."""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from streams.drivers.keeping import Keeper
from streams.drivers.whatsapp.lines import line_of, message_of
from streams.drivers.whatsapp.protocol import VERSION, Figures, Hello, Refused, ToHost, ToWorker, Welcome
from streams.drivers.whatsapp.watching import WATCH_S, Watch

PAUSES_S = (0.1, 5.0)
END_S = 1.5
"""How long a host may take to say goodbye for its links; it allows itself 2 s."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Program:
    """A built host, and what it is told first."""

    path: Path
    hello: Hello
    options: Sequence[str] = ()


class HostRefusedError(Exception):
    """A host must speak the worker's version, and understand what it is told first."""


class HostMissingError(Exception):
    """A WhatsApp host must have been built."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} cannot be run: `mendline whatsapp build` builds it")


class HostLine(asyncio.Protocol):
    """The worker's end of a host's socket: whole lines in, at most one write a loop turn out."""

    def __init__(self, received: Callable[[ToWorker], None], lost: Callable[[], None]) -> None:
        self._received = received
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._turn: list[bytes] = []
        self._pieces: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._lost()

    def data_received(self, data: bytes) -> None:
        *ends, rest = data.split(b"\n")
        for end in ends:
            line, self._pieces = b"".join([*self._pieces, end]), []
            self._received(message_of(line))
        if rest:
            self._pieces.append(rest)

    def say(self, message: ToHost) -> None:
        """Send a message at the end of this loop turn; it is dropped when the host is gone."""
        if not self._turn:
            asyncio.get_running_loop().call_soon(self._flush)
        self._turn.append(line_of(message))

    def _flush(self) -> None:
        turn, self._turn = self._turn, []
        if self._transport is not None:
            self._transport.writelines(turn)

    def close(self) -> None:
        """Tell the host that its worker ends."""
        if self._transport is not None:
            self._flush()
            self._transport.close()


class HostProcess:
    """Keeps one host running; it is `there` from its welcome (`entered`) until it ends (`lost`)."""

    def __init__(
        self,
        program: Program,
        received: Callable[[ToWorker], None],
        lost: Callable[[], None],
        entered: Callable[[], None] = lambda: None,
        *,
        watch_s: float = WATCH_S,
    ) -> None:
        self.there = asyncio.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.welcome: Welcome | None = None
        self._program = program
        self._received = received
        self._lost = lost
        self._entered = entered
        self._line: HostLine | None = None
        self._watch_s = watch_s
        self._watch: Watch | None = None
        self._keeper = Keeper(self._stay_or_refuse, PAUSES_S)

    @property
    def up(self) -> bool:
        """Whether a host is there that has welcomed us."""
        return self.there.is_set()

    @property
    def leaving(self) -> bool:
        """Whether no host is started any more."""
        return self._keeper.leaving

    async def open(self) -> None:
        """Start it, and wait for its welcome; raises HostMissingError and HostRefusedError."""
        try:
            await self._keeper.open()
        except BaseException:
            await self.close()
            raise

    def begin(self) -> None:
        """Start it, unless that was done: nobody waits for its welcome."""
        self._keeper.begin()

    async def close(self) -> None:
        """Let it say goodbye for all its links, bounded."""
        self.there.clear()
        await self._keeper.close(self._say_goodbye, END_S)

    def _say_goodbye(self) -> bool:
        if self._line is None:
            return False
        self._line.close()
        return True

    def say(self, message: ToHost) -> None:
        """Send a message; it is dropped while no host is there."""
        if self._line is not None:
            self._line.say(message)

    async def _stay_or_refuse(self) -> None:
        try:
            await self._stay()
        except OSError:
            self._refuse(HostMissingError(self._program.path))

    async def _stay(self) -> None:
        ours = self._start()
        try:
            await self._talk(ours)
        finally:
            await self._reap()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                # Not asyncio's own: one that is cancelled while it starts leaves a process behind.
                self.process = subprocess.Popen([self._program.path, *self._program.options], stdin=theirs.fileno())
            except OSError:
                ours.close()
                raise
        return ours

    async def _talk(self, ours: socket.socket) -> None:
        broken = asyncio.Event()
        line = HostLine(self._hear, lambda: self._break(broken))
        await asyncio.get_running_loop().create_unix_connection(lambda: line, sock=ours)
        self._line = line
        line.say(self._program.hello)
        watching = asyncio.get_running_loop().create_task(self._kill_when_mute())
        try:
            await broken.wait()
        finally:
            self._line = None
            line.close()
            watching.cancel()
            await asyncio.wait([watching])

    async def _kill_when_mute(self) -> None:
        """Kill a host that has been there and does not answer: it ends as one that crashed, and another is started."""
        await self.there.wait()
        self._watch = Watch(self.say, self._watch_s)
        await self._watch.mute()
        log.warning("WhatsApp's host answers no more, and is killed: its links are dropped, and made again when needed")
        if self.process is not None:
            self.process.kill()

    async def _reap(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        try:
            async with asyncio.timeout(END_S):
                await asyncio.to_thread(process.wait)
        except TimeoutError:
            pass
        finally:
            process.kill()
            process.wait()

    def _break(self, broken: asyncio.Event) -> None:
        was_up = self.up
        self.there.clear()
        broken.set()
        if was_up:
            self._lost()

    def _hear(self, message: ToWorker) -> None:
        match message:
            case Welcome(version=version) if version == VERSION:
                self.welcome = message
                self._enter()
            case Welcome(version=version):
                self._refuse(
                    HostRefusedError(f"the host speaks version {version}, the worker {VERSION}: build it anew")
                )
                self._part()
            case Refused(why=why):
                self._refuse(HostRefusedError(f"the WhatsApp host refused this worker: {why}"))
            case Figures() if self._watch is not None and self._watch.hear(message):
                pass
            case _:
                self._received(message)

    def _part(self) -> None:
        """Have a host end that is none of ours; the next try may find one that is."""
        if self._line is not None:
            self._line.close()

    def _enter(self) -> None:
        self._keeper.welcome()
        if not self.leaving:
            self.there.set()
            self._entered()

    def _refuse(self, error: Exception) -> None:
        if not self._keeper.refuse(error):
            log.warning("WhatsApp's host cannot start, and is tried again: %s", error)
