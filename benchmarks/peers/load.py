"""The requests that every program is given: made once, published as often as there are runs."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer

from benchmarks.workload import DEVICES, PARTITIONS, producer, registration, send
from schemas.partitioner import partition_of
from schemas.topics import Topics

Lane = list[tuple[bytes, bytes]]
RECORDS_A_BATCH = 1000


class Load:
    """Registrations of 3000 devices, then sends to them in turn."""

    def __init__(self) -> None:
        self._rounds = [_lanes([registration(device) for device in DEVICES])]

    async def publish(self, bootstrap: str, topics: Topics, sends: int) -> int:
        """Fill the requests topic with at least `sends` sends, as many to every device, and say how many."""
        rounds = max(1, -(-sends // len(DEVICES)))
        while len(self._rounds) <= rounds:
            first = (len(self._rounds) - 1) * len(DEVICES)
            self._rounds.append(_lanes([send(device, first + n) for n, device in enumerate(DEVICES)]))
        async with producer(bootstrap) as to:
            lanes = ([lanes[number] for lanes in self._rounds[: rounds + 1]] for number in range(PARTITIONS))
            await asyncio.gather(*(_publish(to, topics, number, lane) for number, lane in enumerate(lanes)))
        return rounds * len(DEVICES)


def _lanes(records: list[tuple[str, bytes]]) -> list[Lane]:
    lanes: list[Lane] = [[] for _ in range(PARTITIONS)]
    for key, value in records:
        raw = key.encode()
        lanes[partition_of(raw, PARTITIONS)].append((raw, value))
    return lanes


async def _publish(to: AIOKafkaProducer, topics: Topics, partition: int, rounds: list[Lane]) -> None:
    records = [record for lane in rounds for record in lane]
    for begin in range(0, len(records), RECORDS_A_BATCH):
        batch = to.create_batch()
        for key, value in records[begin : begin + RECORDS_A_BATCH]:
            batch.append(timestamp=None, key=key, value=value)
        await (await to.send_batch(batch, topics.requests(), partition=partition))
