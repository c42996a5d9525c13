"""Shares of a lane travel to their processes and back, and end with whoever began them."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE

from projections.catalogue import READ_MODELS
from projections.follower import Progress
from projections.projector import Lane
from projections.shares import as_line, lane_in, processes_for, progress_in, progress_line
from schemas.cluster import Cluster

NOWHERE = Lane(
    Cluster("127.0.0.1:1"), "host=127.0.0.1 port=1", "device-events", [0, 2], READ_MODELS[:2], "rebuild_sends"
)


def test_a_lane_is_read_as_it_was_written() -> None:
    assert lane_in(as_line(NOWHERE)) == NOWHERE


def test_a_progress_is_read_as_it_was_written() -> None:
    progress = Progress(7, {0: 5, 1: 2}, {0: 6})
    assert progress_in(progress_line(progress)) == progress


def test_no_more_processes_than_partitions_or_connections() -> None:
    assert processes_for(1) == 1
    assert 2 <= processes_for(1000) <= 8


async def test_a_process_ends_with_its_input_though_nothing_it_needs_is_there() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "projections.share_process", stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(as_line(NOWHERE)), 30)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, said.decode()
