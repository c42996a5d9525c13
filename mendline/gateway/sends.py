"""Sends as they come by HTTP: read and checked one by one, appended all together, and what is answered of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from mendline.gateway.problems import MOST_FAULTS, Fault, ProblemError
from mendline.gateway.writing import Heard, Wish, token
from schemas.device.check import InvalidRequestError, parse_request
from schemas.device.requests import SendRequested
from schemas.device.sends import SendRepeated
from schemas.envelope import Position
from schemas.marks import USE_ID, is_id, new_id
from schemas.message import Event, RequestRefused
from schemas.topics import DEVICE

MOST_AT_ONCE = 1000
STATES: Mapping[str, str] = {
    "send_queued": "waiting",
    "send_attempted": "attempting",
    "send_returned": "waiting",
    "send_accepted": "accepted",
    "send_rejected": "rejected",
    "send_deferred": "deferred",
    "send_reconciling": "reconciling",
    "send_uncertain": "uncertain",
    "send_resolved": "resolved",
    "send_expired": "expired",
    "send_cancelled": "cancelled",
}
SAID = ("reason", "attempt", "message_id", "provider_message_id", "until", "resolution")
PASSING = ("reason", "until", "resolution")
"""What holds only until something else happens."""


class Batch(NamedTuple):
    """Sends that came in one request; `named`: whether their caller named any, so that they may be repeats."""

    wishes: Sequence[Wish]
    named: bool
    single: bool


def read_batch(body: bytes, idempotency_key: str | None) -> Batch:
    """The sends in a body, one or an array of them, each checked as a worker will; raises ProblemError."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProblemError("malformed", f"the body is no JSON ({error}): send UTF-8 text as RFC 8259 has it") from None
    single = isinstance(found, dict)
    asked = [found] if single else found
    if not isinstance(asked, list) or not 0 < len(asked) <= MOST_AT_ONCE:
        raise _fault("", f"the body must be one send, or an array of 1 to {MOST_AT_ONCE} sends")
    if idempotency_key is not None and not single:
        detail = "an array of sends has a request_id in each: leave Idempotency-Key out"
        raise ProblemError("invalid", detail, [Fault("header", "Idempotency-Key", detail)])
    faults: list[Fault] = []
    wishes: list[Wish] = []
    named = idempotency_key is not None
    for number, each in enumerate(asked):
        try:
            named = _take(each, idempotency_key, wishes) or named
        except InvalidRequestError as error:
            pointer = "" if single else f"/{number}"
            faults.append(Fault("body", pointer + error.pointer, error.detail))
    if faults:
        raise _not_right(faults, single)
    return Batch(wishes, named, single)


def _take(each: Any, key: str | None, wishes: list[Wish]) -> bool:
    """Check one send; whether its caller named it."""
    if type(each) is not dict:
        raise InvalidRequestError("invalid", "a send is an object with device_id, to and body")
    device_id, request_id = each.pop("device_id", None), each.pop("request_id", None)
    if type(device_id) is not str or not is_id(device_id):
        raise InvalidRequestError("invalid", f'"device_id" must name the device that sends: {USE_ID}', "/device_id")
    if request_id is not None and (type(request_id) is not str or not is_id(request_id)):
        raise InvalidRequestError("invalid", f'"request_id" is no id: {USE_ID}', "/request_id")
    if request_id is not None and key is not None and request_id != key:
        raise InvalidRequestError("invalid", '"request_id" and Idempotency-Key name it differently: give one of them')
    named = request_id or key
    wishes.append(Wish(device_id, parse_request(SendRequested.type, each), named or new_id()))
    return named is not None


def _not_right(faults: Sequence[Fault], single: bool) -> ProblemError:
    more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
    place = "" if single else f"{faults[0].pointer}: "
    return ProblemError("invalid", f"{place}{faults[0].problem}{more}", faults[:MOST_FAULTS])


def _fault(pointer: str, problem: str) -> ProblemError:
    return ProblemError("invalid", problem, [Fault("body", pointer, problem)])


def logged(wish: Wish, position: Position) -> dict[str, Any]:
    """A send that lies in the log, and of which nothing else is known yet."""
    return {
        "request_id": wish.request_id,
        "device_id": wish.key,
        "request": token(DEVICE.requests, position.partition, position.offset),
        "state": "logged",
    }


def told(heard: Heard) -> dict[str, Any]:
    """A send as far as it was heard of: its state, and what its last event says."""
    document = logged(heard.wish, heard.position) | {"position": heard.at}
    for each in heard.hearing.told:
        if said := _said(each.event, heard.position.partition):
            document = {name: value for name, value in document.items() if name not in PASSING} | said
    return document


def _said(event: Event, partition: int) -> dict[str, Any]:
    match event:
        case RequestRefused():
            return {"state": "refused", "reason": event.reason, "detail": event.detail}
        case SendRepeated():
            first = token(DEVICE.requests, partition, event.first)
            return {"state": "repeated", "request": first, "repeated": True}
    if (state := STATES.get(event.type)) is None:
        return {}
    data = orjson.loads(orjson.dumps(event))
    return {"state": state} | {name: data[name] for name in SAID if data.get(name) is not None}
