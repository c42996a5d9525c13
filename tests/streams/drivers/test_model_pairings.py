"""The simulated platform pairs: codes are shown until somebody scans one, and a session is only that pairing's."""

from __future__ import annotations

from typing import Any

from schemas.device.outcomes import Connected, NeedsPairing
from schemas.device.pairing import CodeShown, Paired, PairingFailed, QrShown
from streams.drivers.port import Connect, Pair, Unpair
from tests.streams.drivers.world import D1, World

QR = Pair(D1, 7, "qr")
BY_CODE = Pair(D1, 7, "code", "+62 811")


def unpaired(**behaviour: Any) -> World:
    return World(needs_pairing_share=1, connect_ms=10, scan_ms=500, **behaviour)


def test_a_device_is_paired_once_its_code_was_shown() -> None:
    world = unpaired()
    assert world.run(QR) == Paired(jid=f"{D1}@simulated")
    assert [type(said) for said in world.reports] == [QrShown]
    assert world.run(Connect(D1, 1)) == Connected(jid=f"{D1}@simulated")


def test_the_account_is_the_phone_s_on_which_the_code_is_typed() -> None:
    world = unpaired()
    assert world.run(BY_CODE) == Paired(jid="62811@simulated")
    assert [type(said) for said in world.reports] == [CodeShown]


def test_codes_follow_one_another_until_the_pairing_is_ended() -> None:
    world = unpaired(unscanned_share=1)
    answers = world.start(QR)
    world.wait(50)
    assert (len(world.reports), len(set(world.reports)), answers) == (3, 3, [])
    world.run(Unpair(D1, 7))
    world.wait(50)
    assert (len(world.reports), answers) == (3, [PairingFailed(why="closed")])


def test_a_later_pairing_takes_the_place_of_the_one_before() -> None:
    world = unpaired()
    before = world.start(QR)
    assert world.run(Pair(D1, 9, "qr")) == Paired(jid=f"{D1}@simulated")
    assert before == [PairingFailed(why="closed")]


def test_the_end_of_a_session_ends_its_link() -> None:
    world = unpaired()
    world.run(QR)
    world.run(Connect(D1, 1))
    world.run(Unpair(D1, 7))
    world.wait(1)
    assert NeedsPairing() in world.reports
    assert world.run(Connect(D1, 2)) == NeedsPairing()


def test_a_late_end_leaves_the_session_of_a_later_pairing_alone() -> None:
    world = unpaired()
    world.run(QR)
    world.run(Pair(D1, 9, "qr"))
    world.run(Unpair(D1, 7))
    assert world.run(Connect(D1, 1)) == Connected(jid=f"{D1}@simulated")


def test_nobody_sees_the_codes_of_a_worker_that_is_gone() -> None:
    world = unpaired()
    world.start(QR)
    world.simulation.leave(world.session, "abandoned", world.now)
    world.wait(10)
    assert world.happened() == ["pairing", "pairing_ended"]


def test_another_worker_cannot_end_a_pairing_but_can_end_its_session() -> None:
    world = unpaired()
    answers, other = world.start(QR), world.another_worker()
    world.run(Unpair(D1, 7), other)
    world.wait(2)
    world.run(Unpair(D1, 7), other)
    assert (answers, world.happened()) == ([Paired(jid=f"{D1}@simulated")], ["pairing", "paired", "unpaired"])


def test_what_has_no_link_does_not_pair() -> None:
    assert World("simulated-platform").run(QR) == PairingFailed(why="not_supported")


def test_a_device_that_no_group_describes_cannot_be_paired() -> None:
    world = World()
    assert world.run(Pair("x", 1, "qr")) == PairingFailed(why="unknown_device")
    assert world.run(Unpair("x", 1)) is None
