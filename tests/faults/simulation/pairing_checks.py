"""What must hold of devices that are paired: at rest, and over the whole history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from schemas.topics import UNIQUENESS
from streams.device.account import Claim
from streams.device.state import Device
from streams.ownership.owner import Owner
from tests.faults.simulation.client_checks import is_at_rest, verified
from tests.faults.simulation.doubts import Event, counted
from tests.faults.simulation.world import EPOCH

if TYPE_CHECKING:
    from tests.faults.simulation.run import Run

TOLD_S = 3.0
"""A process that runs, and is in touch with the group, has learned meanwhile that a pairing of its is over."""


def pairings_at_rest(run: Run) -> bool:
    """Whether no pairing is under way, and every question is answered."""
    asks = any(owner.questions.of(i) for owner in _owners(run) for i in owner.book.devices)
    pairs = any(device.pairing is not None for _, device in devices_of(run))
    busy = any(worker.publisher.busy() for worker in run.crew.current())
    return not asks and not pairs and not busy and is_at_rest(run, UNIQUENESS)


def _owners(run: Run) -> list[Owner]:
    runners = [r for worker in run.crew.current() for r in worker.holdings.runners().values()]
    return [runner.owner for runner in runners if isinstance(runner.owner, Owner)]


def devices_of(run: Run) -> list[tuple[str, Device]]:
    """What the owners know, now."""
    return [each for owner in _owners(run) for each in owner.book.devices.items()]


def accounts_of(run: Run) -> dict[str, Claim]:
    """By which claim each device has its account, now."""
    found = ((device_id, device.account and device.account.session) for device_id, device in devices_of(run))
    return {i: session.claim for i, session in found if session is not None and session.claim is not None}


def check_pairings(run: Run, *, settled: bool) -> list[str]:
    """The log of values, by the independent verifier, and what holds between it and the devices' and the fleet's."""
    events = [event for partition in range(run.profile.partitions) for event in counted(run, partition)]
    found = [
        *verified(run, UNIQUENESS, settled=settled),
        *_held_by_one(events),
        *_unintended(run, events),
        *_late(run, events),
        *_not_left_alone(run, events),
    ]
    return [*found, *(_agree(run) if settled else ())]


def _held_by_one(events: list[Event]) -> Iterator[str]:
    """No two devices have one account at a time, by the brokers' clock."""
    held: dict[str, str] = {}
    claimed: dict[str, str] = {}
    values: dict[str, str] = {}
    for event in sorted(events, key=lambda event: event.at):  # stable: in one partition, in log order
        device_id, kind = event.envelope.subject, event.envelope.type
        if kind == "device_pairing_claim_started":
            claimed[device_id] = event.envelope.data["value"]
        if kind == "device_unpaired" and (value := values.pop(device_id, None)) is not None:
            held.pop(value, None)
        if kind == "device_paired":
            value = claimed[device_id]
            if held.get(value, device_id) != device_id:
                yield f"held-twice: {device_id} has the account of {held[value]} at {event.at:.3f}"
            held[value], values[device_id] = device_id, value


def _unintended(run: Run, events: list[Event]) -> Iterator[str]:
    """Nothing was shown to a phone that the log did not mean to show."""
    meant = {(e.envelope.subject, e.offset) for e in events if e.envelope.type == "device_pairing_started"}
    for entry in run.fleet.entries():
        if entry.what == "pairing" and (entry.device_id, entry.link) not in meant:
            yield f"pairing-unintended: {entry.device_id} is paired as {entry.link}, and no event meant that"


def _late(run: Run, events: list[Event]) -> Iterator[str]:
    """No phone is answered for a pairing that the log has ended a while ago, but by a process that could not know."""
    ended = {
        (e.envelope.subject, e.envelope.data["pairing"]): e.at
        for e in events
        if e.envelope.type == "device_pairing_failed"
    }
    for entry in run.fleet.entries():
        at, maker = entry.at - EPOCH.timestamp(), run.witness.sessions.get(entry.session)
        ended_at = ended.get((entry.device_id, entry.link), at)
        if entry.what != "paired" or maker is None or at - ended_at <= TOLD_S:
            continue
        if not maker.was_stopped(at - TOLD_S, at) and not maker.was_cut_off(at - TOLD_S, at):
            yield f"pairing-late: {maker} pairs {entry.device_id} at {at:.3f}, over since {ended_at:.3f}"


def _not_left_alone(run: Run, events: list[Event]) -> Iterator[str]:
    """No session that was imported is ended, but that of a device which was paired with it and is unpaired."""
    told = [(e.envelope.type, e.envelope.subject, e.envelope.data, e.offset) for e in events]
    imported = {
        (device_id, offset)
        for kind, device_id, data, offset in told
        if kind == "device_pairing_started" and data["method"] == "import"
    }
    over = {(device_id, data["pairing"]) for kind, device_id, data, _ in told if kind == "device_unpaired"}
    for entry in run.fleet.entries():
        if entry.what == "unpaired" and (entry.device_id, entry.link) in imported - over:
            yield f"import-ended: the session that {entry.device_id} imported as {entry.link} is ended"


def _agree(run: Run) -> Iterator[str]:
    """At rest, an account is held by exactly the device that is paired with it."""
    states = run.at_rest.get(UNIQUENESS, [])
    holders = {key: value.held.asker.key for key, value in states if value.held is not None}
    wanted = {claim.value: device_id for device_id, claim in run.accounts.items()}
    if holders != wanted:
        yield f"disagree: accounts are held by {holders}, devices have {wanted}"
