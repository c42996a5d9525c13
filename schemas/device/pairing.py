"""What a driver may say of a pairing: what came of it, and what a person has to be shown meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import orjson
from pydantic import Field, TypeAdapter

from schemas.device.outcomes import Jid, Reason
from schemas.marks import Moment, Personal, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """The phone answered, and the platform made a session.

    jid: names the session. account: what only one device may have; none: the jid itself.
    """

    jid: Jid
    account: Text | None = None
    kind: Literal["paired"] = "paired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingFailed:
    """The pairing came to nothing; no session is left of it."""

    why: Reason
    kind: Literal["pairing_failed"] = "pairing_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class QrShown:
    """The phone has to scan this text as a QR code before `until`; a later one takes its place."""

    text: str
    until: datetime
    kind: Literal["qr"] = "qr"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeShown:
    """The phone's owner has to type this code before `until`."""

    text: str
    until: datetime
    kind: Literal["code"] = "code"


PairOutcome = Paired | PairingFailed
"""What ends a pairing at its driver."""

Signal = QrShown | CodeShown
"""What a person has to be shown while a pairing is under way; it never enters the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSignal:
    """A record of `device-signals`, kept for five minutes: whoever has its text can take the account over."""

    device_id: str
    pairing: Annotated[int, Field(ge=0, description="offset of the pairing's device_pairing_started")]
    kind: Annotated[Literal["qr", "code"], Field(description="a QR code to scan, or a code to type")]
    text: Annotated[str, Field(max_length=4000, description="what the QR code or the code says"), Personal()]
    until: Annotated[Moment, Field(description="no longer valid then, or when the next one comes")]


_SIGNAL = TypeAdapter(DeviceSignal)


def encode_signal(signal: DeviceSignal) -> bytes:
    """The value of its record; its key is the device's id."""
    return orjson.dumps(signal)


def decode_signal(value: bytes | None) -> DeviceSignal | None:
    """The signal in a record's value; None where it is none."""
    try:
        return _SIGNAL.validate_json(value or b"")
    except ValueError:
        return None
