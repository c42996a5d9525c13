"""`mendline key` against a real worker."""

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
from mendline.keys import known_keys
from mendline.producer import BrokersAwayError
from mendline.settings import load_settings
from mendline.worker import Site, open_holdings
from schemas.cluster import Cluster
from schemas.control.rights import Caller
from schemas.topics import CONTROL, Topics
from streams.gateway.key_follower import following_keys, read_keys
from streams.log.event_reading import decoded
from streams.log.topic_client import TopicClient

pytestmark = pytest.mark.kafka
Run = Callable[..., Awaitable[Any]]
SHOP = ("make", "shop", "--scope", "send", "--scope", "read", "-o", "json")


@pytest.fixture
async def run(kafka: str, kafka_topics: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Run]:
    """Runs a command, beside a worker."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MENDLINE_KAFKA", kafka)
    monkeypatch.setenv("MENDLINE_TOPIC_PREFIX", kafka_topics.prefix)
    who = Identity(installation_id="t", installation_key=b"\x01" * 32, instance_id="w", folder="w")
    settings = load_settings(topic_prefix=kafka_topics.prefix, data=tmp_path)
    async with open_holdings(settings, Site(Cluster(kafka), tmp_path / "unused", who), {}):
        yield lambda *arguments: asyncio.to_thread(CliRunner().invoke, application(), ["key", *arguments])


async def _log(kafka: str, topic: str) -> bytes:
    """Everything that lies in a topic."""
    client = TopicClient(Cluster(kafka), topic)
    chunks = [decoded(await client.fetch(partition, 0), topic)[0] for partition in range(8)]
    await client.close()
    return b"\n".join(record.value or b"" for chunk in chunks for record in chunk)


async def test_a_key_that_was_made_lets_its_owner_in(run: Run, kafka: str, kafka_topics: Topics) -> None:
    made = await run(*SHOP)
    told = orjson.loads(made.stdout)
    keyring = await read_keys(Cluster(kafka), kafka_topics)
    assert (made.exit_code, "it is shown this once" in made.stderr) == (0, True)
    assert keyring.caller(told["key"]) == Caller(told["key_id"], "shop", frozenset({"send", "read"}))


async def test_the_log_never_has_the_secret(run: Run, kafka: str, kafka_topics: Topics) -> None:
    made = await run(*SHOP)
    secret = orjson.loads(made.stdout)["key"].rpartition("_")[2].encode()
    log = [await _log(kafka, topic) for topic in (kafka_topics.requests(CONTROL), kafka_topics.events(CONTROL))]
    assert [b"key_creation_requested" in log[0], b"key_created" in log[1]] == [True, True]
    assert secret not in b"".join(log)
    assert secret.decode() not in made.stderr
    assert "hash" not in made.stderr


@pytest.mark.parametrize("name_of", [lambda told: told["key_id"], lambda told: told["key"]], ids=["id", "whole key"])
async def test_a_key_is_revoked_on_every_node(
    run: Run, kafka: str, kafka_topics: Topics, name_of: Callable[[dict[str, str]], str]
) -> None:
    told = orjson.loads((await run(*SHOP)).stdout)
    async with following_keys(Cluster(kafka), kafka_topics) as followed:
        await followed.read_once()
        before = followed.caller(told["key"])
        revoked = await run("revoke", name_of(told), "--yes", "-o", "ids")
        async with asyncio.timeout(1):
            while followed.caller(told["key"]) is not None:  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0.01)
    assert before is not None
    assert (revoked.exit_code, revoked.stdout) == (0, f"key:{told['key_id']}\n")


async def test_keys_are_listed_without_what_would_let_anybody_in(run: Run) -> None:
    made = [orjson.loads((await run(*SHOP)).stdout) for _ in range(2)]
    await run("revoke", made[0]["key_id"], "--yes")
    listed = await run("list", "-o", "json")
    rows = orjson.loads(listed.stdout)
    assert [(row["key_id"], row["state"]) for row in rows] == [
        (made[0]["key_id"], "revoked"),
        (made[1]["key_id"], "live"),
    ]
    assert rows[0]["scopes"] == ["send", "read"]
    assert rows[0]["created_by"].startswith("user:")
    assert rows[0]["created_by"] == rows[0]["revoked_by"]
    assert "hash" not in listed.stdout


async def test_the_ids_of_a_list_are_what_revoke_takes(run: Run) -> None:
    await run(*SHOP)
    ids = (await run("list", "--state", "live", "-o", "ids")).stdout.split()
    assert (await run("revoke", *ids, "--yes")).exit_code == 0
    assert (await run("list", "--state", "live", "-o", "ids")).stdout == ""


async def test_a_key_that_nobody_made_ends_with_four(run: Run) -> None:
    assert (await run("revoke", "nobody", "--yes")).exit_code == 4


async def test_a_topic_that_is_not_there_is_told(kafka: str) -> None:
    with pytest.raises(BrokersAwayError, match=r"nowhere-control-events cannot be read .* `mendline topics` makes"):
        await known_keys(Cluster(kafka), Topics("nowhere-"), timeout_s=0.5)
