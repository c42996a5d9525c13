"""Why the hub closes a WebSocket, as its close code, and what the client is to do: the code's hundreds say it."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

Verdict = Literal["retry", "renew", "never"]
"""What a client does next: come back, come back with a new token, or stay away until a person says otherwise."""

VERDICTS: dict[int, Verdict] = {40: "retry", 41: "renew", 42: "never"}


class CloseCode(IntEnum):
    """Every code that the hub closes with; any other is WebSocket's own (RFC 6455 §7.4) and means: retry."""

    GOING_AWAY = 4001
    SLOW = 4002
    STALE = 4003
    NODE_LOST = 4004
    NOT_OPENED = 4005
    EXPIRED = 4101
    TOKEN_INVALID = 4102
    REPLACED = 4201
    DISCONNECTED = 4202
    PROTOCOL = 4203

    @property
    def reason(self) -> str:
        """The stable word for it: `going_away`."""
        return self.name.lower()

    @property
    def verdict(self) -> Verdict:
        """What the client is to do."""
        return verdict_of(self)


MEANINGS: dict[CloseCode, str] = {
    CloseCode.GOING_AWAY: "this node ends: come back after `after_s`, perhaps to another one",
    CloseCode.SLOW: "the client did not read what it was sent: more than 1 MB waited",
    CloseCode.STALE: "no frame came from the client for 2 minutes: ping every 45 s",
    CloseCode.NODE_LOST: "the node was cut off from the log for 30 s, so that its connections count no more",
    CloseCode.NOT_OPENED: "no token came within 10 s, or the log did not answer",
    CloseCode.EXPIRED: "the token ended 25 s ago and was not renewed",
    CloseCode.TOKEN_INVALID: "the token is forged, expired, or of another installation",
    CloseCode.REPLACED: "the user connected anew elsewhere: one connection a user, the newest wins",
    CloseCode.DISCONNECTED: "somebody disconnected the user",
    CloseCode.PROTOCOL: "the client sent what no client may: no JSON, binary, more than 64 KB, or another user's token",
}


def verdict_of(code: int) -> Verdict:
    """What a client does once its WebSocket was closed with that code, whoever gave it."""
    return VERDICTS.get(code // 100, "retry")
