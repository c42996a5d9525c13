"""Following the hub from Python: what is told, how it comes back, and when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from mendline.client import AsyncMendline, Live, LiveEndedError, MendlineError, NotAllowedError, Terms
from mendline.client.live import News
from schemas.api.hub import HubTokenDocument
from schemas.hub.frames import EventFrame, Joined, Signal
from tests.mendline.client.made_up_hub import Guest, MadeUpHub, hub_of
from tests.mendline.client.node import MadeUpNode, patience, told

D1 = "device:D1"
SOON = Terms(delay_s=0.05, open_s=0.5, pong_s=0.3)


async def _heard(hub: MadeUpHub, count: int, groups: Sequence[str] = (D1,), terms: Terms = SOON) -> list[News]:
    """The first so many news."""
    news: list[News] = []
    async with asyncio.timeout(10), Live(hub.token, groups, terms) as live:
        async for each in live:
            news.append(each)
            if len(news) == count:
                break
    return news


def _places(news: Sequence[News]) -> list[str]:
    return [each.at for each in news if isinstance(each, EventFrame)]


async def _nothing(guest: Guest) -> None:
    await guest.takes()
    await guest.stays()


async def _one_event(guest: Guest) -> None:
    await guest.takes()
    await guest.joined(D1, {"device-events/3": 10})
    await guest.event(D1, "device-events/3/11")
    await guest.stays()


async def _cut_after_one_event(guest: Guest) -> None:
    await guest.takes()
    await guest.joined(D1, {"device-events/3": 10})
    await guest.event(D1, "device-events/3/11")


async def _replaced(guest: Guest) -> None:
    await guest.takes()
    await guest.bye(4201, "replaced")


async def _closed_at_once(guest: Guest) -> None:
    await guest.takes()


async def test_what_happens_is_told() -> None:
    async with hub_of(_one_event) as hub:
        joined, event = await _heard(hub, 2)
    assert isinstance(joined, Joined)
    assert isinstance(event, EventFrame)
    assert (joined.after, event.event.type) == ({"device-events/3": 10}, "device_connected")


async def test_whoever_comes_back_names_what_was_heard_and_who_it_was() -> None:
    async with hub_of(_cut_after_one_event, _one_event) as hub:
        await _heard(hub, 3)
    connect = hub.guests[1].heard[0]
    assert connect["join"] == [{"group": D1, "epoch": "e1", "after": {"device-events/3": 11}}]
    assert connect["returns"] == "c1"


async def test_a_partition_that_was_empty_is_named_too() -> None:
    async def cut(guest: Guest) -> None:
        await guest.takes()
        await guest.joined(D1, {"device-events/3": -1})

    async with hub_of(cut, _one_event) as hub:
        await _heard(hub, 2)
    assert hub.guests[1].heard[0]["join"][0]["after"] == {"device-events/3": -1}


async def test_what_was_missed_is_told_and_nothing_twice() -> None:
    async def recovered(guest: Guest) -> None:
        await guest.takes()
        await guest.joined(D1, {"device-events/3": 11}, recovered=True)
        for offset in (11, 12, 12, 13):
            await guest.event(D1, f"device-events/3/{offset}")
        await guest.stays()

    async with hub_of(_cut_after_one_event, recovered) as hub:
        news = await _heard(hub, 5)
    assert _places(news) == ["device-events/3/11", "device-events/3/12", "device-events/3/13"]


async def test_whoever_missed_too_much_begins_at_what_is_there() -> None:
    async def another_log(guest: Guest) -> None:
        await guest.takes()
        await guest.joined(D1, {"device-events/3": 2}, recovered=False)
        await guest.event(D1, "device-events/3/3")
        await guest.stays()

    async with hub_of(_cut_after_one_event, another_log) as hub:
        news = await _heard(hub, 4)
    assert isinstance(news[2], Joined)
    assert (news[2].recovered, _places(news)[-1]) == (False, "device-events/3/3")


async def test_many_groups_are_joined_by_several_frames() -> None:
    async def counting(guest: Guest) -> None:
        frame = await guest.takes()
        more = [await guest.hears("join"), await guest.hears("join")]
        sizes = [len(frame["join"]), *(len(each["groups"]) for each in more)]
        await guest.joined("device:0", {"device-events/0": sum(sizes)})
        await guest.stays()

    async with hub_of(counting) as hub:
        (joined,) = await _heard(hub, 1, [f"device:{number}" for number in range(50)])
    assert isinstance(joined, Joined)
    assert joined.after == {"device-events/0": 50}


async def test_one_that_was_replaced_does_not_come_back() -> None:
    async with hub_of(_replaced) as hub:
        with pytest.raises(LiveEndedError) as ended:
            await _heard(hub, 1)
    assert (ended.value.code, ended.value.reason, len(hub.guests)) == (4201, "replaced", 1)


async def test_iterating_again_tries_anew_and_stands_in_for_nobody() -> None:
    async with hub_of(_replaced, _one_event) as hub, asyncio.timeout(10), Live(hub.token, [D1], SOON) as live:
        with pytest.raises(LiveEndedError):
            await anext(live)
        await anext(live)
    assert "returns" not in hub.guests[1].heard[0]


async def test_five_reconnects_follow_and_then_none() -> None:
    async with hub_of(_closed_at_once) as hub:
        with pytest.raises(LiveEndedError, match="iterate again"):
            await _heard(hub, 1, terms=Terms(delay_s=0.2))
    assert len(hub.guests) == 6


async def test_a_hub_that_cannot_be_reached_is_said_to_be_so() -> None:
    hub = MadeUpHub()
    hub.url = "ws://127.0.0.1:1/ws"
    with pytest.raises(LiveEndedError, match=r"127\.0\.0\.1:1/ws cannot be reached"):
        await _heard(hub, 1, terms=Terms(attempts=1, delay_s=0.01))


async def test_a_hub_that_does_not_answer_is_left() -> None:
    async with hub_of(Guest.stays, _one_event) as hub:
        assert len(await _heard(hub, 1)) == 1


async def test_a_hub_that_answers_no_ping_is_left() -> None:
    async def deaf(guest: Guest) -> None:
        await guest.takes(ping_every_s=1)
        await guest.stays()

    async with hub_of(deaf, _one_event) as hub:
        await _heard(hub, 1)
    assert {"type": "ping"} in hub.guests[0].heard


async def test_a_token_is_renewed_on_the_same_connection() -> None:
    async def renewing(guest: Guest) -> None:
        await guest.takes()
        assert (await guest.hears("renew"))["token"] == "t2"
        await guest.joined(D1, {})
        await guest.stays()

    async with hub_of(renewing) as hub:
        hub.lifetime_s = 60
        assert len(await _heard(hub, 1, terms=Terms(renew_every_s=0.1))) == 1
    assert len(hub.guests) == 1


async def test_tokens_that_end_at_once_are_not_renewed_more_often_than_may_be() -> None:
    async with hub_of(_nothing) as hub:
        hub.lifetime_s = 0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1), Live(hub.token, [D1], Terms(renew_every_s=0.4)) as live:
                await anext(live)
    assert hub.tokens == 3


async def test_a_renewal_that_fails_is_tried_again() -> None:
    async def renewing(guest: Guest) -> None:
        await guest.takes()
        await guest.hears("renew")
        await guest.joined(D1, {})
        await guest.stays()

    async with hub_of(renewing) as hub:
        hub.lifetime_s = 60
        asked: list[int] = []

        async def token() -> HubTokenDocument:
            asked.append(1)
            if len(asked) == 2:
                raise MendlineError("away")
            return await hub.token()

        async with asyncio.timeout(10), Live(token, [D1], Terms(renew_every_s=0.1)) as live:
            await anext(live)
    assert (len(asked), len(hub.guests)) == (3, 1)


async def test_a_key_without_the_right_is_not_tried_again() -> None:
    tokens: list[int] = []

    async def refused() -> HubTokenDocument:
        tokens.append(1)
        raise NotAllowedError(403, "not_allowed", "no")

    async with Live(refused, [D1], SOON) as live:
        with pytest.raises(NotAllowedError):
            await anext(live)
    assert tokens == [1]


async def test_the_codes_of_a_pairing_are_told() -> None:
    async def shows(guest: Guest) -> None:
        await guest.takes()
        await guest.joined(D1, {})
        until = "2026-11-23T18:00:20Z"
        await guest.says("signal", group=D1, pairing=7, kind="code", text="ABCD-1234", until=until)
        await guest.stays()

    async with hub_of(shows) as hub:
        _, signal = await _heard(hub, 2)
    assert isinstance(signal, Signal)
    assert (signal.kind, signal.text) == ("code", "ABCD-1234")


async def test_a_frame_of_a_later_version_is_passed_over() -> None:
    async def newer(guest: Guest) -> None:
        await guest.takes()
        await guest.says("news_of_a_later_version", group=D1)
        await guest.joined(D1, {})
        await guest.stays()

    async with hub_of(newer) as hub:
        assert len(await _heard(hub, 1)) == 1


async def test_the_client_of_the_api_asks_for_tokens_itself() -> None:
    async with hub_of(_one_event) as hub:
        document = (await hub.token()).model_dump(mode="json")
        node = MadeUpNode(told(200, document))
        mendline = AsyncMendline("http://a", "mdl_a_b", transport=node.transport, patience=patience())
        async with asyncio.timeout(10), mendline, mendline.live(D1, user="ana") as live:
            assert isinstance(await anext(live), Joined)
    assert node.bodies == [{"user": "ana", "groups": [D1], "audit": False, "pair": False}]
