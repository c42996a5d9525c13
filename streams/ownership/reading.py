"""From a record of a requests topic to what it asks of which key, or to why it is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import NamedTuple

import orjson

from schemas.catalogue import DEVICE_CATALOGUE
from schemas.device.check import InvalidRequestError, parse_request
from schemas.device.requests import DeviceRequest, SendRequested
from schemas.envelope import NO_CONTEXT, Context, RequestEnvelope, UndecodableError, decode_request
from schemas.marks import ID_PATTERN, MALFORMED, USE_ID
from schemas.message import RefusalReason, Request, RequestRefused
from schemas.partitioner import partition_of
from streams.device.facts import Asked
from streams.log.ports import LogRecord

_ID = re.compile(ID_PATTERN)
DEVICE_REQUESTS = DEVICE_CATALOGUE.request_classes()


class Refusal(NamedTuple):
    """A record that is no request to any key here; `undecodable`: it goes to the dead letters too."""

    stream_id: str
    event: RequestRefused
    context: Context = NO_CONTEXT
    undecodable: bool = False


def read(record: LogRecord, partition: int, partitions: int) -> tuple[str, Asked] | Refusal:
    """What a record asks of which device, or why not."""
    found = requested(record, partition, partitions, DEVICE_REQUESTS)
    if isinstance(found, Refusal):
        return found
    envelope, request = found
    digest = digest_of(request)  # type: ignore[arg-type]  # this topic's
    return envelope.subject, Asked(record.offset, envelope.id, request, digest, envelope.context)  # type: ignore[arg-type]


def requested(
    record: LogRecord, partition: int, partitions: int, known: Mapping[str, type[Request]]
) -> tuple[RequestEnvelope, Request] | Refusal:
    """The request in a record and its envelope, if its type is one of `known` and it lies where it belongs."""
    try:
        envelope = decode_request(record.value, record.headers)
    except UndecodableError as error:
        return Refusal(MALFORMED, RequestRefused(reason="undecodable", detail=str(error)[:2000]), undecodable=True)
    refusal = _misplaced(record, envelope, partition, partitions)
    if refusal is not None:
        return refusal
    try:
        return envelope, parse_request(envelope.type, envelope.data, known)
    except InvalidRequestError as error:
        return _refusal(envelope, error.reason, error.detail)


def stream_id_of(record: LogRecord) -> str:
    """The stream that a record's key names, without a look into the record."""
    key = (record.key or b"").decode(errors="replace")
    return key if _ID.fullmatch(key) else MALFORMED


def digest_of(request: DeviceRequest) -> str:
    """What tells a repeat from another message under the same id: 64 bits over whom it goes to and what it says.

    When a producer asks again it may well name a new expiry; that is no other message.
    """
    if not isinstance(request, SendRequested):
        return ""
    media = request.body.media
    told = f"{request.to}\n{'' if media is None else orjson.dumps(media).decode()}\n{request.body.text}"
    return blake2b(told.encode(), digest_size=8).hexdigest()


def message_id_of(installation_id: str, device_id: str, request_id: str) -> str:
    """The 128-bit id under which every attempt of a send goes out (design §5)."""
    return blake2b(f"{installation_id}\0{device_id}\0{request_id}".encode(), digest_size=16).hexdigest()


def _misplaced(record: LogRecord, envelope: RequestEnvelope, partition: int, partitions: int) -> Refusal | None:
    if _ID.fullmatch(envelope.subject) is None:
        return _refusal(envelope, "invalid", _wrong_id("subject", envelope.subject))
    if record.key != envelope.subject.encode():
        shown = "none" if record.key is None else repr(record.key[:60])
        return _refusal(envelope, "wrong_key", f"the record's key ({shown}) must be its subject, {envelope.subject!r}")
    if (home := partition_of(record.key, partitions)) != partition:
        detail = (
            f"key {envelope.subject!r} belongs to partition {home} of {partitions}, not {partition}: let the producer "
            "partition as Java's does (librdkafka: partitioner=murmur2_random)"
        )
        return _refusal(envelope, "wrong_partition", detail)
    if _ID.fullmatch(envelope.id) is None:
        return _refusal(envelope, "invalid", _wrong_id("id", envelope.id))
    return None


def _wrong_id(field: str, value: str) -> str:
    shown = value[:60] + ("…" if len(value) > 60 else "")
    return f"{field}: {shown!r} ({len(value)} characters): {USE_ID}"


def _refusal(envelope: RequestEnvelope, reason: RefusalReason, detail: str) -> Refusal:
    stream_id = envelope.subject if _ID.fullmatch(envelope.subject) else MALFORMED
    event = RequestRefused(
        reason=reason, detail=detail[:2000], request_type=envelope.type[:500], request_id=envelope.id[:500]
    )
    return Refusal(stream_id, event, envelope.context)
