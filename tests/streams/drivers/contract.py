"""The contract of the driver port. A driver's tests inherit the classes that fit its traits and give a `stage`."""

from __future__ import annotations

import asyncio
import time

from schemas.device.outcomes import (
    Accepted,
    Advanced,
    Connected,
    Dropped,
    NeedsPairing,
    NotConnected,
    NotFound,
    Uncertain,
    Unreachable,
)
from schemas.device.pairing import Paired, PairingFailed, QrShown
from streams.drivers.port import Pair, Unpair
from tests.streams.drivers.stage import TO, Stage

CLOSE_S = 2


class EveryDriver:
    """What any driver must keep."""

    async def test_send_is_accepted_and_leaves_once(self, stage: Stage, link: int | None) -> None:
        send = stage.send(link)
        assert isinstance(await stage.run(send), Accepted)
        assert await stage.other_end.left(send.message_id) == 1

    async def test_outcome_never_comes_before_start_has_returned(self, stage: Stage, link: int | None) -> None:
        answered = stage.begin(stage.send(link))
        assert not answered.done()
        await answered

    async def test_every_effect_is_answered_once(self, stage: Stage, link: int | None) -> None:
        before = stage.answers
        await asyncio.gather(*(stage.begin(stage.send(link)) for _ in range(50)))
        await stage.driver.close()
        assert stage.answers == before + 50

    async def test_chat_is_known_from_the_first_message_on(self, stage: Stage, link: int | None) -> None:
        knew = stage.driver.knows_chat(stage.device_id, TO)
        await stage.run(stage.send(link, to=TO))
        assert (knew, stage.driver.knows_chat(stage.device_id, TO)) == (False, True)

    async def test_closing_the_driver_answers_what_runs(self, stage: Stage, link: int | None) -> None:
        running = [stage.begin(stage.send(link)) for _ in range(20)]
        await stage.driver.close()
        await asyncio.sleep(0)
        assert {type(answered.result()) for answered in running} <= {Accepted, Uncertain}

    async def test_driver_closes_in_time(self, stage: Stage, link: int | None) -> None:
        stage.begin(stage.send(link))
        began = time.monotonic()
        await stage.driver.close()
        assert time.monotonic() - began < CLOSE_S


class LinkedDriver(EveryDriver):
    """What a driver with links must keep beside."""

    async def test_connected_link_is_healthy(self, stage: Stage) -> None:
        connect = stage.connect()
        assert isinstance(await stage.run(connect), Connected)
        assert stage.driver.healthy(stage.device_id, connect.link)

    async def test_steps_of_a_connect_are_told_on_the_way(self, stage: Stage) -> None:
        await stage.up()
        assert {type(said) for _, _, said in stage.reports} == {Advanced}

    async def test_closed_link_is_healthy_no_more(self, stage: Stage, link: int) -> None:
        assert await stage.run(stage.close(link)) is None
        assert not stage.driver.healthy(stage.device_id, link)

    async def test_closing_a_link_that_is_not_there_is_answered(self, stage: Stage) -> None:
        assert await stage.run(stage.close(99)) is None

    async def test_closed_connect_is_answered(self, stage: Stage) -> None:
        connect = stage.connect()
        answered = stage.begin(connect)
        await stage.run(stage.close(connect.link))
        assert await answered == Unreachable(reason="closed")

    async def test_send_on_no_link_does_not_leave(self, stage: Stage) -> None:
        send = stage.send(7)
        assert await stage.run(send) == NotConnected()
        assert await stage.other_end.left(send.message_id) == 0

    async def test_send_on_a_closed_link_does_not_leave(self, stage: Stage, link: int) -> None:
        await stage.run(stage.close(link))
        send = stage.send(link)
        assert await stage.run(send) == NotConnected()
        assert await stage.other_end.left(send.message_id) == 0

    async def test_dropped_link_is_reported_and_healthy_no_more(self, stage: Stage, link: int) -> None:
        await stage.other_end.drop(stage.device_id)
        await stage.said(Dropped)
        assert not stage.driver.healthy(stage.device_id, link)

    async def test_dropped_device_connects_again(self, stage: Stage, link: int) -> None:
        await stage.other_end.drop(stage.device_id)
        await stage.said(Dropped)
        again = stage.connect()
        assert isinstance(await stage.run(again), Connected)
        assert stage.driver.healthy(stage.device_id, again.link)

    async def test_closing_the_driver_takes_its_links_down(self, stage: Stage, link: int) -> None:
        await stage.driver.close()
        assert not stage.driver.healthy(stage.device_id, link)


class RepeatDroppingDriver:
    """What a driver must keep that says `drops_repeats`."""

    async def test_repeat_leaves_once(self, stage: Stage, link: int) -> None:
        await stage.run(stage.send(link, message_id="again"))
        assert isinstance(await stage.run(stage.send(link, message_id="again", attempt=2)), Accepted)
        assert await stage.other_end.left(stage.own("again")) == 1

    async def test_repeat_over_the_next_link_leaves_once(self, stage: Stage, link: int) -> None:
        await stage.run(stage.send(link, message_id="again"))
        await stage.run(stage.close(link))
        await stage.run(stage.send(await stage.up(), message_id="again", attempt=2))
        assert await stage.other_end.left(stage.own("again")) == 1


class ForgetfulDriver:
    """What a driver shows that does not drop repeats: why the decider must not repeat a send over it."""

    async def test_repeat_leaves_twice(self, stage: Stage, link: int | None) -> None:
        await stage.run(stage.send(link, message_id="again"))
        await stage.run(stage.send(link, message_id="again", attempt=2))
        assert await stage.other_end.left(stage.own("again")) == 2


class AnsweringDriver:
    """What a driver must keep that says `answers_asks`."""

    async def test_ask_finds_what_was_accepted_under_the_same_id(self, stage: Stage, link: int | None) -> None:
        accepted = await stage.run(stage.send(link, message_id="known"))
        assert await stage.run(stage.ask("known")) == accepted

    async def test_ask_for_an_unknown_message_finds_nothing(self, stage: Stage) -> None:
        assert await stage.run(stage.ask("unknown")) == NotFound()


class PairingDriver:
    """What a driver must keep whose devices are paired by a person; its other end scans whatever is shown."""

    async def test_a_pairing_shows_a_code_and_makes_a_session(self, stage: Stage) -> None:
        outcome = await stage.run(Pair(stage.device_id, 7, "qr"))
        assert isinstance(outcome, Paired)
        assert [(device_id, number) for device_id, number, said in stage.reports if isinstance(said, QrShown)] == [
            (stage.device_id, 7)
        ]

    async def test_a_pairing_that_is_ended_is_answered(self, stage: Stage) -> None:
        pairing = stage.begin(Pair(stage.device_id, 7, "qr"))
        assert await stage.run(Unpair(stage.device_id, 7)) is None
        assert await pairing == PairingFailed(why="closed")

    async def test_a_session_ends_by_the_number_of_its_pairing_only(self, stage: Stage) -> None:
        await stage.run(Pair(stage.device_id, 7, "qr"))
        await stage.run(Unpair(stage.device_id, 6))
        kept = await stage.run(stage.connect())
        await stage.run(stage.close(1))
        await stage.run(Unpair(stage.device_id, 7))
        assert isinstance(kept, Connected)
        assert isinstance(await stage.run(stage.connect()), NeedsPairing)


class ImportingDriver:
    """What a driver must keep that can use a session which is there already; the stage's device has one."""

    async def test_a_session_that_is_there_is_imported_without_a_sign(self, stage: Stage) -> None:
        outcome = await stage.run(Pair(stage.device_id, 7, "import", jid=stage.jid))
        assert isinstance(outcome, Paired)
        assert (outcome.jid, stage.reports) == (stage.jid, [])


class PairlessDriver:
    """What a driver must keep whose devices are not paired."""

    async def test_it_knows_no_pairing(self, stage: Stage) -> None:
        assert await stage.run(Pair(stage.device_id, 7, "qr")) == PairingFailed(why="not_supported")
        assert await stage.run(Unpair(stage.device_id, 7)) is None
