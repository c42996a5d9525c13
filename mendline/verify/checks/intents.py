"""What the log says it meant to do with each message and link, kept to be compared with a ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mendline.verify.parsing import Json

End = Literal["open", "left", "not_left", "unknown"]


@dataclass(slots=True)
class Message:
    """What the log says of one message.

    request: its send. tries: its attempts and repeats, each with its turn among all of the device. asks: how often each
    attempt was asked for. copies: how often it may leave. end: what became of it. doubted: if it is uncertain, or was.
    decided: whether a person put an end to such a doubt, so that nobody ever says what that attempt came to.
    """

    request: int
    offset: int
    tries: dict[int, int] = field(default_factory=dict)
    asks: Counter[int] = field(default_factory=Counter)
    copies: int = 1
    end: End = "open"
    doubted: bool = False
    decided: bool = False

    def did_not_leave(self) -> None:
        """The log says that nothing left; of an earlier attempt that stayed uncertain it says nothing."""
        self.end = "unknown" if self.doubted or self.decided else "not_left"


@dataclass(slots=True)
class Intents:
    """What the log says of one device."""

    driver: str = ""
    turns: int = 0
    by_id: dict[str, Message] = field(default_factory=dict)
    by_request: dict[int, Message] = field(default_factory=dict)
    connects: set[int] = field(default_factory=set)

    def look_at(self, type_: str, data: Json, offset: int) -> None:
        """The next event of the device that counts."""
        note = NOTES.get(type_)
        if note is not None:
            note(self, data, offset)


def _registered(intents: Intents, data: Json, _offset: int) -> None:
    intents.driver = data["driver"]


def _refresh_started(intents: Intents, data: Json, _offset: int) -> None:
    intents.connects.add(data["refresh"])


def _attempted(intents: Intents, data: Json, offset: int) -> None:
    message = intents.by_id.setdefault(data["message_id"], Message(data["request"], offset))
    intents.by_request[data["request"]] = message
    message.end = "open"
    _try(intents, message, data["attempt"])


def _try(intents: Intents, message: Message, attempt: int) -> None:
    intents.turns += 1
    message.tries[attempt] = intents.turns


def _reconciling(intents: Intents, data: Json, _offset: int) -> None:
    message = intents.by_request[data["request"]]
    if data["by"] == "ask":
        message.asks[data["attempt"]] += 1
    else:
        message.copies += 1
        _try(intents, message, data["attempt"])


def _accepted(intents: Intents, data: Json, _offset: int) -> None:
    intents.by_request.pop(data["request"]).end = "left"


def _not_left(intents: Intents, data: Json, _offset: int) -> None:
    message = intents.by_request.get(data["request"])
    if message is not None:
        message.did_not_leave()


def _uncertain(intents: Intents, data: Json, _offset: int) -> None:
    message = intents.by_request[data["request"]]
    message.end, message.doubted = "unknown", True


def _resolved(intents: Intents, data: Json, _offset: int) -> None:
    message, resolution = intents.by_request[data["request"]], data["resolution"]
    if data["by"] == "person":
        message.copies += resolution == "send_again"
        message.decided = True
    elif resolution == "sent":
        message.end = "left"
    else:
        message.doubted = False
        message.did_not_leave()


NOTES: Mapping[str, Callable[[Intents, Json, int], None]] = {
    "device_registered": _registered,
    "refresh_started": _refresh_started,
    "send_attempted": _attempted,
    "send_reconciling": _reconciling,
    "send_accepted": _accepted,
    "send_rejected": _not_left,
    "send_returned": _not_left,
    "send_deferred": _not_left,
    "send_expired": _not_left,
    "send_cancelled": _not_left,
    "send_uncertain": _uncertain,
    "send_resolved": _resolved,
}
