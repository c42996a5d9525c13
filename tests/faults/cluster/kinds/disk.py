"""A broker whose disk is full."""

from __future__ import annotations

import asyncio
from random import Random

from tests.faults.cluster import disk
from tests.faults.cluster.opening import ON_A_DISK
from tests.faults.cluster.system import System

LONGEST_S = 10.0


async def full(system: System, luck: Random) -> None:
    """Nothing more can be written; the broker ends by itself. Then there is space, and it is started again."""
    if system.disk is None:
        system.say("a full disk is not possible here: only root may mount a small one")
        return
    seconds = luck.uniform(3, LONGEST_S)
    system.say(f"the disk of broker-{ON_A_DISK} is full for {seconds:.1f} s")
    await asyncio.to_thread(disk.fill, system.disk)
    await asyncio.sleep(seconds)
    disk.empty(system.disk)
    node = system.brokers.nodes[ON_A_DISK]
    system.say(f"there is space again; broker-{ON_A_DISK} {'lives' if node.running else 'has ended, is started'}")
    if not node.running:
        await system.brokers.stop(ON_A_DISK)  # its keeper has ended, too: what is left is to let go of it
        await system.brokers.start(ON_A_DISK)
