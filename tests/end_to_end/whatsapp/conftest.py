"""All scenarios are played once a run, by whichever of its processes asks first."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Sequence
from pathlib import Path

import pytest

from mendline.whatsapp.build import Programs
from tests.end_to_end.whatsapp import connects, heard, links, pairings, sends
from tests.end_to_end.whatsapp.scenario import Scenario
from tests.end_to_end.whatsapp.world import Played, play
from tests.faults.real.tables import database_beside

OF_ALL = (pairings, connects, links, sends, heard)
SCENARIOS: Sequence[Scenario] = tuple(each for some in OF_ALL for each in some.SCENARIOS)


@pytest.fixture(scope="session")
def played(run_folder: Path, kafka: str, postgres_server: str, programs: Programs) -> Played:
    """What came of all scenarios."""
    folder = run_folder / "whatsapp-scenarios"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "played").exists():
            with database_beside(postgres_server) as database:
                asyncio.run(play(SCENARIOS, kafka, database, programs, folder)).write(folder / "played")
        return Played.read(folder / "played")
