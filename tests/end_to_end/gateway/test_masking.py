"""A key without `audit` is told nothing about persons, whatever it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.end_to_end.gateway.installation import Installation

Fresh = Callable[[str], str]
NAME, NUMBER, TEXT, COMPANY = "Anastasia", "+628115550123", "Your parcel is on its way", "Kartika"
SECRETS = (NAME, NUMBER, TEXT, COMPANY, "@shop.example")


@pytest.fixture(scope="module")
def unaudited(installation: Installation) -> str:
    """A key with every right but to see persons."""
    return installation.key("send", "read", "operate")


@pytest.fixture
def asking(installation: Installation, unaudited: str, node: int) -> Iterator[httpx.Client]:
    """Asks the node with that key."""
    with installation.client(unaudited, node) as client:
        yield client


def _told_nothing(answers: list[httpx.Response], statuses: list[int]) -> None:
    assert [answer.status_code for answer in answers] == statuses, [answer.text for answer in answers]
    assert not [secret for answer in answers for secret in SECRETS if secret in answer.text + str(answer.headers)]


def test_nothing_is_told_of_a_client(asking: httpx.Client, fresh: Fresh) -> None:
    client_id = fresh("ana-")
    ana = {"name": NAME, "phone": NUMBER, "company": COMPANY, "email": f"{client_id}@shop.example"}
    place = f"/api/clients/{client_id}"
    answers = [
        asking.post("/api/clients", json={"id": client_id, **ana}),
        asking.post("/api/clients", json={"id": client_id, **ana}),
        asking.get(place),
        asking.get("/api/clients", params={"email": ana["email"]}),
        asking.post("/api/clients", json=ana),
        asking.patch(place, json={"name": "Budi"}),
        asking.delete(place),
    ]
    _told_nothing(answers, [200, 200, 200, 200, 409, 200, 200])


def test_nothing_is_told_of_a_send(asking: httpx.Client, fresh: Fresh) -> None:
    device_id, request_id = fresh("phone-"), fresh("order-")
    asking.post("/api/devices", json={"id": device_id, "driver": "simulated-repeatable", "name": NAME})
    send = {"device_id": device_id, "request_id": request_id, "to": NUMBER, "body": {"text": TEXT}}
    waiting = {"wait": "settled", "timeout": "30"}
    sent = asking.post("/api/sends", json=send, params=waiting)
    at_least = {"at_least": sent.headers["Mendline-Position"]}
    answers = [
        sent,
        asking.post("/api/sends", json=send, params=waiting),
        asking.post("/api/sends", json=send | {"to": "+1"}, params=waiting),
        asking.get(f"/api/sends/{request_id}", params=at_least),
        asking.get("/api/sends", params={"device_id": device_id}),
        asking.post(f"/api/sends/{request_id}/cancel", params={"device_id": device_id}),
        asking.get(f"/api/devices/{device_id}"),
        asking.get(f"/api/devices/{device_id}/refreshes"),
        asking.get(f"/api/devices/{device_id}/connection"),
        asking.get(f"/api/devices/{device_id}/timeline"),
        asking.patch(f"/api/devices/{device_id}", json={"name": "Budi"}),
    ]
    _told_nothing(answers, [200, 200, 422, 200, 200, 200, 200, 200, 200, 200, 200])
