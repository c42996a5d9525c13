"""Membership in the consumer group that shares the requests partitions."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.protocol.api import Request
from aiokafka.protocol.group import HeartbeatRequest, SyncGroupRequest

from schemas.cluster import Cluster
from streams.log.assignor import new_assignor
from streams.log.closing import close_consumer
from streams.log.holding import Holding
from streams.log.outage import Outage
from streams.log.ports import FencedMemberError, LogError, NotMemberError

HEARTBEATS_PER_SESSION = 24
# A join is answered when every member has joined, at most a session later: requests have to outlast that.
JOIN_MARGIN_S = 5.0
FETCH_WAIT_MS = 100
NEVER_MS = 2**31 - 1
PUT_OUT = ""
# Kafka's codes; for the last one aiokafka has no class.
ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID = 22, 25, 82
# A dead one loses its place after a session, counted from when its coordinator began.
DEAD_SESSIONS = 1.5
# A living one that is put out in turn joins again after a heartbeat and a join.
AGAIN_SESSIONS = 6
ASK_S = 0.25
# A coordinator that starts is found and lost again several times.
STEADY_S = 2.0
LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """Which group to join, and as whom.

    instance_id: names this member over restarts; from a locked data folder, since brokers let two members with
    one id steal from each other. None: a member that leaves when it closes.
    """

    group_id: str
    instance_id: str | None
    session_timeout_s: float = 6.0
    commit_timeout_s: float = 5.0


class Share:
    """What a member has of one topic.

    assigned: what the last assignment gave; a rebalance under way changes nothing yet. on_assigned: called with the
    consumer and its new partitions before any record of them can arrive.
    """

    def __init__(self) -> None:
        self.assigned: frozenset[int] = frozenset()
        self.holding = Holding()
        self.changed = asyncio.Event()
        self.on_assigned: Callable[[AIOKafkaConsumer, frozenset[int]], None] = lambda consumer, assigned: None

    def give(self, consumer: AIOKafkaConsumer, generation: int, assigned: frozenset[int]) -> None:
        """Take in what a generation of the group gives."""
        self.assigned = assigned
        self.holding.assigned(generation, assigned)
        self.on_assigned(consumer, assigned)


class Membership:
    """Joins the group for all `topics`, and joins anew whenever aiokafka gives up."""

    def __init__(self, cluster: Cluster, topics: Sequence[str], group: Group) -> None:
        self._cluster = cluster
        self._group = group
        self._shares = {topic: Share() for topic in topics}
        self._outage = Outage(f"group {group.group_id} on {cluster.bootstrap}")
        self._consumer: AIOKafkaConsumer | None = None
        self._last_unreached = 0.0
        self._settled = asyncio.Event()
        self._broken = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self._last: tuple[str, int] | None = None
        """Member id and generation of the last assignment."""
        self._fenced = False
        self._replaced_at = -math.inf

    def share(self, topic: str) -> Share:
        """What this member has of a topic."""
        return self._shares[topic]

    def open(self) -> None:
        """Begin to join, unless it has begun; waits and tries again while the brokers are away."""
        if self._keeping is None:
            self._keeping = asyncio.ensure_future(self._keep())

    async def close(self) -> None:
        """Stop being a member, within two seconds."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait({self._keeping})
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await close_consumer(consumer)

    async def changed(self, topic: str) -> frozenset[int]:
        """Wait until the assignment may have changed since the last call; the new one. Raises FencedMemberError."""
        share = self._shares[topic]
        await share.changed.wait()
        share.changed.clear()
        if self._fenced:
            raise FencedMemberError(f"{self._group.instance_id} has joined {self._group.group_id} as another process")
        return share.assigned

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """The consumer to fetch with, None while there is no assignment to fetch under."""
        return self._consumer if self._settled.is_set() else None

    async def settled(self) -> None:
        """Wait until no rebalance is under way."""
        await self._settled.wait()

    def look(self) -> None:
        """Notice whether the coordinator answers."""
        now = asyncio.get_running_loop().time()
        coordinator = self._consumer and self._consumer._coordinator  # None until the consumer has started
        if coordinator is not None and coordinator.coordinator_id is None:
            self._last_unreached = now
            self._outage.began("its coordinator does not answer")
        elif self._settled.is_set() and now - self._last_unreached > STEADY_S:
            self._outage.over()

    def rejoin(self, reason: KafkaError) -> None:
        """Give the consumer up, which failed because of `reason`, and join with a new one."""
        self._outage.began(reason)
        self._settled.clear()
        self._broken.set()

    async def passed(self, topic: str, partition: int) -> tuple[int, int] | None:
        """What `commit` was last told of a partition, if it was told `passed`; raises NotMemberError or LogError."""
        consumer, _ = self._joined()
        where = TopicPartition(topic, partition)
        try:
            async with asyncio.timeout(self._group.commit_timeout_s):
                # The public `committed` leaves the metadata out.
                found = (await consumer._coordinator.fetch_committed_offsets([where])).get(where)
        except (KafkaError, TimeoutError) as error:
            raise LogError(f"what {self._group.group_id} committed last is unknown: {error!r}") from error
        return (int(found.metadata), found.offset) if found is not None and found.metadata.isdecimal() else None

    async def commit(self, topic: str, positions: Mapping[int, int], passed: Mapping[int, int] | None = None) -> None:
        """Commit group offsets; raises NotMemberError when refused, LogError when unknown.

        passed: by partition, up to where nothing follows; committed instead, with the position as metadata.
        """
        if not positions:
            raise ValueError("a commit proves membership only for the partitions in it: name one at least")
        consumer, generation = self._joined()
        ends = passed or {}
        offsets = {TopicPartition(topic, p): (ends.get(p, at), str(at)) for p, at in positions.items()}
        try:
            async with asyncio.timeout(self._group.commit_timeout_s):
                await consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            raise NotMemberError(f"{self._group.group_id} refused a commit: {error.__cause__ or error}") from error
        except (KafkaError, TimeoutError) as error:
            raise LogError(f"whether {self._group.group_id} took a commit is unknown: {error!r}") from error
        self._outage.over()
        if self._joined() != (consumer, generation):
            raise NotMemberError(f"{self._group.group_id} went on to another generation during a commit")

    async def confirm(self) -> None:
        """Ask whether the group knows this member still; raises NotMemberError if not, LogError when unknown."""
        consumer, generation = self._joined()
        question = HeartbeatRequest(self._group.group_id, generation, _member_id(consumer))
        if await self._asked(consumer, question) in (ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID):
            raise NotMemberError(f"{self._group.group_id} does not know this process any more")

    async def _asked(self, consumer: AIOKafkaConsumer, question: Request) -> int:
        """The error code of the coordinator's answer; raises LogError without one."""
        try:
            async with asyncio.timeout(self._group.commit_timeout_s):
                answer = await consumer._coordinator._send_req(question)
        except (KafkaError, TimeoutError) as error:
            raise LogError(f"the coordinator of {self._group.group_id} does not answer: {error!r}") from error
        return int(answer.error_code)

    def _joined(self) -> tuple[AIOKafkaConsumer, int]:
        # Without a generation aiokafka commits as a stranger, which brokers accept while the group is empty.
        if self._consumer is None or self._consumer._coordinator is None or self._consumer._coordinator.generation < 0:
            raise NotMemberError(f"this process has not joined {self._group.group_id}, or was put out of it")
        return self._consumer, self._consumer._coordinator.generation

    async def _keep(self) -> None:
        while not self._fenced:
            consumer = AIOKafkaConsumer(**self._options())
            self._consumer, self._last = consumer, None
            try:
                await self._stay(consumer)
            except (KafkaError, OSError) as error:
                self._settled.clear()
                self._outage.began(error)
                if self._last is not None and _member_id(consumer) == self._last[0]:
                    await self._mind_place(consumer)
            self._settled.clear()
            self._consumer = None
            await close_consumer(consumer)
            if not self._fenced:
                await self._outage.wait("joining anew")

    async def _stay(self, consumer: AIOKafkaConsumer) -> None:
        await consumer.start()
        consumer.subscribe(list(self._shares), listener=_Listener(self, consumer))
        self._broken.clear()
        while not self._broken.is_set():
            # A refused join waits there to be noticed, and nothing is fetched that would raise it.
            consumer._coordinator.check_errors()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._broken.wait()

    def _options(self) -> dict[str, Any]:
        session_ms = int(self._group.session_timeout_s * 1000)
        return {
            **self._cluster.options(),
            "group_id": self._group.group_id,
            "group_instance_id": self._group.instance_id,
            "session_timeout_ms": session_ms,
            "heartbeat_interval_ms": session_ms // HEARTBEATS_PER_SESSION,
            "request_timeout_ms": session_ms + int(JOIN_MARGIN_S * 1000),
            # The runner's pace says nothing of this process' health: its heartbeats do.
            "max_poll_interval_ms": NEVER_MS,
            "partition_assignment_strategy": (new_assignor(),),
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "isolation_level": "read_committed",
            # A partition that is resumed waits for the fetch under way without it.
            "fetch_max_wait_ms": FETCH_WAIT_MS,
        }

    async def revoked(self, consumer: AIOKafkaConsumer) -> None:
        """A rebalance began: nothing is fetched until it is over, nothing else stops."""
        if consumer is not self._consumer:
            return
        self._settled.clear()
        if _member_id(consumer) == PUT_OUT:  # by heartbeats or commits: it has not joined again yet
            await self._mind_place(consumer)
        if self._fenced:
            await asyncio.Event().wait()  # the join that comes next would put the other process out in turn

    async def _mind_place(self, consumer: AIOKafkaConsumer) -> None:
        """Wait, put out of the group, while another member has this one's place: fenced if that one lives (KIP-345).

        The first time it is taken back at once: mostly nobody is there, but a predecessor that a coordinator which
        takes over knows still, or this member's own join whose answer was lost. Who has it again soon after that may
        live. It does if it outlasts its session; to put it out in turn could end both.
        """
        now, lost = asyncio.get_running_loop().time, self._last
        until = now() + DEAD_SESSIONS * self._group.session_timeout_s
        while self._last == lost and await self._place_is_taken(consumer):
            if now() - self._replaced_at > AGAIN_SESSIONS * self._group.session_timeout_s:
                self._replaced_at = now()
                return
            self._outage.began("another process has taken this one's place")
            if now() > until:
                self._end()
                return
            await asyncio.sleep(ASK_S)

    async def _place_is_taken(self, consumer: AIOKafkaConsumer) -> bool:
        # aiokafka does not name the instance where brokers would say so: in heartbeats and commits.
        if self._last is None or self._group.instance_id is None:
            return False
        member_id, generation = self._last
        question = SyncGroupRequest(self._group.group_id, generation, member_id, self._group.instance_id, [])
        try:
            return await self._asked(consumer, question) == FENCED_INSTANCE_ID
        except LogError:
            return False

    def _end(self) -> None:
        self._fenced = True
        for share in self._shares.values():
            share.changed.set()
        self._broken.set()

    def newly_assigned(self, consumer: AIOKafkaConsumer, assigned: Collection[TopicPartition]) -> None:
        """A rebalance is over; what a consumer that was given up hears of one while it closes is nothing to us."""
        if consumer is not self._consumer:
            return
        generation: int = consumer._coordinator.generation  # type: ignore[union-attr]  # it is a member
        self._last = consumer._coordinator.member_id, generation  # type: ignore[union-attr]
        for topic, share in self._shares.items():
            share.give(consumer, generation, frozenset(tp.partition for tp in assigned if tp.topic == topic))
        self._outage.over()
        self._settled.set()
        for share in self._shares.values():
            share.changed.set()


def _member_id(consumer: AIOKafkaConsumer) -> str | None:
    return consumer._coordinator.member_id if consumer._coordinator is not None else None


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, membership: Membership, consumer: AIOKafkaConsumer) -> None:
        self._membership = membership
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        await self._membership.revoked(self._consumer)

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._membership.newly_assigned(self._consumer, assigned)
