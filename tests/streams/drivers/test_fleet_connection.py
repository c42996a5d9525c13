"""What happens to a driver when its fleet goes away, comes back, or does not want it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import orjson
import pytest

from schemas.device.outcomes import Accepted, Connected, Deferred, Dropped, NotConnected, Uncertain, Unreachable
from streams.drivers.fleet.control import ask, saved_ledger
from streams.drivers.fleet.line import FleetRefusedError
from streams.drivers.fleet.server import SAVE_EVERY_S
from streams.drivers.simulated import SimulatedDriver
from streams.drivers.simulation.kinds import Kind
from streams.drivers.simulation.ledger import read_ledger
from tests.streams.drivers.fleet_process import FleetProcess
from tests.streams.drivers.stage import Stage

LOST = "fleet_connection_lost"
StageOf = Callable[[Kind, str], Stage]


@pytest.fixture
async def stage_of(fleet: FleetProcess) -> AsyncIterator[StageOf]:
    """Sets stages for drivers of this test's fleet; they are closed in the end."""
    async with AsyncExitStack() as ends:

        def set_stage(kind: Kind, device_id: str) -> Stage:
            driver = SimulatedDriver(kind, fleet.socket, "w1")
            ends.push_async_callback(driver.close)
            return Stage(driver, fleet, device_id)

        yield set_stage


@pytest.fixture
async def stage(stage_of: StageOf) -> Stage:
    """A linked device."""
    stage = stage_of("simulated-repeatable", "phone-00001")
    await stage.driver.open()
    return stage


@pytest.fixture
async def platform(stage_of: StageOf) -> Stage:
    """A platform device."""
    stage = stage_of("simulated-platform", "platform-00001")
    await stage.driver.open()
    return stage


async def test_killed_fleet_leaves_running_sends_uncertain(fleet: FleetProcess, stage: Stage, link: int) -> None:
    running = [stage.begin(stage.send(link)) for _ in range(100)]
    fleet.kill()
    outcomes = {type(outcome) for outcome in await asyncio.gather(*running)}
    assert outcomes <= {Uncertain, Accepted}


async def test_killed_fleet_drops_living_links(fleet: FleetProcess, stage: Stage, link: int) -> None:
    fleet.kill()
    assert await stage.said(Dropped) == Dropped(reason=LOST)
    assert not stage.driver.healthy(stage.device_id, link)


async def test_killed_fleet_makes_running_connects_unreachable(fleet: FleetProcess, stage: Stage) -> None:
    connecting = stage.begin(stage.connect())
    await asyncio.sleep(0)
    fleet.kill()
    assert await connecting == Unreachable(reason=LOST)


async def test_nothing_leaves_over_a_link_while_the_fleet_is_away(fleet: FleetProcess, stage: Stage, link: int) -> None:
    fleet.kill()
    await stage.said(Dropped)
    assert await stage.run(stage.send(link)) == NotConnected()
    assert await stage.run(stage.connect()) == Unreachable(reason="fleet_away")


async def test_platform_send_is_deferred_while_the_fleet_is_away(fleet: FleetProcess, platform: Stage) -> None:
    fleet.kill()
    await platform.run(platform.send(None))
    outcome = await platform.run(platform.send(None))
    assert isinstance(outcome, Deferred)
    assert outcome.reason == "fleet_away"


async def test_driver_comes_back_by_itself(fleet: FleetProcess, stage: Stage, link: int) -> None:
    fleet.kill()
    await stage.said(Dropped)
    fleet.start()
    outcome = await stage.run(stage.connect())
    while outcome == Unreachable(reason="fleet_away"):
        await asyncio.sleep(0.05)
        outcome = await stage.run(stage.connect())
    assert isinstance(outcome, Connected)


async def test_restarted_fleet_still_drops_repeats(fleet: FleetProcess, stage: Stage, link: int) -> None:
    send = stage.send(link, message_id="again")
    await stage.run(send)
    fleet.end()
    fleet.start()
    await stage.driver.close()
    other = SimulatedDriver("simulated-repeatable", fleet.socket, "w2")
    second = Stage(other, fleet, stage.device_id)
    await other.open()
    await second.run(second.send(await second.up(), message_id="again", attempt=2))
    await other.close()
    assert await fleet.left(send.message_id) == 1


async def test_open_waits_for_a_fleet_that_starts_later(fleet: FleetProcess) -> None:
    fleet.end()
    driver = SimulatedDriver("simulated", fleet.socket, "w1")
    opening = asyncio.create_task(driver.open())
    await asyncio.sleep(0.1)
    assert not opening.done()
    fleet.start()
    await asyncio.wait_for(opening, 5)
    await driver.close()


async def test_driver_that_is_closed_while_it_waits_for_a_fleet_leaves_nothing(tmp_path: Path) -> None:
    driver = SimulatedDriver("simulated", tmp_path / "s", "w1")
    opening = asyncio.create_task(driver.open())
    await asyncio.sleep(0.1)
    opening.cancel()
    await asyncio.wait([opening])
    assert len(asyncio.all_tasks()) == 1


async def test_closed_driver_has_closed_its_links(fleet: FleetProcess, stage: Stage, link: int) -> None:
    await stage.driver.close()
    assert [entry.what for entry in await fleet.entries()] == ["connecting", "connected", "closed"]


async def test_drivers_of_two_workers_share_the_fleet(stage_of: StageOf, fleet: FleetProcess, stage: Stage) -> None:
    await stage.up()
    second = stage_of("simulated-repeatable", "phone-00001")
    await second.driver.open()
    await second.up()
    assert "overlapped" in [entry.what for entry in await fleet.entries()]


async def test_known_chats_survive_the_worker(stage_of: StageOf, stage: Stage, link: int) -> None:
    await stage.run(stage.send(link, to="15550199"))
    await stage.driver.close()
    successor = stage_of("simulated-repeatable", "phone-00001")
    await successor.driver.open()
    await successor.up()
    assert successor.driver.knows_chat("phone-00001", "15550199")


async def test_ledger_is_saved_without_being_asked(fleet: FleetProcess, stage: Stage, link: int) -> None:
    await asyncio.sleep(10 * SAVE_EVERY_S)
    assert [entry.what for entry in read_ledger(fleet.ledger)] == ["connecting", "connected"]


async def test_politely_ended_fleet_has_saved_everything(fleet: FleetProcess, stage: Stage, link: int) -> None:
    await asyncio.gather(*(stage.begin(stage.send(link)) for _ in range(500)))
    fleet.end()
    entries = [*read_ledger(fleet.ledger)]
    assert (len([entry for entry in entries if entry.left]), entries[-1].what) == (500, "closed")


async def test_fleet_of_another_version_refuses_the_worker(
    fleet: FleetProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.drivers.simulated.VERSION", 99)
    driver = SimulatedDriver("simulated", fleet.socket, "w1")
    with pytest.raises(FleetRefusedError, match="it speaks version 2, the worker 99: start both from one Mendline"):
        await driver.open()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (("tell", 1, "explode", ""), r"\['tell', 1, 'explode', ''\] is no message of version 2"),
        (("connect", 1), "cannot understand"),
        ("nonsense", "'nonsense' is no message"),
    ],
)
async def test_message_that_is_none_is_refused(fleet: FleetProcess, question: tuple[object, ...], said: str) -> None:
    with pytest.raises(FleetRefusedError, match=said):
        await ask(fleet.socket, question)


async def test_line_that_is_no_json_is_refused(fleet: FleetProcess) -> None:
    reader, writer = await asyncio.open_unix_connection(str(fleet.socket))
    writer.write(b"GET / HTTP/1.1\n")
    [[word, why]] = orjson.loads(await reader.readline())
    writer.close()
    await writer.wait_closed()
    assert (word, why.split(":")[0]) == ("refused", "a line is not JSON")


async def test_ledger_of_an_idle_fleet_is_empty(fleet: FleetProcess) -> None:
    assert [*read_ledger(await saved_ledger(fleet.socket))] == []
