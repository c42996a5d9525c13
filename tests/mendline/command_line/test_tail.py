"""Following what happens, on a real Kafka."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import orjson
import pytest

from mendline.command_line.wanted import Wanted
from projections.timeline_line import TimelineLine
from schemas.topics import Topics
from tests.mendline.command_line.conftest import Run
from tests.projections.events import REGISTERED, accepted, attempted, queued
from tests.projections.publishing import publish
from tests.projections.written_log import START, WrittenPartition, at, claimed

BEGIN = START.isoformat()
FOLLOWING = "from here on it follows"


@pytest.fixture
async def log(kafka: str, kafka_topics: Topics) -> WrittenPartition:
    """Two partitions whose events happened in turn."""
    for number, device in ((0, "d-1"), (1, "e-1")):
        log = claimed(number)
        log.add(device, REGISTERED)
        log.add(device, queued(5))
        log.raw(log.records[-1].value, device)  # void: it lies elsewhere than its writer expected
        log.add(device, attempted(5))
        log.add(device, accepted(5))
        await publish(kafka, kafka_topics.events(), log)
    return log


@contextmanager
def _tailing(kafka: str, topics: Topics, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that follows, once it does."""
    environment = os.environ | {"MENDLINE_KAFKA": kafka, "MENDLINE_TOPIC_PREFIX": topics.prefix}
    command = [sys.executable, "-m", "mendline", "tail", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stderr is not None
            assert FOLLOWING in process.stderr.readline()
            yield process
        finally:
            process.kill()


@pytest.mark.usefixtures("log")
async def test_the_past_is_told_in_the_order_of_its_times(asking: Run) -> None:
    result = await asyncio.to_thread(asking, "tail", "--from", BEGIN, "--until", "now", "-o", "jsonl")
    lines = [orjson.loads(line) for line in result.stdout.splitlines()]
    assert [line["time"] for line in lines] == [at(n).isoformat() for n in (0, 0, 1, 1, 2, 2, 4, 4, 5, 5)]


@pytest.mark.usefixtures("log")
async def test_a_stretch_of_the_past_is_told(asking: Run) -> None:
    result = await asyncio.to_thread(asking, "tail", "--during", f"{at(4).isoformat()}..now", "-o", "csv")
    assert [line.split(",")[6] for line in result.stdout.splitlines()] == [
        "type",
        *["send_attempted"] * 2,
        *["send_accepted"] * 2,
    ]


@pytest.mark.usefixtures("log")
async def test_only_what_is_wanted_is_told(asking: Run) -> None:
    result = await asyncio.to_thread(asking, "tail", "e-*", "--type", "send_*ed", "--until", "now", "--limit", "2")
    assert [line.split("  ")[2:4] for line in result.stdout.splitlines()] == [
        ["e-1", "send queued"],
        ["e-1", "send attempted"],
    ]


@pytest.mark.usefixtures("log")
async def test_ids_are_those_that_other_commands_take(asking: Run) -> None:
    result = await asyncio.to_thread(asking, "tail", "--until", "now", "--limit", "4", "-o", "ids")
    assert set(result.stdout.split()) == {"d-1", "e-1"}


WRITTEN_S = 1.0
"""Until what was begun is written: Ctrl-C in the middle of a write leaves an array open (docs/known-limits.md)."""


async def test_what_happens_is_told_as_it_happens_until_ctrl_c(kafka: str, kafka_topics: Topics) -> None:
    log = claimed(0)
    with _tailing(kafka, kafka_topics, "-o", "json") as process:
        await publish(kafka, kafka_topics.events(), log)
        assert process.stdout is not None
        begun = "".join([await asyncio.to_thread(process.stdout.readline) for _ in range(2)])
        rest = process.stdout
        await asyncio.sleep(WRITTEN_S)
        process.send_signal(signal.SIGINT)
        told = orjson.loads(begun + await asyncio.to_thread(rest.read))
        assert [line["type"] for line in told] == ["partition_claimed"]
        assert await asyncio.to_thread(process.wait) == 130


def test_it_ends_when_nobody_reads_it_any_more(kafka: str, kafka_topics: Topics) -> None:
    with _tailing(kafka, kafka_topics) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.wait(), process.stderr.read()) == (141, "")


def _line(request: int, **data: object) -> TimelineLine:
    return TimelineLine(
        at=START,
        topic="t",
        partition=0,
        offset=0,
        stream_id="d-1",
        kind="event",
        type="x",
        counts=True,
        cause=None,
        actor=None,
        reason=None,
        decides=None,
        data={"request": request, **data},
    )


def test_a_campaigns_sends_are_known_from_their_fates_on() -> None:
    lines = [_line(1), _line(1, send={"campaign": "spring"}), _line(2, send={"campaign": "fall"}), _line(1), _line(2)]
    wanted = Wanted(campaign="spring")
    assert [wanted.takes(line) for line in lines] == [False, True, False, True, False]


def test_what_a_campaigns_file_asked_for_and_was_refused_is_the_campaigns() -> None:
    refused = replace(_line(0), type="request_refused", data={"request_id": "spring:0f", "reason": "unknown_device"})
    assert [Wanted(campaign=name).takes(refused) for name in ("spring", "fall")] == [True, False]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [(Wanted(), False), (Wanted(types=["node_*"]), True), (Wanted(devices=["node:*"]), True)],
)
def test_that_a_node_is_at_work_is_told_only_where_it_is_asked_for(wanted: Wanted, told: bool) -> None:
    line = TimelineLine(
        at=START,
        topic="connection-events",
        partition=0,
        offset=1,
        stream_id="node:n1",
        kind="event",
        type="node_recorded",
        counts=True,
    )
    assert wanted.takes(line) is told
