"""Which campaign a send belongs to whose fate a node of the hub has not read: the read model `sends` knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from streams.hub.reach import CampaignsOf

CONNECTIONS = 1


@asynccontextmanager
async def campaigns_in(postgres: str | None) -> AsyncIterator[CampaignsOf | None]:
    """Who answers that from a database, which may come and go; None without one."""
    if postgres is None:
        yield None
        return
    from projections.api.pool import ReadingPool  # a node without a database starts faster without it
    from projections.api.sends import campaigns_of

    async with ReadingPool(postgres, CONNECTIONS) as pool:

        async def ask(partition: int, sends: Collection[int]) -> Mapping[int, str | None]:
            async with pool.connection() as connection:
                return await campaigns_of(connection, partition, sends)

        yield ask
