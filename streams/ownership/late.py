"""Waiting sends that come due later than they were decided: by request, and in the order they come due."""

from __future__ import annotations

from collections.abc import Iterator

from streams.ownership.records import Records
from streams.ownership.rows import EXPIRES_AT, KEY, TIME, WIDTH, when_due


class Late:
    """rows: sorted by request. A second order holds when each comes due, and its request."""

    __slots__ = ("_agenda", "rows")

    def __init__(self) -> None:
        self.rows = Records(WIDTH, KEY, EXPIRES_AT)
        self._agenda = Records(TIME + KEY, TIME + KEY)

    def add(self, row: bytes) -> None:
        """Another one waits."""
        self.rows.add(row)
        self._agenda.add(when_due(row))

    def remove(self, key: bytes) -> bytes | None:
        """One waits no more: its row."""
        row = self.rows.remove(key)
        if row is not None:
            self._agenda.remove(when_due(row))
        return row

    def first(self) -> bytes | None:
        """When the next one comes due, as `when_due` tells it."""
        return self._agenda.first()

    def first_after(self, when: bytes) -> bytes | None:
        """When the next one behind `when` comes due."""
        return next(self._agenda.behind(when), None)

    def due_first(self) -> Iterator[bytes]:
        """All rows, those first that come due first."""
        for when in self._agenda:
            row = self.rows.find(when[TIME:])
            if row is not None:
                yield row
