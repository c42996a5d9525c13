"""A projector as a process of its own, for tests that kill it: python -m, bootstrap, dsn, prefix."""

from __future__ import annotations

import asyncio
import sys

from projections import follower
from projections.projector import run_projector
from schemas.cluster import Cluster
from schemas.topics import Topics

SMALL_BATCH = 50


def main() -> None:
    """Run until killed, in batches small enough to be killed in the middle of many."""
    bootstrap, dsn, prefix = sys.argv[1:]
    follower.BATCH_RECORDS = SMALL_BATCH
    asyncio.run(run_projector(Cluster(bootstrap), dsn, Topics(prefix), stop=asyncio.Event(), pool_size=2))


if __name__ == "__main__":
    main()
