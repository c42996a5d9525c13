"""The read model of campaigns, and what is asked of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from psycopg import AsyncConnection

from projections.campaign_queries import Settled, Standing, campaigns, devices_with_open_sends, over_time, span
from schemas.device.sends import CampaignCancelled, SendCancelled, SendRejected
from schemas.envelope import Context
from tests.projections.events import accepted, attempted, of, queued, send
from tests.projections.projecting import columns, project
from tests.projections.written_log import WrittenPartition, at, claimed

SPRING = send(campaign="spring")


def _spring() -> WrittenPartition:
    """Three sends of a campaign on one device, one on another; one more of no campaign."""
    log = claimed()
    log.add("d-1", attempted(5, send=SPRING), decides=5)
    log.add("d-1", queued(6, SPRING), decides=6)
    log.add("d-2", queued(7, SPRING), decides=7)
    log.add("d-1", queued(8, send()), decides=8)
    log.add("d-1", accepted(5))
    log.add("d-1", attempted(6))
    log.add("d-1", of(6, SendRejected, attempt=1, reason="no"))
    return log


@pytest.mark.parametrize("batch", [1, 100])
async def test_sends_are_counted_once_where_they_were_asked_for(database: str, batch: int) -> None:
    await project(database, _spring(), batch=batch)
    seen = columns(database, "campaigns", "campaign", "device_id", "first_request", "first_at", "last_at", "sends")
    assert seen == [("spring", "d-1", 5, at(1), at(2), 2), ("spring", "d-2", 7, at(3), at(3), 1)]


async def test_events_that_come_again_change_nothing(database: str) -> None:
    await project(database, _spring())
    await project(database, _spring())
    assert columns(database, "campaigns", "device_id", "sends") == [("d-1", 2), ("d-2", 1)]


async def test_a_cancellation_says_when_and_by_whom(database: str) -> None:
    log = _spring()
    cancelled = CampaignCancelled(campaign="spring", up_to=9, sends=1)
    log.add("d-2", cancelled, decides=9, context=Context(actor="ann"))
    await project(database, log)
    seen = columns(database, "campaigns", "device_id", "cancelled_at", "cancelled_by", "cancelled_sends")
    assert seen == [("d-1", None, None, 0), ("d-2", at(8), "ann", 1)]


async def test_a_campaign_stands_as_its_sends_do(database: str) -> None:
    await project(database, _spring())
    async with await AsyncConnection.connect(database) as connection:
        found = await campaigns(connection)
        waits = await devices_with_open_sends(connection, "spring")
    outcomes = {"accepted": 1, "rejected": 1, "waiting": 1}
    assert found == [Standing("spring", 2, 3, at(1), at(3), None, 0, outcomes)]
    assert waits == ["d-2"]


async def test_outcomes_are_counted_over_time(database: str) -> None:
    log = _spring()
    log.add("d-2", of(7, SendCancelled, reason="asked"))
    await project(database, log)
    async with await AsyncConnection.connect(database) as connection:
        found = await over_time(connection, "spring", timedelta(days=1))
        took = await span(connection, "spring")
    assert [(each.state, each.sends) for each in found] == [("accepted", 1), ("cancelled", 1), ("rejected", 1)]
    assert {type(each) for each in found} == {Settled}
    assert took == at(8) - at(5)


async def test_an_unknown_campaign_is_none(database: str) -> None:
    async with await AsyncConnection.connect(database) as connection:
        assert await campaigns(connection, "autumn") == []
        assert await span(connection, "autumn") == timedelta(0)
