"""The doctor on a real PostgreSQL."""

from __future__ import annotations

import psycopg
import pytest

from mendline.doctor import database
from mendline.doctor.database import database_findings
from mendline.doctor.finding import Level
from projections.migrations import migrate

TOPIC = "device-events"
CHECKPOINT = """
INSERT INTO checkpoints (projection, topic, partition, next_offset, generation, owned, worker, build)
VALUES ('sends', 'device-events', 0, 40, 1, true, 'worker-1', 0)
"""
QUARANTINED = """
INSERT INTO quarantine (projection, topic, partition, stream_id, position, type, reason, held_back)
VALUES ('sends', 'device-events', 0, 'd-1', 7, 'send_accepted', 'no such send', 3)
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MOVES_WITHIN_S", 0.05)


async def _with(dsn: str, *statements: bytes) -> None:
    await migrate(dsn)
    with psycopg.connect(dsn) as connection:
        for statement in statements:
            connection.execute(statement)


async def test_read_models_that_are_level_are_fine(postgres: str) -> None:
    await _with(postgres, CHECKPOINT.encode())
    findings = await database_findings(postgres, {TOPIC: {0: 40}})
    assert [(f.level, f.where) for f in findings] == [(Level.FINE, "database"), (Level.FINE, "projector")]


async def test_a_projector_that_stands_still_is_wrong(postgres: str) -> None:
    await _with(postgres, CHECKPOINT.encode())
    _, projector = await database_findings(postgres, {TOPIC: {0: 50}})
    assert (projector.level, projector.what) == (Level.WRONG, "sends is 10 events behind the log and stands still")


async def test_a_projector_that_never_ran_is_behind_by_the_whole_log(postgres: str) -> None:
    await _with(postgres)
    _, projector = await database_findings(postgres, {TOPIC: {0: 50, 1: 50}})
    assert "100 events behind" in projector.what


async def test_each_stream_in_quarantine_is_named_with_its_reason(postgres: str) -> None:
    await _with(postgres, CHECKPOINT.encode(), QUARANTINED.encode())
    *_, quarantined = await database_findings(postgres, {TOPIC: {0: 40}})
    assert (quarantined.level, quarantined.where) == (Level.WRONG, "read model sends, d-1")
    assert "send_accepted at device-events/0/7" in quarantined.what
    assert "no such send" in quarantined.what


async def test_an_empty_database_is_told_to_be_brought_up_to_date(postgres: str) -> None:
    (schema,) = await database_findings(postgres, {TOPIC: {}})
    assert (schema.level, "version 0" in schema.what) == (Level.WRONG, True)


async def test_a_newer_schema_is_told_apart(postgres: str) -> None:
    await _with(postgres, b"INSERT INTO schema_versions (version, name) VALUES (9999, 'from the future')")
    (schema,) = await database_findings(postgres, {TOPIC: {}})
    assert "9999" in schema.what


async def test_an_absent_database_is_a_finding(unused_tcp_port: int) -> None:
    (absent,) = await database_findings(f"postgresql://postgres@127.0.0.1:{unused_tcp_port}/x", {TOPIC: {}})
    assert (absent.level, absent.what[:16]) == (Level.WRONG, "does not answer:")
