"""What a node of the hub counts while it works: plain numbers, read by whoever asks."""

from __future__ import annotations

from collections import Counter


class Figures:
    """Since the node began. closed: by the code that the hub closed with; 0: the client closed, or its socket ended."""

    __slots__ = ("bytes", "closed", "frames", "opened", "tokens", "turned_away")

    def __init__(self) -> None:
        self.frames = 0
        self.bytes = 0
        self.opened = 0
        self.turned_away = 0
        self.closed: Counter[int] = Counter()
        self.tokens: Counter[str] = Counter()

    def count(self, frames: int, size: int) -> None:
        """So many frames were written at once."""
        self.frames += frames
        self.bytes += size

    def turn_away(self) -> None:
        """Somebody came when too many did."""
        self.turned_away += 1
