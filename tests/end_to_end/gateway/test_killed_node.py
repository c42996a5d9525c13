"""A node of the API is killed while a program sends: the program goes on at another one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from mendline.client import Mendline
from mendline.embedded.ports import reserve
from schemas.api.progress import SendProgress
from tests.end_to_end.gateway.installation import KEY, Installation

START_S = 60
SENDS = 300
KILLED_AFTER = 60


@contextmanager
def _node(installation: Installation, folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A node in a process of its own, and its address."""
    port = reserve()
    environment = {
        **os.environ,
        "MENDLINE_DATA": str(folder),
        "MENDLINE_KAFKA": installation.servers.kafka,
        "MENDLINE_POSTGRES": installation.servers.postgres,
        "MENDLINE_TOPIC_PREFIX": installation.servers.prefix,
        "MENDLINE_INSTALLATION_KEY": KEY.hex(),
        "MENDLINE_API_PORT": str(port.number),
    }
    address = f"http://127.0.0.1:{port.number}"
    with subprocess.Popen(
        [sys.executable, "-m", "mendline", "gateway"], env=environment, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_until_ready(address)
            yield address, process
        finally:
            process.kill()
            port.release()


def _wait_until_ready(address: str) -> None:
    give_up_at = time.monotonic() + START_S
    with httpx.Client(trust_env=False) as client:
        while not _is_ready(client, address):
            assert time.monotonic() < give_up_at
            time.sleep(0.1)


def _is_ready(client: httpx.Client, address: str) -> bool:
    try:
        return client.get(f"{address}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_sends_go_on_at_another_node_and_none_is_lost_or_leaves_twice(
    installation: Installation, admin_key: str, fresh: Callable[[str], str], tmp_path: Path
) -> None:
    phone = fresh("phone-")
    with (
        _node(installation, tmp_path) as (address, process),
        ThreadPoolExecutor(8) as pool,
        Mendline([address, installation.address()], admin_key) as mendline,
    ):
        mendline.devices.add(phone, "simulated-repeatable")
        running = [pool.submit(_settled, mendline, phone, number) for number in range(SENDS)]
        running[KILLED_AFTER].result()
        process.kill()
        states = Counter(each.result().state for each in running)
        found = Counter(each.state for each in mendline.sends.list(device_id=phone))
    left = [each.message_id for each in installation.ledger.entries() if each.left and each.device_id == phone]
    assert (states, found) == ({"accepted": SENDS}, {"accepted": SENDS})
    assert (len(left), len(set(left))) == (SENDS, SENDS)


def _settled(mendline: Mendline, phone: str, number: int) -> SendProgress:
    return mendline.sends.send(phone, f"+62{number}", "hello", wait="settled", timeout_s=60)
