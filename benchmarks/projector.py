"""How fast read models follow the log: python -m benchmarks.projector (--parts catch-up, rebuild, lag).

catch-up: events/s that the projector folds into all read models, by the wall clock and by its own core's time; beside
it what every process takes an event. rebuild: the same of dropping and folding one read model, by several processes.
lag: how long after its append an event stands in all tables, while events come steadily. The log: benchmarks/event_log.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import orjson
import psutil
import uvloop

from benchmarks.event_log import Appended, append_steadily, encoded, write
from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.postgres import PostgresServer
from mendline.settings import load_settings
from mendline.topics import ensure_topics, planned_topics
from projections.catalogue import READ_MODELS
from projections.follower import Progress
from projections.migrations import migrate
from projections.projector import run_projector
from projections.rebuild import rebuild
from schemas.cluster import Cluster
from schemas.topics import Topics

Seen = list[tuple[float, dict[int, int]]]
"""When which positions were committed, Unix time."""


@contextmanager
def told(what: str, events: int) -> Iterator[None]:
    """Print how many events a second were worked off inside, and what each took of whom."""
    before, began, own = used_s(), time.perf_counter(), time.process_time()
    yield
    wall, own = time.perf_counter() - began, time.process_time() - own
    each = {name: (s - before.get(name, 0.0)) / events * 1e6 for name, s in used_s().items()}
    parts = ", ".join(f"{name} {us:.1f}" for name, us in sorted(each.items()))
    rate = f"{events / wall:,.0f} events/s ({events / own:,.0f} by this process's own time)"
    own_us, wall_us = own / events * 1e6, wall / events * 1e6
    print(f"{what}: {rate}; us an event: wall {wall_us:.1f}, own {own_us:.1f}, {parts}; JSON alone {parsing_us():.1f}")


def parsing_us() -> float:
    """Microseconds to read the JSON of one event, here and now: the machine's own speed moves."""
    values = [value for _, value in encoded("device-events", 0, 10_000)]
    began = time.process_time()
    for value in values:
        orjson.loads(value)
    return (time.process_time() - began) / len(values) * 1e6


def used_s() -> dict[str, float]:
    """Seconds of processor time that this process's children have used, by program; ended ones as `ended`."""
    ended = os.times()
    found = {"ended": ended.children_user + ended.children_system}
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()[:4]  # its own, and those of its children that have ended
            found[child.name()] = found.get(child.name(), 0.0) + sum(times)
    return found


async def catch_up(bootstrap: str, dsn: str, topics: Topics, total: int, lanes: int) -> None:
    """Fold a log into all read models."""
    stop = asyncio.Event()
    positions: dict[int, int] = {}

    def look(progress: Progress) -> None:
        positions.update(progress.positions)
        if sum(positions.values()) >= total:
            stop.set()

    with told(f"catching up with {total} events over {lanes} connections", total):
        await run_projector(Cluster(bootstrap), dsn, topics, stop=stop, pool_size=lanes, on_progress=look)


async def rebuild_each(bootstrap: str, dsn: str, topics: Topics, total: int, processes: int | None) -> None:
    """Rebuild one read model after the other."""
    for model in READ_MODELS:
        with told(f"rebuilding {model.name} by {processes or 'the usual number of'} processes", total):
            await rebuild(Cluster(bootstrap), dsn, topics, model.name, stop=asyncio.Event(), processes=processes)


async def measure_lag(bootstrap: str, dsn: str, rate: int, seconds: float) -> None:
    """Follow a log to which another process appends."""
    topics, stop = Topics(prefix=f"lag{rate}-"), asyncio.Event()
    await ensure_topics(Cluster(bootstrap), planned_topics(topics))
    seen: Seen = []
    following = asyncio.create_task(
        run_projector(
            Cluster(bootstrap), dsn, topics, stop=stop, on_progress=lambda p: seen.append((time.time(), p.positions))
        )
    )
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        loop = asyncio.get_running_loop()
        appended = await loop.run_in_executor(pool, append_steadily, bootstrap, topics.events(), rate, seconds)
    await reached(appended, seen)
    stop.set()
    await following
    lags = sorted(lags_ms(appended, seen))
    shown = ", ".join(f"p{share:g} {lags[int(len(lags) * share / 100) - 1]:.0f}" for share in (50, 90, 99, 100))
    print(f"lag at {rate} events/s for {seconds:g} s, ms: {shown}")


async def reached(appended: list[Appended], seen: Seen) -> None:
    """Wait until all that was appended has been committed."""
    ends = {batch.partition: batch.next_offset for batch in appended}
    while ends := {p: end for p, end in ends.items() if max(s[1].get(p, 0) for s in seen) < end}:  # noqa: ASYNC110  # a list has no event
        await asyncio.sleep(0.1)


def lags_ms(appended: list[Appended], seen: Seen) -> Iterator[float]:
    """How long after its acknowledgement each event was committed."""
    reached = sorted((p, offset, at) for at, positions in seen for p, offset in positions.items())
    turns: dict[int, Iterator[tuple[int, int, float]]] = {}
    now: dict[int, tuple[int, float]] = {}
    for batch in sorted(appended):
        turn = turns.setdefault(batch.partition, iter([r for r in reached if r[0] == batch.partition]))
        offset, at = now.get(batch.partition, (0, 0.0))
        while offset < batch.next_offset:
            _, offset, at = next(turn)
        now[batch.partition] = offset, at
        yield from [max(0.0, at - batch.at) * 1000] * batch.events


async def measure(bootstrap: str, dsn: str, given: argparse.Namespace, lanes: int) -> None:
    """Catch up over so many connections, and rebuild what that brought."""
    topics = Topics(prefix=f"bench{lanes}-")
    await ensure_topics(Cluster(bootstrap), planned_topics(topics))
    total = await write(bootstrap, topics.events(), given.events)
    await migrate(dsn)
    await catch_up(bootstrap, dsn, topics, total, lanes)
    if "rebuild" in given.parts:
        await rebuild_each(bootstrap, dsn, topics, total, given.processes)


async def follow(bootstrap: str, dsn: str, given: argparse.Namespace) -> None:
    """Measure the lag in a database of its own."""
    await migrate(dsn)
    await measure_lag(bootstrap, dsn, given.rate, given.seconds)


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--connections", type=int, nargs="*", default=[4])
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--rate", type=int, default=13_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--parts", nargs="*", default=["catch-up", "rebuild", "lag"])
    return parser.parse_args()


def main() -> None:
    """Measure what was asked for, on one broker, each in a database of its own."""
    given = arguments()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        class_path = jars_of(load_settings().jars, print)
        with KafkaCluster(Path(folder) / "kafka", class_path) as kafka:
            for lanes in given.connections if "catch-up" in given.parts else []:
                with PostgresServer(Path(folder) / f"postgres-{lanes}") as postgres:
                    uvloop.run(measure(kafka.bootstrap, postgres.dsn, given, lanes))
            if "lag" in given.parts:
                with PostgresServer(Path(folder) / "postgres-lag") as postgres:
                    uvloop.run(follow(kafka.bootstrap, postgres.dsn, given))


if __name__ == "__main__":
    main()
