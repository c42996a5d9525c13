"""A device's account on its platform: the pairing under way, the session of the last one, what they ask of others."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, assert_never

from schemas.device import lifecycle as life
from schemas.envelope import Context
from schemas.uniqueness.questions import ValueReleaseRecorded


class Claim(NamedTuple):
    """A question about a value, by its offset: while it is open, as the hold that it became, and as its release."""

    offset: int
    value: str
    context: Context


class Pairing(NamedTuple):
    """The one pairing under way, by the offset of its `device_pairing_started`.

    until: given up then, unless the phone has answered. jid, claim: set once it has. orphan: a claim ended before
    that, so nobody waits for the phone any more. imported: the session was there before.
    """

    number: int
    context: Context
    until: datetime | None
    jid: str | None = None
    claim: Claim | None = None
    orphan: bool = False
    imported: bool = False


class Session(NamedTuple):
    """What the last pairing made, and the claim by which its account is this device's."""

    pairing: int
    jid: str
    claim: Claim | None


class Account(NamedTuple):
    """session: the one that lives, as far as the log says. releases: claims that are given up, oldest first."""

    session: Session | None = None
    releases: tuple[Claim, ...] = ()


Standing = tuple[Pairing | None, Account | None]
"""A device's pairing and account; None: nothing to say."""

AboutPairing = (
    life.DevicePairingStarted
    | life.DevicePairingClaimStarted
    | life.DevicePaired
    | life.DevicePairingFailed
    | life.DeviceUnpaired
    | ValueReleaseRecorded
)
NOTHING = Account()


def evolve_account(
    pairing: Pairing | None, account: Account | None, event: AboutPairing, place: int, context: Context
) -> Standing:
    """What `event`, which lies at offset `place`, makes of them."""
    now = account or NOTHING
    match event:
        case life.DevicePairingStarted(until=until, method=method):
            return Pairing(place, context, until, imported=method == "import"), account
        case life.DevicePairingClaimStarted(jid=jid, value=value):
            claim = Claim(place, value, context)
            return (pairing and pairing._replace(jid=jid, claim=claim, until=None)), account
        case life.DevicePaired(jid=jid):
            claimed = pairing and pairing.claim
            session = Session(pairing.number if pairing else place, jid, claimed)
            return None, _kept(_give_up(now, now.session and now.session.claim)._replace(session=session))
        case life.DevicePairingFailed():
            return None, _kept(_give_up(now, pairing and pairing.claim))
        case life.DeviceUnpaired():
            return pairing, _kept(_give_up(now, now.session and now.session.claim)._replace(session=None))
        case ValueReleaseRecorded(question=question):
            left = tuple(claim for claim in now.releases if claim.offset != question.offset)
            return pairing, _kept(now._replace(releases=left))
        case _:
            assert_never(event)


def _give_up(account: Account, claim: Claim | None) -> Account:
    return account if claim is None else account._replace(releases=(*account.releases, claim))


def _kept(account: Account) -> Account | None:
    return None if account == NOTHING else account


def orphaned(pairing: Pairing | None) -> Pairing | None:
    """The pairing after a claim marker or a release: whose phone has not answered is waited for by nobody."""
    if pairing is None or pairing.claim is not None or pairing.orphan:
        return pairing
    return pairing._replace(orphan=True)
