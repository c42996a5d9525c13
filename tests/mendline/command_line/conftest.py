"""What tests of commands share: a way to run one, and an owner that decides what it asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mendline.command_line.application import application
from schemas.cluster import Cluster
from schemas.message import Event
from schemas.partitioner import partition_of
from schemas.topics import Topics
from streams.log.topic_client import TopicClient
from tests.mendline.owner_by_hand import OwnerByHand

PATIENCE_S = 30
Run = Callable[..., Any]
Decide = Callable[..., "Future[None]"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command with these arguments."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments, stdin="": CliRunner().invoke(application(), arguments, input=stdin)


@pytest.fixture
def asking(run: Run, kafka: str, kafka_topics: Topics, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the test's own topics."""
    monkeypatch.setenv("MENDLINE_KAFKA", kafka)
    monkeypatch.setenv("MENDLINE_TOPIC_PREFIX", kafka_topics.prefix)
    return run


@pytest.fixture
def decide(kafka: str, kafka_topics: Topics) -> Iterator[Decide]:
    """Lets an owner decide the first request to a device by these events, the first of them its fate."""
    with ThreadPoolExecutor(1) as executor:
        yield lambda device_id, *events: executor.submit(
            asyncio.run, _decided(kafka, kafka_topics, device_id, list(events))
        )


async def _decided(kafka: str, topics: Topics, device_id: str, events: list[Event]) -> None:
    partition = partition_of(device_id.encode(), 8)
    requests = TopicClient(Cluster(kafka), topics.requests())
    async with OwnerByHand(kafka, topics, partition) as owner:
        await owner.take(1)
        async with asyncio.timeout(PATIENCE_S):
            while not (await requests.fetch(partition, 0)).batches:
                pass
        await owner.append(events[0], device_id, decides=0)
        for event in events[1:]:
            await owner.append(event, device_id)
    await requests.close()
