"""Refreshes and campaigns as the API reads them."""

from __future__ import annotations

from psycopg import AsyncConnection

from projections.api.campaigns import campaign, campaigns
from projections.api.pages import Document, Wanted
from projections.api.refreshes import refreshes
from tests.projections.api.asking import CURSORS, one_by_one
from tests.projections.written_log import at


async def _newest(reader: AsyncConnection, device_id: str) -> Document:
    [found] = (await refreshes(reader, device_id, Wanted(CURSORS, {})))["items"]
    return dict(found)


async def test_a_refresh_says_its_steps_and_who_joined_it(reader: AsyncConnection) -> None:
    told = await _newest(reader, "d-1")
    assert told["steps"] == [{"step": "dialing", "at": at(4)}]
    assert (told["outcome"], told["joins"], told["position"]) == ("succeeded", 2, "device-events/0/11")
    assert [(one["kind"], one["request"], one["request_id"]) for one in told["joined"]] == [
        ("send", "device-requests/0/1", "r-1"),
        ("request", "device-requests/0/3", None),
    ]


async def test_a_refresh_that_nobody_joined_says_so(reader: AsyncConnection) -> None:
    told = await _newest(reader, "d-5")
    assert (told["joins"], told["joined"], told["outcome"]) == (0, [], None)


async def test_a_devices_refreshes_are_listed_newest_first(reader: AsyncConnection) -> None:
    copied = "INSERT INTO refreshes SELECT partition, device_id, {} FROM refreshes WHERE device_id = 'd-5'"
    rest = "why, cause, actor, steps, stepped_at, queued_at, started_at, ended_at, outcome, reason, retry_at, position"
    await reader.execute(copied.format(f"2, {rest}").encode())
    assert await one_by_one(lambda c, wanted: refreshes(c, "d-5", wanted), reader, "refresh") == [2, 1]


async def test_a_campaign_says_what_was_asked_and_what_came_of_it(reader: AsyncConnection) -> None:
    assert await campaign(reader, "c") == {
        "campaign": "c",
        "devices": 2,
        "sends": 2,
        "first_at": at(7),
        "last_at": at(13),
        "cancelled_at": None,
        "cancelled_by": None,
        "cancelled_sends": 0,
        "outcomes": {"accepted": 1, "attempting": 1},
        "position": "device-events/0/13",
    }
    assert await campaign(reader, "nothing") is None


async def test_a_campaign_has_a_position_for_each_partition(reader: AsyncConnection) -> None:
    await reader.execute("UPDATE campaigns SET partition = 2 WHERE device_id = 'd-1'")
    assert (await campaign(reader, "c") or {})["position"] == "device-events/0/13,device-events/2/7"


async def test_campaigns_are_listed_by_name(reader: AsyncConnection) -> None:
    assert await one_by_one(campaigns, reader, "campaign") == ["b", "c"]
    assert await one_by_one(campaigns, reader, "outcomes") == [None, None]
