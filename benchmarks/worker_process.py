"""The product in a process of its own: the worker as users run it, its fleet in process, so that only it is measured.

`python -m benchmarks.worker_process BROKERS PREFIX SEND_MS [WORKERS]`; more than one share the partitions.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import uvloop

from mendline.data_folder import Identity
from mendline.settings import load_settings
from mendline.worker import Site, run_worker
from schemas.cluster import Cluster
from streams.drivers.in_process import InProcessFleet
from streams.drivers.port import Driver
from streams.drivers.simulation.description import Fleet, Group
from streams.drivers.simulation.latency import Constant

SLOW_MS = 30_000.0


def drivers(send_ms: float) -> Mapping[str, Driver]:
    """Linked devices whose sends take `send_ms`; those called `slow-` take 30 s."""
    connect = Constant(10.0)
    fleet = Fleet(
        devices=(
            Group(driver="simulated", prefix="device-", count=3000, send_ms=Constant(send_ms), connect_ms=connect),
            Group(driver="simulated", prefix="slow-", count=30, send_ms=Constant(SLOW_MS), connect_ms=connect),
            Group(driver="simulated", prefix="paced-", count=10, send_ms=Constant(send_ms), connect_ms=connect),
        )
    )
    return {"simulated": InProcessFleet(fleet).driver("simulated")}


def identity(prefix: str, number: int = 0) -> Identity:
    """Who a worker on topics of that prefix is."""
    name = f"{prefix}worker-{number}"
    return Identity(installation_id="bench", installation_key=b"\0" * 32, instance_id=name, folder=name)


async def main(brokers: str, prefix: str, send_ms: float, number: int = 0) -> None:
    """Work until SIGTERM."""
    settings = load_settings(topic_prefix=prefix)
    await run_worker(settings, Site(Cluster(brokers), Path("unused"), identity(prefix, number)), drivers(send_ms))


def alone(brokers: str, prefix: str, send_ms: float, number: int = 0) -> None:
    """Have one work until SIGTERM."""
    uvloop.run(main(brokers, prefix, send_ms, number))


def side_by_side(brokers: str, prefix: str, send_ms: float, workers: int) -> None:
    """Have several work until SIGTERM, which reaches them all."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=alone, args=(brokers, prefix, send_ms, number)) for number in range(workers)]

    def end(_signal: int, _frame: object) -> None:
        for process in processes:
            process.terminate()

    signal.signal(signal.SIGTERM, end)
    for process in processes:
        process.start()
    for process in processes:
        process.join()


if __name__ == "__main__":
    given, workers = sys.argv[1:], int(sys.argv[4]) if len(sys.argv) > 4 else 1
    if workers > 1:
        side_by_side(given[0], given[1], float(given[2]), workers)
    else:
        alone(given[0], given[1], float(given[2]))
