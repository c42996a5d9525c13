"""Kills a worker again and again, under load and at each step of an attempt, then proves what is left.

`python -m tests.faults.real.kills --kills 30 --seed 1` starts servers of its own and prints figures.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.postgres import PostgresServer
from mendline.settings import load_settings
from schemas.topics import Topics
from tests.faults.arguments import at_least, positive
from tests.faults.real.kill_outcome import Plan
from tests.faults.real.kill_run import play
from tests.faults.real.site import Site


def main() -> None:
    """Read the arguments, start servers, play, and say what came of it; exit status 1 on any problem."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.real.kills", description=__doc__)
    parser.add_argument("--kills", type=at_least(1), default=30)
    parser.add_argument("--seed", type=at_least(0), default=1)
    parser.add_argument("--rate", type=positive, default=150.0, help="sends asked for a second")
    asked = parser.parse_args()
    jars = jars_of(load_settings().jars, print)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        with (
            KafkaCluster(here / "kafka", jars) as cluster,
            PostgresServer(here / "postgres", durable=False) as database,
            Site(here, cluster.bootstrap, Topics()) as site,
        ):
            plan = Plan(asked.kills, asked.seed, asked.rate)
            outcome = asyncio.run(play(plan, site, cluster.nodes[0], database.dsn))
    print(outcome.text())
    sys.exit(1 if outcome.problems else 0)


if __name__ == "__main__":
    main()
