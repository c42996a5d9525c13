"""A hub node's metrics and health, read off what it holds when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from mendline.telemetry import catalogue as c
from mendline.telemetry.serving import new_registry
from schemas.hub.close_codes import CloseCode
from streams.hub.hub import Hub

BY_CLIENT = "client"


class HubTelemetry(Collector):
    """What a node of the hub tells of itself."""

    def __init__(self, hub: Hub, not_ready: Callable[[], Sequence[str]]) -> None:
        self.registry = new_registry()
        self.registry.register(self)
        self.not_ready = not_ready
        self._hub = hub

    def describe(self) -> Sequence[Metric]:
        """Nothing is collected when this is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric as it is now."""
        hub, figures = self._hub, self._hub.figures
        yield c.HUB_CONNECTIONS.of([(("live",), hub.live), (("other",), len(hub.sessions) - hub.live)])
        yield c.HUB_OPENED.of([((), figures.opened)])
        yield c.HUB_TURNED_AWAY.of([((), figures.turned_away)])
        yield c.HUB_CLOSED.of(((_named(code),), count) for code, count in figures.closed.items())
        yield c.HUB_TOKENS.of(((result,), count) for result, count in figures.tokens.items())
        yield c.HUB_FRAMES.of([((), figures.frames)])
        yield c.HUB_BYTES.of([((), figures.bytes)])
        yield c.HUB_UNSENT.of([((), sum(session.unsent() for session in hub.sessions.values()))])


def _named(code: int) -> str:
    return CloseCode(code).reason if code else BY_CLIENT
