"""Whoever waits hears every event about what was asked, from before the append on, and nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime

import pytest

from schemas.device.body import Body
from schemas.device.sends import Send, SendAccepted, SendAttempted
from schemas.envelope import NO_CONTEXT, encode_event
from schemas.message import Event, RequestRefused
from schemas.topics import DEVICE
from streams.gateway.hearing import Hearing, hearing_of
from streams.gateway.tail import Tail
from streams.log.ports import LogError, LogRecord

SEND = Send(to="+62", body=Body(text="x"), expires_at=datetime(2027, 1, 1, tzinfo=UTC), digest="0" * 16)
ATTEMPTED = SendAttempted(request=7, request_id="r", attempt=1, message_id="0" * 32, send=SEND)
ACCEPTED = SendAccepted(request=7, request_id="r", attempt=1)
REFUSED = RequestRefused(reason="unknown_device", detail="there is none")


class Partition:
    """Events that a test appends, read by whoever tails it."""

    def __init__(self) -> None:
        self.end_offset = 50
        self.readers = 0
        self._coming: asyncio.Queue[LogRecord | LogError] = asyncio.Queue()

    async def end(self) -> int:
        return self.end_offset

    async def read(self, begin: int) -> AsyncGenerator[Sequence[LogRecord], None]:
        self.readers += 1
        assert begin == self.end_offset
        while True:
            record = await self._coming.get()
            if isinstance(record, LogError):
                raise record
            self.end_offset = record.offset + 1
            yield [record]

    def append(self, event: Event, decides: int | None = None, subject: str = "d-1", sequence: int = 0) -> None:
        offset = self.end_offset + self._coming.qsize()
        value = encode_event(
            event,
            ("device-events", 0, sequence or offset),
            subject,
            "2026-01-01T00:00:00Z",
            "0" * 16,
            "x",
            decides,
            NO_CONTEXT,
        )
        self._coming.put_nowait(LogRecord(offset, 0, subject.encode(), value))

    def break_off(self) -> None:
        self._coming.put_nowait(LogError("the partition is gone"))


async def _settled(hearing: Hearing, within_s: float = 5.0) -> list[str]:
    await hearing.until(lambda h: h.story.ended, asyncio.get_running_loop().time() + within_s)
    return [told.event.type for told in hearing.told]


async def _listening(tail: Tail) -> Hearing:
    listening = tail.listen()
    await tail.begun()
    hearing = hearing_of(DEVICE, "d-1", 7)
    listening.hear([hearing])
    return hearing


async def test_events_that_come_before_the_position_is_known_are_heard() -> None:
    partition = Partition()
    tail = Tail(partition.end, partition.read, 10)
    listening = tail.listen()
    await tail.begun()
    partition.append(ATTEMPTED, decides=7)
    partition.append(ACCEPTED)
    await asyncio.sleep(0.01)
    hearing = hearing_of(DEVICE, "d-1", 7)
    listening.hear([hearing])
    assert await _settled(hearing) == ["send_attempted", "send_accepted"]
    await tail.close()


async def test_an_event_that_is_partly_heard_from_what_was_kept_goes_on_live() -> None:
    partition = Partition()
    tail = Tail(partition.end, partition.read, 10)
    listening = tail.listen()
    await tail.begun()
    partition.append(ATTEMPTED, decides=7)
    await asyncio.sleep(0.01)
    hearing = hearing_of(DEVICE, "d-1", 7)
    listening.hear([hearing])
    partition.append(ACCEPTED)
    assert await _settled(hearing) == ["send_attempted", "send_accepted"]
    await tail.close()


async def test_what_a_former_owner_wrote_late_is_not_heard() -> None:
    partition = Partition()
    tail = Tail(partition.end, partition.read, 10)
    hearing = await _listening(tail)
    partition.append(REFUSED, decides=7, sequence=1)
    partition.append(ATTEMPTED, decides=7)
    partition.append(ACCEPTED)
    assert await _settled(hearing) == ["send_attempted", "send_accepted"]
    await tail.close()


async def test_two_who_wait_share_one_reader_and_hear_their_own() -> None:
    partition = Partition()
    tail = Tail(partition.end, partition.read, 10)
    first = await _listening(tail)
    listening, second = tail.listen(), hearing_of(DEVICE, "d-2", 8)
    listening.hear([second])
    partition.append(ATTEMPTED, decides=7)
    partition.append(REFUSED, decides=8, subject="d-2")
    partition.append(ACCEPTED)
    assert await _settled(second) == ["request_refused"]
    assert await _settled(first) == ["send_attempted", "send_accepted"]
    assert partition.readers == 1
    await tail.close()


async def test_waiting_ends_at_its_deadline_with_what_was_heard() -> None:
    partition = Partition()
    tail = Tail(partition.end, partition.read, 10)
    hearing = await _listening(tail)
    partition.append(ATTEMPTED, decides=7)
    assert await _settled(hearing, within_s=0.05) == ["send_attempted"]
    assert not hearing.over
    await tail.close()


async def test_a_log_that_cannot_be_read_is_told_to_those_who_wait_and_the_next_begin_anew() -> None:
    partition = Partition()
    tail = Tail(partition.end, partition.read, 10)
    hearing = await _listening(tail)
    partition.break_off()
    with pytest.raises(LogError):
        await _settled(hearing)
    again = await _listening(tail)
    partition.append(REFUSED, decides=7)
    assert await _settled(again) == ["request_refused"]
    await tail.close()


async def test_a_tail_that_nobody_needs_ends_and_begins_anew_for_the_next() -> None:
    partition = Partition()
    tail = Tail(partition.end, partition.read, 0)
    listening = tail.listen()
    await tail.begun()
    listening.close()
    await asyncio.sleep(0.01)
    hearing = await _listening(tail)
    partition.append(REFUSED, decides=7)
    assert await _settled(hearing) == ["request_refused"]
    assert partition.readers == 2
    await tail.close()
