"""What people write, and how far messages got, is recorded before WhatsApp hears that it arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from schemas.device.body import Body
from schemas.device.outcomes import Accepted, Dropped, Uncertain
from schemas.device.requests import DeliveryReported, MessageReported
from streams.drivers.port import Send, Told
from streams.worker.recording import request_id_of
from tests.streams.drivers.whatsapp.conftest import DEVICE, PairedStage, Recorder
from tests.streams.drivers.whatsapp.stand_in import StandIn

ANA = "15556660001"
GROUP = "120363000000000001"
PATIENCE_S = 10

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


async def acknowledged(stand_in: StandIn, left: int = 0) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await stand_in.untold() != left:  # noqa: ASYNC110  # another process, which can only be asked
            await asyncio.sleep(0.05)


def written(told: Told) -> MessageReported:
    assert isinstance(told, MessageReported)
    return told


async def again(stage: PairedStage) -> None:
    await stage.said(Dropped)
    await asyncio.wait_for(stage.whatsapp.host.there.wait(), PATIENCE_S)
    await stage.up()


async def test_a_reply_is_recorded_with_what_it_answers(
    playing_stage: Callable[[str], PairedStage], recorder: Recorder
) -> None:
    stage = playing_stage("device * message 1: reply text=STOP after=200")
    await stage.driver.open()
    outcome = await stage.run(stage.send(await stage.up()))
    (told,) = await recorder.has(1)

    assert isinstance(outcome, Accepted)
    assert (written(told).replies_to, written(told).body) == (outcome.provider_message_id, Body(text="STOP"))


async def test_an_image_and_a_message_to_a_group_are_recorded(
    stage: PairedStage, link: int, recorder: Recorder
) -> None:
    await stage.stand_in.order("write", "look", number=ANA, to=stage.jid, media="image")
    await stage.stand_in.order("write", "hello all", number=ANA, to=stage.jid, group=GROUP)
    image, to_all = map(written, await recorder.has(2))

    assert (image.sender, image.attached, image.body.text, image.chat) == (ANA, "image", "look", None)
    assert (to_all.sender, to_all.attached, to_all.body.text, to_all.chat) == (ANA, None, "hello all", f"{GROUP}@g.us")
    await acknowledged(stage.stand_in)


async def test_receipts_are_recorded_with_the_send_that_they_are_of(
    playing_stage: Callable[[str], PairedStage], recorder: Recorder
) -> None:
    stage = playing_stage("device * message 1: receipts after=50")
    await stage.driver.open()
    send = stage.send(await stage.up())
    outcome = await stage.run(send)
    told = await recorder.has(2)

    assert isinstance(outcome, Accepted)
    assert [each.status for each in told if isinstance(each, DeliveryReported)] == ["delivered", "read"]
    names = {(each.message_id, each.provider_message_id) for each in told if isinstance(each, DeliveryReported)}
    assert names == {(send.message_id, outcome.provider_message_id)}
    await acknowledged(stage.stand_in)


async def test_a_message_is_not_acknowledged_before_it_is_recorded(
    stage: PairedStage, link: int, recorder: Recorder
) -> None:
    recorder.slow = True
    await stage.stand_in.order("write", "STOP", number=ANA, to=stage.jid)
    await recorder.has(1)
    await asyncio.sleep(0.3)

    assert await stage.stand_in.untold() == 1
    assert isinstance(await stage.run(stage.send(link)), Accepted)


async def test_what_a_killed_host_had_not_recorded_is_told_again_under_the_same_id(
    stage: PairedStage, link: int, recorder: Recorder
) -> None:
    recorder.slow = True
    await stage.stand_in.order("write", "STOP", number=ANA, to=stage.jid)
    await recorder.has(1)
    await stage.kill_host()
    recorder.slow = False
    await again(stage)
    first, second = await recorder.has(2)

    assert request_id_of(DEVICE, first) == request_id_of(DEVICE, second)
    await acknowledged(stage.stand_in)


async def test_what_was_recorded_before_a_host_was_killed_is_not_told_again(
    stage: PairedStage, link: int, recorder: Recorder
) -> None:
    await stage.stand_in.order("write", "STOP", number=ANA, to=stage.jid)
    await recorder.has(1)
    await acknowledged(stage.stand_in)
    await stage.kill_host()
    await again(stage)
    await asyncio.sleep(0.3)

    assert len(recorder.told) == 1


async def test_a_receipt_names_a_send_whose_answer_was_lost(
    playing_stage: Callable[[str], PairedStage], recorder: Recorder
) -> None:
    stage = playing_stage("device * message 1: no-ack + receipts after=50")
    await stage.driver.open()
    send = stage.send(await stage.up())
    outcome = await stage.run(send)
    told = await recorder.has(1)

    assert isinstance(outcome, Uncertain)
    assert isinstance(send, Send)
    assert [each.message_id for each in told if isinstance(each, DeliveryReported)][:1] == [send.message_id]
