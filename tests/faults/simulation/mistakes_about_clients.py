"""Mistakes with clients and unique values, and with what their owners ask of each other."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from schemas.client.events import ClientCreationRejected
from schemas.uniqueness import UniquenessEvent
from schemas.uniqueness.events import ClaimRefused, ValueClaimed, ValueReleased
from schemas.uniqueness.questions import UniquenessAnswered
from streams.client import answering
from streams.client import decider as clients
from streams.client import evolve as client_evolve
from streams.client import keyed as client_keyed
from streams.ownership.asking import Asking
from streams.ownership.keyed_owner import KeyedOwner
from streams.uniqueness import decider as values
from streams.uniqueness import keyed as value_keyed
from tests.faults.simulation.planting import Mistakes, Patch


def _no_claim_is_stale() -> Patch:
    def claimed(value: Any, wanted: Any, request: Any) -> UniquenessEvent:
        event = judge(value, wanted, request)
        if isinstance(event, ClaimRefused) and event.reason == "stale" and value.held is None:
            return ValueClaimed(question=request.question, asker=request.asker)
        return event

    judge = values._claimed
    return values, "_claimed", claimed


def _a_taken_value_changes_hands() -> Patch:
    def claimed(value: Any, wanted: Any, request: Any) -> UniquenessEvent:
        return ValueClaimed(question=request.question, asker=request.asker)

    return values, "_claimed", claimed


def _a_release_frees_whatever_holds() -> Patch:
    def evolve(value: Any, event: UniquenessEvent) -> Any:
        after = evolved(value, event)
        return after._replace(held=None) if isinstance(event, ValueReleased) else after

    evolved = values.evolve
    return value_keyed, "evolve", evolve


def _a_rejected_claim_is_not_given_up() -> Patch:
    def evolve(client: Any, event: Any, offset: int, context: Any) -> Any:
        after = evolved(client, event, offset, context)
        return after._replace(releases=()) if isinstance(event, ClientCreationRejected) else after

    evolved = client_evolve.evolve
    return client_keyed, "evolve", evolve


def _any_answer_is_heard() -> Patch:
    def decide(client: Any, asked: Any, home: Any, value_of: Any) -> Any:
        request = asked.request
        if isinstance(request, UniquenessAnswered) and request.verdict == "claimed" and client.open is not None:
            return [answering._granted(client, client.open)]
        return decided(client, asked, home, value_of)

    decided = clients.decide
    return client_keyed, "decide", decide


def _a_new_owner_asks_nothing() -> Patch:
    def begin(self: KeyedOwner[Any], at: Any, inheritance: Any) -> None:
        began(self, at, inheritance)
        self.loose = []
        self._asking = Asking()

    began = KeyedOwner.begin
    return KeyedOwner, "begin", begin


def _what_is_open_is_asked_once() -> Patch:
    def due(self: KeyedOwner[Any], at: Any) -> None:
        self._writing.set_time(at)

    return KeyedOwner, "due", due


def _asked_before_the_log_has_it() -> Patch:
    def give(self: KeyedOwner[Any], key: str, asked: Any, events: Any) -> None:
        known = self.questions(key)
        gave(self, key, asked, events)
        self.loose += [question for question in self.questions(key) if question not in known]

    gave = KeyedOwner._give
    return KeyedOwner, "_give", give


MISTAKES_ABOUT_CLIENTS: Mistakes = MappingProxyType(
    {
        "a late copy of a released claim holds the value again": _no_claim_is_stale,
        "a value that is taken changes hands": _a_taken_value_changes_hands,
        "a release frees the value whoever holds it": _a_release_frees_whatever_holds,
        "a rejected claim is not given up": _a_rejected_claim_is_not_given_up,
        "an answer to another question is heard": _any_answer_is_heard,
        "a new owner asks nothing again": _a_new_owner_asks_nothing,
        "an open question is asked only once": _what_is_open_is_asked_once,
        "a question is asked before the log has it": _asked_before_the_log_has_it,
    }
)
"""Each by what it does wrong."""
