"""Workers and projectors killed with `kill -9` under load: a short form of `python -m tests.faults.real.kills`."""

from __future__ import annotations

import pytest

from mendline.embedded.kafka import KafkaNode
from tests.faults.real.kill_outcome import Plan
from tests.faults.real.kill_run import MANNERS, play
from tests.faults.real.site import Site

SEED = 20261123


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_worker_killed_in_every_manner_loses_nothing_and_sends_nothing_twice(
    own_site: Site, node: KafkaNode, postgres: str
) -> None:
    outcome = await play(Plan(kills=len(MANNERS), seed=SEED, rate=80, scale=1), own_site, node, postgres)
    print(outcome.text())
    assert outcome.problems == []
    assert outcome.steps.total() >= outcome.uncertain > 0
    assert outcome.snapshots_used > 0
