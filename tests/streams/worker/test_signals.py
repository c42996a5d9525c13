"""Signals go to their topic, each device's newest, and nobody waits for them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from schemas.device.pairing import CodeShown, QrShown, decode_signal
from streams.worker.signals import Signals
from tests.streams.worker.test_publisher import Log

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)


async def sent(signals: Signals) -> None:
    if signals._sending is not None:
        await asyncio.wait([signals._sending])


async def test_the_newest_signal_of_each_device_is_sent() -> None:
    signals = Signals(log := Log(), "device-signals")
    log.open.set()
    signals.put("d1", 7, QrShown(text="one", until=UNTIL))
    signals.put("d1", 7, QrShown(text="two", until=UNTIL))
    signals.put("d2", 9, CodeShown(text="three", until=UNTIL))
    await sent(signals)
    ((topic, records),) = log.taken
    shown = [decode_signal(record.value) for record in records]
    assert (topic, [record.key for record in records]) == ("device-signals", [b"d1", b"d2"])
    assert [(s.pairing, s.kind, s.text) for s in shown if s is not None] == [(7, "qr", "two"), (9, "code", "three")]


async def test_what_comes_while_one_is_sent_is_sent_after_it() -> None:
    signals = Signals(log := Log(), "device-signals")
    signals.put("d1", 7, QrShown(text="one", until=UNTIL))
    await asyncio.sleep(0)
    signals.put("d1", 7, QrShown(text="two", until=UNTIL))
    log.open.set()
    await sent(signals)
    assert len(log.taken) == 2


async def test_nothing_is_sent_once_it_is_closed() -> None:
    signals = Signals(log := Log(), "device-signals")
    signals.put("d1", 7, QrShown(text="one", until=UNTIL))
    await asyncio.sleep(0)
    await signals.close()
    assert log.taken == []


def test_a_record_that_is_no_signal_is_none() -> None:
    assert decode_signal(None) is decode_signal(b"{}") is None
