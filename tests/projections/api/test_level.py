"""Who waits for a position reads what was written there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from psycopg import AsyncConnection

from projections.api.level import Level, Place, PositionInvalidError, places_of
from projections.errors import NotLevelError
from schemas.device.sends import SendRepeated
from tests.projections.api.conftest import devices
from tests.projections.projecting import project


@pytest.fixture
def level(reader: AsyncConnection) -> Level:
    """Looks at the read models over one connection."""

    @asynccontextmanager
    async def connecting() -> AsyncIterator[AsyncConnection]:
        yield reader

    return Level(connecting)


@pytest.mark.parametrize(
    "at_least",
    [
        "device-events/0/18",
        "client-events/0/6",
        "device-requests/0/3",
        "device-requests/0/0",
        "device-events/0/1, client-events/0/6",
    ],
)
async def test_what_the_read_models_hold_is_there_at_once(level: Level, at_least: str) -> None:
    await level.reach(at_least, timeout_s=5)


@pytest.mark.parametrize(
    "at_least",
    ["device-events/0/9999", "device-events/1/0", "device-requests/0/4", "client-requests/0/0", "device-requests/1/0"],
)
async def test_what_they_do_not_hold_in_time_is_named(level: Level, at_least: str) -> None:
    with pytest.raises(NotLevelError, match=rf"after 0\.05 s the read models do not hold {at_least} yet: ask again"):
        await level.reach(f"device-events/0/1,{at_least}", timeout_s=0.05)


async def test_who_waits_for_a_request_reads_its_fate(level: Level, database: str) -> None:
    waiting = [asyncio.create_task(level.reach("device-requests/0/12", timeout_s=20)) for _ in range(20)]
    log = devices()
    log.add("d-1", SendRepeated(first=1, request_id="r-1", settled=True), decides=12)
    await project(database, log)
    await asyncio.gather(*waiting)


async def test_one_read_model_that_is_behind_is_waited_for(level: Level, reader: AsyncConnection) -> None:
    behind = "UPDATE checkpoints SET next_offset = 5, decided = {} WHERE projection = 'sends'"
    await reader.execute(behind.format("NULL").encode())
    with pytest.raises(NotLevelError):
        await level.reach("device-requests/0/3", timeout_s=0.05)
    await reader.execute(behind.format("3").encode())
    await level.reach("device-requests/0/3", timeout_s=5)
    with pytest.raises(NotLevelError):
        await level.reach("device-events/0/5", timeout_s=0.05)


async def test_a_read_model_that_was_rebuilt_is_told_of_by_the_others(level: Level, reader: AsyncConnection) -> None:
    await reader.execute("UPDATE checkpoints SET decided = NULL WHERE projection = 'sends'")
    await level.reach("device-requests/0/3", timeout_s=5)


async def test_who_gives_up_does_not_disturb_who_waits_with_them(level: Level) -> None:
    impatient = asyncio.create_task(level.reach("device-events/0/9999", timeout_s=20))
    patient = asyncio.create_task(level.reach("device-events/0/1", timeout_s=20))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert await asyncio.gather(impatient, return_exceptions=True)


def test_several_positions_are_read() -> None:
    assert places_of("device-events/3/1234, client-requests/0/17") == [
        Place("device-events", 3, 1234),
        Place("client-requests", 0, 17),
    ]


@pytest.mark.parametrize(
    ("rubbish", "told"),
    [
        ("", "'' is no position: give topic/partition/offset"),
        ("device-events/3", "is no position"),
        ("device-events/3/-1", "is no position"),
        ("device-events/3/1,,", "'' is no position"),
        ("device-events/3/1 2", "Mendline-Position"),
        ("device-events/\u0663/1", "is no position"),
        ("device-events/0/" + "9" * 19, "is no position"),
        ("x" * 5000, "x" * 60 + r"\.\.\.' is no position"),
        ("control-events/0/1", "no read model follows 'control-events': there are client-events, client-requests"),
        ("mine-device-events/0/1", "no read model follows 'mine-device-events'"),
        ("device-events/0/1," * 1001, "more than 1000 positions: give the last of each partition"),
    ],
)
def test_rubbish_is_told_what_a_position_is(rubbish: str, told: str) -> None:
    with pytest.raises(PositionInvalidError, match=told):
        places_of(rubbish)
