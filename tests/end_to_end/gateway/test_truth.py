"""What is answered is what the log says, whoever else asks at the same time, over whatever node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.end_to_end.gateway.installation import NODES, Installation

Fresh = Callable[[str], str]
DRIVER = "simulated-repeatable"
CALLERS = 50


def _send(device_id: str, request_id: str, text: str = "hello") -> dict[str, Any]:
    return {"device_id": device_id, "to": "+62811", "body": {"text": text}, "request_id": request_id}


@pytest.fixture
def added(api: httpx.Client, fresh: Fresh) -> Callable[[str], str]:
    """Adds a device whose id begins so."""

    def add(prefix: str) -> str:
        device_id = fresh(prefix)
        assert api.post("/api/devices", json={"id": device_id, "driver": DRIVER}).status_code == 200
        return device_id

    return add


@pytest.fixture
def both(installation: Installation, admin_key: str) -> Iterator[list[httpx.Client]]:
    """Asks each node."""
    with ExitStack() as opened:
        yield [opened.enter_context(installation.client(admin_key, node)) for node in range(NODES)]


def _at_once(asked: Callable[[int], httpx.Response], count: int = CALLERS) -> list[httpx.Response]:
    with ThreadPoolExecutor(count) as pool:
        return [*pool.map(asked, range(count))]


@pytest.mark.parametrize("parked", [True, False])
@pytest.mark.parametrize("wait", ["logged", "settled"])
def test_a_key_is_refused_to_another_send_at_once_on_every_node(
    both: list[httpx.Client], added: Callable[[str], str], fresh: Fresh, wait: str, parked: bool
) -> None:
    device_id, request_id = added("phone-"), fresh("order-")
    both[0].post(f"/api/devices/{device_id}/{'park' if parked else 'resume'}", json={})
    first = both[0].post("/api/sends", json=_send(device_id, request_id), params={"timeout": 0.5, "wait": wait})
    refused = [node.post("/api/sends", json=_send(device_id, request_id, "another")) for node in both]
    repeated = [node.post("/api/sends", json=_send(device_id, request_id)) for node in both]
    assert first.is_success
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(422, "request_id_reused")] * NODES
    assert [each.json()["request"] for each in repeated] == [first.json()["request"]] * NODES


def test_of_two_bodies_at_once_under_one_key_one_is_sent(
    both: list[httpx.Client], added: Callable[[str], str], fresh: Fresh
) -> None:
    device_id, request_id = added("phone-"), fresh("order-")
    asked = [_send(device_id, request_id, text) for text in ("one", "other")]
    answers = _at_once(lambda n: both[n % 2].post("/api/sends", json=asked[n // 2 % 2], params={"wait": "settled"}), 20)
    assert Counter(each.status_code for each in answers) == {200: 10, 422: 10}
    assert len({each.json()["request"] for each in answers if each.status_code == 200}) == 1


def test_one_id_on_several_devices_names_a_send_on_each(
    both: list[httpx.Client], added: Callable[[str], str], fresh: Fresh
) -> None:
    devices, request_id = [added("phone-"), added("phone-")], fresh("order-")
    sent = [both[0].post("/api/sends", json=_send(each, request_id), params={"wait": "settled"}) for each in devices]
    at_least = {"at_least": ",".join(each.headers["Mendline-Position"] for each in sent)}
    which = both[1].get(f"/api/sends/{request_id}", params=at_least)
    each = [both[1].get(f"/api/sends/{request_id}", params={"device_id": device}).json() for device in devices]
    assert (which.status_code, which.json()["code"], {*which.json()["devices"]}) == (409, "ambiguous_send", {*devices})
    assert [(found["device_id"], found["state"]) for found in each] == [(device, "accepted") for device in devices]
    assert both[1].post(f"/api/sends/{request_id}/cancel").json()["code"] == "ambiguous_send"


def test_one_id_twice_in_an_array_is_sent_once_and_said_so(
    both: list[httpx.Client], added: Callable[[str], str], fresh: Fresh
) -> None:
    device_id, request_id = added("phone-"), fresh("order-")
    asked = [_send(device_id, request_id, text) for text in ("one", "one", "other")]
    items = both[0].post("/api/sends", json=asked, params={"wait": "settled"}).json()["items"]
    assert [(item["state"], item.get("repeated", False)) for item in items] == [
        ("accepted", False),
        ("accepted", True),
        ("refused", False),
    ]
    assert items[0]["request"] == items[1]["request"]


def test_a_send_that_is_on_its_way_cannot_be_cancelled(
    both: list[httpx.Client], added: Callable[[str], str], fresh: Fresh
) -> None:
    device_id, request_id = added("slow-"), fresh("order-")
    leaves = both[0].post("/api/sends", json=_send(device_id, request_id), params={"wait": "attempted"})
    cancelled = both[1].post(f"/api/sends/{request_id}/cancel", params={"device_id": device_id})
    ended = both[1].post("/api/sends", json=_send(device_id, request_id), params={"wait": "settled"})
    assert (leaves.status_code, leaves.json()["state"]) == (200, "attempting")
    assert (cancelled.status_code, cancelled.json()["code"]) == (409, "not_waiting")
    assert (ended.status_code, ended.json()["state"], ended.json()["repeated"]) == (200, "accepted", True)


def test_a_send_on_a_device_that_is_mended_waits_and_says_why(
    both: list[httpx.Client], added: Callable[[str], str], fresh: Fresh
) -> None:
    device_id, request_id = added("late-"), fresh("order-")
    asked = _send(device_id, request_id)
    waits = both[0].post("/api/sends", json=asked, params={"wait": "attempted", "timeout": 0.4})
    leaves = both[1].post("/api/sends", json=asked, params={"wait": "attempted"})
    assert (waits.status_code, waits.json()["state"], waits.json()["reason"]) == (202, "waiting", "refreshing")
    assert leaves.status_code == 200
    assert leaves.json()["state"] in ("attempting", "accepted")


def test_a_refresh_that_fifty_ask_for_is_one_and_all_are_told_its_end(
    both: list[httpx.Client], added: Callable[[str], str]
) -> None:
    device_id = added("late-")
    answers = _at_once(lambda n: both[n % 2].post(f"/api/devices/{device_id}/refresh"))
    first, last = ([each.json()["events"][n] for each in answers] for n in (0, -1))
    assert {each.status_code for each in answers} == {200}
    assert Counter(event["type"] for event in first) == {"refresh_started": 1, "refresh_joined": CALLERS - 1}
    assert {(event["type"], event["refresh"]) for event in last} == {("refresh_succeeded", 1)}


def test_a_creation_that_is_raced_by_its_removal_ends_as_the_log_has_it(both: list[httpx.Client], fresh: Fresh) -> None:
    client_id = fresh("ana-")
    place, body = f"/api/clients/{client_id}", {"id": client_id, "email": f"{client_id}@shop.example"}

    def asked(number: int) -> httpx.Response:
        node = both[number % 2]
        return node.delete(place) if number % 5 == 0 else node.post("/api/clients", json=body)

    answers = _at_once(asked)
    at_least = ",".join(each.headers["Mendline-Position"] for each in answers if each.is_success)
    ended = both[0].get(place, params={"at_least": at_least}).json()["client"]
    free = both[1].post("/api/clients", json={"email": body["email"]})
    assert {each.status_code for each in answers} <= {200, 404, 409}
    assert (ended["state"], free.status_code) in (("live", 409), ("removed", 200))
