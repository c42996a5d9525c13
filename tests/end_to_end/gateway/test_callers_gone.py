"""Callers who go away while they wait are given up, and nobody else notices."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

import httpx

from tests.end_to_end.gateway.installation import Installation

CALLERS = 300
PATIENCE_S = 40.0


def _tasks(installation: Installation) -> int:
    async def counted() -> int:
        return len(asyncio.all_tasks())

    found: int = installation.call(counted)
    return found


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_sends_that_are_waited_for_cost_nothing_once_their_callers_have_gone(
    installation: Installation, admin_key: str, api: httpx.Client, fresh: Callable[[str], str]
) -> None:
    device_id = fresh("phone-")
    api.post("/api/devices", json={"id": device_id, "driver": "simulated"})
    api.post(f"/api/devices/{device_id}/park", json={})
    body = b'{"device_id": "%s", "to": "+62", "body": {"text": "hi"}}' % device_id.encode()
    head = f"POST /api/sends?wait=settled&timeout=60 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {admin_key}\r\n"
    asked = head.encode() + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    before = _tasks(installation)
    with ExitStack() as opened:
        for _ in range(CALLERS):
            caller = opened.enter_context(socket.create_connection(("127.0.0.1", installation.ports[0].number)))
            caller.sendall(asked)
        _until(lambda: _tasks(installation) >= before + CALLERS * 9 // 10)  # some of those before end meanwhile
        assert api.get("/api/devices", params={"limit": 1}).status_code == 200
    _until(lambda: _tasks(installation) < before + CALLERS // 10)
