"""What the owner of a partition costs a send, and how fast it folds its log: python -m benchmarks.owner.

Sends of 120 characters to 400 platform devices, each accepted at once (2 events a send), or all to 400 busy linked
devices that work off their queues (3 events a send); and the fold of what was written. No Kafka, no driver. Beside
each figure stands its ratio to a plain round of JSON on this machine, which tells a slow run from a slow program.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import orjson

from mendline.garbage import collect_seldom
from schemas.device.body import Body
from schemas.device.outcomes import Accepted, Connected
from schemas.device.requests import DeviceRegistrationRequested, SendRequested
from schemas.envelope import NO_CONTEXT, Position, decode_event, encode_event, encode_request
from schemas.marks import PARTITION
from schemas.message import PartitionClaimed, Request
from streams.device.facts import Rules
from streams.drivers.port import Connect, Traits
from streams.log.ports import LogRecord, RequestBatch
from streams.ownership.budgets import Budgets
from streams.ownership.effects import Begin, Consequence
from streams.ownership.owner import Owner
from streams.ownership.tenure import Inheritance, Tenure

DEVICES = [f"device-{number:04d}" for number in range(400)]
BATCH = 200
FETCHED = 2000
"""Events in a megabyte, which is what a claim reads at once."""
TEXT = "Your parcel is on its way. " * 5
START = datetime(2026, 1, 1, tzinfo=UTC)
RULES = Rules(
    drivers={
        "platform": Traits(linked=False, drops_repeats=False, answers_asks=True),
        "linked": Traits(linked=True, drops_repeats=True, answers_asks=False),
    }
)
TENURE = Tenure(topic="device-events", partition=0, partitions=1, claim="c" * 16, installation_id="benchmark")


class Drivers:
    """All links are healthy, no chat is known."""

    def healthy(self, driver: str, device_id: str, link: int) -> bool:
        """Say that the link is up."""
        return True

    def knows_chat(self, driver: str, device_id: str, to: str) -> bool:
        """Say that nobody was written to before."""
        return False


class Bench:
    """An owner at work on a log in memory, with drivers that accept everything at once."""

    def __init__(self, driver: str) -> None:
        self.log: list[bytes] = [marker()]
        self.requests: list[LogRecord] = []
        self.owner = new_owner()
        self.owner.fold(0, decode_event(self.log[0]))
        self.owner.begin(START, Inheritance())
        self.decide([self.record(device, DeviceRegistrationRequested(driver=driver)) for device in DEVICES])

    def record(self, device_id: str, request: Request) -> LogRecord:
        """A request at the end of the requests topic."""
        offset = len(self.requests)
        value = encode_request(f"order-{offset}", request.type, device_id, "benchmark", request, time=START)
        self.requests.append(LogRecord(offset, 0, device_id.encode(), value))
        return self.requests[-1]

    def decide(self, batch: Sequence[LogRecord]) -> None:
        """Decide a batch of requests, and answer every effect until nothing is left to do."""
        self.owner.requests(RequestBatch(batch[0].offset, batch[-1].offset + 1, batch), START)
        while not self.owner.idle():
            base = len(self.log)
            self.log.extend(event.value for event in self.owner.take(1 << 20))
            self._answer(self.owner.acked(base))

    def decide_all(self, records: Sequence[LogRecord]) -> None:
        """Decide records, a batch after the other."""
        for begin in range(0, len(records), BATCH):
            self.decide(records[begin : begin + BATCH])

    def _answer(self, consequences: Iterable[Consequence]) -> None:
        for begin in consequences:
            if isinstance(begin, Begin):
                outcome = Connected() if isinstance(begin.effect, Connect) else Accepted(provider_message_id="taken")
                self.owner.ended(begin.effect, outcome, START)


def new_owner() -> Owner:
    """An owner of the benchmark's partition."""
    return Owner(TENURE, RULES, Budgets(), Drivers(), lambda: 0.5)


def marker() -> bytes:
    """The claim marker that the benchmark's log begins with."""
    marker = PartitionClaimed(
        generation=1, claim="c" * 16, owner="benchmark", schema_level=1, partitions=1, installation="benchmark"
    )
    position, at = Position("device-events", 0, 0), START.isoformat()
    return encode_event(marker, position, PARTITION, at, marker.claim, "due:claim", None, NO_CONTEXT)


def send(number: int) -> SendRequested:
    """A send of its own."""
    return SendRequested(to=f"62811{number:08d}", body=Body(text=TEXT))


def measure_sends(driver: str, sends: int) -> tuple[Bench, float]:
    """The bench after so many sends, and the seconds of this process that they cost."""
    bench = Bench(driver)
    records = [bench.record(DEVICES[n % len(DEVICES)], send(n)) for n in range(sends)]
    return bench, seconds(lambda: bench.decide_all(records))


def measure_backlog(sends: int) -> tuple[Bench, float]:
    """The same with everything asked for before the first link is up."""
    bench = Bench("linked")
    records = [bench.record(DEVICES[n % len(DEVICES)], send(n)) for n in range(sends)]
    return bench, seconds(lambda: bench.decide(records))


def measure_fold(log: Sequence[bytes]) -> float:
    """The seconds of this process that folding a log costs."""
    owner = new_owner()

    def fold() -> None:
        for begin in range(0, len(log), FETCHED):
            values = enumerate(log[begin : begin + FETCHED], begin)
            owner.fold_batch([(offset, decode_event(value)) for offset, value in values])

    return seconds(fold)


def seconds(work: Callable[[], object]) -> float:
    """How long this process works."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def json_round(value: bytes, rounds: int = 100_000) -> float:
    """The yardstick: the seconds of reading and writing a record of JSON once."""
    return seconds(lambda: [orjson.dumps(orjson.loads(value)) for _ in range(rounds)]) / rounds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.owner", description=__doc__)
    parser.add_argument("--sends", type=int, default=100_000)
    sends = parser.parse_args().sends
    collect_seldom()
    bench, took = measure_sends("platform", sends)
    yardstick = json_round(bench.log[-1])
    _show("send decided, encoded and applied", took / sends, yardstick)
    _show("event folded", measure_fold(bench.log) / len(bench.log), yardstick)
    bench, took = measure_backlog(sends)
    _show("send through a queue", took / sends, yardstick)
    _show("event of it folded", measure_fold(bench.log) / len(bench.log), yardstick)


def _show(what: str, each: float, yardstick: float) -> None:
    print(f"{what:34} {each * 1e6:6.1f} µs  {1 / each:9,.0f}/s  x {each / yardstick:5.1f} a round of JSON")


if __name__ == "__main__":
    main()
