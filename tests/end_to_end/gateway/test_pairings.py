"""Devices are paired over HTTP: asked for, shown, unpaired."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

Fresh = Callable[[str], str]
PATIENCE_S = 30.0


def _added(api: httpx.Client, device_id: str, driver: str = "simulated-repeatable") -> str:
    assert api.post("/api/devices", json={"id": device_id, "driver": driver}).status_code == 200
    return f"/api/devices/{device_id}"


def _shown(api: httpx.Client, place: str) -> httpx.Response:
    give_up_at = time.monotonic() + PATIENCE_S
    while (shown := api.get(f"{place}/pairing")).status_code == 404 and time.monotonic() < give_up_at:
        assert shown.json()["code"] == "not_pairing"
    return shown


def test_a_device_is_paired_by_the_code_that_the_other_node_shows(
    api: httpx.Client, other_node: httpx.Client, fresh: Fresh
) -> None:
    place = _added(api, fresh("unpaired-"))
    begun = api.post(f"{place}/pair", json={})
    shown = _shown(other_node, place)
    assert (begun.status_code, begun.json()["outcome"]) == (200, "device_pairing_started")
    assert (shown.status_code, shown.json()["kind"]) == (200, "qr")
    assert shown.json()["text"].startswith("simulated:")
    assert shown.headers["Cache-Control"] == "no-store"


def test_a_second_pairing_is_busy_until_it_is_ended(api: httpx.Client, fresh: Fresh) -> None:
    place = _added(api, fresh("unpaired-"))
    api.post(f"{place}/pair", json={"method": "code", "phone": f"+62 {time.time_ns()}"})
    busy = api.post(f"{place}/pair", json={})
    ended = api.post(f"{place}/unpair")
    assert (busy.status_code, busy.json()["code"]) == (409, "busy")
    assert (ended.status_code, ended.json()["outcome"]) == (200, "device_pairing_failed")


def test_a_code_needs_a_phone(api: httpx.Client, fresh: Fresh) -> None:
    refused = api.post(f"{_added(api, fresh('unpaired-'))}/pair", json={"method": "code"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


def test_what_has_no_link_cannot_be_paired(api: httpx.Client, fresh: Fresh) -> None:
    refused = api.post(f"{_added(api, fresh('platform-'), 'simulated-platform')}/pair", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_supported")
