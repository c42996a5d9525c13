"""What a million waiting sends take in memory, and how fast they leave again: python -m benchmarks.waiting.

Sends of 120 characters to 3000 busy platform devices; no body is kept in memory (`MENDLINE_WAITING_BODIES_MB` is 0),
so each is read again from a file that stands for the log, in the runner's own sweeps. Then the devices accept whatever
they are given. Beside it the same work with nothing waiting, in the same run: the normal rate. One owner, no Kafka.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
import tracemalloc
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from benchmarks.owner import RULES, START, TENURE, Drivers, json_round, marker, send
from schemas.device.outcomes import Accepted
from schemas.device.requests import DeviceRegistrationRequested
from schemas.envelope import decode_event, encode_request
from schemas.message import Request
from streams.log.ports import LogRecord, RequestBatch
from streams.ownership.budgets import Budgets
from streams.ownership.effects import Begin, Consequence
from streams.ownership.owner import Owner
from streams.ownership.tenure import Inheritance

DEVICES = [f"device-{number:04d}" for number in range(3000)]
BATCH = 500
CHUNK_BYTES = 1 << 20
"""What one fetch brings."""


class File:
    """A log on disk: where each event begins is all that is in memory."""

    def __init__(self, file: IO[bytes], events: int) -> None:
        self._file = file
        self._begins = array("Q", bytes(8 * (events + 1)))
        self._count = 0
        self._end = 0

    def __len__(self) -> int:
        return self._count

    def append(self, values: Iterable[bytes]) -> None:
        """Write events."""
        for value in values:
            self._begins[self._count] = self._end
            self._count += 1
            self._end += self._file.write(value)
        self._begins[self._count] = self._end

    def sweep(self, offsets: Sequence[int]) -> Iterator[list[LogRecord]]:
        """The events at these rising offsets, a chunk of the file at a time."""
        self._file.flush()
        at = 0
        while at < len(offsets):
            begin, records = self._begins[offsets[at]], []
            self._file.seek(begin)
            chunk = self._file.read(CHUNK_BYTES)
            while at < len(offsets) and (end := self._begins[offsets[at] + 1]) - begin <= len(chunk):
                value = chunk[self._begins[offsets[at]] - begin : end - begin]
                records.append(LogRecord(offsets[at], 0, None, value))
                at += 1
            yield records
        self._file.seek(self._end)


class Bench:
    """An owner whose devices answer when they are told to."""

    def __init__(self, file: IO[bytes], sends: int, bodies: int) -> None:
        self.log = File(file, 4 * sends + 2 * len(DEVICES) + 10)
        self.owner = Owner(TENURE, RULES, Budgets(bodies=bodies), Drivers(), lambda: 0.5)
        self.owner.fold(0, decode_event(marker()))
        self.log.append([marker()])
        self.owner.begin(START, Inheritance())
        self.running: list[Begin] = []
        self._asked = 0
        self.ask((device_id, DeviceRegistrationRequested(driver="platform")) for device_id in DEVICES)

    def ask(self, requests: Iterable[tuple[str, Request]]) -> None:
        """Have requests decided and written, in batches."""
        batch: list[LogRecord] = []
        for device_id, request in requests:
            offset = self._asked + len(batch)
            value = encode_request(f"order-{offset}", request.type, device_id, "benchmark", request, time=START)
            batch.append(LogRecord(offset, 0, device_id.encode(), value))
            if len(batch) == BATCH:
                self._decide(batch)
                batch = []
        if batch:
            self._decide(batch)

    def _decide(self, batch: Sequence[LogRecord]) -> None:
        self.owner.requests(RequestBatch(self._asked, self._asked + len(batch), batch), START)
        self._asked += len(batch)
        self.write()

    def write(self) -> None:
        """Write what was decided, and note what begins."""
        while events := self.owner.take(1 << 20):
            base = len(self.log)
            self.log.append(event.value for event in events)
            self._begin(self.owner.acked(base))

    def _begin(self, consequences: Sequence[Consequence]) -> None:
        self.running += [each for each in consequences if isinstance(each, Begin)]

    def answer_all(self) -> int:
        """Every attempt that runs is accepted; how many did."""
        running, self.running = self.running, []
        for begin in running:
            self.owner.ended(begin.effect, Accepted(provider_message_id="taken"), START)
        self.write()
        return len(running)

    def read_again(self) -> None:
        """One sweep through the log for what is lacking."""
        for records in self.log.sweep(self.owner.lacking()):
            self.owner.read_again(records, START)
            self.write()

    def drain(self, most: int) -> int:
        """Let sends leave until none waits, or about `most` left; how many did."""
        left = 0
        while left < most and (answered := self.answer_all()):
            left += answered
            self.read_again()
        return left


def many(sends: int, *, in_turn: bool) -> Iterator[tuple[str, Request]]:
    """Sends to the devices in turn, or to one device after the other."""
    each = -(-sends // len(DEVICES))
    return ((DEVICES[n % len(DEVICES) if in_turn else n // each], send(n)) for n in range(sends))


def resident() -> int:
    """Bytes of this process in memory (proc(5))."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def measure(sends: int, drained: int, *, in_turn: bool) -> None:
    """Fill the queues, look at the memory, and let some leave."""
    with tempfile.TemporaryFile() as file:
        bench = Bench(file, sends, bodies=0)
        bench.ask(many(len(DEVICES), in_turn=True))  # keeps every device busy
        gc.collect()
        before = resident()
        bench.ask(many(sends, in_turn=in_turn))
        gc.collect()
        taken = resident() - before
        waiting = bench.owner.book.stock.waiting
        print(f"{waiting:,} waiting sends: {taken / 1e6:.1f} MB resident, {taken / waiting:.1f} bytes each")
        begin = time.process_time()
        left = bench.drain(drained)
        _show(f"a waiting send that leaves ({'in turn' if in_turn else 'device by device'})", begin, left)


def measure_traced(sends: int) -> None:
    """The same memory as Python itself counts it."""
    with tempfile.TemporaryFile() as file:
        bench = Bench(file, sends, bodies=0)
        bench.ask(many(len(DEVICES), in_turn=True))
        tracemalloc.start()
        bench.ask(many(sends, in_turn=True))
        gc.collect()
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        print(f"{sends:,} waiting sends: {used / sends:.1f} bytes each by tracemalloc")


def measure_normal(sends: int) -> None:
    """Sends to devices that are free."""
    with tempfile.TemporaryFile() as file:
        bench = Bench(file, sends, bodies=1 << 30)
        begin = time.process_time()
        for first in range(0, sends, len(DEVICES)):
            bench.ask((DEVICES[n % len(DEVICES)], send(n)) for n in range(first, first + len(DEVICES)))
            bench.answer_all()
        _show("a send to a free device (the normal rate)", begin, sends)


def _show(what: str, begin: float, sends: int) -> None:
    each = (time.process_time() - begin) / sends
    print(f"{what:58} {each * 1e6:6.1f} µs  {1 / each:9,.0f}/s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waiting", description=__doc__)
    parser.add_argument("--sends", type=int, default=1_000_000)
    parser.add_argument("--drained", type=int, default=100_000)
    parser.add_argument("--device-by-device", action="store_true", help="as from a file that is sorted by device")
    options = parser.parse_args()
    measure_normal(options.drained)
    measure(options.sends, options.drained, in_turn=not options.device_by_device)
    measure_traced(min(options.sends, 100_000))
    print(f"a round of JSON {json_round(marker()) * 1e6:.1f} µs")


if __name__ == "__main__":
    main()
