from __future__ import annotations

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from streams.log.event_reading import decoded
from streams.log.ports import LogError, LogRecord
from streams.log.topic_client import Fetched


def batch(*values: bytes) -> bytearray:
    """A Kafka batch at offset 0."""
    builder = DefaultRecordBatchBuilder(
        2, 0, is_transactional=0, producer_id=7, producer_epoch=0, base_sequence=0, batch_size=10_000
    )
    for number, value in enumerate(values):
        builder.append(number, timestamp=1000 + number, key=b"k", value=value, headers=[])
    built: bytearray = builder.build()
    return built


def test_records_come_with_the_position_behind_them() -> None:
    records, position = decoded(Fetched(0, bytes(batch(b"a", b"b"))), "events[0]")
    assert records == [LogRecord(0, 1000, b"k", b"a"), LogRecord(1, 1001, b"k", b"b")]
    assert position == 2


def test_nothing_fetched_leaves_the_position() -> None:
    assert decoded(Fetched(5, b""), "events[0]") == ([], 5)


def test_batch_that_was_cut_off_is_left_for_the_next_fetch() -> None:
    assert decoded(Fetched(0, bytes(batch(b"a", b"b"))[:-3]), "events[0]") == ([], 0)


def test_damaged_batch_is_named() -> None:
    damaged = batch(b"a", b"b")
    damaged[-2] ^= 1
    with pytest.raises(LogError, match=r"events\[0\] is damaged at offset 0: restore it"):
        decoded(Fetched(0, bytes(damaged)), "events[0]")
