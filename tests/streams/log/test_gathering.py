from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from streams.log.gathering import MOST_BYTES, TOGETHER_BYTES, Gathering, Record, how_many
from streams.log.producers import BatchTooLargeError


class Slow:
    """An append that waits until it may; a record that has no key is too large for it."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.batches: list[list[bytes | None]] = []

    async def append(self, records: Sequence[Record]) -> None:
        await self.may.wait()
        if records[0].key is None:
            raise BatchTooLargeError("letters", 1, MOST_BYTES)
        self.batches.append([record.key for record in records])


def letter(number: int, size: int = 0) -> Record:
    return Record(b"%d" % number, b"x" * size)


async def begun(gathering: Gathering, *records: Record) -> list[asyncio.Task[None]]:
    """Put each by itself, as soon as the one before waits."""
    tasks = [asyncio.create_task(gathering.put([record])) for record in records]
    await asyncio.sleep(0)
    return tasks


async def test_what_comes_during_an_append_goes_with_the_next() -> None:
    slow = Slow()
    tasks = await begun(Gathering(slow.append), *map(letter, range(4)))
    slow.may.set()
    await asyncio.gather(*tasks)
    assert slow.batches == [[b"0"], [b"1", b"2", b"3"]]


async def test_what_goes_together_is_not_large() -> None:
    slow = Slow()
    slow.may.set()
    await Gathering(slow.append).put([letter(number, TOGETHER_BYTES // 2 - 100) for number in range(5)])
    assert slow.batches == [[b"0", b"1"], [b"2", b"3"], [b"4"]]


async def test_who_is_cancelled_takes_nobody_elses_along() -> None:
    slow = Slow()
    first, second = await begun(Gathering(slow.append), letter(0), letter(1))
    first.cancel()
    slow.may.set()
    await second
    assert slow.batches[-1][-1] == b"1"


async def test_one_that_is_too_large_holds_up_no_other() -> None:
    slow = Slow()
    refused, other = await begun(Gathering(slow.append), Record(None, b""), letter(1))
    slow.may.set()
    await other
    assert slow.batches == [[b"1"]]
    with pytest.raises(BatchTooLargeError):
        await refused


def test_one_that_fits_nowhere_goes_alone() -> None:
    assert how_many([12, 1], 10) == 1
