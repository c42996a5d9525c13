"""Claiming with a snapshot: only what came later is folded, and nothing is forgotten of who claimed before."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from schemas.envelope import NO_CONTEXT, decode_event, encode_event
from schemas.fence import Verdict
from schemas.marks import PARTITION
from schemas.message import PartitionClaimed, PartitionReleased
from streams.log.ports import Clock, EventLog, Intake, LogError, LogRecord
from streams.ownership.folding import Folding, state_version
from streams.ownership.lineage import Lineage
from streams.ownership.snapshot import Place, Snapshot
from streams.snapshots.fitting import Fitting
from streams.worker.claiming import Claimer
from streams.worker.terms import Terms
from streams.worker.unfit import ForeignLogError, NamesakeError
from tests.streams.worker.test_claiming import NOW, SOMEBODY, Partition, marker, owner_of
from tests.streams.worker.test_retention import Events, holding
from tests.streams.worker.test_retention import Intake as Requests
from tests.streams.worker.who import WHO


class ReadFrom(Partition):
    """Tells from where on it was read."""

    def __init__(self, *log: bytes) -> None:
        super().__init__(*log)
        self.begins: list[int] = []

    def read(self, partition: int, begin: int) -> AsyncGenerator[Sequence[LogRecord], None]:
        self.begins.append(begin)
        return super().read(partition, begin)


class Shelved:
    """Gives a snapshot of a log, or the error that is met instead."""

    def __init__(self, log: Sequence[bytes], *earlier: PartitionClaimed, error: Exception | None = None) -> None:
        self._error = error
        self._folding = Folding()
        lineage = Lineage(vars(m) for m in earlier)
        for offset, value in enumerate(log):
            envelope = decode_event(value)
            if self._folding.fold(offset, envelope) is Verdict.CLAIMED:
                lineage.note(envelope.data)
        self._snapshot = Snapshot(
            place=Place(WHO.topic, 0, "b" * 16, len(log)),
            generation=self._folding.fence.generation,
            next_request=0,
            version=state_version(),
            markers=lineage.markers(),
            state=b"",
        )

    async def newest(self, partition: int) -> tuple[Snapshot, Folding]:
        if self._error is not None:
            raise self._error
        return self._snapshot, self._folding


class Away:
    """Never answers."""

    async def newest(self, partition: int) -> None:
        await asyncio.sleep(60)


def claimer(partition: Partition, snapshots: Any, snapshot_s: float = 15.0) -> Claimer:
    log, intake, clock = cast(EventLog, partition), cast(Intake, partition), cast(Clock, partition)
    terms = Terms(snapshot_s=snapshot_s)
    return Claimer(0, WHO, terms, log, intake, clock, lambda: None, cast(Fitting, snapshots))


async def test_only_what_came_after_the_snapshot_is_read() -> None:
    partition = ReadFrom(marker())
    claimed = await claimer(partition, Shelved([marker()])).claim(owner_of(partition))
    assert partition.begins == [1]
    assert claimed.owner.fence.generation == 2


async def test_the_predecessor_is_known_from_the_snapshot() -> None:
    partition = ReadFrom(marker())
    claimed = await claimer(partition, Shelved([marker()])).claim(owner_of(partition))
    assert (claimed.predecessor.process, claimed.predecessor.released) == (SOMEBODY.process, False)


async def test_that_the_predecessor_has_released_is_known_from_the_snapshot() -> None:
    place = WHO.topic, 0, 1
    event = PartitionReleased()
    release = encode_event(event, place, PARTITION, NOW.isoformat(), SOMEBODY.claim, "due:handover", None, NO_CONTEXT)
    partition = ReadFrom(marker(), release)
    claimed = await claimer(partition, Shelved([marker(), release])).claim(owner_of(partition))
    assert (claimed.predecessor.process, claimed.predecessor.released) == (SOMEBODY.process, True)


async def test_a_namesake_is_known_from_the_snapshot() -> None:
    own = replace(SOMEBODY, process=WHO.process, owner=WHO.instance_id)
    namesake = replace(SOMEBODY, owner=WHO.instance_id)
    partition = ReadFrom(marker())
    with pytest.raises(NamesakeError):
        await claimer(partition, Shelved([], own, namesake)).claim(owner_of(partition))


async def test_another_installations_log_is_known_from_the_snapshot() -> None:
    partition = ReadFrom(marker())
    with pytest.raises(ForeignLogError):
        await claimer(partition, Shelved([], replace(SOMEBODY, installation="other"))).claim(owner_of(partition))


async def test_everything_is_folded_where_snapshots_cannot_be_read() -> None:
    partition = ReadFrom(marker())
    await claimer(partition, Shelved([marker()], error=LogError("no leader"))).claim(owner_of(partition))
    assert partition.begins == [0]


async def test_everything_is_folded_where_snapshots_do_not_come_in_time() -> None:
    partition = ReadFrom(marker())
    await claimer(partition, Away(), snapshot_s=0.01).claim(owner_of(partition))
    assert partition.begins == [0]


async def test_everything_is_folded_where_there_is_no_snapshot() -> None:
    partition = ReadFrom(marker())
    await claimer(partition, None).claim(owner_of(partition))
    assert partition.begins == [0]


class Misleading:
    """Gives a snapshot that nobody expected."""

    asked = 0

    async def newest(self, partition: int) -> tuple[None, None]:
        self.asked += 1
        return None, None


async def test_after_an_unexpected_error_no_snapshot_is_trusted(caplog: pytest.LogCaptureFixture) -> None:
    events, misleading = Events(), Misleading()
    caplog.set_level(logging.CRITICAL)
    held = await holding(events, Requests(begins=0, committed=(0, 0)), misleading)
    await held.leave_all()
    assert misleading.asked == 1
    assert len(events.records) == 2  # a marker and a release
