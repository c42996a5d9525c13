"""One node of the hub: what its connections share, opened in order, and the server around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from mendline.data_folder import Identity
from mendline.hub.campaigns import campaigns_in
from mendline.listening import listening, room_for_connections
from mendline.settings import Settings, hub_address
from mendline.telemetry.hub import HubTelemetry
from mendline.telemetry.serving import serving as telling
from schemas.cluster import Cluster
from schemas.topics import CONNECTION, Topics
from streams.gateway.appender import Appender
from streams.hub.asking import Asking
from streams.hub.being_seen import being_seen
from streams.hub.fan_out import FanOut
from streams.hub.feed import Feed
from streams.hub.following import following_feed
from streams.hub.house import House
from streams.hub.hub import Hub
from streams.hub.limits import Limits
from streams.hub.reach import CampaignsOf, Following, Log, reach_of
from streams.hub.registry import Registry, following_connections
from streams.hub.server import serving
from streams.hub.signals import following_signals
from streams.hub.tokens import Tokens

LAST_S = 3.0
"""For what is being told to the log when the node ends."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node finds the log, which installation it belongs to, and where read models are, if it may ask them."""

    cluster: Cluster
    installation: Identity
    postgres: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A node that follows the log."""

    hub: Hub
    registry: Registry
    following: Following

    def not_ready(self) -> Sequence[str]:
        """Why nobody can be connected, or would not be told in time; empty: everybody can."""
        return (*self.registry.not_ready(), *self.following.not_ready())


@asynccontextmanager
async def opened(settings: Settings, place: Place, limits: Limits) -> AsyncIterator[Opened]:
    """A node that follows the log and is known to it, while the context lasts."""
    topics = Topics(settings.topic_prefix)
    tokens = Tokens(place.installation.installation_id, place.installation.installation_key)
    async with aclosing(Appender(place.cluster, topics)) as appender:
        asking = Asking(partial(appender.append, CONNECTION))
        fan_out = FanOut()
        feed = Feed(fan_out)
        hub = Hub(tokens, feed, fan_out, asking, limits)
        try:
            async with (
                campaigns_in(place.postgres) as campaigns,
                following_feed(_log(place, topics, campaigns), feed, reach_of(settings.hub_history_mb)) as followed,
                following_connections(place.cluster, topics, hub) as registry,
                following_signals(place.cluster, topics, hub.signals),
                being_seen(hub, asking, hub_address(settings)),
            ):
                yield Opened(hub, registry, followed)
        finally:
            await asking.settle(LAST_S)


def _log(place: Place, topics: Topics, campaigns: CampaignsOf | None) -> Log:
    return Log(place.cluster, topics, place.installation.installation_id, campaigns)


async def serve(
    settings: Settings, place: Place, stop: Callable[[], asyncio.Event], limits: Limits | None = None
) -> None:
    """Hold connections until what `stop` gives is set; then tell them to come back. Raises ServerStartError.

    stop: is called once there are connections to say goodbye to; until then signals end what waits for brokers.
    """
    within = limits or Limits(
        connections=room_for_connections(settings.hub_connections), connects_per_s=settings.hub_connects_per_s
    )
    with listening(settings.hub_host, settings.hub_port, "the hub", "MENDLINE_HUB_PORT") as listener:
        async with opened(settings, place, within) as node:
            house = House(node.hub, node.not_ready, origins(settings))
            async with telling(settings, HubTelemetry(node.hub, node.not_ready)), serving(house, listener):
                await stop().wait()


def origins(settings: Settings) -> Sequence[str]:
    """The pages that may connect; none: all."""
    return settings.hub_origins.split(",") if settings.hub_origins else ()
