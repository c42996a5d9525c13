"""`mendline connection` against a real worker and projector."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from mendline.command_line.application import application
from mendline.following import wait_for_fate
from mendline.producer import Producer
from projections.migrations import migrate
from schemas.cluster import Cluster
from schemas.connection.requests import ConnectionRequested
from schemas.topics import CONNECTION, Topics
from tests.end_to_end.test_clients import working
from tests.projections.publishing import running_projector

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
PATIENCE_S = 20.0
Run = Callable[..., Awaitable[Any]]


@pytest.fixture
async def run(
    kafka: str, kafka_topics: Topics, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Run]:
    """Runs a command beside a worker and a projector; two users are connected to a node."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MENDLINE_KAFKA", kafka)
    monkeypatch.setenv("MENDLINE_POSTGRES", postgres)
    monkeypatch.setenv("MENDLINE_TOPIC_PREFIX", kafka_topics.prefix)
    await migrate(postgres)
    async with working(kafka, kafka_topics, tmp_path), running_projector(kafka, postgres, kafka_topics):
        async with Producer(Cluster(kafka), kafka_topics) as producer:
            for user in ("ana", "budi"):
                request = ConnectionRequested(connection=f"{user}-1", node="n1", kind="websocket")
                asked = await producer.publish(user, request, stream=CONNECTION)
                await wait_for_fate(Cluster(kafka), kafka_topics, asked, PATIENCE_S)
        yield lambda *arguments: asyncio.to_thread(CliRunner().invoke, application(), ["connection", *arguments])


async def listed(run: Run, *wanted: str, until: str) -> None:
    """Return once a list of ids is like that."""
    async with asyncio.timeout(PATIENCE_S):
        while (await run("list", *wanted, "-o", "ids")).stdout != until:
            pass


async def test_a_user_is_listed_disconnected_and_shown(run: Run) -> None:
    await listed(run, "--live", "--node", "n1", until="ana\nbudi\n")
    ended = await run("disconnect", "ana", "--reason", "the phone was lost", "-o", "json")
    told = orjson.loads(ended.stdout)
    assert (ended.exit_code, told["user_id"], told["outcome"]) == (0, "ana", "connection_closed")
    await listed(run, "--ended", until="ana\n")
    shown = orjson.loads((await run("show", "ana", "-o", "json")).stdout)
    assert (shown["connection"], shown["node"], shown["why"]) == ("ana-1", "n1", "disconnected")


async def test_who_is_not_connected_is_disconnected_already(run: Run) -> None:
    again = await run("disconnect", "nobody", "ana", "-o", "jsonl")
    outcomes = [orjson.loads(line)["outcome"] for line in again.stdout.splitlines()]
    assert (again.exit_code, outcomes) == (0, ["request_already_done", "connection_closed"])


async def test_who_never_connected_is_not_found(run: Run) -> None:
    missing = await run("show", "nobody")
    assert (missing.exit_code, "nobody never connected" in missing.stderr) == (4, True)


async def test_a_dry_run_shows_what_would_be_asked_for(run: Run) -> None:
    dry = await run("disconnect", "ana", "--dry-run", "-o", "json")
    assert orjson.loads(dry.stdout) == {
        "user_id": "ana",
        "type": "connection_close_requested",
        "data": {"why": "disconnected"},
    }
