"""The simulated fleet in virtual time: links that are made, drop, overlap and leave with their worker."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.device.outcomes import (
    Accepted,
    Advanced,
    BannedUntil,
    Connected,
    Dropped,
    NeedsPairing,
    ReplacedElsewhere,
    Unreachable,
)
from streams.drivers.port import Close, Connect, Outcome
from streams.drivers.simulation.receiving import moment
from tests.streams.drivers.world import BEGIN, D1, World, device_ids, send


def test_connect_takes_its_steps_in_order() -> None:
    world = World(connect_ms=300, connect_steps=["found", "dialled", "logged_in"])
    world.run(Connect(D1, 1))
    assert world.reports == [Advanced(step="found"), Advanced(step="dialled"), Advanced(step="logged_in")]
    assert world.now == pytest.approx(BEGIN + 0.3, abs=0.002)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ({"needs_pairing_share": 1}, NeedsPairing()),
        ({"unreachable_share": 1}, Unreachable(reason="no_route")),
        ({"banned_share": 1, "ban_s": 60, "connect_ms": 0}, BannedUntil(until=moment(BEGIN + 60))),
    ],
)
def test_connect_fails_as_described(behaviour: dict[str, Any], outcome: Outcome) -> None:
    assert World(**behaviour).run(Connect(D1, 1)) == outcome


def test_failed_connect_says_no_last_step() -> None:
    world = World(needs_pairing_share=1)
    world.run(Connect(D1, 1))
    assert world.reports == [Advanced(step="session_found"), Advanced(step="dialled")]


def test_ban_ends() -> None:
    world = World(banned_share=1, ban_s=60)
    world.run(Connect(D1, 1))
    world.wait(61)
    assert isinstance(world.run(Connect(D1, 2)), Connected)


def test_paired_device_connects_again() -> None:
    world = World(needs_pairing_share=1)
    world.run(Connect(D1, 1))
    assert world.tell("pair", D1) == 1
    assert isinstance(world.run(Connect(D1, 2)), Connected)


def test_logged_out_device_needs_pairing_from_then_on() -> None:
    world = World()
    world.run(Connect(D1, 1))
    world.tell("log_out", D1)
    assert world.run(Connect(D1, 2)) == NeedsPairing()
    assert NeedsPairing() in world.reports


def test_first_link_drops_and_the_second_stays() -> None:
    world = World(first_link_drops_share=1, first_link_lasts_ms=[200, 2000])
    world.run(Connect(D1, 1))
    world.wait(3)
    world.run(Connect(D1, 2))
    world.wait(3600)
    assert world.happened() == ["connecting", "connected", "dropped", "connecting", "connected"]


@pytest.mark.parametrize(
    ("rate", "report"),
    [
        ("drops_per_hour", Dropped),
        ("logouts_per_hour", NeedsPairing),
        ("bans_per_hour", BannedUntil),
        ("replacements_per_hour", ReplacedElsewhere),
    ],
)
def test_links_end_as_often_as_described(rate: str, report: type) -> None:
    behaviour: dict[str, Any] = {rate: 0.5}
    world = World(connect_steps=(), **behaviour)
    for device_id in device_ids(400):
        world.start(Connect(device_id, 1))
    world.wait(3600)
    assert 115 < len([said for said in world.reports if isinstance(said, report)]) < 200


def test_second_link_beside_a_living_one_is_a_fact_in_the_ledger() -> None:
    world = World()
    world.run(Connect(D1, 1))
    world.run(Connect(D1, 2))
    assert world.happened() == ["connecting", "connected", "connecting", "overlapped", "replaced", "connected"]
    assert ReplacedElsewhere() in world.reports


def test_another_workers_link_overlaps_too() -> None:
    world = World()
    world.run(Connect(D1, 1))
    world.run(Connect(D1, 1), world.another_worker())
    assert "overlapped" in world.happened()


def test_link_after_a_closed_one_does_not_overlap() -> None:
    world = World()
    world.run(Connect(D1, 1))
    world.run(Close(D1, 1))
    world.run(Connect(D1, 2))
    assert world.happened() == ["connecting", "connected", "closed", "connecting", "connected"]


def test_link_number_that_is_taken_is_refused() -> None:
    world = World()
    world.run(Connect(D1, 1))
    assert world.run(Connect(D1, 1)) == Unreachable(reason="no_such_link_to_make")


def test_worker_that_leaves_takes_its_links_and_no_others() -> None:
    world = World()
    other = world.another_worker()
    world.run(Connect(D1, 1))
    world.run(Connect("d-00002", 1), other)
    world.simulation.leave(world.session, "abandoned", world.now)
    assert world.happened()[4:] == ["abandoned"]
    assert isinstance(world.run(send(device_id="d-00002"), other), Accepted)


def test_worker_that_leaves_is_told_what_it_still_waited_for() -> None:
    world = World()
    world.run(Connect(D1, 1))
    running = send()
    world.start(running)
    [(_, effect)] = world.simulation.leave(world.session, "abandoned", world.now)
    assert effect is running


def test_all_devices_of_a_prefix_drop_at_once() -> None:
    world = World(connect_steps=())
    for device_id in device_ids(30):
        world.run(Connect(device_id, 1))
    assert world.tell("drop", "d-0000") == 9
    world.wait(1)
    assert world.reports == [Dropped(reason="connection_lost")] * 9
