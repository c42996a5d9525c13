"""People's connections over HTTP: who is connected where, and ending one."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from mendline.client import Mendline
from tests.end_to_end.gateway.installation import Installation

Fresh = Callable[[str], str]


def test_a_users_connection_is_shown_and_listed(installation: Installation, api: httpx.Client, fresh: Fresh) -> None:
    user, node_id = fresh("ana-"), fresh("n")
    at = installation.connect(user, "c1", node_id)
    shown = api.get(f"/api/connections/{user}", params={"at_least": at})
    assert shown.json() | {"since": 0, "last_seen": 0} == {
        "user": user,
        "connection": "c1",
        "node": node_id,
        "kind": "websocket",
        "live": True,
        "groups": [],
        "since": 0,
        "last_seen": 0,
        "replaced": None,
        "ended_at": None,
        "why": None,
        "position": at,
    }
    listed = api.get("/api/connections", params={"node": node_id, "live": True}).json()
    assert listed == {"items": [shown.json()], "next": None}


def test_lists_of_connections_go_on_page_by_page(installation: Installation, api: httpx.Client, fresh: Fresh) -> None:
    node_id = fresh("n")
    at = [installation.connect(user, "c1", node_id) for user in sorted(fresh("ana-") for _ in range(3))]
    asked: dict[str, str | int] = {"node": node_id, "limit": 2, "at_least": ",".join(at)}
    first = api.get("/api/connections", params=asked).json()
    rest = api.get("/api/connections", params=asked | {"cursor": first["next"]}).json()
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]


def test_a_user_is_disconnected_and_stays_so(installation: Installation, api: httpx.Client, fresh: Fresh) -> None:
    user = fresh("ana-")
    installation.connect(user, "c1")
    ended = api.post(f"/api/connections/{user}/disconnect")
    assert (ended.status_code, ended.json()["outcome"]) == (200, "connection_closed")
    shown = api.get(f"/api/connections/{user}", params={"at_least": ended.headers["Mendline-Position"]}).json()
    assert (shown["live"], shown["why"]) == (False, "disconnected")
    again = api.post(f"/api/connections/{user}/disconnect")
    assert again.json()["outcome"] == "request_already_done"


def test_who_was_never_connected_is_not_found(api: httpx.Client, fresh: Fresh) -> None:
    unknown = api.get(f"/api/connections/{fresh('nobody-')}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_user")


def test_a_node_of_the_hub_is_no_user(api: httpx.Client) -> None:
    refused = api.post("/api/connections/node:n1/disconnect")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert "names a node" in refused.json()["detail"]


def test_the_python_client_reads_what_it_wrote(installation: Installation, admin_key: str, fresh: Fresh) -> None:
    user, node_id = fresh("ana-"), fresh("n")
    at = installation.connect(user, "c1", node_id)
    with Mendline(installation.address(), admin_key) as mendline:
        assert [each.user for each in mendline.connections.list(node=node_id, live=True, at_least=at)] == [user]
        assert mendline.connections.disconnect(user).outcome == "connection_closed"
        assert mendline.connections.show(user).why == "disconnected"
        assert list(mendline.connections.list(node=node_id, live=True)) == []
