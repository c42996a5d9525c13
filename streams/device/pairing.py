"""How a device is paired with a phone and unpaired, so that no two devices have one account (design §6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, assert_never

from schemas.device import DeviceEvent
from schemas.device import lifecycle as life
from schemas.device import pairing as p
from schemas.device.links import DeviceDisconnected, RefreshFailed
from schemas.device.requests import DevicePairingRequested
from schemas.topics import UNIQUENESS
from schemas.uniqueness.questions import Question, UniquenessAnswered, ValueReleaseRecorded
from schemas.uniqueness.requests import ClaimRequested, ReleaseRequested
from streams.device.account import Claim, Session
from streams.device.answers import already_done, refuse
from streams.device.facts import Asked, Facts, PairEnded
from streams.device.state import Device
from streams.ownership.publishing import Home, Publish

NEEDS_PAIRING = "needs_pairing"
NO_QUESTION = "no open question"
BUSY = "the device is being paired: follow that, or end it by unpairing (mendline device unpair)"
SPENT = "as many devices are being paired as may be at once (MENDLINE_PAIRINGS): ask again in a minute"


def decide_pairing(
    device: Device, asked: Asked, request: DevicePairingRequested, at: datetime, facts: Facts
) -> list[DeviceEvent]:
    """The fate of a `device_pairing_requested`: a person asks for it, so no park stands in its way."""
    if (refusal := _no_pairing(device, asked, facts)) is not None:
        return [refusal]
    if wrong := _contradiction(request):
        return [refuse(asked, "invalid", wrong)]
    if device.pairing is not None:
        return [refuse(asked, "busy", BUSY)]
    session = _session(device)
    if session is not None and request.jid not in (None, session.jid):
        return [refuse(asked, "invalid", "jid: the device has another session: unpair it first")]
    if session is not None or (request.jid is None and device.link is not None and facts.healthy):
        return [already_done(asked, "paired")]
    if not facts.pairing_budget:
        return [refuse(asked, "busy", SPENT)]
    until = at + timedelta(seconds=facts.rules.pairing_s)
    started = life.DevicePairingStarted(method=request.method, phone=request.phone, jid=request.jid, until=until)
    closed = [] if device.link is None else [DeviceDisconnected(link=device.link, why="unhealthy")]
    return [started, *refresh_cancelled(device, "pairing"), *closed]


def _contradiction(request: DevicePairingRequested) -> str:
    """What is wrong with how a pairing is asked for; empty if nothing is."""
    if (request.method == "code") != (request.phone is not None):
        return "phone: to be given for method code, which is typed there, and for no other"
    if (request.method == "import") != (request.jid is not None):
        return "jid: to be given for method import, whose session it names, and for no other"
    return ""


def decide_unpairing(device: Device, asked: Asked, facts: Facts) -> list[DeviceEvent]:
    """The fate of a `device_unpairing_requested`: it ends a pairing under way, or the session, which parks."""
    if (refusal := _no_pairing(device, asked, facts)) is not None:
        return [refusal]
    if device.pairing is not None:
        return pairing_ended(device, "cancelled")
    parked = device.parked
    by_itself = parked is not None and parked.by == "device"
    if by_itself and parked is not None and parked.reason == NEEDS_PAIRING and _session(device) is None:
        return [already_done(asked, "unpaired")]
    session = _session(device)
    ended = life.DeviceUnpaired(
        why="asked", pairing=session and session.pairing, jid=None if session is None else session.jid
    )
    parks = [life.DeviceParked(reason=NEEDS_PAIRING, by="device")] if parked is None or by_itself else []
    return [ended, *refresh_cancelled(device, "unpaired"), *parks]


def _no_pairing(device: Device, asked: Asked, facts: Facts) -> DeviceEvent | None:
    traits = facts.rules.drivers.get(device.driver)
    if traits is not None and traits.pairs:
        return None
    return refuse(asked, "not_supported", f"driver {device.driver!r} knows no pairing: there is nothing to do")


def decide_pair_ended(device: Device, ended: PairEnded, facts: Facts) -> list[DeviceEvent]:
    """What follows from what came of a pairing; nothing, where it is over, or its phone has answered."""
    pairing = device.pairing
    if pairing is None or pairing.number != ended.pairing or pairing.claim is not None:
        return []
    match ended.outcome:
        case p.Paired(jid=jid, account=account):
            value = facts.rules.value_of("jid", account or jid)
            return [life.DevicePairingClaimStarted(jid=jid, value=value, pairing=pairing.number)]
        case p.PairingFailed(why=why):
            return pairing_ended(device, why)
        case _:
            assert_never(ended.outcome)


def decide_answer(device: Device, asked: Asked, answer: UniquenessAnswered, facts: Facts) -> list[DeviceEvent]:
    """The fate of a `uniqueness_answered`; it may come late, and more than once."""
    question, pairing = answer.question, device.pairing
    if (question.topic, question.partition) != facts.home:
        return [already_done(asked, NO_QUESTION)]
    opened = pairing is not None and pairing.claim is not None and pairing.claim.offset == question.offset
    match answer.verdict:
        case "claimed" if opened and pairing is not None and pairing.jid is not None:
            return [life.DevicePaired(jid=pairing.jid, pairing=pairing.number), *_resumed(device)]
        case "taken" | "stale" if opened:
            return pairing_ended(device, answer.verdict)
        case "released" if any(claim.offset == question.offset for claim in _releases(device)):
            return [ValueReleaseRecorded(question=question)]
        case "claimed" | "taken" | "stale" | "released":
            return [already_done(asked, NO_QUESTION)]
        case _:
            assert_never(answer.verdict)


def _resumed(device: Device) -> list[DeviceEvent]:
    """What the device stopped for by itself is over with a new session; what a person stopped, a person lets go on."""
    parked = device.parked
    return [life.DeviceResumed(why="paired")] if parked is not None and parked.by == "device" else []


def pairing_ended(device: Device, why: str) -> list[DeviceEvent]:
    """The end of the pairing under way, if one is."""
    pairing = device.pairing
    if pairing is None:
        return []
    return [life.DevicePairingFailed(why=why, pairing=pairing.number, jid=pairing.jid, imported=pairing.imported)]


def unpaired(device: Device, why: Literal["logged_out", "removed"]) -> list[DeviceEvent]:
    """The end of the session that the log knows of, if it knows of one."""
    session = _session(device)
    if session is None:
        return []
    return [life.DeviceUnpaired(why=why, pairing=session.pairing, jid=session.jid)]


def refresh_cancelled(device: Device, reason: str) -> list[DeviceEvent]:
    """The end of the refresh under way, if one is."""
    if device.refresh is None:
        return []
    return [RefreshFailed(refresh=device.refresh.number, outcome="cancelled", reason=reason)]


def questions(device_id: str, device: Device, home: Home) -> list[Publish]:
    """What the device asks of owners of values, again and again until it is answered."""
    claim = device.pairing and device.pairing.claim
    claims = [] if claim is None else [_put("claim", ClaimRequested, device_id, claim, home)]
    return [*claims, *(_put("release", ReleaseRequested, device_id, each, home) for each in _releases(device))]


def _put(
    what: str, request: type[ClaimRequested | ReleaseRequested], device_id: str, claim: Claim, home: Home
) -> Publish:
    question = Question(topic=home.topic, partition=home.partition, offset=claim.offset)
    name = f"{what}:{home.topic}/{home.partition}/{claim.offset}"
    return Publish(UNIQUENESS, claim.value, name, request(question=question, asker=device_id), claim.context)


def _session(device: Device) -> Session | None:
    return None if device.account is None else device.account.session


def _releases(device: Device) -> tuple[Claim, ...]:
    return device.account.releases if device.account is not None else ()
