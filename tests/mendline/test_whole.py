from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from mendline.data_folder import Addresses
from mendline.embedded.order import Order
from mendline.embedded.server import Server
from mendline.embedded.stack import Stack
from mendline.errors import ServerStartError
from mendline.settings import Settings
from mendline.whole import Servers, Whole, _child
from streams.worker.app import Working


class AtWork:
    """A worker that has nothing to complain of."""

    def check(self) -> None:
        """Nothing is wrong."""


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Whole]:
    """Processes that only sleep, in place of the fleet, the projector and the snapshotter."""
    fleet, projector, snapshotter = (_sleeper(tmp_path, name) for name in ("fleet", "projector", "snapshotter"))
    stack = Stack(Settings(data=tmp_path))
    yield Whole(
        Servers(stack, fleet, Addresses("", "")),
        cast("Working", AtWork()),
        {"projector": projector, "snapshotter": snapshotter},
    )
    fleet.stop()
    projector.stop()
    snapshotter.stop()


def _sleeper(folder: Path, name: str) -> Server:
    server = Server(name, Order(("/bin/sleep", "60"), str(folder / f"{name}.log"), str(folder / f"{name}.lock")))
    server.start()
    return server


def test_whole_whose_parts_run_is_well(whole: Whole) -> None:
    whole.check()


def test_fleet_that_ended_is_named_with_the_place_of_its_words(whole: Whole, tmp_path: Path) -> None:
    whole.servers.fleet.kill()

    with pytest.raises(ServerStartError, match=f"the simulated fleet ended by itself.*{tmp_path}"):
        whole.check()


def test_projector_that_ended_is_named(whole: Whole) -> None:
    whole.beside["projector"].kill()

    with pytest.raises(ServerStartError, match="the projector ended by itself"):
        whole.check()


def test_snapshotter_that_ended_is_named(whole: Whole) -> None:
    whole.beside["snapshotter"].kill()

    with pytest.raises(ServerStartError, match="the snapshotter ended by itself"):
        whole.check()


def test_children_take_nothing_from_the_users_own_file(tmp_path: Path) -> None:
    told = ("-c", "import os; print(os.environ['MENDLINE_CONFIG'])")
    child = _child(Settings(data=tmp_path), "child", told)
    child.start()
    child.wait_until(lambda: (tmp_path / "child.log").read_text() == f"{os.devnull}\n", timeout_s=20)
    child.stop()


def test_children_tell_their_metrics_at_ports_of_their_own(tmp_path: Path) -> None:
    told = ("-c", "import os; print(os.environ['MENDLINE_METRICS_PORT'])")
    child = _child(Settings(data=tmp_path, metrics_port=9100), "projector", told)
    child.start()
    child.wait_until(lambda: (tmp_path / "projector.log").read_text() == "9101\n", timeout_s=20)
    child.stop()
