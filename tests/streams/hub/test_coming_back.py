"""Whatever happens in the log and to connections, a client hears each event of its groups once and in order.

Or it is told to load the state anew, which begins its count anew. Never a silent loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, Literal, NamedTuple, get_args

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schemas.client.events import ClientRemovalStarted
from schemas.connection.events import ConnectionOpened
from schemas.device.links import RefreshStarted
from schemas.marks import PARTITION
from schemas.message import Event
from schemas.partitioner import partition_of
from schemas.topics import CLIENT, CONNECTION, DEVICE, Stream
from streams.hub.fan_out import Message
from streams.hub.feed import FOLLOWED, Feed
from streams.hub.history import OVERHEAD_BYTES
from tests.streams.hub.written import PARTITIONS, accepted, kept_event, marker, queued

DEVICES = ("d-1", "d-2", "d-3")
CAMPAIGNS = (None, "spring")
GROUPS = ("device:d-1", "device:d-2", "client:ana", "user:u1", "campaign:spring", "fleet")
SUBJECTS = {DEVICE: "d-1", CLIENT: "ana", CONNECTION: "u1"}
EVENTS: dict[Stream, Event] = {
    DEVICE: RefreshStarted(refresh=1, why="requested"),
    CLIENT: ClientRemovalStarted(request=1),
    CONNECTION: ConnectionOpened(connection="c1", node="n1", kind="websocket"),
}
BEGIN = 100
What = Literal["claim", "ask", "accept", "event"]
Moment = tuple[What, int]
KINDS: tuple[What, ...] = get_args(What)
MOMENTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 11)), min_size=1, max_size=8)


class Happened(NamedTuple):
    """An event of the log, and who is to be told."""

    where: str
    offset: int
    type: str
    groups: frozenset[str]


class Client:
    """Keeps a cursor for each group, as docs/hub.md says."""

    def __init__(self) -> None:
        self.online = True
        self.epochs: dict[str, str] = {}
        self.cursors: dict[str, dict[str, int]] = {}
        self.begun: dict[str, dict[str, int]] = {}
        self.heard: dict[str, list[Any]] = {}

    def hear(self, content: bytes) -> None:
        frame = orjson.loads(content)
        group = frame["group"]
        if frame["type"] == "joined":
            self.load(group, frame["epoch"], frame["after"])
        elif frame["type"] == "changes":
            self.cursors[group] |= frame["after"]
            self.heard[group].append(Counter(frame["counts"]))
        else:
            where, _, offset = frame["at"].rpartition("/")
            self.cursors[group][where] = int(offset)
            self.heard[group].append((where, int(offset)))

    def load(self, group: str, epoch: str, after: dict[str, int]) -> None:
        self.epochs[group] = epoch
        self.begun[group], self.cursors[group], self.heard[group] = dict(after), dict(after), []


class Clients:
    """Listeners: two clients."""

    def __init__(self) -> None:
        self.both = (Client(), Client())

    def of(self, group: str) -> list[Client]:
        return [client for client in self.both if client.online and group in client.cursors]

    def listened(self, group: str) -> bool:
        return bool(self.of(group))

    def groups(self) -> Collection[str]:
        return {group for group in GROUPS if self.of(group)}

    def publish(self, group: str, message: Message) -> None:
        for client in self.of(group):
            client.hear(message.full)


class ComingBack(RuleBasedStateMachine):
    """A log, what a node reads of it, and two clients that come and go."""

    @initialize(room_for=st.integers(2, 40))
    def begin(self, room_for: int) -> None:
        self.clients, self.now, self.epoch = Clients(), 0.0, 0
        self.feed = Feed(self.clients, lambda: self.now)
        self.max_bytes = room_for * (OVERHEAD_BYTES + 300)
        self.sends = [(DEVICES[n % 3], CAMPAIGNS[n % 2]) for n in range(6)]  # from before the hub began
        self.open_log()
        for client in self.clients.both:
            for group in GROUPS:
                client.load(group, self.feed.epoch, dict(self.feed.ends(group)))

    @rule(several=MOMENTS)
    def something_happens(self, several: list[Moment]) -> None:
        for moment in several:
            self.happen(*moment)

    @rule(several=MOMENTS, which=st.sampled_from([(0,), (1,), (0, 1)]), away_s=st.sampled_from([0.0, 200.0]))
    def something_happens_while_some_are_away(
        self, several: list[Moment], which: tuple[int, ...], away_s: float
    ) -> None:
        for number in which:
            self.clients.both[number].online = False
        self.time_passes(away_s)
        self.something_happens(several)
        self.who_dropped_comes_back()

    @rule(stream=st.sampled_from(FOLLOWED), number=st.integers(0, PARTITIONS - 1), void=st.integers(1, 3))
    def what_does_not_count_is_read(self, stream: Stream, number: int, void: int) -> None:
        self.ends[stream, number] += void
        self.feed.take(stream, number, [], self.ends[stream, number])

    @rule(stream=st.sampled_from(FOLLOWED), number=st.integers(0, PARTITIONS - 1))
    def some_of_the_log_is_skipped(self, stream: Stream, number: int) -> None:
        self.happened += [Happened(f"{stream.events}/{number}", self.ends[stream, number], "lost", frozenset(GROUPS))]
        self.ends[stream, number] += 1
        self.feed.skip(stream, {number: self.ends[stream, number]})

    @rule(chance=st.integers(0, 4))
    def the_log_is_made_anew(self, chance: int) -> None:
        if chance == 0:
            self.open_log()

    @rule(group=st.sampled_from(GROUPS), which=st.integers(0, 1))
    def one_leaves_and_joins(self, group: str, which: int) -> None:
        client = self.clients.both[which]
        client.cursors.pop(group, None)
        client.load(group, self.feed.epoch, dict(self.feed.ends(group)))

    @rule(after_s=st.sampled_from([0.0, 1.0, 200.0]))
    def time_passes(self, after_s: float) -> None:
        self.now += after_s
        self.feed.look_after_campaigns()

    @rule()
    def the_fleet_is_told(self) -> None:
        self.feed.tell_fleet()

    @invariant()
    def who_is_there_heard_everything_once(self) -> None:
        if not self.feed._owing:
            for client in self.clients.both:
                for group in client.cursors.keys() - {"fleet"}:
                    assert by_partition(client.heard[group]) == by_partition(self.expected(client, group)), group

    def teardown(self) -> None:
        self.now += 10
        self.feed.tell_fleet()
        self.feed.look_after_campaigns()
        self.who_is_there_heard_everything_once()
        for client in self.clients.both:
            if "fleet" in client.cursors:
                heard: Counter[str] = sum(client.heard["fleet"], Counter())
                assert heard == Counter(each.type for each in self.concerning(client, "fleet"))

    def open_log(self) -> None:
        self.happened: list[Happened] = []
        self.generation = 1
        self.epoch += 1
        self.ends = {(stream, number): BEGIN for stream in FOLLOWED for number in range(PARTITIONS)}
        begins = {stream: dict.fromkeys(range(PARTITIONS), BEGIN) for stream in FOLLOWED}
        self.feed.open(f"log-{self.epoch}", begins, dict.fromkeys(FOLLOWED, self.max_bytes))

    def happen(self, what: What, number: int) -> None:
        if what == "claim":
            self.generation += 1
            homely = {f"device:{device}" for device in DEVICES if home_of(device) == number % PARTITIONS}
            self.put(DEVICE, number % PARTITIONS, marker(self.generation), PARTITION, homely)
        elif what == "ask":
            self.sends.append((DEVICES[number % 3], CAMPAIGNS[number % 2]))
            self.write(DEVICE, queued(len(self.sends) - 1, self.sends[-1][1]), *self.sends[-1])
        elif what == "accept":
            send = number % len(self.sends)
            self.write(DEVICE, accepted(send), *self.sends[send])
        else:
            stream = FOLLOWED[number % 3]
            self.write(stream, EVENTS[stream], SUBJECTS[stream])

    def who_dropped_comes_back(self) -> None:
        for client in self.clients.both:
            if not client.online:
                for group in client.cursors:
                    self.rejoin(client, group)
                client.online = True

    def write(self, stream: Stream, event: Event, subject: str, campaign: str | None = None) -> None:
        kind = {DEVICE: "device", CLIENT: "client", CONNECTION: "user"}[stream]
        groups = {f"{kind}:{subject}"} | ({f"campaign:{campaign}"} if campaign else set())
        self.put(stream, partition_of(subject.encode(), PARTITIONS), event, subject, groups)

    def put(self, stream: Stream, number: int, event: Event, subject: str, groups: set[str]) -> None:
        offset = self.ends[stream, number]
        self.ends[stream, number] = offset + 1
        self.happened.append(Happened(f"{stream.events}/{number}", offset, event.type, frozenset(groups | {"fleet"})))
        self.feed.take(stream, number, [kept_event(event, offset, subject)], offset + 1)

    def rejoin(self, client: Client, group: str) -> None:
        cursor = client.cursors[group]
        missed = self.feed.since(group, cursor) if client.epochs[group] == self.feed.epoch else None
        if missed is None:
            client.load(group, self.feed.epoch, dict(self.feed.ends(group)))
        for message in missed or ():
            client.hear(message.full)

    def concerning(self, client: Client, group: str) -> list[Happened]:
        begun = client.begun[group]
        return [each for each in self.happened if group in each.groups and each.offset > begun.get(each.where, 10**9)]

    def expected(self, client: Client, group: str) -> list[tuple[str, int]]:
        return [(each.where, each.offset) for each in self.concerning(client, group)]


def home_of(device: str) -> int:
    return partition_of(device.encode(), PARTITIONS)


def by_partition(places: list[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for where, offset in places:
        found.setdefault(where, []).append(offset)
    return found


TestComingBack = ComingBack.TestCase
TestComingBack.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
