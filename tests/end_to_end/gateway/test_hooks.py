"""Delivery reports over HTTP: genuine ones are recorded, also of messages that nobody knows; others are refused."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.end_to_end.gateway.installation import Installation

Fresh = Callable[[str], str]
SECRET = "s3cret-of-the-shop"
REPORT = {"id": "taken-by-nobody", "status": "delivered", "note": "to the phone"}


@pytest.fixture(autouse=True)
def _credentials(installation: Installation) -> None:
    installation.credentials.write_text(f'[shop]\nhook_secret = "{SECRET}"\n[bare]\ntoken = "x"\n')


@pytest.fixture
def stranger(installation: Installation, node: int) -> Iterator[httpx.Client]:
    """A platform: it has no API key."""
    with httpx.Client(base_url=installation.address(node), timeout=60, trust_env=False) as client:
        yield client


def _device(api: httpx.Client, fresh: Fresh, driver: str = "wablas", credential: str | None = "shop") -> str:
    device_id = fresh("shop-")
    added = api.post("/api/devices", json={"id": device_id, "driver": driver, "credential": credential})
    api.get(f"/api/devices/{device_id}", params={"at_least": added.json()["position"]}).raise_for_status()
    return device_id


def _told(api: httpx.Client, device_id: str, position: str) -> list[dict[str, Any]]:
    """What the log says of deliveries on a device, once the request at that position is decided."""
    api.get("/api/devices", params={"at_least": position, "limit": 1}).raise_for_status()
    lines = api.get(f"/api/devices/{device_id}/timeline").json()["items"]
    return [line["data"] for line in lines if line["type"] == "delivery_recorded"]


@pytest.mark.parametrize("form", ["query", "header", "signature", "form"])
def test_a_genuine_report_is_recorded_though_nobody_knows_its_message(
    api: httpx.Client, stranger: httpx.Client, fresh: Fresh, form: str
) -> None:
    device_id = _device(api, fresh)
    content = httpx.Request("POST", "http://x", json=REPORT).content
    signature = "sha256=" + hmac.new(SECRET.encode(), content, "sha256").hexdigest()
    ways: dict[str, dict[str, Any]] = {
        "query": {"params": {"secret": SECRET}, "content": content},
        "header": {"headers": {"Mendline-Hook-Secret": SECRET}, "content": content},
        "signature": {"headers": {"Mendline-Hook-Signature": signature}, "content": content},
        "form": {"params": {"secret": SECRET}, "data": REPORT},
    }
    answered = stranger.post(f"/hooks/wablas/{device_id}", **ways[form])
    assert answered.status_code == 200, answered.text
    [recorded] = _told(api, device_id, answered.headers["Mendline-Position"])
    assert (recorded["provider_message_id"], recorded["status"]) == ("taken-by-nobody", "delivered")


def test_a_report_finds_its_send(api: httpx.Client, stranger: httpx.Client, fresh: Fresh) -> None:
    device_id = _device(api, fresh, "simulated-platform")
    send = {"device_id": device_id, "to": "+62", "body": {"text": "x"}}
    sent = api.post("/api/sends", params={"wait": "settled"}, json=send).json()
    report = {"message_id": sent["message_id"], "status": "read", "at": "2026-11-23T10:00:00Z"}
    answered = stranger.post(f"/hooks/mendline/{device_id}", params={"secret": SECRET}, json=report)
    position = answered.headers["Mendline-Position"]
    shown = api.get(f"/api/sends/{sent['request_id']}", params={"at_least": position}).json()
    assert shown["read_at"] == "2026-11-23T10:00:00+00:00"


def test_what_is_known_already_is_taken_and_not_recorded(
    api: httpx.Client, stranger: httpx.Client, fresh: Fresh
) -> None:
    device_id = _device(api, fresh)
    answered = stranger.post(f"/hooks/wablas/{device_id}?secret={SECRET}", json=REPORT | {"status": "pending"})
    assert (answered.status_code, answered.json()["recorded"]) == (200, [])


@pytest.mark.parametrize("given", [{}, {"secret": "wrong"}, {"secret": ""}])
def test_a_report_without_the_secret_is_refused(
    api: httpx.Client, stranger: httpx.Client, fresh: Fresh, given: dict[str, str]
) -> None:
    refused = stranger.post(f"/hooks/wablas/{_device(api, fresh)}", params=given, json=REPORT)
    assert (refused.status_code, refused.json()["code"]) == (403, "report_refused")


def test_a_stranger_is_told_the_same_whatever_is_wrong(api: httpx.Client, stranger: httpx.Client, fresh: Fresh) -> None:
    bare, other = _device(api, fresh, credential="bare"), _device(api, fresh, "simulated-platform")
    paths = [f"wablas/{fresh('nobody-')}", f"nothing/{bare}", f"wablas/{bare}", f"wablas/{other}"]
    answers = [stranger.post(f"/hooks/{path}", params={"secret": SECRET}, json=REPORT) for path in paths]
    assert {(answer.status_code, answer.content) for answer in answers} == {(403, answers[0].content)}


@pytest.mark.parametrize("body", [{"id": "x"}, {"id": "", "status": "sent"}, {"id": "x", "status": "eaten"}, [1], "x"])
def test_a_report_that_says_nothing_is_refused_clearly(
    api: httpx.Client, stranger: httpx.Client, fresh: Fresh, body: Any
) -> None:
    refused = stranger.post(f"/hooks/wablas/{_device(api, fresh)}", params={"secret": SECRET}, json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
