"""A device's uncertain sends: they wait for nothing, and can still be resolved."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from streams.device.facts import Entry

UNCERTAIN_KEPT = 500
"""Uncertain sends of a device that can still be resolved; of more, the oldest are forgotten."""


class Doubts:
    """Uncertain sends by the offset of their request, each under the message id of its last attempt."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[str, Entry]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[tuple[str, Entry]]:
        return iter(self._kept.values())

    def keep(self, message_id: str, entry: Entry) -> None:
        """One more is uncertain."""
        self._kept[entry.request] = (message_id, entry)
        if len(self._kept) > UNCERTAIN_KEPT:
            self._kept.popitem(last=False)

    def get(self, request: int) -> Entry | None:
        """The one of that request."""
        return self._kept.get(request, ("", None))[1]

    def take(self, request: int) -> Entry | None:
        """One is decided: it."""
        return self._kept.pop(request, ("", None))[1]

    def named(self, request_id: str) -> Entry | None:
        """The last one of that request id."""
        return next((e for _, e in reversed(self._kept.values()) if e.request_id == request_id), None)

    def sent_as(self, message_id: str) -> Entry | None:
        """The one of that message id."""
        return next((e for m, e in reversed(self._kept.values()) if m == message_id), None)
