"""WhatsApp's host and worker are killed and its database is away, under load: nothing is told wrongly, or lost.

A short form of `python -m tests.faults.real.whatsapp_kills`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mendline.embedded.postgres import PostgresServer
from mendline.whatsapp.stand_in import StandIn
from tests.faults.real.asking import Asker
from tests.faults.real.log import Log
from tests.faults.real.site import Site
from tests.faults.real.whatsapp_run import KINDS, Plan, play

SEED = 31
"""Its database is away early: what is put off for half a minute by that is over when the rest is."""
ROUNDS = 2

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server of the test's own."""
    with PostgresServer(tmp_path / "postgres") as server:
        yield server


async def test_host_and_worker_killed_and_database_away_lose_nothing_and_send_nothing_twice(
    site: Site, database: PostgresServer, stand_in: StandIn, log: Log, asker: Asker
) -> None:
    plan = Plan(faults=ROUNDS * len(KINDS), seed=SEED)
    outcome = await play(plan, site, database, stand_in, log, asker)
    print(outcome.text())
    assert outcome.problems == []
    assert set(outcome.kinds.values()) == {ROUNDS}
    assert outcome.ends["send_accepted"] <= outcome.left <= outcome.ends.total()
