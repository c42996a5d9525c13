"""Claiming a partition while others do the same."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

import pytest

from schemas.envelope import NO_CONTEXT, encode_event
from schemas.message import PartitionClaimed
from streams.device.facts import Rules
from streams.log.ports import Clock, EventLog, EventRecord, Intake, LogRecord, NotMemberError
from streams.ownership.budgets import Budgets
from streams.ownership.owner import PARTITION, Owner
from streams.ownership.surroundings import Links
from streams.ownership.tenure import Tenure
from streams.worker.claiming import Claimer
from streams.worker.terms import Terms
from tests.streams.worker.who import WHO

NOW = datetime(2026, 3, 1, tzinfo=UTC)
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


class Partition:
    """A log and a group of one partition, in which another worker claims after the first proof of membership."""

    def __init__(self) -> None:
        self.log: list[bytes] = []
        self.commits = 0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    async def end(self, partition: int) -> int:
        return len(self.log)

    async def read(self, partition: int, begin: int) -> AsyncGenerator[Sequence[LogRecord], None]:
        while True:
            found = [LogRecord(n, 0, None, value) for n, value in enumerate(self.log)][begin:]
            begin = len(self.log)
            yield found

    async def append(self, partition: int, events: Sequence[EventRecord]) -> int:
        self.log += [event.value for event in events]
        return len(self.log) - 1

    async def first(self, partition: int) -> int:
        return 0

    async def commit(self, positions: Mapping[int, int], passed: Mapping[int, int] | None = None) -> None:
        self.commits += 1
        if self.commits > 1:
            raise NotMemberError("the group gave the partition to another")
        at = NOW.isoformat()
        place = WHO.topic, 0, 0
        self.log.append(encode_event(SOMEBODY, place, PARTITION, at, SOMEBODY.claim, "due:claim", None, NO_CONTEXT))


async def test_a_proof_of_membership_before_anothers_claim_proves_nothing() -> None:
    partition = Partition()
    log, intake, clock = cast(EventLog, partition), cast(Intake, partition), cast(Clock, partition)
    tenure = Tenure(topic=WHO.topic, partition=0, partitions=1, claim="a" * 16, installation_id=WHO.installation_id)
    owner = Owner(tenure, Rules(), Budgets(), cast(Links, partition), lambda: 0.5)
    with pytest.raises(NotMemberError):
        await Claimer(0, WHO, Terms(), log, intake, clock, lambda: None).claim(owner)
    assert len(partition.log) == 1
