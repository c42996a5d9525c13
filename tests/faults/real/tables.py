"""The tables beside the log: level with it, equal to tables built anew, and telling the same ends."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from projections.catalogue import CLIENT_MODELS, CONNECTION_MODELS, READ_MODELS
from projections.migrations import migrate
from projections.projector import Lane, catch_up
from schemas.cluster import Cluster
from schemas.topics import CLIENT, CONNECTION, DEVICE
from tests.faults.real.asking import PARTITIONS
from tests.faults.real.log import Log
from tests.faults.real.site import Site
from tests.faults.real.waiting import until
from tests.projections.projecting import content

STATE_AFTER = {
    "send_accepted": "accepted",
    "send_rejected": "rejected",
    "send_uncertain": "uncertain",
    "send_expired": "expired",
    "send_cancelled": "cancelled",
    "send_resolved": "resolved",
}


async def until_level(postgres: str, log: Log, timeout_s: float) -> float:
    """Wait until the projector has folded all that the log has; the seconds it took."""
    await log.read_to_end()
    ends = {partition: 0 for partition in range(PARTITIONS)}
    for seen in log.events:
        ends[seen.partition] = seen.offset + 1

    def level() -> bool:
        with psycopg.connect(postgres) as connection:
            rows = connection.execute(
                "SELECT partition, min(next_offset) FROM checkpoints WHERE topic = %s GROUP BY 1", [log.events_topic]
            ).fetchall()
        return dict(rows) == ends

    return await until(level, timeout_s, "the tables did not become level with the log")


async def differences(site: Site, postgres: str, log: Log) -> list[str]:
    """What differs between the tables, tables built anew from the log, and the log."""
    with database_beside(postgres) as anew:
        await migrate(anew)
        for stream, models in ((DEVICE, READ_MODELS), (CLIENT, CLIENT_MODELS), (CONNECTION, CONNECTION_MODELS)):
            lane = Lane(Cluster(site.kafka), anew, site.topics.events(stream), range(PARTITIONS), models)
            await catch_up(lane, asyncio.Event())
        live, rebuilt = content(postgres), content(anew)
    found = [f"{name} differs from what is built anew" for name, rows in live.items() if rows != rebuilt[name]]
    found += [f"{len(live['quarantine'])} streams are in quarantine"] if live["quarantine"] else []
    told, logged = Counter(row["state"] for row in live["sends"]), ends_of_sends(log)
    return [*found, *([f"sends: tables {dict(told)}, log {dict(logged)}"] if told != logged else [])]


def ends_of_sends(log: Log) -> Counter[str]:
    """How many sends came to which end, by the log."""
    ends = {
        (seen.partition, seen.event.data["request"]): STATE_AFTER[seen.event.type] for seen in log.counted(*STATE_AFTER)
    }
    return Counter(ends.values())


@contextmanager
def database_beside(postgres: str) -> Iterator[str]:
    """A fresh database on the same server."""
    name = f"beside_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield make_conninfo(postgres, dbname=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
