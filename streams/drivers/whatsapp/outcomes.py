"""What a host says of links and sends, as outcomes (docs/decisions/0011-whatsapp.md has the tables)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import assert_never

from schemas.device.outcomes import (
    Accepted,
    BannedUntil,
    ConnectOutcome,
    Deferred,
    Dropped,
    LinkReport,
    NeedsPairing,
    NewChatLocked,
    NotConnected,
    Rejected,
    ReplacedElsewhere,
    SendOutcome,
    Uncertain,
    Unreachable,
)
from schemas.device.pairing import CodeShown, PairingFailed, PairOutcome, QrShown, Signal
from schemas.device.pairing import Paired as PairedDevice
from streams.drivers.whatsapp.protocol import ConnectFailed, LinkEnded, NotSent, Paired, PairFailed, PairingSignal, Sent

LATER = timedelta(seconds=30)
"""When something that WhatsApp did not tell now is asked for again."""
NEW_CHATS_LATER = timedelta(hours=1)
"""WhatsApp says (463) that new chats are locked, and not how long."""
NEW_CHATS_LOCKED = 463
LONGEST = 500
"""Of a reason in the log."""
REFUSED_FOR_GOOD = frozenset({400, 401, 403, 404, 406, 479})


def connect_outcome(said: ConnectFailed) -> ConnectOutcome:
    """Say what a connect that failed comes to."""
    return personal(said) or Unreachable(reason=worded(said))


def link_report(said: LinkEnded) -> LinkReport:
    """Say what a link that ended comes to."""
    return personal(said) or Dropped(reason=worded(said))


def personal(said: ConnectFailed | LinkEnded) -> NeedsPairing | BannedUntil | ReplacedElsewhere | None:
    """Give what parks a device, if it does."""
    match said.why:
        case "unknown_jid" | "store_damaged" | "logged_out" | "banned":
            return NeedsPairing(reason=said.why)
        case "temporary_ban" if said.until:
            return BannedUntil(until=moment(said.until), reason=worded(said))
        case "temporary_ban":
            return NeedsPairing(reason=worded(said))
        case "replaced":
            return ReplacedElsewhere()
        case _:
            return None


def worded(said: ConnectFailed | LinkEnded) -> str:
    """Put why, the server's code and its words into one reason."""
    code = f" {said.code}" if said.code else ""
    return explained(f"{said.why}{code}", said.detail)


def explained(why: str, detail: str) -> str:
    """Put words behind a reason, as many as the log takes: WhatsApp's servers choose some of them."""
    return f"{why}: {detail}"[:LONGEST] if detail else why


def moment(milliseconds: int) -> datetime:
    """Read a moment of the protocol."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def send_outcome(said: Sent | NotSent, now: datetime) -> SendOutcome:
    """Say what came of a send."""
    match said:
        case Sent(whatsapp_id=id_):
            return Accepted(provider_message_id=id_)
        case NotSent(why="refused"):
            return refused(said, now)
        case NotSent(why="not_encrypted"):
            return Rejected(reason="not_encrypted")
        case NotSent(written=True):
            return Uncertain(reason=said.why)
        case NotSent():
            return unwritten(said, now)
        case _:
            assert_never(said)


def refused(said: NotSent, now: datetime) -> SendOutcome:
    """Say what the server's refusal means; an unknown code may mean anything."""
    if said.code == NEW_CHATS_LOCKED:
        return NewChatLocked(until=now + NEW_CHATS_LATER)
    if said.code in REFUSED_FOR_GOOD:
        return Rejected(reason=f"refused {said.code}")
    return Uncertain(reason=f"refused {said.code}")


def unwritten(said: NotSent, now: datetime) -> SendOutcome:
    """Say what a send comes to of which certainly nothing left."""
    match said.why:
        case "bad_recipient" | "bad_body" | "media_refused" | "not_on_whatsapp":
            return Rejected(reason=explained(said.why, said.detail))
        case "no_devices" | "no_keys" | "lookup_failed" | "media_unreachable" | "database_away" | "crashed":
            return Deferred(until=now + LATER, reason=said.why)
        case _:
            return NotConnected()


def pair_outcome(said: Paired | PairFailed) -> PairOutcome:
    """Say what came of a pairing: one device may have a number, whatever its sessions are called."""
    match said:
        case Paired(jid=jid):
            return PairedDevice(jid=jid, account=number_of(jid))
        case PairFailed():
            return PairingFailed(why=explained(said.why, said.detail))
        case _:
            assert_never(said)


def number_of(jid: str) -> str:
    """Give the number of a JID, without its device number."""
    return jid.partition("@")[0].partition(":")[0]


def signal_of(said: PairingSignal) -> Signal:
    """Say what a person has to be shown."""
    shown = QrShown if said.kind == "qr" else CodeShown
    return shown(text=said.value, until=moment(said.until))
