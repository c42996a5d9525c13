"""Joining a group: by right, and with what was missed."""

from __future__ import annotations

import pytest

from streams.hub.limits import Limits
from tests.streams.hub.made_up_hub import MadeUpHub, say

AFTER_0 = {"group": "device:7", "epoch": "e1", "after": {"device-events/0": 0}}


@pytest.fixture
async def made() -> MadeUpHub:
    """Three things have happened to device 7."""
    made = MadeUpHub()
    for number in range(3):
        made.past.tell(made.fan_out, "device:7", number=number)
    return made


async def test_the_first_join_begins_at_the_present_end(made: MadeUpHub) -> None:
    _, wire = made.connected("device:7")
    joined = wire.told[-1]
    assert (joined["type"], joined["after"], joined["recovered"]) == ("joined", {"device-events/0": 2}, None)


async def test_who_comes_back_gets_what_it_missed_once_and_then_what_comes(made: MadeUpHub) -> None:
    _, wire = made.connected(AFTER_0)
    made.past.tell(made.fan_out, "device:7", number=3)
    made.fan_out.flush()
    assert wire.told[1]["recovered"] is True
    assert [told["event"]["number"] for told in wire.told[2:]] == [1, 2, 3]


async def test_who_was_away_for_too_long_is_told_so(made: MadeUpHub) -> None:
    made.past.kept_from = 2
    _, wire = made.connected(AFTER_0)
    assert wire.told[-1] | {"recovered": False, "after": {"device-events/0": 2}} == wire.told[-1]


async def test_a_cursor_of_another_log_is_too_long_ago(made: MadeUpHub) -> None:
    _, wire = made.connected(AFTER_0 | {"epoch": "e0"})
    assert wire.told[-1]["recovered"] is False


async def test_a_cursor_begins_in_the_partitions_of_its_group_and_no_others(made: MadeUpHub) -> None:
    _, wire = made.connected(AFTER_0 | {"after": {"device-events/0": 0, "client-events/0": 7}})
    assert wire.told[1]["after"] == {"device-events/0": 0}


async def test_an_offset_that_no_log_reaches_is_an_error(made: MadeUpHub) -> None:
    session, wire = made.connected()
    say(session, type="join", groups=[AFTER_0 | {"after": {"device-events/0": "9" * 400}}])
    assert (wire.told[-1]["type"], wire.told[-1]["code"]) == ("error", "invalid")


async def test_a_past_too_large_to_be_told_at_once_is_too_long_ago() -> None:
    made = MadeUpHub(Limits(replay_bytes=1000))
    for _ in range(20):
        made.past.tell(made.fan_out, "device:7", text="x" * 100)
    _, wire = made.connected(AFTER_0)
    assert wire.told[-1]["recovered"] is False


async def test_a_group_without_a_right_is_refused_and_the_connection_lives_on(made: MadeUpHub) -> None:
    session, wire = made.connected("user:bob", "user:ann")
    assert [told.get("code") for told in wire.told[1:]] == ["no_right", None]
    assert session.groups == ("user:ann",)


async def test_a_group_that_there_is_not_is_refused(made: MadeUpHub) -> None:
    _, wire = made.connected("device:*")
    assert wire.told[-1]["code"] == "no_such_group"


async def test_who_joins_twice_is_told_once(made: MadeUpHub) -> None:
    session, wire = made.connected("device:7")
    say(session, type="join", groups=[{"group": "device:7"}])
    made.past.tell(made.fan_out, "device:7")
    made.fan_out.flush()
    assert wire.types() == ["connected", "joined", "joined", "event"]
    assert session.groups == ("device:7",)


async def test_who_leaves_is_told_no_more(made: MadeUpHub) -> None:
    session, wire = made.connected("device:7")
    say(session, type="leave", groups=["device:7"])
    made.past.tell(made.fan_out, "device:7")
    made.fan_out.flush()
    assert wire.types()[-1] == "left"
