"""What must hold of clients and unique values: at rest, and over the whole history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from mendline.verify.check import check
from mendline.verify.history import History, PartitionHistory, RawRecord
from mendline.verify.limits import Limits
from schemas.envelope import EventEnvelope, decode_event
from schemas.fence import Fence, Verdict
from schemas.topics import CLIENT, CONNECTION, CONTROL, UNIQUENESS, Stream
from streams.log.ports import LogRecord
from streams.ownership.keyed_owner import KeyedOwner
from tests.faults.simulation.brokers import Brokers
from tests.faults.simulation.connection_checks import check_connections, nodes_wait
from tests.faults.simulation.key_checks import check_keys

if TYPE_CHECKING:
    from tests.faults.simulation.run import Run

Counted = tuple[int, EventEnvelope]
"""When the broker wrote an event that counts, in ms, and the event."""
GIVES_UP = ("client_changed", "client_removal_started", "client_removed")


def owners_of(run: Run, stream: Stream) -> list[KeyedOwner[Any]]:
    """Who owns the partitions of a stream now."""
    runners = [r for w in run.crew.current() for r in w.beside[stream].runners().values()]
    return [runner.owner for runner in runners if isinstance(runner.owner, KeyedOwner)]


def clients_at_rest(run: Run) -> bool:
    """Whether everything that was asked is decided, and every question answered."""
    return all(is_at_rest(run, stream) for stream in run.beside) and not any(
        worker.publisher.busy() for worker in run.crew.current()
    )


def is_at_rest(run: Run, stream: Stream) -> bool:
    """Whether everything that was asked of a stream is decided, and every question of it answered."""
    brokers, owners = run.beside[stream].brokers, owners_of(run, stream)
    if brokers.on_their_way or len({o.tenure.partition for o in owners}) != len(owners) != run.profile.partitions:
        return False
    return len(owners) == run.profile.partitions and all(
        owner.idle()
        and owner.next_request >= _last_request(brokers, owner.tenure.partition)
        and not any(owner.questions(key) for key in owner.states)
        and not nodes_wait(owner.states.values())
        for owner in owners
    )


def _last_request(brokers: Brokers, partition: int) -> int:
    records = brokers.requests[partition].all()
    return records[-1].offset + 1 if records else 0


def check_clients(run: Run, *, settled: bool) -> list[str]:
    """The logs of clients and values, by the independent verifier, and what holds between them."""
    found = [line for stream in run.beside for line in verified(run, stream, settled=settled)]
    clients = [event for p in range(run.profile.partitions) for event in _counted(run, CLIENT, p)]
    found += check_keys(run, _events(run, CONTROL), settled=settled)
    found += check_connections(run, _events(run, CONNECTION), settled=settled)
    found += [*_created_once(clients), *_held_by_one(clients), *_context_kept(clients)]
    return [*found, *(_agree(run) if settled else ())]


def verified(run: Run, stream: Stream, *, settled: bool) -> Iterator[str]:
    """What the independent verifier says of a stream's log."""
    brokers, witness = run.beside[stream]
    yield from witness.unproven
    for partition in range(run.profile.partitions):
        taken = run.asked_beside[stream][partition]
        events = _counted(run, stream, partition)
        last = max((e.decides for _, e in events if e.decides is not None), default=-1)
        requests = [r for r in brokers.requests[partition].all() if r.offset < max(taken, last + 1)]
        logs = PartitionHistory(partition, _raw(requests), _raw(brokers.events[partition].all()))
        history = History(run.profile.partitions, [logs])
        yield from (f"{v.rule} of {stream.name}: {v}" for v in check(history, None, Limits(settled=settled)).violations)


def _raw(records: list[LogRecord]) -> list[RawRecord]:
    return [RawRecord(r.offset, r.key, r.value, r.headers, r.time) for r in records]


def _counted(run: Run, stream: Stream, partition: int) -> list[Counted]:
    fence, found = Fence(), []
    for record in run.beside[stream].brokers.events[partition].all():
        envelope = decode_event(record.value)
        if fence.judge(record.offset, envelope) is not Verdict.VOID:
            found.append((record.time, envelope))
    return found


def _events(run: Run, stream: Stream) -> list[EventEnvelope]:
    return [event for p in range(run.profile.partitions) for _, event in _counted(run, stream, p)]


def _created_once(clients: list[Counted]) -> Iterator[str]:
    """One `client_created` a creation, and none of a client that lives."""
    creations = Counter((e.subject, e.data["request"]) for _, e in clients if e.type == "client_created")
    yield from (f"created-twice: {creation}" for creation, count in creations.items() if count > 1)
    alive: set[str] = set()
    for _, event in clients:
        match event.type:
            case "client_created" if event.subject in alive:
                yield f"created-over: {event.subject} is created although it lives"
            case "client_created":
                alive.add(event.subject)
            case "client_removed":
                alive.discard(event.subject)


def _held_by_one(clients: list[Counted]) -> Iterator[str]:
    """No two clients have one email at a time, by the brokers' clock."""
    held: dict[str, str] = {}
    values: dict[str, str] = {}
    for at, event in sorted(clients, key=itemgetter(0)):  # stable: in one partition, in log order
        client_id = event.subject
        if event.type in GIVES_UP and (value := values.pop(client_id, None)) is not None:
            held.pop(value, None)
        if event.type in ("client_created", "client_changed") and (value := event.data["value"]) is not None:
            if held.get(value, client_id) != client_id:
                yield f"held-twice: {client_id} has the email of {held[value]} at {at}"
            held[value] = client_id
            values[client_id] = value


def _context_kept(clients: list[Counted]) -> Iterator[str]:
    """Whoever asked stands in all that came of it."""
    for _, event in clients:
        if event.type.startswith("client_") and event.context.actor != "somebody":
            yield f"nobody: {event.type} of {event.subject} does not say who asked"


def _agree(run: Run) -> Iterator[str]:
    """At rest, a value is held by exactly the client that has it."""
    holders = {key: value.held.asker.key for key, value in _states(run, UNIQUENESS) if value.held is not None}
    wanted = {client.hold.value: key for key, client in _states(run, CLIENT) if client.hold is not None}
    if holders != wanted:
        yield f"disagree: values are held by {holders}, clients have {wanted}"


def _states(run: Run, stream: Stream) -> list[tuple[str, Any]]:
    return run.at_rest.get(stream, [])


def states_of(run: Run) -> dict[Stream, list[tuple[str, Any]]]:
    """What the owners know, at rest."""
    return {s: [each for owner in owners_of(run, s) for each in owner.states.items()] for s in run.beside}
