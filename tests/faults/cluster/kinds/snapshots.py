"""The snapshotter killed or stopped: claims begin with older snapshots, and nothing else changes."""

from __future__ import annotations

from random import Random

from tests.faults.cluster.system import System


async def snapshotter_killed(system: System, _: Random) -> None:
    """`kill -9`, and started again at once."""
    system.say("kill -9 snapshotter, started again at once")
    await system.kill(system.snapshotter)
    await system.start(system.snapshotter)


async def snapshotter_stopped(system: System, luck: Random) -> None:
    """SIGSTOP, for longer than between two snapshots."""
    seconds = luck.uniform(0.1, 15)
    system.say(f"SIGSTOP snapshotter for {seconds:.1f} s")
    await system.stop(system.snapshotter, seconds)
