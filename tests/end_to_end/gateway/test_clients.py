"""Clients over HTTP: any number of creations of one id, on any nodes, give one client and equal answers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.end_to_end.gateway.installation import NODES, Installation

Fresh = Callable[[str], str]


def _ana(fresh: Fresh) -> dict[str, str]:
    client_id = fresh("ana-")
    return {"id": client_id, "name": "Ana", "email": f"{client_id}@shop.example", "company": "Shop", "userId": "u-1"}


def test_a_client_is_created_and_shown(api: httpx.Client, fresh: Fresh) -> None:
    ana = _ana(fresh)
    created = api.post("/api/clients", json=ana)
    assert created.status_code == 200
    client = created.json()["client"]
    assert {name: client[name] for name in ana} == ana
    shown = api.get(f"/api/clients/{ana['id']}", params={"at_least": created.headers["Mendline-Position"]})
    assert shown.json() == created.json()


def test_creations_at_once_over_two_nodes_are_all_given_the_same_client(
    installation: Installation, admin_key: str, fresh: Fresh
) -> None:
    ana = _ana(fresh)
    clients = [installation.client(admin_key, node) for node in range(NODES)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: clients[number % NODES].post("/api/clients", json=ana), range(100)))
    for client in clients:
        client.close()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def test_an_existing_client_is_given_and_not_overwritten(
    api: httpx.Client, other_node: httpx.Client, fresh: Fresh
) -> None:
    ana = _ana(fresh)
    created = api.post("/api/clients", json=ana)
    again = other_node.post("/api/clients", json={"id": ana["id"], "name": "Somebody else"})
    assert (again.status_code, again.content) == (200, created.content)


def test_who_is_given_an_existing_client_is_logged(
    api: httpx.Client, admin_key: str, fresh: Fresh, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mendline.gateway")
    ana = _ana(fresh)
    for _ in range(2):
        api.post("/api/clients", json=ana)
    who = f"key:{admin_key.split('_')[1]}"
    assert f"Client {ana['id']} exists already: {who} is given the existing one" in caplog.messages


@pytest.mark.parametrize("named", [True, False])
def test_an_email_that_another_has_is_refused(api: httpx.Client, fresh: Fresh, named: bool) -> None:
    ana = _ana(fresh)
    api.post("/api/clients", json=ana)
    other = {"email": ana["email"].upper()} | ({"id": fresh("budi-")} if named else {})
    refused = api.post("/api/clients", json=other)
    assert (refused.status_code, refused.json()["code"]) == (409, "email_taken")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["Mendline-Position"].startswith("client-events/")


def test_the_same_idempotency_key_makes_one_client(api: httpx.Client, other_node: httpx.Client, fresh: Fresh) -> None:
    headers = {"Idempotency-Key": fresh("order-")}
    first = api.post("/api/clients", json={"name": "Ana"}, headers=headers)
    second = other_node.post("/api/clients", json={"name": "Ana"}, headers=headers)
    assert (first.status_code, first.content) == (200, second.content)


def test_a_client_changes_and_an_edit_of_something_older_is_refused(api: httpx.Client, fresh: Fresh) -> None:
    ana = _ana(fresh)
    old = api.post("/api/clients", json=ana).headers["ETag"]
    place = f"/api/clients/{ana['id']}"
    changed = api.patch(place, json={"phone": "+62", "company": ""}, headers={"If-Match": old})
    assert changed.status_code == 200
    assert (changed.json()["client"]["phone"], changed.json()["client"]["company"]) == ("+62", None)
    late = api.patch(place, json={"phone": "+63"}, headers={"If-Match": old})
    gone = api.delete(place, headers={"If-Match": old})
    assert [(each.status_code, each.json()["code"]) for each in (late, gone)] == [(412, "edited")] * 2


def test_a_client_goes_and_its_email_is_free(api: httpx.Client, fresh: Fresh) -> None:
    ana = _ana(fresh)
    api.post("/api/clients", json=ana)
    gone = api.delete(f"/api/clients/{ana['id']}")
    assert (gone.status_code, gone.json()["client"]["state"]) == (200, "removed")
    taken = api.post("/api/clients", json={"email": ana["email"]})
    assert taken.status_code == 200


def test_clients_are_listed_page_by_page(api: httpx.Client, fresh: Fresh) -> None:
    made = sorted(api.post("/api/clients", json=_ana(fresh)).json()["client"]["id"] for _ in range(3))
    found, cursor = [], None
    while True:
        page = api.get("/api/clients", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        found += [client["id"] for client in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert [client_id for client_id in found if client_id in made] == made
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("path", "code"), [("/api/clients/nobody", "unknown_client"), ("/api/nothing", "no_such_place")]
)
def test_what_is_not_there_is_said(api: httpx.Client, path: str, code: str) -> None:
    missing = api.get(path)
    assert (missing.status_code, missing.json()["code"]) == (404, code)


def test_an_id_with_a_slash_in_it_is_found(api: httpx.Client, fresh: Fresh) -> None:
    client_id = fresh("shop/ana-")
    api.post("/api/clients", json={"id": client_id})
    shown = api.get(f"/api/clients/{client_id.replace('/', '%2F')}")
    assert shown.json()["client"]["id"] == client_id
