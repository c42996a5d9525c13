"""Applies stretches of the log to read models: rows, quarantine and checkpoints in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import Any

import psycopg
from psycopg import AsyncConnection

from projections import checkpoints, table
from projections.checkpoints import Checkpoint, Standing
from projections.decoding import Unreadable, concerns
from projections.garbage import collection_paused
from projections.quarantine import HeldStream, Quarantine
from projections.read_model import ReadModel, Recorded, Rows
from projections.tail import Stretch
from projections.watching import UNWATCHED, Watch
from schemas.message import Event

UNSTORABLE = (psycopg.DataError, psycopg.IntegrityError)
"""What PostgreSQL says of values that it cannot hold."""
Book = dict[tuple[str, int], Checkpoint]
"""The checkpoints of read models in partitions, as they are known to be."""


class Applier:
    """Applies stretches of one topic to read models over one connection.

    book, held: checkpoints and quarantine as the database has them; changed only once a transaction is committed.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        topic: str,
        models: Sequence[ReadModel[Any]],
        book: Book,
        held: set[HeldStream],
        watch: Watch = UNWATCHED,
    ) -> None:
        self._connection = connection
        self._topic = topic
        self._models = models
        self.book = book
        self.held = held
        self._watch = watch

    async def apply(self, stretches: Sequence[Stretch]) -> None:
        """Apply stretches of different partitions, each once; raises StaleCheckpointError.

        What PostgreSQL cannot store is narrowed down by halves to one record, whose stream goes into quarantine.
        """
        try:
            await self._apply(stretches, self._models)
        except UNSTORABLE:
            parts = halves(stretches)
            if not parts:
                await self._apply_singly(stretches)
            for part in parts:
                await self.apply(part)

    async def _apply_singly(self, stretches: Sequence[Stretch]) -> None:
        for model in self._models:
            try:
                await self._apply(stretches, [model])
            except UNSTORABLE as error:
                await self._apply(stretches, [model], f"PostgreSQL cannot store it: {_reason(error)}")

    async def _apply(
        self, stretches: Sequence[Stretch], models: Sequence[ReadModel[Any]], unstorable: str | None = None
    ) -> None:
        classes = {r.event.__class__ for s in stretches for r in s.records}
        quarantine = Quarantine(self.held, Unreadable in classes)
        if not (moves := list(self._moves(stretches, models))):
            return
        folded: list[tuple[ReadModel[Any], Sequence[Recorded], Rows[Any]]] = []
        async with self._connection.transaction():
            await checkpoints.move(self._connection, self._topic, moves)
            for model in models:
                records = self._records(stretches, model)
                if unstorable is None:
                    folded.append((model, *await self._fold(model, records, classes, quarantine)))
                elif records:
                    quarantine.add(model.name, records[0], unstorable, records)
            await quarantine.store(self._connection, self._topic)
        self.book.update({c[:2]: c._replace(standing=standing) for c, standing in moves})
        self.held.update(quarantine.added)
        quarantine.announce()
        for each in folded:
            self._watch.folded(*each)

    def _moves(
        self, stretches: Sequence[Stretch], models: Sequence[ReadModel[Any]]
    ) -> Iterator[tuple[Checkpoint, Standing]]:
        for stretch in stretches:
            for model in models:
                checkpoint = self.book[model.name, stretch.partition]
                if checkpoint.standing.next_offset < stretch.after.next_offset:
                    yield checkpoint, stretch.after

    def _records(self, stretches: Sequence[Stretch], model: ReadModel[Any]) -> Sequence[Recorded]:
        records: list[Recorded] = []
        for stretch in stretches:
            seen = self.book[model.name, stretch.partition].standing.next_offset
            new = seen <= stretch.before.next_offset
            records += stretch.records if new else [r for r in stretch.records if r.offset >= seen]
        return records

    async def _fold(
        self, model: ReadModel[Any], records: Sequence[Recorded], classes: Set[type[Event]], quarantine: Quarantine
    ) -> tuple[Sequence[Recorded], Rows[Any]]:
        candidates = taken(model, records, classes)
        wanted = quarantine.admit(model.name, candidates)
        rows: Rows[Any] = {}
        if not wanted:
            return wanted, rows
        with collection_paused():
            needs = list(model.needs(wanted))
        for need in needs:
            rows.update(await table.load(self._connection, model.table, need.condition, need.arguments))
        stored = frozenset(rows)
        with collection_paused():
            fold(model, wanted, rows, candidates, quarantine)
        if rows:
            new = [row for key, row in rows.items() if key not in stored]
            await table.write(self._connection, model.table, new, [rows[key] for key in stored])
        return wanted, rows


def _reason(error: psycopg.Error) -> str:
    """Without the details, which hold the row: the reason is logged."""
    return error.diag.message_primary or type(error).__name__


def taken(model: ReadModel[Any], records: Sequence[Recorded], classes: Set[type[Event]]) -> Sequence[Recorded]:
    """The records whose events a read model takes, or would, could they be read; `classes`: those of all, or more."""
    takes = model.takes
    if Unreadable in classes:
        return [r for r in records if r.event.__class__ in takes or _concerns(r.event, takes)]
    if takes.isdisjoint(classes):
        return ()
    return records if takes >= classes else [r for r in records if r.event.__class__ in takes]


def _concerns(event: Event, takes: Set[type[Event]]) -> bool:
    return isinstance(event, Unreadable) and concerns(event, takes)


def fold(
    model: ReadModel[Any],
    wanted: Sequence[Recorded],
    rows: Rows[Any],
    records: Sequence[Recorded],
    quarantine: Quarantine,
) -> None:
    """Fold what a read model wants of `records` into its rows; what it cannot apply goes into quarantine."""
    failed = False
    for record in wanted:
        if failed and quarantine.holds(model.name, record):
            continue
        try:
            model.fold(rows, record)
        except Exception as error:  # whatever is wrong with one stream must not stop the others
            quarantine.add(model.name, record, f"{type(error).__name__}: {error}", records)
            failed = True


def halves(stretches: Sequence[Stretch]) -> list[list[Stretch]]:
    """The same work in two parts that follow one another; [] where there is only one record of one partition."""
    if len(stretches) > 1:
        middle = len(stretches) // 2
        return [list(stretches[:middle]), list(stretches[middle:])]
    if len(stretches[0].records) > 1:
        return [[part] for part in stretches[0].parted(len(stretches[0].records) // 2)]
    return []
