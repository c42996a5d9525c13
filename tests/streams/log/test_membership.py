from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
from aiokafka import AIOKafkaProducer

from schemas.cluster import Cluster
from schemas.topics import Topics
from streams.log.kafka_intake import KafkaIntake
from streams.log.membership import Group
from streams.log.ports import FencedMemberError
from tests.streams.log.conftest import batch_of, publish

SHORT_S = 3.0
"""A session that a busy machine keeps."""
LONG_S = 120.0
"""A session that no test waits for."""
Join = Callable[..., Awaitable[KafkaIntake]]


@pytest.fixture
async def join(cluster: Cluster, kafka_topics: Topics) -> AsyncIterator[Join]:
    """Adds a member to the group."""
    async with AsyncExitStack() as members:

        async def joined(instance_id: str | None = None, session_s: float = 6.0) -> KafkaIntake:
            group = Group(kafka_topics.prefix, instance_id, session_s)
            intake = KafkaIntake(cluster, kafka_topics.requests(), group)
            members.push_async_callback(intake.close)
            await intake.open()
            await intake.changed()
            return intake

        yield joined


def flow_all(intake: KafkaIntake) -> None:
    for partition in range(8):
        intake.seek(partition, 0)
    intake.resume(range(8))


async def publish_everywhere(producer: AIOKafkaProducer, topics: Topics, value: bytes) -> None:
    for partition in range(8):
        await publish(producer, topics.requests(), [value], partition)


async def taken_everywhere(intake: KafkaIntake, partitions: frozenset[int] = frozenset(range(8))) -> set[int]:
    """Take batches until each of `partitions` gave one; which partitions did."""
    seen: set[int] = set()
    while not partitions <= seen:
        seen |= (await intake.batches()).keys()
    return seen


async def shared(*members: KafkaIntake) -> None:
    """Wait until all have heard that they share."""
    while sorted(p for member in members for p in member.assigned()) != list(range(8)):
        await asyncio.gather(*(member.batches() for member in members))


async def test_two_members_share_the_partitions(join: Join) -> None:
    one, other = await join(None), await join(None)
    await shared(one, other)
    assert len(one.assigned()) == len(other.assigned()) == 4


async def test_assignment_is_kept_until_the_new_one_is_there(join: Join) -> None:
    one = await join(None)
    seen = {one.assigned()}
    other = await join(None)
    while len(one.assigned()) == 8:
        seen.add(one.assigned())
        await one.batches()
    assert seen | {one.assigned()} == {frozenset(range(8)), frozenset(range(8)) - other.assigned()}


async def test_members_give_away_only_what_a_new_one_takes(join: Join) -> None:
    one, other = await join(None), await join(None)
    await shared(one, other)
    before = one.assigned(), other.assigned()
    third = await join(None)
    await shared(one, other, third)
    assert one.assigned() < before[0]
    assert other.assigned() < before[1]


async def test_change_of_assignment_is_told(join: Join) -> None:
    one, other = await join(None), await join(None)
    assert await one.changed() == frozenset(range(8)) - other.assigned()


async def test_partition_that_stays_goes_on_where_it_stood(
    join: Join, producer: AIOKafkaProducer, kafka_topics: Topics
) -> None:
    one = await join(None)
    flow_all(one)
    await publish_everywhere(producer, kafka_topics, b"a")
    await taken_everywhere(one)
    await shared(one, await join(None))
    await publish_everywhere(producer, kafka_topics, b"b")
    batch = await batch_of(one, min(one.assigned()))
    assert (batch.begin, [r.value for r in batch.records]) == (2, [b"b"])


async def test_partition_that_comes_waits_for_seek(
    join: Join, producer: AIOKafkaProducer, kafka_topics: Topics
) -> None:
    one = await join(None)
    flow_all(one)
    await publish_everywhere(producer, kafka_topics, b"a")
    other = await join(None)
    other.resume(range(8))
    assert await other.batches() == {}


async def test_partition_that_went_and_came_back_waits_for_seek_and_resume(
    join: Join, producer: AIOKafkaProducer, kafka_topics: Topics
) -> None:
    one = await join(None)
    flow_all(one)
    other = await join(None)
    await shared(one, other)
    gone = other.assigned()
    await other.close()
    while one.assigned() != frozenset(range(8)):
        await one.batches()
    one.seek(min(gone), 0)
    await publish_everywhere(producer, kafka_topics, b"a")
    seen = await taken_everywhere(one, one.assigned() - gone)
    assert gone.isdisjoint(seen | (await one.batches()).keys())


async def test_refused_join_is_said_and_tried_again(
    cluster: Cluster, kafka_topics: Topics, caplog: pytest.LogCaptureFixture
) -> None:
    group = Group(kafka_topics.prefix, None, session_timeout_s=0.01)  # brokers want a second at least
    intake = KafkaIntake(cluster, kafka_topics.requests(), group)
    await intake.open()
    while "InvalidSessionTimeoutError" not in "".join(r.getMessage() for r in caplog.records if "log.out" in r.name):
        assert await intake.batches() == {}
    await intake.close()


async def test_named_member_that_comes_back_gets_its_partitions_without_a_rebalance(join: Join) -> None:
    one, other = await join("one"), await join("other")
    await shared(one, other)
    had = other.assigned()
    await one.changed()
    await other.close()
    again = await join("other")
    assert again.assigned() == had


@pytest.mark.parametrize("question", ["commit\n", "confirm\n"])
async def test_member_that_was_stopped_over_its_session_is_told_so(
    join: Join, stopped_member: subprocess.Popen[str], question: str
) -> None:
    one = await join(None)
    while one.assigned() != frozenset(range(8)):
        await one.batches()
    await one.commit({0: 0})
    assert ask(stopped_member, question) == "NotMemberError\n"


@pytest.fixture
def stopped_member(cluster: Cluster, kafka_topics: Topics) -> Iterator[subprocess.Popen[str]]:
    """A member in a process of its own, stopped right after it got all partitions."""
    arguments = (cluster.bootstrap, kafka_topics.requests(), kafka_topics.prefix)
    command = [sys.executable, "-m", "tests.streams.log.member_process", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "8\n"
        assert [ask(process, question) for question in ("commit\n", "confirm\n")] == ["taken\n", "taken\n"]
        process.send_signal(signal.SIGSTOP)
        yield process
        process.kill()


def ask(process: subprocess.Popen[str], line: str) -> str:
    """What the process answers to `line`, which it finds when it wakes up."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line)
    process.stdin.flush()
    process.send_signal(signal.SIGCONT)
    return process.stdout.readline()


async def every_change(member: KafkaIntake) -> None:
    while True:
        await member.changed()


async def test_a_member_whose_instance_id_joins_as_another_process_is_told_so_and_stays_out(join: Join) -> None:
    one, other = await join("same", SHORT_S), await join("same", SHORT_S)
    keeps = asyncio.create_task(every_change(other))  # takes its place back once
    with pytest.raises(FencedMemberError, match="same has joined"):
        await every_change(one)
    await asyncio.wait({keeps}, timeout=3)  # several heartbeats
    assert not keeps.done()
    keeps.cancel()
    await other.commit({0: 0})


async def test_a_member_waits_for_the_end_of_a_second_dead_namesake_soon_after(join: Join) -> None:
    one = await join("same", SHORT_S)
    for _ in range(2):  # two coordinators, each of which knows only a dead predecessor
        dead = await join("same", SHORT_S)
        await dead.close()
        await one.changed()
    await one.commit({0: 0})


async def test_a_member_takes_its_place_back_at_once_the_first_time(join: Join) -> None:
    one, dead = await join("same", LONG_S), await join("same", LONG_S)
    await dead.close()
    assert await one.changed() == frozenset(range(8))
    await one.commit({0: 0})


async def test_a_member_that_is_put_out_without_a_successor_joins_again(join: Join) -> None:
    one = await join("lonely")
    consumer = one._membership.consumer
    assert consumer is not None
    consumer._coordinator.reset_generation()  # as after a heartbeat that the broker does not know
    assert await one.changed() == frozenset(range(8))


async def test_what_was_passed_is_kept_with_its_position(join: Join) -> None:
    one = await join(None)
    assert await one.passed(0) is None
    await one.commit({0: 3, 1: 3}, {0: 5})
    assert (await one.passed(0), await one.passed(1)) == ((3, 5), (3, 3))
