"""What a driver answers for an effect that it can follow no longer."""

from __future__ import annotations

from typing import assert_never

from schemas.device.outcomes import Uncertain, Unreachable
from schemas.device.pairing import PairingFailed
from streams.drivers.port import Ask, Close, Connect, Effect, Outcome, Pair, Send, Unpair


def parting(effect: Effect, reason: str) -> Outcome:
    """Give the outcome of an effect that was running when the driver lost its other end, or closed."""
    match effect:
        case Send() | Ask():
            return Uncertain(reason=reason)
        case Connect():
            return Unreachable(reason=reason)
        case Pair():
            return PairingFailed(why=reason)
        case Close() | Unpair():
            return None
        case _:
            assert_never(effect)
