"""A member gets the same numbers of every topic, evenly, and keeps them where it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace

from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata

from streams.log.assignor import new_assignor

TOPICS = ("client-requests", "device-requests", "uniqueness-requests")
CLUSTER = SimpleNamespace(topics=lambda: set(TOPICS), partitions_for_topic=lambda topic: set(range(8)))
Shares = dict[str, ConsumerProtocolMemberAssignment]


def assigned(members: Mapping[str, ConsumerProtocolMemberMetadata]) -> Shares:
    return new_assignor().assign(CLUSTER, members)


def joining(topics: Sequence[str] = TOPICS, before: ConsumerProtocolMemberAssignment | None = None) -> object:
    """What a member says when it joins, with what it remembers."""
    memory = new_assignor()
    if before is not None:
        memory.on_assignment(before)
    return memory.metadata(topics)


def numbers(share: ConsumerProtocolMemberAssignment) -> dict[str, set[int]]:
    return {topic: {tp.partition for tp in share.partitions() if tp.topic == topic} for topic in TOPICS}


def test_a_member_gets_the_same_numbers_of_every_topic() -> None:
    shares = assigned({name: joining() for name in ("w1", "w2", "w3")})
    each = {name: numbers(share) for name, share in shares.items()}
    assert all(found["client-requests"] == found[topic] for found in each.values() for topic in TOPICS)
    assert sorted(len(found["device-requests"]) for found in each.values()) == [2, 3, 3]
    assert set().union(*(found["device-requests"] for found in each.values())) == set(range(8))


def test_a_member_keeps_what_it_has_when_another_goes() -> None:
    three = assigned({name: joining() for name in ("w1", "w2", "w3")})
    two = assigned({name: joining(before=three[name]) for name in ("w1", "w2")})
    for name, share in two.items():
        assert numbers(three[name])["uniqueness-requests"] <= numbers(share)["uniqueness-requests"]


def test_a_member_that_knows_only_devices_yet_gets_only_those() -> None:
    shares = assigned({"old": joining(["device-requests"]), "new": joining()})
    assert numbers(shares["old"])["client-requests"] == set()
    assert len(numbers(shares["old"])["device-requests"]) == 4
    assert numbers(shares["new"])["client-requests"] == numbers(shares["new"])["device-requests"]


def test_what_a_member_had_of_one_topic_by_the_stock_assignor_stays() -> None:
    stock = StickyPartitionAssignor.assign(CLUSTER, {n: joining(["device-requests"]) for n in ("w1", "w2")})
    shares = assigned({n: joining(["device-requests"], before=share) for n, share in stock.items()})
    assert {n: numbers(s) for n, s in shares.items()} == {n: numbers(s) for n, s in stock.items()}
