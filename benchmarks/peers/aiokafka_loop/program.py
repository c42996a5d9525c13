"""The peer: the same work as a plain aiokafka loop, as a careful program without a framework would have it.

A batch is read; its devices work side by side, each in order; before and after each send one event, acknowledged;
when the whole batch is done its offsets are committed. So every batch takes as long as its slowest device, and a crash
repeats a batch: its sends leave twice.

`python program.py BROKERS REQUESTS EVENTS SEND_MS`
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

RECORDS_A_BATCH = 12_000
"""Four for each of the 3000 devices: more make no difference, fewer make the loop wait more often."""


class Loop:
    """Reads, works and commits, batch by batch."""

    def __init__(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, events: str, send_s: float) -> None:
        self._consumer = consumer
        self._producer = producer
        self._events = events
        self._send_s = send_s

    async def run(self) -> None:
        """Work until the process is ended."""
        while True:
            batch = await self._consumer.getmany(timeout_ms=1000, max_records=RECORDS_A_BATCH)
            devices = _by_device(record for records in batch.values() for record in records)
            await asyncio.gather(*(self._device(key, requests) for key, requests in devices.items()))
            if devices:
                await self._consumer.commit()

    async def _device(self, key: bytes, requests: list[tuple[int, dict[str, Any]]]) -> None:
        for offset, request in requests:
            await self._tell(key, "send_attempted", offset, request["data"])
            await asyncio.sleep(self._send_s)
            await self._tell(key, "send_accepted", offset, {"request_id": request["id"]})

    async def _tell(self, key: bytes, kind: str, offset: int, data: dict[str, Any]) -> None:
        value = {"specversion": "1.0", "type": kind, "subject": key.decode(), "data": data | {"request": offset}}
        await self._producer.send_and_wait(self._events, orjson.dumps(value), key=key)


def _by_device(records: Iterable[Any]) -> dict[bytes, list[tuple[int, dict[str, Any]]]]:
    found: dict[bytes, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for record in records:
        request = orjson.loads(record.value)
        if request["type"] == "send_requested":
            found[record.key].append((record.offset, request))
    return found


async def main(brokers: str, requests: str, events: str, send_ms: float) -> None:
    """Work until the process is ended."""
    reading = {"group_id": requests, "auto_offset_reset": "earliest", "enable_auto_commit": False}
    writing = {"acks": "all", "enable_idempotence": True, "linger_ms": 5, "max_batch_size": 256 * 1024}
    async with (
        AIOKafkaConsumer(requests, bootstrap_servers=brokers, **reading) as consumer,
        AIOKafkaProducer(bootstrap_servers=brokers, **writing) as producer,
    ):
        await Loop(consumer, producer, events, send_ms / 1000).run()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])))
