"""What stands for a log, so that a cursor of another one is known for what it is."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256


def epoch_of(installation: str, topic_ids: Iterable[str]) -> str:
    """Of an installation and the ids of its topics, which change when one is made anew."""
    return sha256("\n".join((installation, *topic_ids)).encode()).hexdigest()[:16]
