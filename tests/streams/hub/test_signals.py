"""What a phone is to be shown: told to those who may pair, the newest to those who come later, and never kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.device.pairing import DeviceSignal
from tests.streams.hub.made_up_hub import MadeUpHub, Wire, say

MINE = "device:d-1"


@pytest.fixture
async def made() -> MadeUpHub:
    return MadeUpHub()


def shown(made: MadeUpHub, text: str, for_s: float = 20, device: str = "d-1") -> None:
    """A device shows a QR code for so long."""
    until = datetime.fromtimestamp(made.clock() + for_s, UTC)
    made.hub.signals.take(DeviceSignal(device_id=device, pairing=7, kind="qr", text=text, until=until))
    made.fan_out.flush()


def seen(wire: Wire) -> list[Any]:
    return [told["text"] for told in wire.told if told["type"] == "signal"]


async def test_who_may_pair_sees_each_code_of_the_devices_that_it_follows(made: MadeUpHub) -> None:
    _, wire = made.connected(MINE, pair=True)
    shown(made, "first")
    shown(made, "of another", device="d-2")
    shown(made, "second")
    assert seen(wire) == ["first", "second"]
    assert (wire.told[-1]["group"], wire.told[-1]["pairing"], wire.told[-1]["kind"]) == (MINE, 7, "qr")


async def test_who_may_not_pair_sees_none_even_if_it_may_audit(made: MadeUpHub) -> None:
    shown(made, "first")
    _, wire = made.connected(MINE, audit=True)
    shown(made, "second")
    assert wire.types() == ["connected", "joined"]


async def test_who_joins_later_sees_the_newest_that_still_holds(made: MadeUpHub) -> None:
    shown(made, "first")
    shown(made, "second")
    _, wire = made.connected(MINE, pair=True)
    assert wire.types() == ["connected", "joined", "signal"]
    assert seen(wire) == ["second"]


async def test_a_code_whose_time_is_over_is_shown_to_nobody(made: MadeUpHub) -> None:
    shown(made, "first")
    made.clock.at += 21
    session, wire = made.connected(MINE, pair=True)
    shown(made, "late", for_s=-1)
    say(session, type="join", groups=[{"group": MINE}])
    assert seen(wire) == []


async def test_a_device_that_the_token_gives_no_right_to_shows_nothing(made: MadeUpHub) -> None:
    session, wire = made.enter()
    say(session, type="connect", token=made.token(groups=["device:d-2"], pair=True), join=[{"group": MINE}])
    made.hub.opened("ann", session.connection)
    shown(made, "first")
    assert wire.types() == ["connected", "refused"]


async def test_a_new_token_without_the_right_ends_it(made: MadeUpHub) -> None:
    session, wire = made.connected(MINE, pair=True)
    say(session, type="renew", token=made.token())
    shown(made, "first")
    assert wire.types() == ["connected", "joined", "renewed"]


async def test_what_is_over_takes_no_room(made: MadeUpHub) -> None:
    for number in range(50):
        shown(made, "code", device=f"d-{number}")
        made.clock.at += 15
    assert len(made.hub.signals._newest) == 2
