"""Kills WhatsApp's host and worker and takes its database away, again and again under load, then proves what is left.

`python -m tests.faults.real.whatsapp_kills --faults 100 --seed 1` starts servers of its own and prints figures.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.postgres import PostgresServer
from mendline.settings import default_whatsapp_cache, load_settings
from mendline.topics import ensure_topics, planned_topics
from mendline.whatsapp.build import build
from mendline.whatsapp.stand_in import StandIn, standing_in
from schemas.cluster import Cluster
from schemas.topics import Topics
from tests.faults.arguments import at_least, positive
from tests.faults.real.asking import asking
from tests.faults.real.log import Log
from tests.faults.real.site import Site
from tests.faults.real.whatsapp_run import Outcome, Plan, play


async def run(plan: Plan, site: Site, database: PostgresServer, stand_in: StandIn) -> Outcome:
    """Make the topics, and play."""
    await ensure_topics(Cluster(site.kafka), planned_topics(site.topics))
    async with AsyncExitStack() as opened:
        log = await opened.enter_async_context(Log(site.kafka, site.topics))
        asker = await opened.enter_async_context(asking(site))
        return await play(plan, site, database, stand_in, log, asker)


def main() -> None:
    """Read the arguments, start servers, play, and say what came of it; exit status 1 on any problem."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.real.whatsapp_kills", description=__doc__)
    parser.add_argument("--faults", type=at_least(1), default=100)
    parser.add_argument("--seed", type=at_least(0), default=1)
    parser.add_argument("--rate", type=positive, default=20.0, help="sends asked for a second")
    parser.add_argument("--devices", type=at_least(1), default=12)
    asked = parser.parse_args()
    jars, programs = jars_of(load_settings().jars, print), build(default_whatsapp_cache(), print)
    with ExitStack() as opened:
        here = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        here.chmod(0o755)  # PostgreSQL's account has to reach its folder
        cluster = opened.enter_context(KafkaCluster(here / "kafka", jars))
        database = opened.enter_context(PostgresServer(here / "postgres"))
        stand_in = opened.enter_context(standing_in(programs.stand_in, here))
        site = opened.enter_context(Site(here, cluster.bootstrap, Topics()))
        plan = Plan(asked.faults, asked.seed, asked.rate, asked.devices)
        outcome = asyncio.run(run(plan, site, database, stand_in))
    print(outcome.text())
    sys.exit(1 if outcome.problems else 0)


if __name__ == "__main__":
    main()
