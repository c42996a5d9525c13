"""What is not right is refused by whoever reads it first, with its place, and never costs more than it says."""

from __future__ import annotations

import socket
from collections.abc import Callable
from urllib.parse import quote

import httpx
import pytest

from tests.end_to_end.gateway.installation import Installation

Fresh = Callable[[str], str]
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("asked", ["/api/clients?email=a%00b", "/api/devices?driver=a%00b", "/api/devices?worker=%00"])
def test_a_nul_in_a_query_is_the_callers_mistake(api: httpx.Client, asked: str) -> None:
    refused = api.get(asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


def test_an_address_with_a_slash_too_many_is_not_led_elsewhere(api: httpx.Client) -> None:
    refused = api.get("/api/clients/", headers={"Host": "elsewhere.example"})
    assert (refused.status_code, refused.json()["code"]) == (404, "no_such_place")


@pytest.mark.parametrize(("path", "more"), [("/api/devices", {"driver": "simulated"}), ("/api/clients", {})])
def test_what_is_accepted_says_where_to_ask_whatever_its_id_holds(
    api: httpx.Client, fresh: Fresh, path: str, more: dict[str, str]
) -> None:
    id_ = fresh("phone-/a:b@c+")
    accepted, again = (api.post(path, params={"timeout": s}, json={"id": id_, **more}) for s in (0, 10))
    assert (accepted.status_code, accepted.json()["status_url"]) == (202, f"{path}/{quote(id_, safe='')}")
    shown = api.get(accepted.headers["Location"], params={"at_least": again.headers["Mendline-Position"]})
    assert shown.status_code == 200


def test_what_is_accepted_of_a_send_says_where_to_ask_whatever_its_id_holds(api: httpx.Client, fresh: Fresh) -> None:
    device_id = fresh("phone-/")
    api.post("/api/devices", json={"id": device_id, "driver": "simulated"})
    api.post(f"/api/devices/{quote(device_id, safe='')}/park", json={})
    request_id = fresh("a/b:")
    send = {"device_id": device_id, "to": "+62", "body": {"text": "hi"}, "request_id": request_id}
    accepted = api.post("/api/sends", json=send)
    assert api.get(accepted.headers["Location"], params={"at_least": accepted.headers["Mendline-Position"]}).is_success
    cancelled = api.post(f"/api/sends/{quote(request_id, safe='')}/cancel?timeout=0&device_id={device_id}")
    decided_at_once = cancelled.status_code == 200  # the fate may be there before anybody waits
    assert decided_at_once or api.get(cancelled.headers["Location"]).is_success


STRICT = [
    ("POST", "/api/devices", b'{"id": "strict", "driver": "simulated", "pace_min_s": "1"}', "/pace_min_s"),
    ("POST", "/api/devices/x/park", b'{"until": 2082758400}', "/until"),
    ("POST", "/api/devices/x/park", b'{"a~b/c": 1}', "/a~0b~1c"),
    ("PATCH", "/api/devices/x", b'{"pace_min_s": true}', "/pace_min_s"),
]


@pytest.mark.parametrize(("method", "path", "body", "pointer"), STRICT)
def test_a_body_is_read_as_strictly_as_a_workers_request(
    api: httpx.Client, method: str, path: str, body: bytes, pointer: str
) -> None:
    refused = api.request(method, path, content=body, headers=JSON)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


NO_JSON = [b"", b"{", b"\xff", b'{"name": "\xff"}', b"[" * 200_000, '{"name": "x"}'.encode("utf-16")]


@pytest.mark.parametrize("path", ["/api/clients", "/api/sends"])
@pytest.mark.parametrize("body", NO_JSON)
def test_what_is_no_json_is_said_to_be_none(api: httpx.Client, path: str, body: bytes) -> None:
    refused = api.post(path, content=body, headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("path", ["/api/clients", "/api/sends"])
def test_a_form_is_no_json(api: httpx.Client, path: str) -> None:
    refused = api.post(path, data={"name": "x"})
    assert (refused.status_code, refused.json()["code"]) == (415, "media_type")


def test_a_body_full_of_mistakes_is_answered_with_some_of_them(api: httpx.Client) -> None:
    body = b'{"' + b"x" * 1000 + b'": 1, ' + b", ".join(b'"%d": 1' % n for n in range(10_000)) + b"}"
    refused = api.post("/api/clients", content=body, headers=JSON)
    assert (refused.status_code, len(refused.json()["errors"])) == (422, 100)
    assert len(refused.content) < 20_000


def test_a_stranger_is_refused_before_his_body_is_read(installation: Installation) -> None:
    with socket.create_connection(("127.0.0.1", installation.ports[0].number), timeout=5) as stranger:
        stranger.sendall(b"POST /api/clients HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        assert stranger.recv(1000).startswith(b"HTTP/1.1 401 ")


def test_times_of_far_zones_are_stored_and_shown(api: httpx.Client, fresh: Fresh) -> None:
    device_id = fresh("phone-")
    api.post("/api/devices", json={"id": device_id, "driver": "simulated"})
    parked = api.post(f"/api/devices/{device_id}/park", json={"until": "2036-01-01T00:00:00+23:59"})
    shown = api.get(f"/api/devices/{device_id}", params={"at_least": parked.json()["position"]}).json()
    assert (shown["state"], shown["until"]) == ("parked", "2035-12-31T00:01:00+00:00")


@pytest.mark.parametrize(("path", "allowed"), [("/api/clients", "GET, POST"), ("/api/clients/x", "DELETE, GET, PATCH")])
def test_an_address_tells_all_that_may_be_asked_of_it(api: httpx.Client, path: str, allowed: str) -> None:
    refused = api.put(path)
    assert (refused.status_code, refused.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize("number", ["0", "0.5", "1e9", "-1", "1767225600000"])
def test_a_number_is_no_time(api: httpx.Client, number: str) -> None:
    refused = api.get("/api/sends", params={"since": number})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "since")
