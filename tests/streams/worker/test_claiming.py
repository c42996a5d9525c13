"""Claiming a partition while others do the same."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

import pytest

from schemas.envelope import NO_CONTEXT, encode_event
from schemas.marks import PARTITION
from schemas.message import PartitionClaimed
from streams.device.facts import Rules
from streams.log.ports import Clock, EventLog, EventRecord, Intake, LogRecord, NotMemberError
from streams.ownership.budgets import Budgets
from streams.ownership.owner import Owner
from streams.ownership.surroundings import Links
from streams.ownership.tenure import Tenure
from streams.worker.claiming import Claimer
from streams.worker.owning import PartitionOwner
from streams.worker.terms import Terms
from tests.streams.worker.who import WHO

NOW = datetime(2026, 3, 1, tzinfo=UTC)
AT_MS = int(NOW.timestamp() * 1000)
SOMEBODY = PartitionClaimed(
    generation=1,
    claim="b" * 16,
    owner="worker-2",
    schema_level=1,
    partitions=1,
    installation=WHO.installation,
    folder="folder-2",
    process="process-2",
)


def marker() -> bytes:
    """Somebody's claim, the first record of the log."""
    place = WHO.topic, 0, 0
    return encode_event(SOMEBODY, place, PARTITION, NOW.isoformat(), SOMEBODY.claim, "due:claim", None, NO_CONTEXT)


class Partition:
    """A log and a group of one partition."""

    def __init__(self, *log: bytes) -> None:
        self.log = list(log)
        self.commits = 0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    def holding(self, partition: int) -> int:
        return 1

    async def end(self, partition: int) -> int:
        return len(self.log)

    async def read(self, partition: int, begin: int) -> AsyncGenerator[Sequence[LogRecord], None]:
        while True:
            found = [LogRecord(n, AT_MS, None, value) for n, value in enumerate(self.log)][begin:]
            begin = len(self.log)
            yield found

    async def append(self, partition: int, events: Sequence[EventRecord]) -> int:
        self.log += [event.value for event in events]
        return len(self.log) - 1

    async def first(self, partition: int) -> int:
        return 0

    async def commit(self, positions: Mapping[int, int], passed: Mapping[int, int] | None = None) -> None:
        self.commits += 1


class Overtaken(Partition):
    """Another worker claims after the first proof of membership."""

    async def commit(self, positions: Mapping[int, int], passed: Mapping[int, int] | None = None) -> None:
        await super().commit(positions, passed)
        if self.commits > 1:
            raise NotMemberError("the group gave the partition to another")
        self.log.append(marker())


class HandedBack(Partition):
    """The partition goes back to its predecessor, and comes again, while the first wait for that one lasts."""

    def __init__(self) -> None:
        super().__init__(marker())
        self.waits = 0

    def holding(self, partition: int) -> int:
        return min(self.waits, 1)

    def waited(self) -> None:
        self.waits += 1


class Waiting(Claimer):
    """A claimer to whom its predecessor has open work and never releases; it tells of each wait."""

    def _has_to_wait(self, owner: PartitionOwner) -> bool:
        return True

    async def _wait_for_predecessor(self, owner: PartitionOwner, batches: object) -> None:
        cast(HandedBack, self._intake).waited()


def owner_of(partition: Partition) -> Owner:
    tenure = Tenure(topic=WHO.topic, partition=0, partitions=1, claim="a" * 16, installation_id=WHO.installation_id)
    return Owner(tenure, Rules(), Budgets(), cast(Links, partition), lambda: 0.5)


def claimer(kind: type[Claimer], partition: Partition) -> Claimer:
    log, intake, clock = cast(EventLog, partition), cast(Intake, partition), cast(Clock, partition)
    return kind(0, WHO, Terms(), log, intake, clock, lambda: None)


async def test_a_proof_of_membership_before_anothers_claim_proves_nothing() -> None:
    partition = Overtaken()
    with pytest.raises(NotMemberError):
        await claimer(Claimer, partition).claim(owner_of(partition))
    assert len(partition.log) == 1


async def test_a_wait_for_a_predecessor_who_had_the_partition_back_meanwhile_begins_anew() -> None:
    partition = HandedBack()
    claimed = await claimer(Waiting, partition).claim(owner_of(partition))
    assert (partition.waits, claimed.surprised) == (2, False)
