"""Mistakes with pairings of devices, and with what their owners ask of owners of values."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from schemas.device.lifecycle import DevicePaired, DevicePairingClaimStarted, DevicePairingFailed, DeviceUnpaired
from schemas.device.pairing import Paired
from schemas.uniqueness.questions import UniquenessAnswered
from streams.device import account, decider, evolve, next_step, pairing
from streams.drivers.port import Unpair
from streams.ownership import effects
from streams.ownership.allowance import Allowance
from streams.ownership.device_questions import DeviceQuestions
from streams.ownership.owner import Owner
from streams.worker.desk import EffectDesk
from tests.faults.simulation.planting import Mistakes, Patch, none_of_them, nothing


def _a_taken_account_is_paired() -> Patch:
    def decide(device: Any, asked: Any, answer: UniquenessAnswered, facts: Any) -> Any:
        verdict = "claimed" if answer.verdict == "taken" else answer.verdict
        heard = UniquenessAnswered(question=answer.question, verdict=verdict)
        return decided(device, asked, heard, facts)

    decided = pairing.decide_answer
    return decider, "decide_answer", decide


def _not_given_up(after: type[Any]) -> Patch:
    def evolved(now: Any, had: Any, event: Any, place: int, context: Any) -> Any:
        open_one, accounts = evolve_account(now, had, event, place, context)
        if isinstance(event, after) and accounts is not None:
            accounts = accounts._replace(releases=had.releases if had is not None else ())
        return open_one, accounts

    evolve_account = account.evolve_account
    return evolve, "evolve_account", evolved


def _a_new_owner_asks_nothing() -> Patch:
    def begin(self: Owner, at: Any, inheritance: Any) -> None:
        began(self, at, inheritance)
        self.loose = []
        self.questions._asking.__init__()  # type: ignore[misc]  # as if nothing had been noted

    began = Owner.begin
    return Owner, "begin", begin


def _asked_before_the_log_has_it() -> Patch:
    def note(self: Owner, device_id: str, device: Any, sequence: int) -> None:
        noted(self, device_id, device, sequence)
        self.loose += self.questions.of(device_id)

    noted = Owner._note_account
    return Owner, "_note_account", note


def _paired_without_asking() -> Patch:
    def decide(device: Any, ended: Any, facts: Any) -> Any:
        events = decided(device, ended, facts)
        if not events or not isinstance(ended.outcome, Paired) or not isinstance(events[0], DevicePairingClaimStarted):
            return events
        paired = DevicePaired(jid=ended.outcome.jid, pairing=device.pairing.number)
        return [*events, paired, *pairing._resumed(device)]

    decided = pairing.decide_pair_ended
    return decider, "decide_pair_ended", decide


def _a_failed_import_ends_its_session() -> Patch:
    def of_account(device_id: str, event: Any, device: Any) -> Any:
        if isinstance(event, DevicePairingFailed):
            return Unpair(device_id, event.pairing, event.jid)
        return meant(device_id, event, device)

    meant = effects._of_account
    return effects, "_of_account", of_account


MISTAKES_ABOUT_PAIRINGS: Mistakes = MappingProxyType(
    {
        "an account that another device has is paired": _a_taken_account_is_paired,
        "a device is paired before its account is its own": _paired_without_asking,
        "an account outlives its session": lambda: _not_given_up(DeviceUnpaired),
        "a pairing that failed keeps what it asked for": lambda: _not_given_up(DevicePairingFailed),
        "a new owner asks nothing again for its devices": _a_new_owner_asks_nothing,
        "an open question of a device is asked only once": lambda: (DeviceQuestions, "due", none_of_them),
        "a device's question is asked before the log has it": _asked_before_the_log_has_it,
        "a unit of the pairings is never given back": lambda: (Allowance, "_hold", _held_for_ever()),
        "a pairing outlives its place in the group": lambda: (EffectDesk, "cancel_connects", nothing),
        "an import that fails ends its session": _a_failed_import_ends_its_session,
        "a pairing waits for its phone for ever": lambda: (next_step, "pairing_ended", none_of_them),
    }
)
"""Each by what it does wrong."""


def _held_for_ever() -> Any:
    def hold(self: Allowance, budget: Any, held: set[str], key: str, *, wanted: bool) -> None:
        if wanted or budget is not self._budgets.pairings:
            held_on(self, budget, held, key, wanted=wanted)

    held_on = Allowance._hold
    return hold
