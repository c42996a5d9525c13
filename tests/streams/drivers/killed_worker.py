"""A worker that connects devices and sends without end, until it is killed: `killed_worker.py SOCKET`."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

from schemas.device.body import Body
from streams.drivers.port import Connect, Outcome, Send
from streams.drivers.simulated import SimulatedDriver

DEVICES = 10


async def work(socket: Path) -> None:
    """Name each message on standard output before it is started."""
    driver = SimulatedDriver("simulated-repeatable", socket, "doomed")
    driver.listen(lambda *_: None)
    await driver.open()
    for device in range(1, DEVICES + 1):
        up: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        driver.start(Connect(f"phone-{device:05d}", 1), up.set_result)
        await up
    for number in count():
        device_id, message_id = f"phone-{number % DEVICES + 1:05d}", f"m{number}"
        print(device_id, message_id, flush=True)
        driver.start(Send(device_id, 1, message_id, 1, "15550100", Body()), lambda _: None)
        await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
