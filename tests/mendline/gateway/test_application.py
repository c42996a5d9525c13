"""The application as a whole: what is open, and what every answer of a kind carries."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import orjson
import psycopg
import pytest
from starlette.routing import Route

from mendline.gateway.application import application
from mendline.gateway.asking import manner
from mendline.gateway.outcomes import REFUSALS
from mendline.gateway.parameters import NO_TIME
from mendline.gateway.problems import KINDS, ProblemError
from mendline.gateway.routes import devices
from schemas.control.rights import Caller
from streams.log.ports import LogError
from tests.mendline.gateway.made_up_node import MadeUpLog, MadeUpReader, OneKey, asking, made_up_node

OPEN = {"/healthz", "/readyz", "/hooks/{platform}/{device_id}", "/live", "/live/{name}"}
PLACES = [
    (method, route.path)
    for route in application(None).state.routes
    if isinstance(route, Route) and route.path not in OPEN
    for method in sorted(route.methods or ())
]
TEMPORARY = [code for code, kind in KINDS.items() if kind.status in (429, 503)]
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SEND = {"device_id": "phone-1", "to": "+62811", "body": {"text": "hello"}}


@pytest.mark.parametrize(("method", "path"), PLACES)
async def test_nothing_but_health_is_open(method: str, path: str) -> None:
    async with asking(made_up_node()) as api:
        refused = await api.request(method, path, headers={"Authorization": ""})
    assert (refused.status_code, refused.json()["code"]) == (401, "key_missing")


def test_all_routes_are_looked_at() -> None:
    assert ("GET", "/api/openapi.json") in PLACES
    assert len(PLACES) > 20


async def test_the_description_is_for_any_key() -> None:
    async with asking(made_up_node(keys=OneKey(whose=Caller("k2", "sender", frozenset({"send"}))))) as api:
        described = await api.get("/api/openapi.json")
    assert "/api/sends" in described.json()["paths"]


@pytest.mark.parametrize("code", TEMPORARY)
def test_what_will_pass_says_when_to_ask_again(code: str) -> None:
    assert int(ProblemError(code, "wait").response().headers["Retry-After"]) > 0


async def test_a_node_that_is_not_ready_says_why_and_when_to_ask_again() -> None:
    async with asking(made_up_node(keys=OneKey("API keys: away"), reader=MadeUpReader("the read models: away"))) as api:
        found = await api.get("/readyz")
    assert (found.status_code, found.headers["Retry-After"]) == (503, "1")
    assert found.json()["reasons"] == ["API keys: away", "the read models: away"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LogError("no leader"), "brokers_away"),
        (psycopg.OperationalError("gone"), "database_away"),
        (psycopg.errors.UndefinedFunction("a bug in a statement"), "internal_error"),
    ],
)
async def test_what_is_away_is_told_apart_from_a_bug(error: Exception, code: str) -> None:
    async with asking(made_up_node(log=MadeUpLog(error))) as api:
        refused: httpx.Response = await api.post("/api/sends", json=SEND)
    assert refused.json()["code"] == code


async def test_a_timeline_whose_turn_does_not_come_is_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "TURN_S", 0.01)
    async with asking(replace(made_up_node(), timelines=asyncio.Semaphore(0))) as api:
        late = await api.get("/api/devices/phone-1/timeline")
    assert (late.status_code, late.json()["code"]) == (503, "timeline_too_long")


async def test_what_is_waited_for_in_turn_shares_one_timeout() -> None:
    given = await manner(0.05)
    await asyncio.sleep(0.06)
    assert (given.timeout_s, given.left_s) == (0.05, 0.0)


@pytest.mark.parametrize(("given", "logged"), [(TRACEPARENT, TRACEPARENT), ("00-none-such-01", None)])
async def test_a_callers_trace_goes_into_the_log(given: str, logged: str | None) -> None:
    log = MadeUpLog()
    async with asking(made_up_node(log=log)) as api:
        await api.post("/api/sends", json=SEND, headers={"traceparent": given})
    [record] = log.taken
    assert orjson.loads(record.value).get("traceparent") == logged


def test_every_refusal_that_is_told_is_a_problem() -> None:
    assert KINDS.keys() >= REFUSALS


async def test_an_address_says_which_methods_it_takes() -> None:
    async with asking(made_up_node()) as api:
        refused = await api.put("/api/devices/phone-1")
    assert refused.json()["detail"] == "this address takes DELETE, GET, PATCH, not PUT"


@pytest.mark.parametrize("path", ["/api/sends", "/api/devices/phone-1/park"])
async def test_a_body_that_is_missing_is_told_from_one_that_is_no_json(path: str) -> None:
    async with asking(made_up_node()) as api:
        refused = await api.post(path)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")
    assert refused.json()["detail"].startswith("the body is missing")


@pytest.mark.parametrize(
    "since", ["1h", "2026-11-23", "2026-11-23T08:30:00", "2026-11-23T08:30:00 07:00", "1764000000"]
)
async def test_what_is_no_time_is_told_how_one_is_written(since: str) -> None:
    async with asking(made_up_node()) as api:
        refused = await api.get("/api/sends", params={"since": since})
    [fault] = refused.json()["errors"]
    assert fault == {"where": "query", "pointer": "since", "problem": NO_TIME}


async def test_a_field_that_is_not_known_is_named() -> None:
    async with asking(made_up_node()) as api:
        refused = await api.patch("/api/devices/phone-1", json={"driver": "other"})
    assert refused.json()["detail"].startswith("body /driver: there is no field of this name")


def test_operations_have_names_that_generated_clients_can_show() -> None:
    paths = application(None).openapi()["paths"]
    assert paths["/api/sends"]["get"]["operationId"] == "sends_list"
