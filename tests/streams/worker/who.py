"""Who a tested worker is to the log."""

from __future__ import annotations

from streams.worker.terms import Identity

WHO = Identity(
    installation_id="i",
    installation="i",
    instance_id="w",
    folder="w",
    process="1",
    partitions=1,
    topic="e",
    requests_topic="r",
)
