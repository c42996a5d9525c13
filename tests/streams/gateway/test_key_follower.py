"""Keys on a real Kafka: known and revoked on a node as soon as it is decided."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from mendline.embedded.kafka import KafkaCluster
from mendline.topics import Size, ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.control.events import KeyCreated, KeyRevoked
from schemas.control.tokens import Token, hash_of, subject_of
from schemas.topics import CONTROL, Topics
from streams.gateway.key_follower import FollowedKeys, following_keys, read_keys
from streams.gateway.keyring import Keyring
from streams.log.heard import SILENT_S
from tests.mendline.owner_by_hand import OwnerByHand

SECRET = "0123456789abcdef0123456789abcdef"
TOKEN, KEY = str(Token("shop", SECRET)), subject_of("shop")
CREATED = KeyCreated(name="shop", hash=hash_of(SECRET), scopes=("send",))
PATIENCE_S = 20.0


async def became(what: Callable[[], bool], within_s: float = PATIENCE_S) -> float:
    """How many seconds it took until it was so."""
    began = time.monotonic()
    async with asyncio.timeout(within_s):
        while not what():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.01)
    return time.monotonic() - began


def following(kafka: str, topics: Topics) -> AbstractAsyncContextManager[FollowedKeys]:
    return following_keys(Cluster(kafka), topics)


@pytest.fixture
async def owner(kafka: str, kafka_topics: Topics) -> AsyncIterator[OwnerByHand]:
    """Who decides keys in partition 3."""
    async with OwnerByHand(kafka, kafka_topics, 3, stream=CONTROL) as one:
        await one.take(1)
        yield one


async def test_keys_that_were_made_before_are_known_once_all_is_read(
    kafka: str, kafka_topics: Topics, owner: OwnerByHand
) -> None:
    await owner.append(CREATED, KEY)
    async with following(kafka, kafka_topics) as followed:
        before = followed.not_ready()
        await followed.read_once()
        found, after = followed.caller(TOKEN), followed.not_ready()
    assert before is not None
    assert "control-events" in before
    assert (found is not None, after) == (True, None)


async def test_keys_are_read_once_as_they_are_now(kafka: str, kafka_topics: Topics, owner: OwnerByHand) -> None:
    await owner.append(CREATED, KEY)
    keyring = await read_keys(Cluster(kafka), kafka_topics)
    assert [key.name for key in keyring.keys()] == ["shop"]  # noqa: SIM118  # no mapping


async def test_a_key_is_revoked_within_a_second(kafka: str, kafka_topics: Topics, owner: OwnerByHand) -> None:
    async with following(kafka, kafka_topics) as followed:
        await followed.read_once()
        await owner.append(CREATED, KEY)
        known = await became(lambda: followed.caller(TOKEN) is not None)
        await owner.append(KeyRevoked(), KEY)
        revoked = await became(lambda: followed.caller(TOKEN) is None)
    assert max(known, revoked) < 1.0


async def test_following_that_fails_begins_again_and_says_so_meanwhile(
    kafka: str, kafka_topics: Topics, owner: OwnerByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    await owner.append(CREATED, KEY)
    async with following(kafka, kafka_topics) as followed:
        await followed.read_once()
        with monkeypatch.context() as broken:
            broken.setattr(Keyring, "fold", _fail)
            await became(lambda: "out of order" in (followed.not_ready() or ""))
            let_in = followed.caller(TOKEN)
        await became(lambda: followed.not_ready() is None)
        assert let_in == followed.caller(TOKEN) is not None


def _fail(*_: object) -> None:
    raise RuntimeError("out of order")


def test_brokers_that_say_nothing_for_long_are_told_of() -> None:
    now = 100.0
    followed = FollowedKeys("control-events on here", lambda: now)
    followed.heard({0, 1})
    followed.become(Keyring())
    now += SILENT_S
    followed.heard({0})
    assert followed.not_ready() is None
    now += 1.0
    assert "nothing was heard of control-events on here for 6 s" in (followed.not_ready() or "")


@pytest.mark.slow
async def test_keys_are_followed_on_when_brokers_were_away(kafka_nodes: Callable[[int], KafkaCluster]) -> None:
    cluster = kafka_nodes(1)
    topics, (node,) = Topics(), cluster.nodes
    plans = [plan for plan in planned_topics(topics) if plan.name == CONTROL.events]
    await ensure_topics(Cluster(cluster.bootstrap), plans, Size(4))
    async with following(cluster.bootstrap, topics) as followed:
        await followed.read_once()
        async with OwnerByHand(cluster.bootstrap, topics, 3, stream=CONTROL) as owner:
            await owner.take(1)
            await owner.append(CREATED, KEY)
            await became(lambda: followed.caller(TOKEN) is not None)
        await asyncio.to_thread(node.kill)
        await became(lambda: "nothing was heard" in (followed.not_ready() or ""))
        assert followed.caller(TOKEN) is not None
        await asyncio.to_thread(node.start)
        await became(lambda: followed.not_ready() is None)
        async with OwnerByHand(cluster.bootstrap, topics, 3, stream=CONTROL) as owner:
            await owner.append(KeyRevoked(), KEY)
            await became(lambda: followed.caller(TOKEN) is None)
