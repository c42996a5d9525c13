"""The peer: the same work in Quix Streams, as its documentation would have it.

A streaming data frame: one event before the send, the send, one event after it. Quix Streams is synchronous and takes
one record after the other, so a device's answer is waited for where it stands, and everybody waits. Outputs are
acknowledged at checkpoints, every five seconds, not record by record; a crash repeats what came after the last one.

`python program.py BROKERS REQUESTS EVENTS SEND_MS`
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from typing import Any

from quixstreams import Application, message_context


def event(kind: str, device: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What became of the request at hand."""
    request = message_context().offset
    return {"specversion": "1.0", "type": kind, "subject": device, "data": {**data, "request": request}}


def main(brokers: str, requests: str, events: str, send_ms: float, state: str) -> None:
    """Work until the process is ended."""
    app = Application(
        broker_address=brokers,
        consumer_group=requests,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        state_dir=state,
        producer_extra_config={"acks": "all", "enable.idempotence": True, "linger.ms": 5},
        loglevel="WARNING",
    )
    output = app.topic(events, value_serializer="json")

    def attempted(request: dict[str, Any]) -> dict[str, Any]:
        return event("send_attempted", request["subject"], request["data"])

    def accepted(request: dict[str, Any]) -> dict[str, Any]:
        if send_ms:
            time.sleep(send_ms / 1000)
        return event("send_accepted", request["subject"], {"request_id": request["id"]})

    sends = app.dataframe(app.topic(requests, value_deserializer="json"))
    sends = sends.filter(lambda request: request["type"] == "send_requested")
    # Branches of one data frame are taken in the order in which they were made.
    sends.apply(attempted).to_topic(output)
    sends.apply(accepted).to_topic(output)
    app.run()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]), folder)
