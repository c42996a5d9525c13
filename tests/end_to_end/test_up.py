from __future__ import annotations

import json
import signal

import pytest

from mendline.client import AsyncMendline
from schemas.hub.frames import EventFrame
from tests.end_to_end.conftest import Up

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.timeout(300)]
ADD = ("device", "add", "phone-00001", "--driver", "simulated-repeatable")
SEND = ("send", "phone-00001", "62811", "Halo", "--wait", "-o", "json")


def test_send_mends_its_device_leaves_and_is_told_until_sigterm_ends_all(up: Up) -> None:
    running = up()
    running.ask(*ADD)

    sent = json.loads(running.ask(*SEND))
    told = running.ask("timeline", "phone-00001")
    running.wait_until_listed("phone-00001")
    status = running.end(signal.SIGTERM)

    assert sent["events"][-1]["type"] == "send_accepted"
    assert "refresh succeeded" in told
    assert "Refreshing WhatsApp device phone-00001: link 1" in running.log.read_text()
    assert (status, running.left_behind()) == (0, [])


async def test_what_happens_is_told_live_by_the_hub_beside_it(up: Up) -> None:
    running = up()
    async with (
        AsyncMendline(running.address(), running.key()) as mendline,
        mendline.live("device:phone-00001", user="ann") as live,
    ):
        await anext(live)
        running.ask(*ADD)
        told = await anext(live)
    assert isinstance(told, EventFrame)
    assert told.event.type == "device_registered"


def test_killed_up_leaves_no_process_and_the_next_goes_on_where_the_log_ends(up: Up) -> None:
    killed = up()
    killed.ask(*ADD)

    killed.end(signal.SIGKILL)
    left_behind = killed.left_behind()
    sent = json.loads(up().ask(*SEND))

    assert left_behind == []
    assert sent["events"][-1]["type"] == "send_accepted"
