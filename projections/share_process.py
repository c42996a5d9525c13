"""The process that folds one share of a lane: python -m projections.share_process (projections/shares.py)."""

from __future__ import annotations

import asyncio
import sys

import uvloop

from projections.follower import Progress
from projections.projector import catch_up
from projections.shares import lane_in, progress_line


async def fold_share() -> None:
    """Fold the lane on standard input to the end of the log, or until the input ends; raises ProjectionError."""
    lane, stop = lane_in(sys.stdin.buffer.readline()), asyncio.Event()
    loop, place = asyncio.get_running_loop(), sys.stdin.fileno()

    def end() -> None:
        loop.remove_reader(place)
        stop.set()

    loop.add_reader(place, end)
    await catch_up(lane, stop, _tell)


def _tell(progress: Progress) -> None:
    sys.stdout.buffer.write(progress_line(progress))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(fold_share())
