"""Rows, checkpoints and batches: nothing is applied twice, whatever is repeated, cut or shared."""

from __future__ import annotations

from typing import Any

import pytest

from projections.catalogue import READ_MODELS
from projections.checkpoints import StaleCheckpointError, Standing
from projections.database import open_connection
from projections.decoding import validators
from projections.devices import DEVICES
from projections.errors import CheckpointMismatchError
from projections.follower import resume
from projections.read_model import ReadModel
from projections.sends import SENDS
from projections.table import load
from projections.tail import Tail
from tests.projections.events import REGISTERED, accepted, attempted, queued, send
from tests.projections.histories import history
from tests.projections.projecting import columns, content, project, rows_of
from tests.projections.written_log import TOPIC, WrittenPartition, claimed


@pytest.fixture
def log() -> WrittenPartition:
    """A device and a send."""
    log = claimed()
    log.add_all("d-1", REGISTERED, queued(1), attempted(1), accepted(1))
    return log


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
async def test_a_read_model_ignores_a_replay(database: str, model: ReadModel[Any]) -> None:
    log = history(seed=1, number=0, records=200)
    await project(database, log, models=[model])
    before = content(database)
    async with open_connection(database, [model]) as connection:
        tails, applier = await resume(connection, TOPIC, [0], [model])
        await applier.apply([tails[0].take(log.records)])
    assert content(database) == before


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("batch", [1, 7])
async def test_the_rows_do_not_depend_on_how_the_log_is_cut(
    database: str, other_database: str, seed: int, batch: int
) -> None:
    logs = [history(seed, number, records=300) for number in range(2)]
    await project(database, *logs, batch=batch)
    await project(other_database, *logs, batch=1000)
    assert content(database) == content(other_database)


async def test_read_models_at_different_positions_come_level(database: str, other_database: str) -> None:
    log = history(seed=3, number=0, records=400)
    await project(other_database, log)
    ahead = WrittenPartition()
    ahead.records = log.records[:150]
    await project(database, ahead, models=[SENDS])
    ahead.records = log.records[:50]
    await project(database, ahead, models=[DEVICES])
    await project(database, log, batch=30)
    assert content(database) == content(other_database)


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
async def test_a_read_model_loads_only_rows_of_the_partitions_at_hand(database: str, model: ReadModel[Any]) -> None:
    logs = [history(seed=4, number=number, records=500) for number in range(2)]
    await project(database, *logs)
    records = Tail(0, Standing(), validators()).take(logs[0].records).records
    wanted = [record for record in records if record.event.__class__ in model.takes]
    async with open_connection(database, []) as connection:
        for need in model.needs(wanted):
            rows = await load(connection, model.table, need.condition, need.arguments)
            assert {row.partition for row in rows.values()} <= {0}


async def test_of_two_projectors_the_loser_notices_and_changes_nothing(database: str, log: WrittenPartition) -> None:
    async with open_connection(database, READ_MODELS) as first, open_connection(database, READ_MODELS) as second:
        tails, winner = await resume(first, TOPIC, [0], READ_MODELS)
        same_tails, loser = await resume(second, TOPIC, [0], READ_MODELS)
        await winner.apply([tails[0].take(log.records)])
        before = content(database)
        with pytest.raises(StaleCheckpointError):
            await loser.apply([same_tails[0].take(log.records[:3])])
    assert content(database) == before


async def test_a_checkpoint_says_who_owned_the_partition_there(database: str, log: WrittenPartition) -> None:
    log.void("d-1", REGISTERED)
    await project(database, log, models=[DEVICES])
    (row,) = rows_of(database, "checkpoints")
    assert row == {
        "projection": "devices",
        "topic": TOPIC,
        "partition": 0,
        "next_offset": 6,
        "generation": 1,
        "claim": log.claim_id,
        "owned": True,
        "worker": "worker-1",
        "last_counted": 4,
        "build": 0,
        "decided": None,
    }


async def test_nothing_counts_after_a_release_that_was_read_before(database: str, log: WrittenPartition) -> None:
    log.release()
    await project(database, log)
    log.add("d-2", REGISTERED)
    await project(database, log)
    assert columns(database, "devices", "device_id") == [("d-1",)]


async def test_a_checkpoint_of_another_log_is_refused(database: str, log: WrittenPartition) -> None:
    await project(database, log)
    other = WrittenPartition()
    other.generation = 5
    other.claim()
    other.add_all("d-9", REGISTERED, queued(1), attempted(1), accepted(1), queued(2))
    with pytest.raises(CheckpointMismatchError, match="does not carry claim"):
        await project(database, other)
    assert columns(database, "devices", "device_id") == [("d-1",)]


async def test_nobody_reads_half_a_batch(database: str, log: WrittenPartition) -> None:
    log.add("d-1", attempted(2, send=send()))
    async with open_connection(database, READ_MODELS) as connection:
        tails, applier = await resume(connection, TOPIC, [0], READ_MODELS)
        await connection.execute("DROP TABLE pg_temp.incoming_sends")
        with pytest.raises(Exception, match="incoming_sends"):
            await applier.apply([tails[0].take(log.records)])
    assert rows_of(database, "devices") == []
    assert columns(database, "checkpoints", "next_offset") == [(0,)] * len(READ_MODELS)
