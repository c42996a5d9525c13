"""`mendline client` against a real worker and projector."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from mendline.command_line.application import application
from mendline.data_folder import Identity
from mendline.settings import load_settings
from mendline.worker import Site, open_holdings
from projections.migrations import migrate
from schemas.cluster import Cluster
from schemas.topics import Topics
from tests.projections.publishing import running_projector

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
PATIENCE_S = 20.0
Run = Callable[..., Awaitable[Any]]


@pytest.fixture
async def run(
    kafka: str, kafka_topics: Topics, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Run]:
    """Runs a command, beside a worker and a projector."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MENDLINE_KAFKA", kafka)
    monkeypatch.setenv("MENDLINE_POSTGRES", postgres)
    monkeypatch.setenv("MENDLINE_TOPIC_PREFIX", kafka_topics.prefix)
    await migrate(postgres)
    who = Identity(installation_id="t", installation_key=b"\x01" * 32, instance_id="w", folder="w")
    settings = load_settings(topic_prefix=kafka_topics.prefix, data=tmp_path)
    async with (
        open_holdings(settings, Site(Cluster(kafka), tmp_path / "unused", who), {}),
        running_projector(kafka, postgres, kafka_topics),
    ):
        yield lambda *arguments: asyncio.to_thread(CliRunner().invoke, application(), ["client", *arguments])


async def shown(run: Run, client_id: str, state: str) -> dict[str, Any]:
    """A client, once its row says so."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            result = await run("show", client_id, "-o", "json")
            if result.exit_code == 0 and (found := orjson.loads(result.stdout))["state"] == state:
                return dict(found)


async def test_a_client_comes_changes_and_goes(run: Run) -> None:
    who = ["--name", "Ana", "--email", "ana@shop.example", "--company", "Shop", "--user-id", "u-7"]
    added = await run("add", "ana", *who, "-o", "json")
    assert (added.exit_code, orjson.loads(added.stdout)["outcome"]) == (0, "client_created")
    live = await shown(run, "ana", "live")
    assert (live["email"], live["company"], live["user_id"]) == ("ana@shop.example", "Shop", "u-7")
    changed = await run("change", "ana", "--email", "anna@shop.example", "--phone", "+62", "-o", "json")
    assert orjson.loads(changed.stdout)["client_id"] == "ana"
    removed = await run("remove", "ana", "--yes", "-o", "ids")
    assert (removed.exit_code, removed.stdout) == (0, "ana\n")
    assert (await shown(run, "ana", "removed"))["email"] is None


async def test_a_taken_email_ends_with_one_and_an_unknown_client_with_four(run: Run) -> None:
    await run("add", "ana", "--email", "ana@shop.example")
    taken = await run("add", "--email", "Ana@shop.example")
    assert (taken.exit_code, "email_taken" in taken.stdout) == (1, True)
    assert (await run("change", "nobody", "--name", "x")).exit_code == 4
    assert (await run("show", "nobody")).exit_code == 4


async def test_the_same_idempotency_key_makes_one_client(run: Run) -> None:
    made = [await run("add", "--idempotency-key", "order-17", "-o", "ids") for _ in range(2)]
    assert made[0].stdout == made[1].stdout != ""
    await shown(run, made[0].stdout.strip(), "live")
    listed = await run("list", "-o", "ids")
    assert listed.stdout == made[0].stdout
