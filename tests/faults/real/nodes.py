"""Nodes of the HTTP API as processes that tests may kill, and somebody who asks them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from mendline.embedded.ports import reserve
from mendline.producer import Producer
from schemas.cluster import Cluster
from schemas.control.requests import KeyCreationRequested
from schemas.control.tokens import Token, hash_of
from schemas.topics import CONTROL
from tests.faults.real.program import Program
from tests.faults.real.site import Site
from tests.faults.real.waiting import until, until_seen

READY_S = 60.0
ANSWER_S = 30.0
NOT_YET = (401, 503)


@dataclass(frozen=True, slots=True)
class Node:
    """A node and its address."""

    program: Program
    address: str

    async def ready(self, token: str) -> None:
        """Wait until it knows the key."""

        async def knows() -> bool:
            try:
                async with httpx.AsyncClient(trust_env=False) as client:
                    asked = await client.post(f"{self.address}/api/sends", content=b"{}", headers=bearer(token))
            except httpx.TransportError:
                return False
            return asked.status_code not in NOT_YET

        await until_seen(knows, READY_S, f"{self.program.name} does not know the key")


@contextmanager
def nodes(site: Site, postgres: str, count: int = 2) -> Iterator[list[Node]]:
    """So many nodes, started."""
    ports = [reserve() for _ in range(count)]
    made = []
    for number, port in enumerate(ports):
        settings = {"MENDLINE_POSTGRES": postgres, "MENDLINE_API_PORT": str(port.number)}
        made.append(Node(site.node(f"gateway-{number}", **settings), f"http://127.0.0.1:{port.number}"))
    try:
        for node in made:
            node.program.start()
        yield made
    finally:
        for node in made:
            node.program.kill()
        for port in ports:
            port.release()


def bearer(token: str) -> dict[str, str]:
    """The header that shows a key."""
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


async def key(site: Site) -> str:
    """An admin's key, asked for; a worker makes it."""
    token = Token("faults", uuid4().hex)
    asked = KeyCreationRequested(name="faults", hash=hash_of(token.secret), scopes=("admin",))
    async with Producer(Cluster(site.kafka), site.topics) as producer:
        await producer.publish(f"key:{token.key_id}", asked, stream=CONTROL)
    return str(token)


class Person:
    """Somebody who asks, of a node of his choice, and again where he was not told that it was taken."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.statuses: list[int] = []
        self.lost = 0
        """How often a connection ended without an answer."""
        self._client = httpx.AsyncClient(headers=bearer(token), timeout=ANSWER_S, trust_env=False)

    async def ask(self, node: Node, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer; raises httpx.TransportError where there is none."""
        found = await self._client.request(method, node.address + path, **more)
        self.statuses.append(found.status_code)
        return found

    async def register(self, node: Node, device_id: str, driver: str) -> None:
        """Add a device."""
        added = await self.ask(node, "POST", "/api/devices", json={"id": device_id, "driver": driver})
        assert added.status_code == 200, added.text

    async def send(self, node: Node, device_id: str, request_id: str, **params: Any) -> httpx.Response:
        """Ask for a send under an id."""
        body = {"device_id": device_id, "to": "+62811", "body": {"text": request_id}, "request_id": request_id}
        return await self.ask(node, "POST", "/api/sends", json=body, params=params)

    async def send_until_taken(self, first: Node, other: Node, device_id: str, request_id: str, **params: Any) -> None:
        """Ask for a send, and again of the other node until it is taken."""
        node = first
        while not await self._taken(node, device_id, request_id, **params):
            await asyncio.sleep(0.1)
            node = other

    async def until_answered(self, status: int, count: int) -> None:
        """Wait for so many answers."""
        await until(lambda: self.statuses.count(status) >= count, ANSWER_S, f"not {count} times {status}")

    async def _taken(self, node: Node, device_id: str, request_id: str, **params: Any) -> bool:
        try:
            return (await self.send(node, device_id, request_id, **params)).is_success
        except httpx.TransportError:
            self.lost += 1
            return False

    async def aclose(self) -> None:
        """Ask no more."""
        await self._client.aclose()
