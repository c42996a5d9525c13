"""What becomes a send: each request id once while it is remembered, and repeats are told from reuse."""

from __future__ import annotations

from heapq import heappush

from mendline.verify.checks.fates import file_in
from mendline.verify.checks.presence import is_there
from mendline.verify.parsing import Json, instant, is_before
from mendline.verify.rules import Rule
from mendline.verify.state import Device, Send


def queued(device: Device, data: Json, offset: int, event: Json) -> None:
    """A new send waits."""
    accept(device, data, offset, event)


def attempted(device: Device, data: Json, offset: int, event: Json) -> None:
    """A new send is tried at once: it waits for no time."""
    if data["send"] is not None:
        accept(device, data, offset, event)


def accept(device: Device, data: Json, offset: int, event: Json) -> None:
    """A send begins, if its request id is not remembered."""
    request, request_id, asked = data["request"], data["request_id"], data["send"]
    time, not_before = event["time"], asked["not_before"]
    if not device.registered:
        is_there(device, offset, "a send is accepted")
    if request_id in device.known_ids:
        _mind_repeat(device, device.known_ids[request_id], request, offset)
    send = Send(request, request_id, content_of(asked), asked, time)
    device.sends[request] = device.known_ids[request_id] = send
    if not_before is not None and is_before(time, not_before):
        send.timed, send.due, send.came_due = True, not_before, not_before
        heappush(device.timed, (instant(not_before), request, send))
    else:
        device.queue.append(send)


def content_of(asked: Json) -> int:
    """What tells a repeat from another message under the same id: recipient and body."""
    body = asked["body"]
    return hash((asked["to"], body.get("text", ""), file_in(body)))


def _mind_repeat(device: Device, first: Send, request: int, offset: int) -> None:
    since = device.place.settled - first.ended
    if first.ended and since >= device.limits.window_in_all:
        return
    sentence = f"send {request} is new although {first.request_id} was accepted as send {first.request}"
    device.violation(Rule.REPEAT_SENT, sentence, offset)


def repeated(device: Device, data: Json, offset: int, _event: Json) -> None:
    """A repeat names a send that was accepted before under the same id, and has not been forgotten."""
    first = device.known_ids.get(data["request_id"])
    if first is None or first.request != data["first"]:
        sentence = f"{data['request_id']} repeats send {data['first']}, which was not accepted lately under that id"
        device.violation(Rule.REPEAT_UNKNOWN, sentence, offset)
    elif data["settled"] != (first.ended > 0):
        sentence = f"{data['request_id']}: whether send {first.request} is over is told wrongly"
        device.violation(Rule.REPEAT_UNKNOWN, sentence, offset)


def compare_repeat(device: Device, asked: Json, event: Json, offset: int) -> None:
    """What is taken for a repeat is the same message, and what is refused as reuse has an id that is remembered."""
    first = device.known_ids.get(asked["id"])
    if event["type"] == "send_repeated":
        if first is not None and first.content != content_of(asked["data"]):
            sentence = f"another message under {asked['id']} is taken for a repeat of send {first.request}"
            device.violation(Rule.REPEAT_CONTENT, sentence, offset)
    elif event["data"]["reason"] == "request_id_reused" and first is None:
        sentence = f"{asked['id']} is refused as used before, but was not accepted lately"
        device.violation(Rule.REPEAT_REFUSED, sentence, offset)
