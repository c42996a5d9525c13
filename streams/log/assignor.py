"""Which member gets which partitions: the same numbers of every topic, and as few moves as can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata


class TogetherAssignor(StickyPartitionAssignor):  # type: ignore[misc]  # aiokafka has no types
    """Shares out the first topic that all subscribe, stickily, and gives every other topic's partitions after it.

    By itself the sticky assignor balances partitions in all: one member could have those of the devices, and another
    those of the clients. All topics have equally many partitions. One that some member does not know yet, while workers
    are being replaced by newer ones, rests where that member has its number.
    """

    @classmethod
    def assign(
        cls, cluster: Any, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Called on the member that leads the group; see KIP-54."""
        subscribed = {member_id: sorted(metadata.subscription) for member_id, metadata in members.items()}
        first = min(set.intersection(*map(set, subscribed.values())))
        narrowed = {
            member_id: ConsumerProtocolMemberMetadata(cls.version, [first], metadata.user_data)
            for member_id, metadata in members.items()
        }
        shares = super().assign(cluster, narrowed)
        return {
            member_id: ConsumerProtocolMemberAssignment(
                cls.version, [(topic, _numbers(shares[member_id])) for topic in topics], b""
            )
            for member_id, topics in subscribed.items()
        }

    @classmethod
    def on_assignment(cls, assignment: ConsumerProtocolMemberAssignment) -> None:
        """What this member remembers, for the next time that it joins: its share of the first topic."""
        had = assignment.partitions()
        first = min((where.topic for where in had), default="")
        cls.member_assignment = [where for where in had if where.topic == first]


def _numbers(share: ConsumerProtocolMemberAssignment) -> list[int]:
    return sorted(where.partition for where in share.partitions())


def new_assignor() -> type[TogetherAssignor]:
    """An assignor of one member's own: it remembers on its class, which members in one process would share."""
    return type("Assignor", (TogetherAssignor,), {})
