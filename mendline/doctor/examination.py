"""The whole examination: brokers, topics, partitions, workers, database. It reads, and changes nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from aiokafka.errors import KafkaError

from mendline.access import AccessRefusedError, check_access
from mendline.doctor.credentials import credential_findings
from mendline.doctor.database import database_findings
from mendline.doctor.deciding import lost_requests, refusals, waiting_requests
from mendline.doctor.finding import Finding, Level
from mendline.doctor.owning import owners, takeovers, void_events
from mendline.doctor.partitioning import misplaced_requests
from mendline.doctor.snapshots import snapshots
from mendline.doctor.standing_still import quarantined_devices
from mendline.doctor.tails import Tail, read_tails
from mendline.doctor.topic_settings import topic_findings, unlike_pairs
from mendline.doctor.whatsapp import whatsapp_findings
from mendline.doctor.workers import connected_workers
from mendline.errors import NotRunningError, SetupError
from mendline.running import kafka_cluster, postgres_address
from mendline.settings import Settings, credentials_file
from mendline.topics import Size, check_topics, planned_topics
from projections.catalogue import ALL_MODELS
from schemas.cluster import Cluster
from schemas.topics import STREAMS, Stream, Topics
from streams.log.topic_client import TopicClient

LIMIT_S = 60.0
PROJECTED = {model.stream for model in ALL_MODELS}
"""Streams that read models follow."""


async def examine(settings: Settings, last: int) -> list[Finding]:
    """Every finding; of each partition the `last` records are read. Raises NotRunningError."""
    cluster, topics = kafka_cluster(settings), Topics(settings.topic_prefix)
    size = Size(settings.partitions, settings.replication)
    try:
        await check_access(cluster)
        differences = await check_topics(cluster, planned_topics(topics), size)
    except AccessRefusedError as error:
        return [Finding(Level.WRONG, "brokers", str(error), "docs/operating.md, TLS and passwords")]
    except SetupError as error:
        return [Finding(Level.WRONG, "brokers", str(error), "start them, or correct MENDLINE_KAFKA")]
    findings = [Finding(Level.FINE, "brokers", f"{cluster.bootstrap} answers")]
    findings += topic_findings(differences, len(planned_topics(topics)))
    missing = {d.topic for d in differences if d.setting == "topic"}
    try:
        async with asyncio.timeout(LIMIT_S):
            return findings + await _living(settings, cluster, topics, missing, last)
    except (KafkaError, TimeoutError) as error:
        what = f"stopped answering while they were examined ({type(error).__name__})"
        return [*findings, Finding(Level.WRONG, "brokers", what, "are all of them up? see their logs")]


async def _living(settings: Settings, cluster: Cluster, topics: Topics, missing: set[str], last: int) -> list[Finding]:
    findings, ends = await connected_workers(cluster, settings.group_id), {}
    for stream in STREAMS:
        if missing.isdisjoint({topics.requests(stream), topics.events(stream)}):
            found, ends[stream] = await _of_stream(cluster, topics, stream, last)
            findings += found
    findings += await _of_database(settings, {topics.events(s): at for s, at in ends.items() if s in PROJECTED})
    if missing.isdisjoint({topics.events(), topics.snapshots}):
        findings += await snapshots(cluster, topics, settings.snapshot_every_events)
    return findings + await _of_credentials(settings) + await _of_whatsapp(settings)


async def _of_stream(
    cluster: Cluster, topics: Topics, stream: Stream, last: int
) -> tuple[list[Finding], dict[int, int]]:
    """What the stream's topics tell, and the ends of the partitions of its events."""
    # Requests first: what is asked and decided meanwhile must not look as if it waited.
    requests = await _tails(cluster, topics.requests(stream), last)
    events = await _tails(cluster, topics.events(stream), last)
    findings = partition_findings(requests, events, time.time_ns() // 1_000_000)
    return findings, {tail.partition: tail.end for tail in events}


def partition_findings(requests: Sequence[Tail], events: Sequence[Tail], now_ms: int) -> list[Finding]:
    """What the ends of a stream's partitions tell."""
    counts = {tail.topic: tail.partitions for tail in (*requests, *events)}
    return [
        *unlike_pairs(counts, [(requests[0].topic, events[0].topic)]),
        *misplaced_requests(requests, events),
        *waiting_requests(requests, events, now_ms),
        *lost_requests(requests, events),
        *refusals(events),
        *quarantined_devices(events),
        *owners(events),
        *takeovers(events, now_ms),
        *void_events(events),
    ]


async def _tails(cluster: Cluster, topic: str, last: int) -> list[Tail]:
    client = TopicClient(cluster, topic)
    try:
        return await read_tails(client, last)
    finally:
        await client.close()


async def _of_credentials(settings: Settings) -> list[Finding]:
    try:
        return await credential_findings(postgres_address(settings), credentials_file(settings))
    except NotRunningError:
        return []  # that the database was not looked at is said already


async def _of_whatsapp(settings: Settings) -> list[Finding]:
    try:
        return await whatsapp_findings(settings, postgres_address(settings))
    except NotRunningError:
        return []  # likewise


async def _of_database(settings: Settings, ends: Mapping[str, Mapping[int, int]]) -> list[Finding]:
    try:
        dsn = postgres_address(settings)
    except NotRunningError as error:
        return [Finding(Level.NOTICE, "database", "not looked at", str(error))]
    return await database_findings(dsn, ends)
