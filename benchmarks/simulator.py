"""What a simulated send costs: in process, and over the fleet's socket (`python benchmarks/simulator.py`)."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from schemas.device.body import Body
from schemas.device.outcomes import Accepted, Connected
from streams.drivers.in_process import InProcessFleet
from streams.drivers.port import Connect, Driver, Outcome, Send
from streams.drivers.simulated import SimulatedDriver
from streams.drivers.simulation.description import Fleet, Group

DEVICES = 3000
SENDS = 300_000
GROUP = Group(driver="simulated-repeatable", prefix="phone-", count=DEVICES)
BODY = Body(text="hello")


class Load:
    """Each device sends its next message when the last one is answered."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._left = SENDS
        self._open = DEVICES
        self._ended = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Connect all devices, send everything, and print what it cost."""
        self._driver.listen(lambda *_: None)
        await self._driver.open()
        await asyncio.gather(*(self._connected(device_id) for device_id in GROUP.device_ids()))
        began, cpu = time.perf_counter(), cpu_s()
        for device_id in GROUP.device_ids():
            self._next(device_id)
        await self._ended
        took, spent = time.perf_counter() - began, cpu_s() - cpu
        print(f"{SENDS / took:,.0f} sends/s, {spent / SENDS * 1e6:.1f} µs of this process a send")
        await self._driver.close()

    async def _connected(self, device_id: str) -> None:
        up: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._driver.start(Connect(device_id, 1), up.set_result)
        assert isinstance(await up, Connected)

    def _next(self, device_id: str) -> None:
        if not self._left:
            self._open -= 1
            if not self._open:
                self._ended.set_result(None)
            return
        self._left -= 1
        send = Send(device_id, 1, f"{self._left:032x}", 1, "15550100", BODY)
        self._driver.start(send, lambda outcome: self._answered(device_id, outcome))

    def _answered(self, device_id: str, outcome: Outcome) -> None:
        assert isinstance(outcome, Accepted)
        self._next(device_id)


def cpu_s() -> float:
    """Give the processor time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def in_process() -> None:
    """Measure the model on this loop."""
    fleet = InProcessFleet(Fleet(devices=(GROUP,)))
    await Load(fleet.driver("simulated-repeatable")).run()
    print(f"  with {len(fleet.ledger):,} ledger entries")


@contextmanager
def fleet_process(folder: Path) -> Iterator[Path]:
    """Run a fleet process."""
    (folder / "fleet.toml").write_text(f'devices = [{{driver="{GROUP.driver}", prefix="phone-", count={DEVICES}}}]')
    command = [sys.executable, "-m", "streams.drivers.fleet", "--socket", str(folder / "s")]
    command += ["--fleet", str(folder / "fleet.toml"), "--ledger", str(folder / "ledger")]
    process = subprocess.Popen(command)
    try:
        yield folder / "s"
    finally:
        process.terminate()
        process.wait()
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"  fleet process: {(usage.ru_utime + usage.ru_stime) / SENDS * 1e6:.1f} µs a send, all included")


def main() -> None:
    """Measure both forms."""
    print("in process:", end=" ")
    uvloop.run(in_process())
    with tempfile.TemporaryDirectory() as folder, fleet_process(Path(folder)) as socket:
        print("over the socket:", end=" ")

        async def over_the_socket() -> None:
            await Load(SimulatedDriver("simulated-repeatable", socket, "benchmark")).run()

        uvloop.run(over_the_socket())


if __name__ == "__main__":
    main()
