"""Running the demonstration: everything started, requests published from outside, followed, proven."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection

from mendline.demo.figures import Progress, figures, mended_device, progress
from mendline.demo.requests import Registration, devices_of, made_sends, read_sends, records
from mendline.embedded.stack import Say
from mendline.errors import SetupError
from mendline.settings import Settings
from mendline.verify.command import verify
from mendline.verify.report import Report
from mendline.whole import Whole
from schemas.topics import Topics
from streams.drivers.fleet.control import saved_ledger
from streams.drivers.simulation.demo import demo_fleet

LOOK_EVERY_S = 0.5
LIMIT_S = 240.0
"""Without any progress for so long the demonstration says so and goes on to the proof."""
OWN_DRIVER = "simulated-repeatable"


class ProducerFailedError(SetupError):
    """The outside producer publishes every request."""

    code = "producer_failed"


@dataclass(frozen=True, slots=True)
class Script:
    """What is asked in the demonstration: devices to register, sends to publish."""

    devices: list[Registration]
    sends: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Result:
    """What the demonstration shows at its end. seconds: from the first request published to the last outcome."""

    figures: dict[str, Any]
    device: str | None
    report: Report


def made_script(devices: int, requests: int) -> Script:
    """The demonstration's own requests to its own fleet."""
    registered = devices_of(demo_fleet(devices))
    return Script(registered, list(made_sends(registered, requests)))


def own_script(path: Path) -> Script:
    """A person's requests; every device they name is registered as a simulated one."""
    sends = read_sends(path)
    return Script([(device, OWN_DRIVER) for device in dict.fromkeys(s["device"] for s in sends)], sends)


def own_fleet(script: Script) -> str:
    """A fleet file in which every device of a person's requests exists."""
    firsts = sorted({device[0] for device, _ in script.devices})
    group = '[[devices]]\ndriver = "{driver}"\nprefix = "{prefix}"\ncount = {count}\nfirst_link_drops_share = 0.2\n'
    count = len(script.devices)
    return "\n".join(group.format(driver=OWN_DRIVER, prefix=first, count=count) for first in firsts)


async def play(settings: Settings, whole: Whole, script: Script, say: Say, show: Callable[[Progress], None]) -> Result:
    """Publish the script, wait until all that can settle has, and prove it."""
    topics = Topics(settings.topic_prefix)
    say(f"publishing {len(script.sends):,} requests for {len(script.devices):,} devices, from a process of its own")
    publishing = asyncio.create_task(_publish(settings, whole, script, topics))
    async with await AsyncConnection.connect(whole.servers.addresses.postgres, autocommit=True) as connection:
        await _until_settled(connection, whole, publishing, len(script.devices) + len(script.sends), show)
        found = await figures(connection)
        device = await mended_device(connection)
    say("verifying: the log against its own rules, and against the fleet's ledger of what left")
    ledger = await saved_ledger(Path(settings.simulator or settings.data / "fleet.sock"))
    report = await verify(whole.servers.addresses.kafka, topics, ledger)
    return Result(found, device, report)


async def _publish(settings: Settings, whole: Whole, script: Script, topics: Topics) -> None:
    path = settings.data / "requests.jsonl"
    now = datetime.now(UTC).isoformat()
    await asyncio.to_thread(path.write_text, "\n".join(records(script.devices, script.sends, now)) + "\n")
    command = [
        sys.executable,
        "-m",
        "mendline.demo.producer",
        whole.servers.addresses.kafka,
        topics.requests(),
        str(path),
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, said = await process.communicate()
    if process.returncode:
        raise ProducerFailedError(f"the producer ended with {process.returncode}: {said.decode()[-1000:]}")


async def _until_settled(
    connection: AsyncConnection[Any],
    whole: Whole,
    publishing: asyncio.Task[None],
    requests: int,
    show: Callable[[Progress], None],
) -> None:
    """Until every request is decided, and every send settled or waiting on a parked device, as the tables say."""
    last, since = None, asyncio.get_running_loop().time()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        whole.check()
        if publishing.done():
            publishing.result()
        now = await progress(connection)
        show(now)
        if now != last:
            last, since = now, asyncio.get_running_loop().time()
        quiet = asyncio.get_running_loop().time() - since
        done = publishing.done() and _decided(whole) >= requests and now.going_on == 0
        if (done and quiet >= 2 * LOOK_EVERY_S) or quiet > LIMIT_S:
            return


def _decided(whole: Whole) -> int:
    return sum(r.owner.next_request for r in whole.working.holdings.runners().values() if r.owner is not None)
