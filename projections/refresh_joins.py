"""Who waits for which refresh: one row a send or request that joined one; a list that may be long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from projections.read_model import Need, ReadModel, Recorded, Rows
from projections.table import Table
from schemas.device.links import RefreshJoined
from schemas.device.sends import SendQueued


@dataclass(slots=True)
class RefreshJoin:
    """A send (`kind` send) or a refresh request (`kind` request) that shares a refresh's outcome.

    request: offset of its request. request_id: a send's; events of refresh requests do not carry theirs.
    """

    partition: int
    position: int
    device_id: str
    refresh: int
    kind: str
    request: int
    request_id: str | None
    actor: str | None
    joined_at: datetime


def needs(_records: Sequence[Recorded]) -> Iterable[Need]:
    """Nothing: a join never changes."""
    return ()


def fold(rows: Rows[RefreshJoin], record: Recorded) -> None:
    """Add the join that an event states, if it does."""
    match record.event:
        case SendQueued(refresh=int(refresh), request=request, request_id=request_id):
            rows[record.partition, record.offset] = _joined(record, refresh, "send", request, request_id)
        case RefreshJoined(refresh=refresh) if record.decides is not None:
            decides = record.decides
            rows[record.partition, record.offset] = _joined(record, refresh, "request", decides, None)


def _joined(record: Recorded, refresh: int, kind: str, request: int, request_id: str | None) -> RefreshJoin:
    return RefreshJoin(
        record.partition,
        record.offset,
        record.stream_id,
        refresh,
        kind,
        request,
        request_id,
        record.actor,
        record.at,
    )


REFRESH_JOINS = ReadModel(
    Table("refresh_joins", RefreshJoin, key=("partition", "position")),
    takes=frozenset({SendQueued, RefreshJoined}),
    needs=needs,
    fold=fold,
)
