"""Records that no producer should write: each gets its fate, and its partition goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import Producer as LibrdkafkaProducer

from schemas.envelope import encode_request
from schemas.partitioner import partition_of
from tests.faults.real.asking import PARTITIONS, Asker
from tests.faults.real.fleets import Fleet, Group
from tests.faults.real.log import Log, Seen
from tests.faults.real.proof import proven
from tests.faults.real.site import Site

SEED = 5
DEVICE = "phone-00001"
HOME = partition_of(DEVICE.encode(), PARTITIONS)
FLEET = Fleet(SEED, (Group("simulated-repeatable", "phone-", 1, 1),))
WAIT_S = 60.0
SEND = {"to": "62811", "body": {"text": "x"}}
STRANGE = "nobody-" + next(str(n) for n in range(99) if partition_of(f"nobody-{n}".encode(), PARTITIONS) == HOME)


class Bad(NamedTuple):
    """A record in the device's partition, and why it is refused."""

    reason: str
    value: bytes | None
    key: bytes | None = DEVICE.encode()


def asked(data: dict[str, Any], type_: str = "send_requested", id_: str = "b", subject: str = DEVICE) -> bytes:
    """A request with any content."""
    return encode_request(id_, type_, subject, "bad", data, time=datetime.now(UTC))


def _raw(data: str) -> bytes:
    return asked({}).replace(b'"data":{}', b'"data":' + data.encode())


UNDECODABLE = (
    Bad("undecodable", b"\xff\xfe\x00 no JSON"),
    Bad("undecodable", b""),
    Bad("undecodable", None),
    Bad("undecodable", b"[1, 2]"),
    Bad("undecodable", b'{"specversion": "1.0"}'),
    Bad("undecodable", _raw('{"pace_min_s": NaN}')),
    Bad("undecodable", _raw('{"pace_min_s": 1e400}')),
    Bad("undecodable", b"\x00" * 200_000, b"\xff\x00"),
)
REFUSED = (
    Bad("unknown_type", asked(SEND, "send_requestet")),
    Bad("invalid", asked({"body": {"text": "x"}})),
    Bad("invalid", asked({"to": "62811"})),
    Bad("invalid", asked({**SEND, "colour": "red"})),
    Bad("body_too_large", asked({"to": "62811", "body": {"text": "x" * 65_536}})),
    Bad("body_too_large", asked({"to": "62811", "body": {"text": "x" * 900_000}})),
    Bad("wrong_key", asked(SEND), b"phone-00002"),
    Bad("wrong_key", asked(SEND), None),
    Bad("expired", asked({**SEND, "expires_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat()})),
    Bad("unknown_device", asked(SEND, subject=STRANGE), STRANGE.encode()),
    Bad("invalid", asked(SEND, id_="i" * 10_240)),
    Bad("invalid", asked(SEND, subject="d" * 10_240), b"d" * 10_240),
    Bad("invalid", asked(SEND, id_="line\nbreak")),
    Bad("invalid", asked({**SEND, "to": "62\x00811"})),
    Bad("invalid", asked({"pace_min_s": "soon"}, "device_change_requested")),
    Bad("invalid", asked({"driver": "simulated", "pace_min_s": True}, "device_registration_requested")),
    Bad("invalid", asked({**SEND, "expires_at": "tomorrow"})),
    Bad("invalid", _raw('{"to": ' + "[" * 900 + "]" * 900 + "}")),
)


async def _worker_with_a_device(site: Site, asker: Asker) -> None:
    await site.fleet(FLEET.text())
    site.worker().start()
    await asker.register(FLEET.devices())


async def _dead_letters(site: Site) -> list[Any]:
    topic = site.topics.dead_letters
    places = [TopicPartition(topic, n) for n in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(bootstrap_servers=site.kafka, auto_offset_reset="earliest")
    async with consumer:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        letters: list[Any] = []
        while len(letters) < sum(ends.values()):
            letters += [r for found in (await consumer.getmany(timeout_ms=200)).values() for r in found]
    return letters


def _fates(log: Log) -> list[Seen]:
    return sorted((e for e in log.events if e.event.decides is not None), key=lambda e: (e.partition, e.event.decides))


async def test_every_bad_record_gets_its_fate_and_its_partition_goes_on(site: Site, log: Log, asker: Asker) -> None:
    await _worker_with_a_device(site, asker)
    bad = [*UNDECODABLE, *REFUSED]
    for record in bad:
        await asker.put(record.value, record.key, HOME)
    await asker.send(DEVICE)
    await asker.flush()
    await log.until_drained(WAIT_S)
    assert [(e.event.type, e.event.data.get("reason")) for e in _fates(log)] == [
        ("device_registered", None),
        *(("request_refused", record.reason) for record in bad),
        ("send_queued", "refreshing"),
    ]
    assert len(log.counted("send_accepted")) == 1
    assert (await proven(site)).violations == ()


async def test_undecodable_records_lie_in_the_dead_letters_with_reason_and_position(
    site: Site, log: Log, asker: Asker
) -> None:
    await _worker_with_a_device(site, asker)
    for record in UNDECODABLE:
        await asker.put(record.value, record.key, HOME, [("who", b"me")])
    await asker.flush()
    await log.until_drained(WAIT_S)
    await asyncio.sleep(0.5)
    letters = sorted(await _dead_letters(site), key=lambda letter: int(dict(letter.headers)["offset"]))
    assert [(letter.key, letter.value) for letter in letters] == [(record.key, record.value) for record in UNDECODABLE]
    headers = [dict(letter.headers) for letter in letters]
    where = {(h["topic"].decode(), h["partition"], h["who"]) for h in headers}
    assert where == {(site.topics.requests(), str(HOME).encode(), b"me")}
    assert [int(h["offset"]) for h in headers] == [*range(1, len(UNDECODABLE) + 1)]
    assert all(h["reason"] for h in headers)


@pytest.fixture
def outside_producer(site: Site) -> Iterator[LibrdkafkaProducer]:
    """confluent-kafka as people use it who have not read about partitioners."""
    producer = LibrdkafkaProducer({"bootstrap.servers": site.kafka})
    yield producer
    producer.flush(10)


async def test_default_partitioner_of_confluent_kafka_is_refused_and_the_doctor_names_the_setting(
    site: Site, log: Log, asker: Asker, outside_producer: LibrdkafkaProducer
) -> None:
    await _worker_with_a_device(site, asker)
    for number in range(40):
        key = f"phone-{number:05d}"
        outside_producer.produce(site.topics.requests(), asked(SEND, id_=f"o{number}", subject=key), key)
    outside_producer.flush(10)
    await log.until_drained(WAIT_S)
    misplaced = [e for e in log.counted("request_refused") if e.event.data["reason"] == "wrong_partition"]
    assert len(misplaced) > 20
    assert (await proven(site)).violations == ()
    doctor = site.command("doctor", "doctor")
    doctor.start()
    assert await asyncio.to_thread(doctor.wait) == 1
    assert f"{len(misplaced)} requests lie in wrong partitions" in doctor.words()
    assert "partitioner=murmur2_random" in doctor.words()


async def test_requests_in_binary_mode_are_taken_too(site: Site, log: Log, asker: Asker) -> None:
    await _worker_with_a_device(site, asker)
    attributes = {"specversion": "1.0", "id": "h", "type": "send_requested", "source": "headers", "subject": DEVICE}
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    await asker.put(orjson.dumps(SEND), DEVICE.encode(), HOME, headers)
    await asker.flush()
    await log.until_drained(WAIT_S)
    assert len(log.counted("send_accepted")) == 1
