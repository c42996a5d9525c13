"""Shares of a lane: each folded to the end of the log by a process of its own, for one process has one core.

A share's process gets its lane as one line on standard input, tells its progress on standard output line by line, and
stops when its input ends: so also when whoever began it is killed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson

from projections.catalogue import read_model
from projections.follower import Progress
from projections.projector import Lane, OnProgress
from schemas.cluster import Cluster

log = logging.getLogger(__name__)

MOST_PROCESSES = 8
"""Each has a connection to PostgreSQL, of which all of Mendline has 32."""
END_S = 10.0


def processes_for(partitions: int) -> int:
    """How many processes share so many partitions: two a core, since each waits for PostgreSQL half of its time."""
    return min(partitions, MOST_PROCESSES, 2 * (os.cpu_count() or 1))


async def fold_shares(lane: Lane, processes: int, stop: asyncio.Event, on_progress: OnProgress) -> None:
    """Fold a lane's partitions up to where the log ends, in processes; what one leaves undone is told, and left."""
    async with asyncio.TaskGroup() as group:
        for n in range(min(processes, len(lane.partitions))):
            group.create_task(_fold(replace(lane, partitions=lane.partitions[n::processes]), stop, on_progress))


async def _fold(lane: Lane, stop: asyncio.Event, on_progress: OnProgress) -> None:
    command = [sys.executable, "-m", "projections.share_process"]
    # In a session of its own: Ctrl-C is for whoever began it, who then ends its input.
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, start_new_session=True)
    stopping = asyncio.create_task(_end_input(process, stop))
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(as_line(lane))
        async for line in process.stdout:
            on_progress(progress_in(line))
        if await process.wait():
            log.warning("folding %s %s by a process of its own failed", lane.topic, list(lane.partitions))
    finally:
        stopping.cancel()
        await _end(process)


async def _end_input(process: Process, stop: asyncio.Event) -> None:
    await stop.wait()
    if process.stdin is not None:
        process.stdin.close()


async def _end(process: Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(END_S):
            await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()


def as_line(lane: Lane) -> bytes:
    """A lane as a line of JSON."""
    names = [model.name for model in lane.models]
    fields = {"cluster": lane.cluster, "dsn": lane.dsn, "topic": lane.topic, "schema": lane.schema}
    return orjson.dumps(fields | {"partitions": list(lane.partitions), "models": names}) + b"\n"


def lane_in(line: bytes) -> Lane:
    """The lane in a line of JSON."""
    fields: dict[str, Any] = orjson.loads(line)
    models = tuple(read_model(name) for name in fields["models"])
    return Lane(**fields | {"cluster": Cluster.of(fields["cluster"]), "models": models})


def progress_line(progress: Progress) -> bytes:
    """A progress as a line of JSON."""
    return orjson.dumps(progress._asdict(), option=orjson.OPT_NON_STR_KEYS) + b"\n"


def progress_in(line: bytes) -> Progress:
    """The progress in a line of JSON."""
    fields = orjson.loads(line)
    positions, ends = ({int(p): offset for p, offset in fields[name].items()} for name in ("positions", "ends"))
    return Progress(fields["read"], positions, ends)
