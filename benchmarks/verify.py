"""How many events a second `mendline verify` checks, once they are in memory: python -m benchmarks.verify.

The log: 3000 linked devices in 8 partitions, sends of 2 or 3 events (attempted, accepted; every third queued first),
450 bytes an event, each with its request beside it. Making the log is not measured, nor is Kafka; parsing is.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain

import orjson

from mendline.verify.check import Verification
from mendline.verify.history import PartitionHistory, RawRecord
from schemas.partitioner import partition_of
from schemas.topics import Topics

PARTITIONS = 8
DEVICES = [f"device-{n:04d}" for n in range(3000)]
NOW = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC).isoformat()
LATER = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC).isoformat()
TEXT = "Your order is on its way and will reach you tomorrow between nine and twelve."
MARKER = {"generation": 1, "claim": "c" * 16, "owner": "one", "schema_level": 1, "partitions": 8, "installation": "1"}


class Writer:
    """Writes one partition's logs."""

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.requests: list[RawRecord] = []
        self.events: list[RawRecord] = []

    def ask(self, device: str, type_: str, data: Mapping[str, object]) -> int:
        """Append a request."""
        offset = len(self.requests)
        value = {"specversion": "1.0", "id": f"order-{offset}", "type": type_, "source": "shop", "subject": device}
        self.requests.append(RawRecord(offset, device.encode(), orjson.dumps(value | {"data": data})))
        return offset

    def tell(self, subject: str, type_: str, data: dict[str, object], decides: int | None = None) -> None:
        """Append an event."""
        offset = len(self.events)
        value = {
            "specversion": "1.0",
            "id": f"device-events/{self.partition}/{offset}",
            "type": type_,
            "source": "mendline",
            "subject": subject,
            "time": NOW,
            "claim": "c" * 16,
            "sequence": str(offset),
            **({} if decides is None else {"decides": str(decides)}),
            "cause": "driver:1" if decides is None else f"request:{decides}",
            "data": data,
        }
        self.events.append(RawRecord(offset, subject.encode(), orjson.dumps(value)))


def written(partition: int, events: int) -> PartitionHistory:
    """One partition's logs, of about so many events."""
    writer = Writer(partition)
    writer.tell("(partition)", "partition_claimed", {**MARKER})
    devices = [device for device in DEVICES if partition_of(device.encode(), PARTITIONS) == partition]
    for device in devices:
        _connect(writer, device)
    for n, device in enumerate(_in_turn(devices)):
        if len(writer.events) >= events:
            break
        _send(writer, device, waits=n % 3 == 0)
    return PartitionHistory(partition, writer.requests, writer.events)


def _in_turn(devices: list[str]) -> Iterator[str]:
    while True:
        yield from devices


def _connect(writer: Writer, device: str) -> None:
    asked = writer.ask(device, "device_registration_requested", {"driver": "simulated"})
    writer.tell(device, "device_registered", {"driver": "simulated", "linked": True, "name": ""}, asked)
    writer.tell(device, "refresh_started", {"refresh": 1, "why": "requested"})
    writer.tell(device, "refresh_succeeded", {"refresh": 1})
    writer.tell(device, "device_connected", {"link": 1, "how": "refreshed", "jid": None})


def _send(writer: Writer, device: str, *, waits: bool) -> None:
    asked = {"to": "6281234567890", "body": {"text": TEXT}}
    request = writer.ask(device, "send_requested", asked)
    names = {"request": request, "request_id": f"order-{request}"}
    body = {"text": TEXT, "media": None}
    rest = {"campaign": None, "not_before": None, "expires_at": LATER, "digest": "0" * 16}
    send = {"to": "6281234567890", "body": body, **rest}
    attempt = {**names, "attempt": 1, "message_id": f"{request:032x}", "link": 1, "known_chat": None}
    if waits:
        writer.tell(device, "send_queued", {**names, "send": send, "reason": "busy", "refresh": None}, request)
        writer.tell(device, "send_attempted", {**attempt, "send": None})
    else:
        writer.tell(device, "send_attempted", {**attempt, "send": send}, request)
    given = {"provider_message_id": f"taken.{request}", "pace_until": None}
    writer.tell(device, "send_accepted", {**names, "attempt": 1, **given})


def measured(events: int) -> tuple[float, float, int, int]:
    """Seconds of checking, and of parsing alone; events and requests; over all partitions."""
    verification, checking, parsing, counted, asked = Verification(PARTITIONS, Topics()), 0.0, 0.0, 0, 0
    for partition in range(PARTITIONS):
        logs = written(partition, events // PARTITIONS)
        begun = time.process_time()
        check = verification.begin(partition, requests_begin=0, events_begin=0)
        check.requests(logs.requests, None)
        check.events(logs.events)
        verification.finish(check)
        checking += time.process_time() - begun
        parsing += parsed(logs)
        counted, asked = counted + len([*logs.events]), asked + len([*logs.requests])
    assert verification.report().ok
    return checking, parsing, counted, asked


def parsed(logs: PartitionHistory) -> float:
    """Seconds of parsing a partition's logs, and nothing else."""
    begun = time.process_time()
    for record in chain(logs.events, logs.requests):
        orjson.loads(record.value or b"")
    return time.process_time() - begun


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    checking, parsing, events, requests = measured(parser.parse_args().events)
    print(f"{events / checking:,.0f} events/s, with {requests / checking:,.0f} requests/s beside them")
    print(f"{events / parsing:,.0f} events/s for parsing both alone")


if __name__ == "__main__":
    main()
