"""Checks a real log: what `mendline verify` runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from mendline.verify.check import Verification
from mendline.verify.ledger import Entry, read_ledger
from mendline.verify.limits import Limits
from mendline.verify.partition import PartitionCheck
from mendline.verify.reader import LogUnreadableError, TopicReader, open_reader
from mendline.verify.report import Report
from schemas.cluster import Cluster
from schemas.topics import DEVICE, STREAMS, Stream, Topics

Progress = Callable[[str, int, int], None]
"""Called with the topic and the partition that are being read, and how many it has."""


async def verify(
    cluster: Cluster,
    topics: Topics,
    ledger_path: Path | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Report:
    """Hold the log, as it is now, and a ledger of what left, against every rule.

    The ledger is read before the ends are taken: of all that it tells, the log already has the intent.
    Raises LogUnreadableError and LedgerUnreadableError.
    """
    ledger = None if ledger_path is None else [*read_ledger(ledger_path)]
    report = await _verify_stream(cluster, topics, DEVICE, ledger, limits, progress)
    for stream in STREAMS:
        if stream is not DEVICE:
            other = await _verify_stream(cluster, topics, stream, None, limits, progress)
            report = report.beside(f"{stream.name}_stream", other)
    return report


async def _verify_stream(
    cluster: Cluster,
    topics: Topics,
    stream: Stream,
    ledger: Iterable[Entry] | None,
    limits: Limits | None,
    progress: Progress | None,
) -> Report:
    async with (
        open_reader(cluster, topics.events(stream), "read_uncommitted") as events,
        open_reader(cluster, topics.requests(stream), "read_committed") as requests,
    ):
        _mind_partitions(events, requests)
        await events.fix_bounds()
        await requests.fix_bounds()  # after the events' ends: no request that they decide lies behind its own end
        verification = Verification(events.partitions, topics, ledger, limits, stream)
        for partition in range(events.partitions):
            if progress is not None:
                progress(events.topic, partition, events.partitions)
            check = verification.begin(
                partition, requests_begin=requests.begins[partition], events_begin=events.begins[partition]
            )
            await _read(check, partition, events, requests)
            verification.finish(check)
        return verification.report()


def _mind_partitions(events: TopicReader, requests: TopicReader) -> None:
    if events.partitions != requests.partitions:
        message = (
            f"{requests.topic} has {requests.partitions} partitions and {events.topic} has {events.partitions}: "
            "they must have the same; run mendline doctor"
        )
        raise LogUnreadableError(message)


async def _read(check: PartitionCheck, partition: int, events: TopicReader, requests: TopicReader) -> None:
    """Feed one partition to its check; requests are read as its events ask for them, so neither piles up."""
    events.turn_to(partition)
    requests.turn_to(partition)
    while not events.done or not requests.done:
        if (check.waits or events.done) and not requests.done:
            found = await requests.more()
            check.requests(found, requests.position)
        elif events.done:
            break
        else:
            check.events(await events.more())
            if requests.done:
                check.requests((), None)
