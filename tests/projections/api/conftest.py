"""A database with some of everything, and a connection that reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest

from projections.catalogue import CLIENT_MODELS, CONNECTION_MODELS
from schemas.client import events as e
from schemas.connection.events import ConnectionClosed, ConnectionOpened, ConnectionReplaced, GroupJoined
from schemas.device.body import Body, Media
from schemas.device.lifecycle import DeviceParked, DeviceRegistered, DeviceRemoved
from schemas.device.links import RefreshAdvanced, RefreshJoined, RefreshQueued
from schemas.device.sends import CampaignCancelled
from tests.projections.events import REGISTERED, accepted, attempted, linking, queued, send
from tests.projections.projecting import project
from tests.projections.written_log import WrittenPartition, claimed

VALUE = "0" * 64
PHOTO = Body(text="look", media=Media(kind="image", url="https://example.com/a.png", filename="a.png"))


def devices() -> WrittenPartition:
    """Partition 0: a linked device that sends, one of a platform, a removed, a parked and a refreshing one."""
    log = claimed()
    started, succeeded, connected = linking()
    log.add_all("d-1", REGISTERED, RefreshQueued(refresh=1, why="send"), started)
    log.add_all("d-1", RefreshAdvanced(refresh=1, step="dialing"), succeeded, connected)
    log.add_all("d-1", queued(1, send(campaign="c", body=PHOTO), refresh=1), attempted(1), accepted(1), queued(2))
    log.add("d-1", RefreshJoined(refresh=1), decides=3)
    log.add_all(
        "d-2", DeviceRegistered(driver="platform", linked=False), attempted(4, send=send(campaign="c"), link=None)
    )
    log.add_all("d-3", REGISTERED, DeviceRemoved(waiting=0))
    log.add_all("d-4", REGISTERED, DeviceParked(reason="asked", by="person"), queued(5, send(campaign="b")))
    log.add_all("d-4", CampaignCancelled(campaign="b", sends=1, up_to=9))
    log.add_all("d-5", REGISTERED, RefreshQueued(refresh=1, why="requested"))
    return log


def clients() -> WrittenPartition:
    """Partition 0: one client with all that can be known, one with nothing, a rejected and a removed one."""
    log = claimed()
    ana = {"name": "Ana", "email": "Ana@shop.example", "phone": "+62811", "company": "Shop", "user_id": "u-7"}
    log.add("ana", e.ClientCreated(request=1, value=VALUE, **ana))
    log.add("budi", e.ClientCreated(request=2, name=""))
    taken = e.ClientCreationStarted(request=3, name="Cici", email="ana@shop.example", value=VALUE)
    log.add_all("cici", taken, e.ClientCreationRejected(request=3, reason="email_taken"))
    log.add_all("dian", e.ClientCreated(request=4, name="Dian"), e.ClientRemoved(request=5))
    return log


def connections() -> WrittenPartition:
    """Partition 0: a user whose older connection was replaced, one whose ended, one who is connected."""
    log = claimed()
    opened = ConnectionOpened(connection="a", node="n1", kind="websocket")
    newer = ConnectionOpened(connection="b", node="n2", kind="sse")
    log.add_all("ana", opened, newer, ConnectionReplaced(connection="a", by="b"))
    log.add("ana", GroupJoined(connection="b", groups=("fleet",)))
    log.add_all("budi", opened, ConnectionClosed(connection="a", why="gone"))
    log.add("cici", opened)
    return log


@pytest.fixture
async def reader(database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection to a database that holds `devices()`, `clients()` and `connections()`."""
    await project(database, devices())
    await project(database, clients(), models=CLIENT_MODELS, topic="client-events")
    await project(database, connections(), models=CONNECTION_MODELS, topic="connection-events")
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        yield connection
