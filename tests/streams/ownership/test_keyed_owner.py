"""The owner of keyed states: every request one fate, questions asked until they are answered, folds that agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from schemas.client.requests import ClientCreationRequested, ClientRemovalRequested
from schemas.device.requests import DeviceRemovalRequested
from schemas.envelope import NO_CONTEXT, Context, Position, decode_event, encode_event, encode_request
from schemas.marks import PARTITION
from schemas.message import PartitionClaimed, Request
from schemas.topics import CLIENT, UNIQUENESS
from schemas.uniqueness.questions import Question, UniquenessAnswered, Verdict
from streams.client.keyed import client_decider
from streams.client.state import Client
from streams.log.ports import LogRecord, RequestBatch
from streams.ownership.effects import Consequence, DeadLetter
from streams.ownership.faults import IntakeGapError
from streams.ownership.keyed_owner import KeyedOwner
from streams.ownership.outbox import NotContiguousError
from streams.ownership.publishing import Publish
from streams.ownership.tenure import Inheritance, Tenure
from streams.uniqueness.values import values_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CREATE = ClientCreationRequested(name="Ana", email="ana@shop.example")
CONTEXT = Context(actor="user:ana")
TENURE = Tenure(topic=CLIENT.events, partition=0, partitions=1, claim="a" * 16, installation_id="tests")


def question(offset: int) -> Question:
    return Question(topic=CLIENT.events, partition=0, offset=offset)


def answered(offset: int, verdict: Verdict) -> UniquenessAnswered:
    return UniquenessAnswered(question=question(offset), verdict=verdict)


class Stage:
    """A partition of clients with its log; its owner has claimed it."""

    def __init__(self, log: list[bytes] | None = None) -> None:
        self.log = log or []
        self.at = NOW
        self.asked = 0
        self.published: list[Publish] = []
        self.letters: list[DeadLetter] = []
        self.owner = self._claim()

    def _claim(self) -> KeyedOwner[Client]:
        marker = PartitionClaimed(
            generation=1 + sum(b"partition_claimed" in value for value in self.log),
            claim=TENURE.claim,
            owner="w",
            schema_level=1,
            partitions=1,
            installation="i",
        )
        position = Position(CLIENT.events, 0, len(self.log))
        self.log.append(encode_event(marker, position, PARTITION, NOW.isoformat(), TENURE.claim, "", None, NO_CONTEXT))
        owner = self.folded()
        owner.begin(self.at, Inheritance())
        return owner

    def folded(self) -> KeyedOwner[Client]:
        """Another owner, of what the log says."""
        owner = KeyedOwner(TENURE, client_decider(0, values_of(b"key")))
        for offset, value in enumerate(self.log):
            owner.fold(offset, decode_event(value))
        return owner

    def ask(self, request: Request, key: str = "ana") -> None:
        """A request comes in and is decided."""
        value = encode_request("asked", request.type, key, "tests", request, time=NOW, context=CONTEXT)
        self.take_in(LogRecord(self.asked, 0, key.encode(), value))

    def take_in(self, record: LogRecord) -> None:
        self.owner.requests(RequestBatch(self.asked, self.asked + 1, [record]), self.at)
        self.asked += 1

    def settle(self) -> None:
        """The log takes everything."""
        while records := self.owner.take(1_000_000):
            base = len(self.log)
            self.log += [value for _, value in records]
            self._begin(self.owner.acked(base))

    def wait(self, seconds: float) -> datetime | None:
        """Time passes; when the owner wants to be asked next."""
        self.at += timedelta(seconds=seconds)
        due = self.owner.due(self.at)
        self._begin(self.owner.loose)
        self.owner.loose = []
        return due

    def _begin(self, consequences: Sequence[Consequence]) -> None:
        self.published += [each for each in consequences if isinstance(each, Publish)]
        self.letters += [each for each in consequences if isinstance(each, DeadLetter)]

    def names(self) -> list[str]:
        return [publish.id for publish in self.published]

    def types(self) -> list[str]:
        return [decode_event(value).type for value in self.log[1:]]


def stage(*requests: Request) -> Stage:
    on = Stage()
    for request in requests:
        on.ask(request)
        on.settle()
    return on


def test_a_question_is_put_to_the_owner_of_its_value_once_its_event_is_acknowledged() -> None:
    on = Stage()
    on.ask(CREATE)
    assert on.names() == []
    on.settle()
    (published,) = on.published
    assert (published.stream, published.id, published.context) == (UNIQUENESS, "claim:client-events/0/1", CONTEXT)


def test_an_open_question_is_asked_again_ever_more_seldom() -> None:
    on = stage(CREATE)
    begun_at, asked_at = on.at, []
    for _ in range(9):
        due = on.owner.due(on.at)
        assert due is not None
        on.wait((due - on.at).total_seconds())
        asked_at.append((due - begun_at).total_seconds())
    assert asked_at == [1, 3, 7, 15, 31, 63, 123, 183, 243]
    assert on.names() == ["claim:client-events/0/1"] * 10


def test_an_answered_question_is_asked_no_more() -> None:
    on = stage(CREATE, answered(1, "claimed"))
    assert on.wait(100) is None
    assert on.names() == ["claim:client-events/0/1"]


def test_a_question_that_the_log_does_not_have_yet_is_not_asked_again() -> None:
    on = stage(CREATE, answered(1, "claimed"))
    on.ask(ClientRemovalRequested())
    on.wait(1)
    assert on.names() == ["claim:client-events/0/1"]
    on.settle()
    on.wait(2)
    assert on.names() == ["claim:client-events/0/1", *["release:client-events/0/1"] * 2]


def test_a_new_owner_asks_again_at_once_what_it_finds_open() -> None:
    on = Stage(stage(CREATE).log)
    on.wait(0)
    assert on.names() == ["claim:client-events/0/1"]
    assert on.published[0].context == CONTEXT


def test_an_owner_that_leaves_asks_nothing_more() -> None:
    on = stage(CREATE)
    on.owner.leave()
    assert on.wait(1) is None
    assert on.names() == ["claim:client-events/0/1"]


def test_what_follows_an_answer_is_what_the_first_request_asked_for() -> None:
    on = stage(CREATE, answered(1, "claimed"))
    created = decode_event(on.log[-1])
    assert (created.type, created.decides, created.context) == ("client_created", 1, CONTEXT)


def test_a_decision_of_several_events_is_one_fate() -> None:
    on = stage(CREATE, answered(1, "claimed"), ClientRemovalRequested(), answered(1, "released"))
    fates = [decode_event(value).decides for value in on.log[1:]]
    assert on.types()[-2:] == ["value_release_recorded", "client_removed"]
    assert fates == [0, 1, 2, 3, None]


@pytest.mark.parametrize(
    "requests",
    [
        [CREATE],
        [CREATE, CREATE],
        [CREATE, answered(1, "taken")],
        [CREATE, answered(1, "claimed"), ClientRemovalRequested()],
        [CREATE, answered(1, "claimed"), ClientRemovalRequested(), answered(1, "released")],
    ],
)
def test_what_is_folded_is_what_was_decided(requests: list[Request]) -> None:
    on = stage(*requests)
    folded = on.folded()
    assert (folded.states, folded.next_request) == (on.owner.states, on.owner.next_request)


def test_an_event_that_does_not_count_changes_nothing() -> None:
    on = stage(CREATE)
    on.log.append(on.log[1])
    assert on.folded().states == on.owner.states


def test_a_request_of_another_stream_is_refused() -> None:
    on = stage(DeviceRemovalRequested())
    refused = decode_event(on.log[1])
    assert (refused.type, refused.data["reason"], refused.decides) == ("request_refused", "unknown_type", 0)


def test_a_record_that_is_no_request_is_refused_and_kept() -> None:
    on = Stage()
    on.take_in(LogRecord(0, 0, b"ana", b"hello"))
    on.settle()
    assert on.types() == ["request_refused"]
    assert [letter.record.value for letter in on.letters] == [b"hello"]


def test_a_bug_ends_with_the_request_that_meets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    on = Stage()
    monkeypatch.setattr("streams.client.keyed.decide", None)
    on.ask(CREATE)
    monkeypatch.undo()
    on.ask(CREATE)
    on.settle()
    assert on.types() == ["request_refused", "client_creation_started"]
    assert [fault.cause for fault in on.owner.faults] == ["request:0"]


def test_requests_that_do_not_follow_are_not_decided() -> None:
    with pytest.raises(IntakeGapError):
        Stage().owner.requests(RequestBatch(1, 2, []), NOW)


def test_an_ack_elsewhere_voids_the_owner() -> None:
    on = Stage()
    on.ask(CREATE)
    on.owner.take(1_000_000)
    with pytest.raises(NotContiguousError):
        on.owner.acked(7)


def test_the_release_is_the_last_event() -> None:
    on = stage(CREATE)
    on.owner.release(on.at)
    on.settle()
    assert on.types()[-1] == "partition_released"
    assert on.owner.idle()
