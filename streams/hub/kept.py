"""An event as the hub keeps it: what is told of it, read off the record without decoding its data.

A hub reads every event of every stream, and nobody listens to most of them (benchmarks/hub.py, part `reading`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

import orjson

from schemas.catalogue import EVENT_CLASSES
from schemas.message import PartitionClaimed, PartitionReleased
from schemas.story import counted

MARKERS = (PartitionClaimed.type, PartitionReleased.type)
_CLAIMED = PartitionClaimed.type.encode()
_TYPES = {type_.encode(): type_ for type_ in EVENT_CLASSES}
# As `schemas.envelope.encode_event` writes it: nothing before `data` needs escaping but what people gave as a reason.
_HEAD = re.compile(
    rb'\{"specversion":"1\.0","id":"[^"\\]+","type":"([a-z_]+)","source":"mendline",'
    rb'"subject":"([^"\\]+)","time":"([^"\\]+)","claim":"[0-9a-f]+","sequence":"([0-9]{1,18})",'
)
_DATA = b',"data":'


class Kept(NamedTuple):
    """An event that counts. data: its JSON, as it was written; time: RFC 3339."""

    offset: int
    type: str
    subject: str
    time: str
    data: bytes


def kept(offset: int, value: bytes | None) -> Kept | None:
    """The event in the record at `offset` if it counts."""
    head = _HEAD.match(value or b"")
    begin = -1 if head is None else value.find(_DATA, head.end() - 1)  # type: ignore[union-attr]  # b"" matches nothing
    if head is None or begin < 0:
        return _decoded(offset, value)
    type_, subject, time, sequence = head.groups()
    if int(sequence) != offset and type_ != _CLAIMED:
        return None
    known = _TYPES.get(type_) or type_.decode()
    return Kept(offset, known, subject.decode(), time.decode(), value[begin + len(_DATA) : -1])  # type: ignore[index]


def _decoded(offset: int, value: bytes | None) -> Kept | None:
    """Whatever is written in another way, and claim markers, which have no sequence."""
    event = counted(offset, value)
    return event and Kept(offset, event.type, event.subject, event.time, orjson.dumps(event.data))
