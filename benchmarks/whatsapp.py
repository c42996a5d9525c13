"""What WhatsApp's host costs over the stand-in (`python -m benchmarks.whatsapp`).

links: asked directly, through its driver. kafka: through everything, from request to outcome in the log.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil
import uvloop

from benchmarks.whatsapp_kafka import measure_kafka
from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.postgres import PostgresServer
from mendline.settings import default_whatsapp_cache, load_settings
from mendline.whatsapp.build import Programs, build
from schemas.device.body import Body
from schemas.device.outcomes import Accepted, Connected, LinkReport
from schemas.device.pairing import Signal
from streams.drivers.port import Connect, Effect, Outcome, Send
from streams.drivers.simulation.ledger import read_ledger
from streams.drivers.whatsapp import protocol as p
from streams.drivers.whatsapp.driver import WhatsAppDriver
from streams.drivers.whatsapp.host_process import Program

BODY = Body(text="hello")
IDLE_S = 20.0
RECIPIENTS = 20
"""That each device writes to, in turn."""


class Load:
    """Every device of one driver, and what is asked of all of them."""

    def __init__(self, driver: WhatsAppDriver, jids: list[str]) -> None:
        self._driver = driver
        self._jids = jids
        self._links = count(1)
        self.link = 0
        self.took_ms: list[float] = []
        self.reports: Counter[str] = Counter()
        self.others: Counter[str] = Counter()
        """Sends that were not accepted, by reason."""
        driver.listen(self._hear)

    def _hear(self, _device: str, _link: int, said: LinkReport | Signal) -> None:
        self.reports[said.kind] += 1

    async def connect(self) -> float:
        """Connect all at once; gives the seconds it took."""
        self.link = next(self._links)
        began = time.monotonic()
        outcomes = Counter([type(o) for o in await asyncio.gather(*map(self._run, self._connects()))])
        say(f"  {outcomes}" if set(outcomes) != {Connected} else "")
        return time.monotonic() - began

    def _connects(self) -> Iterator[Effect]:
        return (Connect(device_of(place), self.link, jid) for place, jid in enumerate(self._jids))

    async def send(self, rounds: int) -> float:
        """Let every device send so many messages one after the other; gives sends a second."""
        self.took_ms.clear()
        self.others.clear()
        began = time.monotonic()
        await asyncio.gather(*(self._send(place, rounds) for place in range(len(self._jids))))
        return rounds * len(self._jids) / (time.monotonic() - began)

    async def _send(self, place: int, rounds: int) -> None:
        for turn in range(rounds):
            to = f"1556{place % 100_000:05d}{turn % RECIPIENTS:02d}"
            began = time.monotonic()
            outcome = await self._run(Send(device_of(place), self.link, f"{self.link}-{place}-{began}", 1, to, BODY))
            self.took_ms.append((time.monotonic() - began) * 1000)
            if not isinstance(outcome, Accepted):
                self.others[getattr(outcome, "reason", str(outcome))] += 1

    def _run(self, effect: Effect) -> asyncio.Future[Outcome]:
        answered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._driver.start(effect, answered.set_result)
        return answered


def device_of(place: int) -> str:
    """Name a device."""
    return f"phone-{place + 1:05d}"


def say(sentence: str) -> None:
    """Print what there is to say."""
    if sentence:
        print(sentence, flush=True)


@contextmanager
def standing_in(programs: Programs, folder: Path, database: str, devices: int) -> Iterator[dict[str, str]]:
    """Run a stand-in with so many paired devices."""
    command = [
        str(programs.stand_in), "--ledger", str(folder / "ledger"), "--database", database, "--seed", "benchmark",
        "--provision", str(devices), "--devices", str(folder / "jids"),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


async def measure(arguments: argparse.Namespace, programs: Programs, folder: Path, database: str) -> None:
    """Print a line a figure."""
    began = time.monotonic()
    with standing_in(programs, folder, database, arguments.devices) as stand_in:
        say(f"{arguments.devices} sessions written in {time.monotonic() - began:.1f} s")
        hello = p.Hello(
            version=p.VERSION, worker="w1", database=database, stand_in=stand_in["address"],
            stand_in_root=stand_in["root"],
        )  # fmt: skip
        figures: list[p.Figures] = []
        driver = WhatsAppDriver(
            Program(programs.host, hello, ("--stand-in",)), connect_ms=120_000, elsewhere=kept(figures)
        )
        load = Load(driver, (folder / "jids").read_text().split())
        await driver.open()
        try:
            await measure_links(arguments, driver, load, figures, stand_in["control"], folder / "ledger")
        finally:
            await driver.close()


def kept(figures: list[p.Figures]) -> Callable[[p.ToWorker], None]:
    """Keep the host's figures when they come."""
    return lambda said: figures.append(said) if isinstance(said, p.Figures) else None


async def measure_links(
    arguments: argparse.Namespace, driver: WhatsAppDriver, load: Load, figures: list[p.Figures], control: str,
    ledger: Path,
) -> None:  # fmt: skip
    """Connect, do nothing, send, drop everything, connect again."""
    assert driver.host.process is not None
    host = psutil.Process(driver.host.process.pid)
    took = await load.connect()
    say(f"connected in {took:.1f} s: {arguments.devices / took:.0f}/s; host {host.memory_info().rss >> 20} MB")
    before = sum(host.cpu_times()[:2])
    await asyncio.sleep(IDLE_S)
    idle = (sum(host.cpu_times()[:2]) - before) / IDLE_S * 100
    say(f"doing nothing: {idle:.1f} % of a core, {host.memory_info().rss >> 20} MB; {await asked(driver, figures)}")
    for who in ("new", "known"):
        rate = await load.send(arguments.rounds)
        took_ms = sorted(load.took_ms)
        p50, p99 = took_ms[len(took_ms) // 2], took_ms[len(took_ms) * 99 // 100]
        memory = host.memory_info().rss >> 20
        say(f"sends to {who} people: {rate:.0f}/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms; {memory} MB")
        say(f"  not accepted: {dict(load.others)}" if load.others else "")
    dropped_at = time.time()
    dropped = await asyncio.to_thread(ordered, control, "tell?what=cut&devices=*")
    await asyncio.sleep(2)
    say(f"dropped {dropped} at once: {dict(load.reports)}")
    took = await load.connect()
    say(f"all healthy again in {took:.1f} s; {await asked(driver, figures)}; {host.memory_info().rss >> 20} MB")
    await asyncio.to_thread(ordered, control, "save")
    say(f"by the stand-in's ledger: {connects_since(ledger, dropped_at)}")


def connects_since(ledger: Path, moment: float) -> str:
    """Say how many devices made how many connects."""
    made = Counter(e.device_id for e in read_ledger(ledger) if e.at > moment and e.what == "connecting")
    times = Counter(made.values())
    return ", ".join(f"{devices} devices made {connects} connect(s)" for connects, devices in sorted(times.items()))


def ordered(control: str, order: str) -> str:
    """Tell the stand-in to do something; gives what it says."""
    with urlopen(Request(f"http://{control}/{order}", method="POST")) as answer:
        return str(json.load(answer))


async def asked(driver: WhatsAppDriver, figures: list[p.Figures]) -> str:
    """Ask the host how it is."""
    figures.clear()
    driver.host.say(p.AskFigures(id=0))
    await asyncio.sleep(0.5)
    said: dict[str, Any] = {name: getattr(figures[0], name) for name in p.Figures.__slots__} if figures else {}
    return ", ".join(f"{name} {value}" for name, value in said.items() if name != "id")


def main() -> None:
    """Measure with an embedded PostgreSQL, and where it is asked for an embedded broker."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whatsapp", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=["links", "kafka"], default=["links"])
    parser.add_argument("--devices", type=int, default=3000)
    parser.add_argument(
        "--rounds", type=int, default=3, help="links: sends a device, to new people, then to known ones"
    )
    parser.add_argument("--runs", type=int, default=3, help="kafka: of everything but the pairing")
    parser.add_argument("--seconds", type=float, default=20.0, help="kafka: length of a latency run")
    arguments = parser.parse_args()
    programs = build(default_whatsapp_cache(), lambda sentence: print(sentence, file=sys.stderr))
    with tempfile.TemporaryDirectory() as folder, PostgresServer(Path(folder, "postgres"), durable=False) as postgres:
        if "links" in arguments.parts:
            uvloop.run(measure(arguments, programs, Path(folder), postgres.dsn))
        if "kafka" in arguments.parts:
            through_kafka(arguments, programs, Path(folder), postgres.dsn)


def through_kafka(arguments: argparse.Namespace, programs: Programs, folder: Path, database: str) -> None:
    """Measure sends from request to outcome."""
    asked = arguments.devices, arguments.runs, arguments.seconds
    with KafkaCluster(folder / "kafka", jars_of(load_settings().jars, print)) as cluster:
        uvloop.run(measure_kafka(cluster.bootstrap, database, programs, folder, *asked))


if __name__ == "__main__":
    main()
