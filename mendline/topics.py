"""The topics in the brokers: how each is set up (log-fence: topics and brokers), made and checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from mendline.errors import TopicCreationError
from schemas.cluster import Cluster
from schemas.topics import STREAMS, Topics

DAY_MS = 24 * 60 * 60 * 1000
MINUTE_MS = 60 * 1000
ALREADY_EXISTS = 36
POLL_S = 0.05

# The producer's clock decides neither how long a record is kept nor, for events, when it happened.
BROKERS_TIME = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": str(2 * 1024 * 1024)}
FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
REQUESTS = BROKERS_TIME | {"cleanup.policy": "delete", "retention.ms": str(30 * DAY_MS)}
EVENTS = BROKERS_TIME | FOR_EVER
# Only closed segments are compacted: a smaller one closes sooner.
SNAPSHOTS = BROKERS_TIME | {
    "cleanup.policy": "compact",
    "segment.bytes": str(64 * 1024 * 1024),
    "min.cleanable.dirty.ratio": "0.1",
}
DEAD_LETTERS = BROKERS_TIME | {"cleanup.policy": "delete", "retention.ms": str(90 * DAY_MS)}
# Only closed segments expire: a segment closes after a minute.
SIGNALS = BROKERS_TIME | {
    "cleanup.policy": "delete",
    "retention.ms": str(5 * MINUTE_MS),
    "segment.ms": str(MINUTE_MS),
}


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """One topic as it has to be."""

    name: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Size:
    """How many partitions every topic has, and how many copies every partition."""

    partitions: int = 8
    replication: int = 1

    @property
    def safety(self) -> dict[str, str]:
        """The settings that keep acknowledged records through the loss of one broker."""
        in_sync = max(1, self.replication - 1)
        return {"min.insync.replicas": str(in_sync), "unclean.leader.election.enable": "false"}


EMBEDDED = Size()
UNPREFIXED = Topics()


@dataclass(frozen=True, slots=True)
class Difference:
    """A topic that is not as planned; `setting` is a broker's, `partitions`, `replication` or `topic`."""

    topic: str
    setting: str
    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class _Found:
    """One topic as the brokers have it."""

    partitions: int
    replication: int
    led: bool
    settings: dict[str, str] = field(default_factory=dict)


def planned_topics(topics: Topics = UNPREFIXED) -> tuple[TopicPlan, ...]:
    """Every topic that an installation needs."""
    of_streams = [
        plan
        for stream in STREAMS
        for plan in (TopicPlan(topics.requests(stream), REQUESTS), TopicPlan(topics.events(stream), EVENTS))
    ]
    return (
        *of_streams,
        TopicPlan(topics.snapshots, SNAPSHOTS),
        TopicPlan(topics.dead_letters, DEAD_LETTERS),
        TopicPlan(topics.device_signals, SIGNALS),
    )


async def ensure_topics(
    cluster: Cluster, plans: Sequence[TopicPlan], size: Size = EMBEDDED, timeout_s: float = 30.0
) -> None:
    """Make missing topics and wait until every partition has a leader; raises TopicCreationError."""
    async with _admin(cluster) as admin:
        made = await admin.create_topics([_new_topic(plan, size) for plan in plans])
        problems = {
            name: text or for_code(code).__name__
            for name, code, text in made.topic_errors
            if code not in (0, ALREADY_EXISTS)
        }
        if problems:
            reasons = "; ".join(sorted(set(problems.values())))
            message = f"the brokers {cluster.bootstrap} did not make {', '.join(problems)}: {reasons}"
            raise TopicCreationError(message)
        await _wait_for_leaders(admin, [plan.name for plan in plans], timeout_s)


async def check_topics(cluster: Cluster, plans: Sequence[TopicPlan], size: Size = EMBEDDED) -> list[Difference]:
    """What differs between the topics as planned and as the brokers have them."""
    names = [plan.name for plan in plans]
    async with _admin(cluster) as admin:
        found = await _described(admin, names)
        settings = await _settings(admin, found)
    return [
        difference
        for plan in plans
        for difference in _differences(plan, size, found.get(plan.name), settings.get(plan.name, {}))
    ]


def _differences(plan: TopicPlan, size: Size, found: _Found | None, settings: Mapping[str, str]) -> list[Difference]:
    if found is None:
        return [Difference(plan.name, "topic", "there", "missing")]
    counts = {"partitions": str(size.partitions), "replication": str(size.replication)}
    wanted = {**counts, **plan.settings, **size.safety}
    real = {"partitions": str(found.partitions), "replication": str(found.replication), **settings}
    return [
        Difference(plan.name, name, value, real.get(name, "unknown"))
        for name, value in wanted.items()
        if real.get(name) != value
    ]


def _new_topic(plan: TopicPlan, size: Size) -> NewTopic:
    return NewTopic(
        plan.name,
        num_partitions=size.partitions,
        replication_factor=size.replication,
        topic_configs={**plan.settings, **size.safety},
    )


async def _wait_for_leaders(admin: Any, names: Sequence[str], timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                if await _all_led(admin, names):
                    return
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        message = f"topics without a leader for {timeout_s:g} s: {', '.join(names)}; are enough brokers up?"
        raise TopicCreationError(message) from None


async def _all_led(admin: Any, names: Sequence[str]) -> bool:
    found = await _described(admin, names)
    return all(name in found and found[name].led for name in names)


async def _described(admin: Any, names: Sequence[str]) -> dict[str, _Found]:
    described = await admin.describe_topics(list(names))
    return {
        topic["topic"]: _Found(
            partitions=len(topic["partitions"]),
            replication=min(len(partition["replicas"]) for partition in topic["partitions"]),
            led=all(partition["leader"] >= 0 for partition in topic["partitions"]),
        )
        for topic in described
        if topic["error_code"] == 0 and topic["partitions"]
    }


async def _settings(admin: Any, names: Iterable[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    if not resources:
        return {}
    responses = await admin.describe_configs(resources)
    return {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for response in responses
        for resource in response.resources
    }


@asynccontextmanager
async def _admin(cluster: Cluster) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(**cluster.options())
    try:
        await admin.start()
    except KafkaError as error:
        await admin.close()
        message = f"no broker answers at {cluster.bootstrap} ({type(error).__name__}): is MENDLINE_KAFKA right?"
        raise TopicCreationError(message) from error
    try:
        yield admin
    finally:
        await admin.close()
