"""What a node logs while it answers says of which request, and a bug's line too."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from mendline.telemetry.logs import formatter
from streams.log.ports import LogError
from tests.mendline.gateway.made_up_node import MadeUpLog, asking, made_up_node

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
SEND = {"device_id": "phone-1", "to": "+62811", "body": {"text": "hello"}}


class Lines(logging.Handler):
    """Keeps what is logged as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(formatter("json"))
        self.kept: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.kept.append(json.loads(self.format(record)))


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What the gateway's own modules log."""
    handler, logger = Lines(), logging.getLogger("mendline.gateway")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


@pytest.mark.parametrize("error", [LogError("no leader"), RuntimeError("a bug")])
async def test_what_goes_wrong_with_a_request_is_logged_with_its_ids(lines: Lines, error: Exception) -> None:
    async with asking(made_up_node(log=MadeUpLog(error))) as api:
        await api.post("/api/sends", json=SEND, headers={"traceparent": TRACEPARENT})
    [line] = lines.kept
    assert (line["device_id"], line["trace_id"], len(line["request_id"])) == ("phone-1", TRACE, 32)
    assert "62811" not in json.dumps(line)


async def test_a_bugs_line_says_where_and_which_id_the_path_named(lines: Lines) -> None:
    async with asking(made_up_node()) as api:
        await api.get("/api/devices/shop%2F1")
    [line] = lines.kept
    assert (line["event"], line["device_id"]) == ("GET /api/devices/{device_id} failed", "shop/1")


async def test_the_ids_of_one_request_are_not_logged_with_the_next(lines: Lines) -> None:
    async with asking(made_up_node(log=MadeUpLog(LogError("no leader")))) as api:
        await api.post("/api/sends", json=SEND, headers={"traceparent": TRACEPARENT})
        await api.post("/api/sends", json=SEND)
    assert ["trace_id" in line for line in lines.kept] == [True, False]
