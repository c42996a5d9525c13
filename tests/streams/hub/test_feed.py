"""Groups are told what concerns them, as it comes and when somebody comes back."""

from __future__ import annotations

import orjson

from schemas.client.events import ClientCreated
from schemas.connection.events import ConnectionOpened
from schemas.device.links import DeviceConnected, RefreshStarted
from schemas.partitioner import partition_of
from schemas.topics import CLIENT, CONNECTION, DEVICE
from streams.hub.feed import FOLLOWED, LINGER_S
from tests.streams.hub.written import PARTITIONS, Noting, Writing, accepted, queued

STARTED = RefreshStarted(refresh=1, why="requested")
CONNECTED = DeviceConnected(link=1, how="refreshed")
CREATED = ClientCreated(request=1, name="Ana", email="ana@shop.example")
OPENED = ConnectionOpened(connection="c1", node="n1", kind="websocket")
HOME = partition_of(b"d-1", PARTITIONS)


def test_an_event_is_told_with_what_it_says_and_where_it_lies() -> None:
    listeners = Noting("device:d-1")
    at = Writing(listeners).write(STARTED)
    (frame,) = listeners.told["device:d-1"]
    assert (frame["type"], frame["group"], frame["at"]) == ("event", "device:d-1", at)
    assert frame["event"]["type"] == "refresh_started"
    assert frame["event"]["data"] == {"refresh": 1, "why": "requested"}


def test_each_group_is_told_what_concerns_it_alone() -> None:
    listeners = Noting("device:d-1", "client:ana", "user:u1", "campaign:spring")
    log = Writing(listeners)
    sent, made = log.write(queued(7, "spring")), log.write(CREATED, "ana", CLIENT)
    opened, done = log.write(OPENED, "u1", CONNECTION), log.write(accepted(7))
    log.write(accepted(8), "d-2")
    found = [listeners.places(group) for group in ("device:d-1", "client:ana", "user:u1", "campaign:spring")]
    assert found == [[sent, done], [made], [opened], [sent, done]]


def test_who_may_not_see_what_is_personal_is_told_it_masked() -> None:
    log = Writing(Noting())
    log.write(CREATED, "ana", CLIENT)
    message = (log.feed.since("client:ana", dict.fromkeys(log.feed.ends("client:ana"), 99)) or [])[0]
    assert b"ana@shop.example" in message.full
    assert b"ana@" not in message.masked
    assert orjson.loads(message.masked)["event"]["data"]["email"] == "a•••@•••"


def test_who_comes_back_is_told_what_it_missed_and_nothing_twice() -> None:
    log = Writing(Noting())
    log.write(STARTED)
    after = log.feed.ends("device:d-1")
    missed = log.write(CONNECTED)
    found = log.feed.since("device:d-1", after) or []
    assert [orjson.loads(message.full)["at"] for message in found] == [missed]
    assert log.feed.since("device:d-1", log.feed.ends("device:d-1")) == []


def test_a_claim_is_told_to_every_device_of_its_partition_once() -> None:
    listeners = Noting("device:d-1")
    log = Writing(listeners)
    claimed = log.claim(2, HOME)
    log.claim(2, HOME)
    log.claim(3, (HOME + 1) % PARTITIONS)
    assert listeners.places("device:d-1") == [claimed]
    assert len(log.feed.since("device:d-1", {f"device-events/{HOME}": 99}) or []) == 1


def test_who_comes_from_before_the_history_or_from_ahead_of_it_loads_anew() -> None:
    log = Writing(Noting())
    log.write(STARTED)
    assert log.feed.since("device:d-1", {f"device-events/{HOME}": 98}) is None
    assert log.feed.since("device:d-1", {f"device-events/{HOME}": 101}) is None
    assert log.feed.since("device:d-1", {"device-events/99": 100}) is None


def test_more_than_a_socket_takes_is_loaded_anew() -> None:
    log = Writing(Noting(), max_bytes=100_000_000)
    after = log.feed.ends("device:d-1")
    for send in range(12):
        log.write(queued(send, text="x" * 50_000))
    assert log.feed.since("device:d-1", after) is None


def test_the_fleet_is_told_many_events_as_one() -> None:
    listeners = Noting("fleet")
    log = Writing(listeners)
    log.write(STARTED)
    at = log.write(CONNECTED)
    made = log.write(CREATED, "ana", CLIENT)
    log.feed.tell_fleet()
    (frame,) = listeners.told["fleet"]
    assert frame["counts"] == {"refresh_started": 1, "device_connected": 1, "client_created": 1}
    assert (frame["devices"], frame["clients"]) == ({"d-1": "device_connected"}, {"ana": "client_created"})
    assert frame["after"] == {each.rpartition("/")[0]: int(each.rpartition("/")[2]) for each in (at, made)}


def test_who_comes_back_to_the_fleet_is_told_of_what_it_missed_as_one() -> None:
    log = Writing(Noting())
    after = log.feed.ends("fleet")
    log.write(STARTED)
    log.write(CONNECTED)
    (message,) = log.feed.since("fleet", after) or []
    assert orjson.loads(message.full)["counts"] == {"refresh_started": 1, "device_connected": 1}


def test_who_joins_the_fleet_between_two_frames_hears_the_next_one_whole() -> None:
    listeners = Noting("fleet")
    log = Writing(listeners)
    log.write(STARTED)
    joined = log.feed.ends("fleet")
    log.feed.tell_fleet()
    assert joined[f"device-events/{HOME}"] == 99
    assert listeners.told["fleet"][0]["after"] == {f"device-events/{HOME}": 100}


def test_whoever_may_miss_something_is_told_to_load_anew() -> None:
    listeners = Noting("device:d-1", "client:ana", "fleet")
    log = Writing(listeners)
    log.feed.skip(DEVICE, {HOME: 500})
    (frame,) = listeners.told["device:d-1"]
    assert (frame["type"], frame["recovered"], frame["after"]) == ("joined", False, {f"device-events/{HOME}": 499})
    assert (listeners.places("fleet"), listeners.places("client:ana")) == (["joined"], [])


def test_another_log_is_another_epoch_for_everybody() -> None:
    listeners = Noting("client:ana")
    log = Writing(listeners)
    log.feed.open("log-2", log.begins(), dict.fromkeys(FOLLOWED, 1000))
    assert [(frame["epoch"], frame["recovered"]) for frame in listeners.told["client:ana"]] == [("log-2", False)]


def test_a_campaign_that_cannot_be_told_all_is_told_to_load_anew() -> None:
    listeners = Noting("campaign:spring")
    log = Writing(listeners)
    after = log.feed.ends("campaign:spring")
    log.write(accepted(4))
    log.feed.look_after_campaigns()
    assert listeners.places("campaign:spring") == ["joined"]
    assert log.feed.since("campaign:spring", after) is None


def test_a_campaign_is_told_of_sends_that_somebody_else_knows() -> None:
    listeners = Noting("campaign:spring")
    log = Writing(listeners)
    after = log.feed.ends("campaign:spring")
    log.feed.learn(HOME, {4: "spring"})
    at = log.write(accepted(4))
    log.feed.look_after_campaigns()
    assert listeners.places("campaign:spring") == [at]
    assert len(log.feed.since("campaign:spring", after) or []) == 1


def test_campaigns_are_asked_for_while_somebody_listens_and_a_while_longer() -> None:
    log = Writing(Noting())
    before = log.asked(accepted(4))
    log.feed.ends("campaign:spring")
    joined = log.asked(accepted(4))
    log.now += LINGER_S + 1
    log.feed.look_after_campaigns()
    assert (before, joined, log.asked(accepted(4))) == (set(), {4}, set())
