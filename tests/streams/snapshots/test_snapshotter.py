"""Which partitions a snapshotter takes snapshots of, and what it passes over."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import orjson
import pytest

from schemas.message import SCHEMA_LEVEL
from streams.log.ports import EventLog
from streams.ownership.folding import Folding
from streams.snapshots import snapshotter as snapshotter_module
from streams.snapshots.shelf import Shelf
from streams.snapshots.snapshotter import Snapshotter
from tests.streams.ownership.stage import HI, Stage, stage
from tests.streams.snapshots.history import history
from tests.streams.snapshots.memory import Snapshots, events

GOOD = [event.value for event in history()]


def changed(value: bytes, **changes: object) -> bytes:
    """An event with other fields."""
    return orjson.dumps(orjson.loads(value) | changes)


def snapshotter(of: EventLog, to: Snapshots, partitions: int = 2) -> Snapshotter:
    return Snapshotter(Shelf("events", to), of, partitions, every=1)


async def taken(*partitions: Sequence[bytes], away: Sequence[int] = ()) -> list[int]:
    """The partitions of which there are snapshots, once the snapshotter has looked around."""
    snapshots = Snapshots()
    await snapshotter(events(*partitions, away=away), snapshots).look_around()
    return sorted(snapshots.records)


async def test_every_partition_gets_its_snapshot() -> None:
    assert await taken(GOOD, GOOD[:9]) == [0, 1]


async def test_nothing_is_taken_where_nothing_has_come_since() -> None:
    snapshots = Snapshots()
    taking = snapshotter(events(GOOD, []), snapshots)
    await taking.look_around()
    written = len(snapshots.records[0])
    await taking.look_around()
    assert len(snapshots.records[0]) == written


async def test_a_partition_that_cannot_be_read_holds_up_no_other() -> None:
    assert await taken(GOOD, GOOD, away=[0]) == [1]


async def test_an_event_of_a_newer_writer_is_passed_over_with_its_partition(caplog: pytest.LogCaptureFixture) -> None:
    unknown = changed(GOOD[1], type="device_teleported")
    assert await taken([GOOD[0], unknown, *GOOD[2:]], GOOD) == [1]
    assert "device_teleported" in caplog.text


async def test_a_log_of_a_newer_schema_level_is_passed_over() -> None:
    newer = changed(GOOD[0], data=orjson.loads(GOOD[0])["data"] | {"schema_level": SCHEMA_LEVEL + 1})
    assert await taken([newer, *GOOD[1:]], GOOD) == [1]


async def test_an_event_that_nobody_could_have_written_stops_only_its_partition(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL)
    broken = changed(GOOD[1], data={"driver": 7})
    assert await taken([GOOD[0], broken, *GOOD[2:]], GOOD) == [1]


async def test_no_snapshot_ends_with_an_event_that_does_not_count() -> None:
    late = changed(GOOD[-2], claim="f" * 16)
    assert await taken([*GOOD, late], [*GOOD, b"no event"]) == []


async def test_a_snapshot_may_end_with_a_release() -> None:
    on = _released()
    assert await taken([event.value for event in on.events], []) == [0]


def _released() -> Stage:
    on = stage("platform")
    on.ask("d1", HI)
    on.owner.release(on.at)
    on.append()
    return on


async def test_a_snapshotter_that_starts_anew_goes_on_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots, folded = Snapshots(), list[Folding]()

    def new() -> Folding:
        folded.append(Folding())
        return folded[-1]

    monkeypatch.setattr(snapshotter_module, "Folding", new)
    await snapshotter(events(GOOD[:20]), snapshots, partitions=1).look_around()
    await snapshotter(events(GOOD), snapshots, partitions=1).look_around()
    assert [folding.fence.position for folding in folded] == [20]
    found = await Shelf("events", snapshots).newest(0, len(GOOD))
    assert found is not None
    assert found.place.position == len(GOOD)
