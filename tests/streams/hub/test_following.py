"""A feed on a real Kafka: told as it is written, also when brokers go away or the log is made anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from mendline.embedded.kafka import KafkaCluster
from mendline.topics import Size, ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.device.links import RefreshStarted
from schemas.partitioner import partition_of
from schemas.topics import DEVICE, Topics
from streams.hub.feed import FOLLOWED, Feed
from streams.hub.following import following_feed
from streams.hub.partition import Partition
from streams.hub.reach import Log
from tests.mendline.owner_by_hand import OwnerByHand
from tests.streams.hub.written import Noting, accepted

STARTED = RefreshStarted(refresh=1, why="requested")
HOME = partition_of(b"d-1", 8)
MINE = "device:d-1"


async def became(what: Callable[[], bool], within_s: float = 20.0) -> float:
    """How many seconds it took until it was so."""
    began = time.monotonic()
    async with asyncio.timeout(within_s):
        while not what():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.005)
    return time.monotonic() - began


@pytest.fixture
async def owner(kafka: str, kafka_topics: Topics) -> AsyncIterator[OwnerByHand]:
    """Who decides what happens to the device."""
    async with OwnerByHand(kafka, kafka_topics, HOME) as one:
        await one.take(1)
        yield one


@pytest.fixture
async def opened(kafka: str, kafka_topics: Topics) -> AsyncIterator[Callable[..., Awaitable[Feed]]]:
    """Opens feeds, which follow the log as long as the test lasts."""
    async with AsyncExitStack() as closing:

        async def open_one(listeners: Noting, **given: object) -> Feed:
            feed = Feed(listeners)
            log = Log(Cluster(kafka), kafka_topics, "shop", **given)  # type: ignore[arg-type]
            await closing.enter_async_context(following_feed(log, feed))
            listeners.told.clear()
            return feed

        yield open_one


async def test_what_is_appended_is_told_at_once(opened: Callable[..., Awaitable[Feed]], owner: OwnerByHand) -> None:
    listeners = Noting(MINE, "fleet")
    await opened(listeners)
    offset = await owner.append(STARTED)
    told_s = await became(lambda: bool(listeners.told[MINE]))
    merged_s = await became(lambda: bool(listeners.told["fleet"]))
    assert listeners.places(MINE) == [f"device-events/{HOME}/{offset}"]
    assert (told_s < 0.5, merged_s < 0.5) == (True, True)


async def test_what_was_appended_before_is_there_for_those_who_come_back(
    opened: Callable[..., Awaitable[Feed]], owner: OwnerByHand
) -> None:
    offset = await owner.append(STARTED)
    feed = await opened(Noting())
    missed = feed.since(MINE, {f"device-events/{HOME}": offset - 1})
    assert len(missed or ()) == 1
    assert feed.ends(MINE) == {f"device-events/{HOME}": offset}


async def test_two_nodes_mean_the_same_log_and_another_installation_another(
    opened: Callable[..., Awaitable[Feed]], kafka: str, kafka_topics: Topics
) -> None:
    first, second = await opened(Noting()), await opened(Noting())
    elsewhere = Feed(Noting())
    async with following_feed(Log(Cluster(kafka), kafka_topics, "other"), elsewhere):
        assert first.epoch == second.epoch != elsewhere.epoch


async def test_a_damaged_value_is_no_event_and_holds_nothing_up(
    opened: Callable[..., Awaitable[Feed]], owner: OwnerByHand
) -> None:
    listeners = Noting(MINE)
    await opened(listeners)
    await owner.append_raw(b"damaged")
    await owner.append(STARTED, off_by=1)
    offset = await owner.append(STARTED)
    await became(lambda: bool(listeners.told[MINE]))
    assert listeners.places(MINE) == [f"device-events/{HOME}/{offset}"]


async def test_campaigns_of_older_sends_are_asked_for_while_somebody_wants_to_know(
    opened: Callable[..., Awaitable[Feed]], owner: OwnerByHand
) -> None:
    asked: list[tuple[int, list[int]]] = []

    async def campaigns(number: int, sends: Collection[int]) -> Mapping[int, str | None]:
        asked.append((number, sorted(sends)))
        return dict.fromkeys(sends, "spring")

    listeners = Noting("campaign:spring")
    feed = await opened(listeners, campaigns=campaigns)
    feed.ends("campaign:spring")
    await owner.append(accepted(4))
    await became(lambda: bool(listeners.told["campaign:spring"]))
    assert (asked, listeners.places("campaign:spring")[0][:6]) == ([(HOME, [4])], "device")


async def test_whoever_listens_to_a_campaign_is_told_when_nobody_can_say(
    opened: Callable[..., Awaitable[Feed]], owner: OwnerByHand
) -> None:
    async def campaigns(_number: int, _sends: Collection[int]) -> Mapping[int, str | None]:
        raise OSError("the database is away")

    listeners = Noting("campaign:spring")
    feed = await opened(listeners, campaigns=campaigns)
    feed.ends("campaign:spring")
    await owner.append(accepted(4))
    await became(lambda: listeners.places("campaign:spring") == ["joined"])


async def test_a_log_that_is_made_anew_is_another_one_to_everybody(
    opened: Callable[..., Awaitable[Feed]], owner: OwnerByHand, kafka: str, kafka_topics: Topics
) -> None:
    listeners = Noting(MINE)
    feed = await opened(listeners)
    before = feed.epoch
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_topics([kafka_topics.events(DEVICE)])
    await admin.close()
    await asyncio.sleep(1)
    await ensure_topics(Cluster(kafka), [p for p in planned_topics(kafka_topics) if p.name == kafka_topics.events()])
    await became(lambda: feed.epoch != before, within_s=30)
    assert [frame["recovered"] for frame in listeners.told[MINE]] == [False]


async def test_what_cannot_be_told_for_a_fault_of_ours_is_owned_up_to(
    opened: Callable[..., Awaitable[Feed]], owner: OwnerByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    listeners = Noting(MINE)
    await opened(listeners)
    with monkeypatch.context() as broken:
        broken.setattr(Partition, "take", _fail)
        await owner.append(STARTED)
        await became(lambda: listeners.places(MINE) == ["joined"])
    await owner.append(STARTED)
    await became(lambda: len(listeners.told[MINE]) == 2)


def _fail(*_: object) -> None:
    raise RuntimeError("a bug")


@pytest.mark.slow
async def test_nothing_is_missed_while_brokers_are_away(kafka_nodes: Callable[[int], KafkaCluster]) -> None:
    cluster = kafka_nodes(1)
    topics, (node,) = Topics(), cluster.nodes
    names = {stream.events for stream in FOLLOWED}
    await ensure_topics(Cluster(cluster.bootstrap), [p for p in planned_topics(topics) if p.name in names], Size(8))
    listeners = Noting(MINE)
    async with following_feed(Log(Cluster(cluster.bootstrap), topics, "shop"), Feed(listeners)) as following:
        listeners.told.clear()
        async with OwnerByHand(cluster.bootstrap, topics, HOME) as owner:
            await owner.take(1)
            await owner.append(STARTED)
            await became(lambda: len(listeners.told[MINE]) == 2)
        await asyncio.to_thread(node.kill)
        await became(lambda: "nothing was heard" in "".join(following.not_ready()))
        await asyncio.to_thread(node.start)
        await became(lambda: following.not_ready() == ())
        async with OwnerByHand(cluster.bootstrap, topics, HOME) as owner:
            await owner.append(STARTED)
            await became(lambda: len(listeners.told[MINE]) == 3)
    assert [place.rpartition("/")[2] for place in listeners.places(MINE)] == ["0", "1", "2"]
