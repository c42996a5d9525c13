"""What a worker and a fleet say to each other, as arrays of JSON.

Worker to fleet:
    ["hello", VERSION, driver, worker, session]      first; the same session once more ends the older one
    ["sends", n, device_id, link, attempt, message_id, to, n, device_id, ...]    six cells a send
    ["ask", n, device_id, link, attempt, message_id, to]
    ["connect", n, device_id, link]    ["close", n, device_id, link]
    ["pair", n, device_id, pairing, method, phone]    ["unpair", n, device_id, pairing]
    ["tell", n, stroke, prefix]    ["ledger", n]    ["bye"]
Fleet to worker:
    ["welcome", VERSION]    ["refused", why]    ["bye"]
    ["accepted", n, n, ...]                          sends accepted, without an id of the platform's
    [n, outcome]                                     any other answer to effect or question number n
    ["said", device_id, link, report]                or [.., pairing, signal]
    ["chats", device_id, [to, ...]]                  chats that the device knows, before a connect's answer
Outcomes and reports are objects with their `kind`. Bodies stay with the worker: no simulated receiver reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, assert_never

from schemas.device.body import Body
from schemas.device.outcomes import (
    Accepted,
    Advanced,
    BannedUntil,
    Connected,
    Deferred,
    Dropped,
    NeedsPairing,
    NewChatLocked,
    NotConnected,
    NotFound,
    Rejected,
    ReplacedElsewhere,
    Uncertain,
    Unreachable,
)
from schemas.device.pairing import CodeShown, Paired, PairingFailed, QrShown
from streams.drivers.fleet.channel import Channel
from streams.drivers.port import Ask, Close, Connect, Effect, Pair, Send, Unpair

VERSION = 2
NO_BODY = Body()
KINDS: dict[str, Any] = {
    "accepted": Accepted,
    "rejected": Rejected,
    "deferred": Deferred,
    "not_connected": NotConnected,
    "new_chat_locked": NewChatLocked,
    "uncertain": Uncertain,
    "not_found": NotFound,
    "connected": Connected,
    "needs_pairing": NeedsPairing,
    "banned_until": BannedUntil,
    "replaced_elsewhere": ReplacedElsewhere,
    "unreachable": Unreachable,
    "advanced": Advanced,
    "dropped": Dropped,
    "paired": Paired,
    "pairing_failed": PairingFailed,
    "qr": QrShown,
    "code": CodeShown,
}
"""Every outcome and report that crosses the socket."""


def say(channel: Channel, number: int, effect: Effect) -> None:
    """Ask the fleet for an effect."""
    match effect:
        case Send():
            device_id, message_id, to = effect.device_id, effect.message_id, effect.to
            channel.put_in_run("sends", number, device_id, effect.link, effect.attempt, message_id, to)
        case Ask(device_id, link, message_id, attempt, to):
            channel.put("ask", number, device_id, link, attempt, message_id, to)
        case Connect(device_id, link):
            channel.put("connect", number, device_id, link)
        case Close(device_id, link):
            channel.put("close", number, device_id, link)
        case Pair(device_id, pairing, method, phone, jid):
            channel.put("pair", number, device_id, pairing, method, phone, jid)
        case Unpair(device_id, pairing):
            channel.put("unpair", number, device_id, pairing)
        case _:
            assert_never(effect)


def sends_said(cells: list[Any]) -> Iterator[tuple[int, Send]]:
    """Understand a run of sends; raises ValueError when the last one is not whole."""
    cell = iter(cells)
    for number, device_id, link, attempt, message_id, to in zip(*[cell] * 6, strict=True):
        yield number, Send(device_id, link, message_id, attempt, to, NO_BODY)


def effect_said(word: str, about: list[Any]) -> Effect:
    """Understand any other effect; raises ValueError or TypeError when it is none."""
    match word:
        case "ask":
            device_id, link, attempt, message_id, to = about
            return Ask(device_id, link, message_id, attempt, to)
        case "connect":
            return Connect(*about)
        case "pair":
            return Pair(*about)
        case "unpair":
            return Unpair(*about)
        case _:
            return Close(*about)


def outcome_said(fields: dict[str, Any] | None) -> Any:
    """Understand an outcome or a report."""
    if fields is None:
        return None
    if "until" in fields:
        fields["until"] = datetime.fromisoformat(fields["until"])
    return KINDS[fields["kind"]](**fields)
