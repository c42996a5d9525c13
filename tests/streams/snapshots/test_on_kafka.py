"""Snapshots in a real Kafka: written, found from the end on, and never used when they are not of this log."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.log.ports import LogRecord
from streams.ownership.snapshot import Place, part_of
from streams.snapshots.shelf import Shelf
from tests.streams.snapshots.history import folded, history, snapshot_of
from tests.streams.snapshots.site import Site


async def test_a_claim_begins_with_the_snapshot_that_the_snapshotter_took(site: Site) -> None:
    events = history()
    await site.append(events)
    await site.snapshotter().look_around()
    found = await site.fitting.newest(0)
    assert found is not None
    assert found[0] == snapshot_of(site.topics.events(), events)
    assert found[1].saved() == folded(events).saved()


async def test_a_snapshot_goes_on_from_the_one_before(site: Site) -> None:
    events = history()
    await site.append(events[:-10])
    snapshotter = site.snapshotter(every=10)
    await snapshotter.look_around()
    await site.append(events[-10:])
    await snapshotter.look_around()
    assert await site.begun_at() == len(events)
    assert await site.shelf.newest(0, len(events) - 1) is not None


async def test_no_snapshot_is_taken_before_it_is_due(site: Site) -> None:
    events = history()
    await site.append(events)
    await site.snapshotter(every=len(events) + 1).look_around()
    assert await site.records.end(0) == 0


async def test_a_set_of_many_chunks_is_found_behind_what_came_later(site: Site) -> None:
    events = history()
    await site.append(events)
    await Shelf(site.topics.events(), site.records, chunk_bytes=50).put(snapshot_of(site.topics.events(), events))
    for number in range(40):
        await site.records.append(0, [(f"of somebody else {number}".encode(), b"x")])
    assert await site.begun_at() == len(events)


async def test_a_set_beyond_the_end_of_a_cut_log_is_not_used(site: Site) -> None:
    events, topic = history(), site.topics.events()
    await site.append(events[:20])
    await site.shelf.put(snapshot_of(topic, events[:15]))
    await site.shelf.put(snapshot_of(topic, events))
    assert await site.begun_at() == 15


async def test_a_set_of_what_the_log_was_before_it_was_restored_is_not_used(site: Site) -> None:
    events, topic = history(), site.topics.events()
    await site.append(events)
    await site.shelf.put(snapshot_of(topic, events[:15]))
    await site.shelf.put(snapshot_of(topic, events[:20], claim="f" * 16))
    assert await site.begun_at() == 15


async def test_a_set_of_another_version_is_not_used(site: Site) -> None:
    events, topic = history(), site.topics.events()
    await site.append(events)
    await site.shelf.put(replace(snapshot_of(topic, events), version="device-0-00000000"))
    assert await site.begun_at() is None


async def test_a_manifest_that_tells_another_position_than_its_state_is_not_used(site: Site) -> None:
    events, topic = history(), site.topics.events()
    await site.append(events)
    wrong = snapshot_of(topic, events)
    await site.shelf.put(replace(wrong, place=wrong.place._replace(position=len(events) - 1, claim="0" * 15 + "1")))
    assert await site.begun_at() is None


@pytest.fixture
def half_written(site: Site) -> Iterator[int]:
    """A snapshotter in a process of its own, killed between the last chunk and the manifest; how many chunks."""
    arguments = (site.cluster.bootstrap, site.topics.snapshots, site.topics.events())
    command = [sys.executable, "-m", "tests.streams.snapshots.half_a_set", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        chunks = int(process.stdout.readline())
        process.kill()
        yield chunks


async def test_a_set_whose_snapshotter_was_killed_before_its_manifest_is_not_used(
    site: Site, half_written: int
) -> None:
    await site.append(history())
    assert half_written > 1
    assert await site.records.end(0) == half_written
    assert await site.begun_at() is None


async def test_the_next_whole_set_deletes_what_a_killed_snapshotter_left(site: Site, half_written: int) -> None:
    events = history()
    await site.append(history(sends=30))
    await site.snapshotter().look_around()
    deleted = [part_of(record.key) for record in await _records(site) if record.value is None]
    assert len(deleted) == half_written
    assert {part.place.position for part in deleted if part} == {len(events)}


async def test_older_sets_are_deleted_but_for_the_last_whole_one(site: Site) -> None:
    events, topic = history(), site.topics.events()
    await site.append(events)
    for position in (10, 20, 30):
        await site.shelf.put(snapshot_of(topic, events[:position]))
    assert await site.begun_at() == 30
    assert await _position_up_to(site, 29) == 20
    assert await _position_up_to(site, 19) is None


async def _position_up_to(site: Site, position: int) -> int | None:
    found = await site.shelf.newest(0, position)
    return None if found is None else found.place.position


async def test_a_late_snapshotter_deletes_nothing_newer_than_its_own_set(site: Site) -> None:
    events, topic = history(), site.topics.events()
    await site.append(events)
    await site.shelf.put(snapshot_of(topic, events[:30]))
    await Shelf(topic, site.records).put(snapshot_of(topic, events[:20]))
    assert all(record.value is not None for record in await _records(site))


async def test_what_compaction_has_eaten_of_older_sets_does_not_hide_the_newer(site: Site) -> None:
    events, topic = history(), site.topics.events()
    await site.append(events)
    await _compact_at_once(site)
    shelf = Shelf(topic, site.records, chunk_bytes=60)
    for position in (10, 20, 30, 40):
        await shelf.put(snapshot_of(topic, events[:position]))
    await _until_eaten(site, Place(topic, 0, "0" * 15 + "1", 10))
    assert await site.begun_at() == 40
    assert await _position_up_to(site, 39) == 30


async def _compact_at_once(site: Site) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=site.cluster.bootstrap)
    await admin.start()
    eager = {"cleanup.policy": "compact", "segment.ms": "200", "min.cleanable.dirty.ratio": "0.0"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, site.topics.snapshots, eager)])
    await admin.close()


async def _until_eaten(site: Site, place: Place) -> None:
    """Until compaction has removed the chunks that were deleted; a segment closes when something is appended later."""
    async with asyncio.timeout(90):
        while any(r.value is not None and (p := part_of(r.key)) and p.place == place for r in await _records(site)):
            await asyncio.sleep(1.0)
            await site.records.append(0, [(b"later", b"")])


async def _records(site: Site) -> Sequence[LogRecord]:
    return await site.records.read(0, 0, await site.records.end(0))
