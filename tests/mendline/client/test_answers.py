"""What comes back: documents, problems as errors, pages, positions."""

from __future__ import annotations

import httpx
import pytest

from mendline.client import (
    ChangedMeanwhileError,
    InvalidError,
    Mendline,
    NotAllowedError,
    NotDecidedError,
    NotFoundError,
    Patience,
    RefusedError,
    ServerError,
    TooManyError,
    UnavailableError,
    UnknownAnswerError,
)
from mendline.client.errors import class_of
from mendline.gateway.problems import KINDS
from tests.mendline.client.node import OUTCOME, SEND, MadeUpNode, accepted, problem, told

AT_ONCE = Patience(for_s=0.0)
CLASSES = {
    400: InvalidError,
    401: NotAllowedError,
    403: NotAllowedError,
    404: NotFoundError,
    405: InvalidError,
    408: UnavailableError,
    409: RefusedError,
    412: ChangedMeanwhileError,
    413: InvalidError,
    415: InvalidError,
    422: InvalidError,
    429: TooManyError,
    431: InvalidError,
    500: ServerError,
    503: UnavailableError,
}


def _client(node: MadeUpNode, *, own_writes: bool = True) -> Mendline:
    return Mendline("http://a/", "mdl_a_b", transport=node.transport, patience=AT_ONCE, own_writes=own_writes)


def _page(next_: str | None, *names: str) -> httpx.Response:
    moment = "2026-11-23T15:00:00Z"
    campaign = {"devices": 1, "sends": 1, "first_at": moment, "last_at": moment, "cancelled_at": None}
    rest = {"cancelled_by": None, "cancelled_sends": 0, "outcomes": None, "position": "device-events/0/1"}
    return told(200, {"items": [{"campaign": name, **campaign, **rest} for name in names], "next": next_})


def test_every_status_of_a_problem_has_a_class() -> None:
    assert {kind.status: class_of(kind.status) for kind in KINDS.values()} == CLASSES


def test_a_problem_tells_code_detail_and_each_thing_that_is_wrong() -> None:
    fault = {"where": "body", "pointer": "/to", "problem": "is empty"}
    document = {"type": "t", "title": "t", "status": 422, "code": "invalid", "detail": "to is empty", "errors": [fault]}
    with pytest.raises(InvalidError, match="invalid: to is empty") as raised:
        _client(MadeUpNode(told(422, document))).sends.send("d-1", "")
    assert [(each.pointer, each.problem) for each in raised.value.errors] == [("/to", "is empty")]


def test_what_a_problem_says_beside_is_kept() -> None:
    document = {"type": "t", "title": "t", "status": 409, "code": "refresh_failed", "detail": "d", "events": [1]}
    with pytest.raises(RefusedError) as raised:
        _client(MadeUpNode(told(409, document))).devices.refresh("d-1")
    assert raised.value.more == {"events": [1]}


def test_a_proxys_page_is_an_error_too() -> None:
    with pytest.raises(UnavailableError, match="HTTP 502 said 'Bad Gateway'"):
        _client(MadeUpNode(httpx.Response(502, text="Bad Gateway"))).devices.show("d-1")


def test_an_answer_that_is_no_document_is_told() -> None:
    with pytest.raises(UnknownAnswerError, match="is the address Mendline's"):
        _client(MadeUpNode(told(200, {"hello": 1}))).devices.show("d-1")


def test_what_a_newer_server_says_beside_does_no_harm() -> None:
    sent = _client(MadeUpNode(told(202, SEND | {"colour": "red"}))).sends.send("d-1", "+62")
    assert (sent.state, sent.model_extra) == ("logged", {"colour": "red"})


def test_what_events_say_is_there() -> None:
    event = {"type": "device_parked", "time": "2026-11-23T15:00:00Z", "reason": "new SIM card"}
    parked = _client(MadeUpNode(told(200, OUTCOME | {"events": [event]}))).devices.park("d-1")
    assert parked.events[0].model_extra == {"reason": "new SIM card"}


def test_what_is_not_decided_in_time_says_where_to_ask() -> None:
    document = {"request_id": "r", "position": "device-requests/3/7", "status_url": "/api/devices/d-1"}
    with pytest.raises(NotDecidedError, match="ask at /api/devices/d-1") as raised:
        _client(MadeUpNode(told(202, document))).devices.park("d-1")
    assert raised.value.accepted.request_id == "r"


def test_a_list_goes_from_page_to_page() -> None:
    node = MadeUpNode(_page("c2", "a", "b"), _page(None, "c"))
    found = [each.campaign for each in _client(node).campaigns.list(page_size=2)]
    assert found == ["a", "b", "c"]
    assert [request.url.params.get("cursor") for request in node.asked] == [None, "c2"]


def test_a_page_is_asked_for_when_it_is_come_to() -> None:
    node = MadeUpNode(_page("c2", "a", "b"))
    listed = _client(node).campaigns.list()
    asked_before = len(node.asked)
    next(listed)
    assert (asked_before, len(node.asked)) == (0, 1)


def test_reads_wait_for_what_the_client_wrote() -> None:
    node = MadeUpNode(accepted("device-requests/3/7"), accepted("device-events/3/5,device-events/1/2"), _page(None))
    client = _client(node)
    client.sends.send("d-1", "+62")
    client.sends.send("d-1", "+62")
    list(client.campaigns.list())
    assert node.asked[-1].url.params["at_least"] == "device-requests/3/7,device-events/3/5,device-events/1/2"


def test_the_highest_position_of_a_partition_is_remembered() -> None:
    node = MadeUpNode(accepted("device-events/3/9"), accepted("device-events/3/5"), _page(None))
    client = _client(node)
    client.sends.send("d-1", "+62")
    client.sends.send("d-1", "+62")
    list(client.campaigns.list())
    assert node.asked[-1].url.params["at_least"] == "device-events/3/9"


def test_reads_wait_for_what_was_refused() -> None:
    node = MadeUpNode(problem(409, "parked", Mendline_Position="device-events/3/9"), _page(None))
    client = _client(node)
    with pytest.raises(RefusedError):
        client.devices.refresh("d-1")
    list(client.campaigns.list())
    assert node.asked[-1].url.params["at_least"] == "device-events/3/9"


def test_a_write_about_clients_keeps_no_read_about_devices_waiting() -> None:
    node = MadeUpNode(accepted("client-events/3/9"), _page(None))
    client = _client(node)
    client.sends.send("d-1", "+62")
    list(client.campaigns.list())
    assert "at_least" not in node.asked[-1].url.params


def test_a_read_that_is_told_not_to_wait_does_not() -> None:
    node = MadeUpNode(accepted(), _page(None))
    client = _client(node)
    client.sends.send("d-1", "+62")
    list(client.campaigns.list(at_least=None))
    assert "at_least" not in node.asked[-1].url.params


def test_a_client_that_is_told_not_to_wait_does_not() -> None:
    node = MadeUpNode(accepted(), _page(None))
    client = _client(node, own_writes=False)
    client.sends.send("d-1", "+62")
    list(client.campaigns.list())
    assert "at_least" not in node.asked[-1].url.params


def test_ids_are_encoded_in_addresses() -> None:
    node = MadeUpNode(problem(404, "unknown_device"))
    with pytest.raises(NotFoundError):
        _client(node).devices.show("a/b=c")
    assert node.asked[0].url.raw_path == b"/api/devices/a%2Fb%3Dc"


def test_the_key_goes_with_every_call() -> None:
    node = MadeUpNode(_page(None))
    list(_client(node).campaigns.list())
    assert node.asked[0].headers["Authorization"] == "Bearer mdl_a_b"
