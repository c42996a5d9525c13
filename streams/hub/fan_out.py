"""Who listens to which group, and telling all of them: each frame is built once, each socket written once a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Protocol

TEXT = 0x81
"""A whole text message in one frame (RFC 6455 §5.2): FIN, opcode 1. What a server sends is not masked."""
CLOSE = 0x88
HELD_S = 0.02
"""How soon a client that did not take what it was told is tried again."""


def wire(payload: bytes, first: int = TEXT) -> bytes:
    """A WebSocket frame around its payload, as a server sends it."""
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65_536:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


class Message:
    """One frame of one group as JSON: for those who may see what is personal (`full`), and for all others."""

    __slots__ = ("_full_wire", "_masked_wire", "full", "masked")

    def __init__(self, masked: bytes, full: bytes) -> None:
        self.masked = masked
        self.full = full
        self._masked_wire: bytes | None = None
        self._full_wire: bytes | None = None

    def wire(self, audit: bool) -> bytes:
        """Its WebSocket frame, built once."""
        if audit and self.full is not self.masked:
            if self._full_wire is None:
                self._full_wire = wire(self.full)
            return self._full_wire
        if self._masked_wire is None:
            self._masked_wire = wire(self.masked)
        return self._masked_wire


class Listener(Protocol):
    """Whoever is told of a group: a session's way out. `pending` is what this turn of the loop will write to it."""

    audit: bool
    pairs: bool
    """Whether it may see what phones are to be shown."""
    streams: bool
    """Whether its frames are its own: those of a WebSocket are everybody's."""
    pending: list[bytes]

    def frame(self, message: Message) -> bytes:
        """The message as it goes over this connection."""

    def flush(self, joined: Joined) -> bool:
        """Write what is pending, at once; False: the client does not take it now, ask again a moment later."""


class Joined(dict[tuple[bytes, ...], bytes]):
    """Frames that several are told in one turn, joined once for all of them: a thousand slow readers cost as one."""

    def __missing__(self, frames: tuple[bytes, ...]) -> bytes:
        self[frames] = data = b"".join(frames)
        return data


class FanOut:
    """Groups and their listeners. All of it belongs to one event loop."""

    def __init__(self) -> None:
        self._groups: dict[str, set[Listener]] = {}
        self._dirty: list[Listener] = []
        self._held: list[Listener] = []

    def listened(self, group: str) -> bool:
        """Whether anybody listens to the group."""
        return group in self._groups

    def groups(self) -> Collection[str]:
        """Every group that anybody listens to."""
        return self._groups.keys()

    def listeners(self, group: str) -> Collection[Listener]:
        """Who listens to the group."""
        return self._groups.get(group, ())

    def join(self, group: str, listener: Listener) -> None:
        """Tell the listener of the group from here on."""
        self._groups.setdefault(group, set()).add(listener)

    def leave(self, group: str, listener: Listener) -> None:
        """Tell it no more."""
        found = self._groups.get(group)
        if found is not None:
            found.discard(listener)
            if not found:
                del self._groups[group]

    def publish(self, group: str, message: Message) -> None:
        """Tell everybody who listens, at the end of this turn: plain, since this is most of what a hub does."""
        listeners = self._groups.get(group)
        if listeners is None:
            return
        masked, full = message.wire(audit=False), message.wire(audit=True)
        dirty, idle = self._dirty, not self._dirty
        for listener in listeners:
            pending = listener.pending
            if not pending:
                dirty.append(listener)
            pending.append(listener.frame(message) if listener.streams else full if listener.audit else masked)
        if idle:
            asyncio.get_running_loop().call_soon(self.flush)

    def give(self, listener: Listener, frame: bytes) -> None:
        """Tell one, behind what it is told already."""
        if not listener.pending:
            if not self._dirty:
                asyncio.get_running_loop().call_soon(self.flush)
            self._dirty.append(listener)
        listener.pending.append(frame)

    def flush(self) -> None:
        """Write what everybody is told, one write each."""
        dirty, self._dirty = self._dirty, []
        self._flush(dirty)

    def _flush(self, listeners: list[Listener]) -> None:
        joined = Joined()
        held: list[Listener] = []
        try:
            while listeners:
                listener = listeners.pop()
                if not listener.flush(joined):
                    held.append(listener)
        finally:
            # Whatever went wrong with one, the others are still to be told.
            self._hold(held + listeners)

    def _hold(self, listeners: list[Listener]) -> None:
        if listeners and not self._held:
            asyncio.get_running_loop().call_later(HELD_S, self._flush_held)
        self._held += listeners

    def _flush_held(self) -> None:
        held, self._held = self._held, []
        self._flush(held)
