"""A host that does not answer any more is ended, and one of another version is not kept."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from mendline.whatsapp.build import Programs
from streams.drivers.whatsapp.host_process import HostProcess, Program
from streams.drivers.whatsapp.protocol import VERSION, AskFigures, Figures, Hello, ToWorker
from streams.drivers.whatsapp.watching import MISSED, NUMBER, Watch

PATIENCE_S = 20
WATCH_S = 1.0
OTHER = """#!/bin/sh
echo started >> "$0.log"
exec python3 -c '
import socket
line = socket.socket(fileno=0)
line.recv(9999)
line.send(b"{\\"type\\":\\"welcome\\",\\"version\\":99,\\"whatsmeow\\":\\"\\",\\"client_version\\":\\"\\",\\"stand_in\\":false}\\n")
line.recv(9999)
'
"""
FIGURES = Figures(id=NUMBER, links=0, goroutines=0, heap_mb=0, rss_mb=0, database_connections=0)


class Owner:
    """Who is told of a host."""

    def __init__(self) -> None:
        self.heard: list[ToWorker] = []
        self.lost = asyncio.Event()


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
async def host(programs: Programs, postgres: str, owner: Owner) -> AsyncIterator[HostProcess]:
    """A host that is there."""
    hello = Hello(version=VERSION, worker="w1", database=postgres)
    process = HostProcess(Program(programs.host, hello), owner.heard.append, owner.lost.set, watch_s=WATCH_S)
    await process.open()
    yield process
    await process.close()


def pid_of(host: HostProcess) -> int:
    assert host.process is not None
    return host.process.pid


@pytest.mark.slow
async def test_a_host_that_answers_no_more_is_killed_and_another_comes(host: HostProcess, owner: Owner) -> None:
    stopped = pid_of(host)
    os.kill(stopped, signal.SIGSTOP)
    await asyncio.wait_for(owner.lost.wait(), PATIENCE_S)
    await asyncio.wait_for(host.there.wait(), PATIENCE_S)

    assert pid_of(host) != stopped


@pytest.mark.slow
async def test_a_host_that_answers_is_left_alone_and_its_answers_are_told_nobody(
    host: HostProcess, owner: Owner
) -> None:
    before = pid_of(host)
    await asyncio.sleep((MISSED + 1) * WATCH_S)

    assert (pid_of(host), owner.heard, owner.lost.is_set()) == (before, [], False)


@pytest.mark.slow
async def test_figures_that_others_ask_for_are_told_them(host: HostProcess, owner: Owner) -> None:
    host.say(AskFigures(id=7))
    await until(lambda: bool(owner.heard))

    assert [each.id for each in owner.heard if isinstance(each, Figures)] == [7]


async def test_asks_are_counted_anew_after_an_answer() -> None:
    asked: list[AskFigures] = []

    def say(ask: AskFigures) -> None:
        asked.append(ask)
        assert len(asked) != MISSED or watch.hear(FIGURES)

    watch = Watch(say, 0)
    await watch.mute()

    assert len(asked) == 2 * MISSED


async def test_a_host_of_another_version_is_ended_and_tried_again(tmp_path: Path) -> None:
    program = tmp_path / "host"
    program.write_text(OTHER)
    program.chmod(0o700)
    process = HostProcess(Program(program, Hello(version=VERSION, worker="w1", database="")), print, lambda: None)
    process.begin()
    await until(lambda: (tmp_path / "host.log").exists() and (tmp_path / "host.log").read_text().count("started") > 1)
    await process.close()

    assert not process.up


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110  # other processes, which can only be looked at
            await asyncio.sleep(0.005)
