"""What every message is: a frozen value with a wire name, a request or an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeVar, dataclass_transform

from pydantic import ConfigDict, Field

from schemas.marks import Offset, Text

M = TypeVar("M")
SCHEMA_LEVEL = 1
"""Raised when an event gets a meaning that older owners would fold wrongly; claim markers tell their writer's."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(Field,))
def message(cls: type[M]) -> type[M]:
    """Make a class a message: a dataclass that mypy keeps frozen, built a hundred thousand times a second.

    What else would keep it so costs as much again as building it (benchmarks/owner.py). Without slots, whose values
    orjson has to ask for one by one: it writes such a message four times as fast.
    """
    return dataclass(kw_only=True, unsafe_hash=True)(cls)


class Request:
    """A command in the log; it may be refused. An unknown field is: a misspelt one must not be lost."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str]


class Event:
    """What happened; it never changes. Fields that a newer writer added are passed over."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="ignore")
    type: ClassVar[str]


ClaimId = Annotated[str, Field(pattern="^[0-9a-f]{16}$", description="64 random bits, 16 hex digits")]


@message
class PartitionClaimed(Event):
    """The claim marker: from here on only events that carry this claim count (log-fence.md)."""

    type: ClassVar[str] = "partition_claimed"
    generation: Annotated[int, Field(ge=1, description="one more than the last valid marker's")]
    claim: ClaimId
    owner: Annotated[str, Field(description="the instance id of the worker that claims")]
    schema_level: Annotated[int, Field(ge=1, description="an owner of a lower level does not claim after this")]
    partitions: Annotated[int, Field(ge=1, description="partitions of the topic when it was claimed")]
    installation: Annotated[str, Field(description="hash of installation id and key; another one may not claim")]
    folder: Annotated[str, Field(description="the claiming process's data folder; empty: an older writer's")] = ""
    process: Annotated[str, Field(description="drawn when the claiming process began; empty: an older writer's")] = ""


@message
class PartitionReleased(Event):
    """The owner gave the partition up; nothing counts until the next valid marker."""

    type: ClassVar[str] = "partition_released"


RefusalReason = Literal[
    "undecodable",
    "unknown_type",
    "invalid",
    "body_too_large",
    "wrong_key",
    "wrong_partition",
    "expired",
    "unknown_device",
    "unknown_client",
    "unknown_key",
    "key_exists",
    "key_revoked",
    "device_exists",
    "request_id_reused",
    "unknown_send",
    "not_uncertain",
    "not_waiting",
    "parked",
    "busy",
    "edited",
    "platform_device",
    "not_supported",
    "queue_full",
    "replaced",
    "not_live",
    "node_lost",
    "node_alive",
    "too_many_groups",
    "internal_error",
]


RequestType = Annotated[Text, Field(description="the request's type, as far as it could be read")]
AskedAs = Annotated[Text, Field(description="the request's id, as far as it could be read")]


@message
class RequestRefused(Event):
    """The request was not done, and never will be; `detail` says what is wrong and what to do."""

    type: ClassVar[str] = "request_refused"
    reason: Annotated[RefusalReason, Field(description="the rule it broke")]
    detail: Annotated[str, Field(max_length=2000, description="what is wrong, where, what to do")]
    request_type: RequestType | None = None
    request_id: AskedAs | None = None


@message
class RequestAlreadyDone(Event):
    """What the request aims at held already."""

    type: ClassVar[str] = "request_already_done"
    reason: Annotated[Text, Field(description="what held: healthy, parked, removed, settled, ...")]
    request_type: RequestType | None = None
    request_id: AskedAs | None = None


AnyMessage = Any
"""A request or an event whose class is not known statically."""

__all__ = [
    "AnyMessage",
    "ClaimId",
    "Event",
    "Offset",
    "PartitionClaimed",
    "PartitionReleased",
    "RefusalReason",
    "Request",
    "RequestAlreadyDone",
    "RequestRefused",
    "message",
]
