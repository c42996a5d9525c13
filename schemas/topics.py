"""The streams and the topics they lie in (design §2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stream:
    """A pair of topics with the same partitions: requests in, events out."""

    name: str
    key: str

    @property
    def requests(self) -> str:
        """The topic of requests, without an installation's prefix."""
        return f"{self.name}-requests"

    @property
    def events(self) -> str:
        """The topic of events, without an installation's prefix."""
        return f"{self.name}-events"


DEVICE = Stream("device", key="device_id")
CLIENT = Stream("client", key="client_id")
UNIQUENESS = Stream("uniqueness", key="value")
CONTROL = Stream("control", key="subject")
CONNECTION = Stream("connection", key="user_id")  # and `node:ID`
STREAMS = (DEVICE, CLIENT, UNIQUENESS, CONTROL, CONNECTION)
STREAMS_BY_EVENTS = {stream.events: stream for stream in STREAMS}
SNAPSHOTS = "snapshots"
DEAD_LETTERS = "dead-letters"
DEVICE_SIGNALS = "device-signals"


@dataclass(frozen=True, slots=True)
class Topics:
    """Names of the topics in one cluster; `prefix` keeps installations that share it apart."""

    prefix: str = ""

    def requests(self, stream: Stream = DEVICE) -> str:
        """The full name of a stream's requests topic."""
        return self.prefix + stream.requests

    def events(self, stream: Stream = DEVICE) -> str:
        """The full name of a stream's events topic."""
        return self.prefix + stream.events

    @property
    def dead_letters(self) -> str:
        """Records that could not be decoded, with reason and position."""
        return self.prefix + DEAD_LETTERS

    @property
    def snapshots(self) -> str:
        """Compacted snapshots of owners' states."""
        return self.prefix + SNAPSHOTS

    @property
    def device_signals(self) -> str:
        """What must not be kept: QR codes and the like."""
        return self.prefix + DEVICE_SIGNALS
