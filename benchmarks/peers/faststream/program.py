"""The peer: the same work in FastStream, as its documentation would have it, in both of its ways to keep order.

`partitions`: a worker a partition (concurrent processing, `AckPolicy.NACK_ON_ERROR`): everybody in a partition waits
for the one whose turn it is.
`batches`: a batch subscriber whose devices work side by side, each in order: every batch takes as long as its slowest
device. Both commit after the work, so a crash repeats what was under way.

`python program.py BROKERS REQUESTS EVENTS SEND_MS partitions|batches`
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from typing import Any

import uvloop
from aiokafka import ConsumerRecord
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

PARTITIONS = 8
RECORDS_A_BATCH = 12_000
"""Four for each of the 3000 devices."""

Request = dict[str, Any]


class Work:
    """The subscribers, in both ways, and what they have in common."""

    def __init__(self, broker: KafkaBroker, events: str, send_s: float) -> None:
        self._broker = broker
        self._events = events
        self._send_s = send_s

    async def one(self, request: Request, message: KafkaMessage) -> None:
        """A subscriber to records."""
        await self._device([(message.raw_message, request)])

    async def batch(self, requests: list[Request], message: KafkaMessage) -> None:
        """A subscriber to batches."""
        devices: dict[bytes, list[tuple[ConsumerRecord, Request]]] = defaultdict(list)
        for record, request in zip(message.raw_message, requests, strict=True):
            devices[record.key].append((record, request))
        await asyncio.gather(*map(self._device, devices.values()))

    async def _device(self, own: list[tuple[ConsumerRecord, Request]]) -> None:
        for record, request in own:
            if request["type"] == "send_requested":
                await self._tell(record, "send_attempted", request["data"])
                await asyncio.sleep(self._send_s)
                await self._tell(record, "send_accepted", {"request_id": request["id"]})

    async def _tell(self, record: ConsumerRecord, kind: str, data: dict[str, Any]) -> None:
        subject, told = record.key.decode(), data | {"request": record.offset}
        value = {"specversion": "1.0", "type": kind, "subject": subject, "data": told}
        await self._broker.publish(value, self._events, key=record.key)


def make_app(brokers: str, requests: str, events: str, send_s: float, way: str) -> FastStream:
    """The app with its one subscriber."""
    # With eight workers a linger would only be waited for.
    linger_ms = 0 if way == "partitions" else 5
    writing = {"acks": "all", "enable_idempotence": True, "linger_ms": linger_ms, "max_batch_size": 256 * 1024}
    broker = KafkaBroker(brokers, logger=None, **writing)
    reading = {"group_id": requests, "auto_offset_reset": "earliest", "ack_policy": AckPolicy.NACK_ON_ERROR}
    work = Work(broker, events, send_s)
    if way == "partitions":
        broker.subscriber(requests, max_workers=PARTITIONS, **reading)(work.one)
    else:
        broker.subscriber(requests, batch=True, max_records=RECORDS_A_BATCH, **reading)(work.batch)
    return FastStream(broker, logger=None)


if __name__ == "__main__":
    brokers, requests, events, send_ms, way = sys.argv[1:]
    uvloop.run(make_app(brokers, requests, events, float(send_ms) / 1000, way).run())
