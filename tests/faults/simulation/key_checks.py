"""What must hold of API keys: made once, never again once revoked, and known alike to owners and to every node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from schemas.envelope import EventEnvelope
from schemas.topics import CONTROL
from streams.gateway.keyring import Keyring

if TYPE_CHECKING:
    from tests.faults.simulation.run import Run


def check_keys(run: Run, events: Iterable[EventEnvelope], *, settled: bool) -> list[str]:
    """What the events of keys that count say, and whether a node that reads them knows what their owners know."""
    return [*_made_once(events), *(_agree(run) if settled else ())]


def _made_once(events: Iterable[EventEnvelope]) -> Iterator[str]:
    stands: dict[str, str] = {}
    for event in events:
        match event.type, stands.get(event.subject):
            case "key_created", None:
                stands[event.subject] = "live"
            case "key_revoked", "live":
                stands[event.subject] = "revoked"
            case ("key_created" | "key_revoked") as type_, stood:
                yield f"key-order: {type_} of {event.subject}, which was {stood}"


def _agree(run: Run) -> Iterator[str]:
    keyring = Keyring()
    for partition, log in enumerate(run.beside[CONTROL].brokers.events):
        keyring.fold(partition, log.all())
    known = {key.key_id: (key.hash, key.revoked_at is not None) for key in keyring.keys()}  # noqa: SIM118  # no mapping
    owned: dict[str, Any] = {
        subject.removeprefix("key:"): (key.hash, key.status == "revoked") for subject, key in run.at_rest[CONTROL]
    }
    if known != owned:
        yield f"keys-differ: a node knows {known}, their owners {owned}"
