"""A long events partition that nobody had to decide: sends to platform devices, each accepted at once.

As the product writes them, but that all are fates of request 0: then requests need not be made as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from benchmarks.workload import DEVICES, PARTITIONS
from schemas.device.lifecycle import DeviceRegistered
from schemas.envelope import NO_CONTEXT, encode_event
from schemas.marks import PARTITION
from schemas.message import Event, PartitionClaimed
from schemas.partitioner import partition_of

CLAIM = "5" * 16
AT = "2026-01-01T00:00:00.000000+00:00"
TEXT = "Your parcel is on its way. " * 5
HEAD = (
    '{"specversion":"1.0","id":"%s/%d/%d","type":"%s","source":"mendline","subject":"%s","time":"' + AT + '",'
    '"claim":"' + CLAIM + '","sequence":"%d",%s"cause":"%s","data":'
)
ATTEMPTED = (
    '{"request":%d,"request_id":"order-%d","attempt":1,"message_id":"%032x","link":null,"known_chat":null,'
    '"send":{"to":"62811%08d","body":{"text":"' + TEXT + '","media":null},"campaign":null,"not_before":null,'
    '"expires_at":"2026-01-02T00:00:00Z","digest":"%s"}}}'
)
ACCEPTED = '{"request":%d,"request_id":"order-%d","attempt":1,"provider_message_id":"taken","pace_until":null}}'
DIGEST = blake2b(TEXT.encode(), digest_size=8).hexdigest()

Record = tuple[bytes, bytes]


def devices_of(partition: int) -> list[str]:
    """The benchmark's devices that lie in a partition."""
    return [device for device in DEVICES if partition_of(device.encode(), PARTITIONS) == partition]


def claimed(topic: str, partition: int, installation: str) -> list[Record]:
    """The claim of an owner that is gone, and its devices."""
    marker = PartitionClaimed(
        generation=1, claim=CLAIM, owner="gone", schema_level=1, partitions=PARTITIONS, installation=installation
    )
    registered = [(d, DeviceRegistered(driver="simulated", linked=False)) for d in devices_of(partition)]
    events: list[tuple[str, Event]] = [(PARTITION, marker), *registered]
    return [
        (
            subject.encode(),
            encode_event(event, (topic, partition, n), subject, AT, CLAIM, "due:claim", None, NO_CONTEXT),
        )
        for n, (subject, event) in enumerate(events)
    ]


def sends(topic: str, partition: int, begin: int, end: int) -> Iterator[Record]:
    """Events at the offsets [begin, end): a send attempted, then accepted."""
    devices = devices_of(partition)
    for offset in range(begin, end, 2):
        number = offset // 2
        device = devices[number % len(devices)]
        key, accepted = device.encode(), offset + 1
        head = HEAD % (topic, partition, offset, "send_attempted", device, offset, '"decides":"0",', "request:0")
        yield key, (head + ATTEMPTED % (number, number, number, number, DIGEST)).encode()
        head = HEAD % (topic, partition, accepted, "send_accepted", device, accepted, "", "driver:-")
        yield key, (head + ACCEPTED % (number, number)).encode()
