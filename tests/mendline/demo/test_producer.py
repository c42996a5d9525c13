"""The demonstration's producer, on a broker that takes TLS and a password only."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

from mendline.topics import Size, ensure_topics, planned_topics
from mendline.verify.reader import open_reader
from schemas.topics import Topics
from tests.guarded_kafka import GuardedKafka


async def test_producer_learns_from_its_input_how_to_come_in(guarded_kafka: GuardedKafka, tmp_path: Path) -> None:
    cluster, topics = guarded_kafka.cluster(), Topics(f"{uuid4().hex[:12]}-")
    await ensure_topics(cluster, planned_topics(topics), Size(partitions=1))
    (tmp_path / "lines").write_text('{"key": "d-1", "event": {}}\n')
    command = [sys.executable, "-m", "mendline.demo.producer", topics.requests(), str(tmp_path / "lines")]
    given = json.dumps(asdict(cluster)).encode()
    await asyncio.to_thread(subprocess.run, command, input=given, check=True, stdout=subprocess.DEVNULL)
    async with open_reader(cluster, topics.requests(), "read_committed") as reader:
        await reader.fix_bounds()
        assert reader.ends == {0: 1}
