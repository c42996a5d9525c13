"""An outside producer: a process of its own with a plain Kafka client that knows nothing of Mendline but the format.

`python -m mendline.demo.producer TOPIC FILE` publishes each line of FILE, {"key": …, "event": …}. What it needs to know
of the cluster comes on standard input, a line of JSON: nobody else on the machine can read that.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer

from schemas.cluster import Cluster

IN_FLIGHT = 2000


async def publish(cluster: Cluster, topic: str, path: Path) -> int:
    """Publish every line, in order, each acknowledged by all replicas; how many there were."""
    count = 0
    producer = AIOKafkaProducer(**cluster.options(), acks="all", enable_idempotence=True, linger_ms=5)
    async with producer:
        sent = []
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                value = json.dumps(record["event"]).encode()
                sent.append(await producer.send(topic, key=record["key"].encode(), value=value))
                count += 1
                if len(sent) >= IN_FLIGHT:
                    await asyncio.gather(*sent)
                    sent.clear()
        await asyncio.gather(*sent)
    return count


if __name__ == "__main__":
    print(asyncio.run(publish(Cluster.of(json.loads(sys.stdin.readline())), sys.argv[1], Path(sys.argv[2]))))
