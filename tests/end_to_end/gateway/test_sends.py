"""Sends over HTTP: once each, waited for, repeated, found, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Fresh = Callable[[str], str]
HELLO = {"text": "hello"}


@pytest.fixture
def phone(api: httpx.Client, fresh: Fresh) -> str:
    """A device of the fleet."""
    device_id = fresh("phone-")
    added = api.post("/api/devices", json={"id": device_id, "driver": "simulated-repeatable"})
    assert added.status_code == 200, added.text
    return device_id


def _send(phone: str, **more: Any) -> dict[str, Any]:
    return {"device_id": phone, "to": "+62811", "body": HELLO, **more}


def test_a_send_is_in_the_log_when_it_is_accepted(api: httpx.Client, phone: str) -> None:
    accepted = api.post("/api/sends", json=_send(phone))
    assert (accepted.status_code, accepted.json()["state"]) == (202, "logged")
    assert accepted.headers["Location"] == accepted.json()["status_url"]
    position = accepted.headers["Mendline-Position"]
    shown = api.get(accepted.headers["Location"], params={"at_least": position})
    assert shown.json()["request_id"] == accepted.json()["request_id"]


def test_a_send_that_is_waited_for_is_told_of_at_its_end(api: httpx.Client, phone: str) -> None:
    settled = api.post("/api/sends", params={"wait": "settled"}, json=_send(phone))
    assert (settled.status_code, settled.json()["state"]) == (200, "accepted")
    position = settled.headers["Mendline-Position"]
    shown = api.get(f"/api/sends/{settled.json()['request_id']}", params={"at_least": position}).json()
    assert (shown["state"], shown["attempts"]) == ("accepted", 1)


def test_a_send_that_does_not_end_in_time_is_told_where_to_ask(api: httpx.Client, phone: str) -> None:
    later = _send(phone, not_before="2036-01-01T00:00:00Z", expires_at=None)
    refused = api.post("/api/sends", params={"wait": "settled", "timeout": 5}, json=later)
    assert refused.status_code == 422
    api.post(f"/api/devices/{phone}/park", json={})
    waits = api.post("/api/sends", params={"wait": "settled", "timeout": 0.3}, json=_send(phone))
    assert (waits.status_code, waits.json()["state"], waits.json()["reason"]) == (202, "waiting", "parked")
    assert "status_url" in waits.json()


def test_a_repeat_gets_the_first_ones_answer_on_every_node(
    api: httpx.Client, other_node: httpx.Client, phone: str, fresh: Fresh
) -> None:
    headers = {"Idempotency-Key": fresh("order-")}
    first = api.post("/api/sends", params={"wait": "settled"}, json=_send(phone), headers=headers)
    again = other_node.post("/api/sends", params={"wait": "settled"}, json=_send(phone), headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() | {"position": None} == first.json() | {"position": None, "repeated": True}
    assert "Mendline-Idempotency-Window-S" in again.headers


def test_the_same_key_for_another_message_is_refused(
    api: httpx.Client, other_node: httpx.Client, phone: str, fresh: Fresh
) -> None:
    request_id = fresh("order-")
    api.post("/api/sends", params={"wait": "settled"}, json=_send(phone, request_id=request_id))
    other = _send(phone, request_id=request_id) | {"body": {"text": "something else"}}
    refused = other_node.post("/api/sends", json=other)
    assert (refused.status_code, refused.json()["code"]) == (422, "request_id_reused")


def test_a_repeat_of_one_that_waits_is_told_where_the_first_one_lies(
    api: httpx.Client, phone: str, fresh: Fresh
) -> None:
    api.post(f"/api/devices/{phone}/park", json={})
    asked = _send(phone, request_id=fresh("order-"))
    first, again = (api.post("/api/sends", json=asked) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["request"] == first.json()["request"]


def test_a_thousand_sends_in_one_request_all_leave(api: httpx.Client, fresh: Fresh) -> None:
    devices = [fresh("platform-") for _ in range(20)]
    for device_id in devices:
        api.post("/api/devices", json={"id": device_id, "driver": "simulated-platform"}).raise_for_status()
    asked = [_send(devices[number % 20], to=f"+62{number}") for number in range(1000)]
    accepted = api.post("/api/sends", params={"wait": "settled", "timeout": 60}, json=asked)
    assert accepted.status_code == 200
    assert {item["state"] for item in accepted.json()["items"]} == {"accepted"}


def test_every_bad_send_of_a_batch_is_named_and_none_is_taken(api: httpx.Client, phone: str) -> None:
    asked = [_send(phone), _send(phone, to=""), _send(phone, colour="red"), {"to": "+62"}, 7]
    refused = api.post("/api/sends", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/1/to", "/2/colour", "/3/device_id", "/4"]


def test_a_send_for_no_device_is_refused_or_told_in_its_place(api: httpx.Client, phone: str, fresh: Fresh) -> None:
    nobody = fresh("nobody-")
    one = api.post("/api/sends", params={"wait": "settled"}, json=_send(nobody))
    assert (one.status_code, one.json()["code"]) == (404, "unknown_device")
    many = api.post("/api/sends", params={"wait": "settled"}, json=[_send(nobody), _send(phone)])
    assert [item["state"] for item in many.json()["items"]] == ["refused", "accepted"]


def test_a_waiting_send_is_cancelled_once(api: httpx.Client, phone: str) -> None:
    api.post(f"/api/devices/{phone}/park", json={})
    waits = api.post("/api/sends", params={"wait": "attempted", "timeout": 0.3}, json=_send(phone)).json()
    place = f"/api/sends/{waits['request_id']}/cancel?device_id={phone}"
    cancelled, again = api.post(place), api.post(place)
    assert (cancelled.status_code, cancelled.json()["outcome"]) == (200, "send_cancelled")
    assert (again.status_code, again.json()["outcome"]) == (200, "request_already_done")


def test_sends_are_listed_by_device_state_and_campaign(api: httpx.Client, phone: str, fresh: Fresh) -> None:
    campaign = fresh("spring-")
    asked = [_send(phone, campaign=campaign) for _ in range(5)]
    settled = api.post("/api/sends", params={"wait": "settled"}, json=asked)
    at_least = ",".join(item["position"] for item in settled.json()["items"])
    wanted: dict[str, str | int] = {
        "device_id": phone,
        "campaign": campaign,
        "state": "accepted",
        "limit": 3,
        "at_least": at_least,
    }
    page = api.get("/api/sends", params=wanted).json()
    rest = api.get("/api/sends", params={**wanted, "cursor": page["next"]}).json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (3, 2, None)


def test_a_campaign_is_shown_and_what_waits_of_it_cancelled(api: httpx.Client, phone: str, fresh: Fresh) -> None:
    campaign = fresh("spring-")
    api.post(f"/api/devices/{phone}/park", json={})
    asked = [_send(phone, campaign=campaign) for _ in range(5)]
    waits = api.post("/api/sends", params={"wait": "settled", "timeout": 0.3}, json=asked)
    at_least = ",".join(item["position"] for item in waits.json()["items"])
    shown = api.get(f"/api/campaigns/{campaign}", params={"at_least": at_least})
    assert (shown.status_code, shown.json()["sends"]) == (200, 5)
    cancelled = api.post(f"/api/campaigns/{campaign}/cancel")
    assert (cancelled.status_code, cancelled.json()["cancelled"]) == (200, 5)
