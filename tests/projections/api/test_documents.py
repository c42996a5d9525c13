"""What is read is what the models of documents say, every field of it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from psycopg import AsyncConnection

from projections.api.clients import clients
from projections.api.sends import sends
from schemas.api.clients import ClientDocument
from schemas.api.document import Document, Page
from schemas.api.sends import SendDocument
from tests.projections.api.asking import Ask, page_of

LISTS: list[tuple[Ask, type[Document], dict[str, Any]]] = [
    (clients, ClientDocument, {}),
    (clients, ClientDocument, {"state": "removed"}),
    (clients, ClientDocument, {"state": "rejected"}),
    (sends, SendDocument, {}),
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


def names(model: type[Document]) -> list[str]:
    """What the fields are called in JSON."""
    return [field.alias or name for name, field in model.model_fields.items()]
