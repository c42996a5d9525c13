"""What brokers say of a topic: the id that it has had since it was made, and who leads its partitions.

aiokafka 0.14 asks in a version that knows no ids yet. Source: KIP-516, Kafka's MetadataRequest.json, version 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

_METADATA, _VERSION = 3, 10
_TEXT, _TAGS, _NUMBERS = CompactString("utf-8"), ("tags", TaggedFields), CompactArray(Int32)
_BROKERS = CompactArray(("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), _TAGS)
_PARTITIONS = CompactArray(
    ("error_code", Int16),
    ("partition", Int32),
    ("leader", Int32),
    ("leader_epoch", Int32),
    ("replicas", _NUMBERS),
    ("isr", _NUMBERS),
    ("offline", _NUMBERS),
    _TAGS,
)
_TOPICS = CompactArray(
    ("error_code", Int16),
    ("name", _TEXT),
    ("id_high", Int64),
    ("id_low", Int64),
    ("is_internal", Boolean),
    ("partitions", _PARTITIONS),
    ("operations", Int32),
    _TAGS,
)


class TopicDescription(NamedTuple):
    """A topic that is made anew under the same name has another id; leaders: by partition."""

    id: str
    leaders: Mapping[int, int]


class _Answer(Response):  # type: ignore[misc]  # aiokafka has no annotations that mypy reads
    API_KEY = _METADATA
    API_VERSION = _VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", _BROKERS),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        ("topics", _TOPICS),
        ("operations", Int32),
        _TAGS,
    )


class _Question(RequestStruct):  # type: ignore[misc]  # likewise
    API_KEY = _METADATA
    API_VERSION = _VERSION
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("topics", CompactArray(("id_high", Int64), ("id_low", Int64), ("name", _TEXT), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_operations", Boolean),
        ("include_topic_operations", Boolean),
        _TAGS,
    )


class DescribeTopic(Request[_Question]):  # type: ignore[misc]  # likewise
    """Asks for one topic by name."""

    API_KEY = _METADATA

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: type[_Question]) -> _Question:
        """The question in its only version."""
        return request_struct_class([(0, 0, self._topic, {})], False, False, False, {})


def described(answer: Any) -> tuple[int, TopicDescription]:
    """The error code of an answer, and what it says of the one topic that was asked for."""
    code, _, high, low, _, partitions, *_ = answer.topics[0]
    id_ = f"{high % 2**64:016x}{low % 2**64:016x}"
    return code, TopicDescription(id_, {number: leader for _, number, leader, *_ in partitions})
