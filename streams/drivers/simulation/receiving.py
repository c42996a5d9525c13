"""What becomes of one send or ask that reaches its platform: what happened there, and what is answered."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.device.outcomes import (
    Accepted,
    Deferred,
    NewChatLocked,
    NotFound,
    Rejected,
    SendOutcome,
    Uncertain,
)
from streams.drivers.memory import remember
from streams.drivers.port import Ask, Send
from streams.drivers.simulation.device import Device
from streams.drivers.simulation.ledger import Happening

Received = tuple[Happening, SendOutcome]

ACCEPTED = Accepted()
NO_ANSWER = Uncertain(reason="no_answer")
LINK_DROPPED = Uncertain(reason="link_dropped")


def receive(device: Device, send: Send, now: float) -> Received:
    """Take a send in, or not, as the device's luck has it; what leaves, leaves now."""
    if send.message_id in device.taken and device.traits.drops_repeats:
        return "repeat_dropped", ACCEPTED
    if device.group.new_chat_lock_share and locked(device, send.to, now):
        return "new_chat_locked", NewChatLocked(until=moment(device.locked_until))
    luck = device.luck()
    for mishap, share in device.group.mishaps:
        if luck < share:
            return MISHAPS[mishap](device, send, now)
        luck -= share
    leave(device, send, now)
    return "sent", accepted(device, send.message_id)


def locked(device: Device, to: str, now: float) -> bool:
    """Whether the account may not write to this new chat; trying may be what locks it."""
    if to in device.chats:
        return False
    if now >= device.locked_until and device.luck() < device.group.new_chat_lock_share:
        device.locked_until = now + device.group.new_chat_lock_s
    return now < device.locked_until


def leave(device: Device, send: Send, now: float) -> None:
    """Let the message leave; asks find it once the platform's report has caught up."""
    group, traits = device.group, device.traits
    if traits.answers_asks:
        remember(device.taken, send.message_id, now + group.report_lag_ms.seconds(device.luck()), group.remembers)
    elif traits.drops_repeats:
        remember(device.taken, send.message_id, now, group.remembers)
    if send.to not in device.chats:
        remember(device.chats, send.to, None, group.remembers)


def accepted(device: Device, message_id: str) -> Accepted:
    """A platform gives the message an id of its own, always the same; over a link it has ours."""
    return ACCEPTED if device.traits.linked else Accepted(provider_message_id=f"taken.{message_id}")


def reject(device: Device, send: Send, now: float) -> Received:
    """Refuse for good."""
    device.refuse(send.message_id, "refused_by_platform")
    return "rejected", Rejected(reason="refused_by_platform")


def defer(device: Device, send: Send, now: float) -> Received:
    """Ask to come back later."""
    return "deferred", Deferred(until=moment(now + device.group.deferral_s), reason="platform_busy")


def lose(device: Device, send: Send, now: float) -> Received:
    """Lose the message on its way there."""
    return "lost", NO_ANSWER


def lose_answer(device: Device, send: Send, now: float) -> Received:
    """Take the message, and lose the answer on its way back."""
    leave(device, send, now)
    return "sent_answer_lost", NO_ANSWER


def drop(device: Device, send: Send, now: float) -> Received:
    """Lose the link over the send, before or after the message left."""
    if device.luck() < 0.5:
        return "lost", LINK_DROPPED
    leave(device, send, now)
    return "sent_answer_lost", LINK_DROPPED


MISHAPS = {
    "rejected": reject,
    "deferred": defer,
    "lost": lose,
    "answer_lost": lose_answer,
    "drop": drop,
}


def inquire(device: Device, ask: Ask, now: float) -> Received:
    """Say what became of a message, as far as the platform's report shows it yet."""
    if not device.traits.answers_asks or device.luck() < device.group.unanswered_asks_share:
        return "asked_unanswered", NO_ANSWER
    if device.taken.get(ask.message_id, now + 1) <= now:
        return "asked_found", accepted(device, ask.message_id)
    if ask.message_id in device.refused:
        return "asked_rejected", Rejected(reason=device.refused[ask.message_id])
    return "asked_not_found", NotFound()


def moment(at: float) -> datetime:
    """Turn seconds since 1970 into a time in UTC."""
    return datetime.fromtimestamp(at, UTC)
