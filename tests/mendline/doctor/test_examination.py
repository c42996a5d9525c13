"""The doctor on a real Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer as LibrdkafkaProducer

from mendline.doctor.examination import examine
from mendline.doctor.finding import Finding, Level
from mendline.settings import Settings, load_settings
from projections.migrations import migrate
from schemas.message import RequestAlreadyDone, RequestRefused
from schemas.topics import CLIENT, CONNECTION, Topics
from tests.mendline.doctor.tails_by_hand import request
from tests.mendline.owner_by_hand import OwnerByHand


@pytest.fixture
def settings(kafka: str, kafka_topics: Topics, tmp_path: Path) -> Settings:
    """Settings that point to the test's own topics."""
    return load_settings(kafka=kafka, topic_prefix=kafka_topics.prefix, data=tmp_path)


@pytest.fixture
def outside_producer(kafka: str) -> Iterator[LibrdkafkaProducer]:
    """A producer as people write it who have not read about partitioners."""
    producer = LibrdkafkaProducer({"bootstrap.servers": kafka})
    yield producer
    producer.flush(10)


def _where(findings: list[Finding], level: Level) -> dict[str, str]:
    return {finding.where: finding.what for finding in findings if finding.level is level}


async def test_brokers_and_topics_as_they_have_to_be_are_fine(settings: Settings) -> None:
    fine = _where(await examine(settings, 100), Level.FINE)
    assert fine["brokers"].endswith("answers")
    assert "set up as they have to be" in fine["topics"]


async def test_a_fleet_without_workers_is_told_to_start_one(settings: Settings) -> None:
    wrong = _where(await examine(settings, 100), Level.WRONG)
    assert wrong[f"group {settings.topic_prefix}mendline"] == "no worker is connected: nothing is decided"
    assert "belong to nobody" in wrong["partitions 0-7"]


async def test_librdkafkas_default_partitioner_is_named_with_the_setting_to_change(
    settings: Settings, kafka: str, kafka_topics: Topics, outside_producer: LibrdkafkaProducer
) -> None:
    for number in range(40):
        key = f"d-{number}"
        outside_producer.produce(kafka_topics.requests(), request(0, key, source="shop").value, key)
    outside_producer.flush(10)
    found = next(f for f in await examine(settings, 100) if f.where == "producer 'shop'")
    assert found.level is Level.WRONG
    assert "it seems to partition by CRC-32, librdkafka's default" in found.what
    assert "partitioner=murmur2_random" in found.advice


async def test_refusals_for_wrong_partitions_name_the_setting_too(
    settings: Settings, kafka: str, kafka_topics: Topics
) -> None:
    async with OwnerByHand(kafka, kafka_topics, 3) as owner:
        await owner.take(1)
        await owner.append(RequestRefused(reason="wrong_partition", detail=""), decides=0)
    found = next(f for f in await examine(settings, 100) if "wrong partitions" in f.what)
    assert "partitioner=murmur2_random" in found.advice


async def test_only_the_last_records_are_read(settings: Settings, kafka: str, kafka_topics: Topics) -> None:
    async with OwnerByHand(kafka, kafka_topics, 3) as owner:
        await owner.take(1)
        await owner.append(RequestRefused(reason="invalid", detail="old"))
        await owner.append(RequestAlreadyDone(reason="healthy"))
    everything, last = await examine(settings, 100), await examine(settings, 1)
    assert "1 invalid" in str(everything)
    assert "1 invalid" not in str(last)


async def test_another_partition_count_than_was_set_is_wrong(kafka: str, kafka_topics: Topics, tmp_path: Path) -> None:
    others = load_settings(kafka=kafka, topic_prefix=kafka_topics.prefix, data=tmp_path, partitions=64)
    wrong = _where(await examine(others, 1), Level.WRONG)
    assert wrong[kafka_topics.events()] == "has partitions 8, 64 wanted"


async def test_missing_topics_are_named_and_the_rest_is_examined(kafka: str, tmp_path: Path) -> None:
    nothing = load_settings(kafka=kafka, topic_prefix="nobody-made-this-", data=tmp_path)
    wrong = _where(await examine(nothing, 1), Level.WRONG)
    assert wrong["nobody-made-this-device-events"] == "is missing"
    assert "group nobody-made-this-mendline" in wrong


async def test_absent_brokers_are_a_finding(tmp_path: Path, unused_tcp_port: int) -> None:
    away = load_settings(kafka=f"127.0.0.1:{unused_tcp_port}", data=tmp_path)
    (finding,) = await examine(away, 1)
    assert (finding.level, finding.where) == (Level.WRONG, "brokers")
    assert f"127.0.0.1:{unused_tcp_port}" in finding.what


async def test_without_a_database_the_rest_is_examined(settings: Settings) -> None:
    assert _where(await examine(settings, 1), Level.NOTICE) == {"database": "not looked at"}


async def test_only_streams_that_read_models_follow_are_held_against_the_projector(
    kafka: str, kafka_topics: Topics, postgres: str, tmp_path: Path
) -> None:
    await migrate(postgres)
    settings = load_settings(kafka=kafka, postgres=postgres, topic_prefix=kafka_topics.prefix, data=tmp_path)
    places = [finding.where for finding in await examine(settings, 1)]
    assert [place for place in places if place.startswith(("database", "projector"))] == [
        "database",
        "projector",
        f"projector of {kafka_topics.events(CLIENT)}",
        f"projector of {kafka_topics.events(CONNECTION)}",
    ]
