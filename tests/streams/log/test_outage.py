from __future__ import annotations

import asyncio
import logging

import pytest

from streams.log.outage import LONGEST_WAIT_S, Outage


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, without waiting."""
    seen: list[float] = []

    async def note(seconds: float) -> None:
        seen.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", note)
    return seen


async def test_waits_grow_up_to_a_second(waits: list[float]) -> None:
    outage = Outage("broker")
    for _ in range(20):
        await outage.wait("refused")
    assert waits[0] < 0.1
    assert all(LONGEST_WAIT_S / 2 <= wait <= LONGEST_WAIT_S for wait in waits[10:])


async def test_outage_of_an_hour_is_waited_for_too(waits: list[float]) -> None:
    outage = Outage("broker")
    for _ in range(5000):
        await outage.wait("refused")
    assert waits[-1] <= LONGEST_WAIT_S


async def test_waits_differ(waits: list[float]) -> None:
    outage = Outage("broker")
    for _ in range(30):
        await outage.wait("refused")
    assert len(set(waits[10:])) > 10


async def test_waits_begin_anew_after_an_outage(waits: list[float]) -> None:
    outage = Outage("broker")
    for _ in range(10):
        await outage.wait("refused")
    outage.over()
    await outage.wait("refused")
    assert waits[-1] < 0.1


async def test_outage_is_said_with_its_first_reason(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    outage = Outage("broker")
    outage.began("refused")
    outage.began("no answer")
    outage.over()
    outage.over()
    assert caplog.messages == ["broker: waiting, trying again by itself (refused)", "broker: back"]
