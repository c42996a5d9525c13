"""Devices over HTTP: added, refreshed once, parked, resumed, removed, and shown with their evidence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

Fresh = Callable[[str], str]


def _added(api: httpx.Client, device_id: str, driver: str = "simulated-repeatable", **more: object) -> str:
    added = api.post("/api/devices", json={"id": device_id, "driver": driver, **more})
    assert added.status_code == 200, added.text
    return device_id


def _shown(api: httpx.Client, device_id: str, position: str) -> dict[str, object]:
    found: dict[str, object] = api.get(f"/api/devices/{device_id}", params={"at_least": position}).json()
    return found


def test_a_device_is_added_once(api: httpx.Client, other_node: httpx.Client, fresh: Fresh) -> None:
    device_id = _added(api, fresh("phone-"))
    again = other_node.post("/api/devices", json={"id": device_id, "driver": "simulated-repeatable"})
    assert (again.status_code, again.json()["outcome"]) == (200, "request_already_done")
    other = api.post("/api/devices", json={"id": device_id, "driver": "simulated"})
    assert (other.status_code, other.json()["code"]) == (409, "device_exists")


def test_a_refresh_is_answered_with_its_steps_and_a_healthy_device_at_once(api: httpx.Client, fresh: Fresh) -> None:
    device_id = _added(api, fresh("phone-"))
    mended, healthy = (api.post(f"/api/devices/{device_id}/refresh") for _ in range(2))
    types = [event["type"] for event in mended.json()["events"]]
    assert (mended.status_code, types[0], types[-1]) == (200, "refresh_started", "refresh_succeeded")
    assert (healthy.json()["outcome"], healthy.json()["events"][0]["reason"]) == ("request_already_done", "healthy")
    assert _shown(api, device_id, healthy.json()["position"])["state"] == "connected"
    link = api.get(f"/api/devices/{device_id}/connection").json()
    assert (link["live"], link["worker"]) == (True, "w")


def test_refreshes_at_once_over_two_nodes_are_one_mending(
    api: httpx.Client, other_node: httpx.Client, fresh: Fresh
) -> None:
    device_id = _added(api, fresh("phone-"))
    nodes = (api, other_node)
    with ThreadPoolExecutor(10) as pool:
        asked = pool.map(lambda number: nodes[number % 2].post(f"/api/devices/{device_id}/refresh"), range(20))
        answers = [answer.json() for answer in asked]
    at_least = max((answer["position"] for answer in answers), key=lambda p: int(p.rpartition("/")[2]))
    found = api.get(f"/api/devices/{device_id}/refreshes", params={"at_least": at_least}).json()
    assert [refresh["outcome"] for refresh in found["items"]] == ["succeeded"]


def test_a_platforms_device_has_no_link_to_mend(api: httpx.Client, fresh: Fresh) -> None:
    device_id = _added(api, fresh("platform-"), "simulated-platform")
    refused = api.post(f"/api/devices/{device_id}/refresh")
    assert (refused.status_code, refused.json()["code"]) == (409, "platform_device")
    assert refused.headers["Mendline-Position"].startswith("device-events/")


def test_a_refresh_that_needs_a_person_says_so(api: httpx.Client, fresh: Fresh) -> None:
    device_id = _added(api, fresh("unpaired-"))
    failed = api.post(f"/api/devices/{device_id}/refresh")
    assert (failed.status_code, failed.json()["code"]) == (409, "refresh_failed")
    assert failed.headers["Mendline-Position"] == failed.json()["position"]
    assert failed.json()["events"][-1]["type"] == "refresh_failed"
    parked = api.post(f"/api/devices/{device_id}/refresh")
    assert (parked.status_code, parked.json()["code"]) == (409, "parked")


def test_a_device_is_parked_resumed_changed_and_removed(api: httpx.Client, fresh: Fresh) -> None:
    place = f"/api/devices/{_added(api, fresh('phone-'))}"
    parked = api.post(f"{place}/park", json={"reason": "new SIM card"})
    shown = api.get(place, params={"at_least": parked.json()["position"]})
    assert (shown.json()["state"], shown.json()["reason"]) == ("parked", "new SIM card")
    resumed = api.post(f"{place}/resume")
    assert resumed.json()["outcome"] == "device_resumed"
    changed = api.patch(place, json={"name": "Front desk"}, headers={"If-Match": shown.headers["ETag"]})
    assert changed.json()["outcome"] == "device_changed"
    removed = api.delete(place)
    assert removed.json()["outcome"] == "device_removed"
    gone = api.get(place, params={"at_least": removed.json()["position"]})
    assert gone.json()["state"] == "removed"


@pytest.mark.parametrize("what", ["refresh", "resume"])
def test_an_unknown_device_is_told_of(api: httpx.Client, what: str) -> None:
    refused = api.post(f"/api/devices/nobody/{what}")
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_device")


def test_devices_are_listed_by_kind_page_by_page(api: httpx.Client, fresh: Fresh) -> None:
    made = {_added(api, fresh("platform-"), "simulated-platform") for _ in range(3)}
    wanted: dict[str, str | int] = {"kind": "platform", "limit": 1}
    found: set[str] = set()
    position = ",".join(api.post(f"/api/devices/{each}/park", json={}).json()["position"] for each in made)
    while True:
        page = api.get("/api/devices", params={**wanted, "at_least": position}).json()
        found |= {device["device_id"] for device in page["items"]}
        if page["next"] is None:
            break
        wanted["cursor"] = page["next"]
    assert made <= found


def test_a_devices_timeline_comes_page_by_page_with_who_asked(api: httpx.Client, admin_key: str, fresh: Fresh) -> None:
    device_id = _added(api, fresh("phone-"))
    position = api.post(f"/api/devices/{device_id}/refresh").headers["Mendline-Position"]
    pages, cursor = [], None
    while True:
        wanted = {"limit": "3", "at_least": position} | ({"cursor": cursor} if cursor else {})
        page = api.get(f"/api/devices/{device_id}/timeline", params=wanted).json()
        pages.append(page["items"])
        if (cursor := page["next"]) is None:
            break
    lines = [line for items in reversed(pages) for line in items]
    assert [line["type"] for line in lines[:2]] == ["device_registration_requested", "device_registered"]
    assert {line["actor"] for line in lines} <= {f"key:{admin_key.split('_')[1]}", None}
    assert lines[-1]["type"] in ("device_connected", "refresh_succeeded")
    assert {len(items) for items in pages[:-1]} == {3}
