"""The streams of a worker on real servers: each with its events, its requests and its owners."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from schemas.cluster import Cluster
from schemas.topics import CONNECTION, DEVICE, Stream, Topics
from streams.connection.lost_nodes import LostNodes
from streams.device.facts import Rules
from streams.drivers.port import Driver
from streams.log.clock import SystemClock
from streams.log.kafka_events import KafkaEventLog
from streams.log.kafka_intake import KafkaIntake
from streams.log.kafka_snapshots import KafkaSnapshotLog
from streams.log.ports import ReportLog
from streams.log.topic_client import TopicClient
from streams.ownership.budgets import Budgets
from streams.ownership.keyed_owner import KeyedOwner
from streams.ownership.publishing import Publish
from streams.snapshots.fitting import Fitting
from streams.snapshots.shelf import Shelf
from streams.worker.app import Part
from streams.worker.holdings import Holdings, Keyed
from streams.worker.signals import Signals
from streams.worker.terms import Identity, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Outfit:
    """What all streams of a worker share; `opened` closes what is opened for one of them."""

    cluster: Cluster
    topics: Topics
    intakes: Mapping[str, KafkaIntake]
    identity: Identity
    terms: Terms
    rules: Rules
    reports: ReportLog
    opened: AsyncExitStack

    def events(self, stream: Stream) -> KafkaEventLog:
        """A stream's events, open while the worker runs."""
        log = KafkaEventLog(self.cluster, self.topics.events(stream))
        self.opened.push_async_callback(log.close)
        return log

    def identity_to(self, stream: Stream) -> Identity:
        """Who this process is to a stream's log."""
        return self.identity.of(self.topics.events(stream), self.topics.requests(stream))


def device_part(
    outfit: Outfit, budgets: Budgets, drivers: Mapping[str, Driver], publish: Callable[[Publish], None]
) -> Part:
    """The devices: with drivers and budgets, begun with snapshots; `publish` takes what they ask of other owners."""
    events, intake = outfit.events(DEVICE), outfit.intakes[outfit.topics.requests(DEVICE)]
    records = KafkaSnapshotLog(outfit.cluster, outfit.topics.snapshots)
    outfit.opened.push_async_callback(records.close)
    signals = Signals(outfit.reports, outfit.topics.device_signals)
    outfit.opened.push_async_callback(signals.close)
    holdings = Holdings(
        outfit.identity_to(DEVICE),
        outfit.terms,
        outfit.rules,
        budgets,
        drivers,
        events,
        intake,
        outfit.reports,
        SystemClock(),
        random.Random().random,
        snapshots=Fitting(Shelf(outfit.topics.events(DEVICE), records), events),
        publish=publish,
        signal=signals.put,
    )
    return Part(DEVICE.name, holdings, intake)


def keyed_part(outfit: Outfit, stream: Stream, keyed: Keyed) -> Part:
    """A stream of keyed states: without drivers, budgets and snapshots."""
    events, intake = outfit.events(stream), outfit.intakes[outfit.topics.requests(stream)]
    holdings = Holdings(
        outfit.identity_to(stream),
        outfit.terms,
        outfit.rules,
        Budgets(),
        {},
        events,
        intake,
        outfit.reports,
        SystemClock(),
        random.Random().random,
        keyed=keyed,
    )
    return Part(stream.name, holdings, intake)


def follow_lost_nodes(outfit: Outfit, part: Part, publish: Callable[[Publish], None]) -> None:
    """While the worker runs: close what lost nodes held of the users in the partitions of `part`."""
    runners = part.holdings.runners()
    lost_nodes = LostNodes(
        TopicClient(outfit.cluster, outfit.topics.events(CONNECTION)),
        lambda: [runner.owner.states for runner in runners.values() if isinstance(runner.owner, KeyedOwner)],
        publish,
    )
    following = asyncio.get_running_loop().create_task(lost_nodes.follow())
    outfit.opened.push_async_callback(_end, following)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
