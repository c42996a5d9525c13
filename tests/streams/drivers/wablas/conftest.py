"""A fake Wablas, and the driver with an account there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streams.drivers.credentials import Credentials
from streams.drivers.exchange import Reach
from streams.drivers.wablas.driver import wablas_driver
from tests.streams.drivers.stage import Stage
from tests.streams.drivers.wablas.fake_server import SECRET, TOKEN, FakeWablas

CREDENTIAL = "shop-1"
CONNECTIONS = 5
ANSWER_S = 0.3


@pytest.fixture
async def server() -> AsyncIterator[FakeWablas]:
    async with FakeWablas() as server:
        yield server


@pytest.fixture
def file(tmp_path: Path, server: FakeWablas) -> Path:
    """The credentials file, with the account that the server knows."""
    file = tmp_path / "credentials.toml"
    file.write_text(f'[{CREDENTIAL}]\nurl = "{server.url}/"\ntoken = "{TOKEN}"\nsecret = "{SECRET}"\n')
    return file


@pytest.fixture
async def stage(server: FakeWablas, file: Path) -> AsyncIterator[Stage]:
    driver = wablas_driver(Credentials(file), Reach(connections=CONNECTIONS, answer_s=ANSWER_S))
    stage = Stage(driver, server, "wablas-1", CREDENTIAL)
    await driver.open()
    yield stage
    await driver.close()
