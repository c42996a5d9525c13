"""Every fault, how often it is drawn, and what its recovery is held to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import NamedTuple

from tests.faults.cluster.kinds import brokers, disk, network, producer, reading, snapshots, workers
from tests.faults.cluster.story import BROKER_BACK, WORKER_AWAKE, WORKER_BACK
from tests.faults.cluster.system import System


class Fault(NamedTuple):
    """recovery: as what the time from its end until all partitions are at work is counted, where it stands alone."""

    name: str
    play: Callable[[System, Random], Awaitable[None]]
    weight: int
    recovery: str | None = None


OF_WORKERS = (
    Fault("worker killed", workers.killed, 6, WORKER_BACK),
    Fault("worker killed and away", workers.killed_and_away, 4, WORKER_BACK),
    Fault("all workers killed", workers.all_killed, 2, WORKER_BACK),
    Fault("worker stopped", workers.stopped, 4, WORKER_AWAKE),
    Fault("workers stutter", workers.stuttering, 4, WORKER_AWAKE),
    Fault("worker killed while stopped", workers.killed_while_stopped, 2, WORKER_BACK),
    Fault("worker killed while it starts", workers.killed_again, 3, WORKER_BACK),
    Fault("worker restarted", workers.restarted, 1, WORKER_BACK),
)
OF_OTHERS = (
    Fault("broker killed", brokers.killed, 4, BROKER_BACK),
    Fault("two brokers killed", brokers.two_killed, 1, BROKER_BACK),
    Fault("all brokers killed", brokers.all_killed, 1, BROKER_BACK),
    Fault("broker stopped", brokers.stopped, 4, BROKER_BACK),
    Fault("brokers restarted in turn", brokers.restarted_in_turn, 1, BROKER_BACK),
    Fault("broker cut off", network.cut, 2, BROKER_BACK),
    Fault("broker's connections reset", network.reset, 2, BROKER_BACK),
    Fault("broker not heard", network.halved, 2, BROKER_BACK),
    Fault("broker late", network.delayed, 1, BROKER_BACK),
    Fault("disk full", disk.full, 1, BROKER_BACK),
    Fault("database killed", reading.database_killed, 1),
    Fault("database gone for a minute", reading.database_gone, 1),
    Fault("projector killed", reading.projector_killed, 2),
    Fault("projector stopped", reading.projector_stopped, 1),
    Fault("snapshotter killed", snapshots.snapshotter_killed, 2),
    Fault("snapshotter stopped", snapshots.snapshotter_stopped, 1),
    Fault("producer killed", producer.killed, 2),
    Fault("producer stopped", producer.stopped, 1),
)
LOST = Fault("worker lost", workers.lost, 2)
"""Only alone: it waits for the others."""
ALONE = (*OF_WORKERS, *OF_OTHERS, LOST)


def named(name: str) -> Fault:
    """The one of this name."""
    return next(fault for fault in ALONE if fault.name == name)


def drawn(faults: tuple[Fault, ...], luck: Random) -> Fault:
    """One of them, by weight."""
    return luck.choices(faults, [fault.weight for fault in faults])[0]
