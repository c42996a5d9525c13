"""The product in a process of its own: the worker as users run it, its fleet in process, so that only it is measured.

`python -m benchmarks.worker_process BROKERS PREFIX SEND_MS`
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import uvloop

from mendline.data_folder import Identity
from mendline.settings import load_settings
from mendline.worker import Site, run_worker
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


def identity(prefix: str) -> Identity:
    """Who the worker on topics of that prefix is."""
    return Identity(installation_id="bench", installation_key=b"\0" * 32, instance_id=f"{prefix}worker", folder=prefix)


async def main(brokers: str, prefix: str, send_ms: float) -> None:
    """Work until SIGTERM."""
    settings = load_settings(topic_prefix=prefix)
    await run_worker(settings, Site(brokers, Path("unused"), identity(prefix)), drivers(send_ms))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
