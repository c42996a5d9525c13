"""A client that was written from docs/hub.md alone, in another language and without our module."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from mendline.client import AsyncMendline
from tests.clients.conftest import MISSING
from tests.end_to_end.live.conftest import LiveInstallation

PROGRAM = Path(__file__).parents[2] / "clients" / "foreign" / "client.mjs"
PATIENCE_S = 20


class Foreign:
    """A running client, and the lines that it prints."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def until(self, beginning: str) -> list[str]:
        """What it prints up to the first line that begins so."""
        assert self._process.stdout is not None
        lines: list[str] = []
        async with asyncio.timeout(PATIENCE_S):
            while not lines or not lines[-1].startswith(beginning):
                line = (await self._process.stdout.readline()).decode().strip()
                assert line, lines
                lines.append(line)
        return lines

    def told(self, word: str) -> None:
        """Have it do something."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n".encode())

    async def ends(self) -> int:
        """Its exit status, once it has ended by itself."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._process.wait()


@asynccontextmanager
async def _following(installation: LiveInstallation, key: str, user: str, group: str) -> AsyncIterator[Foreign]:
    node = shutil.which("node") or pytest.fail(MISSING)
    process = await asyncio.create_subprocess_exec(
        *(node, str(PROGRAM), installation.address(), key, user, group),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Foreign(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
def user() -> str:
    """A user of this test alone."""
    return f"eka-{uuid4().hex[:8]}"


@pytest.fixture
async def mendline(installation: LiveInstallation, admin_key: str) -> AsyncIterator[AsyncMendline]:
    """Our own client, at the other node."""
    async with AsyncMendline(installation.address(1), admin_key) as mendline:
        yield mendline


@pytest.fixture
async def device(mendline: AsyncMendline) -> str:
    """A device of this test alone."""
    name = f"phone-{uuid4().hex[:10]}"
    await mendline.devices.add(name, "simulated-repeatable")
    return name


async def test_it_hears_a_refresh_step_by_step(
    installation: LiveInstallation, admin_key: str, user: str, device: str, mendline: AsyncMendline
) -> None:
    async with _following(installation, admin_key, user, f"device:{device}") as client:
        await client.until("joined")
        await mendline.devices.refresh(device)
        lines = await client.until("event device_connected")
    kinds = [line.split()[1] for line in lines if line.startswith("event")]
    assert [kinds[0], *kinds[-2:]] == ["refresh_started", "refresh_succeeded", "device_connected"]
    assert kinds.count("refresh_advanced") >= 2


async def test_it_misses_nothing_while_it_is_away_and_hears_nothing_twice(
    installation: LiveInstallation, admin_key: str, user: str, device: str, mendline: AsyncMendline
) -> None:
    async with _following(installation, admin_key, user, f"device:{device}") as client:
        await client.until("joined")
        await mendline.devices.park(device)
        before = await client.until("event device_parked")
        client.told("cut")
        await client.until("closed 1006")
        await mendline.devices.resume(device)
        client.told("back")
        await client.until(f"joined device:{device} true")
        await mendline.devices.park(device)
        after = await client.until("event device_parked")
    events = [line for line in before + after if line.startswith("event")]
    assert [line.split()[1] for line in events] == ["device_parked", "device_resumed", "device_parked"]


async def test_it_stays_away_once_it_was_replaced(
    installation: LiveInstallation, admin_key: str, user: str, device: str, mendline: AsyncMendline
) -> None:
    async with _following(installation, admin_key, user, f"device:{device}") as client:
        await client.until("pong")
        async with mendline.live(f"device:{device}", user=user) as live:
            await anext(live)
            lines = await client.until("closed")
        assert (lines[-2], lines[-1]) == ("bye 4201 replaced", "closed 4201")
        assert await client.ends() == 0
