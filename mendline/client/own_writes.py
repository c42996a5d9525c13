"""What a client wrote: the highest position of each partition, which its reads wait for."""

from __future__ import annotations

import threading

from mendline.client.call import About


class OwnWrites:
    """Remembers positions as answers give them; may be used by several threads."""

    def __init__(self) -> None:
        self._highest: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def remember(self, positions: str) -> None:
        """Take note of a `Mendline-Position`: one, or several with commas."""
        for position in positions.split(","):
            topic, partition, offset = position.strip().rsplit("/", 2)
            with self._lock:
                known = self._highest.get((topic, partition), -1)
                self._highest[topic, partition] = max(known, int(offset))

    def of(self, about: About) -> str | None:
        """As `at_least` takes it; None: nothing was written."""
        with self._lock:
            found = [
                f"{topic}/{partition}/{offset}"
                for (topic, partition), offset in self._highest.items()
                if topic.startswith(f"{about}-")
            ]
        return ",".join(found) or None
