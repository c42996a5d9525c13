"""What comes of attempts: one outcome each, and what is not known is never read as not sent."""

from __future__ import annotations

from mendline.verify.parsing import Json
from mendline.verify.rules import Rule
from mendline.verify.state import ATTEMPTING, RECONCILING, UNCERTAIN, WAITING, Device, Send

NEW_CHAT_LOCKED = "new_chat_locked"
MAX_ATTEMPTS = "max_attempts"
BY_OUTCOME = ("sent", "rejected", "not_sent", "send_again")
BY_PERSON = ("sent", "send_again", "give_up")


def accepted(device: Device, data: Json, offset: int, _event: Json) -> None:
    """The platform took the open attempt's message."""
    send = _answered(device, data, offset)
    if send is not None:
        device.pace_until = data["pace_until"]
        device.remember(send, "accepted")


def rejected(device: Device, data: Json, offset: int, _event: Json) -> None:
    """The open attempt was refused, or a send that came back has been tried often enough."""
    send = device.sends.get(data["request"])
    if send is None or send.phase is not WAITING or data["reason"] != MAX_ATTEMPTS:
        send = _answered(device, data, offset)
    if send is not None:
        device.pace_until = data["pace_until"]
        device.remember(send, "rejected")


def returned(device: Device, data: Json, offset: int, _event: Json) -> None:
    """Nothing left in the open attempt: it waits at the head, and the attempt does not count."""
    send = _answered(device, data, offset)
    if send is not None:
        _mind_doubt(device, send, "returned", offset)
        send.phase, device.held, send.due = WAITING, send, None
        send.returned += 1


def deferred(device: Device, data: Json, offset: int, _event: Json) -> None:
    """The open attempt's send is due later: at the head, or aside where new chats are locked."""
    send = _answered(device, data, offset)
    if send is None:
        return
    _mind_doubt(device, send, "deferred", offset)
    send.phase, send.due = WAITING, data["until"]
    if data["reason"] == NEW_CHAT_LOCKED:
        device.locked_until, send.aside = data["until"], True
    else:
        device.held = send


def uncertain(device: Device, data: Json, offset: int, _event: Json) -> None:
    """What became of the open attempt stays unknown; its send may be resolved later."""
    send = _answered(device, data, offset)
    if send is not None:
        device.pace_until = data["pace_until"]
        send.doubted = send.doubted or send.attempts
        device.remember(send, "uncertain")
        send.phase = UNCERTAIN
        device.sends[send.request] = send


def resolved(device: Device, data: Json, offset: int, _event: Json) -> None:
    """An uncertain send is decided by a person, or by an outcome that came late."""
    send, resolution = device.sends.get(data["request"]), data["resolution"]
    if send is None or not _may_resolve(send, data):
        sentence = (
            f"attempt {data['attempt']} of send {data['request']} is resolved as {resolution} by {data['by']}, "
            "but is not uncertain, or cannot be resolved so"
        )
        device.violation(Rule.OUTCOME_UNMATCHED, sentence, offset)
        return
    if data["by"] == "outcome" and resolution in ("not_sent", "send_again") and send.attempts > send.doubted:
        _forgotten(device, send, f"resolved as {resolution}", offset)
    device.place.ended["uncertain"] -= 1
    if resolution == "send_again":
        _waits_again(device, send)
    else:
        del device.sends[send.request]
        device.place.ended[f"resolved_{resolution}"] += 1


def _may_resolve(send: Send, data: Json) -> bool:
    by_this = BY_PERSON if data["by"] == "person" else BY_OUTCOME
    doubtful = send.phase is UNCERTAIN and send.doubted <= data["attempt"] <= send.attempts
    return doubtful and data["resolution"] in by_this


def _waits_again(device: Device, send: Send) -> None:
    send.phase, send.aside, send.due, send.ended = WAITING, True, None, 0
    device.known_ids[send.request_id] = send
    if send in device.ended:
        device.ended.remove(send)


def _answered(device: Device, data: Json, offset: int) -> Send | None:
    """The send whose open attempt an outcome is about; its device is free again."""
    send, attempt = device.sends.get(data["request"]), data["attempt"]
    if send is None or not _awaits(send, attempt):
        state = (
            "is over, or was never accepted" if send is None else f"is {send.phase.value}, tried {send.attempts} times"
        )
        sentence = f"an outcome of attempt {attempt} of send {data['request']}, which {state}"
        device.violation(Rule.OUTCOME_UNMATCHED, sentence, offset)
        return None
    if device.open is send:
        device.open = None
    return send


def _awaits(send: Send, attempt: int) -> bool:
    if send.phase is RECONCILING:
        return send.doubted <= attempt <= send.attempts
    return send.phase is ATTEMPTING and attempt == send.attempts


def _mind_doubt(device: Device, send: Send, what: str, offset: int) -> None:
    if send.phase is RECONCILING:
        _forgotten(device, send, what, offset)


def _forgotten(device: Device, send: Send, what: str, offset: int) -> None:
    sentence = f"{send} is {what} although attempt {send.doubted} of it may have left"
    device.violation(Rule.OUTCOME_FORGOTTEN, sentence, offset)
