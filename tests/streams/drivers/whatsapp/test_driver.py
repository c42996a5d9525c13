"""The driver keeps the port's contract, and says what becomes of links and sends when the host does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from mendline.whatsapp.build import Programs
from schemas.device.outcomes import (
    Accepted,
    Connected,
    Dropped,
    NeedsPairing,
    NotConnected,
    Uncertain,
)
from schemas.device.pairing import CodeShown, Paired, PairingFailed, QrShown
from streams.drivers.catalogue import WhatsAppHost
from streams.drivers.port import Connect, Outcome, Pair, Unpair
from streams.drivers.whatsapp.driver import WhatsAppDriver
from streams.drivers.whatsapp.host_process import HostMissingError, HostRefusedError, Program
from streams.drivers.whatsapp.hosted import whatsapp_driver
from streams.drivers.whatsapp.protocol import VERSION, Hello
from tests.streams.drivers.contract import ForgetfulDriver, ImportingDriver, LinkedDriver
from tests.streams.drivers.whatsapp.conftest import PairedStage, Playing
from tests.streams.drivers.whatsapp.stand_in import StandIn

PHONE = "15557654321"
PAIRING = 0
"""An offset: the first one, too."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class TestWhatsApp(LinkedDriver, ForgetfulDriver, ImportingDriver):
    """The contract."""


async def test_a_device_that_was_never_paired_needs_pairing(stage: PairedStage) -> None:
    assert await stage.run(Connect(stage.device_id, 1)) == NeedsPairing(reason="never_paired")


async def test_a_session_that_is_gone_needs_pairing(stage: PairedStage) -> None:
    outcome = await stage.run(Connect(stage.device_id, 1, "15559999999:1@s.whatsapp.net"))

    assert outcome == NeedsPairing(reason="unknown_jid")


async def test_a_session_that_a_stand_in_made_is_never_told_to_whatsapp(
    stage: PairedStage, programs: Programs, postgres: str
) -> None:
    driver = WhatsAppDriver(Program(programs.host, Hello(version=VERSION, worker="w1", database=postgres)))
    await driver.open()
    answered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    driver.start(stage.connect(), answered.set_result)
    outcome = await answered
    await driver.close()

    assert outcome == NeedsPairing(reason="unknown_jid")


async def test_links_of_a_host_that_is_killed_are_dropped(stage: PairedStage, link: int) -> None:
    await stage.kill_host()
    await stage.said(Dropped)

    assert stage.reports[-1] == (stage.device_id, link, Dropped(reason="host_crashed"))
    assert not stage.driver.healthy(stage.device_id, link)


async def test_a_host_that_is_killed_comes_again(stage: PairedStage, link: int) -> None:
    await stage.kill_host()
    await stage.said(Dropped)
    await asyncio.wait_for(stage.whatsapp.host.there.wait(), 10)

    assert isinstance(await stage.run(stage.connect()), Connected)


async def test_what_ran_when_a_host_was_killed_is_uncertain(playing_stage: Callable[[str], PairedStage]) -> None:
    stage = playing_stage("device * message 1: no-ack")
    await stage.driver.open()
    answered = stage.begin(stage.send(await stage.up()))
    await asyncio.sleep(0.3)
    await stage.kill_host()

    assert await answered == Uncertain(reason="host_crashed")


async def test_nothing_leaves_while_no_host_is_there_and_connects_wait_for_it(stage: PairedStage, link: int) -> None:
    await stage.kill_host()
    await stage.said(Dropped)

    assert await stage.run(stage.send(link)) == NotConnected()
    assert isinstance(await stage.run(stage.connect()), Connected)


async def test_the_first_connect_starts_the_host_and_waits_for_it(
    playing: Playing, programs: Programs, postgres: str
) -> None:
    stand_in = playing("")
    host = WhatsAppHost(programs.host, postgres, f"{stand_in.address}/{stand_in.root}")
    driver = whatsapp_driver(host, "w1")
    async with AsyncExitStack() as ends:
        ends.push_async_callback(driver.close)
        await driver.open()
        before, stage = driver.host.process, PairedStage(driver, stand_in, stand_in.jids[0])

        assert isinstance(await stage.run(stage.connect()), Connected)
    assert before is None


async def test_a_lost_answer_is_uncertain_and_the_message_has_left(
    playing_stage: Callable[[str], PairedStage],
) -> None:
    stage = playing_stage("device * message 1: cut")
    await stage.driver.open()
    send = stage.send(await stage.up())

    assert await stage.run(send) == Uncertain(reason="cut")
    assert await stage.other_end.left(send.message_id) == 1


async def test_an_accepted_send_says_whatsapps_id(stage: PairedStage, link: int) -> None:
    outcome = await stage.run(stage.send(link))

    assert isinstance(outcome, Accepted)
    assert outcome.provider_message_id is not None
    assert outcome.provider_message_id.startswith("3EB0")


async def shown(stage: PairedStage, kind: type[QrShown | CodeShown]) -> str:
    await stage.said(kind)
    device_id, pairing, signal = stage.reports[-1]
    assert (device_id, pairing) == (stage.device_id, PAIRING)
    assert isinstance(signal, QrShown | CodeShown)
    return signal.text


async def test_a_device_is_paired_by_qr_code_and_sends(stage: PairedStage) -> None:
    answered = stage.begin(Pair(stage.device_id, PAIRING, "qr"))
    await stage.stand_in.order("scan", await shown(stage, QrShown), number=PHONE)

    assert await answered == Paired(jid=f"{PHONE}:20@s.whatsapp.net", account=PHONE)
    stage.jid = f"{PHONE}:20@s.whatsapp.net"
    assert isinstance(await stage.run(stage.send(await stage.up())), Accepted)


async def test_a_device_is_paired_by_code(stage: PairedStage) -> None:
    answered = stage.begin(Pair(stage.device_id, PAIRING, "code", PHONE))
    await stage.stand_in.order("type", await shown(stage, CodeShown), number=PHONE)

    assert await answered == Paired(jid=f"{PHONE}:20@s.whatsapp.net", account=PHONE)


async def test_a_pairing_that_is_ended_is_answered(stage: PairedStage) -> None:
    answered = stage.begin(Pair(stage.device_id, PAIRING, "qr"))
    await shown(stage, QrShown)

    assert await stage.run(Unpair(stage.device_id, PAIRING)) is None
    assert await answered == PairingFailed(why="closed")


async def test_an_unpaired_device_needs_pairing(stage: PairedStage) -> None:
    assert await stage.run(Unpair(stage.device_id, None, stage.jid)) is None
    assert await stage.run(stage.connect()) == NeedsPairing(reason="unknown_jid")


async def test_a_session_that_whatsapp_is_not_told_of_is_left_to_its_phone(
    playing_stage: Callable[[str], PairedStage], caplog: pytest.LogCaptureFixture
) -> None:
    stage = playing_stage("device * connect: refuse http=503")
    await stage.driver.open()

    await stage.run(Unpair(stage.device_id, None, stage.jid))

    assert f"{stage.device_id} is unpaired, and WhatsApp was not told (server_error)" in caplog.text


async def test_a_host_that_was_not_built_is_said_to_be_missing(tmp_path: Path) -> None:
    driver = WhatsAppDriver(Program(tmp_path / "host", Hello(version=VERSION, worker="w1", database="")))

    with pytest.raises(HostMissingError, match="mendline whatsapp build"):
        await driver.open()


async def test_a_host_that_refuses_says_why(
    playing: Callable[[str], StandIn], opened: Callable[[StandIn], WhatsAppDriver]
) -> None:
    stand_in = playing("")
    refused = opened(StandIn("192.0.2.1:1", "00", stand_in.control, stand_in.ledger, stand_in.jids))

    with pytest.raises(HostRefusedError, match="loopback"):
        await refused.open()
