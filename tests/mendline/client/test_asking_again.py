"""What a client repeats, how long, and what it never does twice."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from mendline.client import Mendline, Patience, RefusedError, Send, TooManyError, UnavailableError, UnreachableError
from tests.mendline.client.node import OUTCOME, MadeUpNode, accepted, patience, problem, seconds, told

BROKEN = httpx.ReadError("gone")
AWAY = httpx.ConnectError("nobody there")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited; nobody really waits."""
    waited: list[float] = []
    monkeypatch.setattr("mendline.client.synchronous.time.sleep", waited.append)
    return waited


def _client(node: MadeUpNode, url: str = "http://a", patient: Patience | None = None) -> Mendline:
    return Mendline(url, "mdl_a_b", transport=node.transport, patience=patient or patience())


@pytest.mark.parametrize(
    "trouble", [BROKEN, AWAY, problem(429, "too_many_requests"), problem(503, "brokers_away"), httpx.Response(502)]
)
def test_a_send_is_repeated_under_the_same_id(pauses: list[float], trouble: httpx.Response | Exception) -> None:
    node = MadeUpNode(trouble, trouble, accepted())
    _client(node).sends.send("d-1", "+62", "hello")
    assert len({body["request_id"] for body in node.bodies}) == 1
    assert len(node.bodies) == 3


def test_each_of_many_sends_keeps_its_id_when_they_are_repeated(pauses: list[float]) -> None:
    node = MadeUpNode(BROKEN, told(202, {"items": []}))
    _client(node).sends.send_many([Send("d-1", "+62", "hello"), Send("d-1", "+62", "hello")])
    first, again = node.bodies
    assert first == again
    assert first[0]["request_id"] != first[1]["request_id"]


def test_two_sends_that_nobody_named_have_different_ids() -> None:
    node = MadeUpNode(accepted())
    client = _client(node)
    client.sends.send("d-1", "+62", "hello")
    client.sends.send("d-1", "+62", "hello")
    assert node.bodies[0]["request_id"] != node.bodies[1]["request_id"]


def test_retry_after_is_waited_for_and_more_as_it_is_drawn(pauses: list[float]) -> None:
    node = MadeUpNode(problem(429, "too_many_requests", Retry_After="7"), accepted())
    _client(node, patient=patience(draws=lambda: 0.5)).sends.send("d-1", "+62", "hello")
    assert pauses == [7 + 0.5 * 0.2]


def test_pauses_grow_up_to_the_longest(pauses: list[float]) -> None:
    node = MadeUpNode(*[problem(503, "brokers_away")] * 8, accepted())
    _client(node, patient=patience(draws=lambda: 1.0)).sends.send("d-1", "+62", "hello")
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0])


def test_it_gives_up_when_its_time_is_over(pauses: list[float]) -> None:
    clock = seconds(1.0)
    node = MadeUpNode(problem(503, "brokers_away"))
    client = _client(node, patient=Patience(for_s=5.0, now=lambda: next(clock), draw=lambda: 0.0))
    with pytest.raises(UnavailableError) as given_up:
        client.sends.send("d-1", "+62", "hello", timeout_s=0)
    assert (given_up.value.code, len(node.asked)) == ("brokers_away", 6)


def test_it_does_not_begin_a_pause_that_lasts_longer_than_its_time(pauses: list[float]) -> None:
    node = MadeUpNode(problem(429, "too_many_requests", Retry_After="40"), accepted())
    with pytest.raises(TooManyError):
        _client(node).sends.send("d-1", "+62", "hello", timeout_s=0)
    assert pauses == []


@pytest.mark.parametrize("trouble", [BROKEN, httpx.ReadTimeout(""), problem(503, "brokers_away")])
def test_what_could_happen_twice_is_not_repeated(pauses: list[float], trouble: httpx.Response | Exception) -> None:
    node = MadeUpNode(trouble)
    with pytest.raises((UnreachableError, UnavailableError)):
        _client(node).devices.park("d-1")
    assert len(node.asked) == 1


@pytest.mark.parametrize("trouble", [AWAY, httpx.ConnectTimeout(""), problem(503, "not_ready")])
def test_what_surely_did_not_arrive_is_always_repeated(
    pauses: list[float], trouble: httpx.Response | Exception
) -> None:
    node = MadeUpNode(trouble, told(200, OUTCOME))
    assert _client(node).devices.park("d-1").outcome == "device_parked"
    assert len({request.headers["Idempotency-Key"] for request in node.asked}) == 1


NEVER_TWICE: list[Callable[[Mendline], object]] = [
    lambda client: client.devices.change("d-1", name="n"),
    lambda client: client.devices.remove("d-1"),
    lambda client: client.devices.refresh("d-1"),
    lambda client: client.devices.resume("d-1"),
    lambda client: client.clients.change("c", name="n"),
    lambda client: client.clients.remove("c"),
    lambda client: client.campaigns.cancel("spring"),
    lambda client: client.sends.resolve("r", "send_again"),
]


@pytest.mark.parametrize("call", NEVER_TWICE)
def test_no_such_call_is_repeated_when_its_answer_is_lost(
    pauses: list[float], call: Callable[[Mendline], object]
) -> None:
    node = MadeUpNode(BROKEN)
    with pytest.raises(UnreachableError, match="unknown"):
        call(_client(node))
    assert len(node.asked) == 1


def test_a_refusal_is_not_repeated(pauses: list[float]) -> None:
    node = MadeUpNode(problem(409, "parked"))
    with pytest.raises(RefusedError):
        _client(node).devices.refresh("d-1")
    assert len(node.asked) == 1


def test_the_next_address_is_asked_at_once_when_one_is_away(pauses: list[float]) -> None:
    node = MadeUpNode(AWAY, accepted())
    client = _client(node, "http://a,http://b")
    client.sends.send("d-1", "+62", "hello")
    client.sends.send("d-1", "+62", "hello")
    assert (node.hosts, pauses) == (["a", "b", "b"], [0.0])


def test_a_pause_is_made_when_all_addresses_are_away(pauses: list[float]) -> None:
    node = MadeUpNode(AWAY, AWAY, accepted())
    _client(node, "http://a,http://b", patience(draws=lambda: 1.0)).sends.send("d-1", "+62", "hello")
    assert (node.hosts, pauses) == (["a", "b", "a"], [0.0, 0.2])


def test_a_node_that_is_unwell_is_left(pauses: list[float]) -> None:
    node = MadeUpNode(problem(503, "not_ready"), accepted())
    _client(node, "http://a,http://b").sends.send("d-1", "+62", "hello")
    assert node.hosts == ["a", "b"]


def test_a_node_that_was_asked_too_often_is_not_left(pauses: list[float]) -> None:
    node = MadeUpNode(problem(429, "too_many_requests"), accepted())
    _client(node, "http://a,http://b").sends.send("d-1", "+62", "hello")
    assert node.hosts == ["a", "a"]
