"""Intents to send: one at a time, numbered, on the live link, of a send that waits and may still be sent."""

from __future__ import annotations

from mendline.verify.checks.presence import may_work
from mendline.verify.parsing import Json, is_before
from mendline.verify.rules import Rule
from mendline.verify.state import ATTEMPTING, RECONCILING, WAITING, Device, Send


def attempted(device: Device, data: Json, offset: int, event: Json) -> None:
    """An attempt of a waiting send, when nothing of the device is under way."""
    send = device.sends.get(data["request"])
    if not device.registered or device.parked:
        may_work(device, offset, "an attempt")
    if device.open is not None:
        sentence = f"send {data['request']} is attempted while {device.open} is under way"
        device.violation(Rule.ATTEMPT_TWICE, sentence, offset)
    if data["link"] != device.link:
        _wrong_link(device, data["link"], offset)
    if send is None or send.phase is not WAITING:
        _not_waiting(device, data["request"], send, offset)
        return
    _mind_time(device, send, event["time"], offset)
    _number(device, send, data, offset)
    send.phase, send.doubted = ATTEMPTING, 0
    device.open, device.held = send, None


def _not_waiting(device: Device, request: int, send: Send | None, offset: int) -> None:
    state = "is over, or was never accepted" if send is None else f"is {send.phase.value}"
    device.violation(Rule.ATTEMPT_NOT_WAITING, f"send {request} is attempted, but it {state}", offset)


def _wrong_link(device: Device, link: int | None, offset: int) -> None:
    lives = "no link lives" if device.link is None else f"link {device.link} lives"
    device.violation(Rule.ATTEMPT_LINK, f"tried on link {link}, but {lives}", offset)


def _mind_time(device: Device, send: Send, time: str, offset: int) -> None:
    if send.due is not None and is_before(time, send.due):
        device.violation(Rule.ATTEMPT_EARLY, f"{send} is attempted at {time}, but due at {send.due}", offset)
    if device.pace_until is not None and is_before(time, device.pace_until):
        sentence = f"{send} is attempted at {time}, in the pause until {device.pace_until}"
        device.violation(Rule.ATTEMPT_EARLY, sentence, offset)
    if not is_before(time, send.expires_at):
        sentence = f"{send} is attempted at {time}, but expired at {send.expires_at}"
        device.violation(Rule.ATTEMPT_LATE, sentence, offset)
    if send.doomed is not None:
        sentence = f"{send} is attempted, but {send.doomed}"
        device.violation(Rule.ATTEMPT_CANCELLED, sentence, offset)


def _number(device: Device, send: Send, data: Json, offset: int) -> None:
    """Attempts and repeats are counted on by one, and carry the one message id of their send."""
    attempt: int = data["attempt"]
    if attempt != send.attempts + 1:
        sentence = f"attempt {attempt} of {send} follows attempt {send.attempts}"
        device.violation(Rule.ATTEMPT_NUMBER, sentence, offset)
    if send.message_id is not None and data["message_id"] != send.message_id:
        sentence = f"{send} has message id {data['message_id']} and before it {send.message_id}"
        device.violation(Rule.ATTEMPT_MESSAGE_ID, sentence, offset)
    send.message_id = data["message_id"]
    if attempt > send.attempts:
        send.attempts = attempt
    if send.attempts - send.returned > device.limits.max_attempts:
        sentence = f"{send} is tried {send.attempts - send.returned} times that count"
        device.violation(Rule.ATTEMPT_LIMIT, sentence, offset)


def reconciling(device: Device, data: Json, offset: int, _event: Json) -> None:
    """An ask or a repeat about the open attempt; a repeat is an attempt itself."""
    send = device.sends.get(data["request"])
    if send is None or send.phase not in (ATTEMPTING, RECONCILING):
        sentence = f"send {data['request']} is reconciled, but no attempt of it is open"
        device.violation(Rule.OUTCOME_UNMATCHED, sentence, offset)
        return
    send.doubted = send.doubted or send.attempts
    if data["link"] is not None and data["link"] != device.link:
        _wrong_link(device, data["link"], offset)
    if data["by"] == "repeat":
        may_work(device, offset, "a repeat")
        _number(device, send, data, offset)
    elif data["attempt"] != send.attempts:
        sentence = f"{send} is asked for as attempt {data['attempt']}, but tried {send.attempts} times"
        device.violation(Rule.OUTCOME_UNMATCHED, sentence, offset)
    _mind_until(device, send, data["until"], offset)
    send.phase = RECONCILING


def _mind_until(device: Device, send: Send, until: str, offset: int) -> None:
    """The end of reconciling is set once for a doubt, and outlives claims."""
    if send.phase is RECONCILING and until != send.until:
        sentence = f"{send} is uncertain from {until}, and before it from {send.until}"
        device.violation(Rule.RECONCILING_UNTIL, sentence, offset)
    send.until = until
