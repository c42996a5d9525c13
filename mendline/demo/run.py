"""Running the demonstration: everything started, requests published from outside, followed, proven."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection

from mendline.demo.clients import creations
from mendline.demo.figures import Progress, decided_clients, figures, known_to, mended_device, progress
from mendline.demo.phones import TROUBLES, until_paired, whatsapp_devices
from mendline.demo.requests import Registration, devices_of, made_sends, pairings, read_sends, records
from mendline.embedded.stack import Say
from mendline.errors import SetupError
from mendline.settings import Settings
from mendline.verify.command import verify
from mendline.verify.report import Report
from mendline.whatsapp.stand_in import StandIn
from mendline.whole import Whole
from mendline.worker import simulator_socket
from schemas.cluster import Cluster
from schemas.topics import CLIENT, Topics
from streams.drivers.fleet.control import saved_ledger
from streams.drivers.simulation.demo import demo_fleet

LOOK_EVERY_S = 0.5
LIMIT_S = 240.0
"""Without any progress for so long the demonstration says so and goes on to the proof."""
OWN_DRIVER = "simulated-repeatable"
CLIENTS = 100
"""Each asked for three times at once, every tenth with the email of another."""


class ProducerFailedError(SetupError):
    """The outside producer publishes every request."""

    code = "producer_failed"


@dataclass(frozen=True, slots=True)
class Script:
    """What is asked in the demonstration: devices to register, sends to publish, clients to create."""

    devices: list[Registration]
    sends: list[dict[str, Any]]
    clients: int = 0
    pairs: bool = False
    """Whether the devices have to be paired first."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the demonstration shows at its end. device: one whose link was mended."""

    figures: dict[str, Any]
    device: str | None
    report: Report


def made_script(devices: int, requests: int) -> Script:
    """The demonstration's own requests to its own fleet."""
    registered = devices_of(demo_fleet(devices))
    return Script(registered, list(made_sends(registered, requests)), CLIENTS)


def whatsapp_script(devices: int, requests: int) -> Script:
    """The demonstration's own requests to devices of WhatsApp."""
    registered = whatsapp_devices(devices)
    return Script(registered, list(made_sends(registered, requests)), CLIENTS, pairs=True)


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
    async with await AsyncConnection.connect(whole.servers.addresses.postgres, autocommit=True) as connection:
        if whole.servers.stand_in is not None:
            await _pair(settings, whole, whole.servers.stand_in, script, say, connection)
        count = f"{len(script.sends):,} requests for {len(script.devices):,} devices"
        say(f"publishing {count}, from a process of its own")
        publishing = asyncio.create_task(_publish(settings, whole, script, topics))
        requests = len(script.devices) + len(script.sends)
        watch = Watch(connection, whole, publishing, requests, script.clients, len(script.sends) * script.pairs)
        if not await watch.until_settled(show):
            say(f"nothing has moved for {LIMIT_S:g} s: looking at it as it is")
        found = await figures(connection)
        device = await mended_device(connection)
    say("verifying: the log against its own rules, and against the fleet's ledger of what left")
    ledger = await _ledger(settings, whole)
    report = await verify(whole.servers.addresses.cluster, topics, ledger)
    return Result(found, device, report)


async def _ledger(settings: Settings, whole: Whole) -> Path:
    if whole.servers.stand_in is not None:
        return await whole.servers.stand_in.saved_ledger()
    return await saved_ledger(simulator_socket(settings))


async def _pair(
    settings: Settings, whole: Whole, stand_in: StandIn, script: Script, say: Say, connection: AsyncConnection[Any]
) -> None:
    """Register the devices and pair them, then let things go wrong from now on."""
    say(f"pairing {len(script.devices):,} devices: each shows a QR code, and a made-up phone scans it")
    now = datetime.now(UTC).isoformat()
    lines = [*records(script.devices, [], now), *pairings(script.devices, now)]
    topic = Topics(settings.topic_prefix).requests()
    await _publish_lines(whole.servers.addresses.cluster, topic, settings.data / "pairings.jsonl", lines)
    paired = await until_paired(connection, len(script.devices), whole.check)
    say(f"{paired:,} devices are paired; from now on links drop, answers are lost, and a session is ended")
    await stand_in.order("script", TROUBLES)


async def _publish(settings: Settings, whole: Whole, script: Script, topics: Topics) -> None:
    now = datetime.now(UTC).isoformat()
    cluster = whole.servers.addresses.cluster
    clients = settings.data / "clients.jsonl", creations(script.clients, now)
    sends = settings.data / "requests.jsonl", records([] if script.pairs else script.devices, script.sends, now)
    await _publish_lines(cluster, topics.requests(CLIENT), *clients)
    await _publish_lines(cluster, topics.requests(), *sends)


async def _publish_lines(cluster: Cluster, topic: str, path: Path, lines: Iterable[str]) -> None:
    await asyncio.to_thread(path.write_text, "".join(f"{line}\n" for line in lines))
    command = [sys.executable, "-m", "mendline.demo.producer", topic, str(path)]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, said = await process.communicate(json.dumps(asdict(cluster)).encode() + b"\n")
    if process.returncode:
        raise ProducerFailedError(f"the producer ended with {process.returncode}: {said.decode()[-1000:]}")


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks how far the demonstration is: requests published, decided, and told by the tables."""

    connection: AsyncConnection[Any]
    whole: Whole
    publishing: asyncio.Task[None]
    requests: int
    clients: int
    sends: int = 0
    """At least so many that the tables know, where others ask something too."""

    async def until_settled(self, show: Callable[[Progress], None]) -> bool:
        """Whether every send is settled or waits on a parked device; false after LIMIT_S without any progress."""
        clock = asyncio.get_running_loop().time
        last, since = None, clock()
        while clock() - since < LIMIT_S:
            await asyncio.sleep(LOOK_EVERY_S)
            self.whole.check()
            # Asked before the tables are: what is level now can only know more by then.
            level = await self._level()
            now = await progress(self.connection)
            show(now)
            if now != last:
                last, since = now, clock()
            elif level and now.going_on == 0 and now.asked >= self.sends:
                return True
        return False

    async def _level(self) -> bool:
        """Whether everything is published and decided, and the tables know all of it."""
        if not self.publishing.done():
            return False
        self.publishing.result()
        owners = {p: runner.owner for p, runner in self.whole.working.holdings.runners().items()}
        held = {p: owner for p, owner in owners.items() if owner is not None}
        known = await known_to(self.connection)
        if await decided_clients(self.connection) < self.clients:
            return False
        decided = sum(owner.next_request for owner in held.values())
        return decided >= self.requests and all(
            owner.idle() and known.get(p, 0) >= owner.expected() for p, owner in held.items()
        )
