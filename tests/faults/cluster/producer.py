"""An outside producer that may be killed in the middle of a batch, and publishes again what it is not sure of.

SIGTERM lets it publish what is doubtful and end. Every tenth request is published twice on purpose.
"""

from __future__ import annotations

import argparse
import signal
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException, Producer

from schemas.device.body import Body
from schemas.device.requests import SendRequested
from schemas.envelope import encode_request
from tests.faults.cluster.journal import Journal, remembered

AHEAD = 100
TWICE_EVERY = 10
TWICE_AFTER = 25
SETTINGS = {
    # Java's partitioner; librdkafka's own puts keys elsewhere.
    "partitioner": "murmur2_random",
    "enable.idempotence": True,
    "linger.ms": 20,
    "message.timeout.ms": 4000,
    "socket.timeout.ms": 3000,
    "reconnect.backoff.max.ms": 500,
    "topic.metadata.refresh.interval.ms": 2000,
    "log_level": 0,
}


def request_id(number: int) -> str:
    """The id of the request with this number, on every publication."""
    return f"p{number}"


class Outside:
    """Publishes numbered requests; what is not acknowledged comes again under its id."""

    def __init__(self, producer: Any, topic: str, devices: list[str], journal: Journal) -> None:
        self._producer = producer
        self._topic = topic
        self._devices = devices
        self._journal = journal
        self.again: deque[int] = deque()

    def publish(self, number: int) -> None:
        """Hand one to the client; once more when that ends badly."""
        device = self._devices[number % len(self._devices)]
        asked = SendRequested(to=f"62811{number:08d}", body=Body(text=f"Parcel {number} comes tomorrow."))
        value = encode_request(request_id(number), asked.type, device, "outside", asked, time=datetime.now(UTC))

        def told(error: object, _: object) -> None:
            if error is None:
                self._journal.keep(number)
            else:
                self.again.append(number)

        try:
            self._producer.produce(self._topic, value, device.encode(), on_delivery=told)
        except (BufferError, KafkaException):
            self.again.append(number)

    def repeat(self) -> None:
        """Publish again what failed up to now."""
        for _ in range(len(self.again)):
            self.publish(self.again.popleft())


def run(outside: Outside, producer: Any, journal: Journal, begun: int, rate: float, stopped: list[int]) -> None:
    """Publish `rate` a second until SIGTERM, then see all of it acknowledged."""
    began, number, last = time.monotonic(), begun, begun
    while not stopped:
        outside.repeat()
        while number < begun + (time.monotonic() - began) * rate:
            number += 1
            if number > last:
                last = number + AHEAD
                journal.begin(last)
            outside.publish(number)
            if number % TWICE_EVERY == 0 and number > TWICE_AFTER:
                outside.publish(number - TWICE_AFTER)
        producer.poll(0.02)
    outside.again.extend(range(number + 1, last + 1))
    while outside.again or len(producer):
        outside.repeat()
        producer.poll(0.05)


def main() -> None:
    """Read the arguments, go on from the journal, publish."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.cluster.producer", description=__doc__)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--devices", type=Path, required=True, help="a file, one a line")
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--rate", type=float, required=True)
    asked = parser.parse_args()
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    producer = Producer({"bootstrap.servers": asked.kafka} | SETTINGS)
    known = remembered(asked.journal)
    with Journal(asked.journal) as journal:
        outside = Outside(producer, asked.topic, asked.devices.read_text().split(), journal)
        outside.again.extend(known.doubtful)
        run(outside, producer, journal, known.begun, asked.rate, stopped)


if __name__ == "__main__":
    main()
