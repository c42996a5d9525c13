"""The EventLog and ReportLog ports of one process over the simulated brokers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from schemas.envelope import decode_event
from schemas.marks import PARTITION
from schemas.message import PartitionClaimed
from streams.log.ports import AckTimes, AppendUnknownError, EventLog, EventRecord, LogError, LogRecord, ReportLog
from tests.faults.simulation.brokers import Brokers, Producer
from tests.faults.simulation.partition_log import Loose, PartitionLog
from tests.faults.simulation.process import Process
from tests.faults.simulation.witness import Witness

APPEND_TIMEOUT_S = 10.0
FETCH_WAIT_S = 0.2
READ_AT_ONCE = 40
LATE_COPY_S = 20.0


class SimulatedEventLog(EventLog):
    """Appends by one producer after the other: one that failed is never used again (log-fence.md, 4)."""

    def __init__(
        self, process: Process, brokers: Brokers, witness: Witness, logs: Sequence[PartitionLog] | None = None
    ) -> None:
        self._process = process
        self._brokers = brokers
        self._logs = brokers.events if logs is None else logs
        self._witness = witness
        self._producer = Producer()
        self._acks: AckTimes | None = None

    async def append(self, partition: int, events: Sequence[EventRecord]) -> int:
        """Append `events` as one batch; its base offset."""
        producer = self._producer
        if events[0].key == PARTITION.encode() and self._process.alive:
            self._mind_marker(partition, events[0])
        answer: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        asked = self._process.now()
        batch = [Loose(*event) for event in events]
        try:
            async with asyncio.timeout(APPEND_TIMEOUT_S):
                if self._process.alive:
                    log = self._logs[partition]
                    self._brokers.append(self._process, producer, log, batch, lambda base: settle(answer, base))
                base = await answer
        except TimeoutError:
            base = None
        except asyncio.CancelledError:
            self._retire(producer)
            raise
        if base is None:
            self._retire(producer)
            raise AppendUnknownError(self._logs[partition].name)
        self._witness.acked.update(
            dict.fromkeys(((partition, base + n) for n in range(len(events))), self._process.world.now)
        )
        self._acks = AckTimes(asked, self._process.world.wall(0.0), self._process.now())
        return base

    def last_ack(self) -> AckTimes | None:
        """Of the latest clean ack; the broker's clock is right."""
        return self._acks

    def _mind_marker(self, partition: int, event: EventRecord) -> None:
        if decode_event(event.value).type == PartitionClaimed.type:
            self._process.world.count("claims")
            self._witness.marked(self._process, partition)

    def _retire(self, producer: Producer) -> None:
        if producer is self._producer:
            self._producer = Producer()

    async def end(self, partition: int) -> int:
        """The offset that the next event will have."""
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        log = self._logs[partition]

        def look() -> None:
            self._process.deliver(settle, answer, log.end())

        self._process.post(self._brokers.network.fetch_latency(), look)
        return await answer

    async def pick(self, partition: int, offsets: Sequence[int]) -> Sequence[LogRecord]:
        """Of the records at these offsets as many as one fetch brings."""
        answer: asyncio.Future[Sequence[LogRecord] | None] = asyncio.get_running_loop().create_future()
        network, log = self._brokers.network, self._brokers.events[partition]

        def look() -> None:
            found = None if network.refuses_fetch() else log.read(offsets[0], READ_AT_ONCE)[0]
            self._process.deliver(settle, answer, found)

        self._process.post(network.fetch_latency(), look)
        if (records := await answer) is None:
            raise LogError("refused")
        self._process.world.count("read again")
        return [record for record in records if record.offset in offsets]

    def read(self, partition: int, begin: int) -> AsyncGenerator[Sequence[LogRecord], None]:
        """Every record from `begin` on, in batches."""
        return Reading(self._process, self._brokers, self._logs[partition], begin)


class Reading(AsyncGenerator[Sequence[LogRecord], None]):
    """Fetches one after the other; no generator function, so that a killed process leaves nothing to finalise."""

    def __init__(self, process: Process, brokers: Brokers, log: PartitionLog, begin: int) -> None:
        self._process = process
        self._network = brokers.network
        self._log = log
        self._position = begin

    async def asend(self, value: None) -> Sequence[LogRecord]:
        """The next batch; empty when nothing came for a while."""
        answer: asyncio.Future[Sequence[LogRecord]] = asyncio.get_running_loop().create_future()
        self._process.post(self._network.fetch_latency(), self._look, answer)
        return await answer

    def _look(self, answer: asyncio.Future[Sequence[LogRecord]]) -> None:
        if self._log.end() > self._position:
            self._answer(answer)
        else:
            self._log.when_more(lambda: self._answer(answer))
            self._process.post(FETCH_WAIT_S, self._answer, answer)

    def _answer(self, answer: asyncio.Future[Sequence[LogRecord]]) -> None:
        if not answer.done():
            records, position = self._log.read(self._position, READ_AT_ONCE)
            self._process.deliver(self._arrived, answer, records, position)

    def _arrived(self, answer: asyncio.Future[Sequence[LogRecord]], records: list[LogRecord], position: int) -> None:
        if not answer.done():
            self._position = position
            answer.set_result(records)

    async def athrow(self, *_: Any) -> Sequence[LogRecord]:
        """Nothing is thrown into a reading."""
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Nothing is held open."""


class SimulatedReportLog(ReportLog):
    """Requests that a process publishes; one whose ack is lost is published again, and an old copy may come late."""

    def __init__(self, process: Process, brokers: Brokers, by_topic: Mapping[str, Brokers] | None = None) -> None:
        self._process = process
        self._brokers = brokers
        self._by_topic = by_topic or {}

    async def report(self, key: bytes, value: bytes) -> None:
        """Append a request, acknowledged."""
        await self._append(self._brokers, key, value)

    async def publish(self, topic: str, records: Sequence[EventRecord]) -> None:
        """Append requests of another stream, acknowledged."""
        for record in records:
            await self._append(self._by_topic[topic], *record)

    async def _append(self, brokers: Brokers, key: bytes, value: bytes) -> None:
        network = self._brokers.network
        while (fate := network.fate()) != "clean":
            if fate in ("ack_lost", "doubled"):
                self._publish(brokers, key, value)
            elif fate == "late":
                self._process.post(network.seconds(LATE_COPY_S), brokers.publish, Loose(key, value))
            await asyncio.sleep(network.seconds(2.0))
        self._publish(brokers, key, value)
        await asyncio.sleep(2 * network.latency())

    def _publish(self, brokers: Brokers, key: bytes, value: bytes) -> None:
        self._process.post(0.0, brokers.publish, Loose(key, value))

    async def dead_letter(self, reason: str, topic: str, partition: int, record: LogRecord) -> None:
        """Keep a record that cannot be decoded."""
        self._process.post(self._brokers.network.latency(), self._brokers.dead_letters.append, (partition, record))


def settle(answer: asyncio.Future[Any], result: object) -> None:
    """Answer who still waits."""
    if not answer.done():
        answer.set_result(result)
