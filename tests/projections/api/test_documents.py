"""What is read is what the models of documents say, every field of it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from psycopg import AsyncConnection

from projections.api.campaigns import campaigns
from projections.api.clients import clients
from projections.api.connections import connections
from projections.api.devices import connection_of, device, devices
from projections.api.refreshes import refreshes
from projections.api.sends import sends
from schemas.api.campaigns import CampaignDocument
from schemas.api.clients import ClientDocument
from schemas.api.connections import UserConnectionDocument
from schemas.api.devices import ConnectionDocument, DeviceDocument
from schemas.api.document import Document, Page
from schemas.api.refreshes import RefreshDocument
from schemas.api.sends import SendDocument
from tests.projections.api.asking import Ask, page_of

LISTS: list[tuple[Ask, type[Document], dict[str, Any]]] = [
    (clients, ClientDocument, {}),
    (clients, ClientDocument, {"state": "removed"}),
    (clients, ClientDocument, {"state": "rejected"}),
    (sends, SendDocument, {}),
    (devices, DeviceDocument, {}),
    (devices, DeviceDocument, {"state": "removed"}),
    (campaigns, CampaignDocument, {}),
    (connections, UserConnectionDocument, {}),
    (lambda connection, wanted: refreshes(connection, "d-1", wanted), RefreshDocument, {}),
    (lambda connection, wanted: refreshes(connection, "d-5", wanted), RefreshDocument, {}),
]


@pytest.mark.parametrize(("ask", "model", "filters"), LISTS)
async def test_a_page_is_valid_and_whole(
    reader: AsyncConnection, ask: Ask, model: type[Document], filters: dict[str, Any]
) -> None:
    page = await page_of(ask, reader, **filters)
    assert page["items"]
    read = Page[model].model_validate_json(orjson.dumps(page), strict=True)  # type: ignore[valid-type]  # a class
    assert orjson.loads(read.model_dump_json(by_alias=True)).keys() == page.keys()
    assert {frozenset(item) for item in page["items"]} == {frozenset(names(model))}


async def test_what_a_device_carries_is_valid_and_whole(reader: AsyncConnection) -> None:
    told = await device(reader, "d-1") or {}
    assert set(told["connection"]) == set(names(ConnectionDocument))
    assert await connection_of(reader, "d-1") == told["connection"]


def names(model: type[Document]) -> list[str]:
    """What the fields are called in JSON."""
    return [field.alias or name for name, field in model.model_fields.items()]
