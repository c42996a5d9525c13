"""Nothing is open but health; every key may do what its scopes say, and a revoked one nothing, on every node."""

from __future__ import annotations

import time

import httpx
import pytest

from schemas.control.requests import KeyRevocationRequested
from schemas.control.rights import Scope
from tests.end_to_end.gateway.installation import NODES, Installation

ROUTES: list[tuple[str, str, Scope]] = [
    ("POST", "/api/sends", "send"),
    ("POST", "/api/sends/x/cancel", "send"),
    ("GET", "/api/sends", "read"),
    ("GET", "/api/sends/x", "read"),
    ("POST", "/api/sends/x/resolve", "operate"),
    ("GET", "/api/clients", "read"),
    ("POST", "/api/clients", "operate"),
    ("DELETE", "/api/clients/x", "operate"),
    ("GET", "/api/connections", "read"),
    ("GET", "/api/connections/x", "read"),
    ("POST", "/api/connections/x/disconnect", "operate"),
    ("GET", "/api/devices", "read"),
    ("POST", "/api/devices/x/refresh", "operate"),
    ("POST", "/api/devices/x/park", "operate"),
    ("GET", "/api/campaigns", "read"),
    ("GET", "/metrics", "read"),
    ("POST", "/api/campaigns/x/cancel", "operate"),
]


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_nothing_is_open(installation: Installation, method: str, path: str, scope: Scope) -> None:
    answer = httpx.request(method, installation.address() + path, json={}, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (401, "key_missing")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["nonsense", "mdl_test1_" + "f" * 32, "mdl_nobody_" + "f" * 32, "é", "x" * 5000])
def test_a_key_that_is_none_lets_nobody_in(installation: Installation, admin_key: str, token: str) -> None:
    headers = {"Authorization": b"Bearer " + token.encode()}
    answer = httpx.get(f"{installation.address()}/api/devices", headers=headers, trust_env=False)  # type: ignore[arg-type]
    assert answer.status_code == 401


@pytest.fixture(scope="module")
def keys(installation: Installation) -> dict[Scope, str]:
    """A key for each right alone."""
    scopes: tuple[Scope, ...] = ("send", "read", "operate", "audit")
    return {scope: installation.key(scope) for scope in scopes}


@pytest.mark.parametrize(("method", "path", "needed"), ROUTES)
def test_a_key_may_what_its_scopes_say_and_nothing_else(
    installation: Installation, keys: dict[Scope, str], method: str, path: str, needed: Scope
) -> None:
    for scope, token in keys.items():
        with installation.client(token) as client:
            answer = client.request(method, path, json={}, params={"timeout": 0.1})
        assert (answer.status_code == 403) == (scope != needed), answer.text


def test_a_revoked_key_is_refused_on_every_node_within_a_second(installation: Installation) -> None:
    token = installation.key("read")
    key_id = token.split("_")[1]
    installation.call(lambda: installation.ask(f"key:{key_id}", KeyRevocationRequested()))
    time.sleep(1)
    for node in range(NODES):
        with installation.client(token, node) as client:
            assert client.get("/api/devices").json()["code"] == "key_invalid"


def test_health_is_open(installation: Installation) -> None:
    for path in ("/healthz", "/readyz"):
        answer = httpx.get(installation.address() + path, trust_env=False)
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(api: httpx.Client) -> None:
    refused = api.post("/api/sends", content=b"x" * 100_000_000)
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")


def test_metrics_tell_of_routes_and_never_of_ids(api: httpx.Client) -> None:
    api.get("/api/clients/somebody-secret")
    told = api.get("/metrics").text
    assert 'route="/api/clients/{client_id}"' in told
    assert "somebody-secret" not in told
