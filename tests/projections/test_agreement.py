"""Read models agree with one another on what real owners write through faults (tests/faults/simulation)."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest

from streams.log.ports import LogRecord
from tests.faults.simulation.case import Case
from tests.faults.simulation.run import Run
from tests.projections.projecting import project
from tests.projections.written_log import Record, WrittenPartition

DEVICE_HISTORIES = (1, 2, 3, 4, 6, 7)
"""Seeds; the others until there are histories of clients."""
DISAGREEMENTS = {
    "waiting": """
        SELECT device_id, waiting FROM devices AS d WHERE waiting <>
        (SELECT count(*) FROM sends AS s WHERE s.device_id = d.device_id AND s.state IN ('waiting', 'deferred'))
    """,
    "in flight": """
        SELECT device_id, in_flight FROM devices AS d WHERE in_flight <>
        ARRAY(SELECT request FROM sends AS s
              WHERE s.device_id = d.device_id AND s.state IN ('attempting', 'reconciling') ORDER BY request)
    """,
    "links": """
        SELECT device_id, d.link, c.link
        FROM devices AS d LEFT JOIN connections AS c USING (device_id, partition)
        WHERE d.link IS DISTINCT FROM CASE WHEN c.ended_at IS NULL THEN c.link END
    """,
    "refreshes": """
        SELECT device_id, refreshes FROM devices AS d WHERE refreshes <>
        coalesce((SELECT max(refresh) FROM refreshes AS r WHERE r.device_id = d.device_id), 0)
    """,
    "campaigns": """
        SELECT campaign, device_id, sends FROM campaigns AS c WHERE sends <>
        (SELECT count(*) FROM sends AS s WHERE (s.campaign, s.device_id) = (c.campaign, c.device_id))
    """,
    "quarantine": "SELECT * FROM quarantine",
}


@pytest.fixture(params=DEVICE_HISTORIES)
def partitions(request: pytest.FixtureRequest) -> list[WrittenPartition]:
    """What the owners of one simulated run wrote."""
    run = Run(Case(seed=request.param))
    run.play()
    return [_partition(number, log.all()) for number, log in enumerate(run.brokers.events) if log.all()]


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
async def test_counts_and_links_agree_at_any_time(
    database: str, partitions: list[WrittenPartition], share: float
) -> None:
    for partition in partitions:
        del partition.records[max(1, int(len(partition.records) * share)) :]
    await project(database, *partitions, batch=50)
    with psycopg.connect(database) as connection:
        found = {name: connection.execute(query.encode()).fetchall() for name, query in DISAGREEMENTS.items()}
    assert found == {name: [] for name in DISAGREEMENTS}


def _partition(number: int, records: Sequence[LogRecord]) -> WrittenPartition:
    partition = WrittenPartition(number)
    partition.records = [Record(record.offset, record.value, record.key) for record in records]
    return partition
